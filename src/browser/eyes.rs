//! Our script in each page, and what it tells: made into what the viewer draws. Pages are not trusted: whatever it says is
//! bounded, and goes nowhere but to the viewer of that page.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Deserialize;
use serde_json::json;

use super::{
    BrowserError,
    context::Shared,
    overlay::{Field, Form, Menu, NoticeKind, Picker, Told},
    wire::{Place, Wire},
};

/// Runs in a world of our own in each frame.
pub(super) const SCRIPT: &str = include_str!("overlay/page.js");
/// Runs in the page's own world, before its scripts.
pub(super) const SHIM: &str = include_str!("overlay/shim.js");

/// More than this is no form, and no list.
const LARGEST: usize = 512 * 1024;
/// An icon is 32 pixels wide.
const LARGEST_ICON: usize = 16 * 1024;

#[derive(Deserialize)]
struct Message {
    /// Of one page in one frame.
    token: String,
    /// Rises with each of a frame's messages: they arrive in any order.
    count: u64,
    /// When the frame's document began to load (`performance.timeOrigin`, milliseconds since 1970).
    born: f64,
    /// Of the page itself, not of a frame in it.
    top: bool,
    #[serde(flatten)]
    said: Said,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Cursor { cursor: String },
    Focus { field: Option<Field> },
    Picker { key: u32, picker: Picker },
    Menu { menu: Menu },
    Notice { kind: NoticeKind, what: Option<String> },
    Copied { text: String },
    Icon { icon: String },
    FileField { accept: String, label: String },
    Form { form: Form, focused: bool },
}

impl Said {
    fn name(&self) -> &'static str {
        match self {
            Self::Cursor { .. } => "cursor",
            Self::Focus { .. } => "focus",
            Self::Picker { .. } => "picker",
            Self::Menu { .. } => "menu",
            Self::Notice { .. } => "notice",
            Self::Copied { .. } => "copied",
            Self::Icon { .. } => "icon",
            Self::FileField { .. } => "file_field",
            Self::Form { .. } => "form",
        }
    }
}

/// What is remembered of the pages' scripts.
#[derive(Default)]
pub(super) struct Eyes(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    counts: HashMap<(u32, String, &'static str), u64>,
    /// When each tab's newest page began to load.
    born: HashMap<u32, f64>,
    /// The frame that has each tab's focus.
    focus: HashMap<u32, String>,
    /// The field that asked for files last: what it accepts, and what it is called.
    files: HashMap<u32, (String, String)>,
    /// What each frame mirrors.
    forms: HashMap<(u32, String), Mirrored>,
    /// The form that the viewer sees.
    shown: Option<Shown>,
}

/// What a frame mirrors.
#[derive(Clone)]
struct Mirrored {
    content: Form,
    /// The focus is in one of its fields.
    focused: bool,
    place: Place,
    born: f64,
}

/// The form that the viewer sees, and where it is.
#[derive(Clone)]
pub(super) struct Shown {
    pub form: u32,
    pub wire: Arc<Wire>,
    pub place: Place,
    token: String,
}

impl Eyes {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The form of this number, if it is the one that is shown.
    pub fn shown(&self, form: u32) -> Option<Shown> {
        self.lock().shown.clone().filter(|shown| shown.form == form)
    }

    /// The tab is gone, or shows another page.
    pub fn left(&self, tab: u32) {
        let mut seen = self.lock();
        seen.counts.retain(|(of, _, _), _| *of != tab);
        seen.forms.retain(|(of, _), _| *of != tab);
        seen.born.remove(&tab);
        seen.focus.remove(&tab);
        seen.files.remove(&tab);
    }

    /// What the field that asks for files accepts, and what it is called.
    pub fn file_field(&self, tab: u32) -> (String, String) {
        self.lock().files.get(&tab).cloned().unwrap_or_default()
    }

    /// Nothing is mirrored any more.
    pub fn forget_forms(&self) {
        let mut seen = self.lock();
        seen.forms.clear();
        seen.shown = None;
    }

    /// Whether it is the first of its page that arrives, and whether it is the newest of its kind. What a page or a frame says that
    /// is older than the tab's page comes late, and from one that is gone.
    fn place(&self, tab: u32, message: &Message) -> (bool, bool) {
        let mut seen = self.lock();
        let begins = !seen.counts.keys().any(|(of, token, _)| *of == tab && *token == message.token);
        // What has not been heard yet is no page that is gone, whatever its clock says: it may have been put back.
        if !begins && seen.born.get(&tab).is_some_and(|born| message.born < *born) {
            return (false, false);
        }
        if begins && message.top {
            seen.born.insert(tab, message.born);
        }
        let newest = seen.counts.entry((tab, message.token.clone(), message.said.name())).or_default();
        let newer = message.count > *newest;
        *newest = message.count.max(*newest);
        (begins, newer)
    }
}

/// Takes what a page's script tells.
pub(super) fn heard(shared: &Arc<Shared>, wire: &Arc<Wire>, place: Place, payload: &str) {
    if payload.len() > LARGEST {
        return;
    }
    let Ok(message) = serde_json::from_str::<Message>(payload) else { return };
    let (begins, newest) = shared.eyes.place(wire.tab, &message);
    if !newest {
        return;
    }
    if begins && message.top {
        // Another page: what the one before it asked is over.
        shared.asks.close_pickers(shared, wire.tab);
        shared.eyes.lock().forms.retain(|(tab, _), mirrored| *tab != wire.tab || mirrored.born >= message.born);
    }
    let (shared, wire) = (Arc::clone(shared), Arc::clone(wire));
    tokio::spawn(async move {
        if begins && shared.overlay.is_mirrored() {
            let _ = wire.evaluate(&shared, &place, "staylogged.mirror(true)".into()).await;
        }
        // A frame that is just going away says nothing that matters.
        let _ = take(&shared, &wire, place, message).await;
    });
}

async fn take(shared: &Arc<Shared>, wire: &Arc<Wire>, place: Place, message: Message) -> Result<(), BrowserError> {
    let overlay = &shared.overlay;
    let offset = async || if message.top { Ok((0.0, 0.0)) } else { wire.offset(shared, &place).await };
    match message.said {
        Said::Cursor { cursor } => overlay.tell(Told::Cursor { cursor }),
        Said::Focus { field: None } => {
            let mut seen = shared.eyes.lock();
            if seen.focus.get(&wire.tab) == Some(&message.token) {
                seen.focus.remove(&wire.tab);
                drop(seen);
                overlay.tell(Told::Focus { page: wire.tab, field: None });
            }
        }
        Said::Focus { field: Some(mut field) } => {
            let (x, y) = offset().await?;
            field.x += x;
            field.y += y;
            shared.eyes.lock().focus.insert(wire.tab, message.token);
            overlay.tell(Told::Focus { page: wire.tab, field: Some(field) });
        }
        Said::Picker { key, mut picker } => {
            let (x, y) = offset().await?;
            picker.x += x;
            picker.y += y;
            // A page opens one at a time.
            shared.asks.close_pickers(shared, wire.tab);
            shared.asks.picker(shared, wire, place, key, picker);
        }
        Said::Menu { mut menu } => {
            let (x, y) = offset().await?;
            menu.x += x;
            menu.y += y;
            overlay.tell(Told::Menu(menu));
        }
        Said::Notice { kind, what } => overlay.tell(Told::Notice { kind, what }),
        Said::Copied { text } => overlay.tell(Told::Copied { text }),
        Said::Icon { icon } => {
            if icon.len() <= LARGEST_ICON && icon.starts_with("data:image/png;base64,") {
                shared.tabs.icon(wire.tab, icon);
            }
        }
        Said::FileField { accept, label } => drop(shared.eyes.lock().files.insert(wire.tab, (accept, label))),
        Said::Form { form, focused } => {
            let mirrored = Mirrored { content: form, focused, place, born: message.born };
            shared.eyes.lock().forms.insert((wire.tab, message.token), mirrored);
            show_form(shared, wire);
        }
    }
    Ok(())
}

/// Shows the form of the frame that the person is in: the one with the focus, else the one with most to fill in.
fn show_form(shared: &Shared, wire: &Arc<Wire>) {
    if shared.tabs.front().is_none_or(|tab| tab.id != wire.tab) {
        return;
    }
    let content = {
        let mut seen = shared.eyes.lock();
        let ours = seen.forms.iter().filter(|((tab, _), _)| *tab == wire.tab);
        let best = ours.max_by_key(|(_, mirrored)| {
            let form = &mirrored.content;
            (mirrored.focused, form.fields.len(), form.faithful, form.buttons.len())
        });
        let Some(((_, token), Mirrored { content, place, .. })) = best.map(|(key, value)| (key.clone(), value.clone()))
        else {
            return;
        };
        let same = seen.shown.clone().filter(|shown| shown.token == token && Arc::ptr_eq(&shown.wire, wire));
        let shown =
            same.unwrap_or_else(|| Shown { form: shared.overlay.number(), wire: Arc::clone(wire), place, token });
        let form = shown.form;
        seen.shown = Some(shown);
        (form, content)
    };
    let form = content.1.faithful.then_some(content.0);
    shared.overlay.tell(Told::Form { page: wire.tab, form, content: content.1 });
}

/// Begins or ends to mirror forms, in every tab.
pub(super) async fn mirror(shared: &Arc<Shared>, on: bool) {
    if !on {
        shared.eyes.forget_forms();
    }
    for tab in shared.tabs.all() {
        if let Some(wire) = tab.wire.get() {
            wire.evaluate_everywhere(shared, &format!("globalThis.staylogged?.mirror({on})")).await;
        }
    }
}

/// Hands an answer to a picker back into the page.
pub(super) async fn pick(
    shared: &Shared,
    wire: &Wire,
    place: &Place,
    key: u32,
    values: Option<Vec<String>>,
    value: Option<String>,
) -> Result<(), BrowserError> {
    let answer = json!({ "values": values, "value": value });
    wire.evaluate(shared, place, format!("staylogged.pick({key}, {answer})")).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_says_after_the_next_one_has_begun_is_not_heard() {
        let eyes = Eyes::default();
        let hear = |token: &str, born: f64, top: bool, count: u64| {
            let said = Said::Cursor { cursor: "auto".into() };
            eyes.place(1, &Message { token: token.into(), count, born, top, said })
        };
        assert_eq!(hear("frame before its page", 11.0, false, 1), (true, true));
        assert_eq!(hear("page", 10.0, true, 1), (true, true));
        assert_eq!(hear("page", 10.0, true, 3), (false, true));
        assert_eq!(hear("page", 10.0, true, 2), (false, false), "out of order");
        assert_eq!(hear("next page", 20.0, true, 1), (true, true));
        assert_eq!(hear("page", 10.0, true, 4), (false, false), "too late");
        assert_eq!(hear("frame before its page", 11.0, false, 2), (false, false), "too late");
        assert_eq!(hear("frame", 21.0, false, 1), (true, true));
        assert_eq!(hear("page after the clock was put back", 15.0, true, 1), (true, true));
        assert_eq!(hear("page after the clock was put back", 15.0, true, 2), (false, true));
        eyes.left(1);
        assert_eq!(hear("page of another tab of that number", 5.0, true, 1), (true, true));
    }
}
