//! Elements that repeat on a page: a list where there is no JSON.

use std::collections::{BTreeMap, HashSet};

use scraper::{ElementRef, Selector};
use serde_json::Value;
use url::Url;

use super::{fields::Column, is_data, looks_random, quoted};
use crate::providers::document;

/// Fewer than this are no list.
const LEAST: usize = 3;
/// More columns say no more about which list is the one.
const COLUMNS: usize = 12;

/// Elements that repeat.
#[derive(Debug, Clone)]
pub(super) struct Repeated {
    /// What selects them.
    pub css: String,
    /// How many there are.
    pub count: usize,
}

/// The repeated elements with the most to say.
pub(super) fn most(html: &str, base: &Url) -> Option<Repeated> {
    let page = document(html)?;
    let everything = Selector::parse("body *").ok()?;
    let mut tried = HashSet::new();
    let mut best: Option<(usize, Repeated)> = None;
    for element in page.select(&everything) {
        let Some(css) = selector_below(element) else { continue };
        if !tried.insert(css.clone()) {
            continue;
        }
        let Ok(selector) = Selector::parse(&css) else { continue };
        let items: Vec<ElementRef<'_>> = page.select(&selector).collect();
        if items.len() < LEAST || items.iter().any(|item| item.value().name() == "option") {
            continue;
        }
        let columns = columns(&items.iter().map(|item| (*item, base)).collect::<Vec<_>>());
        let said: usize = columns.iter().take(COLUMNS).map(different).sum();
        // What is in a list twice as often as it says something is a part of its items.
        if said > best.as_ref().map_or(0, |(worth, _)| *worth) && columns.len() > 1 {
            best = Some((said, Repeated { css, count: items.len() }));
        }
    }
    best.map(|(_, repeated)| repeated)
}

/// What is in all elements that `css` selects, over these pages, each with its address.
pub(super) fn columns_of(css: &str, pages: &[(&str, &Url)]) -> Vec<Column> {
    let Ok(selector) = Selector::parse(css) else { return Vec::new() };
    let pages: Vec<_> = pages.iter().filter_map(|(html, base)| Some((document(html)?, *base))).collect();
    let items = pages.iter().flat_map(|(page, base)| page.select(&selector).map(move |item| (item, *base)));
    columns(&items.collect::<Vec<_>>())
}

/// How many different things a column says.
fn different(column: &Column) -> usize {
    column.values.iter().flatten().map(Value::to_string).collect::<HashSet<_>>().len()
}

/// By its own name and classes; where it has none, by those of what it stands in.
fn selector_below(element: ElementRef<'_>) -> Option<String> {
    if let Some(css) = selector_of(element) {
        return Some(css);
    }
    let parent = ElementRef::wrap(element.parent()?)?;
    if element.value().name() == "tr" {
        let table = element.ancestors().filter_map(ElementRef::wrap).find(|one| one.value().name() == "table")?;
        return Some(format!("{} tbody tr", selector_of(table).unwrap_or_else(|| "table".into())));
    }
    Some(format!("{} > {}", selector_of(parent)?, element.value().name()))
}

/// An element by its name and its classes; none where it has no class that somebody chose.
pub(super) fn selector_of(element: ElementRef<'_>) -> Option<String> {
    let fine = |class: &&str| {
        class.starts_with(|c: char| c.is_ascii_alphabetic())
            && class.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            && !looks_random(class)
            && !is_data(class)
    };
    let mut classes: Vec<&str> = element.value().classes().filter(fine).collect();
    classes.sort_unstable();
    classes.truncate(2);
    let name = element.value().name();
    (!classes.is_empty()).then(|| format!("{name}.{}", classes.join(".")))
}

/// What is in the items, each with the address of its page: their own attributes, links, and the elements that hold text and nothing
/// else.
fn columns(items: &[(ElementRef<'_>, &Url)]) -> Vec<Column> {
    let mut found: BTreeMap<usize, Column> = BTreeMap::new();
    let mut places: Vec<String> = Vec::new();
    let mut tell = |at: usize, names: Vec<String>, place: String, pipe: &[&'static str], value: String| {
        if value.trim().is_empty() {
            return;
        }
        let place_of = places.iter().position(|one| *one == place).unwrap_or_else(|| {
            places.push(place.clone());
            places.len() - 1
        });
        let column = found.entry(place_of).or_insert_with(|| Column {
            names,
            place,
            pipe: pipe.to_vec(),
            values: vec![None; items.len()],
        });
        // The first one in an item is the one that a selector leads to.
        column.values[at].get_or_insert(Value::String(value));
    };
    let all = Selector::parse("*").ok();
    for (at, (item, base)) in items.iter().enumerate() {
        for (name, value) in item.value().attrs().filter(|(name, _)| name.starts_with("data-") || *name == "id") {
            tell(
                at,
                vec![name.trim_start_matches("data-").to_owned()],
                format!("attr = {}", quoted(name)),
                &[],
                value.to_owned(),
            );
        }
        if let Some(href) = item.value().attr("href").and_then(|href| base.join(href).ok()) {
            tell(at, vec!["url".into()], "attr = \"href\"".into(), &["\"absolute\""], href.to_string());
        }
        for inner in all.iter().flat_map(|all| item.select(all)) {
            let name = inner.value().name();
            if matches!(name, "script" | "style" | "svg" | "path") {
                continue;
            }
            let own = selector_of(inner);
            let css = own.clone().unwrap_or_else(|| name.to_owned());
            if name == "a"
                && let Some(href) = inner.value().attr("href").and_then(|href| base.join(href).ok())
            {
                tell(
                    at,
                    vec!["url".into()],
                    format!("css = {}, attr = \"href\"", quoted(&css)),
                    &["\"absolute\""],
                    href.to_string(),
                );
            }
            let holds_elements =
                inner.children().filter_map(ElementRef::wrap).any(|one| one.text().any(|text| !text.trim().is_empty()));
            if !holds_elements {
                let text = inner.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
                let called = own.as_deref().and_then(|css| css.rsplit('.').next()).unwrap_or(name);
                tell(at, vec![called.to_owned()], format!("css = {}", quoted(&css)), &["\"collapse\""], text);
            }
        }
    }
    // What only few of the items have is not what they are about.
    let often = |column: &Column| column.values.iter().flatten().count() * 2 >= items.len();
    found.into_values().filter(often).collect()
}
