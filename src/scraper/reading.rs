//! The reading of one source, whatever brings its pages: what is kept of each, and whether there are more.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use super::{
    ending::Halt,
    extraction::Extracted,
    visit::{Errand, Found},
};
use crate::{
    domain::{Cursor, Run},
    providers::{Paging, Stop},
    store::{NewRecord, RunPage, Store},
};

/// What becomes of what is read.
#[derive(Clone, Copy)]
pub(super) enum Keeps<'a> {
    /// It is stored, page by page, for a run.
    Run {
        /// Where.
        store: &'a Store,
        /// For which.
        run: &'a Run,
    },
    /// The first page is shown, nothing is stored, and there are no more pages.
    FirstPage(&'a Mutex<Option<Extracted>>),
}

/// How far one source has been read.
pub(super) struct Reading<'a> {
    pub errand: Errand<'a>,
    pub found: &'a mut Found,
    /// Pages read: those before this visit too, where it could begin after them.
    pub read: u32,
    /// So many pages of it were read before. Where one cannot go on from there at once they are read again.
    known: u32,
    /// Pages in a row that held nothing new.
    stale: u32,
    /// Keys read in this visit: an earlier visit of the same run may have read them too.
    keys: HashSet<String>,
}

/// A page's records, taken out of what the site showed, and not stored yet.
pub(super) struct Taken {
    /// Those that the run did not have.
    new: Vec<NewRecord>,
    /// Where it goes on after them.
    cursor: Cursor,
    /// No stop of the definition holds, and more pages are allowed.
    pub is_further: bool,
}

impl<'a> Reading<'a> {
    /// `jumps`: the source can go on where it was put down, without reading what is before.
    pub fn new(errand: Errand<'a>, found: &'a mut Found, jumps: bool) -> Self {
        let known = found.cursor_of(errand.place).map_or(0, |cursor| cursor.pages);
        Self { errand, found, read: if jumps { known } else { 0 }, known, stale: 0, keys: HashSet::new() }
    }

    /// What leads to the next page, where the source was put down.
    pub fn put_down_at(&self) -> Option<&str> {
        self.found.cursor_of(self.errand.place)?.next.as_deref()
    }

    /// Nothing is left to be asked for: the source had been read to its end when the run was put down, and only the end of
    /// the run was not stored any more. (Of a source that goes on at once: others are read from their beginning.)
    pub fn was_at_end(&mut self) -> bool {
        let Some(cursor) = self.found.cursor_of(self.errand.place).filter(|cursor| cursor.pages > 0) else {
            return false;
        };
        let is_cut_short = cursor.next.is_some() && cursor.pages >= self.allowed();
        let was_at_end = cursor.next.is_none() || is_cut_short;
        self.found.cut_short |= is_cut_short;
        was_at_end
    }

    /// As many pages had been read as are allowed when the run was put down, and only its end was not stored any more.
    pub fn was_full(&mut self) -> bool {
        let was_full = self.read > 0 && self.read >= self.allowed();
        self.found.cut_short |= was_full;
        was_full
    }

    /// Keeps the records of a page, and says whether there are more.
    pub async fn keep(&mut self, extracted: Extracted, last: bool, next: Option<String>) -> Result<bool, Halt> {
        let taken = self.take(extracted, last, next)?;
        let is_further = taken.is_further;
        self.store(taken).await?;
        Ok(is_further)
    }

    /// Takes the records of a page.
    pub fn take(&mut self, extracted: Extracted, last: bool, next: Option<String>) -> Result<Taken, Halt> {
        let Errand { keeps, stream, source, place, .. } = self.errand;
        let before = self.found.cursor_of(place).cloned().unwrap_or(Cursor { source: place, pages: 0, next: None });
        if let Keeps::FirstPage(shown) = keeps {
            *shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(extracted);
            return Ok(Taken { new: Vec::new(), cursor: before, is_further: false });
        }
        if extracted.part_missing() > stream.expect.max_missing {
            let missing: Vec<_> =
                extracted.missing.iter().map(|(field, count)| format!("{field} is missing in {count}")).collect();
            return Err(Halt::Drift(format!("of {} items on a page {}", extracted.items, missing.join(", "))));
        }
        for (field, count) in extracted.unreadable {
            *self.found.unreadable.entry(field).or_default() += count;
        }
        let items = extracted.items;
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
        self.stale = if is_stale { self.stale + 1 } else { 0 };
        let is_end = last || matches!(source.paging, Paging::Single) || self.is_stopped(items);
        // A page without anything may be all that one who is logged out is shown: it is asked for again.
        let read = Cursor { source: place, pages: self.read.max(self.known), next: next.filter(|_| !is_end) };
        let cursor = if items == 0 { before } else { read };
        self.found.ended_silently = items == 0;
        let is_cut_short = !is_end && self.read >= self.allowed();
        self.found.cut_short |= is_cut_short;
        Ok(Taken { new, cursor, is_further: !is_end && !is_cut_short })
    }

    /// Stores what was taken, in one transaction with the progress, the place to go on from, and the event.
    pub async fn store(&mut self, taken: Taken) -> Result<(), Halt> {
        let Errand { clock, keeps, source, .. } = self.errand;
        let Keeps::Run { store, run } = keeps else { return Ok(()) };
        let page = RunPage {
            progress: self.found.progress(),
            source: source.kind.as_str(),
            cursor: taken.cursor.clone(),
            records: &taken.new,
            not_given: &self.not_given(),
        };
        store.run_page(run, &page, clock.now()).await?;
        self.found.cursor = Some(taken.cursor);
        Ok(())
    }

    /// So many pages of the list may be read. Of a run that goes on with an earlier one, that one's are not its own.
    fn allowed(&self) -> u32 {
        self.errand.provider.politeness.max_pages.saturating_add(self.found.before)
    }

    /// A stop of the definition holds, after a page with so many items.
    fn is_stopped(&self, items: usize) -> bool {
        let source = self.errand.source;
        // A click may have reached the old "next" of a page that was still being drawn: one page twice proves nothing.
        let patience = if matches!(source.paging, Paging::Next { .. } | Paging::AnyOf(_)) { 2 } else { 1 };
        source.stops.iter().any(|stop| match stop {
            Stop::Empty => items == 0,
            Stop::Short(size) => items < usize::try_from(*size).unwrap_or(usize::MAX),
            Stop::MaxPages(most) => self.read >= *most,
            Stop::NoNewKeys => self.stale >= patience,
        })
    }

    fn not_given(&self) -> Vec<&'a str> {
        let Errand { stream, source, .. } = self.errand;
        let fields = stream.fields.iter().enumerate();
        let not_given = fields.filter(|(at, _)| source.fields.iter().all(|source| source.field != *at));
        not_given.map(|(_, field)| field.name.as_str()).collect()
    }
}
