//! The marketplace as the killed program asks it, and what it saw of that.

use std::{fs, path::Path};

use serde_json::Value;
use staylogged::domain::Timestamp;

use crate::support::{replacing::Replacing, saved_session::SavedSession};

const SHIPPED: &str = include_str!("../../../providers/demo-market.toml");
/// The definition's interval.
const INTERVAL_MS: i64 = 60;

/// The same products twice: over HTTP, ten a page, without a browser; and in one, by clicking.
pub fn definition() -> String {
    let (head, streams) = SHIPPED.split_at(SHIPPED.find("# ── products").expect("where the streams begin"));
    let head = head.replaced("\"150ms\"", &format!("\"{INTERVAL_MS}ms\"")).replaced("\"100ms\"", "\"20ms\"");
    let fields =
        streams.find("[streams.fields]").expect("the fields")..streams.find("[[streams.sources]]").expect("a source");
    let fields = &streams[fields];
    let paths = streams.find("[streams.sources.fields]").expect("the paths");
    let paths = &streams[paths..paths + streams[paths..].find("\n\n").expect("an end")];
    let app = "http://app.demo.localhost:4381";
    let bearer = format!(
        "{{ bearer = {{ local_storage = {{ origin = \"{app}\", key = \"oidc.user:*\", json = \"$.access_token\" }} }} }}"
    );
    let stream = |name: &str, source: &str| {
        format!(
            "[[streams]]\nname = \"{name}\"\nkey = [\"ucode\"]\nexpect = {{ min_items = 1, max_missing = 0.0, total = {{ path = \"$.totalElements\" }} }}\n{fields}\n\
             [[streams.sources]]\n{source}\nitems = \"$.content[*]\"\n{paths}\n"
        )
    };
    let over_http = format!(
        "kind = \"fetch\"\nanswer = \"json\"\nwait = \"20s\"\nrequest = {{ url = \
         \"http://api-market.demo.localhost:4381/v1/market/products?page=1&rows=10\", auth = {bearer} }}\n\
         page = {{ kind = \"page_param\", param = \"page\", last = \"$.last\" }}"
    );
    let in_browser = format!(
        "kind = \"capture\"\nwait = \"20s\"\nvisit = \"{app}/market/search?page=1\"\nmatch = {{ url = \
         \"http://api-market.demo.localhost:4381/v*/market/search\", method = \"POST\", status = 200 }}\n\
         page = {{ kind = \"next\", css = \"a.pagination-next\", last = \"$.last\" }}"
    );
    format!("{head}{}{}", stream("products", &over_http), stream("products_in_browser", &in_browser))
}

/// Where `PROVIDERS_DIR` finds it, at the port that the marketplace has.
pub fn write_definition(folder: &Path, port: u16) {
    let text = definition().replaced("localhost:4381", &format!("localhost:{port}"));
    fs::create_dir(folder.join("providers")).expect("a folder");
    fs::write(folder.join("providers/demo-market.toml"), text).expect("a definition");
}

/// An empty log.
pub async fn forget(home: &SavedSession) {
    let url = format!("{}/log", home.market.control_url());
    let answer = crate::support::client().delete(url).send().await.expect("an answer");
    assert!(answer.status().is_success());
}

/// One life of the program in which a run was under way.
#[derive(Debug)]
pub struct Asked {
    /// Just before it was started.
    pub spawned: Timestamp,
    /// Just before it was asked to begin the run; none where it took it up.
    pub begun: Option<Timestamp>,
    /// So many pages were stored when it was started.
    pub stored: u32,
}

/// Each life asks for the pages after those that are stored, each once, before them once without a session, and after the last one
/// for the first one once more; none sooner than the interval allows, counted from its start: what a life
/// asked for before that was still on the way when it was killed, and is the life's before it. Answers how many requests with the
/// session there were, without those once more.
pub async fn must_have_been_polite(home: &SavedSession, lives: &[Asked], pages: u32) -> usize {
    let log = home.control("/log?path=/v1/market/products", None).await;
    let requests: Vec<Requested> = log["requests"].as_array().expect("a list").iter().map(request).collect();
    let first = |life: &Asked| life.begun.map_or(0, |begun| begun.0).max(life.spawned.0 + INTERVAL_MS);
    let (mut rest, mut once_more) = (requests.as_slice(), 0);
    for (n, life) in lives.iter().enumerate() {
        let until = lives.get(n + 1).map_or(i64::MAX, |next| next.spawned.0 + INTERVAL_MS);
        let (here, later) = rest.split_at(rest.iter().take_while(|one| one.at < until).count());
        rest = later;
        let mut next = u64::from(life.stored);
        for (k, Requested { at, page, is_refused }) in here.iter().enumerate() {
            let context = || format!("life {n} of {lives:?}: {here:?}");
            if *is_refused {
                assert_eq!((k, *page), (0, 1), "{}", context());
            } else if next == u64::from(pages) {
                assert_eq!((*page, k + 1), (1, here.len()), "{}", context());
                once_more += 1;
            } else {
                next += 1;
                assert_eq!(*page, next, "{}", context());
            }
            // Two clocks: theirs may differ by a millisecond.
            let k = i64::try_from(k).expect("few");
            assert!(*at + 2 >= first(life) + k * INTERVAL_MS, "request {k} comes too soon in {}", context());
        }
    }
    assert!((1..=lives.len()).contains(&once_more), "{lives:?}");
    let with_session = requests.iter().filter(|one| !one.is_refused).count() - once_more;
    let most = pages as usize + lives.len() - 1;
    assert!((pages as usize..=most).contains(&with_session), "{with_session} requests in {lives:?}");
    with_session
}

/// One request for a page.
#[derive(Debug)]
struct Requested {
    at: i64,
    page: u64,
    /// It came without a session.
    is_refused: bool,
}

fn request(one: &Value) -> Requested {
    let at = Timestamp::parse(one["at"].as_str().expect("a moment")).expect("a moment").0;
    Requested { at, page: one["page"].as_u64().expect("a page"), is_refused: one["status"] == 401 }
}
