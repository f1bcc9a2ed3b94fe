//! A list that is scrolled: what of the page scrolls it, and how far.

use std::time::Duration;

use playwright_rs::protocol::Page as DriverPage;
use serde_json::json;

use super::Scrolled;

const SCRIPT: &str = include_str!("scrolling.js");

/// Scrolls on. A list that scrolls in a way of its own hears the wheel, by so many pixels.
pub(super) async fn scroll_on(page: &DriverPage, items: &[String], wheel: f64) -> playwright_rs::Result<Scrolled> {
    let scrolled: Scrolled = page.evaluate(SCRIPT, Some(&json!({ "act": "scrollOn", "selectors": items }))).await?;
    if scrolled.moved || !scrolled.at_end {
        return Ok(scrolled);
    }
    // Nothing scrolls any further by itself.
    let over = json!({ "act": "overTheItems", "selectors": items });
    if let Some((x, y)) = page.evaluate::<_, Option<(f64, f64)>>(SCRIPT, Some(&over)).await? {
        page.mouse().move_to(x, y, None).await?;
        page.mouse().wheel(0.0, wheel).await?;
    }
    Ok(scrolled)
}

/// Waits until items fill what is in sight of what scrolls them, or until nothing came for so long.
pub(super) async fn await_filled(page: &DriverPage, items: &[String], quiet: Duration) -> playwright_rs::Result<()> {
    let how = json!({ "act": "awaitFilled", "selectors": items, "quiet": quiet.as_millis() });
    page.evaluate::<_, Option<bool>>(SCRIPT, Some(&how)).await.map(drop)
}
