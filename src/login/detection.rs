//! When a login counts as seen: pure, with the time passed in.

use std::time::Duration;

use crate::domain::{Notice, Timestamp, rule::Truth};

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

/// Follows what a site asks or says, and tells when that is something else than before.
#[derive(Debug, Clone, Default)]
pub struct Noticing {
    told: Option<Notice>,
    seen: Option<Notice>,
}

impl Noticing {
    /// Takes a look's result; true when it is to be told. That is what is seen at two looks in a row, once: a page that is
    /// being drawn says much.
    pub fn saw(&mut self, notice: Option<Notice>) -> bool {
        let is_lasting = std::mem::replace(&mut self.seen, notice) == notice;
        let is_news = is_lasting && notice != self.told;
        if is_news {
            self.told = notice;
        }
        is_news
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
    fn what_lasts_is_told_once() {
        let mut noticing = Noticing::default();
        let (code, wrong) = (Some(Notice::Challenge), Some(Notice::Refused));
        let told: Vec<_> = [None, code, None, code, code, code, wrong, wrong, None, None]
            .into_iter()
            .map(|one| noticing.saw(one))
            .collect();
        assert_eq!(told, [false, false, false, false, true, false, false, true, false, true]);
    }

    #[test]
    fn no_settle_time_means_at_once() {
        assert!(Settling::login(Duration::ZERO).saw(Truth::True, Timestamp(7)));
    }
}
