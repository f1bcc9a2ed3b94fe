//! The application's own door: its cookie, and what somebody without a good one is shown.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::{
    IntoResponse, Response,
    http::{HeaderMap, StatusCode},
    web::Json,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    accounts::Who,
    modes::{Expiry, LoggedOut, Modes},
    page::{cookie, html, http_only, redirect, with_cookie},
    site::{CLIENT_ID, Changing, Site},
};

/// The application's own cookie.
pub(super) const SESSION_COOKIE: &str = "demo_session";

const LOGGED_OUT: &str = include_str!("pages/logged_out.html");

/// Somebody whose cookie is good; their answer may bring another one.
pub(super) struct Admitted {
    pub who: Who,
    next: Option<String>,
}

impl Admitted {
    /// The answer, with the cookie that they have from now on.
    pub fn take(&self, answer: Response) -> Response {
        match &self.next {
            Some(cookie) => with_cookie(answer, cookie),
            None => answer,
        }
    }
}

/// Whether the application knows who shows these cookies.
pub(super) fn admit(site: &Site, headers: &HeaderMap) -> Option<Admitted> {
    let session = cookie(headers, SESSION_COOKIE)?;
    let Changing { sign_ins, modes, .. } = &mut *site.changing();
    let who = sign_ins.owner_of_session(session, modes)?;
    let kept = if modes.sessions_rotate {
        // None: replaced a moment ago by another request; the browser has the newer one.
        sign_ins.replace_session(session, modes)
    } else {
        (modes.expiry == Expiry::Sliding).then(|| session.to_owned())
    };
    Some(Admitted { who, next: kept.map(|session| session_cookie(&session, modes)) })
}

/// The cookie as it is set.
pub(super) fn session_cookie(session: &str, modes: &Modes) -> String {
    http_only(SESSION_COOKIE, session, Some(modes.session_seconds))
}

/// What somebody is answered who is not signed in; `None`: they are a guest, and are shown a list with nothing in it.
pub(super) fn turn_away(site: &Site, return_to: &str) -> Option<Response> {
    let Modes { logged_out: how, dead_list, .. } = site.modes();
    let path = return_to.split('?').next().unwrap_or_default();
    if let Some(answer) = dead_list.answer(site, path) {
        return Some(answer);
    }
    let asked = Authorization::new(site, return_to);
    let answer = match how {
        LoggedOut::Empty200 => return None,
        LoggedOut::Redirect => redirect(&asked.address(site)),
        LoggedOut::Form200 => {
            let action = format!("{}/login?{}", site.sso(), asked.query);
            html(StatusCode::OK, LOGGED_OUT, &[("action", &action), ("authorize", &asked.address(site))])
        }
        LoggedOut::Json401 => {
            let said = json!({ "error": "invalid_token", "error_description": "Expired JWT" });
            (StatusCode::UNAUTHORIZED, Json(said)).into_response()
        }
    };
    Some(with_cookie(answer, &asked.cookie))
}

/// To the SSO, which may still know the person and sends them back without a question. A site that never shows a form by
/// itself does not let the SSO show one either.
pub(super) fn to_the_sso(site: &Site, return_to: &str) -> Response {
    let mut asked = Authorization::new(site, return_to);
    if matches!(site.modes().logged_out, LoggedOut::Empty200 | LoggedOut::Json401) {
        asked.query.push_str("&prompt=none");
    }
    with_cookie(redirect(&asked.address(site)), &asked.cookie)
}

/// To the SSO, which is to ask who it is, although it may know somebody: whoever is signed in stays so elsewhere.
pub(super) fn to_the_sso_as_another(site: &Site, return_to: &str) -> Response {
    let mut asked = Authorization::new(site, return_to);
    asked.query.push_str("&prompt=login");
    with_cookie(redirect(&asked.address(site)), &asked.cookie)
}

/// An authorization request with its PKCE verifier, which waits in a cookie of its own until the callback.
struct Authorization {
    query: String,
    cookie: String,
}

impl Authorization {
    fn new(site: &Site, return_to: &str) -> Self {
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
            .finish();
        let return_to = URL_SAFE_NO_PAD.encode(return_to);
        let cookie = format!("oidc.{state}={verifier}.{return_to}; Path=/callback; SameSite=Lax; Max-Age=600");
        Self { query, cookie }
    }

    fn address(&self, site: &Site) -> String {
        format!("{}/authorize?{}", site.sso(), self.query)
    }
}
