//! What a page asked for, and what it was answered: for whoever writes a definition from what they saw.

use std::{collections::BTreeMap, fmt, sync::Arc};

use url::Url;

/// A request that a page made, and its answer. Holds secrets: it is never stored.
#[derive(Clone, PartialEq)]
pub struct Exchange {
    /// The address of the page that asked.
    pub page: Url,
    /// `document`, `xhr`, `fetch`, as the browser calls it.
    pub kind: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// Where.
    pub url: Url,
    /// Sent headers, by their names in small letters.
    pub headers: BTreeMap<String, String>,
    /// What was sent.
    pub sent: Option<String>,
    /// The status.
    pub status: u16,
    /// The body, where it was text of a bearable size.
    pub body: Option<Arc<str>>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, path) = (self.url.host_str().unwrap_or("?"), self.url.path());
        write!(f, "Exchange {{ {} {} {host}{path} {} }}", self.kind, self.method, self.status)
    }
}
