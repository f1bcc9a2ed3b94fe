//! How further items are reached, and when that ends.

use super::{Compiler, rules::whole};
use crate::{
    domain::rule::JsonPath,
    providers::{
        FirstPage, Link, Paging, Slot, Stop,
        file::{self, Page, PageKind, Place, Placed, Text},
    },
};

/// What a source is paged on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// A page in a browser.
    Page,
    /// JSON that is asked for.
    Json,
    /// HTML that is asked for.
    Html,
}

/// Paging, and when it ends.
pub(super) struct Paged {
    pub paging: Paging,
    pub stops: Vec<Stop>,
    pub last: Option<JsonPath>,
    pub first: Option<FirstPage>,
}

/// What each kind takes, besides `stop`, `last`, `max_pages` and `size`.
fn takes(kind: PageKind) -> (&'static [&'static str], &'static str) {
    match kind {
        PageKind::Next => (&["css", "first"], "next takes css: what is clicked"),
        PageKind::Click => (&["css", "first"], "click takes css: what is clicked"),
        PageKind::NextLink => (
            &["css", "path", "rel", "first"],
            "next_link takes one of css (a link in the page), path (into JSON) and rel (of a Link header)",
        ),
        PageKind::PageParam => (
            &["param", "field", "first"],
            "page_param takes param (of the query) or field (of the body), or {page} stands in the address; and first, where it is not 1",
        ),
        PageKind::Offset => (
            &["param", "field", "first"],
            "offset takes size and param (of the query) or field (of the body), or {offset} stands in the address; and first, where it is not 0",
        ),
        PageKind::Cursor => (
            &["path", "param", "field"],
            "cursor takes path (into the answer) and param (of the query) or field (of the body), or {cursor} stands in the address",
        ),
        PageKind::Scroll => (&["idle", "first"], "scroll takes idle: how long to wait for more"),
        PageKind::AnyOf => (&["of", "first"], "any_of takes of: the ways, in order"),
    }
}

impl Compiler {
    pub(super) fn paged(
        &mut self,
        raw: Option<&Placed<Page>>,
        on: On,
        address: Option<&Text>,
        is_json: bool,
    ) -> Option<Paged> {
        let Some(raw) = raw else {
            return Some(Paged { paging: Paging::Single, stops: Vec::new(), last: None, first: None });
        };
        let paging = self.paging(raw, on, address);
        let raw = raw.get_ref();
        let stops = self.stops(raw);
        let last = raw.last.as_ref().map(|last| {
            if is_json {
                return self.pattern(last);
            }
            self.mistake(last.span(), "only JSON can say that it is the last", "take last out")
        });
        let is_numbered = matches!(raw.kind, PageKind::PageParam | PageKind::Offset | PageKind::Cursor);
        let first = raw.first.as_ref().filter(|_| !is_numbered).map(|first| self.first_page(first, on));
        Some(Paged { paging: paging?, stops: stops?, last: whole(last)?, first: whole(first)? })
    }

    fn stops(&mut self, raw: &Page) -> Option<Vec<Stop>> {
        let mut stops = Vec::new();
        match &raw.stop {
            None => stops.extend([Stop::Empty, Stop::NoNewKeys]),
            Some(list) => {
                for stop in list {
                    stops.push(match (stop.get_ref(), &raw.size) {
                        (file::Stop::Empty, _) => Stop::Empty,
                        (file::Stop::NoNewKeys, _) => Stop::NoNewKeys,
                        (file::Stop::Short, Some(size)) => Stop::Short(*size.get_ref()),
                        (file::Stop::Short, None) => {
                            let cure = "add size = 20: how many items a whole page has";
                            return self.mistake(stop.span(), "when a page is short is not known", cure);
                        }
                    });
                }
            }
        }
        if let Some(size) = &raw.size {
            let is_used = raw.kind == PageKind::Offset || stops.iter().any(|stop| matches!(stop, Stop::Short(_)));
            if *size.get_ref() == 0 {
                return self.mistake(size.span(), "a page has no items", "write how many a whole page has");
            }
            if !is_used {
                let cure = "add \"short\" to stop, or take size out";
                return self.mistake(size.span(), "nothing uses the size of a page", cure);
            }
        }
        if let Some(most) = &raw.max_pages {
            if *most.get_ref() == 0 {
                return self.mistake(most.span(), "no page may be read", "write how many pages there are, such as 5");
            }
            stops.push(Stop::MaxPages(*most.get_ref()));
        }
        Some(stops)
    }

    fn paging(&mut self, raw: &Placed<Page>, on: On, address: Option<&Text>) -> Option<Paging> {
        let place = raw.span();
        let raw = raw.get_ref();
        let (taken, cure) = takes(raw.kind);
        let given = [
            ("css", raw.css.is_some()),
            ("path", raw.path.is_some()),
            ("rel", raw.rel.is_some()),
            ("param", raw.param.is_some()),
            ("field", raw.field.is_some()),
            ("first", raw.first.is_some()),
            ("idle", raw.idle.is_some()),
            ("of", raw.of.is_some()),
        ];
        if let Some((name, _)) = given.iter().find(|(name, given)| *given && !taken.contains(name)) {
            return self.mistake(place, format!("this kind of paging has no {name}"), cure);
        }
        let on_a_page = matches!(raw.kind, PageKind::Next | PageKind::Click | PageKind::Scroll);
        if on_a_page && on != On::Page {
            let cure =
                "write next_link, page_param, offset or cursor, or read the page with a markup or capture source";
            return self.mistake(place, "without a browser there is nothing to click or scroll", cure);
        }
        match raw.kind {
            PageKind::Next => {
                let css = self.needed(raw.css.as_ref(), &place, cure)?;
                Some(Paging::Next { css: self.css(css)?.as_str().to_owned() })
            }
            PageKind::Click => {
                let css = self.needed(raw.css.as_ref(), &place, cure)?;
                Some(Paging::Click { css: self.css(css)?.as_str().to_owned() })
            }
            PageKind::Scroll => {
                let idle = self.needed(raw.idle.as_ref(), &place, cure)?;
                Some(Paging::Scroll { idle: self.positive(idle)? })
            }
            PageKind::NextLink => self.next_link(raw, on, place).map(Paging::NextLink),
            PageKind::PageParam => {
                let slot = self.slot(raw, on, &place, ("{page}", address), cure)?;
                Some(Paging::PageParam { slot, first: self.first_number(raw, 1)? })
            }
            PageKind::Offset => {
                let slot = self.slot(raw, on, &place, ("{offset}", address), cure)?;
                let size = *self.needed(raw.size.as_ref(), &place, cure)?.get_ref();
                Some(Paging::Offset { slot, first: self.first_number(raw, 0)?, size })
            }
            PageKind::Cursor if on != On::Json => {
                let cure = "a cursor is read from the JSON of a fetch source; write next_link or page_param";
                self.mistake(place, "there is no answer of JSON to read the cursor from", cure)
            }
            PageKind::Cursor => {
                let slot = self.slot(raw, on, &place, ("{cursor}", address), cure)?;
                let path = self.needed(raw.path.as_ref(), &place, cure)?;
                Some(Paging::Cursor { slot, path: self.pattern(path)? })
            }
            PageKind::AnyOf => self.any_of(raw, on, address, &place, cure),
        }
    }

    fn first_number(&mut self, raw: &Page, otherwise: u32) -> Option<u32> {
        match raw.first.as_ref().map(|first| (first.span(), first.get_ref())) {
            None => Some(otherwise),
            Some((_, file::First::Number(number))) => Some(*number),
            Some((place, file::First::Click { .. } | file::First::Visit { .. })) => {
                self.mistake(place, "pages that are asked for by their number begin with one", "write it: first = 1")
            }
        }
    }

    /// How one gets to the first page of what has no numbers.
    fn first_page(&mut self, first: &Placed<file::First>, on: On) -> Option<FirstPage> {
        let place = first.span();
        match first.get_ref() {
            file::First::Number(_) => {
                let cure =
                    "write how one gets to the first page: first = { click = \"…\" } or { visit = \"https://…\" }";
                self.mistake(place, "this kind of paging has no numbers", cure)
            }
            _ if on != On::Page => {
                let cure = "take first out: what is asked for is the first page";
                self.mistake(place, "without a browser no site remembers the page where one was", cure)
            }
            file::First::Click { click } => {
                let css = self.css(&Placed::new(place, click.clone()))?;
                Some(FirstPage::Click(css.as_str().to_owned()))
            }
            file::First::Visit { visit } => {
                self.visited(&Placed::new(place, visit.clone()), "the source goes").map(FirstPage::Visit)
            }
        }
    }

    fn any_of(&mut self, raw: &Page, on: On, address: Option<&Text>, place: &Place, cure: &str) -> Option<Paging> {
        let ways = self.needed(raw.of.as_ref().filter(|ways| !ways.is_empty()), place, cure)?;
        let mut all = Vec::new();
        for way in ways {
            let one = way.get_ref();
            if one.kind == PageKind::AnyOf {
                return self.mistake(way.span(), "a way is no list of ways", "put its ways into the list around it");
            }
            let numbers = matches!(one.kind, PageKind::PageParam | PageKind::Offset);
            if one.stop.is_some() || one.last.is_some() || one.max_pages.is_some() || one.first.is_some() && !numbers {
                let cure = "write stop, last, max_pages and first beside of: they are about all ways";
                return self.mistake(way.span(), "a single way does not end the paging", cure);
            }
            all.push(self.paging(way, on, address));
        }
        all.into_iter().collect::<Option<_>>().map(Paging::AnyOf)
    }

    fn needed<'t, T>(&mut self, given: Option<&'t T>, place: &Place, cure: &str) -> Option<&'t T> {
        if given.is_none() {
            self.mistake::<()>(place.clone(), "this kind of paging lacks a setting", cure);
        }
        given
    }

    fn next_link(&mut self, raw: &Page, on: On, place: Place) -> Option<Link> {
        let (_, cure) = takes(PageKind::NextLink);
        match (&raw.css, &raw.path, &raw.rel) {
            (Some(css), None, None) if on != On::Json => self.css(css).map(Link::Css),
            (None, Some(path), None) if on == On::Json => self.pattern(path).map(Link::Path),
            (None, None, Some(rel)) if on != On::Page => {
                if rel.get_ref().is_empty() || rel.get_ref().contains(char::is_whitespace) {
                    return self.mistake(rel.span(), "this is no relation of a link", "write rel = \"next\"");
                }
                Some(Link::Header(rel.get_ref().clone()))
            }
            _ => self.mistake(place, "where the address of the next page is cannot be seen here", cure),
        }
    }

    /// Where the number, offset or cursor stands: one place alone.
    fn slot(
        &mut self,
        raw: &Page,
        on: On,
        place: &Place,
        (placeholder, address): (&str, Option<&Text>),
        cure: &str,
    ) -> Option<Slot> {
        let in_address = address.is_some_and(|address| address.get_ref().contains(placeholder));
        match (&raw.param, &raw.field) {
            (Some(param), None) if !in_address => Some(Slot::Query(param.get_ref().clone())),
            (None, Some(field)) if !in_address && on != On::Page => {
                let names: Vec<String> = field.get_ref().split('.').map(str::to_owned).collect();
                if names.iter().any(String::is_empty) {
                    let what = format!("\"{}\" leads to no field of the body", field.get_ref());
                    return self.mistake(field.span(), what, "write the names that lead to it: \"paging.page\"");
                }
                Some(Slot::Body(names))
            }
            (None, None) if in_address => Some(Slot::Address),
            _ => self.mistake(place.clone(), "it is not clear where the request says which page it asks for", cure),
        }
    }
}
