//! JSON of a site, with each number as exact as it is written.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;
use rust_decimal::Decimal;
use serde_json::{Number, Value};

/// So many decimal digits survive in a double (IEEE 754, `DBL_DIG`).
const SURVIVE: usize = 15;

/// A string, or a number with more characters than a double has digits (RFC 8259, 6).
static LONG: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?";
    Regex::new(&format!(r#""(?:[^"\\]|\\.)*"|(?P<number>{number})"#)).expect("a regular expression")
});

/// Reads it. A number that neither 64 bits of an integer nor a double hold is a text of its digits, where they would be rounded.
///
/// # Errors
/// Where it is no JSON.
pub fn read(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&with_long_numbers_as_text(text))
}

fn with_long_numbers_as_text(text: &str) -> Cow<'_, str> {
    let is_long = |run: &[u8]| run.iter().filter(|byte| byte.is_ascii_digit()).count() > SURVIVE;
    let is_of_numbers = |byte: &u8| !(byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    // Most answers have none, strings aside.
    if !text.as_bytes().split(is_of_numbers).any(is_long) {
        return Cow::Borrowed(text);
    }
    LONG.replace_all(text, |found: &regex::Captures<'_>| match found.name("number").map(|number| number.as_str()) {
        Some(number) if is_rounded(number) => format!("\"{number}\""),
        _ => found[0].to_owned(),
    })
}

fn is_rounded(number: &str) -> bool {
    if !is_longer_than_survives(number) {
        return false;
    }
    let exact = |text: &str| Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok();
    let read = serde_json::from_str::<Number>(number).ok();
    // What no decimal holds is a text rather than a guess.
    let (Some(written), Some(read)) = (exact(number), read.and_then(|read| exact(&read.to_string()))) else {
        return true;
    };
    written != read
}

fn is_longer_than_survives(number: &str) -> bool {
    let digits = number.split(['e', 'E']).next().unwrap_or_default().bytes().filter(u8::is_ascii_digit);
    digits.count() > SURVIVE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_that_would_be_rounded_is_a_text_of_its_digits() {
        let read = |text: &str| read(text).expect("JSON");
        assert_eq!(
            read(r#"{"id":123456789012345678901234,"rate":0.12345678901234567891,"low":-0.12345678901234567891}"#),
            json!({
                "id": "123456789012345678901234",
                "rate": "0.12345678901234567891",
                "low": "-0.12345678901234567891",
            })
        );
        assert_eq!(
            read(r"[9223372036854775807,18446744073709551615,19.90,0.1,1e3,12345678901234.5,0.5000000000000000000]"),
            json!([
                9_223_372_036_854_775_807_i64,
                18_446_744_073_709_551_615_u64,
                19.9,
                0.1,
                1000.0,
                12_345_678_901_234.5,
                0.5
            ])
        );
    }

    #[test]
    fn what_stands_in_a_string_is_left_alone() {
        let text = r#"{"a":"0.12345678901234567891 and \"123456789012345678901234\"","b\\":[0.12345678901234567891]}"#;
        let read = read(text).expect("JSON");
        assert_eq!(read["a"], "0.12345678901234567891 and \"123456789012345678901234\"");
        assert_eq!(read["b\\"][0], "0.12345678901234567891");
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for text in ["", "<html>", "{\"a\":0123456789012345678901}", "[0.12345678901234567891", "[1.]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_digit_is_lost(whole in 0_u64..1_000_000_000_000, part in "[0-9]{0,15}[1-9]") {
            let number = format!("{whole}.{part}");
            let written = Decimal::from_str_exact(&number).expect("a decimal");
            let read = read(&format!("{{\"n\":{number}}}")).expect("JSON");
            let text = match &read["n"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            prop_assert_eq!(Decimal::from_str_exact(&text).expect("a decimal"), written);
        }
    }
}
