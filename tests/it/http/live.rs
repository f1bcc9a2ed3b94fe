//! The live view's WebSocket.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use staylogged::browser::{
    Tab, Tabs,
    live_view::{Input, MouseAction, MouseButton},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, protocol::CloseFrame},
};

use super::server::{PATIENCE, Server};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn ticket(server: &Server, login: &str) -> String {
    let answer = server.post(&format!("/api/logins/{login}/live-ticket"), json!({})).await.json();
    assert_eq!(answer["url"], format!("/api/logins/{login}/live"));
    assert_eq!(answer["protocol"], "staylogged.live.v1");
    answer["ticket"].as_str().unwrap().to_owned()
}

/// The status, where it was refused.
async fn open(server: &Server, login: &str, protocols: &str, origin: Option<&str>) -> Result<Socket, u16> {
    let url = format!("{}/api/logins/{login}/live", server.url.replace("http:", "ws:"));
    let mut request = url.into_client_request().unwrap();
    if !protocols.is_empty() {
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocols.parse().unwrap());
    }
    if let Some(origin) = origin {
        request.headers_mut().insert("Origin", origin.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, answer)) => {
            assert_eq!(answer.headers()["sec-websocket-protocol"], "staylogged.live.v1");
            Ok(socket)
        }
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn view(server: &Server, login: &str) -> Socket {
    let ticket = ticket(server, login).await;
    open(server, login, &format!("staylogged.live.v1, ticket.{ticket}"), None).await.expect("it opens")
}

async fn next(socket: &mut Socket) -> Message {
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.expect("a message in time");
        match message.expect("not ended").expect("no error") {
            Message::Ping(_) | Message::Pong(_) => {}
            message => return message,
        }
    }
}

async fn next_json(socket: &mut Socket) -> Value {
    serde_json::from_str(next(socket).await.to_text().unwrap()).unwrap()
}

async fn next_close(socket: &mut Socket) -> CloseFrame {
    match next(socket).await {
        Message::Close(Some(frame)) => frame,
        other => panic!("not closed: {other:?}"),
    }
}

#[tokio::test]
async fn a_person_sees_the_browser_and_uses_it() {
    let server = Server::open().await;
    let login = server.connect().await;
    let context = server.browser.context();
    let mut socket = view(&server, &login).await;

    let tabs = next_json(&mut socket).await;
    assert_eq!(tabs["type"], "tabs");
    assert_eq!(tabs["open"][0], json!({"id": 1, "url": "http://sso.demo.localhost:4381/login", "title": "Sign in"}));
    context.show(7, b"\xff\xd8picture");
    let frame = next(&mut socket).await.into_data();
    assert_eq!(frame[..16], [1, 1, 5, 0, 3, 32, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7]);
    assert_eq!(&frame[16..], b"\xff\xd8picture");
    let popup = Tab { id: 2, url: "http://accounts.idp.localhost:4381/".into(), title: "Continue".into() };
    context.tabs.send_modify(|tabs: &mut Tabs| {
        tabs.open.push(popup);
        tabs.front = Some(2);
    });
    assert_eq!(next_json(&mut socket).await["front"], 2);

    let click = json!({"type": "mouse", "action": "pressed", "x": 10.5, "y": 20, "button": "left", "clickCount": 1, "modifiers": 0});
    let text = json!({"type": "text", "text": "ana@example.com"});
    for input in [click, text] {
        socket.send(Message::text(input.to_string())).await.unwrap();
    }
    let mut inputs = context.inputs.lock().await;
    assert!(matches!(
        inputs.recv().await.unwrap(),
        Input::Mouse { action: MouseAction::Pressed, x, button: MouseButton::Left, .. } if (x - 10.5).abs() < 0.01
    ));
    assert!(matches!(inputs.recv().await.unwrap(), Input::Text { text } if text == "ana@example.com"));

    server.post(&format!("/api/logins/{login}/cancel"), json!({})).await;
    assert_eq!(next_json(&mut socket).await, json!({"type": "ended"}));
    assert_eq!(u16::from(next_close(&mut socket).await.code), 1000);
    server.stop().await;
}

#[tokio::test]
async fn a_ticket_opens_one_view_of_its_own_login() {
    let server = Server::keyed("a-long-random-key").await;
    let begin = async |account: &str| {
        let request = server.request(reqwest::Method::POST, "/api/integrations/demo-market/connect");
        let answer = server.send(request.bearer_auth("a-long-random-key").json(&json!({"account": account}))).await;
        answer.json()["login"]["id"].as_str().unwrap().to_owned()
    };
    let (mine, other) = (begin("mine").await, begin("other").await);
    let ticket = async || {
        let request = server.request(reqwest::Method::POST, &format!("/api/logins/{mine}/live-ticket"));
        let answer = server.send(request.bearer_auth("a-long-random-key")).await;
        format!("staylogged.live.v1, ticket.{}", answer.json()["ticket"].as_str().unwrap())
    };
    for protocols in ["", "staylogged.live.v1", "staylogged.live.v1, ticket.", "staylogged.live.v1, ticket.wrong"] {
        assert_eq!(open(&server, &mine, protocols, None).await.err(), Some(401), "{protocols}");
    }
    let good = ticket().await;
    assert_eq!(open(&server, &mine, &good, Some("https://evil.example")).await.err(), Some(403));
    let mut socket = open(&server, &mine, &good, Some("https://app.example.com")).await.expect("the named origin");
    socket.close(None).await.unwrap();
    assert_eq!(open(&server, &mine, &good, None).await.err(), Some(401), "used up");
    assert_eq!(open(&server, &other, &ticket().await, None).await.err(), Some(401), "of another login");
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_input_ends_the_view() {
    let server = Server::open().await;
    let login = server.connect().await;
    for message in [
        Message::text("{\"type\":\"mouse\"}"),
        Message::text("{\"type\":\"evaluate\",\"script\":\"1\"}"),
        Message::text("{\"type\":\"text\",\"text\":\"a\",\"more\":1}"),
        Message::binary(vec![1, 2, 3]),
    ] {
        let mut socket = view(&server, &login).await;
        next_json(&mut socket).await;
        socket.send(message).await.unwrap();
        assert_eq!(u16::from(next_close(&mut socket).await.code), 1008);
    }
    // Larger than any input: the connection ends, the login does not.
    let mut socket = view(&server, &login).await;
    next_json(&mut socket).await;
    let large = json!({"type": "text", "text": "a".repeat(70_000)});
    socket.send(Message::text(large.to_string())).await.unwrap();
    while let Some(Ok(message)) = tokio::time::timeout(PATIENCE, socket.next()).await.expect("it ends") {
        assert!(!message.is_text());
    }
    let login = staylogged::domain::LoginId::parse(login).unwrap();
    let login = server.store.login(&staylogged::domain::UserId::default_user(), &login).await.unwrap().unwrap();
    assert_eq!(login.state.as_str(), "awaiting_login");
    server.stop().await;
}

#[tokio::test]
async fn a_service_that_stops_says_so_to_its_viewers() {
    let server = Server::open().await;
    let login = server.connect().await;
    let mut socket = view(&server, &login).await;
    next_json(&mut socket).await;
    let serving = tokio::spawn(async move {
        server.stop.cancel();
        server.serving.await.unwrap().unwrap();
    });
    assert_eq!(u16::from(next_close(&mut socket).await.code), 1012);
    drop(socket);
    tokio::time::timeout(PATIENCE, serving).await.expect("it stops").unwrap();
}
