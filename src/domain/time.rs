//! Moments, and who is asked for the present one.

use std::{fmt, sync::Arc, time::Duration};

use ::time::{
    OffsetDateTime,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Any RFC 3339, to the millisecond.
    pub fn parse(text: &str) -> Result<Self, String> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|error| error.to_string())?;
        i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).map(Self).map_err(|error| error.to_string())
    }

    /// This moment and a while.
    #[must_use]
    pub fn after(self, while_: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(while_.as_millis()).unwrap_or(i64::MAX)))
    }

    /// A while before this moment.
    #[must_use]
    pub fn before(self, while_: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(while_.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long from `earlier` to this moment; zero when it was not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// As people say it, in the largest unit that is not rounded by much: "45 seconds", "15 minutes", "36 hours", "7 days".
#[must_use]
pub fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute")];
    // Two of a unit at least, and exactly so many, or so many that the rest does not matter.
    let is_fit = |size: u64| seconds >= 2 * size && (seconds.is_multiple_of(size) || seconds >= 10 * size);
    let fit = units.into_iter().find(|(size, _)| is_fit(*size));
    let (number, unit) = fit.map_or((seconds, "second"), |(size, name)| ((seconds + size / 2) / size, name));
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

/// With three digits of the second always: what is as long sorts as it reads.
const RFC3339: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// RFC 3339 in UTC with milliseconds, as every answer of the API writes it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).map_err(|_| fmt::Error)?;
        f.write_str(&moment.format(RFC3339).map_err(|_| fmt::Error)?)
    }
}

/// In what is stored for being told as it is: the same text that the API writes.
pub mod as_text {
    use super::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// RFC 3339.
    pub fn serialize<S: Serializer>(moment: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(moment)
    }

    /// Any RFC 3339, to the millisecond.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        Timestamp::parse(&text).map_err(D::Error::custom)
    }
}

/// The only source of the present moment; tests set their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The computer's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(|| {
            #[expect(clippy::disallowed_methods, reason = "the one place that asks the computer")]
            let nanos = OffsetDateTime::now_utc().unix_timestamp_nanos();
            Timestamp(i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX))
        }))
    }

    /// A clock that says what the function says.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_while_is_said_as_people_say_it() {
        for (seconds, said) in [
            (1, "1 second"),
            (60, "60 seconds"),
            (150, "150 seconds"),
            (900, "15 minutes"),
            (1799, "30 minutes"),
            (7200, "2 hours"),
            (36 * 3600, "36 hours"),
            (48 * 3600, "2 days"),
            (7 * 86_400, "7 days"),
            (400 * 86_400 + 5, "400 days"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), said);
        }
    }
}
