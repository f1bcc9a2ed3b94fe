//! A session that the site has ended is said to be ended, however its lists answer then: the definition's probe can tell.

use serde_json::json;
use staylogged::domain::{ConnectionStatus, Outcome};

use super::truth::{BEARER, BY_LINK, BY_PAGE, Way, capture, definition, fetch, in_page, markup};
use crate::support::{replacing::Replacing, saved_session::SavedSession};

stories! {
    a_session_that_is_dead_is_said_to_be_dead_however_its_lists_answer,
}

/// How a list answers whoever is logged out: a switch of the marketplace, and its value.
const DEAD: [(&str, &str); 14] = [
    ("loggedOut", "redirect"),
    ("loggedOut", "form200"),
    ("deadList", "403"),
    ("deadList", "404"),
    ("deadList", "419"),
    ("deadList", "440"),
    ("deadList", "500"),
    ("deadList", "error"),
    ("deadList", "null"),
    ("deadList", "graphqlErrors"),
    ("deadList", "html"),
    ("deadList", "truncated"),
    ("deadList", "otherHost"),
    ("loggedOut", GUEST),
];

/// A site that takes whoever is logged out for a guest, on all its pages: a visit cannot tell. Nothing is said of the session then,
/// and nothing is believed.
const GUEST: &str = "empty200";

/// What a definition is made of.
struct Case {
    name: String,
    way: Way,
    /// The probe visits a page, or makes a request.
    by_visit: bool,
    renews: bool,
}

/// All four sources × a renewal or none × a probe by a request or by a visit.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for by_visit in [true, false] {
        for renews in [false, true] {
            for (source, way) in [
                ("fetch", fetch("page=1&rows=20", BY_PAGE)),
                ("in the page", in_page("page=1&rows=20", BY_PAGE)),
                ("capture", capture("/market/search?page=1", BY_PAGE)),
                ("markup", markup("/market/list?page=1", BY_LINK)),
            ] {
                let (probe, renewal) = (if by_visit { "visit" } else { "request" }, if renews { "a" } else { "no" });
                let name = format!("{source}, probe by {probe}, {renewal} renewal");
                cases.push(Case { name, way, by_visit, renews });
            }
        }
    }
    cases
}

/// The definition of a case, as impatient as a dead session allows.
fn impatient(Case { way, by_visit, renews, .. }: &Case) -> String {
    let mut text = definition(&way.source.replaced("\"5s\"", "\"2s\""), way.item).replaced("times = 1", "times = 0");
    if *renews {
        let renew =
            "write_back = \"always\"\nrenew = { visit = \"http://app.demo.localhost:4381/market\", within = \"4s\" }\n";
        text = text.replaced_once("write_back = \"always\"", renew);
    }
    if !by_visit {
        let (begin, end) = (text.find("[probe]").expect("a probe"), text.find("[account]").expect("an account"));
        let probe = format!(
            "[probe]\nfetch = {{ url = \"http://api-market.demo.localhost:4381/v1/me\", {BEARER} }}\nwait = \"5s\"\n\
             logged_in = {{ status = [200] }}\nlogged_out = {{ status = [401] }}\n\n"
        );
        text.replace_range(begin..end, &probe);
    }
    text
}

async fn a_session_that_is_dead_is_said_to_be_dead_however_its_lists_answer() {
    let cases = cases();
    let home = SavedSession::with_definition(&impatient(&cases[0])).await;
    let session = home.session().await;
    // Each answer once, and each case about once; all of all of them with STORIES_IN_FULL.
    let in_full = std::env::var_os("STORIES_IN_FULL").is_some();
    for (at, (switch, answer)) in DEAD.into_iter().enumerate() {
        for (place, case) in cases.iter().enumerate() {
            let Case { name, by_visit, .. } = case;
            let is_chosen = in_full || place == (at * 5) % cases.len();
            if !is_chosen || answer == GUEST && !by_visit {
                continue;
            }
            home.control("/mode", Some(json!({ "loggedOut": "redirect", "deadList": "no", switch: answer }))).await;
            home.control("/revoke", Some(json!({}))).await;
            let run = home.scrape(&home.scraper_with(&impatient(case)), "products").await;
            let status = home.connection().await.status;
            println!("{switch} {answer}, {name}: {}, {}", run.outcome.map_or("none", Outcome::as_str), status.as_str());
            if answer == GUEST {
                assert!(!matches!(run.outcome, Some(Outcome::Ok | Outcome::EmptyConfirmed)), "{name}: {run:?}");
            } else {
                let dead = (Some(Outcome::NeedsReconnect), ConnectionStatus::NeedsReconnect);
                assert_eq!((run.outcome, status), dead, "{switch} {answer}, {name}: {run:?}");
            }
            home.control("/mode", Some(json!({ "loggedOut": "redirect", "deadList": "no" }))).await;
            home.control("/restore", Some(json!({}))).await;
            home.save(&session).await;
        }
    }
    home.end().await;
}
