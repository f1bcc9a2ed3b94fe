//! The reading of one source, whatever brings its pages: what is kept of each, and whether there are more.

use std::sync::{Mutex, PoisonError};

use super::{
    completeness::{Body, Completeness, News},
    ending::{Halt, count},
    extraction::Extracted,
    visit::{Errand, Found},
};
use crate::{
    domain::{Cursor, ListEnd, Run},
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

/// So many pages in a row without any item, each of which led on, are followed.
const MOST_WITHOUT_ITEMS: u32 = 10;

/// So many pages in a row without anything new end a list. One that was read before counts for all of them.
const STALE: u32 = 2;

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
    /// Pages in a row that held nothing at all, although the site led to the next one.
    without_items: u32,
}

/// What comes after a page.
pub(super) struct Further {
    /// How to go on there, in another process too.
    pub turn: String,
    /// The answer itself leads there; otherwise there may be nothing.
    pub is_given: bool,
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
        // An earlier visit of the same run may have read some of it, too: what it saw of the list holds no more.
        let goes_on = found.cursor_of(errand.place).filter(|_| jumps);
        found.list = Completeness::after(goes_on);
        Self { errand, found, read: if jumps { known } else { 0 }, known, stale: 0, without_items: 0 }
    }

    /// How many pages were read, and items on them.
    pub fn so_far(&self) -> (u32, u64) {
        (self.read, self.found.list.items)
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
        let end = if is_cut_short { Some(ListEnd::PageLimit) } else { cursor.end };
        if was_at_end {
            self.found.list.end = end;
        }
        was_at_end
    }

    /// As many pages had been read as are allowed when the run was put down, and only its end was not stored any more.
    pub fn was_full(&mut self) -> bool {
        let was_full = self.read > 0 && self.read >= self.allowed();
        if was_full {
            self.found.list.end = Some(ListEnd::PageLimit);
        }
        was_full
    }

    /// Keeps the records of a page, and says whether there are more.
    pub async fn keep(
        &mut self,
        extracted: Extracted,
        body: Body<'_>,
        end: Option<ListEnd>,
        next: Option<Further>,
    ) -> Result<bool, Halt> {
        let taken = self.take(extracted, body, end, next)?;
        let is_further = taken.is_further;
        self.store(taken).await?;
        Ok(is_further)
    }

    /// Takes the records of a page. `end`: what it says of being the last.
    pub fn take(
        &mut self,
        extracted: Extracted,
        body: Body<'_>,
        end: Option<ListEnd>,
        next: Option<Further>,
    ) -> Result<Taken, Halt> {
        let Errand { keeps, stream, source, place, .. } = self.errand;
        let before = self.found.cursor_of(place).cloned().unwrap_or(Cursor {
            source: place,
            pages: 0,
            items: 0,
            next: None,
            end: None,
            total: None,
            overlaps: 0,
            first: None,
            doubt: None,
        });
        if let Keeps::FirstPage(shown) = keeps {
            *shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(extracted);
            return Ok(Taken { new: Vec::new(), cursor: before, is_further: false });
        }
        if extracted.part_missing() > stream.expect.max_missing {
            let missing: Vec<_> =
                extracted.missing.iter().map(|(field, count)| format!("{field} is missing in {count}")).collect();
            return Err(Halt::Drift(format!("of {} items on a page {}", extracted.items, missing.join(", "))));
        }
        let list = &mut self.found.list;
        list.note(stream, source, body, &extracted);
        let news = list.read(source, &extracted, &self.found.keys);
        if list.part_duplicates() > stream.expect.max_duplicates {
            let others = count(list.duplicates, "item");
            return Err(Halt::Drift(format!("{others} have the {} of a different one", stream.key_words())));
        }
        self.found.incomplete += extracted.incomplete;
        for (field, count) in extracted.unreadable {
            *self.found.unreadable.entry(field).or_default() += count;
        }
        let items = extracted.items;
        let mut new: Vec<NewRecord> = Vec::new();
        for record in extracted.records {
            if self.found.keys.insert(record.key.clone()) {
                new.push(record);
            }
        }
        self.read += 1;
        if self.read > self.known {
            self.found.pages += 1;
        }
        // A click may have reached the old "next" of a page that was still being drawn: one page twice proves nothing then.
        let by_click = matches!(source.paging, Paging::Next { .. } | Paging::AnyOf(_));
        self.stale = match news {
            News::Some => 0,
            News::Known if !by_click => STALE,
            News::None | News::Known => self.stale + 1,
        };
        let only_page = matches!(source.paging, Paging::Single).then_some(ListEnd::OnlyPage);
        let leads_on = next.as_ref().is_some_and(|next| next.is_given);
        self.without_items = if items == 0 && leads_on { self.without_items + 1 } else { 0 };
        let end = end.or(only_page).or_else(|| self.stopped(items, leads_on));
        // A page without anything may be all that one who is logged out is shown: it is asked for again.
        let next = next.filter(|_| end.is_none()).map(|next| next.turn);
        let (pages, items_read) = (self.read.max(self.known), self.found.list.items);
        let list = &self.found.list;
        let (total, overlaps, first, doubt) = (list.total, list.overlaps(), list.first, list.doubt());
        let read = Cursor { source: place, pages, items: items_read, next, end, total, overlaps, first, doubt };
        let cursor = if items == 0 { before } else { read };
        self.found.ended_silently = items == 0;
        let is_cut_short = end.is_none() && self.read >= self.allowed();
        self.found.list.end = if is_cut_short { Some(ListEnd::PageLimit) } else { end };
        Ok(Taken { new, cursor, is_further: end.is_none() && !is_cut_short })
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

    /// Which stop of the definition holds, after a page with so many items; `leads_on`: the site itself named the next one.
    fn stopped(&self, items: usize, leads_on: bool) -> Option<ListEnd> {
        let source = self.errand.source;
        source.stops.iter().find_map(|stop| match stop {
            // Some sites leave out what one may not see only after they have cut the list into pages.
            Stop::Empty | Stop::Short(_) if items == 0 && leads_on => {
                (self.without_items >= MOST_WITHOUT_ITEMS).then_some(ListEnd::NoNewKeys)
            }
            Stop::Empty | Stop::Short(_) if items == 0 => Some(ListEnd::EmptyPage),
            Stop::Short(size) if items < usize::try_from(*size).unwrap_or(usize::MAX) => Some(ListEnd::ShortPage),
            Stop::MaxPages(most) if self.read >= *most => Some(ListEnd::MaxPages),
            Stop::NoNewKeys if self.stale >= STALE => Some(ListEnd::NoNewKeys),
            Stop::Empty | Stop::Short(_) | Stop::MaxPages(_) | Stop::NoNewKeys => None,
        })
    }

    fn not_given(&self) -> Vec<&'a str> {
        let Errand { stream, source, .. } = self.errand;
        let fields = stream.fields.iter().enumerate();
        let not_given = fields.filter(|(at, _)| source.fields.iter().all(|source| source.field != *at));
        not_given.map(|(_, field)| field.name.as_str()).collect()
    }
}
