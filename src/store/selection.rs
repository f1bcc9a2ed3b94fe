//! Records that were searched for, or in another order than the site's. All of a stream's are read for a page of them,
//! but no more than the page is held.

use std::{cmp::Ordering, collections::BinaryHeap};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::TryStreamExt;

use super::{
    Page, RecordFilter, Result, Store, StoreError,
    dialect::on,
    records::{RecordRow, all_of},
};
use crate::domain::{ConnectionId, Record, Selection, StreamName, selection::Place};

/// A page of a selection.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected {
    /// In the order that was asked for.
    pub page: Page,
    /// How many records the selection has.
    pub total: u64,
}

/// One that may be on the page. The greatest is the first to go.
struct Candidate<'a> {
    selection: &'a Selection,
    place: Place,
    record: Record,
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.selection.compare(&self.place, &other.place)
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate<'_> {}

/// A page in the making.
struct Picking<'a> {
    selection: &'a Selection,
    after: Option<Place>,
    /// One more than asked for tells whether there is a next page.
    room: usize,
    best: BinaryHeap<Candidate<'a>>,
    total: u64,
}

impl<'a> Picking<'a> {
    fn new(selection: &'a Selection, cursor: Option<&str>, limit: u32) -> Result<Self> {
        let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
        Ok(Self { selection, after: cursor.map(read).transpose()?, room, best: BinaryHeap::new(), total: 0 })
    }

    fn look_at(&mut self, row: RecordRow) {
        let site = row.place;
        let record = Record::from(row);
        if !self.selection.has(&record) {
            return;
        }
        self.total += 1;
        let place = self.selection.place(&record, site);
        let is_past = |one: &Place| self.selection.compare(one, &place).is_lt();
        if self.after.as_ref().is_some_and(|after| !is_past(after)) {
            return;
        }
        if self.best.len() == self.room && self.best.peek().is_some_and(|worst| is_past(&worst.place)) {
            return;
        }
        self.best.push(Candidate { selection: self.selection, place, record });
        if self.best.len() > self.room {
            self.best.pop();
        }
    }

    fn done(self) -> Selected {
        let more = self.best.len() == self.room;
        let mut best = self.best.into_sorted_vec();
        best.truncate(self.room - 1);
        let next = best.last().filter(|_| more).map(|last| write(&last.place));
        let records = best.into_iter().map(|one| one.record).collect();
        Selected { page: Page { records, next }, total: self.total }
    }
}

fn write(place: &Place) -> String {
    // Texts, numbers and null: that can be written.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

fn read(cursor: &str) -> Result<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| StoreError::InvalidCursor)?;
    serde_json::from_slice(&bytes).map_err(|_| StoreError::InvalidCursor)
}

impl Store {
    /// A page of the records that are searched for, in the order that is asked for. `cursor` is the `next` of an earlier
    /// page of the same selection.
    pub async fn selected_records(
        &self,
        connection: &ConnectionId,
        stream: &StreamName,
        filter: &RecordFilter,
        selection: &Selection,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Selected> {
        let mut picking = Picking::new(selection, cursor, limit)?;
        on!(read self, pool => {
            let mut rows = all_of!(connection, stream, filter, 0, i64::MAX).fetch(pool);
            while let Some(row) = rows.try_next().await? {
                picking.look_at(row);
            }
        });
        Ok(picking.done())
    }
}
