//! `accounts.idp.localhost`: "Continue with Orbit ID". A pop-up that answers its opener and closes; without an
//! opener it leads back to the SSO by itself.

use std::sync::Arc;

use poem::{
    IntoEndpoint, Response, Route, get, handler,
    http::StatusCode,
    post,
    web::{Data, Form, Query},
};
use serde::Deserialize;

use super::{
    page::{html, http_only, with_cookie},
    site::Site,
};

const CHOOSE: &str = include_str!("pages/choose.html");
const APPROVED: &str = include_str!("pages/approved.html");
const MESSAGE: &str = include_str!("pages/message.html");

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/choose", get(choose))
        .at("/approve", post(approve))
        .at("/assets/sign_in.css", get(super::market_app::sign_in_css))
}

#[derive(Deserialize)]
struct Wish {
    origin: String,
    nonce: String,
    /// The request that is gone on with where nobody opened a pop-up: the SSO's own query.
    #[serde(default)]
    to: String,
}

fn refused(site: &Site) -> Response {
    let values = [
        ("title", "Something is not right"),
        ("text", "This site is not known to Orbit ID."),
        ("link", &site.app()),
        ("link_text", "Go to Demo Market"),
    ];
    html(StatusCode::BAD_REQUEST, MESSAGE, &values)
}

#[handler]
fn choose(Data(site): Data<&Arc<Site>>, Query(wish): Query<Wish>) -> Response {
    if wish.origin != site.sso() {
        return refused(site);
    }
    let account = &site.account;
    let initial = account.name.chars().take(1).collect::<String>();
    html(
        StatusCode::OK,
        CHOOSE,
        &[
            ("origin", &wish.origin),
            ("nonce", &wish.nonce),
            ("to", &wish.to),
            ("name", &account.name),
            ("email", &account.email),
            ("initial", &initial),
        ],
    )
}

#[handler]
fn approve(Data(site): Data<&Arc<Site>>, Form(wish): Form<Wish>) -> Response {
    if wish.origin != site.sso() {
        return refused(site);
    }
    let credential = site.changing().sign_ins.credential();
    let action = if wish.to.is_empty() { String::new() } else { format!("{}/federated?{}", wish.origin, wish.to) };
    let values =
        [("origin", wish.origin.as_str()), ("nonce", &wish.nonce), ("credential", &credential), ("action", &action)];
    let page = html(StatusCode::OK, APPROVED, &values);
    with_cookie(page, &http_only("orbit_session", &format!("orbit-{}", site.account.id), None))
}
