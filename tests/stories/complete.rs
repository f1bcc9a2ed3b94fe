//! A run is complete only where the end of its list was seen and nothing spoke against it; otherwise it says why not, and nothing is
//! marked as missing.

use serde_json::json;
use staylogged::{
    domain::{ListEnd, Outcome, Run, SessionState, StreamName},
    scraper::ScrapeError,
    store::RecordFilter,
};

use super::truth::{BY_LINK, BY_PAGE, Item, Way, capture, definition, fetch, markup};
use crate::support::{replacing::Replacing, saved_session::SavedSession};

stories! {
    a_list_that_is_far_shorter_than_before_is_believed_once_somebody_accepts_it,
    what_proves_no_end_makes_no_run_complete,
    a_list_that_changes_while_it_is_read_is_not_complete,
    a_list_that_shows_only_a_part_is_not_complete,
    a_key_that_is_none_is_drift,
    what_scrolls_is_read_whole_wherever_it_scrolls_and_whatever_of_it_is_there,
    a_next_that_loads_a_document_leads_through_the_whole_list,
    a_site_that_begins_where_one_was_last_is_read_from_its_first_page,
    what_appears_after_a_click_is_read,
}

const EXPECT: &str = "expect = { min_items = 0, max_missing = 0.0 }";
const WITH_TOTAL: &str =
    "expect = { min_items = 0, max_missing = 0.0, total = { path = \"$.totalElements\", css = \".market-count\" } }";

/// With the site's own count, or without it.
fn defined(way: &Way, has_total: bool) -> String {
    let text = definition(&way.source, way.item);
    if has_total { text.replaced_once(EXPECT, WITH_TOTAL) } else { text }
}

fn by_page() -> Way {
    fetch("page=1&rows=20", BY_PAGE)
}

/// So many records are shown, and so many are kept that the site does not show any more.
async fn shown_and_missing(home: &SavedSession) -> (u64, u64) {
    let id = home.connection().await.id;
    let stream = StreamName::parse("products").expect("a name");
    let there = RecordFilter { without_missing: true, ..RecordFilter::default() };
    let shown = home.store.count_records(&id, &stream, &there).await.expect("counts");
    (shown, home.store.count_records(&id, &stream, &RecordFilter::default()).await.expect("counts") - shown)
}

async fn a_list_that_is_far_shorter_than_before_is_believed_once_somebody_accepts_it() {
    let home = SavedSession::with_definition(&defined(&by_page(), true)).await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!((run.outcome, run.complete, run.progress.records), (Some(Outcome::Ok), true, 137), "{run:?}");
    for (products, left) in [(37, 37), (0, 0)] {
        home.control("/mode", Some(json!({ "products": products, "repeats": false }))).await;
        let (shown, missing) = shown_and_missing(&home).await;
        let mut last = run.clone();
        for _ in 0..2 {
            last = home.scrape(&home.scraper, "products").await;
            assert_eq!((last.outcome, last.complete), (Some(Outcome::Drift), false), "{last:?}");
            assert_eq!(last.session, Some(SessionState::Alive), "{last:?}");
            assert_eq!(last.shrunk_from, u32::try_from(shown).ok(), "{last:?}");
        }
        assert_eq!(shown_and_missing(&home).await, (shown, missing), "nothing is missing yet");
        let accepted = home.scraper.accept(&home.user, &last.id).await.expect("accepted");
        let outcome = if products == 0 { Outcome::EmptyConfirmed } else { Outcome::Ok };
        assert_eq!((accepted.outcome, accepted.complete), (Some(outcome), true), "{accepted:?}");
        assert_eq!(shown_and_missing(&home).await, (left, 137 - left));
        let again = home.scraper.accept(&home.user, &last.id).await;
        assert!(matches!(again, Err(ScrapeError::NotAcceptable)), "{again:?}");
        let run = home.scrape(&home.scraper, "products").await;
        assert_eq!(
            (run.outcome, run.complete),
            (Some(outcome), true),
            "it is compared with what was accepted: {run:?}"
        );
    }
    home.end().await;
}

async fn what_proves_no_end_makes_no_run_complete() {
    let without_pages = |way: Way| {
        let source = way.source.replaced_once(&format!("\npage = {BY_PAGE}"), "");
        way.with(source)
    };
    let single = without_pages(by_page());
    let short = fetch("offset=0&limit=20", r#"{ kind = "offset", param = "offset", size = 20, stop = ["short"] }"#);
    let limited = fetch("page=1&rows=20", r#"{ kind = "page_param", param = "page", max_pages = 3 }"#);
    let last = fetch("page=1&rows=20", r#"{ kind = "page_param", param = "page", last = "$.last" }"#);
    let one_page = without_pages(markup("/market/list?page=1", BY_PAGE));
    let home = SavedSession::with_definition(&defined(&single, false)).await;
    home.control("/mode", Some(json!({ "repeats": false }))).await;
    let scrape =
        async |way: &Way, has_total| home.scrape(&home.scraper_with(&defined(way, has_total)), "products").await;
    let is = |run: &Run, records: u32, end: ListEnd, why: &str| {
        assert_eq!(
            (run.outcome, run.progress.records, run.list_end),
            (Some(Outcome::Ok), records, Some(end)),
            "{run:?}"
        );
        assert_eq!(run.complete, why.is_empty(), "{run:?}");
        assert!(run.message.as_deref().is_some_and(|said| said.contains(why)), "{run:?}");
    };
    is(&scrape(&single, false).await, 20, ListEnd::OnlyPage, "its answer says totalElements: 137");
    is(&scrape(&single, true).await, 20, ListEnd::OnlyPage, "The site says that there are 137.");
    is(&scrape(&one_page, false).await, 20, ListEnd::OnlyPage, "the page leads to other pages");
    is(&scrape(&short, false).await, 137, ListEnd::ShortPage, "nothing said that it is the last");
    is(&scrape(&short, true).await, 137, ListEnd::Total, "");
    is(&scrape(&limited, false).await, 60, ListEnd::MaxPages, "There may be more");
    is(&scrape(&by_page(), false).await, 137, ListEnd::EmptyPage, "");
    is(&scrape(&last, false).await, 137, ListEnd::Last, "");
    assert_eq!(shown_and_missing(&home).await, (137, 0));
    home.control("/mode", Some(json!({ "products": 20 }))).await;
    let all = defined(&single, false).replaced_once(EXPECT, "expect = { max_shrink = 1.0 }");
    is(&home.scrape(&home.scraper_with(&all), "products").await, 20, ListEnd::OnlyPage, "");
    home.end().await;
}

async fn a_list_that_changes_while_it_is_read_is_not_complete() {
    let home = SavedSession::with_definition(&defined(&by_page(), false)).await;
    let on_pages = markup("/market/list?page=1", BY_LINK);
    for (way, has_total, why) in [
        (by_page(), true, "first the site said that there are 137"),
        (by_page(), false, "its first page shows other records by now"),
        (on_pages, false, "were on two pages"),
    ] {
        home.control("/mode", Some(json!({ "repeats": false, "insertNext": 3 }))).await;
        let run = home.scrape(&home.scraper_with(&defined(&way, has_total)), "products").await;
        assert_eq!((run.outcome, run.complete), (Some(Outcome::Ok), false), "{run:?}");
        assert!(run.message.as_deref().is_some_and(|said| said.contains(why)), "{run:?}");
    }
    home.end().await;
}

async fn a_list_that_shows_only_a_part_is_not_complete() {
    let over_http = by_page();
    let source = format!("partial = {{ text = '\"page\":1' }}\n{}", over_http.source);
    let over_http = over_http.with(source);
    let on_a_page = markup("/market/list?page=1", BY_PAGE);
    let source = format!("partial = {{ text = '(?i)products' }}\n{}", on_a_page.source);
    let on_a_page = on_a_page.with(source);
    let home = SavedSession::with_definition(&defined(&over_http, true)).await;
    for way in [over_http, on_a_page] {
        let run = home.scrape(&home.scraper_with(&defined(&way, true)), "products").await;
        assert_eq!((run.outcome, run.progress.records, run.complete), (Some(Outcome::Ok), 137, false), "{run:?}");
        assert!(run.message.as_deref().is_some_and(|said| said.contains("shows only a part")), "{run:?}");
    }
    home.end().await;
}

async fn a_key_that_is_none_is_drift() {
    let way = by_page();
    let by_name = |key: &str, field: &str| {
        let text =
            definition(&way.source, Item::Json).replaced_once("key = [\"ucode\"]", &format!("key = [\"{key}\"]"));
        text.replaced_once("ucode = { path = \"$.product.ucode\" }", &format!("ucode = {{ path = \"{field}\" }}"))
    };
    let home = SavedSession::with_definition(&by_name("ucode", "$.product.locale")).await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!((run.outcome, run.session), (Some(Outcome::Drift), Some(SessionState::Alive)), "{run:?}");
    assert!(run.evidence.iter().any(|one| one.seen.contains("have the ucode of a different one")), "{run:?}");
    // As many as the definition allows are told.
    let lenient = by_name("ucode", "$.product.locale").replaced_once(EXPECT, "expect = { max_duplicates = 1.0 }");
    let run = home.scrape(&home.scraper_with(&lenient), "products").await;
    assert_eq!(run.outcome, Some(Outcome::Ok), "{run:?}");
    assert!(run.duplicates > 10 && run.progress.records < 10 && !run.complete, "{run:?}");
    home.end().await;
}

async fn what_scrolls_is_read_whole_wherever_it_scrolls_and_whatever_of_it_is_there() {
    let scrolled = r#"{ kind = "scroll", idle = "1s" }"#;
    let ways = [
        ("a window of a list", markup("/market/virtual", scrolled)),
        ("a list that grows", markup("/market/scroll", scrolled)),
        ("the answers for a window", capture("/market/virtual", scrolled)),
        ("the answers for a list that grows", capture("/market/scroll", scrolled)),
    ];
    let home = SavedSession::with_definition(&defined(&ways[0].1, true)).await;
    for inner in [false, true] {
        home.control("/mode", Some(json!({ "innerScroller": inner, "repeats": false, "products": 45 }))).await;
        for (name, way) in &ways {
            let run = home.scrape(&home.scraper_with(&defined(way, true)), "products").await;
            let what = (run.outcome, run.progress.records, run.complete);
            assert_eq!(what, (Some(Outcome::Ok), 45, true), "{name}, in a part of the page: {inner}: {run:?}");
        }
    }
    home.end().await;
}

async fn a_next_that_loads_a_document_leads_through_the_whole_list() {
    let way = markup("/market/list?page=1", r#"{ kind = "next", css = "a.pagination-next" }"#);
    let home = SavedSession::with_definition(&defined(&way, true)).await;
    let run = home.scrape(&home.scraper, "products").await;
    let what = (run.outcome, run.progress.records, run.list_end, run.complete);
    assert_eq!(what, (Some(Outcome::Ok), 137, Some(ListEnd::NoNext), true), "{run:?}");
    home.end().await;
}

async fn a_site_that_begins_where_one_was_last_is_read_from_its_first_page() {
    let paged =
        |first: &str| markup("/market/list", &format!(r#"{{ kind = "next", css = "a.pagination-next"{first} }}"#));
    let home = SavedSession::with_definition(&defined(&paged(""), true)).await;
    home.control("/mode", Some(json!({ "rememberPage": true, "repeats": false, "products": 50 }))).await;
    let scrape = async |first: &str| home.scrape(&home.scraper_with(&defined(&paged(first), true)), "products").await;
    let whole = (Some(Outcome::Ok), 50, true);
    let is = |run: &Run| (run.outcome, run.progress.records, run.complete);
    assert_eq!(is(&scrape("").await), whole, "nobody was there before");
    let last = scrape("").await;
    assert_eq!(is(&last), (Some(Outcome::Ok), 10, false), "{last:?}");
    for first in [
        r#", first = { click = "a.pagination-first" }"#,
        r#", first = { visit = "http://app.demo.localhost:4381/market/list?page=1" }"#,
        r#", first = { click = "a.pagination-first" }"#,
    ] {
        let run = scrape(first).await;
        assert_eq!(is(&run), whole, "{first}: {run:?}");
    }
    // At the first page there is nothing to click.
    home.control("/mode", Some(json!({ "rememberPage": false }))).await;
    let run = scrape(r#", first = { click = "a.pagination-first" }"#).await;
    assert_eq!(is(&run), whole, "{run:?}");
    home.end().await;
}

async fn what_appears_after_a_click_is_read() {
    for way in [
        capture("/market/search?page=1", r#"{ kind = "next", css = "a.pagination-next" }"#),
        markup("/market/scroll", r#"{ kind = "scroll", idle = "1s" }"#),
    ] {
        let source = format!("click = \"button.reveal\"\n{}", way.source);
        let home = SavedSession::with_definition(&defined(&way, true)).await;
        // As many as one page has: each one wants a click of its own.
        home.control("/mode", Some(json!({ "reveal": true, "products": 20, "repeats": false }))).await;
        let clicked = way.with(source);
        let run = home.scrape(&home.scraper_with(&defined(&clicked, true)), "products").await;
        assert_eq!((run.outcome, run.complete), (Some(Outcome::Ok), true), "{run:?}");
        home.control("/mode", Some(json!({ "reveal": false }))).await;
        let run = home.scrape(&home.scraper_with(&defined(&clicked, true)), "products").await;
        assert_eq!((run.outcome, run.session), (Some(Outcome::Failed), Some(SessionState::Alive)), "{run:?}");
        assert!(run.evidence.iter().any(|one| one.seen.contains("nothing to click at button.reveal")), "{run:?}");
        home.end().await;
    }
}
