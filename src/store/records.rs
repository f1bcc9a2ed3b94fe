//! Records: what runs found, one for each key, in the site's order.

use std::{borrow::Cow, collections::HashMap};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Result, Store, StoreError, bells,
    dialect::{on, statements, tell_user},
    word,
};
use crate::domain::{
    ConnectionId, Cursor, Record, RecordChange, Run, RunId, RunProgress, StreamName, Timestamp, UserEvent,
};

macro_rules! columns {
    () => {
        "key, fields, first_seen, last_seen, changed_at, missing_since"
    };
}

statements! {
    PROGRESS = "update runs set source = $2, pages = $3, records = $4, cursor = $5, version = version + 1
        where id = $1 and finished_at is null
        returning version";
    CHANGED = "insert into record_changes (record_id, run_id, at, before) values ($1, $2, $3, $4)";
    CHANGES = "select at, run_id, before from record_changes
        where record_id = (select id from records where connection_id = $1 and stream = $2 and key = $3)
        order by id desc limit $4";
    ALL = concat!("select id as place, ", columns!(), " from records
        where connection_id = $1 and stream = $2 and id > $3 and changed_at >= $5
          and ($6 or missing_since is null)
        order by id limit $4");
    OF_RUN = concat!("select run_records.position as place, ", columns!(), "
        from run_records join records on records.id = run_records.record_id
        where run_records.run_id = $7 and connection_id = $1 and stream = $2 and run_records.position > $3
          and changed_at >= $5 and ($6 or missing_since is null)
        order by run_records.position limit $4");
    COUNT = "select count(*) from records
        where connection_id = $1 and stream = $2 and changed_at >= $3 and ($4 or missing_since is null)";
    COUNT_OF_RUN = "select count(*) from run_records join records on records.id = run_records.record_id
        where connection_id = $1 and stream = $2 and changed_at >= $3 and ($4 or missing_since is null)
          and run_records.run_id = $5";
    COUNT_OF_CONNECTION = "select count(*) from records where connection_id = $1";
}

/// Run as a part of others' transactions.
pub(super) const STOP_RUNS: &str =
    "update runs set outcome = 'cancelled', message = $2, finished_at = $3, version = version + 1
        where connection_id = $1 and finished_at is null
        returning id, version";
pub(super) const FORGET_RECORDS: &str = "delete from records where connection_id = $1";
pub(super) const FORGET_PLACES: &str = "update runs set cursor = null, screenshot = null
        where connection_id = $1 and (cursor is not null or screenshot is not null)";
pub(super) const WRITTEN_IN_PASSING: &[&str] = &[STOP_RUNS, FORGET_RECORDS, FORGET_PLACES];

/// Deletes all records of a connection, and with them what runs saw of them; runs under way are stopped, or they would bring
/// some back, and where the earlier ones ended, and what they saw there, is forgotten: one that went on there would lack
/// what they had read. A part of the transaction.
macro_rules! forget_records {
    ($tx:ident, $dialect:ident, ($connection:expr, $user:expr), $why:expr, $now:expr) => {{
        let connection: &$crate::domain::ConnectionId = $connection;
        let stopped: Vec<(String, i64)> = sqlx::query_as($crate::store::records::STOP_RUNS)
            .bind(connection.as_str())
            .bind($why)
            .bind($now.0)
            .fetch_all(&mut *$tx)
            .await?;
        for forget in [$crate::store::records::FORGET_RECORDS, $crate::store::records::FORGET_PLACES] {
            sqlx::query(forget).bind(connection.as_str()).execute(&mut *$tx).await?;
        }
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

/// What a run read in one go.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPage<'a> {
    /// How far the run is with it.
    pub progress: RunProgress,
    /// Which kind of source it is from.
    pub source: &'a str,
    /// Where the run goes on.
    pub cursor: Cursor,
    /// What was found.
    pub records: &'a [NewRecord],
    /// Fields that this source does not give: what is stored of them stays.
    pub not_given: &'a [&'a str],
}

/// Which of a stream's records.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Those that this run saw.
    pub run: Option<RunId>,
    /// Those that are new, or other than before, since then.
    pub changed_since: Option<Timestamp>,
    /// Not those that the site does not show any more.
    pub without_missing: bool,
}

impl RecordFilter {
    /// Those of one run.
    #[must_use]
    pub fn of_run(run: &RunId) -> Self {
        Self { run: Some(run.clone()), ..Self::default() }
    }

    pub(super) fn since(&self) -> i64 {
        self.changed_since.map_or(i64::MIN, |moment| moment.0)
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct RecordRow {
    pub(super) place: i64,
    key: String,
    #[sqlx(json)]
    fields: Map<String, Value>,
    first_seen: i64,
    last_seen: i64,
    changed_at: i64,
    missing_since: Option<i64>,
}

impl From<RecordRow> for Record {
    fn from(row: RecordRow) -> Self {
        Self {
            key: row.key,
            fields: row.fields,
            first_seen: Timestamp(row.first_seen),
            last_seen: Timestamp(row.last_seen),
            changed_at: Timestamp(row.changed_at),
            missing_since: row.missing_since.map(Timestamp),
        }
    }
}

/// The query for a stream's records after a place: of one run, or of all.
macro_rules! all_of {
    ($connection:expr, $stream:expr, $filter:expr, $after:expr, $limit:expr) => {{
        let filter: &$crate::store::RecordFilter = $filter;
        let query = sqlx::query_as::<_, $crate::store::records::RecordRow>(if filter.run.is_some() {
            $crate::store::records::OF_RUN
        } else {
            $crate::store::records::ALL
        })
        .bind($connection.as_str())
        .bind($stream.as_str())
        .bind($after)
        .bind($limit)
        .bind(filter.since())
        .bind(!filter.without_missing);
        match &filter.run {
            Some(run) => query.bind(run.as_str()),
            None => query,
        }
    }};
}

pub(super) use all_of;

#[derive(sqlx::FromRow)]
struct KnownRow {
    key: String,
    id: i64,
    #[sqlx(json)]
    fields: Map<String, Value>,
}

/// How a record differs from what is known of it.
struct Difference<'a> {
    fields: Cow<'a, Map<String, Value>>,
    /// What the changed fields were; none: it is as before.
    before: Map<String, Value>,
}

impl<'a> Difference<'a> {
    fn between(known: &Map<String, Value>, new: &'a NewRecord, not_given: &[&str]) -> Self {
        let mut fields = Cow::Borrowed(&new.fields);
        for name in not_given {
            if let Some(stays) = known.get(*name) {
                fields.to_mut().insert((*name).to_owned(), stays.clone());
            }
        }
        let gone = known.iter().filter(|(name, _)| !fields.contains_key(*name));
        let other = fields.keys().filter_map(|name| {
            let was = known.get(name).unwrap_or(&Value::Null);
            (*was != fields[name]).then_some((name, was))
        });
        let before = other.chain(gone).map(|(name, was)| (name.clone(), was.clone())).collect();
        Self { fields, before }
    }
}

fn text(json: &impl Serialize) -> Result<String> {
    serde_json::to_string(json).map_err(|error| StoreError::Damaged(error.to_string()))
}

impl Store {
    /// Keeps a page of a run, in one transaction: its records (new, changed, or seen again), how far the run is and
    /// where it goes on, and the event that says so. [`StoreError::Moved`] where the run is over: somebody stopped it.
    pub async fn run_page(&self, run: &Run, page: &RunPage<'_>, now: Timestamp) -> Result<()> {
        let RunPage { progress, source, cursor, records, not_given } = page;
        let cursor = text(cursor)?;
        on!(write self, tx, dialect => {
            let moved: Option<(i64,)> = sqlx::query_as(PROGRESS)
                .bind(run.id.as_str()).bind(*source).bind(i64::from(progress.pages)).bind(i64::from(progress.records))
                .bind(cursor.as_str())
                .fetch_optional(&mut *tx).await?;
            let Some((version,)) = moved else { return Err(StoreError::Moved("run")) };
            let keys: Vec<&str> = records.iter().map(|record| record.key.as_str()).collect();
            let known: Vec<KnownRow> = sqlx::query_as(dialect.known_records)
                .bind(run.connection.as_str()).bind(run.stream.as_str()).bind(text(&keys)?)
                .fetch_all(&mut *tx).await?;
            let known: HashMap<String, (i64, Map<String, Value>)> =
                known.into_iter().map(|row| (row.key, (row.id, row.fields))).collect();
            let (mut ids, mut new, mut again) = (HashMap::new(), Vec::new(), Vec::new());
            for record in *records {
                let Some((id, known)) = known.get(&record.key) else {
                    new.push((&record.key, text(&record.fields)?));
                    continue;
                };
                ids.insert(record.key.clone(), *id);
                let Difference { fields, before } = Difference::between(known, record, not_given);
                if before.is_empty() {
                    again.push(id);
                    continue;
                }
                sqlx::query(dialect.change_record)
                    .bind(id).bind(text(&fields)?).bind(now.0).execute(&mut *tx).await?;
                sqlx::query(CHANGED)
                    .bind(id).bind(run.id.as_str()).bind(now.0).bind(text(&before)?)
                    .execute(&mut *tx).await?;
            }
            if !again.is_empty() {
                sqlx::query(dialect.seen_again).bind(text(&again)?).bind(now.0).execute(&mut *tx).await?;
            }
            if !new.is_empty() {
                let added: Vec<(String, i64)> = sqlx::query_as(dialect.add_records)
                    .bind(run.connection.as_str()).bind(run.stream.as_str()).bind(text(&new)?).bind(now.0)
                    .fetch_all(&mut *tx).await?;
                ids.extend(added);
            }
            let seen: Vec<i64> = records.iter().filter_map(|record| ids.get(&record.key).copied()).collect();
            sqlx::query(dialect.saw).bind(run.id.as_str()).bind(text(&seen)?).execute(&mut *tx).await?;
            let event = UserEvent::RunProgress {
                run_id: run.id.clone(),
                connection_id: run.connection.clone(),
                progress: *progress,
            };
            tell_user!(tx, dialect, &run.user, now, event, Some((&run.id, version)));
        });
        self.bells.ring(&bells::of_user(&run.user));
        Ok(())
    }

    /// A page of a connection's records. `cursor` is an earlier page's `next`.
    pub async fn records(
        &self,
        connection: &ConnectionId,
        stream: &StreamName,
        cursor: Option<&str>,
        limit: u32,
        filter: &RecordFilter,
    ) -> Result<Page> {
        let after = match cursor {
            None => 0,
            Some(cursor) => cursor.parse::<i64>().ok().filter(|place| *place > 0).ok_or(StoreError::InvalidCursor)?,
        };
        // One more than asked for tells whether there is a next page.
        let one_more = i64::from(limit) + 1;
        let mut rows: Vec<RecordRow> =
            on!(read self, pool => all_of!(connection, stream, filter, after, one_more).fetch_all(pool).await?);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.place.to_string());
        Ok(Page { records: rows.into_iter().map(Record::from).collect(), next })
    }

    /// How many records a stream of a connection has.
    pub async fn count_records(
        &self,
        connection: &ConnectionId,
        stream: &StreamName,
        filter: &RecordFilter,
    ) -> Result<u64> {
        let (count,): (i64,) = on!(read self, pool => {
            let query = sqlx::query_as(if filter.run.is_some() { COUNT_OF_RUN } else { COUNT })
                .bind(connection.as_str()).bind(stream.as_str()).bind(filter.since()).bind(!filter.without_missing);
            match &filter.run {
                Some(run) => query.bind(run.as_str()),
                None => query,
            }
            .fetch_one(pool).await?
        });
        Ok(count.unsigned_abs())
    }

    /// How many records a connection has, of all streams.
    pub async fn count_all_records(&self, connection: &ConnectionId) -> Result<u64> {
        let (count,): (i64,) = on!(read self, pool => sqlx::query_as(COUNT_OF_CONNECTION).bind(connection.as_str()).fetch_one(pool).await?);
        Ok(count.unsigned_abs())
    }

    /// What a record was before it changed, newest first.
    pub async fn record_changes(
        &self,
        connection: &ConnectionId,
        stream: &StreamName,
        key: &str,
        limit: u32,
    ) -> Result<Vec<RecordChange>> {
        let rows: Vec<(i64, String, String)> = on!(read self, pool => sqlx::query_as(CHANGES)
            .bind(connection.as_str()).bind(stream.as_str()).bind(key).bind(i64::from(limit))
            .fetch_all(pool).await?);
        let change = |(at, run, before): (i64, String, String)| {
            Ok(RecordChange {
                at: Timestamp(at),
                run: word(RunId::parse(run))?,
                before: word(serde_json::from_str(&before))?,
            })
        };
        rows.into_iter().map(change).collect()
    }
}
