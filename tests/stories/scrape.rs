//! Scraping with a saved session: real Chromium, the demo marketplace, and every way in which a run may end.

use std::{collections::HashSet, time::Duration};

use serde_json::{Value, json};
use staylogged::{
    domain::{ConnectionStatus, Outcome, Run, RunId, RunProgress, StreamName, UserEvent},
    scraper::{Limits, ScrapeError},
    store::RecordFilter,
};
use uuid::Uuid;

use crate::support::{market_id, replacing::Replacing, saved_session::SavedSession};

stories! {
    all_products_come_each_once_and_typed_by_pages_and_by_scrolling,
    a_list_that_hears_no_key_is_turned_by_the_mouse,
    a_page_that_is_drawn_piece_by_piece_is_read_whole,
    the_end_of_a_list_that_does_not_show_a_login_is_believed_after_another_look,
    where_the_json_has_moved_the_same_products_come_from_the_page,
    a_session_that_the_site_ended_needs_a_reconnect_however_the_site_says_so,
    a_token_that_the_site_renews_by_itself_and_cookies_that_rotate_cost_nobody_a_login,
    a_refusal_by_the_site_is_no_logout,
    a_run_is_stopped_within_a_second_and_a_second_one_joins_the_first,
    a_run_that_the_service_puts_down_is_taken_up_at_the_next_start,
    emptiness_is_believed_of_a_logged_in_page_alone_and_a_change_of_shape_is_no_emptiness,
    a_session_that_ends_in_the_middle_of_a_run_is_told_and_what_was_found_stays,
    pages_by_number_limits_and_two_streams_at_once,
    nothing_is_begun_for_what_is_not_there_and_what_a_crash_left_is_ended,
}

const SHIPPED: &str = include_str!("../../providers/demo-market.toml");

/// The shipped definition with its capture sources out of order: their answers are never asked for.
fn markup_only() -> String {
    SHIPPED
        .replaced("/v*/market/search\", method = \"POST\"", "/v*/elsewhere\", method = \"POST\"")
        .replaced("wait  = \"20s\"\nmatch", "wait  = \"4s\"\nmatch")
        .replaced("times = 1", "times = 0")
}

/// The shipped definition, going from page to page by their addresses.
fn numbered() -> String {
    SHIPPED.replaced(
        "{ kind = \"next\", css = \"a.pagination-next\", last = \"$.last\" }",
        "{ kind = \"page_param\", param = \"page\" }",
    )
}

fn assert_137(records: &[(String, Value)]) {
    assert_eq!(records.len(), 137);
    for field in ["ucode", "id", "name"] {
        let distinct: HashSet<String> = records.iter().map(|(_, record)| record[field].to_string()).collect();
        assert_eq!(distinct.len(), 137, "{field}");
    }
    for (key, record) in records {
        assert_eq!(record["ucode"], *key);
        assert!(record["id"].is_u64() && record["name"].is_string(), "{record}");
        let price = &record["price"];
        assert!(["BRL", "USD"].contains(&price["currency"].as_str().expect("a currency")), "{record}");
        let (whole, cents) = price["amount"].as_str().and_then(|amount| amount.split_once('.')).expect("an amount");
        assert!(whole.parse::<u32>().is_ok() && cents.len() == 2, "{record}");
        assert!(
            record["rating"].is_null() || record["rating"].as_str().is_some_and(|r| r.parse::<f32>().is_ok()),
            "{record}"
        );
    }
}

async fn all_products_come_each_once_and_typed_by_pages_and_by_scrolling() {
    let home = SavedSession::new().await;
    let before = home.generation().await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!((run.outcome, run.source.as_deref()), (Some(Outcome::Ok), Some("capture")), "{run:?}");
    assert_eq!(run.progress, RunProgress { pages: 7, records: 137 }, "{run:?}");
    let records = home.records(&run).await;
    assert_137(&records);
    let (_, dear) = records.iter().find(|(_, r)| r["price"]["amount"] == "1234.56").expect("a product for 1234.56");
    assert!(
        dear["commission"]["amount"].is_string() && dear["affiliation"].is_string() && dear["cookie_days"].is_u64(),
        "{dear}"
    );
    assert!(dear["url"].as_str().expect("a url").contains(dear["ucode"].as_str().expect("a code")), "{dear}");

    // The session was seen to work, and what the site made of it was saved.
    assert_eq!(home.generation().await, before + 1);
    assert!(home.connection().await.checked_at.is_some());

    let told: Vec<_> = home.user_events().await.into_iter().filter(|event| event.name().starts_with("run_")).collect();
    let names: Vec<_> = told.iter().map(UserEvent::name).collect();
    assert_eq!(names, [vec!["run_started"], vec!["run_progress"; 7], vec!["run_finished"]].concat());
    assert!(matches!(told.last(), Some(UserEvent::RunFinished { outcome: Outcome::Ok, needs_reconnect: false, .. })));

    // Polite: never two pages in less than the definition's interval.
    let searches = home.searches().await;
    let first_of_run = searches.len() - 7;
    let gaps: Vec<_> = searches[first_of_run..].windows(2).map(|pair| pair[1].at_ms - pair[0].at_ms).collect();
    assert!(gaps.iter().all(|gap| *gap >= 100), "{gaps:?}");

    let run = home.scrape(&home.scraper, "products_scroll").await;
    assert_eq!((run.outcome, run.source.as_deref()), (Some(Outcome::Ok), Some("capture")), "{run:?}");
    assert_137(&home.records(&run).await);
    home.end().await;
}

async fn a_list_that_hears_no_key_is_turned_by_the_mouse() {
    let home = SavedSession::new().await;
    home.control("/mode", Some(json!({ "nextByMouse": true }))).await;
    for (definition, source) in [(SHIPPED.to_owned(), "capture"), (markup_only(), "markup")] {
        // So long each key is waited for.
        let definition = definition.replaced("wait  = \"20s\"", "wait  = \"4s\"");
        let run = home.scrape(&home.scraper_with(&definition), "products").await;
        assert_eq!((run.outcome, run.source.as_deref()), (Some(Outcome::Ok), Some(source)), "{run:?}");
        assert_137(&home.records(&run).await);
    }
    home.end().await;
}

async fn a_page_that_is_drawn_piece_by_piece_is_read_whole() {
    let home = SavedSession::new().await;
    home.control("/mode", Some(json!({ "piecemeal": true }))).await;
    let run = home.scrape(&home.scraper_with(&markup_only()), "products").await;
    assert_eq!((run.outcome, run.source.as_deref()), (Some(Outcome::Ok), Some("markup")), "{run:?}");
    assert_137(&home.records(&run).await);
    home.end().await;
}

/// A page that lost its login may have lost its "next" with it.
async fn the_end_of_a_list_that_does_not_show_a_login_is_believed_after_another_look() {
    let me = "{ response = { url = \"http://api-market.demo.localhost:4381/v*/me\", method = \"GET\", status = 200, json = \"$.id\" } }";
    let only_there = "{ url = \"http://app.demo.localhost:4381/market\" }";
    let definition = SHIPPED.replaced_once(me, &format!("{{ all = [{me}, {only_there}] }}"));
    assert_ne!(definition, SHIPPED);
    let home = SavedSession::with_definition(&definition).await;
    let before = home.searches().await.len();
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!(run.outcome, Some(Outcome::Ok), "{run:?}");
    assert_137(&home.records(&run).await);
    let (all, pages) = (home.searches().await, 7);
    assert_eq!(all.len() - before, pages + 2, "the first page is looked at once more, and the probe's page asks, too");
    home.end().await;
}

async fn where_the_json_has_moved_the_same_products_come_from_the_page() {
    let home = SavedSession::new().await;
    let from_json = home.scrape(&home.scraper, "products").await;
    let from_json = home.records(&from_json).await;
    let scraper = home.scraper_with(&markup_only());

    let run = home.scrape(&scraper, "products").await;
    assert_eq!((run.outcome, run.source.as_deref()), (Some(Outcome::Ok), Some("markup")), "{run:?}");
    assert!(run.message.as_deref().is_some_and(|said| said.contains("that could not be read")), "{run:?}");
    assert!(run.evidence.iter().any(|one| one.rule == "the capture source can be read"), "{run:?}");
    let from_page = home.records(&run).await;
    assert_137(&from_page);
    for ((key, page), (other, json)) in from_page.iter().zip(&from_json) {
        assert_eq!(key, other);
        for field in
            ["name", "category", "producer", "producer_ucode", "price", "commission", "rating", "temperature", "url"]
        {
            assert_eq!(page[field], json[field], "{field} of {key}");
        }
    }

    let run = home.scrape(&scraper, "products_scroll").await;
    assert_eq!((run.outcome, run.source.as_deref()), (Some(Outcome::Ok), Some("markup")), "{run:?}");
    assert_137(&home.records(&run).await);
    scraper.shut_down().await;
    home.end().await;
}

async fn a_session_that_the_site_ended_needs_a_reconnect_however_the_site_says_so() {
    let home = SavedSession::new().await;
    let good = home.scrape(&home.scraper, "products").await;
    for logged_out in ["redirect", "form200"] {
        home.control("/mode", Some(json!({ "loggedOut": logged_out }))).await;
        home.control("/revoke", Some(json!({}))).await;
        let run = home.scrape(&home.scraper, "products").await;
        assert_eq!(run.outcome, Some(Outcome::NeedsReconnect), "{logged_out}: {run:?}");
        assert_eq!(run.progress.records, 0);
        let message = run.message.expect("a message");
        assert!(message.contains("Demo Market has logged you out") && message.contains("2 days"), "{message}");
        let connection = home.connection().await;
        assert_eq!(connection.status, ConnectionStatus::NeedsReconnect);
        let told = home.user_events().await;
        assert!(matches!(told.last(), Some(UserEvent::RunFinished { needs_reconnect: true, .. })), "{told:?}");
        assert!(told.iter().any(|event| matches!(event, UserEvent::NeedsReconnect { .. })));

        // The next one is refused at once, and what was found before is still there.
        let refused = home.start(&home.scraper, "products").await.expect_err("refused");
        assert!(
            matches!(&refused, ScrapeError::NeedsReconnect { connection: id, .. } if *id == connection.id),
            "{refused}"
        );
        assert_eq!(
            home.store.count_records(&good.connection, &good.stream, &RecordFilter::default()).await.expect("a count"),
            137
        );
        home.log_in().await;
        assert_eq!(home.scrape(&home.scraper, "products").await.outcome, Some(Outcome::Ok), "{logged_out}");
    }
    home.end().await;
}

async fn a_token_that_the_site_renews_by_itself_and_cookies_that_rotate_cost_nobody_a_login() {
    let home = SavedSession::new().await;
    home.control("/revoke?what=token", Some(json!({}))).await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!(run.outcome, Some(Outcome::Ok), "{run:?}");

    home.control("/mode", Some(json!({ "sessionsRotate": true, "rotateGraceMs": 0 }))).await;
    for _ in 0..2 {
        let before = home.generation().await;
        let run = home.scrape(&home.scraper, "products").await;
        assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Ok), 137), "{run:?}");
        assert!(home.generation().await > before, "what the site made of the session was not saved");
    }
    // The cookie that came with a page is saved with it: a service that dies then leaves a session that works.
    home.control("/mode", Some(json!({ "slowMs": 500 }))).await;
    let before = home.generation().await;
    let scraper = home.scraper_with(&numbered());
    let run = home.start(&scraper, "products").await.expect("a run");
    home.until_page(&run, 3).await;
    assert!(home.generation().await > before, "nothing was saved in the middle of the run");
    let run = scraper.wait(&run, Duration::from_mins(2)).await;
    assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Ok), 137), "{run:?}");
    home.end().await;
}

async fn a_refusal_by_the_site_is_no_logout() {
    let home = SavedSession::new().await;
    home.control("/mode", Some(json!({ "blocked": true }))).await;
    let run = home.scrape(&home.scraper, "products").await;
    assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Blocked), 0), "{run:?}");
    // Whichever of the definition's two marks was there first: the answer, or what the page says.
    let seen = format!("{:?}", run.evidence);
    assert!(["was answered with 429", "busy"].iter().any(|mark| seen.contains(mark)), "{seen}");
    assert_eq!(home.connection().await.status, ConnectionStatus::Connected);
    home.end().await;
}

async fn a_run_is_stopped_within_a_second_and_a_second_one_joins_the_first() {
    let home = SavedSession::new().await;
    home.control("/mode", Some(json!({ "slowMs": 1500 }))).await;
    let run = home.start(&home.scraper, "products").await.expect("a run");
    let joined = home.start(&home.scraper, "products").await.expect("the same run");
    assert_eq!(joined.id, run.id);
    home.until_page(&run, 1).await;
    let asked = home.now();
    let run = home.scraper.cancel(&home.user, &run.id).await.expect("stopped");
    assert_eq!(run.outcome, Some(Outcome::Cancelled), "{run:?}");
    let took = run.finished_at.expect("over").since(asked);
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(
        home.store.count_records(&run.connection, &run.stream, &RecordFilter::default()).await.expect("a count"),
        u64::from(run.progress.records)
    );
    let again = home.scraper.cancel(&home.user, &run.id).await.expect("still stopped");
    assert_eq!(again.outcome, Some(Outcome::Cancelled));

    // A new one goes on with what that one found.
    home.control("/mode", Some(json!({ "slowMs": 0 }))).await;
    let further = home.go_on(&home.scraper, &run).await.expect("a run");
    assert_eq!((further.continues.as_ref(), further.progress), (Some(&run.id), run.progress));
    let further = home.scraper.wait(&further, Duration::from_mins(2)).await;
    assert_eq!((further.outcome, further.progress.pages), (Some(Outcome::Ok), 7), "{further:?}");
    assert_137(&home.records(&further).await);
    let refused = home.go_on(&home.scraper, &further).await.expect_err("it read the whole list");
    assert!(matches!(refused, ScrapeError::NotContinuable { .. }), "{refused}");
    home.end().await;
}

async fn a_run_that_the_service_puts_down_is_taken_up_at_the_next_start() {
    let home = SavedSession::new().await;
    let numbered = SHIPPED.replaced(
        "{ kind = \"next\", css = \"a.pagination-next\", last = \"$.last\" }",
        "{ kind = \"page_param\", param = \"page\" }",
    );
    // By number an eighth page, an empty one, ends the list.
    for (definition, reads_again, pages) in [(SHIPPED, true, 7), (numbered.as_str(), false, 8)] {
        home.control("/mode", Some(json!({ "slowMs": 700 }))).await;
        let before = home.searches().await.len();
        let scraper = home.scraper_with(definition);
        let run = home.start(&scraper, "products").await.expect("a run");
        home.until_page(&run, 4).await;
        scraper.shut_down().await;
        let down = home.store.run(&home.user, &run.id).await.expect("a run").expect("a run");
        assert_eq!((down.outcome, down.finished_at), (None, None));
        assert!(down.cursor.is_some_and(|cursor| cursor.pages >= 4));

        home.control("/mode", Some(json!({ "slowMs": 0 }))).await;
        let scraper = home.scraper_with(definition);
        assert_eq!(scraper.recover().await.expect("recovered"), 1);
        let run = scraper.wait(&run, Duration::from_mins(2)).await;
        assert_eq!((run.outcome, run.progress), (Some(Outcome::Ok), RunProgress { pages, records: 137 }), "{run:?}");
        assert_137(&home.records(&run).await);
        let asked: Vec<_> = home.searches().await[before..].iter().map(|search| search.page).collect();
        // A list that is read by clicking is read from its beginning; one with addresses goes on. (The first page is also
        // where the probe looks.)
        for page in 2..=4 {
            let times = asked.iter().filter(|one| **one == Some(page)).count();
            assert_eq!(times, if reads_again { 2 } else { 1 }, "page {page} of {asked:?}");
        }
        scraper.shut_down().await;
    }
    home.end().await;
}

async fn emptiness_is_believed_of_a_logged_in_page_alone_and_a_change_of_shape_is_no_emptiness() {
    let home = SavedSession::new().await;
    let nothing = SHIPPED
        .replaced("search?page=1", "search?page=1&q=nothing-is-called-so")
        .replaced("min_items = 1", "min_items = 0");
    let scraper = home.scraper_with(&nothing);
    let run = home.scrape(&scraper, "products").await;
    assert_eq!(run.outcome, Some(Outcome::EmptyConfirmed), "{run:?}");

    // The same page, but no mark of being logged in: not believed.
    let unmarked = nothing
        .replaced("json = \"$.id\"", "json = \"$.no_such_member\"")
        .replaced("wait  = \"25s\"", "wait  = \"2s\"");
    let scraper = home.scraper_with(&unmarked);
    let run = home.scrape(&scraper, "products").await;
    assert_eq!(run.outcome, Some(Outcome::Failed), "{run:?}");
    assert!(run.message.expect("a message").contains("is not believed"));

    let expected = home.scraper_with(&nothing.replaced("min_items = 0", "min_items = 1"));
    assert_eq!(home.scrape(&expected, "products").await.outcome, Some(Outcome::Drift));

    let reshaped = SHIPPED
        .replaced("$.content[*]", "$.products[*]")
        .replaced("\".product-card\", \"article[data-ucode]\"", "\".card\"");
    let run = home.scrape(&home.scraper_with(&reshaped), "products").await;
    assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Drift), 0), "{run:?}");
    let lacking =
        SHIPPED.replaced("$.product.name", "$.product.title").replaced("[\".product-name\", \"h2\"]", "\".title\"");
    let run = home.scrape(&home.scraper_with(&lacking), "products").await;
    assert_eq!(run.outcome, Some(Outcome::Drift), "{run:?}");
    assert!(run.evidence.iter().any(|one| one.seen.contains("name is missing in 20")), "{run:?}");
    assert_eq!(
        home.store.count_records(&run.connection, &run.stream, &RecordFilter::default()).await.expect("a count"),
        0
    );
    home.end().await;
}

async fn a_session_that_ends_in_the_middle_of_a_run_is_told_and_what_was_found_stays() {
    let home = SavedSession::new().await;
    home.control("/mode", Some(json!({ "slowMs": 700 }))).await;
    let run = home.start(&home.scraper, "products").await.expect("a run");
    home.until_page(&run, 2).await;
    home.control("/revoke", Some(json!({}))).await;
    let run = home.scraper.wait(&run, Duration::from_mins(2)).await;
    assert_eq!(run.outcome, Some(Outcome::NeedsReconnect), "{run:?}");
    assert!(run.progress.records >= 39, "{run:?}");
    assert_eq!(home.records(&run).await.len(), run.progress.records as usize);
    assert_eq!(home.connection().await.status, ConnectionStatus::NeedsReconnect);

    // Somebody logs in again, and a run goes on from there.
    home.control("/mode", Some(json!({ "slowMs": 0 }))).await;
    home.log_in().await;
    let further = home.go_on(&home.scraper, &run).await.expect("a run");
    let further = home.scraper.wait(&further, Duration::from_mins(2)).await;
    assert_eq!(further.outcome, Some(Outcome::Ok), "{further:?}");
    assert_137(&home.records(&further).await);
    assert_eq!(home.records(&run).await.len(), run.progress.records as usize, "the earlier run's stay its own");
    home.end().await;
}

async fn pages_by_number_limits_and_two_streams_at_once() {
    let home = SavedSession::new().await;
    // Without another try: that the one keeps the other waiting is no refusal by the site.
    let impatient = SHIPPED.replaced_once("retry        =", "#");
    assert_ne!(impatient, SHIPPED);
    let impatient = home.scraper_with(&impatient);
    let (one, two) = tokio::join!(home.scrape(&impatient, "products"), home.scrape(&impatient, "products_scroll"));
    assert_eq!((one.outcome, two.outcome), (Some(Outcome::Ok), Some(Outcome::Ok)), "{one:?} {two:?}");

    let numbered = numbered();
    let run = home.scrape(&home.scraper_with(&numbered), "products").await;
    assert_eq!((run.outcome, run.progress.records), (Some(Outcome::Ok), 137), "{run:?}");
    assert_137(&home.records(&run).await);

    // A run that is cut short is gone on with, by as many pages again.
    let few = numbered.replaced("max_pages    = 50", "max_pages    = 3");
    let few = home.scraper_with(&few);
    let mut run = home.scrape(&few, "products").await;
    for pages in [3, 6] {
        assert_eq!((run.outcome, run.progress.pages), (Some(Outcome::Ok), pages), "{run:?}");
        assert!(run.message.as_ref().is_some_and(|message| message.contains("There may be more")), "{run:?}");
        assert!(!run.complete, "{run:?}");
        run = few.wait(&home.go_on(&few, &run).await.expect("a run"), Duration::from_mins(2)).await;
    }
    assert_eq!((run.outcome, run.progress.records, run.complete), (Some(Outcome::Ok), 137, true), "{run:?}");
    assert_137(&home.records(&run).await);

    home.control("/mode", Some(json!({ "slowMs": 1500 }))).await;
    let limits = Limits { deadline: Duration::from_secs(4), ..Limits::default() };
    let run = home.scrape(&home.scraper_within(SHIPPED, limits), "products").await;
    assert_eq!(run.outcome, Some(Outcome::Failed), "{run:?}");
    assert!(run.message.expect("a message").contains("took longer than 4 seconds"));
    home.end().await;
}

async fn nothing_is_begun_for_what_is_not_there_and_what_a_crash_left_is_ended() {
    let home = SavedSession::logged_out(SHIPPED).await;
    let refused = home.start(&home.scraper, "products").await.expect_err("refused");
    assert!(matches!(refused, ScrapeError::NeverConnected { .. }), "{refused}");
    let refused = home.start(&home.scraper, "sales").await.expect_err("refused");
    assert!(
        matches!(&refused, ScrapeError::UnknownStream { known } if *known == ["products", "products_scroll"]),
        "{refused}"
    );

    let id = staylogged::domain::ConnectionId::new(Uuid::now_v7());
    let account = staylogged::domain::AccountName::main();
    let connection = home.store.connection_for(&home.user, &market_id(), &account, id, home.now()).await.expect("made");
    let stream = StreamName::parse("products").expect("a name");
    let left = Run::new(RunId::new(Uuid::now_v7()), &connection, stream, "v1".into(), home.now());
    home.store.begin_run(left.clone()).await.expect("begun");
    // Its connection has no session: it cannot be taken up.
    assert_eq!(home.scraper.recover().await.expect("recovered"), 1);
    let ended = home.store.run(&home.user, &left.id).await.expect("a run").expect("a run");
    assert_eq!(ended.outcome, Some(Outcome::Failed));
    home.end().await;
}
