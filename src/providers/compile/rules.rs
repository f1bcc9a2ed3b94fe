//! Rules and what they are made of.

use regex::Regex;
use toml::Spanned;

use super::Compiler;
use crate::{
    domain::rule::{
        CookieRule, DomainPattern, ElementQuery, JsonPath, NameGlob, ResponseRule, Rule, StorageRule, UrlGlob,
    },
    providers::{Css, file},
};

impl Compiler {
    pub(super) fn rule(&mut self, raw: &file::Rule) -> Option<Rule> {
        Some(match raw {
            file::Rule::Any(rules) => Rule::Any(self.rules(rules)?),
            file::Rule::All(rules) => Rule::All(self.rules(rules)?),
            file::Rule::Not(rule) => Rule::Not(Box::new(self.rule(rule)?)),
            file::Rule::Url(glob) => Rule::Url(self.pattern(glob, UrlGlob::parse)?),
            file::Rule::Cookie(cookie) => Rule::Cookie(self.cookie(cookie)?),
            file::Rule::LocalStorage(storage) => Rule::LocalStorage(self.storage(storage)?),
            file::Rule::SessionStorage(storage) => Rule::SessionStorage(self.storage(storage)?),
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

    fn rules(&mut self, raw: &[file::Rule]) -> Option<Vec<Rule>> {
        let all: Vec<_> = raw.iter().map(|rule| self.rule(rule)).collect();
        all.into_iter().collect()
    }

    fn cookie(&mut self, raw: &file::Cookie) -> Option<CookieRule> {
        let name = self.pattern(&raw.name, NameGlob::parse);
        let domain = raw.domain.as_ref().map(|domain| self.pattern(domain, DomainPattern::parse));
        let value = raw.value.as_ref().map(|value| self.regex(value));
        Some(CookieRule { name: name?, domain: whole(domain)?, value: whole(value)? })
    }

    pub(super) fn storage(&mut self, raw: &file::Storage) -> Option<StorageRule> {
        let key = self.pattern(&raw.key, NameGlob::parse);
        let origin = raw.origin.as_ref().map(|text| {
            let origin = self.origin(text)?;
            if self.kept_origins.contains(&origin) {
                return Some(origin);
            }
            let what = format!("the storage of {origin} is asked about, but no saved session keeps it");
            self.mistake(text.span(), what, format!("add \"{origin}\" to origins in [scope]"))
        });
        let json = raw.json.as_ref().map(|path| self.pattern(path, JsonPath::parse));
        Some(StorageRule { key: key?, origin: whole(origin)?, json: whole(json)? })
    }

    pub(super) fn response(&mut self, raw: &file::Response) -> Option<ResponseRule> {
        let url = self.pattern(&raw.url, UrlGlob::parse);
        let method = raw.method.as_ref().map(|method| {
            if method.get_ref().bytes().all(|b| b.is_ascii_uppercase()) && !method.get_ref().is_empty() {
                return Some(method.get_ref().clone());
            }
            let what = format!("\"{}\" is no method", method.get_ref());
            self.mistake(method.span(), what, "write it in capitals: \"GET\", \"POST\"")
        });
        let status = raw.status.as_ref().map_or(Some(Vec::new()), |list| self.statuses(list));
        let body = raw.body.as_ref().map(|body| self.regex(body));
        let json = raw.json.as_ref().map(|path| self.pattern(path, JsonPath::parse));
        Some(ResponseRule {
            url: url?,
            method: whole(method)?,
            status: status?,
            body: whole(body)?,
            json: whole(json)?,
        })
    }

    fn statuses(&mut self, list: &file::OneOrMany<u16>) -> Option<Vec<u16>> {
        let all: Vec<_> = list
            .0
            .iter()
            .map(|status| match *status.get_ref() {
                number @ 100..=599 => Some(number),
                number => self.mistake(
                    status.span(),
                    format!("{number} is no HTTP status"),
                    "write a number from 100 to 599, or a list of them: [429, 503]",
                ),
            })
            .collect();
        all.into_iter().collect()
    }

    pub(super) fn regex(&mut self, text: &Spanned<String>) -> Option<Regex> {
        match Regex::new(text.get_ref()) {
            Ok(regex) => Some(regex),
            Err(error) => {
                let last =
                    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                self.mistake(
                    text.span(),
                    format!("the regular expression does not parse: {last}"),
                    "correct it (https://docs.rs/regex/latest/regex/#syntax); in single quotes a backslash stands for itself",
                )
            }
        }
    }

    pub(super) fn css(&mut self, text: &Spanned<String>) -> Option<Css> {
        match Css::parse(text.get_ref()) {
            Ok(css) => Some(css),
            Err(error) => self.mistake(
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
