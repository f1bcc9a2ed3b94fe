//! Answers that are odd and legal: what servers write that are not ours.

use std::{collections::BTreeSet, io::Write, mem};

use flate2::{Compression, write::GzEncoder};
use futures_util::stream;
use poem::{
    Body, Response,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use serde::{Deserialize, Serialize};

/// One oddity; they are put in in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum OddHttp {
    /// JSON without a content type.
    NoType,
    /// JSON as `text/json`.
    TextJson,
    /// JSON as `application/vnd.demo.market+json`.
    PlusJson,
    /// `;Charset="UTF-8"`, in quotes and with a capital.
    Charset,
    /// HTML in ISO-8859-1, as its content type says.
    Latin1,
    /// HTML in ISO-8859-1, as only the page itself says.
    Latin1Meta,
    /// A byte order mark before JSON and HTML.
    Bom,
    /// Headers that come twice.
    Duplicates,
    /// Compressed.
    Gzip,
    /// In pieces, without a length.
    Chunked,
    /// `Content-Type` instead of `content-type`, on connections that are made from then on.
    Capitals,
}

/// How large a piece is.
const PIECE: usize = 1000;

/// The same answer, as odd as that.
pub(super) async fn oddly(ways: &BTreeSet<OddHttp>, accepts_gzip: bool, answer: Response) -> Response {
    if ways.is_empty() {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let mut bytes = body.into_vec().await.unwrap_or_default();
    if bytes.is_empty() {
        return Response::from_parts(parts, Body::empty());
    }
    let mut is_chunked = false;
    for way in ways {
        match way {
            OddHttp::Gzip if !accepts_gzip => {}
            OddHttp::Chunked => is_chunked = true,
            way => put_in(*way, &mut parts.headers, &mut bytes),
        }
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = if is_chunked {
        let pieces: Vec<_> = bytes.chunks(PIECE).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        Body::from_bytes_stream(stream::iter(pieces))
    } else {
        Body::from_vec(bytes)
    };
    Response::from_parts(parts, body)
}

fn put_in(way: OddHttp, headers: &mut HeaderMap, bytes: &mut Vec<u8>) {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let (is_json, is_html) = (kind.starts_with("application/json"), kind.starts_with("text/html"));
    let mut says = |kind: &'static str| {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    };
    match way {
        OddHttp::NoType if is_json => drop(headers.remove(header::CONTENT_TYPE)),
        OddHttp::TextJson if is_json => says("text/json"),
        OddHttp::PlusJson if is_json => says("application/vnd.demo.market+json"),
        OddHttp::Charset if is_json => says("application/json;Charset=\"UTF-8\""),
        OddHttp::Charset if is_html => says("text/html;Charset=\"UTF-8\""),
        OddHttp::Latin1 if is_html => {
            says("text/html; charset=ISO-8859-1");
            *bytes = in_latin1(&text(bytes));
        }
        OddHttp::Latin1Meta if is_html => {
            says("text/html");
            *bytes = in_latin1(&text(bytes).replacen("<meta charset=\"utf-8\">", "<meta charset=\"iso-8859-1\">", 1));
        }
        OddHttp::Bom if is_json || is_html => drop(bytes.splice(0..0, *b"\xef\xbb\xbf")),
        OddHttp::Duplicates => {
            // The one that matters is the last of its name.
            for (name, value) in [(header::LINK, "</help>; rel=\"help\""), (HeaderName::from_static("x-odd"), "1")] {
                let before: Vec<_> = headers.get_all(&name).iter().cloned().collect();
                headers.insert(&name, HeaderValue::from_static(value));
                headers.append(&name, HeaderValue::from_static(value));
                for one in before {
                    headers.append(&name, one);
                }
            }
        }
        OddHttp::Gzip => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            if packed.write_all(&mem::take(bytes)).is_ok() {
                *bytes = packed.finish().unwrap_or_default();
            }
        }
        _ => {}
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the encoding has no letter for becomes `&#…;`.
fn in_latin1(text: &str) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.encode(text).0.into_owned()
}
