//! What is done to a raw value before it is typed.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;
use url::Url;

use super::{LONGEST, date, value};
use crate::providers::{Locale, Pipe, text_of_html};

/// A number as people write it, with its separators; or several, with a space between.
static WRITTEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[0-9]+(?:[.,'’\p{Zs}][0-9]+)*").expect("this regex parses"));
static WITH_POINT: LazyLock<Regex> = LazyLock::new(|| {
    // In India lakhs and crores are groups of two.
    written_with(",", r"\.", r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")
});
static WITH_COMMA: LazyLock<Regex> = LazyLock::new(|| written_with(r"\.", ",", ""));

/// Groups are of three digits, each set apart in the same way, and there are none of a number that begins with nought: what is
/// written otherwise is of another locale, or no one number.
fn written_with(thousands: &str, decimal: &str, other: &str) -> Regex {
    let groups = [thousands, "['’]", r"\p{Zs}"].map(|between| format!("(?:{between}[0-9]{{3}})+")).join("|");
    let written = format!("^(?:[0-9]+|[1-9][0-9]{{0,2}}(?:{groups}){other})(?:{decimal}[0-9]+)?$");
    Regex::new(&written).expect("this regex parses")
}

/// A value that went through a pipe.
pub(super) struct Piped {
    pub value: Option<Value>,
    /// It, or one of a list, was no date or no address, as the pipe says that it is.
    pub is_unreadable: bool,
}

/// Puts a value through a pipe; lists through it one by one. What is an object passes as it is.
pub(super) fn apply(pipes: &[Pipe], raw: Option<Value>, base: &Url) -> Piped {
    let mut failed = false;
    let mut step = |pipe: &Pipe, value: Value, base: &Url| {
        let made = step(pipe, value, base);
        failed |= made.is_none() && matches!(pipe, Pipe::Date(_) | Pipe::Absolute);
        made
    };
    let value = pipes.iter().fold(raw, |value, pipe| match (value, pipe) {
        (None, Pipe::Default(text)) => Some(Value::String(text.clone())),
        (None, _) => None,
        (Some(Value::Array(list)), Pipe::First) => list.into_iter().next(),
        (Some(Value::Array(list)), Pipe::Join(between)) => {
            let texts: Vec<_> = list.iter().map(value::words).collect();
            let length: usize = texts.iter().map(|text| text.len() + between.len()).sum();
            (!texts.is_empty() && length <= LONGEST).then(|| Value::String(texts.join(between)))
        }
        (Some(Value::Array(list)), pipe) if !matches!(pipe, Pipe::Split(_)) => {
            Some(list.into_iter().filter_map(|one| step(pipe, one, base)).collect())
        }
        (Some(one), pipe) => step(pipe, one, base),
    });
    // What stands in for it (`default`, or what follows in the pipe) is a value.
    let is_unreadable = failed && value.as_ref().is_none_or(Value::is_array);
    Piped { value, is_unreadable }
}

fn step(pipe: &Pipe, value: Value, base: &Url) -> Option<Value> {
    if value.is_object() || value.is_array() {
        return Some(value);
    }
    let text = value::words(&value);
    let text = match pipe {
        Pipe::Trim => text.trim().to_owned(),
        Pipe::Collapse => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Pipe::Absolute => base.join(text.trim()).ok()?.to_string(),
        Pipe::Lower => text.to_lowercase(),
        Pipe::Regex(regex) => {
            let captures = regex.captures(&text)?;
            captures.get(1).or_else(|| captures.get(0))?.as_str().to_owned()
        }
        Pipe::Replace { from, to } => replaced(from, to, &text)?,
        // In JSON a number is written in one way.
        Pipe::Locale(_) if value.is_number() => text,
        Pipe::Locale(locale) => in_plain_digits(locale, &text),
        Pipe::Split(at) => {
            let parts = text.split(at.as_str()).map(str::trim).filter(|part| !part.is_empty());
            return Some(parts.map(|part| Value::String(part.to_owned())).collect());
        }
        Pipe::Map(words) => words.get(&text).cloned().unwrap_or(text),
        Pipe::HtmlToText => text_of_html(&text)?,
        Pipe::Date(format) => date::moment(format, &text)?,
        // These are for lists, and for what is not there.
        Pipe::First | Pipe::Join(_) | Pipe::Default(_) => text,
    };
    (!text.is_empty()).then_some(Value::String(text))
}

/// Stops where it gets too long, not after it has.
fn replaced(from: &Regex, to: &str, text: &str) -> Option<String> {
    let mut made = String::new();
    let mut done = 0;
    for captures in from.captures_iter(text) {
        let all = captures.get(0)?;
        made.push_str(&text[done..all.start()]);
        captures.expand(to, &mut made);
        done = all.end();
        if made.len() > LONGEST {
            return None;
        }
    }
    made.push_str(&text[done..]);
    Some(made)
}

fn in_plain_digits(locale: &Locale, text: &str) -> String {
    let comma = match locale {
        Locale::Point => false,
        Locale::Comma => true,
        Locale::ByCurrency(commas) => match value::currency(text).and_then(|currency| commas.get(currency)) {
            Some(comma) => *comma,
            None => return text.to_owned(),
        },
    };
    let (shape, decimal) = if comma { (&WITH_COMMA, ',') } else { (&WITH_POINT, '.') };
    let plain = |number: &str| -> Option<String> {
        let digits = number.chars().filter(|c| c.is_ascii_digit() || *c == decimal);
        shape.is_match(number).then(|| digits.map(|c| if c == decimal { '.' } else { c }).collect())
    };
    let each = |part: &str| {
        let number = part.trim_end();
        plain(number).map_or_else(|| part.to_owned(), |plain| plain + &part[number.len()..])
    };
    let all = |written: &Captures<'_>| {
        plain(&written[0]).unwrap_or_else(|| written[0].split_inclusive(char::is_whitespace).map(each).collect())
    };
    WRITTEN.replace_all(text, all).into_owned()
}
