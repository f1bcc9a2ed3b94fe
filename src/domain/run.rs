//! One execution of a scrape of a stream, and the records it finds.

use serde::{Deserialize, Serialize};

use super::{AccountName, ConnectionId, ProviderId, RunId, StreamName, Timestamp, UserId};

/// How a run ended. A run never lies about emptiness: no records is `EmptyConfirmed` only where a
/// logged-in mark was seen in the same visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Records were found and stored.
    Ok,
    /// There are none, and the visit was seen to be logged in.
    EmptyConfirmed,
    /// The site ended the session.
    NeedsReconnect,
    /// The site refused us (too many requests, a challenge).
    Blocked,
    /// The page or its data changed shape: the new records are set aside, the old ones stay.
    Drift,
    /// Something else went wrong.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ok,
        Self::EmptyConfirmed,
        Self::NeedsReconnect,
        Self::Blocked,
        Self::Drift,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::EmptyConfirmed => "empty_confirmed",
            Self::NeedsReconnect => "needs_reconnect",
            Self::Blocked => "blocked",
            Self::Drift => "drift",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The outcome of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.as_str() == word)
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunProgress {
    /// Pages read.
    pub pages: u32,
    /// Distinct records found.
    pub records: u32,
}

/// One execution of a scrape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// Whose it is.
    pub user: UserId,
    /// At which site.
    pub provider: ProviderId,
    /// Of which account.
    pub account: AccountName,
    /// Of what.
    pub stream: StreamName,
    /// Which kind of source the records came from (`capture`, `markup`); none before the first page.
    pub source: Option<String>,
    /// How far it is.
    pub progress: RunProgress,
    /// How it ended; none while it goes on.
    pub outcome: Option<Outcome>,
    /// Why it ended so, for a person to read.
    pub message: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// One thing of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The values of its primary key, joined: one record for each.
    pub key: String,
    /// Its typed fields, in the definition's order.
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// When it was first found.
    pub first_seen: Timestamp,
    /// When it was last found.
    pub last_seen: Timestamp,
}
