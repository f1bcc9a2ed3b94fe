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
    time::{Instant, sleep_until},
};

use super::{
    BrowserError,
    context::{AskedFor, Shared},
    eyes,
    guard::PROMPT,
    hands,
    live_view::{Frame, LiveView, Quality},
    still,
    tabs::OpenTab,
    wire::{self, Wire},
};
use crate::domain::Viewport;

/// A page at which nothing happened for so long has come to rest.
const REST: Duration = Duration::from_millis(350);

/// An input that brings no frame in this time: the cast may have fallen silent, and is begun anew, which brings one. So may
/// one without a frame of the size that was asked for.
const SILENCE: Duration = Duration::from_millis(600);

/// How often the time between such beginnings doubles: some page may have a size of its own, and a machine may be slow.
const MOST_DOUBLINGS: u32 = 4;

/// How often a still of the same picture is tried: Chromium fails to take one now and then.
const MOST_TRIES: u32 = 5;

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
    /// When something was last pressed.
    pressed: Instant,
    /// The newest frame that was cast, shown or not.
    cast: Option<Arc<Frame>>,
    /// The frame that is shown, or that is shown more sharply.
    shown: Bytes,
    /// The size of the last still: Chromium draws the page that large for a moment, and casts that too.
    still: Option<(u16, u16)>,
    /// A still of what is shown is there, or is being taken.
    sharp: bool,
    /// How many stills of what is shown were begun.
    tries: u32,
}

impl Newest {
    /// Whether there is a frame, of the size that was asked for, if one was.
    fn has_frame_of(&self, asked: Option<Viewport>) -> bool {
        self.cast.as_ref().is_some_and(|frame| asked.is_none_or(|asked| is_of((frame.width, frame.height), asked)))
    }
}

impl Default for Cast {
    fn default() -> Self {
        let newest = Newest {
            page: None,
            timestamp: 0.0,
            sequence: 0,
            came: Instant::now(),
            pressed: Instant::now(),
            cast: None,
            shown: Bytes::new(),
            still: None,
            sharp: false,
            tries: 0,
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

    /// Something was pressed, or released: the page is not at rest.
    pub fn pressed(&self) {
        self.newest().pressed = Instant::now();
    }

    fn newest(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a frame, unless a newer one came already: they arrive in any order.
    fn take(&self, page: u32, frame: &ScreencastFrame, asked: Option<Viewport>) {
        let Ok(jpeg) = BASE64_STANDARD.decode(&frame.data) else { return };
        let mut newest = self.newest();
        let is_late = newest.page != Some(page) || frame.metadata.timestamp < newest.timestamp;
        let is_of_still = newest
            .still
            .is_some_and(|still| size_of(&jpeg) == Some(still) && asked.is_none_or(|asked| !is_of(still, asked)));
        if is_late || is_of_still {
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
        // After a still the page is cast once more as it was.
        if newest.shown != frame.jpeg {
            newest.shown = frame.jpeg.clone();
            (newest.sharp, newest.tries) = (false, 0);
            self.show(&mut newest, (*frame).clone());
        }
        drop(newest);
        self.came.notify_one();
    }

    fn show(&self, newest: &mut Newest, frame: Frame) {
        newest.sequence = newest.sequence.wrapping_add(1);
        self.frames.send_replace(Some(Arc::new(Frame { sequence: newest.sequence, ..frame })));
    }

    /// Shows a still in place of the frame that was shown when it was begun.
    fn sharpen(&self, before: &Frame, jpeg: Vec<u8>) {
        let mut newest = self.newest();
        // What has changed meanwhile comes to rest again.
        let is_changed = newest.page != Some(before.page) || newest.shown != before.jpeg;
        if let (false, Some((width, _))) = (is_changed, size_of(&jpeg)) {
            let scale = whole(f64::from(width) * 100.0 / f64::from(before.width.max(1)));
            self.show(&mut newest, Frame { scale, jpeg: Bytes::from(jpeg), ..before.clone() });
        }
    }

    /// No still could be taken: another one is, once the page has been at rest again.
    fn stay_blurred(&self) {
        let mut newest = self.newest();
        newest.sharp = newest.tries >= MOST_TRIES;
        newest.pressed = Instant::now();
        drop(newest);
        self.came.notify_one();
    }

    /// When a still is due; none while one is shown, or being taken.
    fn rests_at(&self, density: f64, jpeg: u8) -> Option<Instant> {
        let newest = self.newest();
        let wanted = density > 1.0 || jpeg < Quality::default().jpeg;
        (wanted && !newest.sharp && newest.cast.is_some()).then(|| newest.came.max(newest.pressed) + REST)
    }
}

fn is_of((width, height): (u16, u16), size: Viewport) -> bool {
    (u32::from(width), u32::from(height)) == (size.width, size.height)
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
            shared.cast.take(wire.tab, &frame, shared.asked_for().viewport);
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

/// Keeps the cast on the page in front, at the size that was asked for, while there is a watcher.
async fn run(shared: Arc<Shared>, watched: Arc<Notify>, mut quality: watch::Receiver<Quality>) {
    let cast = &shared.cast;
    let mut tabs = shared.tabs.shown();
    let mut asked = shared.asked_for_changes();
    let mut casting: Option<Casting> = None;
    let mut look_again: Option<Instant> = None;
    // How often the cast was begun anew because it brought no frame of the size that was asked for.
    let mut misfits: u32 = 0;
    loop {
        let is_watched = cast.frames.receiver_count() > 0;
        let wanted = *quality.borrow_and_update();
        let size = asked.borrow_and_update().viewport;
        let front = if is_watched { shared.tabs.front() } else { None };
        let fits =
            casting.as_ref().map(|now| (now.tab.id, now.jpeg)) == front.as_ref().map(|tab| (tab.id, wanted.jpeg));
        if !fits && let Some(now) = casting.take() {
            stop(&shared, now).await;
        }
        if let Some(tab) = front {
            let done = match &casting {
                // Whoever asked for another size may have been cut off before the page had it.
                Some(_) => fit(&shared, &tab).await,
                None => begin(&shared, &tab, wanted.jpeg).await.map(|begun| casting = Some(begun)),
            };
            if done.is_err() {
                look_again = Some(sooner(look_again, RETRY));
            }
        }
        if cast.newest().has_frame_of(size) {
            misfits = 0;
        } else if casting.is_some() && look_again.is_none() {
            look_again = Some(Instant::now() + SILENCE * 2_u32.pow(misfits.min(MOST_DOUBLINGS)));
        }
        let still = casting.as_ref().and_then(|now| cast.rests_at(shared.asked_for().density, now.jpeg));
        let now = Instant::now();
        tokio::select! {
            changed = tabs.changed() => if changed.is_err() { return },
            changed = quality.changed() => if changed.is_err() { return },
            changed = asked.changed() => {
                if changed.is_err() { return }
                (misfits, look_again) = (0, Some(sooner(look_again, SILENCE)));
            }
            () = cast.frames.closed(), if is_watched => {}
            () = watched.notified() => {}
            () = cast.came.notified() => {}
            () = cast.touched.notified(), if is_watched => {
                look_again = Some(sooner(look_again, SILENCE));
            }
            () = sleep_until(look_again.unwrap_or(now)), if look_again.is_some() => {
                let since = look_again.take().unwrap_or_else(Instant::now) - SILENCE;
                let is_misfit = !cast.newest().has_frame_of(size);
                if (is_misfit || cast.newest().came < since) && let Some(now) = casting.take() {
                    misfits += u32::from(is_misfit);
                    stop(&shared, now).await;
                }
            }
            () = sleep_until(still.unwrap_or(now)), if still.is_some() => {
                if let Some(now) = &casting {
                    pose(&shared, now);
                }
            }
        }
    }
}

/// That moment, or in so long: whichever comes first.
fn sooner(moment: Option<Instant>, wait: Duration) -> Instant {
    let then = Instant::now() + wait;
    moment.map_or(then, |moment| moment.min(then))
}

/// What is being cast.
struct Casting {
    tab: OpenTab,
    jpeg: u8,
    wire: Arc<Wire>,
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
        newest.still = None;
        newest.shown = Bytes::new();
    }
    let how = json!({ "format": "jpeg", "quality": jpeg, "everyNthFrame": 1 });
    wire.send(shared, "Page.startScreencast", how).await?;
    Ok(Casting { tab: tab.clone(), jpeg, wire })
}

/// Gives a tab the size, density and touch that the viewer asked for last; while none did, a pop-up keeps its own. Waits for a
/// still: after it Chromium gives the page back the size that it had before.
pub(super) async fn fit(shared: &Arc<Shared>, tab: &OpenTab) -> Result<(), BrowserError> {
    let mut fitted = tab.fitted.lock().await;
    let asked = shared.asked_for();
    let AskedFor { viewport: Some(Viewport { width, height }), density, touch } = asked else { return Ok(()) };
    if *fitted == Some(asked) {
        return Ok(());
    }
    let wire = wire::of(shared, tab).await?;
    let _layout = wire.keep_layout().await;
    // Nothing is known of what fails or is given up on the way: then all of it is done again.
    let before = fitted.take();
    let has_size = before.is_some_and(|before| before.viewport == asked.viewport);
    if !has_size {
        let (page, size) = (tab.page.clone(), playwright_rs::Viewport { width, height });
        shared.guard.call("resizing a tab", PROMPT, async move { page.set_viewport_size(size).await }).await?;
    }
    // With another size the driver puts it back to one.
    let has = before.map(|before| if has_size { before.density } else { 1.0 });
    if has.is_none_or(|has| (has - density).abs() > 0.001) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": density, "mobile": false });
        wire.send(shared, "Emulation.setDeviceMetricsOverride", metrics).await?;
    }
    if before.is_none_or(|before| before.touch != touch) {
        let how = json!({ "enabled": touch, "maxTouchPoints": 5 });
        wire.send(shared, "Emulation.setTouchEmulationEnabled", how).await?;
    }
    *fitted = Some(asked);
    Ok(())
}

async fn stop(shared: &Arc<Shared>, casting: Casting) {
    shared.cast.newest().page = None;
    if shared.cast.frames.receiver_count() == 0 {
        // The next watcher is not shown what was there long ago.
        shared.cast.frames.send_replace(None);
    }
    let _ = casting.wire.send(shared, "Page.stopScreencast", json!({})).await;
}

/// Pictures a page at rest as sharply as the viewer's screen shows it; not while something is pressed there.
fn pose(shared: &Arc<Shared>, casting: &Casting) {
    let mut newest = shared.cast.newest();
    let Some(before) = newest.cast.clone() else { return };
    let Some(layout) = casting.wire.change_layout() else {
        newest.pressed = Instant::now();
        return;
    };
    let density = shared.asked_for().density;
    let size = (whole(f64::from(before.width) * density), whole(f64::from(before.height) * density));
    newest.still = Some(size).filter(|size| *size != (before.width, before.height));
    newest.sharp = true;
    newest.tries += 1;
    drop(newest);
    let (posing, wire, fitted) = (Arc::clone(shared), Arc::clone(&casting.wire), Arc::clone(&casting.tab.fitted));
    tokio::spawn(until_over(shared, async move {
        let taken = still::take(&posing, &wire, (before.width, before.height)).await;
        drop(layout);
        if let Some(jpeg) = taken.ok().and_then(|jpeg| BASE64_STANDARD.decode(jpeg.as_str()?).ok()) {
            posing.cast.sharpen(&before, jpeg);
        } else {
            // The cast fits it anew.
            *fitted.lock().await = None;
            posing.cast.stay_blurred();
        }
    }));
}

/// Width and height of a JPEG, from its frame header (ITU-T T.81, B.2.2).
fn size_of(jpeg: &[u8]) -> Option<(u16, u16)> {
    let number = |at: usize| Some(u16::from_be_bytes(jpeg.get(at..at + 2)?.try_into().ok()?));
    let mut at = 2;
    loop {
        match *jpeg.get(at + 1)? {
            0xc0..=0xc3 => return Some((number(at + 7)?, number(at + 5)?)),
            _ => at += 2 + usize::from(number(at + 2)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpegs_size_is_read_from_its_header() {
        let start: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2];
        let frame: &[u8] = &[0xff, 0xc0, 0, 17, 8, 3, 32, 5, 0, 3];
        assert_eq!(size_of(&[start, frame].concat()), Some((1280, 800)));
        assert_eq!(size_of(start), None);
        assert_eq!(size_of(b""), None);
    }
}
