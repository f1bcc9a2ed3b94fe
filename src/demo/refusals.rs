//! A site that refuses: too many requests, out of order, and a page that wants to see a person.

use poem::{
    IntoResponse, Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
    web::Json,
};
use serde_json::json;
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use url::form_urlencoded;

use super::{
    modes::{Challenge, Modes, RefuseWhere, RetryAfterAs},
    page::{cookie, html, http_only, query, redirect, with_cookie},
    site::Site,
};

const CHALLENGE: &str = include_str!("pages/challenge.html");
const BUSY: &str = include_str!("pages/busy.html");
/// A browser in which somebody has pressed the button.
const CLEARANCE_COOKIE: &str = "clearance";
const CLEARANCE_SECONDS: u64 = 3600;
/// Where that button leads.
const HUMAN: &str = "/human";

const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// What a host is to the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Pages of the application.
    App,
    /// JSON.
    Api,
    /// Everything about signing in.
    Sso,
    /// Another site.
    Neighbour,
}

/// The refusal of a request, where it is refused.
pub(super) fn refusal(site: &Site, kind: Kind, host: &str, request: &Request) -> Option<Response> {
    let path = request.uri().path();
    if request.method() == Method::OPTIONS || path.starts_with("/assets/") {
        return None;
    }
    if path == HUMAN && request.method() == Method::POST {
        return Some(let_through(host, request));
    }
    let modes = {
        let modes = &mut site.changing().modes;
        let is_here = match modes.refuse_where {
            RefuseWhere::Api => kind == Kind::Api,
            RefuseWhere::App => kind == Kind::App,
            RefuseWhere::Everywhere => true,
        };
        if modes.refuse_next > 0 && is_here {
            modes.refuse_next -= 1;
            let refused = modes.clone();
            return Some(busy(site, kind, &refused, refused.refuse_status));
        }
        modes.clone()
    };
    if modes.blocked && kind == Kind::Api {
        return Some(busy(site, kind, &modes, 429));
    }
    let is_cleared = cookie(request.headers(), CLEARANCE_COOKIE) == Some("yes");
    match (modes.challenge, kind) {
        (Challenge::Once, Kind::App) if !is_cleared => Some(challenge(request)),
        (Challenge::Always, Kind::App | Kind::Api) => Some(challenge(request)),
        (_, Kind::App | Kind::Api) if modes.dead_list_for_all => modes.dead_list.answer(site, path),
        _ => None,
    }
}

fn busy(site: &Site, kind: Kind, modes: &Modes, status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let said = match kind {
        Kind::Api if status == StatusCode::TOO_MANY_REQUESTS => {
            json!({ "error": "too_many_requests", "error_description": "Too many requests, come back later" })
        }
        Kind::Api => json!({ "error": "unavailable", "error_description": "Out of order, come back later" }),
        Kind::App | Kind::Sso | Kind::Neighbour => {
            let title = if status == StatusCode::TOO_MANY_REQUESTS { "Too many requests" } else { "Out of order" };
            return with_retry_after(site, modes, html(status, BUSY, &[("title", title)]));
        }
    };
    with_retry_after(site, modes, (status, Json(said)).into_response())
}

fn with_retry_after(site: &Site, modes: &Modes, mut answer: Response) -> Response {
    let value = match modes.retry_after_as {
        RetryAfterAs::None => return answer,
        RetryAfterAs::Seconds => modes.retry_after.to_string(),
        RetryAfterAs::Date => {
            let then = i64::try_from(site.now_seconds() + modes.retry_after).unwrap_or(i64::MAX);
            let then = OffsetDateTime::from_unix_timestamp(then).unwrap_or(OffsetDateTime::UNIX_EPOCH);
            then.format(HTTP_DATE).unwrap_or_default()
        }
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        answer.headers_mut().insert(header::RETRY_AFTER, value);
    }
    answer
}

fn challenge(request: &Request) -> Response {
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let to = form_urlencoded::Serializer::new(String::new()).append_pair("to", here).finish();
    html(StatusCode::FORBIDDEN, CHALLENGE, &[("action", &format!("{HUMAN}?{to}"))])
}

/// Somebody pressed the button: this browser is let through to all hosts of the site for a while.
fn let_through(host: &str, request: &Request) -> Response {
    let to = form_urlencoded::parse(query(request).as_bytes()).find(|(name, _)| name == "to");
    let to = to.map(|(_, to)| to.into_owned()).filter(|to| to.starts_with('/') && !to.starts_with("//"));
    let domain = host.split_once('.').map_or(host, |(_, domain)| domain);
    let cookie = format!("{}; Domain={domain}", http_only(CLEARANCE_COOKIE, "yes", Some(CLEARANCE_SECONDS)));
    with_cookie(redirect(&to.unwrap_or_else(|| "/".to_owned())), &cookie)
}
