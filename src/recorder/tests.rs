//! Proposals from recordings written by hand: what each site shows to somebody who is logged in, and to somebody who is not.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::{Value, json};
use url::Url;

use super::{Choices, Nothing, Proposal, Recording, Visit, lists, looked_for, propose};
use crate::{
    domain::{
        Cookie, Exchange,
        rule::{Needs, Observation, SeenResponse, Truth, Verdict},
    },
    providers::{Answer, Provider, Visible, observe},
};

const ALL: Choices = Choices { fetch: true, wide_scope: false, list: 0 };
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlMTIz";
const FORM: &str = "<html><head><title>Sign in</title></head><body><form action='/login'><input name='user'>\
                    <input type='password' name='pin'></form></body></html>";

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn cookie(name: &str, domain: &str) -> Cookie {
    Cookie {
        name: name.into(),
        value: format!("{name}-s3cret-0123456789"),
        domain: domain.into(),
        path: "/".into(),
        expires: -1.0,
        http_only: true,
        secure: true,
        same_site: "Lax".into(),
    }
}

fn exchange(page: &str, method: &str, to: &str, status: u16, body: &Value) -> Exchange {
    Exchange {
        page: url(page),
        kind: "fetch".into(),
        method: method.into(),
        url: url(to),
        headers: BTreeMap::new(),
        sent: None,
        status,
        body: Some(body.to_string().into()),
    }
}

/// A page as it was saved; its elements are those that are in it.
fn visit(at: &str, html: &str) -> Visit {
    let needs = Needs { elements: looked_for(), title: true, ..Needs::default() };
    let answer = Answer { url: url(at), method: "GET".into(), status: 200, body: html.into() };
    let seen = observe(&answer, &needs, Visible::Assumed);
    Visit {
        url: url(at),
        title: seen.title.unwrap_or_default(),
        html: html.into(),
        cookies: Vec::new(),
        local_storage: BTreeMap::new(),
        session_storage: BTreeMap::new(),
        indexed_db: BTreeSet::new(),
        elements: seen.elements,
        exchanges: Vec::new(),
    }
}

fn orders(from: u32) -> Value {
    let row = |n: u32| {
        json!({ "orderId": 5000 + n, "buyer": { "name": format!("Buyer {n}"), "email": format!("b{n}@mail.example") },
            "total": { "amount": 10.5 + f64::from(n), "currency": "EUR" }, "createdAt": "2026-03-01T10:00:00Z", "paid": true, "note": null })
    };
    json!({ "result": { "orders": [row(from), row(from + 1), row(from + 2), row(from + 3)] }, "hints": [{ "a": 1 }, { "a": 2 }] })
}

const LIST: &str = "https://app.shop.example/orders";

/// A single-page application: a token in local storage, JSON from another host, a redirect to its SSO.
fn single_page() -> Recording {
    let mut logged_in = visit(LIST, "<html><body><div id='app'>Orders</div></body></html>");
    logged_in.cookies = vec![cookie("sid", "app.shop.example"), cookie("_ga", ".shop.example")];
    let kept = json!({ "access_token": TOKEN, "expires_in": 300 }).to_string();
    logged_in.local_storage = [("https://app.shop.example".into(), [("oidc.user".into(), kept)].into())].into();
    let me = json!({ "data": { "id": "u-77", "email": "ana@mail.example" } });
    let bearer = |mut one: Exchange| {
        one.headers.insert("authorization".into(), format!("Bearer {TOKEN}"));
        one
    };
    let list = |page: u32| {
        let mut one =
            bearer(exchange(LIST, "POST", "https://api.shop.example/v2/orders/search", 200, &orders(page * 4)));
        one.sent = Some(json!({ "page": page, "rows": 4, "sort": "newest" }).to_string());
        one
    };
    logged_in.exchanges = vec![bearer(exchange(LIST, "GET", "https://api.shop.example/v2/me", 200, &me)), list(1)];
    let mut logged_out = visit("https://sso.shop.example/login?client=1", FORM);
    logged_out.exchanges = vec![exchange(LIST, "GET", "https://api.shop.example/v2/me", 401, &json!({ "error": "x" }))];
    Recording {
        id: "shop".into(),
        start: url("https://app.shop.example/"),
        list: url(LIST),
        person: vec![list(1), list(2)],
        logged_in,
        logged_out,
    }
}

fn parsed(proposal: &Proposal) -> Provider {
    Provider::parse(&proposal.definition.path, &proposal.definition.text)
        .unwrap_or_else(|error| panic!("{error}\n{}", proposal.definition.text))
}

fn proposed(recording: &Recording) -> (Proposal, Provider) {
    let proposal = propose(recording, ALL).expect("a proposal");
    let provider = parsed(&proposal);
    (proposal, provider)
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn the_list_is_the_one_that_somebody_went_through_not_the_menu_beside_it() {
    let menu = |query: &str| {
        let entries: Vec<Value> =
            (0..40).map(|n| json!({ "id": n, "label": format!("Entry {n}"), "href": "/x", "icon": "i" })).collect();
        exchange(LIST, "GET", &format!("https://api.shop.example/v2/menu{query}"), 200, &json!({ "entries": entries }))
    };
    let mut recording = single_page();
    recording.logged_in.exchanges.push(menu(""));
    // It is asked for at each page, and is the same each time.
    recording.person.extend([menu("?seen=1"), menu("?seen=2")]);
    let [first, second] = &lists(&recording)[..] else { panic!("{:?}", lists(&recording)) };
    assert!(first.was_gone_through && first.words.contains("orders/search"), "{first:?}");
    assert!(!second.was_gone_through && second.words.contains("menu"), "{second:?}");
    has(&proposed(&recording).0.definition.text, &["items = \"$.result.orders[*]\""]);
    let menu = propose(&recording, Choices { list: 1, ..ALL }).expect("a proposal");
    has(&menu.definition.text, &["items = \"$.entries[*]\""]);
    // Nobody went to a second page: the richer one is the likelier, and the person is asked.
    recording.person.truncate(1);
    assert!(lists(&recording).iter().all(|list| !list.was_gone_through));
    assert!(lists(&recording)[0].words.contains("menu"));
}

#[test]
fn a_single_page_application_gets_its_rules_its_account_and_both_sources() {
    let recording = single_page();
    let (proposal, provider) = proposed(&recording);
    let text = &proposal.definition.text;
    has(
        text,
        &[
            "cookies = [\"*.shop.example\"]",
            "drop_cookies = [\"_ga*\"]",
            "origins = [\"https://app.shop.example\"]",
            "cookie = { name = \"sid\", domain = \"app.shop.example\" }",
            "local_storage = { key = \"oidc.user\", origin = \"https://app.shop.example\", json = \"$.access_token\" }",
            "logged_in = { response = { url = \"https://api.shop.example/v2/me\", method = \"GET\", status = 200, json = \"$.data.id\" } }",
            "url = \"https://sso.shop.example/login\"",
            "label = \"$.data.email\"",
            "items = \"$.result.orders[*]\"",
            "page = { kind = \"page_param\", field = \"page\", first = 1 }",
            "body = { json = { page = 1, rows = 4, sort = \"newest\" } }",
            "order_id = { type = \"integer\", required = true }",
            "total = { type = \"money\" }",
            "created_at = { type = \"datetime\" }",
            "paid = { type = \"bool\" }",
            "key = [\"order_id\"]",
        ],
    );
    assert!(!text.contains("note ="), "a field that was null everywhere has no type:\n{text}");
    let stream = &provider.streams[0];
    assert_eq!((stream.name.as_str(), stream.sources.len()), ("orders", 2), "{text}");
    has(text, &["page = { kind = \"scroll\", idle = \"3s\" }"]);
    assert!(proposal.open.is_empty(), "{:?}", proposal.open);
}

#[test]
fn nothing_of_the_person_is_in_the_files() {
    let (proposal, _) = proposed(&single_page());
    for file in proposal.fixtures.iter().chain([&proposal.definition]) {
        for gone in ["ana@", "u-77", "Buyer", "b4@mail", "s3cret", TOKEN] {
            assert!(!file.text.contains(gone), "{gone} is in {}:\n{}", file.path, file.text);
        }
    }
    let list = proposal.fixtures.iter().find(|file| file.path.ends_with("list.json")).expect("a fixture");
    let list: Value = serde_json::from_str(&list.text).expect("JSON");
    assert_eq!(list["result"]["orders"].as_array().map(Vec::len), Some(3), "the first few are enough");
    assert_eq!(list["result"]["orders"][0]["total"]["currency"], "EUR");
}

#[test]
fn the_rules_hold_of_the_one_page_and_not_of_the_other() {
    let recording = single_page();
    let (_, provider) = proposed(&recording);
    let out = observe(
        &Answer { url: recording.logged_out.url.clone(), method: "GET".into(), status: 200, body: FORM.into() },
        &provider.probe.needs(),
        Visible::Assumed,
    );
    assert_eq!(provider.probe.judge(&out).verdict, Verdict::LoggedOut);
    assert_ne!(provider.login.logged_in.judge(&out).truth, Truth::True);
}

#[test]
fn a_refusal_alone_is_told_to_be_no_sure_sign_of_a_logout() {
    let mut recording = single_page();
    let nobody = "<title>Orders</title><p>Nothing to see</p>";
    recording.logged_in.title = "Orders".into();
    recording.logged_out = visit(LIST, nobody);
    recording.logged_out.title = "Orders".into();
    for (status, is_told) in [(403, true), (401, false)] {
        recording.logged_out.exchanges =
            vec![exchange(LIST, "GET", "https://api.shop.example/v2/me", status, &json!({ "error": "x" }))];
        let (proposal, _) = proposed(&recording);
        has(&proposal.definition.text, &[&format!("status = {status}")]);
        let told = proposal.open.iter().any(|one| one.contains("a refusal alone"));
        assert_eq!(told, is_told, "{status}: {:?}", proposal.open);
    }
}

#[test]
fn a_token_that_is_nowhere_leaves_the_list_to_the_page() {
    let mut recording = single_page();
    recording.logged_in.local_storage.clear();
    let (proposal, provider) = proposed(&recording);
    assert_eq!(provider.streams[0].sources.len(), 1);
    has(
        &proposal.definition.text,
        &["cannot be asked for without a browser: its bearer token is nowhere", "kind = \"capture\""],
    );
}

#[test]
fn where_asking_over_http_did_not_work_it_is_not_proposed() {
    let proposal = propose(&single_page(), Choices { fetch: false, ..ALL }).expect("a proposal");
    assert!(!proposal.definition.text.contains("kind = \"fetch\""));
    parsed(&proposal);
}

#[test]
fn an_offset_and_a_cursor_are_told_from_a_page() {
    let with = |sent: [Value; 2], next: [&str; 2]| {
        let mut recording = single_page();
        let make = |at: usize| {
            let from = u32::try_from(at).unwrap_or_default() * 4;
            let mut body = orders(from);
            body["next"] = json!(next[at]);
            let mut one = exchange(LIST, "POST", "https://api.shop.example/v2/orders/search", 200, &body);
            one.sent = Some(sent[at].to_string());
            one
        };
        recording.person = vec![make(0), make(1)];
        recording.logged_in.exchanges[1] = make(0);
        let (proposal, _) = proposed(&recording);
        proposal.definition.text
    };
    let offset = with([json!({ "skip": 0, "limit": 4 }), json!({ "skip": 4, "limit": 4 })], ["", ""]);
    has(&offset, &["page = { kind = \"offset\", field = \"skip\", size = 4 }"]);
    let cursor = with([json!({ "limit": 4 }), json!({ "limit": 4, "after": "c-9" })], ["c-9", "c-17"]);
    has(&cursor, &["page = { kind = \"cursor\", field = \"after\", path = \"$.next\" }"]);
    let nested = with([json!({ "paging": { "page": 0 } }), json!({ "paging": { "page": 1 } })], ["", ""]);
    has(&nested, &["page = { kind = \"page_param\", field = \"paging.page\", first = 0 }"]);
}

fn rows(count: usize) -> String {
    let row = |n: usize| {
        format!(
            "<li class='order' data-number='A{n}7'><a class='title' href='/orders/{n}'>Order of Ana {n}</a> \
             <b class='price'>R$ 1.2{n}4,50</b></li>"
        )
    };
    (0..count).map(row).collect::<Vec<_>>().concat()
}

/// A server that sends whole pages: the same address shows its form with 200, and there is no JSON.
fn server_rendered() -> Recording {
    let at = "https://intranet.club.example/orders";
    let html = format!(
        "<html><head><title>Ana's orders</title></head><body><nav><a href='/logout?t=1'>Log out</a></nav><ul>{}</ul><a rel='next' href='/orders?page=2'>Next</a></body></html>",
        rows(4)
    );
    let mut logged_in = visit(at, &html);
    logged_in.cookies = vec![cookie("PHPSESSID", "intranet.club.example")];
    let mut document = exchange(at, "GET", at, 200, &Value::Null);
    (document.kind, document.body) = ("document".into(), Some(html.as_str().into()));
    logged_in.exchanges = vec![document];
    let mut logged_out = visit(at, FORM);
    // The server gives everybody a session.
    logged_out.cookies = vec![cookie("PHPSESSID", "intranet.club.example")];
    Recording { id: "club".into(), start: url(at), list: url(at), person: Vec::new(), logged_in, logged_out }
}

#[test]
fn a_page_without_json_gets_its_repeated_elements_and_the_marks_on_it() {
    let (proposal, provider) = proposed(&server_rendered());
    let text = &proposal.definition.text;
    has(
        text,
        &[
            "logged_in = { selector = { css = \"a[href*=logout i]\" } }",
            "selector = { css = \"input[type=password]\", visible = true }",
            "not = { selector = { css = \"input[type=password]\", visible = true } }",
            "items = \"li.order\"",
            "page = { kind = \"next_link\", css = \"a[rel=next]\" }",
            "key = [\"number\"]",
            "number = { attr = \"data-number\" }",
            "price = { css = \"b.price\", pipe = [\"collapse\", { locale = \"pt-BR\" }] }",
            "url = { css = \"a.title\", attr = \"href\", pipe = [\"absolute\"] }",
        ],
    );
    assert!(!text.contains("cookie = {"), "a cookie that everybody gets is no mark:\n{text}");
    assert_eq!(provider.streams[0].sources.len(), 2, "as the server sends it, and as it is drawn");
    let page = proposal.fixtures.iter().find(|file| file.path.ends_with("list.html")).expect("a fixture");
    assert!(!page.text.contains("Ana") && page.text.contains("/logout"), "{}", page.text);
}

#[test]
fn what_is_a_key_on_one_page_alone_is_none() {
    let mut recording = server_rendered();
    // Their numbers begin anew on each page; their links do not.
    let second = recording.logged_in.html.replace("/orders/", "/orders/9");
    let mut page = exchange(
        "https://intranet.club.example/orders",
        "GET",
        "https://intranet.club.example/orders?page=2",
        200,
        &Value::Null,
    );
    (page.kind, page.body) = ("document".into(), Some(second.as_str().into()));
    recording.person = vec![page];
    has(&proposed(&recording).0.definition.text, &["key = [\"url\"]"]);
}

/// One address answers everything with 200, and nothing says whose account it is.
fn one_address(nobody: &Value) -> Recording {
    let mut recording = single_page();
    let at = "https://api.shop.example/graphql";
    let list = exchange(LIST, "POST", at, 200, &orders(4));
    recording.person = vec![list.clone()];
    recording.logged_in.exchanges = vec![exchange(LIST, "POST", at, 200, &json!({ "data": { "menu": 1 } })), list];
    recording.logged_out.exchanges = vec![exchange(LIST, "POST", at, 200, nobody)];
    recording
}

#[test]
fn an_address_that_answers_anybody_is_judged_by_the_list_in_its_answer() {
    let rule = "url = \"https://api.shop.example/graphql\", method = \"POST\", status = 200";
    let (proposal, provider) = proposed(&one_address(&json!({ "code": "NOT_LOGIN" })));
    has(
        &proposal.definition.text,
        &[
            &format!("logged_in = {{ response = {{ {rule}, json = \"$.result.orders\" }} }}"),
            &format!("match = {{ {rule}, json = \"$.result.orders\" }}"),
        ],
    );
    let seen = |body: Value| Observation {
        responses: Some(vec![Arc::new(SeenResponse {
            url: url("https://api.shop.example/graphql"),
            method: "POST".into(),
            status: 200,
            body: Some(body.to_string()),
        })]),
        ..Observation::default()
    };
    let truth = |body: Value| provider.probe.logged_in.judge(&seen(body)).truth;
    assert_eq!(truth(json!({ "result": { "orders": [] } })), Truth::True, "no records are no logout");
    assert_eq!(truth(json!({ "code": "NOT_LOGIN" })), Truth::False);
}

#[test]
fn where_nobody_gets_an_empty_list_there_has_to_be_something_in_it() {
    let (proposal, _) = proposed(&one_address(&json!({ "result": { "orders": [] } })));
    has(&proposal.definition.text, &["status = 200, json = \"$.result.orders[0]\" } }"]);
}

#[test]
fn a_list_that_is_the_whole_answer_is_told_from_an_object() {
    let mut recording = one_address(&json!({ "code": "NOT_LOGIN" }));
    let list = orders(4)["result"]["orders"].to_string();
    recording.person[0].body = Some(list.as_str().into());
    recording.logged_in.exchanges[1].body = Some(list.as_str().into());
    let (proposal, _) = proposed(&recording);
    has(&proposal.definition.text, &["status = 200, body = '^\\s*\\[' } }", "items = \"$[*]\""]);
}

#[test]
fn a_cookie_that_is_no_sessions_is_no_mark() {
    let with = |cookies: Vec<Cookie>| {
        let mut recording = single_page();
        recording.logged_in.cookies = cookies;
        proposed(&recording).0.definition.text
    };
    let readable = |name: &str| Cookie { http_only: false, ..cookie(name, "app.shop.example") };
    let hidden = |name: &str| cookie(name, "app.shop.example");
    let none =
        with(vec![readable("OptanonAlertBoxClosed"), hidden("CookieConsent"), hidden("__cf_bm"), readable("theme")]);
    assert!(!none.contains("cookie = {"), "{none}");
    has(
        &with(vec![hidden("cf_clearance"), readable("shop_session")]),
        &["cookie = { name = \"shop_session\", domain = \"app.shop.example\" }"],
    );
}

#[test]
fn a_login_may_go_through_hosts_at_any_depth() {
    let mut recording = single_page();
    recording.start = url("https://app.eu.shop.example/");
    let (proposal, _) = proposed(&recording);
    has(&proposal.definition.text, &["navigate = [\"https://**.shop.example/**\"]"]);
}

#[test]
fn a_request_that_names_the_account_is_left_to_the_page() {
    let with = |address: &str, sent: Value, id: Value| {
        let mut recording = single_page();
        let me = json!({ "data": { "id": id, "email": "ana@mail.example" } });
        recording.logged_in.exchanges[0].body = Some(me.to_string().into());
        let asked = recording.person.iter_mut().chain([&mut recording.logged_in.exchanges[1]]);
        asked.for_each(|one| (one.url, one.sent) = (url(address), Some(sent.to_string())));
        proposed(&recording).0
    };
    let search = "https://api.shop.example/v2/orders/search";
    for named in [
        with("https://api.shop.example/accounts/88123456/orders", json!({ "rows": 4 }), json!(88_123_456)),
        with("https://api.shop.example/orders?of=ana%40mail.example", json!({ "rows": 4 }), json!(1)),
        with(search, json!({ "account": 4711 }), json!("4711")),
    ] {
        assert!(!named.definition.text.contains("kind = \"fetch\""), "{}", named.definition.text);
        assert!(named.open.iter().any(|one| one.contains("names the account")), "{:?}", named.open);
        for gone in ["88123456", "ana@mail", "4711"] {
            assert!(!named.definition.text.contains(gone), "{}", named.definition.text);
        }
    }
    has(&with(search, json!({ "rows": 4 }), json!(4)).definition.text, &["kind = \"fetch\""]);
}

#[test]
fn what_is_called_by_somebodys_address_or_number_is_no_field() {
    let mut recording = single_page();
    let mut body = orders(4);
    for row in body["result"]["orders"].as_array_mut().into_iter().flatten() {
        row["by"] = json!({ "ana@mail.example": 1, "88123456": 2 });
    }
    recording.person.clear();
    recording.logged_in.exchanges[1].body = Some(body.to_string().into());
    let (proposal, _) = proposed(&recording);
    for file in proposal.fixtures.iter().chain([&proposal.definition]) {
        assert!(!file.text.contains("88123456") && !proposal.replaced.is_in(&file.text), "{}", file.text);
    }
    assert!(proposal.replaced.is_in("ana@mail.example"));
}

#[test]
fn a_class_with_a_number_that_nobody_chose_selects_nothing() {
    let mut recording = server_rendered();
    let numbered = |html: &str| html.replace("class='order'", "class='order of-77123'");
    recording.logged_in.html = numbered(&recording.logged_in.html);
    let body = recording.logged_in.exchanges[0].body.take().unwrap_or_default();
    recording.logged_in.exchanges[0].body = Some(numbered(&body).into());
    let (proposal, _) = proposed(&recording);
    has(&proposal.definition.text, &["items = \"li.order\""]);
    for file in proposal.fixtures.iter().chain([&proposal.definition]) {
        assert!(!file.text.contains("77123"), "{}", file.text);
    }
}

#[test]
fn somebody_who_is_not_logged_in_gets_no_proposal() {
    let mut recording = single_page();
    recording.logged_in = Visit { exchanges: recording.logged_in.exchanges, ..visit(LIST, FORM) };
    recording.logged_in.exchanges.remove(0);
    recording.logged_out = recording.logged_in.clone();
    assert_eq!(propose(&recording, ALL).expect_err("nothing"), Nothing::NoMark("app.shop.example".into()));
}

#[test]
fn a_page_without_a_list_gets_no_proposal() {
    let mut recording = single_page();
    recording.logged_in.exchanges.truncate(1);
    assert!(matches!(propose(&recording, ALL), Err(Nothing::NoList(_))));
}

#[test]
fn sites_and_names_come_from_the_address() {
    for (address, id) in [
        ("https://app.shop.example/x", "shop"),
        ("https://www.shop.co.uk/", "shop"),
        ("http://127.0.0.1:8080/", "site"),
        ("https://4u.example/", "site-4u"),
    ] {
        assert_eq!(super::id_of(&url(address)), id, "{address}");
        crate::domain::ProviderId::parse(super::id_of(&url(address))).expect("an id");
    }
}
