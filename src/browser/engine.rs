//! One running browser with all that belongs to it: the driver (Node), Chromium, and the display where it needs one.
//!
//! It ends as a whole: when any part of it is lost the rest is killed, every context is told why, and its temporary
//! folder is removed. It also ends by itself when nobody has had a context for a while.

use std::{process::Stdio, sync::Arc, time::Duration};

use playwright_rs::{
    protocol::{Browser, BrowserContextOptions, CDPSession, Playwright},
    server::{
        connection::{Connection, ConnectionExt},
        transport::PipeTransport,
    },
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use super::{
    BrowserConfig, BrowserError,
    display::Display,
    guard::{Guard, PROMPT},
    launch,
    process::{self, Process, Spawned},
    room::Room,
    signs,
    sweep::{Record, remove_folder},
};
use crate::domain::{BrowserIdentity, Viewport};

/// How long it may take to close by itself.
const CLOSE: Duration = Duration::from_secs(5);

/// How long a whole start may take on a loaded machine.
const START: Duration = Duration::from_secs(90);

/// How many contexts are open; once it is ending nobody gets another.
#[derive(Default)]
struct Load {
    contexts: usize,
    ending: bool,
}

/// A running browser.
pub(super) struct Engine {
    pub guard: Guard,
    pub browser: Browser,
    pub headed: bool,
    /// The browser's own face.
    pub identity: BrowserIdentity,
    load: watch::Sender<Load>,
    stop: CancellationToken,
    gone: watch::Receiver<bool>,
    // The client's objects go when this does.
    _playwright: Playwright,
}

impl Engine {
    /// Starts everything. What was started is ended again when a later part fails.
    pub async fn start(config: &BrowserConfig) -> Result<Arc<Self>, BrowserError> {
        let (ended, ending) = watch::channel(None);
        let mut parts = Parts::open(config)?;
        let started = tokio::time::timeout(START, parts.start(config, Guard::new(ending), &ended)).await;
        let started = started.unwrap_or_else(|_| {
            Err(BrowserError::Launch {
                what: format!("it took longer than {START:?}"),
                cure: "Give this machine more memory or processor time".into(),
            })
        });
        match started {
            Ok(engine) => Ok(engine.supervise(parts, ended, config.idle)),
            Err(error) => {
                parts.end().await;
                Err(error)
            }
        }
    }

    /// One more context; false when it is ending: then another one must be started.
    pub fn enter(&self) -> bool {
        if self.guard.ended().borrow().is_some() {
            return false;
        }
        let mut entered = false;
        self.load.send_modify(|load| {
            if !load.ending {
                load.contexts += 1;
                entered = true;
            }
        });
        entered
    }

    /// One context less.
    pub fn leave(&self) {
        self.load.send_modify(|load| load.contexts = load.contexts.saturating_sub(1));
    }

    /// Ends it; comes back when nothing of it runs any more.
    pub async fn end(&self) {
        self.load.send_modify(|load| load.ending = true);
        self.stop.cancel();
        self.gone().await;
    }

    /// Comes back when nothing of it runs any more.
    pub async fn gone(&self) {
        let _ = self.gone.clone().wait_for(|gone| *gone).await;
    }
}

/// What must be ended again.
struct Parts {
    record: Record,
    room: Room,
    driver: Option<Spawned>,
    display: Option<Display>,
    chromium: Vec<Process>,
}

impl Parts {
    fn open(config: &BrowserConfig) -> Result<Self, BrowserError> {
        let unwritable = |error: std::io::Error| BrowserError::Launch {
            what: format!("{} cannot be written: {error}", config.run_dir.display()),
            cure: "Make room there, or set DATA_DIR to a folder that can be written".into(),
        };
        let record = Record::create(&config.run_dir).map_err(unwritable)?;
        let room = Room::open()?;
        record.folder(room.path()).map_err(unwritable)?;
        Ok(Self { record, room, driver: None, display: None, chromium: Vec::new() })
    }

    async fn start(
        &mut self,
        config: &BrowserConfig,
        guard: Guard,
        ended: &watch::Sender<Option<BrowserError>>,
    ) -> Result<Starting, BrowserError> {
        let chromium = launch::find_chromium(config)?;
        if !self.room.can_read(&chromium) {
            let user = self.room.owner().map_or("its user", |owner| owner.name.as_str());
            return Err(BrowserError::Launch {
                what: format!("{} cannot be read by the user {user}, whom the browser runs as", chromium.display()),
                cure: "Install Chromium where every user can read it (PLAYWRIGHT_BROWSERS_PATH=/opt/browsers for \
                       Playwright's installer), or run the service as a user without rights"
                    .into(),
            });
        }
        let playwright = self.start_driver(config, &guard, ended).await?;
        if config.headed && config.display.is_none() {
            let display = Display::start(&self.room).await?;
            self.note(display.server.process);
            self.display = Some(display);
        }
        if !config.sandbox {
            tracing::warn!("BROWSER_SANDBOX=off: the browser runs without its sandbox");
        }
        let options = launch::options(config, &chromium, &self.room, self.display.as_ref());
        let browser_type = playwright.chromium().clone();
        let launched = guard
            .call("starting Chromium", START, async move {
                // All of what is said is needed to find the reason: so it goes through as an answer.
                Ok(browser_type.launch_with_options(options).await.map_err(|error| error.to_string()))
            })
            .await?;
        if let Some(driver) = &self.driver {
            self.chromium = process::children(driver.process);
            self.chromium.iter().for_each(|&process| self.note(process));
        }
        let browser = launched.map_err(|said| launch::explain(&said, &chromium, config))?;
        let identity = own_identity(&guard, &browser).await?;
        let heart = {
            let browser = browser.clone();
            guard.call("reaching Chromium", PROMPT, async move { browser.new_browser_cdp_session().await }).await?
        };
        Ok(Starting { guard, playwright, browser, identity, heart, headed: config.headed })
    }

    async fn start_driver(
        &mut self,
        config: &BrowserConfig,
        guard: &Guard,
        ended: &watch::Sender<Option<BrowserError>>,
    ) -> Result<Playwright, BrowserError> {
        let unusable = |what: String| BrowserError::Launch {
            what,
            cure: "Run `staylogged doctor` to see whether Node and the driver are all right".into(),
        };
        let node = launch::find_node(config)?;
        let folder = launch::find_driver(config)?;
        let bring =
            |path| self.room.bring(path).map_err(|error| unusable(format!("could not copy the driver: {error}")));
        let (node, folder) = (bring(&node)?, bring(&folder)?);
        let mut command = self.room.command(&node);
        command
            .arg(folder.join("cli.js"))
            .arg("run-driver")
            .envs([("PW_LANG_NAME", "rust"), ("PW_CLI_DISPLAY_VERSION", "0.20.1")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = process::spawn(command).await;
        let mut driver = started.map_err(|error| unusable(format!("Node at {}: {error}", node.display())))?;
        let (stdin, stdout, stderr) = (driver.stdin.take(), driver.stdout.take(), driver.stderr.take());
        let exit = driver.exit();
        self.note(driver.process);
        self.driver = Some(driver);

        let ended = ended.clone();
        tokio::spawn(async move {
            exit.await;
            end_because(&ended, "its driver (Node) ended");
        });
        if let Some(Ok(stderr)) = stderr.map(tokio::process::ChildStderr::from_std) {
            tokio::spawn(async move {
                // Read, so that the driver never waits for us to; not logged, as it may name pages.
                let mut lines = BufReader::new(stderr).lines();
                while let Ok(Some(_)) = lines.next_line().await {}
            });
        }
        let pipes = stdin
            .zip(stdout)
            .and_then(|(stdin, stdout)| {
                Some((
                    tokio::process::ChildStdin::from_std(stdin).ok()?,
                    tokio::process::ChildStdout::from_std(stdout).ok()?,
                ))
            })
            .ok_or_else(|| unusable("Node has no pipes".into()))?;
        let (transport, messages) = PipeTransport::new(pipes.0, pipes.1);
        let (sender, receiver) = transport.into_parts();
        let connection = Arc::new(Connection::new(sender, receiver, messages));
        let reading = Arc::clone(&connection);
        tokio::spawn(async move { reading.run().await });
        guard
            .call("starting the driver", Duration::from_secs(30), async move {
                let playwright = connection.initialize_playwright().await?;
                connection.get_typed::<Playwright>(playwright.guid()).await
            })
            .await
            .map_err(|error| unusable(format!("the driver did not start: {error}")))
    }

    fn note(&self, process: Process) {
        if let Err(error) = self.record.process(process) {
            tracing::warn!(%error, "could not write down a process of the browser: it will not be swept after a kill");
        }
    }

    async fn end(self) {
        let _ = tokio::task::spawn_blocking(move || {
            // Chromium first: it is a child of the driver, and would be an orphan for a moment.
            for process in &self.chromium {
                process::kill_tree(*process);
            }
            if let Some(driver) = &self.driver {
                process::kill_tree(driver.process);
            }
            if let Some(display) = &self.display {
                process::kill_tree(display.server.process);
            }
            remove_folder(self.room.path());
            self.record.remove();
        })
        .await;
    }
}

/// All is there, nobody watches it yet.
struct Starting {
    guard: Guard,
    playwright: Playwright,
    browser: Browser,
    identity: BrowserIdentity,
    heart: CDPSession,
    headed: bool,
}

impl Starting {
    fn supervise(self, parts: Parts, ended: watch::Sender<Option<BrowserError>>, idle: Duration) -> Arc<Engine> {
        let (load, loads) = watch::channel(Load::default());
        let (tell_gone, gone) = watch::channel(false);
        let stop = CancellationToken::new();
        let engine = Arc::new(Engine {
            guard: self.guard.clone(),
            browser: self.browser.clone(),
            headed: self.headed,
            identity: self.identity,
            load: load.clone(),
            stop: stop.clone(),
            gone,
            _playwright: self.playwright,
        });
        let (guard, browser, heart) = (self.guard, self.browser, self.heart);
        tokio::spawn(async move {
            let mut told = guard.ended();
            let lost = tokio::select! {
                biased;
                _ = told.wait_for(Option::is_some) => None,
                () = signs::exit_of(parts.display.as_ref().map(|display| display.server.exit())) => Some("its display (Xvfb) ended"),
                () = signs::any_ended(&parts.chromium) => Some("Chromium ended"),
                () = signs::disconnected(&browser) => Some("Chromium ended"),
                () = signs::heart_stops(&guard, &heart, parts.driver.as_ref().map(|driver| driver.process)) => Some("it did not answer any more"),
                () = stop.cancelled() => None,
                () = nobody_is_there(loads, &load, idle) => None,
            };
            match lost {
                Some(why) => {
                    tracing::warn!(why, "the browser was lost");
                    end_because(&ended, why);
                }
                None if guard.ended().borrow().is_none() => {
                    let closing = browser.clone();
                    let _ = guard.call("closing Chromium", CLOSE, async move { closing.close().await }).await;
                    end_because(&ended, "it was shut down");
                }
                None => tracing::warn!("the browser's driver was lost"),
            }
            load.send_modify(|load| load.ending = true);
            parts.end().await;
            let _ = tell_gone.send(true);
        });
        engine
    }
}

fn end_because(ended: &watch::Sender<Option<BrowserError>>, why: &str) {
    ended.send_if_modified(|ended| {
        let first = ended.is_none();
        ended.get_or_insert_with(|| BrowserError::Lost(why.to_owned()));
        first
    });
}

/// Comes back when no context has been open for a while, and then nobody gets one any more.
async fn nobody_is_there(mut loads: watch::Receiver<Load>, load: &watch::Sender<Load>, idle: Duration) {
    loop {
        if loads.wait_for(|load| load.contexts == 0).await.is_err() {
            return;
        }
        tokio::select! {
            _ = loads.wait_for(|load| load.contexts > 0) => {}
            () = tokio::time::sleep(idle) => {
                let ending = load.send_if_modified(|load| {
                    load.ending = load.contexts == 0;
                    load.ending
                });
                if ending {
                    return;
                }
            }
        }
    }
}

/// What this browser says of itself, asked once in an empty page.
async fn own_identity(guard: &Guard, browser: &Browser) -> Result<BrowserIdentity, BrowserError> {
    const ASK: &str =
        "() => [navigator.userAgent, navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]";
    let asking = browser.clone();
    let (user_agent, locale, timezone): (String, String, String) = guard
        .call("asking Chromium who it is", Duration::from_secs(30), async move {
            let context = asking.new_context_with_options(BrowserContextOptions::builder().build()).await?;
            let page = context.new_page().await?;
            let said = page.evaluate(ASK, None::<&()>).await;
            context.close().await?;
            said
        })
        .await?;
    let timezone = if timezone.is_empty() || timezone == "Etc/Unknown" { "UTC".to_owned() } else { timezone };
    Ok(BrowserIdentity { user_agent, locale, timezone, viewport: Viewport::default() })
}
