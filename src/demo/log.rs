//! What was asked of the marketplace: for tests of politeness, and of where a password went. Never a body.

use std::collections::{BTreeMap, VecDeque};

use poem::{
    Request,
    http::{HeaderMap, header},
};
use serde::Serialize;
use serde_json::Value;
use url::form_urlencoded;

use super::site::Site;
use crate::domain::Timestamp;

/// The log keeps the newest this many requests; the counts know of all.
const KEEPS: usize = 10_000;

/// One request, as `GET /log` of the control plane shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoggedRequest {
    /// Milliseconds since the marketplace was started, really passed.
    pub at_ms: u128,
    /// When, by the marketplace's clock.
    #[serde(with = "crate::domain::time::as_text")]
    pub at: Timestamp,
    pub method: String,
    pub host: String,
    pub path: String,
    pub status: u16,
    /// The page that was asked for, by body or query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u64>,
    /// The offset that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The cursor that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Whether the demo password was in the body.
    pub password_in_body: bool,
    /// Whether the demo password was in the address (it never may be).
    pub password_in_url: bool,
    pub user_agent: String,
}

impl LoggedRequest {
    /// All but the status, which is not known yet.
    pub fn of(site: &Site, host: &str, request: &Request, body: &[u8]) -> Self {
        let holds_password = |bytes: &[u8]| {
            bytes.windows(site.account.password.len()).any(|part| part == site.account.password.as_bytes())
        };
        let body_says = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let query: BTreeMap<_, _> =
            form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).collect();
        let number = |name: &str| body_says[name].as_u64().or_else(|| query.get(name)?.parse().ok());
        let cursor = body_says["cursor"].as_str().map(ToOwned::to_owned);
        Self {
            at_ms: site.ms_since_start(),
            at: site.clock.now(),
            method: request.method().to_string(),
            host: host.to_owned(),
            path: request.uri().path().to_owned(),
            status: 0,
            page: number("page"),
            offset: number("offset"),
            cursor: cursor.or_else(|| query.get("cursor").map(|cursor| cursor.clone().into_owned())),
            password_in_body: holds_password(body),
            password_in_url: holds_password(request.uri().to_string().as_bytes()),
            user_agent: text_of(request.headers(), header::USER_AGENT),
        }
    }
}

/// A header's value, empty where it is not there.
pub(super) fn text_of(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// The newest requests, and how often each address was asked.
#[derive(Default)]
pub(super) struct RequestLog {
    newest: VecDeque<LoggedRequest>,
    counts: BTreeMap<String, BTreeMap<String, u64>>,
    total: u64,
}

/// What of the log is wanted.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct LogQuery {
    pub host: Option<String>,
    pub path: Option<String>,
}

impl RequestLog {
    pub fn add(&mut self, request: LoggedRequest) {
        self.total += 1;
        *self.counts.entry(request.host.clone()).or_default().entry(request.path.clone()).or_default() += 1;
        if self.newest.len() == KEEPS {
            self.newest.pop_front();
        }
        self.newest.push_back(request);
    }

    /// Those of a host and a path, oldest first.
    pub fn select<'l>(&'l self, query: &'l LogQuery) -> impl Iterator<Item = &'l LoggedRequest> {
        self.newest.iter().filter(|one| {
            query.host.as_ref().is_none_or(|host| *host == one.host)
                && query.path.as_ref().is_none_or(|path| *path == one.path)
        })
    }

    /// How often each path of each host was asked.
    pub fn counts(&self) -> &BTreeMap<String, BTreeMap<String, u64>> {
        &self.counts
    }

    pub fn total(&self) -> u64 {
        self.total
    }
}
