//! Runs and their records.

use reqwest::Method;
use serde_json::json;
use staylogged::{
    domain::{Clock, Connection, Outcome, Run, RunId, RunProgress, StreamName, UserId},
    store::{NewRecord, RunBegun},
};
use uuid::Uuid;

use super::server::Server;

const SCRAPE: &str = "/api/scraper/demo-market/scrape";

async fn begin(server: &Server, connection: &Connection) -> Run {
    let run = Run {
        id: RunId::new(Uuid::now_v7()),
        connection: connection.id.clone(),
        user: UserId::default_user(),
        provider: connection.provider.clone(),
        account: connection.account.clone(),
        stream: StreamName::parse("products").unwrap(),
        source: None,
        progress: RunProgress::default(),
        outcome: None,
        message: None,
        started_at: Clock::system().now(),
        finished_at: None,
    };
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
    server.store.run_page(run, progress, "capture", &records, Clock::system().now()).await.unwrap();
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
            .mark_needs_reconnect(&connection.id, "sent to the login page", session.generation, now)
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
    server.store.finish_run(&run, Outcome::Ok, None, Clock::system().now()).await.unwrap();
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
    server.store.finish_run(&run, Outcome::Ok, None, Clock::system().now()).await.unwrap();
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
