//! A person's hands: what the viewer sends, handed to the page in front, one after the other.
//!
//! Nothing here is ever logged.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{OwnedRwLockReadGuard, mpsc};

use super::{
    BrowserError,
    cast::fit,
    context::{AskedFor, Shared},
    form,
    guard::PROMPT,
    keys::{self, Clipboard},
    live_view::{
        EditAction, Input, KeyAction, MouseAction, MouseButton, NavigateAction, PageAction, Told, TouchAction,
    },
    navigation,
    wire::{self, Wire},
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

/// Tells the page that something is pasted; whether it leaves it to us.
const PASTED: &str = "(() => {
    let active = document.activeElement;
    for (;;) {
        if (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        else if (active?.contentDocument) active = active.contentDocument.activeElement;
        else break;
    }
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', TEXT);
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true, composed: true });
    return (active ?? document.body).dispatchEvent(event);
})()";

/// Pixels of a sharp picture at most.
const MOST_PIXELS: f64 = 6_000_000.0;

/// What the hands hold.
#[derive(Default)]
struct Hands {
    /// Buttons that are down: bits of `MouseEvent.buttons`.
    buttons: u8,
    /// The mouse moved while a button was down: the page may have begun to drag something.
    moved_while_down: bool,
    /// Held while a button or a finger is down: what is pressed here is not to be released elsewhere.
    pressing: Option<OwnedRwLockReadGuard<()>>,
    /// The system's clipboard is one for all windows; what one person copies must not be pasted by another. So each
    /// context has a clipboard of its own, here.
    copied: String,
}

/// What is being dragged: Chromium leaves it to us, for the desktop would take the mouse away.
pub(super) fn attend(shared: &Arc<Shared>, wire: &Arc<Wire>) {
    wire.on(shared, "Input.dragIntercepted", |shared, _, mut event| {
        shared.dragged.send_replace(Some(event["data"].take()));
    });
}

/// Hands inputs on until the context is over.
pub(super) async fn serve(shared: Arc<Shared>, mut inputs: mpsc::Receiver<Input>) {
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
        if answers(&input) {
            let _ = hands.give(&shared, input).await;
        } else {
            tokio::select! {
                _ = hands.give(&shared, input) => {}
                // A page that asks something takes nothing else until it is answered, and the answer comes this way too.
                () = shared.asks.blocked() => {}
            }
        }
        shared.cast.touched();
    }
}

/// Whether the input answers what a page asks.
fn answers(input: &Input) -> bool {
    matches!(input, Input::Dialog { .. } | Input::Credentials { .. } | Input::Upload { .. } | Input::Page { .. })
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
    async fn give(&mut self, shared: &Arc<Shared>, input: Input) -> Result<(), BrowserError> {
        let Some(input) = answer(shared, input).await? else { return Ok(()) };
        if let Input::Resize { width, height, scale, touch } = input {
            let size =
                Viewport { width: u32::from(width.clamp(320, 1920)), height: u32::from(height.clamp(240, 1200)) };
            // Whatever happens on the way to the page: the cast gives it to the one in front.
            shared.ask_for(AskedFor { viewport: Some(size), density: density(size, scale), touch });
        }
        let Some(tab) = shared.tabs.front() else { return Ok(()) };
        let wire = wire::of(shared, &tab).await?;
        match input {
            Input::Resize { .. } => {
                fit(shared, &tab).await?;
                wire.evaluate_everywhere(shared, "globalThis.staylogged?.reveal()").await;
                Ok(())
            }
            Input::Mouse { action, x, y, button, click_count, delta_x, delta_y, modifiers } => {
                let Some(button) = self.press(action, button) else { return Ok(()) };
                let kind = match action {
                    MouseAction::Pressed => "mousePressed",
                    MouseAction::Released => "mouseReleased",
                    MouseAction::Moved => "mouseMoved",
                    MouseAction::Wheel => "mouseWheel",
                };
                let clicks = click_count.max(u8::from(matches!(action, MouseAction::Pressed | MouseAction::Released)));
                let mouse = json!({
                    "type": kind,
                    "x": x,
                    "y": y,
                    "button": button,
                    "buttons": self.buttons,
                    "clickCount": clicks,
                    "deltaX": delta_x,
                    "deltaY": delta_y,
                    "modifiers": modifiers & 0xf,
                });
                let layout = wire.keep_layout().await;
                if action == MouseAction::Released && std::mem::take(&mut self.moved_while_down) {
                    drag_is_known(shared, &wire).await;
                }
                drag(shared, &wire, action, x, y, modifiers & 0xf).await?;
                let sent = wire.send(shared, "Input.dispatchMouseEvent", mouse).await;
                if self.buttons != 0 || action == MouseAction::Released {
                    shared.cast.pressed();
                }
                self.pressing = (self.buttons != 0).then_some(layout);
                sent.map(drop)
            }
            Input::Key { action, key, code, modifiers } => {
                if let Some(what) = keys::clipboard(&key, modifiers) {
                    return if action == KeyAction::Down { self.clipboard(shared, &wire, what).await } else { Ok(()) };
                }
                let Some(event) = keys::event(action, &key, &code, modifiers & 0xf) else { return Ok(()) };
                wire.send(shared, "Input.dispatchKeyEvent", event).await.map(drop)
            }
            Input::Text { text } => insert(shared, &wire, &text).await,
            Input::Composition { text, start, end } => {
                let preview = json!({ "text": text, "selectionStart": start, "selectionEnd": end });
                wire.send(shared, "Input.imeSetComposition", preview).await.map(drop)
            }
            Input::Edit { action, text } => self.edit(shared, &wire, action, text).await,
            Input::Touch { action, points } => {
                let has_fingers = !points.is_empty();
                let points: Vec<Value> =
                    points.iter().map(|point| json!({ "x": point.x, "y": point.y, "id": point.id })).collect();
                let kind = match action {
                    TouchAction::Start => "touchStart",
                    TouchAction::Move => "touchMove",
                    TouchAction::End => "touchEnd",
                    TouchAction::Cancel => "touchCancel",
                };
                let touch = json!({ "type": kind, "touchPoints": points });
                let layout = wire.keep_layout().await;
                let sent = wire.send(shared, "Input.dispatchTouchEvent", touch).await;
                shared.cast.pressed();
                self.pressing = (action != TouchAction::Cancel && has_fingers).then_some(layout);
                sent.map(drop)
            }
            Input::Navigate { action } => match action {
                NavigateAction::Reload => navigation::reload(shared, &wire).await,
                NavigateAction::Back => navigation::travel(shared, &wire, -1).await,
                NavigateAction::Forward => navigation::travel(shared, &wire, 1).await,
            },
            _ => Ok(()),
        }
    }

    async fn edit(
        &mut self,
        shared: &Arc<Shared>,
        wire: &Wire,
        action: EditAction,
        text: String,
    ) -> Result<(), BrowserError> {
        match action {
            EditAction::Copy => self.clipboard(shared, wire, Clipboard::Copy).await,
            EditAction::Cut => self.clipboard(shared, wire, Clipboard::Cut).await,
            EditAction::Paste => paste(shared, wire, &text).await,
            EditAction::SelectAll => keystroke(shared, wire, "a", "KeyA", keys::CONTROL).await,
        }
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
            MouseAction::Moved => self.moved_while_down |= self.buttons != 0,
            MouseAction::Wheel => {}
        }
        Some(name)
    }

    async fn clipboard(&mut self, shared: &Arc<Shared>, wire: &Wire, what: Clipboard) -> Result<(), BrowserError> {
        if what == Clipboard::Paste {
            return paste(shared, wire, &self.copied).await;
        }
        let selected = wire.evaluate_in_page(shared, SELECTED).await?;
        let selected = selected.as_str().unwrap_or_default();
        if selected.is_empty() {
            return Ok(());
        }
        selected.clone_into(&mut self.copied);
        shared.overlay.tell(Told::Copied { text: selected.to_owned() });
        if what == Clipboard::Cut {
            keystroke(shared, wire, "Delete", "Delete", 0).await?;
        }
        Ok(())
    }
}

/// What goes to no tab in particular, or to a page that waits for an answer; anything else comes back.
async fn answer(shared: &Arc<Shared>, input: Input) -> Result<Option<Input>, BrowserError> {
    let asks = &shared.asks;
    match input {
        Input::Page { action, id } => page(shared, action, id).await?,
        Input::Pick { id, values, value, cancelled } => asks.pick_answer(shared, id, values, value, cancelled).await?,
        Input::Dialog { id, accept, text } => asks.dialog_answer(shared, id, accept, text).await?,
        Input::Credentials { id, username, password, cancelled } => {
            asks.auth_answer(shared, id, (!cancelled).then_some((username, password))).await?;
        }
        Input::Upload { id, files } => asks.files_answer(shared, id, files).await?,
        Input::Fill { form, field, text, checked, values } => {
            form::fill(shared, form, field, text, checked, values).await?;
        }
        Input::Press { form, button } => form::press(shared, form, button).await?,
        Input::Focus { form, field } => form::focus(shared, form, field).await?,
        other => return Ok(Some(other)),
    }
    Ok(None)
}

/// What the viewer's screen has, up to what anyone can see and a server can draw.
fn density(size: Viewport, scale: f32) -> f64 {
    let scale = if scale.is_finite() { f64::from(scale) } else { 1.0 };
    let most = (MOST_PIXELS / (f64::from(size.width) * f64::from(size.height))).sqrt();
    scale.min(most).clamp(1.0, 3.0)
}

pub(super) async fn insert(shared: &Shared, wire: &Wire, text: &str) -> Result<(), BrowserError> {
    wire.send(shared, "Input.insertText", json!({ "text": text })).await.map(drop)
}

/// Pages may have their own way with what is pasted, such as a field for each digit of a code.
async fn paste(shared: &Shared, wire: &Wire, text: &str) -> Result<(), BrowserError> {
    let text_in_script = json!(text).to_string();
    let goes_on = wire.evaluate_in_page(shared, &PASTED.replace("TEXT", &text_in_script)).await?;
    if goes_on == Value::Bool(false) { Ok(()) } else { insert(shared, wire, text).await }
}

pub(super) async fn keystroke(
    shared: &Shared,
    wire: &Wire,
    key: &str,
    code: &str,
    modifiers: u8,
) -> Result<(), BrowserError> {
    for action in [KeyAction::Down, KeyAction::Up] {
        if let Some(event) = keys::event(action, key, code, modifiers) {
            wire.send(shared, "Input.dispatchKeyEvent", event).await?;
        }
    }
    Ok(())
}

/// Waits until we have been told what is dragged, where the page has begun to drag something: Chromium says so in an event,
/// which may come after the answers to later moves. A release before it would be a drop that is lost.
async fn drag_is_known(shared: &Shared, wire: &Wire) {
    let mut dragged = shared.dragged.subscribe();
    if dragged.borrow().is_some() {
        return;
    }
    let is_dragging = wire.evaluate_everywhere(shared, "globalThis.staylogged?.isDragging()").await;
    if is_dragging.contains(&Value::Bool(true)) {
        let _ = tokio::time::timeout(PROMPT, dragged.wait_for(Option::is_some)).await;
    }
}

/// Moves what is being dragged, and drops it.
async fn drag(
    shared: &Shared,
    wire: &Wire,
    action: MouseAction,
    x: f64,
    y: f64,
    modifiers: u8,
) -> Result<(), BrowserError> {
    let data = shared.dragged.borrow().clone();
    let Some(data) = data else { return Ok(()) };
    let kinds: &[&str] = match action {
        MouseAction::Moved => &["dragEnter", "dragOver"],
        MouseAction::Released => &["dragEnter", "dragOver", "drop"],
        MouseAction::Pressed | MouseAction::Wheel => &[],
    };
    for kind in kinds {
        let event = json!({ "type": kind, "x": x, "y": y, "data": data, "modifiers": modifiers });
        wire.send(shared, "Input.dispatchDragEvent", event).await?;
    }
    if action == MouseAction::Released {
        shared.dragged.send_replace(None);
    }
    Ok(())
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
