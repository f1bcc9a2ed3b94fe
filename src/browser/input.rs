//! What a person does to the page in front, in the words of the live view's protocol. Never logged: it holds keystrokes.

use bytes::Bytes;
use serde::Deserialize;

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
    /// `Input.imeSetComposition`: what an input method shows before it is committed (by a `Text`). Empty: given up.
    Composition {
        /// The text so far.
        text: String,
        /// Where the caret is in it, or the selection begins.
        start: i32,
        /// Where the selection ends.
        end: i32,
    },
    /// What a context menu offers.
    Edit {
        /// Which of it.
        action: EditAction,
        /// What is pasted.
        #[serde(default)]
        text: String,
    },
    /// Answers [`Told::Picker`].
    Pick {
        /// Which.
        id: u32,
        /// The options' values, of a list.
        #[serde(default)]
        values: Option<Vec<String>>,
        /// The value, of a date and the like.
        #[serde(default)]
        value: Option<String>,
        /// Nothing was picked.
        #[serde(default)]
        cancelled: bool,
    },
    /// Answers [`Told::Dialog`].
    Dialog {
        /// Which.
        id: u32,
        /// OK, or Cancel.
        accept: bool,
        /// What was entered into a prompt.
        #[serde(default)]
        text: Option<String>,
    },
    /// Answers [`Told::Auth`].
    Credentials {
        /// Which.
        id: u32,
        /// The name.
        #[serde(default)]
        username: String,
        /// The password.
        #[serde(default)]
        password: String,
        /// None were given.
        #[serde(default)]
        cancelled: bool,
    },
    /// Answers [`Told::Files`]. The bytes follow; see [`Input::Upload`].
    Files {
        /// Which.
        id: u32,
        /// What will follow; nothing: none were chosen.
        files: Vec<FileOffer>,
    },
    /// The files that were offered, with their bytes.
    #[serde(skip)]
    Upload {
        /// Answers this [`Told::Files`].
        id: u32,
        /// Name and bytes of each.
        files: Vec<(String, Bytes)>,
    },
    /// Puts something into a field of the mirrored form, in place of what is there.
    Fill {
        /// Which [`Told::Form`].
        form: u32,
        /// Which field of it.
        field: u32,
        /// The text or value.
        #[serde(default)]
        text: Option<String>,
        /// Of a box to tick or a button of several.
        #[serde(default)]
        checked: Option<bool>,
        /// Of a list.
        #[serde(default)]
        values: Option<Vec<String>>,
    },
    /// Presses a button of the mirrored form.
    Press {
        /// Which [`Told::Form`].
        form: u32,
        /// Which button of it.
        button: u32,
    },
    /// Puts the page's focus into a field of the mirrored form.
    Focus {
        /// Which [`Told::Form`].
        form: u32,
        /// Which field of it.
        field: u32,
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
        /// There are fingers, not a mouse.
        #[serde(default)]
        touch: bool,
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
    /// What a context menu offers.
    EditAction { /// The selection goes to the person's clipboard.
        Copy, /// And out of the page.
        Cut, /// Into the page.
        Paste, /// Everything.
        SelectAll }
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

/// A file that a person wants to put into the page.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileOffer {
    /// Its name, without folders.
    pub name: String,
    /// Its media type; the page sees the one that belongs to the name.
    #[serde(default)]
    pub mime: String,
    /// Its bytes.
    pub size: u64,
}
