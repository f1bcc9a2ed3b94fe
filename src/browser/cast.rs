//! The picture: frames of the page in front, cast while somebody watches.
//!
//! Chromium sends a frame when something has changed, and waits after a few that nobody has acknowledged. So each is
//! acknowledged as soon as it is queued; the newest wins, and a slow viewer skips.
//!
//! A cast has one pixel for each of the page's, whatever density the viewer's screen has. So a page that has come to rest
//! is pictured once more, as sharply as that screen shows it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::Instant,
};

use super::{
    BrowserError,
    context::Shared,
    eyes,
    guard::PROMPT,
    hands,
    live_view::{Frame, LiveView, Quality},
    tabs::OpenTab,
    wire::{self, Wire},
};
use crate::domain::Viewport;

/// A still is looked at for longer than a frame.
const STILL_QUALITY: u8 = 80;

/// A page at which nothing happened for so long has come to rest.
const REST: Duration = Duration::from_millis(350);

/// Pixels of a still at most: a phone's screen is denser than anyone can see.
const STILL_PIXELS: f64 = 4_000_000.0;

/// Taking a still makes Chromium draw the page larger for a moment, and cast that: frames until so long after it are only
/// believed when nothing else follows.
const AFTERGLOW: Duration = Duration::from_millis(120);

/// An input that brings no frame in this time: the cast may have fallen silent, and is begun anew, which brings one.
const SILENCE: Duration = Duration::from_millis(600);

/// After a cast could not be begun (the page is just going away) it is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// The picture of a context.
pub(super) struct Cast {
    frames: watch::Sender<Option<Arc<Frame>>>,
    newest: Mutex<Newest>,
    touched: Notify,
    came: Notify,
}

struct Newest {
    /// The tab that is being cast; frames of others are late.
    page: Option<u32>,
    timestamp: f64,
    sequence: u32,
    came: Instant,
    /// The newest frame that was cast, shown or not.
    cast: Option<Arc<Frame>>,
    /// The frame that is shown, or that the still which is shown was taken of.
    shown: Bytes,
    /// A still is being taken.
    posing: bool,
    /// A still of what is shown has been taken, or none is wanted.
    sharp: bool,
}

impl Default for Cast {
    fn default() -> Self {
        let newest = Newest {
            page: None,
            timestamp: 0.0,
            sequence: 0,
            came: Instant::now(),
            cast: None,
            shown: Bytes::new(),
            posing: false,
            sharp: false,
        };
        Self {
            frames: watch::Sender::new(None),
            newest: Mutex::new(newest),
            touched: Notify::new(),
            came: Notify::new(),
        }
    }
}

/// Begins to serve a context's view.
pub(super) fn start(shared: &Arc<Shared>) -> LiveView {
    let (hand_in, inputs) = mpsc::channel(64);
    let frames = shared.cast.frames.clone();
    let view = LiveView::new(frames, shared.tabs.shown(), shared.overlay.clone(), hand_in);
    tokio::spawn(until_over(shared, run(Arc::clone(shared), view.watched(), view.quality())));
    tokio::spawn(until_over(shared, hands::serve(Arc::clone(shared), inputs)));
    let (mirroring, mut mirrored) = (Arc::clone(shared), shared.overlay.mirrored());
    tokio::spawn(until_over(shared, async move {
        while mirrored.changed().await.is_ok() {
            let on = *mirrored.borrow_and_update();
            eyes::mirror(&mirroring, on).await;
        }
    }));
    view
}

pub(super) fn until_over<F: Future<Output = ()>>(shared: &Shared, task: F) -> impl Future<Output = ()> + use<F> {
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

    fn newest(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a frame, unless a newer one came already: they arrive in any order.
    fn take(&self, page: u32, frame: &ScreencastFrame) {
        let Ok(jpeg) = BASE64_STANDARD.decode(&frame.data) else { return };
        let mut newest = self.newest();
        if newest.page != Some(page) || frame.metadata.timestamp < newest.timestamp {
            return;
        }
        newest.timestamp = frame.metadata.timestamp;
        newest.came = Instant::now();
        let frame = Arc::new(Frame {
            page,
            sequence: 0,
            width: whole(frame.metadata.device_width),
            height: whole(frame.metadata.device_height),
            scale: 100,
            jpeg: Bytes::from(jpeg),
        });
        newest.cast = Some(Arc::clone(&frame));
        if !newest.posing {
            self.show_cast(&mut newest, &frame);
        }
        drop(newest);
        self.came.notify_one();
    }

    /// Shows what was cast, unless that is what is shown already.
    fn show_cast(&self, newest: &mut Newest, frame: &Frame) {
        if newest.shown != frame.jpeg {
            newest.shown = frame.jpeg.clone();
            newest.sharp = false;
            self.show(newest, frame.clone());
        }
    }

    fn show(&self, newest: &mut Newest, frame: Frame) {
        newest.sequence = newest.sequence.wrapping_add(1);
        self.frames.send_replace(Some(Arc::new(Frame { sequence: newest.sequence, ..frame })));
    }

    /// When a still is due; none while one is shown.
    fn rests_at(&self, quality: Quality) -> Option<Instant> {
        let newest = self.newest();
        let wanted = quality.scale > 1.0 || quality.jpeg < STILL_QUALITY - 10;
        (wanted && !newest.sharp && newest.cast.is_some()).then(|| newest.came + REST)
    }
}

fn whole(value: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
    let whole = value.round().clamp(0.0, f64::from(u16::MAX)) as u16;
    whole
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

/// Takes and acknowledges the frames of a tab.
pub(super) fn attend(shared: &Arc<Shared>, wire: &Arc<Wire>) {
    let (acknowledge, mut seen) = mpsc::unbounded_channel::<i64>();
    wire.on(shared, "Page.screencastFrame", move |shared, wire, event| {
        if let Ok(frame) = serde_json::from_value::<ScreencastFrame>(event) {
            let _ = acknowledge.send(frame.session_id);
            shared.cast.take(wire.tab, &frame);
        }
    });
    let (guarded, weak) = (Arc::clone(shared), Arc::downgrade(wire));
    tokio::spawn(until_over(shared, async move {
        while let Some(id) = seen.recv().await {
            let Some(wire) = weak.upgrade() else { return };
            let _ = wire.send(&guarded, "Page.screencastFrameAck", json!({ "sessionId": id })).await;
        }
    }));
}

/// Keeps the cast on the page in front while there is a watcher.
async fn run(shared: Arc<Shared>, watched: Arc<Notify>, mut quality: watch::Receiver<Quality>) {
    let cast = &shared.cast;
    let mut tabs = shared.tabs.shown();
    let mut casting: Option<Casting> = None;
    let mut look_again: Option<Instant> = None;
    loop {
        let is_watched = cast.frames.receiver_count() > 0;
        let wanted = *quality.borrow_and_update();
        let front = if is_watched { shared.tabs.front() } else { None };
        let fits = casting.as_ref().map(|now| (now.tab, now.jpeg)) == front.as_ref().map(|tab| (tab.id, wanted.jpeg));
        if !fits {
            if let Some(now) = casting.take() {
                stop(&shared, now).await;
            }
            if let Some(tab) = front {
                match begin(&shared, &tab, wanted.jpeg).await {
                    Ok(begun) => casting = Some(begun),
                    Err(_) => look_again = Some(Instant::now() + RETRY),
                }
            }
        }
        let still = casting.as_ref().and_then(|_| cast.rests_at(wanted));
        tokio::select! {
            changed = tabs.changed() => if changed.is_err() { return },
            changed = quality.changed() => if changed.is_err() { return },
            () = cast.frames.closed(), if is_watched => {}
            () = watched.notified() => {}
            () = cast.came.notified() => {}
            () = cast.touched.notified(), if is_watched => {
                look_again.get_or_insert(Instant::now() + SILENCE);
            }
            () = at(look_again) => {
                let since = look_again.take().unwrap_or_else(Instant::now) - SILENCE;
                if cast.newest().came < since && let Some(now) = casting.take() {
                    stop(&shared, now).await;
                }
            }
            () = at(still) => {
                if let Some(now) = &casting {
                    pose(&shared, now, wanted.scale).await;
                }
            }
        }
    }
}

/// What is being cast.
struct Casting {
    tab: u32,
    jpeg: u8,
    wire: Arc<Wire>,
}

async fn at(when: Option<Instant>) {
    match when {
        Some(when) => tokio::time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}

async fn begin(shared: &Arc<Shared>, tab: &OpenTab, jpeg: u8) -> Result<Casting, BrowserError> {
    let wire = wire::of(shared, tab).await?;
    if shared.is_headed() {
        // A tab behind another one draws nothing.
        let page = tab.page.clone();
        shared.guard.call("bringing a tab to the front", PROMPT, async move { page.bring_to_front().await }).await?;
    }
    fit(shared, tab).await?;
    {
        let mut newest = shared.cast.newest();
        newest.page = Some(tab.id);
        newest.timestamp = 0.0;
        newest.cast = None;
        newest.shown = Bytes::new();
    }
    let how = json!({ "format": "jpeg", "quality": jpeg, "everyNthFrame": 1 });
    wire.send(shared, "Page.startScreencast", how).await?;
    Ok(Casting { tab: tab.id, jpeg, wire })
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

async fn stop(shared: &Arc<Shared>, casting: Casting) {
    shared.cast.newest().page = None;
    if shared.cast.frames.receiver_count() == 0 {
        // The next watcher is not shown what was there long ago.
        shared.cast.frames.send_replace(None);
    }
    let _ = casting.wire.send(shared, "Page.stopScreencast", json!({})).await;
}

/// Pictures a page at rest as sharply as the viewer's screen shows it.
async fn pose(shared: &Arc<Shared>, casting: &Casting, scale: f64) {
    let cast = &shared.cast;
    let Some(before) = ({
        let mut newest = cast.newest();
        newest.posing = newest.cast.is_some();
        newest.cast.clone()
    }) else {
        return;
    };
    let (width, height) = (f64::from(before.width), f64::from(before.height));
    let scale = scale.min((STILL_PIXELS / (width * height)).sqrt()).clamp(1.0, 3.0);
    let how = json!({
        "format": "jpeg",
        "quality": STILL_QUALITY,
        "clip": { "x": 0, "y": 0, "width": width, "height": height, "scale": scale },
        "captureBeyondViewport": false,
    });
    let taken = casting.wire.send(shared, "Page.captureScreenshot", how).await.ok();
    let jpeg = taken.and_then(|taken| BASE64_STANDARD.decode(taken["data"].as_str()?).ok());
    // What Chromium draws for the still is cast too; then the page as it was.
    tokio::time::sleep(AFTERGLOW).await;
    let mut newest = cast.newest();
    newest.posing = false;
    let last = newest.cast.clone();
    match (last, jpeg) {
        (Some(last), _) if last.jpeg != before.jpeg => cast.show_cast(&mut newest, &last),
        (_, Some(jpeg)) if newest.page == Some(before.page) => {
            newest.sharp = true;
            cast.show(&mut newest, Frame { scale: whole(scale * 100.0), jpeg: Bytes::from(jpeg), ..(*before).clone() });
        }
        // It could not be taken: the page is not asked again until it changes.
        _ => newest.sharp = true,
    }
}
