//! A marked password, cookie and token run through connect and scrape, and are found nowhere but sealed.

use std::{fs, path::Path};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{client, program::Program};

stories! {
    no_secret_is_found_in_logs_database_metrics_errors_or_events,
}

async fn no_secret_is_found_in_logs_database_metrics_errors_or_events() {
    let dir = TempDir::new().unwrap();
    let program = Program::demo(dir.path(), &[("RUST_LOG", "trace")]).await;
    let caller = program.caller();
    // By a connect token, followed by a link: neither is to be found again.
    let (_, made) = caller.ask(Method::POST, "/api/connect-tokens", None).await;
    let token = made["token"].as_str().unwrap().to_owned();
    let by = |token: String| {
        let (http, url) = (client(), caller.url.clone());
        async move |method: Method, path: &str| {
            http.request(method, format!("{url}{path}")).bearer_auth(&token).send().await.unwrap()
        }
    };
    let with_token = by(token.clone());
    let connected = with_token(Method::POST, "/api/integrations/demo-market/connect").await;
    let connected: Value = connected.error_for_status().unwrap().json().await.unwrap();
    let path = format!("/api/logins/{}", connected["login"]["id"].as_str().unwrap());
    let (_, made) = caller.ask(Method::POST, &format!("{path}/links"), Some(json!({"mode": "view"}))).await;
    let link = made["token"].as_str().unwrap().to_owned();
    by(link.clone())(Method::GET, &path).await.error_for_status().unwrap();
    let (login, mut events, mut person) = caller.begins("demo-market").await;
    // Every other way in which something can be typed.
    for input in [
        json!({"type": "composition", "text": "canary-composed", "start": 1, "end": 2}),
        json!({"type": "composition", "text": "", "start": 0, "end": 0}),
        json!({"type": "edit", "action": "paste", "text": "canary-pasted"}),
        json!({"type": "credentials", "id": 99, "username": "canary-name", "password": "canary-secret"}),
        json!({"type": "dialog", "id": 99, "accept": true, "text": "canary-answer"}),
        json!({"type": "pick", "id": 99, "value": "canary-picked"}),
        json!({"type": "fill", "form": 99, "field": 1, "text": "canary-filled"}),
        json!({"type": "files", "id": 99, "files": [{"name": "canary-file.txt", "mime": "text/plain", "size": 1000}]}),
    ] {
        person.does(input).await;
    }
    let account = program.ready["account"].clone();
    person.enters(account["email"].as_str().unwrap(), account["password"].as_str().unwrap()).await;
    person.enters_code(async || program.code().await, false).await;
    events.until("login_detected").await;
    caller.finish(&login).await;
    events.until("saved").await;
    let (status, scraped) = caller.scrape("demo-market").await;
    assert_eq!(status, 200, "{scraped}");
    // Errors, too: the site ends the session, and a scrape says so.
    let control = program.ready["controlUrl"].as_str().unwrap().to_owned();
    client().post(format!("{control}/revoke")).send().await.unwrap().error_for_status().unwrap();

    let (_, problem) = caller.scrape("demo-market").await;
    assert_eq!(problem["needsReconnect"], true, "{problem}");
    let secrets = issued(&control).await;
    assert!(secrets.len() >= 3, "a ticket, a cookie and a token: {}", secrets.len());

    let spent = with_token(Method::POST, "/api/integrations/demo-market/connect").await;
    assert_eq!(spent.status(), 401);

    let mut told = vec![
        ("errors", problem.to_string()),
        ("errors of tokens", spent.text().await.unwrap()),
        ("events of the login", format!("{:?}", events.seen)),
        ("events of the user", caller.ask_json("/api/events").await.to_string()),
        ("metrics", caller.get("/metrics").await.to_string()),
        ("integrations", caller.get("/api/integrations").await.to_string()),
    ];
    let log = program.log.clone();
    program.stop().await;
    told.push(("log", fs::read_to_string(log).unwrap()));
    assert!(told.last().unwrap().1.contains("DEBUG"), "the log is as fine as it gets");
    let mut files = Vec::new();
    read_all(&dir.path().join("data"), &mut files);
    assert!(files.iter().any(|(name, _)| name.ends_with("staylogged.db")), "the database was read");

    let password = account["password"].as_str().unwrap().to_owned();
    let typed = "canary-".to_owned();
    let ours = [
        ("the password", &password),
        ("what was typed in another way", &typed),
        ("the connect token", &token),
        ("the link", &link),
    ];
    for (what, secret) in secrets.iter().map(|s| ("a cookie or token", s)).chain(ours) {
        for (place, text) in &told {
            assert!(!text.contains(secret.as_str()), "{what} is in the {place}");
        }
        for (file, bytes) in &files {
            assert!(!contains(bytes, secret.as_bytes()), "{what} is in the file {file}");
        }
    }
}

/// Every ticket, cookie, token and code that the marketplace has handed out so far.
async fn issued(control: &str) -> Vec<String> {
    let answer: Value = client().get(format!("{control}/secrets")).send().await.unwrap().json().await.unwrap();
    answer["issued"].as_array().unwrap().iter().map(|secret| secret.as_str().unwrap().to_owned()).collect()
}

fn read_all(dir: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_all(&path, files);
        } else if let Ok(bytes) = fs::read(&path) {
            files.push((path.display().to_string(), bytes));
        }
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
