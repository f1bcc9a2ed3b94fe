//! What is wrong with a request is said, in one form, whoever notices it.

use futures_util::stream;
use reqwest::{Body, Method};
use serde_json::json;

use super::server::Server;

const CONNECT: &str = "/api/integrations/demo-market/connect";

#[tokio::test]
async fn every_bad_request_has_its_problem() {
    let server = Server::open().await;
    let json = "application/json";
    for (method, path, content_type, body, status, kind) in [
        ("POST", CONNECT, json, "{\"account\":", 400, "bad-request"),
        ("POST", CONNECT, json, "not json", 400, "bad-request"),
        ("POST", CONNECT, json, "[]", 422, "invalid-body"),
        ("POST", CONNECT, json, "null", 422, "invalid-body"),
        ("POST", CONNECT, json, "{\"acount\":\"main\"}", 422, "invalid-body"),
        ("POST", CONNECT, json, "{\"autoFinish\":1}", 422, "invalid-body"),
        ("POST", CONNECT, json, "{\"account\":\"a b\"}", 422, "invalid-body"),
        ("POST", CONNECT, "text/plain", "{}", 415, "unsupported-media-type"),
        ("POST", CONNECT, "application/x-www-form-urlencoded", "account=main", 415, "unsupported-media-type"),
        ("POST", "/api/scraper/demo-market/scrape", json, "{\"stream\":\"nothing\"}", 422, "unknown-stream"),
        ("POST", "/api/scraper/demo-market/scrape?wait=121", json, "{}", 400, "bad-request"),
        ("POST", "/api/scraper/demo-market/scrape?wait=soon", json, "{}", 400, "bad-request"),
        ("POST", "/api/scraper/nobody/scrape", json, "{}", 404, "unknown-provider"),
        ("POST", "/api/integrations/NOT%20an%20id/connect", json, "{}", 404, "unknown-provider"),
        ("GET", "/api/scraper/runs?limit=0", json, "", 400, "bad-request"),
        ("GET", "/api/scraper/runs?connection=1", json, "", 400, "bad-request"),
        ("GET", "/api/logins/lgn_00000000000000000000000000000000", json, "", 404, "not-found"),
        ("GET", "/api/logins/1", json, "", 404, "not-found"),
        ("GET", "/api/nothing", json, "", 404, "not-found"),
        ("GET", "/nothing", json, "", 404, "not-found"),
        ("GET", "/api/logins/lgn_00000000000000000000000000000000/live", json, "", 401, "unauthorized"),
        ("PUT", CONNECT, json, "{}", 405, "method-not-allowed"),
        ("DELETE", "/docs", json, "", 405, "method-not-allowed"),
    ] {
        let request = server.request(method.parse().unwrap(), path);
        let request = request.header("Content-Type", content_type).body(body);
        let answer = server.send(request).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, kind), "{method} {path} {body}: {answer:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_problem_says_what_would_be_right() {
    let server = Server::open().await;
    let unknown = server.post("/api/integrations/nobody/connect", json!({})).await.json();
    assert_eq!(unknown["known"], json!(["demo-market", "hotmart"]));
    let field = server.post(CONNECT, json!({"acount": "main"})).await.json();
    assert_eq!(field["errors"][0]["pointer"], "/acount");
    assert!(field["errors"][0]["detail"].as_str().unwrap().contains("autoFinish"), "{field}");
    let stream = server.post("/api/scraper/demo-market/scrape", json!({"stream": "nothing"})).await.json();
    assert_eq!(stream["errors"][0]["pointer"], "/stream");
    assert!(stream["known"].as_array().unwrap().contains(&json!("products")), "{stream}");
    let method = server.send(server.request(Method::PUT, CONNECT)).await;
    assert_eq!(method.header("allow"), "POST");
    let method =
        server.send(server.request(Method::POST, "/api/connections/con_00000000000000000000000000000000")).await;
    assert_eq!(method.header("allow"), "GET, DELETE, HEAD");
    server.stop().await;
}

#[tokio::test]
async fn a_large_body_is_refused_however_it_comes() {
    let server = Server::open().await;
    let whole = format!("{{\"account\":\"{}\"}}", "a".repeat(70_000));
    let chunks: Vec<_> = whole.as_bytes().chunks(1000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect();
    for body in [Body::from(whole), Body::wrap_stream(stream::iter(chunks))] {
        let request = server.request(Method::POST, CONNECT).header("Content-Type", "application/json").body(body);
        let answer = server.send(request).await;
        assert_eq!((answer.status, answer.problem().as_str()), (413, "body-too-large"));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_may_be_left_out() {
    let server = Server::open().await;
    let first = server.send(server.request(Method::POST, CONNECT)).await;
    assert_eq!(first.status, 201);
    let login = first.json()["login"]["id"].as_str().unwrap().to_owned();
    assert_eq!(first.header("location"), format!("/api/logins/{login}"));
    let second = server.send(server.request(Method::POST, CONNECT).json(&json!({}))).await;
    assert_eq!((second.status, second.json()["login"]["id"].as_str()), (200, Some(login.as_str())));
    server.stop().await;
}

#[tokio::test]
async fn a_login_that_is_over_cannot_be_finished() {
    let server = Server::open().await;
    let login = server.connect().await;
    assert_eq!(server.post(&format!("/api/logins/{login}/cancel"), json!({})).await.json()["state"], "cancelled");
    assert_eq!(server.post(&format!("/api/logins/{login}/cancel"), json!({})).await.status, 200, "no error");
    for verb in ["finish", "live-ticket"] {
        let answer = server.post(&format!("/api/logins/{login}/{verb}"), json!({})).await;
        assert_eq!((answer.status, answer.problem().as_str()), (409, "login-over"));
        assert!(answer.json()["detail"].as_str().unwrap().contains("cancelled"));
    }
    server.stop().await;
}

#[tokio::test]
async fn too_many_logins_are_told_to_come_back() {
    let server = Server::open().await;
    for account in ["one", "two", "three"] {
        assert_eq!(server.post(CONNECT, json!({"account": account})).await.status, 201);
    }
    let answer = server.post(CONNECT, json!({"account": "four"})).await;
    assert_eq!((answer.status, answer.problem().as_str()), (429, "too-many-logins"));
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
    server.stop().await;
}
