//! Which of a stream's records somebody wants to see, and in which order. Decided here and not in SQL: two databases
//! would disagree about letters with accents, decimals, and what comes last.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::Record;

/// Longer texts are told apart by this much of them: a key of one goes into an address.
const COMPARED: usize = 120;

/// By what records are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderBy {
    /// One of their fields. `number`: its texts are decimals.
    Field {
        /// Which.
        name: String,
        /// Whether its definition calls it a number.
        number: bool,
    },
    /// When they were first found.
    FirstSeen,
    /// When they were last found.
    LastSeen,
    /// When their fields were last other than before.
    ChangedAt,
}

/// An order of records; those without a value are last in both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: OrderBy,
    /// The greatest first.
    pub descending: bool,
}

/// A text that is looked for, in any field. Case and accents do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(String);

/// Which records, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Those that hold this.
    pub search: Option<Search>,
    /// Without one, in the site's order.
    pub order: Option<Order>,
}

/// Where a record stands in an order. What has no value is not a key: it stands after all that have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SortKey {
    /// By size.
    #[serde(rename = "n")]
    Number(Decimal),
    /// By currency, and then by size: amounts of two currencies cannot be compared.
    #[serde(rename = "m")]
    Money(String, Decimal),
    /// By letters, without case and accents.
    #[serde(rename = "t")]
    Text(String),
}

/// The place of a record in a selection: its key, where it has one, and its place in the site's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place(pub Option<SortKey>, pub i64);

/// In small letters and without accents.
fn fold(text: &str) -> String {
    text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase).collect()
}

/// Calls `with` on the texts and numbers of a value. The names in it are not looked at.
fn any_text(value: &Value, with: &mut impl FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => with(text),
        Value::Number(number) => with(&number.to_string()),
        Value::Array(list) => list.iter().any(|one| any_text(one, with)),
        Value::Object(object) => object.values().any(|one| any_text(one, with)),
        Value::Null | Value::Bool(_) => false,
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

impl Search {
    /// What somebody typed; nothing where it is blank.
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        let folded = fold(typed.trim());
        (!folded.is_empty()).then_some(Self(folded))
    }

    fn finds(&self, record: &Record) -> bool {
        record.fields.values().any(|value| any_text(value, &mut |text| fold(text).contains(&self.0)))
    }
}

impl SortKey {
    fn of(value: &Value, number: bool) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Number(number) => decimal(&number.to_string()).map(Self::Number),
            Value::String(text) if number => decimal(text).map(Self::Number),
            Value::String(text) => {
                // So that a moment with a fraction of a second comes after the full second.
                let text = text.strip_suffix('Z').unwrap_or(text);
                let key: String = fold(text).trim_start().chars().take(COMPARED).collect();
                (!key.is_empty()).then_some(Self::Text(key))
            }
            Value::Object(object) => match (object.get("amount"), object.get("currency")) {
                (Some(Value::String(amount)), Some(Value::String(currency))) => {
                    decimal(amount).map(|amount| Self::Money(currency.clone(), amount))
                }
                _ => Some(Self::Text(value.to_string().chars().take(COMPARED).collect())),
            },
            Value::Bool(yes) => Some(Self::Text(yes.to_string())),
            Value::Array(list) => {
                let words: Vec<_> = list.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), fold)).collect();
                let key: String = words.join(" ").chars().take(COMPARED).collect();
                (!key.is_empty()).then_some(Self::Text(key))
            }
        }
    }
}

impl Selection {
    /// Whether it is all of them in the site's order.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.search.is_none() && self.order.is_none()
    }

    /// Whether the record is one of those.
    #[must_use]
    pub fn has(&self, record: &Record) -> bool {
        self.search.as_ref().is_none_or(|search| search.finds(record))
    }

    /// Where it stands among them; `site`: its place in the site's order.
    #[must_use]
    pub fn place(&self, record: &Record, site: i64) -> Place {
        let key = self.order.as_ref().and_then(|order| match &order.by {
            OrderBy::Field { name, number } => SortKey::of(record.fields.get(name)?, *number),
            OrderBy::FirstSeen => Some(SortKey::Number(record.first_seen.0.into())),
            OrderBy::LastSeen => Some(SortKey::Number(record.last_seen.0.into())),
            OrderBy::ChangedAt => Some(SortKey::Number(record.changed_at.0.into())),
        });
        Place(key, site)
    }

    /// Which of two places is before the other.
    #[must_use]
    pub fn compare(&self, a: &Place, b: &Place) -> Ordering {
        let by_key = match (&a.0, &b.0) {
            (Some(a), Some(b)) if self.order.as_ref().is_some_and(|order| order.descending) => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_key.then(a.1.cmp(&b.1))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::Timestamp;

    fn record(fields: &Value) -> Record {
        let seen = Timestamp(0);
        let fields = fields.as_object().unwrap().clone();
        Record { key: "k".into(), fields, first_seen: seen, last_seen: seen, changed_at: seen, missing_since: None }
    }

    /// The values in order.
    fn sorted(number: bool, descending: bool, values: &[Value]) -> Vec<Value> {
        let order = Some(Order { by: OrderBy::Field { name: "x".into(), number }, descending });
        let selection = Selection { order, search: None };
        let mut all: Vec<_> = (0..)
            .zip(values)
            .map(|(site, value)| (selection.place(&record(&json!({ "x": value })), site), value.clone()))
            .collect();
        all.sort_by(|(a, _), (b, _)| selection.compare(a, b));
        all.into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn letters_with_accents_stand_where_people_look_for_them() {
        let values =
            [json!("Zebra"), json!("água"), json!("Ábaco"), json!(null), json!("abacate"), json!(""), json!("B")];
        let expected = json!(["abacate", "Ábaco", "água", "B", "Zebra", null, ""]);
        assert_eq!(Value::from(sorted(false, false, &values)), expected);
        let expected = json!(["Zebra", "B", "água", "Ábaco", "abacate", null, ""]);
        assert_eq!(Value::from(sorted(false, true, &values)), expected, "nothing is last in both directions");
    }

    #[test]
    fn numbers_are_compared_exactly_and_amounts_within_their_currency() {
        let numbers = [
            json!("10"),
            json!("9.5"),
            json!("-3"),
            json!(2),
            json!("1234567890123456.11"),
            json!("1234567890123456.10"),
        ];
        let expected = json!(["-3", 2, "9.5", "10", "1234567890123456.10", "1234567890123456.11"]);
        assert_eq!(Value::from(sorted(true, false, &numbers)), expected);
        let money = |amount: &str, currency: &str| json!({ "amount": amount, "currency": currency });
        let values = [money("5.00", "USD"), money("100.00", "BRL"), money("20.00", "BRL")];
        let expected = [money("20.00", "BRL"), money("100.00", "BRL"), money("5.00", "USD")];
        assert_eq!(sorted(false, false, &values), expected);
    }

    #[test]
    fn moments_lists_and_yes_or_no_have_an_order_too() {
        let values = [json!("2026-05-04T09:30:00.5Z"), json!("2026-05-04T09:30:00Z"), json!("2025-01-01T00:00:00Z")];
        let expected = json!(["2025-01-01T00:00:00Z", "2026-05-04T09:30:00Z", "2026-05-04T09:30:00.5Z"]);
        assert_eq!(Value::from(sorted(false, false, &values)), expected);
        assert_eq!(Value::from(sorted(false, false, &[json!(true), json!(false)])), json!([false, true]));
        assert_eq!(Value::from(sorted(false, false, &[json!(["b"]), json!(["a", "z"])])), json!([["a", "z"], ["b"]]));
    }

    #[test]
    fn a_search_ignores_case_and_accents_and_looks_at_values_alone() {
        let record = record(
            &json!({ "title": "Educação Física", "price": { "amount": "12.50", "currency": "BRL" }, "tags": ["Novo"], "open": true }),
        );
        for typed in ["educacao", " FÍSICA ", "12.5", "brl", "nov"] {
            let selection = Selection { search: Search::new(typed), order: None };
            assert!(selection.has(&record), "{typed}");
        }
        for typed in ["title", "amount", "true", "químicа"] {
            let selection = Selection { search: Search::new(typed), order: None };
            assert!(!selection.has(&record), "{typed}");
        }
        assert_eq!(Search::new("  "), None);
    }

    #[test]
    fn a_place_survives_being_written_down() {
        for place in [
            Place(Some(SortKey::Number("12.10".parse().unwrap())), 7),
            Place(Some(SortKey::Money("BRL".into(), "1".parse().unwrap())), 8),
            Place(Some(SortKey::Text("agua".into())), 9),
            Place(None, 10),
        ] {
            let written = serde_json::to_string(&place).unwrap();
            assert_eq!(serde_json::from_str::<Place>(&written).unwrap(), place, "{written}");
        }
    }
}
