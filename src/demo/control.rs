//! The control plane: what tests and `script/demo --check` switch and ask. Plain JSON, on a port of its own, loopback only.
//!
//! | operation | what it does |
//! |---|---|
//! | `GET /` | this list |
//! | `GET /mode` | the switches, one document |
//! | `PUT /mode` | sets all: those that are not in the document are as at the start |
//! | `PATCH /mode`, `POST /mode` | set those that are in the document; what is no switch is refused and changes nothing |
//! | `GET /clock` | `{now, nowMs, movedSeconds}` |
//! | `POST /clock` | `{"forwardSeconds": n}` moves the clock, on top of the one handed in at [`super::Market::start_at`] |
//! | `GET /log?host=&path=` | the newest 10,000 requests: `atMs, at, method, host, path, status, page, offset, cursor, userAgent, …` |
//! | `DELETE /log` | an empty log, counts from 0 |
//! | `GET /counts` | `{host: {path: n}}`, of all requests |
//! | `GET /totp?email=`, `GET /mail` | the code of an authenticator, of the first account where none is named; the messages with codes |
//! | `GET /state`, `GET /secrets` | what is alive; everything secret that was given out |
//! | `POST /revoke?what=`, `POST /expire?what=` | `all` (tickets, cookies, tokens), `token`, `ticket`, `session`, `device` |
//! | `POST /restore` | what the last revoke took is good again |
//! | `POST /snapshot`, `POST /snapshot/restore` | keeps who is signed in; makes it so again, also after a reset |
//! | `POST /reset` | everything as at the start |
//!
//! The switches are the members of [`Modes`], in `camelCase`, with their values:
//!
//! | about | switches |
//! |---|---|
//! | logged out | `loggedOut`: `redirect`, `form200`, `empty200`, `json401`; `deadList`: `no`, `403`, `404`, `419`, `440`, `500`, `error`, `null`, `graphqlErrors`, `html`, `truncated`, `otherHost`; `halfDead`: `no`, `token`, `ticket` |
//! | refusing | `blocked`, `refuseNext` (counts down), `refuseStatus`: 429, 503; `refuseWhere`: `api`, `app`, `everywhere`; `retryAfter`, `retryAfterAs`: `seconds`, `date`, `none`; `challenge`: `off`, `once`, `always`; `slowMs` |
//! | lifetimes | `tokenSeconds`, `ticketSeconds`, `sessionSeconds`, `deviceSeconds`; `expiry`: `fixed`, `sliding` |
//! | the session | `tokenStorage`: `local`, `session`; `requireIndexedDb`, `bindUserAgent`; `sessionsRotate`, `rotateGraceMs`, `reuseEndsLogin` |
//! | logging in | `secondFactor`: `authenticator`, `email`, `none`; `continueWith`: `popup`, `noopener`, `redirect`; `silentSignInMs`; `lockSeconds` |
//! | the market | `products` (to 10,000), `guestProducts`, `repeats`, `insertNext` (counts down), `skin`: 1, 2, 3; `json`: `v1`, `v2`, `unknown`; `listName`: `products`, `items`, `results`; `nextByMouse`, `piecemeal`, `rememberPage`, `innerScroller`, `reveal`, `language`: `en`, `pt-BR`; `cookieBanner`, `wrongPage`, `requireProof` |
//! | the HTTP of all hosts | `http`: a list of what is odd and legal: `noType`, `textJson`, `plusJson`, `charset`, `latin1`, `latin1Meta`, `bom`, `duplicates`, `gzip`, `chunked`, `capitals` |
//!
//! The stand-in for Hotmart obeys them too: `skin` 1 is its first generation of markup, 2 and 3 its second; its pages do not know
//! `loggedOut`, `deadList` (they always lead to the SSO), `requireIndexedDb`, `sessionsRotate`, `continueWith`, `silentSignInMs`, `requireProof`, `nextByMouse`,
//! `piecemeal`, `rememberPage`, `innerScroller`, `reveal`, `language`, `cookieBanner`, `wrongPage`.

use std::sync::Arc;

use poem::{
    Body, IntoEndpoint, IntoResponse, Response, Route, get, handler,
    http::StatusCode,
    post,
    web::{Data, Json, Query},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    accounts::Who,
    log::{LogQuery, RequestLog},
    modes::Modes,
    sign_in::What,
    site::{Changing, Site},
};

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(index))
        .at("/state", get(state))
        .at("/log", get(log).delete(forget_log))
        .at("/counts", get(counts))
        .at("/clock", get(clock).post(move_clock))
        .at("/totp", get(totp))
        .at("/mail", get(mail))
        .at("/secrets", get(secrets))
        .at("/revoke", post(revoke))
        .at("/restore", post(restore))
        .at("/snapshot", post(snapshot))
        .at("/snapshot/restore", post(restore_snapshot))
        .at("/expire", post(expire))
        .at("/mode", get(modes).put(set_modes).patch(change_modes).post(change_modes))
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
            "GET /mail": "every message with a code so far, oldest first",
            "GET /state": "the switches, the addresses, and how many tickets, sessions, tokens and devices are alive",
            "GET /mode": "the switches: one JSON document",
            "PUT /mode": "sets them all: those that are not in the document are as at the start",
            "PATCH /mode": "sets those that are in the document, as POST /mode does; what is no switch is refused",
            "GET /clock": "what time it is here",
            "POST /clock": "moves the clock: {\"forwardSeconds\":172800}, on top of the one that was handed in",
            "GET /log": "the newest 10,000 requests: time, method, host, path, status, page, offset, cursor, and whether the password was in it; ?host= &path= select",
            "DELETE /log": "an empty log and counts from 0",
            "GET /counts": "how often each path of each host was asked",
            "GET /secrets": "every ticket, cookie, token and code given out so far, for tests that look for leaks",
            "POST /revoke": "ends tickets, application cookies and tokens; ?what=token|ticket|session|device ends one kind",
            "POST /restore": "gives back what the last revoke took: whoever was signed in is so again",
            "POST /snapshot": "keeps who is signed in now, with their cookies and tokens, until the next snapshot",
            "POST /snapshot/restore": "whoever was signed in at the snapshot is so again, and nobody else is; also after a reset",
            "POST /expire": "as if their time were up (the API says \"Expired JWT\"); ?what= as above",
            "POST /reset": "everything as at the start: nobody signed in, no switch on, an empty log, the clock as handed in",
        },
    }))
}

fn shown(site: &Site, changing: &Changing) -> Json<Value> {
    Json(json!({
        "modes": changing.modes,
        "alive": changing.sign_ins.counts(),
        "neighbours": changing.neighbours.counts(),
        "requests": changing.log.total(),
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
fn log(Data(site): Data<&Arc<Site>>, Query(wanted): Query<LogQuery>) -> Json<Value> {
    Json(json!({ "requests": site.changing().log.select(&wanted).collect::<Vec<_>>() }))
}

#[handler]
fn forget_log(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    let changing = &mut *site.changing();
    changing.log = RequestLog::default();
    shown(site, changing)
}

#[handler]
fn counts(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    Json(json!(site.changing().log.counts()))
}

fn time_here(site: &Site) -> Json<Value> {
    let now = site.clock.now();
    Json(json!({ "now": now.to_string(), "nowMs": now.0, "movedSeconds": site.moved_seconds() }))
}

#[handler]
fn clock(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    time_here(site)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Move {
    forward_seconds: i64,
}

#[handler]
async fn move_clock(Data(site): Data<&Arc<Site>>, body: Body) -> Response {
    match body.into_json::<Move>().await {
        Err(_) => refused("the body must be a JSON object, such as {\"forwardSeconds\":3600}"),
        Ok(wish) => {
            site.move_clock(wish.forward_seconds);
            time_here(site).into_response()
        }
    }
}

#[derive(Deserialize)]
struct Whose {
    email: Option<String>,
}

#[handler]
fn totp(Data(site): Data<&Arc<Site>>, Query(whose): Query<Whose>) -> Response {
    let Some(who) = whose.email.map_or(Some(Who::default()), |email| site.accounts.named(&email)) else {
        let answer = Json(json!({ "error": "no account has this e-mail address" }));
        return answer.with_status(StatusCode::NOT_FOUND).into_response();
    };
    let (code, seconds_left) = site.totp_now(who);
    Json(json!({ "code": code, "secondsLeft": seconds_left })).into_response()
}

#[handler]
fn mail(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    Json(json!({ "messages": site.changing().sign_ins.mails() }))
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
    if which.what == What::All {
        changing.neighbours.end_all();
    }
    shown(site, changing)
}

#[handler]
fn restore(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    let changing = &mut *site.changing();
    changing.sign_ins.restore();
    shown(site, changing)
}

#[handler]
fn snapshot(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    site.keep_sign_ins();
    shown(site, &site.changing())
}

#[handler]
fn restore_snapshot(Data(site): Data<&Arc<Site>>) -> Response {
    if site.restore_sign_ins() {
        shown(site, &site.changing()).into_response()
    } else {
        refused("there is no snapshot; POST /snapshot takes one")
    }
}

#[handler]
fn expire(Data(site): Data<&Arc<Site>>, Query(which): Query<Which>) -> Json<Value> {
    let changing = &mut *site.changing();
    changing.sign_ins.expire(which.what);
    if which.what == What::All {
        changing.neighbours.end_all();
    }
    shown(site, changing)
}

fn refused(why: &str) -> Response {
    Json(json!({ "error": why })).with_status(StatusCode::BAD_REQUEST).into_response()
}

#[handler]
fn modes(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    Json(json!(site.modes()))
}

async fn members(body: Body) -> Result<Map<String, Value>, Response> {
    match body.into_json::<Value>().await {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(refused("the body must be a JSON object, such as {\"loggedOut\":\"form200\"}")),
    }
}

fn set(site: &Site, changing: &mut Changing, wanted: Result<Modes, String>) -> Response {
    match wanted {
        Err(why) => refused(&why),
        Ok(wanted) => {
            changing.modes = wanted;
            shown(site, changing).into_response()
        }
    }
}

/// Members that are not given are as at the start.
#[handler]
async fn set_modes(Data(site): Data<&Arc<Site>>, body: Body) -> Response {
    match members(body).await {
        Err(refused) => refused,
        Ok(members) => set(site, &mut site.changing(), Modes::read(members.into())),
    }
}

/// Members that are not given stay as they are.
#[handler]
async fn change_modes(Data(site): Data<&Arc<Site>>, body: Body) -> Response {
    match members(body).await {
        Err(refused) => refused,
        Ok(members) => {
            let changing = &mut *site.changing();
            let changed = changing.modes.changed_by(members);
            set(site, changing, changed)
        }
    }
}

#[handler]
fn reset(Data(site): Data<&Arc<Site>>) -> Json<Value> {
    site.reset();
    shown(site, &site.changing())
}
