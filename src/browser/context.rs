//! A context: one login's or one run's browser profile, with its tabs, its answers and its view.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use playwright_rs::{
    WaitUntil,
    protocol::{AcceptDownloads, BrowserContext, BrowserContextOptions, Frame, Page as DriverPage, Route},
    server::channel_owner::ChannelOwner,
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use url::Url;

use super::{
    BrowserError, Context, ContextOptions, Page, Tabs, Wanted, cast,
    engine::Engine,
    guard::{Guard, PROMPT},
    live_view::LiveView,
    observe,
    page::PlaywrightPage,
    responses::Responses,
    state,
    tabs::{OpenTab, TabStrip},
};
use crate::domain::{
    BrowserIdentity, StorageState, Viewport,
    rule::{Observation, SeenResponse},
};

/// A page often draws what it has just received a moment later: then it is looked at once more.
const AFTERMATH: Duration = Duration::from_millis(400);

/// What the context, its pages and its tasks share.
pub(super) struct Shared {
    pub guard: Guard,
    pub context: BrowserContext,
    pub tabs: TabStrip,
    pub responses: Responses,
    pub session_origins: Vec<String>,
    engine: Arc<Engine>,
    identity: Mutex<BrowserIdentity>,
    was_resized: AtomicBool,
    changes: watch::Sender<u64>,
    stirred: Notify,
    lost: watch::Sender<Option<BrowserError>>,
    closed: AtomicBool,
    /// Closed or lost: the tasks that serve it end.
    over: CancellationToken,
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
            session_origins: options.session_storage_origins,
            engine: Arc::clone(engine),
            identity: Mutex::new(identity),
            was_resized: AtomicBool::new(false),
            changes: watch::Sender::new(0),
            stirred: Notify::new(),
            lost: watch::Sender::new(None),
            closed: AtomicBool::new(false),
            over: CancellationToken::new(),
        });
        let prepared = shared.prepare(restored, options.without_media).await;
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
    pub fn identity(&self) -> BrowserIdentity {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn resized(&self, viewport: Viewport) {
        self.was_resized.store(true, Ordering::Relaxed);
        self.identity.lock().unwrap_or_else(PoisonError::into_inner).viewport = viewport;
    }

    /// Gives a tab the size that the viewer asked for; while none did, a pop-up keeps its own.
    pub async fn fit(&self, tab: &OpenTab) -> Result<(), BrowserError> {
        if !self.was_resized.load(Ordering::Relaxed) {
            return Ok(());
        }
        let Viewport { width, height } = self.identity().viewport;
        let wanted = playwright_rs::Viewport { width, height };
        let page = tab.page.clone();
        let is = page.viewport_size();
        if is.is_some_and(|is| (is.width, is.height) == (width, height)) {
            return Ok(());
        }
        self.guard.call("resizing a tab", PROMPT, async move { page.set_viewport_size(wanted).await }).await
    }

    pub fn is_headed(&self) -> bool {
        self.engine.headed
    }

    /// Comes back when it is closed or lost.
    pub fn over(&self) -> WaitForCancellationFutureOwned {
        self.over.clone().cancelled_owned()
    }

    fn lose(&self, why: BrowserError) {
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
    fn stir(&self) {
        self.changes.send_modify(|count| *count += 1);
        self.stirred.notify_one();
    }

    async fn prepare(
        self: &Arc<Self>,
        session_storage: Option<String>,
        without_media: bool,
    ) -> Result<(), BrowserError> {
        self.listen().await?;
        let context = self.context.clone();
        let headed = self.is_headed();
        self.guard
            .call("preparing a context", PROMPT, async move {
                if let Some(script) = session_storage {
                    context.add_init_script(&script).await?;
                }
                if headed {
                    context.add_init_script(NO_WINDOWS).await?;
                }
                if without_media {
                    context.route("**/*", leave_out_media).await?;
                }
                Ok(())
            })
            .await?;
        let shared = Arc::downgrade(self);
        let mut ended = self.guard.ended();
        tokio::spawn(async move {
            if let Ok(why) = ended.wait_for(Option::is_some).await.map(|why| why.clone())
                && let (Some(shared), Some(why)) = (shared.upgrade(), why)
            {
                shared.lose(why);
            }
        });
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            let over = shared.over();
            let again = async {
                loop {
                    shared.stirred.notified().await;
                    tokio::time::sleep(AFTERMATH).await;
                    shared.changes.send_modify(|count| *count += 1);
                }
            };
            tokio::select! {
                () = over => {}
                () = again => {}
            }
        });
        Ok(())
    }

    /// What the driver tells is only a hint that something happened: events arrive in any order, so each one makes us
    /// read again what is true now.
    async fn listen(self: &Arc<Self>) -> Result<(), BrowserError> {
        let opened = hear(self, |shared, page: DriverPage| drop(shared.adopt(&page)));
        let closed = hear(self, |shared, page: DriverPage| shared.drop_tab(page.guid(), "the last tab was closed"));
        let loaded = hear(self, Self::read_title);
        let navigated = hear(self, Self::navigated);
        let finished = hear(self, Self::finished);
        let context = self.context.clone();
        self.guard
            .call("preparing a context", PROMPT, async move {
                context.on_page(opened).await?;
                context.on_page_close(closed).await?;
                context.on_page_load(loaded).await?;
                context.on_frame_navigated(navigated).await?;
                context.on_request_finished(finished).await?;
                // A dialog is not in the picture, and blocks its page until it is answered.
                context
                    .on_dialog(|dialog| async move {
                        match dialog.type_() {
                            "alert" | "beforeunload" => dialog.accept(None).await,
                            _ => dialog.dismiss().await,
                        }
                    })
                    .await
            })
            .await
    }

    /// Takes a page into the strip; the newest is in front.
    fn adopt(self: &Arc<Self>, page: &DriverPage) -> OpenTab {
        let (tab, is_new) = self.tabs.add(page);
        if is_new {
            tokio::spawn(Arc::clone(self).attend(page.clone()));
            self.stir();
        }
        tab
    }

    /// What a new page needs. It may have loaded, or have gone, before anybody could listen to it.
    async fn attend(self: Arc<Self>, page: DriverPage) {
        let crashed = hear_of(&self, page.guid(), |shared, guid| shared.drop_tab(guid, "the page crashed"));
        let watched = page.clone();
        let watching = self.guard.call("watching a page", PROMPT, async move {
            // Otherwise a file chooser of the desktop opens, which nobody can close.
            watched.on_filechooser(|_| async { Ok(()) }).await?;
            watched.on_crash(crashed).await
        });
        let loading = page.clone();
        let loaded = self.guard.call("waiting for a page", Duration::from_secs(40), async move {
            loading.wait_for_load_state(Some(WaitUntil::DomContentLoaded)).await
        });
        if watching.await.is_err() | loaded.await.is_err() && page.is_closed() {
            self.drop_tab(page.guid(), "the last tab was closed");
        }
        self.tabs.refresh();
        self.read_title(page);
    }

    fn drop_tab(&self, guid: &str, why: &str) {
        if let Some(left) = self.tabs.remove(guid) {
            if left == 0 {
                self.lose(BrowserError::Lost(why.to_owned()));
            }
            self.stir();
        }
    }

    fn navigated(self: &Arc<Self>, frame: Frame) {
        self.stir();
        if frame.parent_frame().is_some() {
            return;
        }
        self.tabs.refresh();
        let Some(page) = frame.page() else { return };
        let forbidden = ["file:", "chrome:", "view-source:", "devtools:", "chrome-extension:"];
        if forbidden.iter().any(|scheme| frame.url().starts_with(scheme)) {
            let guard = self.guard.clone();
            tokio::spawn(async move {
                let blank = async move { page.goto("about:blank", None).await };
                let _ = guard.call("leaving a page that is not of the web", PROMPT, blank).await;
            });
        } else {
            self.read_title(page);
        }
    }

    fn read_title(self: &Arc<Self>, page: DriverPage) {
        self.stir();
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            let asked = page.clone();
            let title = shared.guard.call("reading a title", PROMPT, async move { asked.title().await }).await;
            if let Ok(title) = title {
                shared.tabs.titled(page.guid(), title);
            }
        });
    }

    fn finished(self: &Arc<Self>, request: playwright_rs::Request) {
        let kind = request.resource_type().to_owned();
        if request.is_navigation_request()
            && let Some(frame) = request.frame()
            && frame.parent_frame().is_none()
            && let Some(page) = frame.page()
        {
            self.tabs.answered(page.guid(), request.existing_response().map(|response| response.status()));
        }
        let tells = matches!(kind.as_str(), "document" | "xhr" | "fetch");
        if self.responses.wants(request.url()) {
            let shared = Arc::clone(self);
            tokio::spawn(async move {
                shared.responses.remember(&shared.guard, request).await;
                shared.stir();
            });
        } else if tells {
            self.stir();
        }
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

type Done = std::future::Ready<playwright_rs::Result<()>>;

/// A handler that keeps nothing alive: handlers cannot be taken back from the driver's client.
fn hear<T: 'static>(
    shared: &Arc<Shared>,
    act: impl Fn(&Arc<Shared>, T) + Send + Sync + 'static,
) -> impl Fn(T) -> Done + Send + Sync + 'static {
    let shared = Arc::downgrade(shared);
    move |what| {
        if let Some(shared) = shared.upgrade() {
            act(&shared, what);
        }
        std::future::ready(Ok(()))
    }
}

/// The same for events that come without anything.
fn hear_of(
    shared: &Arc<Shared>,
    guid: &str,
    act: impl Fn(&Shared, &str) + Send + Sync + 'static,
) -> impl Fn() -> Done + Send + Sync + 'static {
    let (shared, guid) = (Arc::downgrade(shared), guid.to_owned());
    move || {
        if let Some(shared) = shared.upgrade() {
            act(&shared, &guid);
        }
        std::future::ready(Ok(()))
    }
}

/// The lists of `<select>` are windows of the desktop, which the picture does not show: this draws them in the page.
/// A context menu would be one too, and nobody could close it: only a page's own is let through.
const NO_WINDOWS: &str = "(() => { try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('select:not([multiple]):not([size]), ::picker(select) { appearance: base-select }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    addEventListener('contextmenu', (event) => event.preventDefault());
} catch {} })()";

async fn leave_out_media(route: Route) -> playwright_rs::Result<()> {
    if matches!(route.request().resource_type(), "image" | "media" | "font") {
        route.abort(Some("blockedbyclient")).await
    } else {
        route.continue_(None).await
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
        self.shared.identity()
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
        self.shared.adopt(&page);
        let page = PlaywrightPage { shared: Arc::clone(&self.shared), page };
        page.go(url, within).await?;
        Ok(Arc::new(page))
    }

    async fn observe(&self, wanted: &Wanted) -> Result<Observation, BrowserError> {
        observe::observe(&self.shared, wanted).await
    }

    fn responses(&self) -> watch::Receiver<Arc<Vec<SeenResponse>>> {
        self.shared.responses.shown()
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
