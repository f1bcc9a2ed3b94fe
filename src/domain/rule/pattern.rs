//! What the leaves of a rule match with: globs on URLs and names, domains of cookies, paths into JSON.

use std::fmt;

use regex::Regex;
use serde_json::Value;
use url::Url;

/// Why a text is not a pattern of the kind asked for, with the cure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {cure}")]
pub struct InvalidPattern {
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub cure: String,
}

fn invalid<T>(what: impl Into<String>, cure: impl Into<String>) -> Result<T, InvalidPattern> {
    Err(InvalidPattern { what: what.into(), cure: cure.into() })
}

/// A glob on URLs: `*` stays within one label of the host or one segment of the path, `**` crosses them.
/// The scheme is needed. A query or fragment is looked at only where the glob names one.
#[derive(Clone)]
pub struct UrlGlob {
    text: String,
    regex: Regex,
}

impl UrlGlob {
    /// Compiles a glob.
    pub fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return invalid(
                format!("the URL glob \"{text}\" has no scheme"),
                format!("write it out: \"https://{text}\""),
            );
        };
        if !matches!(scheme, "http" | "https") {
            return invalid(
                format!("the URL glob \"{text}\" has the scheme \"{scheme}\""),
                "write http:// or https://; a glob on the scheme is not possible",
            );
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let host_is_fine = !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'*'));
        if !host_is_fine {
            return invalid(
                format!("the URL glob \"{text}\" has no host that could be one: \"{host}\""),
                "write letters, digits, dots, hyphens, and * or **",
            );
        }
        let mut regex = format!("^{scheme}://");
        push_glob(&mut regex, &host.to_ascii_lowercase(), "[a-z0-9_-]+", "[a-z0-9._-]+");
        match port {
            None => {}
            Some("*") => regex.push_str("(?::[0-9]+)?"),
            Some(port) if port.parse::<u16>().is_err() => {
                return invalid(format!("the URL glob \"{text}\" has the port \"{port}\""), "write a number or *");
            }
            Some("443") if scheme == "https" => {}
            Some("80") if scheme == "http" => {}
            Some(port) => regex.extend([":", port]),
        }
        let (tail, fragment) = split_off(tail, '#');
        let (path, query) = split_off(tail, '?');
        if path.is_empty() {
            regex.push('/');
        } else {
            push_glob(&mut regex, path, "[^/?#]*", "[^?#]*");
        }
        match query {
            Some(query) => {
                regex.push_str(r"\?");
                push_glob(&mut regex, query, "[^&#]*", "[^#]*");
            }
            None => regex.push_str(r"(?:\?[^#]*)?"),
        }
        match fragment {
            Some(fragment) => {
                regex.push('#');
                push_glob(&mut regex, fragment, "[^/]*", ".*");
            }
            None => regex.push_str("(?:#.*)?"),
        }
        regex.push('$');
        match Regex::new(&regex) {
            Ok(regex) => Ok(Self { text: text.to_owned(), regex }),
            Err(error) => invalid(format!("the URL glob \"{text}\" is too large: {error}"), "make it shorter"),
        }
    }

    /// Whether it is one of these.
    #[must_use]
    pub fn matches(&self, url: &Url) -> bool {
        self.regex.is_match(url.as_str())
    }

    /// The same as a regex over the whole URL, for those who know only regexes.
    #[must_use]
    pub fn regex(&self) -> &Regex {
        &self.regex
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for UrlGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UrlGlob({:?})", self.text)
    }
}

fn split_off(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn push_glob(regex: &mut String, glob: &str, one: &str, many: &str) {
    let mut rest = glob;
    while let Some(at) = rest.find('*') {
        regex.push_str(&regex::escape(&rest[..at]));
        let stars = rest[at..].bytes().take_while(|b| *b == b'*').count();
        regex.push_str(if stars == 1 { one } else { many });
        rest = &rest[at + stars..];
    }
    regex.push_str(&regex::escape(rest));
}

/// A glob on a name (a cookie, a storage key): `*` stands for anything.
#[derive(Clone)]
pub struct NameGlob {
    text: String,
    regex: Regex,
}

impl NameGlob {
    /// Compiles a glob.
    pub fn parse(text: &str) -> Result<Self, InvalidPattern> {
        if text.is_empty() {
            return invalid("the name is empty", "write the name, with * for the parts that vary");
        }
        let mut regex = String::from("(?s)^");
        push_glob(&mut regex, text, ".*", ".*");
        regex.push('$');
        match Regex::new(&regex) {
            Ok(regex) => Ok(Self { text: text.to_owned(), regex }),
            Err(error) => invalid(format!("the name \"{text}\" is too large: {error}"), "make it shorter"),
        }
    }

    /// Whether it is one of these.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.regex.is_match(name)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for NameGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameGlob({:?})", self.text)
    }
}

/// Whose cookies: `example.com` is that host alone, `*.example.com` is it and every host below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainPattern {
    host: String,
    below: bool,
}

impl DomainPattern {
    /// Parses a domain.
    pub fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let (host, below) = match text.strip_prefix("*.") {
            Some(host) => (host, true),
            None => (text, false),
        };
        let fine = !host.is_empty()
            && !host.starts_with('.')
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        if fine {
            Ok(Self { host: host.to_ascii_lowercase(), below })
        } else {
            invalid(
                format!("\"{text}\" is not a domain of cookies"),
                "write \"example.com\" for that host, or \"*.example.com\" for it and all below it; without scheme, port or path",
            )
        }
    }

    /// Whether a cookie of that domain (with or without its leading dot) is meant.
    #[must_use]
    pub fn matches(&self, cookie_domain: &str) -> bool {
        let domain = cookie_domain.strip_prefix('.').unwrap_or(cookie_domain).to_ascii_lowercase();
        domain == self.host
            || (self.below && domain.strip_suffix(&self.host).is_some_and(|labels| labels.ends_with('.')))
    }
}

impl fmt::Display for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.host)
    }
}

/// A path into JSON (RFC 9535).
#[derive(Clone)]
pub struct JsonPath {
    text: String,
    path: serde_json_path::JsonPath,
}

impl JsonPath {
    /// Parses a path.
    pub fn parse(text: &str) -> Result<Self, InvalidPattern> {
        if let Some(what) = too_much(text) {
            return invalid(
                format!("the JSONPath is not read: {what}"),
                "write a shorter one, such as \"$.items[*].name\"",
            );
        }
        match serde_json_path::JsonPath::parse(text) {
            Ok(path) => Ok(Self { text: text.to_owned(), path }),
            Err(error) => invalid(
                format!("the JSONPath \"{text}\" does not parse: {error}"),
                "write it as RFC 9535 has it, beginning with $: \"$.items[*].name\"",
            ),
        }
    }

    /// All that it leads to, in order.
    #[must_use]
    pub fn all<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        self.path.query(value).all()
    }

    /// The first thing that it leads to.
    #[must_use]
    pub fn first<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.path.query(value).all().into_iter().next()
    }

    /// Whether it leads to something that is there: not null, not an empty text.
    #[must_use]
    pub fn finds(&self, value: &Value) -> bool {
        self.all(value).into_iter().any(|found| !found.is_null() && found.as_str() != Some(""))
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Deeper nesting would overflow the stack of the parser, which calls itself.
const DEEPEST: usize = 16;
/// Each of these, and each list of selectors, multiplies what is found: with some of them a small answer fills the memory.
const MOST_DESCENTS: usize = 2;
const MOST_COMMAS: usize = 8;

/// What of a path nobody needs, and could not be borne.
fn too_much(text: &str) -> Option<String> {
    let (mut quote, mut escaped, mut before) = (None, false, ' ');
    let mut open: Vec<char> = Vec::new();
    let (mut descents, mut commas) = (0, 0);
    for letter in text.chars() {
        match (quote, letter) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[' | '(') => open.push(letter),
            (None, ']' | ')') => drop(open.pop()),
            (None, '.') if before == '.' => descents += 1,
            (None, ',') if open.last() != Some(&'(') => commas += 1,
            _ => {}
        }
        before = if quote.is_some() { ' ' } else { letter };
        if open.len() > DEEPEST {
            return Some(format!("its brackets are nested more than {DEEPEST} deep"));
        }
    }
    let too_many = |what: &str, most: usize| Some(format!("it has more than {most} {what}"));
    match (descents, commas) {
        (descents, _) if descents > MOST_DESCENTS => too_many("\"..\"", MOST_DESCENTS),
        (_, commas) if commas > MOST_COMMAS => too_many("commas in its brackets", MOST_COMMAS),
        _ => None,
    }
}

impl fmt::Debug for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonPath({:?})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob_matches(glob: &str, url: &str) -> bool {
        UrlGlob::parse(glob).expect(glob).matches(&Url::parse(url).expect(url))
    }

    #[test]
    fn one_star_stays_within_a_label_and_a_segment() {
        assert!(glob_matches("https://*.hotmart.com/**", "https://api.hotmart.com/v2/market/search"));
        assert!(!glob_matches("https://*.hotmart.com/**", "https://a.b.hotmart.com/"));
        assert!(glob_matches("https://**.hotmart.com/**", "https://a.b.hotmart.com/"));
        assert!(glob_matches("https://a.example/v*/items", "https://a.example/v2/items"));
        assert!(!glob_matches("https://a.example/*/items", "https://a.example/v2/x/items"));
        assert!(glob_matches("https://a.example/v*/market/**search*", "https://a.example/v2/market/deep/search2"));
    }

    #[test]
    fn a_query_and_a_fragment_matter_only_where_they_are_named() {
        assert!(glob_matches("https://sso.example/login*", "https://sso.example/login?service=x/y#z"));
        assert!(glob_matches("https://a.example", "https://a.example/?x=1"));
        assert!(!glob_matches("https://a.example", "https://a.example/x"));
        assert!(glob_matches("https://a.example/?page=*", "https://a.example/?page=2"));
        assert!(!glob_matches("https://a.example/?page=*", "https://a.example/?page=2&x=1"));
        assert!(glob_matches("https://a.example/#/market/**", "https://a.example/#/market/a/b"));
        assert!(!glob_matches("https://a.example/#/market/**", "https://a.example/#/login"));
    }

    #[test]
    fn a_host_is_never_found_in_another_part_of_the_url() {
        assert!(!glob_matches("https://app.example/**", "https://evil.test/https://app.example/"));
        assert!(!glob_matches("https://app.example/**", "https://app.example.evil.test/"));
        assert!(!glob_matches("https://**.example/**", "https://evil.test/?x.example/"));
        assert!(!glob_matches("https://app.example/**", "http://app.example/"));
    }

    #[test]
    fn ports_are_named_or_the_default() {
        assert!(glob_matches("http://app.demo.localhost:4381/**", "http://app.demo.localhost:4381/market"));
        assert!(!glob_matches("http://app.demo.localhost/**", "http://app.demo.localhost:4381/market"));
        assert!(glob_matches("https://a.example:443/", "https://a.example/"));
        assert!(glob_matches("http://a.example:*/", "http://a.example:99/"));
    }

    #[test]
    fn what_is_no_glob_says_what_to_write() {
        for (glob, cure) in [
            ("app.example/**", "write it out: \"https://app.example/**\""),
            ("ftp://app.example", "http:// or https://"),
            ("https:///x", "letters, digits"),
            ("https://a b/x", "letters, digits"),
            ("https://a.example:x/", "a number or *"),
        ] {
            let error = UrlGlob::parse(glob).expect_err(glob);
            assert!(error.to_string().contains(cure), "{glob}: {error}");
        }
    }

    #[test]
    fn a_domain_means_itself_and_with_a_star_all_below() {
        let all = DomainPattern::parse("*.hotmart.com").expect("a domain");
        assert!(all.matches("hotmart.com") && all.matches(".hotmart.com") && all.matches("a.b.hotmart.com"));
        assert!(!all.matches("nothotmart.com"));
        let one = DomainPattern::parse("app.hotmart.com").expect("a domain");
        assert!(one.matches("app.hotmart.com") && !one.matches("x.app.hotmart.com"));
        assert!(DomainPattern::parse("https://a.example").is_err());
    }
}
