//! Lists made by chance, read over HTTP and from pages by the product's own paging and run code: a run has exactly what is in the
//! list, or is not complete and says why. `STAYLOGGED_LISTS` is how many over HTTP, `STAYLOGGED_DRAWN_LISTS` from pages,
//! `STAYLOGGED_SEED` which.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use poem::{
    EndpointExt, IntoResponse, Response, Route, Server, get, handler,
    http::StatusCode,
    listener::{Acceptor, Listener, TcpListener},
    web::{Data, Path, Query},
};
use serde::Deserialize;
use serde_json::json;
use staylogged::domain::{ListEnd, Outcome, Run};

use super::truth::{BEARER, Item, definition};
use crate::support::{dice::Dice, replacing::Replacing, saved_session::SavedSession};

stories! {
    a_list_made_by_chance_is_read_whole_or_not_called_complete,
    a_list_that_a_page_draws_is_read_whole_or_not_called_complete,
}

/// How a list goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Page,
    PageOfHtml,
    Offset,
    Cursor,
    NextPath,
    NextHeader,
    NextOfHtml,
    Last,
    /// A page's button, which brings another part in place of the one before.
    NextButton,
    /// A page's button, which adds a part.
    MoreButton,
    /// A page that adds a part when it is scrolled to its end.
    Endless,
    /// A page that holds only what is in sight.
    Window,
}

const KINDS: [Kind; 8] = [
    Kind::Page,
    Kind::PageOfHtml,
    Kind::Offset,
    Kind::Cursor,
    Kind::NextPath,
    Kind::NextHeader,
    Kind::NextOfHtml,
    Kind::Last,
];

/// Those that a page draws.
const DRAWN: [Kind; 4] = [Kind::NextButton, Kind::MoreButton, Kind::Endless, Kind::Window];

/// What comes behind the last page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    Nothing,
    TheFirstPage,
    TheLastPage,
    NotFound,
}

const BEHINDS: [Behind; 4] = [Behind::Nothing, Behind::TheFirstPage, Behind::TheLastPage, Behind::NotFound];

/// What happens to a list before a request for it is answered.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// Something new, at this place.
    Comes(usize),
    /// What is at this place.
    Goes(usize),
}

/// One request of a page is answered with an error, and the page does not make it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failing {
    Never,
    At(usize),
    Happened,
}

/// A list, as it is now.
#[derive(Clone, Debug)]
struct List {
    kind: Kind,
    behind: Behind,
    size: usize,
    /// So many are given at once at most, however many are asked for.
    gives: usize,
    /// That request is answered with nothing, and with where it goes on: what was there may not be seen.
    hole: Option<usize>,
    says_total: bool,
    /// A part of the page scrolls, not the page.
    is_inner: bool,
    /// The page begins there.
    begin: usize,
    /// The page waits so long before it draws a part, in milliseconds.
    delay: usize,
    /// What a page asks for is answered only after so long, in milliseconds.
    slow: u64,
    failing: Failing,
    /// Keys, in order; one may be there twice.
    rows: Vec<String>,
    changes: BTreeMap<usize, Change>,
    has_changed: bool,
    /// So many requests were answered.
    asked: usize,
    made: usize,
    /// What was in the list whenever it was asked for, and what ever was.
    throughout: BTreeSet<String>,
    ever: BTreeSet<String>,
}

impl List {
    fn by_chance(number: u64, kind: Kind, dice: &mut Dice) -> Self {
        let behind = BEHINDS[dice.place(BEHINDS.len())];
        let (count, size) = (1 + dice.place(60), 1 + dice.place(20));
        let mut rows: Vec<String> = (0..count).map(|at| format!("{number}-{at}")).collect();
        for _ in 0..[0, 0, 0, 1, 2][dice.place(5)] {
            let (one, to) = (dice.place(rows.len()), dice.place(rows.len()));
            rows.insert(to, rows[one].clone());
        }
        let mut changes = BTreeMap::new();
        if dice.below(3) == 0 {
            for _ in 0..=dice.below(2) {
                let at = dice.place(rows.len() + 5);
                let change = if dice.below(2) == 0 { Change::Comes(at) } else { Change::Goes(at) };
                changes.insert(1 + dice.place(4), change);
            }
        }
        let all: BTreeSet<String> = rows.iter().cloned().collect();
        let says_total = dice.below(2) == 0;
        let throughout = all.clone();
        // Some sites begin where one was last.
        let begin = [0, dice.place(rows.len().div_ceil(size)) * size][dice.place(2)];
        let gives = if kind == Kind::Offset && dice.below(3) == 0 { 1 + dice.place(size) } else { size };
        let hole = (kind == Kind::Cursor && dice.below(2) == 0).then(|| dice.place(4));
        Self {
            kind,
            behind,
            size,
            gives,
            hole,
            says_total,
            is_inner: dice.below(2) == 0,
            begin,
            delay: dice.place(150),
            slow: [0, 0, 0, 1500][dice.place(4)],
            failing: if dice.below(4) == 0 { Failing::At(1 + dice.place(3)) } else { Failing::Never },
            rows,
            changes,
            has_changed: false,
            asked: 0,
            made: 0,
            throughout,
            ever: all,
        }
    }

    /// The place and the rows of the part that begins there, after what happens meanwhile.
    fn part(&mut self, from: usize) -> (usize, Vec<String>) {
        match self.changes.remove(&self.asked) {
            Some(Change::Comes(at)) => {
                self.has_changed = true;
                self.made += 1;
                let key = format!("new-{}-{}", self.rows.first().map_or("", String::as_str), self.made);
                self.rows.insert(at.min(self.rows.len()), key.clone());
                self.ever.insert(key);
            }
            Some(Change::Goes(at)) if at < self.rows.len() => {
                self.has_changed = true;
                self.rows.remove(at);
            }
            _ => {}
        }
        let is_hole = from > 0 && self.hole == Some(self.asked);
        self.asked += 1;
        let now: BTreeSet<String> = self.rows.iter().cloned().collect();
        self.throughout.retain(|key| now.contains(key));
        let from = match self.behind {
            Behind::TheFirstPage if from >= self.rows.len() => 0,
            Behind::TheLastPage if from >= self.rows.len() => (self.rows.len().max(1) - 1) / self.size * self.size,
            _ => from,
        };
        let count = if is_hole { 0 } else { self.gives };
        (from, self.rows.iter().skip(from).take(count).cloned().collect())
    }

    /// Whether its end can be seen, and nothing speaks against it.
    fn is_to_be_complete(&self) -> bool {
        let has_repeats = self.rows.iter().collect::<BTreeSet<_>>().len() < self.rows.len();
        if self.failing == Failing::Happened {
            return false;
        }
        match self.kind {
            // What is there again has not moved, and is one row in what is counted.
            Kind::MoreButton | Kind::Endless => return true,
            Kind::Window => return !has_repeats || !self.says_total,
            _ => {}
        }
        let is_asked_behind = match self.kind {
            Kind::Page | Kind::PageOfHtml | Kind::Offset => true,
            Kind::NextButton => self.goes_on(),
            _ => false,
        };
        let has_proof = self.says_total || !is_asked_behind || self.behind == Behind::Nothing;
        // A page of one or two may be the same as the one before, and be taken for the end; one that comes again cut elsewhere is not
        // seen to be one that was read, and counts twice.
        let is_cut_anew = self.gives < self.size && self.behind != Behind::Nothing;
        let tells_repeats = self.gives > 2 && !is_cut_anew && self.kind != Kind::NextButton;
        has_proof && (!has_repeats || self.says_total && tells_repeats)
    }

    /// A page's button leads on behind the last part.
    fn goes_on(&self) -> bool {
        matches!(self.behind, Behind::TheFirstPage | Behind::TheLastPage)
    }

    /// What a page draws of it.
    fn page(&self, number: u64) -> String {
        let kind = match self.kind {
            Kind::NextButton => "next",
            Kind::MoreButton => "more",
            Kind::Endless => "endless",
            _ => "window",
        };
        let list = json!({ "number": number, "kind": kind, "size": self.size, "delay": self.delay, "begin": self.begin,
            "inner": self.is_inner, "goesOn": self.goes_on() });
        include_str!("lists/drawn.html").replaced_once("{{list}}", &list.to_string())
    }

    fn drawn_source(&self, number: u64, port: u16) -> (String, Item) {
        let page = match self.kind {
            Kind::NextButton => r#"{ kind = "next", css = "button.next", first = { click = "button.first" } }"#,
            Kind::MoreButton => r#"{ kind = "click", css = "button.more" }"#,
            _ => r#"{ kind = "scroll", idle = "1s" }"#,
        };
        let source = format!(
            "kind = \"markup\"\nwait = \"6s\"\nvisit = \"http://lists.localhost:{port}/{number}/page\"\nready = {{ selector = \
             {{ css = \".product-card\" }} }}\nitems = \".product-card\"\npage = {page}"
        );
        (source, Item::Card)
    }

    fn source(&self, number: u64, port: u16) -> (String, Item) {
        let url = format!("http://lists.localhost:{port}/{number}");
        let (size, html) = (self.size, matches!(self.kind, Kind::PageOfHtml | Kind::NextOfHtml));
        let (query, page) = match self.kind {
            Kind::Page | Kind::PageOfHtml => ("?page=1", r#"{ kind = "page_param", param = "page" }"#.to_owned()),
            Kind::Last => ("?page=1", r#"{ kind = "page_param", param = "page", last = "$.last" }"#.to_owned()),
            Kind::Offset => ("?from=0", format!(r#"{{ kind = "offset", param = "from", size = {size} }}"#)),
            Kind::Cursor => ("?from=0", r#"{ kind = "cursor", path = "$.next", param = "from" }"#.to_owned()),
            Kind::NextPath => ("", r#"{ kind = "next_link", path = "$.link" }"#.to_owned()),
            Kind::NextHeader => ("", r#"{ kind = "next_link", rel = "next" }"#.to_owned()),
            Kind::NextOfHtml => ("", r#"{ kind = "next_link", css = "a.next" }"#.to_owned()),
            Kind::NextButton | Kind::MoreButton | Kind::Endless | Kind::Window => {
                return self.drawn_source(number, port);
            }
        };
        let (held, item) = if html {
            ("html\"\nempty = { selector = { css = \".market-empty\" } }\nitems = \".product-card\"", Item::Card)
        } else {
            ("json\"\nitems = \"$.content[*]\"", Item::Json)
        };
        let source = format!(
            "kind = \"fetch\"\nwait = \"20s\"\nanswer = \"{held}\nrequest = {{ url = \"{url}{query}\" }}\npage = {page}"
        );
        (source, item)
    }
}

type Lists = Arc<Mutex<BTreeMap<u64, List>>>;

#[derive(Deserialize)]
struct Wish {
    page: Option<usize>,
    from: Option<usize>,
}

#[handler]
fn part_of_a_list(Data(lists): Data<&Lists>, Path(number): Path<u64>, Query(wish): Query<Wish>) -> Response {
    let mut lists = lists.lock().unwrap_or_else(PoisonError::into_inner);
    let list = lists.get_mut(&number).expect("a list");
    let wanted = wish.page.map_or(wish.from.unwrap_or(0), |page| (page.max(1) - 1) * list.size);
    let (from, rows) = list.part(wanted);
    if wanted >= list.rows.len() && wanted > 0 && list.behind == Behind::NotFound {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (further, total) = (from + rows.len(), list.rows.len());
    let next = (further < total).then_some(further);
    let link = next.map(|next| format!("/{number}?from={next}"));
    if matches!(list.kind, Kind::PageOfHtml | Kind::NextOfHtml) {
        let mut page = "<!doctype html><title>A list</title>".to_owned();
        if list.says_total {
            let _ = write!(page, "<p class=market-count>{total} things</p>");
        }
        for key in &rows {
            let _ = write!(page, "<div class=product-card data-ucode='{key}'><b class=product-name>{key}</b></div>");
        }
        if rows.is_empty() {
            page.push_str("<p class=market-empty>Nothing</p>");
        }
        if let (Kind::NextOfHtml, Some(link)) = (list.kind, &link) {
            let _ = write!(page, "<a class=next href='{link}'>next</a>");
        }
        return page.with_content_type("text/html; charset=utf-8").into_response();
    }
    let content: Vec<_> = rows.iter().map(|key| json!({ "product": { "ucode": key, "name": key } })).collect();
    let mut said = json!({ "content": content });
    match list.kind {
        Kind::Cursor => said["next"] = json!(next),
        Kind::NextPath => said["link"] = json!(link),
        Kind::Last => said["last"] = json!(next.is_none()),
        _ => {}
    }
    if list.says_total {
        said["totalElements"] = json!(total);
    }
    let answer = poem::web::Json(said).into_response();
    match (list.kind, link) {
        (Kind::NextHeader, Some(link)) => answer.with_header("Link", format!("<{link}>; rel=next")).into_response(),
        _ => answer,
    }
}

/// What a page asks for.
#[handler]
async fn part_for_a_page(Data(lists): Data<&Lists>, Path(number): Path<u64>, Query(wish): Query<Wish>) -> Response {
    let slow = lists.lock().unwrap_or_else(PoisonError::into_inner).get(&number).map_or(0, |list| list.slow);
    tokio::time::sleep(Duration::from_millis(slow)).await;
    let mut lists = lists.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(list) = lists.get_mut(&number) else { return StatusCode::GONE.into_response() };
    if list.failing == Failing::At(list.asked) {
        list.asked += 1;
        list.failing = Failing::Happened;
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let (from, rows) = list.part(wish.from.unwrap_or(0));
    let (further, length) = (from + rows.len(), list.rows.len());
    let next = (further < length).then_some(further);
    let mut said = json!({ "from": from, "rows": rows, "next": next, "length": length });
    if list.says_total {
        said["total"] = json!(length);
    }
    poem::web::Json(said).into_response()
}

#[handler]
fn page_of_a_list(Data(lists): Data<&Lists>, Path(number): Path<u64>) -> Response {
    let lists = lists.lock().unwrap_or_else(PoisonError::into_inner);
    let page = lists.get(&number).expect("a list").page(number);
    page.with_content_type("text/html; charset=utf-8").into_response()
}

async fn serve(lists: &Lists) -> u16 {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
    let port = acceptor.local_addr()[0].as_socket_addr().expect("an address").port();
    let app = Route::new()
        .at("/:number", get(part_of_a_list))
        .at("/:number/part", get(part_for_a_page))
        .at("/:number/page", get(page_of_a_list))
        .data(Arc::clone(lists));
    tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
    port
}

/// Impatient, and with a probe that asks over HTTP.
fn defined((source, item): &(String, Item), port: u16) -> String {
    let text = definition(source, *item).replaced("\"20ms\"", "\"0s\"").replaced("\"1ms\"", "\"0s\"");
    let text = text.replaced_once("max_pages    = 50", "max_pages    = 100");
    let here = format!("navigate        = [\"http://lists.localhost:{port}/**\", ");
    let text = text.replaced_once("navigate        = [", &here);
    let text = text.replaced_once(
        "max_missing = 0.0",
        "max_missing = 0.0, max_shrink = 1.0, total = { path = \"$.totalElements\", css = \".market-count\" }",
    );
    let (begin, end) = (text.find("[probe]").expect("a probe"), text.find("[account]").expect("an account"));
    let probe = format!(
        "[probe]\nfetch = {{ url = \"http://api-market.demo.localhost:4381/v1/me\", {BEARER} }}\nwait = \"20s\"\n\
         logged_in = {{ status = [200] }}\nlogged_out = {{ status = [401] }}\n\n"
    );
    format!("{}{probe}{}", &text[..begin], &text[end..])
}

#[derive(Debug, Default)]
struct Tally {
    complete: u32,
    not_complete: u32,
    /// Of these, so many lack something.
    lacking: u32,
    failed: u32,
    /// Something came or went, and a run that is called complete lacks what was there throughout: the place of what went before it was
    /// taken by what was read already.
    unseen: u32,
}

async fn a_list_made_by_chance_is_read_whole_or_not_called_complete() {
    let tally = read_lists(&KINDS, how_many("STAYLOGGED_LISTS", 100)).await;
    assert!(tally.complete > 0 && tally.not_complete > 0, "{tally:?}");
}

async fn a_list_that_a_page_draws_is_read_whole_or_not_called_complete() {
    let tally = read_lists(&DRAWN, how_many("STAYLOGGED_DRAWN_LISTS", 4)).await;
    assert!(tally.complete + tally.not_complete > 0, "{tally:?}");
}

fn how_many(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |count| count.parse().expect("a number"))
}

/// So many lists of these kinds, of each kind about as many.
async fn read_lists(kinds: &[Kind], count: u64) -> Tally {
    let mut dice = Dice::seeded();
    println!("STAYLOGGED_SEED={}, {count} lists", dice.0);
    let lists = Lists::default();
    let port = serve(&lists).await;
    let first = List::by_chance(0, kinds[0], &mut Dice(0)).source(0, port);
    let home = SavedSession::with_definition(&defined(&first, port)).await;
    let mut tally = Tally::default();
    for (number, kind) in (0..count).zip(kinds.iter().cycle()) {
        let list = List::by_chance(number, *kind, &mut dice);
        let source = list.source(number, port);
        let what = format!("{list:?}");
        lists.lock().unwrap_or_else(PoisonError::into_inner).insert(number, list);
        let run = home.scrape(&home.scraper_with(&defined(&source, port)), "products").await;
        let found: BTreeSet<String> = home.records(&run).await.into_iter().map(|(key, _)| key).collect();
        let list = lists.lock().unwrap_or_else(PoisonError::into_inner).remove(&number).expect("the list");
        tally.judge(&list, &run, &found, &what);
    }
    println!("{tally:?}");
    home.end().await;
    tally
}

impl Tally {
    fn judge(&mut self, list: &List, run: &Run, found: &BTreeSet<String>, what: &str) {
        assert!(found.is_subset(&list.ever), "{what}: {run:?}");
        let is_still = !list.has_changed;
        match run.outcome {
            Some(Outcome::Ok) if run.complete => {
                self.complete += 1;
                assert!(run.list_end.is_some_and(ListEnd::is_proof), "{what}: {run:?}");
                if is_still {
                    assert_eq!(*found, list.ever, "{what}: {run:?}");
                } else if !list.throughout.is_subset(found) {
                    // A total that stays the same, or none, shows nothing of it.
                    self.unseen += 1;
                }
            }
            Some(Outcome::Ok) => {
                self.not_complete += 1;
                let message = run.message.as_deref().unwrap_or_default();
                assert!(
                    message.contains("The site says") || message.contains("may") || message.contains("changed"),
                    "{what}: {run:?}"
                );
                assert!(!is_still || !list.is_to_be_complete(), "its end was there to be seen: {what}: {run:?}");
                self.lacking += u32::from(!list.throughout.is_subset(found));
            }
            // A page behind the last one that is not found, or that a button leads to and that never comes: nothing is said of the list.
            _ => {
                self.failed += 1;
                let never_comes = match list.kind {
                    // The same page again: nobody can tell that from one that does not come.
                    _ if list.failing == Failing::Happened => true,
                    Kind::NextButton => {
                        list.behind == Behind::TheLastPage || list.goes_on() && list.rows.len() <= list.size
                    }
                    _ => list.behind == Behind::NotFound,
                };
                assert!(!run.complete && never_comes, "{what}: {run:?}");
            }
        }
    }
}
