//! What is asked of the user, such as the address of a site of their own, and how a value is put into a definition.

use std::collections::BTreeMap;

use regex::Regex;
use url::{Url, form_urlencoded};

use super::{
    DefinitionError, Localized, Provider,
    compile::{compile, compile_with},
};

/// No value is longer.
const LONGEST: usize = 500;

/// Something that is asked of the user.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// What the user is asked for.
    pub label: Localized,
    /// What the value is.
    pub kind: ParamKind,
    /// Matches a whole value that will do.
    pub pattern: Option<Regex>,
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
}

impl Provider {
    /// Reads a definition; `file` is what its mistakes are reported under, and its name must be the provider's id.
    pub fn parse(file: &str, text: &str) -> Result<Self, DefinitionError> {
        compile(file, text)
    }

    /// The provider for a connection, with what its user said. All that is wrong with the values is told at once.
    pub fn with_params(&self, values: &BTreeMap<String, String>) -> Result<Self, Vec<ParamError>> {
        let known: Vec<String> = self.params.iter().map(|param| param.name.clone()).collect();
        let mut wrong: Vec<ParamError> = values
            .keys()
            .filter(|name| !known.contains(name))
            .map(|name| ParamError::Unknown { name: name.clone(), known: known.clone() })
            .collect();
        let mut filled = BTreeMap::new();
        for param in &self.params {
            match param.read(values.get(&param.name).map(String::as_str)) {
                Ok(value) => {
                    filled.insert(param.name.clone(), value);
                }
                Err(error) => wrong.push(error),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let unusable = |error: DefinitionError| vec![ParamError::Unusable(error.to_string())];
        compile_with(&self.written.file, &self.written.text, Some(filled)).map_err(unusable)
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
        if value.len() > LONGEST || value.chars().any(char::is_control) {
            return Err(format!("is longer than {LONGEST} characters, or not one line"));
        }
        if value.contains('*') {
            return Err("may hold no *".into());
        }
        let value = match self.kind {
            ParamKind::Text => value.to_owned(),
            ParamKind::Host => host(value).ok_or("is no host, with a port or without")?,
            ParamKind::Url => address(value).ok_or("is no address with http:// or https://, without a query")?,
        };
        match &self.pattern {
            Some(pattern) if !pattern.is_match(&value) => Err("does not look as it should".into()),
            _ => Ok(value),
        }
    }
}

/// A host as it stands in an address: small letters, the default port left away.
fn host(value: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{value}/")).ok()?;
    let fine = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    fine.then(|| format!("{}{port}", url.host_str().unwrap_or_default()))
}

/// An address that something can be put behind: no query, no slash at its end.
fn address(value: &str) -> Option<String> {
    let url = Url::parse(value).ok()?;
    let fine = matches!(url.scheme(), "http" | "https")
        && url.has_host()
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
    /// The value as it must be written there.
    pub(super) fn written(self, value: &str, spot: Spot) -> String {
        match (spot, self) {
            (Spot::Regex, _) => regex::escape(value),
            (Spot::Address, Self::Text) => {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_addresses_are_taken_as_people_write_them() {
        assert_eq!(host("Shop.Example.com").as_deref(), Some("shop.example.com"));
        assert_eq!(host("shop.localhost:8080").as_deref(), Some("shop.localhost:8080"));
        for wrong in ["https://shop.example", "shop.example/x", "a b", "", "shop.example?x", "me@shop.example"] {
            assert_eq!(host(wrong), None, "{wrong}");
        }
        assert_eq!(address("https://Shop.example/store/").as_deref(), Some("https://shop.example/store"));
        for wrong in ["shop.example", "ftp://shop.example", "https://a:b@shop.example", "https://shop.example/?x=1"] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_value_is_escaped_for_where_it_is_put() {
        assert_eq!(ParamKind::Text.written("a b/c&d", Spot::Address), "a%20b%2Fc%26d");
        assert_eq!(ParamKind::Text.written("a.b", Spot::Regex), r"a\.b");
        assert_eq!(ParamKind::Host.written("shop.localhost:8080", Spot::Domain), "shop.localhost");
        assert_eq!(ParamKind::Url.written("https://shop.example/store", Spot::Domain), "shop.example");
        assert_eq!(ParamKind::Url.written("https://shop.example/store", Spot::Origin), "https://shop.example");
        assert_eq!(ParamKind::Url.written("https://shop.example/store", Spot::Address), "https://shop.example/store");
    }
}
