//! When streams are scraped by themselves.

use std::time::Duration;

use super::{
    Result, Store, StoreError,
    dialect::{on, statements},
    word,
};
use crate::domain::{AccountName, ConnectionId, ProviderId, RunId, Schedule, StreamName, Timestamp, UserId};

macro_rules! columns {
    () => {
        "connection_id, stream, cron, time_zone, jitter_ms, next_at, last_at, last_run, last_problem,
         schedules.created_at, schedules.updated_at"
    };
}

statements! {
    PUT = concat!("insert into schedules
            (connection_id, stream, cron, time_zone, jitter_ms, next_at, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $7)
        on conflict (connection_id, stream) do update set cron = excluded.cron, time_zone = excluded.time_zone,
            jitter_ms = excluded.jitter_ms, next_at = excluded.next_at, updated_at = excluded.updated_at
        returning ", columns!());
    LIST = concat!("select ", columns!(), " from schedules where connection_id = $1 order by stream");
    FIND = concat!("select ", columns!(), " from schedules where connection_id = $1 and stream = $2");
    TAKE_AWAY = "delete from schedules where connection_id = $1 and stream = $2";
    DUE = concat!("select user_id, provider, account, ", columns!(), " from schedules
        join connections on connections.id = schedules.connection_id
        where next_at <= $1 order by next_at, connection_id, stream");
    NEXT = "select min(next_at) from schedules";
    CLAIM = "update schedules set next_at = $4, last_at = coalesce($5, last_at)
        where connection_id = $1 and stream = $2 and next_at = $3";
    CAME_TO = "update schedules set last_run = $3, last_problem = $4 where connection_id = $1 and stream = $2";
}

/// Written as a part of what ends a connection.
pub(super) const FORGET_SCHEDULES: &str = "delete from schedules where connection_id = $1";

/// A schedule that is due, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSchedule {
    /// Whose connection it is.
    pub user: UserId,
    /// At which site.
    pub provider: ProviderId,
    /// Which of the user's accounts there.
    pub account: AccountName,
    /// When, and what.
    pub schedule: Schedule,
}

#[derive(sqlx::FromRow)]
struct ScheduleRow {
    connection_id: String,
    stream: String,
    cron: String,
    time_zone: String,
    jitter_ms: i64,
    next_at: i64,
    last_at: Option<i64>,
    last_run: Option<String>,
    last_problem: Option<String>,
    created_at: i64,
    updated_at: i64,
}

#[derive(sqlx::FromRow)]
struct DueRow {
    user_id: String,
    provider: String,
    account: String,
    #[sqlx(flatten)]
    schedule: ScheduleRow,
}

impl TryFrom<ScheduleRow> for Schedule {
    type Error = StoreError;

    fn try_from(row: ScheduleRow) -> Result<Self> {
        Ok(Self {
            connection: word(ConnectionId::parse(row.connection_id))?,
            stream: word(StreamName::parse(row.stream))?,
            cron: row.cron,
            time_zone: row.time_zone,
            jitter: Duration::from_millis(u64::try_from(row.jitter_ms).unwrap_or_default()),
            next_at: Timestamp(row.next_at),
            last_at: row.last_at.map(Timestamp),
            last_run: row.last_run.map(|id| word(RunId::parse(id))).transpose()?,
            last_problem: row.last_problem,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        })
    }
}

impl Store {
    /// Sets when a stream is scraped; what came of earlier times stays. Its `created_at` and what came of it are not looked
    /// at.
    pub async fn put_schedule(&self, schedule: &Schedule) -> Result<Schedule> {
        let Schedule { connection, stream, cron, time_zone, jitter, next_at, updated_at, .. } = schedule;
        let jitter = i64::try_from(jitter.as_millis()).unwrap_or(i64::MAX);
        let row: ScheduleRow = on!(write self, tx, dialect => sqlx::query_as(PUT)
            .bind(connection.as_str()).bind(stream.as_str()).bind(cron.as_str()).bind(time_zone.as_str()).bind(jitter)
            .bind(next_at.0).bind(updated_at.0)
            .fetch_one(&mut *tx).await?);
        row.try_into()
    }

    /// All schedules of a connection, by stream.
    pub async fn schedules(&self, connection: &ConnectionId) -> Result<Vec<Schedule>> {
        let rows: Vec<ScheduleRow> =
            on!(read self, pool => sqlx::query_as(LIST).bind(connection.as_str()).fetch_all(pool).await?);
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// When that stream is scraped by itself, if it is.
    pub async fn schedule(&self, connection: &ConnectionId, stream: &StreamName) -> Result<Option<Schedule>> {
        let row: Option<ScheduleRow> = on!(read self, pool => sqlx::query_as(FIND)
            .bind(connection.as_str()).bind(stream.as_str()).fetch_optional(pool).await?);
        row.map(TryInto::try_into).transpose()
    }

    /// That stream is not scraped by itself any more. `false`: it was not before.
    pub async fn delete_schedule(&self, connection: &ConnectionId, stream: &StreamName) -> Result<bool> {
        let deleted = on!(write self, tx, dialect => sqlx::query(TAKE_AWAY)
            .bind(connection.as_str()).bind(stream.as_str()).execute(&mut *tx).await?.rows_affected());
        Ok(deleted == 1)
    }

    /// Everybody's schedules that are due by then.
    pub async fn due_schedules(&self, by: Timestamp) -> Result<Vec<DueSchedule>> {
        let rows: Vec<DueRow> = on!(read self, pool => sqlx::query_as(DUE).bind(by.0).fetch_all(pool).await?);
        let due = |row: DueRow| {
            Ok(DueSchedule {
                user: word(UserId::parse(row.user_id))?,
                provider: word(ProviderId::parse(row.provider))?,
                account: word(AccountName::parse(row.account))?,
                schedule: row.schedule.try_into()?,
            })
        };
        rows.into_iter().map(due).collect()
    }

    /// When the first of all schedules is due.
    pub async fn first_schedule_due(&self) -> Result<Option<Timestamp>> {
        let (at,): (Option<i64>,) = on!(read self, pool => sqlx::query_as(NEXT).fetch_one(pool).await?);
        Ok(at.map(Timestamp))
    }

    /// Moves a schedule on to when it is due next; `begun`: what it was due for is begun then. `false`: somebody else moved
    /// it, or set it, or it is gone: then what it was due for is not ours to begin.
    pub async fn claim_schedule(&self, due: &Schedule, next_at: Timestamp, begun: Option<Timestamp>) -> Result<bool> {
        let claimed = on!(write self, tx, dialect => sqlx::query(CLAIM)
            .bind(due.connection.as_str()).bind(due.stream.as_str()).bind(due.next_at.0)
            .bind(next_at.0).bind(begun.map(|at| at.0))
            .execute(&mut *tx).await?.rows_affected());
        Ok(claimed == 1)
    }

    /// Notes what came of it: a run, or why there is none.
    pub async fn schedule_came_to(&self, due: &Schedule, came: std::result::Result<&RunId, &str>) -> Result<()> {
        on!(write self, tx, dialect => {
            sqlx::query(CAME_TO)
                .bind(due.connection.as_str()).bind(due.stream.as_str())
                .bind(came.ok().map(RunId::as_str)).bind(came.err())
                .execute(&mut *tx).await?;
        });
        Ok(())
    }
}
