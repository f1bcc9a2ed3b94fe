//! Connections and their sessions.

use std::fs;

use staylogged::{
    domain::{
        AccountName, ConnectionId, ConnectionStatus, LoginEvent, LoginState, Params, Sealed, UserEvent,
        rule::{Evidence, Truth},
    },
    store::{Begun, SessionLeft, StoreError},
};

use super::{NOW, begin, connect, connection_of, later, new_login, provider, saving, turn, user};
use crate::both_databases::on_both_databases;

fn left(sealed: &Sealed) -> SessionLeft<'_> {
    SessionLeft { sealed, ends: None, is_logged_in: true }
}

on_both_databases! {
    async fn a_connection_is_found_or_made(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        assert_eq!(connection_of(&store, "ana").await, connection, "found");
        let second = AccountName::parse("second").expect("a name");
        let id = ConnectionId::new(uuid::Uuid::now_v7());
        let other = store.connection_for(&user("ana"), &provider(), &second, id.clone(), later(1)).await.expect("makes");
        assert_eq!((&other.id, &other.account), (&id, &second));
        assert_eq!(store.connections(&user("ana")).await.expect("reads"), [connection.clone(), other.clone()]);
        assert_eq!(store.connection_of(&user("ana"), &provider(), &second).await.expect("reads"), Some(other));
        assert_eq!(store.connection(&user("bob"), &connection.id).await.expect("reads"), None, "it is Ana's");
        assert_eq!(store.connections(&user("bob")).await.expect("reads"), []);
    }

    async fn only_the_session_that_was_seen_logged_out_needs_a_reconnect(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let mark = |generation| store.mark_needs_reconnect(&connection.id, "The login page came.", &[], generation, later(5));
        assert!(!mark(0).await.expect("answers"), "it was never connected");
        connect(&store, &connection, 1).await;
        assert!(store.write_back_session(&connection.id, 1, &left(&Sealed::from_bytes(vec![2])), later(3)).await.expect("saves"));
        assert!(!mark(1).await.expect("answers"), "an older session was seen");
        assert!(mark(2).await.expect("answers"));
        assert!(!mark(2).await.expect("answers"), "told once");
        let marked = store.connection(&connection.user, &connection.id).await.expect("reads").expect("is there");
        assert_eq!(marked.status, ConnectionStatus::NeedsReconnect);
        assert_eq!(marked.reason.as_deref(), Some("The login page came."));
        let last = store.last_user_event_id(&connection.user).await.expect("reads");
        let told = store.user_events(&connection.user, last - 1, 9).await.expect("reads");
        assert!(matches!(&told[0].event, UserEvent::NeedsReconnect { reason, .. } if reason == "The login page came."));

        connect(&store, &connection, 3).await;
        let again = store.connection(&connection.user, &connection.id).await.expect("reads").expect("is there");
        assert_eq!((again.status, again.reason), (ConnectionStatus::Connected, None));
    }

    async fn a_session_that_was_called_ended_and_is_seen_logged_in_connects_again(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let now = async || store.connection(&connection.user, &connection.id).await.expect("reads").expect("is there");
        let told = async || {
            let last = store.last_user_event_id(&connection.user).await.expect("reads");
            store.user_events(&connection.user, last - 1, 9).await.expect("reads")[0].event.clone()
        };
        let sealed = Sealed::from_bytes(vec![2]);
        for is_saved in [true, false] {
            let generation = store.next_generation(&connection.id).await.expect("reads") - 1;
            assert!(store.mark_needs_reconnect(&connection.id, "It ended.", &[], generation, later(5)).await.expect("marks"));
            assert!(!store.mark_checked(&connection.id, generation - 1, later(6)).await.expect("answers"), "an older session");
            assert_eq!(now().await.status, ConnectionStatus::NeedsReconnect);
            let seen = if is_saved {
                store.write_back_session(&connection.id, generation, &left(&sealed), later(6)).await
            } else {
                store.mark_checked(&connection.id, generation, later(6)).await
            };
            assert!(seen.expect("notes"));
            let seen = now().await;
            assert_eq!((seen.status, seen.reason), (ConnectionStatus::Connected, None));
            assert_eq!((seen.checked_at, seen.updated_at), (Some(later(6)), later(6)));
            assert!(matches!(told().await, UserEvent::Connected { connection_id, .. } if connection_id == connection.id));
        }
    }

    async fn that_nobody_knows_whether_a_session_works_is_noted_until_somebody_does(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let evidence = [Evidence { rule: "a mark".into(), seen: "none".into(), value: Truth::False }];
        let since = async || {
            let now = store.connection(&connection.user, &connection.id).await.expect("reads").expect("is there");
            assert_eq!(now.evidence.is_empty(), now.unsure_since.is_none());
            now.unsure_since
        };
        let told = async || {
            let all = store.user_events(&connection.user, 0, 99).await.expect("reads").into_iter();
            all.map(|one| one.event.name()).filter(|name| ["unsure", "connected"].contains(name)).collect::<Vec<_>>()
        };
        assert!(!store.mark_unsure(&connection.id, &evidence, 0, later(1)).await.expect("answers"), "it was never connected");
        connect(&store, &connection, 1).await;
        assert!(!store.mark_unsure(&connection.id, &evidence, 2, later(1)).await.expect("answers"), "of another session");
        assert!(store.mark_unsure(&connection.id, &evidence, 1, later(1)).await.expect("notes"));
        assert!(store.mark_unsure(&connection.id, &evidence, 1, later(2)).await.expect("notes"), "again");
        assert_eq!(since().await, Some(later(1)), "since the first time");
        assert_eq!(told().await, ["connected", "unsure"], "once");

        let sealed = Sealed::from_bytes(vec![2]);
        let newer_cookies = SessionLeft { is_logged_in: false, ..left(&sealed) };
        assert!(store.write_back_session(&connection.id, 1, &newer_cookies, later(3)).await.expect("saves"));
        let kept = store.connection(&connection.user, &connection.id).await.expect("reads").expect("is there");
        assert_eq!((kept.unsure_since, kept.checked_at), (Some(later(1)), Some(later(1))), "newer cookies say nothing");

        assert!(store.mark_checked(&connection.id, 2, later(4)).await.expect("notes"));
        assert_eq!(since().await, None);
        assert_eq!(told().await, ["connected", "unsure", "connected"]);
        assert!(store.mark_checked(&connection.id, 2, later(4)).await.expect("notes"));
        assert_eq!(told().await.len(), 3, "whoever was sure is told nothing");
        assert!(store.mark_unsure(&connection.id, &evidence, 2, later(5)).await.expect("notes"));
        assert!(store.write_back_session(&connection.id, 2, &left(&sealed), later(6)).await.expect("saves"));
        assert_eq!(since().await, None);
        assert!(store.mark_unsure(&connection.id, &evidence, 3, later(7)).await.expect("notes"));
        assert!(store.mark_needs_reconnect(&connection.id, "It ended.", &[], 3, later(8)).await.expect("marks"));
        assert_eq!(since().await, None, "now it is known");
        assert!(!store.mark_unsure(&connection.id, &evidence, 3, later(9)).await.expect("answers"));
        connect(&store, &connection, 4).await;
        assert!(store.mark_unsure(&connection.id, &evidence, 4, later(9)).await.expect("notes"));
        connect(&store, &connection, 5).await;
        assert_eq!(since().await, None, "there is another session");
    }

    async fn what_the_user_said_is_kept_with_the_login_and_from_its_save_on_with_the_connection(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let at = |site: &str| Params::from([("site".to_owned(), site.to_owned())]);
        let begin_at = async |site: &str| {
            let mut new = new_login(&connection);
            new.login.params = at(site);
            match store.begin_login(new).await.expect("begins") {
                Begun::New(login) => login,
                Begun::UnderWay(login) => panic!("{} is under way", login.id),
            }
        };
        let kept = async || store.connection(&connection.user, &connection.id).await.expect("reads").expect("is there").params;
        assert_eq!(kept().await, Params::new());
        let first = begin_at("a.example").await;
        assert_eq!(kept().await, at("a.example"), "nothing is saved yet: it is what the next try begins with");
        assert_eq!(store.login(&connection.user, &first.id).await.expect("reads").expect("is there").params, at("a.example"));
        store.turn(&first, saving(1, "sealed")).await.expect("saves");
        assert_eq!(kept().await, at("a.example"));

        let second = begin_at("b.example").await;
        assert_eq!(kept().await, at("a.example"), "the session that is there is of the other one");
        store.turn(&second, turn(LoginState::Cancelled, LoginEvent::Cancelled)).await.expect("ends");
        assert_eq!(kept().await, at("a.example"), "a login that came to nothing changes nothing");
        let third = begin_at("b.example").await;
        store.turn(&third, saving(2, "sealed")).await.expect("saves");
        assert_eq!(kept().await, at("b.example"));
        assert!(store.disconnect(&connection.user, &connection.id, later(9)).await.expect("ends"));
        assert_eq!(kept().await, Params::new());
    }

    async fn of_two_who_write_a_session_back_one_wins(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let nothing = store.write_back_session(&connection.id, 0, &left(&Sealed::from_bytes(vec![1])), NOW).await;
        assert!(!nothing.expect("answers"), "there is no session to write back");
        assert_eq!(store.next_generation(&connection.id).await.expect("reads"), 1, "and nothing was counted");
        connect(&store, &connection, 1).await;
        let writers = (0..6_u8).map(|n| {
            let (store, id) = (store.clone(), connection.id.clone());
            tokio::spawn(async move {
                store.write_back_session(&id, 1, &left(&Sealed::from_bytes(vec![n])), later(2)).await.expect("answers").then_some(n)
            })
        });
        let won = futures_util::future::join_all(writers.collect::<Vec<_>>()).await;
        let won: Vec<u8> = won.into_iter().filter_map(|one| one.expect("runs")).collect();
        assert_eq!(won.len(), 1);
        let session = store.session(&connection.id).await.expect("reads").expect("is kept");
        assert_eq!((session.generation, session.sealed.as_bytes(), session.saved_at), (2, &won[..], later(2)));
    }

    async fn a_lease_is_held_by_one_and_ends_by_itself(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let lease = |holder: &'static str, until, now| {
            let (store, id) = (store.clone(), connection.id.clone());
            async move { store.lease_session(&id, holder, later(until), later(now)).await.expect("answers") }
        };
        assert!(!lease("one", 10, 0).await, "there is nothing to lease");
        connect(&store, &connection, 1).await;
        assert!(lease("one", 10, 0).await);
        assert!(!lease("two", 19, 9).await);
        assert!(lease("one", 20, 9).await, "prolonged");
        assert!(!lease("two", 29, 19).await);
        assert!(lease("two", 30, 20).await, "over");
        store.release_session(&connection.id, "one").await.expect("no harm");
        assert!(!lease("one", 31, 21).await, "only the holder gives it back");
        store.release_session(&connection.id, "two").await.expect("gives back");
        assert!(lease("one", 31, 21).await);
    }

    async fn a_disconnect_deletes_the_session_and_its_successor_is_another(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        assert!(!store.disconnect(&user("bob"), &connection.id, later(2)).await.expect("answers"), "it is Ana's");
        let login = begin(&store, &connection).await;
        assert!(store.disconnect(&connection.user, &connection.id, later(2)).await.expect("ends"));
        assert!(!store.disconnect(&connection.user, &connection.id, later(2)).await.expect("answers"), "once");
        assert_eq!(store.session(&connection.id).await.expect("reads"), None);
        let ended = store.connection(&connection.user, &connection.id).await.expect("reads").expect("is there");
        assert_eq!((ended.status, ended.identity, ended.connected_at), (ConnectionStatus::Disconnected, None, None));
        let last = store.last_user_event_id(&connection.user).await.expect("reads");
        let told = store.user_events(&connection.user, last - 1, 9).await.expect("reads");
        assert_eq!(told[0].event.name(), "disconnected");
        let late = store.turn(&login, saving(2, "late")).await;
        assert!(matches!(late, Err(StoreError::Moved("connection"))), "a login under way does not undo it");
        store.turn(&login, turn(LoginState::Cancelled, LoginEvent::Cancelled))
            .await.expect("ends");

        assert_eq!(connection_of(&store, "ana").await.status, ConnectionStatus::Pending, "it may begin again");
        assert_eq!(store.next_generation(&connection.id).await.expect("reads"), 2, "generations are not used twice");
        connect(&store, &connection, 2).await;
        let stale = store.mark_needs_reconnect(&connection.id, "seen before", &[], 1, later(9)).await;
        assert!(!stale.expect("answers"), "what was seen of the deleted session says nothing about the new one");
    }
}

#[tokio::test]
async fn nothing_of_a_deleted_session_stays_in_the_sqlite_files() {
    let database = crate::support::databases::Database::sqlite();
    let store = database.store().await;
    let connection = connection_of(&store, "ana").await;
    let marked = "MARKED-SESSION-BYTES-".repeat(2000);
    let login = begin(&store, &connection).await;
    store.turn(&login, saving(1, &marked)).await.expect("saves");
    let found = || {
        let dir = database.dir.as_ref().expect("a directory").path();
        let files =
            fs::read_dir(dir).expect("readable").map(|file| fs::read(file.expect("a file").path()).expect("reads"));
        files.filter(|bytes| bytes.windows(21).any(|window| window == b"MARKED-SESSION-BYTES-")).count()
    };
    assert!(found() > 0, "the search finds what is there");
    assert!(store.disconnect(&connection.user, &connection.id, later(1)).await.expect("ends"));
    assert_eq!(found(), 0);
}
