//! The form in front, mirrored by the viewer: what is filled in and pressed there happens in the page.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    BrowserError,
    context::Shared,
    eyes::Shown,
    hands::{insert, keystroke},
};

/// In place of what is in the field, as if it was typed.
pub(super) async fn fill(
    shared: &Arc<Shared>,
    form: u32,
    field: u32,
    text: Option<String>,
    checked: Option<bool>,
    values: Option<Vec<String>>,
) -> Result<(), BrowserError> {
    let Some(shown) = shared.eyes.shown(form) else { return Ok(()) };
    let Some(text) = text else {
        let answer = json!({ "checked": checked, "values": values });
        return set_field(shared, &shown, field, &answer).await;
    };
    match take_field(shared, &shown, field).await? {
        None => Ok(()),
        Some(Filled::Set) => set_field(shared, &shown, field, &json!({ "value": text })).await,
        Some(Filled::Typed) if text.is_empty() => keystroke(shared, &shown.wire, "Delete", "Delete", 0).await,
        Some(Filled::Typed) => insert(shared, &shown.wire, &text).await,
    }
}

/// Puts the page's focus into a field.
pub(super) async fn focus(shared: &Arc<Shared>, form: u32, field: u32) -> Result<(), BrowserError> {
    match shared.eyes.shown(form) {
        Some(shown) => take_field(shared, &shown, field).await.map(drop),
        None => Ok(()),
    }
}

/// Presses a button, by a click where the page can be clicked.
pub(super) async fn press(shared: &Arc<Shared>, form: u32, button: u32) -> Result<(), BrowserError> {
    let Some(shown) = shared.eyes.shown(form) else { return Ok(()) };
    let _layout = shown.wire.keep_layout().await;
    let Some((x, y)) = spot(shared, &shown, button).await? else { return Ok(()) };
    for (kind, buttons) in [("mousePressed", 1), ("mouseReleased", 0)] {
        let mouse = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1 });
        shown.wire.send(shared, "Input.dispatchMouseEvent", mouse).await?;
    }
    shared.cast.pressed();
    Ok(())
}

/// How a field of the mirrored form is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    /// By typing: it has the focus now, and all that is in it is selected.
    Typed,
    /// By setting its value: a date.
    Set,
}

/// Puts the focus into a field; none: it cannot be filled now.
async fn take_field(shared: &Shared, shown: &Shown, field: u32) -> Result<Option<Filled>, BrowserError> {
    let taken = shown.wire.evaluate(shared, &shown.place, format!("staylogged.take({field})")).await?;
    Ok(match taken.as_str() {
        Some("type") => Some(Filled::Typed),
        Some("set") => Some(Filled::Set),
        _ => None,
    })
}

/// Ticks, or chooses.
async fn set_field(shared: &Shared, shown: &Shown, field: u32, answer: &Value) -> Result<(), BrowserError> {
    shown.wire.evaluate(shared, &shown.place, format!("staylogged.set({field}, {answer})")).await.map(drop)
}

/// Where to click for a button, in the view of its tab; none: it is covered, or gone, and was pressed by script if it is there.
async fn spot(shared: &Shared, shown: &Shown, button: u32) -> Result<Option<(f64, f64)>, BrowserError> {
    let found = shown.wire.evaluate(shared, &shown.place, format!("staylogged.spot({button})")).await?;
    if found["hit"] == Value::Bool(true)
        && let (Some(x), Some(y)) = (found["x"].as_f64(), found["y"].as_f64())
    {
        let is_top = found["top"] == Value::Bool(true);
        let (left, top) = if is_top { (0.0, 0.0) } else { shown.wire.offset(shared, &shown.place).await? };
        return Ok(Some((left + x, top + y)));
    }
    shown.wire.evaluate(shared, &shown.place, format!("staylogged.press({button})")).await?;
    Ok(None)
}
