//! The control plane: what tests and `script/demo-check` switch and ask. Plain JSON, on a port of its own, loopback only.

use std::sync::Arc;

use poem::{
    Body, IntoEndpoint, IntoResponse, Response, Route, get, handler,
    http::StatusCode,
    post,
    web::{Data, Json, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    sign_in::What,
    site::{Changing, Modes, Site, Who},
};

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(index))
        .at("/state", get(state))
        .at("/log", get(log))
        .at("/totp", get(totp))
        .at("/secrets", get(secrets))
        .at("/revoke", post(revoke))
        .at("/expire", post(expire))
        .at("/mode", post(mode))
        .at("/reset", post(reset))
}

#[handler]
fn index(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    Json(json!({
        "what": "The control plane of the demo marketplace",
        "market": format!("{}/market", site.app()),
        "accounts": Who::ALL.map(|who| json!({ "email": site.account(who).email, "password": site.account(who).password })),
        "operations": {
            "GET /totp": "the current one-time code and for how many seconds it is shown; ?email= for another account than the first",
            "GET /state": "the switches, the addresses, and how many tickets, sessions, tokens and devices are alive",
            "GET /log": "every request so far: time, method, host, path, status, page, and whether the password was in it",
            "GET /secrets": "every ticket, cookie, token and code given out so far, for tests that look for leaks",
            "POST /revoke": "ends tickets, application cookies and tokens; ?what=token|ticket|session|device ends one kind",
            "POST /expire": "as if their time were up (the API says \"Expired JWT\"); ?what= as above",
            "POST /mode": "switches: a JSON object with any of the members of `modes` in GET /state",
            "POST /reset": "everything as at the start: nobody signed in, no switch on, an empty log",
        },
    }))
}

fn shown(site: &Site, changing: &Changing) -> Json<Value> {
    Json(json!({
        "modes": changing.modes,
        "alive": changing.sign_ins.counts(),
        "requests": changing.log.len(),
        "port": site.port,
        "controlPort": site.control_port,
        "hosts": { "app": site.app(), "sso": site.sso(), "api": site.api(), "idp": site.idp() },
    }))
}

#[handler]
fn state(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    shown(site, &site.changing())
}

#[handler]
fn log(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    Json(json!({ "requests": site.changing().log }))
}

#[derive(Deserialize)]
struct Whose {
    email: Option<String>,
}

#[handler]
fn totp(Data(site): Data<&Arc<Site>>, Query(whose): Query<Whose>) -> Response {
    let Some(who) = whose.email.map_or(Some(Who::default()), |email| site.named(&email)) else {
        let answer = Json(json!({ "error": "no account has this e-mail address" }));
        return answer.with_status(StatusCode::NOT_FOUND).into_response();
    };
    let (code, seconds_left) = site.totp_now(who);
    Json(json!({ "code": code, "secondsLeft": seconds_left })).into_response()
}

#[handler]
fn secrets(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    let [ana, ben] = Who::ALL.map(|who| site.account(who));
    Json(json!({
        "password": ana.password,
        "totpSecret": ana.totp_secret,
        "otherPassword": ben.password,
        "otherTotpSecret": ben.totp_secret,
        "issued": site.changing().sign_ins.issued(),
    }))
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    what: What,
}

#[handler]
fn revoke(Data(site): Data<&Arc<Site>>, Query(which): Query<Which>) -> Json<Value> {
    let changing = &mut *site.changing();
    changing.sign_ins.revoke(which.what);
    shown(site, changing)
}

#[handler]
fn expire(Data(site): Data<&Arc<Site>>, Query(which): Query<Which>) -> Json<Value> {
    let changing = &mut *site.changing();
    changing.sign_ins.expire(which.what);
    shown(site, changing)
}

/// Members that are not given stay as they are.
#[handler]
async fn mode(Data(site): Data<&Arc<Site>>, body: Body) -> Response {
    let refuse = |why: &str| Json(json!({ "error": why })).with_status(StatusCode::BAD_REQUEST).into_response();
    let Ok(Value::Object(wishes)) = body.into_json::<Value>().await else {
        return refuse("the body must be a JSON object, such as {\"loggedOut\":\"form200\"}");
    };
    let changing = &mut *site.changing();
    let mut modes = json!(changing.modes);
    if let Some(modes) = modes.as_object_mut() {
        modes.extend(wishes);
    }
    match serde_json::from_value::<Modes>(modes) {
        Err(error) => refuse(&error.to_string()),
        Ok(modes) => {
            changing.modes = modes;
            shown(site, changing).into_response()
        }
    }
}

#[handler]
fn reset(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    let changing = &mut *site.changing();
    *changing = Changing::default();
    shown(site, changing)
}
