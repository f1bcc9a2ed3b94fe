//! Runs and records as the API shows them.

use poem_openapi::{Enum, Object, types::Example};
use serde_json::json;

use super::{Connection, Login, connection::CheckEvidence, example_moment};
use crate::{
    domain::{self, AccountName, ConnectionId, ProviderId, RunId, StreamName, Timestamp},
    http::types::Fields,
};

/// How a run ended. No records is `empty_confirmed` only where the same visit was seen to be logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Outcome {
    /// Records were found and stored.
    Ok,
    /// There are none, and the visit was seen to be logged in.
    EmptyConfirmed,
    /// The site ended the session.
    NeedsReconnect,
    /// The site refused us (too many requests, a challenge).
    Blocked,
    /// The page or its data changed shape.
    Drift,
    /// Something else went wrong.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl From<domain::Outcome> for Outcome {
    fn from(outcome: domain::Outcome) -> Self {
        match outcome {
            domain::Outcome::Ok => Self::Ok,
            domain::Outcome::EmptyConfirmed => Self::EmptyConfirmed,
            domain::Outcome::NeedsReconnect => Self::NeedsReconnect,
            domain::Outcome::Blocked => Self::Blocked,
            domain::Outcome::Drift => Self::Drift,
            domain::Outcome::Failed => Self::Failed,
            domain::Outcome::Cancelled => Self::Cancelled,
        }
    }
}

/// What the provider's probe said of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum SessionState {
    /// It works.
    Alive,
    /// The site has ended it: somebody must log in again.
    Ended,
    /// It could not be told.
    Unknown,
}

impl From<domain::SessionState> for SessionState {
    fn from(state: domain::SessionState) -> Self {
        match state {
            domain::SessionState::Alive => Self::Alive,
            domain::SessionState::Ended => Self::Ended,
            domain::SessionState::Unknown => Self::Unknown,
        }
    }
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum RunStatus {
    /// It goes on.
    Running,
    /// It is over: `outcome` tells how.
    Finished,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
#[oai(rename = "RunProgress", example)]
pub struct Progress {
    /// Pages read.
    pub pages: u32,
    /// Distinct records found.
    pub records: u32,
}

impl Example for Progress {
    fn example() -> Self {
        Self { pages: 7, records: 137 }
    }
}

/// By what the end of a list was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum EndedBy {
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

/// Where the reading of a list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
#[oai(example)]
pub struct ListEnd {
    /// That is the end of the list for certain; otherwise it was only not read any further.
    pub seen: bool,
    /// By what.
    pub by: EndedBy,
}

impl From<domain::ListEnd> for ListEnd {
    fn from(end: domain::ListEnd) -> Self {
        let by = match end {
            domain::ListEnd::OnlyPage => EndedBy::OnlyPage,
            domain::ListEnd::Last => EndedBy::Last,
            domain::ListEnd::NoNext => EndedBy::NoNext,
            domain::ListEnd::NoCursor => EndedBy::NoCursor,
            domain::ListEnd::EmptyPage => EndedBy::EmptyPage,
            domain::ListEnd::Total => EndedBy::Total,
            domain::ListEnd::ScrollEnd => EndedBy::ScrollEnd,
            domain::ListEnd::ShortPage => EndedBy::ShortPage,
            domain::ListEnd::NoNewKeys => EndedBy::NoNewKeys,
            domain::ListEnd::MaxPages => EndedBy::MaxPages,
            domain::ListEnd::PageLimit => EndedBy::PageLimit,
        };
        Self { seen: end.is_proof(), by }
    }
}

impl Example for ListEnd {
    fn example() -> Self {
        Self { seen: true, by: EndedBy::NoNext }
    }
}

/// One execution of a scrape of a stream.
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// With which connection.
    pub connection_id: ConnectionId,
    /// At which site.
    pub provider: ProviderId,
    /// Of which account there.
    pub account: AccountName,
    /// Of what.
    pub stream: StreamName,
    /// Version of the provider's definition with which it reads.
    pub provider_version: String,
    /// The earlier run that it goes on with.
    #[oai(nullable)]
    pub continues: Option<RunId>,
    /// Where the records came from: `capture` (the site's own answers) or `markup` (its pages). Null before the first page.
    #[oai(nullable)]
    pub source: Option<String>,
    /// Whether it goes on.
    pub status: RunStatus,
    /// How it ended; null while it goes on.
    #[oai(nullable)]
    pub outcome: Option<Outcome>,
    /// The site ended the session: somebody must log in again.
    pub needs_reconnect: bool,
    /// Why it ended so, for a person to read.
    #[oai(nullable)]
    pub message: Option<String>,
    /// What the provider's probe said of the session before the run ended badly; null where it was not asked: of a run that ended
    /// well or was stopped, and where the site asked to be left alone.
    #[oai(nullable)]
    pub session: Option<SessionState>,
    /// What was looked for, and what was seen instead: of sources that could not be read, of what ended the run, and of the
    /// session, where the probe was asked.
    pub evidence: Vec<CheckEvidence>,
    /// How far it is.
    pub progress: Progress,
    /// It read the whole list, which `end` was seen to end and nothing spoke against: what it did not find is not there. Why it
    /// may not be the whole list `message` says.
    pub complete: bool,
    /// What the end of the list was taken for; null where the run did not get there.
    #[oai(nullable)]
    pub end: Option<ListEnd>,
    /// So many items have the key of a different one, and are not among the records.
    pub duplicates: u32,
    /// The last run that read the whole list found so many records, far more than this one: it is `drift` until somebody accepts it
    /// (`/scraper/runs/{id}/accept`). Null of all others.
    #[oai(nullable)]
    pub shrunk_from: Option<u32>,
    /// It ended before its end: a new run can go on from there (`continues`).
    pub can_be_continued: bool,
    /// There is a picture of the page that it ended at, on which nothing can be read: `/scraper/runs/{id}/screenshot`. Only
    /// where a browser was used, and never of a run that ended `ok` or was stopped.
    pub has_screenshot: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    #[oai(nullable)]
    pub finished_at: Option<Timestamp>,
}

impl From<domain::Run> for Run {
    fn from(run: domain::Run) -> Self {
        Self {
            can_be_continued: run.can_be_continued(),
            has_screenshot: run.has_screenshot,
            complete: run.complete,
            end: run.list_end.map(Into::into),
            duplicates: run.duplicates,
            shrunk_from: run.shrunk_from,
            provider_version: run.provider_version,
            continues: run.continues,
            id: run.id,
            connection_id: run.connection,
            provider: run.provider,
            account: run.account,
            stream: run.stream,
            source: run.source,
            status: if run.outcome.is_some() { RunStatus::Finished } else { RunStatus::Running },
            outcome: run.outcome.map(Into::into),
            needs_reconnect: run.outcome == Some(domain::Outcome::NeedsReconnect),
            message: run.message,
            session: run.session.map(Into::into),
            evidence: run.evidence.into_iter().map(Into::into).collect(),
            progress: Progress { pages: run.progress.pages, records: run.progress.records },
            started_at: run.started_at,
            finished_at: run.finished_at,
        }
    }
}

impl Run {
    pub(super) fn example_stream() -> StreamName {
        StreamName::parse("products").unwrap_or_else(|never| unreachable!("{never}"))
    }
}

impl Example for Run {
    fn example() -> Self {
        Self {
            id: RunId::new(uuid::Uuid::from_u128(0x018f_3a6d_01c4_7f3e_9b2a_3c4d_5e6f_7081)),
            connection_id: Connection::example_id(),
            provider: Login::example_provider(),
            account: AccountName::main(),
            stream: Self::example_stream(),
            provider_version: "3f9a1c2b7d60".into(),
            continues: None,
            source: Some("capture".into()),
            status: RunStatus::Finished,
            outcome: Some(Outcome::Ok),
            needs_reconnect: false,
            message: None,
            session: None,
            evidence: Vec::new(),
            progress: Progress::example(),
            complete: true,
            end: Some(ListEnd::example()),
            duplicates: 0,
            shrunk_from: None,
            can_be_continued: false,
            has_screenshot: false,
            started_at: example_moment(700),
            finished_at: Some(example_moment(706)),
        }
    }
}

/// Runs of the user.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct RunList {
    /// Newest first.
    pub runs: Vec<Run>,
    /// Ask for older ones with this as `cursor`; null where there are none.
    #[oai(nullable)]
    pub next: Option<String>,
}

impl Example for RunList {
    fn example() -> Self {
        Self { runs: vec![Run::example()], next: None }
    }
}

/// One thing of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct Record {
    /// The values of its primary key: one record for each.
    pub key: String,
    /// Its fields, as the provider's definition types them.
    pub data: Fields,
    /// When it was first found.
    pub first_seen: Timestamp,
    /// When it was last found.
    pub last_seen: Timestamp,
    /// When its fields were last other than before; at first: when it was first found.
    pub changed_at: Timestamp,
    /// Since when the site does not show it any more: a run that read the whole list did not find it.
    #[oai(nullable)]
    pub missing_since: Option<Timestamp>,
}

impl From<domain::Record> for Record {
    fn from(record: domain::Record) -> Self {
        Self {
            key: record.key,
            data: Fields(record.fields),
            first_seen: record.first_seen,
            last_seen: record.last_seen,
            changed_at: record.changed_at,
            missing_since: record.missing_since,
        }
    }
}

impl Example for Record {
    fn example() -> Self {
        let data = json!({"id": "p-1001", "name": "Watercolour for beginners", "price": "49.90", "currency": "EUR", "active": true});
        Self {
            key: "p-1001".into(),
            data: Fields(data.as_object().cloned().unwrap_or_default()),
            first_seen: example_moment(701),
            last_seen: example_moment(701),
            changed_at: example_moment(701),
            missing_since: None,
        }
    }
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct RecordPage {
    /// In the order that was asked for. Else in the site's order: of a run, as it saw them; of a connection, by first sight.
    pub records: Vec<Record>,
    /// How many there are in all: of those that were asked for.
    pub total: u64,
    /// Ask for the next page with this as `cursor`; null on the last one.
    #[oai(nullable)]
    pub next: Option<String>,
}

impl Example for RecordPage {
    fn example() -> Self {
        Self { records: vec![Record::example()], total: 137, next: Some("p-1001".into()) }
    }
}

/// What a record was before it changed.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct RecordChange {
    /// When the change was found.
    pub at: Timestamp,
    /// By which run.
    pub run_id: RunId,
    /// The fields that changed, with their values before.
    pub before: Fields,
}

impl From<domain::RecordChange> for RecordChange {
    fn from(change: domain::RecordChange) -> Self {
        Self { at: change.at, run_id: change.run, before: Fields(change.before) }
    }
}

impl Example for RecordChange {
    fn example() -> Self {
        let before = json!({"price": "59.90"});
        Self {
            at: example_moment(701),
            run_id: Run::example().id,
            before: Fields(before.as_object().cloned().unwrap_or_default()),
        }
    }
}

/// A record's history.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct RecordHistory {
    /// Newest first.
    pub changes: Vec<RecordChange>,
}

impl Example for RecordHistory {
    fn example() -> Self {
        Self { changes: vec![RecordChange::example()] }
    }
}

/// A finished run and the first page of its records.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct ScrapeResult {
    /// The run; its outcome is `ok` or `empty_confirmed`.
    pub run: Run,
    /// Up to 200, in the site's order.
    pub records: Vec<Record>,
    /// How many there are in all.
    pub total: u64,
    /// The `cursor` of the next page at `/scraper/runs/{id}/records`; null when all are here.
    #[oai(nullable)]
    pub next: Option<String>,
}

impl Example for ScrapeResult {
    fn example() -> Self {
        let page = RecordPage::example();
        Self { run: Run::example(), records: page.records, total: page.total, next: page.next }
    }
}
