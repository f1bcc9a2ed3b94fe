//! Fresh databases.
//!
//! Postgres is the server of `STAYLOGGED_TEST_POSTGRES` (a URL of a server where databases may be made), else a
//! throw-away cluster that is started once for this process. A story never goes untold: without Postgres it fails.

use std::process::{Command, Stdio};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor, PgConnection, postgres::PgConnectOptions};
use staylogged::store::Store;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;
use uuid::Uuid;

/// A database of one story's own.
pub struct Database {
    /// For `DATABASE_URL`.
    pub url: String,
    /// Where the SQLite file lies.
    pub dir: Option<TempDir>,
}

impl Database {
    /// An SQLite file that is not there yet.
    pub fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        Self { url: format!("sqlite://{}/staylogged.db", dir.path().display()), dir: Some(dir) }
    }

    /// An empty database on the Postgres server.
    pub async fn postgres() -> Self {
        let server = server().await;
        let name = format!("staylogged_test_{}", Uuid::new_v4().simple());
        run_on(server, &format!("create database {name}")).await;
        let mut url = Url::parse(server).expect("STAYLOGGED_TEST_POSTGRES is a URL");
        url.set_path(&name);
        Self { url: url.into(), dir: None }
    }

    /// Opens it.
    pub async fn store(&self) -> Store {
        Store::open(&self.url).await.unwrap_or_else(|error| panic!("could not open the story's database: {error}"))
    }

    pub fn is_postgres(&self) -> bool {
        self.dir.is_none()
    }

    /// Runs SQL on its Postgres server, outside of it.
    pub async fn execute_on_server(&self, sql: &str) {
        run_on(server().await, sql).await;
    }

    /// Its name on the Postgres server.
    pub fn name(&self) -> String {
        Url::parse(&self.url).expect("a URL").path().trim_start_matches('/').to_owned()
    }

    /// Drops it. (What a failed story leaves behind on a server of one's own is for looking into.)
    pub async fn remove(self) {
        if self.is_postgres() {
            self.execute_on_server(&format!("drop database {} with (force)", self.name())).await;
        }
    }
}

pub async fn run_on(url: &str, sql: &str) {
    let options: PgConnectOptions = url.parse().expect("a Postgres URL");
    let mut connection: PgConnection =
        options.connect().await.unwrap_or_else(|error| panic!("no connection to the Postgres of the tests: {error}"));
    connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    connection.close().await.expect("closes");
}

async fn server() -> &'static str {
    static SERVER: OnceCell<String> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            match std::env::var("STAYLOGGED_TEST_POSTGRES") {
                Ok(url) if !url.is_empty() => url,
                _ => tokio::task::spawn_blocking(start_cluster).await.expect("the cluster starts"),
            }
        })
        .await
}

/// It ends with this process, however that ends.
fn start_cluster() -> String {
    // In /tmp itself: the path of a Unix socket is short, and another user must be able to enter.
    let dir = tempfile::Builder::new().prefix("staylogged-postgres-").tempdir_in("/tmp").expect("a directory").keep();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/script/postgres");
    let started = Command::new(script)
        .arg("start")
        .arg(&dir)
        .args(["--while", &std::process::id().to_string()])
        .stderr(Stdio::piped())
        .output()
        .expect("script/postgres runs");
    assert!(started.status.success(), "no Postgres to test on:\n{}", String::from_utf8_lossy(&started.stderr));
    String::from_utf8(started.stdout).expect("a URL").trim().to_owned()
}
