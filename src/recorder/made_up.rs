//! Made-up texts and numbers of the same shape as those of a person: the same one for the same one, everywhere.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

use regex::Regex;
use serde_json::{Map, Number, Value};
use url::Url;

const VOWELS: &[u8] = b"aeiou";
const CONSONANTS: &[u8] = b"bcdfghklmnprstvz";
const HEX: &[u8] = b"abcdef";
/// So often another one is made, where it was made before for something else.
const TRIES: u64 = 40;
/// Any integer of so many digits fits into 64 bits.
const LONG: usize = 18;
/// Instead of a number that is larger than any can be.
const TOO_LARGE: u32 = 10;

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?-u)^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$")
        .expect("this regex parses")
});

/// Makes them up, and remembers which stands for which.
#[derive(Debug)]
pub(super) struct MadeUp {
    salt: u64,
    known: HashMap<String, String>,
    used: HashSet<String>,
}

/// E-mail addresses that were made up for: they must be nowhere in what is written. Of a word nobody can say that: it may
/// stand in a name of the site's as well.
#[derive(Clone, Default)]
pub struct Replaced(HashSet<String>);

impl Replaced {
    /// Whether one of them is in it.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let alone = |at: usize, length: usize| {
            !text[..at].ends_with(|c: char| c.is_alphanumeric() || "._+-".contains(c))
                && !text[at + length..].starts_with(char::is_alphanumeric)
        };
        self.0.iter().any(|address| text.match_indices(address.as_str()).any(|(at, one)| alone(at, one.len())))
    }
}

impl std::fmt::Debug for Replaced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replaced({})", self.0.len())
    }
}

impl MadeUp {
    /// Another salt makes other texts: nobody finds the old ones by trying.
    pub fn new(salt: u64) -> Self {
        Self { salt, known: HashMap::new(), used: HashSet::new() }
    }

    /// The addresses that it made others up for.
    pub fn replaced(&self) -> Replaced {
        // "@media" is a word of a style, and what was made up for one may be another's.
        let is_address = |text: &&String| {
            text.len() > 5
                && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
                && !text.contains(|c: char| c.is_whitespace() || c == '/')
                && !self.used.contains(*text)
        };
        Replaced(self.known.keys().filter(is_address).cloned().collect())
    }

    /// JSON with the same names, types and lengths, and nothing of what was in it.
    pub fn json(&mut self, json: &Value) -> Value {
        match json {
            Value::Null | Value::Bool(_) => json.clone(),
            Value::Number(number) => Value::Number(self.number(number)),
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(list) => list.iter().map(|one| self.json(one)).collect(),
            Value::Object(object) => {
                let mut made = Map::new();
                for (name, value) in object {
                    // A name that nobody chose is data: an id, an address.
                    let is_data = name.contains('@')
                        || super::looks_random(name)
                        || name.chars().filter(|c| c.is_numeric()).count() > 3;
                    let key = if is_data { self.text(name) } else { name.clone() };
                    let is_currency =
                        name.to_ascii_lowercase().contains("currency") && value.as_str().is_some_and(is_code);
                    made.insert(key, if is_currency { value.clone() } else { self.json(value) });
                }
                Value::Object(made)
            }
        }
    }

    /// A text of the same shape.
    pub fn text(&mut self, text: &str) -> String {
        if !text.chars().any(char::is_alphanumeric) {
            return text.to_owned();
        }
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let mut made = self.make(text, 0);
        for turn in 1..TRIES {
            if made != text && !self.used.contains(&made) {
                break;
            }
            let other = self.make(text, turn);
            // Better one for two texts than none.
            if other != text {
                made = other;
            }
        }
        self.used.insert(made.clone());
        self.known.insert(text.to_owned(), made.clone());
        made
    }

    fn make(&self, text: &str, turn: u64) -> String {
        if DATE.is_match(text) {
            return self.date(text, turn);
        }
        if let Ok(url) = Url::parse(text)
            && matches!(url.scheme(), "http" | "https")
        {
            let path = self.shape(behind_the_host(text), turn);
            return format!(
                "{}://www.example.com{}",
                url.scheme(),
                if path.starts_with('/') { path } else { format!("/{path}") }
            );
        }
        if let Some((name, host)) = text.split_once('@')
            && !text.contains(char::is_whitespace)
            && host.contains('.')
        {
            return format!("{}@example.com", self.shape(name, turn));
        }
        self.shape(text, turn)
    }

    /// Letters for letters, digits for digits, everything else as it was.
    fn shape(&self, text: &str, turn: u64) -> String {
        let mut hasher = DefaultHasher::new();
        (self.salt, text, turn).hash(&mut hasher);
        let mut random = hasher.finish();
        let mut next = |choices: &[u8]| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(choices[usize::try_from((random >> 33) % choices.len() as u64).unwrap_or_default()])
        };
        let is_hex = text.len() > 7
            && text.contains(|c: char| c.is_ascii_digit())
            && text.contains(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let mut in_word = 0;
        let made = text.chars().map(|c| {
            if c.is_numeric() {
                return if in_word == 0 && !is_hex { next(b"123456789") } else { next(b"0123456789") };
            }
            if !c.is_alphabetic() {
                in_word = 0;
                return c;
            }
            in_word += 1;
            let letter = next(if is_hex {
                HEX
            } else if in_word % 2 == 0 {
                VOWELS
            } else {
                CONSONANTS
            });
            if c.is_uppercase() { letter.to_ascii_uppercase() } else { letter }
        });
        made.collect()
    }

    /// A moment that there is, written in the same way.
    fn date(&self, text: &str, turn: u64) -> String {
        let mut hasher = DefaultHasher::new();
        (self.salt, text, turn).hash(&mut hasher);
        let random = hasher.finish();
        let parts = [
            2020 + random % 5,
            1 + (random >> 8) % 12,
            1 + (random >> 16) % 28,
            (random >> 24) % 24,
            (random >> 32) % 60,
            (random >> 40) % 60,
        ];
        let mut numbers = parts.iter();
        let mut made = String::new();
        let mut rest = text;
        // The first six numbers are the moment; what follows is its fraction and its zone.
        while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
            let length = rest[at..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - at);
            made.push_str(&rest[..at]);
            let is_zone = made.len() > 10 && rest[..at].ends_with(['+', '-']);
            match numbers.next().filter(|_| !is_zone && !rest[..at].ends_with('.')) {
                Some(number) => {
                    // Writing into a string does not fail.
                    let _ = write!(made, "{number:0length$}");
                }
                None => made.push_str(&"0".repeat(length)),
            }
            rest = &rest[at + length..];
            if is_zone {
                numbers = [].iter();
            }
        }
        made.push_str(rest);
        made
    }

    /// A number with as many digits, and of the same sign; what is counted on one hand stays.
    pub fn number(&mut self, number: &Number) -> Number {
        let text = number.to_string();
        if text.trim_start_matches('-').len() < 2 {
            return number.clone();
        }
        // The power of ten says how large it is, not which it is.
        let (digits, power) = text.split_at(text.find(['e', 'E']).unwrap_or(text.len()));
        let mut made = self.text(digits);
        if !number.is_f64() && digits.trim_start_matches('-').len() > LONG {
            // A larger one would be no integer any more.
            let sign = usize::from(made.starts_with('-'));
            made.replace_range(sign..sign + 2, "11");
        }
        serde_json::from_str(&format!("{made}{power}")).unwrap_or_else(|_| Number::from(TOO_LARGE))
    }
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// What of an address comes behind its host.
fn behind_the_host(text: &str) -> &str {
    let host = text.find("://").map_or(0, |at| at + 3);
    text[host..].find(['/', '?', '#']).map_or("", |at| &text[host + at..])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_shape_stays_and_the_words_go() {
        let mut made = MadeUp::new(7);
        let name = made.text("Ana Souza-Lima");
        assert!(Regex::new(r"^[A-Z][a-z]{2} [A-Z][a-z]{4}-[A-Z][a-z]{3}$").unwrap().is_match(&name), "{name}");
        assert_ne!(name, "Ana Souza-Lima");
        assert_eq!(made.text("Ana Souza-Lima"), name, "the same for the same");
        assert!(made.text("ana@casa.example.br").ends_with("@example.com"));
        let url = made.text("https://cdn.ana.example/img/Ana.png?u=4");
        assert!(url.starts_with("https://www.example.com/") && !url.contains("ana"), "{url}");
        assert!(uuid::Uuid::parse_str(&made.text("0f0c9a52-7f1e-4c1b-9a3d-2f6b7c8d9e01")).is_ok());
        for date in ["2026-07-31T23:59:58.123Z", "2026-07-31T23:59:58-03:00"] {
            let moment = made.text(date);
            assert_ne!(moment, date);
            assert!(
                time::OffsetDateTime::parse(&moment, &time::format_description::well_known::Rfc3339).is_ok(),
                "{moment}"
            );
        }
        assert_eq!(made.text("2026-07-31").len(), 10);
    }

    #[test]
    fn json_keeps_its_names_and_types_and_its_currencies() {
        let mut made = MadeUp::new(1);
        let json = made.json(
            &json!({ "id": 1_204_117, "price": { "currency": "BRL", "value": 1234.56 }, "on": true, "none": null,
            "stars": 4, "tags": ["Excel"], "by": { "ana@a.example": 1 } }),
        );
        assert_eq!(json["price"]["currency"], "BRL");
        assert!(json["id"].is_i64() && json["id"] != 1_204_117 && json["price"]["value"].is_f64(), "{json}");
        assert_eq!((&json["on"], &json["none"], &json["stars"]), (&json!(true), &Value::Null, &json!(4)));
        assert!(!json.to_string().contains("Excel") && !json.to_string().contains("ana@"), "{json}");
    }

    #[test]
    fn no_number_stays_and_each_keeps_its_digits_and_its_type() {
        for salt in 0..50 {
            let mut made = MadeUp::new(salt);
            for original in [json!(88_123_456), json!(-1_204_117_998), json!(u64::MAX), json!(i64::MIN), json!(41)] {
                let number = made.json(&original);
                assert_ne!(number, original, "{salt}");
                assert_eq!(number.to_string().len(), original.to_string().len(), "{salt}: {number}");
                assert_eq!((number.is_i64(), number.is_u64()), (original.is_i64(), original.is_u64()), "{number}");
            }
            for original in [json!(1.234_567e25), json!(1e-9), json!(1.7e308), json!(12.5)] {
                let number = made.json(&original);
                assert!(number != original && number.is_number(), "{salt}: {number}");
            }
        }
    }

    #[test]
    fn digits_of_every_script_are_made_up() {
        let mut made = MadeUp::new(5);
        for text in ["٠١٢٣-٤٥", "२०२६-०७-३१", "1²½"] {
            let text_made = made.text(text);
            assert!(
                !text.chars().filter(|c| c.is_numeric() && !c.is_ascii()).any(|c| text_made.contains(c)),
                "{text_made}"
            );
        }
        assert!(!made.text("12345678").starts_with('0'));
    }

    #[test]
    fn an_address_that_was_made_up_for_is_found_again_and_a_word_is_not() {
        let mut made = MadeUp::new(9);
        for text in ["ana@casa.example", "Orders", "@media", "2026-07-31"] {
            made.text(text);
        }
        let replaced = made.replaced();
        assert!(replaced.is_in("url = \"https://a.example/by/ana@casa.example/x\""));
        assert!(!replaced.is_in("name = \"Orders\" # @media 2026-07-31"));
        assert!(!replaced.is_in("mariana@casa.example"), "another's");
        assert_eq!(format!("{replaced:?}"), "Replaced(1)");
    }
}
