//! Records as a table in a terminal.

use std::collections::HashSet;

use serde_json::Value;

use super::terminal::printable;
use crate::{domain::Session, providers::Stream, scraper::Extracted};

/// So many records are shown.
const ROWS: usize = 10;
/// A value is cut behind so many characters.
const WIDE: usize = 28;
/// A value that is shorter than this says nothing about a session.
const SECRET: usize = 8;
const MASKED: &str = "(masked)";
const UNREADABLE: &str = "(unreadable)";

/// What a session holds that must not be shown.
pub(super) struct Secrets(HashSet<String>);

impl Secrets {
    pub fn of(session: &Session) -> Self {
        let state = &session.state;
        let entries =
            state.origins.iter().flat_map(|origin| origin.local_storage.iter().chain(&origin.session_storage));
        let mut all = HashSet::new();
        for value in state.cookies.iter().map(|cookie| &cookie.value).chain(entries.map(|entry| &entry.value)) {
            match serde_json::from_str::<Value>(value) {
                Ok(json) => collect(&json, &mut all),
                Err(_) => {
                    all.insert(value.clone());
                }
            }
        }
        all.retain(|one| looks_secret(one));
        Self(all)
    }

    /// All of it.
    pub fn into_all(self) -> HashSet<String> {
        self.0
    }

    fn holds(&self, text: &str) -> bool {
        self.0.contains(text) || is_token(text)
    }
}

fn collect(json: &Value, all: &mut HashSet<String>) {
    match json {
        Value::String(text) => {
            all.insert(text.clone());
        }
        Value::Array(list) => list.iter().for_each(|one| collect(one, all)),
        Value::Object(object) => object.values().for_each(|one| collect(one, all)),
        _ => {}
    }
}

/// Long, without spaces, and letters with digits: not a word that a record may hold as well.
fn looks_secret(text: &str) -> bool {
    text.len() >= SECRET
        && !text.contains(char::is_whitespace)
        && text.contains(|c: char| c.is_ascii_digit())
        && text.contains(|c: char| c.is_ascii_alphabetic())
}

/// A JSON Web Token, whoever's it is.
fn is_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.matches('.').count() >= 2
}

/// The first records, a row each.
pub(super) fn table(stream: &Stream, page: &Extracted, secrets: &Secrets) -> Vec<String> {
    let heads: Vec<String> = stream.fields.iter().map(|field| field.name.clone()).collect();
    let types = stream.fields.iter().map(|field| field.kind.as_str().to_owned()).collect();
    let mut rows = vec![heads, types];
    for (at, record) in page.records.iter().take(ROWS).enumerate() {
        let cells = stream.fields.iter().map(|field| {
            let unread = page.unread_in.get(&field.name).is_some_and(|places| places.contains(&at));
            if unread { UNREADABLE.to_owned() } else { cell(&record.fields[&field.name], secrets) }
        });
        rows.push(cells.collect());
    }
    let columns = stream.fields.len();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            format!("    {}", cells.collect::<Vec<_>>().join("  ").trim_end())
        })
        .collect()
}

fn cell(value: &Value, secrets: &Secrets) -> String {
    let text = match value {
        Value::Null => "–".to_owned(),
        Value::String(text) if secrets.holds(text) => MASKED.to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(money) if money.contains_key("amount") && money.len() == 2 => {
            let part = |name: &str| money.get(name).and_then(Value::as_str).unwrap_or_default();
            format!("{} {}", part("amount"), part("currency"))
        }
        other => other.to_string(),
    };
    let text = printable(&text);
    if text.chars().count() <= WIDE { text } else { text.chars().take(WIDE - 1).chain(['…']).collect() }
}

/// A name or an address that only its owner can tell.
pub(super) fn masked(label: &str) -> String {
    let hide = |part: &str| part.chars().take(1).chain("•••".chars()).collect::<String>();
    match label.split_once('@') {
        Some((name, host)) => format!("{}@{}", hide(&printable(name)), hide(&printable(host))),
        None => hide(&printable(label)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        domain::{BrowserIdentity, Cookie, StorageState, Viewport},
        providers::Provider,
    };

    fn session(token: &str) -> Session {
        let cookie = Cookie {
            name: "sid".into(),
            value: token.into(),
            domain: "a.example".into(),
            path: "/".into(),
            expires: -1.0,
            http_only: true,
            secure: true,
            same_site: "Lax".into(),
        };
        let identity = BrowserIdentity {
            user_agent: "x".into(),
            locale: "en".into(),
            timezone: "UTC".into(),
            viewport: Viewport::default(),
        };
        Session::new(StorageState { cookies: vec![cookie], origins: Vec::new() }, identity)
    }

    #[test]
    fn values_are_typed_what_could_not_be_read_is_marked_and_what_a_session_holds_is_masked() {
        let text = include_str!("../../../providers/demo-market.toml");
        let provider = Provider::parse("demo-market.toml", text).expect("a definition");
        let stream = &provider.streams[1];
        let records = vec![crate::store::NewRecord {
            key: "u".into(),
            fields: json!({ "ucode": "k3y-of-the-session", "id": 7, "name": "A\nB", "producer": null,
                "price": { "amount": "12.50", "currency": "BRL" }, "rating": null })
            .as_object()
            .expect("an object")
            .clone(),
        }];
        let unread_in = [("rating".to_owned(), vec![0])].into();
        let mut page = Extracted::default();
        (page.records, page.items, page.unread_in) = (records, 1, unread_in);
        let lines = table(stream, &page, &Secrets::of(&session("k3y-of-the-session")));
        let last = lines.last().expect("a row").split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        assert_eq!(last.collect::<Vec<_>>(), ["(masked)", "7", "A B", "–", "12.50 BRL", "(unreadable)"]);
        assert!(lines[1].contains("money"), "{lines:?}");
    }

    #[test]
    fn an_account_is_told_so_that_only_its_owner_knows_it() {
        assert_eq!(masked("ana@example.com"), "a•••@e•••");
        assert_eq!(masked("Ana Souza"), "A•••");
    }
}
