//! What can happen to a login, and what the outside world then owes it.

use crate::domain::{AccountIdentity, Failure, Notice, rule::Evidence};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The headed browser shows the site.
    BrowserOpened,
    /// The login rule held for the settle time.
    LoginSeen,
    /// The site asks or says something else than before.
    Noticed(Option<Notice>),
    /// The login rule no longer holds.
    LoginGone,
    /// "I Finished Login", by the person or by `autoFinish`.
    FinishAsked,
    /// The answer to [`Effect::LookAgain`].
    Looked {
        /// The login rule holds.
        detected: bool,
        /// What was looked for and what was seen.
        evidence: Vec<Evidence>,
    },
    /// The captured state works on its own.
    ProbePassed {
        /// Whose account it is, where the site says so.
        identity: Option<AccountIdentity>,
    },
    /// "This account is meant": what was found is saved in place of what was expected.
    ReplaceAsked,
    /// "No": what was expected is to be logged in to.
    KeepAsked,
    /// More time, by the person.
    ExtendAsked,
    /// The live view was not touched for long: see [`Idleness`](super::machine::Idleness).
    Quiet,
    /// The live view was touched.
    Touched,
    /// The time of the warning is over.
    IdlePassed,
    /// The captured state was logged out there.
    ProbeLoggedOut {
        /// How that was seen.
        evidence: Vec<Evidence>,
    },
    /// The session is sealed; it is stored with the turn that this event makes.
    Sealed,
    /// Something went wrong that ends the login: launch, loss of the browser, proof, sealing, shutdown.
    Fault(Failure),
    /// Nobody finished in time.
    DeadlinePassed,
    /// The person ended it.
    CancelAsked,
}

impl Event {
    /// Its name in the drawing of the machine.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::BrowserOpened => "browser_opened",
            Self::LoginSeen => "login_seen",
            Self::Noticed(_) => "noticed",
            Self::LoginGone => "login_gone",
            Self::FinishAsked => "finish_asked",
            Self::Looked { detected: true, .. } => "looked(detected)",
            Self::Looked { detected: false, .. } => "looked(not detected)",
            Self::ProbePassed { .. } => "probe_passed",
            Self::ReplaceAsked => "replace_asked",
            Self::KeepAsked => "keep_asked",
            Self::ExtendAsked => "extend_asked",
            Self::Quiet => "quiet",
            Self::Touched => "touched",
            Self::IdlePassed => "idle_passed",
            Self::ProbeLoggedOut { .. } => "probe_logged_out",
            Self::Sealed => "sealed",
            Self::Fault(_) => "fault",
            Self::DeadlinePassed => "deadline_passed",
            Self::CancelAsked => "cancel_asked",
        }
    }
}

/// What the outside world owes a login after a turn. The driver performs each and feeds the answer back as an [`Event`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Open the headed browser at the provider's start page.
    OpenBrowser,
    /// Watch the page until the login rule holds, and say so.
    WatchForLogin,
    /// Watch the page until the login rule no longer holds, and say so.
    WatchForLogout,
    /// Look once, now, and say what was seen.
    LookAgain,
    /// Ask to finish, as the person would.
    Finish,
    /// Capture the state and try it on its own: in a fresh headless context, or by a request.
    Prove,
    /// Seal the proven session.
    Seal,
    /// Close the headed browser's context, which is logged in to another account than is meant, and open another one.
    ReopenBrowser,
    /// Close the headed browser's context. Owed exactly once on every path.
    CloseBrowser,
}

impl Effect {
    /// Its name in the database and in the drawing.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenBrowser => "open_browser",
            Self::WatchForLogin => "watch_for_login",
            Self::WatchForLogout => "watch_for_logout",
            Self::LookAgain => "look_again",
            Self::Finish => "finish",
            Self::Prove => "prove",
            Self::Seal => "seal",
            Self::ReopenBrowser => "reopen_browser",
            Self::CloseBrowser => "close_browser",
        }
    }
}
