//! A request over HTTP: what is asked for a page, and which values of the session go into it.

use serde_json::Value;
use url::{Url, form_urlencoded};

use super::{Css, Slot, Step, Turn};
use crate::domain::{
    StorageState, json,
    rule::{DomainPattern, NameGlob, StorageRule},
};

/// What stands in an address for a page's number, offset or cursor.
pub(super) const PLACEHOLDERS: [&str; 3] = ["{cursor}", "{page}", "{offset}"];

/// A request over HTTP. The session's cookies and its browser identity come on top.
#[derive(Debug, Clone)]
pub struct Request {
    /// The address, with at most one of `{cursor}`, `{page}` and `{offset}`.
    pub(super) url: String,
    /// In capitals.
    pub method: String,
    /// Headers with a fixed text.
    pub headers: Vec<(String, String)>,
    /// Headers with a value that the session or the page holds.
    pub headers_from: Vec<(String, StateValue)>,
    /// The value of `Authorization: Bearer`.
    pub bearer: Option<StateValue>,
    /// What is sent.
    pub(super) body: Option<Body>,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Json(Value),
    Form(Vec<(String, String)>),
}

/// A value that the session or the page holds.
#[derive(Debug, Clone)]
pub enum StateValue {
    /// A cookie's value.
    Cookie {
        /// Its name.
        name: NameGlob,
        /// Its domain.
        domain: Option<DomainPattern>,
    },
    /// An entry in localStorage, or what its path leads to.
    LocalStorage(StorageRule),
    /// An entry in sessionStorage, or what its path leads to.
    SessionStorage(StorageRule),
    /// An attribute of an element of the page: only where the page makes the request.
    Element {
        /// The element.
        css: Css,
        /// Its attribute.
        attr: String,
    },
}

/// One request, whole but for what the session brings: cookies, the headers from it, and who the browser is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The address.
    pub url: Url,
    /// The method.
    pub method: String,
    /// Fixed headers, and the body's type.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<String>,
}

impl Request {
    /// The request for one page. `None`: the cursor makes no address.
    #[must_use]
    pub fn call(&self, step: &Step<'_>) -> Option<Call> {
        let value = match &step.turn {
            Turn::First | Turn::At(_) => None,
            Turn::Number(number) => Some(Value::from(*number)),
            Turn::Cursor(cursor) => Some(cursor.clone()),
        };
        let words = value.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let mut url = match &step.turn {
            Turn::At(url) => url.clone(),
            _ => self.address(words.as_deref().unwrap_or_default())?,
        };
        let mut body = self.body.clone();
        match (step.slot, value) {
            (Some(Slot::Query(param)), Some(_)) => set_param(&mut url, param, &words.unwrap_or_default()),
            (Some(Slot::Body(names)), Some(value)) => {
                if let Some(body) = &mut body {
                    body.set(names, value);
                }
            }
            _ => {}
        }
        let mut headers = self.headers.clone();
        if let Some(body) = &body
            && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            headers.push(("Content-Type".into(), body.media_type().into()));
        }
        Some(Call { url, method: self.method.clone(), headers, body: body.map(|body| body.written()) })
    }

    /// The address for the first page.
    #[must_use]
    pub fn url(&self) -> Option<Url> {
        self.call(&Step { turn: Turn::First, slot: None }).map(|call| call.url)
    }

    /// Without a cursor yet, a parameter that is nothing but its placeholder stays away.
    fn address(&self, value: &str) -> Option<Url> {
        let Some(placeholder) = PLACEHOLDERS.iter().find(|one| self.url.contains(**one)) else {
            return Url::parse(&self.url).ok();
        };
        if !value.is_empty() {
            let escaped: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            return Url::parse(&self.url.replace(placeholder, &escaped.replace('+', "%20"))).ok();
        }
        let (address, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let whole = format!("={placeholder}");
        let kept: Vec<_> = query.split('&').filter(|pair| !pair.is_empty() && !pair.ends_with(&whole)).collect();
        let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
        Url::parse(&format!("{address}{query}").replace(placeholder, "")).ok()
    }
}

impl Body {
    fn media_type(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json",
            Self::Form(_) => "application/x-www-form-urlencoded",
        }
    }

    fn written(&self) -> String {
        match self {
            Self::Json(value) => value.to_string(),
            Self::Form(pairs) => form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish(),
        }
    }

    fn set(&mut self, names: &[String], value: Value) {
        match self {
            Self::Form(pairs) => {
                let name = names.join(".");
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                pairs.retain(|(other, _)| *other != name);
                pairs.push((name, value));
            }
            Self::Json(root) => {
                let mut at = root;
                for name in names {
                    if !at.is_object() {
                        *at = Value::Object(serde_json::Map::new());
                    }
                    let Value::Object(object) = at else { return };
                    at = object.entry(name.clone()).or_insert(Value::Null);
                }
                *at = value;
            }
        }
    }
}

impl StateValue {
    /// The value in a saved session. `None`: it is not there, or only the page knows.
    #[must_use]
    pub fn in_session(&self, state: &StorageState) -> Option<String> {
        let origins = |rule: &StorageRule| {
            let wanted = rule.origin.clone();
            state.origins.iter().filter(move |one| wanted.as_ref().is_none_or(|wanted| *wanted == one.origin))
        };
        match self {
            Self::Cookie { name, domain } => {
                let mut cookies = state.cookies.iter();
                let found = cookies.find(|cookie| {
                    name.matches(&cookie.name) && domain.as_ref().is_none_or(|domain| domain.matches(&cookie.domain))
                });
                found.map(|cookie| cookie.value.clone())
            }
            Self::LocalStorage(rule) => origins(rule)
                .flat_map(|origin| &origin.local_storage)
                .find_map(|one| value_in(rule, &one.name, &one.value)),
            Self::SessionStorage(rule) => origins(rule)
                .flat_map(|origin| &origin.session_storage)
                .find_map(|one| value_in(rule, &one.name, &one.value)),
            Self::Element { .. } => None,
        }
    }
}

/// What a storage entry holds, or what the rule's path leads to in it.
pub(super) fn value_in(rule: &StorageRule, key: &str, value: &str) -> Option<String> {
    if !rule.key.matches(key) {
        return None;
    }
    let Some(path) = &rule.json else { return Some(value.to_owned()) };
    match path.first(&json::read(value).ok()?)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The address with a parameter of its query set; the others stay.
pub fn set_param(url: &mut Url, param: &str, value: &str) {
    let others: Vec<(String, String)> =
        url.query_pairs().filter(|(name, _)| name != param).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(param, value);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(url: &str, body: Option<Body>) -> Request {
        Request {
            url: url.into(),
            method: "POST".into(),
            headers: vec![("Accept".into(), "application/json".into())],
            headers_from: Vec::new(),
            bearer: None,
            body,
        }
    }

    fn call(request: &Request, slot: &Slot, turn: Turn) -> Call {
        request.call(&Step { turn, slot: Some(slot) }).expect("a call")
    }

    #[test]
    fn a_number_goes_into_the_query_or_into_the_body() {
        let plain = request("https://a.example/x?page=1&rows=20", None);
        let made = call(&plain, &Slot::Query("page".into()), Turn::Number(3));
        assert_eq!(made.url.as_str(), "https://a.example/x?rows=20&page=3");
        let body = Body::Json(json!({"rows": 20, "paging": {"page": 1, "by": "name"}}));
        let slot = Slot::Body(vec!["paging".into(), "page".into()]);
        let made = call(&request("https://a.example/x", Some(body)), &slot, Turn::Number(2));
        assert_eq!(made.body.as_deref(), Some(r#"{"rows":20,"paging":{"page":2,"by":"name"}}"#));
        assert!(made.headers.contains(&("Content-Type".into(), "application/json".into())));
        let form = Body::Form(vec![("q".into(), "a b".into()), ("page".into(), "1".into())]);
        let slot = Slot::Body(vec!["page".into()]);
        let made = call(&request("https://a.example/x", Some(form)), &slot, Turn::Number(2));
        assert_eq!(made.body.as_deref(), Some("q=a+b&page=2"));
    }

    #[test]
    fn a_cursor_is_escaped_and_stays_away_while_there_is_none() {
        let request = request("https://a.example/x?after={cursor}&rows=20", None);
        assert_eq!(call(&request, &Slot::Address, Turn::First).url.as_str(), "https://a.example/x?rows=20");
        let second = call(&request, &Slot::Address, Turn::Cursor(json!("a&b c")));
        assert_eq!(second.url.as_str(), "https://a.example/x?after=a%26b%20c&rows=20");
    }
}
