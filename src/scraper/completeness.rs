//! Whether what was read of a list is all of it: `complete` means that its end was seen, and that nothing spoke against it.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::Value;

use super::{ending::count, extraction::Extracted};
use crate::{
    domain::{Cursor, ListEnd, rule::Evidence},
    providers::{Paging, Source, SourceKind, Stream, more_in_html, more_in_json},
    store::NewRecord,
};

/// What a page came as.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    Json(&'a Value),
    Html(&'a str),
}

/// What a page had that was not there before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    Some,
    /// Nothing, but it is not one of these:
    None,
    /// The first page again, or the one before.
    Known,
}

/// What one reading of a list has shown of its extent.
#[derive(Debug, Default)]
pub(super) struct Completeness {
    /// What its end was taken for.
    pub end: Option<ListEnd>,
    /// How it was seen, by the rule of the definition, that only a part of it is shown.
    pub partial: Option<Vec<Evidence>>,
    /// The fields of each record that was read, hashed.
    read: HashMap<String, u64>,
    /// The keys of the first page and of the last one so far, hashed: behind its end a site shows one of these again.
    first_and_last: Option<(u64, u64)>,
    /// The keys of the first page, in any order, hashed.
    pub first: Option<u64>,
    /// Whether the first page, looked at once more at the end, had other records.
    moved: Option<bool>,
    /// The reading goes on where an earlier one was put down: what that one read is not in `read`.
    goes_on: bool,
    /// What spoke against it when an earlier visit was put down.
    doubt: Option<String>,
    /// Items read, over all pages; of a list that grows, those of its last state.
    pub items: u64,
    /// So many records were on two pages.
    overlaps: u32,
    /// So many items share their key with a different one.
    pub duplicates: u32,
    /// Of these, so many with one on another page: perhaps it is the same one, which has changed or shows something else each time.
    duplicates_elsewhere: u32,
    /// How many there are, as the site said last.
    pub total: Option<u64>,
    /// It said something else before.
    total_before: Option<u64>,
    /// Why the only page is not all, where that is seen.
    more: Option<String>,
    /// What may have been more of it did not come.
    failed: Option<String>,
}

/// What a list came to.
pub(super) struct Judged {
    pub end: Option<ListEnd>,
    /// Why it may not be all; none: it is.
    pub why_not: Option<String>,
}

impl Completeness {
    /// Of a reading that goes on there.
    pub fn after(cursor: Option<&Cursor>) -> Self {
        let Some(Cursor { items, total, overlaps, first, doubt, .. }) = cursor else { return Self::default() };
        Self {
            items: *items,
            total: *total,
            overlaps: *overlaps,
            first: *first,
            doubt: doubt.clone(),
            goes_on: true,
            ..Self::default()
        }
    }

    /// Notes that the only page leads to another one, by a header of its answer.
    pub fn note_link(&mut self) {
        self.more.get_or_insert_with(|| "its answer has a link to the next page".to_owned());
    }

    /// Notes that something failed where the list ended.
    pub fn note_failure(&mut self, why: String) {
        self.failed.get_or_insert(why);
    }

    /// Notes what a page says of the whole list.
    pub fn note(&mut self, stream: &Stream, source: &Source, body: Body<'_>, extracted: &Extracted) {
        let total = stream.expect.total.as_ref().and_then(|total| match body {
            Body::Json(json) => total.in_json(json),
            Body::Html(html) => total.in_html(html),
        });
        if let Some(total) = total {
            if let Some(before) = self.total.filter(|before| *before != total) {
                self.total_before.get_or_insert(before);
            }
            self.total = Some(total);
        }
        if matches!(source.paging, Paging::Single) && total.is_none() {
            self.more = match body {
                Body::Json(json) => more_in_json(json, extracted.items),
                Body::Html(html) => more_in_html(html, extracted.items),
            };
        }
    }

    /// Notes the records of a page; `known` are the keys of all that the run has.
    pub fn read(&mut self, source: &Source, extracted: &Extracted, known: &HashSet<String>) -> News {
        let items = u64::try_from(extracted.items).unwrap_or(u64::MAX);
        let (mut again, mut others, mut new) = (0, 0, false);
        let page = hash_of(extracted.records.iter().map(|record| &record.key));
        let is_known = self.first_and_last.is_some_and(|(first, last)| page == first || page == last);
        self.first.get_or_insert_with(|| hash_of_keys(extracted));
        self.first_and_last = Some((self.first_and_last.map_or(page, |(first, _)| first), page));
        for record in &extracted.records {
            let fields = hash(record);
            match self.read.insert(record.key.clone(), fields) {
                None if self.goes_on && known.contains(&record.key) => again += 1,
                None => new = true,
                Some(before) if before == fields => again += 1,
                Some(_) => others += 1,
            }
        }
        // What a list grows by may all have been in it before.
        let grew = grows(source) && items > self.items;
        if grows(source) {
            // All of it is on the page each time: what is there again has not moved.
            self.items = items;
            self.duplicates = self.duplicates.max(extracted.duplicates);
        } else if !is_known {
            self.items += items;
            self.overlaps += again;
            self.duplicates += extracted.duplicates + others;
            self.duplicates_elsewhere += others;
        }
        match (new || grew, is_known) {
            (true, _) => News::Some,
            (false, false) => News::None,
            (false, true) => News::Known,
        }
    }

    /// Notes the first page of the list, looked at once more after the last one.
    pub fn first_again(&mut self, extracted: &Extracted) {
        self.moved = self.first.map(|first| first != hash_of_keys(extracted));
    }

    /// As many items were read as the site says that there are, but some were on two pages: either it repeats them, or one has moved
    /// there from what was not read yet, which the first page shows.
    pub fn is_ambiguous(&self, found: usize) -> bool {
        let (distinct, is_of_items) = (self.distinct(found), self.total == Some(self.items));
        self.moved.is_none()
            && self.total_before.is_none()
            && is_of_items
            && self.total != Some(distinct)
            && self.overlaps() > 0
    }

    fn distinct(&self, found: usize) -> u64 {
        let on_one_page = self.duplicates - self.duplicates_elsewhere;
        u64::try_from(found).unwrap_or(u64::MAX).saturating_add(u64::from(on_one_page))
    }

    /// Which part of all items share their key with a different one: 0 to 1.
    pub fn part_duplicates(&self) -> f64 {
        let all = f64::from(self.duplicates) + f64::from(u32::try_from(self.read.len()).unwrap_or(u32::MAX));
        if all == 0.0 { 0.0 } else { f64::from(self.duplicates) / all }
    }

    /// The site says that there are records, and none was found.
    pub fn misses_all(&self, found: usize) -> Option<u64> {
        self.total.filter(|total| found == 0 && *total > 0)
    }

    /// What the list came to: `found` records are known of it, by this reading and by those that it goes on with.
    pub fn judge(&self, found: usize) -> Judged {
        let distinct = self.distinct(found);
        let is_of_items = self.total == Some(self.items) && !self.is_ambiguous(found);
        let is_total = self.total_before.is_none() && (self.total == Some(distinct) || is_of_items);
        let is_seen = self.end.is_some_and(ListEnd::is_proof);
        let end = if is_total && !is_seen && self.end.is_some() { Some(ListEnd::Total) } else { self.end };
        let is_limited = matches!(end, Some(ListEnd::PageLimit | ListEnd::MaxPages));
        let why_not = if let Some(why) = self.partial() {
            Some(why)
        } else if is_limited {
            unseen(end)
        } else if let Some(why) = self.change() {
            Some(why)
        } else if let (Some(total), false) = (self.total, is_total) {
            Some(format!("The site says that there are {total}."))
        } else if let Some(why) = &self.more {
            Some(format!("That may not be all: {why}."))
        } else if let (Some(why), false) = (&self.failed, is_total) {
            Some(format!("That may not be all: {why}."))
        } else if let (Some(why), false) = (self.overlap(), is_total) {
            Some(why)
        } else {
            unseen(end)
        };
        Judged { end, why_not }
    }

    /// What speaks against it by now, whatever its end and its total will be.
    pub fn doubt(&self) -> Option<String> {
        self.partial().or_else(|| self.change())
    }

    /// So many records were on two pages, and perhaps the same ones.
    pub fn overlaps(&self) -> u32 {
        self.overlaps + self.duplicates_elsewhere
    }

    fn partial(&self) -> Option<String> {
        let why = "The site shows only a part of the list: a filter or a search text is left on there.";
        self.partial.is_some().then(|| why.to_owned())
    }

    fn change(&self) -> Option<String> {
        if self.doubt.is_some() {
            return self.doubt.clone();
        }
        if let (Some(before), Some(now)) = (self.total_before, self.total) {
            return Some(format!(
                "The list changed while it was read: first the site said that there are {before}, then {now}."
            ));
        }
        let moved = "The list changed while it was read: its first page shows other records by now.";
        (self.moved == Some(true)).then(|| moved.to_owned())
    }

    fn overlap(&self) -> Option<String> {
        let overlaps = self.overlaps();
        let were = if overlaps == 1 { "was" } else { "were" };
        let what = count(overlaps, "record");
        (overlaps > 0).then(|| format!("The list may have changed while it was read: {what} {were} on two pages."))
    }
}

/// Why the end of a list was not seen.
fn unseen(end: Option<ListEnd>) -> Option<String> {
    let why = match end {
        Some(end) if end.is_proof() => return None,
        Some(ListEnd::PageLimit) => "There may be more: the definition allows no more pages in one run.",
        Some(ListEnd::MaxPages) => "There may be more: the definition says that there are no more pages.",
        Some(ListEnd::ShortPage) => {
            "That may not be all: a page was shorter than the others, and nothing said that it is the last."
        }
        Some(ListEnd::NoNewKeys) => {
            "That may not be all: a page showed nothing new, and nothing said that there is no more."
        }
        _ => "That may not be all: the end of the list was not seen.",
    };
    Some(why.to_owned())
}

/// Whether a page shows what was there before, too. The answers that bring it do not.
fn grows(source: &Source) -> bool {
    fn does(paging: &Paging) -> bool {
        match paging {
            Paging::Click { .. } | Paging::Scroll { .. } => true,
            Paging::AnyOf(ways) => ways.iter().any(does),
            Paging::Single
            | Paging::Next { .. }
            | Paging::NextLink(_)
            | Paging::PageParam { .. }
            | Paging::Offset { .. }
            | Paging::Cursor { .. } => false,
        }
    }
    matches!(source.kind, SourceKind::Markup { .. }) && does(&source.paging)
}

fn hash_of_keys(extracted: &Extracted) -> u64 {
    let keys: BTreeSet<&str> = extracted.records.iter().map(|record| record.key.as_str()).collect();
    hash_of(keys.into_iter())
}

fn hash(record: &NewRecord) -> u64 {
    hash_of(record.fields.iter())
}

fn hash_of<T: Hash>(all: impl Iterator<Item = T>) -> u64 {
    let mut hasher = DefaultHasher::new();
    all.for_each(|one| one.hash(&mut hasher));
    hasher.finish()
}
