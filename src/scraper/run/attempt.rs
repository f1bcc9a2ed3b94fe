//! One attempt at a source, with a fresh copy of the session; and what the site made of it, saved.

use std::{mem, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Conductor, Keeping, LAST_WORDS, Left, Stopped};
use crate::{
    browser::{BrowserError, Context},
    domain::{Session, StorageState},
    providers::{Fetch, Source, SourceKind, Stream},
    scraper::{
        ScraperParts,
        asking::{self, Proof},
        ending::Halt,
        reading::Keeps,
        visit::{Errand, Standing, Visit, open_options},
    },
    sessions::{self, Asking, Opened, SessionError},
};

/// How long it may take to read what an attempt left of the session.
const LEFT_WITHIN: Duration = Duration::from_secs(10);

impl Conductor {
    /// One visit with a fresh copy of the session; answers what was seen of it.
    pub(super) async fn visit(
        &mut self,
        stream: &Stream,
        place: usize,
        until: Instant,
    ) -> (Standing, Result<(), Stopped>) {
        let is_trusted = self.left.as_ref().is_some_and(|left| !left.looked_logged_out);
        let opened = match self.open_session(is_trusted).await {
            Ok(opened) => opened,
            Err(error) => return (Standing::default(), Err(Stopped::Session(error))),
        };
        // What an earlier attempt saw has not ended the run.
        self.screenshot = None;
        match &stream.sources[place].kind {
            SourceKind::Fetch(fetch) if !fetch.in_page => self.ask(stream, place, fetch, opened, until).await,
            _ => self.browse(stream, place, opened, until).await,
        }
    }

    /// Opens the session: as it is saved, or as the last attempt left it.
    pub(super) async fn open_session(&self, as_it_was_left: bool) -> Result<Opened, SessionError> {
        let mut opened = self.inner.parts.keeper.open(&self.connection).await?;
        if let Some(left) = self.left.as_ref().filter(|left| as_it_was_left && left.generation == opened.generation) {
            opened.session.state = left.state.clone();
        }
        Ok(opened)
    }

    /// Notes what an attempt left of the session, where it may still be of use.
    fn leave(&mut self, came: &Result<(), Stopped>, generation: i64, state: Option<StorageState>) {
        let looked_logged_out = matches!(came, Err(Stopped::Halted(Halt::LoggedOut(_))));
        self.left = state.map(|state| Left { generation, state: self.provider.keep(state), looked_logged_out });
    }

    /// Notes what a look left of it that saw nobody logged in.
    pub(super) fn left_by_a_look(&mut self, generation: i64, state: StorageState) {
        self.left = Some(Left { generation, state: self.provider.keep(state), looked_logged_out: true });
    }

    pub(super) fn keeping(&self, opened: Opened) -> Keeping<'_> {
        let (inner, provider) = (self.inner.as_ref(), self.provider.as_ref());
        Keeping { inner, provider, connection: &self.connection, run: &self.run.id, opened }
    }

    fn errand<'a>(&'a self, stream: &'a Stream, place: usize) -> Errand<'a> {
        let source = &stream.sources[place];
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let ScraperParts { store, clock, .. } = &self.inner.parts;
        let keeps = Keeps::Run { store, run: &self.run };
        Errand { paces: &self.inner.paces, clock, keeps, provider: &self.provider, stream, source, place }
    }

    /// Over HTTP, without a browser.
    async fn ask(
        &mut self,
        stream: &Stream,
        place: usize,
        fetch: &Fetch,
        opened: Opened,
        until: Instant,
    ) -> (Standing, Result<(), Stopped>) {
        let mut standing = Standing::default();
        let asking = match Asking::new(&opened.session) {
            Ok(asking) => asking,
            Err(error) => {
                return (standing, Err(Stopped::Halted(Halt::NotShown(error.to_string()))));
            }
        };
        let mut found = mem::take(&mut self.found);
        let identity = opened.session.identity.clone();
        let mut keeping = self.keeping(opened);
        let errand = self.errand(stream, place);
        let mut proof = Proof::MarksAlone;
        let reading = async {
            if self.inner.guests.are_refused(errand, fetch, &identity).await? {
                proof = Proof::Items;
            }
            asking::read(errand, (&asking, proof), &mut found, &mut standing, fetch, Some(&mut keeping)).await
        };
        let came = tokio::select! {
            came = reading => came.map_err(Stopped::Halted),
            () = self.cancel.cancelled() => Err(Stopped::Cancelled),
            () = tokio::time::sleep_until(until) => Err(Stopped::TooLong),
        };
        if matches!(came, Err(Stopped::Cancelled | Stopped::TooLong)) {
            // What is being asked is answered all the same, perhaps with a cookie without which the saved ones are worthless.
            asking.settle(LAST_WORDS).await;
        }
        // Whatever came of the run: a site that rotates its cookies has made the saved ones worthless by now.
        if standing.is_logged_in {
            keeping.save(asking.state()).await;
        } else if !matches!(came, Ok(()) | Err(Stopped::Halted(Halt::LoggedOut(_))))
            && keeping.is_outdated_by(&asking)
            && asking.lost_nothing()
        {
            // An answer that could not be used may have brought one, too.
            keeping.save_rotated(asking.state()).await;
        }
        let generation = keeping.opened.generation;
        self.found = found;
        self.items_prove = proof == Proof::Items;
        self.leave(&came, generation, Some(asking.state()));
        (standing, came)
    }

    /// In a fresh context of a browser.
    async fn browse(
        &mut self,
        stream: &Stream,
        place: usize,
        opened: Opened,
        until: Instant,
    ) -> (Standing, Result<(), Stopped>) {
        let (mut standing, before) = (Standing::default(), opened.generation);
        let context = match self.open(&opened.session, &stream.sources[place], until).await {
            Ok(context) => context,
            Err(stopped) => return (standing, Err(stopped)),
        };
        let mut found = mem::take(&mut self.found);
        let visit = Visit::new(self.errand(stream, place), context.as_ref(), &mut found, &mut standing);
        let mut visit = visit.keeping(self.keeping(opened));
        let came = tokio::select! {
            came = visit.read() => came.map_err(Stopped::Halted),
            () = self.cancel.cancelled() => Err(Stopped::Cancelled),
            () = tokio::time::sleep_until(until) => Err(Stopped::TooLong),
        };
        let keeping = visit.kept();
        // What is told of the session is told of this save of it.
        let generation = keeping.as_ref().map_or(before, |keeping| keeping.opened.generation);
        if let (Some(keeping), true) = (keeping, standing.is_logged_in) {
            let patience = if came.is_ok() { Duration::from_secs(20) } else { LAST_WORDS };
            let stopped = async {
                self.cancel.cancelled().await;
                tokio::time::sleep(LAST_WORDS).await;
            };
            let is_saved = tokio::select! {
                saved = tokio::time::timeout(patience, read_back(context.as_ref(), keeping)) => saved.is_ok(),
                () = stopped => false,
            };
            if !is_saved {
                tracing::warn!(run.id = %self.run.id, "could not save the session in time; the one saved before stays");
            }
        }
        self.found = found;
        let is_asked_about = match &came {
            Ok(()) => !standing.is_logged_in,
            Err(Stopped::Halted(halt)) => halt.may_be_a_dead_session(),
            Err(_) => false,
        };
        let reading = async {
            if !is_asked_about {
                return None;
            }
            tokio::time::timeout(LEFT_WITHIN, context.storage_state()).await.ok()?.ok()
        };
        let left = tokio::select! {
            left = reading => left,
            () = self.cancel.cancelled() => None,
        };
        self.leave(&came, generation, left);
        let shows_why = match &came {
            Ok(()) => self.found.keys.is_empty() || self.found.progress().records < stream.expect.min_items,
            Err(Stopped::Halted(halt)) => halt.is_shown(),
            Err(_) => false,
        };
        if shows_why {
            self.screenshot = tokio::select! {
                screenshot = sessions::masked_screenshot(context.as_ref()) => screenshot,
                () = self.cancel.cancelled() => None,
            };
        }
        if matches!(came, Err(Stopped::Cancelled)) {
            // Nobody who stops a run needs to wait for that.
            self.inner.tasks.spawn(async move { context.close().await });
        } else {
            context.close().await;
        }
        (standing, came)
    }

    /// Opens a context; one that comes too late is closed.
    async fn open(&self, session: &Session, source: &Source, until: Instant) -> Result<Arc<dyn Context>, Stopped> {
        let options = open_options(&self.provider, source, session);
        let browser = Arc::clone(&self.inner.parts.browser);
        let mut opening = tokio::spawn(async move { browser.open(options).await });
        let stopped = tokio::select! {
            opened = &mut opening => {
                let lost = |_| Err(BrowserError::Lost("a task of ours failed".into()));
                return opened.unwrap_or_else(lost).map_err(|error| Stopped::Halted(Halt::Browser(error)));
            }
            () = self.cancel.cancelled() => Stopped::Cancelled,
            () = tokio::time::sleep_until(until) => Stopped::TooLong,
        };
        self.inner.tasks.spawn(async move {
            if let Ok(Ok(context)) = opening.await {
                context.close().await;
            }
        });
        Err(stopped)
    }
}

async fn read_back(context: &dyn Context, mut keeping: Keeping<'_>) {
    match context.storage_state().await {
        Ok(left) => keeping.save(left).await,
        Err(error) => {
            tracing::warn!(run.id = %keeping.run, %error, "could not read the session back; the one saved before stays");
        }
    }
}
