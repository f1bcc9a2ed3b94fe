//! Links to a login: on another device, to use it or to see it, until somebody ends them.

use futures_util::StreamExt;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::server::{PATIENCE, Server};

async fn link(server: &Server, login: &str, mode: &str) -> Value {
    let answer = server.post(&format!("/api/logins/{login}/links"), json!({"mode": mode})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

fn token(link: &Value) -> &str {
    link["token"].as_str().unwrap()
}

async fn follow(server: &Server, login: &str, token: &str) -> Response {
    let request = server.request(Method::GET, &format!("/api/logins/{login}/events")).bearer_auth(token);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_login_goes_on_by_link_and_is_only_seen_by_another() {
    let server = Server::open().await;
    let login = server.connect().await;
    let (control, view) = (link(&server, &login, "control").await, link(&server, &login, "view").await);
    assert_eq!(control["url"], format!("/connect#login={login}&token={}", token(&control)));
    assert!(control["expiresAt"].is_string() && view["expiresAt"].is_null());
    let ask = async |link: &Value, method: Method, verb: &str| {
        server.ask(token(link), method, &format!("/api/logins/{login}{verb}"), None).await
    };
    for link in [&control, &view] {
        assert_eq!(ask(link, Method::GET, "").await.json()["state"], "awaiting_login");
        assert_eq!(ask(link, Method::POST, "/live-ticket").await.status, 200);
        assert_eq!(follow(&server, &login, token(link)).await.status(), 200);
    }
    assert_eq!(ask(&view, Method::POST, "/cancel").await.problem(), "token-not-for-this");
    assert_eq!(ask(&control, Method::POST, "/extend").await.json()["extended"], true);
    server.browser.logs_in("ana");
    assert_eq!(ask(&control, Method::POST, "/finish").await.status, 200);
    server.until(&login, "saved").await;
    for link in [&control, &view] {
        assert_eq!(ask(link, Method::GET, "").await.json()["state"], "saved", "how it ended");
        assert_eq!(ask(link, Method::POST, "/live-ticket").await.problem(), "login-over");
    }
    server.database.execute("update logins set ended_at = ended_at - 301000").await;
    for link in [&control, &view] {
        let answer = ask(link, Method::GET, "").await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "token-expired"));
    }
    server.stop().await;
}

/// Waits for the end of a live view that shows nothing until then; its code.
async fn closing(mut socket: WebSocketStream<MaybeTlsStream<TcpStream>>) -> u16 {
    let closed = async {
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Close(frame) => return u16::from(frame.expect("a reason").code),
                other => assert!(other.is_ping(), "{other:?}"),
            }
        }
        panic!("it ended without a word");
    };
    tokio::time::timeout(PATIENCE, closed).await.expect("it is closed")
}

#[tokio::test]
async fn a_link_that_is_ended_closes_what_it_opened() {
    let server = Server::open().await;
    let login = server.connect().await;
    let (ended, kept) = (link(&server, &login, "view").await, link(&server, &login, "view").await);
    let ticket = async |link: &Value| {
        let path = format!("/api/logins/{login}/live-ticket");
        server.ask(token(link), Method::POST, &path, None).await.json()
    };
    let open = async |ticket: &Value| {
        let url = format!("{}{}", server.url.replace("http:", "ws:"), ticket["url"].as_str().unwrap());
        let mut request = url.into_client_request().unwrap();
        let offered =
            format!("{}, ticket.{}", ticket["protocol"].as_str().unwrap(), ticket["ticket"].as_str().unwrap());
        request.headers_mut().insert("Sec-WebSocket-Protocol", offered.parse().unwrap());
        connect_async(request).await.map(|(socket, _)| socket)
    };
    let socket = open(&ticket(&ended).await).await.unwrap();
    let unused = ticket(&ended).await;
    let mut others = open(&ticket(&kept).await).await.unwrap();
    let mut events = follow(&server, &login, token(&ended)).await.bytes_stream();
    events.next().await.unwrap().unwrap();

    let path = format!("/api/logins/{login}/links/{}", ended["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(server.send(server.request(Method::DELETE, &path)).await.status, 204, "again is no error");
    }
    assert_eq!(closing(socket).await, 4410);
    let rest = async { while events.next().await.is_some() {} };
    tokio::time::timeout(PATIENCE, rest).await.expect("the stream ends");
    assert_eq!(
        closing(open(&unused).await.unwrap()).await,
        4410,
        "nor does a ticket that was asked for before show anything"
    );
    let answer = server.ask(token(&ended), Method::GET, &format!("/api/logins/{login}"), None).await;
    assert_eq!((answer.status, answer.problem().as_str()), (401, "token-expired"));

    // The other one is as it was.
    others.close(None).await.unwrap();
    assert_eq!(server.ask(token(&kept), Method::GET, &format!("/api/logins/{login}"), None).await.status, 200);
    let unknown = format!("/api/logins/{login}/links/lnk_00000000000000000000000000000000");
    assert_eq!(server.send(server.request(Method::DELETE, &unknown)).await.problem(), "not-found");
    server.stop().await;
}

#[tokio::test]
async fn a_link_to_use_is_good_for_a_quarter_of_an_hour_and_one_to_see_for_the_whole_login() {
    let server = Server::open().await;
    let login = server.connect().await;
    let (control, view) = (link(&server, &login, "control").await, link(&server, &login, "view").await);
    server.database.execute("update login_links set expires_at = expires_at - 900000").await;
    let path = format!("/api/logins/{login}");
    assert_eq!(server.ask(token(&control), Method::GET, &path, None).await.problem(), "token-expired");
    assert_eq!(server.ask(token(&view), Method::GET, &path, None).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn of_many_links_the_oldest_is_ended() {
    let server = Server::open().await;
    let login = server.connect().await;
    let mut links = Vec::new();
    for _ in 0..11 {
        links.push(link(&server, &login, "view").await);
    }
    let path = format!("/api/logins/{login}");
    assert_eq!(server.ask(token(&links[0]), Method::GET, &path, None).await.problem(), "token-expired");
    for link in &links[1..] {
        assert_eq!(server.ask(token(link), Method::GET, &path, None).await.status, 200);
    }
    server.stop().await;
}

#[tokio::test]
async fn what_a_link_is_asked_for_is_checked() {
    let server = Server::open().await;
    let login = server.connect().await;
    let path = format!("/api/logins/{login}/links");
    for (body, pointer) in
        [(json!({}), ""), (json!({"mode": "own"}), "/mode"), (json!({"mode": "view", "for": 1}), "/for")]
    {
        let answer = server.post(&path, body.clone()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-body"), "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    let nothing = server.send(server.request(Method::POST, &path)).await;
    assert_eq!((nothing.status, nothing.problem().as_str()), (422, "invalid-body"));
    server.post(&format!("/api/logins/{login}/cancel"), json!({})).await;
    let over = server.post(&path, json!({"mode": "view"})).await;
    assert_eq!((over.status, over.problem().as_str()), (409, "login-over"));
    let other = "/api/logins/lgn_00000000000000000000000000000000/links";
    assert_eq!(server.post(other, json!({"mode": "view"})).await.status, 404);
    server.stop().await;
}
