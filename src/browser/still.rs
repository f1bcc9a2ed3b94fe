//! A still: the page at rest, pictured as sharply as the viewer's screen shows it (`Page.captureScreenshot`).
//!
//! Chromium changes the emulated device for the moment of the picture, and back afterwards.
//! - Without `clip` it changes the emulation's scale, by which the page divides the place of every input. With `clip` it
//!   changes the viewport's instead, which leaves inputs alone; those of a frame in another process excepted, since Chromium
//!   looks up that process by where the frame was drawn last.
//! - When the page navigates meanwhile, the answer may never come, and the change may stay.

use std::time::Duration;

use serde_json::{Value, json};

use super::{BrowserError, context::Shared, wire::Wire};

/// A still is looked at for longer than a frame.
const QUALITY: u8 = 80;

/// How long a still may take; frames of other processes take no input meanwhile.
const WITHIN: Duration = Duration::from_secs(20);

/// How long the answer may take once the page has navigated.
const AFTER_NAVIGATION: Duration = Duration::from_secs(1);

/// Resolves once the page was drawn twice: the second time surely as it was before the still.
const DRAWN_TWICE: &str = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))";
const DRAWN_WITHIN: Duration = Duration::from_secs(1);

/// A JPEG, in Base64, of what the tab shows, with as many pixels as its density asks for; `width` and `height` are those of its
/// viewport in CSS pixels. After an error the tab's emulated device has to be set anew.
pub(super) async fn take(shared: &Shared, wire: &Wire, (width, height): (u16, u16)) -> Result<Value, BrowserError> {
    let mut navigations = wire.navigations.subscribe();
    let metrics = wire.send(shared, "Page.getLayoutMetrics", json!({})).await?;
    // Of the document; smaller than the viewport where fingers have enlarged the page. Chromium's own sizes leave out scroll bars.
    let seen = &metrics["cssVisualViewport"];
    let scale = seen["scale"].as_f64().unwrap_or(1.0);
    let clip = json!({
        "x": seen["pageX"],
        "y": seen["pageY"],
        "width": f64::from(width) / scale,
        "height": f64::from(height) / scale,
        "scale": scale,
    });
    let how = json!({ "format": "jpeg", "quality": QUALITY, "clip": clip });
    let mut answer = tokio::select! {
        answer = wire.send_within(shared, WITHIN, "Page.captureScreenshot", how) => answer?,
        () = async {
            let _ = navigations.changed().await;
            tokio::time::sleep(AFTER_NAVIGATION).await;
        } => return Err(BrowserError::Timeout { what: "a still of a page that is gone".into(), after: AFTER_NAVIGATION }),
    };
    if wire.has_frames_elsewhere() {
        let drawn = json!({ "expression": DRAWN_TWICE, "awaitPromise": true });
        // A page that is too busy to be drawn is not waited for.
        let _ = wire.send_within(shared, DRAWN_WITHIN, "Runtime.evaluate", drawn).await;
    }
    Ok(answer["data"].take())
}
