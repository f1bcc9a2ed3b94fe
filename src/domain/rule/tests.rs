use std::collections::BTreeMap;

use regex::Regex;
use url::Url;

use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn glob(text: &str) -> UrlGlob {
    UrlGlob::parse(text).expect("a glob")
}

fn name(text: &str) -> NameGlob {
    NameGlob::parse(text).expect("a name")
}

fn cookie(name: &str, domain: &str, value: &str) -> Cookie {
    Cookie {
        name: name.into(),
        value: value.into(),
        domain: domain.into(),
        path: "/".into(),
        expires: -1.0,
        http_only: true,
        secure: false,
        same_site: "Lax".into(),
    }
}

fn answer(address: &str, status: u16, body: Option<&str>) -> SeenResponse {
    SeenResponse { url: url(address), method: "GET".into(), status, body: body.map(Into::into) }
}

/// A rule of each value, over an empty observation.
fn rule_of(truth: Truth) -> Rule {
    match truth {
        Truth::True => Rule::Not(Box::new(rule_of(Truth::False))),
        Truth::False => Rule::Any(Vec::new()),
        Truth::Unknown => Rule::Status(vec![200]),
    }
}

#[test]
fn the_connectives_are_kleenes() {
    use Truth::{False as F, True as T, Unknown as U};
    let table = [
        // a, b, a and b, a or b
        (T, T, T, T),
        (T, U, U, T),
        (T, F, F, T),
        (U, T, U, T),
        (U, U, U, U),
        (U, F, F, U),
        (F, T, F, T),
        (F, U, F, U),
        (F, F, F, F),
    ];
    let nothing = Observation::default();
    for (a, b, and, or) in table {
        assert_eq!(Rule::All(vec![rule_of(a), rule_of(b)]).judge(&nothing).truth, and, "{a:?} and {b:?}");
        assert_eq!(Rule::Any(vec![rule_of(a), rule_of(b)]).judge(&nothing).truth, or, "{a:?} or {b:?}");
    }
    for (a, not) in [(T, F), (F, T), (U, U)] {
        assert_eq!(Rule::Not(Box::new(rule_of(a))).judge(&nothing).truth, not, "not {a:?}");
    }
}

#[test]
fn what_was_not_looked_at_is_unknown_for_every_leaf() {
    let storage = StorageRule { key: name("k"), origin: None, json: None };
    let leaves = [
        Rule::Url(glob("https://a.example/**")),
        Rule::Cookie(CookieRule { name: name("c"), domain: None, value: None }),
        Rule::LocalStorage(storage.clone()),
        Rule::SessionStorage(storage),
        Rule::Selector(ElementQuery { css: "form".into(), visible: true }),
        Rule::Text(Regex::new("x").expect("a regex")),
        Rule::Title(Regex::new("x").expect("a regex")),
        Rule::Response(ResponseRule {
            url: glob("https://a.example/**"),
            method: None,
            status: vec![],
            body: None,
            json: None,
        }),
        Rule::Status(vec![200]),
    ];
    for leaf in leaves {
        let judgement = leaf.judge(&Observation::default());
        assert_eq!(judgement.truth, Truth::Unknown, "{leaf:?}");
        assert_eq!(judgement.evidence.len(), 1, "{leaf:?}");
    }
}

#[test]
fn a_cookie_is_found_by_name_domain_and_value_and_its_value_is_never_told() {
    let rule = Rule::Cookie(CookieRule {
        name: name("ticket*"),
        domain: Some(DomainPattern::parse("*.demo.localhost").expect("a domain")),
        value: Some(Regex::new(r"^\d+\|").expect("a regex")),
    });
    let judge = |cookies| rule.judge(&Observation { cookies: Some(cookies), ..Observation::default() });
    assert_eq!(judge(vec![cookie("ticket_1", ".demo.localhost", "17|hush")]).truth, Truth::True);
    assert_eq!(judge(vec![cookie("ticket_1", "evil.test", "17|hush")]).truth, Truth::False);
    let judgement = judge(vec![cookie("ticket_1", "app.demo.localhost", "hush")]);
    assert_eq!(judgement.truth, Truth::False);
    assert!(!format!("{judgement:?}").contains("hush"));
}

#[test]
fn storage_of_a_site_that_is_not_open_is_unknown_and_of_one_in_front_is_known() {
    let rule = Rule::LocalStorage(StorageRule {
        key: name("oidc.user:*"),
        origin: Some("https://app.example".into()),
        json: Some(JsonPath::parse("$.access_token").expect("a path")),
    });
    let judge = |front: &str, value: Option<&str>| {
        let entries = value.map(|value| BTreeMap::from([("oidc.user:x".to_owned(), value.to_owned())]));
        let local_storage = entries.map(|entries| ("https://app.example".to_owned(), entries)).into_iter().collect();
        let seen = Observation { url: Some(url(front)), local_storage: Some(local_storage), ..Observation::default() };
        rule.judge(&seen).truth
    };
    assert_eq!(judge("https://sso.example/login", None), Truth::Unknown);
    assert_eq!(judge("https://app.example/", None), Truth::False);
    assert_eq!(judge("https://app.example/", Some("not json")), Truth::False);
    assert_eq!(judge("https://app.example/", Some(r#"{"access_token":null}"#)), Truth::False);
    assert_eq!(judge("https://sso.example/", Some(r#"{"access_token":"hush"}"#)), Truth::True);
}

#[test]
fn an_answer_is_matched_by_all_that_is_asked_and_an_unkept_body_is_unknown() {
    let rule = ResponseRule {
        url: glob("https://api.example/v*/**"),
        method: Some("GET".into()),
        status: vec![401],
        body: Some(Regex::new("invalid_token").expect("a regex")),
        json: Some(JsonPath::parse("$.error").expect("a path")),
    };
    let address = "https://api.example/v1/products?page=2";
    assert_eq!(rule.matches(&answer(address, 401, Some(r#"{"error":"invalid_token"}"#))), Truth::True);
    assert_eq!(rule.matches(&answer(address, 401, Some(r#"{"error":"other"}"#))), Truth::False);
    assert_eq!(rule.matches(&answer(address, 401, None)), Truth::Unknown);
    assert_eq!(rule.matches(&answer(address, 200, None)), Truth::False);
    assert_eq!(rule.matches(&answer("https://other.example/v1/", 401, None)), Truth::False);
}

#[test]
fn evidence_names_every_leaf_and_turns_under_not() {
    let rule = Rule::All(vec![
        Rule::Url(glob("https://app.example/**")),
        Rule::Not(Box::new(Rule::Url(glob("https://app.example/auth/**")))),
    ]);
    let seen = Observation { url: Some(url("https://app.example/auth/back?code=hush")), ..Observation::default() };
    let judgement = rule.judge(&seen);
    assert_eq!(judgement.truth, Truth::False);
    let told: Vec<_> = judgement.evidence.iter().map(|e| (e.rule.as_str(), e.seen.as_str(), e.value)).collect();
    assert_eq!(
        told,
        [
            ("the page is at https://app.example/**", "the page is at https://app.example/auth/back", Truth::True),
            (
                "not: the page is at https://app.example/auth/**",
                "the page is at https://app.example/auth/back",
                Truth::False
            ),
        ]
    );
}

#[test]
fn needs_name_what_must_be_looked_at_and_no_more() {
    let form = ElementQuery { css: "form".into(), visible: true };
    let rule = Rule::Any(vec![
        Rule::Url(glob("https://a.example/**")),
        Rule::Not(Box::new(Rule::Selector(form.clone()))),
        Rule::All(vec![
            Rule::Title(Regex::new("x").expect("a regex")),
            Rule::Response(ResponseRule {
                url: glob("https://api.example/**"),
                method: None,
                status: vec![],
                body: None,
                json: None,
            }),
        ]),
    ]);
    let needs = rule.needs();
    assert_eq!(needs, Needs { title: true, responses: true, elements: [form].into(), ..Needs::default() });
    let globs: Vec<_> = rule.response_globs().into_iter().map(UrlGlob::as_str).collect();
    assert_eq!(globs, ["https://api.example/**"]);
}

#[test]
fn a_refusal_outweighs_a_logout_and_a_logout_outweighs_a_login() {
    let page = |path: &str| Rule::Url(glob(&format!("https://a.example/{path}")));
    let status = |code: u16| Rule::Status(vec![code]);
    let (logged_in, logged_out, blocked) = (page("**"), page("login"), status(429));
    let of = |seen: &Observation| Sighting::of(seen, Some(&blocked), &logged_out, &logged_in).verdict;
    let judge = |path: &str, status: u16| {
        let seen = Observation {
            url: Some(url(&format!("https://a.example/{path}"))),
            status: Some(status),
            ..Observation::default()
        };
        of(&seen)
    };
    assert_eq!(judge("login", 429), Verdict::Blocked);
    assert_eq!(judge("login", 200), Verdict::LoggedOut);
    assert_eq!(judge("market", 200), Verdict::LoggedIn);
    assert_eq!(of(&Observation::default()), Verdict::Unknown);
}
