//! Records from the JSON that the page itself fetches.

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

use super::{
    ending::Halt,
    extraction,
    reading::Kept,
    visit::{Turned, Visit},
};
use crate::{
    browser::Page,
    domain::rule::{JsonPath, ResponseRule, SeenResponse, Truth},
    providers::Paging,
};

/// Which answers have been read: answers carry no number, and may come in any order.
#[derive(Default)]
struct Read(HashMap<u64, usize>);

impl Read {
    /// The oldest answer that has not been read yet.
    fn next<'r>(&mut self, answer: &ResponseRule, all: &'r [SeenResponse]) -> Option<&'r SeenResponse> {
        let mut seen: HashMap<u64, usize> = HashMap::new();
        let next = all.iter().filter(|response| answer.matches(response) == Truth::True).find(|response| {
            let mark = mark(response);
            let count = seen.entry(mark).or_default();
            *count += 1;
            *count > self.0.get(&mark).copied().unwrap_or_default()
        })?;
        *self.0.entry(mark(next)).or_default() += 1;
        Some(next)
    }
}

fn mark(response: &SeenResponse) -> u64 {
    let mut hasher = DefaultHasher::new();
    (response.url.as_str(), &response.method, response.status, &response.body).hash(&mut hasher);
    hasher.finish()
}

impl Visit<'_, '_> {
    pub(super) async fn read_answers(
        &mut self,
        page: &dyn Page,
        answer: &ResponseRule,
        items: &[JsonPath],
    ) -> Result<(), Halt> {
        let mut read = Read::default();
        let mut next = self.next_answer(&mut read, answer, self.source().wait).await?;
        if next.is_none() {
            let what = format!("{} answered nothing at {}", self.reading.errand.provider.name, answer.url.as_str());
            return Err(Halt::NotShown(format!("{what} within {:?}", self.source().wait)));
        }
        while let Some(seen) = next {
            let Some(body) = seen.body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok()) else {
                return Err(Halt::Drift(format!("the answer at {} is no JSON", answer.url.as_str())));
            };
            let extracted = extraction::from_json(
                self.reading.errand.stream,
                &self.source().fields,
                items,
                &body,
                &self.source().visit,
            );
            let Some(extracted) = extracted else {
                return Err(Halt::Drift(format!("the answer at {} has no list of items", answer.url.as_str())));
            };
            let last = self.source().last.as_ref().and_then(|last| last.first(&body)).is_some_and(|last| last == true);
            next = match self.keep(extracted, last).await? {
                Kept::Stop => None,
                Kept::Further => self.next_page(page, &mut read, answer).await?,
            };
        }
        Ok(())
    }

    /// Goes on until there is another answer, or nothing further.
    async fn next_page(
        &mut self,
        page: &dyn Page,
        read: &mut Read,
        answer: &ResponseRule,
    ) -> Result<Option<SeenResponse>, Halt> {
        // A scroll may have fetched more than one page.
        if let Some(waiting) = self.next_answer(read, answer, Duration::ZERO).await? {
            return Ok(Some(waiting));
        }
        loop {
            let Turned { way, moved } = self.turn(page).await?;
            let patience = match way {
                Paging::Scroll { idle } => *idle,
                _ if moved => self.source().wait,
                _ => return Ok(None),
            };
            if let Some(seen) = self.next_answer(read, answer, patience).await? {
                return Ok(Some(seen));
            }
            match way {
                Paging::Scroll { .. } if moved => {}
                Paging::Scroll { .. } => {
                    self.reading.found.ended_silently = true;
                    return Ok(None);
                }
                _ => {
                    let number = self.reading.read + 1;
                    return Err(Halt::NotShown(format!("page {number} did not come within {patience:?}")));
                }
            }
        }
    }

    async fn next_answer(
        &mut self,
        read: &mut Read,
        answer: &ResponseRule,
        within: Duration,
    ) -> Result<Option<SeenResponse>, Halt> {
        let responses = self.context.responses();
        let until = Instant::now() + within;
        loop {
            let all = responses.borrow().clone();
            if let Some(next) = read.next(answer, &all) {
                return Ok(Some(next.clone()));
            }
            if Instant::now() >= until {
                return Ok(None);
            }
            self.look().await?;
            let mut arrivals = responses.clone();
            arrivals.mark_unchanged();
            if read_nothing_new(&all, &responses.borrow()) {
                tokio::select! {
                    _ = arrivals.changed() => {}
                    () = self.stir() => {}
                    () = tokio::time::sleep_until(until) => {}
                }
            }
        }
    }
}

/// Nothing has come while the page was being looked at.
fn read_nothing_new(before: &[SeenResponse], now: &[SeenResponse]) -> bool {
    before.len() == now.len()
}
