//! Real Chromium behind the port: states, tabs, the view, and what happens when a part of it is killed.

pub mod faults;
pub mod overlay;
mod site;
pub mod windows;

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use site::Site;
use staylogged::{
    browser::{
        Browser, Context, ContextOptions, Wanted,
        live_view::{
            Frame, Input, KeyAction, LiveView, MouseAction, MouseButton, NavigateAction, PageAction, TouchAction,
            TouchPoint,
        },
    },
    domain::{Viewport, rule::ElementQuery},
};

use tokio::sync::MutexGuard;

use crate::support::{LONG, engine};

stories! {
    a_state_goes_from_a_headed_browser_into_a_headless_one_with_every_storage,
    a_state_is_read_while_its_tab_goes_on_and_on,
    two_contexts_of_one_browser_share_nothing,
    elements_answers_and_statuses_are_seen,
    what_a_person_does_in_the_picture_happens_in_the_page,
    a_pop_up_comes_to_the_front_and_its_opener_comes_back,
    two_people_in_one_browser_see_only_their_own_page,
}

/// For what is waited for in vain.
const SHORT: Duration = Duration::from_millis(500);

/// A browser, and a site to visit with it.
struct Fixture {
    browser: Arc<dyn Browser>,
    site: Site,
    _alone: Option<MutexGuard<'static, ()>>,
}

impl Fixture {
    /// A shared headed browser, with no other story's windows in it.
    async fn headed() -> Self {
        let (browser, alone) = engine::headed_alone().await;
        Self { _alone: Some(alone), ..Self::over(browser).await }
    }

    /// Contexts of its own in the shared headless browser.
    async fn headless() -> Self {
        Self::over(engine::browsers().headless).await
    }

    async fn over(browser: Arc<dyn Browser>) -> Self {
        Self { browser, site: Site::start().await, _alone: None }
    }

    async fn open(&self, options: ContextOptions) -> Arc<dyn Context> {
        self.browser.open(options).await.unwrap()
    }
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

async fn a_state_goes_from_a_headed_browser_into_a_headless_one_with_every_storage() {
    let people = Fixture::headed().await;
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

    let robots = Fixture::headless().await;
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

async fn a_state_is_read_while_its_tab_goes_on_and_on() {
    let fixture = Fixture::headed().await;
    let context = fixture.open(ContextOptions::default()).await;
    let hosts = ["app", "north", "south"];
    for host in hosts {
        context.visit(&fixture.site.url(host, "/login/ana"), LONG).await.unwrap();
        title(&*context, "done").await;
    }
    context.visit(&fixture.site.url("app", "/restless"), LONG).await.unwrap();
    for time in 1..=40 {
        let state = context.storage_state().await.unwrap_or_else(|error| panic!("time {time}: {error}"));
        let origins: Vec<_> = state.origins.iter().map(|one| one.origin.clone()).collect();
        assert!(hosts.iter().all(|host| origins.contains(&fixture.site.origin(host))), "time {time}: {origins:?}");
    }
    context.close().await;
    fixture.browser.shut_down().await;
}

async fn two_contexts_of_one_browser_share_nothing() {
    let fixture = Fixture::headless().await;
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

async fn elements_answers_and_statuses_are_seen() {
    let fixture = Fixture::headless().await;
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
    let (_, first) = seen.first_key_value().unwrap();
    assert_eq!((first.status, first.method.as_str()), (200, "GET"));
    assert!(first.body.as_ref().unwrap().contains("ana@example.com"));
    assert_eq!(fixture.site.pictures.load(Ordering::Relaxed), 0, "media is left out");

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
    assert!(page.scroll_on(&[]).await.unwrap().moved);
    assert!(page.scroll_on(&[]).await.unwrap().moved);
    assert!(!page.click("#nothing", SHORT).await.unwrap());
    assert!(!page.click("button", SHORT).await.unwrap());
    assert!(page.click("#more", LONG).await.unwrap());
    title(&*context, "more").await;
    assert!(!page.press("#nothing", SHORT).await.unwrap());
    assert!(!page.press("button", SHORT).await.unwrap(), "it is disabled");
    assert!(!page.press("div", SHORT).await.unwrap(), "a key means nothing to it");
    assert!(page.press("#again", SHORT).await.unwrap());
    title(&*context, "0 again").await;

    let error = page.goto(&"http://nowhere.invalid/a?token=1".parse().unwrap(), LONG).await.unwrap_err().to_string();
    assert!(error.contains("http://nowhere.invalid/a: net::ERR_") && !error.contains("token"), "{error}");
    assert!(page.goto(&"file:///etc/passwd".parse().unwrap(), LONG).await.is_err());
    fixture.browser.shut_down().await;
}

fn key(key: &str, code: &str, modifiers: u8) -> [Input; 2] {
    [KeyAction::Down, KeyAction::Up].map(|action| Input::Key { action, key: key.into(), code: code.into(), modifiers })
}

fn click(x: f64, y: f64) -> [Input; 2] {
    [MouseAction::Pressed, MouseAction::Released].map(|action| Input::Mouse {
        action,
        x,
        y,
        button: MouseButton::Left,
        click_count: 1,
        delta_x: 0.0,
        delta_y: 0.0,
        modifiers: 0,
    })
}

async fn give(view: &LiveView, inputs: impl IntoIterator<Item = Input>) {
    for input in inputs {
        view.send(input).await.unwrap();
    }
}

async fn frame_of(view: &LiveView, what: &str, fits: impl Fn(&Frame) -> bool) -> Arc<Frame> {
    let mut frames = view.frames();
    let frame = within(what, frames.wait_for(|frame| frame.as_ref().is_some_and(|frame| fits(frame)))).await.unwrap();
    frame.clone().unwrap()
}

async fn what_a_person_does_in_the_picture_happens_in_the_page() {
    let fixture = Fixture::headed().await;
    let context = fixture.open(ContextOptions::default()).await;
    context.visit(&fixture.site.url("app", "/form"), LONG).await.unwrap();
    let view = context.live_view();
    let frame = frame_of(&view, "the first frame", |_| true).await;
    assert_eq!((frame.width, frame.height), (1280, 800));
    assert_eq!(frame.jpeg[..3], [0xff, 0xd8, 0xff]);

    // Keys, a shortcut, the clipboard of this context, Tab, text from a phone's keyboard, Backspace.
    give(&view, click(100.0, 20.0)).await;
    for letter in ["a", "n", "a"] {
        give(&view, key(letter, &format!("Key{}", letter.to_uppercase()), 0)).await;
    }
    title(&*context, "name:ana").await;
    give(&view, key("a", "KeyA", 2)).await;
    give(&view, key("x", "KeyX", 2)).await;
    title(&*context, "name:").await;
    give(&view, key("Tab", "Tab", 0)).await;
    give(&view, key("v", "KeyV", 2)).await;
    title(&*context, "code:ana").await;
    give(&view, [Input::Text { text: "né12".into() }]).await;
    give(&view, key("Backspace", "Backspace", 0)).await;
    title(&*context, "code:anané1").await;
    give(&view, click(100.0, 100.0)).await;
    title(&*context, "clicked").await;

    // A list would be a window of the desktop: it is picked from beside the picture, or by keys alone.
    give(&view, click(100.0, 140.0)).await;
    give(&view, key("ArrowDown", "ArrowDown", 0)).await;
    title(&*context, "chose:two").await;

    // Enter sends a form; a finger clicks.
    give(&view, click(100.0, 180.0)).await;
    give(&view, key("Enter", "Enter", 0)).await;
    title(&*context, "submitted").await;
    let finger = vec![TouchPoint { x: 100.0, y: 100.0, id: 1 }];
    give(&view, [Input::Touch { action: TouchAction::Start, points: finger }]).await;
    give(&view, [Input::Touch { action: TouchAction::End, points: Vec::new() }]).await;
    title(&*context, "clicked").await;

    // Another size, and back through the history.
    give(&view, [Input::Resize { width: 900, height: 600, scale: 2.0, touch: false }]).await;
    frame_of(&view, "a frame of the new size", |frame| (frame.width, frame.height) == (900, 600)).await;
    assert_eq!(context.identity().viewport, Viewport::default());
    give(&view, [Input::Navigate { action: NavigateAction::Reload }]).await;
    title(&*context, "form").await;
    context.close().await;
    assert!(view.send(Input::Text { text: "late".into() }).await.is_err());
    fixture.browser.shut_down().await;
}

async fn a_pop_up_comes_to_the_front_and_its_opener_comes_back() {
    let fixture = Fixture::headed().await;
    let context = fixture.open(ContextOptions::default()).await;
    context.visit(&fixture.site.url("app", "/opener"), LONG).await.unwrap();
    let (view, mut tabs) = (context.live_view(), context.tabs());
    let opener = frame_of(&view, "the opener", |_| true).await.page;
    give(&view, click(100.0, 20.0)).await;
    let front = within("the pop-up", tabs.wait_for(|tabs| tabs.open.len() == 2 && tabs.front != Some(opener))).await;
    let popup = front.unwrap().front.unwrap();
    within("its title", tabs.wait_for(|tabs| tabs.open.iter().any(|tab| tab.title == "popup"))).await.unwrap();
    frame_of(&view, "the pop-up's frame", |frame| frame.page == popup).await;

    // Back to the opener and again to the pop-up by hand, which then closes itself.
    give(&view, [Input::Page { action: PageAction::Select, id: opener }]).await;
    frame_of(&view, "the opener's frame", |frame| frame.page == opener).await;
    give(&view, [Input::Page { action: PageAction::Select, id: popup }]).await;
    frame_of(&view, "the pop-up's frame", |frame| frame.page == popup).await;
    give(&view, click(100.0, 20.0)).await;
    within("the opener in front", tabs.wait_for(|tabs| tabs.front == Some(opener))).await.unwrap();
    title(&*context, "done").await;
    frame_of(&view, "the opener's frame", |frame| frame.page == opener).await;
    assert!(context.lost().borrow().is_none());
    fixture.browser.shut_down().await;
}

async fn two_people_in_one_browser_see_only_their_own_page() {
    let fixture = Fixture::headed().await;
    let (ana, ben) = tokio::join!(fixture.open(ContextOptions::default()), fixture.open(ContextOptions::default()));
    ana.visit(&fixture.site.url("app", "/form"), LONG).await.unwrap();
    ben.visit(&fixture.site.url("app", "/form"), LONG).await.unwrap();
    let (anas, bens) = (ana.live_view(), ben.live_view());
    // Both are drawn, also the one whose window is behind.
    tokio::join!(frame_of(&anas, "ana's frame", |_| true), frame_of(&bens, "ben's frame", |_| true));
    for view in [&anas, &bens] {
        give(view, click(100.0, 20.0)).await;
    }
    give(&anas, [Input::Text { text: "secret".into() }]).await;
    title(&*ana, "name:secret").await;
    give(&anas, key("a", "KeyA", 2)).await;
    give(&anas, key("c", "KeyC", 2)).await;
    give(&bens, key("v", "KeyV", 2)).await;
    give(&bens, [Input::Text { text: "own".into() }]).await;
    title(&*ben, "name:own").await;
    title(&*ana, "name:secret").await;
    fixture.browser.shut_down().await;
}
