//! What happened, as it is stored and then told. The stored form is JSON with a `type`, in camelCase.

use serde::{Deserialize, Serialize};

use super::{
    AccountIdentity, ConnectionId, ExpiryReason, Failure, LoginId, Outcome, ProviderId, RunId, RunProgress, StreamName,
    Timestamp, rule::Evidence, time::as_text,
};

/// An event as the store gives it back, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<E> {
    /// Rises by one, without gaps, on each stream.
    pub id: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: E,
}

/// What the site's page was seen to ask or to say, by the rules of its definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A code, or another proof, is asked for.
    Challenge,
    /// The site did not take what was entered.
    Refused,
}

/// Why a login is awaited again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwaitedAgain {
    /// The page no longer looks logged in.
    LoggedOut,
    /// The session did not work when it was tried on its own.
    NotProven,
    /// The person did not mean the account that was logged in to.
    OtherAccount,
}

/// What a login's stream tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum LoginEvent {
    /// The browser is being started.
    Launching,
    /// The browser shows the site.
    AwaitingLogin {
        /// Why it is awaited again, where it is, for a person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The same for a program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason_code: Option<AwaitedAgain>,
        /// What was seen, where the login did not work when it was tried.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// "Login detected!"
    LoginDetected,
    /// "Login not detected": what was looked for and what was seen instead.
    LoginNotDetected {
        /// One entry for each rule.
        evidence: Vec<Evidence>,
    },
    /// What the site asks or says now; nothing any more, where it is left out.
    Noticed {
        /// Which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<Notice>,
    },
    /// The person's time was prolonged.
    Extended {
        /// When it is over now.
        #[serde(with = "as_text")]
        deadline_at: Timestamp,
    },
    /// Nobody has touched the live view for long.
    IdleWarning {
        /// When the login ends, unless somebody does.
        #[serde(with = "as_text")]
        ends_at: Timestamp,
    },
    /// Somebody is there again.
    IdleOver,
    /// "Verifying login and saving session..."
    Verifying,
    /// It works, but it is another account's than the one that is saved: the person is asked.
    OtherAccount {
        /// Whose is saved.
        expected: AccountIdentity,
        /// Whose was logged in to.
        found: AccountIdentity,
    },
    /// The session works on its own.
    Verified {
        /// Whose account it is, where the site says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity: Option<AccountIdentity>,
    },
    /// "Connection successful! Session saved."
    Saved,
    /// The end, by a fault.
    Failed(Failure),
    /// The end, by the person.
    Cancelled,
    /// The end, by the clock.
    Expired {
        /// Which clock.
        #[serde(default)]
        reason: ExpiryReason,
    },
}

impl LoginEvent {
    /// The browser shows the site, for the first time.
    #[must_use]
    pub fn awaiting_login() -> Self {
        Self::AwaitingLogin { reason: None, reason_code: None, evidence: Vec::new() }
    }

    /// The SSE `event:` name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Launching => "launching",
            Self::AwaitingLogin { .. } => "awaiting_login",
            Self::LoginDetected => "login_detected",
            Self::LoginNotDetected { .. } => "login_not_detected",
            Self::Noticed { .. } => "noticed",
            Self::Extended { .. } => "extended",
            Self::IdleWarning { .. } => "idle_warning",
            Self::IdleOver => "idle_over",
            Self::Verifying => "verifying",
            Self::OtherAccount { .. } => "other_account",
            Self::Verified { .. } => "verified",
            Self::Saved => "saved",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired { .. } => "expired",
        }
    }
}

/// What a user's stream tells: their logins, connections and runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum UserEvent {
    /// A login moved.
    Login {
        /// Which.
        login_id: LoginId,
        /// For which connection.
        connection_id: ConnectionId,
        /// How.
        event: LoginEvent,
    },
    /// A verified session was saved; or one that was called ended, or of which nobody was sure, was seen to work.
    Connected {
        /// Which.
        connection_id: ConnectionId,
        /// At which site.
        provider: ProviderId,
    },
    /// The site ended the session.
    NeedsReconnect {
        /// Which.
        connection_id: ConnectionId,
        /// At which site.
        provider: ProviderId,
        /// How that was seen.
        reason: String,
    },
    /// It cannot be told any more whether the session works.
    Unsure {
        /// Which.
        connection_id: ConnectionId,
        /// At which site.
        provider: ProviderId,
    },
    /// The owner ended it; the session is deleted.
    Disconnected {
        /// Which.
        connection_id: ConnectionId,
        /// At which site.
        provider: ProviderId,
    },
    /// A scrape began.
    RunStarted {
        /// Which.
        run_id: RunId,
        /// Of which connection.
        connection_id: ConnectionId,
        /// At which site.
        provider: ProviderId,
        /// Of what.
        stream: StreamName,
    },
    /// A page of it is in.
    RunProgress {
        /// Which.
        run_id: RunId,
        /// Of which connection.
        connection_id: ConnectionId,
        /// How far.
        progress: RunProgress,
    },
    /// It is over, well or not.
    RunFinished {
        /// Which.
        run_id: RunId,
        /// Of which connection.
        connection_id: ConnectionId,
        /// How it ended.
        outcome: Outcome,
        /// Whether somebody must log in again.
        needs_reconnect: bool,
    },
}

impl UserEvent {
    /// The SSE `event:` name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Login { event, .. } => event.name(),
            Self::Connected { .. } => "connected",
            Self::NeedsReconnect { .. } => "needs_reconnect",
            Self::Unsure { .. } => "unsure",
            Self::Disconnected { .. } => "disconnected",
            Self::RunStarted { .. } => "run_started",
            Self::RunProgress { .. } => "run_progress",
            Self::RunFinished { .. } => "run_finished",
        }
    }
}
