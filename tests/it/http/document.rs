//! The OpenAPI document and the pages around it.

use reqwest::Method;
use staylogged::http::{ProblemKind, openapi_yaml};

use super::server::Server;

#[test]
fn the_checked_in_document_is_the_programs_own() {
    let checked_in = include_str!("../../../openapi/openapi.yaml");
    assert!(
        checked_in == openapi_yaml(),
        "openapi/openapi.yaml is not what the routes say: run script/openapi to update"
    );
}

#[test]
fn every_problem_is_explained() {
    let docs = include_str!("../../../docs/errors.md");
    for kind in ProblemKind::ALL {
        let section = docs.split("\n## ").find(|section| section.lines().next() == Some(kind.name()));
        let section = section.unwrap_or_else(|| panic!("docs/errors.md has no section {}", kind.name()));
        assert!(
            section.contains(&format!("\n{}", kind.status())),
            "{} is answered with {}",
            kind.name(),
            kind.status()
        );
    }
}

#[tokio::test]
async fn one_document_is_served_and_shown_offline() {
    let server = Server::open().await;
    let json = server.get("/openapi.json").await;
    let yaml = server.get("/openapi.yaml").await;
    assert_eq!(yaml.text, openapi_yaml());
    assert_eq!(json.json(), serde_yaml::from_str::<serde_json::Value>(&yaml.text).unwrap());

    let docs = server.get("/docs").await;
    assert!(docs.text.contains("SwaggerUIBundle") && docs.text.contains("LoginStreamEvent"));
    let policy = docs.header("content-security-policy");
    assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe-eval"), "{policy}");
    server.stop().await;
}

#[tokio::test]
async fn the_front_door_leads_to_the_page() {
    let server = Server::open().await;
    let front = server.get("/").await;
    assert_eq!((front.status, front.header("location")), (307, "/integrations"));

    let page = server.get("/integrations").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("connect-src 'self' ws:") && policy.contains("frame-ancestors 'none'"), "{policy}");
    if page.status == 200 {
        assert_eq!(page.header("cache-control"), "no-cache");
        let known = page.header("etag").to_owned();
        let again = server.send(server.request(Method::GET, "/integrations").header("If-None-Match", known)).await;
        assert_eq!(again.status, 304);
    } else {
        assert!(page.status == 503 && page.text.contains("The page has not been built: run script/demo"), "{page:?}");
    }
    for header in ["x-content-type-options", "referrer-policy", "content-security-policy"] {
        assert!(!server.get("/api/providers").await.header(header).is_empty(), "{header}");
    }
    server.stop().await;
}

#[tokio::test]
async fn operators_are_told_how_it_is() {
    let server = Server::open().await;
    assert_eq!(server.get("/healthz").await.json()["status"], "ok");
    assert_eq!(server.get("/readyz").await.status, 200);
    server.get("/api/connections/con_00000000000000000000000000000000").await;
    let metrics = server.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let line = "staylogged_http_requests_total{method=\"GET\",route=\"/api/connections/{id}\",status=\"404\"}";
    assert!(metrics.text.contains(line), "{}", metrics.text);

    server.store.close().await;
    assert_eq!(server.get("/healthz").await.status, 200, "the process lives");
    let ready = server.get("/readyz").await;
    assert_eq!((ready.status, ready.problem().as_str()), (503, "unavailable"));
    assert_eq!(ready.json()["retryable"], true);
    assert_eq!(server.get("/api/connections").await.status, 503);
    server.stop().await;
}
