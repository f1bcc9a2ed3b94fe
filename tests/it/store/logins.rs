//! Logins: one step at a time, and every step told once.

use staylogged::{
    domain::{
        AccountIdentity, AccountName, ConnectionId, ConnectionStatus, ExpiryReason, Failure, FailureCode, LoginEvent,
        LoginState, PersonsTime, UserEvent,
    },
    store::{Begun, NewLogin, SaveSession, StoreError, Turn},
};

use super::{NOW, begin, connection_of, later, new_login, provider, saving, turn, user};
use crate::both_databases::on_both_databases;

on_both_databases! {
    async fn a_login_goes_from_launch_to_a_saved_session(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        assert_eq!(connection.status, ConnectionStatus::Pending);
        let login = begin(&store, &connection).await;
        assert_eq!(login.version, 1);
        assert_eq!(store.owed().await.expect("reads"), [(login.id.clone(), "launch".to_owned())]);
        store.settle_owed(&login.id, "launch").await.expect("settles");
        assert_eq!(store.owed().await.expect("reads"), []);

        let step = turn(LoginState::AwaitingLogin, LoginEvent::awaiting_login());
        let login = store.turn(&login, step).await.expect("moves");
        assert_eq!((login.version, login.entered_at, login.deadline_at), (2, later(1), Some(later(600))));
        // The same state again: it is told, but was not entered anew.
        let step = Turn { now: later(9), ..turn(LoginState::AwaitingLogin, LoginEvent::LoginNotDetected { evidence: vec![] }) };
        let login = store.turn(&login, step).await.expect("moves");
        assert_eq!((login.version, login.entered_at), (3, later(1)));

        let identity = AccountIdentity { id: "42".into(), label: "ana@example.com".into() };
        let mut step = saving(store.next_generation(&connection.id).await.expect("reads"), "sealed 1");
        step.events.insert(0, LoginEvent::Verified { identity: Some(identity.clone()) });
        step.save = step.save.map(|save| SaveSession { identity: Some(identity.clone()), ..save });
        let login = store.turn(&login, step).await.expect("saves");
        assert_eq!((login.version, login.deadline_at), (5, None));
        assert_eq!(store.login(&login.user, &login.id).await.expect("reads"), Some(login.clone()));

        let session = store.session(&connection.id).await.expect("reads").expect("is kept");
        assert_eq!((session.sealed.as_bytes(), session.generation), (&b"sealed 1"[..], 1));
        let connection = store.connection(&login.user, &connection.id).await.expect("reads").expect("is there");
        assert_eq!(connection.status, ConnectionStatus::Connected);
        assert_eq!((connection.identity, connection.connected_at), (Some(identity), Some(later(1))));

        let events = store.login_events(&login.id, 0, 100).await.expect("reads");
        let told: Vec<_> = events.iter().map(|event| (event.id, event.event.name())).collect();
        let names = ["launching", "awaiting_login", "login_not_detected", "verified", "saved"];
        assert_eq!(told, (1..).zip(names).collect::<Vec<_>>());
        let rest = store.login_events(&login.id, 3, 1).await.expect("reads");
        assert_eq!(rest.iter().map(|event| event.id).collect::<Vec<_>>(), [4]);
        let told = store.user_events(&login.user, 0, 100).await.expect("reads");
        let told: Vec<_> = told.iter().map(|event| (event.id, event.event.name())).collect();
        let names = ["launching", "awaiting_login", "login_not_detected", "verified", "saved", "connected"];
        assert_eq!(told, (1..).zip(names).collect::<Vec<_>>());
        assert_eq!(store.oldest_user_event_id(&login.user).await.expect("reads"), 1);
        assert_eq!(store.last_user_event_id(&login.user).await.expect("reads"), 6);
        assert_eq!(store.last_user_event_id(&user("nobody")).await.expect("reads"), 0);
    }

    async fn one_login_is_under_way_for_a_connection(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let other = connection_of(&store, "bob").await;
        let login = begin(&store, &connection).await;
        assert_eq!(store.begin_login(new_login(&connection)).await.expect("answers"), Begun::UnderWay(login.clone()));
        let of_bob = begin(&store, &other).await;
        assert_eq!(store.logins_under_way().await.expect("reads"), [login.clone(), of_bob.clone()]);
        assert_eq!(store.login(&user("bob"), &login.id).await.expect("reads"), None, "it is Ana's");

        let failure = Failure { code: FailureCode::Interrupted, message: "It stopped.".into(), retryable: true, evidence: Vec::new() };
        let step = turn(LoginState::Failed { failure: failure.clone() }, LoginEvent::Failed(failure));
        let login = store.turn(&login, step).await.expect("ends");
        assert_eq!(store.login(&login.user, &login.id).await.expect("reads"), Some(login.clone()), "the failure too");
        assert_eq!(store.login_under_way(&connection.id).await.expect("reads"), None);
        let late = store.turn(&login, turn(LoginState::Cancelled, LoginEvent::Cancelled)).await;
        assert!(matches!(late, Err(StoreError::Moved(_))), "what is over stays over");
        begin(&store, &connection).await;
    }

    async fn many_who_begin_at_once_get_the_same_login(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let begun = (0..12).map(|_| {
            let (store, new) = (store.clone(), new_login(&connection));
            tokio::spawn(async move { store.begin_login(new).await.expect("answers") })
        });
        let begun = futures_util::future::join_all(begun.collect::<Vec<_>>()).await;
        let mut new = 0;
        let mut ids = std::collections::BTreeSet::new();
        for one in begun {
            match one.expect("runs") {
                Begun::New(login) => { new += 1; ids.insert(login.id); }
                Begun::UnderWay(login) => { ids.insert(login.id); }
            }
        }
        assert_eq!((new, ids.len()), (1, 1));
    }

    async fn an_idempotency_key_begins_one_login(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let keyed = |connection| NewLogin { idempotency_key: Some("k1".into()), ..new_login(connection) };
        let Begun::New(login) = store.begin_login(keyed(&connection)).await.expect("begins") else { panic!("is new") };
        let over = store.turn(&login, turn(LoginState::Cancelled, LoginEvent::Cancelled)).await.expect("ends");
        assert_eq!(store.begin_login(keyed(&connection)).await.expect("answers"), Begun::UnderWay(over));
        let of_bob = connection_of(&store, "bob").await;
        assert!(matches!(store.begin_login(keyed(&of_bob)).await.expect("begins"), Begun::New(_)), "Bob's key is his own");
        begin(&store, &connection).await;
    }

    async fn what_is_known_of_the_person_is_kept(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let account = |id: &str| AccountIdentity { id: id.into(), label: format!("{id}@example.com") };
        let mut new = new_login(&connection);
        new.login.reconnect = true;
        new.login.window = true;
        new.login.expected = Some(account("ana"));
        let Begun::New(begun) = store.begin_login(new).await.expect("begins") else { panic!("under way") };
        assert_eq!(store.login(&begun.user, &begun.id).await.expect("reads"), Some(begun.clone()));

        let time = PersonsTime { until: later(1800), extended: true, idle_ends_at: Some(later(360)) };
        let told = LoginEvent::IdleWarning { ends_at: later(360) };
        let warned = Turn { time, ..turn(LoginState::AwaitingLogin, told.clone()) };
        let warned = store.turn(&begun, warned).await.expect("moves");
        assert_eq!((warned.time, store.login(&begun.user, &begun.id).await.expect("reads")), (time, Some(warned.clone())));
        let events = store.login_events(&begun.id, 1, 10).await.expect("reads");
        assert_eq!(events[0].event, told);

        let (expected, found) = (account("ana"), account("ben"));
        let asked = turn(LoginState::OtherAccount { found: found.clone() }, LoginEvent::OtherAccount { expected, found });
        let asked = store.turn(&warned, asked).await.expect("moves");
        assert_eq!(store.login(&begun.user, &begun.id).await.expect("reads"), Some(asked.clone()));

        let late = Turn { time, ..turn(LoginState::Expired, LoginEvent::Expired { reason: ExpiryReason::Idle }) };
        let over = store.turn(&asked, late).await.expect("ends");
        assert_eq!((over.state.clone(), over.time.idle_ends_at), (LoginState::Expired, None));
        assert_eq!(store.login(&begun.user, &begun.id).await.expect("reads"), Some(over));
        let last = store.login_events(&begun.id, 0, 10).await.expect("reads").pop().expect("an event");
        assert_eq!(last.event, LoginEvent::Expired { reason: ExpiryReason::Idle });
    }

    async fn of_many_turns_at_once_one_wins(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let mut login = begin(&store, &connection).await;
        for round in 2..8 {
            let turns = (0..8).map(|_| {
                let (store, login) = (store.clone(), login.clone());
                let step = turn(LoginState::AwaitingLogin, LoginEvent::awaiting_login());
                tokio::spawn(async move { store.turn(&login, step).await })
            });
            let mut won = vec![];
            for one in futures_util::future::join_all(turns.collect::<Vec<_>>()).await {
                match one.expect("runs") {
                    Ok(login) => won.push(login),
                    Err(StoreError::Moved(_)) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            assert_eq!(won.len(), 1);
            login = won.remove(0);
            assert_eq!(login.version, round);
        }
        let ids: Vec<i64> = store.login_events(&login.id, 0, 100).await.expect("reads").iter().map(|e| e.id).collect();
        assert_eq!(ids, (1..=7).collect::<Vec<_>>());
    }

    /// Many logins of one user, moved by two instances at once, while a reader follows the stream: whenever it looks,
    /// it sees the next ids and no gap.
    async fn a_users_stream_has_no_gaps_under_concurrency(database: &Database) {
        let stores = [database.store().await, database.store().await];
        let mut writers = vec![];
        for n in 0..8_usize {
            let store = stores[n % 2].clone();
            writers.push(tokio::spawn(async move {
                let account = AccountName::parse(format!("a{n}")).expect("a name");
                let id = ConnectionId::new(uuid::Uuid::now_v7());
                let connection = store
                    .connection_for(&user("ana"), &provider(), &account, id, NOW).await.expect("makes");
                let mut login = begin(&store, &connection).await;
                for _ in 0..9 {
                    let step = turn(LoginState::AwaitingLogin, LoginEvent::awaiting_login());
                    login = store.turn(&login, step).await.expect("moves");
                }
            }));
        }
        let reader = stores[0].clone();
        let mut bell = reader.bells().user(&user("ana"));
        let mut seen = 0;
        while seen < 80 {
            for event in reader.user_events(&user("ana"), seen, 7).await.expect("reads") {
                assert_eq!(event.id, seen + 1);
                assert!(matches!(event.event, UserEvent::Login { .. }));
                seen = event.id;
            }
            // Half of it is written by the other instance, which this bell does not hear: look again anyway.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), bell.changed()).await;
        }
        for writer in writers {
            writer.await.expect("writes");
        }
        assert_eq!(reader.last_user_event_id(&user("ana")).await.expect("reads"), 80);
    }

    async fn a_save_for_another_generation_changes_nothing(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let login = begin(&store, &connection).await;
        for generation in [0, 2, 7] {
            let refused = store.turn(&login, saving(generation, "stale")).await;
            assert!(matches!(refused, Err(StoreError::Moved("connection"))));
        }
        assert_eq!(store.session(&connection.id).await.expect("reads"), None);
        assert_eq!(store.login_under_way(&connection.id).await.expect("reads"), Some(login.clone()), "as it was");
        assert_eq!(store.last_user_event_id(&login.user).await.expect("reads"), 1, "nothing was told");
        store.turn(&login, saving(1, "right")).await.expect("saves");
    }

    async fn bells_ring_for_the_login_and_its_user_only(database: &Database) {
        let store = database.store().await;
        let (ana, bob) = (connection_of(&store, "ana").await, connection_of(&store, "bob").await);
        let login = begin(&store, &ana).await;
        let mut of_login = store.bells().login(&login.id);
        let mut of_ana = store.bells().user(&ana.user);
        let of_bob = store.bells().user(&bob.user);
        store.turn(&login, turn(LoginState::Cancelled, LoginEvent::Cancelled)).await.expect("moves");
        of_login.changed().await.expect("rings");
        of_ana.changed().await.expect("rings");
        assert!(!of_bob.has_changed().expect("hangs there"));
    }
}
