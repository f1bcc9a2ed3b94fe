//! The market as a browser draws it: every way in which its list goes on, every storage, every generation.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use staylogged::{
    browser::{Context, Page},
    domain::rule::ElementQuery,
    sessions,
};

use crate::support::{replacing::Replacing, saved_session::SavedSession};

stories! {
    every_way_in_which_the_list_goes_on_is_drawn,
    each_skin_and_each_shape_of_json_is_drawn_alike_and_proven_where_that_is_wanted,
    the_page_says_that_it_is_refused_empty_or_ended,
    a_token_in_session_storage_and_an_entry_in_indexed_db_are_part_of_a_session,
}

const LONG: Duration = Duration::from_mins(1);
/// How long a drawn page may take to show its "next", where it has one.
const DRAWN: Duration = Duration::from_secs(5);

/// A page of the marketplace in a browser with the saved session.
struct Shown {
    context: Arc<dyn Context>,
    page: Arc<dyn Page>,
}

impl Shown {
    async fn at(home: &SavedSession, path: &str) -> Self {
        let opened = home.keeper.open(&home.connection().await).await.expect("a session");
        let options = sessions::open_options(&home.provider(), Some(&opened.session));
        let context = home.browser.open(options).await.expect("a context");
        let address = format!("http://app.demo.localhost:{}{path}", home.market.port());
        let page = context.visit(&address.parse().expect("an address"), LONG).await.expect("the page opens");
        Self { context, page }
    }

    async fn has(&self, css: &str) -> bool {
        self.page.has(&ElementQuery { css: css.into(), visible: false }).await.unwrap_or(false)
    }

    /// Waits for an element, and for what follows from pressing or scrolling.
    async fn until(&self, css: &str) {
        let mut changes = self.context.changes();
        let waited = tokio::time::timeout(LONG, async {
            while !self.has(css).await {
                let _ = tokio::time::timeout(Duration::from_millis(200), changes.changed()).await;
            }
        });
        if waited.await.is_err() {
            let html = self.page.html().await.unwrap_or_default();
            panic!(
                "never saw {css} in {}",
                html.chars().skip(html.find("<body").unwrap_or_default()).take(3000).collect::<String>()
            );
        }
    }

    /// The codes of the products that are in the page.
    async fn codes(&self) -> Vec<String> {
        let html = self.page.html().await.expect("the page");
        let address = "productUcode=";
        html.split(address).skip(1).map(|rest| rest.chars().take(36).collect()).collect()
    }
}

async fn switch(home: &SavedSession, switches: Value) {
    let state = home.control("/mode", Some(switches)).await;
    assert!(state["modes"].is_object(), "{state}");
}

async fn every_way_in_which_the_list_goes_on_is_drawn() {
    let home = SavedSession::new().await;
    switch(&home, json!({ "products": 50, "repeats": false })).await;

    let shown = Shown::at(&home, "/market/more").await;
    for pages in 1..=3 {
        shown.until(&format!(".product-card:nth-of-type({})", (pages * 20).min(50))).await;
        assert_eq!(shown.page.click("button.load-more:enabled", DRAWN).await.expect("a click"), pages < 3);
    }
    assert_eq!(shown.codes().await.len(), 50);
    shown.context.close().await;

    for (path, state) in [("/market/cursor", "cursor"), ("/market/offset", "offset")] {
        let shown = Shown::at(&home, path).await;
        let mut seen = Vec::new();
        for page in 1..=3 {
            shown.until(".product-card").await;
            let first = seen.last().cloned().unwrap_or_default();
            if page > 1 {
                shown.until(&format!("#view:not(:has([href*=\"{first}\"])) .product-card")).await;
            }
            seen.extend(shown.codes().await);
            assert_eq!(
                shown.page.click("a.pagination-next", DRAWN).await.expect("a click"),
                page < 3,
                "{state} {page}"
            );
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 50, "{state}");
        shown.context.close().await;
    }

    let shown = Shown::at(&home, "/market/virtual").await;
    shown.until(".virtual .product-card").await;
    let some = shown.codes().await.len();
    assert!((5..=16).contains(&some), "{some} of 50 are in the page");
    while !shown.has("[data-end=yes]").await {
        shown.page.scroll_on(&[".product-card"]).await.expect("scrolled");
        assert!(shown.codes().await.len() <= 16);
    }
    shown.context.close().await;
    home.end().await;
}

async fn each_skin_and_each_shape_of_json_is_drawn_alike_and_proven_where_that_is_wanted() {
    let home = SavedSession::new().await;
    let mut drawn: Vec<Vec<String>> = Vec::new();
    for (switches, card) in [
        (json!({}), ".product-card"),
        (json!({ "skin": 2, "json": "v2", "listName": "results" }), "li.offer"),
        (json!({ "skin": 3, "json": "unknown", "requireProof": true }), "[data-testid=card]"),
    ] {
        switch(&home, switches).await;
        let shown = Shown::at(&home, "/market/search?page=2").await;
        shown.until(&format!("{card}:nth-child(20)")).await;
        shown.until(".pagination-next").await;
        shown.until(".account-name:not([hidden])").await;
        drawn.push(shown.codes().await);
        shown.context.close().await;
    }
    assert!(drawn[0].len() == 20 && drawn.iter().all(|codes| *codes == drawn[0]), "{drawn:?}");
    home.end().await;
}

async fn the_page_says_that_it_is_refused_empty_or_ended() {
    let home = SavedSession::new().await;
    switch(&home, json!({ "blocked": true, "retryAfter": 9 })).await;
    let shown = Shown::at(&home, "/market").await;
    shown.until(".market-error:not([hidden])").await;
    assert!(shown.page.html().await.expect("the page").contains("The market is busy. Try again in 9 seconds."));
    shown.context.close().await;

    home.control("/revoke", Some(json!({}))).await;
    switch(&home, json!({ "blocked": false, "loggedOut": "empty200" })).await;
    let shown = Shown::at(&home, "/market/search?page=1").await;
    shown.until("body[data-page=guest] .market-empty").await;
    assert!(!shown.has(".account-name:not([hidden])").await && !shown.has(".market-error:not([hidden])").await);
    shown.context.close().await;

    switch(&home, json!({ "loggedOut": "redirect" })).await;
    let shown = Shown::at(&home, "/market/search?page=1").await;
    shown.until("input#password").await;
    shown.context.close().await;
    home.end().await;
}

async fn a_token_in_session_storage_and_an_entry_in_indexed_db_are_part_of_a_session() {
    let keeps = include_str!("../../providers/demo-market.toml")
        .replaced("session_storage = false", "session_storage = true")
        .replaced("local_storage = { origin", "session_storage = { origin");
    let home = SavedSession::logged_out(&keeps).await;
    switch(&home, json!({ "tokenStorage": "session", "requireIndexedDb": true })).await;
    home.log_in().await;
    home.control("/revoke?what=ticket", Some(json!({}))).await;
    let opened = home.keeper.open(&home.connection().await).await.expect("a session");
    let origin = opened.session.state.origins.iter().find(|origin| origin.origin.contains("app.demo"));
    let origin = origin.expect("the application's");
    assert!(origin.local_storage.iter().all(|entry| !entry.name.starts_with("oidc.user")));
    assert!(origin.session_storage.iter().any(|entry| entry.name.starts_with("oidc.user")));

    let shown = Shown::at(&home, "/market").await;
    shown.until(".account-name:not([hidden])").await;
    shown.context.close().await;

    // Without the entry the page does not know this browser.
    let mut poorer = opened.session;
    poorer.state.origins.iter_mut().for_each(|origin| origin.indexed_db.clear());
    let context = home.browser.open(sessions::open_options(&home.provider(), Some(&poorer))).await.expect("a context");
    let address = format!("http://app.demo.localhost:{}/market", home.market.port());
    let page = context.visit(&address.parse().expect("an address"), LONG).await.expect("the page opens");
    let shown = Shown { context, page };
    shown.until("input#password").await;
    shown.context.close().await;
    home.end().await;
}
