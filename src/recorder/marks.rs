//! What tells somebody who is logged in from somebody who is not.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::{
    Nothing, Recording, Visit,
    addresses::{glob, is_of, origin},
    credentials::{self, steady},
    json_list::List,
    json_of, member, quoted, snake_of,
};
use crate::domain::{
    Cookie, Exchange,
    rule::{ElementQuery, JsonPath},
};

/// What a page shows to somebody who is to log in.
const LOG_IN: [&str; 5] = [
    "input[type=password]",
    "input[autocomplete~=username]",
    "form[action*=login i] input",
    "form[action*=signin i] input",
    "form input[type=email]",
];
/// What a page shows to somebody who is logged in.
const LOG_OUT: [&str; 10] = [
    "a[href*=logout i]",
    "a[href*=log-out i]",
    "a[href*=signout i]",
    "a[href*=sign-out i]",
    "a[href*=sign_out i]",
    "form[action*=logout i]",
    "form[action*=signout i]",
    "form[action*=sign_out i]",
    "[data-testid*=logout i]",
    "[class*=logout i]",
];
/// How cookies of a session are often called.
const SESSION: [&str; 7] = ["sess", "sid", "auth", "token", "login", "remember", "user"];
/// Cookies that count visitors.
const COUNTING: [&str; 14] = [
    "_ga*",
    "_gid",
    "_gat*",
    "_gcl*",
    "_fbp",
    "_fbc",
    "_hj*",
    "_clck",
    "_clsk",
    "ajs_*",
    "amplitude*",
    "mp_*",
    "_pk_*",
    "__utm*",
];

/// A shorter id may be any number.
const SHORT: usize = 4;
/// What is longer than this is found within other words, too.
const LONG: usize = 5;
/// Cookies of those who keep robots out, who share out load or who ask for consent, in small letters: how they begin.
const NO_SESSION: [&str; 9] = ["cf_", "__cf", "_ga", "optanon", "incap_", "visid_incap", "ak_bmsc", "bm_", "awsalb"];
/// What is in the name of a cookie that says to what somebody agreed.
const CONSENT: [&str; 5] = ["consent", "gdpr", "cookielaw", "didomi", "privacy"];

/// The elements that a recorder looks for on each page.
#[must_use]
pub fn looked_for() -> BTreeSet<ElementQuery> {
    let query = |css: &str, visible| ElementQuery { css: css.into(), visible };
    LOG_IN.iter().map(|css| query(css, true)).chain(LOG_OUT.iter().map(|css| query(css, false))).collect()
}

/// A rule, and from what it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// TOML: one thing to look at, `url = "…"`.
    pub toml: String,
    /// From what it comes.
    pub why: String,
}

fn mark(toml: String, why: impl Into<String>) -> Mark {
    Mark { toml, why: why.into() }
}

/// The answer that says whose account it is.
#[derive(Debug, Clone)]
pub(super) struct Identity<'a> {
    /// It.
    pub answer: &'a Exchange,
    /// The path to the site's id.
    pub id: String,
    /// The path to what a person recognises.
    pub label: String,
}

impl Identity<'_> {
    /// Whether a request, as it would be written, holds the account's id or what its owner is called.
    pub fn is_named_by(&self, lines: &[String], url: &Url) -> bool {
        let json = json_of(self.answer.body.as_ref()).unwrap_or_default();
        let at = |path: &str| match JsonPath::parse(path).ok()?.first(&json)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let asked = url.query_pairs().map(|(_, value)| value.into_owned());
        let texts: Vec<String> = lines.iter().cloned().chain(asked).collect();
        let is_part = |id: &str| {
            let mut parts =
                texts.iter().flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || "._@-".contains(c))));
            id.len() >= SHORT && parts.any(|part| part == id)
        };
        let is_within = |name: &str| name.len() > LONG && texts.iter().any(|text| text.contains(name));
        let (id, label) = (at(&self.id), at(&self.label));
        id.as_deref().is_some_and(is_part) || id.iter().chain(&label).any(|name| is_within(name))
    }
}

/// All marks.
#[derive(Debug, Clone)]
pub(super) struct Marks<'a> {
    /// Of the login: all of these hold.
    pub login: Vec<Mark>,
    /// Of the probe: this holds.
    pub logged_in: Mark,
    /// Of the probe: one of these holds.
    pub logged_out: Vec<Mark>,
    /// It may hold of somebody logged in, too, to whom the site refuses something.
    pub refuses_anybody: bool,
    /// Whose account it is.
    pub identity: Option<Identity<'a>>,
    /// A rule looks into sessionStorage.
    pub needs_session_storage: bool,
    /// Cookies that are there and only count visitors.
    pub counting: Vec<&'static str>,
}

/// Finds the marks of a recording.
pub(super) fn marks<'a>(
    recording: &'a Recording,
    list: Option<&List<'a>>,
    sites: &BTreeSet<String>,
) -> Result<Marks<'a>, Nothing> {
    let Recording { logged_in, logged_out, .. } = recording;
    let identity = identity(logged_in, logged_out, list);
    let seen = elements(logged_in, logged_out, &LOG_OUT);
    let logged_in_mark = answered(identity.as_ref(), list, logged_out).or_else(|| {
        seen.first().map(|css| {
            mark(
                format!("selector = {{ css = {} }}", quoted(css)),
                "on the page of somebody logged in, and on no other",
            )
        })
    });
    let form = elements(logged_out, logged_in, &LOG_IN);
    let out = out_marks(recording, &form);
    let (Some(logged_in_mark), false) = (logged_in_mark, out.is_empty()) else {
        return Err(Nothing::NoMark(recording.list.host_str().unwrap_or_default().to_owned()));
    };
    let refuses_anybody = out.iter().all(|one| one.toml.starts_with("title") || one.toml.contains("status = 403"));
    let mut login = vec![mark(
        format!("url = {}", quoted(&format!("{}/**", origin(&recording.list)))),
        "the site of the list, where the login ended",
    )];
    let mut needs_session_storage = false;
    if let Some(cookie) = cookie(recording) {
        let domain = cookie.domain.trim_start_matches('.');
        let toml = format!("cookie = {{ name = {}, domain = {} }}", quoted(&steady(&cookie.name)), quoted(domain));
        login.push(mark(toml, "a cookie that was set by the login, and is not there without it"));
    }
    if let Some(token) = token(logged_in, sites) {
        needs_session_storage = token.in_session_storage;
        login.push(mark(token.toml.clone(), format!("{} came with the login", token.words)));
    }
    if let Some(css) = form.first() {
        let toml = format!("not = {{ selector = {{ css = {}, visible = true }} }}", quoted(css));
        login.push(mark(toml, "the form is gone"));
    }
    if login.len() == 1
        && let Some(css) = seen.first()
    {
        login.push(mark(format!("selector = {{ css = {} }}", quoted(css)), "only somebody logged in is shown this"));
    }
    let is_there = |glob: &&str| {
        let pattern = glob.trim_end_matches('*');
        logged_in
            .cookies
            .iter()
            .any(|cookie| if glob.ends_with('*') { cookie.name.starts_with(pattern) } else { cookie.name == pattern })
    };
    let counting = COUNTING.iter().filter(|glob| is_there(glob)).copied().collect();
    Ok(Marks {
        login,
        logged_in: logged_in_mark,
        logged_out: out,
        refuses_anybody,
        identity,
        needs_session_storage,
        counting,
    })
}

/// An answer that only somebody logged in gets.
fn answered(identity: Option<&Identity<'_>>, list: Option<&List<'_>>, logged_out: &Visit) -> Option<Mark> {
    if let Some(Identity { answer, id, .. }) = identity {
        let toml = response(answer, Some(id));
        return Some(mark(toml, "this answer says whose account it is; without the login it did not come"));
    }
    let list = list?;
    let got_it = |path: &&String| logged_out.exchanges.iter().any(|one| is_such(one, list.answer) && finds(one, path));
    // An account without records is logged in, too: the list alone has to do, unless everybody gets an empty one.
    let path = [list.whole(), list.first()].into_iter().find(|path| !got_it(&path))?;
    Some(mark(response(list.answer, Some(&path)), "the list in its own answer; without the login it did not come"))
}

/// A rule on an answer.
fn response(answer: &Exchange, json: Option<&str>) -> String {
    format!("response = {}", response_table(answer, json))
}

/// The table that says the same for a place where something is read.
pub(super) fn response_table(answer: &Exchange, json: Option<&str>) -> String {
    let json = match json {
        None => String::new(),
        // Every JSON has a root.
        Some("$") => format!(", body = {}", quoted(r"^\s*\[")),
        Some(path) => format!(", json = {}", quoted(path)),
    };
    let (url, method) = (quoted(&glob(&answer.url)), quoted(&answer.method));
    format!("{{ url = {url}, method = {method}, status = {}{json} }}", answer.status)
}

/// The answers that hold a list: that address may answer something else as well, as that of a GraphQL does.
pub(super) fn list_table(list: &List<'_>, recording: &Recording) -> String {
    let Recording { person, logged_in, logged_out, .. } = recording;
    let whole = list.whole();
    let mut all = person.iter().chain(&logged_in.exchanges).chain(&logged_out.exchanges);
    let differs = all.any(|one| is_such(one, list.answer) && one.body.is_some() && !finds(one, &whole));
    response_table(list.answer, differs.then_some(whole.as_str()))
}

/// Whether a rule that looks for that path holds of an answer.
fn finds(one: &Exchange, path: &str) -> bool {
    let path = JsonPath::parse(path);
    json_of(one.body.as_ref())
        .zip(path.ok())
        .is_some_and(|(json, path)| if path.as_str() == "$" { json.is_array() } else { path.finds(&json) })
}

/// Whether a rule could tell two answers apart by what is in them alone.
fn is_such(one: &Exchange, other: &Exchange) -> bool {
    same_endpoint(one, other) && one.status == other.status
}

pub(super) fn same_endpoint(one: &Exchange, other: &Exchange) -> bool {
    one.method == other.method && glob(&one.url) == glob(&other.url)
}

fn identity<'a>(logged_in: &'a Visit, logged_out: &Visit, list: Option<&List<'_>>) -> Option<Identity<'a>> {
    let found =
        logged_in.exchanges.iter().filter(|one| one.kind != "document" && one.status == 200).filter_map(|answer| {
            if list.is_some_and(|list| same_endpoint(answer, list.answer)) {
                return None;
            }
            let json = json_of(answer.body.as_ref())?;
            let (worth, id, label) = who(&json, "$", 0)?;
            let to_all = logged_out.exchanges.iter().any(|one| {
                same_endpoint(one, answer)
                    && one.status == 200
                    && json_of(one.body.as_ref()).is_some_and(|json| who(&json, "$", 0).is_some())
            });
            (!to_all).then_some((worth, Identity { answer, id, label }))
        });
    found.max_by_key(|(worth, _)| *worth).map(|(_, identity)| identity)
}

/// An object with an id and a name that a person recognises: how sure that is, and where they are.
fn who(json: &Value, path: &str, depth: usize) -> Option<(u8, String, String)> {
    const IDS: [&str; 8] = ["id", "sub", "user_id", "uuid", "uid", "account_id", "ucode", "_id"];
    const LABELS: [&str; 8] =
        ["email", "email_address", "username", "user_name", "login", "preferred_username", "display_name", "name"];
    let object = json.as_object()?;
    let member_of = |names: &[&str]| {
        names.iter().enumerate().find_map(|(rank, name)| {
            let (key, _) = object.iter().find(|(key, value)| {
                snake_of(key) == name.trim_start_matches('_')
                    && (value.is_number() || value.as_str().is_some_and(|text| !text.is_empty()))
            })?;
            Some((rank, member(path, key)))
        })
    };
    if let (Some((_, id)), Some((rank, label))) = (member_of(&IDS), member_of(&LABELS)) {
        // An e-mail address is somebody's; a name may be anything's.
        let worth = if rank < 2 {
            3
        } else if rank < 6 {
            2
        } else {
            1
        };
        return Some((worth, id, label));
    }
    if depth == 3 {
        return None;
    }
    let inner = object.iter().filter_map(|(name, inner)| who(inner, &member(path, name), depth + 1));
    inner.max_by_key(|(worth, _, _)| *worth)
}

/// Those that are on the one page and not on the other.
fn elements(here: &Visit, there: &Visit, all: &[&'static str]) -> Vec<&'static str> {
    let on = |visit: &Visit, css: &str| visit.elements.iter().any(|(query, is)| query.css == css && *is);
    all.iter().filter(|css| on(here, css) && !on(there, css)).copied().collect()
}

fn out_marks(recording: &Recording, form: &[&'static str]) -> Vec<Mark> {
    let Recording { logged_in, logged_out, list, .. } = recording;
    let mut marks = Vec::new();
    let (to, at) = (glob(&logged_out.url), glob(&logged_in.url));
    if to != at {
        marks.push(mark(
            format!("url = {}", quoted(&to)),
            format!("where {} sends somebody who is not logged in", list.host_str().unwrap_or_default()),
        ));
    }
    if let Some(css) = form.first() {
        marks.push(mark(format!("selector = {{ css = {}, visible = true }}", quoted(css)), "the form to log in"));
    }
    if marks.is_empty() {
        let refused = logged_out.exchanges.iter().filter(|one| {
            matches!(one.status, 401 | 403)
                && logged_in.exchanges.iter().any(|other| same_endpoint(one, other) && other.status == 200)
        });
        // A 401 is for nobody; a 403 may be for somebody, too (RFC 9110, 15.5.2 and 15.5.4).
        if let Some(refused) = refused.min_by_key(|one| one.status) {
            marks.push(mark(
                response(refused, None),
                "what the page's own request was answered with, without the login",
            ));
        }
    }
    if marks.is_empty() && logged_in.title != logged_out.title && !logged_out.title.trim().is_empty() {
        let title = regex::escape(logged_out.title.trim());
        marks.push(mark(
            format!("title = {}", quoted(&format!("^\\s*{title}\\s*$"))),
            "the title that somebody who is not logged in is shown",
        ));
    }
    marks
}

/// The cookie that the login set for the list's own host.
fn cookie(recording: &Recording) -> Option<&Cookie> {
    let Recording { logged_in, logged_out, list, .. } = recording;
    let host = list.host_str()?;
    let hits = |cookie: &&Cookie| {
        let domain = cookie.domain.trim_start_matches('.');
        host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    };
    let is_new = |cookie: &&Cookie| {
        !logged_out.cookies.iter().any(|other| other.name == cookie.name && other.domain == cookie.domain)
    };
    let named = |cookie: &Cookie, words: &[&str]| {
        let name = cookie.name.to_ascii_lowercase();
        words.iter().any(|word| name.contains(word))
    };
    let is_other = |cookie: &&Cookie| {
        let name = cookie.name.to_ascii_lowercase();
        COUNTING.iter().any(|glob| cookie.name.starts_with(glob.trim_end_matches('*')))
            || NO_SESSION.iter().any(|begin| name.starts_with(begin))
            || named(cookie, &CONSENT)
    };
    let may_be_it = |cookie: &&Cookie| !is_other(cookie) && (cookie.http_only || named(cookie, &SESSION));
    let rank = |cookie: &&Cookie| (!cookie.http_only, !named(cookie, &SESSION), is_for_one_host(&cookie.domain, host));
    logged_in.cookies.iter().filter(hits).filter(is_new).filter(may_be_it).min_by_key(rank)
}

fn is_for_one_host(domain: &str, host: &str) -> bool {
    domain.trim_start_matches('.') != host
}

/// Where the token is that the page's requests show.
fn token(logged_in: &Visit, sites: &BTreeSet<String>) -> Option<credentials::Place> {
    logged_in.exchanges.iter().find_map(|one| {
        let token = one.headers.get("authorization")?.strip_prefix("Bearer ")?;
        let place = credentials::place_of(token, logged_in)?;
        let ours = one.page.host_str().is_some_and(|host| is_of(host, sites));
        (ours && !place.toml.starts_with("cookie")).then_some(place)
    })
}

/// Where a site refuses: its own hosts, and that of its list.
pub(super) fn refusals(list: &Url, answer: Option<&Exchange>) -> Vec<Mark> {
    let mut marks = vec![mark("status = [429, 503]".into(), "no site means anything else by these")];
    if let Some(answer) = answer.filter(|answer| origin(&answer.url) != origin(list)) {
        let url = quoted(&format!("{}/**", origin(&answer.url)));
        marks.push(mark(
            format!("response = {{ url = {url}, status = [429, 503] }}"),
            "the same of where the list comes from",
        ));
    }
    marks
}
