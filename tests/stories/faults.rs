//! What dies in the middle of a login, and what the person is told.

use std::{path::Path, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{
    app::{TestApp, eventually},
    processes,
    program::{Program, command},
};

stories! {
    chromium_killed_in_the_middle_of_a_login,
    the_driver_killed_in_the_middle_of_a_login,
    the_display_killed_in_the_middle_of_a_login,
    the_server_killed_in_the_middle_of_a_login,
    the_browser_missing_ends_the_login_in_words,
    a_store_that_is_not_writable_publishes_nothing_and_recovers,
    a_key_that_cannot_be_used_stops_the_start_before_listening,
    another_key_than_the_one_that_sealed_the_store_is_refused,
}

/// Kills the first process with that in its command line, and expects the login to end as the person must be told.
async fn killing(part: &str) {
    let app = TestApp::start_with_own_browsers(&[]).await;
    app.save_session().await;
    let ana = app.ana();
    let (login, mut events, mut person) = ana.begins("demo-market").await;
    person.looks_until("a picture", |person| person.frames > 0).await;

    let rooms = processes::rooms(&app.data());
    let process = processes::headed(&app.data(), part);
    processes::kill(process.unwrap_or_else(|| panic!("no {part} in {:#?}", processes::of(&rooms))).pid);

    let event =
        tokio::time::timeout(Duration::from_secs(10), events.until("failed")).await.expect("told within ten seconds");
    assert_eq!((&event.data["code"], &event.data["retryable"]), (&json!("browser_lost"), &json!(true)), "{event:?}");
    eventually("nothing of that browser is left running", Duration::from_secs(10), async || {
        processes::of(&rooms).is_empty()
    })
    .await;

    // Trying again works, and what was saved before still does.
    let connection = ana.connection("demo-market").await;
    assert_eq!(connection["status"], "connected");
    let again = ana.connect("demo-market").await;
    assert_ne!(again, login);
    let mut person = ana.watch(&again).await;
    person.looks_until("a picture", |person| person.frames > 0).await;
    ana.cancel(&again).await;
    let id = connection["id"].as_str().unwrap();
    let (_, check) = ana.ask(reqwest::Method::POST, &format!("/api/connections/{id}/check"), None).await;
    assert_eq!(check["verdict"], "logged_in", "{check}");
    app.stop().await;
}

async fn chromium_killed_in_the_middle_of_a_login() {
    killing("chromium").await;
}

async fn the_driver_killed_in_the_middle_of_a_login() {
    killing("cli.js").await;
}

async fn the_display_killed_in_the_middle_of_a_login() {
    killing("Xvfb").await;
}

async fn the_server_killed_in_the_middle_of_a_login() {
    let dir = TempDir::new().unwrap();
    let program = Program::demo(dir.path(), &[]).await;
    let ports = program.ports();
    let caller = program.caller();
    let login = caller.connect("demo-market").await;
    let mut person = caller.watch(&login).await;
    person.looks_until("a picture", |person| person.frames > 0).await;
    let rooms = program.rooms();
    assert!(!processes::of(&rooms).is_empty(), "a browser runs: {rooms:?}");
    program.kill().await;

    let place = ["--port", &ports[0], "--market-port", &ports[1], "--market-control-port", &ports[2]];
    let program = Program::demo_at(dir.path(), &place, &[]).await;
    let caller = program.caller();
    let ended = caller.get(&format!("/api/logins/{login}")).await;
    assert_eq!((&ended["state"], &ended["failure"]["code"]), (&json!("failed"), &json!("interrupted")), "{ended}");
    assert!(processes::of(&rooms).is_empty(), "swept: {:#?}", processes::of(&rooms));
    assert!(rooms.iter().all(|room| !room.exists()), "their folders, too: {rooms:?}");
    let log = std::fs::read_to_string(&program.log).unwrap();
    assert!(log.contains("ended what a killed predecessor left"), "{log}");
    program.stop().await;
}

async fn the_browser_missing_ends_the_login_in_words() {
    let app = TestApp::start_with_own_browsers(&[("CHROMIUM_PATH", "/nonexistent/chromium")]).await;
    let ana = app.ana();
    let login = ana.connect("demo-market").await;
    let mut events = ana.listen(&format!("/api/logins/{login}/events")).await;
    while events.next().await.is_some() {}
    let failure = ana.get(&format!("/api/logins/{login}")).await["failure"].clone();
    assert_eq!((&failure["code"], &failure["retryable"]), (&json!("browser_unavailable"), &json!(true)), "{failure}");
    assert!(failure["message"].as_str().unwrap().contains("try again"), "{failure}");
    app.stop().await;
}

async fn a_store_that_is_not_writable_publishes_nothing_and_recovers() {
    let app = TestApp::start().await;
    let ana = app.ana();
    let login = ana.connect("demo-market").await;
    let mut person = ana.watch(&login).await;
    person.sees("sso.demo.localhost").await;
    // The page may be there before it is said that the login is awaited.
    eventually("the login is awaited", Duration::from_secs(20), async || {
        ana.get(&format!("/api/logins/{login}")).await["state"] == "awaiting_login"
    })
    .await;
    let before = ana.get(&format!("/api/logins/{login}")).await;

    // Another writer holds the database for longer than the service waits: as good as a full disk to every turn.
    let path = app.dir.path().join("data/staylogged.db");
    let hold = tokio::task::spawn_blocking(move || hold_database(&path));
    let (release, holding) = hold.await.unwrap();
    let (finish, ready) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(20), ana.finish(&login)),
        ana.ask(reqwest::Method::GET, "/readyz", None)
    );
    assert_eq!(ready.0, 503, "{}", ready.1);
    assert_eq!(
        ana.get(&format!("/api/logins/{login}")).await["version"],
        before["version"],
        "nothing told that is not stored"
    );
    drop(finish);
    drop(release);
    holding.await.unwrap();
    eventually("ready again", Duration::from_secs(20), async || {
        ana.ask(reqwest::Method::GET, "/readyz", None).await.0 == 200
    })
    .await;
    eventually("the turn that waited is stored", Duration::from_secs(20), async || {
        ana.get(&format!("/api/logins/{login}")).await["version"].as_i64() > before["version"].as_i64()
    })
    .await;
    app.stop().await;
}

/// Begins a write in another process's place (`sqlite3`'s own lock) and holds it until the sender is dropped.
fn hold_database(path: &Path) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let (held, is_held) = std::sync::mpsc::channel();
    let url = format!("sqlite://{}", path.display());
    let task = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
            let transaction = pool.begin_with("begin exclusive").await.unwrap();
            held.send(()).unwrap();
            let _ = tokio::task::spawn_blocking(move || wait.recv()).await;
            transaction.rollback().await.unwrap();
        });
    });
    is_held.recv().unwrap();
    (release, task)
}

async fn a_key_that_cannot_be_used_stops_the_start_before_listening() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().display().to_string();
    let cases = [
        (None, "SESSION_ENCRYPTION_KEY"),
        (Some("abc".to_owned()), "3"),
        (Some("z".repeat(64)), "hex"),
        (Some("ab".repeat(32)), "same"),
    ];
    for (key, says) in cases {
        let mut command = command(&["serve", "--port", "0", "--data-dir", &data]);
        if let Some(key) = &key {
            command.env("SESSION_ENCRYPTION_KEY", key);
        }
        let output = command.output().await.unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{error}");
        for part in ["SESSION_ENCRYPTION_KEY", "openssl rand -hex 32", says] {
            assert!(error.contains(part), "{part:?} is not in: {error}");
        }
        assert!(key.is_none_or(|key| !error.contains(&key)), "the value is never shown: {error}");
    }
}

async fn another_key_than_the_one_that_sealed_the_store_is_refused() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().display().to_string();
    let serve = |key: &str| {
        let mut command = command(&["serve", "--port", "0", "--data-dir", &data]);
        command
            .env("SESSION_ENCRYPTION_KEY", key)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command
    };
    let first = "0123456789abcdef".repeat(4);
    let mut child = serve(&first).spawn().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().unwrap()));
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("serves at") {
            break;
        }
    }
    let pid = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert!(child.wait().await.unwrap().success());
    let output = serve(&"fedcba9876543210".repeat(4)).output().await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("SESSION_ENCRYPTION_KEY") && error.contains("differs"), "{error}");
    // Upper case is the same key.
    let mut child = serve(&first.to_uppercase()).spawn().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().unwrap()));
    assert!(lines.next_line().await.unwrap().is_some_and(|line| line.contains("serves at")));
    child.kill().await.unwrap();
}
