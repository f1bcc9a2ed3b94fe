//! One bounded try to log in by hand: what is known of it. How it moves is decided in `login::machine`.

use serde::{Deserialize, Serialize};

use super::{AccountIdentity, ConnectionId, LoginId, Params, ProviderId, Timestamp, UserId, rule::Evidence};

/// Where a login stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LoginState {
    /// The browser is being started.
    Launching,
    /// The browser shows the site; nobody is logged in yet.
    AwaitingLogin,
    /// The site looks logged in.
    Detected,
    /// The captured state is being tried on its own: in a fresh headless context, or by a request.
    Verifying,
    /// It worked there, but it is another account's than the one that is saved: the person is asked.
    OtherAccount {
        /// Whose it is.
        found: AccountIdentity,
    },
    /// It worked there; it is being sealed and stored.
    Verified,
    /// Sealed and stored. The end that everybody wants.
    Saved,
    /// Ended by a fault.
    Failed {
        /// What happened.
        failure: Failure,
    },
    /// Ended by the person.
    Cancelled,
    /// Nobody finished in time.
    Expired,
}

impl LoginState {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Launching => "launching",
            Self::AwaitingLogin => "awaiting_login",
            Self::Detected => "detected",
            Self::Verifying => "verifying",
            Self::OtherAccount { .. } => "other_account",
            Self::Verified => "verified",
            Self::Saved => "saved",
            Self::Failed { .. } => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Nothing more will happen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Saved | Self::Failed { .. } | Self::Cancelled | Self::Expired)
    }

    /// The person is at work: their time runs, and they may be idle.
    #[must_use]
    pub fn is_persons(&self) -> bool {
        matches!(self, Self::AwaitingLogin | Self::Detected)
    }
}

/// The time that a person has for a login, and whether they still use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonsTime {
    /// When it is over.
    pub until: Timestamp,
    /// It was prolonged; once is all there is.
    pub extended: bool,
    /// Nobody has touched the live view for long: the login ends then, unless somebody does.
    pub idle_ends_at: Option<Timestamp>,
}

/// Which clock ended a login.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryReason {
    /// The person's time was over.
    #[default]
    Deadline,
    /// Nobody was there.
    Idle,
}

/// What a program needs to tell failures apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The browser could not be started.
    BrowserUnavailable,
    /// The browser ended in the middle.
    BrowserLost,
    /// The service stopped or crashed in the middle.
    Interrupted,
    /// The site could not be opened.
    SiteUnreachable,
    /// The proof that the session works could not be carried out.
    VerificationFailed,
    /// The session is larger than the vault takes.
    SessionTooLarge,
    /// Something of ours.
    Internal,
}

impl FailureCode {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BrowserUnavailable => "browser_unavailable",
            Self::BrowserLost => "browser_lost",
            Self::Interrupted => "interrupted",
            Self::SiteUnreachable => "site_unreachable",
            Self::VerificationFailed => "verification_failed",
            Self::SessionTooLarge => "session_too_large",
            Self::Internal => "internal",
        }
    }
}

/// Why a login failed, for the person and for a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For a program.
    pub code: FailureCode,
    /// For the person: what happened and what to do.
    pub message: String,
    /// Whether trying again may help.
    pub retryable: bool,
    /// What was looked for and seen, where the session could not be proven.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Its id.
    pub id: LoginId,
    /// For which connection.
    pub connection: ConnectionId,
    /// Whose it is.
    pub user: UserId,
    /// At which site.
    pub provider: ProviderId,
    /// What the user said where the definition asks.
    pub params: Params,
    /// Where it stands.
    pub state: LoginState,
    /// Rises by one with each event: the id of the newest one on its stream.
    pub version: i64,
    /// Go on by itself once detected.
    pub auto_finish: bool,
    /// There was a session already when it was started.
    pub reconnect: bool,
    /// Whose account that session is, where the site said so: another one is not taken without asking.
    pub expected: Option<AccountIdentity>,
    /// The browser's own window is on a real display of the server.
    pub window: bool,
    /// How long the person has.
    pub time: PersonsTime,
    /// When it was started.
    pub started_at: Timestamp,
    /// When the present state was entered.
    pub entered_at: Timestamp,
    /// When it expires; none once it is over.
    pub deadline_at: Option<Timestamp>,
}
