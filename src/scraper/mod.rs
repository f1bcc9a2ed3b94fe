//! Scrapes a stream with a saved session, and never lies about emptiness.
//!
//! `Scraper` begins, follows and stops runs; `run` conducts one: it opens the session in a fresh context, reads a source
//! page by page (`visit`, `capture`, `markup`), and decides how it ended. `extraction` is pure; `rehearsal` reads a
//! definition's fixtures with it.

mod asking;
mod capture;
mod completeness;
mod ending;
mod extraction;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod guests;
mod markup;
mod pace;
mod preview;
mod reading;
mod rehearsal;
mod run;
mod turning;
mod visit;
mod warnings;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::{
    browser::Browser,
    domain::{
        AccountName, Clock, Connection, ConnectionId, ConnectionStatus, Outcome, ProviderId, Run, RunEnd, RunId,
        StreamName, UserId,
    },
    providers::{ParamError, Provider, Providers},
    sessions::SessionKeeper,
    store::{RunBegun, Store, StoreError},
};
use guests::Guests;
use pace::Paces;

pub use extraction::Extracted;
pub use preview::{Preview, preview};
pub use rehearsal::rehearse;
pub use warnings::warnings;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct ScrapeRequest {
    /// Which stream; the provider's first when none is named.
    pub stream: Option<StreamName>,
    /// Which of the user's accounts.
    pub account: AccountName,
    /// Go on where this run ended, with what it found.
    pub continues: Option<RunId>,
}

/// Why no run was begun, or none was found.
#[derive(Debug, thiserror::Error)]
pub enum ScrapeError {
    /// There is no such provider.
    #[error("there is no such provider; there are: {}", known.join(", "))]
    UnknownProvider {
        /// The ones there are.
        known: Vec<String>,
    },
    /// The provider has no such stream.
    #[error("the provider has no such stream; it has: {}", known.join(", "))]
    UnknownStream {
        /// The ones it has.
        known: Vec<String>,
    },
    /// Nobody has logged in yet.
    #[error("nobody has logged in to {provider} yet: connect it first, then scrape again")]
    NeverConnected {
        /// Which provider, as people call it.
        provider: String,
    },
    /// The site ended the session.
    #[error("the session has ended ({reason}): log in again, then scrape again")]
    NeedsReconnect {
        /// Which connection.
        connection: ConnectionId,
        /// How that was seen.
        reason: String,
    },
    /// The definition has come to ask for more.
    #[error("connect again ({reason}), then scrape again")]
    NeedsParams {
        /// Which connection.
        connection: ConnectionId,
        /// What for.
        reason: String,
    },
    /// There is no such run, or it is not theirs.
    #[error("there is no such run")]
    NotFound,
    /// A run cannot go on from the one that was named.
    #[error("that run cannot be continued: {why}")]
    NotContinuable {
        /// Why not.
        why: String,
    },
    /// There is nothing about a run that somebody could accept.
    #[error(
        "there is nothing to accept: that run did not find far fewer records than the one before, or a newer one has read the list"
    )]
    NotAcceptable,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a scraper works with.
#[derive(Debug)]
pub struct ScraperParts {
    /// Where runs and records are kept.
    pub store: Store,
    /// Opens and saves sessions.
    pub keeper: SessionKeeper,
    /// The sites.
    pub providers: Providers,
    /// Headless.
    pub browser: Arc<dyn Browser>,
    /// Says when it is.
    pub clock: Clock,
}

/// How much a scraper does at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A run that takes longer is ended.
    pub deadline: Duration,
    /// More runs wait for their turn: each takes about 60 MB in the browser.
    pub at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { deadline: Duration::from_mins(30), at_once: 4 }
    }
}

/// Begins, follows and stops runs. Cheap to clone.
#[derive(Clone)]
pub struct Scraper(Arc<Inner>);

struct Inner {
    parts: ScraperParts,
    limits: Limits,
    paces: Paces,
    guests: Guests,
    turns: Arc<Semaphore>,
    under_way: Mutex<HashMap<RunId, CancellationToken>>,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl fmt::Debug for Scraper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scraper {{ runs: {} }}", self.0.under_way().len())
    }
}

impl Inner {
    fn under_way(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, CancellationToken>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets a run begin where an earlier one ended.
fn continue_from(run: &mut Run, earlier: Run) -> Result<(), ScrapeError> {
    let refused = |why: &str| Err(ScrapeError::NotContinuable { why: why.into() });
    if (&earlier.connection, &earlier.stream) != (&run.connection, &run.stream) {
        return refused("it is of another connection, or of another stream");
    }
    if earlier.finished_at.is_none() {
        return refused("it is still under way");
    }
    if earlier.complete {
        return refused("it read the whole list; start a new one");
    }
    if !earlier.can_be_continued() {
        return refused("what it read is not there any more; start a new one");
    }
    // Another definition may have other sources, or other pages: then the list is read from its beginning.
    run.cursor = earlier.cursor.filter(|_| earlier.provider_version == run.provider_version);
    (run.source, run.progress, run.continues) = (earlier.source, earlier.progress, Some(earlier.id));
    Ok(())
}

/// The definition has come to ask for more than was said when the connection was made.
fn outdated(connection: &Connection, wrong: &[ParamError]) -> ScrapeError {
    let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    let reason = format!("its definition asks for more than before: {}", wrong.join("; "));
    ScrapeError::NeedsParams { connection: connection.id.clone(), reason }
}

impl Scraper {
    /// A scraper with the usual limits.
    #[must_use]
    pub fn new(parts: ScraperParts) -> Self {
        Self::with_limits(parts, Limits::default())
    }

    /// A scraper with other limits.
    #[must_use]
    pub fn with_limits(parts: ScraperParts, limits: Limits) -> Self {
        Self(Arc::new(Inner {
            parts,
            limits,
            paces: Paces::default(),
            guests: Guests::default(),
            turns: Arc::new(Semaphore::new(limits.at_once)),
            under_way: Mutex::default(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Begins a run, or joins (`true`) the one that is under way for the same connection and stream.
    pub async fn start(
        &self,
        user: &UserId,
        provider: &ProviderId,
        request: ScrapeRequest,
    ) -> Result<(Run, bool), ScrapeError> {
        let ScraperParts { store, providers, clock, .. } = &self.0.parts;
        let provider =
            providers.get(provider).ok_or_else(|| ScrapeError::UnknownProvider { known: providers.ids() })?;
        let stream = provider.stream(request.stream.as_ref()).ok_or_else(|| ScrapeError::UnknownStream {
            known: provider.streams.iter().map(|stream| stream.name.to_string()).collect(),
        })?;
        let stream_name = stream.name.clone();
        let connection = self.connected(user, &provider, &request.account).await?;
        let provider = provider.of_connection(&connection).map_err(|wrong| outdated(&connection, &wrong))?;
        if self.0.stopping.is_cancelled() {
            return Err(StoreError::Unavailable { reason: "the service is stopping".into() }.into());
        }
        let id = RunId::new(Uuid::now_v7());
        let mut run = Run::new(id, &connection, stream_name, provider.version.clone(), clock.now());
        if let Some(earlier) = &request.continues {
            let earlier = store.run(user, earlier).await?.ok_or(ScrapeError::NotFound)?;
            continue_from(&mut run, earlier)?;
        }
        // In a task of its own: a run that is stored is conducted, also where nobody waits for it any more.
        let scraper = self.clone();
        let beginning = self.0.tasks.spawn(async move { scraper.begin(provider, connection, run).await });
        let lost = |_| Err(StoreError::Unavailable { reason: "a task of ours failed".into() });
        let (run, joined) = beginning.await.unwrap_or_else(lost)?;
        if joined && request.continues.is_some() {
            let why = format!("{} is under way for the same stream", run.id);
            return Err(ScrapeError::NotContinuable { why });
        }
        Ok((run, joined))
    }

    async fn begin(
        &self,
        provider: Arc<Provider>,
        connection: Connection,
        run: Run,
    ) -> Result<(Run, bool), StoreError> {
        match self.0.parts.store.begin_run(run).await? {
            RunBegun::UnderWay(run) => Ok((run, true)),
            RunBegun::New(run) => {
                self.conduct(provider, connection, run.clone());
                Ok((run, false))
            }
        }
    }

    fn conduct(&self, provider: Arc<Provider>, connection: Connection, run: Run) {
        let cancel = self.0.stopping.child_token();
        self.0.under_way().insert(run.id.clone(), cancel.clone());
        self.0.tasks.spawn(run::conduct(Arc::clone(&self.0), provider, connection, run, cancel));
    }

    async fn connected(
        &self,
        user: &UserId,
        provider: &Provider,
        account: &AccountName,
    ) -> Result<Connection, ScrapeError> {
        let connection = self.0.parts.store.connection_of(user, &provider.id, account).await?;
        match connection {
            Some(connection) if connection.status == ConnectionStatus::Connected => Ok(connection),
            Some(connection) if connection.status == ConnectionStatus::NeedsReconnect => {
                let reason = connection.reason.unwrap_or_else(|| format!("{} ended it", provider.name));
                Err(ScrapeError::NeedsReconnect { connection: connection.id, reason })
            }
            _ => Err(ScrapeError::NeverConnected { provider: provider.name.clone() }),
        }
    }

    /// Whether the provider's site wants to be left alone now, also where it said so before a restart.
    pub async fn is_quiet(&self, provider: &Provider) -> Result<bool, StoreError> {
        let ScraperParts { store, clock, .. } = &self.0.parts;
        Ok(store.quiet_until(&provider.id, &provider.place, clock.now()).await?.is_some())
    }

    /// Waits until the provider's site may be asked for a page. What is answered is held while it is being asked.
    pub async fn turn(&self, provider: &Provider) -> Option<OwnedSemaphorePermit> {
        self.0.paces.wait(provider).await
    }

    /// The run as it is when it is over, or after that long.
    pub async fn wait(&self, run: &Run, within: Duration) -> Run {
        let store = &self.0.parts.store;
        let until = Instant::now() + within;
        let mut bell = store.bells().user(&run.user);
        let mut known = run.clone();
        while known.finished_at.is_none() {
            match store.run(&run.user, &run.id).await {
                Ok(Some(newer)) => known = newer,
                Ok(None) => break,
                // It may come back; the bell is rung again then, or the time is up.
                Err(error) => tracing::warn!(run.id = %run.id, %error, "could not read a run"),
            }
            if known.finished_at.is_some() || tokio::time::timeout_at(until, bell.changed()).await.is_err() {
                break;
            }
        }
        known
    }

    /// What the page looked like at which a run ended, masked, as a PNG; nothing, where there is no such picture.
    pub async fn screenshot(&self, run: &Run) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.parts.keeper.screenshot(run).await
    }

    /// Stops a run, and answers with how it ended. One that is over already stays as it ended.
    pub async fn cancel(&self, user: &UserId, id: &RunId) -> Result<Run, ScrapeError> {
        let store = &self.0.parts.store;
        let run = store.run(user, id).await?.ok_or(ScrapeError::NotFound)?;
        if run.finished_at.is_some() {
            return Ok(run);
        }
        let ours = self.0.under_way().get(id).cloned();
        if let Some(cancel) = ours {
            cancel.cancel();
            let run = self.wait(&run, Duration::from_secs(5)).await;
            if run.finished_at.is_some() {
                return Ok(run);
            }
        }
        // Another process conducts it (or ours hangs): it is told by the store at its next page.
        Ok(store
            .finish_run(&run, &RunEnd::new(Outcome::Cancelled, ending::CANCELLED), self.0.parts.clock.now())
            .await?)
    }

    /// Believes a run that found far fewer records than the one before it.
    pub async fn accept(&self, user: &UserId, id: &RunId) -> Result<Run, ScrapeError> {
        let ScraperParts { store, clock, .. } = &self.0.parts;
        let run = store.run(user, id).await?.ok_or(ScrapeError::NotFound)?;
        let message = ending::accepted(run.progress);
        let accepted = store.accept_run(user, id, &message, clock.now()).await?;
        accepted.ok_or(ScrapeError::NotAcceptable)
    }

    /// Takes up the runs that were under way when the service ended, each where it was. Answers how many.
    pub async fn recover(&self) -> Result<usize, StoreError> {
        let ScraperParts { store, providers, clock, .. } = &self.0.parts;
        store.release_left_sessions().await?;
        let left = store.runs_under_way().await?;
        let count = left.len();
        for run in left {
            let connection = store.connection(&run.user, &run.connection).await?;
            let (outcome, message) = match (providers.get(&run.provider), connection) {
                (Some(provider), Some(connection)) if connection.status == ConnectionStatus::Connected => {
                    match provider.of_connection(&connection) {
                        Ok(provider) => {
                            self.conduct(provider, connection, run);
                            continue;
                        }
                        Err(wrong) => (Outcome::Failed, outdated(&connection, &wrong).to_string()),
                    }
                }
                (_, Some(connection)) if connection.status == ConnectionStatus::NeedsReconnect => {
                    (Outcome::NeedsReconnect, connection.reason.unwrap_or_else(|| "The session has ended.".into()))
                }
                _ => (Outcome::Failed, ending::INTERRUPTED.to_owned()),
            };
            store.finish_run(&run, &RunEnd::new(outcome, message), clock.now()).await?;
            store.release_session(&run.connection, run.id.as_str()).await?;
        }
        Ok(count)
    }

    /// Puts the runs under way down, for the next start to take up; takes no new ones.
    pub async fn shut_down(&self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}
