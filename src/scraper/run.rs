//! Conducts one run: lease, fresh context, sources in order of preference, and the verdict on how it ended.

mod attempt;
mod judging;
mod keeping;
mod outcome;

use std::{sync::Arc, time::Duration};

use tokio::{sync::OwnedSemaphorePermit, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Inner, ScraperParts,
    ending::Halt,
    visit::{Found, Standing},
};
use crate::{
    domain::{
        Connection, Outcome, Run, RunEnd, StorageState,
        rule::{Evidence, Truth},
        time::in_words,
    },
    providers::{Provider, Retry, SourceKind, Stream},
    sessions::SessionError,
    store::StoreError,
};

use judging::{Over, Probed, Renewal, denied};
pub(super) use keeping::Keeping;

/// How long to wait before asking again for a lease that another run has, or for a store that is gone.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// A run that is being stopped takes no longer than this to save what the site did to its session.
const LAST_WORDS: Duration = Duration::from_millis(700);
/// A lease outlives its run by this much.
const LEASE_MARGIN: Duration = Duration::from_mins(1);

/// The task of one run.
pub(super) async fn conduct(
    inner: Arc<Inner>,
    provider: Arc<Provider>,
    connection: Connection,
    run: Run,
    cancel: CancellationToken,
) {
    tracing::info!(run.id = %run.id, provider = %run.provider, stream = %run.stream, "a run began");
    let mut conductor = Conductor {
        inner,
        provider,
        connection,
        run,
        cancel,
        found: Found::default(),
        screenshot: None,
        left: None,
        probed: None,
        read_anew: false,
        items_prove: false,
        given_up: Vec::new(),
        leased: false,
    };
    let end = conductor.work().await;
    let Conductor { inner, run, connection, found, screenshot, leased, .. } = conductor;
    let progress = found.progress();
    // Before the run is ended: the next one may begin at once then, and is not to wait for this.
    if leased && let Err(error) = inner.parts.store.release_session(&connection.id, run.id.as_str()).await {
        tracing::warn!(run.id = %run.id, %error, "could not release a session; its lease ends by itself");
    }
    if let Some(end) = end {
        tracing::info!(
            run.id = %run.id, provider = %run.provider, outcome = end.outcome.as_str(), pages = progress.pages,
            records = progress.records, "a run ended: {}", end.message
        );
        metrics::counter!("staylogged_runs_total", "outcome" => end.outcome.as_str()).increment(1);
        if let Some(png) = screenshot.filter(|_| !matches!(end.outcome, Outcome::Ok | Outcome::Cancelled)) {
            keep(&inner, &run, &png).await;
        }
        finish(&inner, &run, &end).await;
    } else {
        tracing::info!(run.id = %run.id, pages = progress.pages, "a run was put down; the next start takes it up");
    }
    inner.under_way().remove(&run.id);
}

/// Keeps what the page looked like that ended the run; how it ended does not depend on that.
async fn keep(inner: &Inner, run: &Run, png: &[u8]) {
    let ScraperParts { keeper, store, .. } = &inner.parts;
    let kept = match keeper.seal_screenshot(run, png) {
        Ok(sealed) => store.keep_screenshot(&run.id, &sealed).await.map_err(SessionError::from),
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        tracing::warn!(run.id = %run.id, %error, "could not keep the screenshot of a run");
    }
}

/// A run that could not be ended would block all later ones: the store is asked until it answers.
async fn finish(inner: &Inner, run: &Run, end: &RunEnd) {
    loop {
        let now = inner.parts.clock.now();
        match inner.parts.store.finish_run(run, end, now).await {
            // The run is gone with its connection: there is nothing to end.
            Ok(_) | Err(StoreError::NotFound(_)) => return,
            Err(error) => tracing::warn!(run.id = %run.id, %error, "could not store how a run ended; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(ASK_AGAIN) => {}
            // At the next start it is found under way, and taken up.
            () = inner.stopping.cancelled() => return,
        }
    }
}

struct Conductor {
    inner: Arc<Inner>,
    provider: Arc<Provider>,
    connection: Connection,
    run: Run,
    cancel: CancellationToken,
    found: Found,
    /// What the last page looked like that may have ended the run, masked.
    screenshot: Option<Vec<u8>>,
    /// What the last attempt left of the session, where it did not come to a good end.
    left: Option<Left>,
    /// What the probe said of the session, where it did not call it dead.
    probed: Option<Probed>,
    /// The list was read anew, since a look after it had renewed the session.
    read_anew: bool,
    /// Of the source that was asked last over HTTP: that it showed items proves that the session works.
    items_prove: bool,
    /// The sources that could not be read, and why.
    given_up: Vec<Evidence>,
    leased: bool,
}

/// What an attempt left of the session. It may be saved nowhere: that one was logged in was not seen. At a site that replaces its
/// cookies it is all the same what works, and what is saved does not.
struct Left {
    /// The save that the attempt began with.
    generation: i64,
    state: StorageState,
    /// The attempt ended at a page that looked logged out: there the site may have taken the cookies.
    looked_logged_out: bool,
}

/// Why a visit did not even begin, or stopped.
enum Stopped {
    Halted(Halt),
    Session(SessionError),
    Cancelled,
    TooLong,
}

impl Conductor {
    /// Answers how the run ended; nothing, where it is put down because the service stops.
    async fn work(&mut self) -> Option<RunEnd> {
        let cancel = self.cancel.clone();
        let quiet = self.quiet().await;
        if quiet > self.provider.politeness.retry.cap {
            let name = &self.provider.name;
            let quiet = in_words(quiet);
            let message = format!("{name} asked to be left alone for another {quiet}: start the run after that.");
            return Some(RunEnd::new(Outcome::Blocked, message));
        }
        let begun = tokio::select! {
            begun = self.begin() => begun,
            () = cancel.cancelled() => return self.stopped(),
        };
        match begun {
            // Counted from here: whoever had to wait for others has not taken long.
            Ok(_turn) => self.sources(Instant::now() + self.inner.limits.deadline).await,
            Err(error) => Some(RunEnd::failed(format!("The session could not be reserved: {error}."))),
        }
    }

    /// For how much longer the site wants to be left alone, also where it said so before a restart.
    async fn quiet(&self) -> Duration {
        let Inner { parts: ScraperParts { store, clock, .. }, paces, .. } = self.inner.as_ref();
        let now = clock.now();
        match store.quiet_until(&self.provider.id, &self.provider.place, now).await {
            Ok(until) => {
                if let Some(until) = until {
                    paces.leave_alone(&self.provider, until.since(now));
                }
            }
            Err(error) => {
                tracing::warn!(run.id = %self.run.id, %error, "could not read whether the site is to be left alone");
            }
        }
        paces.quiet_for(&self.provider)
    }

    /// The site asked to be left alone for that long.
    async fn leave_alone(&self, wait: Duration) {
        let Inner { parts: ScraperParts { store, clock, .. }, paces, .. } = self.inner.as_ref();
        paces.leave_alone(&self.provider, wait);
        let now = clock.now();
        if let Err(error) = store.keep_quiet(&self.provider.id, &self.provider.place, now.after(wait), now).await {
            tracing::warn!(run.id = %self.run.id, %error, "could not store that the site is to be left alone");
        }
    }

    /// Waits for a turn, reserves the session, and learns what an earlier attempt found.
    async fn begin(&mut self) -> Result<Option<OwnedSemaphorePermit>, StoreError> {
        // Said before it is asked for: whoever stops the run while the answer is on its way would leave a lease behind that
        // blocks all later runs until it ends by itself. To release one that another run has does nothing.
        self.leased = true;
        let turn = loop {
            let turn = Arc::clone(&self.inner.turns).acquire_owned().await.ok();
            if lease(&self.inner, &self.connection, &self.run).await? {
                break turn;
            }
            // Whoever waits for another run of its connection does not keep those of others waiting.
            drop(turn);
            tokio::time::sleep(ASK_AGAIN).await;
        };
        let keys = self.inner.parts.store.run_keys(&self.run.id).await?;
        // Another definition may have other sources, or other pages: then the list is read from its beginning.
        let cursor = self.run.cursor.clone().filter(|_| self.run.provider_version == self.provider.version);
        let before = self.pages_before().await?.filter(|_| cursor.is_some()).unwrap_or_default();
        self.found = Found::of(&self.run, keys, cursor, before);
        Ok(turn)
    }

    /// So many pages had been read of the list by the run with which this one goes on.
    async fn pages_before(&self) -> Result<Option<u32>, StoreError> {
        let Some(earlier) = &self.run.continues else { return Ok(None) };
        let earlier = self.inner.parts.store.run(&self.run.user, earlier).await?;
        Ok(earlier.and_then(|earlier| earlier.cursor).map(|cursor| cursor.pages))
    }

    /// Reads the first source that can be read.
    async fn sources(&mut self, until: Instant) -> Option<RunEnd> {
        let provider = Arc::clone(&self.provider);
        let Some(stream) = provider.stream(Some(&self.run.stream)) else {
            return Some(RunEnd::failed("The provider's definition has no such stream any more."));
        };
        let place = self.found.cursor.as_ref().and_then(|cursor| usize::try_from(cursor.source).ok());
        let mut at = place.filter(|place| *place < stream.sources.len()).unwrap_or_default();
        let mut retried = 0;
        // The last attempt looked logged out; and a renewal was tried.
        let (mut looked_logged_out, mut renewed) = (false, false);
        loop {
            let source = &stream.sources[at];
            let over_http = matches!(&source.kind, SourceKind::Fetch(fetch) if !fetch.in_page);
            let (standing, Some(came)) = self.proven_visit(stream, at, over_http, until).await else { continue };
            let halt = match came {
                Ok(()) => match self.ended_well(stream).await {
                    Ok(end) => return Some(end),
                    Err(halt) => halt,
                },
                Err(Stopped::Halted(halt)) => halt,
                Err(Stopped::TooLong) => return self.end_late().await,
                Err(other) => return self.stopped_by(other),
            };
            let halt = match halt {
                // A page of the list may say so to one who may only not see it: whether the session is dead the probe says.
                Halt::LoggedOut(reason) if !over_http && (looked_logged_out || self.probed.is_some()) => {
                    looked_logged_out = false;
                    match self.judge_session(until).await {
                        Ok(Some(probed)) => Halt::NotShown(denied(&reason, probed.sighting.verdict)),
                        Ok(None) => continue,
                        Err(Over(ended)) => return ended,
                    }
                }
                // Without a browser the site had no chance to renew the session by itself: now it has one. And what
                // it shows there is the second sighting.
                Halt::LoggedOut(reason) if over_http => match self.renewed(renewed, reason, until).await {
                    Ok(()) => {
                        renewed = true;
                        if !self.items_prove && !standing.was_logged_in {
                            self.forget_reading();
                        }
                        continue;
                    }
                    Err(Renewal::Over(ended)) => return ended,
                    Err(Renewal::Halted(halt)) => halt,
                },
                // Once is no proof: a fresh context is asked, with the session as it is by then.
                Halt::LoggedOut(_) => {
                    looked_logged_out = true;
                    continue;
                }
                halt => halt,
            };
            // What is no list may be the page that one who is logged out is shown.
            if let (true, false, Halt::Drift(why)) = (over_http, renewed, &halt) {
                match self.renewed(false, why.clone(), until).await {
                    Ok(()) => {
                        renewed = true;
                        continue;
                    }
                    Err(Renewal::Over(ended)) => return ended,
                    // Nobody knows: then what was seen counts.
                    Err(Renewal::Halted(_)) => {}
                }
            }
            // It says so once: by mouse it is not said.
            if matches!(halt, Halt::Unheard) {
                tracing::info!(run.id = %self.run.id, "no page came by a key; beginning anew, by mouse");
                continue;
            }
            let asked = match &halt {
                Halt::Blocked { wait, .. } => wait.filter(|_| provider.politeness.retry.respect_retry_after),
                _ => None,
            };
            if let Some(wait) = asked {
                self.leave_alone(wait).await;
            }
            if let Some(pause) = self.pause_before_retry(&halt, asked, retried) {
                tracing::info!(run.id = %self.run.id, source = source.kind.as_str(), ?halt, ?pause, "trying a source again");
                retried += 1;
                if matches!(halt, Halt::NotBelieved(_)) {
                    self.probed = None;
                }
                tokio::select! {
                    () = tokio::time::sleep(pause) => continue,
                    () = self.cancel.cancelled() => return self.stopped(),
                    () = tokio::time::sleep_until(until) => return self.end_late().await,
                }
            }
            match halt {
                Halt::NotShown(why) | Halt::Answered(why) | Halt::Drift(why) if at + 1 < stream.sources.len() => {
                    let (from, to) = (source.kind.as_str(), stream.sources[at + 1].kind.as_str());
                    tracing::warn!(run.id = %self.run.id, from, to, why, "a source could not be read; going on to the next");
                    let rule = format!("the {from} source can be read");
                    self.given_up.push(Evidence { rule, seen: why, value: Truth::False });
                    (at, retried) = (at + 1, 0);
                }
                // What a source shows does not say whether the session works.
                halt if halt.may_be_a_dead_session() => match self.judge_session(until).await {
                    Ok(Some(probed)) => return Some(self.judged(halt, probed).await),
                    Ok(None) => (looked_logged_out, renewed, retried) = (false, false, 0),
                    Err(Over(ended)) => return ended,
                },
                halt => return Some(halt.into_end(&provider.name, &self.run.stream)),
            }
        }
    }

    /// One visit, and the proof that what it found can be believed; no outcome where the list is to be read once more.
    async fn proven_visit(
        &mut self,
        stream: &Stream,
        at: usize,
        over_http: bool,
        until: Instant,
    ) -> (Standing, Option<Result<(), Stopped>>) {
        let (standing, came) = self.visit(stream, at, until).await;
        let came = match came {
            Ok(()) => self.proven(stream, standing, over_http, until).await,
            Err(stopped) => Err(stopped),
        };
        if let Ok(false) = came {
            tracing::info!(run.id = %self.run.id, "the session was renewed after the list was read; reading it once more");
        }
        (standing, came.map_or_else(|stopped| Some(Err(stopped)), |is_proven| is_proven.then_some(Ok(()))))
    }

    /// How long to wait before a source is tried again, as the site asked or a while that grows; nothing, where it is not.
    fn pause_before_retry(&self, halt: &Halt, asked: Option<Duration>, retried: u32) -> Option<Duration> {
        let Retry { times, base, cap, .. } = &self.provider.politeness.retry;
        let is_tried_again = match halt {
            Halt::NotShown(_) | Halt::NotBelieved(_) => true,
            // Where it says until when, it invites to come back.
            Halt::Blocked { wait, is_retried, .. } => *is_retried || wait.is_some(),
            _ => false,
        };
        let backoff = base.saturating_mul(2_u32.saturating_pow(retried)).min(*cap);
        let pause = asked.or_else(|| is_tried_again.then_some(backoff))?;
        (retried < *times && pause <= *cap).then_some(pause)
    }
}

/// One run at a time uses a session: two at once would end each other's where cookies rotate. `false`: somebody has it.
async fn lease(inner: &Inner, connection: &Connection, run: &Run) -> Result<bool, StoreError> {
    let ScraperParts { store, clock, .. } = &inner.parts;
    let now = clock.now();
    let until = now.after(inner.limits.deadline + LEASE_MARGIN);
    let is_leased = store.lease_session(&connection.id, run.id.as_str(), until, now).await?;
    if !is_leased && store.session(&connection.id).await?.is_none() {
        return Err(StoreError::NotFound("session"));
    }
    Ok(is_leased)
}
