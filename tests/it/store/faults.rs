//! What goes wrong around a store, and that it gets well by itself.

use std::time::Duration;

use staylogged::{
    domain::{LoginEvent, LoginState},
    store::StoreError,
};
use tokio_util::sync::CancellationToken;

use super::{begin, connection_of, saving, turn, user};
use crate::support::databases::Database;

fn awaiting() -> staylogged::store::Turn {
    turn(LoginState::AwaitingLogin, LoginEvent::awaiting_login())
}

/// Asks again until it holds; fails after a while that a loaded machine does not need.
async fn until<F: AsyncFnMut() -> bool>(what: &str, mut holds: F) {
    let patience = tokio::time::timeout(Duration::from_secs(30), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    patience.await.unwrap_or_else(|_| panic!("{what}: not within 30 seconds"));
}

#[tokio::test]
async fn a_full_disk_publishes_nothing_and_passes() {
    let database = Database::sqlite();
    let store = database.store().await;
    store.installation().await.expect("made");
    let connection = connection_of(&store, "ana").await;
    let mut login = begin(&store, &connection).await;
    store.ping().await.expect("ready");
    store.pretend_full(true).await.expect("full");
    let mut bell = store.bells().user(&connection.user);
    let large = "x".repeat(200_000);
    let refused = store.turn(&login, saving(1, &large)).await.expect_err("there is no room for it");
    assert!(refused.is_unavailable(), "{refused:?}");
    assert!(refused.to_string().contains("full"), "{refused}");
    assert!(!bell.has_changed().expect("hangs"), "nothing is told");
    assert_eq!(store.login(&login.user, &login.id).await.expect("reads still work"), Some(login.clone()));
    assert_eq!(store.session(&connection.id).await.expect("reads"), None);
    // Small steps may still find room in the pages that the file has, until that is gone too.
    let mut said = 1;
    let refused = loop {
        match store.turn(&login, awaiting()).await {
            Ok(next) => (login, said) = (next, said + 1),
            Err(error) => break error,
        }
        assert!(said < 10_000, "the file never gets full");
    };
    assert!(refused.is_unavailable(), "{refused:?}");
    assert!(store.ping().await.expect_err("not ready").is_unavailable());
    assert_eq!(store.last_user_event_id(&connection.user).await.expect("reads"), said);

    store.pretend_full(false).await.expect("room again");
    store.ping().await.expect("ready");
    bell.mark_unchanged();
    store.turn(&login, saving(1, &large)).await.expect("saves");
    bell.changed().await.expect("rings");
    let ids: Vec<i64> = store.login_events(&login.id, 0, 20_000).await.expect("reads").iter().map(|e| e.id).collect();
    assert_eq!(ids, (1..=said + 1).collect::<Vec<_>>(), "no gap where the disk was full");
}

#[tokio::test]
async fn a_lost_postgres_comes_back_by_itself() {
    let database = Database::postgres().await;
    let store = database.store().await;
    store.installation().await.expect("made");
    let connection = connection_of(&store, "ana").await;
    let login = begin(&store, &connection).await;
    let cancel = CancellationToken::new();
    let listening = tokio::spawn({
        let (store, cancel) = (store.clone(), cancel.clone());
        async move { store.listen(cancel).await }
    });
    let name = database.name();
    let terminate = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");

    // Cut once: the next call already finds a new connection.
    database.execute_on_server(&terminate).await;
    until("the connection is made anew", async || store.ping().await.is_ok()).await;

    // Away for a while: said so, in words, and nothing is told.
    database.execute_on_server(&format!("alter database {name} with allow_connections false")).await;
    database.execute_on_server(&terminate).await;
    let error = store.turn(&login, awaiting()).await.expect_err("it is away");
    assert!(error.is_unavailable(), "{error:?}");
    assert!(store.ping().await.expect_err("not ready").is_unavailable());
    database.execute_on_server(&format!("alter database {name} with allow_connections true")).await;
    until("the store is ready again", async || store.ping().await.is_ok()).await;
    let login = store.turn(&login, awaiting()).await.expect("moves");
    assert_eq!(login.version, 2);

    // The listener is back too: it hears another instance.
    let other = database.store().await;
    let mut login = login;
    let mut bell = store.bells().login(&login.id);
    until("the listener hears again", async || {
        login = other.turn(&login, awaiting()).await.expect("moves");
        tokio::time::timeout(Duration::from_millis(200), bell.changed()).await.is_ok()
    })
    .await;
    cancel.cancel();
    listening.await.expect("ends");
    store.close().await;
    other.close().await;
    database.remove().await;
}

#[tokio::test]
async fn one_instance_hears_what_another_writes_to_the_same_postgres() {
    let database = Database::postgres().await;
    let (here, there) = (database.store().await, database.store().await);
    let connection = connection_of(&there, "ana").await;
    let mut login = begin(&there, &connection).await;
    let cancel = CancellationToken::new();
    let listening = tokio::spawn({
        let (here, cancel) = (here.clone(), cancel.clone());
        async move { here.listen(cancel).await }
    });
    let mut of_login = here.bells().login(&login.id);
    let mut of_user = here.bells().user(&user("ana"));
    // The first ring says that it listens.
    tokio::time::timeout(Duration::from_secs(30), of_login.changed()).await.expect("in time").expect("rings");
    of_user.mark_unchanged();
    for version in 2..6 {
        login = there.turn(&login, awaiting()).await.expect("moves");
        assert_eq!(login.version, version);
        tokio::time::timeout(Duration::from_secs(30), of_login.changed()).await.expect("in time").expect("rings");
        tokio::time::timeout(Duration::from_secs(30), of_user.changed()).await.expect("in time").expect("rings");
        let read = here.login_events(&login.id, version - 1, 9).await.expect("reads");
        assert_eq!(read.len(), 1, "what rang is there to read");
    }
    cancel.cancel();
    listening.await.expect("ends");
    here.close().await;
    there.close().await;
    database.remove().await;
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let database = Database::sqlite();
    let store = database.store().await;
    store.close().await;
    let error = store.ping().await.expect_err("closed");
    assert!(matches!(&error, StoreError::Unavailable { reason } if reason.contains("stopping")), "{error}");
}
