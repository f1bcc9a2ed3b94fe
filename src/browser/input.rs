//! A person's hands: what the viewer sends, handed to the page in front, one after the other.
//!
//! Nothing here is ever logged.

use std::sync::Arc;

use playwright_rs::protocol::CDPSession;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    BrowserError,
    cast::{Cast, devtools, fit, send},
    context::Shared,
    guard::PROMPT,
    keys::{self, Clipboard},
    live_view::{Input, KeyAction, MouseAction, MouseButton, NavigateAction, PageAction, TouchAction},
};
use crate::domain::Viewport;

/// The selected text, also inside frames of the same site and inside shadow trees; never that of a password field.
const SELECTED: &str = "(() => {
    const selected = (document) => {
        let active = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        if (active?.contentDocument) return selected(active.contentDocument);
        if (active && typeof active.selectionStart === 'number')
            return active.type === 'password' ? '' : active.value.slice(active.selectionStart, active.selectionEnd);
        return document.getSelection()?.toString() ?? '';
    };
    return selected(document);
})()";

/// What the hands hold.
#[derive(Default)]
struct Hands {
    /// Buttons that are down: bits of `MouseEvent.buttons`.
    buttons: u8,
    /// The system's clipboard is one for all windows; what one person copies must not be pasted by another. So each
    /// context has a clipboard of its own, here.
    copied: String,
}

/// Hands inputs on until the context is over.
pub(super) async fn serve(shared: Arc<Shared>, cast: Arc<Cast>, mut inputs: mpsc::Receiver<Input>) {
    let mut hands = Hands::default();
    let mut waiting = None;
    loop {
        let Some(mut input) = (match waiting.take() {
            Some(input) => Some(input),
            None => inputs.recv().await,
        }) else {
            return;
        };
        // Moves and turns of the wheel come faster than a page draws: those that wait already become one.
        while let Ok(next) = inputs.try_recv() {
            match merge(input, next) {
                (one, None) => input = one,
                (first, second) => {
                    input = first;
                    waiting = second;
                    break;
                }
            }
        }
        // What a page does not take (it is just closing) is lost, as it is on any desktop.
        let _ = hands.give(&shared, &cast, input).await;
        cast.touched();
    }
}

/// One input of two that mean the same as both, or both.
fn merge(first: Input, second: Input) -> (Input, Option<Input>) {
    use MouseAction::{Moved, Wheel};
    match (&first, &second) {
        (Input::Mouse { action: Moved, .. }, Input::Mouse { action: Moved, .. }) => (second, None),
        (
            &Input::Mouse { action: Wheel, delta_x: x1, delta_y: y1, .. },
            &Input::Mouse { action: Wheel, x, y, button, click_count, delta_x, delta_y, modifiers },
        ) => (
            Input::Mouse {
                action: Wheel,
                x,
                y,
                button,
                click_count,
                delta_x: x1 + delta_x,
                delta_y: y1 + delta_y,
                modifiers,
            },
            None,
        ),
        _ => (first, Some(second)),
    }
}

impl Hands {
    async fn give(&mut self, shared: &Arc<Shared>, cast: &Arc<Cast>, input: Input) -> Result<(), BrowserError> {
        match input {
            Input::Page { action, id } => return page(shared, action, id).await,
            Input::Resize { width, height, .. } => return resize(shared, width, height).await,
            _ => {}
        }
        let Some(tab) = shared.tabs.front() else { return Ok(()) };
        let session = devtools(shared, cast, &tab).await?;
        let (method, parameters) = match input {
            Input::Mouse { action, x, y, button, click_count, delta_x, delta_y, modifiers } => {
                let Some(button) = self.press(action, button) else { return Ok(()) };
                let parameters = json!({
                    "type": match action {
                        MouseAction::Pressed => "mousePressed",
                        MouseAction::Released => "mouseReleased",
                        MouseAction::Moved => "mouseMoved",
                        MouseAction::Wheel => "mouseWheel",
                    },
                    "x": x,
                    "y": y,
                    "button": button,
                    "buttons": self.buttons,
                    "clickCount": click_count.max(u8::from(matches!(action, MouseAction::Pressed | MouseAction::Released))),
                    "deltaX": delta_x,
                    "deltaY": delta_y,
                    "modifiers": modifiers & 0xf,
                });
                ("Input.dispatchMouseEvent", parameters)
            }
            Input::Key { action, key, code, modifiers } => {
                if let Some(what) = keys::clipboard(&key, modifiers) {
                    return if action == KeyAction::Down {
                        self.clipboard(shared, &session, what).await
                    } else {
                        Ok(())
                    };
                }
                let Some(event) = keys::event(action, &key, &code, modifiers & 0xf) else { return Ok(()) };
                ("Input.dispatchKeyEvent", event)
            }
            Input::Text { text } => ("Input.insertText", json!({ "text": text })),
            Input::Touch { action, points } => {
                let points: Vec<Value> =
                    points.iter().map(|point| json!({ "x": point.x, "y": point.y, "id": point.id })).collect();
                let kind = match action {
                    TouchAction::Start => "touchStart",
                    TouchAction::Move => "touchMove",
                    TouchAction::End => "touchEnd",
                    TouchAction::Cancel => "touchCancel",
                };
                ("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points }))
            }
            Input::Navigate { action } => match action {
                NavigateAction::Reload => ("Page.reload", json!({})),
                NavigateAction::Back => ("Runtime.evaluate", json!({ "expression": "history.back()" })),
                NavigateAction::Forward => ("Runtime.evaluate", json!({ "expression": "history.forward()" })),
            },
            Input::Page { .. } | Input::Resize { .. } => return Ok(()),
        };
        send(shared, &session, method, parameters).await.map(drop)
    }

    /// Notes which buttons are down; the name of the one that moved. The middle one is left out: it pastes what the
    /// system has selected anywhere, in another person's window too.
    fn press(&mut self, action: MouseAction, button: MouseButton) -> Option<&'static str> {
        let (name, bit) = match button {
            MouseButton::None => ("none", 0),
            MouseButton::Left => ("left", 1),
            MouseButton::Right => ("right", 2),
            MouseButton::Middle => return None,
        };
        match action {
            MouseAction::Pressed => self.buttons |= bit,
            MouseAction::Released => self.buttons &= !bit,
            MouseAction::Moved | MouseAction::Wheel => {}
        }
        Some(name)
    }

    async fn clipboard(
        &mut self,
        shared: &Arc<Shared>,
        session: &CDPSession,
        what: Clipboard,
    ) -> Result<(), BrowserError> {
        if what == Clipboard::Paste {
            return send(shared, session, "Input.insertText", json!({ "text": self.copied })).await.map(drop);
        }
        let ask = json!({ "expression": SELECTED, "returnByValue": true });
        let answer = send(shared, session, "Runtime.evaluate", ask).await?;
        let selected = answer["result"]["result"]["value"].as_str().unwrap_or_default();
        if selected.is_empty() {
            return Ok(());
        }
        selected.clone_into(&mut self.copied);
        if what == Clipboard::Cut {
            for action in [KeyAction::Down, KeyAction::Up] {
                if let Some(event) = keys::event(action, "Delete", "Delete", 0) {
                    send(shared, session, "Input.dispatchKeyEvent", event).await?;
                }
            }
        }
        Ok(())
    }
}

async fn page(shared: &Arc<Shared>, action: PageAction, id: u32) -> Result<(), BrowserError> {
    match action {
        PageAction::Select => shared.tabs.select(id),
        // The last one stays: a login without a page could only be cancelled, and there is a button for that.
        PageAction::Close if shared.tabs.len() < 2 => {}
        PageAction::Close => {
            if let Some(tab) = shared.tabs.get(id) {
                return shared.guard.call("closing a tab", PROMPT, async move { tab.page.close().await }).await;
            }
        }
    }
    Ok(())
}

/// The scale is left out: a cast has one pixel for each of the page's, whatever density the page is drawn with.
async fn resize(shared: &Arc<Shared>, width: u16, height: u16) -> Result<(), BrowserError> {
    shared.ask_for(Viewport { width: u32::from(width.clamp(320, 1920)), height: u32::from(height.clamp(240, 1200)) });
    match shared.tabs.front() {
        Some(tab) => fit(shared, &tab).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mouse(action: MouseAction, x: f64, delta_y: f64) -> Input {
        Input::Mouse {
            action,
            x,
            y: 0.0,
            button: MouseButton::None,
            click_count: 0,
            delta_x: 0.0,
            delta_y,
            modifiers: 0,
        }
    }

    #[test]
    fn moves_become_one_and_turns_add_up_and_nothing_overtakes_a_press() {
        let (one, rest) = merge(mouse(MouseAction::Moved, 1.0, 0.0), mouse(MouseAction::Moved, 2.0, 0.0));
        assert!(one == mouse(MouseAction::Moved, 2.0, 0.0) && rest.is_none());
        let (one, rest) = merge(mouse(MouseAction::Wheel, 1.0, 3.0), mouse(MouseAction::Wheel, 1.0, 4.0));
        assert!(one == mouse(MouseAction::Wheel, 1.0, 7.0) && rest.is_none());
        let (one, rest) = merge(mouse(MouseAction::Pressed, 1.0, 0.0), mouse(MouseAction::Moved, 2.0, 0.0));
        assert!(one == mouse(MouseAction::Pressed, 1.0, 0.0) && rest == Some(mouse(MouseAction::Moved, 2.0, 0.0)));
    }
}
