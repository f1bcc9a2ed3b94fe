//! HTML as others send it, parsed within bounds.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    sync::LazyLock,
};

use html5ever::{
    LocalName, TokenizerResult,
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::RawKind::{Rawtext, Rcdata, ScriptData},
    },
};
use scraper::{ElementRef, Html, Selector, node::Element};
use url::Url;

/// How many elements may be open at once. Browsers stop at 512 where they parse; a script can nest deeper.
const DEEPEST: usize = 1_000;
/// How many may be open that most often are not: a list of so many items without an end tag is read.
const LOOSE: usize = 50_000;

/// Their end may be left out (HTML Living Standard, 13.1.2.4 "Optional tags"), or they have none (13.1.2 "Void elements").
const NOT_NESTED: [&str; 31] = [
    "area", "base", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "optgroup", "option", "p", "param", "rb", "rp", "rt", "rtc", "source", "tbody", "td", "tfoot", "th", "thead", "tr",
    "track", "wbr",
];

/// A document. `None`: it is nested so deep that parsing it could take for ever, as each element is looked for among all that
/// are open.
#[must_use]
pub fn document(html: &str) -> Option<Html> {
    is_bearable(html).then(|| Html::parse_document(html))
}

/// A piece of a document. `None` as for [`document`].
#[must_use]
pub fn fragment(html: &str) -> Option<Html> {
    is_bearable(html).then(|| Html::parse_fragment(html))
}

/// What a page's relative addresses are relative to: where it is, unless it says otherwise (HTML Living Standard, 4.2.3).
#[must_use]
pub fn base_of(page: &Html, url: &Url) -> Url {
    static BASE: LazyLock<Option<Selector>> = LazyLock::new(|| Selector::parse("base[href]").ok());
    let said = BASE.as_ref().and_then(|base| page.select(base).next()?.attr("href"));
    let said = said.and_then(|href| url.join(href.trim()).ok()).filter(|url| matches!(url.scheme(), "http" | "https"));
    said.unwrap_or_else(|| url.clone())
}

fn is_bearable(html: &str) -> bool {
    // Most pages have fewer elements than may be open.
    if html.bytes().filter(|byte| *byte == b'<').take(DEEPEST + 1).count() <= DEEPEST {
        return true;
    }
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Depth::default(), TokenizerOpts::default());
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    let Depth { deepest, loose, .. } = &tokenizer.sink;
    deepest.get() <= DEEPEST && loose.get() <= LOOSE
}

/// How many elements are open at once at most.
#[derive(Default)]
struct Depth {
    /// Of each name: an end tag of which nothing is open is passed over.
    open: RefCell<HashMap<LocalName, usize>>,
    now: Cell<usize>,
    deepest: Cell<usize>,
    /// Started, and perhaps open still: their end may be left out, or they are closed by `/>`, which counts in SVG alone.
    loose: Cell<usize>,
}

impl Depth {
    fn ended(&self, name: &LocalName) {
        let mut open = self.open.borrow_mut();
        let Some(of_name) = open.get_mut(name).filter(|count| **count > 0) else { return };
        *of_name -= 1;
        let count = if NOT_NESTED.contains(&&**name) { &self.loose } else { &self.now };
        count.set(count.get().saturating_sub(1));
    }
}

impl TokenSink for Depth {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let Token::TagToken(Tag { kind, name, self_closing, .. }) = token else { return TokenSinkResult::Continue };
        match kind {
            TagKind::StartTag if self_closing || NOT_NESTED.contains(&&*name) => {
                self.loose.set(self.loose.get() + 1);
                // What is closed by `/>` may be open all the same, and an end tag then is its own.
                *self.open.borrow_mut().entry(name.clone()).or_default() += 1;
            }
            TagKind::StartTag => {
                self.now.set(self.now.get() + 1);
                self.deepest.set(self.deepest.get().max(self.now.get()));
                *self.open.borrow_mut().entry(name.clone()).or_default() += 1;
            }
            TagKind::EndTag => self.ended(&name),
        }
        match (kind, &*name) {
            (TagKind::StartTag, "script") => TokenSinkResult::RawData(ScriptData),
            (TagKind::StartTag, "style" | "xmp" | "iframe" | "noembed" | "noframes") => {
                TokenSinkResult::RawData(Rawtext)
            }
            (TagKind::StartTag, "title" | "textarea") => TokenSinkResult::RawData(Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }
}

/// As pages mark a link that is not to be used, on itself or on what it stands in.
pub(super) fn is_out_of_use(element: ElementRef<'_>) -> bool {
    let is_marked = |one: &Element| {
        let class = one.attr("class").unwrap_or_default().to_ascii_lowercase();
        one.attr("disabled").is_some()
            || one.attr("aria-disabled").is_some_and(|is| is.eq_ignore_ascii_case("true"))
            || ["disabled", "inactive", "unavailable"].iter().any(|word| class.contains(word))
    };
    is_marked(element.value())
        || element.parent().and_then(ElementRef::wrap).is_some_and(|parent| is_marked(parent.value()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_read(html: &str) -> bool {
        document(html).is_some()
    }

    #[test]
    fn what_is_nested_too_deep_is_not_parsed() {
        assert!(is_read(&format!("{}{}", "<div>".repeat(900), "</div>".repeat(900))));
        for part in ["<div>", "<b>", "<a href=x>", "<svg>", "<table><tr><td>", "<div><!-- > --><p>", "<x-y>"] {
            assert!(!is_read(&part.repeat(10_000)), "{part}");
        }
        for part in ["<div></b>", "<div></p></li>", "<b><div></i>"] {
            assert!(!is_read(&part.repeat(10_000)), "{part}");
        }
        for part in ["<div/>", "<td>", "<div/></li>"] {
            assert!(!is_read(&format!("<svg>{}", part.repeat(60_000))), "{part}");
        }
    }

    #[test]
    fn a_long_page_is_no_deep_one() {
        for part in [
            "<p>one",
            "<li>one",
            "<br>",
            "<tr><td>1<td>2",
            "<div>one</div>",
            "<input><img src=x>",
            "<svg><path/></svg>",
        ] {
            assert!(is_read(&format!("<body>{}", part.repeat(9_000))), "{part}");
        }
        let script = format!("<script>{}</script><textarea>{0}</textarea><style>{0}</style>", "'<div>'".repeat(9_000));
        assert!(is_read(&script));
    }
}
