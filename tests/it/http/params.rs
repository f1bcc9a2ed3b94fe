//! What a definition asks of the user: told, checked, kept with the connection.

use reqwest::Method;
use serde_json::{Value, json};
use staylogged::http::Access;

use super::server::{Answer, Server, Setup};

const KEY: &str = "a-long-random-key";
const CONNECT: &str = "/api/integrations/sound/connect";
const SHOP: (&str, &str) = ("sound.toml", include_str!("../provider_mistakes/sound/sound.toml"));

async fn shop() -> Server {
    Server::start(Setup { definitions: &[SHOP], ..Setup::default() }).await
}

/// Of a refusal: where, and the word for a program.
fn errors(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-params"), "{answer:?}");
    let errors = answer.json()["errors"].as_array().expect("errors").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
}

fn at(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

async fn shown(server: &Server, answer: &Answer) -> Value {
    let id = answer.json()["connection"]["id"].as_str().expect("a connection").to_owned();
    server.get(&format!("/api/connections/{id}")).await.json()["params"].clone()
}

#[tokio::test]
async fn what_is_asked_for_is_listed_and_what_is_missing_or_wrong_is_pointed_at() {
    let server = shop().await;
    let listed = server.get("/api/providers").await.json();
    let params =
        &listed["providers"].as_array().expect("a list").iter().find(|one| one["id"] == "sound").expect("it")["params"];
    assert_eq!(
        *params,
        json!([{
            "name": "store", "label": { "en": "Address of your store", "pt-BR": "Endereço da sua loja" }, "help": {},
            "kind": "host", "values": [], "example": "my.acme-shop.example", "required": true,
        }])
    );
    for (body, expected) in [
        (json!({}), vec![at("/params/store", "missing")]),
        (json!({ "params": { "store": " " } }), vec![at("/params/store", "missing")]),
        (json!({ "params": { "store": "https://evil.example/" } }), vec![at("/params/store", "invalid")]),
        (json!({ "params": { "store": "a@evil.example" } }), vec![at("/params/store", "invalid")]),
        (json!({ "params": { "store": "shop1.example" } }), vec![at("/params/store", "invalid")]),
        (json!({ "params": { "a/b": "x" } }), vec![at("/params/a~1b", "unknown"), at("/params/store", "missing")]),
    ] {
        let answer = server.post(CONNECT, body).await;
        assert_eq!(errors(&answer), expected, "{answer:?}");
        assert!(!answer.text.contains("evil"), "a value is not said back: {answer:?}");
    }
    let number = server.post(CONNECT, json!({ "params": { "store": 7 } })).await;
    assert_eq!((number.status, number.problem().as_str()), (422, "invalid-body"));
    assert_eq!(number.json()["errors"][0]["pointer"], "/params/store");
    let none =
        server.post("/api/integrations/demo-market/connect", json!({ "params": { "store": "a.example" } })).await;
    assert_eq!(errors(&none), [at("/params/store", "unknown")]);
    assert_eq!(server.get("/api/connections").await.json()["connections"], json!([]), "and nothing was begun");
    server.stop().await;
}

#[tokio::test]
async fn what_was_said_is_kept_with_the_connection_and_each_account_has_its_own() {
    let server = shop().await;
    let ours = server.post(CONNECT, json!({ "params": { "store": " Ana.Acme-Shop.Example" } })).await;
    assert_eq!(ours.status, 201, "{ours:?}");
    let kept = json!({ "store": "ana.acme-shop.example" });
    assert_eq!(ours.json()["connection"]["params"], kept);
    assert_eq!(shown(&server, &ours).await, kept);

    let again = server.post(CONNECT, json!({})).await;
    assert_eq!((again.status, &again.json()["login"]["id"]), (200, &ours.json()["login"]["id"]));
    let same = server.post(CONNECT, json!({ "params": { "store": "ana.acme-shop.example" } })).await;
    assert_eq!(same.status, 200, "{same:?}");
    let other = server.post(CONNECT, json!({ "params": { "store": "ben.acme-shop.example" } })).await;
    assert_eq!((other.status, other.problem().as_str()), (409, "conflict"), "not that one, silently: {other:?}");

    let second =
        server.post(CONNECT, json!({ "account": "second", "params": { "store": "ben.acme-shop.example" } })).await;
    assert_eq!(second.status, 201, "{second:?}");
    assert_eq!(shown(&server, &second).await, json!({ "store": "ben.acme-shop.example" }));
    assert_eq!(shown(&server, &ours).await, kept, "apart");

    let login = ours.json()["login"]["id"].as_str().expect("an id").to_owned();
    server.post(&format!("/api/logins/{login}/cancel"), json!({})).await;
    let next = server.post(CONNECT, json!({})).await;
    assert_eq!(next.status, 201, "what was said once is not asked again: {next:?}");
    assert_eq!(shown(&server, &next).await, kept);
    let id = next.json()["connection"]["id"].as_str().expect("an id").to_owned();
    server.send(server.request(Method::DELETE, &format!("/api/connections/{id}"))).await;
    assert_eq!(
        errors(&server.post(CONNECT, json!({})).await),
        [at("/params/store", "missing")],
        "a disconnect forgets it"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_connect_token_says_it_in_the_users_place() {
    let access = Access::keys(vec![Access::hash(KEY)]);
    let server = Server::start(Setup { access, definitions: &[SHOP], ..Setup::default() }).await;
    let mint = async |body: Value| server.ask(KEY, Method::POST, "/api/connect-tokens", Some(body)).await;
    let lacks = mint(json!({ "params": { "store": "a.example" } })).await;
    assert_eq!((lacks.status, &lacks.json()["errors"][0]["pointer"]), (422, &json!("/provider")));
    let wrong = mint(json!({ "provider": "sound", "params": { "store": "1", "shop": "x" } })).await;
    assert_eq!(errors(&wrong), [at("/params/shop", "unknown"), at("/params/store", "invalid")]);

    let made = mint(json!({ "provider": "sound", "params": { "store": "Ana.acme-shop.example" } })).await;
    let token = made.json()["token"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned();
    let cards = server.ask(&token, Method::GET, "/api/integrations", None).await.json();
    assert_eq!(cards["integrations"][0]["provider"]["params"], json!([]), "so it is not asked");
    let other = server.ask(&token, Method::POST, CONNECT, Some(json!({ "params": { "store": "ben.example" } }))).await;
    assert_eq!((other.status, other.problem().as_str()), (403, "token-not-for-this"));
    assert_eq!(other.json()["errors"][0]["pointer"], "/params/store");
    let begun = server.ask(&token, Method::POST, CONNECT, None).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    let id = begun.json()["connection"]["id"].as_str().expect("an id").to_owned();
    let connection = server.ask(KEY, Method::GET, &format!("/api/connections/{id}"), None).await.json();
    assert_eq!(connection["params"], json!({ "store": "ana.acme-shop.example" }));

    let silent = mint(json!({ "provider": "sound" })).await.json()["token"].as_str().expect("a token").to_owned();
    let cards = server.ask(&silent, Method::GET, "/api/integrations", None).await.json();
    assert_eq!(cards["integrations"][0]["provider"]["params"][0]["name"], "store");
    server.stop().await;
}
