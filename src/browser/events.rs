//! What the driver tells of a context, and what is made of it.
//!
//! It is only a hint that something happened: events arrive in any order, so each one makes us read again what is
//! true now.

use std::{sync::Arc, time::Duration};

use playwright_rs::{
    Request, WaitUntil,
    protocol::{Frame, Page as DriverPage, ResponseObject, Route},
    server::channel_owner::ChannelOwner,
};

use super::{BrowserError, context::Shared, guard::PROMPT, tabs::OpenTab};

/// A page often draws what it has just received a moment later: then it is looked at once more.
const AFTERMATH: Duration = Duration::from_millis(400);

/// How long after its last tab the end of the browser itself may be told.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Shared {
    pub async fn prepare(
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
        let navigated = hear(self, |shared, frame: Frame| shared.navigated(&frame));
        let answered = hear(self, |shared, response: ResponseObject| shared.answered(&response));
        let finished = hear(self, Self::finished);
        let context = self.context.clone();
        self.guard
            .call("preparing a context", PROMPT, async move {
                context.on_page(opened).await?;
                context.on_page_close(closed).await?;
                context.on_page_load(loaded).await?;
                context.on_frame_navigated(navigated).await?;
                context.on_response(answered).await?;
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
    pub fn adopt(self: &Arc<Self>, page: &DriverPage) -> OpenTab {
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

    fn drop_tab(self: &Arc<Self>, guid: &str, why: &'static str) {
        if let Some(left) = self.tabs.remove(guid) {
            if left == 0 {
                // A browser that dies closes its tabs first: its end is the better reason, where it follows.
                let shared = Arc::clone(self);
                tokio::spawn(async move {
                    let mut ended = shared.guard.ended();
                    if tokio::time::timeout(LAST_WORDS, ended.wait_for(Option::is_some)).await.is_err() {
                        shared.lose(BrowserError::Lost(why.to_owned()));
                    }
                });
            }
            self.stir();
        }
    }

    fn navigated(self: &Arc<Self>, frame: &Frame) {
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

    /// A page that is refused often does not read the body, and then its request never finishes: the refusal counts
    /// as soon as it has come.
    fn answered(self: &Arc<Self>, response: &ResponseObject) {
        if response.status() >= 400
            && self.responses.wants(response.url())
            && let Some(parent) = response.parent()
            && let Some(request) = parent.as_any().downcast_ref::<Request>()
        {
            self.responses.refused(request, response.status());
            self.stir();
        }
    }

    fn finished(self: &Arc<Self>, request: Request) {
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
    act: impl Fn(&Arc<Shared>, &str) + Send + Sync + 'static,
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
