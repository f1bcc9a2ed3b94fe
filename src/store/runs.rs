//! Runs: executions of a scrape, from begin to end.

use std::collections::HashSet;

use sqlx::types::Json;

use super::{
    Result, Store, StoreError, bells,
    dialect::{on, statements, tell_user},
    word,
};
use crate::domain::{
    AccountName, ConnectionId, ListEnd, Outcome, ProviderId, Run, RunEnd, RunId, RunProgress, Sealed, SessionState,
    StreamName, Timestamp, UserEvent, UserId, rule::Evidence,
};

macro_rules! columns {
    () => {
        "id, connection_id, user_id, provider, account, stream, provider_version, continues, source, pages, records,
         cursor, complete, list_end, duplicates, shrunk_from, outcome, message, session, evidence, screenshot is not null as has_screenshot, started_at, finished_at"
    };
}

statements! {
    BEGIN = "insert into runs (id, connection_id, user_id, provider, account, stream, provider_version, continues,
            source, pages, records, cursor, outcome, message, version, started_at, finished_at)
        values ($1, $2, $3, $4, $5, $6, $8, $9, $10, $11, $12, $13, null, null, 1, $7, null)
        on conflict do nothing";
    TAKE_OVER = "insert into run_records (run_id, record_id)
        select $1, record_id from run_records where run_id = $2 order by position";
    KEYS = "select records.key from run_records join records on records.id = run_records.record_id
        where run_records.run_id = $1";
    UNDER_WAY = concat!("select ", columns!(), " from runs
        where connection_id = $1 and stream = $2 and finished_at is null");
    ALL_UNDER_WAY = concat!("select ", columns!(), " from runs where finished_at is null order by started_at, id");
    FIND = concat!("select ", columns!(), " from runs where user_id = $1 and id = $2");
    LIST = concat!("select ", columns!(), " from runs
        where user_id = $1
          and (cast($2 as text) is null or provider = $2)
          and (cast($3 as text) is null or connection_id = $3)
          and (cast($4 as text) is null or stream = $4)
          and (cast($6 as text) is null or (started_at, id) < (select started_at, id from runs where id = $6))
        order by started_at desc, id desc limit $5");
    FINISH = concat!("update runs set outcome = $2, message = $3, finished_at = $4, complete = $5, session = $6, evidence = $7, list_end = $8,
            duplicates = $9, shrunk_from = $10,
            cursor = case when $5 then null else cursor end,
            screenshot = case when $2 in ('ok', 'cancelled') then null else screenshot end, version = version + 1
        where id = $1 and finished_at is null
        returning version, ", columns!());
    // Of one whose records were deleted nothing is known any more.
    LAST_COMPLETE = "select records from runs
        where connection_id = $1 and stream = $2 and complete
          and (records = 0 or exists (select 1 from run_records where run_id = runs.id))
        order by finished_at desc, id desc limit 1";
    ACCEPT = concat!("update runs set outcome = case when records = 0 then 'empty_confirmed' else 'ok' end, message = $3,
            complete = true, cursor = null, screenshot = null, shrunk_from = null, version = version + 1
        where id = $1 and user_id = $2 and shrunk_from is not null
          and not exists (select 1 from runs as newer
            where newer.connection_id = runs.connection_id and newer.stream = runs.stream and newer.complete
              and newer.started_at > runs.started_at)
        returning version, ", columns!());
    KEEP_SCREENSHOT = "update runs set screenshot = $2 where id = $1 and finished_at is null";
    SCREENSHOT = "select screenshot from runs where id = $1";
    NOT_FOUND = "update records set missing_since = $4
        where connection_id = $1 and stream = $2 and missing_since is null
          and not exists (select 1 from run_records where run_id = $3 and record_id = records.id)
          and last_seen < (
            with recursive chain (started_at, continues) as (
                select started_at, continues from runs where id = $3
                union all
                select runs.started_at, runs.continues from runs join chain on runs.id = chain.continues)
            select min(started_at) from chain)";
}

/// What came of beginning a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunBegun {
    /// It was begun.
    New(Run),
    /// This one is under way for the same connection and stream.
    UnderWay(Run),
}

/// Which of a user's runs.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// At this provider.
    pub provider: Option<ProviderId>,
    /// Of this connection.
    pub connection: Option<ConnectionId>,
    /// Of this stream.
    pub stream: Option<StreamName>,
    /// Begun before this one.
    pub before: Option<RunId>,
}

#[derive(sqlx::FromRow)]
struct RunRow {
    id: String,
    connection_id: String,
    user_id: String,
    provider: String,
    account: String,
    stream: String,
    provider_version: String,
    continues: Option<String>,
    source: Option<String>,
    pages: i64,
    records: i64,
    cursor: Option<String>,
    complete: bool,
    list_end: Option<String>,
    duplicates: i64,
    shrunk_from: Option<i64>,
    outcome: Option<String>,
    message: Option<String>,
    session: Option<String>,
    #[sqlx(json)]
    evidence: Vec<Evidence>,
    has_screenshot: bool,
    started_at: i64,
    finished_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct FinishedRow {
    version: i64,
    #[sqlx(flatten)]
    run: RunRow,
}

impl TryFrom<RunRow> for Run {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self> {
        let outcome = row.outcome.map(|word| {
            Outcome::from_word(&word).ok_or_else(|| StoreError::Damaged(format!("outcome {word:?} of a run")))
        });
        let list_end = row.list_end.map(|word| {
            ListEnd::from_word(&word).ok_or_else(|| StoreError::Damaged(format!("end {word:?} of a run's list")))
        });
        let session = row.session.map(|word| {
            SessionState::from_word(&word)
                .ok_or_else(|| StoreError::Damaged(format!("session state {word:?} of a run")))
        });
        Ok(Self {
            id: word(RunId::parse(row.id))?,
            connection: word(ConnectionId::parse(row.connection_id))?,
            user: word(UserId::parse(row.user_id))?,
            provider: word(ProviderId::parse(row.provider))?,
            account: word(AccountName::parse(row.account))?,
            stream: word(StreamName::parse(row.stream))?,
            provider_version: row.provider_version,
            continues: row.continues.map(|id| word(RunId::parse(id))).transpose()?,
            source: row.source,
            progress: RunProgress {
                pages: word(u32::try_from(row.pages))?,
                records: word(u32::try_from(row.records))?,
            },
            cursor: row.cursor.map(|cursor| word(serde_json::from_str(&cursor))).transpose()?,
            complete: row.complete,
            list_end: list_end.transpose()?,
            duplicates: word(u32::try_from(row.duplicates))?,
            shrunk_from: row.shrunk_from.map(|from| word(u32::try_from(from))).transpose()?,
            outcome: outcome.transpose()?,
            message: row.message,
            session: session.transpose()?,
            evidence: row.evidence,
            has_screenshot: row.has_screenshot,
            started_at: Timestamp(row.started_at),
            finished_at: row.finished_at.map(Timestamp),
        })
    }
}

impl Store {
    /// Begins a run, unless one is under way for its connection and stream. One that continues another begins with
    /// its source, progress and cursor, and with the records that one saw.
    pub async fn begin_run(&self, run: Run) -> Result<RunBegun> {
        // Again, because the one in the way may end between the two looks.
        for _ in 0..3 {
            if self.try_to_begin_run(&run).await? {
                self.bells.ring(&bells::of_user(&run.user));
                return Ok(RunBegun::New(run));
            }
            let row: Option<RunRow> = on!(read self, pool => sqlx::query_as(UNDER_WAY)
                .bind(run.connection.as_str()).bind(run.stream.as_str()).fetch_optional(pool).await?);
            if let Some(row) = row {
                return Ok(RunBegun::UnderWay(row.try_into()?));
            }
        }
        Err(StoreError::Moved("run"))
    }

    async fn try_to_begin_run(&self, run: &Run) -> Result<bool> {
        let cursor = run.cursor.as_ref().map(serde_json::to_string).transpose();
        let cursor = cursor.map_err(|error| StoreError::Damaged(error.to_string()))?;
        on!(write self, tx, dialect => {
            let begun = sqlx::query(BEGIN)
                .bind(run.id.as_str()).bind(run.connection.as_str()).bind(run.user.as_str())
                .bind(run.provider.as_str()).bind(run.account.as_str()).bind(run.stream.as_str())
                .bind(run.started_at.0).bind(run.provider_version.as_str())
                .bind(run.continues.as_ref().map(RunId::as_str)).bind(run.source.as_deref())
                .bind(i64::from(run.progress.pages)).bind(i64::from(run.progress.records)).bind(cursor.as_deref())
                .execute(&mut *tx).await?;
            if begun.rows_affected() != 1 {
                return Ok(false);
            }
            if let Some(earlier) = &run.continues {
                sqlx::query(TAKE_OVER).bind(run.id.as_str()).bind(earlier.as_str()).execute(&mut *tx).await?;
            }
            let event = UserEvent::RunStarted {
                run_id: run.id.clone(),
                connection_id: run.connection.clone(),
                provider: run.provider.clone(),
                stream: run.stream.clone(),
            };
            tell_user!(tx, dialect, &run.user, run.started_at, event, Some((&run.id, 1)));
        });
        Ok(true)
    }

    /// Keeps what the page looked like at which a run is about to end. One that is over already stays as it is.
    pub async fn keep_screenshot(&self, run: &RunId, sealed: &Sealed) -> Result<()> {
        on!(write self, tx, dialect => {
            sqlx::query(KEEP_SCREENSHOT).bind(run.as_str()).bind(sealed.as_bytes()).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// What the page looked like at which a run ended, sealed; nothing, where that was not kept.
    pub async fn run_screenshot(&self, run: &RunId) -> Result<Option<Sealed>> {
        let row: Option<(Option<Vec<u8>>,)> = on!(read self, pool =>
            sqlx::query_as(SCREENSHOT).bind(run.as_str()).fetch_optional(pool).await?);
        Ok(row.and_then(|(sealed,)| sealed).map(Sealed::from_bytes))
    }

    /// Ends a run. One that is over stays as it ended: it is given back, and nothing is told twice. Records that a complete one
    /// did not find are marked as missing, but for those that another run has seen since this one (or the first of those that it
    /// goes on with) began; the cursor of one that is not complete stays.
    pub async fn finish_run(&self, run: &Run, end: &RunEnd, now: Timestamp) -> Result<Run> {
        let RunEnd { outcome, message, complete, list_end, duplicates, shrunk_from, session, evidence } = end;
        let finished: Option<Run> = on!(write self, tx, dialect => {
            let row: Option<FinishedRow> = sqlx::query_as(FINISH)
                .bind(run.id.as_str()).bind(outcome.as_str()).bind(message).bind(now.0).bind(*complete)
                .bind(session.map(SessionState::as_str)).bind(Json(evidence)).bind(list_end.map(ListEnd::as_str))
                .bind(i64::from(*duplicates)).bind(shrunk_from.map(i64::from))
                .fetch_optional(&mut *tx).await?;
            if row.is_some() && *complete {
                sqlx::query(NOT_FOUND)
                    .bind(run.connection.as_str()).bind(run.stream.as_str()).bind(run.id.as_str()).bind(now.0)
                    .execute(&mut *tx).await?;
            }
            if let Some(row) = row {
                let event = UserEvent::RunFinished {
                    run_id: run.id.clone(),
                    connection_id: run.connection.clone(),
                    outcome: *outcome,
                    needs_reconnect: *outcome == Outcome::NeedsReconnect,
                };
                tell_user!(tx, dialect, &run.user, now, event, Some((&run.id, row.version)));
                Some(row.run.try_into()?)
            } else {
                None
            }
        });
        if let Some(finished) = finished {
            self.bells.ring(&bells::of_user(&run.user));
            return Ok(finished);
        }
        self.run(&run.user, &run.id).await?.ok_or(StoreError::NotFound("run"))
    }

    /// How many records the last run found that read the whole list.
    pub async fn last_complete_run(&self, connection: &ConnectionId, stream: &StreamName) -> Result<Option<u32>> {
        let row: Option<(i64,)> = on!(read self, pool => sqlx::query_as(LAST_COMPLETE)
            .bind(connection.as_str()).bind(stream.as_str()).fetch_optional(pool).await?);
        row.map(|(records,)| word(u32::try_from(records))).transpose()
    }

    /// Believes a run that found far fewer records than the one before: what it did not find is marked as missing. None: it is
    /// no such run (any more), or a newer one has read the whole list.
    pub async fn accept_run(&self, user: &UserId, id: &RunId, message: &str, now: Timestamp) -> Result<Option<Run>> {
        let accepted: Option<Run> = on!(write self, tx, dialect => {
            let row: Option<FinishedRow> = sqlx::query_as(ACCEPT)
                .bind(id.as_str()).bind(user.as_str()).bind(message).fetch_optional(&mut *tx).await?;
            let Some(FinishedRow { version, run }) = row else { return Ok(None) };
            let run: Run = run.try_into()?;
            sqlx::query(NOT_FOUND)
                .bind(run.connection.as_str()).bind(run.stream.as_str()).bind(run.id.as_str()).bind(now.0)
                .execute(&mut *tx).await?;
            let event = UserEvent::RunFinished {
                run_id: run.id.clone(),
                connection_id: run.connection.clone(),
                outcome: run.outcome.unwrap_or(Outcome::Ok),
                needs_reconnect: false,
            };
            tell_user!(tx, dialect, user, now, event, Some((&run.id, version)));
            Some(run)
        });
        if accepted.is_some() {
            self.bells.ring(&bells::of_user(user));
        }
        Ok(accepted)
    }

    /// The user's run of that id; nobody else's.
    pub async fn run(&self, user: &UserId, id: &RunId) -> Result<Option<Run>> {
        let row: Option<RunRow> = on!(read self, pool =>
            sqlx::query_as(FIND).bind(user.as_str()).bind(id.as_str()).fetch_optional(pool).await?);
        row.map(TryInto::try_into).transpose()
    }

    /// The user's runs, newest first.
    pub async fn runs(&self, user: &UserId, filter: &RunFilter, limit: u32) -> Result<Vec<Run>> {
        let rows: Vec<RunRow> = on!(read self, pool => sqlx::query_as(LIST)
            .bind(user.as_str()).bind(filter.provider.as_ref().map(ProviderId::as_str))
            .bind(filter.connection.as_ref().map(ConnectionId::as_str))
            .bind(filter.stream.as_ref().map(StreamName::as_str)).bind(i64::from(limit))
            .bind(filter.before.as_ref().map(RunId::as_str))
            .fetch_all(pool).await?);
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The keys of the records that a run saw.
    pub async fn run_keys(&self, run: &RunId) -> Result<HashSet<String>> {
        let rows: Vec<(String,)> =
            on!(read self, pool => sqlx::query_as(KEYS).bind(run.as_str()).fetch_all(pool).await?);
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// Everybody's runs under way: at start, those that the last one left behind.
    pub async fn runs_under_way(&self) -> Result<Vec<Run>> {
        let rows: Vec<RunRow> = on!(read self, pool => sqlx::query_as(ALL_UNDER_WAY).fetch_all(pool).await?);
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
