//! Connect tokens: each connects one user, and opens nothing else.

use reqwest::Method;
use serde_json::{Value, json};
use staylogged::{
    domain::{Clock, ConnectToken, LoginId, ProviderId, Secret, Timestamp, TokenId, UserId},
    http::Access,
};

use super::{
    access::operations,
    server::{Answer, Server},
};

const KEY: &str = "a-long-random-key";
const CONNECT: &str = "/api/integrations/demo-market/connect";

async fn mint(server: &Server, body: Value) -> String {
    let answer = server.ask(KEY, Method::POST, "/api/connect-tokens", Some(body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// Connects with a token; the login's id.
async fn connect(server: &Server, token: &str) -> String {
    let answer = server.ask(token, Method::POST, CONNECT, None).await;
    let login = answer.json()["login"]["id"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned();
    server.until(&login, "awaiting_login").await;
    login
}

async fn link(server: &Server, token: &str, login: &str, mode: &str) -> String {
    let body = Some(json!({"mode": mode}));
    let answer = server.ask(token, Method::POST, &format!("/api/logins/{login}/links"), body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// What became of a request, apart from what it was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    Unknown,
    Over,
    NotForThis,
    NotTheirs,
}

fn gate(answer: &Answer) -> Gate {
    match answer.status {
        401 if answer.problem() == "token-expired" => Gate::Over,
        401 => Gate::Unknown,
        403 => {
            assert_eq!(answer.problem(), "token-not-for-this");
            Gate::NotForThis
        }
        404 => Gate::NotTheirs,
        _ => Gate::Open,
    }
}

/// For whom an operation is, beside a server with a key. Written down a second time, apart from the program.
fn is_for(operation: &str) -> &'static [&'static str] {
    match operation {
        "listIntegrations" | "connect" | "createLink" | "endLink" => &["token"],
        "finishLogin" | "cancelLogin" | "extendLogin" | "stayInLogin" | "answerAccount" => &["token", "control"],
        "getLogin" | "followLogin" | "createLiveTicket" => &["token", "control", "view"],
        "listProviders"
        | "createConnectToken"
        | "listConnections"
        | "getConnection"
        | "disconnect"
        | "checkConnection"
        | "followUser"
        | "scrape"
        | "listRuns"
        | "getRun"
        | "cancelRun"
        | "acceptRun"
        | "followRun"
        | "getRunScreenshot"
        | "listRecords"
        | "listConnectionRecords"
        | "getRecordHistory"
        | "listSchedules"
        | "setSchedule"
        | "deleteSchedule" => &[],
        "viewLogin" | "getHealth" | "getReadiness" | "getMetrics" => &["not asked"],
        other => panic!("say here for whom {other} is"),
    }
}

/// Whoever comes with a wrong thing in hand, at every door there is.
#[tokio::test]
async fn every_operation_is_closed_to_whom_it_is_not_for() {
    let server = Server::keyed(KEY).await;
    let own = mint(&server, json!({})).await;
    let login = connect(&server, &own).await;
    let of_ben = mint(&server, json!({"user": "ben"})).await;
    let elsewhere = mint(&server, json!({"provider": "hotmart"})).await;
    let (control, view) = (link(&server, &own, &login, "control").await, link(&server, &own, &login, "view").await);
    let expired = stored(&server, "ct_expired", Timestamp(1)).await;

    for (method, path, operation) in operations() {
        let whom = is_for(&operation);
        if whom == ["not asked"] {
            continue;
        }
        let of_login = path.starts_with("/api/logins/");
        let path = path.replace("lgn_00000000000000000000000000000000", &login);
        let closed = |holder: &str| if whom.contains(&holder) { None } else { Some(Gate::NotForThis) };
        for (who, token, expected) in [
            ("nobody", "", Some(Gate::Unknown)),
            ("an unknown token", "ct_unknown", Some(Gate::Unknown)),
            ("an unknown link", "cl_unknown", Some(Gate::Unknown)),
            ("an expired token", expired.as_str(), Some(Gate::Over)),
            ("another user's token", of_ben.as_str(), closed("token").or(of_login.then_some(Gate::NotTheirs))),
            (
                "a token for another provider",
                elsewhere.as_str(),
                closed("token").or(match operation.as_str() {
                    "connect" => Some(Gate::NotForThis),
                    _ => of_login.then_some(Gate::NotTheirs),
                }),
            ),
            ("a link to see", view.as_str(), closed("view")),
            ("a link to use", control.as_str(), closed("control")),
            ("its own token", own.as_str(), closed("token")),
        ] {
            // What is open is told by the stories below; here it would end the login that the others are tried on.
            let Some(expected) = expected else { continue };
            let request = server.request(method.clone(), &path).header("Accept", "application/json");
            let request = if token.is_empty() { request } else { request.bearer_auth(token) };
            let answer = server.send(request).await;
            assert_eq!(gate(&answer), expected, "{who}: {operation} {answer:?}");
        }
    }
    // And at a login that is not theirs.
    let other = "lgn_00000000000000000000000000000000";
    for (token, path) in [(&view, other), (&control, other), (&own, other), (&own, "no-id")] {
        let answer = server.ask(token, Method::GET, &format!("/api/logins/{path}"), None).await;
        assert_eq!((answer.status, answer.problem().as_str()), (404, "not-found"));
    }
    // Nor is a way round: the same address spelt otherwise, or one that leads nowhere.
    for path in [format!("/api/logins/{login}/"), "/api/nothing".into(), "/api".into(), format!("/api//logins/{login}")]
    {
        assert_eq!(gate(&server.ask(&own, Method::GET, &path, None).await), Gate::NotForThis, "{path}");
    }
    let spelt = format!("/api/logins/{}", login.replace('_', "%5F"));
    assert_eq!(gate(&server.ask(&own, Method::GET, &spelt, None).await), Gate::NotTheirs);
    server.stop().await;
}

/// Keeps a token of that text that is over at that time.
async fn stored(server: &Server, text: &str, expires_at: Timestamp) -> String {
    let secret = Secret(Access::hash(text));
    let token = ConnectToken {
        id: TokenId::of(&secret.0),
        secret,
        user: UserId::default_user(),
        provider: None,
        account: None,
        params: staylogged::domain::Params::new(),
        created_at: Clock::system().now(),
        expires_at,
        spent_at: None,
    };
    server.store.add_connect_token(&token).await.unwrap();
    text.to_owned()
}

#[tokio::test]
async fn a_token_starts_logins_until_one_is_saved() {
    let server = Server::keyed(KEY).await;
    let token = mint(&server, json!({"provider": "demo-market"})).await;
    let ask = async |method: Method, path: &str| server.ask(&token, method, path, None).await;
    let first = connect(&server, &token).await;
    assert_eq!(ask(Method::POST, &format!("/api/logins/{first}/cancel")).await.json()["state"], "cancelled");
    let second = connect(&server, &token).await;
    assert_ne!(first, second);

    server.browser.logs_in("ana");
    assert_eq!(ask(Method::POST, &format!("/api/logins/{second}/finish")).await.status, 200);
    server.until(&second, "saved").await;
    let again = ask(Method::POST, CONNECT).await;
    assert_eq!((again.status, again.problem().as_str()), (401, "token-expired"));
    assert!(again.json()["detail"].as_str().unwrap().contains("saved"));
    // How it ended is told all the same, to whoever lost the line in between.
    assert_eq!(ask(Method::GET, &format!("/api/logins/{second}")).await.json()["state"], "saved");
    let events = server.request(Method::GET, &format!("/api/logins/{second}/events")).bearer_auth(&token);
    let events = server.send(events.header("Accept", "application/json")).await.json();
    assert_eq!(events["events"].as_array().unwrap().last().unwrap()["event"], "saved");
    let finish = ask(Method::POST, &format!("/api/logins/{second}/finish")).await;
    assert_eq!((finish.status, finish.problem().as_str()), (409, "login-over"));
    let card = &ask(Method::GET, "/api/integrations").await.json()["integrations"][0];
    assert_eq!(card["connection"]["identity"]["label"], "ana@example.com");

    server.database.execute("update logins set ended_at = ended_at - 301000").await;
    for path in [format!("/api/logins/{second}"), "/api/integrations".into()] {
        let answer = ask(Method::GET, &path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "token-expired"), "five minutes later");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_login_outlasts_the_token_that_started_it() {
    let server = Server::keyed(KEY).await;
    let token = mint(&server, json!({})).await;
    let login = connect(&server, &token).await;
    server.database.execute("update connect_tokens set expires_at = 1").await;

    // As after a reload of the page.
    let resumed = server.ask(&token, Method::POST, CONNECT, None).await;
    assert_eq!((resumed.status, resumed.json()["login"]["id"].as_str()), (200, Some(login.as_str())));
    assert_eq!(server.ask(&token, Method::GET, "/api/integrations", None).await.status, 200);
    for verb in ["finish", "live-ticket", "extend", "still-here", "cancel"] {
        let answer = server.ask(&token, Method::POST, &format!("/api/logins/{login}/{verb}"), None).await;
        assert_eq!(answer.status, 200, "{verb}: {answer:?}");
    }
    let other = server.ask(&token, Method::POST, CONNECT, Some(json!({"account": "other"}))).await;
    assert_eq!(gate(&other), Gate::Over);
    assert_eq!(gate(&server.ask(&token, Method::POST, CONNECT, None).await), Gate::Over, "that one is over");
    assert_eq!(server.ask(&token, Method::GET, &format!("/api/logins/{login}"), None).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_token_has_one_login_at_a_time() {
    let server = Server::keyed(KEY).await;
    let token = mint(&server, json!({})).await;
    let login = connect(&server, &token).await;
    let second = server.ask(&token, Method::POST, CONNECT, Some(json!({"account": "other"}))).await;
    assert_eq!((second.status, second.problem().as_str()), (409, "conflict"));
    let under_way = server.store.logins_under_way().await.unwrap();
    assert_eq!(under_way.iter().map(|login| login.id.as_str()).collect::<Vec<_>>(), [login.as_str()], "nothing began");

    // Another token of the same user comes to the login that is under way; then it is open to it.
    let next = mint(&server, json!({})).await;
    assert_eq!(server.ask(&next, Method::GET, &format!("/api/logins/{login}"), None).await.status, 404);
    let card = &server.ask(&next, Method::GET, "/api/integrations", None).await.json()["integrations"][0];
    assert_eq!((&card["provider"]["id"], &card["login"]), (&json!("demo-market"), &json!(null)));
    let joined = server.ask(&next, Method::POST, CONNECT, None).await;
    assert_eq!((joined.status, joined.json()["login"]["id"].as_str()), (200, Some(login.as_str())));
    assert_eq!(server.ask(&next, Method::GET, &format!("/api/logins/{login}"), None).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_token_is_for_its_user_its_provider_and_its_account() {
    let server = Server::keyed(KEY).await;
    server.connected("main").await;
    let request = server.request(Method::POST, "/api/connect-tokens").bearer_auth(KEY);
    let made = server.send(request.header("Staylogged-User", "ben").json(&json!({"account": "shop"}))).await.json();
    let token = made["token"].as_str().unwrap();
    assert_eq!(made["url"], format!("/connect#token={token}"));
    assert!(token.strip_prefix("ct_").is_some_and(|rest| rest.len() == 43), "32 random bytes");
    assert!(made["expiresAt"].is_string());

    // It says whose it is: the header is ignored.
    let as_ana = |method: Method, path: &str| {
        server.request(method, path).bearer_auth(token).header("Staylogged-User", "default")
    };
    let cards = server.send(as_ana(Method::GET, "/api/integrations")).await.json();
    assert_eq!(cards["integrations"].as_array().unwrap().len(), 2);
    assert!(cards["integrations"].as_array().unwrap().iter().all(|card| card["connection"].is_null()), "{cards}");
    let wrong = server.ask(token, Method::POST, CONNECT, Some(json!({"account": "main"}))).await;
    assert_eq!((wrong.status, wrong.problem().as_str()), (403, "token-not-for-this"));
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/account");
    let connected = server.send(as_ana(Method::POST, CONNECT)).await.json();
    assert_eq!(connected["connection"]["account"], "shop");
    let login = LoginId::parse(connected["login"]["id"].as_str().unwrap()).unwrap();
    assert!(server.store.login(&UserId::parse("ben").unwrap(), &login).await.unwrap().is_some());

    let only = mint(&server, json!({"provider": "hotmart", "user": "ben"})).await;
    let cards = server.ask(&only, Method::GET, "/api/integrations", None).await.json();
    let shown: Vec<_> = cards["integrations"].as_array().unwrap().iter().map(|c| c["provider"]["id"].clone()).collect();
    assert_eq!(shown, ["hotmart"]);
    server.stop().await;
}

#[tokio::test]
async fn a_token_sees_the_card_without_what_was_scraped() {
    let server = Server::keyed(KEY).await;
    server.connected("main").await;
    let token = mint(&server, json!({"provider": "demo-market"})).await;
    let cards = server.ask(&token, Method::GET, "/api/integrations", None).await.json();
    let card = &cards["integrations"][0];
    assert_eq!(card["connection"]["identity"]["label"], "ana@example.com", "whose account it is");
    assert_eq!((&card["lastRun"], &card["records"], &card["login"]), (&json!(null), &json!(0), &json!(null)));
    assert_eq!((&card["provider"]["loginTimeout"], &card["provider"]["keptFor"]), (&json!(900), &json!(172_800)));
    server.stop().await;
}

#[tokio::test]
async fn what_a_token_is_asked_for_is_checked() {
    let server = Server::keyed(KEY).await;
    for (body, pointer) in [
        (json!({"provider": "nobody"}), "/provider"),
        (json!({"provider": "No Id"}), "/provider"),
        (json!({"account": "a b"}), "/account"),
        (json!({"ways": []}), "/ways"),
        (json!({"ways": ["by_magic"]}), "/ways/0"),
        (json!({"user": "no spaces"}), "/user"),
        (json!({"minutes": 90}), "/minutes"),
    ] {
        let answer = server.ask(KEY, Method::POST, "/api/connect-tokens", Some(body.clone())).await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-body"), "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}: {answer:?}");
    }
    let unknown = server.ask(KEY, Method::POST, "/api/connect-tokens", Some(json!({"provider": "nobody"}))).await;
    assert_eq!(unknown.json()["known"], json!(["demo-market", "hotmart"]));
    let ways = server.ask(KEY, Method::POST, "/api/connect-tokens", Some(json!({"ways": ["live_view"]}))).await;
    assert_eq!(ways.status, 201);
    server.stop().await;
}

/// On a laptop nobody needs a key; who comes with a token all the same gets what that opens.
#[tokio::test]
async fn a_token_opens_no_more_where_no_key_is_needed() {
    let server = Server::open().await;
    let made = server.post("/api/connect-tokens", json!({})).await.json();
    let token = made["token"].as_str().unwrap();
    for path in ["/api/connections", "/api/providers", "/api/events", "/metrics"] {
        assert_eq!(gate(&server.ask(token, Method::GET, path, None).await), Gate::NotForThis, "{path}");
    }
    assert_eq!(gate(&server.ask("ct_unknown", Method::GET, "/api/connections", None).await), Gate::Unknown);
    assert_eq!(server.ask(token, Method::GET, "/api/integrations", None).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn the_same_idempotency_key_of_two_tokens_means_two_logins() {
    let server = Server::keyed(KEY).await;
    let connect = async |token: &str, account: &str| {
        let request = server.request(Method::POST, CONNECT).bearer_auth(token).header("Idempotency-Key", "one");
        server.send(request.json(&json!({"account": account}))).await
    };
    let (first, second) = (mint(&server, json!({})).await, mint(&server, json!({})).await);
    let one = connect(&first, "one").await.json()["login"]["id"].clone();
    assert_eq!(connect(&first, "one").await.json()["login"]["id"], one);
    let two = connect(&second, "two").await.json();
    assert_ne!(two["login"]["id"], one, "a guessed key opens nobody else's login");
    let provider = ProviderId::parse("demo-market").unwrap();
    assert_eq!(two["login"]["provider"], provider.as_str());
    server.stop().await;
}
