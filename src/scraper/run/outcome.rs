//! How a run ended, in words.

use super::{Conductor, Stopped, judging::Probed};
use crate::{
    domain::{
        ConnectionStatus, Outcome, RunEnd, RunProgress, SessionState,
        rule::{Sighting, Verdict},
        time::in_words,
    },
    providers::Stream,
    scraper::{
        ScraperParts,
        completeness::Judged,
        ending::{CANCELLED, Halt, count},
    },
    sessions,
};

/// A list with fewer records may well lose half of them.
const FEWEST_TO_SHRINK: u32 = 20;

impl Conductor {
    pub(super) fn stopped_by(&self, stopped: Stopped) -> Option<RunEnd> {
        match stopped {
            Stopped::Cancelled => self.stopped(),
            Stopped::TooLong => Some(self.too_long().into_end(&self.provider.name, &self.run.stream)),
            Stopped::Session(error) => Some(RunEnd::failed(sentence(&error.to_string()))),
            Stopped::Halted(halt) => Some(halt.into_end(&self.provider.name, &self.run.stream)),
        }
    }

    /// The end of a run that read its list, where that is believed.
    pub(super) async fn ended_well(&self, stream: &Stream) -> Result<RunEnd, Halt> {
        if let Some(halt) = self.too_few(stream) {
            return Err(halt);
        }
        let end = self.ok(stream);
        match self.shrunk(stream, &end).await {
            Some(halt) => Err(halt),
            None => Ok(end),
        }
    }

    /// Fewer records than the definition expects: nothing is said to be the whole list.
    fn too_few(&self, stream: &Stream) -> Option<Halt> {
        let (found, expected) = (self.found.progress().records, stream.expect.min_items);
        if let Some(total) = self.found.list.misses_all(self.found.keys.len()) {
            return Some(Halt::TooFew(format!("showed none of {total} records that it says there are")));
        }
        let records = count(found, "record");
        (found < expected).then(|| Halt::TooFew(format!("showed {records}, where at least {expected} are expected")))
    }

    /// The whole list holds far fewer records than the last time: a filter that was left on at the site looks like that.
    async fn shrunk(&self, stream: &Stream, end: &RunEnd) -> Option<Halt> {
        let ScraperParts { store, .. } = &self.inner.parts;
        let before = match store.last_complete_run(&self.connection.id, &stream.name).await {
            Ok(before) => before.filter(|before| end.complete && *before >= FEWEST_TO_SHRINK)?,
            Err(error) => return Some(error.into()),
        };
        let found = self.found.progress().records;
        let is_shrunk = f64::from(found) < f64::from(before) * (1.0 - stream.expect.max_shrink);
        is_shrunk.then_some(Halt::Shrunk { found, before })
    }

    fn ok(&self, stream: &Stream) -> RunEnd {
        let RunProgress { pages, records } = self.found.progress();
        let (outcome, mut message) = if records == 0 {
            let name = &stream.name;
            let none = format!("There are no {name}: the visit was seen to be logged in, and the list was empty.");
            (Outcome::EmptyConfirmed, none)
        } else {
            (Outcome::Ok, format!("{} from {}.", count(records, "record"), count(pages, "page")))
        };
        if !self.given_up.is_empty() {
            message.push_str(" They do not come from where they are looked for first: that could not be read.");
        }
        let Judged { end: list_end, why_not } = self.found.list.judge(self.found.keys.len());
        message.extend(why_not.iter().flat_map(|why| [" ", why]));
        let duplicates = self.found.list.duplicates;
        if duplicates > 0 {
            let items = count(duplicates, "item");
            let is = if duplicates == 1 { "is not a record: it has" } else { "are not records: they have" };
            message.extend([" ", &items, " ", is, " the key of a different one."]);
        }
        if self.found.incomplete > 0 {
            let items = count(u32::try_from(self.found.incomplete).unwrap_or(u32::MAX), "item");
            message.extend([" ", &items, " without a field that is required: no record was made of such a one."]);
        }
        for (field, number) in &self.found.unreadable {
            let values = count(u32::try_from(*number).unwrap_or(u32::MAX), "value");
            message.extend([" ", &values, " of ", field, " could not be read."]);
        }
        let evidence = self.given_up.iter().chain(self.found.list.partial.iter().flatten()).cloned().collect();
        let end = RunEnd { list_end, duplicates, evidence, ..RunEnd::new(outcome, message) };
        if why_not.is_some() { end } else { end.complete() }
    }

    /// Nothing where there is a newer session than the one that was seen to be logged out: that one is tried.
    pub(super) async fn needs_reconnect(&self, generation: i64, sighting: Sighting) -> Option<RunEnd> {
        let ScraperParts { keeper, store, .. } = &self.inner.parts;
        let not_stored =
            |error: String| Some(RunEnd::failed(format!("That the session has ended could not be stored: {error}.")));
        match keeper.logged_out(&self.connection.id, generation, &self.provider, &sighting).await {
            Ok(true) => {}
            // Somebody else saw the same, or there is a newer session.
            Ok(false) => match store.connection(&self.run.user, &self.connection.id).await {
                Ok(Some(connection)) if connection.status == ConnectionStatus::Connected => return None,
                Ok(_) => {}
                Err(error) => return not_stored(error.to_string()),
            },
            Err(error) => return not_stored(error.to_string()),
        }
        let message = sessions::logged_out_by(&self.provider);
        Some(RunEnd::new(Outcome::NeedsReconnect, message).session(SessionState::Ended, sighting.evidence))
    }

    /// The end of a run of which the probe has said this.
    pub(super) async fn judged(&self, halt: Halt, probed: Probed) -> RunEnd {
        let Probed { generation, sighting, .. } = probed;
        if sighting.verdict != Verdict::LoggedIn
            && let Err(error) = self.inner.parts.keeper.unsure(&self.connection.id, generation, &sighting).await
        {
            tracing::warn!(run.id = %self.run.id, %error, "could not store that nobody knows whether the session works");
        }
        let end = halt.into_judged_end(sighting, &self.provider.name, &self.run.stream);
        let evidence = self.given_up.iter().chain(&end.evidence).cloned().collect();
        RunEnd { list_end: self.found.list.end, duplicates: self.found.list.duplicates, evidence, ..end }
    }

    pub(super) fn stopped(&self) -> Option<RunEnd> {
        let put_down = self.inner.stopping.is_cancelled();
        (!put_down).then(|| RunEnd::new(Outcome::Cancelled, CANCELLED))
    }

    pub(super) fn too_long(&self) -> Halt {
        Halt::TooLong(in_words(self.inner.limits.deadline))
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
