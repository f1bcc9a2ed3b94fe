//! `app.hotmart.com` (the single-page market), `consumer.hotmart.com` (the buyers' area), `app-vlc.hotmart.com` (the app before).

use std::sync::Arc;

use poem::{IntoEndpoint, Request, Response, Route, get, handler, http::StatusCode, web::Data};

use super::{API, APP, CALLBACK, CLIENT_ID, CONSUMER, SSO};
use crate::demo::{
    modes::{JsonShape, TokenStorage},
    page::{asset, html, query, redirect},
    site::Site,
};

const MARKET: &str = include_str!("../pages/hotmart/market.html");
const AUTH: &str = include_str!("../pages/hotmart/auth.html");
const BUYERS: &str = include_str!("../pages/hotmart/buyers.html");

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(home))
        .at("/market", get(market))
        .at("/market/search", get(market))
        .at("/market/details", get(market))
        .at("/auth/login", get(auth))
        .at("/assets/market.js", get(market_js))
        .at("/assets/cards.js", get(cards_js))
        .at("/assets/oidc.js", get(oidc_js))
        .at("/assets/market.css", get(crate::demo::market_app::market_css))
        .at("/assets/sign_in.css", get(crate::demo::market_app::sign_in_css))
}

/// Where somebody lands who logged in at the SSO without an application.
pub(super) fn consumer() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(buyers))
        .at("/main", get(buyers))
        .at("/assets/sign_in.css", get(crate::demo::market_app::sign_in_css))
}

/// The app before this one: it knows nobody any more.
pub(super) fn former() -> impl IntoEndpoint {
    Route::new().at("/", get(home)).at("/login", get(former_login))
}

#[handler]
fn home() -> Response {
    redirect(&format!("{APP}/market"))
}

#[handler]
fn former_login(request: &Request) -> Response {
    redirect(&format!("{SSO}/login?{}", query(request)))
}

#[handler]
fn buyers() -> Response {
    html(StatusCode::OK, BUYERS, &[("market", &format!("{APP}/market")), ("here", CONSUMER)])
}

#[handler]
fn market_js() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../pages/hotmart/market.js"))
}

#[handler]
fn cards_js() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../pages/hotmart/cards.js"))
}

#[handler]
fn oidc_js() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../pages/hotmart/oidc.js"))
}

fn storage(site: &Site) -> &'static str {
    match site.modes().token_storage {
        TokenStorage::Local => "local",
        TokenStorage::Session => "session",
    }
}

/// The page is for everybody; its script finds out who is there.
#[handler]
fn market(Data(site): Data<&Arc<Site>>) -> Response {
    let modes = site.modes();
    let generation = if modes.skin == 1 { "1" } else { "2" };
    let search = match modes.json {
        JsonShape::V1 | JsonShape::V2 => format!("{API}/v2/market/search"),
        JsonShape::Unknown => format!("{API}/v3/market/search"),
    };
    html(
        StatusCode::OK,
        MARKET,
        &[
            ("sso", SSO),
            ("client_id", CLIENT_ID),
            ("callback", CALLBACK),
            ("token_storage", storage(site)),
            ("generation", generation),
            ("search", &search),
        ],
    )
}

#[handler]
fn auth(Data(site): Data<&Arc<Site>>) -> Response {
    let values = [("sso", SSO), ("client_id", CLIENT_ID), ("callback", CALLBACK), ("token_storage", storage(site))];
    html(StatusCode::OK, AUTH, &values)
}
