//! Three-valued rules over what a browser shows, and the evidence of each judgement.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use url::Url;

use super::Cookie;

mod judge;
mod pattern;
#[cfg(test)]
mod tests;
mod verdict;

pub use judge::{CookieRule, Judgement, Needs, ResponseRule, Rule, StorageRule};
pub use pattern::{DomainPattern, InvalidPattern, JsonPath, NameGlob, UrlGlob};
pub use verdict::{Sighting, Verdict};

/// Kleene's three values: `Unknown` is "could not be looked at", and is never taken for a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// Seen to hold.
    True,
    /// Seen not to hold.
    False,
    /// Could not be looked at.
    Unknown,
}

impl Truth {
    /// Kleene's and: the lesser of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// Kleene's or: the greater of the two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::False, Self::False) => Self::False,
            _ => Self::Unknown,
        }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;
    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// One rule, and what was seen instead of it or for it. Holds no secret: names, hosts and paths, never values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was looked for, in words.
    pub rule: String,
    /// What was seen, in words.
    pub seen: String,
    /// What that makes of the rule.
    pub value: Truth,
}

/// An answer that a page received.
#[derive(Clone, PartialEq)]
pub struct SeenResponse {
    /// Its URL.
    pub url: Url,
    /// The request's method.
    pub method: String,
    /// Its status.
    pub status: u16,
    /// Its body, where a rule or a source asked for it and it was text of a bearable size.
    pub body: Option<String>,
}

impl std::fmt::Debug for SeenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SeenResponse {{ {} {}{} {} }}",
            self.method,
            self.url.host_str().unwrap_or("?"),
            self.url.path(),
            self.status
        )
    }
}

/// Which elements a rule asks about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ElementQuery {
    /// A CSS selector.
    pub css: String,
    /// It must also be visible.
    pub visible: bool,
}

/// What was seen of a browser context at one moment. `None` everywhere means "not looked at".
#[derive(Clone, Default)]
pub struct Observation {
    /// URL of the page in front.
    pub url: Option<Url>,
    /// Its title.
    pub title: Option<String>,
    /// Its visible text (`innerText` of the body), cut at 100,000 characters.
    pub text: Option<String>,
    /// The context's cookies, `HttpOnly` ones too.
    pub cookies: Option<Vec<Cookie>>,
    /// Per origin: key → value of localStorage.
    pub local_storage: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// Per origin: key → value of sessionStorage of the open pages.
    pub session_storage: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// Whether an element of each kind asked about is on the page in front.
    pub elements: BTreeMap<ElementQuery, bool>,
    /// The answers seen so far, oldest first.
    pub responses: Option<Vec<Arc<SeenResponse>>>,
    /// HTTP status of the page in front, where known.
    pub status: Option<u16>,
}
