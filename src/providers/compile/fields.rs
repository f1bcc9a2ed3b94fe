//! Where each field of a source comes from, and what is done to it.

use std::collections::{BTreeMap, HashSet};

use jiff::{fmt::strtime, tz::TimeZone};

use super::Compiler;
use crate::providers::{
    Css, DateForm, DateFormat, Field, FieldOrigin, FieldSource, Locale, Pipe, Take, TemplatePart,
    file::{self, Place, Placed, Text},
    params::Spot,
};

impl Compiler {
    pub(super) fn field_sources(
        &mut self,
        raw: &file::Source,
        in_json: bool,
        fields: &[Field],
        place: &Place,
    ) -> Option<Vec<FieldSource>> {
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
            let origin = self.field_origin(in_json, name, source, fields, &given);
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
        in_json: bool,
        name: &Text,
        raw: &file::FieldSource,
        fields: &[Field],
        given: &HashSet<usize>,
    ) -> Option<FieldOrigin> {
        if raw.all && raw.path.is_none() && raw.css.is_none() {
            let cure = "take all out, or write path or css";
            return self.mistake(name.span(), "only a path or a selector leads to more than one value", cure);
        }
        let take = raw.attr.clone().map_or(Take::Text, Take::Attr);
        match (in_json, &raw.path, &raw.css, &raw.from, &raw.template) {
            (true, Some(paths), None, None, None) if raw.attr.is_none() && !raw.text => {
                let paths: Vec<_> = paths.0.iter().map(|path| self.pattern(path)).collect();
                Some(FieldOrigin::Path { paths: paths.into_iter().collect::<Option<_>>()?, all: raw.all })
            }
            (false, None, Some(css), None, None) if !raw.text => {
                let css: Vec<Option<Css>> = css.0.iter().map(|css| self.css(css)).collect();
                Some(FieldOrigin::Css { css: css.into_iter().collect::<Option<_>>()?, take, all: raw.all })
            }
            (false, None, None, None, None) if raw.text != raw.attr.is_some() => Some(FieldOrigin::Item(take)),
            (_, None, None, Some(from), None) if raw.attr.is_none() && !raw.text => {
                let at = self.known(from, fields)?;
                self.is_given(from.span(), at, fields, given)?;
                Some(FieldOrigin::From(at))
            }
            (_, None, None, None, Some(template)) if raw.attr.is_none() && !raw.text => {
                self.template(template, fields, given).map(FieldOrigin::Template)
            }
            (true, ..) => self.mistake(
                name.span(),
                format!("it is not clear where \"{}\" is", name.get_ref()),
                "in JSON give it one of path, from and template",
            ),
            (false, ..) => self.mistake(
                name.span(),
                format!("it is not clear where \"{}\" is", name.get_ref()),
                "in a page give it one of css (with attr or without), attr, text = true, from and template",
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

    fn template(&mut self, text: &Text, fields: &[Field], given: &HashSet<usize>) -> Option<Vec<TemplatePart>> {
        let mut parts = Vec::new();
        let mut rest = text.get_ref().as_str();
        while let Some(at) = rest.find('{') {
            let Some(end) = rest[at..].find('}') else {
                return self.mistake(text.span(), "a { has no }", "write {name_of_a_field}");
            };
            parts.push(TemplatePart::Literal(rest[..at].to_owned()));
            let name = &rest[at + 1..at + end];
            // An address may be the beginning of this one.
            let is_first = parts.iter().all(|part| *part == TemplatePart::Literal(String::new()));
            let param = self.params.iter().find(|param| param.name == name).map(|param| {
                let value = self.values.get(name).map_or("", String::as_str);
                param.kind.written(value, Spot::Address, is_first)
            });
            if self.broken_params.contains(name) {
                return None;
            }
            match param {
                Some(value) if !fields.iter().any(|field| field.name == name) => {
                    parts.push(TemplatePart::Literal(value));
                }
                _ => {
                    let field = self.known(&Placed::new(text.span(), name.to_owned()), fields)?;
                    self.is_given(text.span(), field, fields, given)?;
                    parts.push(TemplatePart::Field(field));
                }
            }
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
            file::Pipe::Replace(replace) => Pipe::Replace { from: self.regex(&replace.from)?, to: replace.to.clone() },
            file::Pipe::Locale(locale) => Pipe::Locale(self.locale(locale)?),
            file::Pipe::HtmlToText => Pipe::HtmlToText,
            file::Pipe::First => Pipe::First,
            file::Pipe::Join(between) => Pipe::Join(between.clone()),
            file::Pipe::Date(raw) => Pipe::Date(self.date(raw)?),
            file::Pipe::Split(at) => Pipe::Split(at.clone()),
            file::Pipe::Map(words) => Pipe::Map(words.clone()),
            file::Pipe::Default(text) => Pipe::Default(text.clone()),
        })
    }

    fn date(&mut self, raw: &file::DateFormat) -> Option<DateFormat> {
        let form = match raw.format.get_ref().as_str() {
            "unix" => DateForm::Unix,
            "unix_ms" => DateForm::UnixMs,
            "rfc2822" => DateForm::Rfc2822,
            written => {
                // A moment that is written this way is read again, so that a directive that cannot be read shows here.
                let sample = jiff::civil::date(2001, 2, 3).at(4, 5, 6, 0).to_zoned_datetime(TimeZone::UTC).ok();
                let read = sample.and_then(|sample| strtime::format(written, &sample).ok());
                let read = read.map(|text| strtime::parse(written, text).is_ok_and(|read| read.to_date().is_ok()));
                if !written.contains('%') || read != Some(true) {
                    return self.slip(
                        raw.format.span(),
                        format!("\"{written}\" is no way of writing a date"),
                        "write it as \"%d/%m/%Y\" or \"%Y-%m-%d %H:%M:%S\" (https://docs.rs/jiff/latest/jiff/fmt/strtime/), or unix, unix_ms or rfc2822",
                    );
                }
                DateForm::Strftime(written.to_owned())
            }
        };
        let zone = match &raw.zone {
            None => TimeZone::UTC,
            Some(name) => {
                let Ok(zone) = TimeZone::get(name.get_ref()) else {
                    let what = format!("there is no time zone \"{}\"", name.get_ref());
                    let cure = "write its IANA name: \"America/Sao_Paulo\", \"Europe/Madrid\"";
                    return self.slip(name.span(), what, cure);
                };
                zone
            }
        };
        if raw.zone.is_some() && !matches!(form, DateForm::Strftime(_)) {
            let place = raw.zone.as_ref().map_or(0..0, Text::span);
            return self.slip(place, "what is written this way names its zone itself", "take zone out");
        }
        Some(DateFormat { form, zone })
    }

    fn locale(&mut self, raw: &Placed<file::Locale>) -> Option<Locale> {
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
                self.slip(place, what, "write the locale of a known one that writes them alike: \"en-US\" or \"pt-BR\"")
            }
        }
    }
}
