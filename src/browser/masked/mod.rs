//! A masked screenshot: what a page looks like, with nothing on it that could be read.
//!
//! It is drawn anew, from the places and the colours of the page's boxes as the browser laid them out. None of the page's
//! own pixels come into it: whatever a site does with shadow trees, canvases or styles, nothing can slip past a mask.
//! Text is bars, in steps of width; images, frames and fields are plain boxes, whatever is in them.

mod canvas;
mod laid_out;

use std::sync::Arc;

use serde_json::json;

use super::{BrowserError, context::Shared, wire};
use crate::domain::Viewport;
use laid_out::LaidOut;

/// More than that is not kept. A page of flat boxes takes a tenth of it.
const LARGEST: usize = 300 * 1024;

/// The page in front, as a PNG.
pub(super) async fn screenshot(shared: &Arc<Shared>) -> Result<Vec<u8>, BrowserError> {
    let tab = shared.tabs.front().ok_or(BrowserError::Closed)?;
    let view =
        tab.page.viewport_size().map_or(shared.identity.viewport, |is| Viewport { width: is.width, height: is.height });
    let wire = wire::of(shared, &tab).await?;
    let wanted = json!({ "computedStyles": laid_out::STYLES, "includePaintOrder": true });
    let answer = wire.send(shared, "DOMSnapshot.captureSnapshot", wanted).await?;
    let drawing = tokio::task::spawn_blocking(move || draw(answer, view));
    let png = drawing.await.map_err(|_| BrowserError::Refused("a page could not be drawn".into()))?;
    png.map_err(|why| BrowserError::Refused(format!("drawing a masked screenshot: {why}")))
}

fn draw(answer: serde_json::Value, view: Viewport) -> Result<Vec<u8>, String> {
    let page: LaidOut = serde_json::from_value(answer).map_err(|error| error.to_string())?;
    let mut canvas = canvas::Canvas::new(view)?;
    page.draw(&mut canvas)?;
    let png = canvas.png()?;
    if png.len() > LARGEST { Err(format!("it has {} bytes", png.len())) } else { Ok(png) }
}
