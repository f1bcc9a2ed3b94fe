//! Reading cookies and writing pages.

use poem::{
    Request, Response,
    http::{HeaderMap, StatusCode, header},
};

/// The value of a cookie that came with the request.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// The bearer token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The request's query as it came.
pub(super) fn query(request: &Request) -> &str {
    request.uri().query().unwrap_or_default()
}

/// A cookie that scripts cannot read; without an age it ends with the browser.
pub(super) fn http_only(name: &str, value: &str, max_age: Option<u64>) -> String {
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}")
}

/// Ends a cookie.
pub(super) fn no_cookie(name: &str) -> String {
    format!("{name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// Text as it may stand in an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A page from its template: each `{{name}}` becomes its value, escaped.
pub(super) fn html(status: StatusCode, template: &str, values: &[(&str, &str)]) -> Response {
    html_around(status, template, values, &[])
}

/// A page from its template, around parts that are HTML already: each `{{name}}` becomes its part.
pub(super) fn html_around(
    status: StatusCode,
    template: &str,
    values: &[(&str, &str)],
    parts: &[(&str, &str)],
) -> Response {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{{{name}}}}}"), &escape(value));
    }
    for (name, part) in parts {
        text = text.replace(&format!("{{{{{name}}}}}"), part);
    }
    Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(text)
}

/// An unchanging file of the site.
pub(super) fn asset(kind: &str, text: &'static str) -> Response {
    Response::builder().content_type(kind).header(header::CACHE_CONTROL, "max-age=60").body(text)
}

/// A redirect that the browser follows with GET.
pub(super) fn redirect(to: &str) -> Response {
    Response::builder()
        .status(StatusCode::FOUND)
        .header(header::LOCATION, to)
        .header(header::CACHE_CONTROL, "no-store")
        .finish()
}

/// The same answer with one more cookie.
pub(super) fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = cookie.parse() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
