//! Runs, checks and keep-alives of one session that overlap, at a site whose cookie is another one after each page: whoever
//! comes with an old one has lost the login.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use staylogged::{
    domain::{ConnectionStatus, Outcome, SessionState, rule::Verdict},
    sessions::{Care, CareError},
};

use super::truth::{BY_LINK, Way, capture, definition, fetch_with_a_cookie, markup};
use crate::support::{dice::Dice, in_full, replacing::Replacing, saved_session::SavedSession};

stories! {
    at_a_site_that_rotates_and_shows_the_login_no_session_is_lost,
    at_a_site_that_rotates_and_does_not_show_it_no_session_is_lost,
}

/// Who asks for a run, a check or a keep-alive at the same time.
const AT_ONCE: usize = 6;
const STREAMS: [&str; 3] = ["products", "by_markup", "by_capture"];
const ME: &str = "{ response = { url = \"http://api-market.demo.localhost:4381/v*/me\", method = \"GET\", status = 200, json = \"$.id\" } }";
const PRODUCTS: u32 = 20;

async fn at_a_site_that_rotates_and_shows_the_login_no_session_is_lost() {
    overlap(&streams()).await;
}

/// The mark of being logged in is on no page of a list.
async fn at_a_site_that_rotates_and_does_not_show_it_no_session_is_lost() {
    let elsewhere = "{ url = \"http://app.demo.localhost:4381/market\" }";
    overlap(&streams().replaced_once(ME, &format!("{{ all = [{ME}, {elsewhere}] }}"))).await;
}

/// A stream for each of three ways to the same products.
fn streams() -> String {
    let ways: [Way; 3] = [
        fetch_with_a_cookie(),
        markup("/market/list?page=1", BY_LINK),
        capture("/market/search?page=1", r#"{ kind = "next", css = "a.pagination-next" }"#),
    ];
    let [first, others @ ..] = ways.map(|way| defined(&way));
    let stream = |text: &String, name: &str| {
        let at = text.find("[[streams]]").expect("a stream");
        text[at..].replaced_once("name = \"products\"", &format!("name = \"{name}\""))
    };
    first + &stream(&others[0], STREAMS[1]) + &stream(&others[1], STREAMS[2])
}

fn defined(way: &Way) -> String {
    definition(&way.source, way.item)
}

#[derive(Debug, Default)]
struct Tally {
    turns: AtomicUsize,
    runs: AtomicUsize,
    looks: AtomicUsize,
    busy: AtomicUsize,
}

async fn overlap(definition: &str) {
    let turns = if in_full() { 500 } else { 24 };
    let home = Arc::new(SavedSession::with_definition(definition).await);
    let rotating = json!({ "sessionsRotate": true, "rotateGraceMs": 0, "products": PRODUCTS, "repeats": false });
    home.control("/mode", Some(rotating)).await;
    let (tally, Dice(seed)) = (Arc::new(Tally::default()), Dice::seeded());
    println!("STAYLOGGED_SEED={seed}, {turns} turns");
    let askers = (0..AT_ONCE).map(|who| {
        let (home, tally) = (Arc::clone(&home), Arc::clone(&tally));
        let dice = Dice(seed.wrapping_add(who as u64));
        tokio::spawn(async move { asks(&home, &tally, dice, turns).await })
    });
    for asker in askers.collect::<Vec<_>>() {
        asker.await.expect("nobody loses the session");
    }
    println!("{tally:?}");
    let connection = home.connection().await;
    assert_eq!((connection.status, connection.unsure_since), (ConnectionStatus::Connected, None), "{connection:?}");
    let run = home.scrape(&home.scraper, STREAMS[0]).await;
    assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Ok), PRODUCTS), "it works still: {run:?}");
    Arc::into_inner(home).expect("all have ended").end().await;
}

async fn asks(home: &SavedSession, tally: &Tally, mut dice: Dice, turns: usize) {
    while tally.turns.fetch_add(1, Ordering::Relaxed) < turns {
        let choice = dice.below(6);
        if let Some(stream) = STREAMS.get(usize::try_from(choice).unwrap_or(usize::MAX)) {
            let run = home.scrape(&home.scraper, stream).await;
            assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Ok), PRODUCTS), "{run:?}");
            assert_ne!(run.session, Some(SessionState::Ended), "{run:?}");
            tally.runs.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let care = if choice.is_multiple_of(2) { Care::Probe } else { Care::Renew };
        let connection = home.connection().await;
        match home.keeper.look_after(home.browser.as_ref(), &home.provider(), &connection, care).await {
            Ok(report) => {
                assert_eq!(report.sighting.verdict, Verdict::LoggedIn, "{:?}", report.sighting);
                tally.looks.fetch_add(1, Ordering::Relaxed);
            }
            // A run has it.
            Err(CareError::Busy) => {
                tally.busy.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => panic!("{error}"),
        }
    }
}
