//! The definition of Hotmart as it is shipped, against a stand-in under Hotmart's own host names, over TLS.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    app::{Caller, TestApp},
    clock::MovedClock,
    person::Doorway,
};

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

#[tokio::test(flavor = "multi_thread")]
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

#[tokio::test(flavor = "multi_thread")]
async fn both_shapes_of_its_json_and_both_generations_of_its_markup_give_the_same_products() {
    let app = TestApp::start_at_hotmart(&MovedClock::default()).await;
    let ana = app.ana();
    switch(&app, json!({ "products": 25, "repeats": false, "secondFactor": "email", "tokenStorage": "session" })).await;
    assert!(logs_in(&app, &ana).await, "a code is mailed");
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
