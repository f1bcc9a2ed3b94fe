//! A server of one story's own, and answers that must be documented.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, Method, RequestBuilder, Response, header::HeaderMap};
use serde_json::{Value, json};
use staylogged::{
    app::{App, Browsers, Foundation, Reach, Services},
    browser::Browser,
    domain::{AccountIdentity, AccountName, Clock, Connection, LoginId, ProviderId, Sealed, Timestamp, UserId},
    http::{Access, Origins},
    login::{Logins, machine::Idleness},
    providers::Providers,
    scheduler::Scheduler,
    scraper::Limits,
    sessions::SessionKeeper,
    store::{SaveSession, Store},
    vault::{KeyRing, Vault, generate_key},
};

use super::scripted::Scripted;
use crate::support::{
    databases::Database,
    saved_login::{Whose, save_login},
};

/// How long a story waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The checked-in document: every answer of every story must be in it.
pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("../../../openapi/openapi.yaml")).expect("YAML"));

pub struct Server {
    pub url: String,
    pub store: Store,
    pub browser: Arc<Scripted>,
    pub http: Client,
    pub app: App,
    pub database: Database,
    pub logins: Logins,
    /// Not started: a story says when what is due is done.
    pub scheduler: Scheduler,
    ahead: Arc<AtomicI64>,
}

/// How a story's server is to be.
pub struct Setup {
    pub address: &'static str,
    pub access: Access,
    /// Whose pages may call.
    pub origins: &'static [&'static str],
    /// Whose pages may show the modal.
    pub embedders: &'static [&'static str],
    pub idleness: Idleness,
    /// There is a display.
    pub window: bool,
    /// Definitions beside those that come with the program: the file's name, and its text.
    pub definitions: &'static [(&'static str, &'static str)],
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:0",
            access: Access::open_on_loopback(),
            origins: &[],
            embedders: &[],
            idleness: Idleness::default(),
            window: false,
            definitions: &[],
        }
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.expect("a body") }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The last part of a problem's type, after looking at the rest of it.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        let kind = problem["type"].as_str().unwrap().strip_prefix("urn:staylogged:problem:").unwrap();
        kind.to_owned()
    }
}

impl Server {
    /// Without keys, as on a laptop.
    pub async fn open() -> Self {
        Self::start(Setup::default()).await
    }

    /// Whoever has this key.
    pub async fn keyed(key: &str) -> Self {
        Self::keyed_at("127.0.0.1:0", key).await
    }

    /// Whoever has this key, at that address.
    pub async fn keyed_at(address: &'static str, key: &str) -> Self {
        let access = Access::keys(vec![Access::hash("another"), Access::hash(key)]);
        Self::start(Setup { address, access, origins: &["https://app.example.com"], ..Setup::default() }).await
    }

    pub async fn start(setup: Setup) -> Self {
        let database = Database::sqlite();
        let store = database.store().await;
        let vault = Vault::new(KeyRing::parse(&generate_key(), "").unwrap());
        let ahead = Arc::new(AtomicI64::new(0));
        let clock = Clock::from_fn({
            let ahead = Arc::clone(&ahead);
            move || Timestamp(Clock::system().now().0 + ahead.load(Ordering::Relaxed))
        });
        let keeper = SessionKeeper::new(store.clone(), vault, store.installation().await.unwrap(), clock.clone());
        let providers = Providers::embedded().unwrap();
        for (file, text) in setup.definitions {
            providers.put(file, text).unwrap();
        }
        let browser = Arc::new(Scripted::default());
        let any: Arc<dyn Browser> = Arc::clone(&browser) as _;
        let foundation = Foundation {
            store: store.clone(),
            keeper,
            providers,
            browsers: Browsers { headed: Arc::clone(&any), headless: any },
            clock,
            max_logins: 3,
            window: setup.window,
            idleness: setup.idleness,
            run_limits: Limits::default(),
        };
        let reach = Reach {
            address: setup.address.parse().expect("an address"),
            access: setup.access,
            allowed_origins: Origins::parse(setup.origins).unwrap(),
            embed_origins: Origins::parse(setup.embedders).unwrap(),
        };
        let app = App::serve(Services::new(foundation), reach).await.unwrap();
        let url = format!("http://127.0.0.1:{}", app.url.rsplit_once(':').expect("a port").1);
        let (logins, scheduler) = (app.services.logins.clone(), app.services.scheduler.clone());
        let http = crate::support::http::client_builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self { url, store, browser, http, app, database, logins, scheduler, ahead }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Sends it, and looks whether the answer is one that is documented.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await.unwrap();
        assert_documented(&method, &path, response.status().as_u16());
        Answer::read(response).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// That much time passes at once.
    pub fn later(&self, time: Duration) {
        self.ahead.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// As the holder of a connect token or a link; a body where there is one.
    pub async fn ask(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.request(method, path).bearer_auth(token);
        self.send(if let Some(body) = body { request.json(&body) } else { request }).await
    }

    /// Starts a login at the demo market and waits for its browser. The login's id.
    pub async fn connect(&self) -> String {
        let answer = self.post("/api/integrations/demo-market/connect", json!({})).await;
        let login = answer.json()["login"]["id"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned();
        self.until(&login, "awaiting_login").await;
        login
    }

    /// Waits until the login is in that state.
    pub async fn until(&self, login: &str, state: &str) {
        let id = LoginId::parse(login).unwrap();
        let mut bell = self.store.bells().login(&id);
        let reached = async {
            loop {
                bell.mark_unchanged();
                let login = self.store.login(&UserId::default_user(), &id).await.unwrap().unwrap();
                if login.state.as_str() == state {
                    return;
                }
                bell.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("never {state}"));
    }

    /// A connection whose login was saved, without a browser. (Its session is no session: nothing opens it here.)
    pub async fn connected(&self, account: &str) -> Connection {
        let whose = Whose {
            user: UserId::default_user(),
            provider: ProviderId::parse("demo-market").unwrap(),
            account: AccountName::parse(account).unwrap(),
        };
        save_login(&self.store, whose, Clock::system().now(), |_, generation| SaveSession {
            sealed: Sealed::from_bytes(vec![1, 2, 3]),
            generation,
            provider_version: "1".into(),
            identity: Some(AccountIdentity { id: "acc_1001".into(), label: "ana@example.com".into() }),
            ends: None,
        })
        .await
    }

    /// Stops it in order.
    pub async fn stop(self) {
        tokio::time::timeout(PATIENCE, self.app.shut_down()).await.expect("it stops");
    }
}

/// What a path is in the document: its template and its item.
pub fn documented(path: &str) -> Option<(&'static str, &'static Value)> {
    let fits = |template: &str, item: &Value| {
        let full = if item.get("servers").is_some() { template.to_owned() } else { format!("/api{template}") };
        full.split('/').count() == path.split('/').count()
            && full.split('/').zip(path.split('/')).all(|(t, p)| t == p || t.starts_with('{'))
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let fitting = paths.iter().filter(|(template, item)| fits(template, item));
    fitting.min_by_key(|(template, _)| template.matches('{').count()).map(|(template, item)| (template.as_str(), item))
}

fn assert_documented(method: &Method, path: &str, status: u16) {
    let Some((template, item)) = documented(path) else { return };
    let Some(operation) = item.get(method.as_str().to_lowercase()) else { return };
    let known = operation["responses"].get(status.to_string()).is_some();
    assert!(known, "{method} {template} answered {status}, which openapi/openapi.yaml does not say");
}
