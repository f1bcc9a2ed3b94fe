//! Records from answers to our own requests: over HTTP with the session, or from inside a page.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use super::{
    completeness::Body,
    ending::{Halt, TOO_DEEP},
    extraction::{self, Extracted},
    reading::{Further, Keeps, Reading},
    run::Keeping,
    visit::{Errand, Found, REFUSALS, Standing, Visit},
};
use crate::{
    browser::{Page, PageAsk},
    domain::{
        ListEnd, OriginState, StorageState, Timestamp, json,
        rule::{Needs, Observation, Truth, Verdict},
        session::StorageEntry,
    },
    providers::{
        Answer, Fetch, FetchAnswer, Paging, Request, Said, StateValue, Step, Turn, Visible, is_html, leads_on, observe,
    },
    sessions::{AskError, Asking, Heard, prepared},
};

/// Who asks.
enum Line<'a> {
    /// The session itself; and whether items prove that it works.
    Http(&'a Asking, Proof),
    /// A page in a browser that holds the session.
    Page(&'a dyn Page, &'a Observation),
}

impl Line<'_> {
    async fn ask(&self, request: &Request, step: &Step<'_>, within: Duration) -> Result<Heard, Halt> {
        match self {
            Self::Http(asking, _) => Ok(asking.ask(request, step, within).await?),
            Self::Page(page, seen) => {
                let mut attributes = BTreeMap::new();
                for value in request.bearer.iter().chain(request.headers_from.iter().map(|(_, value)| value)) {
                    if let StateValue::Element { css, attr } = value {
                        let key = (css.as_str().to_owned(), attr.clone());
                        attributes.insert(key, page.attribute(css.as_str(), attr).await?);
                    }
                }
                let state = state_of(seen);
                let (headers, call) = prepared(request, step, |value| match value {
                    StateValue::Element { css, attr } => {
                        attributes.get(&(css.as_str().to_owned(), attr.clone())).cloned().flatten()
                    }
                    held => held.in_session(&state),
                })?;
                let (method, url) = (call.method, call.url);
                let ask = PageAsk { method: method.clone(), url, headers, body: call.body };
                let heard = page.ask(&ask, within).await?;
                let (url, status, body) = (heard.url, heard.status, heard.body);
                let answer = Answer { url, method, status, body };
                Ok(Heard { answer, retry_after: heard.retry_after, link: heard.link })
            }
        }
    }

    fn seen(&self, heard: &Heard, needs: &Needs) -> Observation {
        match self {
            Self::Http(asking, _) => asking.seen(&heard.answer, needs),
            Self::Page(..) => observe(&heard.answer, needs, Visible::Unknown),
        }
    }
}

impl From<AskError> for Halt {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Fetch(error) => Self::NotShown(error.to_string()),
            // A token that is not there is one that the site took away, or that it gives at the next visit.
            AskError::Lacks(_) => Self::LoggedOut(error.to_string()),
            AskError::NoAddress | AskError::Elsewhere(_) => Self::Drift(error.to_string()),
        }
    }
}

/// What items say of the session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// That it works: without one there are none.
    Items,
    /// Nothing: the site may show them to everybody.
    MarksAlone,
}

/// Reads a source over HTTP, to its end; what rotates on the way is kept.
pub(super) async fn read(
    errand: Errand<'_>,
    (asking, proof): (&Asking, Proof),
    found: &mut Found,
    standing: &mut Standing,
    fetch: &Fetch,
    keeping: Option<&mut Keeping<'_>>,
) -> Result<(), Halt> {
    let mut reading = Reading::new(errand, found, true);
    follow(&mut reading, &Line::Http(asking, proof), standing, fetch, keeping).await
}

impl Visit<'_, '_> {
    /// Lets the page itself ask: it knows what only a page knows.
    pub(super) async fn ask_in_page(&mut self, page: &dyn Page, fetch: &Fetch) -> Result<(), Halt> {
        // What the page's scripts have to say, they say before they are logged in.
        self.await_logged_in().await?;
        let seen = self.look_at_everything().await?;
        let (reading, standing) = self.parts();
        follow(reading, &Line::Page(page, &seen), standing, fetch, None).await
    }
}

async fn follow(
    reading: &mut Reading<'_>,
    line: &Line<'_>,
    standing: &mut Standing,
    fetch: &Fetch,
    keeping: Option<&mut Keeping<'_>>,
) -> Result<(), Halt> {
    let needs = needs_of(reading.errand, fetch);
    if !reading.was_at_end() {
        read_on(reading, line, standing, fetch, &needs, keeping).await?;
    }
    let (list, found) = (&reading.found.list, reading.found.keys.len());
    let is_end_seen = list.judge(found).end.is_some_and(ListEnd::is_proof);
    let is_decisive = is_end_seen || list.is_ambiguous(found);
    if matches!(reading.errand.keeps, Keeps::Run { .. }) && is_decisive && reading.read > 1 {
        first_page_again(reading, line, fetch, &needs).await;
    }
    Ok(())
}

/// Asks for one page after the other, from where the source was put down.
async fn read_on(
    reading: &mut Reading<'_>,
    line: &Line<'_>,
    standing: &mut Standing,
    fetch: &Fetch,
    needs: &Needs,
    mut keeping: Option<&mut Keeping<'_>>,
) -> Result<(), Halt> {
    let Errand { paces, clock, provider, source, .. } = reading.errand;
    let mut step = match reading.put_down_at() {
        Some(next) => resumed(next, &source.paging).unwrap_or_else(|| source.paging.begin()),
        None => source.paging.begin(),
    };
    let mut was_asked_again = false;
    loop {
        let permit = paces.wait(provider).await;
        let heard = line.ask(&fetch.request, &step, source.wait).await?;
        drop(permit);
        let wait = heard.retry_after.as_deref().and_then(|text| retry_after(text, moment(clock.now())));
        let seen = line.seen(&heard, needs);
        let sighting = provider.judge_answer(source, &seen, is_html(&heard.answer.body));
        if let Some(why) = source.partial_because(&seen) {
            reading.found.list.partial.get_or_insert(why);
        }
        let status = heard.answer.status;
        let is_retried = provider.politeness.retry.on.contains(&status);
        match sighting.verdict {
            Verdict::Blocked => return Err(Halt::Blocked { why: sighting.reason(), wait, is_retried }),
            Verdict::LoggedOut => {
                standing.is_logged_in = false;
                return Err(Halt::LoggedOut(sighting.reason()));
            }
            Verdict::LoggedIn => *standing = Standing { was_logged_in: true, is_logged_in: true },
            Verdict::Unknown => {}
        }
        if !fetch.expects(status) {
            let host = heard.answer.url.host_str().unwrap_or("the site").to_owned();
            let why = format!("{host} answered with {status}");
            return Err(match status {
                refusal if REFUSALS.contains(&refusal) => Halt::Blocked { why, wait, is_retried },
                // Not a mark that the definition knows, but nobody would call it anything else.
                401 => Halt::LoggedOut(why),
                _ if is_retried => Halt::NotShown(why),
                _ => Halt::Answered(why),
            });
        }
        // Behind the last of numbered pages there may be one without anything, which nobody thought of giving a mark. One to which
        // the site itself has led has something.
        let is_promised = reading.read == 0 || matches!(step.turn, Turn::At(_));
        let Items { extracted, json, is_not_said } = items_of(reading.errand, fetch, &heard, &seen, is_promised)?;
        // A page without anything ends a list: a site that has failed to look for one of a moment gives one, too.
        if extracted.items == 0 && reading.read > 0 && !was_asked_again {
            was_asked_again = true;
            continue;
        }
        let body = &heard.answer.body;
        let base = &heard.answer.url;
        let has_mark = sighting.verdict == Verdict::LoggedIn;
        if let Line::Http(asking, proof) = line {
            standing.is_logged_in = match proof {
                Proof::Items => standing.is_logged_in || extracted.items > 0,
                // Each answer stands for itself: the site may have ended the session since the one before.
                Proof::MarksAlone => has_mark,
            };
            if let (Some(keeping), true) = (keeping.as_deref_mut(), has_mark || extracted.items > 0) {
                keeping.save_what_rotated(asking, standing.is_logged_in).await;
            }
        }
        let links: Vec<String> = heard.link.iter().cloned().collect();
        let items_read = reading.found.list.items + u64::try_from(extracted.items).unwrap_or(u64::MAX);
        let said = Said { url: base, json: json.as_ref(), html: json.is_none().then_some(body), links: &links };
        let next = source.paging.further(reading.read + 1, items_read, said);
        let is_last = json
            .as_ref()
            .zip(source.last.as_ref())
            .is_some_and(|(json, last)| last.first(json).is_some_and(|last| last == true));
        let end = if is_last { Some(ListEnd::Last) } else { next.is_none().then(|| source.paging.end()) };
        let end = end.or_else(|| is_not_said.then_some(ListEnd::NoNewKeys));
        let further = next.as_ref().and_then(|step| {
            let is_given = matches!(step.turn, Turn::At(_) | Turn::Cursor(_));
            Some(Further { turn: serde_json::to_string(&step.turn).ok()?, is_given })
        });
        if reading.read == 0 && next.is_none() && source.paging.leads_nowhere(said) {
            reading.found.list.note_failure(NO_ADDRESS.to_owned());
        }
        if matches!(source.paging, Paging::Single) && leads_on(&links, base) {
            reading.found.list.note_link();
        }
        let held = json.as_ref().map_or(Body::Html(body), Body::Json);
        let is_further = reading.keep(extracted, held, end, further).await?;
        match next {
            Some(further) if is_further => step = further,
            _ => break,
        }
    }
    Ok(())
}

/// Why a list is not taken to end where what leads on has no address.
pub(super) const NO_ADDRESS: &str = "what should lead to the next page has no address";

/// Asks for the first page once more: where it has other records by now, some may have passed unseen between two pages. An answer
/// that cannot be used says nothing.
async fn first_page_again(reading: &mut Reading<'_>, line: &Line<'_>, fetch: &Fetch, needs: &Needs) {
    let Errand { paces, clock, provider, source, .. } = reading.errand;
    let permit = paces.wait(provider).await;
    let heard = line.ask(&fetch.request, &source.paging.begin(), source.wait).await;
    drop(permit);
    let Ok(heard) = heard else { return };
    if let Some(wait) = heard.retry_after.as_deref().and_then(|text| retry_after(text, moment(clock.now()))) {
        paces.leave_alone(provider, wait);
    }
    let seen = line.seen(&heard, needs);
    let verdict = provider.judge_answer(source, &seen, is_html(&heard.answer.body)).verdict;
    if matches!(verdict, Verdict::Blocked | Verdict::LoggedOut) || !fetch.expects(heard.answer.status) {
        return;
    }
    if let Ok(Items { extracted, .. }) = items_of(reading.errand, fetch, &heard, &seen, false) {
        reading.found.list.first_again(&extracted);
    }
}

/// What an answer holds.
struct Items {
    extracted: Extracted,
    /// Its JSON, where it is that.
    json: Option<Value>,
    /// There is nothing in it, although the definition knows how the site says so, and it does not: perhaps something went wrong there.
    is_not_said: bool,
}

/// The items of an answer. `is_promised`: there are some, unless it says that there are none.
fn items_of(
    errand: Errand<'_>,
    fetch: &Fetch,
    heard: &Heard,
    seen: &Observation,
    is_promised: bool,
) -> Result<Items, Halt> {
    let Errand { stream, source, .. } = errand;
    let Answer { body, url: base, .. } = &heard.answer;
    match &fetch.answer {
        FetchAnswer::Json { items } => {
            let Ok(json) = json::read(body) else {
                return Err(Halt::Drift(format!("the answer at {} is no JSON", path_of(base))));
            };
            let extracted = extraction::from_json(stream, &source.fields, items, &json, base);
            let extracted = extracted
                .ok_or_else(|| Halt::Drift(format!("the answer at {} has no list of items", path_of(base))))?;
            if extracted.items == 0 && says_error(&json) {
                return Err(Halt::NotShown(format!(
                    "the answer at {} has no items, and says that something failed",
                    path_of(base)
                )));
            }
            Ok(Items { extracted, json: Some(json), is_not_said: false })
        }
        FetchAnswer::Html { empty, items } => {
            if !is_html(body) {
                return Err(Halt::Drift(format!("the answer at {} is no page", path_of(base))));
            }
            let extracted = extraction::from_html(stream, &source.fields, items, body, base)
                .ok_or_else(|| Halt::Drift(format!("the page at {} is {TOO_DEEP}", path_of(base))))?;
            let says_empty = empty.as_ref().is_some_and(|empty| empty.judge(seen).truth == Truth::True);
            if extracted.items == 0 && !says_empty && is_promised {
                return Err(Halt::Drift(format!("no element of the page at {} is an item", path_of(base))));
            }
            let is_not_said = extracted.items == 0 && empty.is_some() && !says_empty;
            Ok(Items { extracted, json: None, is_not_said })
        }
    }
}

/// Whether an answer speaks of an error beside what it has: GraphQL's `errors`, and those of others.
fn says_error(json: &Value) -> bool {
    ["error", "errors"].iter().filter_map(|name| json.get(name)).any(|said| match said {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) => true,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(all) => !all.is_empty(),
        Value::Object(all) => !all.is_empty(),
    })
}

fn needs_of(errand: Errand<'_>, fetch: &Fetch) -> Needs {
    let empty = match &fetch.answer {
        FetchAnswer::Html { empty, .. } => empty.as_ref(),
        FetchAnswer::Json { .. } => None,
    };
    errand.source.rules().chain(empty).fold(errand.provider.probe.needs(), |needs, rule| needs.and(rule.needs()))
}

/// The step at which a run was put down.
fn resumed<'p>(next: &str, paging: &'p Paging) -> Option<Step<'p>> {
    let turn: Turn = serde_json::from_str(next).ok()?;
    let slot = if matches!(turn, Turn::At(_)) { None } else { paging.begin().slot };
    Some(Step { turn, slot })
}

/// Whoever asks for more is not believed: a moment so far away cannot even be named.
const LONGEST_WAIT: Duration = Duration::from_hours(24 * 30);

/// How long `Retry-After` asks one to wait: seconds, or a date (RFC 9110, 10.2.3).
pub(super) fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    Some(until.duration_since(now).unwrap_or_default().min(LONGEST_WAIT))
}

fn moment(now: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(now.0.unsigned_abs())
}

fn path_of(url: &url::Url) -> String {
    format!("{}{}", url.host_str().unwrap_or("?"), url.path())
}

/// What a page's browser was seen to hold, in the form of a saved session.
fn state_of(seen: &Observation) -> StorageState {
    let mut origins: BTreeMap<&String, OriginState> = BTreeMap::new();
    let listed = |entries: &BTreeMap<String, String>| -> Vec<StorageEntry> {
        entries.iter().map(|(name, value)| StorageEntry { name: name.clone(), value: value.clone() }).collect()
    };
    for (origin, entries) in seen.local_storage.iter().flatten() {
        origins.entry(origin).or_default().local_storage = listed(entries);
    }
    for (origin, entries) in seen.session_storage.iter().flatten() {
        origins.entry(origin).or_default().session_storage = listed(entries);
    }
    let origins = origins.into_iter().map(|(origin, state)| OriginState { origin: origin.clone(), ..state });
    StorageState { cookies: seen.cookies.clone().unwrap_or_default(), origins: origins.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_its_forms() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        assert_eq!(retry_after("120", now), Some(Duration::from_mins(2)));
        assert_eq!(retry_after(" 0 ", now), Some(Duration::ZERO));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO), "long ago");
        assert_eq!(retry_after("18446744073709551615", now), Some(LONGEST_WAIT), "no overflow");
        assert_eq!(retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now), Some(LONGEST_WAIT));
        for nonsense in ["", "soon", "-1", "1.5"] {
            assert_eq!(retry_after(nonsense, now), None, "{nonsense}");
        }
    }
}
