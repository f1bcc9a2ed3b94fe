//! One user's account at one provider, over time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AccountName, ConnectionId, ProviderId, Timestamp, UserId, rule::Evidence};

/// `pending → connected ⇄ needs_reconnect → disconnected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// Never logged in yet.
    Pending,
    /// A verified session is sealed and kept.
    Connected,
    /// The site ended the session; somebody must log in again.
    NeedsReconnect,
    /// Ended by its owner; the session is deleted.
    Disconnected,
}

impl ConnectionStatus {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Connected => "connected",
            Self::NeedsReconnect => "needs_reconnect",
            Self::Disconnected => "disconnected",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Pending, Self::Connected, Self::NeedsReconnect, Self::Disconnected]
            .into_iter()
            .find(|s| s.as_str() == word)
    }
}

/// Whose account at the site it is, as the site says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountIdentity {
    /// The site's own id of the account.
    pub id: String,
    /// What a person recognises: a name or an e-mail address.
    pub label: String,
}

/// What a user said where a definition asks: the address of a site of their own, by the parameter's name.
pub type Params = BTreeMap<String, String>;

/// One user's account at one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub user: UserId,
    /// At which site.
    pub provider: ProviderId,
    /// Which of the user's accounts there.
    pub account: AccountName,
    /// What its user said where the definition asks.
    pub params: Params,
    /// Where it stands.
    pub status: ConnectionStatus,
    /// Whose account the site said it was, at the last save.
    pub identity: Option<AccountIdentity>,
    /// Why it needs a reconnect, for a person to read.
    pub reason: Option<String>,
    /// By what the site was seen to have ended the session, or what was looked for in vain, where nobody knows whether it works.
    pub evidence: Vec<Evidence>,
    /// When the present session was first saved.
    pub connected_at: Option<Timestamp>,
    /// When a probe or a run last saw the session logged in.
    pub checked_at: Option<Timestamp>,
    /// Since when no look at the session could tell whether it works; none while that is known.
    pub unsure_since: Option<Timestamp>,
    /// When the present session ends, where it says so.
    pub session_ends_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When any of this last changed.
    pub updated_at: Timestamp,
}
