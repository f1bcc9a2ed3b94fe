//! Dates as sites write them.

use jiff::{
    Timestamp,
    civil::{DateTime, Time},
    fmt::{rfc2822, strtime},
};

use crate::providers::{DateForm, DateFormat};

/// The moment, in RFC 3339; none where the text is not written that way.
pub(super) fn moment(format: &DateFormat, text: &str) -> Option<String> {
    let text = text.trim();
    let moment = match &format.form {
        DateForm::Unix => Timestamp::from_second(whole(text)?).ok()?,
        DateForm::UnixMs => Timestamp::from_millisecond(whole(text)?).ok()?,
        DateForm::Rfc2822 => rfc2822::parse(text).ok()?.timestamp(),
        DateForm::Strftime(written) => {
            let read = strtime::parse(written, text).ok()?;
            // What names its own offset or zone needs none of ours.
            if read.offset().is_some() || read.iana_time_zone().is_some() || read.timestamp().is_some() {
                read.to_timestamp().ok()?
            } else {
                let date = read.to_date().ok()?;
                // A day without a time begins at midnight; a time that cannot be read is none.
                let time = if read.hour().is_some() { read.to_time().ok()? } else { Time::midnight() };
                format.zone.to_timestamp(DateTime::from_parts(date, time)).ok()?
            }
        }
    };
    Some(moment.to_string())
}

/// A number of seconds may have a fraction.
fn whole(text: &str) -> Option<i64> {
    text.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn read(form: DateForm, zone: &str, text: &str) -> Option<String> {
        moment(&DateFormat { form, zone: TimeZone::get(zone).expect("a zone") }, text)
    }

    #[test]
    fn a_date_is_a_moment_in_the_zone_of_its_site() {
        let written = |format: &str, text: &str| read(DateForm::Strftime(format.into()), "America/Sao_Paulo", text);
        assert_eq!(written("%d/%m/%Y %H:%M", "03/02/2026 14:30").as_deref(), Some("2026-02-03T17:30:00Z"));
        assert_eq!(written("%d/%m/%Y", " 03/02/2026 ").as_deref(), Some("2026-02-03T03:00:00Z"));
        assert_eq!(written("%Y-%m-%d %H:%M %z", "2026-02-03 14:30 +0200").as_deref(), Some("2026-02-03T12:30:00Z"));
        assert_eq!(written("%d/%m/%Y", "2026-02-03"), None);
        assert_eq!(written("%d/%m/%Y", "31/02/2026"), None);
    }

    #[test]
    fn summer_time_is_that_of_the_zone() {
        let written = |text: &str| read(DateForm::Strftime("%Y-%m-%d %H:%M".into()), "Europe/Madrid", text);
        assert_eq!(written("2026-07-01 12:00").as_deref(), Some("2026-07-01T10:00:00Z"));
        assert_eq!(written("2026-01-01 12:00").as_deref(), Some("2026-01-01T11:00:00Z"));
    }

    #[test]
    fn numbers_and_headers_are_moments_too() {
        assert_eq!(read(DateForm::Unix, "UTC", "1767225600.5").as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(read(DateForm::UnixMs, "UTC", "1767225600000").as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(
            read(DateForm::Rfc2822, "UTC", "Thu, 01 Jan 2026 01:00:00 +0100").as_deref(),
            Some("2026-01-01T00:00:00Z")
        );
        assert_eq!(read(DateForm::Unix, "UTC", "soon"), None);
    }
}
