//! A run never lies about emptiness, whatever brings its pages: every source, every kind of paging, every way in which
//! the site says "logged out", from the beginning and in the middle of the list.

use std::time::Duration;

use serde_json::{Value, json};
use staylogged::domain::{Outcome, Run, RunProgress};

use crate::support::{replacing::Replacing, saved_session::SavedSession};

/// A story for each way in which pages come: its name, and the way.
macro_rules! ways {
    ($($name:ident => $way:expr,)+) => {
        stories! {
            $($name,)+
            odd_and_legal_http_is_read_as_any_other,
            a_page_that_was_promised_and_does_not_come_is_no_end_of_the_list,
            an_answer_of_json_is_not_taken_for_a_page_that_is_logged_out,
            a_refusal_is_tried_again_where_the_definition_says_so,
            a_cookie_that_rotates_with_an_unusable_answer_is_kept,
            a_login_page_that_signs_in_by_itself_is_no_logout,
            over_http_a_token_is_renewed_a_wait_is_obeyed_and_an_honest_emptiness_is_believed,
        }
        $(async fn $name() {
            takes_no_logged_out_site_for_an_empty_one($way).await;
        })+
    };
}

ways! {
    fetch_by_page => fetch("page=1&rows=20", BY_PAGE),
    fetch_by_offset_until_a_short_page => fetch(
        "offset=0&limit=20",
        r#"{ kind = "offset", param = "offset", size = 20, stop = ["short"] }"#,
    ),
    fetch_by_cursor => fetch("cursor=&limit=20", BY_CURSOR),
    fetch_with_a_cookie_alone => fetch_with_a_cookie(),
    fetch_of_html_by_link => fetch_html(BY_LINK),
    fetch_of_html_by_header => fetch_html(r#"{ kind = "next_link", rel = "next" }"#).in_the_middle_alone(),
    capture_by_next => capture("/market/search?page=1", r#"{ kind = "next", css = "a.pagination-next" }"#),
    capture_by_page => capture("/market/search?page=1", BY_PAGE).in_the_middle_alone(),
    capture_by_offset => capture("/market/offset?offset=0", r#"{ kind = "offset", param = "offset", size = 20 }"#)
        .in_the_middle_alone(),
    capture_while_scrolling => capture("/market/scroll", BY_SCROLLING).in_the_middle_alone(),
    capture_of_load_more => capture("/market/more", BY_LOAD_MORE).in_the_middle_alone(),
    markup_by_link => markup("/market/list?page=1", BY_LINK),
    markup_by_page => markup("/market/list?page=1", BY_PAGE).in_the_middle_alone(),
    markup_of_load_more => markup("/market/more", BY_LOAD_MORE).in_the_middle_alone(),
    markup_while_scrolling => markup("/market/scroll", BY_SCROLLING).in_the_middle_alone(),
    in_the_page_by_page => in_page("page=1&rows=20", BY_PAGE),
    in_the_page_by_cursor => in_page("cursor=&limit=20", BY_CURSOR).in_the_middle_alone(),
}

const SHIPPED: &str = include_str!("../../providers/demo-market.toml");
/// Somebody who is logged in is looked at for as long as it takes, on a machine that is busy too.
pub(super) const PROBE_WAIT: &str = "\"60s\"";
/// So is a page of a list.
const SOURCE_WAIT: &str = "\"15s\"";
const STYLES: [&str; 4] = ["redirect", "form200", "empty200", "json401"];

/// The shipped definition with one stream of its own, read by this source.
pub(super) fn definition(source: &str, item: Item) -> String {
    let head = &SHIPPED[..SHIPPED.find("# ── products").expect("where the streams begin")];
    let head = head.replaced(
        "retry        = { times = 1, base = \"1s\", cap = \"5s\" }",
        "retry        = { times = 1, base = \"200ms\", cap = \"5s\" }",
    );
    let head = head.replaced("\"150ms\"", "\"20ms\"").replaced("\"100ms\"", "\"1ms\"").replaced("\"25s\"", PROBE_WAIT);
    let fields = item.fields();
    format!(
        "{head}\n[[streams]]\nname = \"products\"\nkey = [\"ucode\"]\nexpect = {{ min_items = 0, max_missing = 0.0 }}\n\
         [streams.fields]\nucode = {{ type = \"string\", required = true }}\nname = {{ type = \"string\", required = true }}\n\
         [[streams.sources]]\n{source}\n[streams.sources.fields]\n{fields}\n"
    )
}

/// For sessions that are dead: nothing of what does not come is waited for longer than this.
pub(super) fn impatient(definition: &str, source_wait: &str) -> String {
    definition.replaced_once(PROBE_WAIT, "\"2500ms\"").replaced(SOURCE_WAIT, source_wait)
}

#[derive(Clone, Copy)]
pub(super) enum Item {
    Json,
    Card,
}

impl Item {
    fn fields(self) -> &'static str {
        match self {
            Self::Json => "ucode = { path = \"$.product.ucode\" }\nname = { path = \"$.product.name\" }",
            Self::Card => {
                "ucode = { attr = \"data-ucode\" }\nname = { css = \".product-name\", pipe = [\"collapse\"] }"
            }
        }
    }
}

pub(super) struct Way {
    pub(super) item: Item,
    pub(super) source: String,
    /// Also with somebody who is logged out from the beginning: there no paging has come into play yet, so that one way of
    /// each source is enough.
    from_the_beginning: bool,
}

impl Way {
    /// With another source of the same items.
    pub(super) fn with(self, source: String) -> Self {
        Self { source, ..self }
    }

    fn in_the_middle_alone(self) -> Self {
        Self { from_the_beginning: false, ..self }
    }
}

pub(super) const BEARER: &str = "auth = { bearer = { local_storage = { origin = \"http://app.demo.localhost:4381\", key = \"oidc.user:*\", json = \"$.access_token\" } } }";

pub(super) const BY_PAGE: &str = r#"{ kind = "page_param", param = "page" }"#;
const BY_CURSOR: &str = r#"{ kind = "cursor", path = "$.nextCursor", param = "cursor" }"#;
pub(super) const BY_LINK: &str = r#"{ kind = "next_link", css = "a[rel=next]" }"#;
const BY_SCROLLING: &str = r#"{ kind = "scroll", idle = "1s" }"#;
const BY_LOAD_MORE: &str = r#"{ kind = "click", css = "button.load-more" }"#;

pub(super) fn fetch(query: &str, page: &str) -> Way {
    let url = format!("http://api-market.demo.localhost:4381/v1/market/products?{query}");
    fetch_json(&format!("url = \"{url}\", {BEARER}"), page)
}

pub(super) fn fetch_with_a_cookie() -> Way {
    fetch_json("url = \"http://app.demo.localhost:4381/data/products?page=1&rows=20\"", BY_PAGE)
}

fn fetch_json(request: &str, page: &str) -> Way {
    let source = format!(
        "kind = \"fetch\"\nanswer = \"json\"\nwait = \"15s\"\nitems = \"$.content[*]\"\nrequest = {{ {request} }}\npage = {page}"
    );
    Way { item: Item::Json, source, from_the_beginning: true }
}

/// The same, asked from the site's own page.
pub(super) fn in_page(query: &str, page: &str) -> Way {
    let way = fetch(query, page);
    let visit = "in_page = true\nvisit = \"http://app.demo.localhost:4381/market/details\"";
    Way { source: way.source.replaced_once("kind = \"fetch\"", &format!("kind = \"fetch\"\n{visit}")), ..way }
}

pub(super) fn fetch_html(page: &str) -> Way {
    let source = format!(
        "kind = \"fetch\"\nanswer = \"html\"\nwait = \"15s\"\nitems = \".product-card\"\nempty = {{ selector = {{ css = \
         \".market-empty\" }} }}\nrequest = {{ url = \"http://app.demo.localhost:4381/market/list?page=1\" }}\npage = {page}"
    );
    Way { item: Item::Card, source, from_the_beginning: true }
}

pub(super) fn capture(path: &str, page: &str) -> Way {
    let source = format!(
        "kind = \"capture\"\nwait = \"15s\"\nvisit = \"http://app.demo.localhost:4381{path}\"\nmatch = {{ url = \
         \"http://api-market.demo.localhost:4381/v*/market/search\", method = \"POST\", status = 200 }}\nitems = \
         \"$.content[*]\"\npage = {page}"
    );
    Way { item: Item::Json, source, from_the_beginning: true }
}

pub(super) fn markup(path: &str, page: &str) -> Way {
    let source = format!(
        "kind = \"markup\"\nwait = \"15s\"\nvisit = \"http://app.demo.localhost:4381{path}\"\nready = {{ selector = {{ css = \
         \".product-card, .market-empty\", visible = true }} }}\nempty = {{ selector = {{ css = \".market-empty\", visible = true }} \
         }}\nitems = \".product-card\"\npage = {page}"
    );
    Way { item: Item::Card, source, from_the_beginning: true }
}

/// All styles in which a site says "logged out", from the beginning and in the middle of the list.
async fn takes_no_logged_out_site_for_an_empty_one(way: Way) {
    let patient = definition(&way.source, way.item);
    let home = SavedSession::with_definition(&patient).await;
    let session = home.session().await;
    // Of a list whose beginning is there a page may be slow; otherwise there is nothing to wait for.
    let [in_the_list, before_it] = ["\"3s\"", "\"2s\""].map(|wait| home.scraper_with(&impatient(&patient, wait)));
    let whole = home.scrape(&home.scraper, "products").await;
    assert_eq!((whole.outcome, whole.progress.records), (Some(Outcome::Ok), 137), "{whole:?}");
    for style in STYLES {
        for in_the_middle in [false, true] {
            if !in_the_middle && !way.from_the_beginning {
                continue;
            }
            home.control("/mode", Some(json!({ "loggedOut": style, "slowMs": if in_the_middle { 300 } else { 0 } })))
                .await;
            let run = if in_the_middle {
                let run = home.start(&in_the_list, "products").await.expect("a run");
                home.until_page(&run, 2).await;
                home.control("/revoke", Some(json!({}))).await;
                in_the_list.wait(&run, Duration::from_mins(2)).await
            } else {
                home.control("/revoke", Some(json!({}))).await;
                home.scrape(&before_it, "products").await
            };
            let from = if in_the_middle { "in the middle" } else { "from the beginning" };
            println!("{style}, {from}: {}", run.outcome.map_or("unfinished", Outcome::as_str));
            assert!(tells_the_truth(&run, in_the_middle), "{style}, {from}: {run:?}");
            // As if they had logged in again, without the typing.
            home.control("/mode", Some(json!({ "loggedOut": "redirect", "slowMs": 0 }))).await;
            home.control("/restore", Some(json!({}))).await;
            home.save(&session).await;
        }
    }
    home.end().await;
}

fn tells_the_truth(run: &Run, in_the_middle: bool) -> bool {
    match run.outcome {
        // The last pages may have been read before the site knew.
        Some(Outcome::Ok) => in_the_middle && run.progress.records == 137,
        Some(Outcome::EmptyConfirmed) | None => false,
        Some(_) => true,
    }
}

/// What servers write that are not ours: the same records come, whatever brings them.
async fn odd_and_legal_http_is_read_as_any_other() {
    let json = [
        vec!["noType", "chunked"],
        vec!["textJson", "bom", "gzip"],
        vec!["plusJson", "duplicates", "capitals"],
        vec!["charset", "gzip", "chunked", "capitals"],
    ];
    let html = [
        vec!["latin1", "capitals"],
        vec!["latin1Meta", "gzip"],
        vec!["charset", "bom", "duplicates", "chunked", "capitals"],
    ];
    let ways = [
        ("fetch", fetch("page=1&rows=20", BY_PAGE), json.as_slice()),
        ("in the page", in_page("page=1&rows=20", BY_PAGE), &json),
        ("capture", capture("/market/search?page=1", BY_PAGE), &json),
        ("fetch of HTML", fetch_html(r#"{ kind = "next_link", rel = "next" }"#), &html),
        ("markup", markup("/market/list?page=1", BY_LINK), &html),
    ];
    let home = SavedSession::with_definition(&definition(&ways[0].1.source, Item::Json)).await;
    for (name, way, oddities) in &ways {
        let scraper = home.scraper_with(&definition(&way.source, way.item));
        home.control("/mode", Some(json!({ "http": [], "products": 45 }))).await;
        let run = home.scrape(&scraper, "products").await;
        let plain = home.records(&run).await;
        assert_eq!(plain.len(), 45, "{name}: {run:?}");
        for odd in *oddities {
            home.control("/mode", Some(json!({ "http": odd }))).await;
            let run = home.scrape(&scraper, "products").await;
            assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Ok), 45), "{name}, {odd:?}: {run:?}");
            assert!(home.records(&run).await == plain, "{name}, {odd:?}: other records");
        }
    }
    home.end().await;
}

/// A site that leads to a page and then shows none has gone wrong; that is no end of its list.
async fn a_page_that_was_promised_and_does_not_come_is_no_end_of_the_list() {
    let (over_http, mut in_a_browser) = (fetch_html(BY_LINK), markup("/market/list?page=1", BY_LINK));
    // Whatever the page shows, it is ready.
    in_a_browser.source = in_a_browser.source.replaced(".product-card, .market-empty", "body");
    let home = SavedSession::with_definition(&definition(&over_http.source, Item::Card)).await;
    for (kind, way) in [("fetch", over_http), ("markup", in_a_browser)] {
        let scraper = home.scraper_with(&definition(&way.source, way.item));
        home.control("/mode", Some(json!({ "wrongPage": 4, "repeats": false }))).await;
        let run = home.scrape(&scraper, "products").await;
        assert_eq!((run.outcome, run.complete), (Some(Outcome::Drift), false), "{kind}: {run:?}");
        assert_eq!(run.progress.pages, 3, "{kind}: {run:?}");
        // Once it comes, the run is gone on with.
        home.control("/mode", Some(json!({ "wrongPage": 0 }))).await;
        let run = scraper.wait(&home.go_on(&scraper, &run).await.expect("a run"), Duration::from_mins(2)).await;
        assert_eq!((run.outcome, run.progress.records, run.complete), (Some(Outcome::Ok), 137, true), "{run:?}");
    }
    home.end().await;
}

/// Rules about the probe's page say nothing of an answer of the API, which is at another address and has no elements.
async fn an_answer_of_json_is_not_taken_for_a_page_that_is_logged_out() {
    let ways = [fetch("page=1&rows=20", BY_PAGE), in_page("page=1&rows=20", BY_PAGE)];
    let elsewhere = "not = { url = \"http://app.demo.localhost:4381/**\" }";
    let definitions = ways.map(|way| {
        let shipped = definition(&way.source, way.item);
        let changed = shipped.replaced_once("url = \"http://sso.demo.localhost:4381/login*\"", elsewhere);
        assert_ne!(shipped, changed);
        changed
    });
    let home = SavedSession::with_definition(&definitions[0]).await;
    for definition in &definitions {
        let run = home.scrape(&home.scraper_with(definition), "products").await;
        assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Ok), 137), "{run:?}");
    }
    home.end().await;
}

/// Which refusals are worth another try is for the definition to say.
async fn a_refusal_is_tried_again_where_the_definition_says_so() {
    let way = fetch("page=1&rows=20", BY_PAGE);
    let shipped = definition(&way.source, way.item);
    let never = shipped.replaced("retry        = { times", "retry        = { on = [500], times");
    assert_ne!(shipped, never);
    let home = SavedSession::with_definition(&shipped).await;
    for (definition, outcome) in [(&shipped, Outcome::Ok), (&never, Outcome::Blocked)] {
        let scraper = home.scraper_with(definition);
        // The first run asks without a session, too.
        home.scrape(&scraper, "products").await;
        home.control("/mode", Some(json!({ "refuseNext": 1, "refuseStatus": 503, "retryAfterAs": "none" }))).await;
        let run = home.scrape(&scraper, "products").await;
        assert_eq!(run.outcome, Some(outcome), "{run:?}");
    }
    home.end().await;
}

/// A cookie that came with an answer that could not be used is the session's all the same.
async fn a_cookie_that_rotates_with_an_unusable_answer_is_kept() {
    let way = fetch_with_a_cookie();
    let sound = definition(&way.source, way.item);
    let home = SavedSession::with_definition(&sound).await;
    home.control("/mode", Some(json!({ "sessionsRotate": true, "rotateGraceMs": 0 }))).await;
    let changed = home.scraper_with(&sound.replaced("$.content[*]", "$.elsewhere[*]"));
    let run = home.scrape(&changed, "products").await;
    assert_eq!(run.outcome, Some(Outcome::Drift), "{run:?}");
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Ok), 137), "{run:?}");
    home.end().await;
}

/// The SSO shows its form to somebody whom it knows, and signs them in a while later.
async fn a_login_page_that_signs_in_by_itself_is_no_logout() {
    let ways = [capture("/market/search?page=1", BY_PAGE), markup("/market/list?page=1", BY_LINK)];
    let home = SavedSession::with_definition(&definition(&ways[0].source, ways[0].item)).await;
    home.control("/mode", Some(json!({ "products": 25, "silentSignInMs": 4000 }))).await;
    for way in &ways {
        for what in ["token", "session"] {
            home.control(&format!("/expire?what={what}"), Some(json!({}))).await;
        }
        home.control("/log", None).await;
        let run = home.scrape(&home.scraper_with(&definition(&way.source, way.item)), "products").await;
        assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Ok), 25), "{run:?}");
        let signed_in = home.control("/log?path=/silent", None).await;
        assert!(signed_in["requests"].as_array().is_some_and(|all| !all.is_empty()), "the form was not shown");
    }
    // Once the SSO knows nobody any more it is one.
    home.control("/revoke", Some(json!({}))).await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!(run.outcome, Some(Outcome::NeedsReconnect), "{run:?}");
    home.end().await;
}

async fn over_http_a_token_is_renewed_a_wait_is_obeyed_and_an_honest_emptiness_is_believed() {
    let way = fetch("page=1&rows=20", BY_PAGE);
    let home = SavedSession::with_definition(&definition(&way.source, way.item)).await;

    // The token has expired, the ticket lives: a visit renews it, nobody has to log in.
    home.control("/expire?what=token", Some(json!({}))).await;
    let before = home.generation().await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!((run.outcome, run.source.as_deref()), (Some(Outcome::Ok), Some("fetch")), "{run:?}");
    assert_eq!(run.progress, RunProgress { pages: 8, records: 137 });
    assert!(home.generation().await > before);
    let agent = home.control("/log?path=/v1/market/products", None).await["requests"][0]["userAgent"].clone();
    assert!(agent.as_str().is_some_and(|agent| agent.contains("Chrome/")), "{agent}");

    // Refused once, with a wait that is short enough: the run goes on after it.
    for form in ["seconds", "date"] {
        home.control("/log", None).await;
        home.control("/mode", Some(json!({ "refuseNext": 1, "retryAfter": 2, "retryAfterAs": form }))).await;
        let run = home.scrape(&home.scraper, "products").await;
        assert_eq!(run.outcome, Some(Outcome::Ok), "{form}: {run:?}");
        let requests = home.control("/log?path=/v1/market/products", None).await;
        let requests: Vec<&Value> = requests["requests"].as_array().expect("a list").iter().collect();
        let refused = requests.iter().rposition(|one| one["status"] == 429).expect("a refusal");
        let at = |place: usize| requests[place]["atMs"].as_u64().expect("a time");
        let waited = at(refused + 1) - at(refused);
        // A date has whole seconds.
        assert!(waited >= if form == "date" { 1000 } else { 2000 }, "{form}: {waited} ms");
    }

    home.control("/mode", Some(json!({ "products": 0 }))).await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!(run.outcome, Some(Outcome::EmptyConfirmed), "{run:?}");

    // One that is longer than the definition's cap ends the run, and the next one does not even begin.
    home.control("/mode", Some(json!({ "refuseNext": 1, "retryAfter": 90, "retryAfterAs": "seconds" }))).await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!(run.outcome, Some(Outcome::Blocked), "{run:?}");
    let asked = home.control("/counts", None).await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!(run.outcome, Some(Outcome::Blocked), "{run:?}");
    assert!(run.message.expect("a message").contains("asked to be left alone"));
    // Nor after a restart.
    let run = home.scrape(&home.scraper_with(&definition(&way.source, way.item)), "products").await;
    assert_eq!(run.outcome, Some(Outcome::Blocked), "{run:?}");
    assert_eq!(home.control("/counts", None).await, asked);
    home.end().await;
}
