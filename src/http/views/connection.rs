//! Connections as the API shows them.

use std::collections::BTreeMap;

use poem_openapi::{Enum, Object, types::Example};

use super::{Login, example_moment};
use crate::domain::{self, AccountName, ConnectionId, ProviderId, Timestamp, rule};

/// `pending → connected ⇄ needs_reconnect → disconnected`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
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

impl From<domain::ConnectionStatus> for ConnectionStatus {
    fn from(status: domain::ConnectionStatus) -> Self {
        match status {
            domain::ConnectionStatus::Pending => Self::Pending,
            domain::ConnectionStatus::Connected => Self::Connected,
            domain::ConnectionStatus::NeedsReconnect => Self::NeedsReconnect,
            domain::ConnectionStatus::Disconnected => Self::Disconnected,
        }
    }
}

/// Whose account at the site it is, as the site says.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct AccountIdentity {
    /// The site's own id of the account.
    pub id: String,
    /// What a person recognises: a name or an e-mail address.
    pub label: String,
}

impl Example for AccountIdentity {
    fn example() -> Self {
        Self { id: "acc_1001".into(), label: "ana@example.com".into() }
    }
}

impl From<domain::AccountIdentity> for AccountIdentity {
    fn from(identity: domain::AccountIdentity) -> Self {
        Self { id: identity.id, label: identity.label }
    }
}

/// One user's account at one provider, over time.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// At which site.
    pub provider: ProviderId,
    /// Which of the user's accounts there; `main` when none was named.
    pub account: AccountName,
    /// What its user said where the provider's definition asks, by name.
    pub params: BTreeMap<String, String>,
    /// Where it stands.
    pub status: ConnectionStatus,
    /// Whose account the site said it was, at the last save.
    #[oai(nullable)]
    pub identity: Option<AccountIdentity>,
    /// Why it needs a reconnect, for a person to read.
    #[oai(nullable)]
    pub reason: Option<String>,
    /// By what the site was seen to have ended the session, or what was looked for in vain, where it is not known whether it works;
    /// empty while it is known to.
    pub evidence: Vec<CheckEvidence>,
    /// When the present session was first saved.
    #[oai(nullable)]
    pub connected_at: Option<Timestamp>,
    /// When the session was last seen logged in.
    #[oai(nullable)]
    pub checked_at: Option<Timestamp>,
    /// Since when no look at the session could tell whether it works; null while that is known. Check it, or log in again.
    #[oai(nullable)]
    pub unsure_since: Option<Timestamp>,
    /// When the site ends the present session, where the session says so; it may end earlier.
    #[oai(nullable)]
    pub session_ends_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When any of this last changed.
    pub updated_at: Timestamp,
}

impl From<domain::Connection> for Connection {
    fn from(connection: domain::Connection) -> Self {
        Self {
            id: connection.id,
            provider: connection.provider,
            account: connection.account,
            params: connection.params,
            status: connection.status.into(),
            identity: connection.identity.map(Into::into),
            reason: connection.reason,
            evidence: connection.evidence.into_iter().map(Into::into).collect(),
            connected_at: connection.connected_at,
            checked_at: connection.checked_at,
            unsure_since: connection.unsure_since,
            session_ends_at: connection.session_ends_at,
            created_at: connection.created_at,
            updated_at: connection.updated_at,
        }
    }
}

impl Connection {
    pub(super) fn example_id() -> ConnectionId {
        ConnectionId::new(uuid::Uuid::from_u128(0x018f_3a5c_7b1e_7d32_a4c9_5b6d_7e8f_9a0b))
    }
}

impl Example for Connection {
    fn example() -> Self {
        Self {
            id: Self::example_id(),
            provider: Login::example_provider(),
            account: AccountName::main(),
            params: BTreeMap::new(),
            status: ConnectionStatus::Connected,
            identity: Some(AccountIdentity::example()),
            reason: None,
            evidence: Vec::new(),
            connected_at: Some(example_moment(41)),
            checked_at: Some(example_moment(600)),
            unsure_since: None,
            session_ends_at: Some(example_moment(172_800)),
            created_at: example_moment(0),
            updated_at: example_moment(600),
        }
    }
}

/// All connections of the user.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct ConnectionList {
    /// Oldest first.
    pub connections: Vec<Connection>,
}

impl Example for ConnectionList {
    fn example() -> Self {
        Self { connections: vec![Connection::example()] }
    }
}

/// What became of a wish to connect.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct Connected {
    /// The connection, new or old.
    pub connection: Connection,
    /// The login that is now under way for it.
    pub login: Login,
}

impl Example for Connected {
    fn example() -> Self {
        let connection = Connection {
            status: ConnectionStatus::Pending,
            identity: None,
            connected_at: None,
            checked_at: None,
            session_ends_at: None,
            updated_at: example_moment(0),
            ..Connection::example()
        };
        Self { connection, login: Login::example() }
    }
}

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// The session works.
    LoggedIn,
    /// The site has ended it: the connection now needs a reconnect.
    LoggedOut,
    /// The site refused the visit; nothing is known of the session.
    Blocked,
    /// It could not be told; nothing was changed.
    Unknown,
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum EvidenceValue {
    /// Seen to hold.
    True,
    /// Seen not to hold.
    False,
    /// Could not be looked at.
    Unknown,
}

/// A rule, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "Evidence", example)]
pub struct CheckEvidence {
    /// What was looked for, in words.
    pub rule: String,
    /// What was seen, in words.
    pub seen: String,
    /// What that makes of the rule.
    pub value: EvidenceValue,
}

impl From<rule::Evidence> for CheckEvidence {
    fn from(evidence: rule::Evidence) -> Self {
        let value = match evidence.value {
            rule::Truth::True => EvidenceValue::True,
            rule::Truth::False => EvidenceValue::False,
            rule::Truth::Unknown => EvidenceValue::Unknown,
        };
        Self { rule: evidence.rule, seen: evidence.seen, value }
    }
}

impl Example for CheckEvidence {
    fn example() -> Self {
        Self {
            rule: "an answer of api-market.demo.localhost/me with status 200".into(),
            seen: "api-market.demo.localhost/me answered 200".into(),
            value: EvidenceValue::True,
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct Check {
    /// The connection, as it stands after the check.
    pub connection: Connection,
    /// What was found.
    pub verdict: CheckVerdict,
    /// One entry for each rule that was looked at.
    pub evidence: Vec<CheckEvidence>,
}

impl Example for Check {
    fn example() -> Self {
        Self {
            connection: Connection::example(),
            verdict: CheckVerdict::LoggedIn,
            evidence: vec![CheckEvidence::example()],
        }
    }
}

impl From<rule::Verdict> for CheckVerdict {
    fn from(verdict: rule::Verdict) -> Self {
        use rule::Verdict;
        match verdict {
            Verdict::LoggedIn => Self::LoggedIn,
            Verdict::LoggedOut => Self::LoggedOut,
            Verdict::Blocked => Self::Blocked,
            Verdict::Unknown => Self::Unknown,
        }
    }
}
