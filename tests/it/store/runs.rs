//! Runs and the records they find.

use serde_json::{Map, Value, json};
use staylogged::{
    domain::{
        AccountIdentity, AccountName, Connection, Cursor, ListEnd, Order, OrderBy, Outcome, Params, Run, RunEnd, RunId,
        RunProgress, Search, Selection, SessionState, StreamName, UserEvent,
    },
    store::{Begun, NewRecord, RecordFilter, RunBegun, RunFilter, RunPage, SaveSession, Store, StoreError},
};

use super::{NOW, connect, connect_as, connection_of, later, new_login, provider, saving, user};
use crate::both_databases::on_both_databases;

fn products() -> StreamName {
    StreamName::parse("products").expect("a stream name")
}

fn run_of(connection: &Connection, at: i64) -> Run {
    Run::new(RunId::new(uuid::Uuid::now_v7()), connection, products(), "v1".into(), later(at))
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

fn page<'a>(progress: RunProgress, source: &'a str, records: &'a [NewRecord]) -> RunPage<'a> {
    RunPage { progress, source, cursor: cursor(progress.pages), records, not_given: &[] }
}

fn cursor(pages: u32) -> Cursor {
    Cursor { source: 0, pages, items: 0, next: None, end: None, total: None, overlaps: 0, first: None, doubt: None }
}

async fn keys(store: &Store, connection: &Connection, run: Option<&RunId>) -> Vec<String> {
    let mut keys = vec![];
    let mut cursor = None;
    loop {
        let filter = run.map(RecordFilter::of_run).unwrap_or_default();
        let page = store.records(&connection.id, &products(), cursor.as_deref(), 2, &filter).await.expect("reads");
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
        store.run_page(&first, &page(progress(1, 3), "capture", &[record("z", 1), record("m", 2), record("a", 3)]), later(11))
            .await.expect("keeps");
        store.run_page(&first, &page(progress(2, 4), "capture", &[record("m", 5), record("q", 4)]), later(12)).await.expect("keeps");
        assert_eq!(keys(&store, &connection, None).await, ["z", "m", "a", "q"]);
        let found = store.records(&connection.id, &products(), None, 9, &RecordFilter::default()).await.expect("reads");
        assert_eq!(found.next, None);
        assert_eq!(found.records[1].fields, record("m", 5).fields, "the newest fields");
        let order: Vec<&String> = found.records[1].fields.keys().collect();
        assert_eq!(order, ["title", "id", "price", "a"]);
        assert_eq!((found.records[1].first_seen, found.records[1].last_seen), (later(11), later(12)));
        let first = store.finish_run(&first, &RunEnd::new(Outcome::Ok, ""), later(13)).await.expect("ends");
        assert_eq!((first.source.as_deref(), first.progress, first.outcome), (Some("capture"), progress(2, 4), Some(Outcome::Ok)));

        let second = begin_run(&store, &connection, 20).await;
        store.run_page(&second, &page(progress(1, 3), "markup", &[record("q", 4), record("new", 6), record("z", 1)]), later(21))
            .await.expect("keeps");
        assert_eq!(keys(&store, &connection, None).await, ["z", "m", "a", "q", "new"]);
        assert_eq!(keys(&store, &connection, Some(&second.id)).await, ["q", "new", "z"], "as this run saw them");
        assert_eq!(keys(&store, &connection, Some(&first.id)).await, ["z", "m", "a", "q"], "an older run's stay its own");
        assert_eq!(store.count_records(&connection.id, &products(), &RecordFilter::default()).await.expect("counts"), 5);
        assert_eq!(store.count_records(&connection.id, &products(), &RecordFilter::of_run(&second.id)).await.expect("counts"), 3);
        assert_eq!(store.count_all_records(&connection.id).await.expect("counts"), 5);
        let page = store.records(&connection.id, &products(), None, 1, &RecordFilter::default()).await.expect("reads");
        assert_eq!((page.records[0].first_seen, page.records[0].last_seen), (later(11), later(21)));

        for wrong in ["", "x", "-1", "0", "1; drop table records"] {
            let refused = store.records(&connection.id, &products(), Some(wrong), 9, &RecordFilter::default()).await;
            assert!(matches!(refused, Err(StoreError::InvalidCursor)), "{wrong}");
        }
    }

    async fn a_runs_events_are_numbered_on_its_own_stream(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let before = store.last_user_event_id(&connection.user).await.expect("reads");
        let run = begin_run(&store, &connection, 1).await;
        store.run_page(&run, &page(progress(1, 0), "capture", &[]), later(2)).await.expect("keeps");
        let ended = store.finish_run(&run, &RunEnd::new(Outcome::NeedsReconnect, "The login page came."), later(3)).await.expect("ends");
        let again = store.finish_run(&run, &RunEnd::new(Outcome::Ok, ""), later(4)).await.expect("answers");
        assert_eq!(again, ended, "it ended once");
        assert_eq!(ended.message.as_deref(), Some("The login page came."));

        let events = store.run_events(&run.id, 0, 9).await.expect("reads");
        let told: Vec<_> = events.iter().map(|event| (event.id, event.event.name())).collect();
        assert_eq!(told, [(1, "run_started"), (2, "run_progress"), (3, "run_finished")]);
        assert!(matches!(events[2].event, UserEvent::RunFinished { needs_reconnect: true, .. }));
        let on_the_users: Vec<i64> =
            store.user_events(&connection.user, before, 9).await.expect("reads").iter().map(|event| event.id).collect();
        assert_eq!(on_the_users, [before + 1, before + 2, before + 3]);
        let late = store.run_page(&run, &page(progress(2, 1), "capture", &[record("a", 1)]), later(5)).await;
        assert!(matches!(late, Err(StoreError::Moved(_))));
        assert_eq!(store.count_records(&connection.id, &products(), &RecordFilter::default()).await.expect("counts"), 0);
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
        store.finish_run(&under_way[0], &RunEnd::new(Outcome::Failed, "It broke."), later(3)).await.expect("ends");
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
        store.run_page(&run, &page(progress(1, 1), "capture", &[record("a", 1)]), later(2)).await.expect("keeps");
        assert!(store.disconnect(&connection.user, &connection.id, later(3)).await.expect("ends"));
        let stopped = store.run(&connection.user, &run.id).await.expect("reads").expect("is there");
        assert_eq!(stopped.outcome, Some(Outcome::Cancelled));
        let late = store.run_page(&run, &page(progress(2, 2), "capture", &[record("b", 1)]), later(4)).await;
        assert!(matches!(late, Err(StoreError::Moved(_))), "nothing comes back after it");
        assert_eq!(store.count_all_records(&connection.id).await.expect("counts"), 0);
        assert_eq!(store.count_records(&connection.id, &products(), &RecordFilter::of_run(&run.id)).await.expect("counts"), 0);
        let names: Vec<_> = store.run_events(&run.id, 0, 9).await.expect("reads").iter().map(|e| e.event.name()).collect();
        assert_eq!(names, ["run_started", "run_progress", "run_finished"]);
    }

    async fn a_run_that_continues_another_begins_with_what_that_one_found(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let first = begin_run(&store, &connection, 1).await;
        store.run_page(&first, &page(progress(1, 2), "fetch", &[record("a", 1), record("b", 1)]), later(2)).await.expect("keeps");
        let first = store.finish_run(&first, &RunEnd::new(Outcome::NeedsReconnect, ""), later(3)).await.expect("ends");
        assert_eq!((first.cursor.clone(), first.can_be_continued()), (Some(cursor(1)), true));

        let next = Run {
            continues: Some(first.id.clone()),
            source: first.source.clone(),
            progress: first.progress,
            cursor: first.cursor.clone(),
            ..run_of(&connection, 4)
        };
        let RunBegun::New(next) = store.begin_run(next.clone()).await.expect("begins") else { panic!("under way") };
        assert_eq!(store.run(&connection.user, &next.id).await.expect("reads"), Some(next.clone()));
        assert_eq!(store.run_keys(&next.id).await.expect("reads"), ["a", "b"].map(String::from).into());
        store.run_page(&next, &page(progress(2, 3), "fetch", &[record("c", 1)]), later(5)).await.expect("keeps");
        let next = store.finish_run(&next, &RunEnd::new(Outcome::Ok, "").complete(), later(6)).await.expect("ends");
        assert_eq!((next.cursor.clone(), next.complete, next.can_be_continued()), (None, true, false));
        assert_eq!(keys(&store, &connection, Some(&next.id)).await, ["a", "b", "c"]);
        assert_eq!(keys(&store, &connection, Some(&first.id)).await, ["a", "b"]);
        let there = RecordFilter { without_missing: true, ..RecordFilter::default() };
        assert_eq!(store.count_records(&connection.id, &products(), &there).await.expect("counts"), 3);
    }

    async fn changes_are_kept_and_what_a_whole_list_lacks_is_marked_not_erased(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let first = begin_run(&store, &connection, 1).await;
        store.run_page(&first, &page(progress(1, 2), "fetch", &[record("a", 1), record("b", 1)]), later(2)).await.expect("keeps");
        store.finish_run(&first, &RunEnd::new(Outcome::Ok, "").complete(), later(3)).await.expect("ends");

        // The fall-back does not know the price: what is known of it stays.
        let second = begin_run(&store, &connection, 4).await;
        let mut cheaper = record("a", 2);
        cheaper.fields.insert("title".into(), "Other".into());
        cheaper.fields.insert("price".into(), Value::Null);
        let read = RunPage { not_given: &["price"], ..page(progress(1, 1), "markup", std::slice::from_ref(&cheaper)) };
        store.run_page(&second, &read, later(5)).await.expect("keeps");
        store.finish_run(&second, &RunEnd::new(Outcome::Failed, ""), later(6)).await.expect("ends");
        let find = async |key: &str| {
            let all = store.records(&connection.id, &products(), None, 9, &RecordFilter::default()).await.expect("reads");
            all.records.into_iter().find(|one| one.key == key).expect("is there")
        };
        let a = find("a").await;
        assert_eq!((&a.fields["title"], &a.fields["price"], a.changed_at), (&json!("Other"), &json!(1), later(5)));
        assert_eq!(find("b").await.missing_since, None, "that run did not read the whole list");
        let changes = store.record_changes(&connection.id, &products(), "a", 9).await.expect("reads");
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].at, &changes[0].run), (later(5), &second.id));
        assert_eq!(Value::Object(changes[0].before.clone()), json!({ "title": "Product a" }));
        let since = RecordFilter { changed_since: Some(later(4)), ..RecordFilter::default() };
        assert_eq!(store.count_records(&connection.id, &products(), &since).await.expect("counts"), 1);

        let third = begin_run(&store, &connection, 7).await;
        store.run_page(&third, &page(progress(1, 1), "fetch", &[record("a", 1)]), later(8)).await.expect("keeps");
        store.finish_run(&third, &RunEnd::new(Outcome::Ok, "").complete(), later(9)).await.expect("ends");
        assert_eq!(find("b").await.missing_since, Some(later(9)));
        let fourth = begin_run(&store, &connection, 10).await;
        store.run_page(&fourth, &page(progress(1, 1), "fetch", &[record("b", 1)]), later(11)).await.expect("keeps");
        let b = find("b").await;
        assert_eq!((b.missing_since, b.changed_at, b.last_seen), (None, later(2), later(11)), "it is there again");
    }

    async fn a_run_that_found_far_fewer_is_believed_once_somebody_accepts_it(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let last = async || store.last_complete_run(&connection.id, &products()).await.expect("reads");
        let accept = async |who: &str, run: &Run, at| store.accept_run(&user(who), &run.id, "Accepted.", later(at)).await.expect("answers");
        let there = RecordFilter { without_missing: true, ..RecordFilter::default() };
        let shown = async || store.count_records(&connection.id, &products(), &there).await.expect("counts");
        assert_eq!(last().await, None, "there was none");
        let whole = begin_run(&store, &connection, 1).await;
        store.run_page(&whole, &page(progress(1, 2), "fetch", &[record("a", 1), record("b", 1)]), later(2)).await.expect("keeps");
        let whole = store.finish_run(&whole, &RunEnd::new(Outcome::Ok, "").complete(), later(3)).await.expect("ends");
        assert_eq!(last().await, Some(2));
        assert_eq!(accept("ana", &whole, 3).await, None, "there is nothing to accept");

        let short = begin_run(&store, &connection, 4).await;
        store.run_page(&short, &page(progress(1, 1), "fetch", &[record("a", 1)]), later(5)).await.expect("keeps");
        let end = RunEnd {
            shrunk_from: Some(2),
            list_end: Some(ListEnd::NoNext),
            duplicates: 3,
            ..RunEnd::new(Outcome::Drift, "Far fewer.").session(SessionState::Alive, vec![])
        };
        let short = store.finish_run(&short, &end, later(6)).await.expect("ends");
        assert_eq!((short.shrunk_from, short.complete, short.can_be_continued()), (Some(2), false, false));
        assert_eq!((short.list_end, short.duplicates, short.session), (Some(ListEnd::NoNext), 3, Some(SessionState::Alive)));
        assert_eq!((last().await, shown().await), (Some(2), 2), "it is compared with the one that was believed");

        assert_eq!(accept("bob", &short, 7).await, None, "it is Ana's");
        let accepted = accept("ana", &short, 7).await.expect("accepted");
        assert_eq!((accepted.outcome, accepted.complete, accepted.shrunk_from), (Some(Outcome::Ok), true, None));
        assert_eq!((accepted.message.as_deref(), accepted.finished_at), (Some("Accepted."), Some(later(6))));
        assert_eq!(store.run(&connection.user, &short.id).await.expect("reads"), Some(accepted));
        assert_eq!((last().await, shown().await), (Some(1), 1), "the other one is missing");
        assert_eq!(accept("ana", &short, 8).await, None, "once");
        let told = store.run_events(&short.id, 0, 9).await.expect("reads");
        let finished: Vec<_> = told.iter().filter(|one| matches!(one.event, UserEvent::RunFinished { .. })).collect();
        assert!(matches!(finished[1].event, UserEvent::RunFinished { outcome: Outcome::Ok, .. }), "{finished:?}");

        // One that is older than what was read whole since is not what is there.
        let old = begin_run(&store, &connection, 10).await;
        let old = store.finish_run(&old, &RunEnd { shrunk_from: Some(1), ..end }, later(11)).await.expect("ends");
        let new = begin_run(&store, &connection, 12).await;
        store.run_page(&new, &page(progress(1, 1), "fetch", &[record("b", 1)]), later(13)).await.expect("keeps");
        store.finish_run(&new, &RunEnd::new(Outcome::Ok, "").complete(), later(14)).await.expect("ends");
        assert_eq!(accept("ana", &old, 15).await, None);
        assert!(store.disconnect(&connection.user, &connection.id, later(16)).await.expect("ends"));
        assert_eq!(last().await, None, "of what was deleted nothing is known");
    }

    async fn what_another_run_has_seen_meanwhile_is_not_missing(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let ends = async |run: &Run, outcome, complete, at| {
            store.finish_run(run, &RunEnd { complete, ..RunEnd::new(outcome, "") }, later(at)).await.expect("ends")
        };
        let old = begin_run(&store, &connection, 1).await;
        store.run_page(&old, &page(progress(1, 1), "fetch", &[record("gone", 1)]), later(2)).await.expect("keeps");
        ends(&old, Outcome::Ok, true, 3).await;
        let first = begin_run(&store, &connection, 4).await;
        store.run_page(&first, &page(progress(1, 1), "fetch", &[record("a", 1)]), later(5)).await.expect("keeps");
        let first = ends(&first, Outcome::Ok, false, 6).await;
        let between = begin_run(&store, &connection, 7).await;
        store.run_page(&between, &page(progress(1, 1), "fetch", &[record("new", 1)]), later(8)).await.expect("keeps");
        ends(&between, Outcome::Cancelled, false, 9).await;

        let next = Run { continues: Some(first.id.clone()), ..run_of(&connection, 10) };
        store.begin_run(next.clone()).await.expect("begins");
        store.run_page(&next, &page(progress(2, 2), "fetch", &[record("b", 1)]), later(11)).await.expect("keeps");
        ends(&next, Outcome::Ok, true, 12).await;
        let all = store.records(&connection.id, &products(), None, 9, &RecordFilter::default()).await.expect("reads");
        let missing: Vec<_> = all.records.iter().filter(|one| one.missing_since.is_some()).map(|one| &one.key).collect();
        assert_eq!(missing, ["gone"]);
    }

    async fn another_account_takes_the_records_of_the_one_before_it_away(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let other = connection_of(&store, "bob").await;
        connect_as(&store, &connection, 1, Some("ana")).await;
        connect_as(&store, &other, 1, Some("bob")).await;
        let first = begin_run(&store, &connection, 1).await;
        store.run_page(&first, &page(progress(1, 2), "capture", &[record("a", 1), record("b", 2)]), later(2)).await.expect("keeps");
        let first = store.finish_run(&first, &RunEnd::new(Outcome::NeedsReconnect, ""), later(3)).await.expect("ends");
        let of_bob = begin_run(&store, &other, 1).await;
        store.run_page(&of_bob, &page(progress(1, 1), "capture", &[record("a", 9)]), later(2)).await.expect("keeps");

        // The same account: nothing is lost.
        connect_as(&store, &connection, 2, Some("ana")).await;
        assert_eq!(keys(&store, &connection, None).await, ["a", "b"]);
        let kept = store.run(&connection.user, &first.id).await.expect("reads").expect("is there");
        assert!(kept.can_be_continued());

        let under_way = begin_run(&store, &connection, 4).await;
        store.run_page(&under_way, &page(progress(1, 2), "capture", &[record("c", 3), record("a", 8)]), later(5)).await.expect("keeps");
        assert_eq!(store.record_changes(&connection.id, &products(), "a", 9).await.expect("reads").len(), 1);
        connect_as(&store, &connection, 3, Some("ben")).await;
        assert_eq!(store.count_all_records(&connection.id).await.expect("counts"), 0);
        for run in [&first, &under_way] {
            assert_eq!(keys(&store, &connection, Some(&run.id)).await, Vec::<String>::new(), "nor what the runs saw");
            let run = store.run(&connection.user, &run.id).await.expect("reads").expect("is there");
            assert!(!run.can_be_continued(), "one that went on there would lack what was read before");
        }
        let stopped = store.run(&connection.user, &under_way.id).await.expect("reads").expect("is there");
        assert_eq!(
            (stopped.outcome, stopped.message.as_deref()),
            (Some(Outcome::Cancelled), Some("Another account was connected."))
        );
        let late = store.run_page(&under_way, &page(progress(2, 2), "capture", &[record("d", 4)]), later(6)).await;
        assert!(matches!(late, Err(StoreError::Moved(_))), "nothing of it comes back");
        let last = store.last_user_event_id(&connection.user).await.expect("reads");
        let told = store.user_events(&connection.user, last - 3, 9).await.expect("reads");
        let names: Vec<_> = told.iter().map(|event| event.event.name()).collect();
        assert_eq!(names, ["run_finished", "saved", "connected"]);
        assert!(store.record_changes(&connection.id, &products(), "a", 9).await.expect("reads").is_empty());
        assert_eq!(keys(&store, &other, None).await, ["a"], "another connection's records are not touched");

        let next = begin_run(&store, &connection, 7).await;
        store.run_page(&next, &page(progress(1, 1), "capture", &[record("a", 5)]), later(8)).await.expect("keeps");
        let found = store.records(&connection.id, &products(), None, 9, &RecordFilter::default()).await.expect("reads");
        assert_eq!(found.records[0].first_seen, later(8), "seen for the first time, as far as this account goes");
    }

    async fn a_selection_is_searched_and_sorted_in_pages_that_fit_together(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let run = begin_run(&store, &connection, 1).await;
        // Prices of 0 to 9, each many times, and one without a price: ties must not be lost between two pages.
        let mut records: Vec<_> = (0..95).map(|n| record(&format!("k{n:02}"), (n * 7) % 10)).collect();
        let mut odd = record("é-none", 0);
        odd.fields.insert("price".into(), Value::Null);
        odd.fields.insert("title".into(), "AÇÃO".into());
        records.push(odd);
        store.run_page(&run, &page(progress(1, 96), "fetch", &records), later(2)).await.expect("keeps");
        let by = |by: OrderBy, descending: bool| Some(Order { by, descending });
        let price = || OrderBy::Field { name: "price".into(), number: true };
        let all = async |filter: &RecordFilter, selection: &Selection| {
            let (mut found, mut cursor) = (vec![], None);
            loop {
                let selected = store
                    .selected_records(&connection.id, &products(), filter, selection, cursor.as_deref(), 10)
                    .await.expect("reads");
                assert!(selected.page.records.len() <= 10);
                found.extend(selected.page.records.into_iter().map(|one| (one.key, one.fields["price"].as_i64())));
                cursor = selected.page.next;
                if cursor.is_none() {
                    assert_eq!(selected.total, u64::try_from(found.len()).unwrap());
                    return found;
                }
            }
        };
        let everything = RecordFilter::default();
        let up = all(&everything, &Selection { order: by(price(), false), search: None }).await;
        let mut expected: Vec<_> = (0..95_i64).map(|n| (format!("k{n:02}"), Some((n * 7) % 10))).collect();
        expected.sort_by_key(|(_, price)| *price);
        expected.push(("é-none".into(), None));
        assert_eq!(up, expected, "each once; of one price in the site's order; none last");
        let down = all(&RecordFilter::of_run(&run.id), &Selection { order: by(price(), true), search: None }).await;
        expected[..95].sort_by_key(|(_, price)| std::cmp::Reverse(*price));
        assert_eq!(down, expected, "of a run as well");
        let found = all(&everything, &Selection { order: None, search: Search::new("K1") }).await;
        let keys: Vec<_> = found.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["k10", "k11", "k12", "k13", "k14", "k15", "k16", "k17", "k18", "k19"]);
        let found = all(&everything, &Selection { order: by(OrderBy::LastSeen, true), search: Search::new("acao") }).await;
        assert_eq!(found, [("é-none".to_owned(), None)]);
        for nonsense in ["nonsense!", "e30", "5"] {
            let selection = Selection { order: by(price(), false), search: None };
            let read = store.selected_records(&connection.id, &products(), &everything, &selection, Some(nonsense), 5).await;
            assert!(matches!(read, Err(StoreError::InvalidCursor)), "{nonsense}");
        }
    }

    async fn a_users_runs_are_read_in_pages(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        connect(&store, &connection, 1).await;
        let mut begun = vec![];
        for at in 0..7 {
            // Two of one moment: the id decides.
            let run = begin_run(&store, &connection, at / 2).await;
            store.finish_run(&run, &RunEnd::new(Outcome::Failed, ""), later(9)).await.expect("ends");
            begun.insert(0, run.id);
        }
        let (mut read, mut before) = (vec![], None);
        loop {
            let filter = RunFilter { connection: Some(connection.id.clone()), before, ..RunFilter::default() };
            let page = store.runs(&connection.user, &filter, 3).await.expect("reads");
            read.extend(page.iter().map(|run| run.id.clone()));
            before = page.last().map(|run| run.id.clone());
            if before.is_none() {
                break;
            }
        }
        assert_eq!(read, begun);
    }

    async fn another_site_takes_the_records_of_the_one_before_it_away_though_the_account_is_called_the_same(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        let log_in_at = async |generation: i64, params: Params| {
            let mut new = new_login(&connection);
            new.login.params = params;
            let Begun::New(login) = store.begin_login(new).await.expect("begins") else { panic!("one is under way") };
            let mut turn = saving(generation, "sealed");
            let identity = Some(AccountIdentity { id: "1".into(), label: "admin".into() });
            turn.save = turn.save.map(|save| SaveSession { identity, ..save });
            store.turn(&login, turn).await.expect("saves");
        };
        let at = |site: &str| Params::from([("site".to_owned(), site.to_owned())]);
        let count = async || store.count_all_records(&connection.id).await.expect("counts");
        log_in_at(1, Params::new()).await;
        let run = begin_run(&store, &connection, 1).await;
        store.run_page(&run, &page(progress(1, 2), "fetch", &[record("a", 1), record("b", 2)]), later(2)).await.expect("keeps");
        store.finish_run(&run, &RunEnd::new(Outcome::Ok, "").complete(), later(3)).await.expect("ends");
        log_in_at(2, at("a.example")).await;
        assert_eq!(count().await, 2, "what was not asked for before says nothing of another place");
        log_in_at(3, at("a.example")).await;
        assert_eq!(count().await, 2, "the same place");
        log_in_at(4, at("b.example")).await;
        assert_eq!(count().await, 0);
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
        store.run_page(&run, &page(progress(1, 1), "capture", &[odd]), NOW).await.expect("keeps");
        let page = store.records(&connection.id, &products(), None, 9, &RecordFilter::default()).await.expect("reads");
        assert_eq!(page.records[0].fields, fields);
        assert_eq!(page.records[0].key, "🦀'\"");
        assert_eq!(store.connection_of(&user("ana"), &provider(), &AccountName::main()).await.expect("reads"), Some(connection));
    }
}
