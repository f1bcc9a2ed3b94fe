//! The person's part of a login: more time, nobody there, another account.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use staylogged::{
    domain::{LoginId, UserId},
    login::{Input, machine::Idleness},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::server::{PATIENCE, Server, Setup};

/// The events of a login so far, without those of before `after`.
async fn events(server: &Server, login: &str, after: u64) -> Vec<Value> {
    let path = format!("/api/logins/{login}/events?after={after}");
    let answer = server.send(server.request(Method::GET, &path).header("Accept", "application/json")).await;
    answer.json()["events"].as_array().unwrap().clone()
}

/// Waits until the login has told that; its data.
async fn told(server: &Server, login: &str, name: &str) -> Value {
    let mut bell = server.store.bells().login(&LoginId::parse(login).unwrap());
    let waited = async {
        loop {
            bell.mark_unchanged();
            let found = events(server, login, 0).await.into_iter().rfind(|event| event["event"] == name);
            if let Some(event) = found {
                return event["data"].clone();
            }
            bell.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.unwrap_or_else(|_| panic!("never told: {name}"))
}

fn seconds_until(text: &Value) -> i64 {
    let moment = OffsetDateTime::parse(text.as_str().unwrap(), &Rfc3339).unwrap();
    (moment - now()).whole_seconds()
}

fn now() -> OffsetDateTime {
    let millis = staylogged::domain::Clock::system().now().0;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).unwrap()
}

#[tokio::test]
async fn a_login_gets_more_time_once() {
    let server = Server::open().await;
    let login = server.connect().await;
    let (path, extend) = (format!("/api/logins/{login}"), format!("/api/logins/{login}/extend"));
    assert_eq!(server.get(&path).await.json()["extended"], false);
    server.later(Duration::from_mins(10));
    let extended = server.post(&extend, json!({})).await;
    assert_eq!((extended.status, &extended.json()["extended"]), (200, &json!(true)));
    let event = told(&server, &login, "extended").await;
    assert_eq!(event["deadlineAt"], extended.json()["deadlineAt"]);
    assert!((1870..=1890).contains(&seconds_until(&event["deadlineAt"])), "fifteen minutes on top: {event}");

    let again = server.post(&extend, json!({})).await;
    assert_eq!((again.status, again.problem().as_str()), (409, "already-extended"));
    server.post(&format!("/api/logins/{login}/cancel"), json!({})).await;
    let over = server.post(&extend, json!({})).await;
    assert_eq!((over.status, over.problem().as_str()), (409, "login-over"));
    server.stop().await;
}

#[tokio::test]
async fn a_login_that_nobody_uses_is_warned_of_and_ends() {
    let idleness = Idleness { quiet: Duration::from_millis(50), warning: Duration::from_millis(50) };
    let server = Server::start(Setup { idleness, ..Setup::default() }).await;
    let login = server.connect().await;
    let expired = told(&server, &login, "expired").await;
    assert_eq!(expired["reason"], "idle");
    let names: Vec<_> = events(&server, &login, 2).await.iter().map(|event| event["event"].clone()).collect();
    assert_eq!(names, ["idle_warning", "expired"]);
    let over = server.get(&format!("/api/logins/{login}")).await.json();
    assert_eq!((&over["state"], &over["idleEndsAt"]), (&json!("expired"), &json!(null)));
    let context = server.browser.context();
    tokio::time::timeout(PATIENCE, context.closed.subscribe().wait_for(|closed| *closed)).await.unwrap().unwrap();
    server.stop().await;
}

#[tokio::test]
async fn whoever_touches_the_live_view_is_there() {
    let idleness = Idleness { quiet: Duration::from_millis(50), warning: Duration::from_mins(10) };
    let server = Server::start(Setup { idleness, ..Setup::default() }).await;
    let login = server.connect().await;
    let warning = told(&server, &login, "idle_warning").await;
    let path = format!("/api/logins/{login}");
    assert_eq!(server.get(&path).await.json()["idleEndsAt"], warning["endsAt"]);
    assert!((500..=600).contains(&seconds_until(&warning["endsAt"])), "{warning}");

    let id = LoginId::parse(login.as_str()).unwrap();
    let view = server.logins.live_view(&UserId::default_user(), &id).await.unwrap();
    let mut done = view.inputs();
    view.send(Input::Resize { width: 800, height: 600, scale: 1.0, touch: false }).await.unwrap();
    assert!(!done.has_changed().unwrap(), "the warning itself makes the picture smaller");
    view.send(Input::Text { text: "typed".into() }).await.unwrap();
    done.changed().await.unwrap();
    told(&server, &login, "idle_over").await;
    let all = events(&server, &login, 0).await;
    assert!(!format!("{all:?}").contains("typed"), "what was done is not told");

    // It is quiet again, and they say so; and again, and they ask for more time.
    warned_again(&server, &login, all.len() - 1).await;
    let still_here = format!("{path}/still-here");
    let stays = server.post(&still_here, json!({})).await;
    assert_eq!((stays.status, &stays.json()["idleEndsAt"]), (200, &json!(null)));
    assert_eq!(stays.json()["extended"], false, "it costs nothing");
    assert_eq!(server.post(&still_here, json!({})).await.status, 200, "also where nobody had asked");
    let seen = events(&server, &login, 0).await.len();
    warned_again(&server, &login, seen - 1).await;
    let extended = server.post(&format!("{path}/extend"), json!({})).await.json();
    assert_eq!((&extended["extended"], &extended["idleEndsAt"]), (&json!(true), &json!(null)));
    server.stop().await;
}

async fn warned_again(server: &Server, login: &str, seen: usize) {
    let warned = async {
        while !events(server, login, seen as u64).await.iter().any(|event| event["event"] == "idle_warning") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, warned).await.expect("it is warned of again");
}

/// What a person does in a window of their own does not pass the live view.
#[tokio::test]
async fn in_a_window_of_its_own_nobody_counts_as_gone() {
    let idleness = Idleness { quiet: Duration::ZERO, warning: Duration::ZERO };
    let server = Server::start(Setup { idleness, window: true, ..Setup::default() }).await;
    let login = server.connect().await;
    assert_eq!(server.get(&format!("/api/logins/{login}")).await.json()["window"], true);
    server.post(&format!("/api/logins/{login}/finish"), json!({})).await;
    told(&server, &login, "login_not_detected").await;
    let names: Vec<_> = events(&server, &login, 0).await.iter().map(|event| event["event"].clone()).collect();
    assert_eq!(names, ["launching", "awaiting_login", "login_not_detected"]);
    server.stop().await;
}

/// Connects as that account, up to where the site has said whose it is; the login.
async fn logs_in(server: &Server, who: &'static str, state: &str) -> String {
    let login = server.connect().await;
    server.browser.logs_in(who);
    assert_eq!(server.post(&format!("/api/logins/{login}/finish"), json!({})).await.status, 200);
    server.until(&login, state).await;
    login
}

async fn identity(server: &Server) -> Value {
    let cards = server.get("/api/integrations").await.json();
    cards["integrations"][0]["connection"]["identity"]["label"].clone()
}

#[tokio::test]
async fn another_account_replaces_the_saved_one_only_when_it_is_meant() {
    let server = Server::open().await;
    let first = logs_in(&server, "ana", "saved").await;
    let login = server.get(&format!("/api/logins/{first}")).await.json();
    assert_eq!((&login["reconnect"], &login["expectedIdentity"]), (&json!(false), &json!(null)), "nobody was there");

    let second = logs_in(&server, "ben", "other_account").await;
    let (path, account) = (format!("/api/logins/{second}"), format!("/api/logins/{second}/account"));
    let login = server.get(&path).await.json();
    assert_eq!(login["reconnect"], true);
    assert_eq!(login["expectedIdentity"]["label"], "ana@example.com");
    assert_eq!(login["foundIdentity"]["label"], "ben@example.com");
    assert!((500..=600).contains(&seconds_until(&login["deadlineAt"])), "{login}");
    let event = told(&server, &second, "other_account").await;
    assert_eq!((&event["expected"]["id"], &event["found"]["id"]), (&json!("ana"), &json!("ben")));
    assert_eq!(identity(&server).await, "ana@example.com", "nothing was replaced");
    assert_eq!(server.post(&format!("{path}/finish"), json!({})).await.json()["state"], "other_account");
    assert_eq!(server.post(&format!("{path}/extend"), json!({})).await.problem(), "conflict");

    for body in [json!({}), json!({"replace": "yes"})] {
        assert_eq!(server.post(&account, body).await.problem(), "invalid-body");
    }
    let wrong = server.browser.newest_that_is_open();
    let kept = server.post(&account, json!({"replace": false})).await;
    assert_eq!((kept.status, &kept.json()["foundIdentity"]), (200, &json!(null)));
    let awaited = told(&server, &second, "awaiting_login").await;
    let reason = awaited["reason"].as_str().unwrap();
    assert!(reason.contains("ana@example.com") && reason.contains("ben@example.com"), "{reason}");
    assert_eq!(server.post(&account, json!({"replace": true})).await.problem(), "conflict", "too late");

    // The browser that Ben is logged in to goes, and another one comes.
    wrong.closed.subscribe().wait_for(|closed| *closed).await.unwrap();

    // Ben logs in there too, and this time he is meant.
    server.post(&format!("{path}/finish"), json!({})).await;
    server.until(&second, "other_account").await;
    assert_eq!(server.post(&account, json!({"replace": true})).await.status, 200);
    server.until(&second, "saved").await;
    assert_eq!(identity(&server).await, "ben@example.com");
    let over = server.post(&account, json!({"replace": true})).await;
    assert_eq!((over.status, over.problem().as_str()), (409, "login-over"));
    server.stop().await;
}

#[tokio::test]
async fn the_same_account_reconnects_without_a_question() {
    let server = Server::open().await;
    logs_in(&server, "ana", "saved").await;
    let second = logs_in(&server, "ana", "saved").await;
    let names: Vec<_> = events(&server, &second, 0).await.iter().map(|event| event["event"].clone()).collect();
    assert!(!names.contains(&json!("other_account")), "{names:?}");
    // Whoever has disconnected has nothing that could be replaced.
    let connection = server.get("/api/integrations").await.json()["integrations"][0]["connection"]["id"].clone();
    let path = format!("/api/connections/{}", connection.as_str().unwrap());
    assert_eq!(server.send(server.request(Method::DELETE, &path)).await.status, 204);
    let third = logs_in(&server, "ben", "saved").await;
    assert_eq!(server.get(&format!("/api/logins/{third}")).await.json()["expectedIdentity"], json!(null));
    server.stop().await;
}

/// A botched reconnect costs nothing, also where it came as far as the question.
#[tokio::test]
async fn leaving_the_question_open_keeps_what_is_saved() {
    let server = Server::open().await;
    logs_in(&server, "ana", "saved").await;
    let second = logs_in(&server, "ben", "other_account").await;
    assert_eq!(server.post(&format!("/api/logins/{second}/cancel"), json!({})).await.json()["state"], "cancelled");
    assert_eq!(identity(&server).await, "ana@example.com");
    let context = server.browser.context();
    assert!(context.closed.subscribe().wait_for(|closed| *closed).await.is_ok());
    server.stop().await;
}
