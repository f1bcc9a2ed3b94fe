//! Streams, their sources, and where each field comes from.

use std::collections::{BTreeMap, HashSet};

use regex::Regex;
use toml::Spanned;

use super::{Compiler, rules::whole};
use crate::{
    domain::{StreamName, rule::JsonPath},
    providers::{
        Css, Expect, Field, FieldOrigin, FieldSource, FieldType, Locale, Paging, Pipe, Source, SourceKind, Stop,
        Stream, Take, TemplatePart,
        file::{self, Place},
    },
};

impl Compiler {
    pub(super) fn stream(&mut self, raw: &Spanned<file::Stream>) -> Option<Stream> {
        let place = raw.span();
        let raw = raw.get_ref();
        let name = match StreamName::parse(raw.name.get_ref()) {
            Ok(name) => Some(name),
            Err(error) => self.mistake(raw.name.span(), error.to_string(), "such as \"products\""),
        };
        let fields: Vec<_> = raw.fields.0.iter().map(|(name, field)| self.field(name, field)).collect();
        let fields: Vec<Field> = fields.into_iter().collect::<Option<_>>()?;
        let key = self.key(&raw.key, &fields, &place);
        let expect = self.expect(&raw.expect);
        if raw.sources.is_empty() {
            self.mistake::<()>(place, "the stream has no source", "add a [[streams.sources]]");
        }
        let sources: Vec<_> = raw.sources.iter().map(|source| self.source(source, &fields)).collect();
        Some(Stream {
            name: name?,
            key: key?,
            expect: expect?,
            sources: sources.into_iter().collect::<Option<_>>()?,
            fields,
        })
    }

    fn field(&mut self, name: &Spanned<String>, raw: &file::Field) -> Option<Field> {
        let fine = name.get_ref().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fine || name.get_ref().is_empty() {
            let what = format!("the field name \"{}\" will not do", name.get_ref());
            self.mistake::<()>(name.span(), what, "use a-z, 0-9 and _ only");
        }
        let kind = match (*raw.r#type.get_ref(), &raw.values) {
            (file::FieldType::Enum, Some(values)) if !values.is_empty() => FieldType::Enum(values.clone()),
            (file::FieldType::Enum, _) => {
                let cure = "add the words it may be: values = [\"open\", \"closed\"]";
                return self.mistake(raw.r#type.span(), "an enum has no values", cure);
            }
            (_, Some(_)) => {
                return self.mistake(
                    raw.r#type.span(),
                    "only an enum has values",
                    "write type = \"enum\", or take the values out",
                );
            }
            (file::FieldType::String, None) => FieldType::String,
            (file::FieldType::Integer, None) => FieldType::Integer,
            (file::FieldType::Decimal, None) => FieldType::Decimal,
            (file::FieldType::Money, None) => FieldType::Money,
            (file::FieldType::Bool, None) => FieldType::Bool,
            (file::FieldType::Url, None) => FieldType::Url,
            (file::FieldType::Datetime, None) => FieldType::Datetime,
            (file::FieldType::List, None) => FieldType::List,
        };
        Some(Field { name: name.get_ref().clone(), kind, required: raw.required })
    }

    fn key(&mut self, raw: &[Spanned<String>], fields: &[Field], stream: &Place) -> Option<Vec<usize>> {
        if raw.is_empty() {
            let cure = "name the fields that tell records apart: key = [\"id\"]";
            return self.mistake(stream.clone(), "the stream has no key", cure);
        }
        let all: Vec<_> = raw
            .iter()
            .map(|name| {
                let at = self.known(name, fields)?;
                if fields[at].required {
                    return Some(at);
                }
                let what = format!("the key field \"{}\" may be missing", name.get_ref());
                self.mistake(name.span(), what, "write required = true in its type: a record without its key is none")
            })
            .collect();
        all.into_iter().collect()
    }

    fn known(&mut self, name: &Spanned<String>, fields: &[Field]) -> Option<usize> {
        if let Some(at) = fields.iter().position(|field| field.name == *name.get_ref()) {
            return Some(at);
        }
        let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
        let what = format!("the stream has no field \"{}\"", name.get_ref());
        self.mistake(name.span(), what, format!("add it to [streams.fields], or write one of: {}", names.join(", ")))
    }

    fn expect(&mut self, raw: &file::Expect) -> Option<Expect> {
        let max_missing = match &raw.max_missing {
            None => 0.0,
            Some(part) if (0.0..=1.0).contains(part.get_ref()) => *part.get_ref(),
            Some(part) => {
                return self.mistake(part.span(), "max_missing is a part of all items", "write a number from 0 to 1");
            }
        };
        Some(Expect { min_items: raw.min_items.unwrap_or(0), max_missing })
    }

    fn source(&mut self, raw: &Spanned<file::Source>, fields: &[Field]) -> Option<Source> {
        let place = raw.span();
        let raw = raw.get_ref();
        let kind = self.source_kind(raw, &place);
        let visit = self.url(&raw.visit);
        let wait = self.positive(&raw.wait);
        let paging = match &raw.page {
            None => Some((Paging::Single, Vec::new())),
            Some(page) => self.paging(page),
        };
        let last = raw.page.as_ref().and_then(|page| page.get_ref().last.as_ref()).map(|last| {
            if raw.kind == file::Kind::Capture {
                return self.pattern(last, JsonPath::parse);
            }
            self.mistake(
                last.span(),
                "only the answers of a capture source can say that they are the last",
                "take last out",
            )
        });
        let sources = self.field_sources(raw, fields, &place);
        let (paging, stops) = paging?;
        Some(Source { kind: kind?, visit: visit?, wait: wait?, fields: sources?, paging, stops, last: whole(last)? })
    }

    fn source_kind(&mut self, raw: &file::Source, place: &Place) -> Option<SourceKind> {
        match (raw.kind, &raw.r#match, &raw.ready) {
            (file::Kind::Capture, Some(answer), None) if raw.empty.is_none() => {
                let answer = self.response(answer);
                let items: Vec<_> = raw.items.0.iter().map(|path| self.pattern(path, JsonPath::parse)).collect();
                Some(SourceKind::Capture { answer: answer?, items: items.into_iter().collect::<Option<_>>()? })
            }
            (file::Kind::Markup, None, Some(ready)) => {
                let ready = self.rule(ready);
                let empty = raw.empty.as_ref().map(|empty| self.rule(empty));
                let items: Vec<_> = raw.items.0.iter().map(|css| self.css(css)).collect();
                Some(SourceKind::Markup {
                    ready: ready?,
                    empty: whole(empty)?,
                    items: items.into_iter().collect::<Option<_>>()?,
                })
            }
            (file::Kind::Capture, _, _) => self.mistake(
                place.clone(),
                "a capture source says which answer it reads, and has no ready or empty",
                "give it match = { url = \"https://…\" } and take ready and empty out",
            ),
            (file::Kind::Markup, _, _) => self.mistake(
                place.clone(),
                "a markup source says when the page is ready, and has no match",
                "give it ready = { selector = { css = \"…\" } } and take match out",
            ),
        }
    }

    fn paging(&mut self, raw: &Spanned<file::Page>) -> Option<(Paging, Vec<Stop>)> {
        let place = raw.span();
        let raw = raw.get_ref();
        let stops = raw.stop.as_deref().unwrap_or(&[file::Stop::Empty, file::Stop::NoNewKeys]);
        let stops = stops.iter().map(|stop| match stop {
            file::Stop::Empty => Stop::Empty,
            file::Stop::NoNewKeys => Stop::NoNewKeys,
        });
        let paging = match (raw.kind, &raw.css, &raw.param, raw.first, &raw.idle) {
            (file::PageKind::Next, Some(css), None, None, None) => {
                Paging::Next { css: self.css(css)?.as_str().to_owned() }
            }
            (file::PageKind::PageParam, None, Some(param), first, None) => {
                Paging::PageParam { param: param.clone(), first: first.unwrap_or(1) }
            }
            (file::PageKind::Scroll, None, None, None, Some(idle)) => Paging::Scroll { idle: self.positive(idle)? },
            _ => {
                return self.mistake(
                    place,
                    "this kind of paging takes other settings",
                    "next takes css; page_param takes param and, where it is not 1, first; scroll takes idle",
                );
            }
        };
        Some((paging, stops.collect()))
    }

    fn field_sources(&mut self, raw: &file::Source, fields: &[Field], place: &Place) -> Option<Vec<FieldSource>> {
        let mut given: HashSet<usize> = HashSet::new();
        let mut all = Vec::new();
        // Fields made from other fields come last, so that those are there.
        let (made, read): (Vec<_>, Vec<_>) =
            raw.fields.0.iter().partition(|(_, source)| source.from.is_some() || source.template.is_some());
        for (name, source) in read.into_iter().chain(made) {
            let Some(field) = self.known(name, fields) else {
                all.push(None);
                continue;
            };
            let origin = self.field_origin(raw.kind, name, source, fields, &given);
            let pipe: Vec<_> = source.pipe.iter().map(|pipe| self.pipe(pipe)).collect();
            given.insert(field);
            all.push(origin.zip(pipe.into_iter().collect()).map(|(origin, pipe)| FieldSource { field, origin, pipe }));
        }
        for (at, field) in fields.iter().enumerate() {
            if field.required && !given.contains(&at) {
                let what = format!("this source does not say where the required field \"{}\" is", field.name);
                self.mistake::<()>(place.clone(), what, format!("add {} to its [streams.sources.fields]", field.name));
            }
        }
        all.into_iter().collect()
    }

    fn field_origin(
        &mut self,
        kind: file::Kind,
        name: &Spanned<String>,
        raw: &file::FieldSource,
        fields: &[Field],
        given: &HashSet<usize>,
    ) -> Option<FieldOrigin> {
        let take = raw.attr.clone().map_or(Take::Text, Take::Attr);
        match (kind, &raw.path, &raw.css, &raw.from, &raw.template) {
            (file::Kind::Capture, Some(paths), None, None, None) if raw.attr.is_none() && !raw.text => {
                let paths: Vec<_> = paths.0.iter().map(|path| self.pattern(path, JsonPath::parse)).collect();
                Some(FieldOrigin::Path(paths.into_iter().collect::<Option<_>>()?))
            }
            (file::Kind::Markup, None, Some(css), None, None) if !raw.text => {
                let css: Vec<Option<Css>> = css.0.iter().map(|css| self.css(css)).collect();
                Some(FieldOrigin::Css { css: css.into_iter().collect::<Option<_>>()?, take })
            }
            (file::Kind::Markup, None, None, None, None) if raw.text != raw.attr.is_some() => {
                Some(FieldOrigin::Item(take))
            }
            (_, None, None, Some(from), None) if raw.attr.is_none() && !raw.text => {
                let at = self.known(from, fields)?;
                self.is_given(from.span(), at, fields, given)?;
                Some(FieldOrigin::From(at))
            }
            (_, None, None, None, Some(template)) if raw.attr.is_none() && !raw.text => {
                self.template(template, fields, given).map(FieldOrigin::Template)
            }
            (file::Kind::Capture, ..) => self.mistake(
                name.span(),
                format!("it is not clear where \"{}\" is", name.get_ref()),
                "in a capture source give it one of path, from and template",
            ),
            (file::Kind::Markup, ..) => self.mistake(
                name.span(),
                format!("it is not clear where \"{}\" is", name.get_ref()),
                "in a markup source give it one of css (with attr or without), attr, text = true, from and template",
            ),
        }
    }

    fn is_given(&mut self, place: Place, at: usize, fields: &[Field], given: &HashSet<usize>) -> Option<()> {
        if given.contains(&at) {
            return Some(());
        }
        let what = format!("\"{}\" is not known here yet", fields[at].name);
        self.mistake(place, what, "say in this source where it is, above this field")
    }

    fn template(
        &mut self,
        text: &Spanned<String>,
        fields: &[Field],
        given: &HashSet<usize>,
    ) -> Option<Vec<TemplatePart>> {
        let mut parts = Vec::new();
        let mut rest = text.get_ref().as_str();
        while let Some(at) = rest.find('{') {
            let Some(end) = rest[at..].find('}') else {
                return self.mistake(text.span(), "a { has no }", "write {name_of_a_field}");
            };
            let name = Spanned::new(text.span(), rest[at + 1..at + end].to_owned());
            let field = self.known(&name, fields)?;
            self.is_given(text.span(), field, fields, given)?;
            parts.push(TemplatePart::Literal(rest[..at].to_owned()));
            parts.push(TemplatePart::Field(field));
            rest = &rest[at + end + 1..];
        }
        parts.push(TemplatePart::Literal(rest.to_owned()));
        Some(parts)
    }

    fn pipe(&mut self, raw: &file::Pipe) -> Option<Pipe> {
        Some(match raw {
            file::Pipe::Trim => Pipe::Trim,
            file::Pipe::Collapse => Pipe::Collapse,
            file::Pipe::Absolute => Pipe::Absolute,
            file::Pipe::Lower => Pipe::Lower,
            file::Pipe::Regex(regex) => Pipe::Regex(self.regex(regex)?),
            file::Pipe::Replace(replace) => {
                let from: Option<Regex> = self.regex(&replace.from);
                Pipe::Replace { from: from?, to: replace.to.clone() }
            }
            file::Pipe::Locale(locale) => Pipe::Locale(self.locale(locale)?),
            file::Pipe::Split(at) => Pipe::Split(at.clone()),
            file::Pipe::Map(words) => Pipe::Map(words.clone()),
            file::Pipe::Default(text) => Pipe::Default(text.clone()),
        })
    }

    fn locale(&mut self, raw: &Spanned<file::Locale>) -> Option<Locale> {
        match raw.get_ref() {
            file::Locale::One(name) => {
                Some(if self.writes_comma(raw.span(), name)? { Locale::Comma } else { Locale::Point })
            }
            file::Locale::ByCurrency(names) => {
                let all: Vec<_> = names
                    .iter()
                    .map(|(currency, name)| Some((currency.clone(), self.writes_comma(raw.span(), name)?)))
                    .collect();
                Some(Locale::ByCurrency(all.into_iter().collect::<Option<BTreeMap<_, _>>>()?))
            }
        }
    }

    /// Whether people there write `1.234,56`.
    fn writes_comma(&mut self, place: Place, name: &str) -> Option<bool> {
        match name.split('-').next().unwrap_or_default() {
            "en" | "ja" | "zh" | "ko" | "he" | "th" => Some(false),
            "pt" | "es" | "fr" | "de" | "it" | "nl" | "pl" | "tr" | "ru" | "sv" | "da" | "nb" | "fi" | "id" => {
                Some(true)
            }
            _ => {
                let what = format!("how numbers are written in \"{name}\" is not known here");
                self.mistake(
                    place,
                    what,
                    "write the locale of a known one that writes them alike: \"en-US\" or \"pt-BR\"",
                )
            }
        }
    }
}
