//! Where a session's end can be read.

use regex::Regex;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{SessionPolicy, request::value_in};
use crate::domain::{
    StorageState, Timestamp,
    rule::{DomainPattern, NameGlob, StorageRule},
};

/// Where a session's end can be read, and how it is written there.
#[derive(Debug, Clone)]
pub struct Expiry {
    /// Where.
    pub place: ExpiryPlace,
    /// How it is written.
    pub unit: TimeUnit,
}

/// Where a session's end can be read.
#[derive(Debug, Clone)]
pub enum ExpiryPlace {
    /// In a cookie's value: what the first group (or all) of the regex matches.
    Cookie {
        /// Its name.
        name: NameGlob,
        /// Its domain.
        domain: Option<DomainPattern>,
        /// What of its value.
        regex: Regex,
    },
    /// In localStorage.
    LocalStorage(StorageRule),
    /// In sessionStorage.
    SessionStorage(StorageRule),
}

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds since 1970.
    Unix,
    /// Milliseconds since 1970.
    UnixMs,
    /// RFC 3339.
    Rfc3339,
}

impl SessionPolicy {
    /// When the session in that state ends, where it says so.
    #[must_use]
    pub fn expires_at(&self, state: &StorageState) -> Option<Timestamp> {
        self.expires_at.iter().find_map(|expiry| expiry.unit.read(&expiry.place.written(state)?))
    }
}

impl ExpiryPlace {
    fn written(&self, state: &StorageState) -> Option<String> {
        let origins = |rule: &StorageRule| {
            let wanted = rule.origin.clone();
            state.origins.iter().filter(move |one| wanted.as_ref().is_none_or(|wanted| *wanted == one.origin))
        };
        match self {
            Self::Cookie { name, domain, regex } => {
                let cookies = state.cookies.iter().filter(|cookie| {
                    name.matches(&cookie.name) && domain.as_ref().is_none_or(|domain| domain.matches(&cookie.domain))
                });
                cookies.into_iter().find_map(|cookie| {
                    let captures = regex.captures(&cookie.value)?;
                    captures.get(1).or_else(|| captures.get(0)).map(|found| found.as_str().to_owned())
                })
            }
            Self::LocalStorage(rule) => {
                origins(rule).flat_map(|one| &one.local_storage).find_map(|one| value_in(rule, &one.name, &one.value))
            }
            Self::SessionStorage(rule) => {
                origins(rule).flat_map(|one| &one.session_storage).find_map(|one| value_in(rule, &one.name, &one.value))
            }
        }
    }
}

impl TimeUnit {
    fn read(self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        // A token's expiry may have a fraction of a second.
        let whole = || text.split('.').next().and_then(|whole| whole.parse::<i64>().ok());
        match self {
            Self::Unix => whole()?.checked_mul(1_000).map(Timestamp),
            Self::UnixMs => whole().map(Timestamp),
            Self::Rfc3339 => {
                let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
                i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Cookie, OriginState, rule::JsonPath, session::StorageEntry},
        providers::WriteBack,
    };

    fn policy() -> SessionPolicy {
        let ticket = ExpiryPlace::Cookie {
            name: NameGlob::parse("hmSsoExp").expect("a name"),
            domain: Some(DomainPattern::parse("*.hotmart.com").expect("a domain")),
            regex: Regex::new(r"^(\d+)\|").expect("a regex"),
        };
        let token = ExpiryPlace::LocalStorage(StorageRule {
            key: NameGlob::parse("oidc.user:*").expect("a name"),
            origin: None,
            json: Some(JsonPath::parse("$.expires_at").expect("a path")),
        });
        let expires_at = [ticket, token].map(|place| Expiry { place, unit: TimeUnit::Unix }).into();
        SessionPolicy { write_back: WriteBack::Always, max_age: None, renew: None, keep_alive: None, expires_at }
    }

    fn state(cookie: &str) -> StorageState {
        StorageState {
            cookies: vec![Cookie {
                name: "hmSsoExp".into(),
                value: cookie.into(),
                domain: ".hotmart.com".into(),
                path: "/".into(),
                expires: -1.0,
                http_only: false,
                secure: true,
                same_site: "Lax".into(),
            }],
            origins: vec![OriginState {
                origin: "https://app.hotmart.com".into(),
                local_storage: vec![StorageEntry { name: "oidc.user:x".into(), value: r#"{"expires_at":200}"#.into() }],
                session_storage: Vec::new(),
                indexed_db: Vec::new(),
            }],
        }
    }

    #[test]
    fn the_first_place_that_can_be_read_counts() {
        assert_eq!(policy().expires_at(&state("100|ticket")), Some(Timestamp(100_000)));
        assert_eq!(policy().expires_at(&state("ticket")), Some(Timestamp(200_000)));
        assert_eq!(policy().expires_at(&StorageState::default()), None);
    }

    #[test]
    fn moments_are_read_in_each_unit() {
        assert_eq!(TimeUnit::UnixMs.read("1500"), Some(Timestamp(1500)));
        assert_eq!(TimeUnit::Unix.read("2.75"), Some(Timestamp(2000)));
        assert_eq!(TimeUnit::Rfc3339.read("1970-01-01T01:00:00+01:00"), Some(Timestamp(0)));
        assert_eq!(TimeUnit::Unix.read("tomorrow"), None);
    }
}
