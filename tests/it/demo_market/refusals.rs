//! A site that refuses for a while.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde_json::json;
use staylogged::demo::{Market, MarketConfig};
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

use super::{market, visitor::Visitor};
use crate::support::clock::MovedClock;

async fn ask(visitor: &Visitor, host: &str, path: &str) -> Response {
    visitor.client.get(visitor.address(host, path)).send().await.expect("an answer")
}

fn retry_after(answer: &Response) -> Option<&str> {
    answer.headers().get("retry-after").map(|value| value.to_str().expect("a text"))
}

#[tokio::test]
async fn the_next_requests_are_refused_and_no_more() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    visitor.switch(json!({ "refuseNext": 2, "refuseStatus": 503, "retryAfter": 4 })).await;
    for _ in 0..2 {
        assert_eq!(ask(&visitor, "app", "/market").await.status(), StatusCode::OK, "the pages are not refused");
        let preflight = visitor.address("api-market", "/v1/market/search");
        let preflight = visitor.client.request(reqwest::Method::OPTIONS, preflight).send().await.expect("an answer");
        assert_eq!(preflight.status(), StatusCode::NO_CONTENT, "nor is the question whether one may ask");
        let refused = ask(&visitor, "api-market", "/v1/me").await;
        assert_eq!((refused.status(), retry_after(&refused)), (StatusCode::SERVICE_UNAVAILABLE, Some("4")));
        assert_eq!(refused.headers()["access-control-expose-headers"], "retry-after", "its page may read that");
    }
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::OK);
    assert_eq!(visitor.control_get("/mode").await["refuseNext"], 0);

    visitor.switch(json!({ "refuseNext": 1, "refuseStatus": 429, "refuseWhere": "app", "retryAfterAs": "none" })).await;
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::OK);
    let refused = ask(&visitor, "app", "/market/list").await;
    assert_eq!((refused.status(), retry_after(&refused)), (StatusCode::TOO_MANY_REQUESTS, None));
    visitor.switch(json!({ "refuseNext": 1, "refuseWhere": "everywhere" })).await;
    assert_eq!(ask(&visitor, "sso", "/login").await.status(), StatusCode::TOO_MANY_REQUESTS);
    for document in [json!({ "refuseStatus": 500 }), json!({ "skin": 4 }), json!({ "products": 10_001 })] {
        let (status, _) = visitor.control_by(reqwest::Method::PATCH, "/mode", Some(document)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn retry_after_may_be_a_date_by_the_clock_that_was_handed_in() {
    let time = MovedClock::default();
    let config = MarketConfig { port: 0, control_port: 0 };
    let market = Market::start_at(config, time.clock()).await.expect("the marketplace starts");
    let visitor = Visitor::of(&market);
    time.pass(Duration::from_hours(48));
    visitor.switch(json!({ "blocked": true, "retryAfter": 90, "retryAfterAs": "date" })).await;
    let refused = ask(&visitor, "api-market", "/v1/me").await;
    let said = retry_after(&refused).expect("a date").to_owned();
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let then = PrimitiveDateTime::parse(&said, format).expect("an HTTP date").assume_utc();
    let now = OffsetDateTime::from_unix_timestamp(time.clock().now().0 / 1000).expect("a time");
    let ahead = (then - now).whole_seconds();
    assert!((80..=91).contains(&ahead), "{said} is {ahead} s ahead");
}

#[tokio::test]
async fn a_challenge_lets_a_person_through_or_nobody() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    visitor.switch(json!({ "challenge": "once" })).await;
    let page = visitor.get("app", "/market/list?page=2").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("<title>Just a moment…</title>"), "{}", page.body);
    let action = page.attribute("action").replace("&amp;", "&");
    let through = visitor.post("app", &action, &[]).await;
    assert_eq!((through.status, through.path_with_query().as_str()), (StatusCode::OK, "/market/list?page=2"));
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::OK);

    visitor.switch(json!({ "challenge": "always" })).await;
    assert_eq!(visitor.get("app", "/market").await.status, StatusCode::FORBIDDEN);
    assert_eq!(ask(&visitor, "api-market", "/v1/me").await.status(), StatusCode::FORBIDDEN);
}
