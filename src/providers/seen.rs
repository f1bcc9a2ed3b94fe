//! What can be seen of an answer over HTTP, without a browser: pure.

use std::sync::Arc;

use scraper::{ElementRef, Node};
use url::Url;

use super::{
    Css,
    html::{document, fragment},
};
use crate::domain::rule::{Needs, Observation, SeenResponse};

/// An answer over HTTP, saved or just received.
#[derive(Clone, PartialEq)]
pub struct Answer {
    /// Its address, after redirects.
    pub url: Url,
    /// The request's method.
    pub method: String,
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: String,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.url.host_str().unwrap_or("?");
        write!(f, "Answer {{ {} {host}{} {} }}", self.method, self.url.path(), self.status)
    }
}

/// Whether rules on what is visible can be judged without a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visible {
    /// They cannot: such a rule is unknown.
    Unknown,
    /// An element that is there and not marked as hidden counts: for a page that was saved as a person saw it.
    Assumed,
}

/// What is seen when that answer is what one looks at. Cookies and storage are not: they are the session's.
#[must_use]
pub fn observe(answer: &Answer, needs: &Needs, visible: Visible) -> Observation {
    let Answer { url, method, status, body } = answer;
    let response = SeenResponse { url: url.clone(), method: method.clone(), status: *status, body: Some(body.clone()) };
    let mut seen = Observation {
        url: Some(url.clone()),
        status: Some(*status),
        responses: Some(vec![Arc::new(response)]),
        ..Observation::default()
    };
    if !is_html(body) {
        seen.title = Some(String::new());
        seen.text = Some(body.clone());
        seen.elements = needs.elements.iter().map(|element| (element.clone(), false)).collect();
        return seen;
    }
    // Nothing is known of what is nested too deep.
    let Some(page) = document(body) else { return seen };
    if needs.title {
        let title = Css::parse("title").ok().and_then(|css| page.select(css.selector()).next());
        seen.title = Some(title.map(|title| title.text().collect::<String>().trim().to_owned()).unwrap_or_default());
    }
    if needs.text {
        seen.text = Some(text_below(page.root_element()));
    }
    for element in &needs.elements {
        if element.visible && visible == Visible::Unknown {
            continue;
        }
        // A definition whose selector does not parse does not compile.
        let Ok(css) = Css::parse(&element.css) else { continue };
        let is_there = page.select(css.selector()).any(|found| !element.visible || !is_hidden(found));
        seen.elements.insert(element.clone(), is_there);
    }
    seen
}

/// Whether a body is a page, not JSON or plain text.
#[must_use]
pub fn is_html(body: &str) -> bool {
    body.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// The text of a piece of HTML, as a person reads it: a line for each block, white space collapsed, no scripts. `None`: it is
/// nested too deep.
#[must_use]
pub fn text_of_html(html: &str) -> Option<String> {
    Some(text_below(fragment(html)?.root_element()))
}

/// What begins a line of its own.
const BLOCKS: [&str; 29] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "section",
    "table",
    "tr",
    "ul",
];
const UNREAD: [&str; 5] = ["script", "style", "template", "noscript", "head"];

fn text_below(root: ElementRef<'_>) -> String {
    let mut lines = vec![String::new()];
    // A stack of our own: pages are nested as deep as they like.
    let mut stack: Vec<_> = vec![(*root, false)];
    while let Some((node, leaving)) = stack.pop() {
        let is_block = matches!(node.value(), Node::Element(element) if BLOCKS.contains(&element.name()));
        if is_block {
            lines.push(String::new());
        }
        if leaving {
            continue;
        }
        match node.value() {
            Node::Text(text) => {
                if let Some(line) = lines.last_mut() {
                    line.push_str(text);
                }
            }
            Node::Element(element) if UNREAD.contains(&element.name()) => continue,
            Node::Element(_) if ElementRef::wrap(node).is_some_and(is_marked_hidden) => continue,
            _ => {}
        }
        if is_block {
            stack.push((node, true));
        }
        let children: Vec<_> = node.children().collect();
        stack.extend(children.into_iter().rev().map(|child| (child, false)));
    }
    let lines = lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Marked as hidden, itself or by what it stands in.
fn is_hidden(element: ElementRef<'_>) -> bool {
    is_marked_hidden(element) || element.ancestors().filter_map(ElementRef::wrap).any(is_marked_hidden)
}

fn is_marked_hidden(element: ElementRef<'_>) -> bool {
    let style = element.attr("style").unwrap_or_default().replace(' ', "").to_lowercase();
    element.attr("hidden").is_some()
        || (element.value().name() == "input" && element.attr("type") == Some("hidden"))
        || style.contains("display:none")
        || style.contains("visibility:hidden")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rule::ElementQuery;

    const PAGE: &str = "<!doctype html><title> Log in </title><style>p{}</style>
        <form hidden><input name=q></form><form><p>Say <b>who</b>\n you are</p><p>Now</p>
        <input type=hidden name=csrf><input name=user></form><script>var x</script>";

    fn seen(body: &str, css: &[&str], visible: Visible) -> Observation {
        let elements = css.iter().map(|css| ElementQuery { css: (*css).into(), visible: true }).collect();
        let needs = Needs { title: true, text: true, elements, ..Needs::default() };
        let url = Url::parse("https://a.example/login").expect("a URL");
        observe(&Answer { url, method: "GET".into(), status: 200, body: body.into() }, &needs, visible)
    }

    #[test]
    fn a_page_shows_its_title_its_text_and_what_is_not_hidden() {
        let seen = seen(PAGE, &["[name=user]", "[name=q]", "[name=csrf]"], Visible::Assumed);
        assert_eq!(seen.title.as_deref(), Some("Log in"));
        assert_eq!(seen.text.as_deref(), Some("Say who you are\nNow"));
        assert_eq!(seen.elements.values().copied().collect::<Vec<_>>(), [false, false, true]);
        assert!(seen.cookies.is_none() && seen.local_storage.is_none());
    }

    #[test]
    fn without_a_browser_nobody_knows_what_is_visible() {
        assert!(seen(PAGE, &["[name=user]"], Visible::Unknown).elements.is_empty());
    }

    #[test]
    fn an_answer_of_json_is_its_own_text_and_has_no_elements() {
        let seen = seen("{\"error\":\"Expired JWT\"}", &["form"], Visible::Assumed);
        assert_eq!(seen.text.as_deref(), Some("{\"error\":\"Expired JWT\"}"));
        assert_eq!(seen.elements.values().copied().collect::<Vec<_>>(), [false]);
    }

    #[test]
    fn html_becomes_lines_of_text() {
        assert_eq!(
            text_of_html("<p>One<br>two</p>\n<ul><li>a &amp; b<li>c</ul>").as_deref(),
            Some("One\ntwo\na & b\nc")
        );
        assert_eq!(text_of_html("plain").as_deref(), Some("plain"));
        assert_eq!(text_of_html(&"<div>".repeat(900)).as_deref(), Some(""));
        assert_eq!(text_of_html(&"<div>".repeat(5_000)), None);
    }
}
