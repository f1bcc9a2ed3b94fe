//! Records from elements on the page.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::Instant;

use super::{
    asking::NO_ADDRESS,
    completeness::Body,
    ending::{Halt, TOO_DEEP},
    extraction::{self, Extracted},
    turning::{STEP, Turned},
    visit::Visit,
};
use crate::{
    browser::Page,
    domain::{
        ListEnd,
        rule::{Rule, Truth},
    },
    providers::{Css, Paging, Said},
};

/// What a page has asked for is waited for so long before it counts as drawn: some pages always ask for something.
const SETTLES: Duration = Duration::from_secs(5);
/// A page whose items stay the same for so long is drawn.
const DRAWN_AFTER: Duration = Duration::from_millis(100);

impl Visit<'_, '_> {
    pub(super) async fn read_pages(
        &mut self,
        page: &dyn Page,
        ready: &Rule,
        empty: Option<&Rule>,
        items: &[Css],
    ) -> Result<(), Halt> {
        self.await_ready(ready).await?;
        self.reading.errand.paces.asked_now(self.reading.errand.provider);
        let failures = self.context.failures();
        let mut drawn = self.drawn(page, items).await?;
        if self.to_the_first_page(page).await? {
            drawn = self.other_than(&drawn, page, ready, items).await?;
        }
        // Behind the last of numbered pages there may be one without anything, which nobody thought of giving a mark. One to
        // which the site itself has led has something.
        let mut is_promised = self.reading.read == 0;
        loop {
            let is_not_said = drawn.extracted.items == 0 && !self.says_empty(empty).await?;
            if is_not_said && is_promised {
                let wanted: Vec<_> = items.iter().map(Css::as_str).collect();
                return Err(Halt::Drift(format!("no element on the page is an item ({})", wanted.join("; "))));
            }
            let before = (drawn.keys(), drawn.extracted.items);
            // Where the definition knows how the site says that there is nothing, and it does not, something may have gone wrong there.
            let end = (is_not_said && empty.is_some()).then_some(ListEnd::NoNewKeys);
            let taken = self.reading.take(drawn.extracted, Body::Html(&drawn.html), end, None)?;
            let is_further = taken.is_further;
            self.keep(taken).await?;
            if !is_further {
                return self.first_page_again(page, ready, items).await;
            }
            let Some((way, next)) = self.further(page, ready, items, &before, failures).await? else {
                return self.first_page_again(page, ready, items).await;
            };
            is_promised = matches!(way, Paging::NextLink(_));
            drawn = next;
        }
    }

    /// Looks at the first page once more, where it is to tell whether the list has moved.
    async fn first_page_again(&mut self, page: &dyn Page, ready: &Rule, items: &[Css]) -> Result<(), Halt> {
        if !self.wants_first_again() {
            return Ok(());
        }
        self.load_anew(page).await;
        self.begin(page).await?;
        self.await_ready(ready).await?;
        let mut first = self.drawn(page, items).await?;
        if self.to_the_first_page(page).await? {
            first = self.other_than(&first, page, ready, items).await?;
        }
        self.reading.found.list.first_again(&first.extracted);
        Ok(())
    }

    /// What is on the page once it is something else; the same, where it stays so.
    async fn other_than(
        &mut self,
        before: &Drawn,
        page: &dyn Page,
        ready: &Rule,
        items: &[Css],
    ) -> Result<Drawn, Halt> {
        let until = Instant::now() + self.source().wait;
        loop {
            self.await_ready(ready).await?;
            let now = self.drawn(page, items).await?;
            if now.keys() != before.keys() || Instant::now() >= until {
                return Ok(now);
            }
            self.stir().await;
        }
    }

    async fn await_ready(&mut self, ready: &Rule) -> Result<(), Halt> {
        let until = Instant::now() + self.source().wait;
        loop {
            let seen = self.look().await?;
            let judged = ready.judge(&seen);
            if judged.truth == Truth::True {
                return Ok(());
            }
            if Instant::now() >= until {
                let wanted: Vec<_> = judged.evidence.iter().map(|one| format!("{} ({})", one.rule, one.seen)).collect();
                let what = format!("the page did not get ready within {:?}", self.source().wait);
                return Err(Halt::NotShown(format!("{what}: {}", wanted.join("; "))));
            }
            self.stir().await;
        }
    }

    async fn says_empty(&mut self, empty: Option<&Rule>) -> Result<bool, Halt> {
        let Some(empty) = empty else { return Ok(false) };
        Ok(empty.judge(&self.look().await?).truth == Truth::True)
    }

    async fn extract(&self, page: &dyn Page, items: &[Css]) -> Result<Drawn, Halt> {
        let html = page.html().await?;
        let too_deep = || Halt::Drift(format!("the page at {} is {TOO_DEEP}", page.url().path()));
        let extracted =
            extraction::from_html(self.reading.errand.stream, &self.source().fields, items, &html, &page.url());
        Ok(Drawn { extracted: extracted.ok_or_else(too_deep)?, html })
    }

    /// What is on the page once it is drawn: twice the same items, with the same fields. A page may be drawn piece by piece.
    async fn drawn(&self, page: &dyn Page, items: &[Css]) -> Result<Drawn, Halt> {
        let until = Instant::now() + self.source().wait;
        let settled_by = Instant::now() + SETTLES.min(self.source().wait);
        let idle = |way: &Paging| if let Paging::Scroll { idle } = way { Some(*idle) } else { None };
        if let Some(idle) = self.source().paging.ways().iter().find_map(idle) {
            // What comes late would be scrolled past, and be gone.
            let items: Vec<&str> = items.iter().map(Css::as_str).collect();
            page.await_filled(&items, idle).await?;
        }
        let mut before = self.extract(page, items).await?;
        loop {
            tokio::time::sleep(DRAWN_AFTER).await;
            let now = self.extract(page, items).await?;
            let is_same = now.keys() == before.keys() && now.extracted.missing == before.extracted.missing;
            // A part may be there before the rest: from a cache, or from the server that has drawn the page.
            let is_settled = self.context.in_flight(SETTLES) == 0 || Instant::now() >= settled_by;
            if is_same && is_settled || Instant::now() >= until {
                return Ok(now);
            }
            before = now;
        }
    }

    /// Goes on until other items are on the page, or nothing further comes.
    async fn further(
        &mut self,
        page: &dyn Page,
        ready: &Rule,
        items: &[Css],
        (before, count): &(BTreeSet<String>, usize),
        failures_before: u64,
    ) -> Result<Option<(&Paging, Drawn)>, Halt> {
        let mut ends_seen = 0;
        let failures_before_this = self.context.failures();
        loop {
            let turned = self.turn(page).await?;
            let Turned { way, moved, at_end, .. } = turned;
            // Of a list that grows, or that holds only what is in sight, a part in the middle may not have come.
            let failures = match way {
                Paging::Scroll { .. } | Paging::Click { .. } => failures_before,
                _ => failures_before_this,
            };
            let patience = match way {
                Paging::Scroll { idle } if at_end => *idle,
                Paging::Scroll { .. } => STEP,
                _ if moved => self.source().wait,
                way => {
                    self.reading.found.list.end = Some(way.end());
                    self.note_failures(failures);
                    if self.reading.read == 1 {
                        let (html, url) = (page.html().await?, page.url());
                        let said = Said { url: &url, json: None, html: Some(&html), links: &[] };
                        if self.source().paging.leads_nowhere(said) {
                            self.reading.found.list.note_failure(NO_ADDRESS.to_owned());
                        }
                    }
                    return Ok(None);
                }
            };
            if is_by_address(way) {
                self.await_ready(ready).await?;
                return Ok(Some((way, self.drawn(page, items).await?)));
            }
            let until = Instant::now() + patience;
            let settled_by = until.max(Instant::now() + self.source().wait);
            loop {
                let drawn = self.extract(page, items).await?;
                let now = drawn.keys();
                let is_other = match way {
                    // A list that grows, or that holds only what is in sight.
                    Paging::Scroll { .. } => !now.is_subset(before),
                    // What was added may all have been there before.
                    Paging::Click { .. } => !now.is_subset(before) || drawn.extracted.items > *count,
                    _ => now != *before && !now.is_empty(),
                };
                if is_other {
                    // It may be another document by now.
                    self.await_ready(ready).await?;
                    return Ok(Some((way, self.drawn(page, items).await?)));
                }
                // At the end of what scrolls the page may be waiting for more of it.
                let waits = at_end && !self.is_settled() && Instant::now() < settled_by;
                if Instant::now() >= until && !waits {
                    break;
                }
                self.look().await?;
                self.stir().await;
            }
            match way {
                Paging::Scroll { .. } if moved || at_end && ends_seen == 0 => ends_seen += u32::from(!moved),
                Paging::Scroll { .. } => {
                    self.reading.found.ended_silently = true;
                    self.reading.found.list.end = Some(ListEnd::ScrollEnd);
                    self.note_failures(failures);
                    return Ok(None);
                }
                _ => return Err(self.did_not_come(&turned, patience)),
            }
        }
    }
}

/// The page is another one afterwards, not the same with other items.
fn is_by_address(way: &Paging) -> bool {
    matches!(way, Paging::PageParam { .. } | Paging::Offset { .. } | Paging::NextLink(_))
}

/// What is on a page.
struct Drawn {
    extracted: Extracted,
    html: String,
}

impl Drawn {
    fn keys(&self) -> BTreeSet<String> {
        self.extracted.records.iter().map(|record| record.key.clone()).collect()
    }
}
