//! Requests over HTTP that a saved session makes, without a browser.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio_util::task::TaskTracker;

use crate::{
    domain::{
        Session, StorageState,
        rule::{Needs, Observation},
        session::StorageEntry,
    },
    fetch::{Ask, FetchError, Fetcher},
    providers::{self, Request, StateValue, Step, Visible},
};

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nothing came, or nothing that can be read.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What the request needs is not in the session.
    #[error("the session holds no {0}")]
    Lacks(String),
    /// What the page before said makes no address.
    #[error("what leads to the next page makes no address")]
    NoAddress,
    /// What the page before said is another site's: what the session holds is not for it.
    #[error("what leads to the next page leads to {0}, away from where the list is")]
    Elsewhere(String),
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Heard {
    /// As the rules see it.
    pub answer: providers::Answer,
    /// `Retry-After`, as it was sent.
    pub retry_after: Option<String>,
    /// `Link`, as it was sent.
    pub link: Option<String>,
}

/// A saved session that asks over HTTP. Cookies that come back are kept.
#[derive(Debug)]
pub struct Asking {
    fetcher: Fetcher,
    before: StorageState,
    /// A request that was sent is answered whether anybody waits or not: a site that rotates its cookies has done so.
    in_flight: TaskTracker,
}

/// A cookie: name, domain and path.
type Place = (String, String, String);

fn places(state: &StorageState) -> BTreeSet<Place> {
    state.cookies.iter().map(|one| (one.name.clone(), one.domain.clone(), one.path.clone())).collect()
}

impl Asking {
    /// With what the session holds, and with its browser's honest face.
    pub fn new(session: &Session) -> Result<Self, FetchError> {
        Ok(Self {
            fetcher: Fetcher::new(&session.state, &session.identity)?,
            before: session.state.clone(),
            in_flight: TaskTracker::new(),
        })
    }

    /// Asks for one page.
    pub async fn ask(&self, request: &Request, step: &Step<'_>, within: Duration) -> Result<Heard, AskError> {
        let state = self.state();
        let (headers, call) = prepared(request, step, |value| value.in_session(&state))?;
        let method = call.method.clone();
        let is_private = !request.headers_from.is_empty();
        let ask = Ask { method: call.method, url: call.url, headers, body: call.body, is_private };
        let fetcher = self.fetcher.clone();
        let asked = self.in_flight.spawn(async move { fetcher.ask(&ask, within).await });
        let failed = |_| AskError::Fetch(FetchError::Unmakable("a task of ours failed".into()));
        let answer = asked.await.map_err(failed)??;
        let (retry_after, link) = (answer.retry_after, answer.link);
        let (url, status, body) = (answer.url, answer.status, answer.body);
        Ok(Heard { answer: providers::Answer { url, method, status, body }, retry_after, link })
    }

    /// What the rules may look at: the answer, and what the session holds.
    #[must_use]
    pub fn seen(&self, answer: &providers::Answer, needs: &Needs) -> Observation {
        let mut seen = providers::observe(answer, needs, Visible::Unknown);
        seen.cookies = Some(self.fetcher.cookies());
        let of = |entries: &[StorageEntry]| -> BTreeMap<String, String> {
            entries.iter().map(|entry| (entry.name.clone(), entry.value.clone())).collect()
        };
        let origins = &self.before.origins;
        seen.local_storage = Some(origins.iter().map(|one| (one.origin.clone(), of(&one.local_storage))).collect());
        seen.session_storage = Some(origins.iter().map(|one| (one.origin.clone(), of(&one.session_storage))).collect());
        seen
    }

    /// Waits so long for the answer to a request that nobody waits for any more.
    pub async fn settle(&self, within: Duration) {
        self.in_flight.close();
        let _ = tokio::time::timeout(within, self.in_flight.wait()).await;
    }

    /// Whether every cookie that the session began with is there still, with whatever value: a logout takes some away.
    #[must_use]
    pub fn lost_nothing(&self) -> bool {
        places(&self.before).is_subset(&places(&self.state()))
    }

    /// What the session holds now.
    #[must_use]
    pub fn state(&self) -> StorageState {
        self.fetcher.state(&self.before)
    }
}

/// A request with the headers that come from what the session or the page holds.
pub fn prepared(
    request: &Request,
    step: &Step<'_>,
    mut value: impl FnMut(&StateValue) -> Option<String>,
) -> Result<(Vec<(String, String)>, providers::Call), AskError> {
    let call = request.call(step).ok_or(AskError::NoAddress)?;
    if request.url().is_none_or(|first| first.origin() != call.url.origin()) {
        return Err(AskError::Elsewhere(call.url.origin().ascii_serialization()));
    }
    let mut headers = call.headers.clone();
    for (name, from) in &request.headers_from {
        let held = value(from).ok_or_else(|| AskError::Lacks(format!("value for the header {name}")))?;
        headers.push((name.clone(), held));
    }
    if let Some(from) = &request.bearer {
        let token = value(from).ok_or_else(|| AskError::Lacks("token".into()))?;
        headers.push(("Authorization".into(), format!("Bearer {token}")));
    }
    Ok((headers, call))
}
