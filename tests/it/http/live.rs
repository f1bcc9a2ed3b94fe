//! The live view's WebSocket.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use staylogged::browser::{
    Tab, Tabs,
    live_view::{Auth, Input, MouseAction, MouseButton, Told},
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
    assert_eq!(answer["protocol"], "staylogged.live.v2");
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
            assert_eq!(answer.headers()["sec-websocket-protocol"], "staylogged.live.v2");
            Ok(socket)
        }
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// Sits down as that viewer; what it may do and how many of its inputs were taken already.
async fn sit(server: &Server, login: &str, viewer: &str) -> (Socket, Value) {
    let ticket = ticket(server, login).await;
    let protocols = format!("staylogged.live.v2, ticket.{ticket}");
    let mut socket = open(server, login, &protocols, None).await.expect("it opens");
    say(&mut socket, json!({"type": "hello", "viewer": viewer, "device": "computer"})).await;
    let welcome = next_json(&mut socket).await;
    assert_eq!(welcome["type"], "welcome");
    (socket, welcome)
}

async fn view(server: &Server, login: &str) -> Socket {
    sit(server, login, "ana").await.0
}

async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

async fn does(socket: &mut Socket, n: u64, input: Value) {
    say(socket, json!({"type": "input", "n": n, "input": input})).await;
}

/// The next message of that type.
async fn told(socket: &mut Socket, kind: &str) -> Value {
    loop {
        if let Message::Text(text) = next(socket).await {
            let value: Value = serde_json::from_str(&text).unwrap();
            if value["type"] == kind {
                return value;
            }
        }
    }
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

async fn closed(socket: &mut Socket) -> CloseFrame {
    loop {
        if let Message::Close(frame) = next(socket).await {
            return frame.expect("a reason");
        }
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
    assert_eq!(
        tabs["open"][0],
        json!({"id": 1, "url": "http://sso.demo.localhost:4381/login", "title": "Sign in", "icon": null})
    );
    context.show(7, b"\xff\xd8picture");
    let frame = next(&mut socket).await.into_data();
    assert_eq!(frame[..16], [2, 1, 5, 0, 3, 32, 0, 100, 0, 0, 0, 1, 0, 0, 0, 7]);
    assert_eq!(&frame[16..], b"\xff\xd8picture");
    let popup = Tab { id: 2, url: "http://accounts.idp.localhost:4381/".into(), title: "Continue".into(), icon: None };
    context.tabs.send_modify(|tabs: &mut Tabs| {
        tabs.open.push(popup);
        tabs.front = Some(2);
    });
    assert_eq!(told(&mut socket, "tabs").await["front"], 2);

    let click = json!({"type": "mouse", "action": "pressed", "x": 10.5, "y": 20, "button": "left", "clickCount": 1, "modifiers": 0});
    let text = json!({"type": "text", "text": "ana@example.com"});
    does(&mut socket, 1, click).await;
    does(&mut socket, 2, text).await;
    let mut inputs = context.inputs.lock().await;
    assert!(matches!(
        inputs.recv().await.unwrap(),
        Input::Mouse { action: MouseAction::Pressed, x, button: MouseButton::Left, .. } if (x - 10.5).abs() < 0.01
    ));
    assert!(matches!(inputs.recv().await.unwrap(), Input::Text { text } if text == "ana@example.com"));

    server.post(&format!("/api/logins/{login}/cancel"), json!({})).await;
    told(&mut socket, "ended").await;
    assert_eq!(u16::from(closed(&mut socket).await.code), 1000);
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
        format!("staylogged.live.v2, ticket.{}", answer.json()["ticket"].as_str().unwrap())
    };
    for protocols in ["", "staylogged.live.v2", "staylogged.live.v2, ticket.", "staylogged.live.v2, ticket.wrong"] {
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
        Message::text("{\"type\":\"input\",\"n\":1,\"input\":{\"type\":\"mouse\"}}"),
        Message::text("{\"type\":\"evaluate\",\"script\":\"1\"}"),
        Message::text("{\"type\":\"input\",\"n\":1,\"input\":{\"type\":\"text\",\"text\":\"a\",\"more\":1}}"),
        Message::text("{\"type\":\"hello\",\"viewer\":\"ana\"}"),
        Message::binary(vec![1, 2, 3]),
    ] {
        let mut socket = view(&server, &login).await;
        socket.send(message).await.unwrap();
        assert_eq!(u16::from(closed(&mut socket).await.code), 4400);
    }
    // Larger than any input: the connection ends, the login does not.
    let mut socket = view(&server, &login).await;
    let large = json!({"type": "text", "text": "a".repeat(70_000)});
    socket.send(Message::text(large.to_string())).await.unwrap();
    while let Some(Ok(_)) = tokio::time::timeout(PATIENCE, socket.next()).await.expect("it ends") {}
    let login = staylogged::domain::LoginId::parse(login).unwrap();
    let login = server.store.login(&staylogged::domain::UserId::default_user(), &login).await.unwrap().unwrap();
    assert_eq!(login.state.as_str(), "awaiting_login");
    server.stop().await;
}

#[tokio::test]
async fn a_line_says_why_it_is_ended_for_others() {
    let server = Server::open().await;
    let login = server.connect().await;
    let mut first = view(&server, &login).await;
    let mut newer = view(&server, &login).await;
    assert_eq!(u16::from(closed(&mut first).await.code), 4409, "the same viewer has another line");
    does(&mut newer, 1, json!({"type": "text", "text": "a"})).await;
    assert_eq!(told(&mut newer, "heard").await["n"], 1, "that one goes on");

    let mut others = Vec::new();
    for number in 1..16 {
        others.push(sit(&server, &login, &format!("viewer-{number}")).await.0);
    }
    let protocols = format!("staylogged.live.v2, ticket.{}", ticket(&server, &login).await);
    let mut late = open(&server, &login, &protocols, None).await.expect("it opens");
    say(&mut late, json!({"type": "hello", "viewer": "late", "device": "computer"})).await;
    assert_eq!(u16::from(closed(&mut late).await.code), 4429, "there is no more room");
    server.stop().await;
}

#[tokio::test]
async fn a_service_that_stops_says_so_to_its_viewers() {
    let server = Server::open().await;
    let login = server.connect().await;
    let mut sockets = Vec::new();
    for number in 0..16 {
        sockets.push(sit(&server, &login, &format!("viewer-{number}")).await.0);
    }
    let stopping = tokio::spawn(server.stop());
    for mut socket in sockets {
        // Its login has ended with it: there is nothing to come back to.
        told(&mut socket, "ended").await;
        assert_eq!(u16::from(closed(&mut socket).await.code), 1000);
    }
    stopping.await.unwrap();
}

#[tokio::test]
async fn what_was_typed_over_a_line_that_breaks_is_neither_lost_nor_doubled() {
    let server = Server::open().await;
    let login = server.connect().await;
    let context = server.browser.context();
    let text = |text: &str| json!({"type": "text", "text": text});
    let (mut socket, _) = sit(&server, &login, "ana").await;
    does(&mut socket, 1, text("a")).await;
    does(&mut socket, 2, text("b")).await;
    while told(&mut socket, "heard").await["n"] != 2 {}
    // Sent, and the line breaks before anybody hears that it was taken.
    does(&mut socket, 3, text("c")).await;
    drop(socket);
    let (mut socket, welcome) = sit(&server, &login, "ana").await;
    assert_eq!(welcome["role"], "control");
    assert!(welcome["heard"] == 2 || welcome["heard"] == 3);
    for (n, letter) in [(2, "b"), (3, "c"), (4, "d")] {
        does(&mut socket, n, text(letter)).await;
    }
    let mut inputs = context.inputs.lock().await;
    let mut typed = String::new();
    while !typed.ends_with('d') {
        let Input::Text { text } = inputs.recv().await.unwrap() else { panic!("no text") };
        typed.push_str(&text);
    }
    assert_eq!(typed, "abcd");
    server.stop().await;
}

#[tokio::test]
async fn another_device_uses_the_browser_only_when_the_first_says_yes() {
    let server = Server::open().await;
    let login = server.connect().await;
    let context = server.browser.context();
    let asked = context.overlay.ask(1, |id| Told::Auth(Auth { id, host: "example.com".into(), ..Auth::default() }));
    let (mut first, welcome) = sit(&server, &login, "computer").await;
    assert_eq!(welcome["role"], "control");
    assert_eq!(told(&mut first, "auth").await["id"], asked);
    let (mut second, welcome) = sit(&server, &login, "phone").await;
    assert_eq!(welcome["role"], "waiting");
    does(&mut second, 1, json!({"type": "text", "text": "not mine"})).await;
    say(&mut second, json!({"type": "knock"})).await;
    assert_eq!(told(&mut first, "knock").await["viewer"], "phone");
    say(&mut first, json!({"type": "admit", "viewer": "phone", "yes": true})).await;
    assert_eq!(told(&mut first, "role").await["role"], "waiting");
    assert_eq!(told(&mut second, "role").await["role"], "control");
    assert_eq!(told(&mut second, "auth").await["id"], asked, "what is open is shown to whoever can answer it");
    does(&mut second, 2, json!({"type": "text", "text": "mine"})).await;
    let mut inputs = context.inputs.lock().await;
    assert!(matches!(inputs.recv().await.unwrap(), Input::Text { text } if text == "mine"));
    server.stop().await;
}

#[tokio::test]
async fn files_go_into_the_page_in_pieces_and_not_more_than_it_may_be_given() {
    let server = Server::open().await;
    let login = server.connect().await;
    let context = server.browser.context();
    let mut socket = view(&server, &login).await;
    let offer =
        |size: u64| json!({"type": "files", "id": 9, "files": [{"name": "a.txt", "mime": "text/plain", "size": size}]});
    does(&mut socket, 1, offer(9_000_000)).await;
    assert_eq!(told(&mut socket, "notice").await["kind"], "file_too_large");
    does(&mut socket, 2, offer(4)).await;
    for piece in [b"he", b"y!"] {
        socket.send(Message::binary([&[0, 0, 0, 9, 0, 0, 0, 0], &piece[..]].concat())).await.unwrap();
    }
    let mut inputs = context.inputs.lock().await;
    let Input::Upload { id: 9, files } = inputs.recv().await.unwrap() else { panic!("no files") };
    assert_eq!(files, [("a.txt".to_owned(), bytes::Bytes::from_static(b"hey!"))]);
    server.stop().await;
}
