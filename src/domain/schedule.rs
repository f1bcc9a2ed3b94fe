//! When a stream is scraped by itself.

use std::{cmp::Ordering, time::Duration};

use croner::{
    Cron,
    errors::CronError,
    parser::{CronParser, Seconds, Year},
    time::{CivilDate, CivilDateTime, CivilTime, CronDateTime, Resolution, Weekday},
};
use jiff::{
    SignedDuration, ZonedDateTime,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

use super::{ConnectionId, RunId, StreamName, Timestamp};

/// A stream of a connection is not scraped more than this later than its cron expression says.
pub const MOST_JITTER: Duration = Duration::from_hours(1);
/// As many occurrences are looked at for the shortest time between two.
const LOOKED_AT: usize = 200;

/// Scrapes of a stream at set times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// With which connection.
    pub connection: ConnectionId,
    /// Of what.
    pub stream: StreamName,
    /// Five fields of cron: minute, hour, day of the month, month, day of the week.
    pub cron: String,
    /// IANA name of the zone whose clock it reads.
    pub time_zone: String,
    /// Up to this much later, by chance.
    pub jitter: Duration,
    /// When it is due next.
    pub next_at: Timestamp,
    /// When it was last due.
    pub last_at: Option<Timestamp>,
    /// The run that came of that.
    pub last_run: Option<RunId>,
    /// Why none came of it, for a person to read.
    pub last_problem: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last set.
    pub updated_at: Timestamp,
}

/// What is wrong with a schedule's times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTiming {
    /// No five fields of cron.
    #[error(
        "`{0}` is no cron expression: {1}. Write minute, hour, day of the month, month and day of the week, as in `0 6 * * *`"
    )]
    Cron(String, String),
    /// No such moment ever comes.
    #[error("`{0}` names a time that never comes")]
    Never(String),
    /// Not in the IANA database.
    #[error("there is no time zone `{0}`: write its IANA name, as in America/Sao_Paulo")]
    TimeZone(String),
}

/// The moments that a cron expression names in a time zone. Where the clock is set forward, a time that it skips comes when
/// the clock goes on; where it is set back, a fixed time comes once.
#[derive(Debug, Clone)]
pub struct Timing {
    cron: Cron,
    zone: TimeZone,
}

impl Timing {
    /// Five fields of cron, and an IANA name.
    pub fn parse(cron: &str, time_zone: &str) -> Result<Self, InvalidTiming> {
        let zone = TimeZone::get(time_zone).map_err(|_| InvalidTiming::TimeZone(time_zone.to_owned()))?;
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(cron).map_err(|error| InvalidTiming::Cron(cron.to_owned(), error.to_string()))?;
        Ok(Self { cron, zone })
    }

    /// The first such moment after that one; nothing, where none ever comes.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let next = self.cron.find_next_occurrence(&Moment(self.zoned(after)?), false).ok()?;
        Some(Timestamp(next.0.timestamp().as_millisecond()))
    }

    /// The shortest time between two such moments, among the next ones. A day counts as one, also where the clock is set
    /// forward in it: then it is an hour less.
    #[must_use]
    pub fn shortest(&self, after: Timestamp) -> Option<Duration> {
        let first = self.next(after)?;
        let moments: Vec<_> = std::iter::successors(Some(first), |at| self.next(*at)).take(LOOKED_AT).collect();
        let pause = |pair: &[Timestamp]| {
            let by_the_clock = self.zoned(pair[1])?.datetime().duration_since(self.zoned(pair[0])?.datetime());
            Some(pair[1].since(pair[0]).max(by_the_clock.unsigned_abs()))
        };
        moments.windows(2).filter_map(pause).min()
    }

    fn zoned(&self, at: Timestamp) -> Option<ZonedDateTime> {
        Some(jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned_datetime(self.zone.clone()))
    }
}

/// Cron's arithmetic on the library of time zones that is here.
#[derive(Clone)]
struct Moment(ZonedDateTime);

fn civil(of: CivilDateTime) -> Option<DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    let year = i16::try_from(of.year()).ok()?;
    let (month, day) = (small(of.month())?, small(of.day())?);
    DateTime::new(year, month, day, small(of.hour())?, small(of.minute())?, small(of.second())?, 0).ok()
}

impl CronDateTime for Moment {
    fn to_civil(&self) -> CivilDateTime {
        let part = |number: i8| u32::try_from(number).unwrap_or_default();
        let at = self.0.datetime();
        // Each part is in its range: the clock of a zone showed it.
        let date = CivilDate::from_ymd_opt(i32::from(at.year()), part(at.month()), part(at.day()));
        let time = CivilTime::from_hms_opt(part(at.hour()), part(at.minute()), part(at.second()));
        CivilDateTime::new(date.expect("a date"), time.expect("a time"))
    }

    fn civil_weekday(&self) -> Weekday {
        Weekday::from_days_from_sunday(u32::try_from(self.0.weekday().to_sunday_zero_offset()).unwrap_or_default())
    }

    fn resolve_civil(&self, wanted: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let wanted = civil(wanted).ok_or(CronError::InvalidDate)?;
        let found = self.0.time_zone().to_ambiguous_zoned_datetime(wanted);
        let moment = |found: Result<ZonedDateTime, jiff::Error>| found.map(Self).map_err(|_| CronError::InvalidTime);
        Ok(match found.offset() {
            AmbiguousOffset::Unambiguous { .. } => Resolution::Single(moment(found.unambiguous())?),
            AmbiguousOffset::Fold { .. } => {
                Resolution::Ambiguous(moment(found.clone().earlier())?, moment(found.later())?)
            }
            AmbiguousOffset::Gap { .. } => Resolution::Gap,
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.timestamp().cmp(&other.0.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a moment")
    }

    fn next(cron: &str, zone: &str, after: &str) -> Option<String> {
        Timing::parse(cron, zone).expect("a timing").next(at(after)).map(|next| next.to_string())
    }

    #[test]
    fn a_time_is_that_of_its_zone() {
        let in_sao_paulo = next("0 6 * * *", "America/Sao_Paulo", "2026-11-25T10:00:00Z");
        assert_eq!(in_sao_paulo.as_deref(), Some("2026-11-26T09:00:00.000Z"));
        assert_eq!(next("*/15 * * * *", "UTC", "2026-11-25T10:00:00Z").as_deref(), Some("2026-11-25T10:15:00.000Z"));
        assert_eq!(next("0 9 * * MON", "UTC", "2026-11-25T10:00:00Z").as_deref(), Some("2026-11-30T09:00:00.000Z"));
        assert_eq!(next("@daily", "UTC", "2026-11-25T10:00:00Z").as_deref(), Some("2026-11-26T00:00:00.000Z"));
    }

    #[test]
    fn when_the_clock_is_set_a_daily_time_comes_once_a_day() {
        let timing = Timing::parse("30 2 * * *", "Europe/Berlin").expect("a timing");
        let days = |from: &str| {
            let moments = std::iter::successors(timing.next(at(from)), |at| timing.next(*at));
            moments.take(3).map(|moment| moment.to_string()).collect::<Vec<_>>()
        };
        // On 2026-03-29 two o'clock is three o'clock at once.
        assert_eq!(
            days("2026-03-28T00:00:00Z"),
            ["2026-03-28T01:30:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]
        );
        // On 2026-10-25 half past two comes twice.
        assert_eq!(
            days("2026-10-24T00:00:00Z"),
            ["2026-10-24T00:30:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]
        );
    }

    #[test]
    fn what_is_no_timing_says_what_to_write() {
        let wrong = |cron: &str, zone: &str| Timing::parse(cron, zone).expect_err("wrong").to_string();
        assert!(wrong("every day", "UTC").contains("as in `0 6 * * *`"));
        assert!(wrong("0 0 6 * * *", "UTC").contains("is no cron expression"), "seconds are for nobody");
        assert!(wrong("0 6 * * *", "Sao Paulo").contains("as in America/Sao_Paulo"));
        assert_eq!(next("0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z"), None);
    }

    #[test]
    fn the_shortest_time_between_two_is_found() {
        let shortest = |cron: &str| Timing::parse(cron, "UTC").expect("a timing").shortest(at("2026-01-01T00:00:00Z"));
        assert_eq!(shortest("0 6,7 * * *"), Some(Duration::from_hours(1)));
        assert_eq!(shortest("*/7 * * * *"), Some(Duration::from_mins(4)), "from 56 to the full hour");
        let in_berlin = |cron: &str| {
            let timing = Timing::parse(cron, "Europe/Berlin").expect("a timing");
            timing.shortest(at("2026-03-01T00:00:00Z"))
        };
        assert_eq!(in_berlin("0 6 * * *"), Some(Duration::from_hours(24)), "also from 28 to 29 March");
        assert_eq!(in_berlin("0 * * * *"), Some(Duration::from_hours(1)));
    }
}
