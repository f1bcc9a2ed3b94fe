//! Typed values, and how each is written in JSON.

use std::{str::FromStr, sync::LazyLock};

use regex::Regex;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use url::Url;

use crate::providers::FieldType;

static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"-?\d+(?:[.,]\d+)*").expect("this regex parses"));
static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[A-Z]{3}\b").expect("this regex parses"));

/// Signs that people write for a currency; the longer ones first, because `R$` has a `$` in it.
const SIGNS: [(&str, &str); 10] = [
    ("US$", "USD"),
    ("MX$", "MXN"),
    ("CA$", "CAD"),
    ("AU$", "AUD"),
    ("R$", "BRL"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("$", "USD"),
];

/// A value of that type; none where it is not one.
pub(super) fn typed(kind: &FieldType, raw: &Value) -> Option<Value> {
    match kind {
        FieldType::String => text(raw).map(Value::String),
        FieldType::Integer => {
            let number = decimal(&text(raw)?)?.normalize();
            if number.scale() > 0 {
                return None;
            }
            i64::try_from(number).ok().map(Value::from)
        }
        FieldType::Decimal => Some(Value::String(decimal(&text(raw)?)?.normalize().to_string())),
        FieldType::Money => money(raw),
        FieldType::Bool => match text(raw)?.to_lowercase().as_str() {
            "true" | "yes" | "1" => Some(Value::Bool(true)),
            "false" | "no" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        FieldType::Url => {
            let url = Url::parse(&text(raw)?).ok()?;
            matches!(url.scheme(), "http" | "https").then(|| Value::String(url.to_string()))
        }
        FieldType::Datetime => {
            // Where its own year is the last, that of UTC may be one that there is not.
            let moment = OffsetDateTime::parse(&text(raw)?, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)?;
            moment.format(&Rfc3339).ok().map(Value::String)
        }
        FieldType::Enum(words) => {
            let word = text(raw)?;
            words.contains(&word).then_some(Value::String(word))
        }
        FieldType::List => match raw {
            Value::Array(list) => Some(list.iter().filter_map(text).map(Value::String).collect()),
            one => Some(Value::Array(vec![Value::String(text(one)?)])),
        },
        FieldType::Json => (!raw.is_null()).then(|| raw.clone()),
    }
}

/// Whether a number, or an amount of money, lies within the range.
pub(super) fn is_within((least, greatest): (Decimal, Decimal), typed: &Value) -> bool {
    let number = typed.get("amount").unwrap_or(typed);
    text(number).and_then(|number| decimal(&number)).is_some_and(|number| (least..=greatest).contains(&number))
}

/// A value in words, for templates, keys and pipes.
pub(super) fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The currency that a text names, by sign or by code.
pub(super) fn currency(text: &str) -> Option<String> {
    let sign = SIGNS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, code)| (*code).to_owned());
    sign.or_else(|| CODE.find(text).map(|code| code.as_str().to_owned()))
}

fn text(raw: &Value) -> Option<String> {
    match raw {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

/// `{"amount": "12.50", "currency": "EUR"}` of an object that has both, or of a text such as `R$ 12.50`.
fn money(raw: &Value) -> Option<Value> {
    let (amount, currency) = match raw {
        Value::Object(object) => {
            let first = |names: &[&str]| names.iter().find_map(|name| object.get(*name)).and_then(text);
            (decimal(&first(&["amount", "value"])?)?, first(&["currency", "currencyCode", "currency_code"])?)
        }
        raw => {
            let text = text(raw)?;
            (decimal(NUMBER.find(&text)?.as_str())?, currency(&text)?)
        }
    };
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    Some(json!({ "amount": amount.to_string(), "currency": currency }))
}
