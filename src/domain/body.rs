//! The text of an answer's body: by its content type, a byte order mark, or what an HTML page says of itself.

use std::sync::LazyLock;

use encoding_rs::{Encoding, UTF_8};
use regex::bytes::Regex;

/// How far into an HTML page its own word about its encoding is looked for (WHATWG HTML, 13.2.3.2).
const PRESCAN: usize = 1024;

/// Why a body has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoText {
    /// Bytes that are no text.
    #[error("it is no text")]
    Binary,
    /// `charset` names an encoding that nobody knows.
    #[error("its character set is not known")]
    UnknownCharset,
}

/// Whether a content type is that of text. Nothing is known where there is none: the bytes have to tell.
#[must_use]
pub fn may_be_text(content_type: Option<&str>) -> bool {
    let Some(kind) = content_type.map(str::trim).filter(|kind| !kind.is_empty()) else { return true };
    let kind = kind.to_ascii_lowercase();
    ["json", "text", "xml", "javascript"].iter().any(|word| kind.contains(word))
}

/// The text of a body. A byte order mark goes before the content type's `charset`, and that before what the page says.
///
/// # Errors
/// Where it is no text, or in an encoding that is not known.
pub fn text(content_type: Option<&str>, body: &[u8]) -> Result<String, NoText> {
    if !may_be_text(content_type) {
        return Err(NoText::Binary);
    }
    let named = match content_type.and_then(charset) {
        Some(label) => Some(Encoding::for_label(label.as_bytes()).ok_or(NoText::UnknownCharset)?),
        None => None,
    };
    let has_mark = Encoding::for_bom(body).is_some();
    if named.is_none() && !has_mark && body.iter().take(PRESCAN).any(|&byte| byte == 0) {
        return Err(NoText::Binary);
    }
    let encoding = named.or_else(|| said_by_page(content_type, body)).unwrap_or(UTF_8);
    Ok(encoding.decode(body).0.into_owned())
}

/// The parameter `charset` (RFC 9110, 8.3.1): its name in letters of any size, its value in quotes or not.
fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

fn said_by_page(content_type: Option<&str>, body: &[u8]) -> Option<&'static Encoding> {
    static META: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i-u)<meta\s[^>]*?charset\s*=\s*["']?\s*([a-z0-9_:.-]+)"#).expect("a regular expression")
    });
    let may_be_html = content_type.is_none_or(|kind| kind.to_ascii_lowercase().contains("html"));
    let found = META.captures(body.get(..PRESCAN).unwrap_or(body)).filter(|_| may_be_html)?;
    let encoding = Encoding::for_label(&found[1])?;
    // What could be read this far has not two bytes for each letter (WHATWG HTML, 13.2.3.2).
    Some(if encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE { UTF_8 } else { encoding })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLA: &[u8] = b"\"Ol\xe1\"";

    #[test]
    fn the_content_type_says_the_encoding_however_it_is_written() {
        for kind in [
            "application/json; charset=ISO-8859-1",
            "application/json;charset=\"iso-8859-1\"",
            "Application/JSON; Profile=x; Charset = latin1",
            "text/json; CHARSET=windows-1252",
        ] {
            assert_eq!(text(Some(kind), OLA).as_deref(), Ok("\"Olá\""), "{kind}");
        }
        assert_eq!(text(Some("text/html; charset=klingon"), OLA), Err(NoText::UnknownCharset));
        for kind in ["application/json", "text/plain", "application/hal+json", "application/problem+json; v=1"] {
            assert_eq!(text(Some(kind), "\"Olá\"".as_bytes()).as_deref(), Ok("\"Olá\""), "{kind}");
        }
    }

    #[test]
    fn a_byte_order_mark_goes_first_and_is_no_part_of_the_text() {
        for (body, kind) in [
            (b"\xef\xbb\xbf[1]".as_slice(), "application/json"),
            (b"\xef\xbb\xbf[1]", "application/json; charset=latin1"),
            (b"\xff\xfe[\x001\x00]\x00", "application/json"),
            (b"\xfe\xff\x00[\x001\x00]", "text/json"),
        ] {
            assert_eq!(text(Some(kind), body).as_deref(), Ok("[1]"), "{kind}");
        }
    }

    #[test]
    fn without_a_content_type_the_bytes_tell() {
        for kind in [None, Some(""), Some(" ")] {
            assert_eq!(text(kind, b"{}").as_deref(), Ok("{}"));
            assert_eq!(text(kind, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Err(NoText::Binary));
        }
        assert_eq!(text(Some("image/png"), b"{}"), Err(NoText::Binary));
        assert_eq!(text(None, b"").as_deref(), Ok(""));
    }

    #[test]
    fn a_page_says_its_own_encoding_where_nothing_else_does() {
        let page = |meta: &str| [format!("<html><head>{meta}").as_bytes(), b"<p>Ol\xe1"].concat();
        for meta in [
            "<meta charset=iso-8859-1>",
            "<META CHARSET='latin1'>",
            "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1252\">",
        ] {
            for kind in [Some("text/html"), None] {
                assert!(text(kind, &page(meta)).is_ok_and(|text| text.ends_with("Olá")), "{meta}");
            }
        }
        let page = [b"<meta charset=utf-16>".as_slice(), "Olá".as_bytes()].concat();
        assert!(text(Some("text/html"), &page).is_ok_and(|text| text.ends_with("Olá")));
        assert!(text(Some("text/plain"), b"<meta charset=latin1>\xe1").is_ok_and(|text| text.ends_with('\u{fffd}')));
    }
}
