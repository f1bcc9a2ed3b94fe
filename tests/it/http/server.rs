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
    browser::Browser,
    domain::{
        AccountIdentity, AccountName, Clock, Connection, ConnectionId, Login, LoginEvent, LoginId, LoginState, Params,
        PersonsTime, ProviderId, Sealed, Timestamp, UserId,
    },
    http::{self, Access, HttpParts, Origins},
    login::{LoginParts, Logins, machine::Idleness},
    providers::Providers,
    scheduler::{Scheduler, SchedulerParts},
    scraper::{Scraper, ScraperParts},
    sessions::SessionKeeper,
    store::{Begun, NewLogin, SaveSession, Store, Turn},
    telemetry,
    vault::{KeyRing, Vault, generate_key},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::scripted::Scripted;
use crate::support::databases::Database;

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
    pub stop: CancellationToken,
    pub serving: JoinHandle<std::io::Result<()>>,
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
        let logins = Logins::new(LoginParts {
            store: store.clone(),
            keeper: keeper.clone(),
            providers: providers.clone(),
            people: Arc::clone(&any),
            proving: Arc::clone(&any),
            clock: clock.clone(),
            max_logins: 3,
            window: setup.window,
            idleness: setup.idleness,
        });
        let scraper = Scraper::new(ScraperParts {
            store: store.clone(),
            keeper: keeper.clone(),
            providers: providers.clone(),
            browser: Arc::clone(&any),
            clock: clock.clone(),
        });
        let scheduler = Scheduler::new(SchedulerParts {
            store: store.clone(),
            keeper,
            providers: providers.clone(),
            scraper: scraper.clone(),
            browser: any,
            clock: clock.clone(),
        });
        let parts = HttpParts {
            store: store.clone(),
            logins: logins.clone(),
            scraper,
            scheduler: scheduler.clone(),
            providers,
            access: setup.access,
            allowed_origins: Origins::parse(setup.origins).unwrap(),
            embed_origins: Origins::parse(setup.embedders).unwrap(),
            metrics: telemetry::metrics(),
            clock,
        };
        let listener = TcpListener::bind(setup.address).await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let stop = CancellationToken::new();
        let serving = tokio::spawn(http::serve(parts, listener, stop.clone()));
        let http = crate::support::client_builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self { url, store, browser, http, stop, serving, database, logins, scheduler, ahead }
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
        let (user, now) = (UserId::default_user(), Clock::system().now());
        let provider = ProviderId::parse("demo-market").unwrap();
        let account = AccountName::parse(account).unwrap();
        let id = ConnectionId::new(Uuid::now_v7());
        let connection = self.store.connection_for(&user, &provider, &account, id, now).await.unwrap();
        let login = Login {
            id: LoginId::new(Uuid::now_v7()),
            connection: connection.id.clone(),
            user: user.clone(),
            provider,
            params: Params::new(),
            state: LoginState::Verified,
            version: 1,
            auto_finish: false,
            reconnect: false,
            expected: None,
            window: false,
            time: PersonsTime { until: now, extended: false, idle_ends_at: None },
            started_at: now,
            entered_at: now,
            deadline_at: None,
        };
        let new = NewLogin { login, event: LoginEvent::Launching, owed: vec![], token: None, idempotency_key: None };
        let Begun::New(login) = self.store.begin_login(new).await.unwrap() else { panic!("under way") };
        let save = SaveSession {
            sealed: Sealed::from_bytes(vec![1, 2, 3]),
            generation: self.store.next_generation(&connection.id).await.unwrap(),
            provider_version: "1".into(),
            identity: Some(AccountIdentity { id: "acc_1001".into(), label: "ana@example.com".into() }),
            ends: None,
        };
        let turn = Turn {
            state: LoginState::Saved,
            events: vec![LoginEvent::Saved],
            deadline_at: None,
            time: login.time,
            owed: vec![],
            save: Some(save),
            now,
        };
        self.store.turn(&login, turn).await.unwrap();
        self.store.connection(&user, &connection.id).await.unwrap().unwrap()
    }

    /// Stops it in order.
    pub async fn stop(self) {
        self.logins.shut_down().await;
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.serving).await.expect("it stops").unwrap().unwrap();
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
