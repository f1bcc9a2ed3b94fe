//! A definition proposed from what was seen of a login: what differs between somebody who is logged in and somebody who
//! is not, and the list on the page. Pure: no browser, no files.

mod addresses;
mod credentials;
mod fields;
mod json_list;
mod made_up;
mod marks;
mod paging;
mod repeated;
mod saved_page;
mod written;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;
use url::Url;

use crate::domain::{Cookie, Exchange, rule::ElementQuery};

pub use addresses::id_of;
pub use json_list::items_in;
pub use made_up::Replaced;
pub use marks::looked_for;

/// What is held by each origin: keys and values.
pub type Stores = BTreeMap<String, BTreeMap<String, String>>;

/// A page as one browser saw it. Holds secrets: it is never stored.
#[derive(Clone)]
pub struct Visit {
    /// Where it came to.
    pub url: Url,
    /// Its title.
    pub title: String,
    /// Its HTML, drawn.
    pub html: String,
    /// All cookies.
    pub cookies: Vec<Cookie>,
    /// localStorage.
    pub local_storage: Stores,
    /// sessionStorage.
    pub session_storage: Stores,
    /// Origins that hold something in IndexedDB.
    pub indexed_db: BTreeSet<String>,
    /// Which of the elements of [`looked_for`] are on it.
    pub elements: BTreeMap<ElementQuery, bool>,
    /// What it asked for.
    pub exchanges: Vec<Exchange>,
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Visit {{ {} {} exchanges }}", self.url.host_str().unwrap_or("?"), self.exchanges.len())
    }
}

/// What was seen of a login, and of the same page afterwards by two fresh browsers.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The definition's id.
    pub id: String,
    /// Where the person began.
    pub start: Url,
    /// The page with the list: where they ended.
    pub list: Url,
    /// What their browser asked for on the way.
    pub person: Vec<Exchange>,
    /// That page with what their browser held.
    pub logged_in: Visit,
    /// That page with nothing.
    pub logged_out: Visit,
}

/// What may be left out of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choices {
    /// Propose a source that asks over HTTP, where its request could be made from the session alone.
    pub fetch: bool,
    /// Keep the cookies and storages of every site that the login passed through, not only those of the list's.
    pub wide_scope: bool,
    /// Which of [`lists`] is meant.
    pub list: usize,
}

/// A list that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenList {
    /// How many items it had, and where.
    pub words: String,
    /// The person went from page to page of it.
    pub was_gone_through: bool,
}

/// The lists that may be meant, the likeliest first: those whose pages the person went through, then those with the most to say.
#[must_use]
pub fn lists(recording: &Recording) -> Vec<SeenList> {
    written::lists(recording).into_iter().map(|(seen, _)| seen).collect()
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Below the folder of the definition.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A definition, and the files beside it.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The definition.
    pub definition: NewFile,
    /// Saved pages and answers, with made-up texts.
    pub fixtures: Vec<NewFile>,
    /// The names of the files in which records are expected: they are written from the fixtures.
    pub expected: Vec<String>,
    /// What could not be found, and has to be done by hand.
    pub open: Vec<String>,
    /// What must be in none of the files.
    pub replaced: Replaced,
}

/// Why nothing can be proposed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Nothing {
    /// Whoever is logged in sees what everybody sees.
    #[error(
        "nothing tells somebody who is logged in from somebody who is not at {0}: log in before you press Enter, and end \
         on a page that only you can see"
    )]
    NoMark(String),
    /// There is no list.
    #[error(
        "there is no list at {0}: neither JSON with several records nor elements that repeat; end on the page with the list"
    )]
    NoList(String),
}

/// Proposes a definition.
pub fn propose(recording: &Recording, choices: Choices) -> Result<Proposal, Nothing> {
    written::proposal(recording, choices)
}

/// The JSON of a body.
fn json_of(body: Option<&Arc<str>>) -> Option<Value> {
    serde_json::from_str(body?).ok()
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// One step further along a JSONPath.
fn member(path: &str, name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain {
        format!("{path}.{name}")
    } else {
        format!("{path}['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}

/// Long, and letters with digits, without spaces: nobody chose it.
fn looks_random(text: &str) -> bool {
    text.len() >= 16
        && !text.contains(char::is_whitespace)
        && text.contains(|c: char| c.is_ascii_digit())
        && text.contains(|c: char| c.is_ascii_alphabetic())
}

/// A name that holds something of somebody's: an address, or a number that nobody chose.
fn is_data(name: &str) -> bool {
    name.contains('@') || name.split(|c: char| !c.is_numeric()).any(|digits| digits.chars().count() > 3)
}

/// A name in small letters, with `_` between its words.
fn snake_of(name: &str) -> String {
    fields::snake(name)
}
