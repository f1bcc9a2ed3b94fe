//! When a login counts as seen: pure, with the time passed in.

use std::time::Duration;

use crate::domain::{Timestamp, rule::Truth};

/// Waits for a rule to hold for a while without a break. `Unknown` neither begins nor breaks it.
#[derive(Debug, Clone)]
pub struct Settling {
    awaited: Truth,
    hold: Duration,
    since: Option<Timestamp>,
}

impl Settling {
    /// Waits for the rule to be true for that long: a login page may flash past a logged-in address.
    #[must_use]
    pub fn login(settle: Duration) -> Self {
        Self { awaited: Truth::True, hold: settle, since: None }
    }

    /// Waits for the rule to be false for that long: a page that loads anew shows nothing for a moment.
    #[must_use]
    pub fn logout(settle: Duration) -> Self {
        Self { awaited: Truth::False, hold: settle, since: None }
    }

    /// Takes a look's result; true once the rule held long enough.
    pub fn saw(&mut self, truth: Truth, now: Timestamp) -> bool {
        if truth == Truth::Unknown {
            return false;
        }
        if truth != self.awaited {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert(now);
        now.since(since) >= self.hold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flash_is_not_a_login() {
        let mut settling = Settling::login(Duration::from_secs(2));
        assert!(!settling.saw(Truth::True, Timestamp(0)));
        assert!(!settling.saw(Truth::False, Timestamp(1_000)));
        assert!(!settling.saw(Truth::True, Timestamp(2_000)));
        assert!(!settling.saw(Truth::True, Timestamp(3_999)));
        assert!(settling.saw(Truth::True, Timestamp(4_000)));
    }

    #[test]
    fn not_having_looked_changes_nothing() {
        let mut settling = Settling::login(Duration::from_secs(1));
        assert!(!settling.saw(Truth::True, Timestamp(0)));
        assert!(!settling.saw(Truth::Unknown, Timestamp(500)));
        assert!(settling.saw(Truth::True, Timestamp(1_000)));
    }

    #[test]
    fn no_settle_time_means_at_once() {
        assert!(Settling::login(Duration::ZERO).saw(Truth::True, Timestamp(7)));
    }
}
