//! `<community>.forum.localhost`: pages written by the server, and a link to the next one.

use std::{fmt::Write, sync::Arc};

use poem::{
    IntoEndpoint, Request, Response, Route, get, handler,
    http::{HeaderMap, StatusCode, header},
    web::{Data, Form, Query},
};
use serde::Deserialize;

use super::{LogIn, day, log_in_form, written};
use crate::demo::{
    accounts::Who,
    log::text_of,
    page::{cookie, escape, http_only, no_cookie, redirect, with_cookie},
    site::Site,
};

const COOKIE: &str = "forum_session";
/// Two days.
const LIVES: u64 = 172_800;
const TOPICS: usize = 43;
const ON_A_PAGE: usize = 10;
const SUBJECTS: [&str; 9] = [
    "Rules of this board",
    "Which bike lock holds?",
    "Selling two tickets",
    "The bakery <is> open again",
    "Lost: a grey cat & its bell",
    "Who fixes accordions?",
    "Summer fair: helpers wanted",
    "A quiet place to read",
    "Bus 12 goes another way",
];
const AUTHORS: [&str; 4] = ["marta", "jo", "Ünal", "pim"];

pub(super) fn routes() -> impl IntoEndpoint {
    Route::new()
        .at("/", get(home))
        .at("/topics", get(topics))
        .at("/welcome", get(topics))
        .at("/log-in", get(form).post(log_in))
        .at("/log-out", get(log_out))
}

/// `north` of `north.forum.localhost:4381`.
fn community(headers: &HeaderMap) -> String {
    text_of(headers, header::HOST).split('.').next().unwrap_or_default().to_ascii_lowercase()
}

fn reader(site: &Site, headers: &HeaderMap) -> Option<Who> {
    let session = cookie(headers, COOKIE)?;
    let changing = site.changing();
    let (at, who) = changing.neighbours.forum.get(session)?;
    (*at == community(headers)).then_some(*who)
}

#[handler]
fn home() -> Response {
    redirect("/topics")
}

#[handler]
fn form() -> Response {
    log_in_form(StatusCode::OK, "Demo Forum")
}

#[handler]
fn log_in(Data(site): Data<&Arc<Site>>, request: &Request, Form(given): Form<LogIn>) -> Response {
    let Some(who) = given.who(site) else { return log_in_form(StatusCode::UNAUTHORIZED, "Demo Forum") };
    let changing = &mut *site.changing();
    let session = changing.sign_ins.secret("dfs_");
    changing.neighbours.forum.insert(session.clone(), (community(request.headers()), who));
    with_cookie(redirect("/welcome"), &http_only(COOKIE, &session, Some(LIVES)))
}

#[handler]
fn log_out(Data(site): Data<&Arc<Site>>, request: &Request) -> Response {
    if let Some(session) = cookie(request.headers(), COOKIE) {
        site.changing().neighbours.forum.remove(session);
    }
    with_cookie(redirect("/log-in"), &no_cookie(COOKIE))
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    page: Option<usize>,
}

#[handler]
fn topics(Data(site): Data<&Arc<Site>>, request: &Request, Query(wish): Query<Wish>) -> Response {
    // With 200: nothing but the page itself says that nobody is logged in.
    let Some(who) = reader(site, request.headers()) else { return log_in_form(StatusCode::OK, "Demo Forum") };
    let community = community(request.headers());
    let page = wish.page.unwrap_or(1).max(1);
    let name = escape(&site.account(who).name);
    let mut part = format!("<nav><span class=\"account-name\">{name}</span> <a href=\"/log-out\">Log out</a></nav>");
    let _ = write!(part, "<h1>{}</h1><ul class=\"topics\">", escape(&community));
    for number in (1..=TOPICS).skip((page - 1) * ON_A_PAGE).take(ON_A_PAGE) {
        let title = escape(SUBJECTS[number % SUBJECTS.len()]);
        let (author, replies) = (escape(AUTHORS[number % AUTHORS.len()]), number * 7 % 50);
        let id = format!("{community}-{number}");
        let _ = write!(
            part,
            "<li class=\"topic\" data-id=\"{id}\"><a class=\"subject\" href=\"/topics/{id}\">{title} ({number})</a> \
             by <span class=\"author\">{author}</span>, <span class=\"replies\">{replies} replies</span>, \
             <time datetime=\"{}T09:30:00Z\">lately</time></li>",
            day(number)
        );
    }
    part.push_str("</ul>");
    if page * ON_A_PAGE < TOPICS {
        let _ = write!(part, "<a rel=\"next\" href=\"/topics?page={}\">Older topics</a>", page + 1);
    }
    written(StatusCode::OK, "Demo Forum", &part)
}
