//! The control plane: switches, clock, log.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use staylogged::demo::{Market, MarketConfig};

use super::{market, visitor::Visitor};
use crate::support::clock::MovedClock;

#[tokio::test]
async fn the_switches_are_one_document_that_is_read_replaced_and_changed() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let first = visitor.control_get("/mode").await;
    assert_eq!((&first["loggedOut"], &first["tokenSeconds"]), (&json!("redirect"), &json!(3600)));

    visitor.switch(json!({ "slowMs": 3, "tokenSeconds": 60 })).await;
    visitor.switch(json!({ "blocked": true })).await;
    let changed = visitor.control_get("/mode").await;
    assert_eq!(
        (&changed["slowMs"], &changed["tokenSeconds"], &changed["blocked"]),
        (&json!(3), &json!(60), &json!(true))
    );
    let (status, state) = visitor.control_by(Method::PUT, "/mode", Some(json!({ "slowMs": 4 }))).await;
    assert_eq!((status, &state["modes"]["slowMs"]), (StatusCode::OK, &json!(4)));
    assert_eq!((&state["modes"]["tokenSeconds"], &state["modes"]["blocked"]), (&json!(3600), &json!(false)));

    for (method, document, named) in [
        (Method::PATCH, json!({ "slowMs": 1, "loggedOut": "sometimes" }), "loggedOut"),
        (Method::PUT, json!({ "slwoMs": 1 }), "slwoMs"),
        (Method::PATCH, json!({ "slowMs": -1 }), "slowMs"),
        (Method::PATCH, json!([1]), "JSON object"),
    ] {
        let (status, answer) = visitor.control_by(method, "/mode", Some(document)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(answer["error"].as_str().is_some_and(|why| why.contains(named)), "{answer}");
    }
    assert_eq!(visitor.control_get("/mode").await["slowMs"], 4, "a refused document changes nothing");
    visitor.control("/reset", None).await;
    assert_eq!(visitor.control_get("/mode").await, first);
}

#[tokio::test]
async fn every_switch_and_every_operation_is_explained() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let document = include_str!("../../../docs/demo-marketplace.md");
    let switches = visitor.control_get("/mode").await;
    for (name, at_first) in switches.as_object().expect("switches") {
        let row = document.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/demo-marketplace.md does not explain the switch {name}"));
        assert!(row.contains(&format!("`{at_first}`")), "{row}\nshould say that it is {at_first} at first");
    }
    let operations = visitor.control_get("/").await["operations"].clone();
    for operation in operations.as_object().expect("operations").keys() {
        assert!(document.contains(&format!("`{operation}`")), "docs/demo-marketplace.md lacks {operation}");
    }
}

#[tokio::test]
async fn what_ends_by_time_ends_when_the_clock_that_was_handed_in_says_so() {
    let time = MovedClock::default();
    let config = MarketConfig { port: 0, control_port: 0 };
    let market = Market::start_at(config, time.clock()).await.expect("the marketplace starts");
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::OK);
    time.pass(Duration::from_secs(3601));
    let (status, answer) = visitor.search(&token, 1).await;
    assert_eq!((status, &answer["error_description"]), (StatusCode::UNAUTHORIZED, &json!("Expired JWT")));
    let token = visitor.finish(&visitor.get("app", "/signin").await).await;

    // And by the control plane, for those who cannot hand one in.
    let before = visitor.control_get("/clock").await;
    let after = visitor.control("/clock", Some(json!({ "forwardSeconds": 3601 }))).await;
    let passed = after["nowMs"].as_i64().expect("a time") - before["nowMs"].as_i64().expect("a time");
    assert!((3_601_000..3_700_000).contains(&passed) && after["movedSeconds"] == 3601, "{before} {after}");
    assert_eq!(visitor.search(&token, 1).await.1["error_description"], "Expired JWT");
    let (status, _) = visitor.control_by(Method::POST, "/clock", Some(json!({ "backwards": 1 }))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    visitor.control("/reset", None).await;
    assert_eq!(visitor.control_get("/clock").await["movedSeconds"], 0);
    // What is entered now is a code of then.
    visitor.token(&market).await;
}

#[tokio::test]
async fn the_log_says_when_what_was_asked_and_how_often() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    for page in [1, 2, 2] {
        visitor.search(&token, page).await;
    }
    let counts = visitor.control_get("/counts").await;
    assert_eq!(counts["api-market.demo.localhost"]["/v1/market/search"], 3, "{counts}");
    let log = visitor.control_get("/log?path=/v1/market/search").await;
    let pages: Vec<_> = log["requests"].as_array().expect("requests").iter().map(|one| one["page"].clone()).collect();
    assert_eq!(json!(pages), json!([1, 2, 2]));
    let of_the_sso = visitor.control_get("/log?host=sso.demo.localhost").await;
    let of_the_sso = of_the_sso["requests"].as_array().expect("requests").clone();
    let said = |one: &Value| {
        one["at"].as_str().is_some_and(|at| at.ends_with('Z')) && one["method"].is_string() && one["status"].is_u64()
    };
    assert!(of_the_sso.len() > 2 && of_the_sso.iter().all(said), "{of_the_sso:?}");
    visitor.control_by(Method::DELETE, "/log", None).await;
    assert_eq!(visitor.control_get("/counts").await, json!({}));
}
