//! What happens by itself: streams are scraped at set times, and sessions that nobody uses are kept alive.
//!
//! Whatever is due is found in the store, so that a restart forgets nothing; a time that passed while the service was down
//! is made up for once.

mod keep_alive;
mod timetable;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    browser::Browser,
    domain::{Clock, ConnectionId, Timestamp},
    providers::Providers,
    scraper::Scraper,
    sessions::SessionKeeper,
    store::{Store, StoreError},
};

pub use timetable::{NewSchedule, ScheduleError};

/// Whoever hands in a clock may move it; nobody waits longer than this for what is due by it.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// A visit under way when the service stops may take so long to end.
const LAST_VISIT: Duration = Duration::from_secs(5);

/// What a scheduler works with.
#[derive(Debug)]
pub struct SchedulerParts {
    /// Where schedules and sessions are kept.
    pub store: Store,
    /// Opens and saves sessions.
    pub keeper: SessionKeeper,
    /// The sites.
    pub providers: Providers,
    /// Begins runs, and knows how fast sites may be asked.
    pub scraper: Scraper,
    /// Headless.
    pub browser: Arc<dyn Browser>,
    /// Says when it is.
    pub clock: Clock,
}

/// Does what is due. Cheap to clone.
#[derive(Clone)]
pub struct Scheduler(Arc<Inner>);

struct Inner {
    parts: SchedulerParts,
    /// A schedule was set.
    set: Notify,
    /// Connections that were looked after a moment ago, and until when they are left alone.
    left_alone: Mutex<HashMap<ConnectionId, Timestamp>>,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scheduler")
    }
}

impl Scheduler {
    /// One that does nothing yet.
    #[must_use]
    pub fn new(parts: SchedulerParts) -> Self {
        Self(Arc::new(Inner {
            parts,
            set: Notify::new(),
            left_alone: Mutex::default(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// From now on what is due is done, until [`Scheduler::shut_down`].
    pub fn start(&self) {
        let (scrapes, sessions) = (self.clone(), self.clone());
        self.0.tasks.spawn(async move { scrapes.follow_schedules().await });
        self.0.tasks.spawn(async move { sessions.keep_sessions_alive().await });
    }

    async fn follow_schedules(self) {
        loop {
            let pause = match self.begin_due().await {
                Ok(_) => self.until_next().await.unwrap_or(LOOK_EVERY),
                // What is due stays due: without a pause it would be tried for as long as a disk is full.
                Err(error) => {
                    tracing::warn!(%error, "could not begin what is scheduled; trying again");
                    LOOK_EVERY
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.0.set.notified() => {}
                () = self.0.stopping.cancelled() => return,
            }
        }
    }

    async fn until_next(&self) -> Result<Duration, StoreError> {
        let first = self.0.parts.store.first_schedule_due().await?;
        Ok(first.map_or(LOOK_EVERY, |at| at.since(self.0.parts.clock.now()).min(LOOK_EVERY)))
    }

    async fn keep_sessions_alive(self) {
        loop {
            let looking = self.look_after_idle();
            tokio::select! {
                looked = looking => if let Err(error) = looked {
                    tracing::warn!(%error, "could not look for sessions to keep alive; trying again");
                },
                // What a site made of a session meanwhile should be saved.
                () = async { self.0.stopping.cancelled().await; tokio::time::sleep(LAST_VISIT).await } => return,
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.0.stopping.cancelled() => return,
            }
        }
    }

    /// Begins nothing more, and waits for what is under way.
    pub async fn shut_down(&self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}
