//! When a page that looks logged out is believed to be: pure, with the time passed in.

use std::time::Duration;

use tokio::time::Instant;

/// How long it must go on looking so: a redirect chain passes through such pages.
const HOLDS: Duration = Duration::from_millis(1500);
/// And how long where its documents and scripts still ask for something: it may be about to sign in by itself. Some pages always
/// ask for something.
pub const HOLDS_UNSETTLED: Duration = Duration::from_secs(10);

/// Since when a page has looked logged out without a break.
#[derive(Debug, Clone, Copy, Default)]
pub struct LooksLoggedOut {
    since: Option<Instant>,
    /// Since when nothing was under way, besides.
    settled_since: Option<Instant>,
}

impl LooksLoggedOut {
    /// It looked so, with so many requests under way; whether that is believed now.
    pub fn saw(&mut self, in_flight: usize, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        self.settled_since = if in_flight > 0 { None } else { self.settled_since.or(Some(now)) };
        now - since >= HOLDS_UNSETTLED || self.settled_since.is_some_and(|settled| now - settled >= HOLDS)
    }

    /// It did not look so.
    pub fn broke(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments() -> impl Fn(u64) -> Instant {
        let from = Instant::now();
        move |ms| from + Duration::from_millis(ms)
    }

    #[test]
    fn a_page_at_rest_is_believed_after_a_moment() {
        let at = moments();
        let mut looks = LooksLoggedOut::default();
        assert!(!looks.saw(0, at(0)));
        assert!(!looks.saw(0, at(1499)));
        assert!(looks.saw(0, at(1500)));
    }

    #[test]
    fn one_that_asks_for_something_may_sign_in_by_itself() {
        let at = moments();
        let mut looks = LooksLoggedOut::default();
        assert!(!looks.saw(1, at(0)));
        assert!(!looks.saw(1, at(4000)));
        assert!(!looks.saw(0, at(4100)), "it has only just come to rest");
        assert!(!looks.saw(0, at(5500)));
        assert!(looks.saw(0, at(5600)));
    }

    #[test]
    fn one_that_never_comes_to_rest_is_believed_in_the_end() {
        let at = moments();
        let mut looks = LooksLoggedOut::default();
        assert!(!looks.saw(3, at(0)));
        assert!(!looks.saw(2, at(9999)));
        assert!(looks.saw(1, at(10_000)));
    }

    #[test]
    fn one_that_looked_otherwise_meanwhile_begins_anew() {
        let at = moments();
        let mut looks = LooksLoggedOut::default();
        assert!(!looks.saw(0, at(0)));
        looks.broke();
        assert!(!looks.saw(0, at(1600)));
        assert!(looks.saw(0, at(3100)));
    }
}
