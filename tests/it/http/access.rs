//! Who may call, from where, and by which name.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};
use staylogged::{domain::Clock, http::Access};

use super::server::{Answer, DOCUMENT, Server};

/// Every operation of the document with its path, parameters filled in.
pub fn operations() -> Vec<(Method, String, String)> {
    let mut operations = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let prefix = if item.get("servers").is_some() { "" } else { "/api" };
        let id = match path {
            path if path.starts_with("/connections") => "con_00000000000000000000000000000000",
            path if path.starts_with("/logins") => "lgn_00000000000000000000000000000000",
            _ => "run_00000000000000000000000000000000",
        };
        let filled = format!("{prefix}{path}").replace("{provider}", "demo-market").replace("{id}", id);
        let filled = filled.replace("{linkId}", "lnk_00000000000000000000000000000000");
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "servers") {
            let method = method.to_uppercase().parse().unwrap();
            operations.push((method, filled.clone(), operation["operationId"].as_str().unwrap().to_owned()));
        }
    }
    assert!(operations.len() > 20);
    operations
}

/// The headers of answers that the document names, but the one that is for browsers alone.
fn documented_headers() -> HashSet<String> {
    let all = |value: &Value| value.as_object().cloned().unwrap_or_default().into_iter();
    let items = all(&DOCUMENT["paths"]).flat_map(|(_, item)| all(&item));
    let answers = items.flat_map(|(_, operation)| all(&operation["responses"]));
    let names = answers.flat_map(|(_, answer)| all(&answer["headers"])).map(|(name, _)| name.to_ascii_lowercase());
    let names: HashSet<_> = names.filter(|name| name != "www-authenticate").collect();
    assert!(names.contains("location"));
    names
}

/// A new route without a rule fails here.
#[tokio::test]
async fn nothing_is_told_without_a_key() {
    let server = Server::keyed("a-long-random-key").await;
    for (method, path, id) in operations() {
        for authorization in
            [None, Some("Bearer wrong"), Some("Bearer "), Some("Basic YTpi"), Some("a-long-random-key")]
        {
            let mut request = server.request(method.clone(), &path);
            if let Some(authorization) = authorization {
                request = request.header("Authorization", authorization);
            }
            let answer = server.send(request).await;
            // On loopback the metrics are for whoever is on this computer.
            if ["getHealth", "getReadiness", "getMetrics"].contains(&id.as_str()) {
                assert_eq!(answer.status, 200, "{id}");
            } else {
                assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthorized"), "{id} {authorization:?}");
                assert!(answer.header("www-authenticate").starts_with("Bearer"));
            }
        }
    }
    for path in ["/api/nothing", "/api", "/api/logins"] {
        assert_eq!(server.get(path).await.status, 401, "{path}");
    }
    for path in ["/docs", "/openapi.json", "/openapi.yaml", "/"] {
        assert!(server.get(path).await.status < 400, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn metrics_need_a_key_where_others_can_reach_them() {
    let server = Server::keyed_at("0.0.0.0:0", "a-long-random-key").await;
    let answer = server.get("/metrics").await;
    assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthorized"));
    let request = server.request(Method::GET, "/metrics").bearer_auth("a-long-random-key");
    assert_eq!(server.send(request).await.status, 200);
    assert_eq!(server.get("/readyz").await.status, 200);
    server.stop().await;

    // A proxy on the same computer passes it on, with the name that was asked for.
    let behind = Server::keyed("a-long-random-key").await;
    let ask = async |host: &str| {
        let request = behind.request(Method::GET, "/metrics").header("Host", host);
        behind.send(request).await.status
    };
    assert_eq!((ask("localhost").await, ask("staylogged.example.com").await), (200, 401));
    behind.stop().await;
}

#[tokio::test]
async fn a_key_that_was_made_while_serving_is_known_at_once() {
    let server = Server::keyed("a-long-random-key").await;
    let ask =
        async || server.send(server.request(Method::GET, "/api/providers").bearer_auth("made-later")).await.status;
    assert_eq!(ask().await, 401);
    server.store.add_access_key("made later", Access::hash("made-later"), Clock::system().now()).await.unwrap();
    assert_eq!(ask().await, 200);
    server.stop().await;
}

#[tokio::test]
async fn with_a_key_one_calls_for_ones_users() {
    let server = Server::keyed("a-long-random-key").await;
    let get = async |user: &str, path: &str| -> Answer {
        let request = server.request(Method::GET, path).bearer_auth("a-long-random-key");
        server.send(if user.is_empty() { request } else { request.header("Staylogged-User", user) }).await
    };
    let connection = server.connected("main").await;
    let path = format!("/api/connections/{}", connection.id);
    assert_eq!(get("", &path).await.json()["account"], "main");
    assert_eq!(get("default", &path).await.status, 200);
    let others = get("somebody-else", &path).await;
    assert_eq!((others.status, others.problem().as_str()), (404, "not-found"));
    assert_eq!(get("somebody-else", "/api/connections").await.json(), json!({"connections": []}));
    assert_eq!(get("no spaces", "/api/connections").await.problem(), "bad-request");
    server.stop().await;
}

#[tokio::test]
async fn without_keys_only_this_computer_is_answered_under_its_own_name() {
    let server = Server::open().await;
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let ask = async |host: &str| server.send(server.request(Method::GET, "/api/providers").header("Host", host)).await;
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
        assert_eq!(ask(&host).await.status, 200, "{host}");
    }
    // DNS rebinding: a name of somebody else's that leads here.
    for host in ["evil.example", "localhost.evil.example", "192.168.1.5:4380"] {
        let answer = ask(host).await;
        assert_eq!((answer.status, answer.problem().as_str()), (403, "host-not-allowed"), "{host}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("STAYLOGGED_API_KEYS"));
    }
    server.stop().await;
}

#[tokio::test]
async fn without_keys_a_page_of_another_site_changes_nothing() {
    let server = Server::open().await;
    let path = "/api/integrations/demo-market/connect";
    for origin in ["https://evil.example", "null", "http://localhost:1"] {
        let answer = server.send(server.request(Method::POST, path).header("Origin", origin)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (403, "origin-not-allowed"), "{origin}");
        let read = server.send(server.request(Method::GET, "/api/providers").header("Origin", origin)).await;
        assert_eq!(read.header("access-control-allow-origin"), "", "its page cannot read this");
    }
    assert_eq!(server.get("/api/integrations").await.json()["integrations"][0]["connection"], json!(null));
    let own = server.request(Method::POST, path).header("Origin", &server.url);
    assert_eq!(server.send(own).await.status, 201);
    server.stop().await;
}

#[tokio::test]
async fn a_front_end_deployed_apart_may_call_when_it_is_named() {
    let server = Server::keyed("a-long-random-key").await;
    let preflight = async |origin: &str| {
        let request = server.request(Method::OPTIONS, "/api/integrations/demo-market/connect");
        let request = request.header("Origin", origin).header("Access-Control-Request-Method", "POST");
        server.send(request.header("Access-Control-Request-Headers", "authorization,content-type")).await
    };
    let allowed = preflight("https://app.example.com").await;
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://app.example.com");
    let methods: Vec<_> = allowed.header("access-control-allow-methods").split(", ").collect();
    for (method, path, _) in operations() {
        assert!(methods.contains(&method.as_str()), "{method} {path}");
    }
    for header in ["Authorization", "Content-Type", "Staylogged-User", "Last-Event-ID", "Idempotency-Key"] {
        assert!(allowed.header("access-control-allow-headers").contains(header), "{header}");
    }
    let refused = preflight("https://app.example.com.evil.example").await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (403, ""));

    let get = async |origin: &str, key: &str| {
        let request = server.request(Method::GET, "/api/providers").header("Origin", origin);
        server.send(request.bearer_auth(key)).await
    };
    let answer = get("https://app.example.com", "a-long-random-key").await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.com");
    let readable = answer.header("access-control-expose-headers").to_ascii_lowercase();
    let readable: HashSet<_> = readable.split(", ").collect();
    for header in documented_headers() {
        assert!(readable.contains(header.as_str()), "{header}");
    }
    assert_eq!(answer.header("vary"), "Origin");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    let refusal = get("https://app.example.com", "wrong").await;
    assert_eq!((refusal.status, refusal.header("access-control-allow-origin")), (401, "https://app.example.com"));
    assert_eq!(get("https://evil.example", "a-long-random-key").await.header("access-control-allow-origin"), "");
    server.stop().await;
}
