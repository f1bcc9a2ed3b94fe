//! The answers that pages received, where somebody asked to remember them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use playwright_rs::{
    protocol::{Request, page::Response},
    server::channel_owner::ChannelOwner,
};
use regex::Regex;
use tokio::sync::watch;
use url::Url;

use super::{SeenResponses, guard::Guard};
use crate::domain::{body, rule::SeenResponse};

/// A body above this is not kept: it is no list of records, and no rule reads it.
const BODY: usize = 4 * 1024 * 1024;
/// All bodies together; beyond it the oldest answers are forgotten.
const ALL: usize = 32 * 1024 * 1024;
/// How many answers are kept.
const COUNT: usize = 500;

/// Remembers answers in the order in which they came.
pub(super) struct Responses {
    wanted: Vec<Regex>,
    came: AtomicU64,
    kept: Mutex<SeenResponses>,
    /// The places of refusals that are kept without their body so far, by the driver's id of their request.
    refusals: Mutex<HashMap<String, u64>>,
    shown: watch::Sender<Arc<SeenResponses>>,
}

impl Responses {
    pub fn new(wanted: Vec<Regex>) -> Self {
        Self {
            wanted,
            came: AtomicU64::new(0),
            kept: Mutex::default(),
            refusals: Mutex::default(),
            shown: watch::Sender::default(),
        }
    }

    pub fn shown(&self) -> watch::Receiver<Arc<SeenResponses>> {
        self.shown.subscribe()
    }

    pub fn all(&self) -> Vec<Arc<SeenResponse>> {
        self.shown.borrow().values().cloned().collect()
    }

    pub fn wants(&self, url: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted.is_match(url))
    }

    /// Remembers at once that a request was refused; its body is added when it has finished, if ever.
    pub fn refused(&self, request: &Request, status: u16) {
        let Ok(url) = Url::parse(request.url()) else { return };
        let place = self.came.fetch_add(1, Ordering::Relaxed);
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).insert(request.guid().to_owned(), place);
        self.keep(place, SeenResponse { url, method: request.method().to_owned(), status, body: None });
    }

    /// Remembers the answer to a request that has finished, and its body: nothing, where it is no text.
    pub async fn remember(&self, guard: &Guard, request: Request) {
        let refused = self.refusals.lock().unwrap_or_else(PoisonError::into_inner).remove(request.guid());
        let place = refused.unwrap_or_else(|| self.came.fetch_add(1, Ordering::Relaxed));
        let Ok(url) = Url::parse(request.url()) else { return };
        let Some(response) = request.existing_response() else { return };
        let status = response.status();
        let body = if has_text(&response) { text_of(guard, &response).await } else { Some(String::new()) };
        self.keep(place, SeenResponse { url, method: request.method().to_owned(), status, body });
    }

    fn keep(&self, place: u64, seen: SeenResponse) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(place, Arc::new(seen));
        let size = |seen: &SeenResponse| seen.body.as_ref().map_or(0, String::len);
        let mut total: usize = kept.values().map(|seen| size(seen)).sum();
        while kept.len() > COUNT || total > ALL {
            total -= kept.pop_first().map_or(0, |(_, oldest)| size(&oldest));
        }
        self.shown.send_replace(Arc::new(kept.clone()));
    }
}

/// A header by its name, which means the same in letters of any size (RFC 9110, 5.1): the driver hands names on as the server
/// wrote them.
fn header<'a>(headers: &'a HashMap<String, String>, name: &str) -> Option<&'a str> {
    headers.iter().find(|(written, _)| written.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Whether there is a text to be read: neither a redirect nor an answer without a body has one.
fn has_text(response: &Response) -> bool {
    let is_bare = matches!(response.status(), 204 | 205 | 300..400);
    !is_bare && body::may_be_text(header(response.headers(), "content-type"))
}

/// The body of an answer, where it is text of a bearable size.
pub(super) async fn text_of(guard: &Guard, response: &Response) -> Option<String> {
    let length = header(response.headers(), "content-length").and_then(|length| length.parse::<usize>().ok());
    if !has_text(response) || length.is_some_and(|length| length > BODY) {
        return None;
    }
    let read = response.clone();
    let bytes = guard.call("reading an answer", Duration::from_secs(10), async move { read.body().await }).await;
    let bytes = bytes.ok().filter(|bytes| bytes.len() <= BODY)?;
    body::text(header(response.headers(), "content-type"), &bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_found_in_letters_of_any_size() {
        let headers = HashMap::from([("Content-Type".to_owned(), "image/png".to_owned())]);
        for name in ["content-type", "Content-Type", "CONTENT-TYPE"] {
            assert_eq!(header(&headers, name), Some("image/png"));
        }
        assert_eq!(header(&headers, "content-length"), None);
    }
}
