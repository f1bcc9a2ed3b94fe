//! The lists in the JSON that a page asked for.

use std::cmp::Reverse;

use serde_json::Value;

use super::{json_of, marks::same_endpoint, member};
use crate::domain::Exchange;

/// More fields make a list no richer.
const FIELDS: usize = 30;

/// A list of records in an answer.
#[derive(Debug, Clone)]
pub(super) struct List<'a> {
    /// The answer.
    pub answer: &'a Exchange,
    /// Where its items are.
    pub path: String,
    /// They.
    pub items: Vec<Value>,
    /// The answer itself.
    pub body: Value,
}

impl List<'_> {
    /// The path to the list, which is there when it is empty, too.
    pub fn whole(&self) -> String {
        self.path.rfind("[*]").map_or_else(|| self.path.clone(), |at| self.path[..at].to_owned())
    }

    /// The path to its first item.
    pub fn first(&self) -> String {
        let (list, item) = self.path.rsplit_once("[*]").unwrap_or((&self.path, ""));
        format!("{list}[0]{item}")
    }
}

/// The richest list of each endpoint, those with the most to say first: items times fields. Of two that say the same, the later one.
pub(super) fn lists(exchanges: &[Exchange]) -> Vec<List<'_>> {
    let mut all: Vec<List<'_>> = exchanges.iter().rev().filter_map(list_in).collect();
    all.sort_by_key(|list| Reverse(worth(&list.items)));
    let mut lists: Vec<List<'_>> = Vec::new();
    for list in all {
        if !lists.iter().any(|one| same_endpoint(one.answer, list.answer)) {
            lists.push(list);
        }
    }
    lists
}

/// How many items the richest list in that answer has; nothing, where there is none.
#[must_use]
pub fn items_in(answer: &Exchange) -> Option<usize> {
    list_in(answer).map(|list| list.items.len())
}

fn list_in(answer: &Exchange) -> Option<List<'_>> {
    if answer.kind == "document" || !(200..300).contains(&answer.status) {
        return None;
    }
    let body = json_of(answer.body.as_ref())?;
    let mut found = Vec::new();
    walk(&body, "$", 0, &mut found);
    let (path, items) = found.into_iter().max_by_key(|(_, items)| worth(items))?;
    Some(List { answer, path, items, body })
}

/// The items at that path of an answer.
pub(super) fn items_at(body: &Value, path: &str) -> Vec<Value> {
    // An object has members where a list has items, and at its root any answer may be one.
    if path == "$[*]" && !body.is_array() {
        return Vec::new();
    }
    let path = crate::domain::rule::JsonPath::parse(path);
    path.map(|path| path.all(body).into_iter().cloned().collect()).unwrap_or_default()
}

fn walk(value: &Value, path: &str, depth: usize, found: &mut Vec<(String, Vec<Value>)>) {
    if depth > 6 {
        return;
    }
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                walk(inner, &member(path, name), depth + 1, found);
            }
        }
        Value::Array(list) if list.len() > 1 && list.iter().all(Value::is_object) => {
            found.push((format!("{path}[*]"), list.clone()));
            // Each item in an envelope of its own, as GraphQL's edges have it.
            let inner: Vec<Value> =
                list.iter().filter_map(|item| item.get("node").filter(|node| node.is_object())).cloned().collect();
            if inner.len() == list.len() {
                found.pop();
                found.push((format!("{path}[*].node"), inner));
            }
        }
        _ => {}
    }
}

fn worth(items: &[Value]) -> usize {
    items.iter().map(|item| leaves(item, 0).min(FIELDS)).sum()
}

fn leaves(value: &Value, depth: usize) -> usize {
    match value {
        Value::Object(object) if depth < 4 => object.values().map(|inner| leaves(inner, depth + 1)).sum(),
        Value::Null | Value::Array(_) | Value::Object(_) => 0,
        _ => 1,
    }
}
