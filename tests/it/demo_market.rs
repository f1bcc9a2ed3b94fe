//! The demo marketplace, as a visitor without a browser sees it.

mod accounts;
mod control;
mod listing;
mod logged_out;
mod refusals;
mod sessions;
mod visitor;

use std::{collections::HashSet, time::Instant};

use reqwest::{StatusCode, header::HeaderValue};
use serde_json::{Value, json};
use staylogged::demo::{Market, MarketConfig};

use crate::support::http::client;
use visitor::Visitor;

async fn market() -> Market {
    Market::start(MarketConfig { port: 0, control_port: 0 }).await.expect("the marketplace starts")
}

#[tokio::test]
async fn a_person_logs_in_with_password_and_code_and_sees_who_they_are() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let account = market.account();

    let login = visitor.get("app", "/market").await;
    assert_eq!(
        (login.status, login.host.as_str(), login.path.as_str()),
        (StatusCode::OK, "sso.demo.localhost", "/login")
    );
    assert!(login.body.contains("id=\"username\"") && login.body.contains("<cookie-banner>"), "{}", login.body);

    let wrong = visitor.post_to(&login, &[("username", &account.email), ("password", "guess")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.body.contains("is not right") && wrong.body.contains("value=\"ana@example.com\""), "{}", wrong.body);

    let step = visitor.post_to(&login, &[("username", &account.email), ("password", &account.password)]).await;
    assert_eq!(step.path, "/second-step");
    assert!(step.body.contains("autocomplete=\"one-time-code\""), "{}", step.body);
    let wrong = visitor.post_to(&step, &[("code", "12")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);

    let callback = visitor.post_to(&step, &[("code", &market.totp_now())]).await;
    assert_eq!((callback.host.as_str(), callback.path.as_str()), ("app.demo.localhost", "/callback"));
    let token = visitor.finish(&callback).await;

    let page = visitor.get("app", "/market").await;
    assert_eq!((page.status, page.host.as_str()), (StatusCode::OK, "app.demo.localhost"));
    assert!(page.body.contains("data-page=\"market\""), "{}", page.body);
    let me = visitor.api("/v1/me", &token).await.1;
    assert_eq!((&me["id"], &me["email"]), (&json!(account.id), &json!("ana@example.com")));
    market.shut_down().await;
}

#[tokio::test]
async fn a_second_account_takes_the_place_of_the_first_in_one_browser_and_ends_it_nowhere() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let hers = visitor.token(&market).await;
    let her_cookie = visitor.session_cookie();

    let login = visitor.get("app", "/switch").await;
    assert_eq!(login.path, "/login", "asked for although somebody is signed in");
    let ben = market.other_account();
    let mixed = visitor.post_to(&login, &[("username", &ben.email), ("password", &market.account().password)]).await;
    assert_eq!(mixed.status, StatusCode::UNAUTHORIZED);
    let step = visitor.post_to(&login, &[("username", &ben.email), ("password", &ben.password)]).await;
    assert_eq!(step.path, "/second-step", "the remembered device is not his");
    assert!(step.body.contains(&ben.email), "{}", step.body);
    let wrong = visitor.post_to(&step, &[("code", &market.totp_now())]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let code = visitor.control_get(&format!("/totp?email={}", ben.email)).await["code"].clone();
    let callback = visitor.post_to(&step, &[("code", code.as_str().expect("a code"))]).await;
    assert_eq!(callback.path, "/callback");
    let his = visitor.finish(&callback).await;

    assert_eq!(visitor.api("/v1/me", &his).await.1["email"], json!(ben.email));
    let (all, some) = (visitor.search(&hers, 1).await.1, visitor.search(&his, 1).await.1);
    assert_eq!(all["totalElements"], 140);
    assert_eq!(visitor.api("/v1/me", &hers).await.1["email"], json!(market.account().email), "she is signed in still");
    let rows = some["content"].as_array().expect("rows");
    assert!(rows.iter().all(|row| row["product"]["locale"] == "ES"), "{some}");
    assert!(some["totalElements"].as_u64().is_some_and(|total| (1..140).contains(&total)), "{}", some["totalElements"]);
    assert_ne!(visitor.session_cookie(), her_cookie);
    visitor.set_session_cookie(&her_cookie);
    assert_eq!(visitor.get("app", "/market").await.path, "/market");
    market.shut_down().await;
}

#[tokio::test]
async fn a_code_is_good_once_and_only_with_its_verifier() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let callback = visitor.log_in(&market).await;
    let answer = visitor.exchange(&callback, Some("a-verifier-that-somebody-made-up-and-that-is-long-enough")).await;
    assert_eq!((answer.0, &answer.1["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    let answer = visitor.exchange(&callback, None).await;
    assert_eq!(answer.1["error_description"], "unknown or used authorization code", "a failed try uses the code up");

    let renewed = visitor.get("app", "/signin").await;
    assert_eq!(visitor.exchange(&renewed, None).await.0, StatusCode::OK);
    assert_eq!(visitor.exchange(&renewed, None).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_sso_refuses_requests_without_pkce_and_for_other_addresses() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let app = format!("http://app.demo.localhost:{}/callback", market.port());
    let challenge = "a".repeat(43);
    for (redirect, client, method) in [
        (app.as_str(), "demo-market", "plain"),
        (app.as_str(), "somebody", "S256"),
        ("http://evil.example/callback", "demo-market", "S256"),
    ] {
        let path = format!(
            "/authorize?response_type=code&client_id={client}&redirect_uri={redirect}&state=s&code_challenge={challenge}&code_challenge_method={method}"
        );
        let answer = visitor.get("sso", &path).await;
        assert_eq!((answer.status, answer.host.as_str()), (StatusCode::BAD_REQUEST, "sso.demo.localhost"), "{path}");
    }
    let path = format!(
        "/authorize?response_type=code&client_id=demo-market&redirect_uri={app}&state=s&code_challenge={challenge}&code_challenge_method=S256&prompt=none"
    );
    let answer = visitor.get("sso", &path).await;
    assert!(answer.path == "/callback" && answer.url.contains("error=login_required"), "{}", answer.url);
}

#[tokio::test]
async fn the_market_has_seven_pages_of_twenty_with_137_distinct_products() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    let (mut rows, mut ids, mut ucodes) = (0, HashSet::new(), HashSet::new());
    for page in 1..=7 {
        let (status, found) = visitor.search(&token, page).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            (&found["totalElements"], &found["totalPages"], &found["last"]),
            (&json!(140), &json!(7), &json!(page == 7))
        );
        for row in found["content"].as_array().expect("content") {
            rows += 1;
            let product = &row["product"];
            ids.insert(product["id"].as_u64().expect("id"));
            ucodes.insert(product["ucode"].as_str().expect("ucode").to_owned());
            assert!(
                product["name"].is_string() && product["locale"].is_string() && product["temperature"].is_u64(),
                "{row}"
            );
            assert!(product["reviewRating"].is_null() || product["reviewRating"].is_f64(), "{row}");
            assert!(["BRL", "USD"].contains(&product["price"]["currency"].as_str().expect("currency")), "{row}");
            assert!(product["price"]["value"].is_f64() && product["tags"]["affiliationType"].is_string(), "{row}");
            assert!(row["producer"]["name"].is_string() && row["producer"]["ucode"].is_string(), "{row}");
            assert!(row["affiliation"]["commission"]["percentage"].is_u64(), "{row}");
            assert!(row["affiliation"]["commission"]["price"]["value"].is_f64(), "{row}");
        }
    }
    assert_eq!((rows, ids.len(), ucodes.len()), (140, 137, 137));
    let (status, beyond) = visitor.search(&token, 8).await;
    assert_eq!((status, &beyond["content"]), (StatusCode::OK, &json!([])));
    assert_eq!(visitor.search(&token, 0).await.0, StatusCode::BAD_REQUEST);

    let again = self::market().await;
    let other = Visitor::of(&again);
    let token = other.token(&again).await;
    assert!(
        ucodes.contains(other.search(&token, 3).await.1["content"][5]["product"]["ucode"].as_str().expect("ucode"))
    );
}

#[tokio::test]
async fn the_api_answers_the_application_s_origin_and_nobody_without_a_token() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let address = visitor.address("api-market", "/v1/market/search");
    let preflight = visitor.client.request(reqwest::Method::OPTIONS, &address).send().await.expect("an answer");
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    let app = format!("http://app.demo.localhost:{}", market.port());
    assert_eq!(preflight.headers()["access-control-allow-origin"], app.as_str());
    assert_eq!(preflight.headers()["access-control-allow-headers"], "authorization, content-type");

    let (status, answer) = visitor.search("made-up", 1).await;
    assert_eq!((status, &answer["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_token")));
    assert_eq!(
        visitor.client.get(visitor.address("api-market", "/v1/me")).send().await.expect("an answer").status(),
        401
    );
}

#[tokio::test]
async fn eight_wrong_tries_block_the_account_for_a_while() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let account = market.account();
    visitor.control("/mode", Some(json!({ "lockSeconds": 1 }))).await;
    let login = visitor.get("app", "/market").await;
    for _ in 1..8 {
        let answer = visitor.post_to(&login, &[("username", &account.email), ("password", "guess")]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let last = visitor.post_to(&login, &[("username", &account.email), ("password", "guess")]).await;
    assert_eq!(last.status, StatusCode::FORBIDDEN);
    assert!(last.body.contains("Account blocked"), "{}", last.body);
    let right = [("username", account.email.as_str()), ("password", account.password.as_str())];
    assert_eq!(
        visitor.post_to(&login, &right).await.status,
        StatusCode::FORBIDDEN,
        "the right one does not help either"
    );

    let began = Instant::now();
    while visitor.post_to(&login, &right).await.path != "/second-step" {
        assert!(began.elapsed().as_secs() < 10, "the account stays blocked");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_remembered_device_needs_no_code_until_that_is_revoked() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    visitor.log_in(&market).await;
    visitor.control("/revoke", None).await;
    let login = visitor.get("app", "/market").await;
    assert_eq!(visitor.password(&market, &login).await.path, "/callback");

    visitor.control("/revoke", None).await;
    visitor.control("/revoke?what=device", None).await;
    let login = visitor.get("app", "/market").await;
    assert_eq!(visitor.password(&market, &login).await.path, "/second-step");
}

#[tokio::test]
async fn the_identity_provider_s_pop_up_stands_in_for_password_and_code_once() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let sso = format!("http://sso.demo.localhost:{}", market.port());
    let login = visitor.get("app", "/market").await;
    let chooser = visitor.get("idp", &format!("/choose?origin={sso}&nonce=n-1")).await;
    assert!(
        chooser.body.contains("id=\"choose-account\"") && chooser.body.contains("Ana Ferreira"),
        "{}",
        chooser.body
    );
    let approved = visitor.post("idp", "/approve", &[("origin", &sso), ("nonce", "n-1")]).await;
    let credential = approved.attribute("data-credential");
    assert_eq!(approved.attribute("data-nonce"), "n-1");

    let federated = login.path_with_query().replace("/login", "/federated");
    let callback = visitor.post("sso", &federated, &[("credential", &credential)]).await;
    assert_eq!(callback.path, "/callback");
    visitor.finish(&callback).await;
    let again = visitor.post("sso", &federated, &[("credential", &credential)]).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    let foreign = visitor.get("idp", "/choose?origin=http://evil.example&nonce=n").await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn where_no_window_waits_for_it_the_identity_provider_leads_on_by_itself() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let sso = format!("http://sso.demo.localhost:{}", market.port());
    for way in ["noopener", "redirect"] {
        visitor.switch(json!({ "continueWith": way })).await;
        let login = visitor.get("app", "/market").await;
        assert_eq!(login.attribute("data-continue-with"), way);
        let asked = login.attribute("data-query").replace("&amp;", "&");
        let approved = visitor.post("idp", "/approve", &[("origin", &sso), ("nonce", "n"), ("to", &asked)]).await;
        let action = approved.attribute("action").replace("&amp;", "&");
        let federated = action.strip_prefix(&sso).expect("the SSO");
        let callback = visitor.post("sso", federated, &[("credential", &approved.attribute("data-credential"))]).await;
        assert_eq!(callback.path, "/callback", "{way}");
        visitor.finish(&callback).await;
        visitor.control("/revoke", None).await;
    }
}

#[tokio::test]
async fn a_dead_token_is_renewed_silently_while_the_ticket_lives() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    for (operation, description) in [("/expire?what=token", "Expired JWT"), ("/revoke?what=token", "Revoked JWT")] {
        visitor.control(operation, None).await;
        assert_eq!(visitor.search(&token, 1).await.1["error_description"], description);
        let callback = visitor.get("app", "/signin?returnTo=/market/scroll").await;
        assert_eq!(callback.path, "/callback", "nothing is asked");
        let renewed = visitor.finish(&callback).await;
        assert_eq!(visitor.search(&renewed, 1).await.0, StatusCode::OK);
    }
    visitor.control("/expire?what=ticket", None).await;
    assert_eq!(visitor.get("app", "/market").await.path, "/market", "the application's own cookie still works");
    assert_eq!(visitor.get("app", "/signin").await.path, "/login");
}

#[tokio::test]
async fn a_snapshot_brings_back_who_was_signed_in_also_after_a_reset() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    assert_eq!(
        visitor.control("/snapshot/restore", None).await["error"],
        "there is no snapshot; POST /snapshot takes one"
    );
    let token = visitor.token(&market).await;
    visitor.control("/snapshot", None).await;
    visitor.control("/reset", None).await;
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::UNAUTHORIZED);
    for _ in 0..2 {
        visitor.control("/snapshot/restore", None).await;
        assert_eq!(visitor.search(&token, 1).await.0, StatusCode::OK);
        visitor.control("/revoke", None).await;
        assert_eq!(visitor.search(&token, 1).await.0, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_session_that_was_ended_shows_the_login_by_redirect_or_on_http_200() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    visitor.control("/revoke", None).await;
    assert_eq!(visitor.get("app", "/market").await.host, "sso.demo.localhost");
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::UNAUTHORIZED);

    visitor.control("/mode", Some(json!({ "loggedOut": "form200" }))).await;
    let form = visitor.get("app", "/market/search?page=2").await;
    assert_eq!(
        (form.status, form.host.as_str(), form.path.as_str()),
        (StatusCode::OK, "app.demo.localhost", "/market/search")
    );
    assert!(form.body.contains("id=\"password\"") && !form.body.contains("data-page=\"market\""), "{}", form.body);
    let action = form.attribute("action").replace("&amp;", "&");
    assert!(action.starts_with(&format!("http://sso.demo.localhost:{}/login?", market.port())), "{action}");
}

#[tokio::test]
async fn a_rotating_cookie_dies_after_its_grace_and_a_copy_of_it_ends_the_login() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    visitor.control("/mode", Some(json!({ "sessionsRotate": true }))).await;
    let first = visitor.session_cookie();
    visitor.get("app", "/market").await;
    let second = visitor.session_cookie();
    assert_ne!(first, second);
    let copy = Visitor::of(&market);
    copy.set_session_cookie(&first);
    assert_eq!(copy.get("app", "/market").await.path, "/market", "within its grace");

    visitor.control("/mode", Some(json!({ "rotateGraceMs": 0 }))).await;
    visitor.get("app", "/market").await;
    let copy = Visitor::of(&market);
    copy.set_session_cookie(&second);
    assert_eq!(copy.get("app", "/market").await.path, "/login");
    assert_eq!(visitor.get("app", "/market").await.path, "/login", "the newest cookie and the ticket ended with it");
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_api_can_be_busy_and_slow() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    visitor.control("/mode", Some(json!({ "blocked": true, "retryAfter": 7 }))).await;
    let address = visitor.address("api-market", "/v1/me");
    let busy = visitor.client.get(&address).bearer_auth(&token).send().await.expect("an answer");
    assert_eq!(
        (busy.status(), &busy.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &HeaderValue::from_static("7"))
    );
    visitor.control("/mode", Some(json!({ "blocked": false, "slowMs": 150 }))).await;
    let began = Instant::now();
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::OK);
    assert!(began.elapsed().as_millis() >= 150);
}

#[tokio::test]
async fn the_control_plane_says_what_happened_and_that_the_password_went_to_the_sso_only() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let token = visitor.token(&market).await;
    visitor.search(&token, 4).await;
    let log = visitor.control_get("/log").await;
    let requests = log["requests"].as_array().expect("requests");
    let held: Vec<_> =
        requests.iter().filter(|one| one["passwordInBody"] == true || one["passwordInUrl"] == true).collect();
    assert_eq!(held.len(), 1);
    assert_eq!((&held[0]["host"], &held[0]["path"]), (&json!("sso.demo.localhost"), &json!("/login")));
    assert_eq!(held[0]["passwordInUrl"], false);
    assert!(requests.iter().any(|one| one["path"] == "/v1/market/search" && one["page"] == 4 && one["status"] == 200));
    assert!(!log.to_string().contains("correct-horse-9"));

    assert_eq!(visitor.control_get("/totp").await["code"], json!(market.totp_now()));
    let state = visitor.control_get("/state").await;
    assert_eq!((&state["alive"]["tickets"], &state["alive"]["tokens"]), (&json!(1), &json!(1)));
    let issued = visitor.control_get("/secrets").await;
    assert!(issued["issued"].as_array().expect("issued").contains(&json!(token)));
    let refused = visitor.control("/mode", Some(json!({ "blockd": true }))).await;
    assert!(refused["error"].as_str().is_some_and(|why| why.contains("blockd")), "{refused}");
    assert!(visitor.control_get("/").await["operations"].as_object().is_some_and(|all| all.len() == 18));

    visitor.control("/reset", None).await;
    let state = visitor.control_get("/state").await;
    assert_eq!((&state["alive"]["tickets"], &state["requests"]), (&json!(0), &json!(0)));
    assert_eq!(visitor.search(&token, 1).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn one_port_answers_for_all_hosts_until_the_marketplace_is_shut_down() {
    let market = market().await;
    let port = market.port();
    let visitor = Visitor::of(&market);
    let other: String = client()
        .get(format!("http://127.0.0.1:{port}/market"))
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a text");
    assert!(other.contains("app.demo.localhost"), "{other}");
    let discovery: Value = visitor.json("sso", "/oidc/.well-known/openid-configuration").await;
    assert_eq!(discovery["issuer"], json!(format!("http://sso.demo.localhost:{port}/oidc")));

    let taken = Market::start(MarketConfig { port, control_port: 0 }).await.err().expect("the port is taken");
    assert!(taken.to_string().contains(&port.to_string()), "{taken}");
    market.shut_down().await;
    let again = Market::start(MarketConfig { port, control_port: 0 }).await.expect("the port is free again");
    assert_eq!(again.port(), port);
}
