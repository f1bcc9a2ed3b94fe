//! Sessions that nobody uses are used now and then, so that the site does not end them.

use std::{sync::PoisonError, time::Duration};

use super::Scheduler;
use crate::{
    domain::{Connection, Timestamp},
    providers::Provider,
    sessions::{Care, CareError},
    store::StoreError,
};

/// A session that says when it ends is renewed so long before.
const EARLY: Duration = Duration::from_mins(10);
/// However a look ended, the next one is no sooner.
const NOT_BEFORE: Duration = Duration::from_mins(10);
/// A session that is in use is looked at again after this.
const WHILE_IN_USE: Duration = Duration::from_mins(1);

impl Scheduler {
    /// Looks after each session that was not used for as long as its definition says, or that is about to end. Answers how
    /// many were looked at.
    pub async fn look_after_idle(&self) -> Result<usize, StoreError> {
        let parts = &self.0.parts;
        let mut looked_at = 0;
        for provider in parts.providers.all() {
            let Some(every) = provider.session.keep_alive else { continue };
            let now = parts.clock.now();
            let (used_before, not_since) = (now.before(every), now.before(NOT_BEFORE));
            let idle = parts.store.idle_connections(&provider.id, used_before, now.after(EARLY), not_since).await?;
            for connection in idle {
                if self.0.stopping.is_cancelled() {
                    return Ok(looked_at);
                }
                if self.is_left_alone(&connection, parts.clock.now()) {
                    continue;
                }
                let pause = match provider.of_connection(&connection) {
                    // Others' sessions are not kept waiting for it.
                    Ok(provider) if parts.scraper.is_quiet(&provider).await? => NOT_BEFORE,
                    Ok(provider) => self.look_after(&provider, &connection).await,
                    // Somebody has to say what the definition has come to ask for.
                    Err(_) => NOT_BEFORE,
                };
                looked_at += 1;
                self.leave_alone(&connection, parts.clock.now(), pause);
            }
        }
        Ok(looked_at)
    }

    /// Answers how long the session is to be left alone then.
    async fn look_after(&self, provider: &Provider, connection: &Connection) -> Duration {
        let parts = &self.0.parts;
        let _turn = parts.scraper.turn(provider).await;
        let looked = parts.keeper.look_after(parts.browser.as_ref(), provider, connection, Care::Renew).await;
        let (verdict, pause) = match &looked {
            Ok(report) => (report.sighting.verdict.as_str(), NOT_BEFORE),
            Err(CareError::Busy) => ("in_use", WHILE_IN_USE),
            Err(_) => ("failed", NOT_BEFORE),
        };
        metrics::counter!("staylogged_keep_alive_total", "verdict" => verdict).increment(1);
        match looked {
            Ok(report) => tracing::info!(
                connection.id = %connection.id, provider = %provider.id, verdict, "kept a session alive: {}",
                report.sighting.reason()
            ),
            Err(error) => {
                tracing::info!(connection.id = %connection.id, provider = %provider.id, %error, "could not keep a session alive");
            }
        }
        pause
    }

    fn is_left_alone(&self, connection: &Connection, now: Timestamp) -> bool {
        let left_alone = self.0.left_alone.lock().unwrap_or_else(PoisonError::into_inner);
        left_alone.get(&connection.id).is_some_and(|until| now < *until)
    }

    fn leave_alone(&self, connection: &Connection, now: Timestamp, pause: Duration) {
        let mut left_alone = self.0.left_alone.lock().unwrap_or_else(PoisonError::into_inner);
        left_alone.retain(|_, until| now < *until);
        left_alone.insert(connection.id.clone(), now.after(pause));
    }
}
