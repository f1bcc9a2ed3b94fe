//! Typed fields from the items of a list, and the one that tells them apart.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use regex::Regex;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use url::Url;

use super::member;

/// No more fields than this are proposed.
const MOST: usize = 40;
/// Deeper than this nobody looks for one.
const DEEP: usize = 4;

/// What tells records apart, by how it is called: the better names first.
const KEYS: [&str; 12] =
    ["uuid", "guid", "ucode", "uid", "id", "key", "slug", "sku", "code", "number", "reference", "href"];

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name.
    pub name: String,
    /// Where it is: TOML, such as `path = "$.id"`.
    pub place: String,
    /// Its type.
    pub kind: &'static str,
    /// It tells records apart.
    pub is_key: bool,
}

/// A place in the items, and what is there in each.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// The names that lead there, for a name.
    pub names: Vec<String>,
    /// Where it is: TOML.
    pub place: String,
    /// What is done to it before anything else: TOML.
    pub pipe: Vec<&'static str>,
    /// What is there, for each item.
    pub values: Vec<Option<Value>>,
}

/// The columns of JSON items.
pub(super) fn columns(items: &[Value]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        visit(item, &[], &mut |names, value| {
            if !columns.iter().any(|column| column.names == names) {
                let path = names.iter().fold("$".to_owned(), |path, name| member(&path, name));
                let place = format!("path = {}", super::quoted(&path));
                columns.push(Column {
                    names: names.to_vec(),
                    place,
                    pipe: Vec::new(),
                    values: vec![None; items.len()],
                });
            }
            if let Some(column) = columns.iter_mut().find(|column| column.names == names) {
                column.values[at] = Some(value.clone());
            }
        });
    }
    columns
}

fn visit(value: &Value, names: &[String], tell: &mut impl FnMut(&[String], &Value)) {
    match value {
        Value::Object(object) if !is_money(value) && names.len() < DEEP => {
            // What is called by somebody's number or address is in no other account.
            for (name, inner) in object.iter().filter(|(name, _)| !super::is_data(name)) {
                let mut names = names.to_vec();
                names.push(name.clone());
                visit(inner, &names, tell);
            }
        }
        Value::Null => {}
        Value::Array(list) if list.iter().any(|one| one.is_object() || one.is_array()) => {}
        _ if names.is_empty() => {}
        _ => tell(names, value),
    }
}

fn is_money(value: &Value) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| value.get(name).is_some_and(|one| !one.is_object()));
    has(&["amount", "value"])
        && has(&["currency", "currencyCode", "currency_code"])
        && value.as_object().is_some_and(|all| all.len() <= 3)
}

/// The fields that these columns make; one of them, or several together, tell the items apart.
pub(super) fn fields(columns: &[Column]) -> Vec<Field> {
    let mut typed: Vec<(&Column, &'static str, String)> = columns
        .iter()
        .filter_map(|column| {
            let (kind, pipe) = kind_of(column)?;
            let steps: Vec<String> = column.pipe.iter().map(|step| (*step).to_owned()).chain(pipe).collect();
            let pipe = if steps.is_empty() { String::new() } else { format!(", pipe = [{}]", steps.join(", ")) };
            Some((column, kind, format!("{}{pipe}", column.place)))
        })
        .collect();
    let key = key(&typed);
    // What tells records apart must not be cut off.
    typed.sort_by_key(|(column, _, _)| !key.contains(&column.place));
    typed.truncate(MOST);
    typed.sort_by_key(|(column, _, _)| columns.iter().position(|one| one.place == column.place));
    let mut used: HashSet<String> = HashSet::new();
    let short = |column: &Column| snake(column.names.last().map_or("field", String::as_str));
    let mut fields = Vec::new();
    for (column, kind, place) in &typed {
        let alone = typed.iter().filter(|(other, _, _)| short(other) == short(column)).count() == 1;
        let mut name = if alone { short(column) } else { snake(&column.names.join("_")) };
        while !used.insert(name.clone()) {
            name.push('_');
        }
        fields.push(Field { name, place: place.clone(), kind, is_key: key.contains(&column.place) });
    }
    fields
}

/// The places of the columns that tell the items apart.
fn key(typed: &[(&Column, &'static str, String)]) -> BTreeSet<String> {
    let Some(items) = typed.first().map(|(column, _, _)| column.values.len()) else { return BTreeSet::new() };
    // The same item may have come twice: on two pages, or on one that moved.
    let whole = |at: usize| typed.iter().map(|(column, _, _)| format!("{:?}", column.values[at])).collect::<Vec<_>>();
    let distinct = (0..items).map(whole).collect::<HashSet<_>>().len();
    let tells = |columns: &[&Column]| {
        let one = |at: usize| {
            columns.iter().map(|column| column.values[at].as_ref().map(Value::to_string)).collect::<Option<Vec<_>>>()
        };
        (0..items).map(one).collect::<Option<HashSet<_>>>().is_some_and(|all| all.len() == distinct)
    };
    let mut able: Vec<&Column> = typed
        .iter()
        .filter(|(column, kind, _)| {
            matches!(*kind, "string" | "integer" | "url") && column.values.iter().all(Option::is_some)
        })
        .map(|(column, _, _)| *column)
        .collect();
    able.sort_by_key(|column| (rank(column), column.names.len()));
    if let Some(one) = able.iter().find(|column| tells(&[**column])) {
        return BTreeSet::from([one.place.clone()]);
    }
    for (at, first) in able.iter().enumerate() {
        if let Some(second) = able[at + 1..].iter().find(|second| tells(&[*first, **second])) {
            return BTreeSet::from([first.place.clone(), second.place.clone()]);
        }
    }
    able.first().map(|column| column.place.clone()).into_iter().collect()
}

fn rank(column: &Column) -> usize {
    let name = column.names.last().map(|name| snake(name)).unwrap_or_default();
    let exact = KEYS.iter().position(|key| *key == name);
    let ends = || KEYS.iter().position(|key| name.ends_with(&format!("_{key}"))).map(|at| at + KEYS.len());
    // A long text is one because it is long, not because it names anything.
    exact
        .or_else(ends)
        .unwrap_or_else(|| if column.values.iter().flatten().all(|one| one.to_string().len() < 80) { 100 } else { 200 })
}

/// The type of a column, and what has to be done to its values first; none: there is nothing in it.
fn kind_of(column: &Column) -> Option<(&'static str, Option<String>)> {
    let values: Vec<&Value> = column.values.iter().flatten().filter(|one| one.as_str() != Some("")).collect();
    if values.is_empty() {
        return None;
    }
    let all = |holds: &dyn Fn(&Value) -> bool| values.iter().all(|one| holds(one));
    let texts = |holds: &dyn Fn(&str) -> bool| all(&|one| one.as_str().is_some_and(holds));
    let name = column.names.last().map(|name| snake(name)).unwrap_or_default();
    let is_moment =
        name.ends_with("_at") || name.ends_with("date") || name.ends_with("time") || name.starts_with("date");
    let number = |one: &Value| one.as_i64().unwrap_or_default();
    Some(if all(&Value::is_boolean) {
        ("bool", None)
    } else if is_moment && all(&|one| (1_000_000_000_000..9_000_000_000_000).contains(&number(one))) {
        ("datetime", Some("{ date = { format = \"unix_ms\" } }".into()))
    } else if is_moment && all(&|one| (1_000_000_000..9_000_000_000).contains(&number(one))) {
        ("datetime", Some("{ date = { format = \"unix\" } }".into()))
    } else if all(&Value::is_i64) {
        ("integer", None)
    } else if all(&Value::is_number) {
        ("decimal", None)
    } else if all(&is_money) {
        ("money", None)
    } else if all(&Value::is_array) {
        ("list", None)
    } else if texts(&|text| OffsetDateTime::parse(text, &Rfc3339).is_ok()) {
        ("datetime", None)
    } else if texts(&|text| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))) {
        ("url", None)
    } else if let Some(locale) = prices(&values) {
        ("money", Some(format!("{{ locale = \"{locale}\" }}")))
    } else if all(&|one| one.is_string() || one.is_number() || one.is_boolean()) {
        ("string", None)
    } else {
        ("json", None)
    })
}

/// How prices are written, where all of these texts are one with its currency: a comma or a point before the cents.
fn prices(values: &[&Value]) -> Option<&'static str> {
    static PRICE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"^\s*(?:(?:US|R|CA|AU|MX)?\$|€|£|¥|₹|[A-Z]{3})\s?-?\d[\d.,]*\s*$|^\s*-?\d[\d.,]*\s?(?:€|£|[A-Z]{3})\s*$",
        )
        .expect("this regex parses")
    });
    let texts: Vec<&str> = values.iter().filter_map(|one| one.as_str()).collect();
    if texts.len() != values.len() || !texts.iter().all(|text| PRICE.is_match(text)) {
        return None;
    }
    let comma = |text: &&str| {
        let number: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
        number.len() > 3 && number.as_bytes()[number.len() - 3] == b','
    };
    let commas = texts.iter().filter(|text| comma(text)).count();
    // Both at once: each currency in its own way, which nobody can tell from here.
    if commas == 0 { Some("en-US") } else { (commas == texts.len()).then_some("pt-BR") }
}

/// `affiliateCookieDuration` becomes `affiliate_cookie_duration`.
pub(super) fn snake(name: &str) -> String {
    let mut made = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
                made.push('_');
            }
            made.push(c.to_ascii_lowercase());
        } else if !made.is_empty() && !made.ends_with('_') {
            made.push('_');
        }
        before = c;
    }
    let made = made.trim_matches('_').to_owned();
    if made.is_empty() { "field".into() } else { made }
}
