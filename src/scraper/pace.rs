//! How fast a site is asked: never faster than its definition says, whoever asks and however often.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use governor::{DefaultDirectRateLimiter, Jitter, Quota};

use crate::{
    domain::ProviderId,
    providers::{Politeness, Provider},
};

/// One pace for each provider, over all runs of this process.
#[derive(Default)]
pub(super) struct Paces(Mutex<HashMap<ProviderId, Arc<DefaultDirectRateLimiter>>>);

impl Paces {
    /// Waits until the site may be asked for a page.
    pub async fn wait(&self, provider: &Provider) {
        let Politeness { min_interval, jitter, .. } = provider.politeness;
        // An interval of zero sets no pace.
        let Some(quota) = Quota::with_period(min_interval) else { return };
        let pace = {
            let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let pace = paces.entry(provider.id.clone());
            Arc::clone(pace.or_insert_with(|| Arc::new(DefaultDirectRateLimiter::direct(quota))))
        };
        pace.until_ready_with_jitter(Jitter::up_to(jitter)).await;
    }
}
