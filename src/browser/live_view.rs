//! The view of a server's browser for a person far away: frames out, input in.
//!
//! Newest frame wins: a slow viewer skips frames and slows nobody else down. Nobody watching: nothing is cast.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{Notify, mpsc, watch};

use super::{BrowserError, Tabs};

pub use super::input::{
    EditAction, FileOffer, Input, KeyAction, MouseAction, MouseButton, NavigateAction, PageAction, TouchAction,
    TouchPoint,
};
pub use super::overlay::{
    Auth, Choice, Dialog, Field, Files, Form, FormButton, FormField, Menu, NoticeKind, Overlay, Picker, SiteError, Told,
};

/// One picture of a page (`Page.screencastFrame` of Chromium's own protocol).
#[derive(Clone)]
pub struct Frame {
    /// The tab it shows.
    pub page: u32,
    /// Rises with each frame of the context.
    pub sequence: u32,
    /// Width of the page's view in CSS pixels: what input coordinates refer to.
    pub width: u16,
    /// Height of the page's view in CSS pixels.
    pub height: u16,
    /// Pixels of the picture per CSS pixel, times 100.
    pub scale: u16,
    /// The picture.
    pub jpeg: Bytes,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame {{ page: {}, sequence: {}, {}x{} }}", self.page, self.sequence, self.width, self.height)
    }
}

/// How good the moving picture is to be: what the viewer's network is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    /// Of the JPEGs, 1 to 100.
    pub jpeg: u8,
}

impl Default for Quality {
    /// Text stays sharp, and a login page is some twelve kilobytes.
    fn default() -> Self {
        Self { jpeg: 65 }
    }
}

/// A view of one context. Cheap to clone; any number of viewers may watch.
#[derive(Debug, Clone)]
pub struct LiveView {
    frames: watch::Sender<Option<Arc<Frame>>>,
    tabs: watch::Receiver<Tabs>,
    overlay: Overlay,
    input: mpsc::Sender<Input>,
    watched: Arc<Notify>,
    /// Counts what a person did: tells a login that is idle from one that is worked at.
    inputs: Arc<watch::Sender<u64>>,
    quality: Arc<watch::Sender<Quality>>,
}

impl LiveView {
    /// For the browser's side: `frames` is cast into while it has receivers, `input` is taken from.
    #[must_use]
    pub fn new(
        frames: watch::Sender<Option<Arc<Frame>>>,
        tabs: watch::Receiver<Tabs>,
        overlay: Overlay,
        input: mpsc::Sender<Input>,
    ) -> Self {
        Self { frames, tabs, overlay, input, watched: Arc::default(), inputs: Arc::default(), quality: Arc::default() }
    }

    /// Starts watching: the newest frame, and each later one. Ends watching when dropped.
    #[must_use]
    pub fn frames(&self) -> watch::Receiver<Option<Arc<Frame>>> {
        let frames = self.frames.subscribe();
        self.watched.notify_one();
        frames
    }

    /// For the browser's side: rung when somebody starts watching.
    #[must_use]
    pub fn watched(&self) -> Arc<Notify> {
        Arc::clone(&self.watched)
    }

    /// The strip of tabs.
    #[must_use]
    pub fn tabs(&self) -> watch::Receiver<Tabs> {
        self.tabs.clone()
    }

    /// What the picture does not show; see [`Overlay`].
    #[must_use]
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// Asks for a better or a smaller picture.
    pub fn ask_for(&self, quality: Quality) {
        self.quality.send_if_modified(|now| std::mem::replace(now, quality) != quality);
    }

    /// For the browser's side: how good the picture is to be.
    #[must_use]
    pub fn quality(&self) -> watch::Receiver<Quality> {
        self.quality.subscribe()
    }

    /// How many inputs of a person there were so far; changes with each, and says nothing of what they are.
    #[must_use]
    pub fn inputs(&self) -> watch::Receiver<u64> {
        self.inputs.subscribe()
    }

    /// Resolves once its context is closed or lost.
    pub async fn ended(&self) {
        self.input.closed().await;
    }

    /// Hands an input to the page in front, in order. Waits while the browser is busy with earlier ones.
    pub async fn send(&self, input: Input) -> Result<(), BrowserError> {
        self.room().await?.send(input);
        Ok(())
    }

    /// Room for one input, as soon as the browser is not busy with earlier ones: what has it is not lost any more.
    pub async fn room(&self) -> Result<Room<'_>, BrowserError> {
        let permit = self.input.reserve().await.map_err(|_| BrowserError::Closed)?;
        Ok(Room { permit, inputs: &self.inputs })
    }
}

/// Room for one input.
#[derive(Debug)]
pub struct Room<'a> {
    permit: mpsc::Permit<'a, Input>,
    inputs: &'a watch::Sender<u64>,
}

impl Room<'_> {
    /// Hands the input on.
    pub fn send(self, input: Input) {
        // A picture that gets another size is nobody's doing: what warns of being idle takes of its room.
        if !matches!(input, Input::Resize { .. }) {
            self.inputs.send_modify(|count| *count += 1);
        }
        self.permit.send(input);
    }
}
