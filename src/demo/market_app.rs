//! `app.demo.localhost`: the single-page market and its own cookie. It never sees a password.

use std::sync::Arc;

use poem::{
    IntoEndpoint, IntoResponse, Request, Response, Route, get, handler,
    http::{StatusCode, header},
    post,
    web::{Data, Json, Query},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    admission::{SESSION_COOKIE, admit, session_cookie, to_the_sso, to_the_sso_as_another, turn_away},
    api,
    listing::Wish,
    modes::{Modes, TokenStorage},
    page::{asset, bearer, cookie, html, html_around, no_cookie, redirect, with_cookie},
    server_rendered,
    site::{CLIENT_ID, Changing, Site},
};

const MARKET: &str = include_str!("pages/market.html");
const CALLBACK: &str = include_str!("pages/callback.html");

pub(super) fn routes() -> impl IntoEndpoint {
    let mut routes = Route::new();
    for page in ["", "/search", "/scroll", "/more", "/cursor", "/offset", "/virtual", "/details"] {
        routes = routes.at(format!("/market{page}"), get(market));
    }
    routes
        .at("/", get(home))
        .at("/market/list", get(server_rendered::list))
        .at("/data/products", get(data))
        .at("/signin", get(sign_in))
        .at("/switch", get(switch_account))
        .at("/callback", get(callback))
        .at("/session", post(open_session))
        .at("/logout", get(log_out).post(log_out))
        .at("/assets/market.js", get(market_js))
        .at("/assets/views.js", get(views_js))
        .at("/assets/cards.js", get(cards_js))
        .at("/assets/skins.js", get(skins_js))
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
fn views_js() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("pages/views.js"))
}

#[handler]
fn cards_js() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("pages/cards.js"))
}

#[handler]
fn skins_js() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("pages/skins.js"))
}

#[handler]
pub(super) fn market_css() -> Response {
    asset("text/css; charset=utf-8", include_str!("pages/market.css"))
}

#[handler]
pub(super) fn sign_in_css() -> Response {
    asset("text/css; charset=utf-8", include_str!("pages/sign_in.css"))
}

/// The address of a request, to come back to.
pub(super) fn here(request: &Request) -> &str {
    request.uri().path_and_query().map_or("/market", |path| path.as_str())
}

/// The cookie banner, where there is one.
pub(super) fn cookie_banner(modes: &Modes) -> &'static str {
    if modes.cookie_banner {
        "<cookie-banner></cookie-banner>\n<script src=\"/assets/cookie_banner.js\"></script>"
    } else {
        ""
    }
}

fn storage(kept: TokenStorage) -> &'static str {
    match kept {
        TokenStorage::Local => "local",
        TokenStorage::Session => "session",
    }
}

#[handler]
fn market(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let admitted = admit(site, request.headers());
    if admitted.is_none()
        && let Some(elsewhere) = turn_away(site, here(request))
    {
        return elsewhere;
    }
    let (modes, nonce) = {
        let Changing { sign_ins, modes, .. } = &mut *site.changing();
        (modes.clone(), if modes.require_proof { sign_ins.nonce() } else { String::new() })
    };
    let page = html_around(
        StatusCode::OK,
        &modes.language.of_html(MARKET),
        &[
            ("api", &site.api()),
            ("sso", &site.sso()),
            ("storage_key", &site.storage_key()),
            ("page", if admitted.is_some() { "market" } else { "guest" }),
            ("token_storage", storage(modes.token_storage)),
            ("indexed_db", if modes.require_indexed_db { "required" } else { "" }),
            ("skin", &modes.skin.to_string()),
            ("search", api::search_path(modes.json)),
            ("list", modes.list_name.as_str()),
            ("next_by_mouse", if modes.next_by_mouse { "yes" } else { "" }),
            ("piecemeal", if modes.piecemeal { "yes" } else { "" }),
            ("inner_scroller", if modes.inner_scroller { "yes" } else { "" }),
            ("reveal", if modes.reveal { "yes" } else { "" }),
            ("nonce", &nonce),
            ("words", &modes.language.json()),
        ],
        &[("banner", cookie_banner(&modes))],
    );
    match admitted {
        Some(admitted) => admitted.take(page),
        None => page,
    }
}

/// The list as JSON for whoever shows the application's cookie: what a page of it could ask for without a token.
#[handler]
fn data(Data(site): Data<&Arc<Site>>, request: &Request, Query(wish): Query<Wish>) -> Response {
    let admitted = admit(site, request.headers());
    if admitted.is_none()
        && let Some(elsewhere) = turn_away(site, here(request))
    {
        return elsewhere;
    }
    let answer = api::list(site, &wish, site.modes().json, admitted.as_ref().map(|admitted| admitted.who));
    match admitted {
        Some(admitted) => admitted.take(answer),
        None => answer,
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
    to_the_sso(site, &return_to)
}

/// Somebody else is to sign in here. Who is signed in stays so elsewhere: this is no signing out.
#[handler]
fn switch_account(Data(site): Data<&Arc<Site>>) -> Response {
    to_the_sso_as_another(site, "/market")
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
            ("token_storage", storage(site.modes().token_storage)),
        ],
    )
}

/// The page shows its new token, the application gives its cookie.
#[handler]
fn open_session(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let Changing { sign_ins, modes, .. } = &mut *site.changing();
    let token = bearer(request.headers()).unwrap_or_default();
    let Some(session) = sign_ins.session(token, modes) else {
        return Json(json!({ "error": "invalid_token" })).with_status(StatusCode::UNAUTHORIZED).into_response();
    };
    let answer = StatusCode::NO_CONTENT.into_response();
    let answer = with_cookie(answer, &session_cookie(&session, modes));
    let expiry = sign_ins.ticket_of_token_ends(token).unwrap_or_else(|| site.now_seconds() + modes.ticket_seconds);
    let age = expiry.saturating_sub(site.now_seconds());
    let readable = format!("demo_sso_exp={expiry}; Path=/; SameSite=Lax; Max-Age={age}");
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
