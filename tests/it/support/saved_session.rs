//! A scraper with a session of the demo marketplace that somebody logged in to, in a real browser, by keyboard.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use staylogged::{
    browser::{
        Browser, BrowserConfig, Context, PlaywrightBrowser,
        live_view::{Input, KeyAction},
    },
    demo::{Market, MarketConfig},
    domain::{
        AccountName, Clock, Connection, ConnectionId, Login, LoginEvent, LoginId, LoginState, Params, PersonsTime,
        ProviderId, Run, Session, StreamName, Timestamp, UserEvent, UserId,
        rule::{ElementQuery, Truth},
    },
    providers::{Provider, Providers},
    scraper::{Limits, ScrapeError, ScrapeRequest, Scraper, ScraperParts},
    sessions::{self, SessionKeeper},
    store::{Begun, NewLogin, RecordFilter, SaveSession, Store, Turn},
    vault::{KeyRing, Vault},
};
use tempfile::TempDir;
use uuid::Uuid;

use super::databases::Database;

pub const KEY: &str = "8c1f4a5e0b7d2c3948576a6b7c8d9e0f112233445566778899aabbccddeeff00";
/// Longer than anything takes on a busy machine; nothing waits for it when all is well.
const LONG: Duration = Duration::from_mins(1);

/// A marketplace, a store with a saved session for it, a headless browser, and a scraper over them.
pub struct SavedSession {
    pub market: Market,
    pub providers: Providers,
    pub store: Store,
    pub keeper: SessionKeeper,
    pub browser: Arc<dyn Browser>,
    pub scraper: Scraper,
    pub user: UserId,
    clock: Clock,
    http: reqwest::Client,
    pub database: Database,
    _run_dir: TempDir,
}

impl SavedSession {
    /// With the definition of the marketplace as it is shipped.
    pub async fn new() -> Self {
        Self::with_definition(include_str!("../../../providers/demo-market.toml")).await
    }

    /// With another definition of the marketplace.
    pub async fn with_definition(definition: &str) -> Self {
        Self::on(Database::sqlite(), definition).await
    }

    /// On another database.
    pub async fn on(database: Database, definition: &str) -> Self {
        let home = Self::logged_out_on(database, definition).await;
        home.log_in().await;
        home
    }

    /// Before anybody has logged in.
    pub async fn logged_out(definition: &str) -> Self {
        Self::logged_out_on(Database::sqlite(), definition).await
    }

    async fn logged_out_on(database: Database, definition: &str) -> Self {
        let market = Market::start(MarketConfig { port: 0, control_port: 0 }).await.expect("the marketplace starts");
        let store = database.store().await;
        let vault = Vault::new(KeyRing::parse(KEY, "").expect("a key"));
        let clock = Clock::system();
        let installation = store.installation().await.expect("an installation");
        let keeper = SessionKeeper::new(store.clone(), vault, installation, clock.clone());
        let run_dir = tempfile::tempdir().expect("a folder");
        let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/driver");
        let browser = PlaywrightBrowser::new(BrowserConfig::new(run_dir.path().to_owned(), driver.into()));
        let providers = providers(definition, market.port());
        let parts = ScraperParts {
            store: store.clone(),
            keeper: keeper.clone(),
            providers: providers.clone(),
            browser: Arc::clone(&browser),
            clock: clock.clone(),
        };
        Self {
            market,
            providers,
            store,
            keeper,
            browser,
            scraper: Scraper::new(parts),
            user: UserId::default_user(),
            clock,
            http: super::client(),
            database,
            _run_dir: run_dir,
        }
    }

    /// A scraper of the same sessions with another definition.
    pub fn scraper_with(&self, definition: &str) -> Scraper {
        self.scraper_within(definition, Limits::default())
    }

    /// And with other limits.
    pub fn scraper_within(&self, definition: &str, limits: Limits) -> Scraper {
        let parts = ScraperParts {
            store: self.store.clone(),
            keeper: self.keeper.clone(),
            providers: providers(definition, self.market.port()),
            browser: Arc::clone(&self.browser),
            clock: self.clock.clone(),
        };
        Scraper::with_limits(parts, limits)
    }

    /// Waits until the run has read so many pages.
    pub async fn until_page(&self, run: &Run, pages: u32) {
        let mut bell = self.store.bells().user(&self.user);
        let a_page = async {
            loop {
                let now = self.store.run(&self.user, &run.id).await.expect("a run").expect("a run");
                if now.progress.pages >= pages {
                    break;
                }
                assert!(now.finished_at.is_none(), "it ended before that: {now:?}");
                bell.changed().await.expect("the store lives");
            }
        };
        tokio::time::timeout(LONG, a_page).await.expect("a page");
    }

    pub fn provider(&self) -> Arc<Provider> {
        self.providers.get(&market_id()).expect("the market")
    }

    /// Logs in by keyboard, and saves the session as a login by hand does.
    pub async fn log_in(&self) {
        let session = type_in(self.browser.as_ref(), &self.market, &self.provider()).await;
        self.save(&session).await;
    }

    /// Saves a session as a login by hand does.
    pub async fn save(&self, session: &Session) {
        let now = self.clock.now();
        let id = ConnectionId::new(Uuid::now_v7());
        let account = AccountName::main();
        let made = self.store.connection_for(&self.user, &market_id(), &account, id, now).await;
        let connection = made.expect("a connection");
        let login = Login {
            id: LoginId::new(Uuid::now_v7()),
            connection: connection.id.clone(),
            user: self.user.clone(),
            provider: market_id(),
            params: Params::new(),
            state: LoginState::Launching,
            version: 0,
            auto_finish: false,
            reconnect: false,
            expected: None,
            window: false,
            time: PersonsTime { until: now.after(LONG), extended: false, idle_ends_at: None },
            started_at: now,
            entered_at: now,
            deadline_at: Some(now.after(LONG)),
        };
        let new = NewLogin { login, event: LoginEvent::Launching, owed: vec![], token: None, idempotency_key: None };
        let Begun::New(login) = self.store.begin_login(new).await.expect("a login") else { panic!("one is under way") };
        let generation = self.store.next_generation(&connection.id).await.expect("a generation");
        let sealed = self.keeper.seal(&connection, generation, session).expect("sealed");
        let provider_version = self.provider().version.clone();
        let save = SaveSession { sealed, generation, provider_version, identity: None, ends: None };
        let events = vec![LoginEvent::Saved];
        let time = login.time;
        let turn =
            Turn { state: LoginState::Saved, events, deadline_at: None, time, owed: vec![], save: Some(save), now };
        self.store.turn(&login, turn).await.expect("saved");
    }

    pub async fn connection(&self) -> Connection {
        let found = self.store.connection_of(&self.user, &market_id(), &AccountName::main()).await;
        found.expect("the store answers").expect("a connection")
    }

    /// The session as it is saved now.
    pub async fn session(&self) -> Session {
        self.keeper.open(&self.connection().await).await.expect("a session").session
    }

    pub async fn generation(&self) -> i64 {
        self.store.session(&self.connection().await.id).await.expect("the store answers").expect("a session").generation
    }

    /// Begins a run.
    pub async fn start(&self, scraper: &Scraper, stream: &str) -> Result<Run, ScrapeError> {
        let stream = Some(StreamName::parse(stream).expect("a name"));
        let request = ScrapeRequest { stream, account: AccountName::main(), continues: None };
        scraper.start(&self.user, &market_id(), request).await.map(|(run, _)| run)
    }

    /// Begins a run that goes on where an earlier one ended.
    pub async fn go_on(&self, scraper: &Scraper, earlier: &Run) -> Result<Run, ScrapeError> {
        let (stream, continues) = (Some(earlier.stream.clone()), Some(earlier.id.clone()));
        let request = ScrapeRequest { stream, account: AccountName::main(), continues };
        scraper.start(&self.user, &market_id(), request).await.map(|(run, _)| run)
    }

    /// Runs to the end.
    pub async fn scrape(&self, scraper: &Scraper, stream: &str) -> Run {
        let run = self.start(scraper, stream).await.expect("a run");
        let run = scraper.wait(&run, LONG * 2).await;
        assert!(run.finished_at.is_some(), "the run is not over: {run:?}");
        run
    }

    /// What the run found: key and fields, by key.
    pub async fn records(&self, run: &Run) -> Vec<(String, Value)> {
        let filter = RecordFilter::of_run(&run.id);
        let page = self.store.records(&run.connection, &run.stream, None, 1000, &filter).await.expect("records");
        let mut all: Vec<_> = page.records.into_iter().map(|one| (one.key, Value::Object(one.fields))).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    pub async fn user_events(&self) -> Vec<UserEvent> {
        let events = self.store.user_events(&self.user, 0, 1000).await.expect("events");
        events.into_iter().map(|stored| stored.event).collect()
    }

    /// Asks the marketplace's control plane: a POST where there is a body.
    pub async fn control(&self, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.market.control_url());
        let request = match body {
            Some(body) => self.http.post(url).json(&body),
            None => self.http.get(url),
        };
        request.send().await.expect("an answer").json().await.expect("JSON")
    }

    /// How often the marketplace was asked for a page of products, for which, and when.
    pub async fn searches(&self) -> Vec<Search> {
        let log = self.control("/log", None).await;
        let requests = log["requests"].as_array().expect("a list").iter();
        let searches = requests.filter(|one| one["path"] == "/v1/market/search" && one["method"] == "POST");
        let search = |one: &Value| Search { page: one["page"].as_u64(), at_ms: one["atMs"].as_u64().expect("a time") };
        searches.map(search).collect()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn end(self) {
        self.scraper.shut_down().await;
        self.browser.shut_down().await;
        self.market.shut_down().await;
        self.store.close().await;
        self.database.remove().await;
    }
}

/// One request for a page of products.
#[derive(Debug)]
pub struct Search {
    pub page: Option<u64>,
    /// Milliseconds since the marketplace was started.
    pub at_ms: u64,
}

pub fn market_id() -> ProviderId {
    ProviderId::parse("demo-market").expect("an id")
}

fn providers(definition: &str, port: u16) -> Providers {
    let all = Providers::default().with_file("demo-market.toml", definition).unwrap_or_else(|error| panic!("{error}"));
    all.with_port_override("demo-market", 4381, port)
}

/// Password and one-time code, by keyboard alone: the cookie banner covers whatever could be clicked.
async fn type_in(browser: &dyn Browser, market: &Market, provider: &Provider) -> Session {
    let context = browser.open(sessions::open_options(provider, None)).await.expect("a context");
    let page = context.visit(&provider.login.start, LONG).await.expect("the market opens");
    let view = context.live_view();
    let account = market.account();
    let press = async |key: &str| {
        for action in [KeyAction::Down, KeyAction::Up] {
            let input = Input::Key { action, key: key.into(), code: key.into(), modifiers: 0 };
            view.send(input).await.expect("a key");
        }
    };
    let shown = async |css: &str| {
        let element = ElementQuery { css: css.into(), visible: true };
        until(context.as_ref(), css, async || page.has(&element).await.unwrap_or(false)).await;
    };
    shown("#username").await;
    press("Tab").await;
    shown("#username:focus").await;
    view.send(Input::Text { text: account.email }).await.expect("text");
    press("Tab").await;
    shown("#password:focus").await;
    view.send(Input::Text { text: account.password }).await.expect("text");
    press("Enter").await;
    shown("#code:focus").await;
    view.send(Input::Text { text: market.totp_now() }).await.expect("text");
    press("Enter").await;
    let wanted = sessions::wanted(provider.login.logged_in.needs());
    until(context.as_ref(), "the login rule holds", async || {
        let seen = context.observe(&wanted).await.expect("a look");
        provider.login.logged_in.judge(&seen).truth == Truth::True
    })
    .await;
    let state = provider.keep(context.storage_state().await.expect("a state"));
    let session = Session { state, identity: context.identity() };
    context.close().await;
    session
}

async fn until(context: &dyn Context, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let mut changes = context.changes();
    let waited = tokio::time::timeout(LONG, async {
        while !holds().await {
            let _ = tokio::time::timeout(Duration::from_millis(100), changes.changed()).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("not within {LONG:?}: {what}"));
}
