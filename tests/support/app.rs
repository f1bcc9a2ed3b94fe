//! The whole service in this process, with the demo marketplace beside it, and verbs to use it by.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use staylogged::{
    app::{App, Overrides},
    browser::SiteMap,
    config::{Config, Environment},
    demo::{Market, MarketConfig},
    domain::{AccountIdentity, AccountName, Clock, UserId},
    providers::Providers,
    store::SaveSession,
};
use tempfile::TempDir;

use super::{
    captured,
    clock::MovedClock,
    engine,
    events::EventReader,
    market, market_id,
    person::Person,
    saved_login::{Whose, save_login},
    saved_session::KEY,
};

/// A running service and its marketplace.
pub struct TestApp {
    pub url: String,
    pub market: Market,
    pub app: App,
    pub dir: TempDir,
    http: Client,
    user: String,
}

impl TestApp {
    /// On a fresh SQLite file, with contexts of its own in the browsers that all stories share.
    pub async fn start() -> Self {
        Self::start_on(None, &[]).await
    }

    /// On the given database, with further variables set.
    pub async fn start_on(database_url: Option<String>, variables: &[(&str, &str)]) -> Self {
        let overrides = Overrides { browsers: Some(engine::browsers()), ..Overrides::default() };
        Self::start_beside(market().await, overrides, database_url, variables).await
    }

    /// Where Ana's session is saved already.
    pub async fn start_connected() -> Self {
        let app = Self::start().await;
        app.save_session().await;
        app
    }

    /// With browsers of its own, as the service starts them: for stories that look at their processes or end them.
    pub async fn start_with_own_browsers(variables: &[(&str, &str)]) -> Self {
        Self::start_beside(market().await, Overrides::default(), None, variables).await
    }

    /// By a clock that the story moves for the service and for the site, which is Hotmart's stand-in as well.
    pub async fn start_at_hotmart(time: &MovedClock) -> Self {
        let config = MarketConfig { port: 0, control_port: 0 };
        let mut market = Market::start_at(config, time.clock()).await.unwrap();
        let stand_in = market.stand_in_for_hotmart().await.unwrap();
        let sites = SiteMap { hosts: "*.hotmart.com".into(), address: stand_in.address, key_hash: stand_in.key_hash };
        let overrides = Overrides { clock: time.clock(), sites: Some(sites), browsers: None };
        Self::start_beside(market, overrides, None, &[]).await
    }

    async fn start_beside(
        market: Market,
        overrides: Overrides,
        database_url: Option<String>,
        variables: &[(&str, &str)],
    ) -> Self {
        let dir = TempDir::new().unwrap();
        let database_url =
            database_url.unwrap_or_else(|| format!("sqlite://{}", dir.path().join("data/staylogged.db").display()));
        let app = start_app(&dir, &database_url, market.port(), overrides, variables).await;
        Self { url: app.url.clone(), market, app, dir, http: super::client(), user: "ana".into() }
    }

    /// Saves a session of Ana's at the marketplace, as her login by hand would.
    pub async fn save_session(&self) {
        let services = &self.app.services;
        let provider = services.providers.get(&market_id()).expect("the market");
        let session = captured::session_at(&self.market, &provider).await;
        let whose =
            Whose { user: UserId::parse(&self.user).unwrap(), provider: market_id(), account: AccountName::main() };
        let account = self.market.account();
        save_login(&services.store, whose, Clock::system().now(), |connection, generation| SaveSession {
            sealed: services.keeper.seal(connection, generation, &session).expect("sealed"),
            generation,
            provider_version: provider.version.clone(),
            identity: Some(AccountIdentity { id: account.id, label: account.email }),
            ends: None,
        })
        .await;
    }

    /// Stops in order, as SIGTERM does.
    pub async fn stop(self) {
        self.app.shut_down().await;
        self.market.shut_down().await;
    }

    /// The same service, used by somebody else.
    pub fn as_user(&self, user: &str) -> Caller {
        Caller { url: self.url.clone(), http: self.http.clone(), user: user.to_owned() }
    }

    /// The default user of the stories.
    pub fn ana(&self) -> Caller {
        self.as_user(&self.user)
    }

    /// The data folder, for what is known of the browsers' processes.
    pub fn data(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    /// Asks the marketplace's control plane.
    pub async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("http://127.0.0.1:{}{path}", self.market.control_port());
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null)
    }
}

async fn start_app(
    dir: &TempDir,
    database_url: &str,
    market_port: u16,
    overrides: Overrides,
    variables: &[(&str, &str)],
) -> App {
    let own = [
        ("SESSION_ENCRYPTION_KEY", KEY.to_owned()),
        ("DATA_DIR", dir.path().join("data").display().to_string()),
        ("DATABASE_URL", database_url.to_owned()),
        ("PORT", "0".to_owned()),
    ];
    let given = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let environment: Environment = own.into_iter().chain(given).map(|(n, v)| (n.to_owned(), v)).collect();
    let config = Config::read(&environment).unwrap();
    let adjust = |providers: Providers| providers.at_the_market(market_port);
    App::start(config, overrides, adjust).await.unwrap()
}

/// A server that calls the API for one of its users.
#[derive(Clone)]
pub struct Caller {
    pub url: String,
    http: Client,
    user: String,
}

impl Caller {
    pub fn new(url: &str, user: &str) -> Self {
        Self { url: url.to_owned(), http: super::client(), user: user.to_owned() }
    }

    /// A stream's events so far, as programs that cannot read streams get them.
    pub async fn ask_json(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.url)).header("Staylogged-User", &self.user);
        request.header("Accept", "application/json").send().await.unwrap().json().await.unwrap()
    }

    /// Any request; answers status and JSON body.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request =
            self.http.request(method, format!("{}{path}", self.url)).header("Staylogged-User", &self.user);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// Clicks "Connect": the login's id.
    pub async fn connect(&self, provider: &str) -> String {
        let (status, body) = self.ask(Method::POST, &format!("/api/integrations/{provider}/connect"), None).await;
        assert!(status == 201 || status == 200, "connect: {status} {body}");
        body["login"]["id"].as_str().unwrap().to_owned()
    }

    /// Clicks "Connect", listens, and sits down before the picture: the login's id, its events, and the person.
    pub async fn begins(&self, provider: &str) -> (String, EventReader, Person) {
        let login = self.connect(provider).await;
        let events = self.listen(&format!("/api/logins/{login}/events")).await;
        let person = self.watch(&login).await;
        (login, events, person)
    }

    /// "I Finished Login".
    pub async fn finish(&self, login: &str) -> (u16, Value) {
        self.ask(Method::POST, &format!("/api/logins/{login}/finish"), None).await
    }

    /// Closes the modal.
    pub async fn cancel(&self, login: &str) -> (u16, Value) {
        self.ask(Method::POST, &format!("/api/logins/{login}/cancel"), None).await
    }

    /// Listens to a stream of server-sent events.
    pub async fn listen(&self, path: &str) -> EventReader {
        let answer = self
            .http
            .get(format!("{}{path}", self.url))
            .header("Staylogged-User", &self.user)
            .header("Accept", "text/event-stream")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        EventReader::new(answer)
    }

    /// Sits down before the live view of a login.
    pub async fn watch(&self, login: &str) -> Person {
        let (status, ticket) = self.ask(Method::POST, &format!("/api/logins/{login}/live-ticket"), None).await;
        assert_eq!(status, 200, "live-ticket: {ticket}");
        Person::sit_down(&self.url, &ticket).await
    }

    /// Scrapes, waiting for the end.
    pub async fn scrape(&self, provider: &str) -> (u16, Value) {
        self.ask(Method::POST, &format!("/api/scraper/{provider}/scrape?wait=120"), None).await
    }

    /// The connection at a provider.
    pub async fn connection(&self, provider: &str) -> Value {
        let all = self.get("/api/integrations").await;
        let of =
            all["integrations"].as_array().unwrap().iter().find(|i| i["provider"]["id"] == provider).unwrap().clone();
        of["connection"].clone()
    }
}

/// Tries again until the condition holds, for at most that long: for what no event tells, such as processes ending.
pub async fn eventually(what: &str, within: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let until = tokio::time::Instant::now() + within;
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    while !holds().await {
        assert!(tokio::time::Instant::now() < until, "not within {within:?}: {what}");
        ticks.tick().await;
    }
}

/// A body for the control plane's `/mode`.
pub fn mode(name: &str, value: impl Into<Value>) -> Value {
    let mut body = json!({});
    body[name] = value.into();
    body
}
