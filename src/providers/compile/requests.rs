//! Requests over HTTP.

use serde_json::{Map, Number, Value};

use super::{Compiler, rules::whole};
use crate::providers::{
    Request, Slot, StateValue,
    file::{self, Place, Placed, Text},
    params::Spot,
    request::{Body, PLACEHOLDERS},
};

/// Headers that are not the definition's to set, and what does instead.
const TAKEN: [(&str, &str); 8] = [
    ("cookie", "take it out: the session's cookies go with each request"),
    (
        "authorization",
        "write auth = { bearer = { local_storage = { … } } }: a secret does not belong into a definition",
    ),
    ("user-agent", "take it out: the browser of the login says who it is"),
    ("accept-language", "take it out: the browser of the login says its language"),
    ("host", "take it out: it is that of the address"),
    ("content-length", "take it out: it is that of the body"),
    ("connection", "take it out: the connection is not the definition's"),
    ("transfer-encoding", "take it out: the connection is not the definition's"),
];

impl Compiler {
    /// `slot` is where the paging puts its number, offset or cursor.
    pub(super) fn request(
        &mut self,
        raw: &Placed<file::Request>,
        slot: Option<&Slot>,
        in_page: bool,
    ) -> Option<Request> {
        let raw = raw.get_ref();
        let url = self.request_url(&raw.url, slot);
        let method = raw.method.as_ref().map_or_else(|| Some("GET".to_owned()), |method| self.method(method));
        let headers: Vec<_> = raw.headers.0.iter().map(|(name, value)| self.header(name, value)).collect();
        let headers_from: Vec<_> = raw
            .headers_from
            .0
            .iter()
            .map(|(name, value)| Some((self.header_name(name)?, self.state_value(value, in_page)?)))
            .collect();
        let bearer = raw.auth.as_ref().map(|auth| self.state_value(&auth.bearer, in_page));
        let body = raw.body.as_ref().map(|body| self.body(body));
        let method = method?;
        if let Some(place) = raw.body.as_ref().filter(|_| matches!(method.as_str(), "GET" | "HEAD")).map(Placed::span) {
            let cure = "write method = \"POST\", or put it into the address";
            return self.mistake(place, format!("a {method} sends no body"), cure);
        }
        if let Some(Slot::Body(names)) = slot
            && raw.body.is_none()
        {
            let what = format!("the paging sets \"{}\" in a body that is not there", names.join("."));
            return self.mistake(
                raw.url.span(),
                what,
                "add body = { json = { … } } to the request, or page with param",
            );
        }
        Some(Request {
            url: url?,
            method,
            headers: headers.into_iter().collect::<Option<_>>()?,
            headers_from: headers_from.into_iter().collect::<Option<_>>()?,
            bearer: whole(bearer)?,
            body: whole(body)?,
        })
    }

    fn request_url(&mut self, text: &Text, slot: Option<&Slot>) -> Option<String> {
        let kept: &[&str] = if slot == Some(&Slot::Address) { &PLACEHOLDERS } else { &[] };
        let filled = self.filled_but(text, Spot::Address, kept)?;
        let without = PLACEHOLDERS.iter().fold(filled.clone(), |url, placeholder| url.replace(placeholder, "0"));
        self.parsed_url(text, &without)?;
        Some(filled)
    }

    fn header(&mut self, name: &Text, value: &Text) -> Option<(String, String)> {
        let name = self.header_name(name)?;
        let filled = self.filled(value, Spot::Plain)?;
        if !filled.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~')) {
            return self.mistake(value.span(), "this is no value of a header", "write it in one line, in ASCII");
        }
        Some((name, filled))
    }

    fn header_name(&mut self, name: &Text) -> Option<String> {
        let written = name.get_ref();
        if written.is_empty() || !written.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            let what = format!("\"{written}\" is no name of a header");
            return self.mistake(name.span(), what, "write letters, digits and hyphens: \"X-Requested-With\"");
        }
        match TAKEN.iter().find(|(taken, _)| written.eq_ignore_ascii_case(taken)) {
            Some((_, cure)) => {
                self.mistake(name.span(), format!("the header \"{written}\" is not the definition's to set"), *cure)
            }
            None => Some(written.clone()),
        }
    }

    fn state_value(&mut self, raw: &Placed<file::StateValue>, in_page: bool) -> Option<StateValue> {
        Some(match raw.get_ref() {
            file::StateValue::Cookie(raw) => {
                let name = self.pattern(&raw.name);
                let domain = raw.domain.as_ref().map(|domain| self.pattern(domain));
                StateValue::Cookie { name: name?, domain: whole(domain)? }
            }
            file::StateValue::LocalStorage(raw) => {
                self.is_kept(raw.key.span(), false, in_page)?;
                StateValue::LocalStorage(self.storage(raw)?)
            }
            file::StateValue::SessionStorage(raw) => {
                self.is_kept(raw.key.span(), true, in_page)?;
                StateValue::SessionStorage(self.storage(raw)?)
            }
            file::StateValue::Element(_) if !in_page => {
                let cure =
                    "write in_page = true and visit = \"https://…\", or take the value from a cookie or a storage";
                return self.mistake(raw.span(), "without a page there is no element to read", cure);
            }
            file::StateValue::Element(raw) => StateValue::Element { css: self.css(&raw.css)?, attr: raw.attr.clone() },
        })
    }

    fn body(&mut self, raw: &Placed<file::Body>) -> Option<Body> {
        match raw.get_ref() {
            file::Body::Json(value) => self.json(value, &raw.span()).map(Body::Json),
            file::Body::Form(pairs) => {
                let pairs: Vec<_> = pairs
                    .0
                    .iter()
                    .map(|(name, value)| Some((name.get_ref().clone(), self.filled(value, Spot::Plain)?)))
                    .collect();
                pairs.into_iter().collect::<Option<_>>().map(Body::Form)
            }
        }
    }

    fn json(&mut self, raw: &toml::Value, place: &Place) -> Option<Value> {
        Some(match raw {
            toml::Value::String(text) => {
                Value::String(self.filled(&Placed::new(place.clone(), text.clone()), Spot::Plain)?)
            }
            toml::Value::Integer(number) => Value::from(*number),
            toml::Value::Float(number) => match Number::from_f64(*number) {
                Some(number) => Value::Number(number),
                None => return self.mistake(place.clone(), format!("JSON has no {number}"), "write a finite number"),
            },
            toml::Value::Boolean(yes) => Value::Bool(*yes),
            toml::Value::Datetime(moment) => {
                let cure = format!("put it in quotes: \"{moment}\"");
                return self.mistake(place.clone(), format!("JSON has no dates: {moment}"), cure);
            }
            toml::Value::Array(list) => {
                let list: Vec<_> = list.iter().map(|one| self.json(one, place)).collect();
                Value::Array(list.into_iter().collect::<Option<_>>()?)
            }
            toml::Value::Table(table) => {
                let entries: Vec<_> =
                    table.iter().map(|(name, value)| Some((name.clone(), self.json(value, place)?))).collect();
                Value::Object(entries.into_iter().collect::<Option<Map<_, _>>>()?)
            }
        })
    }
}
