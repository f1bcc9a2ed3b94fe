//! Rules and what they are made of.

use regex::Regex;

use super::{Compiler, JudgedOn};
use crate::{
    domain::rule::{CookieRule, ElementQuery, ResponseRule, Rule, StorageRule},
    providers::{
        Css,
        file::{self, Place, Placed, Text},
        params::Spot,
    },
};

impl Compiler {
    pub(super) fn rule(&mut self, raw: &file::Rule) -> Option<Rule> {
        Some(match raw {
            file::Rule::Any(rules) => Rule::Any(self.rules(rules)?),
            file::Rule::All(rules) => Rule::All(self.rules(rules)?),
            file::Rule::Not(rule) => Rule::Not(Box::new(self.rule(rule)?)),
            file::Rule::Url(glob) => Rule::Url(self.pattern(glob)?),
            file::Rule::Cookie(cookie) => Rule::Cookie(self.cookie(cookie)?),
            file::Rule::LocalStorage(storage) => {
                self.is_for_http(storage.key.span(), "what a page keeps in its storage")?;
                Rule::LocalStorage(self.storage(storage)?)
            }
            file::Rule::SessionStorage(storage) => {
                self.is_for_http(storage.key.span(), "what a page keeps in its storage")?;
                Rule::SessionStorage(self.storage(storage)?)
            }
            file::Rule::Selector(element) if element.visible && self.judged_on == JudgedOn::Answer => {
                let cure = "take visible out: whether the element is in the answer can be seen";
                return self.mistake(element.css.span(), "whether an element is visible only a browser sees", cure);
            }
            file::Rule::Selector(element) => Rule::Selector(ElementQuery {
                css: self.css(&element.css)?.as_str().to_owned(),
                visible: element.visible,
            }),
            file::Rule::Text(regex) => Rule::Text(self.regex(regex)?),
            file::Rule::Title(regex) => Rule::Title(self.regex(regex)?),
            file::Rule::Response(response) => Rule::Response(self.response(response)?),
            file::Rule::Status(list) => Rule::Status(self.statuses(list)?),
        })
    }

    fn rules(&mut self, raw: &Placed<Vec<file::Rule>>) -> Option<Vec<Rule>> {
        if raw.get_ref().is_empty() {
            let what = "no rule is in this list, so that it says the same of every page";
            return self.mistake(raw.span(), what, "write the rules that are to hold: all = [{ url = \"https://…\" }]");
        }
        let all: Vec<_> = raw.get_ref().iter().map(|rule| self.rule(rule)).collect();
        all.into_iter().collect()
    }

    fn cookie(&mut self, raw: &file::Cookie) -> Option<CookieRule> {
        let name = self.pattern(&raw.name);
        let domain = raw.domain.as_ref().map(|domain| self.pattern(domain));
        let value = raw.value.as_ref().map(|value| self.regex(value));
        Some(CookieRule { name: name?, domain: whole(domain)?, value: whole(value)? })
    }

    /// Over HTTP only what an answer says can be looked at.
    fn is_for_http(&mut self, place: Place, what: &str) -> Option<()> {
        if self.judged_on == JudgedOn::Page {
            return Some(());
        }
        let what = format!("{what} cannot be seen in an answer over HTTP");
        self.mistake(
            place,
            what,
            "use response, status, url, title, text, cookie or selector, or look with a browser: visit",
        )
    }

    /// A value that is taken from a storage must be in the saved session, unless a page is asked for it.
    pub(super) fn is_kept(&mut self, place: Place, of_session: bool, in_page: bool) -> Option<()> {
        let Some(origins) = self.kept_origins.as_ref().filter(|_| !in_page) else { return Some(()) };
        if origins.is_empty() {
            let cure = "add the page's origin, \"https://app.example.com\", to origins in [scope]";
            return self.mistake(place, "this is taken from a storage, but no saved session keeps any", cure);
        }
        if of_session && !self.keeps_session_storage {
            let cure = "write session_storage = true in [scope]";
            return self.mistake(place, "this is taken from sessionStorage, but no saved session keeps that", cure);
        }
        Some(())
    }

    pub(super) fn storage(&mut self, raw: &file::Storage) -> Option<StorageRule> {
        self.entry(&raw.key, raw.origin.as_ref(), raw.json.as_ref())
    }

    pub(super) fn entry(&mut self, key: &Text, origin: Option<&Text>, json: Option<&Text>) -> Option<StorageRule> {
        let key = self.pattern(key);
        let origin = origin.map(|text| {
            let origin = self.origin(text)?;
            if self.kept_origins.as_ref().is_none_or(|kept| kept.contains(&origin)) {
                return Some(origin);
            }
            let what = format!("the storage of {origin} is asked about, but no saved session keeps it");
            self.mistake(text.span(), what, format!("add \"{origin}\" to origins in [scope]"))
        });
        let json = json.map(|path| self.pattern(path));
        Some(StorageRule { key: key?, origin: whole(origin)?, json: whole(json)? })
    }

    pub(super) fn response(&mut self, raw: &file::Response) -> Option<ResponseRule> {
        let url = self.pattern(&raw.url);
        let method = raw.method.as_ref().map(|method| self.method(method));
        let status = raw.status.as_ref().map_or(Some(Vec::new()), |list| self.statuses(list));
        let body = raw.body.as_ref().map(|body| self.regex(body));
        let json = raw.json.as_ref().map(|path| self.pattern(path));
        Some(ResponseRule {
            url: url?,
            method: whole(method)?,
            status: status?,
            body: whole(body)?,
            json: whole(json)?,
        })
    }

    pub(super) fn method(&mut self, text: &Text) -> Option<String> {
        if !text.get_ref().is_empty() && text.get_ref().bytes().all(|b| b.is_ascii_uppercase()) {
            return Some(text.get_ref().clone());
        }
        let what = format!("\"{}\" is no method", text.get_ref());
        self.slip(text.span(), what, "write it in capitals: \"GET\", \"POST\"")
    }

    pub(super) fn statuses(&mut self, list: &file::OneOrMany<u16>) -> Option<Vec<u16>> {
        let all: Vec<_> = list.0.iter().map(|status| self.status(status)).collect();
        all.into_iter().collect()
    }

    pub(super) fn status(&mut self, status: &Placed<u16>) -> Option<u16> {
        match *status.get_ref() {
            number @ 100..=599 => Some(number),
            number => self.slip(
                status.span(),
                format!("{number} is no HTTP status"),
                "write a number from 100 to 599, or a list of them: [429, 503]",
            ),
        }
    }

    /// A regular expression in which parameters may stand.
    pub(super) fn regex(&mut self, text: &Text) -> Option<Regex> {
        let filled = self.filled(text, Spot::Regex)?;
        self.parsed_regex(text, &filled)
    }

    /// One that a whole value must match, and in which no parameter stands.
    pub(super) fn whole_regex(&mut self, text: &Text) -> Option<Regex> {
        self.parsed_regex(text, text.get_ref())?;
        self.parsed_regex(text, &format!("^(?:{})$", text.get_ref()))
    }

    fn parsed_regex(&mut self, text: &Text, filled: &str) -> Option<Regex> {
        match Regex::new(filled) {
            Ok(regex) => Some(regex),
            Err(error) => {
                let last =
                    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                self.slip(
                    text.span(),
                    format!("the regular expression does not parse: {last}"),
                    "correct it (https://docs.rs/regex/latest/regex/#syntax); in single quotes a backslash stands for itself",
                )
            }
        }
    }

    pub(super) fn css(&mut self, text: &Text) -> Option<Css> {
        match Css::parse(text.get_ref()) {
            Ok(css) => Some(css),
            Err(error) => self.slip(
                text.span(),
                format!("the CSS selector \"{}\" does not parse: {error}", text.get_ref()),
                "correct it; try it in a browser's console with document.querySelectorAll(…)",
            ),
        }
    }
}

/// Not given is fine; given with a mistake is not.
#[expect(clippy::option_option, reason = "given or not, and right or wrong, are two things")]
pub(super) fn whole<T>(given: Option<Option<T>>) -> Option<Option<T>> {
    match given {
        None => Some(None),
        Some(given) => given.map(Some),
    }
}
