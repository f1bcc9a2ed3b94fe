//! What the driver tells of a context, and what is made of it.
//!
//! It is only a hint that something happened: events arrive in any order, so each one makes us read again what is
//! true now.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use playwright_rs::{
    Request, WaitUntil,
    protocol::{Dialog, FileChooser, Frame, Page as DriverPage, ResponseObject},
    server::channel_owner::ChannelOwner,
};

use super::{
    BrowserError, MOST_TABS,
    context::Shared,
    eyes,
    guard::PROMPT,
    in_flight,
    live_view::{NoticeKind, Told},
    navigation,
    tabs::OpenTab,
    wire,
};

/// A page often draws what it has just received a moment later: then it is looked at once more.
const AFTERMATH: Duration = Duration::from_millis(400);

/// How long after its last tab the end of the browser itself may be told.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Shared {
    pub async fn prepare(self: &Arc<Self>, session_storage: Option<String>) -> Result<(), BrowserError> {
        self.listen().await?;
        let context = self.context.clone();
        let headed = self.is_headed();
        self.guard
            .call("preparing a context", PROMPT, async move {
                if let Some(script) = session_storage {
                    context.add_init_script(&script).await?;
                }
                if headed {
                    context.add_init_script(eyes::SHIM).await?;
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
        let asked = hear(self, |shared, request: Request| shared.in_flight.began(&request));
        let failed = hear(self, |shared, request: Request| shared.in_flight.failed(&request));
        let answered = hear(self, |shared, response: ResponseObject| shared.answered(&response));
        let finished = hear(self, Self::finished);
        let dialogs = self.is_headed().then(|| {
            let asked = hear(self, |shared, dialog: Dialog| shared.asks.dialog(shared, dialog));
            (asked, hear(self, |shared, closed: Dialog| shared.asks.dialog_closed(shared, &closed)))
        });
        let context = self.context.clone();
        self.guard
            .call("preparing a context", PROMPT, async move {
                context.on_page(opened).await?;
                context.on_page_close(closed).await?;
                context.on_page_load(loaded).await?;
                context.on_frame_navigated(navigated).await?;
                context.on_response(answered).await?;
                context.on_request(asked).await?;
                context.on_request_finished(finished).await?;
                context.on_request_failed(failed).await?;
                if let Some((asked, closed)) = dialogs {
                    context.on_dialog(asked).await?;
                    return context.on_dialog_closed(closed).await;
                }
                // Nobody is there to answer, and it blocks its page until somebody does.
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
        if is_new && self.tabs.len() > MOST_TABS {
            self.overlay.tell(Told::Notice { kind: NoticeKind::TooManyPages, what: None });
            let (shared, page) = (Arc::clone(self), page.clone());
            tokio::spawn(async move {
                let _ = shared.guard.call("closing a tab", PROMPT, async move { page.close().await }).await;
            });
        } else if is_new {
            // Before anything that waits for the driver: a crash in between would never be heard, and a crashed page
            // answers nothing. It only notes the handler, so it is ready at once.
            let crashed = hear_of(self, page.guid(), |shared, guid| shared.drop_tab(guid, "the page crashed"));
            page.on_crash(crashed).now_or_never();
            tokio::spawn(Arc::clone(self).attend(tab.clone()));
            self.stir();
        }
        tab
    }

    /// What a new page needs. It may have loaded, or have gone, before anybody could listen to it.
    async fn attend(self: Arc<Self>, tab: OpenTab) {
        let page = tab.page.clone();
        if self.needs_wires() && wire::of(&self, &tab).await.is_err() && !page.is_closed() {
            tracing::warn!(
                "a tab cannot be reached: its dialogs and lists will not be shown, its pictures not left out"
            );
        }
        // Otherwise a file chooser of the desktop opens, which nobody can close.
        let asked = hear(&self, move |shared, chooser: FileChooser| shared.asked_for_files(tab.id, chooser));
        let watched = page.clone();
        let watching = self.guard.call("watching a page", PROMPT, async move { watched.on_filechooser(asked).await });
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

    fn asked_for_files(self: &Arc<Self>, tab: u32, chooser: FileChooser) {
        if self.is_headed() {
            let (accept, label) = self.eyes.file_field(tab);
            self.asks.files(self, tab, chooser, accept, label);
        }
    }

    fn drop_tab(self: &Arc<Self>, guid: &str, why: &'static str) {
        if let Some((id, left)) = self.tabs.remove(guid) {
            self.asks.left(self, id);
            self.eyes.left(id);
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
            self.leave(page);
        } else {
            if self.is_headed() && !self.may_navigate(&frame.url()) {
                // A pop-up that was gone there before anybody could say no.
                navigation::tell_blocked(self, &frame.url());
                self.leave(page);
                return;
            }
            self.read_title(page);
        }
    }

    fn leave(self: &Arc<Self>, page: DriverPage) {
        let guard = self.guard.clone();
        tokio::spawn(async move {
            let blank = async move { page.goto("about:blank", None).await };
            let _ = guard.call("leaving a page", PROMPT, blank).await;
        });
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
            && let Some(parent) = response.parent()
            && let Some(request) = parent.as_any().downcast_ref::<Request>()
        {
            if self.exchanges.wants(request) {
                self.exchanges.answered(request, response.status());
            }
            if self.responses.wants(response.url()) {
                self.responses.refused(request, response.status());
                self.stir();
            }
        }
    }

    fn finished(self: &Arc<Self>, request: Request) {
        self.in_flight.finished(&request);
        if request.is_navigation_request()
            && let Some(frame) = request.frame()
            && frame.parent_frame().is_none()
            && let Some(page) = frame.page()
        {
            self.tabs.answered(page.guid(), request.existing_response().map(|response| response.status()));
        }
        let tells = in_flight::may_change_a_page(&request);
        if self.exchanges.wants(&request) {
            let (shared, request) = (Arc::clone(self), request.clone());
            tokio::spawn(async move {
                shared.exchanges.finished(&shared.guard, request).await;
                shared.stir();
            });
        }
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
