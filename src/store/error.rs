//! What can go wrong with a store, named by cause.

/// Why the store did not do it. Whatever the cause: nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing (any more).
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Lost a compare-and-set: it was changed by somebody else meanwhile. Read again, then decide again.
    #[error("the {0} changed meanwhile: read it again")]
    Moved(&'static str),
    /// A page was asked for with a cursor that was never given out.
    #[error("the cursor is not one that an earlier page gave as `next`")]
    InvalidCursor,
    /// A connect token that starts no logins any more.
    #[error("this connect token starts no login any more; ask for a new one")]
    TokenOver,
    /// A connect token has one login at a time.
    #[error("this connect token has another login under way: finish or cancel that one first")]
    TokenBusy,
    /// The database cannot be used now: it is gone, full, or takes no writes. Later it may.
    #[error("the database cannot be used now: {reason}")]
    Unavailable {
        /// What the database or its driver says.
        reason: String,
    },
    /// There is a table of our name that is not ours.
    #[error(
        "the database has a table integration_sessions that is not Staylogged's ({difference}). It was not touched. \
         Give Staylogged a database (or a Postgres schema) of its own in DATABASE_URL, or rename that table"
    )]
    ForeignTable {
        /// How its columns differ.
        difference: String,
    },
    /// `DATABASE_URL` cannot be used.
    #[error(
        "DATABASE_URL {problem}. It must look like sqlite:///var/lib/staylogged/staylogged.db or postgres://user:password@host/database"
    )]
    Url {
        /// What is wrong with it.
        problem: String,
    },
    /// The tables could not be made or are of another version.
    #[error("could not bring the tables up to date: {reason}")]
    Migration {
        /// What the database or its driver says.
        reason: String,
    },
    /// An SQLite with a known fault.
    #[error(
        "this build has SQLite {found}, but versions before 3.51.3 can damage a database in WAL mode: build with libsqlite3-sys 0.37 or later"
    )]
    SqliteTooOld {
        /// The version.
        found: String,
    },
    /// A row says something that we never wrote.
    #[error("the database holds something unreadable: {0}")]
    Damaged(String),
    /// The database refused a statement: a fault of ours.
    #[error("the database refused a statement")]
    Sql(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether trying again later may help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(cause) => Self::Unavailable { reason: cause.to_string() },
            E::PoolTimedOut => Self::Unavailable { reason: "no connection to it became free in time".into() },
            E::PoolClosed => Self::Unavailable { reason: "the service is stopping".into() },
            E::WorkerCrashed => Self::Unavailable { reason: "its worker ended".into() },
            E::Tls(cause) => Self::Unavailable { reason: format!("TLS: {cause}") },
            E::Protocol(what) => Self::Unavailable { reason: format!("the connection broke: {what}") },
            E::Database(cause) if cause.code().is_some_and(|code| passes(&code)) => {
                Self::Unavailable { reason: cause.message().to_owned() }
            }
            E::ColumnDecode { .. } | E::Decode(_) | E::ColumnNotFound(_) => Self::Damaged(error.to_string()),
            _ => Self::Sql(error),
        }
    }
}

/// Whether a database's error code means that it may work later. SQLite's codes are numbers (extended ones: the
/// lowest byte is the kind), Postgres' are five characters of which two are the class.
fn passes(code: &str) -> bool {
    if code.len() == 5 {
        // Connection; resources (disk full, too many connections); operator; system; read-only; locks; deadlock.
        return ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class))
            || ["25006", "55P03", "40001", "40P01", "3D000", "28000", "55000"].contains(&code);
    }
    // BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 7 | 8 | 10 | 13 | 14 | 15))
}
