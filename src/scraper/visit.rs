//! A visit: one fresh context in which a source is read, and what was seen and found on the way.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    completeness::Completeness,
    ending::Halt,
    pace::Paces,
    reading::{Keeps, Reading, Taken},
    run::Keeping,
    turning::{Turned, address, turn},
};
use crate::{
    browser::{Context, ContextOptions, FailedRequest, Page, Wanted},
    domain::{
        Clock, Cursor, Run, RunProgress, Session,
        rule::{Observation, ResponseRule, Rule, Truth, Verdict},
    },
    providers::{FirstPage, Paging, Provider, Source, SourceKind, Stream},
    sessions::{self, HOLDS_UNSETTLED, LooksLoggedOut},
};

/// How often to look again when nothing rang: a page can change its storage without a word.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long a page that is drawn may take to show what leads to its first page.
const FIRST_WITHIN: Duration = Duration::from_secs(2);

/// The statuses of a site that has enough of us for now (RFC 6585, 4; RFC 9110, 15.6.4).
pub(super) const REFUSALS: [u16; 2] = [429, 503];

/// What a run has found so far, over all its visits.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub keys: HashSet<String>,
    pub pages: u32,
    pub unreadable: BTreeMap<String, usize>,
    /// So many items are no records, since a field that each must have is missing in them.
    pub incomplete: usize,
    /// Nothing said that this was the end: the last page held nothing, or nothing came after it.
    pub ended_silently: bool,
    /// Where it goes on.
    pub cursor: Option<Cursor>,
    /// What the last reading has shown of the list's extent.
    pub list: Completeness,
    /// Pages that the run read with which this one goes on: they do not count among those that are allowed in one.
    pub before: u32,
    /// A key led to no page: the mouse is used.
    pub needs_mouse: bool,
}

impl Found {
    /// What a run had found when it was put down; nothing, where it is new.
    pub fn of(run: &Run, keys: HashSet<String>, cursor: Option<Cursor>, before: u32) -> Self {
        Self { keys, pages: run.progress.pages, cursor, before, ..Self::default() }
    }

    /// Where that source was put down.
    pub fn cursor_of(&self, place: u32) -> Option<&Cursor> {
        self.cursor.as_ref().filter(|cursor| cursor.source == place)
    }

    pub fn progress(&self) -> RunProgress {
        RunProgress { pages: self.pages, records: u32::try_from(self.keys.len()).unwrap_or(u32::MAX) }
    }
}

/// What was seen of the session in one visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Standing {
    /// A logged-in mark was seen at some time in it.
    pub was_logged_in: bool,
    /// And nothing has spoken against it since.
    pub is_logged_in: bool,
}

pub(super) struct Visit<'a, 'k> {
    pub reading: Reading<'a>,
    pub context: &'a dyn Context,
    wanted: Wanted,
    standing: &'a mut Standing,
    /// What of the session is saved; nothing, where it is not a run's.
    keeping: Option<Keeping<'k>>,
    logged_out: LooksLoggedOut,
    /// The status of the page in front, when it was last looked at.
    page_status: Option<u16>,
    /// When a page that was kept was last looked at.
    looked_at_kept: Option<Instant>,
    /// The page was loaded once more after the list.
    was_loaded_anew: bool,
}

/// How to open the fresh context in which a source is read.
pub(super) fn open_options(provider: &Provider, source: &Source, session: &Session) -> ContextOptions {
    let mut options = ContextOptions { without_media: true, ..sessions::open_options(provider, Some(session)) };
    if let SourceKind::Capture { answer, .. } = &source.kind {
        options.remember_responses.push(answer.url.regex().clone());
    }
    let asked_about = source.rules().flat_map(Rule::response_globs);
    options.remember_responses.extend(asked_about.map(|url| url.regex().clone()));
    options
}

/// Where a visit goes, with what, and what becomes of what it finds.
#[derive(Clone, Copy)]
pub(super) struct Errand<'a> {
    pub paces: &'a Paces,
    pub clock: &'a Clock,
    pub keeps: Keeps<'a>,
    pub provider: &'a Provider,
    pub stream: &'a Stream,
    pub source: &'a Source,
    /// The place of the source among the stream's.
    pub place: u32,
}

impl<'a, 'k> Visit<'a, 'k> {
    pub fn new(errand: Errand<'a>, context: &'a dyn Context, found: &'a mut Found, standing: &'a mut Standing) -> Self {
        let Errand { provider, source, .. } = errand;
        let mut needs = provider.probe.needs();
        if let SourceKind::Markup { ready, empty, .. } = &source.kind {
            needs = std::iter::once(ready).chain(empty).fold(needs, |needs, rule| needs.and(rule.needs()));
        }
        needs = source.rules().fold(needs, |needs, rule| needs.and(rule.needs()));
        let wanted = sessions::wanted(needs);
        let jumps = matches!(source.paging, Paging::PageParam { .. } | Paging::Offset { .. })
            || matches!(source.kind, SourceKind::Fetch(_));
        let reading = Reading::new(errand, found, jumps);
        Self {
            reading,
            context,
            wanted,
            standing,
            keeping: None,
            logged_out: LooksLoggedOut::default(),
            page_status: None,
            looked_at_kept: None,
            was_loaded_anew: false,
        }
    }

    /// With what of the session is saved while it goes on.
    pub fn keeping(self, keeping: Keeping<'k>) -> Self {
        Self { keeping: Some(keeping), ..self }
    }

    /// What of the session is saved by now.
    pub fn kept(self) -> Option<Keeping<'k>> {
        self.keeping
    }

    pub fn source(&self) -> &'a Source {
        self.reading.errand.source
    }

    /// Reads the source to its end.
    pub async fn read(&mut self) -> Result<(), Halt> {
        match self.read_source().await {
            Err(Halt::NotShown(why)) => Err(self.refusal().unwrap_or(Halt::NotShown(why))),
            came => came,
        }
    }

    async fn read_source(&mut self) -> Result<(), Halt> {
        let (paces, provider, source) = (self.reading.errand.paces, self.reading.errand.provider, self.source());
        if self.reading.was_full() {
            return Ok(());
        }
        let permit = paces.wait(provider).await;
        let first = address(source, &source.paging, self.reading.read, self.reading.found.list.items)
            .unwrap_or_else(|| source.visit.clone());
        let page = self.context.visit(&first, source.wait).await?;
        drop(permit);
        self.begin(&*page).await?;
        match &source.kind {
            SourceKind::Fetch(fetch) => self.ask_in_page(&*page, fetch).await?,
            SourceKind::Capture { answer, items } => self.read_answers(&*page, answer, items).await?,
            SourceKind::Markup { ready, empty, items } => {
                self.read_pages(&*page, ready, empty.as_ref(), items).await?;
            }
        }
        if self.shows_an_old_document() && !self.was_loaded_anew {
            self.load_anew(&*page).await;
        }
        self.await_logged_in().await
    }

    /// The list's pages came into a document that was there before them: its marks say nothing of the time since.
    fn shows_an_old_document(&self) -> bool {
        let stays = |way: &Paging| matches!(way, Paging::Next { .. } | Paging::Click { .. } | Paging::Scroll { .. });
        let source = self.source();
        let has_stayed = matches!(source.kind, SourceKind::Fetch(_)) || source.paging.ways().iter().any(stays);
        has_stayed && self.reading.read > 1 && self.standing.is_logged_in
    }

    /// Loads the page once more. Where it does not come nothing is known: then the probe is asked.
    pub(super) async fn load_anew(&mut self, page: &dyn Page) {
        let Errand { paces, provider, source, .. } = self.reading.errand;
        let _permit = paces.wait(provider).await;
        self.was_loaded_anew = true;
        self.standing.is_logged_in = false;
        self.logged_out.broke();
        if let Err(error) = page.goto(&source.visit, source.wait).await {
            tracing::debug!(provider = %provider.id, %error, "the page of a list did not load once more");
        }
    }

    /// Whether the first page is to tell if the list has moved.
    pub(super) fn wants_first_again(&self) -> bool {
        let found = &self.reading.found;
        matches!(self.reading.errand.keeps, Keeps::Run { .. }) && found.list.is_ambiguous(found.keys.len())
    }

    /// Does what is to be done before the first items are there.
    pub(super) async fn begin(&mut self, page: &dyn Page) -> Result<(), Halt> {
        let source = self.source();
        if let Some(FirstPage::Visit(first)) = &source.first {
            let _permit = self.reading.errand.paces.wait(self.reading.errand.provider).await;
            page.goto(first, source.wait).await?;
        }
        if let Some(css) = &source.click {
            let until = Instant::now() + source.wait;
            while !page.click(css, LOOK_EVERY).await? {
                self.look().await?;
                if Instant::now() >= until {
                    let within = source.wait;
                    return Err(Halt::NotShown(format!("there was nothing to click at {css} within {within:?}")));
                }
            }
        }
        Ok(())
    }

    /// Goes to the first page, where the site shows another one: answers whether there was something to click.
    pub async fn to_the_first_page(&self, page: &dyn Page) -> Result<bool, Halt> {
        let Some(FirstPage::Click(css)) = &self.source().first else { return Ok(false) };
        Ok(page.click(css, FIRST_WITHIN).await?)
    }

    /// The site said, by the status of the page or of what the page asks for, that it has enough of us.
    fn refusal(&self) -> Option<Halt> {
        let answered = match &self.source().kind {
            SourceKind::Capture { answer, .. } => {
                let refused = ResponseRule { status: REFUSALS.to_vec(), body: None, json: None, ..answer.clone() };
                let responses = self.context.responses();
                let answers = responses.borrow();
                answers.values().rev().find(|seen| refused.matches(seen) == Truth::True).map(|seen| seen.status)
            }
            SourceKind::Markup { .. } | SourceKind::Fetch(_) => None,
        };
        let status = answered.or_else(|| self.page_status.filter(|status| REFUSALS.contains(status)))?;
        let why = format!("{} answered with {status}", self.source().visit.host_str().unwrap_or("the site"));
        let is_retried = self.reading.errand.provider.politeness.retry.on.contains(&status);
        Some(Halt::Blocked { why, wait: None, is_retried })
    }

    /// Looks once: refused, logged out, or on.
    pub async fn look(&mut self) -> Result<Observation, Halt> {
        let mut seen = self.context.observe(&self.wanted).await?;
        self.page_status = seen.status;
        let Errand { provider, source, .. } = self.reading.errand;
        let sighting = provider.judge_source_page(source, &mut seen);
        if !matches!(source.kind, SourceKind::Fetch(_))
            && let Some(why) = source.partial_because(&seen)
        {
            self.reading.found.list.partial.get_or_insert(why);
        }
        match sighting.verdict {
            Verdict::Blocked => return Err(Halt::blocked(sighting.reason())),
            Verdict::LoggedOut => {
                self.standing.is_logged_in = false;
                if self.logged_out.saw(self.context.in_flight(HOLDS_UNSETTLED), Instant::now()) {
                    return Err(Halt::LoggedOut(sighting.reason()));
                }
            }
            Verdict::LoggedIn => {
                *self.standing = Standing { was_logged_in: true, is_logged_in: true };
                self.logged_out.broke();
            }
            Verdict::Unknown => self.logged_out.broke(),
        }
        Ok(seen)
    }

    /// Looks at what the browser holds, too.
    pub async fn look_at_everything(&self) -> Result<Observation, Halt> {
        let everything = Wanted { cookies: true, local_storage: true, session_storage: true, ..self.wanted.clone() };
        Ok(self.context.observe(&everything).await?)
    }

    /// What is read, and how one stands, at once.
    pub fn parts(&mut self) -> (&mut Reading<'a>, &mut Standing) {
        (&mut self.reading, &mut *self.standing)
    }

    /// Whether the page's documents and scripts wait for nothing: what they are about to bring is a part of it. What has been under way
    /// for longer than a page may take is not waited for.
    pub fn is_settled(&self) -> bool {
        self.context.in_flight(self.source().wait) == 0
    }

    /// What a page asked for where its list ended was not answered, or with an error, after so many failures before: it may have been
    /// more of the list. What belongs to others (counting, advertisements) is not looked at.
    pub fn note_failures(&mut self, before: u64) {
        let host = self.source().visit.host_str().unwrap_or_default();
        let site: Vec<&str> = host.rsplit('.').take(2).collect();
        let failed = self.context.failed_after(before);
        let ours = |one: &&FailedRequest| {
            one.url.host_str().is_some_and(|other| other.rsplit('.').take(2).eq(site.iter().copied()))
        };
        if let Some(FailedRequest { url, why }) = failed.iter().find(ours) {
            let place = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
            self.reading.found.list.note_failure(format!("{place} {why} where the list ended"));
        }
    }

    /// Waits until something may have changed.
    pub async fn stir(&self) {
        let mut changes = self.context.changes();
        let _ = tokio::time::timeout(LOOK_EVERY, changes.changed()).await;
    }

    /// The mark of being logged in may come a moment after the last records. Without it nothing is believed of a page
    /// that had none, and the session is not saved.
    pub async fn await_logged_in(&mut self) -> Result<(), Halt> {
        let wait = self.reading.errand.provider.probe.wait;
        let patience = if self.reading.found.keys.is_empty() { wait } else { Duration::from_secs(5) };
        let until = Instant::now() + patience;
        loop {
            self.look().await?;
            if self.standing.is_logged_in || Instant::now() >= until {
                return Ok(());
            }
            self.stir().await;
        }
    }

    /// Keeps the records of a page, looks whether one is still logged in, and keeps the cookies that came with it. Pages that
    /// come faster than a site is usually asked for them are not all looked at.
    pub async fn keep(&mut self, taken: Taken) -> Result<(), Halt> {
        self.reading.store(taken).await?;
        if self.looked_at_kept.is_some_and(|looked| looked.elapsed() < LOOK_EVERY) {
            return Ok(());
        }
        self.looked_at_kept = Some(Instant::now());
        self.look().await?;
        if let (Some(keeping), true) = (&mut self.keeping, self.standing.is_logged_in)
            && keeping.writes_back()
        {
            let cookies = Wanted { cookies: true, ..Wanted::default() };
            if let Some(cookies) = self.context.observe(&cookies).await?.cookies {
                keeping.save_cookies(cookies).await;
            }
        }
        Ok(())
    }

    /// Keeps the records of a page while it goes on to the next: a press takes its time. What is seen before then (one is
    /// logged out, refused) ends it there.
    pub async fn keep_and_turn(&mut self, taken: Taken, page: &dyn Page) -> Result<Turned<'a>, Halt> {
        let turning =
            turn(self.reading.errand, self.reading.so_far(), (self.context, page), self.reading.found.needs_mouse);
        let (turned, ()) = tokio::try_join!(async { Ok(turning.await) }, self.keep(taken))?;
        self.turned(turned?).await
    }

    /// Goes on to the next page.
    pub async fn turn(&mut self, page: &dyn Page) -> Result<Turned<'a>, Halt> {
        let so_far = self.reading.so_far();
        let turned = turn(self.reading.errand, so_far, (self.context, page), self.reading.found.needs_mouse).await?;
        self.turned(turned).await
    }

    /// The page that was turned to did not come. Where a key was pressed for the first of them nobody knows whether it was heard:
    /// pressed again, or clicked, the page may skip one, so that it is visited anew.
    pub fn did_not_come(&mut self, turned: &Turned<'_>, within: Duration) -> Halt {
        if turned.by_key && self.reading.read == 1 {
            self.reading.found.needs_mouse = true;
            return Halt::Unheard;
        }
        Halt::NotShown(format!("page {} did not come within {within:?}", self.reading.read + 1))
    }

    /// Where nothing moved it may be for one who is logged out.
    async fn turned(&mut self, turned: Turned<'a>) -> Result<Turned<'a>, Halt> {
        if !turned.moved {
            self.look().await?;
        }
        Ok(turned)
    }
}
