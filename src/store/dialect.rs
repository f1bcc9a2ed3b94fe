//! One set of SQL for two databases, and the few statements that they spell differently.

use std::sync::{Arc, atomic::AtomicBool};

use sqlx::{PgPool, SqlitePool};

/// The database behind a store.
#[derive(Debug, Clone)]
pub(super) enum Db {
    /// One connection that writes (two would only wait for each other) and some that read.
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
        /// For [`super::Store::pretend_full`].
        full: Arc<AtomicBool>,
    },
    Postgres(PgPool),
}

/// What the two databases spell differently.
#[derive(Debug)]
pub(super) struct Dialect {
    pub begin: &'static str,
    /// A page's records at once: lists come as JSON, which both databases take apart.
    pub known_records: &'static str,
    pub add_records: &'static str,
    pub change_record: &'static str,
    pub seen_again: &'static str,
    pub saw: &'static str,
    pub notify: Option<&'static str>,
    /// Writes, and needs room for it: a full disk must not look ready.
    pub ping: &'static [&'static str],
}

pub(super) const IN_SQLITE: Dialect = Dialect {
    // Takes the write lock first: a read that is promoted later fails at once with BUSY.
    begin: "begin immediate",
    known_records: "select key, id, fields from records
                    where connection_id = $1 and stream = $2 and key in (select value from json_each($3))",
    add_records: "insert into records (connection_id, stream, key, fields, first_seen, last_seen, changed_at)
                  select $1, $2, json_extract(value, '$[0]'), json_extract(value, '$[1]'), $4, $4, $4
                  from json_each($3) order by json_each.key
                  returning key, id",
    change_record: "update records set fields = $2, last_seen = $3, changed_at = $3, missing_since = null where id = $1",
    seen_again: "update records set last_seen = $2, missing_since = null where id in (select value from json_each($1))",
    saw: "insert into run_records (run_id, record_id)
          select $1, value from json_each($2) where true order by json_each.key
          on conflict do nothing",
    notify: None,
    ping: &[
        "update installation set pings = pings + 1, room = zeroblob(65536) where only_one = 1",
        "update installation set room = null where only_one = 1",
    ],
};

pub(super) const IN_POSTGRES: Dialect = Dialect {
    begin: "begin",
    known_records: "select key, id, fields from records
                    where connection_id = $1 and stream = $2
                      and key in (select json_array_elements_text(cast(cast($3 as text) as json)))",
    add_records: "insert into records (connection_id, stream, key, fields, first_seen, last_seen, changed_at)
                  select $1, $2, value ->> 0, cast(value ->> 1 as json), $4, $4, $4
                  from json_array_elements(cast(cast($3 as text) as json)) with ordinality as each (value, place)
                  order by place
                  returning key, id",
    change_record: "update records set fields = cast(cast($2 as text) as json), last_seen = $3, changed_at = $3,
                        missing_since = null
                    where id = $1",
    seen_again: "update records set last_seen = $2, missing_since = null
                 where id in (select cast(json_array_elements_text(cast(cast($1 as text) as json)) as bigint))",
    saw: "insert into run_records (run_id, record_id)
          select $1, cast(value as bigint)
          from json_array_elements_text(cast(cast($2 as text) as json)) with ordinality as each (value, place)
          order by place
          on conflict do nothing",
    notify: Some("select pg_notify('staylogged', $1)"),
    ping: &["update installation set pings = pings + 1 where only_one = 1"],
};

/// Compiles one body for each driver: nothing is generic and nothing is erased.
///
/// `on!(read store, pool => …)` reads; `on!(write store, tx, dialect => …)` runs its body in a transaction and
/// commits it. A `return` or `?` in the body rolls everything back.
macro_rules! on {
    (read $store:expr, $pool:ident => $body:expr) => {
        match &$store.db {
            $crate::store::dialect::Db::Sqlite { reader: $pool, .. } => $body,
            $crate::store::dialect::Db::Postgres($pool) => $body,
        }
    };
    (write $store:expr, $tx:ident, $dialect:ident => $body:expr) => {
        match &$store.db {
            $crate::store::dialect::Db::Sqlite { writer, .. } => {
                let $dialect = &$crate::store::dialect::IN_SQLITE;
                let _ = $dialect;
                let mut $tx = writer.begin_with($dialect.begin).await?;
                let done = $body;
                $tx.commit().await?;
                done
            }
            $crate::store::dialect::Db::Postgres(pool) => {
                let $dialect = &$crate::store::dialect::IN_POSTGRES;
                let _ = $dialect;
                let mut $tx = pool.begin_with($dialect.begin).await?;
                let done = $body;
                $tx.commit().await?;
                done
            }
        }
    };
}

/// Names the statements of a file and lists them, so that none escapes [`super::Store::check_statements`].
macro_rules! statements {
    ($($name:ident = $sql:expr;)+) => {
        $(pub(super) const $name: &str = $sql;)+
        pub(super) const STATEMENTS: &[&str] = &[$($name),+];
    };
}

/// Writes an event on a user's stream, as a part of the transaction; the bell rings with the commit.
macro_rules! tell_user {
    ($tx:ident, $dialect:ident, $user:expr, $at:expr, $event:expr, $run:expr) => {{
        let user: &$crate::domain::UserId = $user;
        let event: &$crate::domain::UserEvent = &$event;
        let run: Option<(&$crate::domain::RunId, i64)> = $run;
        let (id,): (i64,) =
            sqlx::query_as($crate::store::events::NEXT).bind(user.as_str()).fetch_one(&mut *$tx).await?;
        sqlx::query($crate::store::events::TELL_USER)
            .bind(user.as_str())
            .bind(id)
            .bind($at.0)
            .bind(sqlx::types::Json(event))
            .bind(run.map(|(run, _)| run.as_str()))
            .bind(run.map(|(_, number)| number))
            .execute(&mut *$tx)
            .await?;
        if let Some(notify) = $dialect.notify {
            sqlx::query(notify).bind($crate::store::bells::of_user(user)).execute(&mut *$tx).await?;
        }
    }};
}

pub(super) use {on, statements, tell_user};
