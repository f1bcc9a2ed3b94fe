//! What a run leaves to look at: a picture of the page that it ended at, on which nothing can be read.

use std::{sync::Arc, time::Duration};

use poem::{
    Route, Server, get, handler,
    listener::{Acceptor, Listener, TcpListener},
    web::{Html, Query},
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use staylogged::{
    browser::{Browser, ContextOptions},
    domain::{Outcome, Run},
};
use url::Url;

use crate::support::{app::TestApp, engine, replacing::Replacing, saved_session::SavedSession};

stories! {
    a_masked_screenshot_shows_a_page_and_nothing_that_it_says,
    a_run_that_a_page_ended_has_a_picture_of_it_and_one_that_went_well_has_none,
    the_picture_of_a_run_is_answered_to_its_user_alone,
}

const SHIPPED: &str = include_str!("../../providers/demo-market.toml");

/// Width, height, and the pixels.
#[derive(PartialEq)]
struct Picture(u32, u32, Vec<u8>);

impl Picture {
    fn read(png: &[u8]) -> Self {
        assert!(png.len() <= 300 * 1024, "{} bytes", png.len());
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("a whole PNG");
        Self(info.width, info.height, pixels)
    }

    fn colours(&self) -> usize {
        self.2.chunks_exact(3).collect::<std::collections::HashSet<_>>().len()
    }

    fn at(&self, x: u32, y: u32) -> &[u8] {
        let at = usize::try_from((y * self.0 + x) * 3).expect("small");
        &self.2[at..at + 3]
    }
}

#[derive(Deserialize)]
struct Person {
    name: String,
    place: u32,
}

/// A page that says the same thing wherever a page can say something.
#[handler]
fn account(Query(Person { name, place }): Query<Person>) -> Html<String> {
    Html(format!(
        r#"<!doctype html><title>{name}</title>
        <style>*, *::before {{ font-family: monospace !important }} body {{ background: rgb(240, 230, 220) }} p::before {{ content: "{name} " }} p {{ color: red !important }}</style>
        <h1 style="margin-left: {place}px">{name}</h1><p>{name}</p>
        <form><input value="{name}"><textarea>{name}</textarea><select><option>{name}</option></select>
        <div contenteditable>{name}</div><button>{name}</button><input type="submit" value="{name}"></form>
        <img alt="{name}" width="100" height="40" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><text y='20'>{name}</text></svg>">
        <svg width="200" height="40"><text y="20">{name}</text></svg><canvas width="200" height="40"></canvas>
        <iframe srcdoc="<h1>{name}</h1>"></iframe><div id="open"></div><div id="closed"></div>
        <dialog>{name}</dialog>
        <script>
            document.querySelector('canvas').getContext('2d').fillText('{name}', 0, 20);
            document.querySelector('#open').attachShadow({{ mode: 'open' }}).innerHTML = '<b>{name}</b>';
            document.querySelector('#closed').attachShadow({{ mode: 'closed' }}).innerHTML =
                '<b style="color: blue !important">{name}</b><input value="{name}">';
            document.querySelector('dialog').showModal();
        </script>"#
    ))
}

async fn picture(browser: &Arc<dyn Browser>, url: &str) -> Picture {
    let context = browser.open(ContextOptions::default()).await.expect("a context");
    let page = context.visit(&url.parse::<Url>().expect("an address"), Duration::from_secs(20)).await.expect("a page");
    // The last thing that the page's script does.
    let dialog = staylogged::domain::rule::ElementQuery { css: "dialog[open]".into(), visible: true };
    let mut changes = context.changes();
    while !page.has(&dialog).await.expect("an answer") {
        let _ = tokio::time::timeout(Duration::from_millis(200), changes.changed()).await;
    }
    let png = context.masked_screenshot().await.expect("a screenshot");
    context.close().await;
    Picture::read(&png)
}

async fn a_masked_screenshot_shows_a_page_and_nothing_that_it_says() {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
    let at = *acceptor.local_addr()[0].as_socket_addr().expect("an address");
    tokio::spawn(Server::new_with_acceptor(acceptor).run(Route::new().at("/", get(account))));
    let browser = engine::browsers().headless;
    let of = |name: &str, place: u32| format!("http://app.localhost:{}/?name={name}&place={place}", at.port());

    let ana = picture(&browser, &of("Ana%20Souza", 0)).await;
    assert!(ana.colours() > 4, "the page can be made out: {} colours", ana.colours());
    assert_ne!(ana.at(ana.0 - 1, ana.1 - 1), [255, 255, 255], "it has its background");
    // Letters of one width: nothing but the words differs.
    let eva = picture(&browser, &of("Eva%20Moura", 0)).await;
    assert!(ana == eva, "another person's page cannot be told from it");
    let moved = picture(&browser, &of("Ana%20Souza", 300)).await;
    assert!(ana != moved, "another layout can");
    browser.shut_down().await;
}

async fn screenshot(home: &SavedSession, run: &Run) -> Option<Picture> {
    let png = home.scraper.screenshot(run).await.expect("an answer");
    assert_eq!(png.is_some(), run.has_screenshot, "{run:?}");
    png.map(|png| Picture::read(&png))
}

async fn a_run_that_a_page_ended_has_a_picture_of_it_and_one_that_went_well_has_none() {
    let home = SavedSession::new().await;
    let good = home.scrape(&home.scraper, "products").await;
    assert_eq!((good.outcome, good.has_screenshot), (Some(Outcome::Ok), false), "{good:?}");
    assert!(screenshot(&home, &good).await.is_none());

    let nothing = SHIPPED
        .replaced("search?page=1", "search?page=1&q=nothing-is-called-so")
        .replaced("min_items = 1", "min_items = 0, max_shrink = 1.0");
    let scraper = home.scraper_with(&nothing);
    let empty = home.scrape(&scraper, "products").await;
    scraper.shut_down().await;
    assert_eq!(empty.outcome, Some(Outcome::EmptyConfirmed), "{empty:?}");
    let of_empty = screenshot(&home, &empty).await.expect("of the empty list");

    home.control("/mode", Some(json!({ "blocked": true }))).await;
    let blocked = home.scrape(&home.scraper, "products").await;
    assert_eq!(blocked.outcome, Some(Outcome::Blocked), "{blocked:?}");
    assert!(screenshot(&home, &blocked).await.expect("of the refusal").colours() > 1);
    home.control("/mode", Some(json!({ "blocked": false }))).await;

    home.control("/revoke", Some(json!({}))).await;
    let ended = home.scrape(&home.scraper, "products").await;
    assert_eq!(ended.outcome, Some(Outcome::NeedsReconnect), "{ended:?}");
    let of_ended = screenshot(&home, &ended).await.expect("of the login page");
    assert!(of_ended != of_empty);

    // It opens for its own run alone, and goes with the connection.
    let sealed = home.store.run_screenshot(&ended.id).await.expect("an answer").expect("a sealed screenshot");
    assert!(!sealed.as_bytes().windows(4).any(|bytes| bytes == b"IHDR"), "it is sealed");
    let connection = home.connection().await;
    assert!(home.keeper.disconnect(&home.user, &connection.id).await.expect("ended"));
    for run in [&empty, &blocked, &ended] {
        let left = home.store.run(&home.user, &run.id).await.expect("an answer").expect("the run stays");
        assert!(!left.has_screenshot);
        assert!(screenshot(&home, &left).await.is_none());
    }
    home.end().await;
}

async fn the_picture_of_a_run_is_answered_to_its_user_alone() {
    let app = TestApp::start_connected().await;
    let ana = app.ana();
    app.control(Method::POST, "/revoke", Some(json!({}))).await;
    let (status, refused) = ana.scrape("demo-market").await;
    assert_eq!((status, &refused["needsReconnect"]), (409, &json!(true)), "{refused}");
    let run = ana.get(&format!("/api/scraper/runs/{}", refused["runId"].as_str().expect("a run"))).await;
    assert_eq!(run["hasScreenshot"], true, "{run}");

    let path = format!("/api/scraper/runs/{}/screenshot", run["id"].as_str().expect("an id"));
    let answer = crate::support::client()
        .get(format!("{}{path}", app.url))
        .header("Staylogged-User", "ana")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    for (name, value) in
        [("content-type", "image/png"), ("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
    {
        assert_eq!(answer.headers()[name], value, "{name}");
    }
    Picture::read(&answer.bytes().await.expect("a body"));

    let (status, problem) = app.as_user("ben").ask(Method::GET, &path, None).await;
    assert_eq!(status, 404, "{problem}");
    assert!(problem["type"].as_str().is_some_and(|kind| kind.ends_with("not-found")), "{problem}");
    app.stop().await;
}
