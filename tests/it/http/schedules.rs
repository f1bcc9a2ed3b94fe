//! Streams that are scraped at set times.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use staylogged::domain::{Clock, Timestamp};

use super::server::{Answer, Server};

async fn set(server: &Server, path: &str, body: Value) -> Answer {
    server.send(server.request(Method::PUT, path).json(&body)).await
}

#[tokio::test]
async fn a_schedule_is_set_seen_replaced_and_ended() {
    let server = Server::open().await;
    let connection = server.connected("main").await;
    let all = format!("/api/connections/{}/schedules", connection.id);
    let products = format!("{all}/products");
    assert_eq!(server.get(&all).await.json(), json!({ "schedules": [] }));

    let daily = json!({ "cron": "30 6 * * *", "timeZone": "America/Sao_Paulo", "jitterSeconds": 600 });
    let answer = set(&server, &products, daily).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let first = answer.json();
    let next = Timestamp::parse(first["nextAt"].as_str().unwrap()).unwrap();
    let (minutes, day) = (next.0 / 60_000 % (24 * 60), 24 * 3600);
    assert!((9 * 60 + 30..9 * 60 + 41).contains(&minutes), "half past six in Sao Paulo, or ten minutes later: {first}");
    assert!(next.since(Clock::system().now()) <= Duration::from_secs(day + 600), "{first}");

    let hourly = set(&server, &products, json!({ "cron": "0 * * * *" })).await.json();
    assert_eq!((&hourly["timeZone"], &hourly["jitterSeconds"]), (&json!("UTC"), &json!(0)));
    assert_eq!(hourly["createdAt"], first["createdAt"]);
    assert_eq!(server.get(&all).await.json(), json!({ "schedules": [hourly] }));

    assert_eq!(server.send(server.request(Method::DELETE, &products)).await.status, 204);
    assert_eq!(server.send(server.request(Method::DELETE, &products)).await.problem(), "not-found");
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_scheduled_says_what_to_write() {
    let server = Server::open().await;
    let connection = server.connected("main").await;
    let all = format!("/api/connections/{}/schedules", connection.id);
    let products = format!("{all}/products");
    for (body, pointer, says) in [
        (json!({ "cron": "every day" }), "/cron", "as in `0 6 * * *`"),
        (json!({ "cron": "0 0 30 2 *" }), "/cron", "never comes"),
        (json!({ "cron": "0 6 * * *", "timeZone": "Sao Paulo" }), "/timeZone", "America/Sao_Paulo"),
        (json!({ "cron": "0 6 * * *", "jitterSeconds": 3601 }), "/jitterSeconds", "3600"),
    ] {
        let answer = set(&server, &products, body.clone()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-body"), "{body}");
        let error = &answer.json()["errors"][0];
        assert_eq!(error["pointer"], pointer, "{body}");
        assert!(error["detail"].as_str().unwrap().contains(says), "{error}");
    }
    assert_eq!(set(&server, &products, json!({})).await.problem(), "invalid-body");
    let answer = set(&server, &format!("{all}/prices"), json!({ "cron": "0 6 * * *" })).await;
    assert_eq!((answer.status, answer.problem().as_str()), (422, "unknown-stream"));
    assert!(answer.json()["known"].as_array().unwrap().contains(&json!("products")));

    let elsewhere = products.replace(connection.id.as_str(), "con_00000000000000000000000000000000");
    assert_eq!(set(&server, &elsewhere, json!({ "cron": "0 6 * * *" })).await.status, 404);
    let theirs = server.request(Method::GET, &all).header("Staylogged-User", "ben");
    assert_eq!(server.send(theirs).await.status, 404);
    assert_eq!(server.get(&all).await.json(), json!({ "schedules": [] }));
    server.stop().await;
}

#[tokio::test]
async fn what_is_due_is_begun_once_and_what_cannot_begin_says_why() {
    let server = Server::open().await;
    let connection = server.connected("main").await;
    let products = format!("/api/connections/{}/schedules/products", connection.id);
    set(&server, &products, json!({ "cron": "0 * * * *" })).await;
    assert_eq!(server.scheduler.begin_due().await.unwrap(), 0);

    // Three times pass while nobody looks: one run makes up for them.
    server.later(Duration::from_hours(3));
    let both = tokio::join!(server.scheduler.begin_due(), server.scheduler.begin_due());
    assert_eq!(both.0.unwrap() + both.1.unwrap(), 1);
    let list =
        || async { server.get(products.strip_suffix("/products").unwrap()).await.json()["schedules"][0].clone() };
    let seen = list().await;
    let run = seen["lastRunId"].as_str().expect("a run").to_owned();
    let ahead = Timestamp::parse(seen["nextAt"].as_str().unwrap()).unwrap().since(Clock::system().now());
    assert!(ahead > Duration::from_hours(3) && ahead <= Duration::from_hours(4), "{seen}");
    let cancelled = server.send(server.request(Method::POST, &format!("/api/scraper/runs/{run}/cancel"))).await;
    assert_eq!(cancelled.json()["status"], "finished");

    let session = server.store.session(&connection.id).await.unwrap().unwrap();
    let now = Clock::system().now();
    server
        .store
        .mark_needs_reconnect(&connection.id, "It was sent to the login.", &[], session.generation, now)
        .await
        .unwrap();
    server.later(Duration::from_hours(1));
    assert_eq!(server.scheduler.begin_due().await.unwrap(), 0);
    let seen = list().await;
    assert_eq!(seen["lastRunId"], Value::Null);
    assert!(seen["lastProblem"].as_str().unwrap().contains("log in again"), "{seen}");

    // An ended connection is not scraped by itself, also when it is connected anew.
    let over = server.send(server.request(Method::DELETE, &format!("/api/connections/{}", connection.id))).await;
    assert_eq!(over.status, 204);
    assert_eq!(server.get(products.strip_suffix("/products").unwrap()).await.json(), json!({ "schedules": [] }));
    assert_eq!(set(&server, &products, json!({ "cron": "0 * * * *" })).await.problem(), "not-found");
    server.scheduler.shut_down().await;
    server.stop().await;
}
