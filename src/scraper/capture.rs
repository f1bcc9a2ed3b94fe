//! Records from the JSON that the page itself fetches.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    completeness::Body,
    ending::Halt,
    extraction,
    reading::Taken,
    turning::{STEP, Turned},
    visit::{Errand, LOOK_EVERY, Visit},
};
use crate::{
    browser::{Page, SeenResponses},
    domain::{
        ListEnd, json,
        rule::{JsonPath, ResponseRule, SeenResponse, Truth},
    },
    providers::Paging,
};

/// The places of the answers that have been read.
#[derive(Default)]
struct Read(HashSet<u64>);

impl Read {
    /// The oldest answer that has not been read yet; one whose body is not there to be looked at counts, unless it is a refusal:
    /// it may be a page of the list.
    fn next(&mut self, answer: &ResponseRule, all: &SeenResponses) -> Option<Arc<SeenResponse>> {
        let mut unread = all.iter().filter(|(place, _)| !self.0.contains(place));
        let (&place, next) = unread.find(|(_, response)| match answer.matches(response) {
            Truth::True => true,
            Truth::Unknown => response.status < 400,
            Truth::False => false,
        })?;
        self.0.insert(place);
        Some(Arc::clone(next))
    }

    /// The status of the newest answer to such a request, where it came after all that were read and is an error.
    fn failed_after(&self, answer: &ResponseRule, all: &SeenResponses) -> Option<u16> {
        let any = ResponseRule { status: Vec::new(), body: None, json: None, ..answer.clone() };
        let (place, newest) = all.iter().rev().find(|(_, seen)| any.matches(seen) != Truth::False)?;
        (newest.status >= 400 && self.0.iter().all(|read| read < place)).then_some(newest.status)
    }
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
        self.reading.errand.paces.asked_now(self.reading.errand.provider);
        if self.to_the_first_page(page).await? {
            // What came before was of another page; so was what is still coming, unless it is all that comes.
            let before = next.take();
            next = self.next_answer(&mut read, answer, self.source().wait).await?.or(before);
        }
        while let Some(seen) = next {
            let Some(body) = seen.body.as_deref() else {
                let why = format!("an answer at {} could not be read, or is longer than 4 MiB", answer.url.as_str());
                return Err(Halt::NotShown(why));
            };
            let Ok(body) = json::read(body) else {
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
            let end = last.then_some(ListEnd::Last);
            let taken = self.reading.take(extracted, Body::Json(&body), end, None)?;
            next = if taken.is_further {
                self.next_page(page, taken, &mut read, answer).await?
            } else {
                self.keep(taken).await?;
                None
            };
        }
        if self.wants_first_again() {
            self.first_answer_again(page, &mut read, answer, items).await?;
        }
        Ok(())
    }

    /// Looks at the first page once more. An answer that cannot be used says nothing.
    async fn first_answer_again(
        &mut self,
        page: &dyn Page,
        read: &mut Read,
        answer: &ResponseRule,
        items: &[JsonPath],
    ) -> Result<(), Halt> {
        // What came late was asked for before.
        while self.next_answer(read, answer, Duration::ZERO).await?.is_some() {}
        self.load_anew(page).await;
        self.begin(page).await?;
        let mut first = self.next_answer(read, answer, self.source().wait).await?;
        if self.to_the_first_page(page).await? {
            let before = first.take();
            first = self.next_answer(read, answer, self.source().wait).await?.or(before);
        }
        let body = first.as_ref().and_then(|seen| json::read(seen.body.as_deref()?).ok());
        let Errand { stream, source, .. } = self.reading.errand;
        let extracted =
            body.and_then(|body| extraction::from_json(stream, &source.fields, items, &body, &source.visit));
        if let Some(extracted) = extracted {
            self.reading.found.list.first_again(&extracted);
        }
        Ok(())
    }

    /// Keeps what was taken of a page, and goes on until there is another answer, or nothing further.
    async fn next_page(
        &mut self,
        page: &dyn Page,
        taken: Taken,
        read: &mut Read,
        answer: &ResponseRule,
    ) -> Result<Option<Arc<SeenResponse>>, Halt> {
        // A scroll may have fetched more than one page.
        if let Some(waiting) = self.next_answer(read, answer, Duration::ZERO).await? {
            self.keep(taken).await?;
            return Ok(Some(waiting));
        }
        let mut turned = self.keep_and_turn(taken, page).await?;
        let mut ends_seen = 0;
        loop {
            let Turned { way, moved, at_end, .. } = turned;
            let patience = match way {
                Paging::Scroll { idle } if at_end => *idle,
                Paging::Scroll { .. } => STEP,
                _ if moved => self.source().wait,
                way => {
                    self.reading.found.list.end = Some(way.end());
                    return Ok(None);
                }
            };
            if let Some(seen) = self.next_answer(read, answer, patience).await? {
                return Ok(Some(seen));
            }
            // At the end of what scrolls the page may be waiting for more of it.
            let settled_by = Instant::now() + self.source().wait;
            while at_end && !self.is_settled() && Instant::now() < settled_by {
                if let Some(seen) = self.next_answer(read, answer, LOOK_EVERY).await? {
                    return Ok(Some(seen));
                }
            }
            match way {
                Paging::Scroll { .. } if moved || at_end && ends_seen == 0 => ends_seen += u32::from(!moved),
                Paging::Scroll { .. } => {
                    if let Some(status) = read.failed_after(answer, &self.context.responses().borrow()) {
                        let host = self.source().visit.host_str().unwrap_or("the site");
                        return Err(Halt::NotShown(format!("{host} answered with {status} where more was asked for")));
                    }
                    self.reading.found.ended_silently = true;
                    self.reading.found.list.end = Some(ListEnd::ScrollEnd);
                    return Ok(None);
                }
                _ => return Err(self.did_not_come(&turned, patience)),
            }
            turned = self.turn(page).await?;
        }
    }

    async fn next_answer(
        &mut self,
        read: &mut Read,
        answer: &ResponseRule,
        within: Duration,
    ) -> Result<Option<Arc<SeenResponse>>, Halt> {
        let mut responses = self.context.responses();
        let until = Instant::now() + within;
        let mut look_at = Instant::now() + LOOK_EVERY;
        loop {
            let all = Arc::clone(&responses.borrow_and_update());
            if let Some(next) = read.next(answer, &all) {
                return Ok(Some(next));
            }
            if Instant::now() >= until {
                return Ok(None);
            }
            // The answer itself says most: the page is looked at where it keeps one waiting.
            let due = until.min(look_at);
            let _ = tokio::time::timeout_at(due, responses.changed()).await;
            if Instant::now() >= due {
                self.look().await?;
                look_at = Instant::now() + LOOK_EVERY;
            }
        }
    }
}
