//! One of each state and event, for the drawing and the histories.

use std::time::Duration;

use super::{Event, Given, LoginState, persons_time};
use crate::domain::{AccountIdentity, Failure, FailureCode, Notice, Timestamp};

fn failure() -> Failure {
    Failure { code: FailureCode::BrowserLost, message: "The browser ended.".into(), retryable: true, evidence: vec![] }
}

fn account(id: &str) -> AccountIdentity {
    AccountIdentity { id: id.into(), label: format!("{id}@example.com") }
}

/// A turn's surroundings: somebody who has fifteen minutes reconnects the account `ana`.
#[must_use]
pub fn given() -> Given {
    let (now, patience) = (Timestamp(0), Duration::from_mins(15));
    Given {
        time: persons_time(now, patience),
        entered_at: now,
        auto_finish: false,
        expected: Some(account("ana")),
        patience,
        warning: Duration::from_mins(1),
        now,
    }
}

/// The same, in the middle of a warning that nobody is there.
#[must_use]
pub fn warned() -> Given {
    let mut given = given();
    given.time.idle_ends_at = Some(given.now.after(given.warning));
    given
}

/// Every state.
#[must_use]
pub fn states() -> Vec<LoginState> {
    vec![
        LoginState::Launching,
        LoginState::AwaitingLogin,
        LoginState::Detected,
        LoginState::Verifying,
        LoginState::OtherAccount { found: account("ben") },
        LoginState::Verified,
        LoginState::Saved,
        LoginState::Failed { failure: failure() },
        LoginState::Cancelled,
        LoginState::Expired,
    ]
}

/// Every event.
#[must_use]
pub fn events() -> Vec<Event> {
    vec![
        Event::BrowserOpened,
        Event::LoginSeen,
        Event::Noticed(Some(Notice::Challenge)),
        Event::LoginGone,
        Event::FinishAsked,
        Event::Looked { detected: true, evidence: vec![] },
        Event::Looked { detected: false, evidence: vec![] },
        Event::ProbePassed { identity: None },
        Event::ProbePassed { identity: Some(account("ana")) },
        Event::ProbePassed { identity: Some(account("ben")) },
        Event::ReplaceAsked,
        Event::KeepAsked,
        Event::ExtendAsked,
        Event::Quiet,
        Event::Touched,
        Event::IdlePassed,
        Event::ProbeLoggedOut { evidence: vec![] },
        Event::Sealed,
        Event::Fault(failure()),
        Event::DeadlinePassed,
        Event::CancelAsked,
    ]
}
