//! `app.demo.localhost`: the single-page market and its own cookie. It never sees a password.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::{
    IntoEndpoint, IntoResponse, Request, Response, Route, get, handler,
    http::{StatusCode, header},
    post,
    web::{Data, Json, Query},
};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    page::{asset, bearer, cookie, html, http_only, no_cookie, redirect, with_cookie},
    sign_in::TICKET_SECONDS,
    site::{CLIENT_ID, LoggedOut, Site},
};

/// The application's own cookie.
pub(super) const SESSION_COOKIE: &str = "demo_session";

const MARKET: &str = include_str!("pages/market.html");
const CALLBACK: &str = include_str!("pages/callback.html");
const LOGGED_OUT: &str = include_str!("pages/logged_out.html");

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(home))
        .at("/market", get(market))
        .at("/market/search", get(market))
        .at("/market/scroll", get(market))
        .at("/market/details", get(market))
        .at("/signin", get(sign_in))
        .at("/switch", get(switch_account))
        .at("/callback", get(callback))
        .at("/session", post(open_session))
        .at("/logout", get(log_out).post(log_out))
        .at("/assets/market.js", get(market_js))
        .at("/assets/cards.js", get(cards_js))
        .at("/assets/market.css", get(market_css))
        .at("/assets/sign_in.css", get(sign_in_css))
        .at("/assets/cookie_banner.js", get(super::sso::cookie_banner_js))
}

#[handler]
fn home() -> Response {
    redirect("/market")
}

#[handler]
fn market_js() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("pages/market.js"))
}

#[handler]
fn cards_js() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("pages/cards.js"))
}

#[handler]
fn market_css() -> Response {
    asset("text/css; charset=utf-8", include_str!("pages/market.css"))
}

#[handler]
pub(super) fn sign_in_css() -> Response {
    asset("text/css; charset=utf-8", include_str!("pages/sign_in.css"))
}

#[handler]
fn market(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let shown = cookie(request.headers(), SESSION_COOKIE);
    let here = request.uri().path_and_query().map_or("/market", |path| path.as_str());
    let (good, modes) = {
        let changing = &mut *site.changing();
        let good = shown.is_some_and(|session| changing.sign_ins.session_is_good(session));
        (good, changing.modes.clone())
    };
    if !good {
        return not_signed_in(site, modes.logged_out, here);
    }
    let page = html(
        StatusCode::OK,
        MARKET,
        &[("api", &site.api()), ("sso", &site.sso()), ("storage_key", &site.storage_key())],
    );
    match shown {
        Some(session) if modes.sessions_rotate => {
            match site.changing().sign_ins.replace_session(session, modes.rotate_grace_ms) {
                Some(next) => with_cookie(page, &http_only(SESSION_COOKIE, &next, Some(TICKET_SECONDS))),
                // Replaced a moment ago by another page: the browser has the newer one.
                None => page,
            }
        }
        _ => page,
    }
}

fn not_signed_in(site: &Site, how: LoggedOut, return_to: &str) -> Response {
    let asked = Authorization::new(site, return_to, None);
    let answer = match how {
        LoggedOut::Redirect => redirect(&format!("{}/authorize?{}", site.sso(), asked.query)),
        LoggedOut::Form200 => html(
            StatusCode::OK,
            LOGGED_OUT,
            &[
                ("action", &format!("{}/login?{}", site.sso(), asked.query)),
                ("authorize", &format!("{}/authorize?{}", site.sso(), asked.query)),
            ],
        ),
    };
    with_cookie(answer, &asked.cookie)
}

/// An authorization request with its PKCE verifier, which waits in a cookie of its own until the callback.
struct Authorization {
    query: String,
    cookie: String,
}

impl Authorization {
    fn new(site: &Site, return_to: &str, prompt: Option<&str>) -> Self {
        let state = Uuid::new_v4().simple().to_string();
        let verifier = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", CLIENT_ID)
            .append_pair("redirect_uri", &site.callback())
            .append_pair("scope", "openid profile email")
            .append_pair("state", &state)
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)))
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(prompt.map(|prompt| ("prompt", prompt)))
            .finish();
        let return_to = URL_SAFE_NO_PAD.encode(return_to);
        let cookie = format!("oidc.{state}={verifier}.{return_to}; Path=/callback; SameSite=Lax; Max-Age=600");
        Self { query, cookie }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignIn {
    return_to: Option<String>,
}

/// The page has no good token any more: the SSO may still know the person, and sends them back without a question.
#[handler]
fn sign_in(Data(site): Data<&Arc<Site>>, Query(wish): Query<SignIn>) -> Response {
    let return_to = wish.return_to.filter(|path| path.starts_with("/market")).unwrap_or_else(|| "/market".to_owned());
    not_signed_in(site, LoggedOut::Redirect, &return_to)
}

/// Somebody else is to sign in here. Who is signed in stays so elsewhere: this is no signing out.
#[handler]
fn switch_account(Data(site): Data<&Arc<Site>>) -> Response {
    let asked = Authorization::new(site, "/market", Some("login"));
    with_cookie(redirect(&format!("{}/authorize?{}", site.sso(), asked.query)), &asked.cookie)
}

#[handler]
fn callback(Data(site): Data<&Arc<Site>>) -> Response {
    html(
        StatusCode::OK,
        CALLBACK,
        &[
            ("token_endpoint", &format!("{}/token", site.sso())),
            ("client_id", CLIENT_ID),
            ("redirect_uri", &site.callback()),
            ("storage_key", &site.storage_key()),
        ],
    )
}

/// The page shows its new token, the application gives its cookie.
#[handler]
fn open_session(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let session = bearer(request.headers()).and_then(|token| site.changing().sign_ins.session(token));
    let Some(session) = session else {
        return Json(json!({ "error": "invalid_token" })).with_status(StatusCode::UNAUTHORIZED).into_response();
    };
    let answer = StatusCode::NO_CONTENT.into_response();
    let answer = with_cookie(answer, &http_only(SESSION_COOKIE, &session, Some(TICKET_SECONDS)));
    let expiry = super::site::unix_ms() / 1000 + TICKET_SECONDS;
    let readable = format!("demo_sso_exp={expiry}; Path=/; SameSite=Lax; Max-Age={TICKET_SECONDS}");
    with_cookie(answer, &readable)
}

#[handler]
fn log_out(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    if let Some(session) = cookie(request.headers(), SESSION_COOKIE) {
        site.changing().sign_ins.log_out(session);
    }
    let mut answer = redirect(&format!("{}/logout", site.sso()));
    answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    with_cookie(answer, &no_cookie(SESSION_COOKIE))
}
