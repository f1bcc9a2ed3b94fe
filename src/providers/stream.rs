//! What a provider offers: streams of records, and where their records are found.

use std::{collections::BTreeMap, fmt, ops::Range, time::Duration};

use jiff::tz::TimeZone;
use regex::Regex;
use rust_decimal::Decimal;
use url::Url;

use super::{Paging, Request, Total};
use crate::domain::{
    StreamName,
    rule::{Evidence, JsonPath, Observation, ResponseRule, Rule, Sighting, Truth, Verdict},
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
    /// Saved pages and answers, and the records that are in them.
    pub fixtures: Vec<Fixture>,
}

impl Stream {
    /// The names of the fields that tell records apart, in words.
    #[must_use]
    pub fn key_words(&self) -> String {
        self.key.iter().map(|at| self.fields[*at].name.as_str()).collect::<Vec<_>>().join(" and ")
    }
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
    /// Least and greatest: a number outside is not believed.
    pub range: Option<(Decimal, Decimal)>,
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
    /// JSON, as it is.
    Json,
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
            Self::Json => "json",
        }
    }
}

/// When a run is believed; below it, the page or its data has changed shape.
#[derive(Debug, Clone)]
pub struct Expect {
    /// At least so many records, where there are any.
    pub min_items: u32,
    /// At most this part of a page's items may lack a required field: 0 to 1.
    pub max_missing: f64,
    /// At most this part of all records may share their key with a different item: 0 to 1.
    pub max_duplicates: f64,
    /// By at most this part may the list be shorter than when it was read whole before: 0 to 1.
    pub max_shrink: f64,
    /// Where the site says how many there are.
    pub total: Option<Total>,
}

/// A place where a stream's records are.
#[derive(Debug)]
pub struct Source {
    /// What is read.
    pub kind: SourceKind,
    /// Where one goes for it; of a fetch that no page makes, the address that is asked first.
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
    /// A mark of being logged out, besides the probe's: of the answer that is asked for, otherwise of the page.
    pub logged_out: Option<Rule>,
    /// A mark of being refused, besides the probe's.
    pub blocked: Option<Rule>,
    /// A mark of showing only a part of the list.
    pub partial: Option<Rule>,
    /// What is clicked once before its items appear.
    pub click: Option<String>,
    /// How one gets to the first page at a site that shows the one where one was last.
    pub first: Option<FirstPage>,
}

/// How one gets to the first page of a list.
#[derive(Debug)]
pub enum FirstPage {
    /// By clicking this, where it is there and can be clicked.
    Click(String),
    /// It is at this address.
    Visit(Url),
}

impl Source {
    /// Its rules about whatever it reads.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.logged_out.iter().chain(&self.blocked).chain(&self.partial)
    }

    /// How it is seen that only a part of the list is shown, where it is.
    #[must_use]
    pub fn partial_because(&self, seen: &Observation) -> Option<Vec<Evidence>> {
        let judgement = self.partial.as_ref()?.judge(seen);
        (judgement.truth == Truth::True).then_some(judgement.evidence)
    }

    /// Judges by its own rules what the probe's say this of.
    pub(super) fn judge_too(&self, by_probe: Sighting, seen: &Observation) -> Sighting {
        if by_probe.verdict == Verdict::Blocked {
            return by_probe;
        }
        let own = [(&self.blocked, Verdict::Blocked), (&self.logged_out, Verdict::LoggedOut)];
        for (rule, verdict) in own {
            let Some(judgement) = rule.as_ref().map(|rule| rule.judge(seen)) else { continue };
            if judgement.truth == Truth::True {
                return Sighting { verdict, evidence: judgement.evidence };
            }
        }
        by_probe
    }
}

/// What is read.
#[derive(Debug)]
pub enum SourceKind {
    /// What a request over HTTP is answered with.
    Fetch(Box<Fetch>),
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
            Self::Fetch(_) => "fetch",
            Self::Capture { .. } => "capture",
            Self::Markup { .. } => "markup",
        }
    }
}

/// What a request over HTTP is answered with.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// What is asked.
    pub request: Request,
    /// It is asked by the page itself, from inside the source's `visit`.
    pub in_page: bool,
    /// What the answer holds.
    pub answer: FetchAnswer,
    /// The statuses of a good answer; none: 200 to 299.
    pub status: Vec<u16>,
}

impl Fetch {
    /// As a client without a session asks it: without the headers that a session gives it.
    #[must_use]
    pub fn without_session(&self) -> Self {
        let request = Request { headers_from: Vec::new(), bearer: None, ..self.request.clone() };
        Self { request, ..self.clone() }
    }

    /// Whether an answer with that status is a good one.
    #[must_use]
    pub fn expects(&self, status: u16) -> bool {
        if self.status.is_empty() { (200..300).contains(&status) } else { self.status.contains(&status) }
    }
}

/// What an answer holds.
#[derive(Debug, Clone)]
pub enum FetchAnswer {
    /// JSON.
    Json {
        /// Where its items are: the first path that leads to any.
        items: Vec<JsonPath>,
    },
    /// HTML.
    Html {
        /// It says that there are no items; where it does not, none is a change of shape.
        empty: Option<Rule>,
        /// The items: the first selector that matches any.
        items: Vec<Css>,
    },
}

/// When paging ends, besides when there is nothing further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A page without items.
    Empty,
    /// A page with fewer items than that.
    Short(u32),
    /// A page whose records were all seen before.
    NoNewKeys,
    /// So many pages: the source has no more.
    MaxPages(u32),
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
    Path {
        /// The paths.
        paths: Vec<JsonPath>,
        /// All that the path leads to, as a list.
        all: bool,
    },
    /// In an element below the item: the first selector that matches.
    Css {
        /// The selectors.
        css: Vec<Css>,
        /// What of the element.
        take: Take,
        /// All that the selector matches, as a list.
        all: bool,
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
    /// HTML becomes its text.
    HtmlToText,
    /// The first of a list.
    First,
    /// A list becomes one text, with this between.
    Join(String),
    /// A date as it is written becomes a moment.
    Date(DateFormat),
    /// Cut at each of these.
    Split(String),
    /// One word for another; what is not named stays.
    Map(BTreeMap<String, String>),
    /// Where there is none: this.
    Default(String),
}

/// How a date is written.
#[derive(Debug, Clone)]
pub struct DateFormat {
    /// In which form.
    pub form: DateForm,
    /// The zone of what names none.
    pub zone: TimeZone,
}

/// In which form a date is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateForm {
    /// Seconds since 1970.
    Unix,
    /// Milliseconds since 1970.
    UnixMs,
    /// As in an e-mail's header.
    Rfc2822,
    /// As strftime writes it.
    Strftime(String),
}

/// A saved page or answer, and the records that are in it.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// The file with the page or the answer.
    pub input: FixtureFile,
    /// Where it came from; a HAR says so itself.
    pub url: Option<Url>,
    /// The file with the records.
    pub expect: FixtureFile,
    /// Which kind of source reads it; none: each that can.
    pub source: Option<&'static str>,
}

/// A file beside a definition.
#[derive(Debug, Clone)]
pub struct FixtureFile {
    /// Its path, from the definition's folder.
    pub path: String,
    /// Where the definition names it.
    pub named_at: Range<usize>,
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

const MOST_FUNCTIONS: usize = 32;

/// A CSS selector that parses.
#[derive(Clone)]
pub struct Css {
    text: String,
    selector: scraper::Selector,
}

impl Css {
    /// Parses a selector; the error says where it is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        // The parser calls itself for each: a thousand of them would overflow its stack.
        if text.matches('(').count() > MOST_FUNCTIONS {
            return Err(format!("it has more than {MOST_FUNCTIONS} functions, such as :not(…)"));
        }
        match scraper::Selector::parse(text) {
            Ok(selector) => Ok(Self { text: text.to_owned(), selector }),
            Err(error) => Err(match error.to_string() {
                said if said.contains("DanglingCombinator") => "an element is missing beside >, +, ~ or a space".into(),
                said => said,
            }),
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
