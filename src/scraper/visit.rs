//! A visit: one fresh context in which a source is read, and what was seen and found on the way.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use tokio::time::Instant;
use url::Url;

use super::{Inner, ending::Halt, extraction::Extracted};
use crate::{
    browser::{BrowserError, Context, Page, Wanted},
    domain::{
        Cursor, Run, RunProgress,
        rule::{Observation, Verdict},
    },
    providers::{Paging, Provider, Slot, Source, SourceKind, Stop, Stream},
    sessions,
    store::{NewRecord, RunPage},
};

/// How long a page must go on looking logged out before it is believed: a redirect chain passes through such pages.
const LOGGED_OUT_HOLDS: Duration = Duration::from_millis(1500);
/// How often to look again when nothing rang: a page can change its storage without a word.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long a page may take to draw its "next" for what it has just received.
const DRAWN_WITHIN: Duration = Duration::from_secs(2);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(150);

/// What a run has found so far, over all its visits.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub keys: HashSet<String>,
    pub pages: u32,
    pub unreadable: BTreeMap<String, usize>,
    /// Where it goes on.
    pub cursor: Option<Cursor>,
    /// Paging ended because the definition allows no more pages.
    pub cut_short: bool,
}

impl Found {
    /// What a run had found when it was put down; nothing, where it is new.
    pub fn of(run: &Run, keys: HashSet<String>, cursor: Option<Cursor>) -> Self {
        Self { keys, pages: run.progress.pages, cursor, ..Self::default() }
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

pub(super) struct Visit<'a> {
    pub inner: &'a Inner,
    pub provider: &'a Provider,
    pub stream: &'a Stream,
    pub source: &'a Source,
    pub run: &'a Run,
    pub context: &'a dyn Context,
    place: u32,
    wanted: Wanted,
    found: &'a mut Found,
    standing: &'a mut Standing,
    logged_out_since: Option<Instant>,
    /// Pages in a row that held nothing new.
    stale: u32,
    /// How many pages of the source have been read: those before this visit too, where it could begin after them.
    pub read: u32,
    /// So many pages of it were read before. Where one cannot go on from there at once they are read again.
    known: u32,
    /// Keys read in this visit: an earlier visit of the same run may have read them too.
    keys: HashSet<String>,
}

/// Where a visit goes, for which run, and with what.
#[derive(Clone, Copy)]
pub(super) struct Errand<'a> {
    pub inner: &'a Inner,
    pub provider: &'a Provider,
    pub stream: &'a Stream,
    pub source: &'a Source,
    pub run: &'a Run,
    /// The place of the source among the stream's.
    pub place: u32,
}

/// What came of keeping a page's records.
pub(super) enum Kept {
    /// On to the next page.
    Further,
    /// A stop of the definition holds, or no more pages are allowed.
    Stop,
}

impl<'a> Visit<'a> {
    pub fn new(errand: Errand<'a>, context: &'a dyn Context, found: &'a mut Found, standing: &'a mut Standing) -> Self {
        let Errand { inner, provider, stream, source, run, place } = errand;
        let mut needs = provider.probe.needs();
        if let SourceKind::Markup { ready, empty, .. } = &source.kind {
            needs = std::iter::once(ready).chain(empty).fold(needs, |needs, rule| needs.and(rule.needs()));
        }
        let wanted = sessions::wanted(needs);
        let cursor = found.cursor.as_ref().filter(|cursor| cursor.source == place);
        let known = cursor.map_or(0, |cursor| cursor.pages);
        let read = if matches!(source.paging, Paging::PageParam { .. }) { known } else { 0 };
        let keys = HashSet::new();
        Self {
            inner,
            provider,
            stream,
            source,
            run,
            context,
            wanted,
            found,
            standing,
            logged_out_since: None,
            stale: 0,
            place,
            read,
            known,
            keys,
        }
    }

    /// Reads the source to its end.
    pub async fn read(&mut self) -> Result<(), Halt> {
        self.inner.paces.wait(self.provider).await;
        let first = self.address();
        let page = self.context.visit(&first, self.source.wait).await?;
        match &self.source.kind {
            SourceKind::Fetch(_) => return Err(Halt::NotShown("a fetch source is not supported yet".into())),
            SourceKind::Capture { answer, items } => self.read_answers(&*page, answer, items).await?,
            SourceKind::Markup { ready, empty, items } => {
                self.read_pages(&*page, ready, empty.as_ref(), items).await?;
            }
        }
        self.await_logged_in().await
    }

    /// Where the next page is, for paging by address; where the list begins, for the rest.
    fn address(&self) -> Url {
        match &self.source.paging {
            Paging::PageParam { slot: Slot::Query(param), first } if self.read > 0 => {
                with_param(&self.source.visit, param, first.saturating_add(self.read))
            }
            _ => self.source.visit.clone(),
        }
    }

    /// Looks once: refused, logged out, or on.
    pub async fn look(&mut self) -> Result<Observation, Halt> {
        let seen = self.context.observe(&self.wanted).await?;
        let sighting = self.provider.probe.judge(&seen);
        match sighting.verdict {
            Verdict::Blocked => return Err(Halt::Blocked(sighting.reason())),
            Verdict::LoggedOut => {
                self.standing.is_logged_in = false;
                let since = *self.logged_out_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= LOGGED_OUT_HOLDS {
                    return Err(Halt::LoggedOut(sighting.reason()));
                }
            }
            Verdict::LoggedIn => {
                *self.standing = Standing { was_logged_in: true, is_logged_in: true };
                self.logged_out_since = None;
            }
            Verdict::Unknown => self.logged_out_since = None,
        }
        Ok(seen)
    }

    /// Waits until something may have changed.
    pub async fn stir(&self) {
        let mut changes = self.context.changes();
        let _ = tokio::time::timeout(LOOK_EVERY, changes.changed()).await;
    }

    /// The mark of being logged in may come a moment after the last records. Without it nothing is believed of a page
    /// that had none, and the session is not saved.
    async fn await_logged_in(&mut self) -> Result<(), Halt> {
        let patience = if self.found.keys.is_empty() { self.provider.probe.wait } else { Duration::from_secs(5) };
        let until = Instant::now() + patience;
        loop {
            self.look().await?;
            if self.standing.is_logged_in || Instant::now() >= until {
                return Ok(());
            }
            self.stir().await;
        }
    }

    /// Keeps the records of a page, in one transaction with the progress and its event.
    pub async fn keep(&mut self, extracted: Extracted, last: bool) -> Result<Kept, Halt> {
        if extracted.part_missing() > self.stream.expect.max_missing {
            let missing: Vec<_> =
                extracted.missing.iter().map(|(field, count)| format!("{field} is missing in {count}")).collect();
            return Err(Halt::Drift(format!("of {} items on a page {}", extracted.items, missing.join(", "))));
        }
        for (field, count) in extracted.unreadable {
            *self.found.unreadable.entry(field).or_default() += count;
        }
        let items = extracted.items;
        let is_empty = items == 0;
        let mut is_stale = true;
        let mut new: Vec<NewRecord> = Vec::new();
        for record in extracted.records {
            is_stale &= !self.keys.insert(record.key.clone());
            if self.found.keys.insert(record.key.clone()) {
                new.push(record);
            }
        }
        self.read += 1;
        if self.read > self.known {
            self.found.pages += 1;
        }
        let cursor = Cursor { source: self.place, pages: self.read.max(self.known), next: None };
        let page = RunPage {
            progress: self.found.progress(),
            source: self.source.kind.as_str(),
            cursor: cursor.clone(),
            records: &new,
            not_given: &self.not_given(),
        };
        self.inner.parts.store.run_page(self.run, &page, self.inner.parts.clock.now()).await?;
        self.found.cursor = Some(cursor);
        self.look().await?;
        self.stale = if is_stale { self.stale + 1 } else { 0 };
        // A click may have reached the old "next" of a page that was still being drawn: one page twice proves nothing.
        let patience = if matches!(self.source.paging, Paging::Next { .. }) { 2 } else { 1 };
        let stops = |stop: &Stop| match stop {
            Stop::Empty => is_empty,
            Stop::Short(size) => items < usize::try_from(*size).unwrap_or(usize::MAX),
            Stop::MaxPages(most) => self.read >= *most,
            Stop::NoNewKeys => self.stale >= patience,
        };
        if last || self.source.stops.iter().any(stops) || matches!(self.source.paging, Paging::Single) {
            return Ok(Kept::Stop);
        }
        if self.read >= self.provider.politeness.max_pages {
            self.found.cut_short = true;
            return Ok(Kept::Stop);
        }
        Ok(Kept::Further)
    }

    fn not_given(&self) -> Vec<&str> {
        let fields = self.stream.fields.iter().enumerate();
        let not_given = fields.filter(|(at, _)| self.source.fields.iter().all(|source| source.field != *at));
        not_given.map(|(_, field)| field.name.as_str()).collect()
    }

    /// Goes on to the next page. False: there is none.
    pub async fn turn(&mut self, page: &dyn Page) -> Result<bool, Halt> {
        self.inner.paces.wait(self.provider).await;
        match &self.source.paging {
            Paging::Single => Ok(false),
            Paging::Next { css } => self.click(page, css).await,
            Paging::PageParam { slot: Slot::Query(_), .. } => {
                page.goto(&self.address(), self.source.wait).await?;
                Ok(true)
            }
            Paging::Click { .. }
            | Paging::NextLink(_)
            | Paging::PageParam { .. }
            | Paging::Offset { .. }
            | Paging::Cursor { .. }
            | Paging::AnyOf(_) => Err(Halt::NotShown("this kind of paging is not supported yet".into())),
            Paging::Scroll { .. } => Ok(page.scroll_to_end().await?),
        }
    }

    async fn click(&mut self, page: &dyn Page, css: &str) -> Result<bool, Halt> {
        let until = Instant::now() + DRAWN_WITHIN;
        loop {
            match page.click(css).await {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(lost @ (BrowserError::Lost(_) | BrowserError::Closed)) => {
                    return Err(lost.into());
                }
                // Replaced while it was being clicked: it is looked for again.
                Err(error) => tracing::debug!(run.id = %self.run.id, %error, "a click did not arrive"),
            }
            self.look().await?;
            if Instant::now() >= until {
                return Ok(false);
            }
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
    }
}

fn with_param(url: &Url, param: &str, number: u32) -> Url {
    let others: Vec<(String, String)> =
        url.query_pairs().filter(|(name, _)| name != param).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(param, &number.to_string());
    url
}
