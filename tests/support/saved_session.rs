//! A scraper with a saved session of the demo marketplace.

use std::sync::Arc;

use serde_json::Value;
use staylogged::{
    app::{Foundation, Services},
    browser::Browser,
    demo::Market,
    domain::{AccountName, Clock, Connection, Run, Session, StreamName, Timestamp, UserEvent, UserId},
    login::machine::Idleness,
    providers::{Provider, Providers},
    scraper::{Limits, ScrapeError, ScrapeRequest, Scraper},
    sessions::SessionKeeper,
    store::{RecordFilter, SaveSession, Store},
    vault::{KeyRing, Vault},
};

use super::{
    LONG, captured,
    databases::Database,
    engine, market, market_id,
    saved_login::{Whose, save_login},
};

pub const KEY: &str = "8c1f4a5e0b7d2c3948576a6b7c8d9e0f112233445566778899aabbccddeeff00";

/// A marketplace, a store with a saved session for it, a headless browser, and a scraper over them.
pub struct SavedSession {
    pub market: Market,
    pub store: Store,
    pub keeper: SessionKeeper,
    pub browser: Arc<dyn Browser>,
    pub scraper: Scraper,
    pub user: UserId,
    pub database: Database,
    foundation: Foundation,
    http: reqwest::Client,
}

impl SavedSession {
    /// With the definition of the marketplace as it is shipped.
    pub async fn new() -> Self {
        Self::with_definition(include_str!("../../providers/demo-market.toml")).await
    }

    /// With another definition of the marketplace.
    pub async fn with_definition(definition: &str) -> Self {
        Self::on(Database::sqlite(), definition).await
    }

    /// On another database.
    pub async fn on(database: Database, definition: &str) -> Self {
        let home = Self::logged_out_on(database, definition).await;
        let session = captured::session_at(&home.market, &home.provider()).await;
        home.save(&session).await;
        home
    }

    /// Before anybody has logged in.
    pub async fn logged_out(definition: &str) -> Self {
        Self::logged_out_on(Database::sqlite(), definition).await
    }

    async fn logged_out_on(database: Database, definition: &str) -> Self {
        let market = market().await;
        let store = database.store().await;
        let vault = Vault::new(KeyRing::parse(KEY, "").expect("a key"));
        let clock = Clock::system();
        let installation = store.installation().await.expect("an installation");
        let keeper = SessionKeeper::new(store.clone(), vault, installation, clock.clone());
        let foundation = Foundation {
            store: store.clone(),
            keeper: keeper.clone(),
            providers: providers(definition, market.port()),
            browsers: engine::browsers(),
            clock,
            max_logins: 1,
            window: false,
            idleness: Idleness::default(),
            run_limits: Limits::default(),
        };
        let scraper = Services::new(foundation.clone()).scraper;
        let browser = Arc::clone(&foundation.browsers.headless);
        let (user, http) = (UserId::default_user(), super::client());
        Self { market, store, keeper, browser, scraper, user, database, foundation, http }
    }

    /// A scraper of the same sessions with another definition.
    pub fn scraper_with(&self, definition: &str) -> Scraper {
        self.scraper_within(definition, Limits::default())
    }

    /// And with other limits.
    pub fn scraper_within(&self, definition: &str, run_limits: Limits) -> Scraper {
        let providers = providers(definition, self.market.port());
        Services::new(Foundation { providers, run_limits, ..self.foundation.clone() }).scraper
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
        self.foundation.providers.get(&market_id()).expect("the market")
    }

    /// Logs in by keyboard, and saves the session as a login by hand does.
    pub async fn log_in(&self) {
        let provider = self.provider();
        let session = captured::type_login(self.browser.as_ref(), &self.market, &provider).await;
        self.save(&Session { state: provider.keep(session.state), ..session }).await;
    }

    /// Saves a session as a login by hand does.
    pub async fn save(&self, session: &Session) {
        let whose = Whose { user: self.user.clone(), provider: market_id(), account: AccountName::main() };
        let provider_version = self.provider().version.clone();
        save_login(&self.store, whose, self.now(), |connection, generation| SaveSession {
            sealed: self.keeper.seal(connection, generation, session).expect("sealed"),
            generation,
            provider_version,
            identity: None,
            ends: None,
        })
        .await;
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
        self.foundation.clock.now()
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

fn providers(definition: &str, port: u16) -> Providers {
    let all = Providers::default().with_file("demo-market.toml", definition).unwrap_or_else(|error| panic!("{error}"));
    all.with_port_override("demo-market", 4381, port)
}
