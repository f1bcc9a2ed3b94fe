//! What documents and scripts have asked for and were not answered yet, or not well.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use playwright_rs::{Request, server::channel_owner::ChannelOwner};
use tokio::time::Instant;
use url::Url;

use super::FailedRequest;

/// So many failures are kept.
const MOST: usize = 100;

/// The requests of a context that are under way, by the driver's ids. Its events come in any order: the end of a request may be
/// told before its beginning.
#[derive(Default)]
pub(super) struct InFlight {
    under_way: Mutex<HashMap<String, Told>>,
    failed: Mutex<Failed>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Began(Instant),
    Ended,
}

#[derive(Default)]
struct Failed {
    count: u64,
    /// By their places among all.
    newest: BTreeMap<u64, FailedRequest>,
}

impl InFlight {
    pub fn began(&self, request: &Request) {
        if may_change_a_page(request) {
            self.told(request.guid(), Told::Began(Instant::now()));
        }
    }

    /// It was answered to its end.
    pub fn finished(&self, request: &Request) {
        if !may_change_a_page(request) {
            return;
        }
        self.told(request.guid(), Told::Ended);
        if let Some(status) = request.existing_response().map(|response| response.status()).filter(|is| *is >= 400) {
            self.fail(request.url(), format!("answered with {status}"));
        }
    }

    /// It was not answered.
    pub fn failed(&self, request: &Request) {
        if !may_change_a_page(request) {
            return;
        }
        self.told(request.guid(), Told::Ended);
        let why = request.failure().unwrap_or_default();
        // A page that is left, or that does not want it any more, breaks off what it has asked for.
        if !why.contains("ABORTED") {
            self.fail(request.url(), format!("did not answer ({why})"));
        }
    }

    fn told(&self, id: &str, what: Told) {
        let mut all = self.under_way();
        // Both are told of each, once.
        if all.remove(id).is_none() {
            all.insert(id.to_owned(), what);
        }
    }

    fn fail(&self, url: &str, why: String) {
        let Ok(url) = Url::parse(url) else { return };
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.count += 1;
        let place = failed.count;
        failed.newest.insert(place, FailedRequest { url, why });
        if failed.newest.len() > MOST {
            failed.newest.pop_first();
        }
    }

    /// How many began less than so long ago: what takes longer waits for something to happen.
    pub fn count(&self, within: Duration) -> usize {
        let is_counted = |told: &&Told| matches!(told, Told::Began(at) if at.elapsed() < within);
        self.under_way().values().filter(is_counted).count()
    }

    /// How many failed so far.
    pub fn failures(&self) -> u64 {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    /// Those that failed after so many had.
    pub fn failed_after(&self, count: u64) -> Vec<FailedRequest> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.newest.range(count + 1..).map(|(_, one)| one.clone()).collect()
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<String, Told>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Streams of events and sockets never end; pictures, styles and fonts lead nowhere.
pub(super) fn may_change_a_page(request: &Request) -> bool {
    matches!(request.resource_type(), "document" | "xhr" | "fetch")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_request_is_under_way_between_its_beginning_and_its_end_in_whatever_order_they_are_told() {
        let requests = InFlight::default();
        requests.told("a", Told::Began(Instant::now()));
        requests.told("b", Told::Ended);
        assert_eq!(requests.count(LONG), 1);
        requests.told("b", Told::Began(Instant::now()));
        assert_eq!(requests.count(LONG), 1);
        requests.told("a", Told::Ended);
        assert_eq!((requests.count(LONG), requests.under_way().len()), (0, 0));
    }

    #[test]
    fn one_that_takes_long_is_not_waited_for() {
        let requests = InFlight::default();
        requests.told("poll", Told::Began(Instant::now() - Duration::from_secs(30)));
        assert_eq!((requests.count(LONG), requests.count(Duration::from_secs(5))), (1, 0));
    }

    #[test]
    fn failures_are_told_from_a_place_on() {
        let requests = InFlight::default();
        requests.fail("https://shop.example/more?page=2", "answered with 500".into());
        let before = requests.failures();
        assert!(requests.failed_after(before).is_empty());
        requests.fail("https://shop.example/more?page=3", "answered with 503".into());
        let failed = requests.failed_after(before);
        assert_eq!((failed.len(), failed[0].why.as_str()), (1, "answered with 503"));
        (0..150).for_each(|_| requests.fail("https://shop.example/", "answered with 404".into()));
        assert_eq!((requests.failures(), requests.failed_after(0).len()), (152, MOST));
    }
}
