//! Real Chromium behind the port: states, tabs, the view, and what happens when a part of it is killed.

mod site;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use site::Site;
use staylogged::{
    browser::{Browser, BrowserConfig, Context, ContextOptions, PlaywrightBrowser, Wanted},
    domain::rule::ElementQuery,
};
use tempfile::TempDir;

/// Longer than anything takes on a busy machine; nothing waits for it when all is well.
const LONG: Duration = Duration::from_secs(60);

struct Fixture {
    browser: Arc<dyn Browser>,
    site: Site,
    run_dir: TempDir,
}

impl Fixture {
    async fn new(headed: bool) -> Self {
        let run_dir = tempfile::tempdir().unwrap();
        let mut config = config(&run_dir);
        config.headed = headed;
        Self { browser: PlaywrightBrowser::new(config), site: Site::start().await, run_dir }
    }

    async fn open(&self, options: ContextOptions) -> Arc<dyn Context> {
        self.browser.open(options).await.unwrap()
    }
}

fn config(run_dir: &TempDir) -> BrowserConfig {
    BrowserConfig::new(run_dir.path().to_owned(), concat!(env!("CARGO_MANIFEST_DIR"), "/driver").into())
}

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, future).await.unwrap_or_else(|_| panic!("{what} did not happen within {LONG:?}"))
}

/// Waits for a title of the page in front.
async fn title(context: &dyn Context, wanted: &str) {
    let mut changes = context.changes();
    let looked = Wanted { title: true, ..Wanted::default() };
    within(&format!("the title {wanted}"), async {
        loop {
            changes.mark_unchanged();
            if context.observe(&looked).await.unwrap().title.as_deref() == Some(wanted) {
                return;
            }
            // Scripts change a title without telling: so it is looked at again after a while, too.
            let _ = tokio::time::timeout(Duration::from_millis(200), changes.changed()).await;
        }
    })
    .await;
}

async fn text(context: &dyn Context) -> String {
    context.observe(&Wanted { text: true, ..Wanted::default() }).await.unwrap().text.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_goes_from_a_headed_browser_into_a_headless_one_with_every_storage() {
    let people = Fixture::new(true).await;
    let origin = people.site.origin("app");
    let options = ContextOptions { session_storage_origins: vec![origin.clone()], ..ContextOptions::default() };
    let login = people.open(options.clone()).await;
    login.visit(&people.site.url("app", "/login/ana"), LONG).await.unwrap();
    title(&*login, "done").await;
    let seen = login
        .observe(&Wanted { cookies: true, local_storage: true, session_storage: true, ..Wanted::default() })
        .await
        .unwrap();
    assert!(seen.cookies.unwrap().iter().any(|cookie| cookie.name == "sid" && cookie.http_only));
    assert_eq!(seen.local_storage.unwrap()[&origin]["token"], "ana-local");
    assert_eq!(seen.session_storage.unwrap()[&origin]["tab"], "ana-session");

    let (state, identity) = (login.storage_state().await.unwrap(), login.identity());
    assert!(identity.user_agent.contains("Chrome/") && !identity.user_agent.contains("Headless"));
    login.close().await;

    let robots = Fixture::new(false).await;
    let scrape =
        robots.open(ContextOptions { state: Some(state.clone()), identity: Some(identity.clone()), ..options }).await;
    assert_eq!(scrape.identity(), identity);
    // The first site's port is part of its origin, so it is visited there.
    scrape.visit(&people.site.url("app", "/whoami"), LONG).await.unwrap();
    title(&*scrape, "done").await;
    let shown = text(&*scrape).await;
    for part in ["sid=ana-cookie", "ana-local", "ana-session", "ana-indexed"] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
    let again = scrape.storage_state().await.unwrap();
    assert_eq!(again.origins.len(), state.origins.len());
    assert_eq!(again.origins[0].session_storage.len(), 1);
    scrape.close().await;
    people.browser.shut_down().await;
    robots.browser.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_contexts_of_one_browser_share_nothing() {
    let fixture = Fixture::new(false).await;
    let (ana, ben) = tokio::join!(fixture.open(ContextOptions::default()), fixture.open(ContextOptions::default()));
    ana.visit(&fixture.site.url("app", "/login/ana"), LONG).await.unwrap();
    ben.visit(&fixture.site.url("app", "/whoami"), LONG).await.unwrap();
    title(&*ana, "done").await;
    title(&*ben, "done").await;
    assert!(!text(&*ben).await.contains("ana"));
    ben.visit(&fixture.site.url("app", "/login/ben"), LONG).await.unwrap();
    title(&*ben, "done").await;
    ana.visit(&fixture.site.url("app", "/whoami"), LONG).await.unwrap();
    title(&*ana, "done").await;
    let shown = text(&*ana).await;
    assert!(shown.contains("ana-cookie") && shown.contains("ana-indexed") && !shown.contains("ben"), "{shown}");
    fixture.browser.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn elements_answers_and_statuses_are_seen() {
    let fixture = Fixture::new(false).await;
    let options = ContextOptions {
        remember_responses: vec![regex::Regex::new("/api/me").unwrap()],
        without_media: true,
        ..ContextOptions::default()
    };
    let context = fixture.open(options).await;
    let page = context.visit(&fixture.site.url("app", "/loads"), LONG).await.unwrap();
    title(&*context, "ana@example.com").await;
    let mut responses = context.responses();
    let seen = within("the answer", responses.wait_for(|all| !all.is_empty())).await.unwrap().clone();
    assert_eq!((seen[0].status, seen[0].method.as_str()), (200, "GET"));
    assert!(seen[0].body.as_ref().unwrap().contains("ana@example.com"));

    page.goto(&fixture.site.url("app", "/form"), LONG).await.unwrap();
    let query = |css: &str, visible| ElementQuery { css: css.into(), visible };
    let elements =
        BTreeSet::from([query("#name", true), query("#nothing", false), query("title", true), query("(", false)]);
    let seen = context.observe(&Wanted { elements, ..Wanted::default() }).await.unwrap();
    assert_eq!(seen.status, Some(200));
    assert_eq!(seen.elements.get(&query("#name", true)), Some(&true));
    assert_eq!(seen.elements.get(&query("#nothing", false)), Some(&false));
    assert_eq!(seen.elements.get(&query("title", true)), Some(&false));
    assert_eq!(seen.elements.get(&query("(", false)), None);
    assert!(page.has(&query("#code", true)).await.unwrap());

    page.goto(&fixture.site.url("app", "/missing"), LONG).await.unwrap();
    assert_eq!(context.observe(&Wanted::default()).await.unwrap().status, Some(404));

    page.goto(&fixture.site.url("app", "/asks"), LONG).await.unwrap();
    title(&*context, "false:null").await;

    page.goto(&fixture.site.url("app", "/long"), LONG).await.unwrap();
    assert!(page.scroll_to_end().await.unwrap());
    assert!(page.scroll_to_end().await.unwrap());
    assert!(!page.click("#nothing").await.unwrap());
    assert!(!page.click("button").await.unwrap());
    assert!(page.click("#more").await.unwrap());
    title(&*context, "more").await;

    let error = page.goto(&"http://nowhere.invalid/a?token=1".parse().unwrap(), LONG).await.unwrap_err().to_string();
    assert!(error.contains("http://nowhere.invalid/a: net::ERR_") && !error.contains("token"), "{error}");
    assert!(page.goto(&"file:///etc/passwd".parse().unwrap(), LONG).await.is_err());
    fixture.browser.shut_down().await;
}
