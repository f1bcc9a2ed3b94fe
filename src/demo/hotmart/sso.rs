//! `sso.hotmart.com`: CAS, which speaks OIDC. Password, one-time code, a device that is trusted for 30 days.

use std::{collections::BTreeMap, sync::Arc};

use poem::{
    IntoEndpoint, IntoResponse, Request, Response, Route, get, handler,
    http::{HeaderValue, StatusCode, header},
    post,
    web::{Data, Form, Json},
};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use super::{APP, CALLBACK, CLIENT_ID, CONSUMER, SSO};
use crate::demo::{
    door::{AfterCode, AfterPassword},
    log::text_of,
    modes::SecondFactor,
    page::{bearer, cookie, html, query, redirect, with_cookie},
    sign_in::Standing,
    site::{Changing, Site},
};

const TICKET_COOKIE: &str = "TGC";
const DEVICE_COOKIE: &str = "MFATRUSTED";
const HALFWAY_COOKIE: &str = "mfa_step";

const LOGIN: &str = include_str!("../pages/hotmart/login.html");
const CODE: &str = include_str!("../pages/hotmart/code.html");
const BLOCKED: &str = include_str!("../pages/hotmart/blocked.html");

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(login_form))
        .at("/login", get(login_form).post(login))
        .at("/logout", get(log_out))
        .at("/oidc/authorize", get(authorize))
        .at("/oidc/accessToken", post(token).options(preflight))
        .at("/oidc/profile", get(profile).options(preflight))
        .at("/oidc/.well-known/openid-configuration", get(discovery))
        .at("/assets/sign_in.css", get(crate::demo::market_app::sign_in_css))
        .at("/assets/cookie_banner.js", get(crate::demo::sso::cookie_banner_js))
}

fn parameters(query: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn secure(name: &str, value: &str, rest: &str) -> String {
    format!("{name}={value}; Path=/; Secure; SameSite=Lax{rest}")
}

/// Back to the application, with a code or an error.
fn back(state: &str, name: &str, value: &str) -> Response {
    let query =
        form_urlencoded::Serializer::new(String::new()).append_pair(name, value).append_pair("state", state).finish();
    redirect(&format!("{CALLBACK}?{query}"))
}

#[handler]
fn authorize(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let asked = parameters(query(request));
    let of = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let is_fine = of("client_id") == CLIENT_ID
        && of("redirect_uri") == CALLBACK
        && of("response_type") == "code"
        && of("code_challenge_method") == "S256"
        && of("code_challenge").len() == 43;
    if !is_fine {
        return error(StatusCode::BAD_REQUEST, "invalid_request", "This request cannot be answered");
    }
    let ticket = cookie(request.headers(), TICKET_COOKIE).unwrap_or_default();
    if site.ticket_standing(ticket) == Standing::Good {
        let Changing { sign_ins, modes, .. } = &mut *site.changing();
        if let Some(code) = sign_ins.code(ticket, of("code_challenge"), CALLBACK, modes) {
            return back(of("state"), "code", &code);
        }
    }
    if of("prompt") == "none" {
        return back(of("state"), "error", "login_required");
    }
    let service = format!("{SSO}/oidc/authorize?{}", query(request));
    let service = form_urlencoded::Serializer::new(String::new()).append_pair("service", &service).finish();
    redirect(&format!("/login?{service}"))
}

/// Where a login leads: to whoever sent the person, or to the buyers' area.
fn service(query: &str) -> String {
    let service = parameters(query).remove("service").filter(|to| to.starts_with(&format!("{SSO}/oidc/")));
    service.unwrap_or_else(|| format!("{CONSUMER}/main"))
}

fn login_page(status: StatusCode, query: &str, (username, message): (&str, &str)) -> Response {
    html(status, LOGIN, &[("query", query), ("username", username), ("message", message)])
}

fn code_page(site: &Site, status: StatusCode, query: &str, message: &str) -> Response {
    let instructions = match site.modes().second_factor {
        SecondFactor::Email => "Enviamos um código de 6 dígitos para",
        _ => "Abra o seu aplicativo autenticador e digite o código de",
    };
    let email = &site.account.email;
    html(status, CODE, &[("query", query), ("instructions", instructions), ("email", email), ("message", message)])
}

fn blocked() -> Response {
    html(StatusCode::FORBIDDEN, BLOCKED, &[])
}

#[handler]
fn login_form(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let query = query(request);
    let ticket = cookie(request.headers(), TICKET_COOKIE).unwrap_or_default();
    if site.ticket_standing(ticket) == Standing::Good {
        return redirect(&service(query));
    }
    let step = cookie(request.headers(), HALFWAY_COOKIE).unwrap_or_default();
    if parameters(query).contains_key("execution") && site.changing().sign_ins.awaits_second_step(step) {
        return code_page(site, StatusCode::OK, query, "");
    }
    login_page(StatusCode::OK, query, ("", ""))
}

/// Either of the two forms.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    username: String,
    password: String,
    token: Option<String>,
}

#[handler]
fn login(Data(site): Data<&Arc<Site>>, request: &Request, Form(given): Form<Given>) -> Response {
    let query = query(request);
    let agent = text_of(request.headers(), header::USER_AGENT);
    if let Some(code) = &given.token {
        let step = cookie(request.headers(), HALFWAY_COOKIE).unwrap_or_default();
        return match site.give_code(step, code, true, &agent) {
            AfterCode::Blocked(_) => blocked(),
            AfterCode::NotAwaited => login_page(StatusCode::OK, query, ("", "")),
            AfterCode::Wrong => code_page(site, StatusCode::UNAUTHORIZED, query, "Código inválido."),
            AfterCode::SignedIn { ticket, device } => {
                let answer = signed_in(site, query, &ticket);
                let answer = with_cookie(answer, &secure(HALFWAY_COOKIE, "", "; HttpOnly; Max-Age=0"));
                let age = format!("; HttpOnly; Max-Age={}", site.modes().device_seconds);
                with_cookie(answer, &secure(DEVICE_COOKIE, &device.unwrap_or_default(), &age))
            }
        };
    }
    let device = cookie(request.headers(), DEVICE_COOKIE).unwrap_or_default();
    match site.give_password((&given.username, &given.password), device, &agent) {
        AfterPassword::Blocked(_) => blocked(),
        AfterPassword::Wrong => {
            let wrong = (given.username.as_str(), "E-mail ou senha incorretos.");
            login_page(StatusCode::UNAUTHORIZED, query, wrong)
        }
        AfterPassword::SignedIn(ticket) => signed_in(site, query, &ticket),
        AfterPassword::CodeAwaited(step) => {
            let answer = redirect(&format!("/login?execution=e1s2&{query}"));
            with_cookie(answer, &secure(HALFWAY_COOKIE, &step, "; HttpOnly; Max-Age=600"))
        }
    }
}

/// The ticket for the SSO, when it ends for every script, and what the app before wants.
fn signed_in(site: &Site, query: &str, ticket: &str) -> Response {
    let ends = site.changing().sign_ins.ticket_ends(ticket).unwrap_or_default();
    let age = ends.saturating_sub(site.now_seconds());
    let everywhere = format!("; Domain=.hotmart.com; Max-Age={age}");
    let answer = with_cookie(redirect(&service(query)), &secure(TICKET_COOKIE, ticket, "; HttpOnly"));
    let answer = with_cookie(answer, &secure("hmSsoExp", &format!("{ends}|{ticket}"), &everywhere));
    with_cookie(answer, &secure("hmVlcIntegration", &site.account.id, &format!("; HttpOnly{everywhere}")))
}

fn for_the_app(mut answer: Response) -> Response {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, APP),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn error(status: StatusCode, error: &str, description: &str) -> Response {
    crate::demo::api::error(status, error, description)
}

#[handler]
fn preflight() -> Response {
    for_the_app(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
struct TokenRequest {
    code: String,
    code_verifier: String,
    redirect_uri: String,
}

#[handler]
fn token(Data(site): Data<&Arc<Site>>, Form(given): Form<TokenRequest>) -> Response {
    let changing = &mut *site.changing();
    let seconds = changing.modes.token_seconds;
    let code = (given.code.as_str(), given.code_verifier.as_str(), given.redirect_uri.as_str());
    for_the_app(match changing.sign_ins.exchange(&site.account, code, (&format!("{SSO}/oidc"), seconds)) {
        Err(why) => error(StatusCode::BAD_REQUEST, "invalid_grant", why),
        Ok(given) => Json(json!({
            "access_token": given.access_token,
            "token_type": "Bearer",
            "scope": "openid profile email",
            "expires_in": seconds,
            "expires_at": given.expires_at,
        }))
        .into_response(),
    })
}

#[handler]
fn profile(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let account = &site.account;
    let is_known = bearer(request.headers()).is_some_and(|shown| site.token_standing(shown) == Standing::Good);
    for_the_app(if is_known {
        Json(json!({ "sub": account.id, "email": account.email, "name": account.name })).into_response()
    } else {
        error(StatusCode::UNAUTHORIZED, "invalid_token", "Expired JWT")
    })
}

#[handler]
fn log_out(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    if let Some(ticket) = cookie(request.headers(), TICKET_COOKIE) {
        site.changing().sign_ins.log_out(ticket);
    }
    with_cookie(redirect("/login"), &secure(TICKET_COOKIE, "", "; HttpOnly; Max-Age=0"))
}

#[handler]
fn discovery() -> Response {
    for_the_app(
        Json(json!({
            "issuer": format!("{SSO}/oidc"),
            "authorization_endpoint": format!("{SSO}/oidc/authorize"),
            "token_endpoint": format!("{SSO}/oidc/accessToken"),
            "userinfo_endpoint": format!("{SSO}/oidc/profile"),
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        }))
        .into_response(),
    )
}
