//! Logging in by hand, from Connect to Connected, with a real browser on either side of the wire.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, eventually, mode},
    databases::Database,
    person::Doorway,
    processes,
};

stories! {
    a_login_by_hand_is_proven_and_saved_on_sqlite,
    a_login_by_hand_is_proven_and_saved_on_postgres,
    finishing_too_early_says_what_was_looked_for_and_what_was_seen,
    what_the_site_asks_for_and_what_it_does_not_take_are_told,
    closing_the_modal_cancels_and_the_browser_is_gone_within_seconds,
    a_failed_reconnect_costs_nothing,
    a_session_that_the_site_ended_is_noticed_by_a_check,
    disconnecting_deletes_the_session,
    two_users_at_once_stay_apart,
    a_reconnect_begins_as_the_trusted_device_and_as_nobody,
    a_site_that_answers_200_with_a_form_is_logged_out_too,
    stopping_the_service_ends_a_login_as_interrupted,
}

async fn a_login_by_hand_is_proven_and_saved_on_sqlite() {
    a_login_by_hand_is_proven_and_saved(Database::sqlite()).await;
}

async fn a_login_by_hand_is_proven_and_saved_on_postgres() {
    a_login_by_hand_is_proven_and_saved(Database::postgres().await).await;
}

async fn a_login_by_hand_is_proven_and_saved(database: Database) {
    let app = TestApp::start_on(Some(database.url.clone()), &[]).await;
    let ana = app.ana();
    let login = ana.connect("demo-market").await;
    let mut events = ana.listen(&format!("/api/logins/{login}/events")).await;
    assert_eq!(events.next().await.unwrap().name, "snapshot");
    let mut person = ana.watch(&login).await;
    person.logs_in(&app).await;
    events.until("login_detected").await;

    // A second look at the same login, as after a reload or from a second tab.
    assert_eq!(ana.connect("demo-market").await, login);

    assert_eq!(ana.finish(&login).await.0, 200);
    events.until("saved").await;
    assert!(events.next().await.is_none(), "the stream ends with the login");
    let names: Vec<_> = events.seen[1..].iter().map(|e| e.name.as_str()).filter(|name| *name != "noticed").collect();
    assert!(names.ends_with(&["awaiting_login", "login_detected", "verifying", "verified", "saved"]), "{names:?}");
    let ids: Vec<_> = events.seen.iter().map(|e| e.id).collect();
    assert!(ids.windows(2).all(|pair| pair[1] == pair[0] + 1), "ids rise without gaps: {ids:?}");
    person.looks_until("the end", |person| person.ended).await;

    let connection = ana.connection("demo-market").await;
    assert_eq!(connection["status"], "connected");
    assert_eq!(connection["identity"]["label"], json!(app.market.account().email));
    let (status, over) = ana.finish(&login).await;
    assert_eq!(status, 409, "{over}");
    assert!(over["detail"].as_str().unwrap().contains("saved"), "it says how it ended: {over}");
    app.stop().await;
    database.remove().await;
}

async fn finishing_too_early_says_what_was_looked_for_and_what_was_seen() {
    let app = TestApp::start().await;
    let ana = app.ana();
    let (login, mut events, mut person) = ana.begins("demo-market").await;
    person.sees("sso.demo.localhost").await;
    assert_eq!(ana.finish(&login).await.0, 200);
    let event = events.until("login_not_detected").await;
    let evidence = event.data["evidence"].as_array().unwrap();
    assert!(evidence.iter().any(|e| e["value"] == "false" && !e["seen"].as_str().unwrap().is_empty()), "{evidence:#?}");
    // The browser stays, and the login can still be finished.
    person.logs_in(&app).await;
    events.until("login_detected").await;
    ana.finish(&login).await;
    events.until("saved").await;
    app.stop().await;
}

async fn what_the_site_asks_for_and_what_it_does_not_take_are_told() {
    let app = TestApp::start().await;
    let ana = app.ana();
    let account = app.market.account();
    let (login, mut events, mut person) = ana.begins("demo-market").await;
    person.enters(&account.email, &account.password).await;
    assert_eq!(events.until("noticed").await.data["notice"], "challenge");
    person.enters_code(async || app.market.totp_now(), false).await;
    events.until("login_detected").await;
    ana.cancel(&login).await;

    let (login, mut events, mut person) = ana.begins("demo-market").await;
    person.tries(&Doorway::MARKET, &account.email, "not the password").await;
    assert_eq!(events.until("noticed").await.data["notice"], "refused");
    ana.cancel(&login).await;
    app.stop().await;
}

async fn closing_the_modal_cancels_and_the_browser_is_gone_within_seconds() {
    let app = TestApp::start_with_own_browsers(&[]).await;
    let ana = app.ana();
    let (login, mut events, mut person) = ana.begins("demo-market").await;
    person.sees("sso.demo.localhost").await;
    let rooms = processes::rooms(&app.data());
    assert!(processes::of(&rooms).iter().any(|p| p.command.contains("--type=renderer")), "a browser runs: {rooms:?}");
    let (status, cancelled) = ana.cancel(&login).await;
    assert_eq!((status, &cancelled["state"]), (200, &json!("cancelled")));
    events.until("cancelled").await;
    eventually("no Chromium is left of this login", Duration::from_secs(15), async || processes::of(&rooms).is_empty())
        .await;
    assert_eq!(ana.cancel(&login).await.0, 200, "cancelling again is no mistake");
    assert_eq!(ana.connection("demo-market").await["status"], "pending");
    app.stop().await;
}

async fn a_failed_reconnect_costs_nothing() {
    let app = TestApp::start_connected().await;
    let ana = app.ana();
    let login = ana.connect("demo-market").await;
    ana.cancel(&login).await;
    let connection = ana.connection("demo-market").await;
    assert_eq!(connection["status"], "connected");
    let id = connection["id"].as_str().unwrap();
    let (status, check) = ana.ask(Method::POST, &format!("/api/connections/{id}/check"), None).await;
    assert_eq!((status, &check["verdict"]), (200, &json!("logged_in")), "{check}");
    app.stop().await;
}

async fn a_session_that_the_site_ended_is_noticed_by_a_check() {
    let app = TestApp::start_connected().await;
    let ana = app.ana();
    let mut events = ana.listen("/api/events").await;
    app.control(Method::POST, "/revoke", None).await;
    let id = ana.connection("demo-market").await["id"].as_str().unwrap().to_owned();
    let (status, check) = ana.ask(Method::POST, &format!("/api/connections/{id}/check"), None).await;
    assert_eq!((status, &check["verdict"]), (200, &json!("logged_out")), "{check}");
    assert_eq!(check["connection"]["status"], "needs_reconnect");
    let event = events.until("needs_reconnect").await;
    assert_eq!(event.data["connectionId"], json!(id));
    app.stop().await;
}

async fn disconnecting_deletes_the_session() {
    let app = TestApp::start_connected().await;
    let ana = app.ana();
    let id = ana.connection("demo-market").await["id"].as_str().unwrap().to_owned();
    let (status, _) = ana.ask(Method::DELETE, &format!("/api/connections/{id}"), None).await;
    assert_eq!(status, 204);
    let connection: staylogged::domain::ConnectionId = id.parse().unwrap();
    assert!(app.app.services.store.session(&connection).await.unwrap().is_none());
    let (status, problem) = ana.scrape("demo-market").await;
    assert_eq!((status, &problem["needsReconnect"]), (409, &Value::Bool(true)), "{problem}");
    app.stop().await;
}

async fn two_users_at_once_stay_apart() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.ana(), app.as_user("ben"));
    let (hers, his) = tokio::join!(ana.connect("demo-market"), ben.connect("demo-market"));
    assert_ne!(hers, his);
    let mut her_events = ana.listen(&format!("/api/logins/{hers}/events")).await;
    let (mut she, mut he) = (ana.watch(&hers).await, ben.watch(&his).await);
    he.sees("sso.demo.localhost").await;
    she.logs_in(&app).await;
    her_events.until("login_detected").await;
    // Her login changed nothing of his: his browser still stands before the form.
    assert!(he.front().contains("sso.demo.localhost"), "{}", he.front());
    assert_eq!(ben.get(&format!("/api/logins/{his}")).await["state"], "awaiting_login");
    // What is hers is not there for him.
    for path in [format!("/api/logins/{hers}"), format!("/api/logins/{hers}/events")] {
        assert_eq!(ben.ask(Method::GET, &path, None).await.0, 404, "{path}");
    }
    assert_eq!(ben.ask(Method::POST, &format!("/api/logins/{hers}/live-ticket"), None).await.0, 404);
    assert_eq!(ben.finish(&hers).await.0, 404);
    ana.finish(&hers).await;
    her_events.until("saved").await;
    assert_eq!(ana.connection("demo-market").await["status"], "connected");
    assert_eq!(ben.connection("demo-market").await["status"], "pending");
    let his_events = ben.ask_json("/api/events").await.to_string();
    assert!(!his_events.contains(&hers), "{his_events}");
    app.stop().await;
}

/// Whether the site has ended the session or not: who may begin a login does not get into the account by it.
async fn a_reconnect_begins_as_the_trusted_device_and_as_nobody() {
    let app = TestApp::start().await;
    let ana = app.ana();
    let account = app.market.account();
    for (is_reconnect, is_ended_then) in [(false, true), (true, false), (true, true)] {
        let (login, mut events, mut person) = ana.begins("demo-market").await;
        person.enters(&account.email, &account.password).await;
        assert_eq!(person.is_at("sso.demo.localhost/second-step"), !is_reconnect, "the code is asked for once");
        if !is_reconnect {
            person.enters_code(async || app.market.totp_now(), true).await;
        }
        events.until("login_detected").await;
        ana.finish(&login).await;
        events.until("saved").await;
        assert_eq!(ana.connection("demo-market").await["status"], "connected");
        if is_ended_then {
            app.control(Method::POST, "/revoke", None).await;
            let (status, problem) = ana.scrape("demo-market").await;
            assert_eq!((status, &problem["needsReconnect"]), (409, &Value::Bool(true)), "{problem}");
        }
    }
    app.stop().await;
}

async fn a_site_that_answers_200_with_a_form_is_logged_out_too() {
    let app = TestApp::start_connected().await;
    let ana = app.ana();
    app.control(Method::POST, "/mode", Some(mode("loggedOut", "form200"))).await;
    app.control(Method::POST, "/revoke", None).await;
    let id = ana.connection("demo-market").await["id"].as_str().unwrap().to_owned();
    let (_, check) = ana.ask(Method::POST, &format!("/api/connections/{id}/check"), None).await;
    assert_eq!(check["verdict"], "logged_out", "{check}");
    app.stop().await;
}

async fn stopping_the_service_ends_a_login_as_interrupted() {
    let app = TestApp::start_with_own_browsers(&[]).await;
    let ana = app.ana();
    let (_login, mut events, mut person) = ana.begins("demo-market").await;
    person.sees("sso.demo.localhost").await;
    let rooms = processes::rooms(&app.data());
    assert!(!processes::of(&rooms).is_empty(), "a browser runs: {rooms:?}");
    let (TestApp { app: service, market, dir: _keep, .. }, ended) = (app, async move { events.until("failed").await });
    let ((), event) = tokio::join!(service.shut_down(), ended);
    assert_eq!((&event.data["code"], &event.data["retryable"]), (&json!("interrupted"), &json!(true)));
    assert!(processes::of(&rooms).is_empty(), "no browser or Xvfb survives");
    market.shut_down().await;
}
