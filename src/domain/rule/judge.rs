//! Rules, and how they are judged: Kleene's logic over one observation, with the evidence of every leaf.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Not,
    sync::Arc,
};

use regex::Regex;
use serde_json::Value;
use url::Url;

use super::{DomainPattern, ElementQuery, Evidence, JsonPath, NameGlob, Observation, SeenResponse, Truth, UrlGlob};

/// Something that can be seen of a browser context, or not, or could not be looked at.
#[derive(Debug, Clone)]
pub enum Rule {
    /// One of these holds.
    Any(Vec<Rule>),
    /// All of these hold.
    All(Vec<Rule>),
    /// This does not hold.
    Not(Box<Rule>),
    /// The page in front is at such an address.
    Url(UrlGlob),
    /// There is such a cookie.
    Cookie(CookieRule),
    /// There is such an entry in localStorage.
    LocalStorage(StorageRule),
    /// There is such an entry in sessionStorage.
    SessionStorage(StorageRule),
    /// Such an element is on the page in front.
    Selector(ElementQuery),
    /// Its visible text has this.
    Text(Regex),
    /// Its title has this.
    Title(Regex),
    /// A page received such an answer.
    Response(ResponseRule),
    /// The page in front itself was answered with one of these.
    Status(Vec<u16>),
}

/// A cookie to look for. `HttpOnly` ones are seen too: the browser is asked, not the page.
#[derive(Debug, Clone)]
pub struct CookieRule {
    /// Its name.
    pub name: NameGlob,
    /// Its domain.
    pub domain: Option<DomainPattern>,
    /// Its value.
    pub value: Option<Regex>,
}

/// A storage entry to look for.
#[derive(Debug, Clone)]
pub struct StorageRule {
    /// Its key.
    pub key: NameGlob,
    /// Its origin; none: any.
    pub origin: Option<String>,
    /// Its value is JSON in which this leads to something.
    pub json: Option<JsonPath>,
}

/// An answer to look for.
#[derive(Debug, Clone)]
pub struct ResponseRule {
    /// Its URL.
    pub url: UrlGlob,
    /// The request's method, in capitals.
    pub method: Option<String>,
    /// Its status: one of these; none: any.
    pub status: Vec<u16>,
    /// Its body has this.
    pub body: Option<Regex>,
    /// Its body is JSON in which this leads to something.
    pub json: Option<JsonPath>,
}

/// What a rule makes of an observation, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it holds.
    pub truth: Truth,
    /// One entry for each leaf, in the order of the definition.
    pub evidence: Vec<Evidence>,
}

/// What must be looked at, so that rules can be judged; nothing else is asked of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that is looked at or not")]
pub struct Needs {
    /// The title.
    pub title: bool,
    /// The visible text.
    pub text: bool,
    /// Cookies.
    pub cookies: bool,
    /// localStorage.
    pub local_storage: bool,
    /// sessionStorage.
    pub session_storage: bool,
    /// Answers (which: [`Rule::response_globs`]).
    pub responses: bool,
    /// Elements.
    pub elements: BTreeSet<ElementQuery>,
}

impl Needs {
    /// What both need.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.title |= other.title;
        self.text |= other.text;
        self.cookies |= other.cookies;
        self.local_storage |= other.local_storage;
        self.session_storage |= other.session_storage;
        self.responses |= other.responses;
        self.elements.extend(other.elements);
        self
    }
}

impl Rule {
    /// Judges one observation. Every leaf is looked at, so that the evidence is whole.
    #[must_use]
    pub fn judge(&self, seen: &Observation) -> Judgement {
        let mut evidence = Vec::new();
        let truth = self.judge_into(seen, false, &mut evidence);
        Judgement { truth, evidence }
    }

    fn judge_into(&self, seen: &Observation, negated: bool, evidence: &mut Vec<Evidence>) -> Truth {
        match self {
            Self::Any(rules) => {
                rules.iter().fold(Truth::False, |truth, rule| truth.or(rule.judge_into(seen, negated, evidence)))
            }
            Self::All(rules) => {
                rules.iter().fold(Truth::True, |truth, rule| truth.and(rule.judge_into(seen, negated, evidence)))
            }
            Self::Not(rule) => rule.judge_into(seen, !negated, evidence).not(),
            leaf => {
                let (truth, what) = leaf.look(seen);
                let (rule, value) =
                    if negated { (format!("not: {}", leaf.in_words()), truth.not()) } else { (leaf.in_words(), truth) };
                evidence.push(Evidence { rule, seen: what, value });
                truth
            }
        }
    }

    /// What must be looked at.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        match self {
            Self::Any(rules) | Self::All(rules) => {
                return rules.iter().fold(needs, |needs, rule| needs.and(rule.needs()));
            }
            Self::Not(rule) => return rule.needs(),
            Self::Url(_) | Self::Status(_) => {}
            Self::Cookie(_) => needs.cookies = true,
            Self::LocalStorage(_) => needs.local_storage = true,
            Self::SessionStorage(_) => needs.session_storage = true,
            Self::Selector(element) => {
                needs.elements.insert(element.clone());
            }
            Self::Text(_) => needs.text = true,
            Self::Title(_) => needs.title = true,
            Self::Response(_) => needs.responses = true,
        }
        needs
    }

    /// Which answers must be remembered.
    #[must_use]
    pub fn response_globs(&self) -> Vec<&UrlGlob> {
        match self {
            Self::Any(rules) | Self::All(rules) => rules.iter().flat_map(Self::response_globs).collect(),
            Self::Not(rule) => rule.response_globs(),
            Self::Response(rule) => vec![&rule.url],
            _ => Vec::new(),
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Any(_) | Self::All(_) | Self::Not(_) => String::new(),
            Self::Url(glob) => format!("the page is at {}", glob.as_str()),
            Self::Cookie(rule) => rule.in_words(),
            Self::LocalStorage(rule) => rule.in_words("local storage"),
            Self::SessionStorage(rule) => rule.in_words("session storage"),
            Self::Selector(element) => {
                let visible = if element.visible { "a visible element" } else { "an element" };
                format!("{visible} \"{}\" is on the page", element.css)
            }
            Self::Text(regex) => format!("the page says \"{regex}\""),
            Self::Title(regex) => format!("the page's title has \"{regex}\""),
            Self::Response(rule) => rule.in_words(),
            Self::Status(list) => format!("the page was answered with {}", numbers(list)),
        }
    }

    fn look(&self, seen: &Observation) -> (Truth, String) {
        match self {
            // The three connectives are never leaves.
            Self::Any(_) | Self::All(_) | Self::Not(_) => unlooked(),
            Self::Url(glob) => seen.url.as_ref().map_or_else(unlooked, |url| {
                (glob.matches(url).into(), format!("the page is at {}", without_query(url)))
            }),
            Self::Cookie(rule) => rule.look(seen),
            Self::LocalStorage(rule) => rule.look(seen.local_storage.as_ref(), seen.url.as_ref()),
            Self::SessionStorage(rule) => rule.look(seen.session_storage.as_ref(), seen.url.as_ref()),
            Self::Selector(element) => match seen.elements.get(element) {
                None => unlooked(),
                Some(true) => (Truth::True, "there is one".into()),
                Some(false) => (Truth::False, "there is none".into()),
            },
            Self::Text(regex) => found_in(regex, seen.text.as_deref(), "the page's text"),
            Self::Title(regex) => found_in(regex, seen.title.as_deref(), "the title"),
            Self::Response(rule) => rule.look(seen.responses.as_deref()),
            Self::Status(list) => match seen.status {
                None => unlooked(),
                Some(status) => (list.contains(&status).into(), format!("it was answered with {status}")),
            },
        }
    }
}

impl CookieRule {
    fn in_words(&self) -> String {
        let of = self.domain.as_ref().map(|domain| format!(" of {domain}")).unwrap_or_default();
        let value = if self.value.is_some() { " with a fitting value" } else { "" };
        format!("a cookie \"{}\"{of}{value} is set", self.name.as_str())
    }

    fn look(&self, seen: &Observation) -> (Truth, String) {
        let Some(cookies) = &seen.cookies else { return unlooked() };
        let named: Vec<_> = cookies
            .iter()
            .filter(|cookie| self.name.matches(&cookie.name))
            .filter(|cookie| self.domain.as_ref().is_none_or(|domain| domain.matches(&cookie.domain)))
            .collect();
        if named.is_empty() {
            return (Truth::False, format!("no such cookie among {}", cookies.len()));
        }
        let fits = named.iter().any(|cookie| self.value.as_ref().is_none_or(|regex| regex.is_match(&cookie.value)));
        if fits { (Truth::True, "it is set".into()) } else { (Truth::False, "it is set to something else".into()) }
    }
}

impl StorageRule {
    fn in_words(&self, place: &str) -> String {
        let of = self.origin.as_ref().map(|origin| format!(" of {origin}")).unwrap_or_default();
        let json = self.json.as_ref().map(|path| format!(" with {}", path.as_str())).unwrap_or_default();
        format!("{place}{of} has \"{}\"{json}", self.key.as_str())
    }

    fn look(
        &self,
        storage: Option<&BTreeMap<String, BTreeMap<String, String>>>,
        front: Option<&Url>,
    ) -> (Truth, String) {
        let Some(storage) = storage else { return unlooked() };
        if let Some(origin) = &self.origin {
            // A page of that origin is in front: it was looked at, and holds nothing at all.
            let in_front = front.is_some_and(|url| url.origin().ascii_serialization() == *origin);
            if !storage.contains_key(origin) && !in_front {
                return (Truth::Unknown, "no page of that site is open".into());
            }
        }
        let entries: Vec<_> = storage
            .iter()
            .filter(|(origin, _)| self.origin.as_ref().is_none_or(|wanted| wanted == *origin))
            .flat_map(|(_, entries)| entries)
            .filter(|(key, _)| self.key.matches(key))
            .collect();
        let Some(path) = &self.json else {
            return if entries.is_empty() {
                (Truth::False, "no such key".into())
            } else {
                (Truth::True, "it is there".into())
            };
        };
        let finds = |text: &str| serde_json::from_str::<Value>(text).is_ok_and(|value| path.finds(&value));
        if entries.is_empty() {
            (Truth::False, "no such key".into())
        } else if entries.iter().any(|(_, value)| finds(value)) {
            (Truth::True, "it is there".into())
        } else {
            (Truth::False, format!("the key is there, {} in it is not", path.as_str()))
        }
    }
}

impl ResponseRule {
    /// Whether it is this answer; `Unknown` where its body would have to be looked at and was not kept.
    #[must_use]
    pub fn matches(&self, response: &SeenResponse) -> Truth {
        let addressed = self.url.matches(&response.url)
            && self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&response.method))
            && (self.status.is_empty() || self.status.contains(&response.status));
        if !addressed {
            return Truth::False;
        }
        if self.body.is_none() && self.json.is_none() {
            return Truth::True;
        }
        let Some(body) = &response.body else { return Truth::Unknown };
        let body_fits = self.body.as_ref().is_none_or(|regex| regex.is_match(body));
        let json_fits = self
            .json
            .as_ref()
            .is_none_or(|path| serde_json::from_str::<Value>(body).is_ok_and(|value| path.finds(&value)));
        (body_fits && json_fits).into()
    }

    fn in_words(&self) -> String {
        let method = self.method.as_ref().map(|method| format!("{method} ")).unwrap_or_default();
        let status = if self.status.is_empty() { String::new() } else { format!(" with {}", numbers(&self.status)) };
        let body = self.body.as_ref().map(|regex| format!(" and \"{regex}\"")).unwrap_or_default();
        let json = self.json.as_ref().map(|path| format!(" and {}", path.as_str())).unwrap_or_default();
        format!("{method}{} was answered{status}{body}{json}", self.url.as_str())
    }

    fn look(&self, responses: Option<&[Arc<SeenResponse>]>) -> (Truth, String) {
        let Some(responses) = responses else { return unlooked() };
        let truth = responses.iter().fold(Truth::False, |truth, response| truth.or(self.matches(response)));
        let near = responses.iter().rev().find(|response| match truth {
            Truth::False => self.url.matches(&response.url),
            truth => self.matches(response) == truth,
        });
        let what = match near {
            None => "no such answer so far".into(),
            Some(near) => format!("{} {} was answered with {}", near.method, without_query(&near.url), near.status),
        };
        (truth, what)
    }
}

fn unlooked() -> (Truth, String) {
    (Truth::Unknown, "it could not be looked at".into())
}

fn found_in(regex: &Regex, text: Option<&str>, place: &str) -> (Truth, String) {
    match text {
        None => unlooked(),
        Some(text) if regex.is_match(text) => (Truth::True, format!("{place} has it")),
        Some(_) => (Truth::False, format!("{place} does not have it")),
    }
}

fn numbers(list: &[u16]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

/// Host and path: a query or fragment may hold a secret.
fn without_query(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or(""), url.path())
}
