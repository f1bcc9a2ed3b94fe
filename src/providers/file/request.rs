//! Requests over HTTP, as they stand in a file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{InOrder, Placed, Storage, Text};

/// A request over HTTP, with the session's cookies and the browser identity of its login.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Request {
    /// The address; `{cursor}`, `{page}` or `{offset}` may stand in it where the paging has one.
    pub url: Text,
    /// In capitals; left out: GET.
    pub method: Option<Text>,
    /// Headers with a fixed text.
    #[serde(default)]
    pub headers: InOrder<Text>,
    /// Headers with a value that the session holds, such as a CSRF token.
    #[serde(default)]
    pub headers_from: InOrder<Placed<StateValue>>,
    /// What is sent.
    pub body: Option<Placed<Body>>,
    /// The `Authorization` header.
    pub auth: Option<Auth>,
}

/// What a request sends.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::providers) enum Body {
    /// As JSON.
    Json(#[schemars(with = "serde_json::Value")] toml::Value),
    /// As a form.
    Form(InOrder<Text>),
}

/// The `Authorization` header.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Auth {
    /// `Bearer` and this value.
    pub bearer: Placed<StateValue>,
}

/// A value that the session or the page holds.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::providers) enum StateValue {
    /// A cookie's value.
    Cookie(CookieValue),
    /// An entry in localStorage, or what `json` leads to in it.
    LocalStorage(Storage),
    /// An entry in sessionStorage, or what `json` leads to in it.
    SessionStorage(Storage),
    /// An attribute of an element of the page; only with `in_page`.
    Element(Element),
}

/// A cookie's value.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct CookieValue {
    /// Its name; `*` stands for anything.
    pub name: Text,
    /// Its domain.
    pub domain: Option<Text>,
}

/// An attribute of an element.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Element {
    /// A CSS selector.
    pub css: Text,
    /// Its attribute, such as `content`.
    pub attr: String,
}
