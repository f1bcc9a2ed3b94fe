//! How fast a site is asked: never faster than its definition says, whoever asks and however often.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
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
    /// None: an interval of zero sets no pace.
    limiter: Option<DefaultDirectRateLimiter>,
    at_once: Arc<Semaphore>,
    /// The site asked to be left alone until then.
    quiet_until: Mutex<Instant>,
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
        Self { limiter, at_once: Arc::new(Semaphore::new(at_once)), quiet_until: Mutex::new(Instant::now()) }
    }

    fn quiet_until(&self) -> Instant {
        *self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Paces {
    fn of(&self, provider: &Provider) -> Arc<Pace> {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = paces.entry((provider.id.clone(), provider.place.clone()));
        Arc::clone(pace.or_insert_with(|| Arc::new(Pace::of(&provider.politeness))))
    }

    /// Waits until the site may be asked for a page. What is answered is held while it is being asked.
    pub async fn wait(&self, provider: &Provider) -> Option<OwnedSemaphorePermit> {
        let pace = self.of(provider);
        let permit = Arc::clone(&pace.at_once).acquire_owned().await.ok();
        if let Some(limiter) = &pace.limiter {
            limiter.until_ready_with_jitter(Jitter::up_to(provider.politeness.jitter)).await;
        }
        loop {
            let until = pace.quiet_until();
            if until <= Instant::now() {
                return permit;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    /// What was let through was asked for only now: a page loads before its scripts ask, and draws before it is clicked. The next
    /// one counts from here.
    pub fn asked_now(&self, provider: &Provider) {
        self.leave_alone(provider, provider.politeness.min_interval);
    }

    /// The site asked to be left alone for that long: nobody asks it anything meanwhile.
    pub fn leave_alone(&self, provider: &Provider, for_: Duration) {
        let pace = self.of(provider);
        let mut until = pace.quiet_until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = (*until).max(Instant::now() + for_);
    }

    /// For how much longer the site wants to be left alone.
    pub fn quiet_for(&self, provider: &Provider) -> Duration {
        self.of(provider).quiet_until().saturating_duration_since(Instant::now())
    }
}
