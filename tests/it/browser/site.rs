//! A tiny site for the browser to look at, on a free port of this machine.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use poem::{
    EndpointExt, IntoResponse, Response, Route, Server, get, handler,
    http::{StatusCode, header},
    listener::{Acceptor, Listener, TcpListener},
    web::{Data, Html, Json, Path},
};
use url::Url;

pub struct Site {
    at: SocketAddr,
    /// How often the picture was asked for.
    pub pictures: Arc<AtomicUsize>,
}

impl Site {
    pub async fn start() -> Self {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let at = *acceptor.local_addr()[0].as_socket_addr().unwrap();
        let pictures = Arc::<AtomicUsize>::default();
        let app = Route::new()
            .at("/login/:name", get(login))
            .at("/whoami", get(whoami))
            .at("/form", get(form))
            .at("/opener", get(opener))
            .at("/popup", get(popup))
            .at("/loads", get(loads))
            .at("/api/me", get(me))
            .at("/picture.png", get(picture))
            .at("/long", get(long))
            .at("/asks", get(asks))
            .at("/missing", get(missing))
            .catch_all_error(|error| async move { error.to_string() })
            .data(Arc::clone(&pictures));
        tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
        Self { at, pictures }
    }

    /// An address at one of its hosts: `app` is `http://app.localhost:…`.
    pub fn url(&self, host: &str, path: &str) -> Url {
        format!("http://{host}.localhost:{}{path}", self.at.port()).parse().unwrap()
    }

    pub fn origin(&self, host: &str) -> String {
        self.url(host, "/").origin().ascii_serialization()
    }
}

/// Logs a person in at once: two cookies, and something in every storage. The title says when it is done.
#[handler]
fn login(Path(name): Path<String>) -> Response {
    let page = Html(format!(
        "<title>busy</title><script>
        localStorage.setItem('token', '{name}-local');
        sessionStorage.setItem('tab', '{name}-session');
        const open = indexedDB.open('notes', 1);
        open.onupgradeneeded = () => open.result.createObjectStore('notes');
        open.onsuccess = () => {{
            const change = open.result.transaction('notes', 'readwrite');
            change.objectStore('notes').put('{name}-indexed', 'who');
            change.oncomplete = () => {{ open.result.close(); document.title = 'done'; }};
        }};
        </script>"
    ))
    .into_response();
    let mut page = page;
    page.headers_mut().append(header::SET_COOKIE, format!("sid={name}-cookie; Path=/; HttpOnly").parse().unwrap());
    page.headers_mut().append(header::SET_COOKIE, format!("name={name}; Path=/; Max-Age=3600").parse().unwrap());
    page
}

/// Writes into the page what the browser holds: the cookie as the server saw it, and the storages.
#[handler]
fn whoami(request: &poem::Request) -> Html<String> {
    let cookies = request.header("cookie").unwrap_or("none").to_owned();
    Html(format!(
        "<title>busy</title><p id=cookies>{cookies}</p><p id=local></p><p id=session></p><p id=indexed></p><script>
        const say = (id, what) => document.getElementById(id).textContent = what;
        say('local', localStorage.getItem('token') ?? 'none');
        say('session', sessionStorage.getItem('tab') ?? 'none');
        const open = indexedDB.open('notes', 1);
        open.onupgradeneeded = () => open.result.createObjectStore('notes');
        open.onsuccess = () => {{
            const found = open.result.transaction('notes').objectStore('notes').get('who');
            found.onsuccess = () => {{ say('indexed', found.result ?? 'none'); document.title = 'done'; }};
        }};
        </script>"
    ))
}

#[handler]
fn form() -> Html<&'static str> {
    Html(
        "<title>form</title><style>body{margin:0} input,button,select{display:block;width:200px;height:40px;margin:0}</style>
        <input id=name autofocus oninput=\"document.title = 'name:' + this.value\">
        <input id=code oninput=\"document.title = 'code:' + this.value\">
        <button onclick=\"document.title = 'clicked'\">Go</button>
        <select onchange=\"document.title = 'chose:' + this.value\"><option>one<option>two<option>three</select>
        <form onsubmit=\"event.preventDefault(); document.title = 'submitted'\"><input id=last></form>",
    )
}

#[handler]
fn opener() -> Html<&'static str> {
    Html(
        "<title>opener</title><style>body{margin:0}</style>
        <button style='width:200px;height:40px' onclick=\"window.open('/popup', 'popup', 'width=400,height=300')\">Open</button>
        <script>window.onmessage = (said) => document.title = said.data</script>",
    )
}

#[handler]
fn popup() -> Html<&'static str> {
    Html(
        "<title>popup</title><style>body{margin:0}</style>
        <button style='width:200px;height:40px' onclick=\"opener.postMessage('done'); window.close()\">Close</button>",
    )
}

#[handler]
fn loads() -> Html<&'static str> {
    Html(
        "<title>loads</title><img src=/picture.png><script>
        fetch('/api/me?secret=1').then((answer) => answer.json()).then((me) => document.title = me.email)</script>",
    )
}

#[handler]
fn me() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "id": 7, "email": "ana@example.com" }))
}

#[handler]
#[expect(clippy::needless_pass_by_value, reason = "a handler's extractors are values")]
fn picture(pictures: Data<&Arc<AtomicUsize>>) -> Response {
    pictures.fetch_add(1, Ordering::Relaxed);
    Response::builder().content_type("image/png").body(&b"\x89PNG"[..])
}

/// Grows by a screen when its end is reached, three times.
#[handler]
fn long() -> Html<&'static str> {
    Html(
        "<title>long</title><style>div{height:2000px}</style><div></div><button disabled>Never</button>
        <button id=more onclick=\"document.title = 'more'\">More</button><script>
        let grown = 0;
        addEventListener('scroll', () => {
            const atEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
            if (atEnd && grown < 2) { grown++; document.body.append(document.createElement('div')); }
        });</script>",
    )
}

/// Asks with each kind of dialog before it goes on.
#[handler]
fn asks() -> Html<&'static str> {
    Html(
        "<title>asks</title><script>alert('a'); const yes = confirm('b'); document.title = yes + ':' + prompt('c')</script>",
    )
}

#[handler]
fn missing() -> Response {
    Html("<title>missing</title>").with_status(StatusCode::NOT_FOUND).into_response()
}
