//! HTTP as a saved session: its cookies, its browser's name and language, and no browser.
//!
//! Names below `.localhost` are this computer (RFC 6761): the system's resolver often does not know that.

use std::{
    cmp::Reverse,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use cookie::SameSite;
use cookie_store::{CookieDomain, CookieExpiration, CookieStore, RawCookie};
use futures_util::StreamExt;
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use url::Url;

use crate::domain::{
    BrowserIdentity, Cookie, StorageState,
    body::{self, NoText},
};

/// An answer that is longer is not read.
const LONGEST: usize = 32 << 20;
const MOST_REDIRECTS: usize = 10;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nothing came, or not in time.
    #[error("{host} did not answer: {what}")]
    NoAnswer {
        /// Who was asked.
        host: String,
        /// What went wrong.
        what: String,
    },
    /// More than 32 MiB, or no text.
    #[error("the answer of {host} cannot be read: {what}")]
    Unreadable {
        /// Who answered.
        host: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// It could not be asked at all.
    #[error("a request cannot be made: {0}")]
    Unmakable(String),
}

/// What is asked.
#[derive(Clone)]
pub struct Ask {
    /// `GET`, `POST`, …
    pub method: String,
    /// Where.
    pub url: Url,
    /// Besides those that every request has.
    pub headers: Vec<(String, String)>,
    /// What is sent, if anything.
    pub body: Option<String>,
    /// The headers hold what is for this site alone: they do not go along to another one to which it leads.
    pub is_private: bool,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ask {{ {} {}{} }}", self.method, self.url.host_str().unwrap_or("?"), self.url.path())
    }
}

/// What was answered.
#[derive(Clone)]
pub struct Answer {
    /// Where from, after redirects.
    pub url: Url,
    /// The status.
    pub status: u16,
    /// `Content-Type`, as it was sent.
    pub content_type: String,
    /// `Retry-After`, as it was sent.
    pub retry_after: Option<String>,
    /// `Link`, as it was sent.
    pub link: Option<String>,
    /// The body.
    pub body: String,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer {{ {}{} {} }}", self.url.host_str().unwrap_or("?"), self.url.path(), self.status)
    }
}

/// Asks as a saved session. Cookies that come back are kept.
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: reqwest::Client,
    /// Follows no redirect to another origin.
    within_site: reqwest::Client,
    jar: Arc<Jar>,
}

/// Chooses the cryptography of every HTTPS client in this process: the one that is there already. Needed before any.
pub fn choose_cryptography() {
    // Refused where somebody chose before: then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Fetcher {
    /// One with what the session holds, and with its browser's honest face.
    pub fn new(state: &StorageState, identity: &BrowserIdentity) -> Result<Self, FetchError> {
        let jar = Arc::new(Jar::of(state));
        let unmakable = |error: &dyn fmt::Display| FetchError::Unmakable(error.to_string());
        let language = HeaderValue::from_str(&identity.locale).map_err(|error| unmakable(&error))?;
        choose_cryptography();
        let client = |redirects| {
            reqwest::Client::builder()
                .user_agent(&identity.user_agent)
                .default_headers(HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, language.clone())]))
                .cookie_provider(Arc::clone(&jar))
                .redirect(redirects)
                .dns_resolver(Arc::new(Resolver))
                .connect_timeout(CONNECT_WITHIN)
                .no_proxy()
                .build()
                .map_err(|error| unmakable(&error))
        };
        let within_site = Policy::custom(|attempt| match attempt.previous() {
            before if before.len() > MOST_REDIRECTS => attempt.error("too many redirects"),
            [.., last] if last.origin() != attempt.url().origin() => attempt.stop(),
            _ => attempt.follow(),
        });
        let (client, within_site) = (client(Policy::limited(MOST_REDIRECTS))?, client(within_site)?);
        Ok(Self { client, within_site, jar })
    }

    /// Asks, and reads the answer to its end.
    pub async fn ask(&self, ask: &Ask, within: Duration) -> Result<Answer, FetchError> {
        let host = ask.url.host_str().unwrap_or("?").to_owned();
        let no_answer = |error: &reqwest::Error| {
            // Its text has the address, whose query may hold what is nobody's business.
            let what = match error {
                error if error.is_timeout() => format!("not within {within:?}"),
                error if error.is_connect() => "it cannot be reached".to_owned(),
                error if error.is_redirect() => format!("more than {MOST_REDIRECTS} redirects"),
                _ => "the connection broke".to_owned(),
            };
            FetchError::NoAnswer { host: host.clone(), what }
        };
        let unmakable = |what: String| FetchError::Unmakable(what);
        let method = ask.method.parse().map_err(|_| unmakable(format!("\"{}\" is no method", ask.method)))?;
        let client = if ask.is_private { &self.within_site } else { &self.client };
        let mut request = client.request(method, ask.url.clone()).timeout(within);
        for (name, value) in &ask.headers {
            let header: HeaderName = name.parse().map_err(|_| unmakable(format!("\"{name}\" is no header")))?;
            let value =
                HeaderValue::from_str(value).map_err(|_| unmakable(format!("the header {name} has no good value")))?;
            request = request.header(header, value);
        }
        if let Some(body) = &ask.body {
            request = request.body(body.clone());
        }
        let mut answer = request.send().await.map_err(|error| no_answer(&error))?;
        if let Some(elsewhere) = led_to(&answer).filter(|_| ask.is_private) {
            answer = self.client.get(elsewhere).timeout(within).send().await.map_err(|error| no_answer(&error))?;
        }
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (content_type, retry_after) =
            (header(header::CONTENT_TYPE).unwrap_or_default(), header(header::RETRY_AFTER));
        // There may be several, and they count as one list (RFC 9110, 5.2).
        let links = answer.headers().get_all(header::LINK).iter();
        let links: Vec<_> = links.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        let link = (!links.is_empty()).then(|| links.join(", "));
        let (url, status) = (answer.url().clone(), answer.status().as_u16());
        let unreadable = |what| FetchError::Unreadable { host: host.clone(), what };
        let mut bytes = Vec::new();
        let mut arriving = answer.bytes_stream();
        while let Some(part) = arriving.next().await {
            bytes.extend_from_slice(&part.map_err(|error| no_answer(&error))?);
            if bytes.len() > LONGEST {
                return Err(unreadable("it is longer than 32 MiB"));
            }
        }
        let body = match body::text(Some(&content_type), &bytes) {
            Ok(text) => text,
            // Whoever asked reads it as text, whatever its type says.
            Err(NoText::Binary) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(NoText::UnknownCharset) => return Err(unreadable("its character set is not known")),
        };
        Ok(Answer { url, status, content_type, retry_after, link, body })
    }

    /// The session's state with the cookies as they are now.
    #[must_use]
    pub fn state(&self, before: &StorageState) -> StorageState {
        StorageState { cookies: self.jar.all(), origins: before.origins.clone() }
    }

    /// The cookies as they are now.
    #[must_use]
    pub fn cookies(&self) -> Vec<Cookie> {
        self.jar.all()
    }
}

/// Where an answer leads to, if it only does that.
fn led_to(answer: &reqwest::Response) -> Option<Url> {
    let location = answer.headers().get(header::LOCATION).filter(|_| answer.status().is_redirection())?;
    answer.url().join(location.to_str().ok()?).ok()
}

/// The session's cookies, between the form in which they are saved and the one in which they are sent.
struct Jar(Mutex<Cookies>);

/// Apart, because a cookie for a host alone and one for all below it are two, also of the same name (RFC 6265bis, 5.7), and
/// a [`CookieStore`] takes them for one.
#[derive(Default)]
struct Cookies {
    host_only: CookieStore,
    wide: CookieStore,
}

impl Cookies {
    fn store_of(&mut self, cookie: &RawCookie<'_>) -> &mut CookieStore {
        if cookie.domain().is_some_and(|domain| !domain.is_empty()) { &mut self.wide } else { &mut self.host_only }
    }
}

impl fmt::Debug for Jar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jar")
    }
}

impl Jar {
    fn of(state: &StorageState) -> Self {
        let mut cookies = Cookies::default();
        for cookie in &state.cookies {
            let host = cookie.domain.trim_start_matches('.');
            let Ok(url) = Url::parse(&format!("https://{host}/")) else { continue };
            let mut raw = RawCookie::build((cookie.name.clone(), cookie.value.clone()))
                .path(cookie.path.clone())
                .http_only(cookie.http_only)
                .secure(cookie.secure)
                .build();
            if cookie.domain.starts_with('.') {
                raw.set_domain(host.to_owned());
            }
            #[expect(clippy::cast_possible_truncation, reason = "whole seconds are what a cookie has")]
            if cookie.expires >= 0.0
                && let Ok(moment) = time::OffsetDateTime::from_unix_timestamp(cookie.expires as i64)
            {
                raw.set_expires(moment);
            }
            raw.set_same_site(match cookie.same_site.as_str() {
                "Strict" => SameSite::Strict,
                "None" => SameSite::None,
                _ => SameSite::Lax,
            });
            // One that is refused has expired: it would not be sent either.
            let _ = cookies.store_of(&raw).insert_raw(&raw, &url);
        }
        Self(Mutex::new(cookies))
    }

    fn all(&self) -> Vec<Cookie> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cookies: Vec<Cookie> = kept
            .host_only
            .iter_unexpired()
            .chain(kept.wide.iter_unexpired())
            .filter_map(|cookie| {
                let domain = match &cookie.domain {
                    CookieDomain::HostOnly(host) => host.clone(),
                    CookieDomain::Suffix(suffix) => format!(".{suffix}"),
                    CookieDomain::NotPresent | CookieDomain::Empty => return None,
                };
                #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
                let expires = match &cookie.expires {
                    CookieExpiration::AtUtc(moment) => moment.unix_timestamp() as f64,
                    CookieExpiration::SessionEnd => -1.0,
                };
                Some(Cookie {
                    name: cookie.name().to_owned(),
                    value: cookie.value().to_owned(),
                    domain,
                    path: String::from(&cookie.path),
                    expires,
                    http_only: cookie.http_only().unwrap_or_default(),
                    secure: cookie.secure().unwrap_or_default(),
                    same_site: cookie.same_site().map_or_else(|| "Lax".to_owned(), |same_site| same_site.to_string()),
                })
            })
            .collect();
        cookies.sort_by(|a, b| (&a.domain, &a.path, &a.name).cmp(&(&b.domain, &b.path, &b.name)));
        cookies
    }
}

impl reqwest::cookie::CookieStore for Jar {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, url: &Url) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for cookie in headers.filter_map(|header| RawCookie::parse(header.to_str().ok()?.to_owned()).ok()) {
            kept.store_of(&cookie).store_response_cookies(std::iter::once(cookie), url);
        }
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sent = [kept.host_only.matches(url), kept.wide.matches(url)].concat();
        // RFC 6265, 5.4: the longer path first.
        sent.sort_by_key(|cookie| Reverse(String::from(&cookie.path).len()));
        let pairs: Vec<_> = sent.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        if pairs.is_empty() {
            return None;
        }
        let mut header = HeaderValue::from_str(&pairs.join("; ")).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = name.as_str();
            if name == "localhost" || name.ends_with(".localhost") {
                let here: Addrs = Box::new(std::iter::once(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
                return Ok(here);
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// For the fuzzer.
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz {
    use reqwest::cookie::CookieStore as _;

    use super::{HeaderValue, Jar, StorageState, Url};

    /// Puts a state into a jar, has a site set cookies, and takes out what is sent and what would be saved.
    pub fn through_a_jar<'l>(state: &StorageState, set: impl Iterator<Item = &'l str>) {
        let jar = Jar::of(state);
        let headers: Vec<HeaderValue> = set.filter_map(|line| HeaderValue::from_str(line).ok()).collect();
        for host in state.cookies.iter().map(|cookie| cookie.domain.trim_start_matches('.')).chain(["a.example"]) {
            let Ok(url) = Url::parse(&format!("https://{host}/list")) else { continue };
            jar.set_cookies(&mut headers.iter(), &url);
            let _ = jar.cookies(&url);
        }
        let kept = StorageState { cookies: jar.all(), origins: state.origins.clone() };
        let again = Jar::of(&kept).all();
        assert!(again.len() <= kept.cookies.len(), "what is saved brings forth no cookies");
    }
}

#[cfg(test)]
mod tests {
    use reqwest::cookie::CookieStore as _;

    use super::*;

    fn cookie(name: &str, domain: &str, expires: f64) -> Cookie {
        Cookie {
            name: name.into(),
            value: format!("value of {name}"),
            domain: domain.into(),
            path: "/".into(),
            expires,
            http_only: true,
            secure: false,
            same_site: "Lax".into(),
        }
    }

    fn sent(jar: &Jar, url: &str) -> String {
        let header = jar.cookies(&Url::parse(url).unwrap());
        let mut pairs: Vec<_> =
            header.iter().flat_map(|header| header.to_str().unwrap().split("; ")).map(str::to_owned).collect();
        pairs.sort();
        pairs.join("; ")
    }

    #[test]
    fn a_cookie_for_the_host_alone_and_one_for_all_below_it_are_two() {
        let url = Url::parse("https://example.com/").unwrap();
        let cookies = vec![cookie("sid", ".example.com", -1.0), cookie("sid", "example.com", -1.0)];
        let jar = Jar::of(&StorageState { cookies: cookies.clone(), origins: vec![] });
        assert_eq!(jar.all(), cookies);
        assert_eq!(sent(&jar, url.as_str()), "sid=value of sid; sid=value of sid");
        assert_eq!(sent(&jar, "https://www.example.com/"), "sid=value of sid");

        let ends = HeaderValue::from_static("sid=; Max-Age=0");
        jar.set_cookies(&mut std::iter::once(&ends), &url);
        assert_eq!(jar.all(), [cookies[0].clone()], "one ends, the other stays");
    }

    #[test]
    fn cookies_go_where_a_browser_sends_them_and_come_back_as_they_were() {
        let far = 4_000_000_000.0;
        let cookies = vec![
            cookie("wide", ".demo.localhost", far),
            cookie("narrow", "app.demo.localhost", -1.0),
            cookie("old", "app.demo.localhost", 1.0),
        ];
        let state = StorageState { cookies: cookies.clone(), origins: vec![] };
        let jar = Jar::of(&state);
        assert_eq!(sent(&jar, "http://app.demo.localhost:4381/x"), "narrow=value of narrow; wide=value of wide");
        assert_eq!(sent(&jar, "http://api.demo.localhost/"), "wide=value of wide");
        assert_eq!(sent(&jar, "http://localhost/"), "");
        assert_eq!(jar.all(), [cookies[0].clone(), cookies[1].clone()]);

        // The site rotates one, ends one, and adds one.
        let headers =
            ["narrow=new; Path=/", "wide=; Domain=demo.localhost; Max-Age=0", "added=1; HttpOnly; SameSite=Strict"];
        let headers: Vec<HeaderValue> = headers.iter().map(|header| HeaderValue::from_static(header)).collect();
        jar.set_cookies(&mut headers.iter(), &Url::parse("http://app.demo.localhost:4381/x").unwrap());
        assert_eq!(sent(&jar, "http://app.demo.localhost/"), "added=1; narrow=new");
        let added = jar.all().into_iter().find(|cookie| cookie.name == "added").unwrap();
        assert_eq!(
            (added.domain.as_str(), added.http_only, added.same_site.as_str()),
            ("app.demo.localhost", true, "Strict")
        );
    }
}
