//! How a list goes on: guessed from what differs between the requests for its pages.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use regex::Regex;
use scraper::{Html, Selector};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::{json_list::items_at, json_of, member, quoted, snake_of};
use crate::{domain::Exchange, providers::document};

/// A number of a page, by its usual names.
const PAGE: [&str; 9] =
    ["page", "p", "pg", "page_number", "page_no", "page_index", "page_num", "current_page", "pagina"];
/// A number of items before, by its usual names.
const OFFSET: [&str; 6] = ["offset", "skip", "start", "from", "start_index", "first_result"];
/// What leads to the next page, by its usual names.
const CURSOR: [&str; 7] = ["cursor", "after", "page_token", "next_token", "next_cursor", "continuation", "next"];
/// In the answer that holds the last items this is true.
const LAST: [&str; 6] = ["last", "is_last", "last_page", "is_last_page", "end", "finished"];

/// Something that shows the next page, for a click.
const NEXT: [&str; 9] = [
    "a[rel=next]",
    "[aria-label*=next i]",
    ".pagination-next",
    ".next a",
    "a.next",
    "button.next",
    ".pagination .next",
    "[data-testid*=next i]",
    "[class*=next-page]",
];

/// How it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Paging {
    /// TOML: the value of `page`.
    pub toml: String,
    /// From what that comes.
    pub why: String,
    /// The number of the first page in the address of the page, where that is how it goes on.
    pub first_in_address: Option<(String, u32)>,
}

/// A value in a request that may lead to a page: where it is, and what it is.
type Slots = BTreeMap<(bool, String), Value>;

/// Whether somebody went from page to page: two of these requests differ in one value alone, and so do their answers.
pub(super) fn was_gone_through(pages: &[&Exchange]) -> bool {
    let seen: Vec<Slots> = pages.iter().map(|one| slots(one)).collect();
    let pairs = (0..pages.len()).flat_map(|one| (one + 1..pages.len()).map(move |other| (one, other)));
    pairs
        .into_iter()
        .any(|(one, other)| pages[one].body != pages[other].body && only_difference(&seen[one], &seen[other]).is_some())
}

/// How the requests for a list go on.
pub(super) fn of_requests(pages: &[&Exchange], path: &str) -> Option<Paging> {
    let seen: Vec<(Slots, Value)> =
        pages.iter().filter_map(|one| Some((slots(one), json_of(one.body.as_ref())?))).collect();
    let end = seen
        .iter()
        .find_map(|(_, body)| last_in(body))
        .map(|path| format!(", last = {}", quoted(&path)))
        .unwrap_or_default();
    let size = seen.iter().map(|(_, body)| items_at(body, path).len()).max().unwrap_or_default();
    let place = |(in_body, name): &(bool, String)| {
        if *in_body { format!("field = {}", quoted(name)) } else { format!("param = {}", quoted(name)) }
    };
    for (at, (one, answer)) in seen.iter().enumerate() {
        for (other, _) in &seen[at + 1..] {
            let Some((slot, before, after)) = only_difference(one, other) else { continue };
            let why = format!(
                "between two requests for the list, {} went from {} to {}",
                slot.1,
                shown(before),
                shown(after)
            );
            let numbers: BTreeSet<u32> = seen.iter().filter_map(|(slots, _)| number(slots.get(&slot)?)).collect();
            if let (Some(_), Some(_), Some(least)) =
                (number(before).or(before.is_null().then_some(0)), number(after), numbers.first())
            {
                return Some(numbered(&place(&slot), *least, &numbers, size, &end, why));
            }
            if after.is_string()
                && let Some(found) = path_to(answer, after, "$", 0)
            {
                let toml = format!("{{ kind = \"cursor\", {}, path = {}{end} }}", place(&slot), quoted(&found));
                return Some(Paging {
                    toml,
                    why: format!("{why}, which the answer before holds at {found}"),
                    first_in_address: None,
                });
            }
        }
    }
    // One page alone was seen: the usual names.
    let (slots, body) = seen.last()?;
    let named =
        |names: &[&str]| names.iter().find_map(|name| slots.iter().find(|(slot, _)| last_name(&slot.1) == **name));
    if let Some((slot, value)) = named(&PAGE).filter(|(_, value)| number(value).is_some()) {
        let first = number(value).unwrap_or(1).min(1);
        let why = format!("a guess: {} is called so in the one request for the list that was seen", slot.1);
        return Some(numbered(&place(slot), first, &BTreeSet::new(), size, &end, why));
    }
    if let Some((slot, _)) = named(&OFFSET).filter(|(_, value)| number(value).is_some()) {
        let toml = format!("{{ kind = \"offset\", {}, size = {size}{end} }}", place(slot));
        return Some(Paging {
            toml,
            why: format!("a guess from the name {} and the {size} items seen", slot.1),
            first_in_address: None,
        });
    }
    let (slot, _) = named(&CURSOR)?;
    let next = cursor_in(body, "$", 0)?;
    let toml = format!("{{ kind = \"cursor\", {}, path = {}{end} }}", place(slot), quoted(&next));
    Some(Paging {
        toml,
        why: format!("a guess: the answer holds {next}, the request {}", slot.1),
        first_in_address: None,
    })
}

fn numbered(place: &str, least: u32, numbers: &BTreeSet<u32>, size: usize, end: &str, why: String) -> Paging {
    let step = numbers.iter().zip(numbers.iter().skip(1)).map(|(one, next)| next - one).min();
    let toml = match step {
        Some(step) if step > 1 => {
            format!("{{ kind = \"offset\", {place}, size = {}{end} }}", if size > 0 { size } else { step as usize })
        }
        _ => format!("{{ kind = \"page_param\", {place}, first = {}{end} }}", least.min(1)),
    };
    Paging { toml, why, first_in_address: None }
}

/// How the page itself goes on, for a source that looks at it.
pub(super) fn of_page(pages: &[&Exchange], list: &Url, html: &str) -> Option<Paging> {
    let end = pages
        .iter()
        .find_map(|one| last_in(&json_of(one.body.as_ref())?))
        .map(|path| format!(", last = {}", quoted(&path)))
        .unwrap_or_default();
    let addresses: Vec<&Url> =
        pages.iter().map(|one| &one.page).chain([list]).filter(|url| url.path() == list.path()).collect();
    for one in &addresses {
        for other in &addresses {
            let Some((name, before, after)) = query_difference(one, other) else { continue };
            if after == before + 1 {
                let least = before.min(1);
                let why = format!("the page's own address has {name}={before}, then {name}={after}");
                let toml = format!("{{ kind = \"page_param\", param = {}, first = {least}{end} }}", quoted(&name));
                return Some(Paging { toml, why, first_in_address: Some((name, least)) });
            }
        }
    }
    let drawn = document(html)?;
    let several = pages
        .iter()
        .filter(|one| one.page == *list)
        .map(|one| (one.url.as_str(), one.sent.as_deref()))
        .collect::<BTreeSet<_>>()
        .len()
        > 1;
    if let Some(css) = more_button(&drawn) {
        let toml = format!("{{ kind = \"click\", css = {}{end} }}", quoted(&css));
        return Some(Paging {
            toml,
            why: "a button on the page says that there is more".into(),
            first_in_address: None,
        });
    }
    let next = NEXT.iter().find(|css| Selector::parse(css).is_ok_and(|css| drawn.select(&css).next().is_some()));
    if let Some(css) = next {
        let toml = format!("{{ kind = \"next\", css = {}{end} }}", quoted(css));
        return Some(Paging { toml, why: format!("the page has {css}"), first_in_address: None });
    }
    several.then(|| Paging {
        toml: format!("{{ kind = \"scroll\", idle = \"3s\"{end} }}"),
        why: "several pages of the list were asked for while the address stayed the same".into(),
        first_in_address: None,
    })
}

/// A link to the next page in the page as the server sent it.
pub(super) fn next_link(html: &str) -> Option<String> {
    let drawn = document(html)?;
    let leads = |css: &&&str| {
        Selector::parse(css)
            .is_ok_and(|css| drawn.select(&css).any(|link| link.attr("href").is_some_and(|to| !to.starts_with('#'))))
    };
    NEXT.iter().find(leads).map(|css| (*css).to_owned())
}

fn more_button(drawn: &Html) -> Option<String> {
    static MORE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^\s*(load more|show more|more results|see more|carregar mais|mostrar mais|ver mais|cargar más|mostrar más|ver más)\b").expect("this regex parses")
    });
    let buttons = Selector::parse("button, [role=button], a").ok()?;
    let button = drawn.select(&buttons).find(|one| MORE.is_match(&one.text().collect::<String>()))?;
    super::repeated::selector_of(button)
}

fn slots(exchange: &Exchange) -> Slots {
    let mut slots = Slots::new();
    for (name, value) in exchange.url.query_pairs() {
        slots.insert((false, name.into_owned()), value_of(&value));
    }
    if let Some(sent) = &exchange.sent {
        match serde_json::from_str::<Value>(sent) {
            Ok(json) => flatten(&json, "", &mut slots),
            Err(_) => {
                for (name, value) in form_urlencoded::parse(sent.as_bytes()) {
                    slots.insert((true, name.into_owned()), value_of(&value));
                }
            }
        }
    }
    slots
}

fn value_of(text: &str) -> Value {
    text.parse::<u32>().map_or_else(|_| Value::from(text), Value::from)
}

fn flatten(json: &Value, path: &str, slots: &mut Slots) {
    match json {
        Value::Object(object) => {
            for (name, inner) in object.iter().filter(|(name, _)| !name.contains('.')) {
                flatten(inner, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, slots);
            }
        }
        Value::Array(_) => {}
        _ if path.is_empty() => {}
        scalar => {
            slots.insert((true, path.to_owned()), scalar.clone());
        }
    }
}

/// The one value in which two requests differ; what only says when they were made does not count.
fn only_difference<'a>(one: &'a Slots, other: &'a Slots) -> Option<((bool, String), &'a Value, &'a Value)> {
    const NOTHING: &Value = &Value::Null;
    let when = |slot: &(bool, String)| {
        matches!(
            last_name(&slot.1).as_str(),
            "_" | "t" | "ts" | "time" | "timestamp" | "nonce" | "request_id" | "field"
        )
    };
    let names: BTreeSet<_> = one.keys().chain(other.keys()).filter(|slot| !when(slot)).collect();
    let at = |slots: &'a Slots, slot: &(bool, String)| slots.get(slot).unwrap_or(NOTHING);
    let mut differ = names.into_iter().filter(|slot| at(one, slot) != at(other, slot));
    let slot = differ.next()?;
    if differ.next().is_some() {
        return None;
    }
    let (before, after) = (at(one, slot), at(other, slot));
    // Whoever went back asked for them in the other order.
    if number(before).zip(number(after)).is_some_and(|(before, after)| before > after) || after.is_null() {
        return Some((slot.clone(), after, before));
    }
    Some((slot.clone(), before, after))
}

/// A number in which alone two addresses differ. One that is not there is the one before.
fn query_difference(one: &Url, other: &Url) -> Option<(String, u32, u32)> {
    let pairs = |url: &Url| url.query_pairs().into_owned().collect::<BTreeMap<String, String>>();
    let (one, other) = (pairs(one), pairs(other));
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let mut differ = names.into_iter().filter(|name| one.get(*name) != other.get(*name));
    let name = differ.next()?;
    if differ.next().is_some() {
        return None;
    }
    let after: u32 = other.get(name)?.parse().ok()?;
    let before = match one.get(name) {
        Some(before) => before.parse().ok()?,
        None => after.checked_sub(1)?,
    };
    Some((name.clone(), before, after))
}

fn last_name(path: &str) -> String {
    snake_of(path.rsplit('.').next().unwrap_or(path))
}

fn number(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => u32::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A number as it is; of a text only that it is one.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::String(_) => "a text".into(),
        other => other.to_string(),
    }
}

fn last_in(body: &Value) -> Option<String> {
    find(body, "$", 0, &|name, value| value.is_boolean() && LAST.contains(&snake_of(name).as_str()))
}

fn cursor_in(body: &Value, path: &str, depth: usize) -> Option<String> {
    find(body, path, depth, &|name, value| {
        let name = snake_of(name);
        value.is_string() && (CURSOR.contains(&name.as_str()) || name.contains("cursor"))
    })
}

fn path_to(body: &Value, wanted: &Value, path: &str, depth: usize) -> Option<String> {
    find(body, path, depth, &|_, value| value == wanted)
}

/// The first member that is wanted, not in a list.
fn find(body: &Value, path: &str, depth: usize, wanted: &impl Fn(&str, &Value) -> bool) -> Option<String> {
    let Value::Object(object) = body else { return None };
    let here = object.iter().find(|(name, value)| wanted(name, value)).map(|(name, _)| member(path, name));
    here.or_else(|| {
        let deeper = || object.iter().find_map(|(name, inner)| find(inner, &member(path, name), depth + 1, wanted));
        if depth < 3 { deeper() } else { None }
    })
}
