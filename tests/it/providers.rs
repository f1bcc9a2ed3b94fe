//! Definition files: those that come with the program load; one with a mistake is refused with place and cure.

use std::{collections::BTreeMap, fs, time::Duration};

use staylogged::{
    domain::{Cookie, OriginState, ProviderId, StorageState, rule::Verdict, session::StorageEntry},
    providers::{Answer, Folder, Provider, Providers, SourceKind, Visible, observe},
};
use tokio_util::sync::CancellationToken;

use crate::support::replacing::Replacing;

fn id(text: &str) -> ProviderId {
    ProviderId::parse(text).expect("an id")
}

const GOOD: &str = include_str!("../../providers/demo-market.toml");
const TRUST: &str = "trust           = { cookies = [\"sso_device\"] }";

/// Saves the demo's definition with one text in it replaced, and loads it from its folder.
fn refusal(from: &str, to: &str) -> (String, usize) {
    let at = GOOD.find(from).unwrap_or_else(|| panic!("{from:?} is not in the definition"));
    let line = GOOD[..at].matches('\n').count() + 1;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("demo-market.toml"), GOOD.replaced_once(from, to)).expect("written");
    let error = Providers::load_dir(folder.path()).expect_err(to);
    (error.to_string(), line)
}

#[test]
fn the_definitions_that_come_with_the_program_load() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Provider>();
    let providers = Providers::embedded().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(providers.ids(), ["demo-market", "hotmart"]);
    let market = providers.get(&id("demo-market")).expect("the market");
    assert_eq!(market.streams.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["products", "products_scroll"]);
    let fields: Vec<_> = market.streams[0].fields.iter().map(|f| (f.name.as_str(), f.kind.as_str())).collect();
    assert_eq!(&fields[..3], [("ucode", "string"), ("id", "integer"), ("name", "string")]);
    assert_eq!(market.version.len(), 12);
}

#[test]
fn each_mistake_is_shown_with_its_line_and_its_cure() {
    for (from, to, cure) in [
        ("timeout = \"15m\"", "timeout = \"15 minutes\"", "\"15m\""),
        ("timeout = \"15m\"", "time_out = \"15m\"", "nothing in a definition is ignored"),
        ("cookie = {", "cokie = {", "nothing in a definition is ignored"),
        ("session_storage = false", "session_storage = \"no\"", "write true or false, without quotes"),
        (
            "id       = \"demo-market\"",
            "id       = \"market\"",
            "write id = \"demo-market\", or name the file market.toml",
        ),
        (
            "\"http://sso.demo.localhost:4381/login*\"",
            "\"sso.demo.localhost/login*\"",
            "https://sso.demo.localhost/login*",
        ),
        (
            "origins         = [\"http://app.demo.localhost:4381\"]",
            "origins         = [\"http://app.demo.localhost:4381/market\"]",
            "write scheme, host and port alone: \"http://app.demo.localhost:4381\"",
        ),
        (
            "{ origin = \"http://app.demo.localhost:4381\", key",
            "{ origin = \"http://other.localhost\", key",
            "add \"http://other.localhost\" to origins in [scope]",
        ),
        ("css = \"form input[name=password]\"", "css = \"form >> input\"", "document.querySelectorAll"),
        ("json = \"$.id\"", "json = \"id\"", "beginning with $"),
        ("'(\\d+)\\s*°'", "'(\\d+\\s*°'", "regular expression"),
        ("status = [429, 503]", "status = [429, 5003]", "from 100 to 599"),
        ("key    = [\"ucode\"]", "key    = [\"code\"]", "or write one of: ucode, id, name"),
        ("key    = [\"ucode\"]", "key    = [\"rating\"]", "required = true"),
        ("&productUcode={ucode}", "&productUcode={code}", "or write one of: ucode"),
        ("kind  = \"capture\"", "kind  = \"captured\"", "nothing in a definition is ignored"),
        ("max_pages    = 50", "max_pages    = 0", "such as 50"),
        ("format   = 1", "format   = 2", "write format = 1"),
        (
            "cookies         = [\"*.demo.localhost\"]",
            "cookies         = [\"http://demo.localhost\"]",
            "\"*.example.com\" for it and all below",
        ),
        ("BRL = \"pt-BR\"", "BRL = \"xx-YY\"", "\"pt-BR\""),
    ] {
        let (report, line) = refusal(from, to);
        assert!(report.contains("demo-market.toml"), "{to}: no file in\n{report}");
        assert!(report.contains(&format!("demo-market.toml:{line}:")), "{to}: not line {line} in\n{report}");
        assert!(report.contains("╰── here"), "{to}: no caret in\n{report}");
        assert!(report.contains("help:"), "{to}: no cure in\n{report}");
        let flowing = report.split_whitespace().collect::<Vec<_>>().join(" ").replace(" │ ", " ");
        assert!(flowing.contains(cure), "{to}: not the cure {cure:?} in\n{report}");
    }
}

#[test]
fn a_missing_part_is_named() {
    let (report, _) = refusal("homepage = \"http://app.demo.localhost:4381/\"", "");
    assert!(report.contains("missing field `homepage`"), "{report}");
    let (report, _) =
        refusal("url                = { css = \"a.product-link\", attr = \"href\", pipe = [\"absolute\"] }", "");
    assert!(report.contains("does not say where the required field \"url\" is"), "{report}");
}

#[test]
fn all_mistakes_of_meaning_are_shown_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = GOOD.replaced_once("settle  = \"1s\"", "settle  = \"soon\"").replaced_once("$.email", "email");
    fs::write(folder.path().join("demo-market.toml"), text).expect("written");
    let report = Providers::load_dir(folder.path()).expect_err("two mistakes").to_string();
    assert!(report.contains("has 2 mistakes"), "{report}");
    assert!(
        report.contains("\"soon\" is no duration") && report.contains("the JSONPath \"email\" does not parse"),
        "{report}"
    );
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Providers::embedded().expect("embedded").with_dir("/nowhere/at/all".as_ref()).expect_err("no folder");
    assert!(error.to_string().contains("/nowhere/at/all") && error.to_string().contains("PROVIDERS_DIR"), "{error}");
}

#[test]
fn the_demo_market_may_be_at_another_port() {
    let providers = Providers::embedded().expect("embedded");
    let before = providers.get(&id("demo-market")).expect("the market").version.clone();
    let market = providers.with_port_override("demo-market", 4381, 5999).get(&id("demo-market")).expect("the market");
    assert_eq!(market.login.start.as_str(), "http://app.demo.localhost:5999/market");
    assert_eq!(market.scope.origins, ["http://app.demo.localhost:5999"]);
    assert_ne!(market.version, before);
}

fn cookie(name: &str, domain: &str) -> Cookie {
    Cookie {
        name: name.into(),
        value: "x".into(),
        domain: domain.into(),
        path: "/".into(),
        expires: -1.0,
        http_only: false,
        secure: false,
        same_site: "Lax".into(),
    }
}

#[test]
fn only_what_is_in_scope_is_kept_of_a_browsers_state_and_a_login_begins_with_trust_alone() {
    let origin = |origin: &str| OriginState {
        origin: origin.into(),
        local_storage: vec![StorageEntry { name: "k".into(), value: "v".into() }],
        session_storage: vec![StorageEntry { name: "s".into(), value: "v".into() }],
        indexed_db: vec![serde_json::json!({})],
    };
    let state = StorageState {
        cookies: vec![
            cookie("TGC", "sso.demo.localhost"),
            cookie("demo_session", "app.demo.localhost"),
            cookie("sso_device", "sso.demo.localhost"),
            cookie("_ga", ".demo.localhost"),
            cookie("idp", "accounts.idp.localhost"),
        ],
        origins: vec![origin("http://app.demo.localhost:4381"), origin("http://elsewhere.localhost:4381")],
    };
    let market = Providers::embedded().expect("embedded").get(&id("demo-market")).expect("the market");
    let kept = market.keep(state);
    assert_eq!(kept.cookies.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["TGC", "demo_session", "sso_device"]);
    assert_eq!(kept.origins.len(), 1);
    assert_eq!(kept.origins[0].local_storage.len(), 1);
    assert!(kept.origins[0].session_storage.is_empty());
    assert_eq!(kept.origins[0].indexed_db.len(), 1);

    let trusted = market.device_trust(kept.clone());
    assert_eq!(trusted.cookies.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["sso_device"]);
    assert_eq!(trusted.origins, []);
    // A definition that names nothing begins with nothing, and one that names a key of a storage with that.
    for (trust, keys) in [("", 0), ("trust = { local_storage = [\"k*\"] }", 1)] {
        let (folder, text) = (tempfile::tempdir().expect("a folder"), GOOD.replaced_once(TRUST, trust));
        fs::write(folder.path().join("demo-market.toml"), text).expect("written");
        let providers = Providers::load_dir(folder.path()).expect("no mistake");
        let trusted = providers.get(&id("demo-market")).expect("the market").device_trust(kept.clone());
        assert!(trusted.cookies.is_empty());
        let kept_keys = trusted.origins.iter().map(|origin| origin.local_storage.len()).sum::<usize>();
        assert_eq!(
            (kept_keys, trusted.origins.iter().all(|origin| origin.indexed_db.is_empty())),
            (keys, true),
            "{trust}"
        );
    }
}

#[test]
fn a_file_that_changes_is_read_again_and_one_with_a_mistake_replaces_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("demo-market.toml");
    fs::write(&path, GOOD).expect("written");
    let providers = Providers::embedded().expect("embedded").with_dir(folder.path()).expect("it loads");
    let seen_elsewhere = providers.clone();
    let market = || seen_elsewhere.get(&id("demo-market"));
    let mut watched = Folder::new(folder.path(), providers);
    let first = market().expect("the market").version.clone();
    watched.refresh();
    assert_eq!(market().expect("the market").version, first);

    fs::write(&path, GOOD.replaced_once("Demo Market", "Renamed")).expect("written");
    watched.refresh();
    let second = market().expect("the market");
    assert!(second.name == "Renamed" && second.version != first, "{}", second.name);

    fs::write(&path, GOOD.replaced_once("15m", "15 minutes")).expect("written");
    watched.refresh();
    assert_eq!(market().expect("the one before").version, second.version);

    fs::write(folder.path().join("other.toml"), GOOD.replaced_once("\"demo-market\"", "\"other\"")).expect("written");
    watched.refresh();
    assert_eq!(seen_elsewhere.ids(), ["demo-market", "hotmart", "other"]);

    fs::remove_file(&path).expect("removed");
    fs::remove_file(folder.path().join("other.toml")).expect("removed");
    watched.refresh();
    assert_eq!(market().expect("the one that comes with the program").version, first);
    assert_eq!(seen_elsewhere.ids(), ["demo-market", "hotmart"]);

    drop(folder);
    watched.refresh();
    assert_eq!(seen_elsewhere.ids(), ["demo-market", "hotmart"]);
}

#[tokio::test]
async fn the_folder_is_followed_while_the_service_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let providers = Providers::embedded().expect("embedded").with_port_override("demo-market", 4381, 5999);
    let mut changes = providers.changes();
    let stop = CancellationToken::new();
    let following = tokio::spawn(Folder::new(folder.path(), providers.clone()).follow(stop.clone()));
    fs::write(folder.path().join("demo-market.toml"), GOOD.replaced_once("Demo Market", "Renamed")).expect("written");
    tokio::time::timeout(Duration::from_secs(20), changes.next()).await.expect("it is read");
    let market = providers.get(&id("demo-market")).expect("the market");
    assert_eq!((market.name.as_str(), market.login.start.port()), ("Renamed", Some(5999)));
    stop.cancel();
    following.await.expect("it ends");
}

const SHOP: &str = include_str!("provider_mistakes/sound/sound.toml");

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn what_the_user_says_stands_in_addresses_scope_rules_and_templates() {
    let shop = Provider::parse("sound.toml", SHOP).expect("it loads");
    assert!(!shop.is_ready());
    let ours = shop.with_params(&values(&[("store", "Ana.Acme-Shop.Example")])).expect("a host");
    assert!(ours.is_ready());
    let theirs = shop.with_params(&values(&[("store", "ben.acme-shop.example")])).expect("a host");
    assert!(
        ours.version != shop.version && ours.version != theirs.version,
        "what was read there is continued only there"
    );
    assert_ne!(ours.place, theirs.place, "each site has a pace of its own");
    assert_eq!(ours.values(), values(&[("store", "ana.acme-shop.example")]));
    assert_eq!(ours.login.start.as_str(), "https://ana.acme-shop.example/admin");
    assert_eq!(ours.scope.origins, ["https://ana.acme-shop.example"]);
    assert!(
        ours.scope.cookies[0].matches(".ana.acme-shop.example")
            && !ours.scope.cookies[0].matches("my.acme-shop.example")
    );
    let SourceKind::Fetch(fetch) = &ours.streams[0].sources[0].kind else { panic!("a fetch source") };
    let first = fetch.request.call(&ours.streams[0].sources[0].paging.begin()).expect("a call");
    assert_eq!(first.url.as_str(), "https://ana.acme-shop.example/api/orders/search");
    assert_eq!(first.body.as_deref(), Some("{\"rows\":20}"));
    let answer = Answer {
        url: "https://ana.acme-shop.example/api/me".parse().expect("a URL"),
        method: "GET".into(),
        status: 200,
        body: "{\"id\":\"u1\"}".into(),
    };
    let seen = observe(&answer, &ours.probe.needs(), Visible::Unknown);
    assert_eq!(ours.probe.judge(&seen).verdict, Verdict::LoggedIn);
    assert_eq!(shop.probe.judge(&seen).verdict, Verdict::Unknown);
}

/// A session that has ended holds what it held before, and the site may show its list to everybody.
#[test]
fn a_list_proves_a_login_by_what_it_says_alone() {
    let mark = "logged_in  = { response = { url = \"https://{store}/api/me\", status = 200, json = \"$.id\" } }";
    for (rule, verdict) in [
        ("{ cookie = { name = \"shop_session\", domain = \"{store}\" } }", Verdict::Unknown),
        ("{ status = 200 }", Verdict::Unknown),
        ("{ url = \"https://{store}/**\" }", Verdict::Unknown),
        ("{ not = { url = \"https://{store}/login\" } }", Verdict::Unknown),
        ("{ text = 'orders of Ana' }", Verdict::LoggedIn),
    ] {
        let text = SHOP.replaced_once(mark, &format!("logged_in  = {rule}"));
        let shop = Provider::parse("sound.toml", &text).unwrap_or_else(|error| panic!("{error}"));
        let ours = shop.with_params(&values(&[("store", "ana.acme-shop.example")])).expect("a host");
        let answer = Answer {
            url: "https://ana.acme-shop.example/api/orders/search".parse().expect("a URL"),
            method: "POST".into(),
            status: 200,
            body: "{\"title\":\"orders of Ana\",\"orders\":[]}".into(),
        };
        let mut seen = observe(&answer, &ours.probe.needs(), Visible::Unknown);
        seen.cookies = Some(vec![cookie("shop_session", "ana.acme-shop.example")]);
        assert_eq!(ours.probe.judge(&seen).verdict, Verdict::LoggedIn, "{rule}");
        assert_eq!(ours.judge_answer(&ours.streams[0].sources[0], &seen, false).verdict, verdict, "{rule}");
    }
}

#[test]
fn what_will_not_do_is_told_with_its_name_and_an_example() {
    let shop = Provider::parse("sound.toml", SHOP).expect("it loads");
    let told = |pairs: &[(&str, &str)]| {
        let errors = shop.with_params(&values(pairs)).expect_err("they will not do");
        errors.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(told(&[]), ["\"store\" is missing: give one such as \"my.acme-shop.example\""]);
    assert_eq!(
        told(&[("store", "https://x.example/")]),
        ["\"store\" is no host, with a port or without: give one such as \"my.acme-shop.example\""]
    );
    assert_eq!(
        told(&[("store", "shop1.example")]),
        ["\"store\" does not look as it should: give one such as \"my.acme-shop.example\""]
    );
    assert_eq!(told(&[("store", "a.example"), ("shop", "x")]), ["nothing asks for \"shop\"; there is: store"]);
    let market = Provider::parse("demo-market.toml", GOOD).expect("it loads");
    assert!(market.is_ready() && market.with_params(&BTreeMap::new()).is_ok());
}

/// What people who mean no good give for a host.
const HOSTILE: [&str; 24] = [
    "com",
    "..",
    ".",
    "*.example.com",
    "a.example*",
    "evil.example/..",
    "evil.example\\..",
    "evil.example?x=",
    "evil.example#",
    "a@evil.example",
    ":pw@evil.example",
    "a:b@evil.example",
    "evil.example:80@acme.example",
    "evil.example%2f.acme.example",
    "evil.example%00.acme.example",
    "evil.example\r\nHost: other.example",
    "evil.example\t",
    "evil.example acme.example",
    "https://evil.example",
    "javascript:alert(1)",
    "[::1]",
    "{store}",
    "{page}",
    "evil.example,acme.example",
];

#[test]
fn a_value_opens_one_host_and_no_more_whatever_it_is() {
    let open = SHOP.replaced("pattern = '[a-z.-]+'\n", "");
    assert_ne!(open, SHOP);
    let shop = Provider::parse("sound.toml", &open).expect("it loads");
    let mut taken = Vec::new();
    for value in HOSTILE {
        let Ok(ours) = shop.with_params(&values(&[("store", value)])) else { continue };
        taken.push(value);
        let host = &ours.values()["store"];
        assert!(host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':')), "{host}");
        let start = &ours.login.start;
        assert_eq!((start.scheme(), start.path(), start.username()), ("https", "/admin", ""), "{value}");
        assert_eq!(start.host_str(), host.split(':').next(), "{value}");
        for glob in &ours.scope.navigate {
            for elsewhere in
                ["https://other.example/", "http://other.example/", "https://sub.evil.example/", "https://example.com/"]
            {
                assert!(!glob.matches(&elsewhere.parse().expect("a URL")), "{value} opens {elsewhere}");
            }
        }
        for domain in &ours.scope.cookies {
            assert!(!domain.matches(&format!("below.{host}")) && !domain.matches("example.com"), "{value}");
        }
    }
    // A name of one part is one host, too; white space around it is a slip of the hand.
    assert_eq!(taken, ["com", "evil.example\t"]);
    let error = shop.with_params(&values(&[("store", &"a".repeat(501))])).expect_err("too long");
    assert!(error[0].to_string().contains("longer than 500"), "{error:?}");
}

#[test]
fn a_text_stays_within_its_part_of_an_address() {
    let text = SHOP
        .replaced("kind    = \"host\"\npattern = '[a-z.-]+'\n", "kind    = \"text\"\n")
        .replaced("\"my.acme-shop.example\"", "\"north\"")
        .replaced("[\"{store}\"]", "[\"acme.example\"]")
        .replaced("domain = \"{store}\"", "domain = \"acme.example\"")
        .replaced("origin = \"https://{store}\"", "origin = \"https://acme.example\"")
        .replaced("[\"https://{store}\"]", "[\"https://acme.example\"]")
        .replaced("https://{store}/", "https://acme.example/t/{store}/");
    let shop = Provider::parse("sound.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    let path = |value: &str| shop.with_params(&values(&[("store", value)])).map(|ours| ours.login.start.to_string());
    for (value, expected) in [
        ("north", "https://acme.example/t/north/admin"),
        ("a/../../b", "https://acme.example/t/a%2F..%2F..%2Fb/admin"),
        ("%2e%2e", "https://acme.example/t/%252e%252e/admin"),
        ("a?b#c", "https://acme.example/t/a%3Fb%23c/admin"),
        ("\\..", "https://acme.example/t/%5C../admin"),
        ("@evil.example", "https://acme.example/t/%40evil.example/admin"),
    ] {
        assert_eq!(path(value).expect("a text"), expected);
    }
    for value in ["..", ".", "a\r\nb", "*", "**"] {
        let error = path(value).expect_err(value);
        assert_eq!((error[0].name(), error[0].code()), (Some("store"), "invalid"), "{value}");
    }
    // Steps that are there only with a text left out.
    let two = text.replaced(
        "[scope]",
        "[[params]]\nname = \"more\"\nlabel = { en = \"More\" }\nkind = \"text\"\nexample = \"x\"\nrequired = false\n\n[scope]",
    );
    let two = two.replaced(
        "start        = \"https://acme.example/t/{store}/admin\"",
        "start        = \"https://acme.example/t/{store}/..{more}/admin\"",
    );
    let two = Provider::parse("sound.toml", &two).unwrap_or_else(|error| panic!("{error}"));
    assert!(two.with_params(&values(&[("store", "a"), ("more", "b")])).is_ok());
    let steps = two.with_params(&values(&[("store", "a")])).expect_err("it leads out");
    assert_eq!((steps[0].name(), steps[0].code()), (None, "unusable"), "{steps:?}");
    assert!(!steps[0].to_string().contains("sound.toml"), "the definition is not shown: {steps:?}");
}

#[test]
fn what_was_said_before_is_kept_as_far_as_it_is_still_asked_for() {
    let shop = Provider::parse("sound.toml", SHOP).expect("it loads");
    let before = values(&[("store", "a.example"), ("gone", "x")]);
    assert_eq!(shop.params_after(&before, &values(&[])), values(&[("store", "a.example")]));
    assert_eq!(shop.params_after(&before, &values(&[("store", "b.example")])), values(&[("store", "b.example")]));
    let told =
        shop.with_params(&shop.params_after(&before, &values(&[("typo", "x")]))).expect_err("nothing asks for it");
    assert_eq!(told[0].code(), "unknown");
}

#[test]
fn the_marketplaces_other_sites_are_there_only_beside_it() {
    let providers = Providers::embedded().expect("embedded");
    assert_eq!(providers.ids(), ["demo-market", "hotmart"]);
    let beside = providers.at_the_market(5999);
    assert_eq!(beside.ids(), ["demo-forum", "demo-ledger", "demo-market", "demo-points", "hotmart"]);
    let port = |name: &str| beside.get(&id(name)).expect("it").homepage.port();
    assert_eq!(["demo-forum", "demo-ledger", "demo-market", "demo-points"].map(port), [Some(5999); 4]);
    let forum = beside.get(&id("demo-forum")).expect("the forum");
    assert_eq!(forum.params[0].example, "north.forum.localhost:5999");

    let folder = tempfile::tempdir().expect("a folder");
    let points = include_str!("../../providers/demo-points.toml").replaced_once("Demo Points", "Renamed");
    fs::write(folder.path().join("demo-points.toml"), points).expect("written");
    let own = Providers::embedded().expect("embedded").with_dir(folder.path()).expect("it loads").at_the_market(5999);
    let points = own.get(&id("demo-points")).expect("the points");
    assert_eq!((points.name.as_str(), points.login.start.port()), ("Renamed", Some(5999)), "a folder's own counts");
}
