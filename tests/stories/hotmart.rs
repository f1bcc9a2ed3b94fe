//! The definition of Hotmart as it is shipped, against a stand-in under Hotmart's own host names, over TLS.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use reqwest::{Certificate, Client, Method, Response, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use staylogged::{
    demo::{Market, MarketConfig},
    domain::{ProviderId, Timestamp},
};

use crate::support::{
    app::{Caller, TestApp},
    clock::MovedClock,
    http::client_builder,
    person::Doorway,
};

stories! {
    a_person_connects_hotmart_and_reconnects_on_the_trusted_device_when_48_hours_have_passed,
    hotmart_is_scraped_at_set_times_and_its_session_kept_alive_until_the_ticket_ends,
    both_shapes_of_its_json_and_both_generations_of_its_markup_give_the_same_products,
    nobody_takes_the_stand_in_for_hotmart_who_was_not_told_of_its_certificate,
    its_login_leaves_what_is_known_of_hotmart_s,
    its_api_says_expired_jwt_to_whoever_has_no_good_token,
}

/// What both the page and its JSON say of a product.
const IN_BOTH: [&str; 7] = ["name", "url", "product_ucode", "producer_ucode", "temperature", "commission", "price"];

async fn switch(app: &TestApp, switches: Value) {
    app.control(Method::PATCH, "/mode", Some(switches)).await;
}

/// A login by hand, as far as the session is saved; whether a second factor was asked for.
async fn logs_in(app: &TestApp, ana: &Caller) -> bool {
    let account = app.market.account();
    let (login, mut events, mut person) = ana.begins("hotmart").await;
    let is_asked = person.enters_by(&Doorway::HOTMART, &account.email, &account.password).await;
    if is_asked {
        let code = async || app.market.mailed_code().unwrap_or_else(|| app.market.totp_now());
        person.enters_code_by(&Doorway::HOTMART, code, false).await;
    }
    events.until("login_detected").await;
    let (status, body) = ana.finish(&login).await;
    assert_eq!(status, 200, "{body}");
    events.until("verified").await;
    events.until("saved").await;
    is_asked
}

/// Scrapes to a good end: which source it was, and the records by their key.
async fn scrapes(ana: &Caller) -> (String, BTreeMap<String, Value>) {
    let (status, answer) = ana.scrape("hotmart").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["run"]["outcome"], "ok", "{answer}");
    let records = answer["records"].as_array().expect("records").iter();
    let by_key = records.map(|one| (one["key"].as_str().expect("a key").to_owned(), one["data"].clone())).collect();
    (answer["run"]["source"].as_str().expect("a source").to_owned(), by_key)
}

async fn a_person_connects_hotmart_and_reconnects_on_the_trusted_device_when_48_hours_have_passed() {
    let time = MovedClock::default();
    let app = TestApp::start_at_hotmart(&time).await;
    let ana = app.ana();
    switch(&app, json!({ "products": 25, "repeats": false })).await;
    assert!(logs_in(&app, &ana).await, "a new device is asked for a code");
    let connection = ana.connection("hotmart").await;
    assert_eq!(connection["status"], "connected");
    assert_eq!(connection["identity"]["label"], json!(app.market.account().email));
    let (source, records) = scrapes(&ana).await;
    assert_eq!((source.as_str(), records.len()), ("capture", 25));
    assert!(records.values().any(|one| one["rule"] == "approval"), "{records:?}");

    // Within the 48 hours a visit brings a new token, without a question.
    time.pass(Duration::from_hours(40));
    assert_eq!(scrapes(&ana).await.1, records);
    let token = "/oidc/accessToken";
    let counts = app.control(Method::GET, "/counts", None).await;
    let renewed = counts["sso.hotmart.com"][token].as_u64().expect("a count");
    assert!(renewed >= 2, "{counts}");

    // After them nobody is let in without a password, however much it was used.
    time.pass(Duration::from_hours(9));
    let (status, problem) = ana.scrape("hotmart").await;
    assert_eq!((status, &problem["needsReconnect"]), (409, &json!(true)), "{problem}");
    assert_eq!(ana.connection("hotmart").await["status"], "needs_reconnect");
    assert!(!logs_in(&app, &ana).await, "the device is trusted for 30 days");
    assert_eq!(ana.connection("hotmart").await["status"], "connected");
    assert_eq!(scrapes(&ana).await.1, records);

    // The password went to the SSO alone, in a body.
    let log = app.control(Method::GET, "/log", None).await;
    let of_password = |one: &&Value| one["passwordInBody"] == true || one["passwordInUrl"] == true;
    let place = |one: &Value| {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}{}", text("method"), text("host"), text("path"))
    };
    let told: BTreeSet<_> =
        log["requests"].as_array().expect("requests").iter().filter(of_password).map(place).collect();
    assert_eq!(told, BTreeSet::from(["POST sso.hotmart.com/login".to_owned()]));
    app.stop().await;
}

async fn hotmart_is_scraped_at_set_times_and_its_session_kept_alive_until_the_ticket_ends() {
    let time = MovedClock::default();
    let app = TestApp::start_at_hotmart(&time).await;
    let ana = app.ana();
    let scheduler = &app.app.services.scheduler;
    switch(&app, json!({ "products": 25, "repeats": false })).await;
    logs_in(&app, &ana).await;
    let connection = ana.connection("hotmart").await;
    let moment = |at: &Value| Timestamp::parse(at.as_str().expect("a text")).expect("a moment");
    let lives = moment(&connection["sessionEndsAt"]).since(moment(&connection["connectedAt"]));
    assert!(lives.as_secs().abs_diff(48 * 3600) < 120, "{connection}");

    let schedule = format!("/api/connections/{}/schedules/products", connection["id"].as_str().expect("an id"));
    let too_often = json!({ "cron": "*/30 * * * *" });
    let (status, problem) = ana.ask(Method::PUT, &schedule, Some(too_often)).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/cron")), "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("every hour at most")), "{problem}");
    let hourly = json!({ "cron": "0 * * * *", "timeZone": "America/Sao_Paulo" });
    let (status, set) = ana.ask(Method::PUT, &schedule, Some(hourly)).await;
    assert_eq!((status, &set["lastRunId"]), (200, &Value::Null), "{set}");

    let mut events = ana.listen("/api/events").await;
    time.pass(Duration::from_hours(1));
    // The service looks by itself, too: whoever comes first begins it, and nobody else does.
    scheduler.begin_due().await.expect("the store answers");
    let ended = events.until("run_finished").await;
    assert_eq!(ended.data["outcome"], "ok", "{ended:?}");
    assert_eq!(scheduler.begin_due().await.expect("the store answers"), 0);
    let all = ana.get(&schedule.replace("/products", "")).await;
    assert_eq!(all["schedules"][0]["lastRunId"], ended.data["runId"], "{all}");
    let (status, _) = ana.ask(Method::DELETE, &schedule, None).await;
    assert_eq!(status, 204);

    // Nobody uses it: after half a day it is renewed by itself.
    let renewals = async || {
        let counts = app.control(Method::GET, "/counts", None).await;
        counts["sso.hotmart.com"]["/oidc/accessToken"].as_u64().expect("a count")
    };
    let before = renewals().await;
    // Not while the site wants to be left alone: whoever waits for that keeps others' sessions waiting.
    let services = &app.app.services;
    let hotmart = services.providers.get(&ProviderId::parse("hotmart").expect("an id")).expect("hotmart");
    let (now, quiet) = (time.clock().now(), Duration::from_mins(13 * 60 + 5));
    services.store.keep_quiet(&hotmart.id, &hotmart.place, now.after(quiet), now).await.expect("kept");
    time.pass(Duration::from_hours(13));
    scheduler.look_after_idle().await.expect("the store answers");
    assert_eq!(renewals().await, before, "it was passed over");
    time.pass(Duration::from_mins(11));
    scheduler.look_after_idle().await.expect("the store answers");
    let checked = moment(&ana.connection("hotmart").await["checkedAt"]);
    assert!(checked.since(moment(&connection["checkedAt"])) > Duration::from_hours(13));
    assert!(renewals().await > before);

    // Once the ticket has ended, that is told before anybody asks for a scrape.
    time.pass(Duration::from_hours(35));
    scheduler.look_after_idle().await.expect("the store answers");
    let told = events.until("needs_reconnect").await;
    assert_eq!(
        told.data["reason"],
        "Hotmart has logged you out. Hotmart lets nobody stay logged in for longer than 2 days. Log in again; your data is still here."
    );
    let evidence = ana.connection("hotmart").await["evidence"].to_string();
    assert!(evidence.contains("sso.hotmart.com"), "{evidence}");
    assert_eq!(ana.connection("hotmart").await["sessionEndsAt"], Value::Null);
    app.stop().await;
}

async fn both_shapes_of_its_json_and_both_generations_of_its_markup_give_the_same_products() {
    let app = TestApp::start_at_hotmart(&MovedClock::default()).await;
    let ana = app.ana();
    switch(&app, json!({ "products": 25, "repeats": false, "secondFactor": "email", "tokenStorage": "session" })).await;
    assert!(logs_in(&app, &ana).await, "a code is mailed");
    // Wherever the token is kept, the profile is beside it.
    assert_eq!(ana.connection("hotmart").await["identity"]["label"], json!(app.market.account().email));
    let (source, from_json) = scrapes(&ana).await;
    assert_eq!((source.as_str(), from_json.len()), ("capture", 25));
    for list in ["products", "results"] {
        switch(&app, json!({ "json": "v2", "listName": list })).await;
        let (source, records) = scrapes(&ana).await;
        assert_eq!((source.as_str(), &records), ("capture", &from_json), "{list}");
    }
    // The JSON has changed its shape: the page is read instead.
    for skin in [1, 2] {
        switch(&app, json!({ "json": "unknown", "skin": skin })).await;
        let (source, records) = scrapes(&ana).await;
        assert_eq!((source.as_str(), records.len()), ("markup", 25), "skin {skin}");
        for (key, record) in &records {
            for field in IN_BOTH {
                assert!(!record[field].is_null(), "{field} of {record}");
                assert_eq!(record[field], from_json[key][field], "{field} of {key}, skin {skin}");
            }
        }
    }
    app.stop().await;
}

/// A visitor without a browser, led to the stand-in, who follows redirects by hand and has to name its port.
struct Visitor {
    client: Client,
    port: u16,
}

impl Visitor {
    fn at(&self, host: &str, path: &str) -> String {
        format!("https://{host}.hotmart.com:{}{path}", self.port)
    }

    async fn get(&self, host: &str, path: &str) -> Response {
        self.client.get(self.at(host, path)).send().await.expect("an answer")
    }

    /// A form of the SSO.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(self.at("sso", path)).body(body);
        request.header("content-type", "application/x-www-form-urlencoded").send().await.expect("an answer")
    }
}

async fn visitor(market: &mut Market, is_trusting: bool) -> Visitor {
    let stand_in = market.stand_in_for_hotmart().await.expect("it listens");
    let mut client = client_builder().redirect(Policy::none()).cookie_store(true).no_proxy();
    if is_trusting {
        let certificate = Certificate::from_der(&stand_in.certificate_der).expect("a certificate");
        client = client.tls_certs_only([certificate]);
    }
    for host in ["app", "sso", "api-affiliation-market", "consumer", "app-vlc"] {
        client = client.resolve(&format!("{host}.hotmart.com"), stand_in.address);
    }
    Visitor { client: client.build().expect("a client"), port: stand_in.address.port() }
}

async fn text(answer: Response) -> String {
    answer.text().await.expect("a text")
}

fn leads_to(answer: &Response) -> &str {
    answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default()
}

async fn market() -> Market {
    Market::start(MarketConfig { port: 0, control_port: 0 }).await.expect("the marketplace starts")
}

async fn nobody_takes_the_stand_in_for_hotmart_who_was_not_told_of_its_certificate() {
    let mut market = market().await;
    let visitor = visitor(&mut market, false).await;
    let asked = visitor.client.get(visitor.at("app", "/market")).send().await;
    assert!(asked.expect_err("refused").is_connect());
}

async fn its_login_leaves_what_is_known_of_hotmart_s() {
    let mut market = market().await;
    let visitor = visitor(&mut market, true).await;
    let form = text(visitor.get("sso", "/login").await).await;
    assert!(form.contains("id=\"username\"") && form.contains("id=\"password\""), "{form}");
    assert_eq!(leads_to(&visitor.get("app-vlc", "/login").await), "https://sso.hotmart.com/login?");

    let account = market.account();
    assert_eq!(visitor.post("/login", &[("username", &account.email), ("password", "guess")]).await.status(), 401);
    let asked = visitor.post("/login", &[("username", &account.email), ("password", &account.password)]).await;
    let code_form = leads_to(&asked).to_owned();
    assert!(text(visitor.get("sso", &code_form).await).await.contains("autocomplete=\"one-time-code\""));
    assert_eq!(visitor.post(&code_form, &[("token", "1")]).await.status(), 401);
    let inside = visitor.post(&code_form, &[("token", &market.totp_now())]).await;
    assert_eq!(leads_to(&inside), "https://consumer.hotmart.com/main", "the SSO alone leads to the buyers' area");
    let cookies: BTreeMap<String, String> = inside
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|one| one.to_str().ok()?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let (expiry, ticket) = cookies["hmSsoExp"].split_once('|').expect("<expiry>|<ticket>");
    let now = staylogged::domain::Clock::system().now().0 / 1000;
    let lives = expiry.parse::<i64>().expect("a time") - now;
    assert!((172_000..=172_800).contains(&lives), "{lives}");
    assert!(ticket.starts_with("TGT-") && ticket.contains("Domain=.hotmart.com") && !ticket.contains("HttpOnly"));
    assert!(cookies["hmVlcIntegration"].contains("HttpOnly") && cookies["hmVlcIntegration"].contains(".hotmart.com"));
    assert!(cookies["TGC"].contains("HttpOnly") && cookies["MFATRUSTED"].contains("Max-Age=2592000"));
    assert_eq!(leads_to(&visitor.get("sso", "/login").await), "https://consumer.hotmart.com/main");

    for _ in 0..8 {
        visitor.post("/login", &[("username", &account.email), ("password", "guess")]).await;
    }
    let blocked = visitor.post("/login", &[("username", &account.email), ("password", &account.password)]).await;
    assert_eq!(blocked.status(), StatusCode::FORBIDDEN);
    assert!(text(blocked).await.contains("Account blocked"));
}

async fn its_api_says_expired_jwt_to_whoever_has_no_good_token() {
    let mut market = market().await;
    let visitor = visitor(&mut market, true).await;
    let address = visitor.at("api-affiliation-market", "/v2/market/search");
    let asked = visitor.client.post(address).bearer_auth("made-up").json(&json!({ "page": 1, "rows": 20 }));
    let refused = asked.send().await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers()["access-control-allow-origin"], "https://app.hotmart.com");
    let said: Value = refused.json().await.expect("JSON");
    assert_eq!(said, json!({ "error": "invalid_token", "error_description": "Expired JWT" }));
}
