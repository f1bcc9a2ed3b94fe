//! How further items are reached.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{
    Css,
    html::{base_of, document, is_out_of_use},
};
use crate::domain::{ListEnd, rule::JsonPath};

/// How further items are reached.
#[derive(Debug, Clone)]
pub enum Paging {
    /// There is one page.
    Single,
    /// By clicking this, until it is gone or disabled; each click shows another page.
    Next {
        /// A CSS selector.
        css: String,
    },
    /// By clicking this, until it is gone or disabled; each click shows more below.
    Click {
        /// A CSS selector.
        css: String,
    },
    /// By the address of the next page.
    NextLink(Link),
    /// By a page's number in the request.
    PageParam {
        /// Where it stands.
        slot: Slot,
        /// The number of the first page.
        first: u32,
    },
    /// By the number of items before the page, in the request.
    Offset {
        /// Where it stands.
        slot: Slot,
        /// That of the first page.
        first: u32,
        /// By how much it rises.
        size: u32,
    },
    /// By what the answer before said, in the request.
    Cursor {
        /// Where it stands.
        slot: Slot,
        /// Where the answer says it; nothing there is the end.
        path: JsonPath,
    },
    /// By scrolling to the end, until nothing comes for this long.
    Scroll {
        /// How long.
        idle: Duration,
    },
    /// By the first of these that leads on.
    AnyOf(Vec<Paging>),
}

/// Where the address of the next page is.
#[derive(Debug, Clone)]
pub enum Link {
    /// In the `href` of this element.
    Css(Css),
    /// In the answer's JSON.
    Path(JsonPath),
    /// In the answer's `Link` header, under this relation.
    Header(String),
}

/// Where in a request a page's number, offset or cursor stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// In the address's query, as this parameter.
    Query(String),
    /// In the body: the names that lead to it.
    Body(Vec<String>),
    /// In the address, as a placeholder.
    Address,
}

/// Which page is asked for; kept with a run, so that it can go on there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The first.
    First,
    /// The one of that number, or after so many items.
    Number(u64),
    /// The one that the answer before named.
    Cursor(Value),
    /// The one at that address.
    At(Url),
}

/// What an answer over HTTP says about the page after it.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Its address, after redirects.
    pub url: &'a Url,
    /// Its JSON, where it is some.
    pub json: Option<&'a Value>,
    /// Its HTML, where it is some.
    pub html: Option<&'a str>,
    /// Its `Link` headers.
    pub links: &'a [String],
}

/// The next page to ask for, and where in the request that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<'a> {
    /// Which page.
    pub turn: Turn,
    /// Where the request says so; an address of its own says it by itself.
    pub slot: Option<&'a Slot>,
}

impl Paging {
    /// What to ask for first.
    #[must_use]
    pub fn begin(&self) -> Step<'_> {
        match self {
            Self::PageParam { slot, first } | Self::Offset { slot, first, .. } => {
                Step { turn: Turn::Number(u64::from(*first)), slot: Some(slot) }
            }
            Self::Cursor { slot, .. } => Step { turn: Turn::First, slot: Some(slot) },
            Self::AnyOf(ways) => ways
                .iter()
                .map(Self::begin)
                .find(|step| step.slot.is_some())
                .unwrap_or(Step { turn: Turn::First, slot: None }),
            Self::Single | Self::Next { .. } | Self::Click { .. } | Self::NextLink(_) | Self::Scroll { .. } => {
                Step { turn: Turn::First, slot: None }
            }
        }
    }

    /// The ways to go on, one of which is enough.
    #[must_use]
    pub fn ways(&self) -> &[Self] {
        match self {
            Self::AnyOf(ways) => ways,
            way => std::slice::from_ref(way),
        }
    }

    /// What the end is taken for where nothing leads on.
    #[must_use]
    pub fn end(&self) -> ListEnd {
        match self {
            Self::Single => ListEnd::OnlyPage,
            Self::Cursor { .. } => ListEnd::NoCursor,
            Self::Scroll { .. } => ListEnd::ScrollEnd,
            Self::Next { .. }
            | Self::Click { .. }
            | Self::NextLink(_)
            | Self::PageParam { .. }
            | Self::Offset { .. }
            | Self::AnyOf(_) => ListEnd::NoNext,
        }
    }

    /// What to ask for after `read` pages with `items` items in all. `None`: there is nothing further, or only a browser gets there.
    #[must_use]
    pub fn further(&self, read: u32, items: u64, said: Said<'_>) -> Option<Step<'_>> {
        match self {
            Self::PageParam { slot, first } => {
                Some(Step { turn: Turn::Number(u64::from(*first) + u64::from(read)), slot: Some(slot) })
            }
            Self::Offset { slot, first, size } => {
                let number = u64::from(*first) + offset_after(read, items, *size);
                Some(Step { turn: Turn::Number(number), slot: Some(slot) })
            }
            // Some name the last item by several values: a list, or an object.
            Self::Cursor { slot, path } => {
                let cursor = path.first(said.json?)?;
                let is_nothing = match cursor {
                    Value::Null | Value::Bool(_) => true,
                    Value::Number(_) => false,
                    Value::String(text) => text.is_empty(),
                    Value::Array(all) => all.is_empty(),
                    Value::Object(all) => all.is_empty(),
                };
                (!is_nothing).then(|| Step { turn: Turn::Cursor(cursor.clone()), slot: Some(slot) })
            }
            Self::NextLink(link) => link.find(said).map(|url| Step { turn: Turn::At(url), slot: None }),
            Self::AnyOf(ways) => ways.iter().find_map(|way| way.further(read, items, said)),
            Self::Single | Self::Next { .. } | Self::Click { .. } | Self::Scroll { .. } => None,
        }
    }
}

impl Paging {
    /// What should lead on is there, but makes no address: the page goes on by a script, or the answer has another shape. Where it is
    /// marked as out of use it says that there is no more.
    #[must_use]
    pub fn leads_nowhere(&self, said: Said<'_>) -> bool {
        self.ways().iter().any(|way| match way {
            Self::NextLink(link @ Link::Css(css)) => {
                let page = said.html.filter(|html| link.in_html(html, said.url).is_none()).and_then(document);
                page.is_some_and(|page| page.select(css.selector()).any(|element| !is_out_of_use(element)))
            }
            Self::NextLink(link @ Link::Path(path)) => {
                let found = said.json.and_then(|json| path.first(json));
                let is_something = found.is_some_and(|found| match found {
                    Value::Null | Value::Bool(false) => false,
                    Value::String(text) => !text.is_empty(),
                    Value::Object(all) => !all.is_empty(),
                    Value::Array(all) => !all.is_empty(),
                    Value::Bool(true) | Value::Number(_) => true,
                });
                is_something && link.find(said).is_none()
            }
            _ => false,
        })
    }
}

/// How many items to pass over after `read` pages with `items` items in all: what was read, where a site gives less than `size` at
/// once; not more than was asked for, where it repeats some on each page.
#[must_use]
pub fn offset_after(read: u32, items: u64, size: u32) -> u64 {
    items.min(u64::from(read) * u64::from(size))
}

/// Whether these `Link` headers lead to another page (RFC 8288, and the relation `next` of RFC 5988).
#[must_use]
pub fn leads_on(links: &[String], base: &Url) -> bool {
    in_headers("next", links, base).is_some_and(|next| next != *base)
}

impl Link {
    fn find(&self, said: Said<'_>) -> Option<Url> {
        let found = match self {
            Self::Css(_) => self.in_html(said.html?, said.url),
            Self::Path(path) => {
                let link = path.first(said.json?)?.as_str().filter(|link| !link.is_empty())?;
                said.url.join(link).ok()
            }
            Self::Header(rel) => in_headers(rel, said.links, said.url),
        };
        found.filter(is_address)
    }

    /// The address of the next page in a page of HTML.
    #[must_use]
    pub fn in_html(&self, html: &str, base: &Url) -> Option<Url> {
        let Self::Css(css) = self else { return None };
        let page = document(html)?;
        let base = base_of(&page, base);
        let mut links = page.select(css.selector()).filter_map(|element| base.join(element.attr("href")?.trim()).ok());
        links.find(is_address)
    }
}

/// What a link that leads nowhere (`javascript:`) is not.
fn is_address(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}
/// The target of the link with that relation (RFC 8288).
fn in_headers(rel: &str, values: &[String], base: &Url) -> Option<Url> {
    for value in values {
        let mut rest = value.as_str();
        while let Some((_, from)) = rest.split_once('<') {
            let (target, after) = from.split_once('>')?;
            // The parameters end where the next link begins; a quoted text may hold a comma, but no `<`.
            let parameters = after.split('<').next().unwrap_or_default();
            rest = &after[parameters.len()..];
            let is_it = parameters.split(';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
                let relations = value.trim().trim_end_matches(',').trim_end().trim_matches('"');
                name.trim().eq_ignore_ascii_case("rel")
                    && relations.split_whitespace().any(|one| one.eq_ignore_ascii_case(rel))
            });
            if is_it {
                return base.join(target.trim()).ok();
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn base() -> Url {
        Url::parse("https://a.example/list?page=1").expect("a URL")
    }

    fn path(text: &str) -> JsonPath {
        JsonPath::parse(text).expect("a path")
    }

    fn further(paging: &Paging, read: u32, json: &Value) -> Option<Turn> {
        let said = Said { url: &base(), json: Some(json), html: None, links: &[] };
        paging.further(read, u64::from(read) * 20, said).map(|step| step.turn)
    }

    #[test]
    fn numbers_rise_and_cursors_are_what_the_answer_said() {
        let pages = Paging::PageParam { slot: Slot::Query("page".into()), first: 1 };
        assert_eq!(pages.begin(), Step { turn: Turn::Number(1), slot: Some(&Slot::Query("page".into())) });
        assert_eq!(further(&pages, 1, &json!({})), Some(Turn::Number(2)));
        let offset = Paging::Offset { slot: Slot::Query("from".into()), first: 0, size: 20 };
        assert_eq!(further(&offset, 3, &json!({})), Some(Turn::Number(60)));
        // A server that gives less than it is asked for.
        assert_eq!(offset_after(2, 30, 20), 30);
        // One that shows some on top of each page.
        assert_eq!(offset_after(2, 44, 20), 40);
        let cursor = Paging::Cursor { slot: Slot::Address, path: path("$.next") };
        assert_eq!(cursor.begin(), Step { turn: Turn::First, slot: Some(&Slot::Address) });
        assert_eq!(further(&cursor, 1, &json!({"next": "abc"})), Some(Turn::Cursor(json!("abc"))));
        for end in [json!({}), json!({"next": null}), json!({"next": ""}), json!({"next": false})] {
            assert_eq!(further(&cursor, 1, &end), None, "{end}");
        }
    }

    #[test]
    fn the_first_way_that_leads_on_is_taken() {
        let ways = Paging::AnyOf(vec![
            Paging::NextLink(Link::Path(path("$.links.next"))),
            Paging::PageParam { slot: Slot::Query("page".into()), first: 1 },
        ]);
        let at = Url::parse("https://a.example/more").expect("a URL");
        assert_eq!(further(&ways, 1, &json!({"links": {"next": "/more"}})), Some(Turn::At(at)));
        assert_eq!(further(&ways, 1, &json!({})), Some(Turn::Number(2)));
        assert_eq!(ways.begin().turn, Turn::Number(1));
    }

    #[test]
    fn a_link_header_and_a_link_in_the_page_are_found() {
        let next = |header: &str| in_headers("next", &[header.into()], &base());
        let header = "<https://a.example/?page=1>; rel=\"prev\", </list?page=3>; title=\"a, b\"; rel=\"next\"";
        assert_eq!(next(header).as_ref().map(Url::as_str), Some("https://a.example/list?page=3"));
        assert_eq!(next("</a>; rel=next,</b>; rel=last").as_ref().map(Url::path), Some("/a"));
        assert_eq!(next("<https://a.example/>; rel=prev"), None);
        assert_eq!(next("nonsense <"), None);
        let link = Link::Css(Css::parse("a[rel=next]").expect("a selector"));
        let found = link.in_html("<a rel=next href='?page=2'>on</a>", &base());
        assert_eq!(found.as_ref().map(Url::as_str), Some("https://a.example/list?page=2"));
        assert_eq!(link.in_html("<a href='?page=2'>on</a>", &base()), None);
        assert_eq!(link.in_html("<a rel=next href='javascript:void(0)'>on</a>", &base()), None);
        let ways = Paging::NextLink(link.clone());
        let nowhere = |html: &str| ways.leads_nowhere(Said { url: &base(), json: None, html: Some(html), links: &[] });
        assert!(nowhere("<a rel=next href='javascript:more()'>on</a>") && nowhere("<a rel=next data-page=2>on</a>"));
        for end in ["", "<a rel=next class='btn is-disabled'>on</a>", "<li class=disabled><a rel=next>on</a></li>"] {
            assert!(!nowhere(end), "{end}");
        }
        assert!(!nowhere("<a rel=next href='?page=2'>on</a>"), "it leads on");
        let by_path = Paging::NextLink(Link::Path(path("$.next")));
        let nowhere =
            |json: &Value| by_path.leads_nowhere(Said { url: &base(), json: Some(json), html: None, links: &[] });
        assert!(nowhere(&json!({ "next": { "href": "/more" } })) && nowhere(&json!({ "next": 2 })));
        for end in [json!({}), json!({ "next": null }), json!({ "next": "" }), json!({ "next": "/more" })] {
            assert!(!nowhere(&end), "{end}");
        }
        let based = link.in_html("<base href='/shop/'><a rel=next href='?page=2'>on</a>", &base());
        assert_eq!(based.as_ref().map(Url::path), Some("/shop/"));
    }
}
