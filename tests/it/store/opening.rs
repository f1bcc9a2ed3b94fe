//! Opening a database, and refusing one.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::PathBuf};

use staylogged::{
    domain::Sealed,
    store::{Store, StoreError},
};

use super::NOW;
use crate::{both_databases::on_both_databases, support::databases::Database};

fn migrations(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind)
}

fn migration_015(database: &Database) -> String {
    let kind = if database.is_postgres() { "postgres" } else { "sqlite" };
    fs::read_to_string(migrations(kind).join("015_create_integration_sessions_table.sql")).expect("015")
}

async fn refusal(database: &Database) -> StoreError {
    Store::open(&database.url).await.map(drop).expect_err("must be refused")
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |kind| -> BTreeSet<_> {
        fs::read_dir(migrations(kind)).expect("migrations").map(|file| file.expect("a file").file_name()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    let first = names("sqlite").into_iter().next().expect("one");
    assert_eq!(first, "015_create_integration_sessions_table.sql");
}

#[test]
fn migration_015_stands_alone() {
    for kind in ["sqlite", "postgres"] {
        let text = fs::read_to_string(migrations(kind).join("015_create_integration_sessions_table.sql")).expect("015");
        assert!(text.contains("create table if not exists integration_sessions"), "{kind}");
        assert!(!text.contains("references"), "{kind}: no foreign keys");
    }
}

on_both_databases! {
    async fn every_statement_is_one_that_the_database_takes(database: &Database) {
        let store = database.store().await;
        assert!(store.check_statements().await.expect("all are taken") > 40);
        store.ping().await.expect("ready");
        assert_eq!(store.kind(), if database.is_postgres() { "postgres" } else { "sqlite" });
    }

    async fn a_second_start_finds_everything_as_it_was(database: &Database) {
        let store = database.store().await;
        let installation = store.installation().await.expect("an id");
        assert!(store.canary().await.expect("reads").is_none());
        let canary = Sealed::from_bytes(vec![1, 2, 3]);
        assert!(store.set_canary(&canary).await.expect("writes"));
        assert!(!store.set_canary(&Sealed::from_bytes(vec![4])).await.expect("writes"), "the first stays");
        store.add_access_key("first", [7; 32], NOW).await.expect("adds");
        store.add_access_key("first", [7; 32], NOW).await.expect("once");
        store.close().await;

        let store = database.store().await;
        assert_eq!(store.installation().await.expect("an id"), installation);
        assert_eq!(store.canary().await.expect("reads"), Some(canary));
        assert_eq!(store.access_key_hashes().await.expect("reads"), [("first".to_owned(), [7; 32])]);
        assert!(store.remove_access_key("first").await.expect("removes"));
        assert!(!store.remove_access_key("first").await.expect("removes"));
    }

    async fn migration_015_may_have_been_pasted_before_the_first_start(database: &Database) {
        database.execute(&migration_015(database)).await;
        let store = database.store().await;
        store.check_statements().await.expect("everything is there");
        store.close().await;
        // And again later, by somebody who did not know.
        database.execute(&migration_015(database)).await;
        database.store().await.ping().await.expect("still ready");
    }

    async fn a_foreign_table_of_that_name_is_refused_and_not_touched(database: &Database) {
        database.execute("create table integration_sessions (connection_id text not null, cookies text)").await;
        database.execute("insert into integration_sessions values ('theirs', 'secret')").await;
        let error = refusal(database).await;
        assert!(matches!(error, StoreError::ForeignTable { .. }), "{error}");
        let text = error.to_string();
        for part in ["integration_sessions", "cookies is unknown", "sealed is missing", "DATABASE_URL"] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        // Nothing of ours was made beside it either: this fails where there is such a table.
        database.execute("create table _sqlx_migrations (theirs text)").await;
        database.execute("create table connections (theirs text)").await;
    }

    async fn a_database_of_a_newer_version_is_refused(database: &Database) {
        database.store().await.close().await;
        database
            .execute(
                "insert into _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
                 values (999, 'newer', current_timestamp, true, '', 0)",
            )
            .await;
        let text = refusal(database).await.to_string();
        assert!(text.contains("version 999") && text.contains("newer Staylogged"), "{text}");
    }

    async fn two_starts_at_once_both_succeed(database: &Database) {
        let (one, other) = tokio::join!(database.store(), database.store());
        let (one, other) = tokio::join!(one.installation(), other.installation());
        assert_eq!(one.expect("an id"), other.expect("an id"));
    }
}

#[tokio::test]
async fn an_sqlite_file_is_for_its_owner_only() {
    let database = Database::sqlite();
    let store = database.store().await;
    store.installation().await.expect("writes");
    let dir = database.dir.as_ref().expect("a directory").path();
    let mut files = 0;
    for file in fs::read_dir(dir).expect("readable") {
        let file = file.expect("a file");
        let mode = file.metadata().expect("metadata").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
        files += 1;
    }
    assert_eq!(files, 3, "the file, its log and the log's index");
}

#[tokio::test]
async fn a_wrong_url_is_refused_without_repeating_it() {
    for url in ["mysql://root:hunter2@host/db", "hunter2", "postgres://u:hunter2@host:notaport/db", "sqlite::memory:"] {
        let error = Store::open(url).await.map(drop).expect_err("must be refused");
        let text = error.to_string();
        assert!(text.starts_with("DATABASE_URL ") && !text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_kept() {
    let database = Database::sqlite();
    let file = database.dir.as_ref().expect("a directory").path().join("staylogged.db");
    let letter = "Dear Ana, this is a letter and no database. ".repeat(200);
    fs::write(&file, &letter).expect("writes");
    let text = refusal(&database).await.to_string();
    assert!(text.contains("not an SQLite database"), "{text}");
    assert_eq!(fs::read_to_string(&file).expect("reads"), letter);
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_named() {
    let error = Store::open("sqlite:///nowhere/at/all/staylogged.db").await.map(drop).expect_err("must be refused");
    let text = error.to_string();
    assert!(text.contains("/nowhere/at/all/staylogged.db") && text.contains("No such file"), "{text}");
}
