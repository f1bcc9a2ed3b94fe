//! The view of a server's browser for a person far away: frames out, input in.
//!
//! Newest frame wins: a slow viewer skips frames and slows nobody else down. Nobody watching: nothing is cast.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::{Notify, mpsc, watch};

use super::{BrowserError, Tabs};

/// One picture of a page (`Page.screencastFrame` of Chromium's own protocol).
#[derive(Clone)]
pub struct Frame {
    /// The tab it shows.
    pub page: u32,
    /// Rises with each frame of the context.
    pub sequence: u32,
    /// Width of the page's view in CSS pixels: what input coordinates refer to.
    pub width: u16,
    /// Height of the page's view in CSS pixels.
    pub height: u16,
    /// The picture.
    pub jpeg: Bytes,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame {{ page: {}, sequence: {}, {}x{} }}", self.page, self.sequence, self.width, self.height)
    }
}

/// What a person does to the page in front. Never logged: it holds keystrokes.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Input {
    /// `Input.dispatchMouseEvent`. Coordinates in CSS pixels of the page.
    Mouse {
        /// What the mouse did.
        action: MouseAction,
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
        /// Which button.
        #[serde(default)]
        button: MouseButton,
        /// 2 for the second press of a double click.
        #[serde(default)]
        click_count: u8,
        /// Wheel, in CSS pixels.
        #[serde(default)]
        delta_x: f64,
        /// Wheel, in CSS pixels.
        #[serde(default)]
        delta_y: f64,
        /// Bits: 1 Alt, 2 Ctrl, 4 Meta, 8 Shift.
        #[serde(default)]
        modifiers: u8,
    },
    /// `Input.dispatchKeyEvent`.
    Key {
        /// Down or up.
        action: KeyAction,
        /// `KeyboardEvent.key`.
        key: String,
        /// `KeyboardEvent.code`.
        code: String,
        /// Bits: 1 Alt, 2 Ctrl, 4 Meta, 8 Shift.
        #[serde(default)]
        modifiers: u8,
    },
    /// `Input.insertText`: paste, IME, phone keyboards, password managers.
    Text {
        /// The text.
        text: String,
    },
    /// `Input.dispatchTouchEvent`.
    Touch {
        /// What the fingers did.
        action: TouchAction,
        /// Where they are; empty at the end.
        points: Vec<TouchPoint>,
    },
    /// Through the history of the tab.
    Navigate {
        /// Where to.
        action: NavigateAction,
    },
    /// The strip of tabs.
    Page {
        /// To the front, or closed.
        action: PageAction,
        /// Which tab.
        id: u32,
    },
    /// The viewer's picture has another size, in CSS pixels.
    Resize {
        /// Width, 320 to 1920.
        width: u16,
        /// Height, 240 to 1200.
        height: u16,
        /// Device pixels per CSS pixel, 1 to 3.
        scale: f32,
    },
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Input")
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),* $(,)? })*) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),* })*
    };
}

words! {
    /// `mousePressed`, `mouseReleased`, `mouseMoved`, `mouseWheel`.
    MouseAction { /// A button went down.
        Pressed, /// A button went up.
        Released, /// It moved.
        Moved, /// The wheel turned.
        Wheel }
    /// A key's two movements.
    KeyAction { /// It went down.
        Down, /// It went up.
        Up }
    /// `touchStart`, `touchMove`, `touchEnd`, `touchCancel`.
    TouchAction { /// A finger came down.
        Start, /// It moved.
        Move, /// It left.
        End, /// The system took it away.
        Cancel }
    /// Through the history.
    NavigateAction { /// One back.
        Back, /// One forward.
        Forward, /// The same again.
        Reload }
    /// What to do with a tab.
    PageAction { /// Bring it to the front.
        Select, /// Close it.
        Close }
}

/// A mouse's button.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MouseButton {
    /// None.
    #[default]
    None,
    /// Left.
    Left,
    /// Middle.
    Middle,
    /// Right.
    Right,
}

/// A finger.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TouchPoint {
    /// From the left, in CSS pixels.
    pub x: f64,
    /// From the top, in CSS pixels.
    pub y: f64,
    /// Which finger.
    pub id: u32,
}

/// A view of one context. Cheap to clone; any number of viewers may watch.
#[derive(Debug, Clone)]
pub struct LiveView {
    frames: watch::Sender<Option<Arc<Frame>>>,
    tabs: watch::Receiver<Tabs>,
    input: mpsc::Sender<Input>,
    watched: Arc<Notify>,
    /// Counts the inputs: tells a login that is idle from one that is worked at.
    inputs: Arc<watch::Sender<u64>>,
}

impl LiveView {
    /// For the browser's side: `frames` is cast into while it has receivers, `input` is taken from.
    #[must_use]
    pub fn new(
        frames: watch::Sender<Option<Arc<Frame>>>,
        tabs: watch::Receiver<Tabs>,
        input: mpsc::Sender<Input>,
    ) -> Self {
        Self { frames, tabs, input, watched: Arc::default(), inputs: Arc::new(watch::Sender::new(0)) }
    }

    /// Starts watching: the newest frame, and each later one. Ends watching when dropped.
    #[must_use]
    pub fn frames(&self) -> watch::Receiver<Option<Arc<Frame>>> {
        let frames = self.frames.subscribe();
        self.watched.notify_one();
        frames
    }

    /// For the browser's side: rung when somebody starts watching.
    #[must_use]
    pub fn watched(&self) -> Arc<Notify> {
        Arc::clone(&self.watched)
    }

    /// The strip of tabs.
    #[must_use]
    pub fn tabs(&self) -> watch::Receiver<Tabs> {
        self.tabs.clone()
    }

    /// How many inputs there were so far; changes with each, and says nothing of what they are.
    #[must_use]
    pub fn inputs(&self) -> watch::Receiver<u64> {
        self.inputs.subscribe()
    }

    /// Hands an input to the page in front, in order. Waits while the browser is busy with earlier ones.
    pub async fn send(&self, input: Input) -> Result<(), BrowserError> {
        self.inputs.send_modify(|count| *count += 1);
        self.input.send(input).await.map_err(|_| BrowserError::Closed)
    }
}
