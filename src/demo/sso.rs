//! `sso.demo.localhost`: the only host that asks for a password. Authorization code with PKCE, one-time codes, trusted devices.

use std::{sync::Arc, time::Duration};

use poem::{
    IntoEndpoint, IntoResponse, Request, Response, Route, get, handler,
    http::{HeaderValue, StatusCode, header},
    post,
    web::{Data, Form, Json},
};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use super::{
    accounts::Who,
    door::{AfterCode, AfterPassword},
    log::text_of,
    modes::{ContinueWith, SecondFactor},
    page::{asset, cookie, html, http_only, no_cookie, query, redirect, with_cookie},
    sign_in::Standing,
    site::{CLIENT_ID, Changing, Site},
};

/// The SSO's ticket.
pub(super) const TICKET_COOKIE: &str = "TGC";
/// A device where a one-time code was given, and the person said to remember it.
const DEVICE_COOKIE: &str = "sso_device";
/// Between password and code.
const HALFWAY_COOKIE: &str = "sso_step";

const LOGIN: &str = include_str!("pages/login.html");
const SECOND_STEP: &str = include_str!("pages/second_step.html");
const MESSAGE: &str = include_str!("pages/message.html");

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(home))
        .at("/authorize", get(authorize))
        .at("/login", get(login_form).post(login))
        .at("/silent", get(silent_sign_in))
        .at("/second-step", get(second_step_form).post(second_step))
        .at("/federated", post(federated))
        .at("/token", post(token).options(token_preflight))
        .at("/logout", get(log_out))
        .at("/oidc/.well-known/openid-configuration", get(discovery))
        .at("/assets/sign_in.css", get(super::market_app::sign_in_css))
        .at("/assets/cookie_banner.js", get(cookie_banner_js))
        .at("/assets/login.js", get(login_js))
}

#[handler]
pub(super) fn cookie_banner_js() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("pages/cookie_banner.js"))
}

#[handler]
fn login_js() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("pages/login.js"))
}

/// An authorization request; it travels in the query through all steps, so that any number of tabs can log in.
#[derive(Deserialize)]
struct Asked {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    state: String,
    code_challenge: String,
    code_challenge_method: String,
    #[serde(default)]
    prompt: String,
}

impl Asked {
    fn of(site: &Site, query: &str) -> Result<Self, &'static str> {
        let pairs: serde_json::Map<_, _> =
            form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into())).collect();
        let asked: Self = serde_json::from_value(pairs.into()).map_err(|_| "a parameter is missing")?;
        if asked.client_id != CLIENT_ID {
            return Err("this client is not known");
        }
        if asked.redirect_uri != site.callback() {
            return Err("this redirect_uri is not registered");
        }
        if asked.response_type != "code" {
            return Err("only response_type=code is supported");
        }
        if asked.code_challenge_method != "S256" || asked.code_challenge.len() != 43 {
            return Err("PKCE with S256 is required");
        }
        Ok(asked)
    }

    fn back(&self, name: &str, value: &str) -> Response {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .append_pair("state", &self.state)
            .finish();
        redirect(&format!("{}?{query}", self.redirect_uri))
    }
}

fn refused(site: &Site, why: &str) -> Response {
    let text = format!("This sign-in request cannot be answered: {why}.");
    let values = [
        ("title", "Something is not right"),
        ("text", text.as_str()),
        ("link", &site.app()),
        ("link_text", "Go to Demo Market"),
    ];
    html(StatusCode::BAD_REQUEST, MESSAGE, &values)
}

/// Back to the application with a code, if the ticket is good.
fn answer_with_code(site: &Site, query: &str, ticket: &str) -> Response {
    match Asked::of(site, query) {
        // Somebody came to the SSO by itself: on to the application, which asks properly.
        Err(_) if query.is_empty() => redirect(&site.app()),
        Err(why) => refused(site, why),
        Ok(asked) => {
            let Changing { sign_ins, modes, .. } = &mut *site.changing();
            match sign_ins.code(ticket, &asked.code_challenge, &asked.redirect_uri, modes) {
                Some(code) => asked.back("code", &code),
                None => asked.back("error", "login_required"),
            }
        }
    }
}

#[handler]
fn home(Data(site): Data<&Arc<Site>>) -> Response {
    redirect(&site.app())
}

#[handler]
fn authorize(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let query = query(request);
    let asked = match Asked::of(site, query) {
        Ok(asked) => asked,
        Err(why) => return refused(site, why),
    };
    let ticket = cookie(request.headers(), TICKET_COOKIE).unwrap_or_default();
    let standing = site.ticket_standing(ticket);
    match standing {
        Standing::Good(_) if asked.prompt.is_empty() && site.modes().silent_sign_in_ms > 0 => {
            redirect(&format!("/login?{query}"))
        }
        Standing::Good(_) if asked.prompt != "login" => answer_with_code(site, query, ticket),
        _ if asked.prompt == "none" => asked.back("error", "login_required"),
        _ => redirect(&format!("/login?{query}")),
    }
}

fn login_page(site: &Site, status: StatusCode, query: &str, (username, message): (&str, &str)) -> Response {
    login_form_that(site, status, query, (username, message), false)
}

fn login_form_that(
    site: &Site,
    status: StatusCode,
    query: &str,
    (username, message): (&str, &str),
    signs_in_by_itself: bool,
) -> Response {
    let continue_with = match site.modes().continue_with {
        ContinueWith::Popup => "popup",
        ContinueWith::Noopener => "noopener",
        ContinueWith::Redirect => "redirect",
    };
    html(
        status,
        LOGIN,
        &[
            ("query", query),
            ("username", username),
            ("message", message),
            ("failed", if message.is_empty() { "" } else { "yes" }),
            ("idp", &site.idp()),
            ("sso", &site.sso()),
            ("continue_with", continue_with),
            ("silent", if signs_in_by_itself { "yes" } else { "" }),
        ],
    )
}

#[handler]
fn login_form(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let ticket = cookie(request.headers(), TICKET_COOKIE).unwrap_or_default();
    let asks_anew = Asked::of(site, query(request)).is_ok_and(|asked| asked.prompt == "login");
    if !asks_anew && site.ticket_standing(ticket).owner().is_some() {
        if site.modes().silent_sign_in_ms > 0 {
            return login_form_that(site, StatusCode::OK, query(request), ("", ""), true);
        }
        return answer_with_code(site, query(request), ticket);
    }
    login_page(site, StatusCode::OK, query(request), ("", ""))
}

/// Where the form that signs in by itself leads, a while later.
#[handler]
async fn silent_sign_in(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let wait = site.modes().silent_sign_in_ms;
    tokio::time::sleep(Duration::from_millis(wait)).await;
    let ticket = cookie(request.headers(), TICKET_COOKIE).unwrap_or_default();
    let answer = answer_with_code(site, query(request), ticket);
    match answer.header(header::LOCATION) {
        Some(to) => Json(json!({ "to": to })).into_response(),
        None => StatusCode::UNAUTHORIZED.into(),
    }
}

#[derive(Deserialize)]
struct Password {
    username: String,
    password: String,
}

fn blocked(site: &Site, seconds: u64) -> Response {
    let text = format!("Too many wrong tries. Try again in {seconds} seconds.");
    let values =
        [("title", "Account blocked"), ("text", text.as_str()), ("link", &site.app()), ("link_text", "Try again")];
    html(StatusCode::FORBIDDEN, MESSAGE, &values).with_header(header::RETRY_AFTER, seconds).into_response()
}

#[handler]
fn login(Data(site): Data<&Arc<Site>>, request: &Request, Form(given): Form<Password>) -> Response {
    let query = query(request);
    let device = cookie(request.headers(), DEVICE_COOKIE).unwrap_or_default();
    let agent = text_of(request.headers(), header::USER_AGENT);
    match site.give_password((&given.username, &given.password), device, &agent) {
        AfterPassword::Blocked(seconds) => blocked(site, seconds),
        AfterPassword::Wrong => {
            let message = "The e-mail or the password is not right. Check them and try again.";
            login_page(site, StatusCode::UNAUTHORIZED, query, (given.username.trim(), message))
        }
        AfterPassword::SignedIn(ticket) => signed_in(query, &ticket),
        AfterPassword::CodeAwaited(step) => {
            with_cookie(redirect(&format!("/second-step?{query}")), &http_only(HALFWAY_COOKIE, &step, Some(600)))
        }
    }
}

/// Back to what was asked for; who had to log in anew has done so.
fn signed_in(query: &str, ticket: &str) -> Response {
    let asked = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "prompt");
    let asked = form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
    with_cookie(redirect(&format!("/authorize?{asked}")), &http_only(TICKET_COOKIE, ticket, None))
}

fn second_step_page(site: &Site, who: Who, status: StatusCode, (query, message): (&str, &str)) -> Response {
    let failed = if message.is_empty() { "" } else { "yes" };
    let instructions = match site.modes().second_factor {
        SecondFactor::Email => "We have sent a code of 6 digits to",
        _ => "Open your authenticator app and type the 6 digits it shows for",
    };
    let email = &site.account(who).email;
    let values =
        [("query", query), ("instructions", instructions), ("email", email), ("message", message), ("failed", failed)];
    html(status, SECOND_STEP, &values)
}

#[handler]
fn second_step_form(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let step = cookie(request.headers(), HALFWAY_COOKIE).unwrap_or_default();
    let Some(who) = site.changing().sign_ins.in_second_step(step) else {
        return redirect(&format!("/login?{}", query(request)));
    };
    second_step_page(site, who, StatusCode::OK, (query(request), ""))
}

#[derive(Deserialize)]
struct OneTimeCode {
    code: String,
    #[serde(default)]
    remember: String,
}

#[handler]
fn second_step(Data(site): Data<&Arc<Site>>, request: &Request, Form(given): Form<OneTimeCode>) -> Response {
    let query = query(request);
    let step = cookie(request.headers(), HALFWAY_COOKIE).unwrap_or_default();
    let agent = text_of(request.headers(), header::USER_AGENT);
    match site.give_code(step, &given.code, !given.remember.is_empty(), &agent) {
        AfterCode::Blocked(seconds) => blocked(site, seconds),
        AfterCode::NotAwaited => redirect(&format!("/login?{query}")),
        AfterCode::Wrong(who) => {
            let message = match site.modes().second_factor {
                SecondFactor::Email => "That code is not right. Type the one of the newest message.",
                _ => "That code is not right. Codes change every 30 seconds: type the one you see now.",
            };
            second_step_page(site, who, StatusCode::UNAUTHORIZED, (query, message))
        }
        AfterCode::SignedIn { ticket, device } => {
            let mut answer = with_cookie(signed_in(query, &ticket), &no_cookie(HALFWAY_COOKIE));
            if let Some(device) = device {
                let age = Some(site.modes().device_seconds);
                answer = with_cookie(answer, &http_only(DEVICE_COOKIE, &device, age));
            }
            answer
        }
    }
}

#[derive(Deserialize)]
struct Federated {
    credential: String,
}

/// The pop-up of the identity provider has told our page who this is.
#[handler]
fn federated(Data(site): Data<&Arc<Site>>, request: &Request, Form(given): Form<Federated>) -> Response {
    let query = query(request);
    let is_confirmed = site.changing().sign_ins.take_credential(&given.credential);
    if !is_confirmed {
        let message = "Orbit ID did not confirm who you are. Try again, or use your password.";
        return login_page(site, StatusCode::UNAUTHORIZED, query, ("", message));
    }
    let agent = text_of(request.headers(), header::USER_AGENT);
    let Changing { sign_ins, modes, .. } = &mut *site.changing();
    let ticket = sign_ins.ticket(super::idp::KNOWS, &agent, modes);
    signed_in(query, &ticket)
}

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: String,
    code: String,
    code_verifier: String,
    redirect_uri: String,
    client_id: String,
}

fn for_the_app(site: &Site, mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    if let Ok(origin) = HeaderValue::from_str(&site.app()) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[handler]
fn token_preflight(Data(site): Data<&Arc<Site>>) -> Response {
    for_the_app(site, StatusCode::NO_CONTENT.into_response())
}

#[handler]
fn token(Data(site): Data<&Arc<Site>>, Form(given): Form<TokenRequest>) -> Response {
    let refuse = |error: &str, why: &str| {
        let body = Json(json!({ "error": error, "error_description": why }));
        for_the_app(site, body.with_status(StatusCode::BAD_REQUEST).into_response())
    };
    if given.grant_type != "authorization_code" {
        return refuse("unsupported_grant_type", "only authorization_code");
    }
    if given.client_id != CLIENT_ID {
        return refuse("invalid_client", "this client is not known");
    }
    let issuer = format!("{}/oidc", site.sso());
    let changing = &mut *site.changing();
    let seconds = changing.modes.token_seconds;
    let code = (given.code.as_str(), given.code_verifier.as_str(), given.redirect_uri.as_str());
    match changing.sign_ins.exchange(site, code, (&issuer, seconds)) {
        Err(why) => refuse("invalid_grant", why),
        Ok(given) => {
            let account = site.account(given.who);
            let answer = Json(json!({
                "access_token": given.access_token,
                "token_type": "Bearer",
                "scope": "openid profile email",
                "expires_in": seconds,
                "expires_at": given.expires_at,
                "profile": { "sub": account.id, "name": account.name, "email": account.email },
            }));
            for_the_app(site, answer.into_response())
        }
    }
}

#[handler]
fn log_out(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    if let Some(ticket) = cookie(request.headers(), TICKET_COOKIE) {
        site.changing().sign_ins.log_out(ticket);
    }
    let link = format!("{}/market", site.app());
    let values = [
        ("title", "You are signed out"),
        ("text", "See you soon."),
        ("link", link.as_str()),
        ("link_text", "Sign in again"),
    ];
    with_cookie(html(StatusCode::OK, MESSAGE, &values), &no_cookie(TICKET_COOKIE))
}

#[handler]
fn discovery(Data(site): Data<&Arc<Site>>) -> Response {
    let sso = site.sso();
    let answer = Json(json!({
        "issuer": format!("{sso}/oidc"),
        "authorization_endpoint": format!("{sso}/authorize"),
        "token_endpoint": format!("{sso}/token"),
        "end_session_endpoint": format!("{sso}/logout"),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
    }));
    for_the_app(site, answer.into_response())
}
