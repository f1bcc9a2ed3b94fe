//! `points.localhost`: its cookie is another one after each request, and whoever shows an old one ends the login.

use std::{collections::HashMap, fmt::Write, sync::Arc};

use poem::{
    IntoEndpoint, Request, Response, Route, get, handler,
    http::{HeaderMap, StatusCode},
    web::{Data, Form, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{LogIn, day, log_in_form, nobody, said, written};
use crate::demo::{
    accounts::Who,
    page::{cookie, escape, http_only, no_cookie, redirect, with_cookie},
    site::Site,
};

const COOKIE: &str = "points_session";
/// Two days.
const LIVES: u64 = 172_800;
const MOVEMENTS: usize = 36;
const ON_A_PAGE: usize = 12;
const TEXTS: [&str; 4] = ["Groceries", "Flight to Recife", "Bonus", "Points used"];

/// Who is logged in. Of each login one cookie works.
#[derive(Default)]
pub(super) struct Sessions {
    working: HashMap<String, u64>,
    /// Those that were replaced.
    spent: HashMap<String, u64>,
    logins: HashMap<u64, Who>,
    made: u64,
    reused: u64,
}

impl Sessions {
    pub fn with_reused(reused: u64) -> Self {
        Self { reused, ..Self::default() }
    }

    pub fn len(&self) -> usize {
        self.logins.len()
    }

    pub fn reused(&self) -> u64 {
        self.reused
    }

    fn begin(&mut self, who: Who, session: String) {
        self.made += 1;
        self.logins.insert(self.made, who);
        self.working.insert(session, self.made);
    }

    fn end(&mut self, login: u64) {
        self.logins.remove(&login);
        self.working.retain(|_, of| *of != login);
    }

    /// Takes a cookie for its last time; from now on `next` works.
    fn turn(&mut self, session: &str, next: &str) -> Option<Who> {
        if let Some(login) = self.working.remove(session) {
            self.spent.insert(session.to_owned(), login);
            self.working.insert(next.to_owned(), login);
            return self.logins.get(&login).copied();
        }
        // Two have it: nobody knows which of them is the thief.
        if let Some(login) = self.spent.get(session).copied()
            && self.logins.contains_key(&login)
        {
            self.reused += 1;
            self.end(login);
        }
        None
    }
}

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(to_the_account))
        .at("/account", get(overview))
        .at("/log-in", get(form).post(log_in))
        .at("/log-out", get(log_out))
        .at("/api/me", get(me))
        .at("/api/statement", get(statement))
}

/// Who asks, and the cookie that they have from now on.
fn member(site: &Site, headers: &HeaderMap) -> Option<(Who, String)> {
    let session = cookie(headers, COOKIE)?;
    let changing = &mut *site.changing();
    let next = changing.sign_ins.secret("dps_");
    let who = changing.neighbours.points.turn(session, &next)?;
    Some((who, http_only(COOKIE, &next, Some(LIVES))))
}

#[handler]
fn form() -> Response {
    log_in_form(StatusCode::OK, "Demo Points")
}

#[handler]
fn log_in(Data(site): Data<&Arc<Site>>, Form(given): Form<LogIn>) -> Response {
    let Some(who) = given.who(site) else { return log_in_form(StatusCode::UNAUTHORIZED, "Demo Points") };
    let changing = &mut *site.changing();
    let session = changing.sign_ins.secret("dps_");
    changing.neighbours.points.begin(who, session.clone());
    with_cookie(redirect("/account"), &http_only(COOKIE, &session, Some(LIVES)))
}

#[handler]
fn log_out(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    if let Some(session) = cookie(request.headers(), COOKIE) {
        let sessions = &mut site.changing().neighbours.points;
        if let Some(login) = sessions.working.get(session).copied() {
            sessions.end(login);
        }
    }
    with_cookie(redirect("/log-in"), &no_cookie(COOKIE))
}

#[handler]
fn to_the_account() -> Response {
    redirect("/account")
}

#[handler]
fn overview(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let Some((who, next)) = member(site, request.headers()) else { return redirect("/log-in") };
    let name = escape(&site.account(who).name);
    let mut part = format!(
        "<nav><span class=\"account-name\">{name}</span> <a href=\"/log-out\">Log out</a></nav><h1>Points</h1><ul>"
    );
    for number in 0..ON_A_PAGE {
        let _ = write!(part, "<li>{} {}</li>", day(number), escape(TEXTS[number % TEXTS.len()]));
    }
    part.push_str("</ul>");
    with_cookie(written(StatusCode::OK, "Demo Points", &part), &next)
}

#[handler]
fn me(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    let Some((who, next)) = member(site, request.headers()) else { return nobody() };
    let account = site.account(who);
    let answer = said(StatusCode::OK, &json!({ "member": account.id, "email": account.email }));
    with_cookie(answer, &next)
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    after: Option<usize>,
}

#[handler]
fn statement(Data(site): Data<&Arc<Site>>, request: &Request, Query(wish): Query<Wish>) -> Response {
    let Some((_, next)) = member(site, request.headers()) else { return nobody() };
    let from = wish.after.map_or(0, |after| after + 1);
    let movements: Vec<Value> = (0..MOVEMENTS).skip(from).take(ON_A_PAGE).map(movement).collect();
    let last = from + movements.len();
    let further = if last < MOVEMENTS && last > from { json!(last - 1) } else { Value::Null };
    with_cookie(said(StatusCode::OK, &json!({ "movements": movements, "after": further })), &next)
}

fn movement(number: usize) -> Value {
    let points = i64::try_from(number * 97 % 2_000).unwrap_or_default();
    let points = if number % TEXTS.len() == 3 { -points } else { points };
    json!({ "number": number, "date": day(number), "text": TEXTS[number % TEXTS.len()], "points": points })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_cookie_ends_the_login() {
        let mut sessions = Sessions::default();
        sessions.begin(Who::Ana, "a".into());
        sessions.begin(Who::Ben, "x".into());
        assert_eq!(sessions.turn("a", "b"), Some(Who::Ana));
        assert_eq!(sessions.turn("b", "c"), Some(Who::Ana));
        assert_eq!((sessions.turn("a", "d"), sessions.reused()), (None, 1));
        assert_eq!(sessions.turn("c", "e"), None, "the newest one, too");
        assert_eq!((sessions.turn("b", "f"), sessions.reused()), (None, 1), "it was ended before");
        assert_eq!(sessions.turn("x", "y"), Some(Who::Ben), "somebody else's goes on");
    }
}
