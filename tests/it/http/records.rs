//! Runs and their records.

use reqwest::Method;
use serde_json::json;
use staylogged::{
    domain::{Clock, Connection, Cursor, Outcome, Run, RunEnd, RunId, RunProgress, StreamName, Timestamp},
    store::{NewRecord, RunBegun, RunPage},
};
use uuid::Uuid;

use super::server::Server;

const SCRAPE: &str = "/api/scraper/demo-market/scrape";

async fn begin(server: &Server, connection: &Connection) -> Run {
    let stream = StreamName::parse("products").unwrap();
    let run = Run::new(RunId::new(Uuid::now_v7()), connection, stream, "v1".into(), Clock::system().now());
    let RunBegun::New(run) = server.store.begin_run(run).await.unwrap() else { panic!("under way") };
    run
}

async fn add(server: &Server, run: &Run, records: std::ops::Range<u32>) {
    let progress = RunProgress { pages: 1, records: records.end };
    let records: Vec<_> = records
        .map(|n| {
            let name = if n == 0 { "=1+1".to_owned() } else { format!("Product {n}") };
            let fields = json!({"ucode": format!("p-{n:03}"), "id": n, "name": name});
            NewRecord { key: format!("p-{n:03}"), fields: fields.as_object().unwrap().clone() }
        })
        .collect();
    let cursor = Cursor {
        source: 0,
        pages: 1,
        items: 0,
        next: None,
        end: None,
        total: None,
        overlaps: 0,
        first: None,
        doubt: None,
    };
    let page = RunPage { progress, source: "capture", cursor, records: &records, not_given: &[] };
    server.store.run_page(run, &page, Clock::system().now()).await.unwrap();
}

#[tokio::test]
async fn before_anyone_connected_a_scrape_says_so() {
    let server = Server::open().await;
    let answer = server.send(server.request(Method::POST, SCRAPE)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (409, "never-connected"));
    assert_eq!(answer.json()["needsReconnect"], true);
    server.stop().await;
}

#[tokio::test]
async fn a_session_that_ended_says_so_at_once() {
    let server = Server::open().await;
    let connection = server.connected("main").await;
    let session = server.store.session(&connection.id).await.unwrap().unwrap();
    let now = Clock::system().now();
    assert!(
        server
            .store
            .mark_needs_reconnect(&connection.id, "sent to the login page", &[], session.generation, now)
            .await
            .unwrap()
    );
    let answer = server.send(server.request(Method::POST, SCRAPE)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (409, "needs-reconnect"));
    let problem = answer.json();
    assert_eq!(
        (&problem["needsReconnect"], problem["connectionId"].as_str()),
        (&json!(true), Some(connection.id.as_str()))
    );
    let card = &server.get("/api/integrations").await.json()["integrations"][0];
    assert_eq!(
        (&card["provider"]["id"], &card["connection"]["status"]),
        (&json!("demo-market"), &json!("needs_reconnect"))
    );
    server.stop().await;
}

#[tokio::test]
async fn a_scrape_that_takes_longer_is_followed() {
    let server = Server::open().await;
    let connection = server.connected("main").await;
    let run = begin(&server, &connection).await;
    let answer = server.send(server.request(Method::POST, &format!("{SCRAPE}?wait=0"))).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.header("location"), format!("/api/scraper/runs/{}", run.id));
    assert_eq!((&answer.json()["status"], &answer.json()["outcome"]), (&json!("running"), &json!(null)));

    add(&server, &run, 0..3).await;
    server.store.finish_run(&run, &RunEnd::new(Outcome::Ok, "").complete(), Clock::system().now()).await.unwrap();
    let found = server.get(answer.header("location")).await.json();
    assert_eq!(
        (&found["status"], &found["outcome"], &found["progress"]["records"]),
        (&json!("finished"), &json!("ok"), &json!(3))
    );

    let path = format!("/api/scraper/runs/{}/events", run.id);
    let events = server.send(server.request(Method::GET, &path).header("Accept", "application/json")).await.json();
    let told: Vec<_> =
        events["events"].as_array().unwrap().iter().map(|e| (e["id"].as_i64(), e["event"].as_str())).collect();
    assert_eq!(
        told,
        [(Some(1), Some("run_started")), (Some(2), Some("run_progress")), (Some(3), Some("run_finished"))]
    );
    let rest = server.send(server.request(Method::GET, &path).header("Last-Event-ID", "1")).await;
    assert!(rest.text.contains("event: run_progress") && rest.text.contains("event: run_finished"), "{}", rest.text);
    assert_eq!(server.send(server.request(Method::GET, &path).header("Last-Event-ID", "3")).await.status, 204);
    let fresh = server.send(server.request(Method::GET, &path)).await;
    assert!(fresh.text.contains("id: 3\nevent: snapshot\n") && !fresh.text.contains("run_finished"), "{}", fresh.text);

    let runs = server.get("/api/scraper/runs?provider=demo-market&limit=5").await.json();
    assert_eq!(runs["runs"][0]["id"], run.id.as_str());
    let over = server.send(server.request(Method::POST, &format!("/api/scraper/runs/{}/cancel", run.id))).await;
    assert_eq!(over.json()["outcome"], "ok", "it is over already");
    server.stop().await;
}

#[tokio::test]
async fn records_come_in_pages_lines_and_tables() {
    let server = Server::open().await;
    let connection = server.connected("main").await;
    let run = begin(&server, &connection).await;
    add(&server, &run, 0..600).await;
    server.store.finish_run(&run, &RunEnd::new(Outcome::Ok, "").complete(), Clock::system().now()).await.unwrap();
    let path = format!("/api/scraper/runs/{}/records", run.id);

    let (mut keys, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("{path}?limit=250{cursor}")).await.json();
        assert_eq!(page["total"], 600);
        keys.extend(
            page["records"].as_array().unwrap().iter().map(|record| record["key"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((keys.len(), keys[0].as_str(), keys[599].as_str()), (600, "p-000", "p-599"));
    assert_eq!(server.get(&path).await.json()["records"].as_array().unwrap().len(), 200);
    assert_eq!(server.get(&format!("{path}?cursor=nonsense")).await.problem(), "bad-request");

    let lines = server.send(server.request(Method::GET, &path).header("Accept", "application/x-ndjson")).await;
    assert_eq!((lines.header("content-type"), lines.text.lines().count()), ("application/x-ndjson", 600));
    let first: serde_json::Value = serde_json::from_str(lines.text.lines().next().unwrap()).unwrap();
    assert_eq!(first["data"]["ucode"], "p-000");

    let table = server.get(&format!("{path}?format=csv")).await;
    assert!(table.header("content-type").starts_with("text/csv"));
    let rows: Vec<_> = table.text.split("\r\n").collect();
    assert!(rows[0].starts_with("ucode,id,name,category,"), "{}", rows[0]);
    assert!(rows[1].starts_with("p-000,0,'=1+1,"), "no formula: {}", rows[1]);
    assert_eq!(rows.len(), 602, "names, 600 rows, nothing after the last end of line");
    let some = server.get(&format!("{path}?format=csv&limit=10")).await;
    assert_eq!(some.text.matches("\r\n").count(), 11);
    let next = some.header("link").split(['<', '>']).nth(1).unwrap().to_owned();
    assert!(server.get(&format!("{next}&format=csv")).await.text.contains("p-010"));
    assert_eq!(server.get(&format!("{path}?format=xml")).await.problem(), "bad-request");
    server.stop().await;
}

#[tokio::test]
async fn a_connections_records_say_what_is_new_what_changed_and_what_is_gone() {
    let server = Server::open().await;
    let connection = server.connected("main").await;
    let first = begin(&server, &connection).await;
    add(&server, &first, 0..3).await;
    let first =
        server.store.finish_run(&first, &RunEnd::new(Outcome::Ok, "").complete(), Clock::system().now()).await.unwrap();
    // Between the two runs, whatever the clock's grain.
    let between = first.finished_at.unwrap();
    let moment = Timestamp(between.0 + 1000);

    let second = begin(&server, &connection).await;
    let fields = json!({"ucode": "p-001", "id": 1, "name": "Renamed"});
    let records = [NewRecord { key: "p-001".into(), fields: fields.as_object().unwrap().clone() }];
    let cursor = Cursor {
        source: 0,
        pages: 1,
        items: 0,
        next: None,
        end: None,
        total: None,
        overlaps: 0,
        first: None,
        doubt: None,
    };
    let progress = RunProgress { pages: 1, records: 1 };
    let page = RunPage { progress, source: "capture", cursor, records: &records, not_given: &[] };
    server.store.run_page(&second, &page, moment).await.unwrap();
    server.store.finish_run(&second, &RunEnd::new(Outcome::Ok, "").complete(), moment).await.unwrap();

    let path = format!("/api/connections/{}/records", connection.id);
    let all = server.get(&path).await.json();
    assert_eq!(all["total"], 3, "what is gone is marked, not erased");
    assert_eq!(all["records"][0]["missingSince"], moment.to_string());
    assert_eq!(all["records"][1]["missingSince"], serde_json::Value::Null);
    assert_eq!(all["records"][1]["changedAt"], moment.to_string());
    let present = server.get(&format!("{path}?missing=false")).await.json();
    assert_eq!((&present["total"], &present["records"][0]["key"]), (&json!(1), &json!("p-001")));
    let changed = server.get(&format!("{path}?stream=products&changedSince={moment}")).await.json();
    assert_eq!((&changed["total"], &changed["records"][0]["data"]["name"]), (&json!(1), &json!("Renamed")));
    let of_run = server.get(&format!("{path}?run={}", first.id)).await.json();
    assert_eq!(of_run["total"], 3);
    let table = server.get(&format!("{path}?format=csv&limit=1&missing=false")).await;
    assert!(table.text.contains("Renamed"));
    let history = server.get(&format!("{path}/history?key=p-001")).await.json();
    assert_eq!(
        history["changes"],
        json!([
            { "at": moment.to_string(), "runId": second.id.as_str(), "before": { "name": "Product 1" } }
        ])
    );
    assert_eq!(server.get(&format!("{path}?changedSince=yesterday")).await.problem(), "bad-request");
    let nobodys = "/api/connections/con_018f3a5c7b1e7d32a4c95b6d7e8f9a0b/records";
    assert_eq!(server.get(nobodys).await.problem(), "not-found");

    // A run that read the whole list is not continued; one that is named must be there.
    for (continues, problem) in
        [(second.id.as_str(), "run-not-continuable"), ("run_018f3a6d01c47f3e9b2a3c4d5e6f7081", "not-found")]
    {
        let asked = server.request(Method::POST, SCRAPE).json(&json!({ "continues": continues }));
        assert_eq!(server.send(asked).await.problem(), problem);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_connections_records_are_searched_sorted_and_taken_away_so() {
    let server = Server::open().await;
    let connection = server.connected("main").await;
    let run = begin(&server, &connection).await;
    add(&server, &run, 0..600).await;
    let path = format!("/api/connections/{}/records", connection.id);

    let page = server.get(&format!("{path}?sort=-id&limit=2")).await.json();
    let keys = |page: &serde_json::Value| {
        page["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["key"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!((keys(&page), &page["total"]), (vec!["p-599".into(), "p-598".into()], &json!(600)));
    let next = page["next"].as_str().unwrap();
    let page = server.get(&format!("{path}?sort=-id&limit=2&cursor={next}")).await.json();
    assert_eq!(keys(&page), ["p-597", "p-596"]);
    let found = server.get(&format!("{path}?q=PRODUCT%2059&sort=-id&limit=500")).await.json();
    assert_eq!((&found["total"], &found["next"]), (&json!(11), &json!(null)));
    assert_eq!(keys(&found)[10], "p-059");
    for by in ["firstSeen", "-lastSeen", "changedAt", "name", "-price"] {
        let page = server.get(&format!("{path}?sort={by}&limit=1000")).await.json();
        assert_eq!(keys(&page).len(), 600, "{by}");
    }

    let table = server.get(&format!("{path}?format=csv&q=product%2059&sort=-id")).await;
    let rows: Vec<_> = table.text.trim_end().split("\r\n").collect();
    assert_eq!((rows.len(), rows[1].starts_with("p-599,"), rows[11].starts_with("p-059,")), (12, true, true));
    let some = server.get(&format!("{path}?format=ndjson&q=product%2059&sort=-id&limit=10")).await;
    let next = some.header("link").split(['<', '>']).nth(1).unwrap().to_owned();
    let rest = server.get(&format!("{next}&format=ndjson")).await;
    assert!(rest.text.contains("p-059") && rest.text.lines().count() == 1, "{}", rest.text);
    for refused in ["sort=nothing", "sort=a%20b", "sort=-id&cursor=7", "cursor=WyJ4Il0"] {
        assert_eq!(server.get(&format!("{path}?{refused}")).await.problem(), "bad-request", "{refused}");
    }
    server.stop().await;
}

#[tokio::test]
async fn runs_are_listed_in_pages() {
    let server = Server::open().await;
    let connection = server.connected("main").await;
    let mut begun = Vec::new();
    for _ in 0..5 {
        let run = begin(&server, &connection).await;
        server.store.finish_run(&run, &RunEnd::new(Outcome::Failed, ""), Clock::system().now()).await.unwrap();
        begun.insert(0, run.id.to_string());
    }
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/scraper/runs?connection={}&stream=products&limit=2{cursor}", connection.id);
        let page = server.get(&path).await.json();
        listed.extend(page["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(listed, begun);
    let other =
        server.get(&format!("/api/scraper/runs?connection={}&stream=products_scroll", connection.id)).await.json();
    assert_eq!(other, json!({ "runs": [], "next": null }));
    server.stop().await;
}
