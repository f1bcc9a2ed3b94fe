//! Whether a request could be made from a saved session alone, and from which of its values.

use serde_json::Value;
use url::form_urlencoded;

use super::{Stores, Visit, looks_random, member, quoted};
use crate::domain::Exchange;

/// What every browser sends by itself, or what a request has anyway.
const OWN: [&str; 16] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "dnt",
    "host",
    "origin",
    "pragma",
    "priority",
    "referer",
    "upgrade-insecure-requests",
    "user-agent",
];

/// A request as TOML, and from what it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// Lines of the table `request`.
    pub lines: Vec<String>,
    /// What the session gives to it.
    pub why: Vec<String>,
}

/// The request again, from what that page's browser held; why not, where it cannot be.
pub(super) fn request(exchange: &Exchange, held: &Visit) -> Result<Request, String> {
    let mut lines = vec![format!("url = {}", quoted(exchange.url.as_str()))];
    let mut why = Vec::new();
    if exchange.method != "GET" {
        lines.push(format!("method = {}", quoted(&exchange.method)));
    }
    let secret = exchange.url.query_pairs().find(|(_, value)| looks_random(value));
    if let Some((name, _)) = secret {
        return Err(format!("its address has a value that looks like a secret ({name})"));
    }
    let (mut fixed, mut from) = (Vec::new(), Vec::new());
    for (name, value) in &exchange.headers {
        if OWN.contains(&name.as_str()) || name.starts_with("sec-") || name.starts_with(':') {
            continue;
        }
        if name == "authorization" {
            let token =
                value.strip_prefix("Bearer ").ok_or("it authorizes itself in another way than by a bearer token")?;
            let place = place_of(token, held).ok_or("its bearer token is nowhere in the browser's storages")?;
            why.push(format!("its bearer token is that in {}", place.words));
            lines.push(format!("auth = {{ bearer = {{ {} }} }}", place.toml));
        } else if let Some(place) = place_of(value, held).filter(|_| value.len() > 5) {
            why.push(format!("its header {name} has the value of {}", place.words));
            from.push(format!("{} = {{ {} }}", quoted(name), place.toml));
        } else if value.len() <= 40 && !looks_random(value) {
            fixed.push(format!("{} = {}", quoted(name), quoted(value)));
        } else {
            return Err(format!("nobody but the page knows the value of its header {name}"));
        }
    }
    if !fixed.is_empty() {
        lines.push(format!("headers = {{ {} }}", fixed.join(", ")));
    }
    if !from.is_empty() {
        lines.push(format!("headers_from = {{ {} }}", from.join(", ")));
    }
    if let Some(sent) = exchange.sent.as_deref().filter(|sent| !sent.is_empty()) {
        lines.push(body(sent)?);
    }
    Ok(Request { lines, why })
}

fn body(sent: &str) -> Result<String, String> {
    if let Ok(json @ Value::Object(_)) = serde_json::from_str::<Value>(sent) {
        if has_secret(&json) {
            return Err("it sends a value that looks like a secret".into());
        }
        return Ok(format!("body = {{ json = {} }}", inline(&json).ok_or("it sends what TOML cannot hold")?));
    }
    if sent.trim_start().starts_with(['[', '{', '<', '-']) {
        return Err("it sends something else than an object or a form".into());
    }
    let pairs: Vec<(String, String)> = form_urlencoded::parse(sent.as_bytes()).into_owned().collect();
    if pairs.iter().any(|(_, value)| looks_random(value)) {
        return Err("it sends a value that looks like a secret".into());
    }
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{} = {}", quoted(name), quoted(value))).collect();
    Ok(format!("body = {{ form = {{ {} }} }}", pairs.join(", ")))
}

fn has_secret(json: &Value) -> bool {
    match json {
        Value::String(text) => looks_random(text),
        Value::Array(list) => list.iter().any(has_secret),
        Value::Object(object) => object.values().any(has_secret),
        _ => false,
    }
}

/// JSON as TOML writes it on one line; TOML has no null.
pub(super) fn inline(json: &Value) -> Option<String> {
    Some(match json {
        Value::Null => return None,
        Value::String(text) => quoted(text),
        Value::Array(list) => format!("[{}]", list.iter().map(inline).collect::<Option<Vec<_>>>()?.join(", ")),
        Value::Object(object) => {
            let members = object.iter().map(|(name, value)| Some(format!("{} = {}", key(name), inline(value)?)));
            format!("{{ {} }}", members.collect::<Option<Vec<_>>>()?.join(", "))
        }
        scalar => scalar.to_string(),
    })
}

fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { name.to_owned() } else { quoted(name) }
}

/// Where a value is in what a browser holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// TOML: `local_storage = { … }`.
    pub toml: String,
    /// In words.
    pub words: String,
    /// It is in sessionStorage.
    pub in_session_storage: bool,
}

/// Finds a value in what a browser holds.
pub(super) fn place_of(value: &str, held: &Visit) -> Option<Place> {
    let stored = |stores: &Stores, kind: &str, name: &str| {
        stores.iter().find_map(|(origin, entries)| {
            entries.iter().find_map(|(entry, text)| {
                let json =
                    if text == value { None } else { Some(path_to(&serde_json::from_str(text).ok()?, value, "$")?) };
                let path = json.as_ref().map(|path| format!(", json = {}", quoted(path))).unwrap_or_default();
                let entry = steady(entry);
                Some(Place {
                    toml: format!("{kind} = {{ key = {}, origin = {}{path} }}", quoted(&entry), quoted(origin)),
                    words: format!("{name} of {origin}, key {entry}"),
                    in_session_storage: kind == "session_storage",
                })
            })
        })
    };
    stored(&held.local_storage, "local_storage", "local storage")
        .or_else(|| stored(&held.session_storage, "session_storage", "session storage"))
        .or_else(|| {
            let cookie = held.cookies.iter().find(|cookie| cookie.value == value)?;
            Some(Place {
                toml: format!("cookie = {{ name = {} }}", quoted(&steady(&cookie.name))),
                words: format!("the cookie {}", cookie.name),
                in_session_storage: false,
            })
        })
}

fn path_to(json: &Value, wanted: &str, path: &str) -> Option<String> {
    match json {
        Value::String(text) if text == wanted => Some(path.to_owned()),
        Value::Object(object) => object.iter().find_map(|(name, inner)| path_to(inner, wanted, &member(path, name))),
        _ => None,
    }
}

/// A name with `*` for the parts that nobody chose: they are others at the next login.
pub(super) fn steady(name: &str) -> String {
    let mut made = String::new();
    for part in name.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
        let word = part.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        if looks_random(word) {
            made.push('*');
            made.push_str(&part[word.len()..]);
        } else {
            made.push_str(part);
        }
    }
    made
}
