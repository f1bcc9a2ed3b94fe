//! What a picture of a page does not show, in the words of the live view's protocol.

use serde::{Deserialize, Serialize};

/// Something that the viewer draws, says or does by itself. Holds text of pages: never logged.
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Told {
    /// The shape of the mouse over the page: a keyword of CSS.
    Cursor {
        /// The keyword.
        cursor: String,
    },
    /// Which field of a tab has the focus.
    Focus {
        /// The tab.
        page: u32,
        /// None: no field has.
        field: Option<Field>,
    },
    /// A list, or a date and the like, is to be picked from.
    Picker {
        /// Answered by this.
        id: u32,
        /// What there is to pick from.
        #[serde(flatten)]
        picker: Picker,
    },
    /// It was answered, or is gone.
    PickerOver {
        /// Which.
        id: u32,
    },
    /// The page says or asks something, and waits.
    Dialog(Dialog),
    /// It was answered, or is gone.
    DialogOver {
        /// Which.
        id: u32,
    },
    /// The site asks for a name and a password before it shows anything (RFC 7617).
    Auth(Auth),
    /// It was answered, or is gone.
    AuthOver {
        /// Which.
        id: u32,
    },
    /// The page asks for files.
    Files(Files),
    /// It was answered, or is gone.
    FilesOver {
        /// Which.
        id: u32,
    },
    /// This was copied in the page.
    Copied {
        /// The text.
        text: String,
    },
    /// The page asks for a menu at this place.
    Menu(Menu),
    /// Something happened that the person should know.
    Notice {
        /// What.
        kind: NoticeKind,
        /// The thing itself: a file's name, a host, a permission.
        what: Option<String>,
    },
    /// A tab shows an error of the browser in place of a site, or no longer.
    Site {
        /// The tab.
        page: u32,
        /// Which error.
        error: Option<SiteError>,
    },
    /// The form in front, as far as it can be mirrored.
    Form {
        /// The tab.
        page: u32,
        /// Fields and buttons are named within this one; none: there is no form.
        form: Option<u32>,
        /// What is in it.
        #[serde(flatten)]
        content: Form,
    },
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Told")
    }
}

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $kind:ty),* $(,)? })*) => {
        $($(#[$doc])*
        #[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name { $($(#[$fdoc])* pub $field: $kind),* }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        })*
    };
}

plain! {
    /// The field that has the focus. Coordinates are CSS pixels of the page's view.
    Field {
        /// `text`, `email`, `password`, `tel`, `number`, `url`, `search`, `one-time-code`, `multiline`, `other`.
        kind: String,
        /// The page's `inputmode`.
        input_mode: Option<String>,
        /// The page's `autocomplete`.
        autocomplete: Option<String>,
        /// What it is called.
        label: String,
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
        /// Its width.
        width: f64,
        /// Its height.
        height: f64,
        /// Enter makes a new line.
        multiline: bool,
        /// Nothing is in it.
        empty: bool,
        /// What the page suggests.
        suggestions: Option<Vec<String>>,
    }

    /// What there is to pick from.
    Picker {
        /// `select`, `date`, `time`, `datetime-local`, `month`, `week`, `color`.
        kind: String,
        /// What it is called.
        label: String,
        /// More than one may be picked.
        multiple: bool,
        /// What is picked now, of a date and the like.
        value: String,
        /// The least value.
        min: String,
        /// The greatest value.
        max: String,
        /// The step.
        step: String,
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
        /// Its width.
        width: f64,
        /// Its height.
        height: f64,
        /// Of a list.
        options: Vec<Choice>,
    }

    /// One of a list.
    Choice {
        /// Its place in the list: two options may have one value.
        value: String,
        /// What it is called.
        label: String,
        /// The group that it stands in.
        group: Option<String>,
        /// It cannot be picked.
        disabled: bool,
        /// It is picked now.
        selected: bool,
    }

    /// The page asks for a menu.
    Menu {
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
        /// Something is selected.
        selection: bool,
        /// Something can be pasted there.
        editable: bool,
        /// It is the field of a password.
        password: bool,
    }

    /// A form, as far as it can be mirrored.
    Form {
        /// All that matters of it is here.
        faithful: bool,
        /// Why not: `frame`, `canvas`, `captcha`, `too_large`, `none`.
        why: Option<String>,
        /// The heading.
        title: String,
        /// What else the page says.
        texts: Vec<String>,
        /// What is to be filled in.
        fields: Vec<FormField>,
        /// What can be pressed.
        buttons: Vec<FormButton>,
        /// What the page complains of.
        alerts: Vec<String>,
    }

    /// A field of the mirrored form.
    FormField {
        /// Its name within the form.
        id: u32,
        /// As in [`Field`], and `checkbox`, `radio`, `select`, and those of [`Picker`].
        kind: String,
        /// What it is called.
        label: String,
        /// The page's own name of it.
        name: String,
        /// What is in it; of a password only that nothing is.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        /// It is ticked.
        checked: bool,
        /// Radio buttons of one group exclude each other.
        group: String,
        /// It must be filled in.
        required: bool,
        /// It cannot be changed.
        disabled: bool,
        /// It can only be read.
        read_only: bool,
        /// What the page complains of.
        error: Option<String>,
        /// The page's `autocomplete`.
        autocomplete: Option<String>,
        /// The page's `inputmode`.
        input_mode: Option<String>,
        /// Of a list.
        options: Vec<Choice>,
        /// More than one may be picked.
        multiple: bool,
        /// The page's `maxlength`.
        max_length: Option<u32>,
        /// The page's `placeholder`.
        placeholder: Option<String>,
        /// The least value, of a date or a number.
        min: Option<String>,
        /// The greatest value.
        max: Option<String>,
        /// The step.
        step: Option<String>,
    }

    /// Something that can be pressed.
    FormButton {
        /// Its name within the form.
        id: u32,
        /// What it is called.
        label: String,
        /// The one that Enter presses.
        main: bool,
        /// It cannot be pressed.
        disabled: bool,
    }

    /// The page says or asks something.
    Dialog {
        /// Answered by this.
        id: u32,
        /// `alert`, `confirm`, `prompt`, `beforeunload`.
        kind: String,
        /// What it says.
        message: String,
        /// What a prompt begins with.
        value: String,
        /// Which site.
        host: String,
    }

    /// The site asks for a name and a password.
    Auth {
        /// Answered by this.
        id: u32,
        /// Which site.
        host: String,
        /// What it says that they are for.
        realm: String,
    }

    /// The page asks for files.
    Files {
        /// Answered by this.
        id: u32,
        /// More than one may be given.
        multiple: bool,
        /// The page's `accept`.
        accept: String,
        /// What the field is called.
        label: String,
    }

    /// An error that the browser shows in place of a site.
    SiteError {
        /// `certificate`, `unreachable`, `not_found`, `refused`, `timeout`, `other`.
        kind: String,
        /// Chromium's own name of it.
        code: String,
        /// Which site.
        host: String,
    }
}

/// What happened that the person should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Nothing is downloaded here.
    DownloadBlocked,
    /// The page asked for what nobody can grant here.
    PermissionDenied,
    /// The page asked for a passkey or a hardware key, which are at the person's own computer.
    Passkey,
    /// The page wanted to leave the provider's site.
    NavigationBlocked,
    /// The newest tab was closed again.
    TooManyPages,
    /// More than the page may be given.
    FileTooLarge,
    /// The page wanted to open another program.
    ExternalApp,
}
