//! Looking at a context: its cookies, and one evaluation in each page that is asked about.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use playwright_rs::{
    protocol::{Frame, Page},
    server::channel_owner::ChannelOwner,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    BrowserError, Wanted,
    context::Shared,
    guard::Guard,
    state::{MARK, cookie},
};
use crate::domain::rule::{ElementQuery, Observation};

const SCRIPT: &str = include_str!("observe.js");

/// A page that does not answer in this time (it computes, or loads) is one that could not be looked at.
const ANSWER: Duration = Duration::from_secs(3);

#[derive(Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the questions are independent of each other")]
struct Ask {
    title: bool,
    text: bool,
    local: bool,
    session: bool,
    elements: BTreeSet<ElementQuery>,
    mark: &'static str,
}

#[derive(Deserialize)]
struct Seen {
    origin: String,
    title: Option<String>,
    text: Option<String>,
    local: Option<Vec<(String, String)>>,
    session: Option<Vec<(String, String)>>,
    elements: Vec<Option<bool>>,
}

type Stores = BTreeMap<String, BTreeMap<String, String>>;

/// Looks at what is wanted. What could not be looked at is absent; only a lost browser is an error.
pub(super) async fn observe(shared: &Shared, wanted: &Wanted) -> Result<Observation, BrowserError> {
    let mut seen = Observation { responses: Some(shared.responses.all()), ..Observation::default() };
    if wanted.cookies {
        let context = shared.context.clone();
        let cookies = shared.guard.call("reading cookies", ANSWER, async move { context.cookies(None).await }).await;
        seen.cookies = usable(cookies)?.map(|cookies| cookies.into_iter().map(cookie).collect());
    }
    let tabs = shared.tabs.all();
    let (mut local, mut session) = (None, None);
    for (place, tab) in tabs.iter().enumerate() {
        let is_front = place == 0;
        let ask = Ask {
            title: is_front && wanted.title,
            text: is_front && wanted.text,
            local: wanted.local_storage,
            session: wanted.session_storage,
            elements: if is_front { wanted.elements.clone() } else { BTreeSet::new() },
            mark: MARK,
        };
        if is_front {
            seen.url = Url::parse(&tab.page.url()).ok();
            seen.status = shared.tabs.status(tab.id);
        }
        if !(ask.title || ask.text || ask.local || ask.session || !ask.elements.is_empty()) {
            continue;
        }
        let page = tab.page.clone();
        let main = shared.guard.call("reaching a page", ANSWER, async move { page.main_frame().await }).await;
        let Some(main) = usable(main)? else { continue };
        let Some(page) = usable(look(&shared.guard, &main, &ask).await)? else { continue };
        if is_front {
            if let Some(title) = &page.title {
                shared.tabs.titled(tab.page.guid(), title.clone());
            }
            seen.title = page.title;
            seen.text = page.text;
            seen.elements =
                ask.elements.into_iter().zip(page.elements).filter_map(|(el, is)| Some((el, is?))).collect();
        }
        add(&mut local, &page.origin, page.local);
        add(&mut session, &page.origin, page.session);
    }
    seen.local_storage = local;
    seen.session_storage = session;
    Ok(seen)
}

/// The sessionStorage of a frame, with its origin.
pub(super) async fn session_storage(
    guard: &Guard,
    frame: &Frame,
) -> Result<Option<(String, Vec<(String, String)>)>, BrowserError> {
    let ask = Ask { title: false, text: false, local: false, session: true, elements: BTreeSet::new(), mark: MARK };
    let seen = usable(look(guard, frame, &ask).await)?;
    Ok(seen.and_then(|seen| Some((seen.origin, seen.session?))))
}

/// Whether an element is on a page; none when the selector is none.
pub(super) async fn has(guard: &Guard, page: &Page, element: &ElementQuery) -> Result<Option<bool>, BrowserError> {
    let elements = BTreeSet::from([element.clone()]);
    let ask = Ask { title: false, text: false, local: false, session: false, elements, mark: MARK };
    let page = page.clone();
    let main = guard.call("reaching a page", ANSWER, async move { page.main_frame().await }).await?;
    Ok(look(guard, &main, &ask).await?.elements.first().copied().flatten())
}

/// Evaluates in a frame; once more when a navigation took the page away in the middle.
async fn look(guard: &Guard, frame: &Frame, ask: &Ask) -> Result<Seen, BrowserError> {
    let mut tries = 0;
    loop {
        let (frame, ask) = (frame.clone(), ask.clone());
        let looked = guard
            .call("looking at a page", ANSWER, async move {
                let value = frame.evaluate(SCRIPT, Some(&ask)).await?;
                serde_json::from_value::<Seen>(value).map_err(playwright_rs::Error::from)
            })
            .await;
        tries += 1;
        match looked {
            Err(BrowserError::Refused(why)) if tries < 3 && why.contains("ontext") => {}
            other => return other,
        }
    }
}

/// The first look at an origin wins: the page in front is looked at first.
fn add(stores: &mut Option<Stores>, origin: &str, entries: Option<Vec<(String, String)>>) {
    if let Some(entries) = entries {
        stores
            .get_or_insert_with(BTreeMap::new)
            .entry(origin.to_owned())
            .or_insert_with(|| entries.into_iter().collect());
    }
}

/// A page that refuses or takes too long could not be looked at; a lost browser is an error.
fn usable<T>(looked: Result<T, BrowserError>) -> Result<Option<T>, BrowserError> {
    match looked {
        Ok(seen) => Ok(Some(seen)),
        Err(lost @ BrowserError::Lost(_)) => Err(lost),
        Err(_) => Ok(None),
    }
}
