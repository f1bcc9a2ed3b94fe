//! How logins live and end at the marketplace.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use staylogged::demo::{Market, MarketConfig};

use super::{market, visitor::Visitor};
use crate::support::clock::MovedClock;

const HOUR: Duration = Duration::from_hours(1);

async fn by_the_clock() -> (MovedClock, Market) {
    let time = MovedClock::default();
    let config = MarketConfig { port: 0, control_port: 0 };
    let market = Market::start_at(config, time.clock()).await.expect("the marketplace starts");
    (time, market)
}

#[tokio::test]
async fn within_48_hours_a_visit_renews_the_token_and_after_them_a_person_must_log_in() {
    let (time, market) = by_the_clock().await;
    let visitor = Visitor::of(&market);
    let mut token = visitor.token(&market).await;
    for _ in 0..3 {
        time.pass(12 * HOUR);
        assert_eq!(visitor.search(&token, 1).await.0, StatusCode::UNAUTHORIZED);
        assert!(visitor.get("app", "/market").await.body.contains("data-page=\"market\""));
        token = visitor.finish(&visitor.get("app", "/signin").await).await;
        assert_eq!(visitor.search(&token, 1).await.0, StatusCode::OK);
    }
    time.pass(12 * HOUR + Duration::from_secs(1));
    assert_eq!(visitor.get("app", "/signin").await.path, "/login");
    let login = visitor.get("app", "/market").await;
    assert_eq!(login.path, "/login", "the application's cookie ended with the ticket");
    assert_eq!(visitor.password(&market, &login).await.path, "/callback", "on a device that is trusted for 30 days");
    time.pass(29 * 24 * HOUR);
    let login = visitor.get("app", "/market").await;
    assert_eq!(visitor.password(&market, &login).await.path, "/second-step");
}

#[tokio::test]
async fn a_login_that_slides_lives_for_as_long_as_it_is_used() {
    let (time, market) = by_the_clock().await;
    let visitor = Visitor::of(&market);
    visitor.switch(json!({ "expiry": "sliding" })).await;
    visitor.token(&market).await;
    for _ in 0..4 {
        time.pass(40 * HOUR);
        assert!(visitor.get("app", "/market").await.body.contains("data-page=\"market\""));
        assert_eq!(visitor.get("app", "/signin").await.path, "/callback");
    }
    time.pass(49 * HOUR);
    assert_eq!(visitor.get("app", "/market").await.path, "/login");
}

#[tokio::test]
async fn a_code_by_mail_is_good_once_and_no_code_is_asked_for_where_there_is_none() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    visitor.switch(json!({ "secondFactor": "email" })).await;
    let step = visitor.password(&market, &visitor.get("app", "/market").await).await;
    assert!(step.path == "/second-step" && step.body.contains("We have sent a code"), "{}", step.body);
    let mail = visitor.control_get("/mail").await["messages"][0].clone();
    assert_eq!((&mail["to"], mail["code"].as_str().map(str::len)), (&json!("ana@example.com"), Some(6)));
    let code = market.mailed_code().expect("a code");
    assert_eq!(mail["code"], json!(code));
    let other = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(visitor.post_to(&step, &[("code", other)]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(visitor.post_to(&step, &[("code", &code)]).await.path, "/callback");
    assert_eq!(visitor.post_to(&step, &[("code", &code)]).await.path, "/callback", "nobody is asked again");
    let another = Visitor::of(&market);
    let step = another.password(&market, &another.get("app", "/market").await).await;
    assert_eq!(another.post_to(&step, &[("code", &code)]).await.status, StatusCode::UNAUTHORIZED);

    visitor.switch(json!({ "secondFactor": "none" })).await;
    let third = Visitor::of(&market);
    assert_eq!(third.password(&market, &third.get("app", "/market").await).await.path, "/callback");
}

#[tokio::test]
async fn a_cookie_may_rotate_at_every_request_and_the_one_before_is_dead_at_once() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    visitor.token(&market).await;
    visitor.switch(json!({ "sessionsRotate": true, "rotateGraceMs": 0, "reuseEndsLogin": false })).await;
    let mut cookies = vec![visitor.session_cookie()];
    for path in ["/market", "/market/list?page=2", "/data/products?page=1"] {
        assert_eq!(visitor.get("app", path).await.path, path.split('?').next().expect("a path"));
        let next = visitor.session_cookie();
        assert!(!cookies.contains(&next), "{path} brought no new cookie");
        cookies.push(next);
    }
    let newest = cookies.pop().expect("the newest");
    for dead in cookies {
        let copy = Visitor::of(&market);
        copy.set_session_cookie(&dead);
        assert_eq!(copy.get("app", "/market").await.path, "/login");
    }
    let copy = Visitor::of(&market);
    copy.set_session_cookie(&newest);
    assert_eq!(copy.get("app", "/market").await.path, "/market", "and only that");
}

#[tokio::test]
async fn a_login_may_be_bound_to_the_user_agent_that_made_it() {
    let market = market().await;
    let visitor = Visitor::with_agent(&market, "Chrome/1");
    let token = visitor.token(&market).await;
    let other = visitor.as_agent("Chrome/2");
    assert_eq!(other.search(&token, 1).await.0, StatusCode::OK);
    visitor.switch(json!({ "bindUserAgent": true })).await;
    assert_eq!(other.search(&token, 1).await.0, StatusCode::UNAUTHORIZED);
    let login = other.get("app", "/market").await;
    assert_eq!(login.path, "/login", "neither cookie nor ticket is known");
    assert_eq!(other.password(&market, &login).await.path, "/second-step", "nor is the device");
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::OK);
    assert_eq!(visitor.get("app", "/market").await.path, "/market");
}
