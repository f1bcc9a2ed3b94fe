//! A context: one login's or one run's browser profile, with its tabs, its answers and its view.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use playwright_rs::protocol::{AcceptDownloads, BrowserContext, BrowserContextOptions};
use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use url::Url;

use super::{
    BrowserError, Context, ContextOptions, FailedRequest, Page, SeenResponses, Tabs, Wanted,
    asks::Asks,
    cast::{self, Cast},
    engine::Engine,
    exchanges::Exchanges,
    eyes::Eyes,
    guard::{Guard, PROMPT},
    in_flight::InFlight,
    live_view::LiveView,
    masked, observe,
    overlay::Overlay,
    page::PlaywrightPage,
    responses::Responses,
    state,
    tabs::TabStrip,
    wire,
};
use crate::domain::{BrowserIdentity, Exchange, StorageState, Viewport, rule::Observation};

/// What the context, its pages and its tasks share.
pub(super) struct Shared {
    pub guard: Guard,
    pub context: BrowserContext,
    pub tabs: TabStrip,
    pub responses: Responses,
    pub in_flight: InFlight,
    pub exchanges: Exchanges,
    pub cast: Cast,
    pub overlay: Overlay,
    pub asks: Asks,
    pub eyes: Eyes,
    /// What is being dragged over a page, as `Input.dragIntercepted` described it.
    pub dragged: watch::Sender<Option<serde_json::Value>>,
    navigate: Vec<regex::Regex>,
    pub session_origins: Vec<String>,
    pub without_media: bool,
    engine: Arc<Engine>,
    pub identity: BrowserIdentity,
    asked_for: watch::Sender<AskedFor>,
    pub changes: watch::Sender<u64>,
    pub stirred: Notify,
    lost: watch::Sender<Option<BrowserError>>,
    closed: AtomicBool,
    /// Closed or lost: the tasks that serve it end.
    over: CancellationToken,
}

/// What a viewer's picture asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct AskedFor {
    /// The size of the page's view; none: its own.
    pub viewport: Option<Viewport>,
    /// Pixels of the viewer's screen per CSS pixel.
    pub density: f64,
    /// There are fingers, not a mouse.
    pub touch: bool,
}

impl Default for AskedFor {
    fn default() -> Self {
        Self { viewport: None, density: 1.0, touch: false }
    }
}

/// A context of a Chromium that Playwright drives.
pub(super) struct PlaywrightContext {
    shared: Arc<Shared>,
    view: LiveView,
}

impl fmt::Debug for PlaywrightContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlaywrightContext")
    }
}

impl PlaywrightContext {
    /// Opens one in a browser that has counted it already.
    pub async fn open(engine: Arc<Engine>, options: ContextOptions) -> Result<Arc<Self>, BrowserError> {
        match Self::make(&engine, options).await {
            Ok(context) => Ok(Arc::new(context)),
            Err(error) => {
                engine.leave();
                Err(error)
            }
        }
    }

    async fn make(engine: &Arc<Engine>, options: ContextOptions) -> Result<Self, BrowserError> {
        let guard = engine.guard.clone();
        let identity = options.identity.clone().unwrap_or_else(|| engine.identity.clone());
        let theirs = context_options(&engine.identity, &identity, options.state.as_ref())?;
        let restored = options.state.as_ref().and_then(state::session_storage_script);
        let browser = engine.browser.clone();
        let context = guard
            .call("opening a context", Duration::from_secs(30), async move {
                browser.new_context_with_options(theirs).await
            })
            .await?;
        let shared = Arc::new(Shared {
            guard,
            context,
            tabs: TabStrip::new(),
            responses: Responses::new(options.remember_responses),
            in_flight: InFlight::default(),
            exchanges: Exchanges::new(options.exchanges),
            cast: Cast::default(),
            overlay: Overlay::default(),
            asks: Asks::default(),
            eyes: Eyes::default(),
            dragged: watch::Sender::default(),
            navigate: options.navigate,
            session_origins: options.session_storage_origins,
            without_media: options.without_media,
            engine: Arc::clone(engine),
            identity,
            asked_for: watch::Sender::default(),
            changes: watch::Sender::new(0),
            stirred: Notify::new(),
            lost: watch::Sender::new(None),
            closed: AtomicBool::new(false),
            over: CancellationToken::new(),
        });
        let prepared = shared.prepare(restored).await;
        if let Err(error) = prepared {
            let context = shared.context.clone();
            let _ = shared.guard.call("closing a context", PROMPT, async move { context.close().await }).await;
            return Err(error);
        }
        let view = cast::start(&shared);
        Ok(Self { shared, view })
    }
}

/// Only what differs from the browser's own face is set: what is not touched cannot be told from the real thing.
fn context_options(
    own: &BrowserIdentity,
    wanted: &BrowserIdentity,
    state: Option<&StorageState>,
) -> Result<BrowserContextOptions, BrowserError> {
    let Viewport { width, height } = wanted.viewport;
    let mut options = BrowserContextOptions::builder()
        .viewport(playwright_rs::Viewport { width, height })
        // No permission is granted, and no page may ask: nobody could answer.
        .permissions(Vec::new())
        .accept_downloads(AcceptDownloads::Deny);
    if wanted.user_agent != own.user_agent {
        options = options.user_agent(wanted.user_agent.clone());
    }
    if wanted.locale != own.locale {
        options = options.locale(wanted.locale.clone());
    }
    if wanted.timezone != own.timezone {
        options = options.timezone_id(wanted.timezone.clone());
    }
    if let Some(state) = state {
        options = options.storage_state(state::for_the_driver(state)?);
    }
    Ok(options.build())
}

impl Shared {
    /// Notes the size and the density that the viewer wants. The browser's face stays as it is: a login on a small phone
    /// must not make every later scrape see a phone's pages.
    pub fn ask_for(&self, wanted: AskedFor) {
        self.asked_for.send_replace(wanted);
    }

    /// What the viewer's picture asked for.
    pub fn asked_for(&self) -> AskedFor {
        *self.asked_for.borrow()
    }

    /// Tells when the viewer asks for something else.
    pub fn asked_for_changes(&self) -> watch::Receiver<AskedFor> {
        self.asked_for.subscribe()
    }

    /// Whether a tab may go there.
    pub fn may_navigate(&self, url: &str) -> bool {
        let of_the_web = url.starts_with("http://") || url.starts_with("https://");
        !of_the_web || self.navigate.is_empty() || self.navigate.iter().any(|glob| glob.is_match(url))
    }

    pub fn is_headed(&self) -> bool {
        self.engine.headed
    }

    /// Each tab needs its line as soon as it is there.
    pub fn needs_wires(&self) -> bool {
        self.is_headed() || self.without_media
    }

    /// Comes back when it is closed or lost.
    pub fn over(&self) -> WaitForCancellationFutureOwned {
        self.over.clone().cancelled_owned()
    }

    pub fn lose(&self, why: BrowserError) {
        if !self.closed.load(Ordering::Relaxed) {
            self.lost.send_if_modified(|lost| {
                let first = lost.is_none();
                lost.get_or_insert(why);
                first
            });
            self.over.cancel();
        }
    }

    /// Something may have changed.
    pub fn stir(&self) {
        self.changes.send_modify(|count| *count += 1);
        self.stirred.notify_one();
    }

    /// Closes the context in the browser, once.
    async fn close(self: Arc<Self>) {
        if self.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        self.over.cancel();
        let context = self.context.clone();
        let closing =
            self.guard.call("closing a context", Duration::from_secs(5), async move { context.close().await });
        if let Err(BrowserError::Timeout { .. }) = closing.await {
            // It may show the next user nothing of this one, but it holds memory and a person's session.
            tracing::warn!("a context did not close: the browser is started anew");
            self.engine.end().await;
        }
        self.engine.leave();
    }
}

/// Nobody holds it any more: a caller that was cut off, or that forgot. A profile must not outlive its login.
impl Drop for PlaywrightContext {
    fn drop(&mut self) {
        if !self.shared.closed.load(Ordering::Relaxed)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(Arc::clone(&self.shared).close());
        }
    }
}

#[async_trait]
impl Context for PlaywrightContext {
    fn identity(&self) -> BrowserIdentity {
        self.shared.identity.clone()
    }

    fn tabs(&self) -> watch::Receiver<Tabs> {
        self.shared.tabs.shown()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    fn lost(&self) -> watch::Receiver<Option<BrowserError>> {
        self.shared.lost.subscribe()
    }

    async fn visit(&self, url: &Url, within: Duration) -> Result<Arc<dyn Page>, BrowserError> {
        let context = self.shared.context.clone();
        let opening = self.shared.guard.call("opening a tab", PROMPT, async move { context.new_page().await });
        let page = opening.await?;
        let tab = self.shared.adopt(&page);
        if self.shared.needs_wires() {
            // What the page asks before it is there must be heard.
            wire::of(&self.shared, &tab).await?;
        }
        let page = PlaywrightPage::new(&self.shared, page);
        page.go(url, within).await?;
        Ok(Arc::new(page))
    }

    async fn observe(&self, wanted: &Wanted) -> Result<Observation, BrowserError> {
        observe::observe(&self.shared, wanted).await
    }

    fn in_flight(&self, within: Duration) -> usize {
        self.shared.in_flight.count(within)
    }

    fn failures(&self) -> u64 {
        self.shared.in_flight.failures()
    }

    fn failed_after(&self, count: u64) -> Vec<FailedRequest> {
        self.shared.in_flight.failed_after(count)
    }

    fn responses(&self) -> watch::Receiver<Arc<SeenResponses>> {
        self.shared.responses.shown()
    }

    fn exchanges(&self) -> Vec<Exchange> {
        self.shared.exchanges.all()
    }

    async fn front_html(&self) -> Result<String, BrowserError> {
        let page = self.shared.tabs.front().ok_or(BrowserError::Closed)?.page;
        self.shared.guard.call("reading the page", PROMPT, async move { page.content().await }).await
    }

    async fn masked_screenshot(&self) -> Result<Vec<u8>, BrowserError> {
        masked::screenshot(&self.shared).await
    }

    async fn storage_state(&self) -> Result<StorageState, BrowserError> {
        state::capture(&self.shared).await
    }

    fn live_view(&self) -> LiveView {
        self.view.clone()
    }

    async fn close(&self) {
        // A task of its own, so that a caller that goes away does not leave it half closed.
        let _ = tokio::spawn(Arc::clone(&self.shared).close()).await;
    }
}
