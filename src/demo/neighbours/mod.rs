//! Other sites at the marketplace's port, each of another kind: a forum whose pages the server writes, at an address for each
//! community; a ledger that is one page and a token; points behind a cookie that is another one after each request.

mod forum;
mod ledger;
mod points;

use std::collections::HashMap;

use poem::{
    EndpointExt, IntoEndpoint, Response,
    endpoint::BoxEndpoint,
    http::{StatusCode, header},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{accounts::Who, page, refusals::Kind, site::Site};

/// What the log-in forms send.
#[derive(Deserialize)]
struct LogIn {
    username: String,
    password: String,
}

impl LogIn {
    fn who(&self, site: &Site) -> Option<Who> {
        site.accounts.named(&self.username).filter(|who| site.account(*who).password == self.password)
    }
}

/// Who is logged in at these sites.
#[derive(Default)]
pub(in crate::demo) struct Neighbours {
    /// The forum's cookies: at which community, and who.
    forum: HashMap<String, (String, Who)>,
    /// The ledger's tokens.
    tokens: HashMap<String, Who>,
    points: points::Sessions,
}

impl Neighbours {
    /// Nobody is logged in any more.
    pub fn end_all(&mut self) {
        let reused = self.points.reused();
        *self = Self { points: points::Sessions::with_reused(reused), ..Self::default() };
    }

    /// How many are alive, and how many of the points' were ended because an old cookie was shown.
    pub fn counts(&self) -> Value {
        json!({
            "forum": self.forum.len(), "ledger": self.tokens.len(), "points": self.points.len(),
            "pointsEndedByReuse": self.points.reused(),
        })
    }
}

/// By host name; `*.` stands for one label.
pub(in crate::demo) fn hosts() -> Vec<(&'static str, Kind, BoxEndpoint<'static>)> {
    vec![
        ("*.forum.localhost", Kind::Neighbour, forum::routes().into_endpoint().map_to_response().boxed()),
        ("ledger.localhost", Kind::Neighbour, ledger::routes().into_endpoint().map_to_response().boxed()),
        ("points.localhost", Kind::Neighbour, points::routes().into_endpoint().map_to_response().boxed()),
    ]
}

/// A page around a part that is HTML already.
fn written(status: StatusCode, title: &str, part: &str) -> Response {
    const PAGE: &str = include_str!("../pages/neighbours/page.html");
    page::html_around(status, PAGE, &[("title", title)], &[("part", part)])
}

fn log_in_form(status: StatusCode, title: &str) -> Response {
    const FORM: &str = include_str!("../pages/neighbours/log-in.html");
    let wrong =
        if status == StatusCode::OK { "" } else { "<p class=\"wrong\" role=\"alert\">Wrong e-mail or password.</p>" };
    written(status, title, &FORM.replace("{{wrong}}", wrong))
}

fn said(status: StatusCode, value: &Value) -> Response {
    Response::builder()
        .status(status)
        .content_type("application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(value.to_string())
}

fn nobody() -> Response {
    said(StatusCode::UNAUTHORIZED, &json!({ "error": "not_logged_in" }))
}

/// A day of 2026, so many days after its first.
fn day(number: usize) -> String {
    let (month, day) = (number / 28 % 12 + 1, number % 28 + 1);
    format!("2026-{month:02}-{day:02}")
}
