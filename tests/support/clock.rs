//! A clock that the stories move, for the service and the sites beside it together.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use staylogged::domain::{Clock, Timestamp};

/// The computer's clock, and what has been put on top of it.
#[derive(Clone, Default)]
pub struct MovedClock(Arc<AtomicI64>);

impl MovedClock {
    /// For whoever asks what time it is.
    pub fn clock(&self) -> Clock {
        let (ahead, system) = (Arc::clone(&self.0), Clock::system());
        Clock::from_fn(move || Timestamp(system.now().0 + ahead.load(Ordering::Relaxed)))
    }

    /// That much time has passed for everybody who was handed this clock.
    pub fn pass(&self, time: Duration) {
        self.0.fetch_add(i64::try_from(time.as_millis()).expect("not for ages"), Ordering::Relaxed);
    }
}
