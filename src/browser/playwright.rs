//! The browser port over playwright-rs: real Chromium, headed for people or headless for scraping.
//!
//! It needs nothing of our own environment: the driver is started here, with an environment made from nothing.

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::{Browser, BrowserError, Context, ContextOptions, context::PlaywrightContext, engine::Engine};

/// Host names that lead to a stand-in, and by what it is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteMap {
    /// Such as `*.hotmart.com`.
    pub hosts: String,
    /// Where they lead.
    pub address: SocketAddr,
    /// SHA-256 of the stand-in's public key, in base64: a certificate with this key is taken, and no other that is not good.
    pub key_hash: String,
}

/// Which browser to start, and how.
#[derive(Debug, Clone)]
pub struct BrowserConfig {
    /// With windows, for a person to log in; else headless.
    pub headed: bool,
    /// Chromium's executable (`CHROMIUM_PATH`); none: the system's, else Playwright's own.
    pub chromium: Option<PathBuf>,
    /// Where Playwright's installer put its browsers (`PLAYWRIGHT_BROWSERS_PATH`), if not where it does by default.
    pub browsers_dir: Option<PathBuf>,
    /// Node's executable (`NODE_EXE`); none: the one in the search path.
    pub node: Option<PathBuf>,
    /// The folder that holds `node_modules/playwright-core` (`BROWSER_DRIVER_DIR`).
    pub driver_dir: PathBuf,
    /// Chromium's sandbox. Off only where somebody said so (`BROWSER_SANDBOX=off`).
    pub sandbox: bool,
    /// The display for headed browsers (`DISPLAY`); none: an Xvfb of our own.
    pub display: Option<String>,
    /// Where running processes are written down, so that `sweep` finds them after a kill.
    pub run_dir: PathBuf,
    /// Sites that are somewhere else than their names say. Code alone can set it, never the environment.
    pub sites: Option<SiteMap>,
    /// How long the browser stays after its last context was closed.
    pub idle: Duration,
}

impl BrowserConfig {
    /// A headless browser with its sandbox, everything else found by itself.
    #[must_use]
    pub fn new(run_dir: PathBuf, driver_dir: PathBuf) -> Self {
        Self {
            headed: false,
            chromium: None,
            browsers_dir: None,
            node: None,
            driver_dir,
            sandbox: true,
            display: None,
            run_dir,
            sites: None,
            idle: Duration::from_secs(3),
        }
    }

    /// The same with windows.
    #[must_use]
    pub fn headed(mut self) -> Self {
        self.headed = true;
        self
    }
}

/// Chromium by Playwright. Started when the first context is opened, started anew after it was lost, ended when it has
/// been idle. Two of these share nothing: what happens to one does not touch the other.
pub struct PlaywrightBrowser {
    config: BrowserConfig,
    running: Mutex<Option<Arc<Engine>>>,
}

impl PlaywrightBrowser {
    /// Nothing is started yet.
    #[must_use]
    #[expect(clippy::new_ret_no_self, reason = "it is only ever used through the port")]
    pub fn new(config: BrowserConfig) -> Arc<dyn Browser> {
        Arc::new(Self::handle(config))
    }

    fn handle(config: BrowserConfig) -> Handle {
        Handle(Arc::new(Self { config, running: Mutex::new(None) }))
    }

    /// A running browser that counts one context more.
    async fn engine(&self) -> Result<Arc<Engine>, BrowserError> {
        let mut running = self.running.lock().await;
        if let Some(engine) = &*running {
            if engine.enter() {
                return Ok(Arc::clone(engine));
            }
            engine.gone().await;
            *running = None;
        }
        let engine = Engine::start(&self.config).await?;
        engine.enter();
        *running = Some(Arc::clone(&engine));
        Ok(engine)
    }
}

struct Handle(Arc<PlaywrightBrowser>);

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.config.headed { "PlaywrightBrowser(headed)" } else { "PlaywrightBrowser(headless)" })
    }
}

#[async_trait]
impl Browser for Handle {
    async fn open(&self, options: ContextOptions) -> Result<Arc<dyn Context>, BrowserError> {
        let browser = Arc::clone(&self.0);
        // A task of its own: a caller that goes away in the middle must not leave half a browser behind. What it
        // opened then closes by itself, as nobody holds it.
        let opening = tokio::spawn(async move {
            let engine = browser.engine().await?;
            PlaywrightContext::open(engine, options).await
        });
        let context = opening.await.map_err(|_| BrowserError::Refused("opening a context failed".into()))??;
        Ok(context)
    }

    async fn shut_down(&self) {
        let engine = self.0.running.lock().await.take();
        if let Some(engine) = engine {
            engine.end().await;
        }
    }
}
