//! What documents and scripts have asked for and were not answered yet.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use playwright_rs::{Request, server::channel_owner::ChannelOwner};

/// The requests of a context that are under way, by the driver's ids. Its events come in any order: the end of a request may be
/// told before its beginning.
#[derive(Default)]
pub(super) struct InFlight(Mutex<HashMap<String, Told>>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Began,
    Ended,
}

impl InFlight {
    pub fn began(&self, request: &Request) {
        if may_change_a_page(request) {
            self.told(request.guid(), Told::Began);
        }
    }

    /// It was answered, or failed.
    pub fn ended(&self, request: &Request) {
        if may_change_a_page(request) {
            self.told(request.guid(), Told::Ended);
        }
    }

    fn told(&self, id: &str, what: Told) {
        let mut all = self.all();
        // Both are told of each, once.
        if all.remove(id).is_none() {
            all.insert(id.to_owned(), what);
        }
    }

    pub fn count(&self) -> usize {
        self.all().values().filter(|told| **told == Told::Began).count()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Streams of events and sockets never end; pictures, styles and fonts lead nowhere.
pub(super) fn may_change_a_page(request: &Request) -> bool {
    matches!(request.resource_type(), "document" | "xhr" | "fetch")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_under_way_between_its_beginning_and_its_end_in_whatever_order_they_are_told() {
        let requests = InFlight::default();
        requests.told("a", Told::Began);
        requests.told("b", Told::Ended);
        assert_eq!(requests.count(), 1);
        requests.told("b", Told::Began);
        assert_eq!(requests.count(), 1);
        requests.told("a", Told::Ended);
        assert_eq!((requests.count(), requests.all().len()), (0, 0));
    }
}
