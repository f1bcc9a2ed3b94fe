//! One set of SQL for SQLite and Postgres. Never sees plaintext.
//!
//! What a client is told is in the database first: state, events and owed effects are written in one transaction,
//! and only then does a bell ring. Whoever changes something says which version of it they saw; two never both win.

mod bells;
mod connections;
mod dialect;
mod error;
mod events;
mod grants;
mod installation;
mod logins;
mod opening;
mod quiet_sites;
mod records;
mod runs;
mod schedules;
mod selection;
mod sessions;

pub use bells::Bells;
pub use error::StoreError;
pub use logins::{Begun, NewLogin, SaveSession, Turn};
pub use records::{NewRecord, Page, RecordFilter, RunPage};
pub use runs::{RunBegun, RunFilter};
pub use schedules::DueSchedule;
pub use selection::Selected;
pub use sessions::{SessionLeft, StoredSession};

use dialect::{Db, IN_POSTGRES, IN_SQLITE, on};

/// What every method answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The database and its doorbells; clones share both.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    bells: Bells,
}

impl Store {
    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.db {
            Db::Sqlite { .. } => "sqlite",
            Db::Postgres(_) => "postgres",
        }
    }

    /// Ends all connections; what is under way is finished first.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { writer, reader, .. } => {
                reader.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }

    /// Has every statement prepared by the database that will run it, and says how many they are.
    pub async fn check_statements(&self) -> Result<usize> {
        use sqlx::{Executor, SqlSafeStr};
        let dialect = match self.db {
            Db::Sqlite { .. } => &IN_SQLITE,
            Db::Postgres(_) => &IN_POSTGRES,
        };
        let statements: Vec<&'static str> = [
            connections::STATEMENTS,
            events::STATEMENTS,
            events::WRITTEN_BY_OTHERS,
            grants::STATEMENTS,
            grants::WRITTEN_IN_PASSING,
            installation::STATEMENTS,
            logins::STATEMENTS,
            records::STATEMENTS,
            records::WRITTEN_IN_PASSING,
            runs::STATEMENTS,
            quiet_sites::STATEMENTS,
            schedules::STATEMENTS,
            sessions::STATEMENTS,
        ]
        .concat()
        .into_iter()
        .chain([
            schedules::FORGET_SCHEDULES,
            dialect.known_records,
            dialect.add_records,
            dialect.change_record,
            dialect.seen_again,
            dialect.saw,
        ])
        .chain(dialect.notify)
        .chain(dialect.ping.iter().copied())
        .collect();
        on!(read self, pool => {
            for statement in &statements {
                pool.prepare(statement.into_sql_str()).await?;
            }
        });
        Ok(statements.len())
    }
}

/// What a row says, as a name or a word of ours.
fn word<T, E: std::fmt::Display>(parsed: std::result::Result<T, E>) -> Result<T> {
    parsed.map_err(|error| StoreError::Damaged(error.to_string()))
}
