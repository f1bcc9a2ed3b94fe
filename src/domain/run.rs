//! One execution of a scrape of a stream, and the records it finds.

use serde::{Deserialize, Serialize};

use super::{AccountName, Connection, ConnectionId, ProviderId, RunId, StreamName, Timestamp, UserId, rule::Evidence};

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

/// What is known of a session after the definition's probe was asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// It was seen logged in.
    Alive,
    /// It was seen logged out, twice.
    Ended,
    /// Neither was seen.
    Unknown,
}

impl SessionState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Alive, Self::Ended, Self::Unknown];

    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Ended => "ended",
            Self::Unknown => "unknown",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What the end of a list was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListEnd {
    /// The definition knows one page alone, and the page named no other.
    OnlyPage,
    /// The answer said that it is the last.
    Last,
    /// What leads to the next page was not there.
    NoNext,
    /// The answer named no cursor.
    NoCursor,
    /// The page behind the last one was empty.
    EmptyPage,
    /// As many were read as the site says that there are.
    Total,
    /// Scrolled to its end nothing more came.
    ScrollEnd,
    /// A page had fewer items than a whole one.
    ShortPage,
    /// A page held nothing that was not seen before.
    NoNewKeys,
    /// The definition says that the source has no more pages.
    MaxPages,
    /// No more pages are read in one run.
    PageLimit,
}

impl ListEnd {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::OnlyPage,
        Self::Last,
        Self::NoNext,
        Self::NoCursor,
        Self::EmptyPage,
        Self::Total,
        Self::ScrollEnd,
        Self::ShortPage,
        Self::NoNewKeys,
        Self::MaxPages,
        Self::PageLimit,
    ];

    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnlyPage => "only_page",
            Self::Last => "last",
            Self::NoNext => "no_next",
            Self::NoCursor => "no_cursor",
            Self::EmptyPage => "empty_page",
            Self::Total => "total",
            Self::ScrollEnd => "scroll_end",
            Self::ShortPage => "short_page",
            Self::NoNewKeys => "no_new_keys",
            Self::MaxPages => "max_pages",
            Self::PageLimit => "page_limit",
        }
    }

    /// The end of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.as_str() == word)
    }

    /// Whether the list ends there for certain; otherwise it only stopped being read.
    #[must_use]
    pub fn is_proof(self) -> bool {
        match self {
            Self::OnlyPage
            | Self::Last
            | Self::NoNext
            | Self::NoCursor
            | Self::EmptyPage
            | Self::Total
            | Self::ScrollEnd => true,
            Self::ShortPage | Self::NoNewKeys | Self::MaxPages | Self::PageLimit => false,
        }
    }
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// How it ended.
    pub outcome: Outcome,
    /// Why, for a person to read.
    pub message: String,
    /// It read the whole list: what was not found is not there.
    pub complete: bool,
    /// What the end of its list was taken for; none where it did not get there.
    pub list_end: Option<ListEnd>,
    /// So many items share their key with a different one.
    pub duplicates: u32,
    /// The last run that read the whole list found so many, far more than this one: it is believed once somebody accepts that.
    pub shrunk_from: Option<u32>,
    /// What the probe said of the session; none where it was not asked.
    pub session: Option<SessionState>,
    /// What was looked for and what was seen instead.
    pub evidence: Vec<Evidence>,
}

impl RunEnd {
    /// Without the whole list, and without a word about the session.
    #[must_use]
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self {
            outcome,
            message: message.into(),
            complete: false,
            list_end: None,
            duplicates: 0,
            shrunk_from: None,
            session: None,
            evidence: Vec::new(),
        }
    }

    /// [`Outcome::Failed`].
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, message)
    }

    /// It read the whole list.
    #[must_use]
    pub fn complete(self) -> Self {
        Self { complete: true, ..self }
    }

    /// This is what was seen of the session.
    #[must_use]
    pub fn session(self, state: SessionState, evidence: Vec<Evidence>) -> Self {
        Self { session: Some(state), evidence, ..self }
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

/// Where a run is in its list: enough to go on from there, in another process or as another run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    /// Which of the stream's sources: its place among them.
    pub source: u32,
    /// Pages of that source that were read.
    pub pages: u32,
    /// Items on them.
    #[serde(default)]
    pub items: u64,
    /// What leads to the next page, where the source can go there at once; otherwise it is read from its beginning,
    /// and what is known already changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What the end of the list was taken for, where it was read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<ListEnd>,
    /// How many there are, as the site said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// So many records had been on two pages by then.
    #[serde(default)]
    pub overlaps: u32,
    /// The keys of the first page, hashed: at the end it is looked at once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// What else spoke against the list being whole by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
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
    /// Version of the provider's definition.
    pub provider_version: String,
    /// The earlier run that it goes on with.
    pub continues: Option<RunId>,
    /// Which kind of source the records came from (`capture`, `markup`); none before the first page.
    pub source: Option<String>,
    /// How far it is.
    pub progress: RunProgress,
    /// Where it is, or was when it ended; none before the first page, once all was read, and when its records are deleted.
    pub cursor: Option<Cursor>,
    /// It read the whole list.
    pub complete: bool,
    /// What the end of its list was taken for; none where it did not get there.
    pub list_end: Option<ListEnd>,
    /// So many items shared their key with a different one: of these one alone is a record.
    pub duplicates: u32,
    /// The last run that read the whole list found so many, far more than this one: it is believed once somebody accepts that.
    pub shrunk_from: Option<u32>,
    /// How it ended; none while it goes on.
    pub outcome: Option<Outcome>,
    /// Why it ended so, for a person to read.
    pub message: Option<String>,
    /// What the probe said of the session before the run ended badly; none where it was not asked.
    pub session: Option<SessionState>,
    /// What was looked for and what was seen instead: of sources that could not be read, of what ended it, and of the session.
    pub evidence: Vec<Evidence>,
    /// There is a masked screenshot of the page that it ended at.
    pub has_screenshot: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Run {
    /// A run that is about to begin.
    #[must_use]
    pub fn new(
        id: RunId,
        connection: &Connection,
        stream: StreamName,
        provider_version: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            connection: connection.id.clone(),
            user: connection.user.clone(),
            provider: connection.provider.clone(),
            account: connection.account.clone(),
            stream,
            provider_version,
            continues: None,
            source: None,
            progress: RunProgress::default(),
            cursor: None,
            complete: false,
            list_end: None,
            duplicates: 0,
            shrunk_from: None,
            outcome: None,
            message: None,
            session: None,
            evidence: Vec::new(),
            has_screenshot: false,
            started_at: now,
            finished_at: None,
        }
    }

    /// A new run can go on where this one ended: it did not read the whole list, and what it read is still there.
    #[must_use]
    pub fn can_be_continued(&self) -> bool {
        let is_at_its_end = self.list_end.is_some_and(|end| end != ListEnd::PageLimit);
        let is_known = self.cursor.is_some() || self.progress.pages == 0;
        self.finished_at.is_some() && !self.complete && !is_at_its_end && is_known
    }
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
    /// When its fields were last other than before; at first: when it was first found.
    pub changed_at: Timestamp,
    /// Since when the site does not show it any more: a complete run did not find it.
    pub missing_since: Option<Timestamp>,
}

/// What a record was before it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordChange {
    /// When the change was found.
    pub at: Timestamp,
    /// By which run.
    pub run: RunId,
    /// The fields that changed, with their values before.
    pub before: serde_json::Map<String, serde_json::Value>,
}
