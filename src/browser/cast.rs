//! The picture: frames of the page in front, cast while somebody watches.
//!
//! Chromium sends a frame when something has changed, and waits after a few that nobody has acknowledged. So each is
//! acknowledged as soon as it is queued; the newest wins, and a slow viewer skips.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use playwright_rs::protocol::CDPSession;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::Instant,
};

use super::{
    BrowserError,
    context::Shared,
    guard::PROMPT,
    input,
    live_view::{Frame, LiveView},
    tabs::OpenTab,
};
use crate::domain::Viewport;

/// Text stays sharp, and a login page is some twelve kilobytes.
const QUALITY: u8 = 65;

/// An input that brings no frame in this time: the cast may have fallen silent, and is begun anew, which brings one.
const SILENCE: Duration = Duration::from_millis(600);

/// After a cast could not be begun (the page is just going away) it is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// What the cast and the sessions that feed it share.
pub(super) struct Cast {
    frames: watch::Sender<Option<Arc<Frame>>>,
    newest: Mutex<Newest>,
    touched: Notify,
}

struct Newest {
    /// The tab that is being cast; frames of others are late.
    page: Option<u32>,
    timestamp: f64,
    sequence: u32,
    came: Instant,
}

/// Begins to serve a context's view.
pub(super) fn start(shared: &Arc<Shared>) -> LiveView {
    let frames = watch::Sender::new(None);
    let (hand_in, inputs) = mpsc::channel(64);
    let view = LiveView::new(frames.clone(), shared.tabs.shown(), hand_in);
    let newest = Mutex::new(Newest { page: None, timestamp: 0.0, sequence: 0, came: Instant::now() });
    let cast = Arc::new(Cast { frames, newest, touched: Notify::new() });
    tokio::spawn(until_over(shared, run(Arc::clone(shared), Arc::clone(&cast), view.watched())));
    tokio::spawn(until_over(shared, input::serve(Arc::clone(shared), cast, inputs)));
    view
}

fn until_over<F: Future<Output = ()>>(shared: &Shared, task: F) -> impl Future<Output = ()> + use<F> {
    let over = shared.over();
    async move {
        tokio::select! {
            () = over => {}
            () = task => {}
        }
    }
}

impl Cast {
    /// A person did something: a frame should come.
    pub fn touched(&self) {
        self.touched.notify_one();
    }

    fn newest(&self) -> std::sync::MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a frame, unless a newer one was shown already: they arrive in any order.
    fn show(&self, page: u32, frame: &ScreencastFrame) {
        let Ok(jpeg) = BASE64_STANDARD.decode(&frame.data) else { return };
        let mut newest = self.newest();
        if newest.page != Some(page) || frame.metadata.timestamp < newest.timestamp {
            return;
        }
        newest.timestamp = frame.metadata.timestamp;
        newest.sequence = newest.sequence.wrapping_add(1);
        newest.came = Instant::now();
        let size = |value: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
            let size = value.round().clamp(0.0, f64::from(u16::MAX)) as u16;
            size
        };
        let frame = Frame {
            page,
            sequence: newest.sequence,
            width: size(frame.metadata.device_width),
            height: size(frame.metadata.device_height),
            jpeg: Bytes::from(jpeg),
        };
        self.frames.send_replace(Some(Arc::new(frame)));
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScreencastFrame {
    data: String,
    session_id: i64,
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    device_width: f64,
    device_height: f64,
    #[serde(default)]
    timestamp: f64,
}

/// Keeps the cast on the page in front while there is a watcher.
async fn run(shared: Arc<Shared>, cast: Arc<Cast>, watched: Arc<Notify>) {
    let mut tabs = shared.tabs.shown();
    let mut casting: Option<(u32, CDPSession)> = None;
    let mut look_again: Option<Instant> = None;
    loop {
        let is_watched = cast.frames.receiver_count() > 0;
        let front = if is_watched { shared.tabs.front() } else { None };
        if casting.as_ref().map(|(id, _)| *id) != front.as_ref().map(|tab| tab.id) {
            if let Some((_, session)) = casting.take() {
                stop(&shared, &cast, session).await;
            }
            if let Some(tab) = front {
                match begin(&shared, &cast, &tab).await {
                    Ok(session) => casting = Some((tab.id, session)),
                    Err(_) => look_again = Some(Instant::now() + RETRY),
                }
            }
        }
        tokio::select! {
            changed = tabs.changed() => if changed.is_err() { return },
            () = cast.frames.closed(), if is_watched => {}
            () = watched.notified() => {}
            () = cast.touched.notified(), if is_watched => {
                look_again.get_or_insert(Instant::now() + SILENCE);
            }
            () = tokio::time::sleep_until(look_again.unwrap_or_else(Instant::now)), if look_again.is_some() => {
                let since = look_again.take().unwrap_or_else(Instant::now) - SILENCE;
                if let Some((id, session)) = casting.take_if(|_| cast.newest().came < since) {
                    stop(&shared, &cast, session).await;
                    casting = match shared.tabs.get(id) {
                        Some(tab) => begin(&shared, &cast, &tab).await.ok().map(|session| (id, session)),
                        None => None,
                    };
                }
            }
        }
    }
}

async fn begin(shared: &Arc<Shared>, cast: &Arc<Cast>, tab: &OpenTab) -> Result<CDPSession, BrowserError> {
    let session = devtools(shared, cast, tab).await?;
    if shared.is_headed() {
        // A tab behind another one draws nothing.
        let page = tab.page.clone();
        shared.guard.call("bringing a tab to the front", PROMPT, async move { page.bring_to_front().await }).await?;
    }
    fit(shared, tab).await?;
    {
        let mut newest = cast.newest();
        newest.page = Some(tab.id);
        newest.timestamp = 0.0;
    }
    let how = json!({ "format": "jpeg", "quality": QUALITY, "everyNthFrame": 1 });
    send(shared, &session, "Page.startScreencast", how).await?;
    Ok(session)
}

/// Gives a tab the size that the viewer asked for; while none did, a pop-up keeps its own.
pub(super) async fn fit(shared: &Arc<Shared>, tab: &OpenTab) -> Result<(), BrowserError> {
    let Some(Viewport { width, height }) = shared.size_asked_for() else { return Ok(()) };
    let page = tab.page.clone();
    if page.viewport_size().is_some_and(|is| (is.width, is.height) == (width, height)) {
        return Ok(());
    }
    let wanted = playwright_rs::Viewport { width, height };
    shared.guard.call("resizing a tab", PROMPT, async move { page.set_viewport_size(wanted).await }).await
}

async fn stop(shared: &Arc<Shared>, cast: &Cast, session: CDPSession) {
    cast.newest().page = None;
    if cast.frames.receiver_count() == 0 {
        // The next watcher is not shown what was there long ago.
        cast.frames.send_replace(None);
    }
    let _ = send(shared, &session, "Page.stopScreencast", json!({})).await;
}

/// A tab's session with Chromium's own protocol, made when it is first needed.
pub(super) async fn devtools(
    shared: &Arc<Shared>,
    cast: &Arc<Cast>,
    tab: &OpenTab,
) -> Result<CDPSession, BrowserError> {
    let make = || async {
        let (context, page) = (shared.context.clone(), tab.page.clone());
        let session =
            shared.guard.call("reaching a tab", PROMPT, async move { context.new_cdp_session(&page).await }).await?;
        let (acknowledge, mut seen) = mpsc::unbounded_channel::<i64>();
        let (cast, id) = (Arc::clone(cast), tab.id);
        // The handler must not hold the session: they would keep each other alive.
        session.on("Page.screencastFrame", move |event: Value| {
            if let Ok(frame) = serde_json::from_value::<ScreencastFrame>(event) {
                cast.show(id, &frame);
                let _ = acknowledge.send(frame.session_id);
            }
            std::future::ready(Ok(()))
        });
        let (guarded, acknowledging) = (Arc::clone(shared), session.clone());
        tokio::spawn(until_over(shared, async move {
            while let Some(id) = seen.recv().await {
                let _ = send(&guarded, &acknowledging, "Page.screencastFrameAck", json!({ "sessionId": id })).await;
            }
        }));
        Ok(session)
    };
    tab.devtools.get_or_try_init(make).await.cloned()
}

/// One command of Chromium's own protocol. A page that computes answers late: it is not waited for too long.
pub(super) async fn send(
    shared: &Shared,
    session: &CDPSession,
    method: &'static str,
    parameters: Value,
) -> Result<Value, BrowserError> {
    let session = session.clone();
    shared.guard.call(method, Duration::from_secs(5), async move { session.send(method, Some(parameters)).await }).await
}
