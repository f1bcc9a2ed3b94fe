//! A person before the live view: sees tabs and frames, types and clicks, and knows nothing else.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{LONG, app::TestApp};

/// Where somebody logs in: which page that is, by host and path and by the beginning of its title.
pub struct Doorway {
    pub login: (&'static str, &'static str),
    pub code: (&'static str, &'static str),
    /// Where they are once they are in.
    pub inside: &'static str,
}

impl Doorway {
    /// Of the demo marketplace.
    pub const MARKET: Self = Self {
        login: ("sso.demo.localhost/login", "Sign in"),
        code: ("sso.demo.localhost/second-step", "Enter your code"),
        inside: "app.demo.localhost/market",
    };
    /// Of Hotmart: both forms are at one address.
    pub const HOTMART: Self = Self {
        login: ("sso.hotmart.com/login", "Login"),
        code: ("sso.hotmart.com/login", "Verificação"),
        inside: "app.hotmart.com/market",
    };
}

pub struct Person {
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    /// The newest strip of tabs.
    pub tabs: Value,
    /// The field in the page that has the focus, as the viewer is told.
    focus: Value,
    /// Pictures seen so far.
    pub frames: u32,
    /// The newest picture, header and all.
    pub frame: Vec<u8>,
    /// The server said that the login is over.
    pub ended: bool,
    /// Inputs so far.
    done: u64,
}

impl Person {
    pub async fn sit_down(url: &str, ticket: &Value) -> Self {
        let url = format!("{}{}", url.replacen("http", "ws", 1), ticket["url"].as_str().unwrap());
        let mut request = url.into_client_request().unwrap();
        let protocols =
            format!("{}, ticket.{}", ticket["protocol"].as_str().unwrap(), ticket["ticket"].as_str().unwrap());
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocols.parse().unwrap());
        let (socket, _) = connect_async(request).await.unwrap();
        let mut person =
            Self { socket, tabs: Value::Null, focus: Value::Null, frames: 0, frame: Vec::new(), ended: false, done: 0 };
        person.says(json!({ "type": "hello", "viewer": uuid::Uuid::new_v4().to_string(), "device": "computer" })).await;
        person
    }

    /// Looks until something holds.
    pub async fn looks_until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let until = tokio::time::Instant::now() + LONG;
        while !holds(self) {
            let Ok(message) = tokio::time::timeout_at(until, self.socket.next()).await else {
                let (Self { tabs, focus, frames, .. }, picture) = (&*self, self.picture());
                panic!("never saw {what}; tabs: {tabs}, focus: {focus}, frames: {frames}, the last one: {picture}");
            };
            match message {
                Some(Ok(Message::Binary(frame))) => {
                    self.frames += 1;
                    self.frame = frame.to_vec();
                    let sequence = u32::from_be_bytes(self.frame[12..16].try_into().unwrap());
                    // The server may have closed meanwhile; what it said last is read all the same.
                    let seen = json!({ "type": "seen", "sequence": sequence });
                    let _ = self.socket.send(Message::text(seen.to_string())).await;
                }
                Some(Ok(Message::Text(text))) => {
                    let value: Value = serde_json::from_str(&text).unwrap();
                    match value["type"].as_str() {
                        Some("tabs") => self.tabs = value,
                        Some("focus") => self.focus = value["field"].clone(),
                        Some("ended") => self.ended = true,
                        _ => {}
                    }
                }
                Some(Ok(_)) => {}
                other => panic!("the view closed: {other:?}; ended: {}", self.ended),
            }
        }
    }

    /// Keeps the newest picture, to look into what went wrong: where it lies.
    fn picture(&self) -> String {
        let path = format!("{}/last-seen-{}.jpg", env!("CARGO_TARGET_TMPDIR"), self.frames);
        std::fs::write(&path, self.frame.get(16..).unwrap_or_default()).unwrap();
        path
    }

    /// The address of the tab in front.
    pub fn front(&self) -> &str {
        let front = &self.tabs["front"];
        let open = self.tabs["open"].as_array();
        open.and_then(|tabs| tabs.iter().find(|tab| tab["id"] == *front))
            .and_then(|tab| tab["url"].as_str())
            .unwrap_or("")
    }

    /// The tab in front shows a page whose host and path begin so.
    pub fn is_at(&self, place: &str) -> bool {
        url::Url::parse(self.front()).is_ok_and(|url| {
            let at = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
            at.starts_with(place)
        })
    }

    /// A page at that place, and a picture of something.
    pub async fn sees(&mut self, place: &str) {
        self.looks_until(place, |person| person.is_at(place) && person.frames > 0).await;
    }

    pub async fn does(&mut self, input: Value) {
        self.done += 1;
        self.says(json!({ "type": "input", "n": self.done, "input": input })).await;
    }

    async fn says(&mut self, message: Value) {
        self.socket.send(Message::text(message.to_string())).await.unwrap();
    }

    pub async fn types(&mut self, text: &str) {
        self.does(json!({ "type": "text", "text": text })).await;
    }

    pub async fn presses(&mut self, key: &str) {
        for action in ["down", "up"] {
            let character = if key == "Space" { " " } else { key };
            self.does(json!({ "type": "key", "action": action, "key": character, "code": key, "modifiers": 0 })).await;
        }
    }

    /// E-mail, password and one-time code, by keyboard alone.
    pub async fn logs_in(&mut self, app: &TestApp) {
        let account = app.market.account();
        self.enters(&account.email, &account.password).await;
        if self.is_at("sso.demo.localhost/second-step") {
            self.enters_code(async || app.market.totp_now(), false).await;
        }
    }

    /// The title of the tab in front: there once the page is ready to be used.
    fn title(&self) -> &str {
        let open = self.tabs["open"].as_array();
        open.and_then(|tabs| tabs.iter().find(|tab| tab["id"] == self.tabs["front"]))
            .and_then(|tab| tab["title"].as_str())
            .unwrap_or("")
    }

    /// E-mail and password; ends before the second step, or in the market where the device is trusted.
    pub async fn enters(&mut self, email: &str, password: &str) {
        self.enters_by(&Doorway::MARKET, email, password).await;
    }

    /// The same anywhere; whether a code is asked for then.
    pub async fn enters_by(&mut self, door: &Doorway, email: &str, password: &str) -> bool {
        self.tries(door, email, password).await;
        self.looks_until("what comes after the form", |person| person.is_asked_by(door) || person.is_at(door.inside))
            .await;
        self.is_asked_by(door)
    }

    /// Fills in the form, whatever comes of it.
    pub async fn tries(&mut self, door: &Doorway, email: &str, password: &str) {
        self.is_before(door.login.0, door.login.1).await;
        self.presses("Tab").await;
        self.is_in("username").await;
        self.types(email).await;
        self.presses("Tab").await;
        self.is_in("current-password").await;
        self.types(password).await;
        self.presses("Enter").await;
    }

    /// The form for the code is there.
    fn is_asked_by(&self, door: &Doorway) -> bool {
        self.is_at(door.code.0) && (door.code.0 != door.login.0 || self.title().starts_with(door.code.1))
    }

    /// The one-time code of that moment; `remember` ticks "Remember this device".
    pub async fn enters_code(&mut self, code: impl AsyncFn() -> String, remember: bool) {
        self.enters_code_by(&Doorway::MARKET, code, remember).await;
    }

    /// The same anywhere.
    pub async fn enters_code_by(&mut self, door: &Doorway, code: impl AsyncFn() -> String, remember: bool) {
        self.is_before(door.code.0, door.code.1).await;
        self.is_in("one-time-code").await;
        self.types(&code().await).await;
        if remember {
            self.presses("Tab").await;
            self.presses("Space").await;
        }
        self.presses("Enter").await;
        self.looks_until(door.inside, |person| person.is_at(door.inside)).await;
    }

    /// Sees the page, its title, and a picture of something.
    async fn is_before(&mut self, place: &str, title: &str) {
        let is_there = |person: &Self| person.is_at(place) && person.title().starts_with(title) && person.frames > 0;
        self.looks_until(title, is_there).await;
    }

    /// The field with the focus is that one, by its `autocomplete`.
    async fn is_in(&mut self, autocomplete: &str) {
        self.looks_until(autocomplete, |person| person.focus["autocomplete"] == autocomplete).await;
    }
}
