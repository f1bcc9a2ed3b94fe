//! Opening a database: made if need be, brought up to date, and refused where it is not ours.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::Path,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{
    Connection as _, Executor as _, PgPool, SqlitePool,
    error::DatabaseError,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Bells, Result, Store, StoreError, dialect::Db, installation::SMALLEST};

static FOR_SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static FOR_POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a caller waits for a free connection before it is told that the database cannot be used.
const PATIENCE: Duration = Duration::from_secs(8);

impl Store {
    /// Opens the database of that URL. An SQLite file is made where there is none, for its owner's eyes only.
    pub async fn open(url: &str) -> Result<Self> {
        let db = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => open_sqlite(url).await?,
            Some("postgres" | "postgresql") => open_postgres(url).await?,
            // The URL itself may hold a password: it is never repeated.
            Some(_) => return Err(StoreError::Url { problem: "names no database that is supported".into() }),
            None => return Err(StoreError::Url { problem: "is not a URL".into() }),
        };
        Ok(Self { db, bells: Bells::default() })
    }
}

async fn open_sqlite(url: &str) -> Result<Db> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|_| StoreError::Url { problem: "is not a URL that SQLite understands".into() })?;
    let file = options.get_filename().to_owned();
    if url.contains(":memory:") || url.contains("mode=memory") || file.as_os_str().is_empty() {
        return Err(StoreError::Url { problem: "must name a file: nothing would be kept in memory".into() });
    }
    make_private(&file).map_err(|error| StoreError::Unavailable {
        reason: format!("could not open or make the file {}: {error}", file.display()),
    })?;
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .busy_timeout(PATIENCE)
        .foreign_keys(true)
        // A deleted session leaves no bytes behind.
        .pragma("secure_delete", "on");
    let pool = || SqlitePoolOptions::new().acquire_timeout(PATIENCE).max_lifetime(None).idle_timeout(None);
    let full = Arc::new(AtomicBool::new(false));
    let writer = pool()
        .max_connections(1)
        .after_connect({
            let full = full.clone();
            move |connection, _| {
                let full = full.load(Ordering::Relaxed);
                Box::pin(async move {
                    if full {
                        connection.execute(SMALLEST).await?;
                    }
                    Ok(())
                })
            }
        })
        // Where the disk is full SQLite rolls back by itself, and sqlx's own rollback then fails and leaves it counting
        // a transaction that is none: such a connection would refuse every further one.
        .after_release(|connection, _| {
            Box::pin(async move {
                // Only after the rollback that a dropped transaction left to do.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(options.clone())
        .await
        .map_err(cannot_open)?;
    check_version(&writer).await?;
    let columns = "select name, lower(type) || case when \"notnull\" then ' not null' else '' end
         from pragma_table_info('integration_sessions')";
    check_columns(sqlx::query_as(columns).fetch_all(&writer).await?, ["text", "integer", "blob"])?;
    migrate_sqlite(&writer).await?;
    let reader = pool().max_connections(4).connect_with(options.pragma("query_only", "on")).await?;
    Ok(Db::Sqlite { writer, reader, full })
}

/// SQLite has no lock that spans migrations, so two programs that start at once may both try the same one. Each
/// migration is a transaction: the one who lost sees it done when it looks again.
async fn migrate_sqlite(writer: &SqlitePool) -> Result<()> {
    let mut tries = 0..20;
    loop {
        match FOR_SQLITE.run(writer).await {
            Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)) if tries.next().is_some() => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            done => return Ok(done?),
        }
    }
}

/// SQLite's own first words about a file are short.
fn cannot_open(error: sqlx::Error) -> StoreError {
    match error.as_database_error().and_then(DatabaseError::code).as_deref() {
        Some("26") => StoreError::Url { problem: "names a file that is not an SQLite database".into() },
        _ => error.into(),
    }
}

/// The WAL and its index inherit the file's mode.
fn make_private(file: &Path) -> io::Result<()> {
    let opened = fs::OpenOptions::new().create(true).append(true).open(file)?;
    opened.set_permissions(fs::Permissions::from_mode(0o600))
}

async fn check_version(pool: &SqlitePool) -> Result<()> {
    let (found,): (String,) = sqlx::query_as("select sqlite_version()").fetch_one(pool).await?;
    let number: Vec<u32> = found.split('.').filter_map(|part| part.parse().ok()).collect();
    if number >= vec![3, 51, 3] { Ok(()) } else { Err(StoreError::SqliteTooOld { found }) }
}

async fn open_postgres(url: &str) -> Result<Db> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Url { problem: "is not a URL that Postgres understands".into() })?
        .application_name("staylogged");
    let pool = PgPoolOptions::new()
        .max_connections(10)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            Box::pin(async move {
                // A stuck lock must not hold a login for ever.
                sqlx::query("set statement_timeout = '30s'").execute(&mut *connection).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await?;
    check_postgres(&pool).await?;
    FOR_POSTGRES.run(&pool).await?;
    Ok(Db::Postgres(pool))
}

async fn check_postgres(pool: &PgPool) -> Result<()> {
    let columns = "select column_name::text, data_type || case when is_nullable = 'NO' then ' not null' else '' end
         from information_schema.columns
         where table_schema = current_schema() and table_name = 'integration_sessions'";
    check_columns(sqlx::query_as(columns).fetch_all(pool).await?, ["text", "bigint", "bytea"])
}

/// 015 may have been run by hand before; any other table of that name is somebody else's.
fn check_columns(found: Vec<(String, String)>, [text, number, bytes]: [&str; 3]) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let expected: BTreeMap<&str, String> = [
        ("connection_id", format!("{text} not null")),
        ("user_id", format!("{text} not null")),
        ("provider", format!("{text} not null")),
        ("generation", format!("{number} not null")),
        ("sealed", format!("{bytes} not null")),
        ("provider_version", format!("{text} not null")),
        ("saved_at", format!("{number} not null")),
        ("leased_by", text.to_owned()),
        ("leased_until", number.to_owned()),
    ]
    .into();
    let found: BTreeMap<String, String> = found.into_iter().collect();
    let missing = expected.keys().filter(|name| !found.contains_key(**name)).map(|name| format!("{name} is missing"));
    let others = found.iter().filter_map(|(name, kind)| match expected.get(name.as_str()) {
        None => Some(format!("{name} is unknown")),
        Some(wanted) if wanted != kind => Some(format!("{name} is {kind} instead of {wanted}")),
        Some(_) => None,
    });
    let difference: Vec<String> = missing.chain(others).collect();
    if difference.is_empty() { Ok(()) } else { Err(StoreError::ForeignTable { difference: difference.join(", ") }) }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => match cause.into() {
                StoreError::Sql(cause) => Self::Migration { reason: cause.to_string() },
                other => other,
            },
            MigrateError::VersionMissing(version) => Self::Migration {
                reason: format!(
                    "it was already brought to version {version}, which this program does not know: \
                     start a newer Staylogged, or give it a database of its own"
                ),
            },
            MigrateError::VersionMismatch(version) => Self::Migration {
                reason: format!("migration {version} was changed after it had been run on this database"),
            },
            other => Self::Migration { reason: other.to_string() },
        }
    }
}
