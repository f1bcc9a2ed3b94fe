//! What is asked of the user, such as the address of a site of their own, and how a value is put into a definition.
//!
//! A value comes from anybody. It is checked for its kind where it comes in, and escaped for where it is put: it names one
//! host, or stays within one segment, and never opens more of `scope` than the definition's own text does. Whether that host
//! is one that this server may reach is not decided here: a name can lead elsewhere at each request, so that belongs where
//! connections are made.

use std::sync::Arc;

use regex::Regex;
use url::{Host, Url, form_urlencoded};

use super::{
    DefinitionError, Localized, Provider,
    compile::{compile, compile_with},
};
use crate::domain::{Connection, Params};

/// No value is longer.
const LONGEST: usize = 500;
/// No host is longer, and no part of it (RFC 1035).
const LONGEST_HOST: (usize, usize) = (253, 63);

/// Something that is asked of the user.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// What the user is asked for.
    pub label: Localized,
    /// Where the user finds it.
    pub help: Option<Localized>,
    /// What the value is.
    pub kind: ParamKind,
    /// Matches a whole value that will do.
    pub pattern: Option<Regex>,
    /// Of an enum: what it can be.
    pub values: Vec<String>,
    /// A value that would do.
    pub example: String,
    /// It must be given; only a text may be left out, and is empty then.
    pub required: bool,
}

/// What a parameter's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// Any text.
    Text,
    /// A host, with a port or without.
    Host,
    /// An address with http or https, without query.
    Url,
    /// One of the definition's own words.
    Enum,
}

impl ParamKind {
    /// The word in a definition and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Host => "host",
            Self::Url => "url",
            Self::Enum => "enum",
        }
    }

    /// It says where the site is: another value is another site.
    #[must_use]
    pub fn is_address(self) -> bool {
        matches!(self, Self::Host | Self::Url)
    }
}

/// Why a value will not do. Says what to give instead; never the value itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// It was not given.
    #[error("\"{name}\" is missing: give one such as \"{example}\"")]
    Missing {
        /// Which.
        name: String,
        /// One that would do.
        example: String,
    },
    /// The definition asks for no such value.
    #[error("nothing asks for \"{name}\"; there is: {}", known.join(", "))]
    Unknown {
        /// Which.
        name: String,
        /// What is asked for.
        known: Vec<String>,
    },
    /// It is not of its kind, or does not match its pattern.
    #[error("\"{name}\" {what}: give one such as \"{example}\"")]
    Invalid {
        /// Which.
        name: String,
        /// What is wrong.
        what: String,
        /// One that would do.
        example: String,
    },
    /// Each will do, but the definition makes no sense with them.
    #[error("the definition cannot be used with these values: {0}")]
    Unusable(String),
}

impl ParamError {
    /// Which value it is about; none: all together.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Missing { name, .. } | Self::Unknown { name, .. } | Self::Invalid { name, .. } => Some(name),
            Self::Unusable(_) => None,
        }
    }

    /// The word for a program.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Unknown { .. } => "unknown",
            Self::Invalid { .. } => "invalid",
            Self::Unusable(_) => "unusable",
        }
    }
}

impl Provider {
    /// Reads a definition; `file` is what its mistakes are reported under, and its name must be the provider's id.
    pub fn parse(file: &str, text: &str) -> Result<Self, DefinitionError> {
        compile(file, text)
    }

    /// The provider for a connection, with what its user said. All that is wrong with the values is told at once.
    pub fn with_params(&self, values: &Params) -> Result<Self, Vec<ParamError>> {
        let filled = self.read(values, self.params.iter())?;
        // The mistakes alone: the report around them is for whoever writes definitions.
        let unusable = |error: DefinitionError| vec![ParamError::Unusable(error.whats())];
        compile_with(&self.written.file, &self.written.text, Some(filled)).map_err(unusable)
    }

    /// Some of what is asked for, checked, in the form in which it is put in: the rest is said later.
    pub fn some_params(&self, values: &Params) -> Result<Params, Vec<ParamError>> {
        self.read(values, self.params.iter().filter(|param| values.contains_key(&param.name)))
    }

    fn read<'p>(&self, values: &Params, wanted: impl Iterator<Item = &'p Param>) -> Result<Params, Vec<ParamError>> {
        let known: Vec<String> = self.params.iter().map(|param| param.name.clone()).collect();
        let unknown = values.keys().filter(|name| !known.contains(name));
        let mut wrong: Vec<ParamError> =
            unknown.map(|name| ParamError::Unknown { name: name.clone(), known: known.clone() }).collect();
        let mut filled = Params::new();
        for param in wanted {
            match param.read(values.get(&param.name).map(String::as_str)) {
                Ok(value) => {
                    filled.insert(param.name.clone(), value);
                }
                Err(error) => wrong.push(error),
            }
        }
        if wrong.is_empty() { Ok(filled) } else { Err(wrong) }
    }

    /// The provider for a connection that is there: with what its user said when it was made. Refused where the definition
    /// has come to ask for more since.
    pub fn of_connection(self: &Arc<Self>, connection: &Connection) -> Result<Arc<Self>, Vec<ParamError>> {
        if self.params.is_empty() {
            return Ok(Arc::clone(self));
        }
        self.with_params(&self.params_after(&connection.params, &Params::new())).map(Arc::new)
    }

    /// What a user said, as it is kept: each value in the form in which it is put in.
    #[must_use]
    pub fn values(&self) -> Params {
        self.values.clone().unwrap_or_default()
    }

    /// What was said before, with what is said now in its place; what the definition asks for no more is left out.
    #[must_use]
    pub fn params_after(&self, before: &Params, now: &Params) -> Params {
        let asked = |(name, _): &(&String, &String)| self.params.iter().any(|param| param.name == **name);
        let kept = before.iter().filter(asked).chain(now);
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Whether everything that must be asked of the user has been: only then may anything be visited.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.params.is_empty() || self.values.is_some()
    }
}

impl Param {
    fn read(&self, given: Option<&str>) -> Result<String, ParamError> {
        let given = given.unwrap_or_default().trim();
        if given.is_empty() {
            if self.required {
                return Err(ParamError::Missing { name: self.name.clone(), example: self.example.clone() });
            }
            return Ok(String::new());
        }
        self.checked(given).map_err(|what| ParamError::Invalid {
            name: self.name.clone(),
            what,
            example: self.example.clone(),
        })
    }

    /// The value as it is put in, or what is wrong with it.
    pub(super) fn checked(&self, value: &str) -> Result<String, String> {
        if value.len() > LONGEST {
            return Err(format!("is longer than {LONGEST} bytes"));
        }
        if value.chars().any(char::is_control) {
            return Err("is not one line of text".into());
        }
        if value.contains('*') {
            return Err("may hold no *".into());
        }
        if matches!(value, "." | "..") {
            return Err("would lead to another part of the site".into());
        }
        let value = match self.kind {
            ParamKind::Text => value.to_owned(),
            ParamKind::Host => host(value).ok_or("is no host, with a port or without")?,
            ParamKind::Url => address(value).ok_or("is no address with http:// or https://, without a query")?,
            ParamKind::Enum => {
                let known = || format!("is none of: {}", self.values.join(", "));
                self.values.iter().find(|one| *one == value).cloned().ok_or_else(known)?
            }
        };
        match &self.pattern {
            Some(pattern) if !pattern.is_match(&value) => Err("does not look as it should".into()),
            _ => Ok(value),
        }
    }
}

/// A host as it stands in an address: small letters, the default port left away.
fn host(value: &str) -> Option<String> {
    // What an address would make of these is not what the person sees.
    if value.contains(['/', '\\', '?', '#', '@', '%']) {
        return None;
    }
    let url = Url::parse(&format!("https://{value}/")).ok()?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    has_one_host(&url).then(|| format!("{}{port}", url.host_str().unwrap_or_default()))
}

/// A name, or numbers as of old: of letters, digits, hyphens and dots, in parts that are not empty. Those of another
/// alphabet are letters by now (punycode).
fn has_one_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let is_part = |part: &str| {
                (1..=LONGEST_HOST.1).contains(&part.len())
                    && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            };
            name.len() <= LONGEST_HOST.0 && name.split('.').all(is_part)
        }
        Some(Host::Ipv4(_)) => true,
        // No cookie's domain and no glob can hold one.
        Some(Host::Ipv6(_)) | None => false,
    }
}

/// An address that something can be put behind: no query, no slash at its end.
fn address(value: &str) -> Option<String> {
    // A host begins and ends where the person sees it begin and end.
    let (_, rest) = value.split_once("://")?;
    if rest.starts_with('/') || value.contains('\\') {
        return None;
    }
    let url = Url::parse(value).ok()?;
    let fine = matches!(url.scheme(), "http" | "https")
        && has_one_host(&url)
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    fine.then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// What a value is put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// An address or a glob on addresses.
    Address,
    /// A cookie's domain.
    Domain,
    /// Scheme, host and port.
    Origin,
    /// A regular expression.
    Regex,
    /// A text that is used as it is.
    Plain,
}

impl ParamKind {
    /// The value as it must be written there; `first`: nothing stands before it.
    pub(super) fn written(self, value: &str, spot: Spot, first: bool) -> String {
        match (spot, self) {
            (Spot::Regex, _) => regex::escape(value),
            // A whole address within another one is a part of that.
            (Spot::Address, Self::Url) if first => value.to_owned(),
            (Spot::Address, Self::Text | Self::Enum | Self::Url) => {
                form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
            }
            (Spot::Domain, Self::Host) => value.split(':').next().unwrap_or_default().to_owned(),
            (Spot::Domain, Self::Url) => {
                Url::parse(value).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
            }
            (Spot::Origin, Self::Url) => {
                Url::parse(value).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
            }
            _ => value.to_owned(),
        }
    }
}

/// How many steps an address takes within itself: `.` and `..`, however they are written.
pub(super) fn steps(address: &str) -> usize {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let is_step = |part: &&str| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    path.split(['/', '\\']).filter(is_step).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_addresses_are_taken_as_people_write_them() {
        assert_eq!(host("Shop.Example.com").as_deref(), Some("shop.example.com"));
        assert_eq!(host("shop.localhost:8080").as_deref(), Some("shop.localhost:8080"));
        assert_eq!(host("shop.example:443").as_deref(), Some("shop.example"));
        assert_eq!(host("bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        for wrong in ["https://shop.example", "shop.example/x", "a b", "", "shop.example?x", "me@shop.example"] {
            assert_eq!(host(wrong), None, "{wrong}");
        }
        assert_eq!(address("https://Shop.example/store/").as_deref(), Some("https://shop.example/store"));
        for wrong in ["shop.example", "ftp://shop.example", "https://a:b@shop.example", "https://shop.example/?x=1"] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_host_is_one_host_and_nothing_else() {
        for wrong in [
            ":secret@evil.example",
            "@evil.example",
            "shop.example#x",
            "shop.example\\x",
            "shop.example%2fevil.example",
            "shop.example%00",
            "shop.example:0x50",
            "shop.example:99999",
            "..",
            "a..b",
            ".shop.example",
            "shop.example.",
            "[::1]",
            "[fe80::1]:80",
            "a{b}",
            "a,b",
            "a;b",
            "a'b",
            "shop.example\r\nX-Evil: 1",
        ] {
            assert_eq!(host(wrong), None, "{wrong:?}");
        }
        assert_eq!(host(&format!("{}.example", "a".repeat(64))), None);
        assert_eq!(host(&"a.".repeat(130)), None);
        // The same host, however its numbers are written: a guard sees what will be asked.
        assert_eq!(host("0x7f.1").as_deref(), Some("127.0.0.1"));
        assert_eq!(host("2130706433").as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn an_address_is_one_of_a_website() {
        for wrong in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "data:text/html,x",
            "https:///x",
            "https://[::1]/",
            "https://shop.example\\@evil.example/",
            "https://:x@shop.example/",
            "https://shop.example/#x",
            "https://a..b/",
        ] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
        assert_eq!(address("https://shop.example/a/../b").as_deref(), Some("https://shop.example/b"));
        assert_eq!(address("https://shop.example/a/%2e%2e/b").as_deref(), Some("https://shop.example/b"));
    }

    #[test]
    fn a_value_is_escaped_for_where_it_is_put() {
        assert_eq!(ParamKind::Text.written("a b/c&d", Spot::Address, false), "a%20b%2Fc%26d");
        assert_eq!(ParamKind::Text.written("%2e%2e", Spot::Address, false), "%252e%252e");
        assert_eq!(ParamKind::Text.written("a.b", Spot::Regex, true), r"a\.b");
        assert_eq!(ParamKind::Host.written("shop.localhost:8080", Spot::Domain, true), "shop.localhost");
        let url = "https://shop.example/store";
        assert_eq!(ParamKind::Url.written(url, Spot::Domain, true), "shop.example");
        assert_eq!(ParamKind::Url.written(url, Spot::Origin, true), "https://shop.example");
        assert_eq!(ParamKind::Url.written(url, Spot::Address, true), url);
        assert_eq!(ParamKind::Url.written(url, Spot::Address, false), "https%3A%2F%2Fshop.example%2Fstore");
    }

    #[test]
    fn steps_are_seen_however_they_are_written() {
        assert_eq!(steps("https://x.example/a/b?c=../.."), 0);
        assert_eq!(steps("https://x.example/../%2E%2e/.%2e/a\\..\\b"), 4);
    }
}
