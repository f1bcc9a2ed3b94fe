//! A page with its structure and made-up texts: what selectors need, and nothing of a person.

use scraper::{ElementRef, Html, Node, Selector};

use super::{is_data, made_up::MadeUp};
use crate::providers::document;

/// So many of the items stay.
const ITEMS: usize = 3;
/// Nobody reads deeper.
const DEEP: usize = 200;

/// What says nothing to a rule.
const LEFT_OUT: [&str; 12] =
    ["script", "style", "noscript", "template", "iframe", "svg", "link", "meta", "base", "picture", "video", "audio"];
/// Attributes that a site chose.
const KEPT: [&str; 11] =
    ["class", "id", "type", "name", "rel", "role", "for", "hidden", "autocomplete", "method", "disabled"];
/// Words in an address or a name that a rule may look for.
const WORDS: [&str; 8] = ["logout", "log-out", "signout", "sign-out", "sign_out", "login", "signin", "sign-in"];
/// Elements that have no end.
const VOID: [&str; 8] = ["area", "br", "col", "embed", "hr", "img", "input", "wbr"];

/// What is special about a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep<'a> {
    /// Of these elements only the first few stay.
    pub items: Option<&'a str>,
    /// The title stays: everybody is shown it.
    pub title: bool,
}

/// The page, written anew.
pub(super) fn saved(html: &str, made_up: &mut MadeUp, keep: Keep<'_>) -> String {
    // One that is nested too deep is no page that anybody could read.
    let page = document(html).unwrap_or_else(Html::new_document);
    let items: Vec<ElementRef<'_>> = keep
        .items
        .and_then(|css| Selector::parse(css).ok())
        .map(|css| page.select(&css).skip(ITEMS).collect())
        .unwrap_or_default();
    let mut writer = Writer { made_up, keep, dropped: items, out: "<!doctype html>\n".into() };
    writer.element(page.root_element(), 0);
    writer.out.push('\n');
    writer.out
}

struct Writer<'a, 'b> {
    made_up: &'b mut MadeUp,
    keep: Keep<'a>,
    dropped: Vec<ElementRef<'a>>,
    out: String,
}

impl Writer<'_, '_> {
    fn element(&mut self, element: ElementRef<'_>, depth: usize) {
        let name = element.value().name();
        if depth > DEEP || LEFT_OUT.contains(&name) || self.dropped.contains(&element) {
            return;
        }
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in element.value().attrs() {
            self.attribute(attribute, value);
        }
        self.out.push('>');
        if VOID.contains(&name) {
            return;
        }
        for child in element.children() {
            match child.value() {
                Node::Text(text) if name == "title" && self.keep.title => self.text(text),
                Node::Text(text) => {
                    let made = self.made_up.text(&text.split_whitespace().collect::<Vec<_>>().join(" "));
                    self.text(if text.trim().is_empty() { "\n" } else { &made });
                }
                _ => {
                    if let Some(inner) = ElementRef::wrap(child) {
                        self.element(inner, depth + 1);
                    }
                }
            }
        }
        self.out.extend(["</", name, ">"]);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let made = match name {
            _ if KEPT.contains(&name) => {
                value.split_whitespace().map(|part| self.chosen(part)).collect::<Vec<_>>().join(" ")
            }
            "style" if is_hiding(value) => "display:none".into(),
            "href" | "action" => self.address(value),
            _ if name.starts_with("data-") => self.made_up.text(value),
            "aria-label" if value.to_lowercase().contains("next") => "next".into(),
            _ => return,
        };
        self.out.extend([" ", name, "=\"", &escaped(&made), "\""]);
    }

    /// A name that the site chose, or one that is made up where it holds something of somebody's.
    fn chosen(&mut self, name: &str) -> String {
        if !is_data(name) {
            return name.to_owned();
        }
        word_in(name).map_or_else(|| self.made_up.text(name), str::to_owned)
    }

    /// An address as a rule may look for it, or one that is made up.
    fn address(&mut self, value: &str) -> String {
        word_in(value).map_or_else(|| self.made_up.text(value), |word| format!("/{word}"))
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(&escaped(text));
    }
}

fn word_in(value: &str) -> Option<&'static str> {
    let small = value.to_lowercase();
    WORDS.into_iter().find(|word| small.contains(word))
}

fn is_hiding(style: &str) -> bool {
    let style = style.replace(' ', "").to_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_structure_stays_and_what_is_anybodys_goes() {
        let html = r#"<html><head><title>Sign in</title><meta name="csrf" content="t0ken"><script>var me = "Ana"</script></head>
            <body><form action="/login?next=ana" class="box"><input type="hidden" name="csrf" value="s3cret">
            <input type="password" name="pin"></form><a href="/logout?token=abc">Log out Ana</a>
            <ul><li class="row" data-id="77123">Ana 1</li><li class="row">Bia 2</li><li class="row">Caio 3</li><li class="row">Duda 4</li></ul></body></html>"#;
        let mut made_up = MadeUp::new(3);
        let page = saved(html, &mut made_up, Keep { items: Some("li.row"), title: true });
        for part in ["<title>Sign in</title>", "action=\"/login\"", "href=\"/logout\"", "name=\"pin\"", "class=\"box\""]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
        for gone in ["Ana", "s3cret", "t0ken", "abc", "77123", "Duda", "script"] {
            assert!(!page.contains(gone), "{gone}: {page}");
        }
        assert_eq!(page.matches("class=\"row\"").count(), 3);
    }

    #[test]
    fn a_name_that_holds_something_of_somebodys_is_made_up_the_same_everywhere() {
        let html = r#"<body class="page of-ana@a.example"><label for="order-77123">x</label><input id="order-77123" name="ana@a.example">
            <p id="row-123" class="row row-77123 at-2"></p><a class="logout-77123">x</a></body>"#;
        let page = saved(html, &mut MadeUp::new(3), Keep { items: None, title: false });
        assert!(!page.contains("77123") && !page.contains("ana"), "{page}");
        for part in ["class=\"page ", "id=\"row-123\"", "class=\"row ", " at-2\"", "class=\"logout\""] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let (_, label) = page.split_once("for=\"").expect("a label");
        let id = label.split('"').next().unwrap_or_default();
        assert!(page.contains(&format!(" id=\"{id}\"")), "{page}");
    }
}
