//! Tests that hold on both databases, and what an operator does to them.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor};

use crate::support::databases::{Database, run_on};

impl Database {
    /// Runs SQL on it from outside, as an operator would.
    pub async fn execute(&self, sql: &str) {
        if self.is_postgres() {
            run_on(&self.url, sql).await;
        } else {
            let options: sqlx::sqlite::SqliteConnectOptions = self.url.parse().expect("an SQLite URL");
            let mut connection = options.create_if_missing(true).connect().await.expect("an SQLite connection");
            connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
            connection.close().await.expect("closes");
        }
    }
}

/// Tells each story twice: `name::sqlite` and `name::postgres`.
macro_rules! on_both_databases {
    ($($(#[$doc:meta])* async fn $name:ident($database:ident: &Database) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "a story need not use everything around it")]
            use super::*;
            use $crate::support::databases::Database;

            async fn story($database: &Database) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let database = Database::sqlite();
                story(&database).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let database = Database::postgres().await;
                story(&database).await;
                database.remove().await;
            }
        }
    )+};
}

pub(crate) use on_both_databases;
