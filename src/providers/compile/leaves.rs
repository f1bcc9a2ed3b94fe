//! Leaves: patterns, addresses, durations, and the parameters that stand in them.

use std::time::Duration;

use url::Url;

use super::Compiler;
use crate::{
    domain::rule::{DomainPattern, InvalidPattern, JsonPath, NameGlob, UrlGlob},
    providers::{
        file::{Lasting, Text},
        params::{self, ParamKind, Spot},
        request::PLACEHOLDERS,
    },
};

/// A pattern that a leaf can be.
pub(super) trait Pattern: Sized {
    /// What a parameter in it is put into; none: braces in it are its own.
    const SPOT: Option<Spot>;
    fn parse(text: &str) -> Result<Self, InvalidPattern>;
}

macro_rules! patterns {
    ($($pattern:ty: $spot:expr;)*) => {$(
        impl Pattern for $pattern {
            const SPOT: Option<Spot> = $spot;
            fn parse(text: &str) -> Result<Self, InvalidPattern> {
                <$pattern>::parse(text)
            }
        }
    )*};
}

patterns! {
    UrlGlob: Some(Spot::Address);
    DomainPattern: Some(Spot::Domain);
    NameGlob: Some(Spot::Plain);
    JsonPath: None;
}

/// A parameter that ends a host, behind a `*.`.
fn is_whole_end_of_a_host(before: &str, after: &str, spot: Spot) -> bool {
    let in_host = match spot {
        Spot::Domain => true,
        Spot::Address => before.split_once("://").is_some_and(|(_, host)| !host.contains(['/', '?', '#'])),
        _ => false,
    };
    in_host && before.ends_with("*.") && !after.starts_with('.')
}

impl Compiler {
    pub(super) fn pattern<T: Pattern>(&mut self, text: &Text) -> Option<T> {
        let filled = match T::SPOT {
            Some(spot) => self.filled(text, spot)?,
            None => text.get_ref().clone(),
        };
        match T::parse(&filled) {
            Ok(pattern) => Some(pattern),
            Err(InvalidPattern { what, cure }) => self.slip(text.span(), what, cure),
        }
    }

    pub(super) fn patterns<T: Pattern>(&mut self, texts: &[Text]) -> Option<Vec<T>> {
        let all: Vec<Option<T>> = texts.iter().map(|text| self.pattern(text)).collect();
        all.into_iter().collect()
    }

    /// A text with its parameters filled in.
    pub(super) fn filled(&mut self, text: &Text, spot: Spot) -> Option<String> {
        self.filled_but(text, spot, &[])
    }

    /// The same, but what is in `kept` stays as it stands.
    pub(super) fn filled_but(&mut self, text: &Text, spot: Spot, kept: &[&str]) -> Option<String> {
        let mut out = String::new();
        let mut rest = text.get_ref().as_str();
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let name = from[1..].split('}').next().unwrap_or_default();
            let is_name = from[1..].contains('}')
                && name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            // A regular expression has braces of its own: \p{Lu}, \x{7F}.
            let is_its_own = spot == Spot::Regex
                && before.len() >= 2
                && [r"\p", r"\P", r"\x", r"\u", r"\U"].iter().any(|escape| before.ends_with(escape));
            if !is_name || is_its_own || kept.contains(&&from[..name.len() + 2]) {
                out.push('{');
                rest = &from[1..];
                continue;
            }
            match self.params.iter().find(|param| param.name == name) {
                Some(param) => {
                    let after = &from[name.len() + 2..];
                    let is_open = param.pattern.is_none() && param.kind != ParamKind::Enum;
                    // Below a name of the user's choice may be anybody's: "com", "co.uk".
                    if is_open && is_whole_end_of_a_host(&out, after, spot) {
                        return self.below_anything(text, name);
                    }
                    let value = self.values.get(name).map_or("", String::as_str);
                    out.push_str(&param.kind.written(value, spot, out.is_empty()));
                }
                None if self.broken_params.contains(name) => return None,
                // GraphQL has braces of its own, and here nothing else could be meant.
                None if spot == Spot::Plain && self.params.is_empty() => {
                    out.push('{');
                    rest = &from[1..];
                    continue;
                }
                None => return self.unknown_param(text, name),
            }
            rest = &from[name.len() + 2..];
        }
        out.push_str(rest);
        if spot == Spot::Address && params::steps(&out) > params::steps(text.get_ref()) {
            return self.mistake(
                text.span(),
                "with these values it leads to another part of the site",
                "give values that are not made of dots",
            );
        }
        Some(out)
    }

    fn below_anything<T>(&mut self, text: &Text, name: &str) -> Option<T> {
        let what = format!("\"*.{{{name}}}\" is everything below a name of the user's choice, and that may be \"com\"");
        self.mistake(text.span(), what, format!("write a pattern for {name} that allows only the site's own names"))
    }

    fn unknown_param<T>(&mut self, text: &Text, name: &str) -> Option<T> {
        if PLACEHOLDERS.contains(&format!("{{{name}}}").as_str()) {
            let what = format!("{{{name}}} does not stand in the address of a request with that paging");
            return self.mistake(
                text.span(),
                what,
                "it belongs into request.url of a fetch source, with a page of that kind",
            );
        }
        let known: Vec<_> = self.params.iter().map(|param| format!("{{{}}}", param.name)).collect();
        let known = if known.is_empty() { String::new() } else { format!(", or write one of: {}", known.join(", ")) };
        let what = format!("there is no parameter \"{name}\"");
        self.mistake(text.span(), what, format!("declare it in a [[params]] with name = \"{name}\"{known}"))
    }

    pub(super) fn url(&mut self, text: &Text) -> Option<Url> {
        let filled = self.filled(text, Spot::Address)?;
        self.parsed_url(text, &filled)
    }

    pub(super) fn parsed_url(&mut self, text: &Text, filled: &str) -> Option<Url> {
        let cure = "write a whole address: \"https://example.com/path\"";
        match Url::parse(filled) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            Ok(_) => self.slip(text.span(), format!("\"{filled}\" is no address of a website"), cure),
            Err(error) => self.slip(text.span(), format!("\"{filled}\" is no address: {error}"), cure),
        }
    }

    /// An address that the browser must be let go to.
    pub(super) fn visited(&mut self, text: &Text, who: &str) -> Option<Url> {
        let url = self.url(text)?;
        if self.navigate.is_empty() || self.navigate.iter().any(|glob| glob.is_match(url.as_str())) {
            return Some(url);
        }
        let cure = "add an address of this kind to scope.navigate, or write one that is there";
        self.mistake(text.span(), format!("{who} where scope.navigate does not let it go"), cure)
    }

    pub(super) fn origin(&mut self, text: &Text) -> Option<String> {
        let filled = self.filled(text, Spot::Origin)?;
        let url = self.parsed_url(text, &filled)?;
        let origin = url.origin().ascii_serialization();
        if origin == filled {
            return Some(origin);
        }
        let what = format!("\"{filled}\" is an address, not an origin");
        self.mistake(text.span(), what, format!("write scheme, host and port alone: \"{origin}\""))
    }

    pub(super) fn duration(&mut self, text: &Lasting) -> Option<Duration> {
        let text = &text.0;
        let written = text.get_ref();
        let digits = written.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = written.split_at(digits);
        let millis = match unit {
            "ms" => Some(1),
            "s" => Some(1_000),
            "m" => Some(60_000),
            "h" => Some(3_600_000),
            "d" => Some(86_400_000),
            _ => None,
        };
        let duration = number.parse::<u64>().ok().zip(millis).and_then(|(number, millis)| number.checked_mul(millis));
        match duration {
            Some(millis) => Some(Duration::from_millis(millis)),
            None => self.slip(
                text.span(),
                format!("\"{written}\" is no duration"),
                "write a whole number and its unit: \"500ms\", \"2s\", \"15m\", \"48h\" or \"30d\"",
            ),
        }
    }

    pub(super) fn positive(&mut self, text: &Lasting) -> Option<Duration> {
        let duration = self.duration(text)?;
        if duration.is_zero() {
            return self.slip(text.0.span(), "this duration is zero", "write how long it may take, such as \"20s\"");
        }
        Some(duration)
    }
}
