//! What may stand in a definition file. Whatever else stands there is refused; where each thing stands is remembered.

use std::{collections::BTreeMap, fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use toml::Spanned;

type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub format: Spanned<u32>,
    pub id: Text,
    pub name: Text,
    pub homepage: Text,
    pub scope: Scope,
    pub login: Login,
    #[serde(default)]
    pub session: Session,
    pub probe: Probe,
    pub account: Option<Account>,
    pub politeness: Politeness,
    pub streams: Vec<Spanned<Stream>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scope {
    pub cookies: Vec<Text>,
    #[serde(default)]
    pub origins: Vec<Text>,
    #[serde(default)]
    pub navigate: Vec<Text>,
    #[serde(default)]
    pub session_storage: bool,
    #[serde(default)]
    pub indexed_db: bool,
    #[serde(default)]
    pub drop_cookies: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    pub start: Text,
    pub timeout: Text,
    pub settle: Text,
    pub logged_in: Rule,
    #[serde(default)]
    pub auto_finish: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    pub write_back: Option<WriteBack>,
    pub max_age: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WriteBack {
    Always,
    Never,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Probe {
    pub visit: Text,
    pub wait: Text,
    pub logged_in: Rule,
    pub logged_out: Rule,
    pub blocked: Option<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub response: Option<Response>,
    pub local_storage: Option<Storage>,
    pub session_storage: Option<Storage>,
    pub id: Text,
    pub label: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Politeness {
    pub min_interval: Text,
    pub jitter: Option<Text>,
    pub max_pages: Spanned<u32>,
    pub retry: Option<Retry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retry {
    pub times: u32,
    pub base: Text,
    pub cap: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Rule {
    Any(Vec<Rule>),
    All(Vec<Rule>),
    Not(Box<Rule>),
    Url(Text),
    Cookie(Cookie),
    LocalStorage(Storage),
    SessionStorage(Storage),
    Selector(Element),
    Text(Text),
    Title(Text),
    Response(Response),
    Status(OneOrMany<u16>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cookie {
    pub name: Text,
    pub domain: Option<Text>,
    pub value: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Storage {
    pub key: Text,
    pub origin: Option<Text>,
    pub json: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Element {
    pub css: Text,
    #[serde(default)]
    pub visible: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    pub url: Text,
    pub method: Option<Text>,
    pub status: Option<OneOrMany<u16>>,
    pub body: Option<Text>,
    pub json: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stream {
    pub name: Text,
    pub key: Vec<Text>,
    #[serde(default)]
    pub expect: Expect,
    pub fields: InOrder<Field>,
    pub sources: Vec<Spanned<Source>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    pub min_items: Option<u32>,
    pub max_missing: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Field {
    pub r#type: Spanned<FieldType>,
    #[serde(default)]
    pub required: bool,
    pub values: Option<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FieldType {
    String,
    Integer,
    Decimal,
    Money,
    Bool,
    Url,
    Datetime,
    Enum,
    List,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub kind: Kind,
    pub visit: Text,
    pub wait: Text,
    pub r#match: Option<Response>,
    pub ready: Option<Rule>,
    pub empty: Option<Rule>,
    pub items: OneOrMany<String>,
    pub page: Option<Spanned<Page>>,
    pub fields: InOrder<FieldSource>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Capture,
    Markup,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    pub kind: PageKind,
    pub css: Option<Text>,
    pub param: Option<String>,
    pub first: Option<u32>,
    pub idle: Option<Text>,
    pub stop: Option<Vec<Stop>>,
    pub last: Option<Text>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PageKind {
    Next,
    PageParam,
    Scroll,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stop {
    Empty,
    NoNewKeys,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldSource {
    pub path: Option<OneOrMany<String>>,
    pub css: Option<OneOrMany<String>>,
    pub attr: Option<String>,
    #[serde(default)]
    pub text: bool,
    pub from: Option<Text>,
    pub template: Option<Text>,
    #[serde(default)]
    pub pipe: Vec<Pipe>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Pipe {
    Trim,
    Collapse,
    Absolute,
    Lower,
    Regex(Text),
    Replace(Replace),
    Locale(Spanned<Locale>),
    Split(String),
    Map(BTreeMap<String, String>),
    Default(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replace {
    pub from: Text,
    pub to: String,
}

/// A leaf: a name, or one for each currency.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Locale {
    One(String),
    ByCurrency(BTreeMap<String, String>),
}

/// One thing, or a list of them, each with its place.
pub(super) struct OneOrMany<T>(pub Vec<Spanned<T>>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let one_or_many = Spanned::<Unplaced<T>>::deserialize(deserializer)?;
        let whole = one_or_many.span();
        Ok(Self(match one_or_many.into_inner() {
            Unplaced::One(value) => vec![Spanned::new(whole, value)],
            Unplaced::Many(values) => values,
        }))
    }
}

enum Unplaced<T> {
    One(T),
    Many(Vec<Spanned<T>>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Unplaced<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Unplaced<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one value or a list of them")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                T::deserialize(serde::de::value::StrDeserializer::new(text)).map(Unplaced::One)
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
                T::deserialize(serde::de::value::I64Deserializer::new(number)).map(Unplaced::One)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                Ok(Unplaced::Many(values))
            }
        }
        deserializer.deserialize_any(Either(std::marker::PhantomData))
    }
}

/// A table in the order of the file, each name with its place.
pub(super) struct InOrder<T>(pub Vec<(Text, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for InOrder<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Vec<(Text, T)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }
        let mut entries = deserializer.deserialize_map(Entries(std::marker::PhantomData))?;
        entries.sort_by_key(|(name, _): &(Text, T)| name.span().start);
        Ok(Self(entries))
    }
}

/// Where something stands, as a range of bytes.
pub(super) type Place = Range<usize>;
