//! The composition root: builds everything, and stops it in order.

use std::{
    fs, io,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    browser::{
        Browser,
        playwright::{BrowserConfig, PlaywrightBrowser, SiteMap},
        sweep::sweep,
    },
    config::{BrowserSettings, Config},
    domain::Clock,
    http::{self, Access, HttpParts, InvalidOrigin, Origins},
    login::{LoginParts, Logins, machine::Idleness},
    providers::{Folder, Providers},
    scheduler::{Scheduler, SchedulerParts},
    scraper::{Limits, Scraper, ScraperParts},
    sessions::SessionKeeper,
    store::{Store, StoreError},
    telemetry,
    vault::{KeyError, KeyRing, Vault, VaultError},
};

/// Why the service could not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The key is missing or no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key is not the one that sealed this store.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A definition has a mistake; the text has file, line, caret and cure.
    #[error("{0}")]
    Providers(String),
    /// `ALLOWED_ORIGINS` holds what is no origin.
    #[error("ALLOWED_ORIGINS: {0}")]
    Origin(#[from] InvalidOrigin),
    /// `EMBED_ORIGINS` holds what is no origin.
    #[error("EMBED_ORIGINS: {0}")]
    Embedder(InvalidOrigin),
    /// A folder or a file could not be made.
    #[error("could not use {path}: {error}")]
    Folder {
        /// Which.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// The address is taken, or not ours.
    #[error("could not listen on {address}: {error}. Choose another with HOST and PORT")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// What a crash left could not be ended.
    #[error("could not end what the last run left under way: {0}")]
    Recover(String),
}

/// What code can put in the place of what the configuration would give.
#[derive(Debug, Clone)]
pub struct Overrides {
    /// The time.
    pub clock: Clock,
    /// Sites that are somewhere else than their names say.
    pub sites: Option<SiteMap>,
    /// Browsers that run already; without them, the configured Chromium.
    pub browsers: Option<Browsers>,
}

impl Default for Overrides {
    fn default() -> Self {
        Self { clock: Clock::system(), sites: None, browsers: None }
    }
}

/// The two browsers of a service: neither takes the other down.
#[derive(Debug, Clone)]
pub struct Browsers {
    /// With windows: the one that people log in with.
    pub headed: Arc<dyn Browser>,
    /// Without: for proofs, checks and runs.
    pub headless: Arc<dyn Browser>,
}

impl Browsers {
    fn from_config(config: &Config, sites: Option<&SiteMap>) -> Self {
        let browser =
            |headed| PlaywrightBrowser::new(BrowserConfig { sites: sites.cloned(), ..browser_config(config, headed) });
        Self { headed: browser(true), headless: browser(false) }
    }
}

/// What the services are built on.
#[derive(Debug, Clone)]
pub struct Foundation {
    /// Where everything is kept.
    pub store: Store,
    /// Opens and seals the sessions in it.
    pub keeper: SessionKeeper,
    /// What can be connected.
    pub providers: Providers,
    /// What people and programs visit sites with.
    pub browsers: Browsers,
    /// The time.
    pub clock: Clock,
    /// How many logins may be under way at once.
    pub max_logins: usize,
    /// The headed browser's own window is on a real display.
    pub window: bool,
    /// When a person counts as gone.
    pub idleness: Idleness,
    /// What bounds a run.
    pub run_limits: Limits,
}

impl Foundation {
    /// Opens the store and checks that it was sealed with the configured key.
    async fn from_config(
        config: &Config,
        Overrides { clock, sites, browsers }: Overrides,
        adjust: impl FnOnce(Providers) -> Providers,
    ) -> Result<Self, StartError> {
        let ring = KeyRing::parse(config.encryption_key.expose_secret(), config.old_encryption_keys.expose_secret())?;
        let vault = Vault::new(ring);
        make_private_folder(&config.data_dir)?;
        let store = Store::open(config.database_url.expose_secret()).await?;
        check_canary(&store, &vault).await?;
        let keeper = SessionKeeper::new(store.clone(), vault, store.installation().await?, clock.clone());
        Ok(Self {
            store,
            keeper,
            providers: adjust(load_providers(config)?),
            browsers: browsers.unwrap_or_else(|| Browsers::from_config(config, sites.as_ref())),
            clock,
            max_logins: config.max_logins,
            window: config.browser.display.is_some(),
            idleness: Idleness { quiet: config.idle_after, warning: config.idle_warning },
            run_limits: Limits::default(),
        })
    }
}

/// Everything but the HTTP server.
#[derive(Debug)]
pub struct Services {
    /// Where everything is kept.
    pub store: Store,
    /// Opens and seals the sessions in it.
    pub keeper: SessionKeeper,
    /// What can be connected.
    pub providers: Providers,
    /// Logins by hand.
    pub logins: Logins,
    /// Scrapes.
    pub scraper: Scraper,
    /// What happens by itself; started by [`App::start`].
    pub scheduler: Scheduler,
    browsers: Browsers,
    clock: Clock,
    stop: CancellationToken,
}

impl Services {
    /// Starts nothing by itself.
    #[must_use]
    pub fn new(foundation: Foundation) -> Self {
        let Foundation { store, keeper, providers, browsers, clock, max_logins, window, idleness, run_limits } =
            foundation;
        let logins = Logins::new(LoginParts {
            store: store.clone(),
            keeper: keeper.clone(),
            providers: providers.clone(),
            people: Arc::clone(&browsers.headed),
            proving: Arc::clone(&browsers.headless),
            clock: clock.clone(),
            max_logins,
            window,
            idleness,
        });
        let scraper_parts = ScraperParts {
            store: store.clone(),
            keeper: keeper.clone(),
            providers: providers.clone(),
            browser: Arc::clone(&browsers.headless),
            clock: clock.clone(),
        };
        let scraper = Scraper::with_limits(scraper_parts, run_limits);
        let scheduler = Scheduler::new(SchedulerParts {
            store: store.clone(),
            keeper: keeper.clone(),
            providers: providers.clone(),
            scraper: scraper.clone(),
            browser: Arc::clone(&browsers.headless),
            clock: clock.clone(),
        });
        let stop = CancellationToken::new();
        Self { store, keeper, providers, logins, scraper, scheduler, browsers, clock, stop }
    }

    /// From the configuration, listening to the store and to the folder of definitions. `adjust` may change the definitions
    /// (the demo's marketplace has a port of its own).
    pub async fn from_config(
        config: &Config,
        overrides: Overrides,
        adjust: impl FnOnce(Providers) -> Providers,
    ) -> Result<Self, StartError> {
        let services = Self::new(Foundation::from_config(config, overrides, adjust).await?);
        let (store, stop) = (services.store.clone(), services.stop.clone());
        tokio::spawn(async move { store.listen(stop).await });
        if let Some(dir) = &config.providers_dir {
            tokio::spawn(Folder::new(dir, services.providers.clone()).follow(services.stop.clone()));
        }
        Ok(services)
    }

    /// Ends what happens by itself, runs and logins, then browsers, then the store.
    pub async fn shut_down(&self) {
        self.scheduler.shut_down().await;
        self.scraper.shut_down().await;
        self.logins.shut_down().await;
        for browser in [&self.browsers.headed, &self.browsers.headless] {
            browser.shut_down().await;
        }
        self.stop.cancel();
        self.store.close().await;
    }
}

/// Who may reach the service, and from where.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Where it listens.
    pub address: SocketAddr,
    /// Who may call.
    pub access: Access,
    /// Whose pages may call from other sites.
    pub allowed_origins: Origins,
    /// Whose pages may show the modal.
    pub embed_origins: Origins,
}

/// The running service.
#[derive(Debug)]
pub struct App {
    /// Where it serves.
    pub url: String,
    /// An access key that was made at this first start; shown once.
    pub first_access_key: Option<String>,
    /// What it is made of.
    pub services: Services,
    server: JoinHandle<io::Result<()>>,
    stop: CancellationToken,
}

impl App {
    /// Builds everything from the configuration, ends or takes up what was under way at the last stop, and serves.
    pub async fn start(
        config: Config,
        overrides: Overrides,
        adjust: impl FnOnce(Providers) -> Providers,
    ) -> Result<Self, StartError> {
        // Before anything is counted.
        drop(telemetry::metrics());
        let allowed_origins = Origins::parse(&config.allowed_origins)?;
        let embed_origins = Origins::parse(&config.embed_origins).map_err(StartError::Embedder)?;
        make_private_folder(&config.data_dir)?;
        sweep_up(config.data_dir.join("run")).await;
        let services = Services::from_config(&config, overrides, adjust).await?;
        let logins = services.logins.recover().await.map_err(|error| StartError::Recover(error.to_string()))?;
        let runs = services.scraper.recover().await.map_err(|error| StartError::Recover(error.to_string()))?;
        if logins + runs > 0 {
            tracing::warn!(
                logins,
                runs,
                "ended the logins, and took up the runs, that were under way at the last stop"
            );
        }
        let (access, first_access_key) = access(&config, &services).await?;
        let reach = Reach { address: config.listen, access, allowed_origins, embed_origins };
        let app = Self { first_access_key, ..Self::serve(services, reach).await? };
        app.services.scheduler.start();
        Ok(app)
    }

    /// Serves what was built, and starts nothing else.
    pub async fn serve(services: Services, reach: Reach) -> Result<Self, StartError> {
        let Reach { address, access, allowed_origins, embed_origins } = reach;
        let listener = TcpListener::bind(address).await.map_err(|error| StartError::Listen { address, error })?;
        let local = listener.local_addr().map_err(|error| StartError::Listen { address, error })?;
        let stop = CancellationToken::new();
        let parts = HttpParts {
            store: services.store.clone(),
            logins: services.logins.clone(),
            scraper: services.scraper.clone(),
            scheduler: services.scheduler.clone(),
            providers: services.providers.clone(),
            access,
            allowed_origins,
            embed_origins,
            metrics: telemetry::metrics(),
            clock: services.clock.clone(),
        };
        let server = tokio::spawn(http::serve(parts, listener, stop.clone()));
        let url = format!("http://{local}");
        tracing::info!(url, database = services.store.kind(), "serving");
        Ok(Self { url, first_access_key: None, services, server, stop })
    }

    /// Stops taking requests and ends streams; then everything else, in order.
    pub async fn shut_down(self) {
        // Logins first: their watchers are told why before the streams end.
        self.services.logins.shut_down().await;
        self.stop.cancel();
        match self.server.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the server ended badly"),
            Err(error) => tracing::warn!(%error, "the server's task ended badly"),
        }
        self.services.shut_down().await;
        tracing::info!("stopped");
    }
}

/// Ends browsers that a killed predecessor left, and says so.
async fn sweep_up(run_dir: PathBuf) {
    let swept = tokio::task::spawn_blocking(move || sweep(&run_dir)).await.unwrap_or_default();
    if !swept.is_empty() {
        let (processes, folders) = (swept.processes, swept.folders);
        tracing::warn!(processes, folders, "ended what a killed predecessor left");
    }
}

fn load_providers(config: &Config) -> Result<Providers, StartError> {
    let embedded = Providers::embedded().map_err(|error| StartError::Providers(format!("{error:?}")))?;
    let Some(dir) = &config.providers_dir else { return Ok(embedded) };
    embedded.with_dir(dir).map_err(|error| StartError::Providers(format!("{error:?}")))
}

/// The browser's settings, for the headed one that people see or the headless one.
#[must_use]
pub fn browser_config(config: &Config, headed: bool) -> BrowserConfig {
    let BrowserSettings { chromium, browsers_dir, node, driver_dir, sandbox, display } = config.browser.clone();
    let defaults = BrowserConfig::new(config.data_dir.join("run"), driver_dir);
    BrowserConfig { headed, chromium, browsers_dir, node, sandbox, display, ..defaults }
}

/// A folder that only its owner may enter; made when it is not there.
pub fn make_private_folder(path: &Path) -> Result<(), StartError> {
    let make = || -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
    };
    make().map_err(|error| StartError::Folder { path: path.display().to_string(), error })
}

/// The store holds a sealed canary: another key than the one that sealed it is refused before anybody loses a session.
pub async fn check_canary(store: &Store, vault: &Vault) -> Result<(), StartError> {
    let installation = store.installation().await?;
    match store.canary().await? {
        Some(canary) => vault.check_canary(&installation, &canary)?,
        None => {
            // Somebody else may have set theirs first, on a database that is shared: theirs is then checked.
            if !store.set_canary(&vault.seal_canary(&installation)?).await?
                && let Some(canary) = store.canary().await?
            {
                vault.check_canary(&installation, &canary)?;
            }
        }
    }
    Ok(())
}

/// Makes an access key, stores its hash, and answers the key: it cannot be shown again.
pub async fn make_access_key(store: &Store, label: &str, clock: &Clock) -> Result<String, StartError> {
    let random = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].map(uuid::Uuid::into_bytes).concat();
    let key = format!("sl_{}", BASE64_URL_SAFE_NO_PAD.encode(random));
    store.add_access_key(label, Access::hash(&key), clock.now()).await?;
    Ok(key)
}

/// Who may call: on loopback, with no keys, whoever is on this computer; elsewhere a key always.
async fn access(config: &Config, services: &Services) -> Result<(Access, Option<String>), StartError> {
    let loopback = config.listen.ip().is_loopback();
    let configured = config.api_keys.iter().map(|key: &SecretString| Access::hash(key.expose_secret()));
    let stored = services.store.access_key_hashes().await?.into_iter().map(|(_label, hash)| hash);
    let hashes: Vec<[u8; 32]> = configured.chain(stored).collect();
    if !hashes.is_empty() {
        return Ok((Access::keys(hashes), None));
    }
    if loopback {
        return Ok((Access::open_on_loopback(), None));
    }
    let key = make_access_key(&services.store, "made at the first start", &services.clock).await?;
    Ok((Access::keys(vec![Access::hash(&key)]), Some(key)))
}
