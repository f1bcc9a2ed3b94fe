//! The Chromiums that all stories of this process share. A story has contexts of its own in them, which is the isolation that
//! the product itself relies on. Stories that kill a browser start their own.

use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock, Weak},
};

use async_trait::async_trait;
use staylogged::{
    app::Browsers,
    browser::{Browser, BrowserConfig, BrowserError, Context, ContextOptions, PlaywrightBrowser},
};
use tempfile::TempDir;
use tokio::sync::MutexGuard;

struct Engines {
    headed: Arc<dyn Browser>,
    /// For stories that use the mouse, one after the other.
    with_mouse: Arc<dyn Browser>,
    mouse: tokio::sync::Mutex<()>,
    headless: Arc<dyn Browser>,
    run_dir: TempDir,
}

static ENGINES: OnceLock<Engines> = OnceLock::new();

fn engines() -> &'static Engines {
    ENGINES.get_or_init(|| {
        let run_dir = tempfile::tempdir().expect("a folder");
        let headless = BrowserConfig { idle: super::LONG * 60, ..config(run_dir.path()) };
        Engines {
            headed: PlaywrightBrowser::new(headless.clone().headed()),
            with_mouse: PlaywrightBrowser::new(headless.clone().headed()),
            mouse: tokio::sync::Mutex::default(),
            headless: PlaywrightBrowser::new(headless),
            run_dir,
        }
    })
}

/// A headless browser whose processes are recorded in that folder.
pub fn config(run_dir: &Path) -> BrowserConfig {
    BrowserConfig::new(run_dir.to_owned(), concat!(env!("CARGO_MANIFEST_DIR"), "/driver").into())
}

/// The shared engines, as one story's browsers.
pub fn browsers() -> Browsers {
    let Engines { headed, headless, .. } = engines();
    Browsers { headed: StoryBrowser::over(headed), headless: StoryBrowser::over(headless) }
}

/// A shared headed engine in which no other story opens a window until the guard is dropped: a window that opens takes the
/// mouse from the one in which a button is down.
pub async fn headed_alone() -> (Arc<dyn Browser>, MutexGuard<'static, ()>) {
    let Engines { with_mouse, mouse, .. } = engines();
    let guard = mouse.lock().await;
    (StoryBrowser::over(with_mouse), guard)
}

/// Ends the engines. What they consisted of must be gone then: says what is not.
pub async fn shut_down() -> Result<(), String> {
    let Some(Engines { headed, with_mouse, headless, run_dir, .. }) = ENGINES.get() else { return Ok(()) };
    for engine in [headed, with_mouse, headless] {
        engine.shut_down().await;
    }
    let left: Vec<_> = std::fs::read_dir(run_dir.path()).expect("the folder").flatten().collect();
    std::fs::remove_dir_all(run_dir.path()).expect("the folder goes");
    if left.is_empty() { Ok(()) } else { Err(format!("records of processes are left: {left:?}")) }
}

/// A shared engine that ends, for one story, with the contexts that the story opened.
#[derive(Debug)]
struct StoryBrowser {
    engine: Arc<dyn Browser>,
    opened: Mutex<Vec<Weak<dyn Context>>>,
}

impl StoryBrowser {
    fn over(engine: &Arc<dyn Browser>) -> Arc<dyn Browser> {
        Arc::new(Self { engine: Arc::clone(engine), opened: Mutex::default() })
    }
}

#[async_trait]
impl Browser for StoryBrowser {
    async fn open(&self, options: ContextOptions) -> Result<Arc<dyn Context>, BrowserError> {
        let context = self.engine.open(options).await?;
        self.opened.lock().expect("no story panics in here").push(Arc::downgrade(&context));
        Ok(context)
    }

    async fn shut_down(&self) {
        let opened = std::mem::take(&mut *self.opened.lock().expect("no story panics in here"));
        for context in opened.iter().filter_map(Weak::upgrade) {
            context.close().await;
        }
    }
}
