//! Whose pages may call: those of this server, and those of the origins that the operator named.

use poem::{
    Request, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};
use url::{Host, Url};

use super::problem::{Kind, Problem};

const ALLOWED_METHODS: &str = "GET, POST, PUT, DELETE";
const ALLOWED_HEADERS: &str = "Authorization, Content-Type, Staylogged-User, Last-Event-ID, Idempotency-Key";
const EXPOSED_HEADERS: &str = "Location, Link, Retry-After, Staylogged-Run";

/// Origins of other sites that may do something here. Exact: no patterns, no ports left open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

/// Why a text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an origin: it must look like https://app.example.com or http://localhost:3000, without a path")]
pub struct InvalidOrigin(String);

/// What a request's `Origin` makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// None was sent: no browser, or no page of another site.
    None,
    /// The page came from here.
    Same,
    /// The operator named it.
    Allowed,
    /// Neither.
    Foreign,
}

impl Origins {
    /// Takes the operator's list.
    pub fn parse<T: AsRef<str>>(list: impl IntoIterator<Item = T>) -> Result<Self, InvalidOrigin> {
        let origin = |text: &str| {
            let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?.origin();
            let plain = parsed.ascii_serialization();
            (text.trim_end_matches('/').eq_ignore_ascii_case(&plain)).then_some(plain)
        };
        list.into_iter()
            .map(|text| origin(text.as_ref().trim()).ok_or_else(|| InvalidOrigin(text.as_ref().into())))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The origins, as they were named.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Judges the request's `Origin`.
    #[must_use]
    pub fn judge(&self, headers: &HeaderMap) -> Standing {
        let Some(origin) = headers.get(header::ORIGIN) else { return Standing::None };
        let Ok(origin) = origin.to_str() else { return Standing::Foreign };
        if is_same(origin, headers) {
            Standing::Same
        } else if self.0.iter().any(|allowed| allowed == origin) {
            Standing::Allowed
        } else {
            Standing::Foreign
        }
    }

    /// The answer to a preflight, if the request is one.
    #[must_use]
    pub fn preflight(&self, request: &Request) -> Option<Result<Response, Problem>> {
        let asked = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if request.method() != Method::OPTIONS || !asked {
            return None;
        }
        if self.judge(request.headers()) == Standing::Foreign {
            return Some(Err(foreign()));
        }
        let response = Response::builder()
            .status(StatusCode::NO_CONTENT)
            .header(header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS)
            .header(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS)
            .header(header::ACCESS_CONTROL_MAX_AGE, "600");
        Some(Ok(response.finish()))
    }

    /// Lets the page of an allowed origin read the answer.
    pub fn mark(&self, origin: Option<&HeaderValue>, standing: Standing, response: &mut Response) {
        if self.0.is_empty() {
            return;
        }
        let headers = response.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if let (Some(origin), Standing::Allowed) = (origin, standing) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
        }
    }
}

/// Refuses a page of an origin that is not allowed.
#[must_use]
pub fn foreign() -> Problem {
    let detail = "pages of this origin may not do that; the operator can name the origin in ALLOWED_ORIGINS";
    Problem::new(Kind::OriginNotAllowed, detail)
}

/// Host and port are those that the request was sent to. The scheme is not known behind a proxy that ends TLS.
fn is_same(origin: &str, headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    let Ok(origin) = Url::parse(origin) else { return false };
    let Ok(here) = Url::parse(&format!("{}://{host}", origin.scheme())) else { return false };
    matches!(origin.scheme(), "http" | "https") && origin.origin() == here.origin()
}

/// Whether a `Host` header names this computer itself. Another name that leads here is another site's (DNS rebinding).
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}")) else { return false };
    if url.path() != "/" || !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_computer_is_loopback() {
        for host in ["localhost", "localhost:4380", "127.0.0.1:4380", "127.0.0.1", "[::1]:4380", "LOCALHOST"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example", "192.168.0.2", "a@localhost", "", "app.localhost", "localhost/x"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn an_origin_is_exact() {
        let origins = Origins::parse(["https://app.example.com", "http://localhost:3000/"]).unwrap();
        let judge = |origin: &str, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            headers.insert(header::HOST, host.parse().unwrap());
            origins.judge(&headers)
        };
        assert_eq!(judge("https://app.example.com", "api.example.com"), Standing::Allowed);
        assert_eq!(judge("http://localhost:3000", "localhost:4380"), Standing::Allowed);
        assert_eq!(judge("http://localhost:4380", "localhost:4380"), Standing::Same);
        assert_eq!(judge("https://api.example.com", "api.example.com"), Standing::Same);
        for origin in
            ["https://app.example.com.evil.example", "http://app.example.com", "null", "https://app.example.com:8443"]
        {
            assert_eq!(judge(origin, "api.example.com"), Standing::Foreign, "{origin}");
        }
        for wrong in ["*", "app.example.com", "https://app.example.com/page", "ftp://app.example.com"] {
            assert!(Origins::parse([wrong]).is_err(), "{wrong}");
        }
    }
}
