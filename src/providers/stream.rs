//! What a provider offers: streams of records, and where their records are found.

use std::{collections::BTreeMap, fmt, time::Duration};

use regex::Regex;
use url::Url;

use crate::domain::{
    StreamName,
    rule::{JsonPath, ResponseRule, Rule},
};

/// One kind of record.
#[derive(Debug)]
pub struct Stream {
    /// Its name.
    pub name: StreamName,
    /// Its fields, in the definition's order.
    pub fields: Vec<Field>,
    /// Which fields tell records apart: places in `fields`.
    pub key: Vec<usize>,
    /// When a run is believed.
    pub expect: Expect,
    /// Where the records are, in order of preference.
    pub sources: Vec<Source>,
}

/// A typed field.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: FieldType,
    /// A record without it is none.
    pub required: bool,
}

/// What a field holds, and how that is written in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A decimal number, written as a string so that nothing is rounded.
    Decimal,
    /// `{"amount": "12.50", "currency": "EUR"}`.
    Money,
    /// true or false.
    Bool,
    /// An absolute http or https URL.
    Url,
    /// RFC 3339.
    Datetime,
    /// One of these words.
    Enum(Vec<String>),
    /// A list of texts.
    List,
}

impl FieldType {
    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Money => "money",
            Self::Bool => "bool",
            Self::Url => "url",
            Self::Datetime => "datetime",
            Self::Enum(_) => "enum",
            Self::List => "list",
        }
    }
}

/// When a run is believed; below it, the page or its data has changed shape.
#[derive(Debug, Clone, Copy)]
pub struct Expect {
    /// At least so many records, where there are any.
    pub min_items: u32,
    /// At most this part of a page's items may lack a required field: 0 to 1.
    pub max_missing: f64,
}

/// A place where a stream's records are.
#[derive(Debug)]
pub struct Source {
    /// What is read.
    pub kind: SourceKind,
    /// Where one goes for it.
    pub visit: Url,
    /// How long the first items, and each further page of them, may take.
    pub wait: Duration,
    /// Where each field is in an item, in the order in which they are worked out.
    pub fields: Vec<FieldSource>,
    /// How further items are reached.
    pub paging: Paging,
    /// When that ends.
    pub stops: Vec<Stop>,
    /// Leads to `true` in the answer that holds the last items.
    pub last: Option<JsonPath>,
}

/// What is read.
#[derive(Debug)]
pub enum SourceKind {
    /// JSON that the page itself fetches.
    Capture {
        /// Which answer.
        answer: ResponseRule,
        /// Where its items are: the first path that leads to any.
        items: Vec<JsonPath>,
    },
    /// Elements on the page.
    Markup {
        /// The page is ready, with or without items.
        ready: Rule,
        /// The page says that there are no items; where it does not, none is a change of shape.
        empty: Option<Rule>,
        /// The items: the first selector that matches any.
        items: Vec<Css>,
    },
}

impl SourceKind {
    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Capture { .. } => "capture",
            Self::Markup { .. } => "markup",
        }
    }
}

/// How further items are reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    /// There is one page.
    Single,
    /// By clicking this, until it is gone or disabled.
    Next {
        /// A CSS selector.
        css: String,
    },
    /// By a number in the address's query.
    PageParam {
        /// The parameter's name.
        param: String,
        /// The number of the first page.
        first: u32,
    },
    /// By scrolling to the end, until nothing comes for this long.
    Scroll {
        /// How long.
        idle: Duration,
    },
}

/// When paging ends, besides when there is nothing further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A page without items.
    Empty,
    /// A page whose records were all seen before.
    NoNewKeys,
}

/// Where a field is in an item.
#[derive(Debug)]
pub struct FieldSource {
    /// Which field: its place in the stream's.
    pub field: usize,
    /// Where its raw value is.
    pub origin: FieldOrigin,
    /// What is done to it before it is typed.
    pub pipe: Vec<Pipe>,
}

/// Where a raw value is.
#[derive(Debug)]
pub enum FieldOrigin {
    /// In the item's JSON: the first path that leads to something.
    Path(Vec<JsonPath>),
    /// In an element below the item: the first selector that matches.
    Css {
        /// The selectors.
        css: Vec<Css>,
        /// What of the element.
        take: Take,
    },
    /// In the item's element itself.
    Item(Take),
    /// In another field, worked out before.
    From(usize),
    /// Put together from other fields, worked out before.
    Template(Vec<TemplatePart>),
}

/// What of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Take {
    /// Its text.
    Text,
    /// This attribute.
    Attr(String),
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplatePart {
    /// As it stands.
    Literal(String),
    /// Another field, escaped for a URL.
    Field(usize),
}

/// What is done to a raw value before it is typed.
#[derive(Debug, Clone)]
pub enum Pipe {
    /// White space at both ends goes.
    Trim,
    /// And each run of it inside becomes one space.
    Collapse,
    /// A relative URL becomes an absolute one.
    Absolute,
    /// Small letters.
    Lower,
    /// Only what the first group (or all) matches; nothing where there is no match.
    Regex(Regex),
    /// Every match is replaced.
    Replace {
        /// What.
        from: Regex,
        /// By what: `$1` is the first group.
        to: String,
    },
    /// Numbers in it are written as people there write them.
    Locale(Locale),
    /// Cut at each of these.
    Split(String),
    /// One word for another; what is not named stays.
    Map(BTreeMap<String, String>),
    /// Where there is none: this.
    Default(String),
}

/// How people write numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Locale {
    /// `1,234.56`.
    Point,
    /// `1.234,56`.
    Comma,
    /// As the currency in the text is written: its code to true for a comma.
    ByCurrency(BTreeMap<String, bool>),
}

/// A CSS selector that parses.
#[derive(Clone)]
pub struct Css {
    text: String,
    selector: scraper::Selector,
}

impl Css {
    /// Parses a selector; the error says where it is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        match scraper::Selector::parse(text) {
            Ok(selector) => Ok(Self { text: text.to_owned(), selector }),
            Err(error) => Err(error.to_string()),
        }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Parsed.
    #[must_use]
    pub fn selector(&self) -> &scraper::Selector {
        &self.selector
    }
}

impl fmt::Debug for Css {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Css({:?})", self.text)
    }
}
