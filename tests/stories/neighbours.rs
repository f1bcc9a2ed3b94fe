//! The marketplace's other sites, each of another kind, connected with a real browser by their definitions as shipped: a forum
//! at an address that the user names, a ledger with a token in storage, points behind a cookie that never stays the same.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    app::{Caller, TestApp, eventually},
    in_full,
    person::Doorway,
    replacing::Replacing,
};

stories! {
    a_forum_is_read_at_the_address_that_the_user_named_each_account_at_its_own,
    a_ledger_is_read_with_the_token_that_its_page_keeps,
    points_are_read_though_the_cookie_is_another_one_after_each_request,
    looks_that_decide_nothing_lose_no_session_of_a_site_that_rotates_its_cookie,
    two_hundred_overlapping_scrapes_of_a_site_that_rotates_its_cookie_lose_no_session,
}

/// At one of these sites there is no second step: nothing is ever at this place.
const NO_CODE: (&str, &str) = ("no.such.place/", "");
const FORUM: Doorway = Doorway {
    login: ("north.forum.localhost/topics", "Demo Forum"),
    code: NO_CODE,
    inside: "north.forum.localhost/welcome",
};
const OTHER_FORUM: Doorway = Doorway {
    login: ("south.forum.localhost/topics", "Demo Forum"),
    code: NO_CODE,
    inside: "south.forum.localhost/welcome",
};
const LEDGER: Doorway =
    Doorway { login: ("ledger.localhost/", "Log in · Demo Ledger"), code: NO_CODE, inside: "ledger.localhost/ledger" };
const POINTS: Doorway =
    Doorway { login: ("points.localhost/log-in", "Demo Points"), code: NO_CODE, inside: "points.localhost/account" };

/// The whole way from Connect to Connected; the connection as it is then.
async fn connects(app: &TestApp, who: &Caller, provider: &str, door: &Doorway, wish: Value) -> Value {
    let path = format!("/api/integrations/{provider}/connect");
    let (status, begun) = who.ask(Method::POST, &path, Some(wish)).await;
    assert_eq!(status, 201, "{begun}");
    let login = begun["login"]["id"].as_str().unwrap().to_owned();
    let mut events = who.listen(&format!("/api/logins/{login}/events")).await;
    let mut person = who.watch(&login).await;
    let account = app.market.account();
    person.enters_by(door, &account.email, &account.password).await;
    events.until("login_detected").await;
    assert_eq!(who.finish(&login).await.0, 200);
    events.until("saved").await;
    who.get(&format!("/api/connections/{}", begun["connection"]["id"].as_str().unwrap())).await
}

/// All of one field of the records, in order.
async fn fields(who: &Caller, scraped: &Value, name: &str) -> Vec<Value> {
    let run = scraped["run"]["id"].as_str().unwrap_or_else(|| panic!("{scraped}"));
    let page = who.get(&format!("/api/scraper/runs/{run}/records?limit=200")).await;
    page["records"].as_array().unwrap().iter().map(|record| record["data"][name].clone()).collect()
}

/// The site ends every session: the next scrape says so, and so does the connection.
async fn is_logged_out(app: &TestApp, who: &Caller, provider: &str) {
    app.control(Method::POST, "/revoke", None).await;
    let (status, refused) = who.scrape(provider).await;
    assert_eq!((status, &refused["needsReconnect"]), (409, &json!(true)), "{refused}");
    assert_eq!(who.connection(provider).await["status"], "needs_reconnect");
    let (status, at_once) = who.scrape(provider).await;
    assert_eq!((status, &at_once["type"]), (409, &json!("urn:staylogged:problem:needs-reconnect")), "{at_once}");
}

async fn a_forum_is_read_at_the_address_that_the_user_named_each_account_at_its_own() {
    let app = TestApp::start().await;
    let ana = app.ana();
    let port = app.market.port();
    let (status, asked) = ana.ask(Method::POST, "/api/integrations/demo-forum/connect", None).await;
    assert_eq!((status, &asked["errors"][0]["pointer"]), (422, &json!("/params/community")), "{asked}");
    let elsewhere = json!({ "params": { "community": "evil.example" } });
    let (status, refused) = ana.ask(Method::POST, "/api/integrations/demo-forum/connect", Some(elsewhere)).await;
    assert_eq!((status, &refused["errors"][0]["code"]), (422, &json!("invalid")), "{refused}");

    let north = format!("north.forum.localhost:{port}");
    let wish = json!({ "params": { "community": north.to_uppercase() } });
    let connection = connects(&app, &ana, "demo-forum", &FORUM, wish).await;
    assert_eq!((&connection["status"], &connection["params"]), (&json!("connected"), &json!({ "community": north })));
    let south = format!("south.forum.localhost:{port}");
    let wish = json!({ "account": "second", "params": { "community": south } });
    let second = connects(&app, &ana, "demo-forum", &OTHER_FORUM, wish).await;
    assert_eq!(second["params"], json!({ "community": south }));

    for (account, host) in [("main", &north), ("second", &south)] {
        let body = json!({ "account": account });
        let (status, scraped) = ana.ask(Method::POST, "/api/scraper/demo-forum/scrape?wait=120", Some(body)).await;
        assert_eq!((status, &scraped["run"]["outcome"]), (200, &json!("ok")), "{scraped}");
        assert_eq!(scraped["run"]["progress"], json!({ "pages": 5, "records": 43 }), "by the link to the next page");
        let addresses = fields(&ana, &scraped, "url").await;
        assert!(
            addresses.iter().all(|url| url.as_str().unwrap().starts_with(&format!("http://{host}/topics/"))),
            "{addresses:?}"
        );
    }
    for connection in [&connection, &second] {
        let path = format!("/api/connections/{}/check", connection["id"].as_str().unwrap());
        let (status, check) = ana.ask(Method::POST, &path, None).await;
        assert_eq!((status, &check["verdict"]), (200, &json!("logged_in")), "{check}");
    }

    is_logged_out(&app, &ana, "demo-forum").await;
    // What was said once is known at a reconnect.
    let again = connects(&app, &ana, "demo-forum", &FORUM, json!({})).await;
    assert_eq!((&again["status"], &again["params"]), (&json!("connected"), &json!({ "community": north })));
    assert_eq!(ana.scrape("demo-forum").await.0, 200);
    app.stop().await;
}

async fn a_ledger_is_read_with_the_token_that_its_page_keeps() {
    let app = TestApp::start().await;
    let ana = app.ana();
    let connection = connects(&app, &ana, "demo-ledger", &LEDGER, json!({})).await;
    assert_eq!(connection["identity"]["label"], json!(app.market.account().email));
    let (status, scraped) = ana.scrape("demo-ledger").await;
    assert_eq!((status, &scraped["run"]["outcome"]), (200, &json!("ok")), "{scraped}");
    assert_eq!(scraped["run"]["progress"], json!({ "pages": 3, "records": 60 }));
    let amounts = fields(&ana, &scraped, "amount").await;
    assert_eq!(amounts[1], json!({ "amount": "-12.42", "currency": "EUR" }));
    is_logged_out(&app, &ana, "demo-ledger").await;
    app.stop().await;
}

async fn points_are_read_though_the_cookie_is_another_one_after_each_request() {
    let app = TestApp::start().await;
    let ana = app.ana();
    connects(&app, &ana, "demo-points", &POINTS, json!({})).await;
    for _ in 0..2 {
        let (status, scraped) = ana.scrape("demo-points").await;
        assert_eq!((status, &scraped["run"]["outcome"]), (200, &json!("ok")), "{scraped}");
        assert_eq!(scraped["run"]["progress"], json!({ "pages": 3, "records": 36 }));
    }
    is_logged_out(&app, &ana, "demo-points").await;
    app.stop().await;
}

/// What a look cannot tell is no reason to lose the cookie that came with it.
async fn looks_that_decide_nothing_lose_no_session_of_a_site_that_rotates_its_cookie() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo-points.toml");
    let sound = include_str!("../../providers/demo-points.toml");
    let blind = sound.replaced_once("json = \"$.member\"", "json = \"$.nobody\"");
    std::fs::write(&file, sound).unwrap();
    let app = TestApp::start_on(None, &[("PROVIDERS_DIR", folder.path().to_str().unwrap())]).await;
    let ana = app.ana();
    let id = connects(&app, &ana, "demo-points", &POINTS, json!({})).await["id"].as_str().unwrap().to_owned();
    for (definition, verdict) in [(blind.as_str(), "unknown"), (sound, "logged_in")] {
        std::fs::write(&file, definition).unwrap();
        eventually("the definition is read", Duration::from_mins(1), async || {
            let (status, check) = ana.ask(Method::POST, &format!("/api/connections/{id}/check"), None).await;
            assert_eq!(status, 200, "{check}");
            check["verdict"] == verdict
        })
        .await;
    }
    let state = app.control(Method::GET, "/state", None).await;
    assert_eq!(state["neighbours"]["pointsEndedByReuse"], 0, "no old cookie ever came back");
    assert_eq!(ana.scrape("demo-points").await.0, 200);
    app.stop().await;
}

/// The runs that were answered with, and how often.
type Seen = std::collections::BTreeMap<String, usize>;

/// Runs that are stopped in the middle, checks that come between, and scrapes that overlap: each of them uses up a cookie.
async fn two_hundred_overlapping_scrapes_of_a_site_that_rotates_its_cookie_lose_no_session() {
    const AT_ONCE: usize = 8;
    let scrapes = if in_full() { 1000 } else { 200 };
    let wanted_runs = scrapes / 4;
    let folder = tempfile::tempdir().unwrap();
    let unhurried = include_str!("../../providers/demo-points.toml");
    let hurried = unhurried.replaced("\"150ms\"", "\"0ms\"").replaced("\"100ms\"", "\"0ms\"");
    std::fs::write(folder.path().join("demo-points.toml"), &hurried).unwrap();
    assert_ne!(hurried, unhurried);
    let app = TestApp::start_on(None, &[("PROVIDERS_DIR", folder.path().to_str().unwrap())]).await;
    let ana = app.ana();
    let id = connects(&app, &ana, "demo-points", &POINTS, json!({})).await["id"].as_str().unwrap().to_owned();

    let began = Instant::now();
    let is_wanting = move |seen: &Seen| seen.len() < wanted_runs || seen.values().sum::<usize>() < scrapes;
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Seen::new()));
    let asking: Vec<_> = (0..AT_ONCE)
        .map(|who| {
            let (ana, seen, id) = (ana.clone(), std::sync::Arc::clone(&seen), id.clone());
            tokio::spawn(async move {
                let (mut checks, mut stopped, mut turn) = (0, 0, 0);
                while is_wanting(&seen.lock().unwrap()) {
                    turn += 1;
                    // One of them asks now and then whether it still works, one stops a run; else they wait for the end.
                    if who == 0 && turn % 5 == 0 {
                        let (status, check) =
                            ana.ask(Method::POST, &format!("/api/connections/{id}/check"), None).await;
                        // 409: a run has it, and the check does not wait for that.
                        assert!(status == 409 || check["verdict"] == "logged_in", "{status} {check}");
                        checks += usize::from(status == 200);
                    }
                    let stops = who == 1 && turn % 5 == 0;
                    let wait = if stops { 0 } else { 60 };
                    let path = format!("/api/scraper/demo-points/scrape?wait={wait}");
                    let (status, answer) = ana.ask(Method::POST, &path, None).await;
                    // 409: the one that stops runs has stopped this one.
                    let is_stopped = answer["type"] == "urn:staylogged:problem:run-cancelled";
                    assert!(matches!(status, 200 | 202) || is_stopped, "{status} {answer}");
                    let run = answer["run"]["id"].as_str().or(answer["id"].as_str()).or(answer["runId"].as_str());
                    let run = run.unwrap_or_else(|| panic!("{answer}")).to_owned();
                    if stops {
                        let (status, cancelled) =
                            ana.ask(Method::POST, &format!("/api/scraper/runs/{run}/cancel"), None).await;
                        assert_eq!(status, 200, "{cancelled}");
                        stopped += usize::from(cancelled["outcome"] == "cancelled");
                    }
                    *seen.lock().unwrap().entry(run).or_insert(0) += 1;
                }
                (checks, stopped)
            })
        })
        .collect();
    let (mut checks, mut stopped) = (0, 0);
    for one in asking {
        let (checked, cancelled) = one.await.unwrap();
        (checks, stopped) = (checks + checked, stopped + cancelled);
    }
    let took = began.elapsed();
    let runs = std::mem::take(&mut *seen.lock().unwrap());
    let asked: usize = runs.values().sum();
    let state = app.control(Method::GET, "/state", None).await;
    println!(
        "{} runs by {asked} requests, {AT_ONCE} at once, in {took:?}; {checks} checks between them; {stopped} stopped; {} logins ended",
        runs.len(),
        state["neighbours"]["pointsEndedByReuse"]
    );
    assert!(asked >= scrapes && asked > runs.len(), "they overlap: {asked} requests, {} runs", runs.len());
    assert!(checks > 0 && stopped > 0, "{checks} checks come between, {stopped} runs are stopped in the middle");
    assert_eq!(state["neighbours"]["pointsEndedByReuse"], 0, "no old cookie ever came back");
    let mut ok = 0;
    for run in runs.keys() {
        let run = ana.get(&format!("/api/scraper/runs/{run}")).await;
        match run["outcome"].as_str() {
            Some("ok") => ok += usize::from(run["progress"]["records"] == 36),
            Some("cancelled") | None => {}
            _ => panic!("{run}"),
        }
    }
    assert!(
        ok + stopped + AT_ONCE >= runs.len(),
        "{ok} of {} runs read everything, {stopped} were stopped",
        runs.len()
    );
    assert_eq!(ana.connection("demo-points").await["status"], "connected");
    assert_eq!(ana.scrape("demo-points").await.0, 200, "and it works still");
    app.stop().await;
}
