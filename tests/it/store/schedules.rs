//! Schedules, and sessions that nobody uses.

use std::time::Duration;

use staylogged::{
    domain::{Connection, RunId, Schedule, StreamName, Timestamp},
    store::{SessionLeft, Store},
};

use super::{NOW, connect, connection_of, later, provider, user};
use crate::both_databases::on_both_databases;

fn schedule(connection: &Connection, next_at: Timestamp) -> Schedule {
    Schedule {
        connection: connection.id.clone(),
        stream: StreamName::parse("products").expect("a stream name"),
        cron: "0 6 * * *".into(),
        time_zone: "UTC".into(),
        jitter: Duration::from_mins(1),
        next_at,
        last_at: None,
        last_run: None,
        last_problem: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn idle(store: &Store, before: i64, ending: i64, not_since: i64) -> usize {
    store.idle_connections(&provider(), later(before), later(ending), later(not_since)).await.expect("reads").len()
}

on_both_databases! {
    async fn of_two_who_begin_what_is_due_one_does(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        assert_eq!(store.first_schedule_due().await.expect("reads"), None);
        let set = store.put_schedule(&schedule(&connection, later(60))).await.expect("sets");
        assert_eq!(set, schedule(&connection, later(60)));
        assert_eq!(store.first_schedule_due().await.expect("reads"), Some(later(60)));
        assert_eq!(store.due_schedules(later(59)).await.expect("reads"), []);
        let due = store.due_schedules(later(60)).await.expect("reads");
        assert_eq!((&due[0].user, &due[0].provider), (&user("ana"), &provider()));

        let mut claimed = 0;
        for _ in 0..3 {
            claimed += u32::from(store.claim_schedule(&due[0].schedule, later(120), Some(later(61))).await.expect("answers"));
        }
        assert_eq!(claimed, 1);
        let run = RunId::new(uuid::Uuid::now_v7());
        store.schedule_came_to(&set, Ok(&run)).await.expect("notes");
        let seen = store.schedules(&connection.id).await.expect("reads").remove(0);
        assert_eq!((seen.next_at, seen.last_at, seen.last_run.as_ref()), (later(120), Some(later(61)), Some(&run)));
        store.schedule_came_to(&set, Err("Nobody is logged in.")).await.expect("notes");

        // Set anew: what came of it before stays.
        let anew = Schedule { cron: "0 7 * * *".into(), updated_at: later(70), ..schedule(&connection, later(180)) };
        let seen = store.put_schedule(&anew).await.expect("sets");
        assert_eq!((seen.cron.as_str(), seen.created_at, seen.last_at), ("0 7 * * *", NOW, Some(later(61))));
        assert_eq!((seen.last_run, seen.last_problem.as_deref()), (None, Some("Nobody is logged in.")));

        connect(&store, &connection, 1).await;
        assert!(store.disconnect(&connection.user, &connection.id, later(80)).await.expect("ends"));
        assert_eq!(store.schedules(&connection.id).await.expect("reads"), []);
        assert!(!store.delete_schedule(&connection.id, &set.stream).await.expect("answers"));
    }

    async fn a_session_is_idle_when_nobody_used_it_or_when_it_is_about_to_end(database: &Database) {
        let store = database.store().await;
        let connection = connection_of(&store, "ana").await;
        assert_eq!(idle(&store, 9999, 9999, 9999).await, 0, "there is no session");
        connect(&store, &connection, 1).await;
        assert_eq!(idle(&store, 0, 0, 0).await, 0);
        assert_eq!(idle(&store, 1, 0, 0).await, 1, "last used then");
        let sealed = staylogged::domain::Sealed::from_bytes(vec![2]);
        let left = SessionLeft { sealed: &sealed, ends: Some(later(500)), is_logged_in: true };
        assert!(store.write_back_session(&connection.id, 1, &left, later(100)).await.expect("saves"));
        let seen = store.connection(&connection.user, &connection.id).await.expect("reads").expect("is there");
        assert_eq!(seen.session_ends_at, Some(later(500)));
        assert_eq!(idle(&store, 99, 499, 200).await, 0);
        assert_eq!(idle(&store, 99, 500, 99).await, 0, "it was looked at a moment ago");
        assert_eq!(idle(&store, 99, 500, 100).await, 1);
        assert!(store.mark_needs_reconnect(&connection.id, "It ended.", &[], 2, later(600)).await.expect("marks"));
        assert_eq!(idle(&store, 9999, 9999, 9999).await, 0);
    }
}
