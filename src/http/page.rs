//! The integrations page: the static export of `web-demo`, embedded when it was built.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use poem::{
    Body, Endpoint, IntoResponse, Request, Response, ResponseBuilder,
    endpoint::make_sync,
    http::{HeaderMap, StatusCode, header},
    web::Redirect,
};
use rust_embed::{Embed, EmbeddedFile};
use sha2::{Digest, Sha256};

use super::{
    origins::Origins,
    problem::{Kind, Problem},
};

#[derive(Embed)]
#[folder = "web-demo/out"]
struct Files;

/// Where people begin.
const FRONT: &str = "integrations";
/// The modal: the one page that others may show in a frame. Everything below it is the same page.
const CONNECT: &str = "connect";
/// The live view alone, for a browser that no login of the service has.
const LIVE: &str = "live";
/// The script that pages of other sites load to open it.
const SCRIPT: &str = "staylogged.js";
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Staylogged</title>\
    <h1>The page has not been built: run script/demo</h1>\
    <p>The API works without it: see <a href=\"/docs\">/docs</a>.</p></html>";

/// Serves the page's files. Whatever is none of them is no such thing. Pages of `embedders` may show `/connect`.
pub fn endpoint(embedders: &Origins) -> impl Endpoint<Output = Response> + use<> {
    let framed_by = frame_ancestors(embedders);
    let policies: HashMap<String, String> = Files::iter()
        .filter(|path| path.ends_with(".html"))
        .filter_map(|path| {
            let html = Files::get(&path)?.data;
            Some((path.to_string(), policy_of(&path, &String::from_utf8_lossy(&html), &framed_by)))
        })
        .collect();
    make_sync(move |request: Request| {
        let path = request.path_params::<String>().unwrap_or_default();
        let path = path.trim_matches('/');
        if path.is_empty() {
            return Redirect::temporary(format!("/{FRONT}")).into_response();
        }
        let within = is_connect(path).then(|| [format!("{CONNECT}.html"), format!("{CONNECT}/index.html")]);
        let found = [path.to_owned(), format!("{path}.html"), format!("{path}/index.html")]
            .into_iter()
            .chain(within.into_iter().flatten())
            .find_map(|name| Files::get(&name).map(|file| (name, file)));
        match found {
            Some((name, file)) => send(&name, &file, policies.get(&name), request.headers()),
            None if path == FRONT || path == LIVE || is_connect(path) => Response::builder()
                .status(StatusCode::SERVICE_UNAVAILABLE)
                .content_type("text/html; charset=utf-8")
                .header(header::CONTENT_SECURITY_POLICY, policy_of(path, NOT_BUILT, &framed_by))
                .body(NOT_BUILT),
            None => Problem::new(Kind::NotFound, format!("there is nothing at /{path}; the API is described at /docs"))
                .into_response(),
        }
    })
}

fn send(name: &str, file: &EmbeddedFile, policy: Option<&String>, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", STANDARD.encode(&file.metadata.sha256_hash()[..16]));
    let mut response = begin(name).header(header::ETAG, &tag);
    if let Some(policy) = policy {
        response = response.header(header::CONTENT_SECURITY_POLICY, policy);
    }
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    if known.is_some_and(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag)) {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    response.content_type(file.metadata.mimetype()).body(Body::from_bytes(file.data.to_vec().into()))
}

/// How long a file is kept, and by whose pages it may be loaded.
fn begin(name: &str) -> ResponseBuilder {
    // What is under _next/static has its hash in its name.
    let lasting = name.starts_with("_next/static/");
    let keep = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    let response = Response::builder().header(header::CACHE_CONTROL, keep);
    if name != SCRIPT {
        return response;
    }
    // Any page may load it: it holds nothing, and opens only what a token opens.
    response.header("Cross-Origin-Resource-Policy", "cross-origin").header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
}

/// Whether it is the modal's page, or something below it.
fn is_connect(path: &str) -> bool {
    path.split('/').next() == Some(CONNECT)
}

/// Our own page shows the modal in a frame, and those that the operator named.
fn frame_ancestors(embedders: &Origins) -> String {
    embedders.iter().fold("'self'".to_owned(), |all, origin| format!("{all} {origin}"))
}

/// The policy of a page, by its path or its file.
fn policy_of(path: &str, html: &str, framed_by: &str) -> String {
    let name = path.strip_suffix(".html").unwrap_or(path);
    if is_connect(name) { page_policy(html, "'none'", framed_by) } else { page_policy(html, "'self'", "'none'") }
}

/// The page loads its own scripts, and those inline ones that it was built with; it talks to its own server only.
fn page_policy(html: &str, frames: &str, framed_by: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self'{}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         connect-src 'self' ws: wss:; frame-src {frames}; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors {framed_by}",
        script_hashes(html)
    )
}

/// Swagger UI stands in one file.
pub fn docs_policy(html: &str) -> String {
    format!(
        "default-src 'none'; script-src{}; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        script_hashes(html)
    )
}

/// A hash source for each inline script, each after a space.
fn script_hashes(html: &str) -> String {
    let mut hashes = String::new();
    let mut rest = html;
    while let Some(start) = rest.find("<script") {
        rest = &rest[start..];
        let Some((tag, after)) = rest.split_once('>') else { break };
        let Some((script, after)) = after.split_once("</script>") else { break };
        if !tag.contains(" src=") {
            let hash = format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())));
            if !hashes.contains(&hash) {
                hashes.push_str(&hash);
            }
        }
        rest = after;
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_modal_is_shown_in_frames() {
        let framed_by = frame_ancestors(&Origins::parse(["https://app.example.com", "http://localhost:3000"]).unwrap());
        for modal in ["connect", "connect.html", "connect/index.html", "connect/hotmart"] {
            let policy = policy_of(modal, "", &framed_by);
            let ends = "frame-ancestors 'self' https://app.example.com http://localhost:3000";
            assert!(policy.ends_with(ends) && policy.contains("frame-src 'none'"), "{modal}: {policy}");
        }
        for page in ["integrations.html", "connections.html", "404.html", "index.html", "a/connect.html"] {
            let policy = policy_of(page, "", &framed_by);
            assert!(
                policy.ends_with("frame-ancestors 'none'") && policy.contains("frame-src 'self'"),
                "{page}: {policy}"
            );
        }
        assert_eq!(frame_ancestors(&Origins::default()), "'self'");
    }

    #[test]
    fn only_the_script_that_opens_the_modal_is_for_other_pages() {
        let headers = |name: &str| begin(name).finish().headers().clone();
        let script = headers("staylogged.js");
        assert_eq!(script["cross-origin-resource-policy"], "cross-origin");
        assert_eq!(
            (&script["access-control-allow-origin"], &script["cache-control"]),
            (&"*".parse().unwrap(), &"no-cache".parse().unwrap())
        );
        for name in ["connect.html", "_next/static/staylogged.js", "_next/static/chunks/a.js", "icon.svg"] {
            let headers = headers(name);
            assert!(!headers.contains_key("cross-origin-resource-policy"), "{name}: as every answer");
            assert!(!headers.contains_key("access-control-allow-origin"), "{name}");
        }
    }

    #[test]
    fn only_inline_scripts_are_hashed() {
        let html = "<script src=\"/a.js\"></script><script>alert(1)</script><script id=\"x\">alert(1)</script>";
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        assert_eq!(script_hashes(html), " 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='");
    }
}
