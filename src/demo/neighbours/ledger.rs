//! `ledger.localhost`: one page, drawn by its script, with a token in the browser's storage.

use std::sync::Arc;

use poem::{
    IntoEndpoint, Request, Response, Route, get, handler,
    http::StatusCode,
    post,
    web::{Data, Json, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{LogIn, day, nobody, said};
use crate::demo::{
    accounts::Who,
    page::{asset, bearer, html},
    site::Site,
};

const ENTRIES: usize = 60;
/// What the page asks for, and the most that one answer holds.
const AT_MOST: usize = 25;
const TEXTS: [&str; 5] = ["Paper & ink", "Train to Porto", "Invoice paid", "Coffee for the office", "Refund"];

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(page))
        .at("/ledger", get(page))
        .at("/assets/ledger.js", get(script))
        .at("/api/token", post(give_token))
        .at("/api/me", get(me))
        .at("/api/entries", get(entries))
}

#[handler]
fn page() -> Response {
    html(StatusCode::OK, include_str!("../pages/neighbours/ledger.html"), &[])
}

#[handler]
fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../pages/neighbours/ledger.js"))
}

fn owner(site: &Site, request: &Request) -> Option<Who> {
    let token = bearer(request.headers())?;
    site.changing().neighbours.tokens.get(token).copied()
}

#[handler]
fn give_token(Data(site): Data<&Arc<Site>>, Json(given): Json<LogIn>) -> Response {
    let Some(who) = given.who(site) else { return nobody() };
    let changing = &mut *site.changing();
    let token = changing.sign_ins.secret("dlt_");
    changing.neighbours.tokens.insert(token.clone(), who);
    said(StatusCode::OK, &json!({ "token": token }))
}

#[handler]
fn me(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let Some(who) = owner(site, request) else { return nobody() };
    let account = site.account(who);
    said(StatusCode::OK, &json!({ "id": account.id, "name": account.name, "email": account.email }))
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    offset: usize,
    #[serde(default)]
    limit: Option<usize>,
}

#[handler]
fn entries(Data(site): Data<&Arc<Site>>, request: &Request, Query(wish): Query<Wish>) -> Response {
    if owner(site, request).is_none() {
        return nobody();
    }
    let limit = wish.limit.unwrap_or(AT_MOST).min(AT_MOST);
    let entries: Vec<Value> = (0..ENTRIES).skip(wish.offset).take(limit).map(entry).collect();
    said(StatusCode::OK, &json!({ "entries": entries, "total": ENTRIES }))
}

/// Money as a text: no number of JSON is exact.
fn entry(number: usize) -> Value {
    let cents = number * 1_237 % 90_000 + 5;
    let sign = if number.is_multiple_of(3) { "" } else { "-" };
    json!({
        "id": format!("e{number:03}"), "booked": day(number), "text": TEXTS[number % TEXTS.len()],
        "amount": { "value": format!("{sign}{}.{:02}", cents / 100, cents % 100), "currency": "EUR" },
        "tags": if number.is_multiple_of(2) { json!(["office"]) } else { json!([]) },
    })
}
