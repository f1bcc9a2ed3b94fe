//! Streams and their sources, as they stand in a file.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Unexpected, Visitor},
};

use super::{InOrder, Lasting, OneOrMany, Placed, Request, Response, Rule, Text};

/// One kind of record, and where its records are.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Stream {
    /// Its name: it stands in addresses.
    pub name: Text,
    /// The fields that tell records apart; each is required.
    pub key: Vec<Text>,
    /// When a run is believed.
    #[serde(default)]
    pub expect: Expect,
    /// Each field and its type, in the order in which people see them.
    pub fields: InOrder<Field>,
    /// Where the records are, in order of preference.
    pub sources: Vec<Placed<Source>>,
    /// Saved pages and answers, and the records that are in them.
    #[serde(default)]
    pub fixtures: Vec<Fixture>,
}

/// When a run is believed; below it, the page or its data has changed shape.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Expect {
    /// At least so many records; left out: none is fine.
    pub min_items: Option<u32>,
    /// At most this part of a page's items may lack a required field: 0 to 1; left out: 0.
    pub max_missing: Option<Placed<f64>>,
    /// At most this part of all records may share their key with a different item: 0 to 1; left out: 0.1.
    pub max_duplicates: Option<Placed<f64>>,
    /// By at most this part may the list be shorter than when it was read whole before, from 20 records up: 0 to 1; left out: 0.5.
    pub max_shrink: Option<Placed<f64>>,
    /// Where the site says how many there are.
    pub total: Option<Placed<Total>>,
}

/// Where the site says how many items there are.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Total {
    /// In an answer's JSON: JSONPaths to a number, or to a text that has one; the first that leads to something counts.
    pub path: Option<OneOrMany<String>>,
    /// On a page: the element whose text has it.
    pub css: Option<Text>,
    /// What of the text: the first group, or all that it matches. Without css: of the page's text.
    pub regex: Option<Text>,
}

/// A typed field.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Field {
    /// What it holds.
    pub r#type: Placed<FieldType>,
    /// A record without it is none.
    #[serde(default)]
    pub required: bool,
    /// The words that an enum may be.
    pub values: Option<Vec<String>>,
    /// Least and greatest: a number outside is not believed.
    pub range: Option<Placed<(f64, f64)>>,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::providers) enum FieldType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A decimal number, as a text, never rounded.
    Decimal,
    /// An amount and its currency.
    Money,
    /// true or false.
    Bool,
    /// An absolute http or https address.
    Url,
    /// A moment: RFC 3339, or whatever the `date` pipe reads.
    Datetime,
    /// One of `values`.
    Enum,
    /// A list of texts.
    List,
    /// JSON, as it is.
    Json,
}

/// A place where a stream's records are.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Source {
    /// What is read.
    pub kind: Kind,
    /// The page to visit; of a fetch source only with `in_page`.
    pub visit: Option<Text>,
    /// capture, markup: what is clicked once before its items appear: a CSS selector.
    pub click: Option<Text>,
    /// How long the first items, and each further page of them, may take.
    pub wait: Lasting,
    /// capture: which answer.
    pub r#match: Option<Response>,
    /// markup: the page is drawn, with or without items.
    pub ready: Option<Rule>,
    /// The page says that there are no items; where it does not, none is a change of shape. Not with JSON.
    pub empty: Option<Rule>,
    /// fetch: what is asked.
    pub request: Option<Placed<Request>>,
    /// fetch: asked by the page itself, from inside `visit`, with all that it knows.
    pub in_page: Option<Placed<bool>>,
    /// fetch: what the answer is.
    pub answer: Option<Answer>,
    /// fetch: what the answer must be like.
    pub expect: Option<AnswerExpect>,
    /// A mark of being logged out, besides the probe's: fetch: of the answer; capture and markup: of the page.
    pub logged_out: Option<Rule>,
    /// A mark of being refused, besides the probe's.
    pub blocked: Option<Rule>,
    /// The page, or the answer, shows only a part of the list (a saved filter, a search text): then a run is not complete.
    pub partial: Option<Rule>,
    /// Where the items are: JSONPaths or CSS selectors; the first that leads to any counts.
    pub items: OneOrMany<String>,
    /// How further items are reached; left out: there is one page.
    pub page: Option<Placed<Page>>,
    /// Where each field is in an item.
    pub fields: InOrder<FieldSource>,
}

/// What is read.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::providers) enum Kind {
    /// What a request over HTTP is answered with; no browser.
    Fetch,
    /// JSON that the page itself fetches.
    Capture,
    /// Elements on the page.
    Markup,
}

/// What an answer is.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::providers) enum Answer {
    /// JSON: items and fields are JSONPaths.
    Json,
    /// HTML: items and fields are CSS selectors.
    Html,
}

/// What an answer must be like.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct AnswerExpect {
    /// Its status: one or a list; left out: 200 to 299.
    pub status: OneOrMany<u16>,
}

/// How further items are reached.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Page {
    /// Which way.
    pub kind: PageKind,
    /// next, click, `next_link`: a CSS selector.
    pub css: Option<Text>,
    /// `next_link`, cursor: a JSONPath into the answer.
    pub path: Option<Text>,
    /// `next_link`: the relation in the answer's `Link` header, such as `next`.
    pub rel: Option<Text>,
    /// `page_param`, offset, cursor: a parameter of the address's query.
    pub param: Option<Text>,
    /// `page_param`, offset, cursor: a field of the request's body; `a.b` is b in a.
    pub field: Option<Text>,
    /// `page_param`, offset: the first number; left out: 1 for a page, 0 for an offset. Others: how one gets to the first page at a
    /// site that shows the one where one was last.
    pub first: Option<Placed<First>>,
    /// How many items a whole page has.
    pub size: Option<Placed<u32>>,
    /// scroll: how long to wait for more.
    pub idle: Option<Lasting>,
    /// When paging ends, besides when there is nothing further; left out: `empty` and `no_new_keys`.
    pub stop: Option<Vec<Placed<Stop>>>,
    /// Leads to `true` in the answer that holds the last items.
    pub last: Option<Text>,
    /// This source has no more pages than that.
    pub max_pages: Option<Placed<u32>>,
    /// `any_of`: the ways, in order; the first that leads on is taken.
    pub of: Option<Vec<Placed<Page>>>,
}

/// The number of the first page, or how one gets there.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(in crate::providers) enum First {
    /// Its number.
    Number(u32),
    /// By a click on what this CSS selector matches, where it is there.
    Click {
        /// A CSS selector.
        click: String,
    },
    /// It is at this address, once the site knows the visitor.
    Visit {
        /// Its address.
        visit: String,
    },
}

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrWay;
        impl<'de> Visitor<'de> for NumberOrWay {
            type Value = First;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of the first page, { click = \"a CSS selector\" } or { visit = \"https://…\" }")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<First, E> {
                u32::try_from(number)
                    .map(First::Number)
                    .map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<First, A::Error> {
                let way = match map.next_entry::<String, String>()? {
                    Some((name, click)) if name == "click" => First::Click { click },
                    Some((name, visit)) if name == "visit" => First::Visit { visit },
                    Some((name, _)) => return Err(de::Error::unknown_field(&name, &["click", "visit"])),
                    None => return Err(de::Error::invalid_length(0, &self)),
                };
                match map.next_entry::<String, String>()? {
                    Some(_) => Err(de::Error::invalid_length(2, &self)),
                    None => Ok(way),
                }
            }
        }
        deserializer.deserialize_any(NumberOrWay)
    }
}

/// Which way to further items.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::providers) enum PageKind {
    /// A click that shows the next page, until its element is gone or disabled.
    Next,
    /// A click that shows more below, until its element is gone or disabled.
    Click,
    /// The address of the next page, in the page, the answer or its `Link` header.
    NextLink,
    /// A page's number in the request.
    PageParam,
    /// The number of items before the page, in the request.
    Offset,
    /// What the answer before said, in the request.
    Cursor,
    /// Scrolling to the end.
    Scroll,
    /// The first of several ways that leads on.
    AnyOf,
}

/// When paging ends.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::providers) enum Stop {
    /// A page without items.
    Empty,
    /// A page with fewer items than `size`.
    Short,
    /// A page whose records were all seen before.
    NoNewKeys,
}

/// Where a field is in an item.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct FieldSource {
    /// JSONPaths; the first that leads to something counts.
    pub path: Option<OneOrMany<String>>,
    /// CSS selectors below the item; the first that matches counts.
    pub css: Option<OneOrMany<String>>,
    /// An attribute, of the element or of the item itself.
    pub attr: Option<String>,
    /// The item's own text.
    #[serde(default)]
    pub text: bool,
    /// All that the path or selector leads to, as a list.
    #[serde(default)]
    pub all: bool,
    /// Another field.
    pub from: Option<Text>,
    /// Put together: `{field}` is another field, `{param}` a parameter.
    pub template: Option<Text>,
    /// What is done to it before it is typed, in order.
    #[serde(default)]
    pub pipe: Vec<Pipe>,
}

/// What is done to a value before it is typed.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::providers) enum Pipe {
    /// White space at both ends goes.
    Trim,
    /// And each run of it inside becomes one space.
    Collapse,
    /// A relative address becomes an absolute one.
    Absolute,
    /// Small letters.
    Lower,
    /// HTML becomes its text.
    HtmlToText,
    /// The first of a list.
    First,
    /// A list becomes one text, with this between.
    Join(String),
    /// Only what the first group (or all) matches; nothing where there is no match.
    Regex(Text),
    /// Every match is replaced.
    Replace(Replace),
    /// Numbers in it are written as people there write them.
    Locale(Placed<Locale>),
    /// Cut into a list at each of these.
    Split(String),
    /// One word for another; what is not named stays.
    Map(BTreeMap<String, String>),
    /// A date as it is written becomes a moment.
    Date(DateFormat),
    /// Where there is none: this.
    Default(String),
}

/// Every match is replaced.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Replace {
    /// A regular expression.
    pub from: Text,
    /// By this; `$1` is the first group.
    pub to: String,
}

/// How a date is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct DateFormat {
    /// As strftime writes it (`%d/%m/%Y %H:%M`), or `unix`, `unix_ms`, `rfc2822`.
    pub format: Text,
    /// The IANA name of the time zone of what names none, such as `America/Sao_Paulo`; left out: UTC.
    pub zone: Option<Text>,
}

/// A leaf: a name, or one for each currency.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::providers) enum Locale {
    /// Such as `pt-BR`.
    One(String),
    /// Such as `{ BRL = "pt-BR", USD = "en-US" }`.
    ByCurrency(BTreeMap<String, String>),
}

/// A saved page or answer, and the records that are in it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::providers) struct Fixture {
    /// The file, beside this one: .html, .json, or .har.
    pub input: Text,
    /// Where it came from; a .har says so itself.
    pub url: Option<Text>,
    /// The file with the records, as a JSON list.
    pub expect: Text,
    /// Which kind of source reads it; left out: each that can.
    pub source: Option<Placed<Kind>>,
}
