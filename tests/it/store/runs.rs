//! Runs and the records they find.

use serde_json::{Map, Value, json};
use staylogged::{
    domain::{AccountName, Connection, Outcome, Run, RunId, RunProgress, StreamName, UserEvent},
    store::{NewRecord, RunBegun, RunFilter, Store, StoreError},
};

use super::{NOW, connect, connect_as, connection_of, later, provider, user};
use crate::support::databases::on_both_databases;

fn products() -> StreamName {
    StreamName::parse("products").expect("a stream name")
}

fn run_of(connection: &Connection, at: i64) -> Run {
    Run {
        id: RunId::new(uuid::Uuid::now_v7()),
        connection: connection.id.clone(),
        user: connection.user.clone(),
        provider: connection.provider.clone(),
        account: connection.account.clone(),
        stream: products(),
        source: None,
        progress: RunProgress::default(),
        outcome: None,
        message: None,
        started_at: later(at),
        finished_at: None,
    }
}

async fn begin_run(store: &Store, connection: &Connection, at: i64) -> Run {
    match store.begin_run(run_of(connection, at)).await.expect("begins") {
        RunBegun::New(run) => run,
        RunBegun::UnderWay(run) => panic!("{} is under way", run.id),
    }
}

fn record(key: &str, price: i64) -> NewRecord {
    // An order that jsonb would not keep.
    let Value::Object(fields) = json!({ "title": format!("Product {key}"), "id": key, "price": price, "a": null })
    else {
        unreachable!("it is an object")
    };
    NewRecord { key: key.into(), fields }
}

fn progress(pages: u32, records: u32) -> RunProgress {
    RunProgress { pages, records }
}

async fn keys(store: &Store, connection: &Connection, run: Option<&RunId>) -> Vec<String> {
    let mut keys = vec![];
    let mut cursor = None;
    loop {
        let page = store.records(&connection.id, &products(), cursor.as_deref(), 2, run).await.expect("reads");
        assert!(page.records.len() <= 2);
        keys.extend(page.records.into_iter().map(|record| record.key));
        cursor = page.next;
        if cursor.is_none() {
            return keys;
        }
    }
}

on_both_databases! {
    async fn records_are_kept_once_each_and_in_the_sites_order(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let first = begin_run(&store, &connection, 10).await;
        store.run_page(&first, progress(1, 3), "capture", &[record("z", 1), record("m", 2), record("a", 3)], later(11))
            .await.expect("keeps");
        store.run_page(&first, progress(2, 4), "capture", &[record("m", 5), record("q", 4)], later(12)).await.expect("keeps");
        assert_eq!(keys(&store, &connection, None).await, ["z", "m", "a", "q"]);
        let page = store.records(&connection.id, &products(), None, 9, None).await.expect("reads");
        assert_eq!(page.next, None);
        assert_eq!(page.records[1].fields, record("m", 5).fields, "the newest fields");
        let order: Vec<&String> = page.records[1].fields.keys().collect();
        assert_eq!(order, ["title", "id", "price", "a"]);
        assert_eq!((page.records[1].first_seen, page.records[1].last_seen), (later(11), later(12)));
        let first = store.finish_run(&first, Outcome::Ok, None, later(13)).await.expect("ends");
        assert_eq!((first.source.as_deref(), first.progress, first.outcome), (Some("capture"), progress(2, 4), Some(Outcome::Ok)));

        let second = begin_run(&store, &connection, 20).await;
        store.run_page(&second, progress(1, 3), "markup", &[record("q", 4), record("new", 6), record("z", 1)], later(21))
            .await.expect("keeps");
        assert_eq!(keys(&store, &connection, None).await, ["z", "m", "a", "q", "new"]);
        assert_eq!(keys(&store, &connection, Some(&second.id)).await, ["q", "new", "z"], "as this run saw them");
        assert_eq!(keys(&store, &connection, Some(&first.id)).await, ["z", "m", "a", "q"], "an older run's stay its own");
        assert_eq!(store.count_records(&connection.id, &products()).await.expect("counts"), 5);
        assert_eq!(store.count_run_records(&second.id).await.expect("counts"), 3);
        assert_eq!(store.count_all_records(&connection.id).await.expect("counts"), 5);
        let page = store.records(&connection.id, &products(), None, 1, None).await.expect("reads");
        assert_eq!((page.records[0].first_seen, page.records[0].last_seen), (later(11), later(21)));

        for wrong in ["", "x", "-1", "0", "1; drop table records"] {
            let refused = store.records(&connection.id, &products(), Some(wrong), 9, None).await;
            assert!(matches!(refused, Err(StoreError::InvalidCursor)), "{wrong}");
        }
    }

    async fn a_runs_events_are_numbered_on_its_own_stream(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let before = store.last_user_event_id(&connection.user).await.expect("reads");
        let run = begin_run(&store, &connection, 1).await;
        store.run_page(&run, progress(1, 0), "capture", &[], later(2)).await.expect("keeps");
        let ended = store.finish_run(&run, Outcome::NeedsReconnect, Some("The login page came."), later(3)).await.expect("ends");
        let again = store.finish_run(&run, Outcome::Ok, None, later(4)).await.expect("answers");
        assert_eq!(again, ended, "it ended once");
        assert_eq!(ended.message.as_deref(), Some("The login page came."));

        let events = store.run_events(&run.id, 0, 9).await.expect("reads");
        let told: Vec<_> = events.iter().map(|event| (event.id, event.event.name())).collect();
        assert_eq!(told, [(1, "run_started"), (2, "run_progress"), (3, "run_finished")]);
        assert!(matches!(events[2].event, UserEvent::RunFinished { needs_reconnect: true, .. }));
        let on_the_users: Vec<i64> =
            store.user_events(&connection.user, before, 9).await.expect("reads").iter().map(|event| event.id).collect();
        assert_eq!(on_the_users, [before + 1, before + 2, before + 3]);
        let late = store.run_page(&run, progress(2, 1), "capture", &[record("a", 1)], later(5)).await;
        assert!(matches!(late, Err(StoreError::Moved(_))));
        assert_eq!(store.count_records(&connection.id, &products()).await.expect("counts"), 0);
    }

    async fn one_run_is_under_way_for_a_stream(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let begun = (0..8).map(|_| {
            let (store, run) = (store.clone(), run_of(&connection, 1));
            tokio::spawn(async move { store.begin_run(run).await.expect("answers") })
        });
        let begun = futures_util::future::join_all(begun.collect::<Vec<_>>()).await;
        let (mut new, mut ids) = (0, std::collections::BTreeSet::new());
        for one in begun {
            match one.expect("runs") {
                RunBegun::New(run) => { new += 1; ids.insert(run.id); }
                RunBegun::UnderWay(run) => { ids.insert(run.id); }
            }
        }
        assert_eq!((new, ids.len()), (1, 1));
        let under_way = store.runs_under_way().await.expect("reads");
        assert_eq!(under_way.len(), 1);
        let other = Run { stream: StreamName::parse("sales").expect("a name"), ..run_of(&connection, 2) };
        assert!(matches!(store.begin_run(other.clone()).await.expect("begins"), RunBegun::New(_)), "another stream");
        store.finish_run(&under_way[0], Outcome::Failed, Some("It broke."), later(3)).await.expect("ends");
        let third = begin_run(&store, &connection, 3).await;

        let ids = |runs: Vec<Run>| runs.into_iter().map(|run| run.id).collect::<Vec<_>>();
        let all = store.runs(&connection.user, &RunFilter::default(), 9).await.expect("reads");
        assert_eq!(ids(all), [third.id.clone(), other.id.clone(), under_way[0].id.clone()], "newest first");
        let filter = RunFilter { provider: Some(provider()), stream: Some(products()), ..RunFilter::default() };
        assert_eq!(store.runs(&connection.user, &filter, 1).await.expect("reads"), std::slice::from_ref(&third));
        assert_eq!(store.runs(&user("bob"), &RunFilter::default(), 9).await.expect("reads"), []);
        assert_eq!(store.run(&user("bob"), &third.id).await.expect("reads"), None, "it is Ana's");
        assert_eq!(store.run(&connection.user, &third.id).await.expect("reads"), Some(third));
    }

    async fn a_disconnect_stops_runs_and_deletes_records(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let run = begin_run(&store, &connection, 1).await;
        store.run_page(&run, progress(1, 1), "capture", &[record("a", 1)], later(2)).await.expect("keeps");
        assert!(store.disconnect(&connection.user, &connection.id, later(3)).await.expect("ends"));
        let stopped = store.run(&connection.user, &run.id).await.expect("reads").expect("is there");
        assert_eq!(stopped.outcome, Some(Outcome::Cancelled));
        let late = store.run_page(&run, progress(2, 2), "capture", &[record("b", 1)], later(4)).await;
        assert!(matches!(late, Err(StoreError::Moved(_))), "nothing comes back after it");
        assert_eq!(store.count_all_records(&connection.id).await.expect("counts"), 0);
        assert_eq!(store.count_run_records(&run.id).await.expect("counts"), 0);
        let names: Vec<_> = store.run_events(&run.id, 0, 9).await.expect("reads").iter().map(|e| e.event.name()).collect();
        assert_eq!(names, ["run_started", "run_progress", "run_finished"]);
    }

    async fn another_account_takes_the_records_of_the_one_before_it_away(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let other = connection_of(&store, "bob").await;
        connect_as(&store, &connection, 1, Some("ana")).await;
        connect_as(&store, &other, 1, Some("bob")).await;
        let first = begin_run(&store, &connection, 1).await;
        store.run_page(&first, progress(1, 2), "capture", &[record("a", 1), record("b", 2)], later(2)).await.expect("keeps");
        let first = store.finish_run(&first, Outcome::Ok, None, later(3)).await.expect("ends");
        let of_bob = begin_run(&store, &other, 1).await;
        store.run_page(&of_bob, progress(1, 1), "capture", &[record("a", 9)], later(2)).await.expect("keeps");

        // The same account: nothing is lost.
        connect_as(&store, &connection, 2, Some("ana")).await;
        assert_eq!(keys(&store, &connection, None).await, ["a", "b"]);

        let under_way = begin_run(&store, &connection, 4).await;
        store.run_page(&under_way, progress(1, 1), "capture", &[record("c", 3)], later(5)).await.expect("keeps");
        connect_as(&store, &connection, 3, Some("ben")).await;
        assert_eq!(store.count_all_records(&connection.id).await.expect("counts"), 0);
        for run in [&first, &under_way] {
            assert_eq!(store.count_run_records(&run.id).await.expect("counts"), 0, "nor what the runs saw");
        }
        let stopped = store.run(&connection.user, &under_way.id).await.expect("reads").expect("is there");
        assert_eq!(
            (stopped.outcome, stopped.message.as_deref()),
            (Some(Outcome::Cancelled), Some("Another account was connected."))
        );
        let late = store.run_page(&under_way, progress(2, 2), "capture", &[record("d", 4)], later(6)).await;
        assert!(matches!(late, Err(StoreError::Moved(_))), "nothing of it comes back");
        let last = store.last_user_event_id(&connection.user).await.expect("reads");
        let told = store.user_events(&connection.user, last - 3, 9).await.expect("reads");
        let names: Vec<_> = told.iter().map(|event| event.event.name()).collect();
        assert_eq!(names, ["run_finished", "saved", "connected"]);
        assert_eq!(keys(&store, &other, None).await, ["a"], "another connection's records are not touched");

        let next = begin_run(&store, &connection, 7).await;
        store.run_page(&next, progress(1, 1), "capture", &[record("a", 5)], later(8)).await.expect("keeps");
        let page = store.records(&connection.id, &products(), None, 9, None).await.expect("reads");
        assert_eq!(page.records[0].first_seen, later(8), "seen for the first time, as far as this account goes");
    }

    async fn odd_texts_survive(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let run = begin_run(&store, &connection, 1).await;
        let mut fields = Map::new();
        for text in ["", "'; drop table records; --", "é 漢字 🦀 \u{202e}", "\\u0041\n\t\"", "$1"] {
            fields.insert(format!("field {text}"), Value::from(text));
        }
        fields.insert("large".into(), json!(u64::MAX));
        fields.insert("fraction".into(), json!(0.1));
        let odd = NewRecord { key: "🦀'\"".into(), fields: fields.clone() };
        store.run_page(&run, progress(1, 1), "capture", &[odd], NOW).await.expect("keeps");
        let page = store.records(&connection.id, &products(), None, 9, None).await.expect("reads");
        assert_eq!(page.records[0].fields, fields);
        assert_eq!(page.records[0].key, "🦀'\"");
        assert_eq!(store.connection_of(&user("ana"), &provider(), &AccountName::main()).await.expect("reads"), Some(connection));
    }
}
