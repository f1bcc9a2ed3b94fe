//! How many items a list has, as the site says, and whether a page says that there are more than it shows.

use std::sync::LazyLock;

use regex::Regex;
use scraper::Selector;
use serde_json::Value;

use super::{Css, html::document, text_of_html};
use crate::domain::rule::JsonPath;

/// Names under which answers say how many items there are in all.
const TOTALS: [&str; 9] = [
    "total",
    "totalcount",
    "totalelements",
    "totalitems",
    "totalrecords",
    "totalresults",
    "totalrows",
    "totalhits",
    "count",
];
/// Names under which answers say that there are more pages, as true, or as what leads to the next one.
const MORE: [&str; 9] =
    ["hasmore", "hasnext", "hasnextpage", "next", "nextpage", "nextcursor", "nexturl", "nextlink", "nextpagetoken"];
/// What leads to another page of a list, in a page: by its relation (HTML Living Standard, 4.6.7.13) or by what it is called.
const PAGERS: &str = "link[rel~=next], a[rel~=next], nav[aria-label*=pagin i] a[href], [class*=pagination i] a[href], \
                      [class*=paginator i] a[href], [class*=pager i] a[href]";

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
    let top = json.as_object()?;
    // Where a list is wrapped, what is said of its pages stands beside it or one level below.
    let nested = top.values().filter_map(Value::as_object);
    std::iter::once(top).chain(nested).flatten().find_map(|(name, value)| {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let is_more = match value {
            Value::Number(number) if TOTALS.contains(&plain.as_str()) => {
                number.as_u64().is_some_and(|total| total > u64::try_from(items).unwrap_or(u64::MAX))
            }
            Value::Bool(true) | Value::Object(_) => MORE.contains(&plain.as_str()),
            Value::String(text) => MORE.contains(&plain.as_str()) && !text.is_empty(),
            Value::Bool(false) => ["last", "islast", "lastpage", "islastpage"].contains(&plain.as_str()),
            _ => false,
        };
        let said = if value.is_object() { "{…}".to_owned() } else { value.to_string() };
        is_more.then(|| format!("its answer says {name}: {}", said.chars().take(40).collect::<String>()))
    })
}

/// Why a page holds not all items, where it leads to others.
#[must_use]
pub fn more_in_html(html: &str) -> Option<String> {
    static PAGER: LazyLock<Option<Selector>> = LazyLock::new(|| Selector::parse(PAGERS).ok());
    let page = document(html)?;
    page.select(PAGER.as_ref()?).next().map(|_| "the page leads to other pages".to_owned())
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
            json!({ "items": [1], "total": 9 }),
            json!({ "items": [1], "meta": { "total_count": 2 } }),
            json!({ "items": [1], "hasMore": true }),
            json!({ "items": [1], "paging": { "next": "/?page=2" } }),
            json!({ "items": [1], "links": { "next": { "href": "/2" } } }),
            json!({ "content": [1], "last": false }),
        ] {
            assert!(more_in_json(&more, 1).is_some(), "{more}");
        }
        for all in [
            json!([1]),
            json!({ "items": [1], "total": 1, "hasMore": false, "next": null, "last": true }),
            json!({ "items": [1], "meta": { "next": "" }, "name": "total" }),
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
        ] {
            assert!(more_in_html(more).is_some(), "{more}");
        }
        for all in ["<a href=/2>2</a>", "<div class=pagination><span>1</span></div>", "<p>next</p>"] {
            assert_eq!(more_in_html(all), None, "{all}");
        }
    }
}
