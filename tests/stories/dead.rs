//! A session that the site has ended is said to be ended, however its lists answer then, and one that works is not, however odd
//! the site is: the definition's probe can tell.

use serde_json::{Value, json};
use staylogged::domain::{Connection, ConnectionStatus, Outcome, Run, SessionState};

use super::truth::{
    BEARER, BY_LINK, BY_PAGE, Item, PROBE_WAIT, Way, capture, definition, fetch, fetch_html, impatient, in_page, markup,
};
use crate::support::{LONG, in_full, replacing::Replacing, saved_session::SavedSession};

stories! {
    fetch_tells_a_dead_session,
    in_the_page_a_dead_session_is_told,
    capture_tells_a_dead_session,
    markup_tells_a_dead_session,
    fetch_tells_a_living_session,
    in_the_page_a_living_session_is_told,
    capture_tells_a_living_session,
    markup_tells_a_living_session,
    a_probe_by_both_visits_where_the_answer_does_not_decide,
    a_page_of_the_list_is_judged_by_the_rules_of_its_source_too,
    what_a_site_shows_to_everybody_is_not_taken_for_the_list,
    whether_a_source_answers_without_a_session_is_asked_once,
    a_list_that_was_read_as_nobody_is_read_anew_once_the_page_has_renewed_the_session,
}

async fn fetch_tells_a_dead_session() {
    a_dead_session_is_said_to_be_dead(0, &by_fetch).await;
}

async fn in_the_page_a_dead_session_is_told() {
    a_dead_session_is_said_to_be_dead(1, &by_page).await;
}

async fn capture_tells_a_dead_session() {
    a_dead_session_is_said_to_be_dead(2, &by_capture).await;
}

async fn markup_tells_a_dead_session() {
    a_dead_session_is_said_to_be_dead(3, &by_markup).await;
}

async fn fetch_tells_a_living_session() {
    a_living_session_is_not_said_to_be_dead(0, &by_fetch).await;
}

async fn in_the_page_a_living_session_is_told() {
    a_living_session_is_not_said_to_be_dead(1, &by_page).await;
}

async fn capture_tells_a_living_session() {
    a_living_session_is_not_said_to_be_dead(2, &by_capture).await;
}

async fn markup_tells_a_living_session() {
    a_living_session_is_not_said_to_be_dead(3, &by_markup).await;
}

fn by_fetch() -> Way {
    fetch("page=1&rows=20", BY_PAGE)
}

fn by_page() -> Way {
    in_page("page=1&rows=20", BY_PAGE)
}

fn by_capture() -> Way {
    capture("/market/search?page=1", BY_PAGE)
}

fn by_markup() -> Way {
    markup("/market/list?page=1", BY_LINK)
}

/// How a list answers whoever is logged out: a switch of the marketplace, and its value.
const DEAD: [(&str, &str); 16] = [
    ("loggedOut", "redirect"),
    ("loggedOut", "form200"),
    ("deadList", "401"),
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
    ("loggedOut", GUEST),
    ("deadList", "otherHost"),
    ("loggedOut", ANSWERS_ALIKE),
];

/// A site that takes whoever is logged out for a guest, on all its pages: a visit cannot tell. Nothing is said of the session then,
/// and nothing is believed.
const GUEST: &str = "empty200";
/// One whose pages answer JSON, in which no rule of the visit finds anything.
const ANSWERS_ALIKE: &str = "json401";

/// How a site answers whoever is logged in, and whether the probe can tell that they are. What is not named is as at the start.
fn alive() -> Vec<(Value, Seen)> {
    let lists =
        ["401", "403", "404", "419", "440", "500", "error", "null", "graphqlErrors", "html", "truncated", "otherHost"];
    // Where lists are answered with 401 the page of the probe goes to the login and back, again and again.
    let seen = |list| if list == "401" { Seen::Refused } else { Seen::Odd };
    let odd = lists.map(|list| (json!({ "deadList": list, "deadListForAll": true }), seen(list)));
    let mut all = odd.to_vec();
    all.extend([
        (
            json!({ "refuseNext": 999, "refuseWhere": "app", "refuseStatus": 429, "retryAfterAs": "none" }),
            Seen::Refused,
        ),
        (
            json!({ "refuseNext": 999, "refuseWhere": "everywhere", "refuseStatus": 503, "retryAfterAs": "none" }),
            Seen::Refused,
        ),
        (json!({ "challenge": "always" }), Seen::Refused),
        (json!({ "products": 0 }), Seen::Differently),
        (json!({ "slowMs": 700, "products": 30 }), Seen::Well),
        (json!({ "sessionsRotate": true, "rotateGraceMs": 0, "products": 30 }), Seen::Well),
        (json!({ "json": "unknown", "skin": 3 }), Seen::Differently),
        (json!({ "language": "pt-BR", "cookieBanner": true, "products": 30 }), Seen::Well),
    ]);
    all
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// The run ends well.
    Well,
    /// It does not, and the probe says that the session works.
    Odd,
    /// The site refuses, perhaps the probe too, perhaps not what the source asks for.
    Refused,
    /// Some sources can read that, or believe it.
    Differently,
}

const AS_AT_THE_START: &str = r#"{ "loggedOut": "redirect", "deadList": "no", "deadListForAll": false, "refuseNext": 0,
    "refuseWhere": "api", "refuseStatus": 429, "retryAfterAs": "seconds", "challenge": "off", "products": 137, "slowMs": 0,
    "sessionsRotate": false, "rotateGraceMs": 10000, "json": "v1", "skin": 1, "language": "en", "cookieBanner": false }"#;

/// What a definition is made of besides its source.
#[derive(Clone, Copy)]
struct Case {
    /// The probe visits a page, or makes a request.
    by_visit: bool,
    renews: bool,
}

const CASES: [Case; 4] = [
    Case { by_visit: true, renews: false },
    Case { by_visit: false, renews: false },
    Case { by_visit: true, renews: true },
    Case { by_visit: false, renews: true },
];

impl Case {
    /// The definition, as impatient as a dead session allows.
    fn impatient(self, way: &Way) -> String {
        self.of(&impatient(&definition(&way.source, way.item), "\"2s\""), "4s")
    }

    /// The definition, as patient as a living one on a busy machine wants. Where it cannot be seen to live that is waited out.
    fn patient(self, way: &Way) -> String {
        self.of(&definition(&way.source, way.item).replaced_once(PROBE_WAIT, "\"15s\""), "20s")
    }

    fn of(self, definition: &str, renewed_within: &str) -> String {
        let mut text = definition.replaced("times = 1", "times = 0");
        if self.renews {
            let renew = format!(
                "write_back = \"always\"\nrenew = {{ visit = \"http://app.demo.localhost:4381/market\", within = \"{renewed_within}\" }}\n"
            );
            text = text.replaced_once("write_back = \"always\"", &renew);
        }
        if !self.by_visit {
            let (begin, end) = (text.find("[probe]").expect("a probe"), text.find("[account]").expect("an account"));
            let probe = format!(
                "[probe]\nfetch = {{ url = \"http://api-market.demo.localhost:4381/v1/me\", {BEARER} }}\nwait = \"20s\"\n\
                 logged_in = {{ status = [200] }}\nlogged_out = {{ status = [401] }}\n\n"
            );
            text.replace_range(begin..end, &probe);
        }
        text
    }
}

/// Of each answer one case, and each case about as often, over all four sources; all of all of them with `STORIES_IN_FULL`.
fn is_chosen(source: usize, answer: usize, case: usize) -> bool {
    let of_all = (answer * 5) % (CASES.len() * 4);
    in_full() || (of_all % 4, of_all / 4) == (source, case)
}

async fn a_dead_session_is_said_to_be_dead(source: usize, way: &dyn Fn() -> Way) {
    let home = SavedSession::with_definition(&CASES[0].patient(&way())).await;
    let session = home.session().await;
    for (at, (switch, answer)) in DEAD.into_iter().enumerate() {
        for (place, case) in CASES.into_iter().enumerate() {
            // A guest is told that they are one by no request of this definition's.
            if !is_chosen(source, at, place) || answer == GUEST && !case.by_visit {
                continue;
            }
            let can_tell = ![GUEST, ANSWERS_ALIKE].contains(&answer) || !case.by_visit;
            home.control("/mode", Some(json!({ switch: answer }))).await;
            home.control("/revoke", Some(json!({}))).await;
            let run = home.scrape(&home.scraper_with(&case.impatient(&way())), "products").await;
            let connection = home.connection().await;
            let what = tell(switch, answer, case, &run, &connection);
            if can_tell {
                assert_eq!(run.outcome, Some(Outcome::NeedsReconnect), "{what}: {run:?}");
                assert_eq!(connection.status, ConnectionStatus::NeedsReconnect, "{what}: {run:?}");
                assert_eq!(run.session, Some(SessionState::Ended), "{what}: {run:?}");
                assert_eq!(connection.evidence, run.evidence, "{what}: {run:?}");
            } else {
                assert!(matches!(run.outcome, Some(Outcome::Failed | Outcome::Blocked)), "{what}: {run:?}");
                assert_eq!(connection.status, ConnectionStatus::Connected, "{what}: {run:?}");
                assert_eq!(run.session, Some(SessionState::Unknown), "{what}: {run:?}");
                assert!(connection.unsure_since.is_some() && !run.evidence.is_empty(), "{what}: {run:?}");
            }
            home.control("/mode", Some(serde_json::from_str(AS_AT_THE_START).expect("JSON"))).await;
            home.control("/restore", Some(json!({}))).await;
            home.save(&session).await;
        }
    }
    home.end().await;
}

async fn a_living_session_is_not_said_to_be_dead(source: usize, way: &dyn Fn() -> Way) {
    let home = SavedSession::with_definition(&CASES[0].patient(&way())).await;
    let mut session = home.session().await;
    for (at, (mode, seen)) in alive().into_iter().enumerate() {
        for (place, case) in CASES.into_iter().enumerate() {
            if !is_chosen(source, at, place) {
                continue;
            }
            home.control("/mode", Some(mode.clone())).await;
            let run = home.scrape(&home.scraper_with(&case.patient(&way())), "products").await;
            let connection = home.connection().await;
            let what = tell("alive", &mode.to_string(), case, &run, &connection);
            let is_well = matches!(run.outcome, Some(Outcome::Ok | Outcome::EmptyConfirmed));
            let is_told_alive = is_well || run.session == Some(SessionState::Alive);
            assert_eq!(connection.status, ConnectionStatus::Connected, "{what}: {run:?}");
            assert_ne!(run.outcome, Some(Outcome::NeedsReconnect), "{what}: {run:?}");
            assert_eq!(connection.unsure_since.is_none(), is_told_alive, "{what}: {run:?}");
            match seen {
                Seen::Well => assert!(is_well, "{what}: {run:?}"),
                Seen::Odd => assert!(!is_well && is_told_alive, "{what}: {run:?}"),
                Seen::Refused => {}
                Seen::Differently => assert!(is_told_alive, "{what}: {run:?}"),
            }
            home.control("/mode", Some(serde_json::from_str(AS_AT_THE_START).expect("JSON"))).await;
            // A page that is refused may throw its token away: the next one begins as the first did.
            if mode["sessionsRotate"] == true {
                session = home.session().await;
            }
            home.save(&session).await;
        }
    }
    home.end().await;
}

async fn a_probe_by_both_visits_where_the_answer_does_not_decide() {
    let way = by_fetch();
    let shipped = Case { by_visit: false, renews: false }.patient(&way);
    let visit = "[probe]\nvisit = \"http://app.demo.localhost:4381/market/list?page=1\"\n";
    let both = shipped
        .replaced_once("[probe]\n", visit)
        .replaced_once(
            "logged_in = { status = [200] }",
            "logged_in = { any = [{ status = [200] }, { selector = { css = \".account-menu .account-name\", visible = true } }] }",
        )
        .replaced_once(
            "logged_out = { status = [401] }",
            "logged_out = { any = [{ status = [401] }, { url = \"http://sso.demo.localhost:4381/login*\" }] }",
        );
    let home = SavedSession::with_definition(&both).await;
    let session = home.session().await;
    // The API is out of order, the pages are not.
    let broken = json!({ "refuseNext": 999, "refuseWhere": "api", "refuseStatus": 503, "retryAfterAs": "none" });
    home.control("/mode", Some(broken.clone())).await;
    for (definition, seen) in [(&shipped, SessionState::Unknown), (&both, SessionState::Alive)] {
        let run = home.scrape(&home.scraper_with(definition), "products").await;
        assert_eq!((run.outcome, run.session), (Some(Outcome::Blocked), Some(seen)), "{run:?}");
        let connection = home.connection().await;
        assert_eq!(connection.unsure_since.is_none(), seen == SessionState::Alive, "{connection:?}");
        home.save(&session).await;
    }
    home.control("/revoke", Some(json!({}))).await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!((run.outcome, run.session), (Some(Outcome::NeedsReconnect), Some(SessionState::Ended)), "{run:?}");
    home.end().await;
}

/// So many are shown to a guest: few enough to be a part, and enough for nobody to wonder.
const PUBLIC: u64 = 100;

/// A list of which the site shows a part to everybody looks the same with a session that has ended, but for what is not in it.
/// A token that is over is renewed by the site's page, with a cookie; a request by hand cannot do that, and is shown what everybody is.
async fn a_list_that_was_read_as_nobody_is_read_anew_once_the_page_has_renewed_the_session() {
    let definition = CASES[0].patient(&by_fetch());
    let home = SavedSession::with_definition(&definition).await;
    let mut session = home.session().await;
    for entry in session.state.origins.iter_mut().flat_map(|origin| &mut origin.local_storage) {
        let Ok(mut kept) = serde_json::from_str::<Value>(&entry.value) else { continue };
        if kept["expires_at"].is_number() {
            kept["expires_at"] = json!(1);
            entry.value = kept.to_string();
        }
    }
    home.save(&session).await;
    home.control("/mode", Some(json!({ "loggedOut": GUEST, "guestProducts": 100, "repeats": false }))).await;
    home.control("/revoke?what=token", Some(json!({}))).await;
    let run = home.scrape(&home.scraper, "products").await;
    let what = (run.outcome, run.complete, run.progress.records, run.progress.pages);
    assert_eq!(what, (Some(Outcome::Ok), true, 137, 8), "{run:?}");
    home.end().await;
}

async fn what_a_site_shows_to_everybody_is_not_taken_for_the_list() {
    let ways = [by_fetch(), fetch_html(BY_LINK), by_page(), by_capture(), by_markup()];
    // A guest is nobody, which the answer says with 200.
    let told_apart = |text: &str| {
        let me = "response = { url = \"http://api-market.demo.localhost:4381/v1/me\", json = \"$.email\" }";
        text.replaced("logged_in = { status = [200] }", &format!("logged_in = {{ {me} }}")).replaced(
            "logged_out = { status = [401] }",
            "logged_out = { any = [{ status = [401] }, { text = '^\\{\\}$' }] }",
        )
    };
    let home = SavedSession::with_definition(&CASES[0].patient(&ways[0])).await;
    let session = home.session().await;
    for (place, way) in ways.iter().enumerate() {
        let by_visit = home.scraper_with(&CASES[0].impatient(way));
        let by_request = home.scraper_with(&told_apart(&CASES[1].impatient(way)));
        home.control("/mode", Some(json!({ "loggedOut": "empty200", "guestProducts": PUBLIC, "repeats": false })))
            .await;
        let run = home.scrape(&by_request, "products").await;
        let what = (run.outcome, run.progress.records, run.complete);
        assert_eq!(what, (Some(Outcome::Ok), 137, true), "{}: {run:?}", way.source);
        for (scraper, tells) in [(&by_visit, false), (&by_request, true)] {
            for in_the_middle in [false, true] {
                // In short: one way in all cases, of the others the hardest one.
                if !in_full() && place > 0 && !(tells && in_the_middle) {
                    continue;
                }
                home.control("/mode", Some(json!({ "slowMs": if in_the_middle { 300 } else { 0 } }))).await;
                let run = if in_the_middle {
                    let run = home.start(scraper, "products").await.expect("a run");
                    home.until_page(&run, 2).await;
                    home.control("/revoke", Some(json!({}))).await;
                    scraper.wait(&run, LONG).await
                } else {
                    home.control("/revoke", Some(json!({}))).await;
                    home.scrape(scraper, "products").await
                };
                let what = format!("in the middle: {in_the_middle}, by request: {tells}, {}: {run:?}", way.source);
                println!("in the middle: {in_the_middle}, by request: {tells}: {:?}", run.outcome);
                let read_all = in_the_middle && run.progress.records == 137;
                assert!(!run.complete || read_all, "{what}");
                assert!(run.outcome != Some(Outcome::Ok) || read_all, "{what}");
                if tells && !read_all {
                    assert_eq!(run.outcome, Some(Outcome::NeedsReconnect), "{what}");
                }
                home.control("/restore", Some(json!({}))).await;
                home.save(&session).await;
            }
        }
    }
    home.end().await;
}

/// One request more in the first run of a source; none in those that follow.
async fn whether_a_source_answers_without_a_session_is_asked_once() {
    // An answer that comes too late, on a machine that is busy, would be asked for again.
    let source = by_fetch().source.replaced("\"15s\"", "\"60s\"");
    let home = SavedSession::with_definition(&definition(&source, Item::Json)).await;
    home.control("/mode", Some(json!({ "repeats": false }))).await;
    let mut asked = Vec::new();
    for _ in 0..2 {
        let run = home.scrape(&home.scraper, "products").await;
        assert_eq!((run.outcome, run.complete), (Some(Outcome::Ok), true), "{run:?}");
        let log = home.control("/log?path=/v1/market/products", None).await;
        asked.push(log["requests"].as_array().expect("a list").len());
    }
    assert_eq!(asked[1] - asked[0], asked[0] - 1, "{asked:?}");
    home.end().await;
}

/// A site that shows a page of its own where a login is wanted: the run does not wait in vain for its list, and the probe decides.
async fn a_page_of_the_list_is_judged_by_the_rules_of_its_source_too() {
    let own = "logged_out = { text = \"not for you to see\" }\nblocked = { text = \"come back later\" }\n";
    for way in [by_capture(), by_markup()] {
        let source = format!("{own}{}", way.source);
        let home =
            SavedSession::with_definition(&definition(&source, way.item).replaced("times = 1", "times = 0")).await;
        home.control("/mode", Some(json!({ "deadList": "html", "deadListForAll": true }))).await;
        let run = home.scrape(&home.scraper, "products").await;
        assert_eq!((run.outcome, run.session), (Some(Outcome::Failed), Some(SessionState::Alive)), "{run:?}");
        assert!(run.evidence.iter().any(|one| one.seen.contains("although the session works")), "{run:?}");
        home.end().await;
    }
}

fn tell(switch: &str, answer: &str, Case { by_visit, renews }: Case, run: &Run, connection: &Connection) -> String {
    let (probe, renewal) = (if by_visit { "visit" } else { "request" }, if renews { "a" } else { "no" });
    let what = format!("{switch} {answer}, probe by {probe}, {renewal} renewal");
    let session = run.session.map_or("not asked", SessionState::as_str);
    let sure = if connection.unsure_since.is_some() { ", not sure" } else { "" };
    println!(
        "{what}: {}, session {session}, {}{sure}",
        run.outcome.map_or("none", Outcome::as_str),
        connection.status.as_str()
    );
    what
}
