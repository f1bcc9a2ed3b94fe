//! Typed values, and how each is written in JSON.

use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use url::Url;

use crate::providers::FieldType;

/// A sum, from end to end: a word beside it could change what it means.
static SUM: LazyLock<Regex> = LazyLock::new(|| {
    let sign = r"[-+\u{2212}]";
    let unit = r"[A-Z]{0,2}\s?\$|[A-Z]{3}|[€£¥₹]";
    // What it has in separators is judged later. A dash may stand for the cents: `12,-`.
    let number = r"[0-9](?:[0-9.,'’\s]*[0-9])?";
    let sum = format!(
        r"^(?<sign>{sign})?\s*(?<before>{unit})?\s*(?<inner>{sign})?\s*(?<number>{number})(?:[.,][-–—]?)?\s*(?<after>{unit})?$"
    );
    Regex::new(&sum).expect("this regex parses")
});

/// Signs that people write for a currency. A dollar of any other place is not guessed.
const SIGNS: [(&str, &str); 17] = [
    ("$", "USD"),
    ("US$", "USD"),
    ("R$", "BRL"),
    ("MX$", "MXN"),
    ("C$", "CAD"),
    ("CA$", "CAD"),
    ("A$", "AUD"),
    ("AU$", "AUD"),
    ("NZ$", "NZD"),
    ("HK$", "HKD"),
    ("S$", "SGD"),
    ("SG$", "SGD"),
    ("NT$", "TWD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
];

/// Of ISO 4217, with those that ended of late: `VAT` is none.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD \
    HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD \
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON \
    RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX \
    USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

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
            // Nothing is left out of a list in silence, but for what is empty.
            Value::Array(list) if list.iter().any(|one| one.is_object() || one.is_array()) => None,
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

/// The currency of a sum, however its number is written.
pub(super) fn currency(text: &str) -> Option<&'static str> {
    sum(text).map(|sum| sum.currency)
}

struct Sum<'a> {
    is_negative: bool,
    number: &'a str,
    currency: &'static str,
}

fn sum(text: &str) -> Option<Sum<'_>> {
    let text = text.trim();
    // As bookkeepers write what is owed.
    let within = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let parts = SUM.captures(within.unwrap_or(text).trim())?;
    let part = |name: &str| parts.name(name).map(|part| part.as_str());
    let mut signs = [within.map(|_| "-"), part("sign"), part("inner")].into_iter().flatten();
    let (sign, None) = (signs.next(), signs.next()) else { return None };
    let currency = match (part("before"), part("after")) {
        (Some(unit), None) | (None, Some(unit)) => of_unit(unit),
        // Which of those that are written so.
        (Some("$" | "¥"), Some(code)) | (Some(code), Some("$" | "¥")) if of_code(code).is_some() => of_code(code),
        (Some(before), Some(after)) => of_unit(before).filter(|one| of_unit(after) == Some(*one)),
        (None, None) => None,
    };
    Some(Sum {
        is_negative: sign.is_some_and(|sign| sign != "+"),
        number: parts.name("number")?.as_str(),
        currency: currency?,
    })
}

fn of_unit(unit: &str) -> Option<&'static str> {
    let unit: String = unit.split_whitespace().collect();
    SIGNS.iter().find(|(sign, _)| *sign == unit).map(|(_, code)| *code).or_else(|| of_code(&unit))
}

fn of_code(unit: &str) -> Option<&'static str> {
    CODES.split(' ').find(|code| *code == unit)
}

fn text(raw: &Value) -> Option<String> {
    match raw {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// With more digits than it can hold it is none: it would be rounded.
fn decimal(text: &str) -> Option<Decimal> {
    let digits = text.split(['e', 'E']).next()?;
    let exact = Decimal::from_str_exact(digits).ok()?;
    if digits == text { Some(exact) } else { Decimal::from_scientific(text).ok() }
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
            let sum = sum(&text)?;
            let amount = decimal(sum.number)?;
            (if sum.is_negative { -amount } else { amount }, sum.currency.to_owned())
        }
    };
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    Some(json!({ "amount": amount.to_string(), "currency": currency }))
}
