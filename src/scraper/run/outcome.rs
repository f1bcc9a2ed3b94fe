//! How a run ended, in words.

use super::{Conductor, Stopped};
use crate::{
    domain::{ConnectionStatus, Outcome},
    providers::Stream,
    scraper::{
        ScraperParts,
        ending::{CANCELLED, Ended, count},
    },
};

impl Conductor {
    pub(super) fn stopped_by(&self, stopped: Stopped) -> Option<Ended> {
        match stopped {
            Stopped::Cancelled => self.stopped(),
            Stopped::TooLong => Some(self.too_long()),
            Stopped::Session(error) => Some(Ended::failed(sentence(&error.to_string()))),
            Stopped::Halted(halt) => Some(halt.into_end(&self.provider.name)),
        }
    }

    pub(super) fn ok(&self, stream: &Stream) -> Ended {
        let progress = self.found.progress();
        let expected = stream.expect.min_items;
        if progress.records < expected {
            let message = format!(
                "{} showed {}, where at least {expected} are expected: it has changed, or its definition is wrong. \
                 Earlier records are untouched.",
                self.provider.name,
                count(progress.records, "record")
            );
            return Ended::new(Outcome::Drift, message);
        }
        if progress.records == 0 {
            let message =
                format!("There are no {}: the visit was seen to be logged in, and the list was empty.", stream.name);
            return Ended::new(Outcome::EmptyConfirmed, message).complete();
        }
        let mut message = format!("{} from {}.", count(progress.records, "record"), count(progress.pages, "page"));
        if self.found.cut_short {
            message.push_str(" There may be more: the definition allows no more pages in one run.");
        }
        for (field, number) in &self.found.unreadable {
            let values = count(u32::try_from(*number).unwrap_or(u32::MAX), "value");
            message.extend([" ", &values, " of ", field, " could not be read."]);
        }
        let ended = Ended::new(Outcome::Ok, message);
        if self.found.cut_short { ended } else { ended.complete() }
    }

    /// Nothing where there is a newer session than the one that was seen to be logged out: that one is tried.
    pub(super) async fn needs_reconnect(&self, generation: i64, reason: &str) -> Option<Ended> {
        let ScraperParts { keeper, store, .. } = &self.inner.parts;
        let name = &self.provider.name;
        let age = self.provider.session.max_age.map_or(String::new(), |age| {
            format!(" {name} lets a session live for {} hours at most.", age.as_secs() / 3600)
        });
        let reason = format!("{name} has ended the session: {reason}.{age}");
        let not_stored = |error: String| Some(Ended::failed(format!("{reason} That could not be stored: {error}.")));
        match keeper.logged_out(&self.connection.id, generation, &reason).await {
            Ok(true) => {}
            // Somebody else saw the same, or there is a newer session.
            Ok(false) => match store.connection(&self.run.user, &self.connection.id).await {
                Ok(Some(connection)) if connection.status == ConnectionStatus::Connected => return None,
                Ok(_) => {}
                Err(error) => return not_stored(error.to_string()),
            },
            Err(error) => return not_stored(error.to_string()),
        }
        let message = format!("{reason} Log in again, then go on with this run, or start a new one.");
        Some(Ended::new(Outcome::NeedsReconnect, message))
    }

    pub(super) fn stopped(&self) -> Option<Ended> {
        let put_down = self.inner.stopping.is_cancelled();
        (!put_down).then(|| Ended::new(Outcome::Cancelled, CANCELLED))
    }

    pub(super) fn too_long(&self) -> Ended {
        let limit = self.inner.limits.deadline.as_secs();
        let (number, unit) = if limit < 120 { (limit, "second") } else { (limit / 60, "minute") };
        let limit = count(u32::try_from(number).unwrap_or(u32::MAX), unit);
        Ended::failed(format!("The run took longer than {limit} and was ended. The records found until then are kept."))
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
