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
    pub at: SocketAddr,
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
            .at("/restless", get(restless))
            .at("/form", get(form))
            .at("/opener", get(opener))
            .at("/popup", get(popup))
            .at("/loads", get(loads))
            .at("/api/me", get(me))
            .at("/picture.png", get(picture))
            .at("/long", get(long))
            .at("/text", get(text))
            .at("/asks", get(asks))
            .at("/controls", get(controls))
            .at("/framed", get(framed))
            .at("/nested/:sites", get(nested))
            .at("/file", get(file))
            .at("/secret", get(secret))
            .at("/signup", get(signup))
            .at("/unsaved", get(unsaved))
            .at("/leads/:port", get(leads))
            .at("/touched", get(touched))
            .at("/touched/framed/:port", get(touched_in_a_frame))
            .at("/moves/:step/:port", get(moves))
            .at("/account", get(account).post(logged_in))
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

/// Goes on to itself as soon as it is there.
#[handler]
fn restless() -> Html<&'static str> {
    Html("<title>restless</title><script>setTimeout(() => location.replace('/restless?' + Math.random()), 5)</script>")
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
/// Empty at first, then full.
#[handler]
fn text() -> Html<String> {
    Html(format!(
        "<title>text</title><div style='height:3000px'></div>{}",
        "Quick brown foxes and lazy dogs. ".repeat(5000)
    ))
}

#[handler]
fn long() -> Html<&'static str> {
    Html(
        "<title>long</title><style>div{height:2000px}</style><div></div><button disabled>Never</button>
        <button id=more onclick=\"document.title = 'more'\">More</button>
        <button id=again onclick=\"document.title = event.detail + ' again'\">Again</button><script>
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

/// One of every kind of control.
#[handler]
fn controls() -> Html<&'static str> {
    Html(include_str!("controls.html"))
}

/// Shown in a frame of another site: a list and a field, of which it tells its parent. It is ready once it was drawn: a
/// frame that is only loaded is not where a click arrives, and nobody sees it.
#[handler]
fn framed() -> Html<&'static str> {
    Html(
        "<style>body{margin:0} select,input{display:block;width:200px;height:40px;margin:0}</style>
        <select aria-label=Size onchange=\"parent.postMessage('size:' + this.value, '*')\"><option>small<option>large</select>
        <input aria-label=Inner oninput=\"parent.postMessage('inner:' + this.value, '*')\"><script>
        const drawn = () => new Promise(requestAnimationFrame);
        drawn().then(drawn).then(drawn).then(() => parent.postMessage('ready', '*'));
        </script>",
    )
}

/// A frame within a frame within a frame, each of another site and 50 pixels from the corner of the one around it.
#[handler]
fn nested(Path(sites): Path<u8>, request: &poem::Request) -> Html<String> {
    let port = request.header("host").and_then(|host| host.split(':').nth(1)).unwrap();
    let (site, path) =
        if sites == 0 { ("z.deep", "framed".to_owned()) } else { ("b.other", format!("nested/{}", sites - 1)) };
    Html(format!(
        "<title>busy</title><style>body{{margin:0}} iframe{{position:absolute;left:50px;top:50px;width:80%;height:80%;border:0}}</style>
        <iframe id=frame></iframe><script>
        const say = (text) => parent === window ? document.title = text : parent.postMessage(text, '*');
        frame.src = 'http://{site}.localhost:{port}/{path}';
        onmessage = (event) => say(event.data);
        </script>"
    ))
}

#[handler]
fn file() -> Response {
    Response::builder()
        .content_type("application/pdf")
        .header(header::CONTENT_DISPOSITION, "attachment; filename=\"report.pdf\"")
        .body("%PDF")
}

/// Asks the browser itself for a name and a password.
#[handler]
fn secret(request: &poem::Request) -> Response {
    // "ana:right", in base 64.
    if request.header("authorization") == Some("Basic YW5hOnJpZ2h0") {
        return Html("<title>let in</title>").into_response();
    }
    Response::builder()
        .status(StatusCode::UNAUTHORIZED)
        .header(header::WWW_AUTHENTICATE, "Basic realm=\"Staff only\"")
        .content_type("text/html")
        .body("<title>kept out</title>")
}

/// A form as many a login has it.
#[handler]
fn signup() -> Html<&'static str> {
    Html(
        "<title>signup</title><h1>Create your account</h1><p>It takes a minute.</p>
        <form novalidate onsubmit=\"event.preventDefault(); const d = new FormData(this);
            if (d.get('password').length < 4) { wrong.textContent = 'Too short'; password.setAttribute('aria-invalid', true) }
            else document.title = [...d.values()].join('|')\">
        <label>E-mail <input name=email type=email autocomplete=username required value='old@example.com'></label>
        <label>Password <input id=password name=password type=password aria-describedby=wrong></label><span id=wrong></span>
        <label><input type=checkbox name=terms value=yes> I agree</label>
        <label>Country <select name=country><option>Brazil<option>Spain</select></label>
        <label>Day <input name=day type=date></label>
        <a href='/form'>Forgot it?</a>
        <button>Create account</button></form>",
    )
}

/// Asks before it is left, once something was typed.
#[handler]
fn unsaved() -> Html<&'static str> {
    Html(
        "<title>unsaved</title><style>body{margin:0} a,input{display:block;width:200px;height:40px;margin:0}</style>
        <input id=note oninput=\"document.title = 'note:' + this.value\"><a href='/form'>Elsewhere</a>
        <script>addEventListener('beforeunload', (event) => note.value && event.preventDefault())</script>",
    )
}

/// A login as browsers know it. On a key it tells what is in it and how many fields a browser filled; below is a list of its own.
#[handler]
fn account() -> Html<&'static str> {
    Html(
        "<title>account</title><style>body{margin:0} input,button{display:block;width:200px;height:40px;margin:0}</style>
        <form method=post><input id=email name=email type=email autocomplete=username>
        <input id=word name=password type=password autocomplete=current-password><button>Log in</button></form>
        <input list=fruits aria-label=Fruit><datalist id=fruits><option>Apple<option>Apricot</datalist>
        <script>addEventListener('keyup', () =>
            document.title = [email.value, word.value, document.querySelectorAll(':autofill').length].join('|'))</script>",
    )
}

#[handler]
fn logged_in() -> Html<&'static str> {
    Html(
        "<title>logged in</title><style>body{margin:0} a{display:block;width:200px;height:40px}</style>
        <a href='/account'>The login</a>",
    )
}

/// Leads to `/touched` at a port of this computer.
#[handler]
fn leads(Path(port): Path<u16>) -> Html<String> {
    Html(format!(
        "<title>leads</title><style>body{{margin:0}} a{{display:block;width:200px;height:40px}}</style>
        <a href='http://app.localhost:{port}/touched'>There</a>"
    ))
}

/// Says where it was tapped or in what size it was drawn, and changes its colour again and again, so that it is pictured again and again.
#[handler]
fn touched() -> Html<&'static str> {
    Html(
        "<!doctype html><meta name='viewport' content='width=device-width, initial-scale=1'><title>untouched</title>
        <style>html{height:100%}</style><body><script>
        let taps = 0, turn = 0;
        const say = (text) => parent === window ? document.title = text : parent.postMessage(text, '*');
        addEventListener('click', ({ clientX, clientY }) => {
            taps += 1;
            say(`${taps}:${Math.round(clientX)},${Math.round(clientY)}`);
        });
        // Before its first picture Chromium gives a page no input.
        const drawn = () => new Promise(requestAnimationFrame);
        const size = () => drawn().then(drawn).then(drawn).then(() => say(`${innerWidth}x${innerHeight}`));
        addEventListener('resize', size);
        if (parent !== window) size();
        setInterval(() => document.body.style.background = ['#fff', '#eee'][turn++ % 2], 450);
        </script>",
    )
}

/// The same in a frame of another site, at (50, 60).
#[handler]
fn touched_in_a_frame(Path(port): Path<u16>) -> Html<String> {
    Html(format!(
        "<!doctype html><title>untouched</title>
        <style>html{{height:100%}} iframe{{position:absolute;left:50px;top:60px;width:calc(100% - 50px);height:calc(100% - 60px);border:0}}</style>
        <iframe src='http://b.other.localhost:{port}/touched'></iframe>
        <script>onmessage = (event) => document.title = event.data</script>"
    ))
}

/// Where it is tapped it goes on to another site, sooner or later, so that some of them go while they are pictured. The page after
/// it says where that was.
#[handler]
fn moves(Path((step, port)): Path<(u32, u16)>) -> Html<String> {
    let (site, next, rest) = (["b.other", "app"][(step % 2) as usize], step + 1, 300 + 20 * step);
    Html(format!(
        "<!doctype html><meta name='viewport' content='width=device-width, initial-scale=1'><title>busy</title>
        <style>html{{height:100%}}</style><body><script>
        const drawn = () => new Promise(requestAnimationFrame);
        drawn().then(drawn).then(drawn).then(() => document.title = '{step}' + location.search);
        addEventListener('click', ({{ clientX, clientY }}) => {{
            const next = `http://{site}.localhost:{port}/moves/{next}/{port}?${{Math.round(clientX)}},${{Math.round(clientY)}}`;
            document.body.style.background = '#eee';
            setTimeout(() => location.assign(next), {rest});
        }});
        </script>"
    ))
}
