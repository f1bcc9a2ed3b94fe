//! How fast a site is asked: never faster than its definition says, whoever asks and however often.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, Jitter, Quota};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{
    domain::ProviderId,
    providers::{Politeness, Provider},
};

/// One pace for each definition and site, over all runs of this process.
#[derive(Default)]
pub(super) struct Paces(Mutex<HashMap<(ProviderId, String), Arc<Pace>>>);

struct Pace {
    politeness: Politeness,
    /// None: an interval of zero sets no pace.
    limiter: Option<DefaultDirectRateLimiter>,
    at_once: Arc<Semaphore>,
    rest: Mutex<Rest>,
}

/// Until when a site is not asked, besides its pace.
#[derive(Clone, Copy)]
struct Rest {
    /// The site wants it.
    quiet: Instant,
    /// It was asked a moment ago, later than it was let through.
    asked: Instant,
}

impl Pace {
    fn of(politeness: &Politeness) -> Self {
        let quota = Quota::with_period(politeness.min_interval);
        let limiter = quota.map(DefaultDirectRateLimiter::direct);
        // A process that died a moment ago may have asked just before: the first request waits, too.
        if let Some(limiter) = &limiter {
            let _ = limiter.check();
        }
        let at_once = usize::try_from(politeness.concurrency).unwrap_or(1).max(1);
        Self {
            politeness: politeness.clone(),
            limiter,
            at_once: Arc::new(Semaphore::new(at_once)),
            rest: Mutex::new(Rest { quiet: Instant::now(), asked: Instant::now() }),
        }
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Paces {
    fn of(&self, provider: &Provider) -> Arc<Pace> {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = paces.entry((provider.id.clone(), provider.place.clone()));
        let pace = pace.or_insert_with(|| Arc::new(Pace::of(&provider.politeness)));
        // The definition has another pace now; what the site asked for holds.
        if pace.politeness != provider.politeness {
            let rest = *pace.rest();
            *pace = Arc::new(Pace { rest: Mutex::new(rest), ..Pace::of(&provider.politeness) });
        }
        Arc::clone(pace)
    }

    /// Waits until the site may be asked for a page. What is answered is held while it is being asked.
    pub async fn wait(&self, provider: &Provider) -> Option<OwnedSemaphorePermit> {
        let pace = self.of(provider);
        let permit = Arc::clone(&pace.at_once).acquire_owned().await.ok();
        if let Some(limiter) = &pace.limiter {
            limiter.until_ready_with_jitter(Jitter::up_to(provider.politeness.jitter)).await;
        }
        loop {
            let Rest { quiet, asked } = *pace.rest();
            let until = quiet.max(asked);
            if until <= Instant::now() {
                return permit;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    /// What was let through was asked for only now: a page loads before its scripts ask, and draws before it is clicked. The next
    /// one counts from here.
    pub fn asked_now(&self, provider: &Provider) {
        let pace = self.of(provider);
        let mut rest = pace.rest();
        rest.asked = rest.asked.max(Instant::now() + provider.politeness.min_interval);
    }

    /// The site asked to be left alone for that long: nobody asks it anything meanwhile.
    pub fn leave_alone(&self, provider: &Provider, for_: Duration) {
        let pace = self.of(provider);
        let mut rest = pace.rest();
        rest.quiet = rest.quiet.max(Instant::now() + for_);
    }

    /// For how much longer the site wants to be left alone.
    pub fn quiet_for(&self, provider: &Provider) -> Duration {
        self.of(provider).rest().quiet.saturating_duration_since(Instant::now())
    }
}
