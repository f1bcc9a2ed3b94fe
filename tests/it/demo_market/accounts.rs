//! Two accounts at the marketplace, which are never taken for each other.

use std::sync::Arc;

use reqwest::{Certificate, Client, StatusCode, cookie::Jar};
use serde_json::{Value, json};
use staylogged::demo::{HotmartStandIn, Market, MarketConfig};
use url::form_urlencoded;

use super::{
    market,
    visitor::{Page, Visitor},
};

/// Ben's password, in a browser where nobody has logged in.
async fn bens_step(visitor: &Visitor, market: &Market) -> Page {
    let ben = market.other_account();
    let login = visitor.get("app", "/market").await;
    visitor.post_to(&login, &[("username", &ben.email), ("password", &ben.password)]).await
}

async fn bens_code(visitor: &Visitor, market: &Market) -> String {
    let totp = visitor.control_get(&format!("/totp?email={}", market.other_account().email)).await;
    totp["code"].as_str().expect("a code").to_owned()
}

async fn bens_token(visitor: &Visitor, market: &Market) -> String {
    let step = bens_step(visitor, market).await;
    let callback = visitor.post_to(&step, &[("code", &bens_code(visitor, market).await)]).await;
    visitor.finish(&callback).await
}

#[tokio::test]
async fn a_mailed_code_goes_to_the_account_whose_password_it_was_and_opens_no_other() {
    let market = market().await;
    let (ana, ben) = (Visitor::of(&market), Visitor::of(&market));
    ana.switch(json!({ "secondFactor": "email" })).await;
    let her_step = ana.password(&market, &ana.get("app", "/market").await).await;
    let his_step = bens_step(&ben, &market).await;
    let mails = ben.control_get("/mail").await["messages"].clone();
    assert_eq!((&mails[0]["to"], &mails[1]["to"]), (&json!("ana@example.com"), &json!("ben@example.com")));
    let codes = [0, 1].map(|at: usize| mails[at]["code"].as_str().expect("a code").to_owned());
    if codes[0] != codes[1] {
        assert_eq!(ben.post_to(&his_step, &[("code", &codes[0])]).await.status, StatusCode::UNAUTHORIZED);
    }
    let callback = ben.post_to(&his_step, &[("code", &codes[1])]).await;
    assert_eq!(ben.api("/v1/me", &ben.finish(&callback).await).await.1["name"], "Ben Castro");
    let callback = ana.post_to(&her_step, &[("code", &codes[0])]).await;
    assert_eq!(ana.api("/v1/me", &ana.finish(&callback).await).await.1["name"], "Ana Ferreira");
    market.shut_down().await;
}

#[tokio::test]
async fn another_account_is_asked_for_also_where_the_site_shows_no_form_by_itself() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    visitor.token(&market).await;
    for said in ["empty200", "json401", "form200"] {
        visitor.switch(json!({ "loggedOut": said })).await;
        assert_eq!(visitor.get("app", "/switch").await.path, "/login", "{said}");
    }
    visitor.switch(json!({ "loggedOut": "redirect", "halfDead": "ticket" })).await;
    assert_eq!(visitor.get("app", "/switch").await.path, "/login");
    market.shut_down().await;
}

fn locales(rows: &Value) -> Vec<&str> {
    let rows = rows.as_array().expect("rows");
    rows.iter().map(|row| row["product"]["locale"].as_str().or(row["locale"].as_str()).expect("a locale")).collect()
}

#[tokio::test]
async fn the_second_account_is_shown_its_products_only_however_the_list_is_asked_for() {
    let market = market().await;
    let visitor = Visitor::of(&market);
    let his = bens_token(&visitor, &market).await;
    // New ones come while he reads: nor is he shown those of them that are not for him.
    visitor.switch(json!({ "insertNext": 9, "sessionsRotate": true })).await;
    for (path, rows) in [
        ("/v1/market/products?page=1&rows=20", "content"),
        ("/v1/market/products?offset=20&limit=10", "content"),
        ("/v1/market/products?cursor=&limit=20", "content"),
        ("/v2/market/products?page=2&rows=5", "products"),
    ] {
        let (status, answer) = visitor.api(path, &his).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let shown = locales(&answer[rows]);
        assert!(!shown.is_empty() && shown.iter().all(|locale| *locale == "ES"), "{path}: {shown:?}");
    }
    let shown = visitor.json("app", "/data/products?page=1").await;
    assert!(locales(&shown["content"]).iter().all(|locale| *locale == "ES"), "by the application's cookie");
    visitor.switch(json!({ "insertNext": 0 })).await;
    let plain = visitor.get("app", "/market/list").await;
    assert!(plain.body.contains("Ben Castro") && plain.body.contains("Switch account"), "{}", plain.body);
    let total = visitor.search(&his, 1).await.1["totalElements"].as_u64().expect("a total");
    assert!(plain.body.contains(&format!("{total} products")), "{}", plain.body);

    let hers = Visitor::of(&market);
    let token = hers.token(&market).await;
    let all = hers.search(&token, 1).await.1;
    let other = all["content"].as_array().expect("rows").iter().find(|row| row["product"]["locale"] != "ES");
    let path =
        format!("/v1/market/products/{}", other.expect("another")["product"]["ucode"].as_str().expect("a ucode"));
    assert_eq!(hers.api(&path, &token).await.0, StatusCode::OK);
    assert_eq!(visitor.api(&path, &his).await.0, StatusCode::NOT_FOUND);
    market.shut_down().await;
}

/// Somebody whose browser was told where Hotmart's hosts are.
fn told(stand_in: &HotmartStandIn) -> Client {
    let certificate = Certificate::from_der(&stand_in.certificate_der).expect("a certificate");
    let client = crate::support::http::client_builder().cookie_provider(Arc::<Jar>::default()).no_proxy();
    let client = client.tls_certs_only([certificate]);
    let hosts = ["app", "sso", "consumer", "api-affiliation-market"];
    let client =
        hosts.iter().fold(client, |client, host| client.resolve(&format!("{host}.hotmart.com"), stand_in.address));
    client.build().expect("a client")
}

#[tokio::test]
async fn the_stand_in_for_hotmart_knows_both_accounts() {
    let config = MarketConfig { port: 0, control_port: 0 };
    let mut market = Market::start(config).await.expect("the marketplace starts");
    let stand_in = market.stand_in_for_hotmart().await.expect("it listens");
    let visitor = Visitor::of(&market);
    let (ana, ben) = (market.account(), market.other_account());
    for (account, all) in [(&ana, true), (&ben, false)] {
        let client = told(&stand_in);
        let post = |url: String, fields: Vec<(&'static str, String)>| {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            client.post(url).header("content-type", "application/x-www-form-urlencoded").body(body).send()
        };
        // The verifier's S256 from RFC 7636, appendix B.
        let asked = "client_id=market-app&redirect_uri=https%3A%2F%2Fapp.hotmart.com%2Fauth%2Flogin&response_type=code\
            &code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&state=s";
        let login = client.get(format!("https://sso.hotmart.com/oidc/authorize?{asked}")).send().await.expect("a page");
        let password = vec![("username", account.email.clone()), ("password", account.password.clone())];
        let step = post(login.url().to_string(), password).await.expect("a page");
        let address = step.url().to_string();
        assert!(step.text().await.expect("a text").contains(&account.email), "whose code it wants");
        let code = visitor.control_get(&format!("/totp?email={}", account.email)).await["code"].clone();
        let code = code.as_str().expect("a code").to_owned();
        let back = post(address, vec![("token", code)]).await.expect("a page");
        let code = back.url().query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
        let fields = vec![
            ("code", code),
            ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned()),
            ("redirect_uri", "https://app.hotmart.com/auth/login".to_owned()),
        ];
        let token = post("https://sso.hotmart.com/oidc/accessToken".to_owned(), fields).await.expect("an answer");
        let token = token.json::<Value>().await.expect("JSON")["access_token"].as_str().expect("a token").to_owned();

        let profile = client.get("https://sso.hotmart.com/oidc/profile").bearer_auth(&token).send().await;
        let profile: Value = profile.expect("an answer").json().await.expect("JSON");
        assert_eq!((&profile["sub"], &profile["email"]), (&json!(account.id), &json!(account.email)));
        let search = client.post("https://api-affiliation-market.hotmart.com/v2/market/search").bearer_auth(&token);
        let found = search.json(&json!({ "page": 1, "rows": 20 })).send().await.expect("an answer");
        let found: Value = found.json().await.expect("JSON");
        let spanish = locales(&found["content"]).iter().all(|locale| *locale == "ES");
        assert_eq!((spanish, found["totalElements"] == 140), (!all, all), "{found}");
    }
    market.shut_down().await;
}
