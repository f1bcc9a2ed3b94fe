//! How many items a list has, as the site says, and whether a page says that there are more than it shows.

use std::sync::LazyLock;

use regex::Regex;
use scraper::{ElementRef, Selector};
use serde_json::{Map, Value};

use super::{
    Css,
    html::{document, is_out_of_use},
    text_of_html,
};
use crate::domain::rule::JsonPath;

/// Names under which answers say how many items there are in all.
const TOTALS: [&str; 21] = [
    "total",
    "totalcount",
    "totalelements",
    "totalitems",
    "totalrecords",
    "totalresults",
    "totalrows",
    "totalhits",
    "totalsize",
    "totalresultscount",
    "recordstotal",
    "recordsfiltered",
    "numfound",
    "nbhits",
    "resultcount",
    "odatacount",
    "totaldocs",
    "totalentries",
    "totalmatches",
    "itemcount",
    "count",
];
/// Names under which answers say how many pages there are, or which one is the last.
const PAGES: [&str; 8] =
    ["pages", "pagecount", "totalpages", "lastpage", "numpages", "nbpages", "pagestotal", "numberofpages"];
/// Names under which answers say that there are more pages, as true, or as what leads to the next one.
const MORE: [&str; 22] = [
    "hasmore",
    "hasnext",
    "hasnextpage",
    "hasmoreitems",
    "hasmoreresults",
    "moreresults",
    "morerecords",
    "istruncated",
    "next",
    "nextpage",
    "nextcursor",
    "nexturl",
    "nexturi",
    "nextlink",
    "odatanextlink",
    "nextpageurl",
    "nextrecordsurl",
    "nextpagetoken",
    "nexttoken",
    "nextmarker",
    "continuationtoken",
    "lastevaluatedkey",
];
/// Names under which answers say, as false, that this is not the last page.
const LAST: [&str; 5] = ["last", "islast", "lastpage", "islastpage", "done"];
/// How far below what holds the list something is said of it.
const DEPTH: usize = 2;
/// What leads to another page of a list, in a page: by its relation (HTML Living Standard, 4.6.7.13) or by what it is called.
const PAGERS: &str = "link[rel~=next], a[rel~=next], nav[aria-label*=pagin i] a[href], [class*=pagination i] a[href], \
                      [class*=paginator i] a[href], [class*=pager i] a[href]";

/// What a button that brings more of a list is called.
static LEADS_ON: LazyLock<Regex> = LazyLock::new(|| {
    let more = "(?:load|show) (?:\\w+ )?more|more results|next(?: page)?|older|carregar mais|mostrar mais|próxim[ao](?: página)?|\
                seguinte|cargar más|mostrar más|siguiente|mehr (?:laden|anzeigen)|weiter|nächste(?: seite)?|\
                charger plus|afficher plus|suivante?";
    Regex::new(&format!(r"(?i)^\W*(?:{more})\W*$")).expect("a regular expression")
});
/// Which part of a list is shown: "1–20 of 131".
static SHOWN_OF: LazyLock<Regex> = LazyLock::new(|| {
    let text = r"(?i)\b1\s*(?:-|–|—|to|a|até|hasta|bis|à)\s*[0-9]+\s*(?:of|out of|de|von|sur|di|/)\s*(?P<all>[0-9][0-9.,'’\u{a0}\u{202f}]*)";
    Regex::new(text).expect("a regular expression")
});
/// Which page is shown: "Page 1 of 7".
static PAGE_OF: LazyLock<Regex> = LazyLock::new(|| {
    let text = r"(?i)\b(?:page|página|pagina|seite)\s*1\s*(?:of|de|von|sur|di|/)\s*(?P<all>[0-9]+)";
    Regex::new(text).expect("a regular expression")
});

/// Where the site says how many items there are.
#[derive(Debug, Clone)]
pub struct Total {
    /// In an answer's JSON: the first that leads to something.
    pub path: Vec<JsonPath>,
    /// In the text of this element.
    pub css: Option<Css>,
    /// What of the text: the first group, or all that it matches.
    pub regex: Option<Regex>,
}

impl Total {
    /// As an answer says.
    #[must_use]
    pub fn in_json(&self, json: &Value) -> Option<u64> {
        match self.path.iter().find_map(|path| path.first(json))? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => self.number(text),
            _ => None,
        }
    }

    /// As a page says.
    #[must_use]
    pub fn in_html(&self, html: &str) -> Option<u64> {
        if self.css.is_none() && self.regex.is_none() {
            return None;
        }
        let Some(css) = &self.css else { return self.number(&text_of_html(html)?) };
        let page = document(html)?;
        page.select(css.selector()).find_map(|element| self.number(&element.text().collect::<String>()))
    }

    fn number(&self, text: &str) -> Option<u64> {
        match &self.regex {
            Some(regex) => {
                let found = regex.captures(text)?;
                number(found.get(1).or_else(|| found.get(0))?.as_str())
            }
            None => number(text),
        }
    }
}

/// The first whole number in a text, without what groups its digits.
fn number(text: &str) -> Option<u64> {
    static NUMBER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[0-9]{1,3}(?:[.,'’\u{a0}\u{202f} ][0-9]{3})+(?:[^0-9]|$)|[0-9]+").ok());
    let found = NUMBER.as_ref()?.find(text)?.as_str();
    found.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()
}

/// Why an answer holds not all items, where it says so: `items` is how many were found in it.
#[must_use]
pub fn more_in_json(json: &Value, items: usize) -> Option<String> {
    let object = json.as_object()?;
    // What is said of a list stands in what holds it: beside it, or a little below.
    if !holds_list(json) {
        return None;
    }
    let here = said_of_more(object, items, DEPTH);
    here.or_else(|| object.values().filter(|inner| holds_list(inner)).find_map(|inner| more_in_json(inner, items)))
}

/// Whether there is a list of objects in it, in whatever objects.
fn holds_list(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.first().is_some_and(Value::is_object),
        Value::Object(object) => object.values().any(holds_list),
        _ => false,
    }
}

fn said_of_more(object: &Map<String, Value>, items: usize, depth: usize) -> Option<String> {
    let found = u64::try_from(items).unwrap_or(u64::MAX);
    object.iter().find_map(|(name, value)| {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let plain = plain.as_str();
        let is_more = match value {
            Value::Number(number) => number.as_u64().is_some_and(|number| {
                TOTALS.contains(&plain) && number > found || PAGES.contains(&plain) && number > 1
            }),
            // A search engine says `total: { value }`.
            Value::Object(inner) if TOTALS.contains(&plain) => {
                inner.get("value").and_then(Value::as_u64).is_some_and(|total| total > found)
            }
            Value::String(text) if TOTALS.contains(&plain) => text.parse::<u64>().is_ok_and(|total| total > found),
            Value::Bool(true) => MORE.contains(&plain),
            Value::Object(inner) => MORE.contains(&plain) && !inner.is_empty(),
            Value::String(text) => MORE.contains(&plain) && !text.is_empty(),
            Value::Bool(false) => LAST.contains(&plain),
            _ => false,
        };
        if is_more {
            let said = if value.is_object() { "{…}".to_owned() } else { value.to_string() };
            return Some(format!("its answer says {name}: {}", said.chars().take(40).collect::<String>()));
        }
        let inner = value.as_object().filter(|_| depth > 0 && !holds_list(value))?;
        said_of_more(inner, items, depth - 1)
    })
}

/// Why a page holds not all items, where it leads to others or says so: `items` is how many were found in it.
#[must_use]
pub fn more_in_html(html: &str, items: usize) -> Option<String> {
    static PAGER: LazyLock<Option<Selector>> = LazyLock::new(|| Selector::parse(PAGERS).ok());
    static PRESSED: LazyLock<Option<Selector>> = LazyLock::new(|| Selector::parse("button, [role=button], a").ok());
    let page = document(html)?;
    if page.select(PAGER.as_ref()?).any(|link| !is_out_of_use(link)) {
        return Some("the page leads to other pages".to_owned());
    }
    let text_of = |one: ElementRef<'_>| one.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut pressed =
        page.select(PRESSED.as_ref()?).filter(|one| !is_out_of_use(*one) && !is_of_pictures(*one)).map(text_of);
    if let Some(text) = pressed.find(|text| LEADS_ON.is_match(text)) {
        return Some(format!("the page has \"{text}\""));
    }
    let text = text_of_html(html)?;
    let found = u64::try_from(items).unwrap_or(u64::MAX);
    let said = SHOWN_OF.captures_iter(&text).find(|said| number(&said["all"]).is_some_and(|all| all > found));
    let said =
        said.or_else(|| PAGE_OF.captures_iter(&text).find(|said| number(&said["all"]).is_some_and(|all| all > 1)));
    said.map(|said| format!("the page says \"{}\"", &said[0]))
}

/// "Next" leads to the next picture in there.
fn is_of_pictures(element: ElementRef<'_>) -> bool {
    std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap)).any(|one| {
        let class = one.attr("class").unwrap_or_default().to_ascii_lowercase();
        ["carousel", "slider", "swiper", "slick", "gallery"].iter().any(|word| class.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn total(path: Option<&str>, css: Option<&str>, regex: Option<&str>) -> Total {
        Total {
            path: path.into_iter().map(|path| JsonPath::parse(path).expect("a path")).collect(),
            css: css.map(|css| Css::parse(css).expect("a selector")),
            regex: regex.map(|regex| Regex::new(regex).expect("a regex")),
        }
    }

    #[test]
    fn a_total_is_read_as_people_write_it() {
        for (text, is) in [
            ("137 products", Some(137)),
            ("1,234 results", Some(1234)),
            ("1.234.567 Treffer", Some(1_234_567)),
            ("12 345 résultats", Some(12_345)),
            ("12\u{202f}345", Some(12_345)),
            ("no results", None),
            ("", None),
        ] {
            assert_eq!(number(text), is, "{text}");
        }
    }

    #[test]
    fn a_total_stands_in_an_answer_in_an_element_or_in_a_text() {
        let in_answer = total(Some("$.page.total"), None, None);
        assert_eq!(in_answer.in_json(&json!({ "page": { "total": 260 } })), Some(260));
        assert_eq!(in_answer.in_json(&json!({ "page": { "total": "1,260 items" } })), Some(1260));
        assert_eq!(in_answer.in_json(&json!({ "page": {} })), None);
        assert_eq!(in_answer.in_html("<p>260</p>"), None);
        let page = "<style>b{width:9px}</style><p>Page 1 of 7</p><b class=count>Showing 1-20 of 131</b>";
        assert_eq!(total(None, Some(".count"), Some("of ([0-9]+)")).in_html(page), Some(131));
        assert_eq!(total(None, None, Some("of ([0-9]{3})")).in_html(page), Some(131));
        assert_eq!(total(None, Some(".none"), None).in_html(page), None);
    }

    #[test]
    fn an_answer_that_says_more_is_not_taken_for_all() {
        for more in [
            json!({ "items": [{}], "total": 9 }),
            json!({ "items": [{}], "meta": { "total_count": 2 } }),
            json!({ "items": [{}], "hasMore": true }),
            json!({ "items": [{}], "paging": { "next": "/?page=2" } }),
            json!({ "items": [{}], "links": { "next": { "href": "/2" } } }),
            json!({ "content": [{}], "last": false }),
            json!({ "value": [{}], "@odata.nextLink": "https://a.example/?$skip=1" }),
            json!({ "data": { "orders": { "edges": [{}], "pageInfo": { "hasNextPage": true } } } }),
            json!({ "data": [{}], "meta": { "pagination": { "total": 7 } } }),
            json!({ "records": [{}], "totalSize": 1, "done": false, "nextRecordsUrl": "/more" }),
            json!({ "data": [{}], "next_page_url": "https://a.example/?page=2" }),
            json!({ "data": [{}], "recordsTotal": 400 }),
            json!({ "took": 3, "hits": { "total": { "value": 400, "relation": "eq" }, "hits": [{}] } }),
            json!({ "data": [{}], "meta": { "current_page": 1, "last_page": 3 } }),
            json!({ "items": [{}], "total": "131" }),
            json!({ "docs": [{}], "totalDocs": 131 }),
        ] {
            assert!(more_in_json(&more, 1).is_some(), "{more}");
        }
        for all in [
            json!([{}]),
            json!({ "items": [{}], "total": 1, "hasMore": false, "next": null, "last": true }),
            json!({ "items": [{}], "meta": { "next": "" }, "name": "total" }),
            // What is said elsewhere is said of something else.
            json!({ "items": [{}], "pages": 1, "user": { "orders": { "list": { "unread": { "count": 12 } } } } }),
            json!({ "data": { "orders": { "edges": [{}], "pageInfo": { "hasNextPage": false, "endCursor": "x" } } } }),
        ] {
            assert_eq!(more_in_json(&all, 1), None, "{all}");
        }
    }

    #[test]
    fn a_page_that_leads_to_others_is_not_taken_for_all() {
        for more in [
            "<link rel=next href=/2>",
            "<a rel='nofollow next' href=/2>2</a>",
            "<div class='ui Pagination'><a href=/2>2</a></div>",
            "<nav aria-label='Pagination'><ul><li><a href=/2>2</a></ul></nav>",
            "<button>Load more</button>",
            "<span role=button> Próxima » </span>",
            "<a href='#'>Show 20 more</a>",
            "<p>Showing 1–20 of 131 orders</p>",
            "<p>1 a 20 de 1.131</p>",
            "<p>Page 1 of 7</p>",
        ] {
            assert!(more_in_html(more, 20).is_some(), "{more}");
        }
        for all in [
            "<a href=/2>2</a>",
            "<div class=pagination><span>1</span></div>",
            "<p>next</p>",
            "<button disabled>Next</button>",
            "<div class='carousel slide'><button><span>Next</span></button></div>",
            "<ul><li class=disabled><a href='#'>Next</a></ul>",
            "<a href=/about>More about us</a>",
            "<p>Showing 1–20 of 20 orders, page 1 of 1</p>",
        ] {
            assert_eq!(more_in_html(all, 20), None, "{all}");
        }
    }
}
