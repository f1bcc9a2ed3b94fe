//! Records: what runs found, one for each key, in the site's order.

use serde_json::{Map, Value};

use super::{
    Result, Store, StoreError, bells,
    dialect::{on, statements, tell_user},
};
use crate::domain::{ConnectionId, Record, Run, RunId, RunProgress, StreamName, Timestamp, UserEvent};

statements! {
    PROGRESS = "update runs set source = $2, pages = $3, records = $4, version = version + 1
        where id = $1 and finished_at is null
        returning version";
    SAW = "insert into run_records (run_id, record_id) values ($1, $2) on conflict do nothing";
    ALL = "select id as place, key, fields, first_seen, last_seen from records
        where connection_id = $1 and stream = $2 and id > $3
        order by id limit $4";
    OF_RUN = "select run_records.position as place, key, fields, first_seen, last_seen
        from run_records join records on records.id = run_records.record_id
        where run_records.run_id = $5 and connection_id = $1 and stream = $2 and run_records.position > $3
        order by run_records.position limit $4";
    COUNT = "select count(*) from records where connection_id = $1 and stream = $2";
    COUNT_OF_RUN = "select count(*) from run_records where run_id = $1";
    COUNT_OF_CONNECTION = "select count(*) from records where connection_id = $1";
}

/// Run as a part of others' transactions.
pub(super) const STOP_RUNS: &str =
    "update runs set outcome = 'cancelled', message = $2, finished_at = $3, version = version + 1
        where connection_id = $1 and finished_at is null
        returning id, version";
pub(super) const FORGET_RECORDS: &str = "delete from records where connection_id = $1";
pub(super) const WRITTEN_IN_PASSING: &[&str] = &[STOP_RUNS, FORGET_RECORDS];

/// Deletes all records of a connection, and with them what runs saw of them; runs under way are stopped, or they would bring
/// some back. A part of the transaction.
macro_rules! forget_records {
    ($tx:ident, $dialect:ident, ($connection:expr, $user:expr), $why:expr, $now:expr) => {{
        let connection: &$crate::domain::ConnectionId = $connection;
        let stopped: Vec<(String, i64)> = sqlx::query_as($crate::store::records::STOP_RUNS)
            .bind(connection.as_str())
            .bind($why)
            .bind($now.0)
            .fetch_all(&mut *$tx)
            .await?;
        sqlx::query($crate::store::records::FORGET_RECORDS).bind(connection.as_str()).execute(&mut *$tx).await?;
        for (run, version) in stopped {
            let run_id = $crate::store::word($crate::domain::RunId::parse(run))?;
            let event = $crate::domain::UserEvent::RunFinished {
                run_id: run_id.clone(),
                connection_id: connection.clone(),
                outcome: $crate::domain::Outcome::Cancelled,
                needs_reconnect: false,
            };
            $crate::store::dialect::tell_user!($tx, $dialect, $user, $now, event, Some((&run_id, version)));
        }
    }};
}

pub(super) use forget_records;

/// A record as a run found it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecord {
    /// The values of its primary key, joined.
    pub key: String,
    /// Its typed fields, in the definition's order.
    pub fields: Map<String, Value>,
}

/// Some records, and where the next ones are.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// In the site's order: of a run, as it saw them; of a stream, by first sight.
    pub records: Vec<Record>,
    /// The cursor of the next page; none where this is the last one.
    pub next: Option<String>,
}

#[derive(sqlx::FromRow)]
struct RecordRow {
    place: i64,
    key: String,
    #[sqlx(json)]
    fields: Map<String, Value>,
    first_seen: i64,
    last_seen: i64,
}

impl Store {
    /// Keeps a page of a run: its records (new, or seen again with their newest fields), how far the run is, and
    /// the event that says so. [`StoreError::Moved`] where the run is over: somebody stopped it.
    pub async fn run_page(
        &self,
        run: &Run,
        progress: RunProgress,
        source: &str,
        records: &[NewRecord],
        now: Timestamp,
    ) -> Result<()> {
        let bodies = records.iter().map(|record| serde_json::to_string(&record.fields));
        let bodies: Vec<String> =
            bodies.collect::<Result<_, _>>().map_err(|error| StoreError::Damaged(error.to_string()))?;
        on!(write self, tx, dialect => {
            let moved: Option<(i64,)> = sqlx::query_as(PROGRESS)
                .bind(run.id.as_str()).bind(source).bind(i64::from(progress.pages)).bind(i64::from(progress.records))
                .fetch_optional(&mut *tx).await?;
            let Some((version,)) = moved else { return Err(StoreError::Moved("run")) };
            for (record, fields) in records.iter().zip(&bodies) {
                let (id,): (i64,) = sqlx::query_as(dialect.keep_record)
                    .bind(run.connection.as_str()).bind(run.stream.as_str()).bind(record.key.as_str())
                    .bind(fields.as_str()).bind(now.0)
                    .fetch_one(&mut *tx).await?;
                sqlx::query(SAW).bind(run.id.as_str()).bind(id).execute(&mut *tx).await?;
            }
            let event = UserEvent::RunProgress {
                run_id: run.id.clone(),
                connection_id: run.connection.clone(),
                progress,
            };
            tell_user!(tx, dialect, &run.user, now, event, Some((&run.id, version)));
        });
        self.bells.ring(&bells::of_user(&run.user));
        Ok(())
    }

    /// A page of a connection's records, or of those that one run saw. `cursor` is an earlier page's `next`.
    pub async fn records(
        &self,
        connection: &ConnectionId,
        stream: &StreamName,
        cursor: Option<&str>,
        limit: u32,
        run: Option<&RunId>,
    ) -> Result<Page> {
        let after = match cursor {
            None => 0,
            Some(cursor) => cursor.parse::<i64>().ok().filter(|place| *place > 0).ok_or(StoreError::InvalidCursor)?,
        };
        // One more than asked for tells whether there is a next page.
        let one_more = i64::from(limit) + 1;
        let mut rows: Vec<RecordRow> = on!(read self, pool => {
            let query = sqlx::query_as(if run.is_some() { OF_RUN } else { ALL })
                .bind(connection.as_str()).bind(stream.as_str()).bind(after).bind(one_more);
            match run {
                Some(run) => query.bind(run.as_str()),
                None => query,
            }
            .fetch_all(pool).await?
        });
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.place.to_string());
        let records = rows.into_iter().map(|row| Record {
            key: row.key,
            fields: row.fields,
            first_seen: Timestamp(row.first_seen),
            last_seen: Timestamp(row.last_seen),
        });
        Ok(Page { records: records.collect(), next })
    }

    /// How many records a stream of a connection has.
    pub async fn count_records(&self, connection: &ConnectionId, stream: &StreamName) -> Result<u64> {
        let (count,): (i64,) = on!(read self, pool => sqlx::query_as(COUNT)
            .bind(connection.as_str()).bind(stream.as_str()).fetch_one(pool).await?);
        Ok(count.unsigned_abs())
    }

    /// How many records a connection has, of all streams.
    pub async fn count_all_records(&self, connection: &ConnectionId) -> Result<u64> {
        let (count,): (i64,) = on!(read self, pool => sqlx::query_as(COUNT_OF_CONNECTION).bind(connection.as_str()).fetch_one(pool).await?);
        Ok(count.unsigned_abs())
    }

    /// How many records a run saw.
    pub async fn count_run_records(&self, run: &RunId) -> Result<u64> {
        let (count,): (i64,) =
            on!(read self, pool => sqlx::query_as(COUNT_OF_RUN).bind(run.as_str()).fetch_one(pool).await?);
        Ok(count.unsigned_abs())
    }
}
