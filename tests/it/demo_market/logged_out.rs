//! What the marketplace says to somebody who is not logged in, or only half.

use reqwest::StatusCode;
use serde_json::json;

use super::{
    market,
    visitor::{Page, Visitor},
};

/// Every list there is: drawn by the page, written by the server, and as JSON for the cookie.
const LISTS: [&str; 3] = ["/market/search?page=1", "/market/list?page=2", "/data/products?page=1"];

#[tokio::test]
async fn each_way_of_saying_logged_out_is_said_by_every_list() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    visitor.control("/revoke", None).await;
    let shown = async |style: &str, list: &str| -> Page {
        visitor.switch(json!({ "loggedOut": style })).await;
        visitor.get("app", list).await
    };
    for list in LISTS {
        let page = shown("redirect", list).await;
        assert_eq!((page.host.as_str(), page.path.as_str()), ("sso.demo.localhost", "/login"), "{list}");
        let page = shown("form200", list).await;
        assert_eq!((page.status, page.host.as_str()), (StatusCode::OK, "app.demo.localhost"), "{list}");
        assert!(page.body.contains("id=\"password\""), "{list}: {}", page.body);
        let page = shown("json401", list).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{list}");
        assert_eq!(page.body, r#"{"error":"invalid_token","error_description":"Expired JWT"}"#);
        let page = shown("empty200", list).await;
        assert_eq!((page.status, page.host.as_str()), (StatusCode::OK, "app.demo.localhost"), "{list}");
        assert!(!page.body.contains("id=\"password\"") && !page.body.contains("data-page=\"market\""), "{}", page.body);
        assert!(!page.body.contains("Ana Ferreira") && !page.body.contains("data-ucode"), "{}", page.body);
    }
    assert!(visitor.get("app", LISTS[1]).await.body.contains("market-empty"));
    assert_eq!(visitor.json("app", LISTS[2]).await["content"], json!([]));

    let (status, nothing) = visitor.search(&token, 1).await;
    assert_eq!((status, &nothing["content"], &nothing["last"]), (StatusCode::OK, &json!([]), &json!(true)));
    assert_eq!(visitor.api("/v1/me", &token).await, (StatusCode::OK, json!({})));
    visitor.switch(json!({ "loggedOut": "json401" })).await;
    let (status, said) = visitor.search(&token, 1).await;
    assert_eq!((status, &said["error_description"]), (StatusCode::UNAUTHORIZED, &json!("Expired JWT")));

    // Nothing of all this for somebody who is logged in.
    for style in ["redirect", "form200", "json401", "empty200"] {
        visitor.switch(json!({ "loggedOut": style })).await;
        let callback = visitor.get("sso", "/").await;
        assert_eq!(callback.host, if style == "redirect" { "sso.demo.localhost" } else { "app.demo.localhost" });
    }
    visitor.switch(json!({ "loggedOut": "redirect" })).await;
    let token = visitor.token(&market).await;
    for style in ["form200", "json401", "empty200"] {
        visitor.switch(json!({ "loggedOut": style })).await;
        assert!(visitor.get("app", LISTS[0]).await.body.contains("data-page=\"market\""), "{style}");
        assert!(visitor.get("app", LISTS[1]).await.body.contains("data-ucode"), "{style}");
        assert_eq!(visitor.search(&token, 1).await.1["content"].as_array().map(Vec::len), Some(20), "{style}");
    }
}

#[tokio::test]
async fn a_site_that_shows_no_form_renews_a_token_or_leads_back_without_one() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    visitor.token(&market).await;
    visitor.switch(json!({ "loggedOut": "json401" })).await;
    let renewed = visitor.get("app", "/signin?returnTo=/market/search").await;
    visitor.finish(&renewed).await;
    visitor.control("/revoke?what=ticket", None).await;
    let back = visitor.get("app", "/signin?returnTo=/market/search").await;
    assert!(back.path == "/callback" && back.url.contains("error=login_required"), "{}", back.url);
}

#[tokio::test]
async fn a_login_may_be_half_dead_either_way() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;

    // The SSO and the application know the person, and no token is any good.
    visitor.switch(json!({ "halfDead": "token" })).await;
    assert_eq!(visitor.search(&token, 1).await.1["error_description"], "Expired JWT");
    let callback = visitor.get("app", "/signin").await;
    assert_eq!(callback.path, "/callback");
    let another = visitor.finish(&callback).await;
    assert_eq!(visitor.search(&another, 1).await.0, StatusCode::UNAUTHORIZED);
    assert!(visitor.get("app", "/market").await.body.contains("data-page=\"market\""));

    // The token and the application's cookie work, and there will be no new one.
    visitor.switch(json!({ "halfDead": "ticket" })).await;
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::OK);
    assert!(visitor.get("app", "/market").await.body.contains("data-page=\"market\""));
    assert_eq!(visitor.get("app", "/signin").await.path, "/login");
    visitor.switch(json!({ "halfDead": "no" })).await;
    assert_eq!(visitor.get("app", "/signin").await.path, "/callback");
}

#[tokio::test]
async fn token_ticket_cookie_and_device_are_taken_back_one_by_one() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    visitor.control("/revoke?what=session", None).await;
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::OK);
    assert_eq!(visitor.get("app", "/market").await.path, "/callback", "the ticket lives");
    visitor.control("/revoke?what=token", None).await;
    assert_eq!(visitor.search(&token, 1).await.1["error_description"], "Revoked JWT");
    visitor.control("/revoke?what=ticket", None).await;
    let login = visitor.get("app", "/market").await;
    assert_eq!(login.path, "/login");
    assert_eq!(visitor.password(&market, &login).await.path, "/callback", "the device lives");
    visitor.control("/revoke?what=device", None).await;
    let login = Visitor::get(&visitor, "sso", "/logout").await;
    assert_eq!(login.status, StatusCode::OK);
    let login = visitor.get("app", "/market").await;
    assert_eq!(visitor.password(&market, &login).await.path, "/second-step");
}
