//! From JSON or HTML to typed records. Pure: no browser, no clock.

mod date;
mod pipe;
#[cfg(test)]
mod tests;
mod value;

use std::collections::{BTreeMap, HashMap};

use scraper::ElementRef;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use crate::{
    domain::{json, rule::JsonPath},
    providers::{
        Css, FetchAnswer, FieldOrigin, FieldSource, Source, SourceKind, Stream, Take, TemplatePart, base_of, document,
    },
    store::NewRecord,
};

/// A value that is made here and is longer is none: each step of a pipe may make it longer than the one before.
const LONGEST: usize = 1 << 20;
/// Of a longer value nothing is kept: items may lie within each other, and each would keep a copy of the same text.
const LONGEST_KEPT: usize = 1 << 16;

/// What a page or an answer held.
#[derive(Debug, Default, PartialEq)]
pub struct Extracted {
    /// Its records, in order, each key once.
    pub records: Vec<NewRecord>,
    /// How many items there were.
    pub items: usize,
    /// For each required field: how many items lack it, and are therefore no records.
    pub missing: BTreeMap<String, usize>,
    /// How many items are no records.
    pub incomplete: usize,
    /// For each optional field: how many values were there but could not be read as their type.
    pub unreadable: BTreeMap<String, usize>,
    /// And in which records: the places in `records` for each such field.
    pub unread_in: BTreeMap<String, Vec<usize>>,
    /// So many items have a key that another item has, and other fields.
    pub duplicates: u32,
    /// The places of the records, by their keys: a page may have a million items.
    places: HashMap<String, usize>,
}

/// Reads what a source was answered with, or a page that it shows. `None`: it is no JSON, has no list of
/// items at all, or is nested too deep.
#[must_use]
pub fn from_body(stream: &Stream, source: &Source, body: &str, base: &Url) -> Option<Extracted> {
    let json = |items: &[JsonPath]| from_json(stream, &source.fields, items, &json::read(body).ok()?, base);
    let html = |items: &[Css]| from_html(stream, &source.fields, items, body, base);
    match &source.kind {
        SourceKind::Capture { items, .. } => json(items),
        SourceKind::Markup { items, .. } => html(items),
        SourceKind::Fetch(fetch) => match &fetch.answer {
            FetchAnswer::Json { items } => json(items),
            FetchAnswer::Html { items, .. } => html(items),
        },
    }
}

/// Reads the items of an answer. `None`: it has no list of items at all, so it is not the answer that was expected.
#[must_use]
pub fn from_json(
    stream: &Stream,
    fields: &[FieldSource],
    items: &[JsonPath],
    body: &Value,
    base: &Url,
) -> Option<Extracted> {
    let found = items.iter().map(|path| path.all(body)).find(|found| !found.is_empty());
    let Some(found) = found else {
        // Nothing in a list that is there is nothing; no list is something else.
        return items.iter().any(|path| has_nothing(path, body)).then(Extracted::default);
    };
    let mut extracted = Extracted::default();
    for item in found {
        extracted.add(stream, fields, base, |origin| match origin {
            FieldOrigin::Path { paths, all: false } => {
                paths.iter().find_map(|path| path.first(item).filter(|found| is_there(found))).cloned()
            }
            FieldOrigin::Path { paths, all: true } => {
                let lists = paths.iter().map(|path| path.all(item).into_iter().filter(|found| is_there(found)));
                list(lists.map(|list| list.cloned().collect()))
            }
            _ => None,
        });
    }
    Some(extracted)
}

/// Reads the items of a page. `None`: it is nested too deep to be read.
#[must_use]
pub fn from_html(stream: &Stream, fields: &[FieldSource], items: &[Css], html: &str, base: &Url) -> Option<Extracted> {
    let page = document(html)?;
    let base = &base_of(&page, base);
    let mut extracted = Extracted::default();
    let found = items.iter().map(|css| page.select(css.selector()).collect::<Vec<_>>()).find(|found| !found.is_empty());
    for item in found.unwrap_or_default() {
        extracted.add(stream, fields, base, |origin| match origin {
            FieldOrigin::Css { css, take: what, all: false } => {
                css.iter().find_map(|css| item.select(css.selector()).find_map(|element| take(element, what)))
            }
            FieldOrigin::Css { css, take: what, all: true } => {
                let lists = css.iter().map(|css| item.select(css.selector()).filter_map(|element| take(element, what)));
                list(lists.map(Iterator::collect))
            }
            FieldOrigin::Item(what) => take(item, what),
            _ => None,
        });
    }
    Some(extracted)
}

/// Whether one of the lists from which the path takes items is there, and nothing in it is taken.
fn has_nothing(path: &JsonPath, body: &Value) -> bool {
    let text = path.as_str();
    // What does not parse ends within a filter or a name.
    let until = |end: usize| JsonPath::parse(&text[..end]).ok();
    let lists = text.match_indices(['[']).filter(|(at, _)| text[at + 1..].trim_start().starts_with(['*', '?']));
    lists.filter_map(|(at, _)| until(at).map(|list| (at, list))).any(|(at, list)| {
        let taken = text[at..].match_indices(']').find_map(|(end, _)| until(at + end + 1));
        list.all(body).into_iter().any(Value::is_array) && taken.is_some_and(|taken| taken.all(body).is_empty())
    })
}

fn is_there(found: &Value) -> bool {
    !found.is_null() && found.as_str() != Some("")
}

/// The first of these lists that has something in it.
fn list(mut lists: impl Iterator<Item = Vec<Value>>) -> Option<Value> {
    lists.find(|list| !list.is_empty()).map(Value::Array)
}

fn take(element: ElementRef<'_>, what: &Take) -> Option<Value> {
    let text = match what {
        Take::Text => element.text().collect::<String>(),
        Take::Attr(name) => element.attr(name)?.to_owned(),
    };
    (!text.trim().is_empty()).then_some(Value::String(text))
}

impl Extracted {
    fn add(
        &mut self,
        stream: &Stream,
        fields: &[FieldSource],
        base: &Url,
        raw: impl Fn(&FieldOrigin) -> Option<Value>,
    ) {
        self.items += 1;
        let mut unread = Vec::new();
        let mut values: Vec<Option<Value>> = vec![None; stream.fields.len()];
        for source in fields {
            let found = match &source.origin {
                FieldOrigin::From(other) => values[*other].clone(),
                FieldOrigin::Template(parts) => fill(parts, &values),
                origin => raw(origin),
            };
            let pipe::Piped { value: piped, is_unreadable } = pipe::apply(&source.pipe, found, base);
            let field = &stream.fields[source.field];
            let kept = piped.as_ref().filter(|piped| is_kept(piped));
            let typed = kept.and_then(|piped| value::typed(&field.kind, piped));
            let typed = typed.filter(|typed| field.range.is_none_or(|range| value::is_within(range, typed)));
            if (is_unreadable || piped.is_some() && typed.is_none()) && !field.required {
                *self.unreadable.entry(field.name.clone()).or_default() += 1;
                unread.push(field.name.clone());
            }
            values[source.field] = typed;
        }
        let mut complete = true;
        for (field, value) in stream.fields.iter().zip(&values) {
            if field.required && value.is_none() {
                *self.missing.entry(field.name.clone()).or_default() += 1;
                complete = false;
            }
        }
        if !complete {
            self.incomplete += 1;
            return;
        }
        let key = key(&stream.key, &values);
        let names = stream.fields.iter().map(|field| field.name.clone());
        let fields: Map<_, _> = names.zip(values.into_iter().map(Option::unwrap_or_default)).collect();
        if let Some(place) = self.places.get(&key) {
            self.duplicates += u32::from(self.records[*place].fields != fields);
            return;
        }
        for field in unread {
            self.unread_in.entry(field).or_default().push(self.records.len());
        }
        self.places.insert(key.clone(), self.records.len());
        self.records.push(NewRecord { key, fields });
    }

    /// Which part of the items are no records: 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a page has fewer than 2^52 items")]
    pub fn part_missing(&self) -> f64 {
        if self.items == 0 { 0.0 } else { self.incomplete as f64 / self.items as f64 }
    }
}

fn is_kept(value: &Value) -> bool {
    let length = match value {
        Value::String(text) => text.len(),
        other => other.to_string().len(),
    };
    length <= LONGEST_KEPT
}

/// The values of the key, joined by `/`; a `/` in a value is escaped, so that two keys never look alike.
fn key(places: &[usize], values: &[Option<Value>]) -> String {
    let values: Vec<_> = places.iter().filter_map(|at| values[*at].as_ref().map(value::words)).collect();
    match values.as_slice() {
        [one] => one.clone(),
        many => many.iter().map(|one| one.replace('%', "%25").replace('/', "%2F")).collect::<Vec<_>>().join("/"),
    }
}

fn fill(parts: &[TemplatePart], values: &[Option<Value>]) -> Option<Value> {
    let mut text = String::new();
    for part in parts {
        match part {
            TemplatePart::Literal(literal) => text.push_str(literal),
            TemplatePart::Field(at) => {
                let value = value::words(values[*at].as_ref()?);
                // Only a form's fields have a `+` for a space.
                let escaped = form_urlencoded::byte_serialize(value.as_bytes());
                text.extend(escaped.map(|part| if part == "+" { "%20" } else { part }));
                // A template of templates doubles with each.
                if text.len() > LONGEST {
                    return None;
                }
            }
        }
    }
    Some(Value::String(text))
}
