//! Streams: their fields, keys, expectations and fixtures.

use rust_decimal::{Decimal, prelude::FromPrimitive};

use super::{Compiler, rules::whole};
use crate::{
    domain::StreamName,
    providers::{
        Expect, Field, FieldType, Fixture, Stream, Total,
        file::{self, Place, Placed, Text},
    },
};

impl Compiler {
    pub(super) fn stream(&mut self, raw: &Placed<file::Stream>) -> Option<Stream> {
        let place = raw.span();
        let raw = raw.get_ref();
        let name = match StreamName::parse(raw.name.get_ref()) {
            Ok(name) => Some(name),
            Err(error) => self.mistake(raw.name.span(), error.to_string(), "such as \"products\""),
        };
        let fields: Vec<_> = raw.fields.0.iter().map(|(name, field)| self.field(name, field)).collect();
        let key = self.key(&raw.key, &fields, &place);
        let expect = self.expect(&raw.expect);
        if raw.sources.is_empty() {
            self.mistake::<()>(place, "the stream has no source", "add a [[streams.sources]]");
        }
        let sources: Vec<_> = raw.sources.iter().map(|source| self.source(source, &fields)).collect();
        let fixtures: Vec<_> = raw.fixtures.iter().map(|fixture| self.fixture(fixture, &raw.sources)).collect();
        Some(Stream {
            name: name?,
            key: key?,
            expect: expect?,
            sources: sources.into_iter().collect::<Option<_>>()?,
            fixtures: fixtures.into_iter().collect::<Option<_>>()?,
            fields,
        })
    }

    fn fixture(&mut self, raw: &file::Fixture, sources: &[Placed<file::Source>]) -> Option<Fixture> {
        let input = self.beside(&raw.input, &["html", "json", "har"]);
        let expect = self.beside(&raw.expect, &["json"]);
        let is_har = raw.input.get_ref().strip_suffix("har").is_some_and(|rest| rest.ends_with('.'));
        let url = match (&raw.url, is_har) {
            (Some(url), true) => {
                self.mistake(url.span(), "a HAR says itself where its answers came from", "take url out")
            }
            (Some(url), false) => self.url(url).map(Some),
            (None, true) => Some(None),
            (None, false) => {
                let cure = "add url = \"https://…\": relative addresses are resolved against it";
                self.mistake(raw.input.span(), "where this came from is not said", cure)
            }
        };
        let source = raw.source.as_ref().map(|kind| {
            if sources.iter().any(|source| source.get_ref().kind == *kind.get_ref()) {
                return Some(kind.get_ref().as_str());
            }
            let what = format!("the stream has no {} source", kind.get_ref().as_str());
            self.mistake(kind.span(), what, "name the kind of one of its sources, or take source out")
        });
        Some(Fixture { input: input?, url: url?, expect: expect?, source: whole(source)? })
    }

    /// A field with a mistake is one all the same: what is said of it elsewhere is checked, too.
    fn field(&mut self, name: &Text, raw: &file::Field) -> Field {
        let fine = name.get_ref().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fine || name.get_ref().is_empty() {
            let what = format!("the field name \"{}\" will not do", name.get_ref());
            self.mistake::<()>(name.span(), what, "use a-z, 0-9 and _ only");
        }
        let place = raw.r#type.span();
        let kind = match raw.r#type.get_ref() {
            file::FieldType::Enum => {
                let values = raw.values.clone().unwrap_or_default();
                if values.is_empty() {
                    let cure = "add the words it may be: values = [\"open\", \"closed\"]";
                    self.mistake::<()>(place.clone(), "an enum has no values", cure);
                }
                FieldType::Enum(values)
            }
            file::FieldType::String => FieldType::String,
            file::FieldType::Integer => FieldType::Integer,
            file::FieldType::Decimal => FieldType::Decimal,
            file::FieldType::Money => FieldType::Money,
            file::FieldType::Bool => FieldType::Bool,
            file::FieldType::Url => FieldType::Url,
            file::FieldType::Datetime => FieldType::Datetime,
            file::FieldType::List => FieldType::List,
            file::FieldType::Json => FieldType::Json,
        };
        if raw.values.is_some() && !matches!(kind, FieldType::Enum(_)) {
            let cure = "write type = \"enum\", or take the values out";
            self.mistake::<()>(place, "only an enum has values", cure);
        }
        let range = raw.range.as_ref().and_then(|range| self.range(range, &kind));
        Field { name: name.get_ref().clone(), kind, required: raw.required, range }
    }

    fn range(&mut self, raw: &Placed<(f64, f64)>, kind: &FieldType) -> Option<(Decimal, Decimal)> {
        if !matches!(kind, FieldType::Integer | FieldType::Decimal | FieldType::Money) {
            let cure = "take range out, or write type = \"integer\", \"decimal\" or \"money\"";
            return self.mistake(raw.span(), "only a number has a range", cure);
        }
        let (least, greatest) = *raw.get_ref();
        match Decimal::from_f64(least).zip(Decimal::from_f64(greatest)) {
            Some((least, greatest)) if least <= greatest => Some((least, greatest)),
            _ => self.mistake(raw.span(), "no number is in this range", "write the least first: range = [0, 100]"),
        }
    }

    fn key(&mut self, raw: &[Text], fields: &[Field], stream: &Place) -> Option<Vec<usize>> {
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

    pub(super) fn known(&mut self, name: &Text, fields: &[Field]) -> Option<usize> {
        if let Some(at) = fields.iter().position(|field| field.name == *name.get_ref()) {
            return Some(at);
        }
        let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
        let what = format!("the stream has no field \"{}\"", name.get_ref());
        self.mistake(name.span(), what, format!("add it to [streams.fields], or write one of: {}", names.join(", ")))
    }

    fn expect(&mut self, raw: &file::Expect) -> Option<Expect> {
        let max_missing = self.part("max_missing", raw.max_missing.as_ref(), 0.0);
        let max_duplicates = self.part("max_duplicates", raw.max_duplicates.as_ref(), 0.1);
        let max_shrink = self.part("max_shrink", raw.max_shrink.as_ref(), 0.5);
        let total = raw.total.as_ref().map(|total| self.total(total));
        Some(Expect {
            min_items: raw.min_items.unwrap_or(0),
            max_missing: max_missing?,
            max_duplicates: max_duplicates?,
            max_shrink: max_shrink?,
            total: whole(total)?,
        })
    }

    fn part(&mut self, name: &str, raw: Option<&Placed<f64>>, otherwise: f64) -> Option<f64> {
        match raw {
            None => Some(otherwise),
            Some(part) if (0.0..=1.0).contains(part.get_ref()) => Some(*part.get_ref()),
            Some(part) => {
                self.mistake(part.span(), format!("{name} is a part of all items"), "write a number from 0 to 1")
            }
        }
    }

    fn total(&mut self, raw: &Placed<file::Total>) -> Option<Total> {
        let place = raw.span();
        let raw = raw.get_ref();
        if raw.path.is_none() && raw.css.is_none() && raw.regex.is_none() {
            let cure = "give total a path (into JSON), a css (an element of the page) or a regex (over its text)";
            return self.mistake(place, "where the site says how many there are is not said", cure);
        }
        let path = raw.path.as_ref().map_or(Some(Vec::new()), |paths| self.patterns(&paths.0));
        let css = raw.css.as_ref().map(|css| self.css(css));
        let regex = raw.regex.as_ref().map(|regex| self.regex(regex));
        Some(Total { path: path?, css: whole(css)?, regex: whole(regex)? })
    }
}
