//! Rules, as they stand in a file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{OneOrMany, Placed, Text};

/// Something that can be seen, or not, or could not be looked at.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::providers) enum Rule {
    /// One of these holds.
    Any(Placed<Vec<Rule>>),
    /// All of these hold.
    All(Placed<Vec<Rule>>),
    /// This does not hold.
    Not(Box<Rule>),
    /// The page in front is at such an address: a URL glob.
    Url(Text),
    /// There is such a cookie; `HttpOnly` ones too.
    Cookie(Cookie),
    /// There is such an entry in localStorage.
    LocalStorage(Storage),
    /// There is such an entry in sessionStorage.
    SessionStorage(Storage),
    /// Such an element is on the page.
    Selector(Selector),
    /// The page's visible text has this: a regular expression.
    Text(Text),
    /// The page's title has this: a regular expression.
    Title(Text),
    /// The page received such an answer.
    Response(Response),
    /// The page itself was answered with one of these.
    Status(OneOrMany<u16>),
}

/// A cookie to look for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Cookie {
    /// Its name; `*` stands for anything.
    pub name: Text,
    /// Its domain.
    pub domain: Option<Text>,
    /// A regular expression on its value.
    pub value: Option<Text>,
}

/// A storage entry to look for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Storage {
    /// Its key; `*` stands for anything.
    pub key: Text,
    /// Its origin; left out: any.
    pub origin: Option<Text>,
    /// A JSONPath that leads to something in its value.
    pub json: Option<Text>,
}

/// An element to look for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Selector {
    /// A CSS selector.
    pub css: Text,
    /// It must also be visible.
    #[serde(default)]
    pub visible: bool,
}

/// An answer to look for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Response {
    /// A URL glob.
    pub url: Text,
    /// The request's method, in capitals; left out: any.
    pub method: Option<Text>,
    /// Its status: one or a list; left out: any.
    pub status: Option<OneOrMany<u16>>,
    /// A regular expression on its body.
    pub body: Option<Text>,
    /// A JSONPath that leads to something in its body.
    pub json: Option<Text>,
}
