//! What Chromium would draw beside its page, where no picture shows it and nobody could close it.

use std::{fs, path::Path, process::Command, time::Duration};

use staylogged::browser::{
    ContextOptions,
    live_view::{Input, LiveView},
};

use super::{
    LONG, click,
    faults::{OwnBrowser, Parts},
    frame_of, give, key, title, within,
};

stories! {
    chromium_neither_offers_to_keep_a_password_nor_fills_one_in,
}

/// The windows on the browser's own display, by the numbers under which its server lists them.
fn windows(run_dir: &Path) -> Vec<String> {
    let environment = fs::read(format!("/proc/{}/environ", Parts::of(run_dir).pid("chrom"))).unwrap();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    let of = |name: &str| environment.split('\0').find_map(|line| Some(line.strip_prefix(name)?.to_owned())).unwrap();
    let listed = Command::new("xwininfo")
        .args(["-root", "-children", "-display", &of("DISPLAY=")])
        .env("XAUTHORITY", of("XAUTHORITY="))
        .output()
        .expect("xwininfo runs (package x11-utils)");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let children = listed.lines().skip_while(|line| !line.contains("child")).skip(1);
    let mut numbers: Vec<String> =
        children.filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect();
    numbers.sort();
    numbers
}

async fn types(view: &LiveView, y: f64, text: &str) {
    give(view, click(100.0, y)).await;
    give(view, [Input::Text { text: text.into() }]).await;
}

/// A login's profile is one that Chromium keeps nothing of: so it neither offers to keep a password nor knows one.
async fn chromium_neither_offers_to_keep_a_password_nor_fills_one_in() {
    let fixture = OwnBrowser::headed().await;
    let context = fixture.open(ContextOptions::default()).await;
    context.visit(&fixture.site.url("app", "/account"), LONG).await.unwrap();
    let view = context.live_view();
    frame_of(&view, "a picture", |_| true).await;
    let here = fixture.run_dir.path();
    let alone = windows(here);
    assert!(!alone.is_empty());
    for name in ["ana", "ben"] {
        types(&view, 20.0, &format!("{name}@example.com")).await;
        types(&view, 60.0, &format!("word-of-{name}")).await;
        give(&view, key("Enter", "Enter", 0)).await;
        title(&*context, "logged in").await;
        assert_eq!(windows(here), alone, "after the login");
        give(&view, click(100.0, 20.0)).await;
        title(&*context, "account").await;
        // With the focus in it and a key that asks for suggestions.
        give(&view, click(100.0, 20.0)).await;
        give(&view, key("ArrowDown", "ArrowDown", 0)).await;
        title(&*context, "||0").await;
        assert_eq!(windows(here), alone, "at the same login once more");
    }
    // Such a window would be seen: the list of the page's own suggestions is one.
    give(&view, click(100.0, 140.0)).await;
    give(&view, key("ArrowDown", "ArrowDown", 0)).await;
    within("the list's window", async {
        while windows(here).len() != alone.len() + 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    fixture.browser.shut_down().await;
}
