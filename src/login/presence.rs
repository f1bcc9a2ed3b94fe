//! Whether the person is still there: when they last did something. What they did is not known here.

use tokio::sync::watch;

use super::machine::Idleness;
use crate::domain::{Login, Timestamp};

/// Of one login's person.
#[derive(Debug)]
pub(super) struct Presence {
    /// Counts what is done through the live view.
    inputs: Option<watch::Receiver<u64>>,
    /// When they last did something, or it became their turn.
    noted_at: Timestamp,
}

impl Presence {
    pub fn since(moment: Timestamp) -> Self {
        Self { inputs: None, noted_at: moment }
    }

    /// There is a live view now.
    pub fn watch(&mut self, inputs: watch::Receiver<u64>) {
        self.inputs = Some(inputs);
    }

    /// There is no live view any more.
    pub fn leave(&mut self) {
        self.inputs = None;
    }

    /// They are there.
    pub fn note(&mut self, now: Timestamp) {
        self.noted_at = now;
    }

    /// Comes back when something was done through the live view.
    pub async fn touched(&mut self) {
        let Some(inputs) = &mut self.inputs else { return std::future::pending().await };
        if inputs.changed().await.is_err() {
            self.inputs = None;
            std::future::pending::<()>().await;
        }
    }

    /// When they count as quiet, and once that was told, as gone: while it is their turn, and where all that they do comes
    /// through the live view. What is done in a window of its own nobody sees.
    pub fn quiet_at(&self, login: &Login, idleness: Idleness) -> Option<Timestamp> {
        let is_seen = login.state.is_persons() && !login.window;
        is_seen.then(|| login.time.idle_ends_at.unwrap_or_else(|| self.noted_at.after(idleness.quiet)))
    }
}
