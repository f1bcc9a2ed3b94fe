//! Which pages may show which.

use super::server::{Server, Setup};

#[tokio::test]
async fn only_the_modal_is_shown_by_pages_of_others_and_only_by_those_that_are_named() {
    let embedders = &["https://shop.example.com", "http://localhost:3000"];
    let server = Server::start(Setup { embedders, ..Setup::default() }).await;
    for path in ["/connect", "/connect/", "/connect/hotmart", "/connect/a/b?x=1"] {
        let page = server.get(path).await;
        // Built or not: it is the modal's page.
        assert!([200, 503].contains(&page.status), "{page:?}");
        let policy = page.header("content-security-policy");
        let ends = "frame-ancestors 'self' https://shop.example.com http://localhost:3000";
        assert!(policy.ends_with(ends), "{path}: {policy}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert_eq!(page.header("cross-origin-resource-policy"), "same-origin");
    }
    for path in ["/integrations", "/docs", "/openapi.json", "/api/providers", "/nothing", "/connections", "/healthz"] {
        let answer = server.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    }
    let policy = server.get("/integrations").await;
    assert!(policy.header("content-security-policy").contains("frame-src 'self'"), "it shows its own modal");
    server.stop().await;
}

#[tokio::test]
async fn without_names_only_our_own_page_shows_the_modal() {
    let server = Server::open().await;
    let page = server.get("/connect").await;
    assert!(page.header("content-security-policy").ends_with("frame-ancestors 'self'"));
    server.stop().await;
}
