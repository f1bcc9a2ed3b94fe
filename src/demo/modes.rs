//! The switches: one JSON document at the control plane, whose members are the difficulties.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{dead_lists::DeadList, language::Language, odd_http::OddHttp};

/// No catalogue is larger.
const MOST_PRODUCTS: usize = 10_000;

/// What the site says to somebody who is not signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LoggedOut {
    /// A redirect to the SSO.
    #[default]
    Redirect,
    /// HTTP 200 with a login form.
    Form200,
    /// HTTP 200 with an empty list, in pages and in JSON.
    Empty200,
    /// HTTP 401 with JSON, in pages too.
    Json401,
}

/// A login of which one half is dead although the other lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum HalfDead {
    #[default]
    No,
    /// The SSO and the application know the person; the API takes no token, not even a new one.
    Token,
    /// The API takes the tokens there are; the SSO knows nobody, so there is no new one.
    Ticket,
}

/// Which hosts refuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum RefuseWhere {
    /// The JSON API alone.
    #[default]
    Api,
    /// The pages of the application alone.
    App,
    /// Every host.
    Everywhere,
}

/// How `Retry-After` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum RetryAfterAs {
    #[default]
    Seconds,
    /// As an HTTP date, by the marketplace's clock.
    Date,
    /// Not at all.
    None,
}

/// A page between the visitor and the site that wants to see a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Challenge {
    #[default]
    Off,
    /// Until somebody has pressed its button in this browser.
    Once,
    /// No way past it, and none to the API.
    Always,
}

/// Whether what proves a login lives longer when it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Expiry {
    #[default]
    Fixed,
    Sliding,
}

/// Where the market's page keeps its token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum TokenStorage {
    #[default]
    Local,
    Session,
}

/// What is asked for after the password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum SecondFactor {
    #[default]
    Authenticator,
    /// A code that is mailed: `GET /mail` of the control plane.
    Email,
    None,
}

/// How "Continue with Orbit ID" goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ContinueWith {
    /// A pop-up that tells the page which opened it, and closes.
    #[default]
    Popup,
    /// A window that knows of no opener: it goes on by itself.
    Noopener,
    /// The same tab.
    Redirect,
}

/// The shape of the market's JSON, and the version in the address that its page asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum JsonShape {
    /// `content[]` with `product`, `producer`, `affiliation`.
    #[default]
    V1,
    /// A flat product, in a list that is called as `listName` says.
    V2,
    /// Something that nobody has seen yet.
    Unknown,
}

/// What the list of the second shape is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ListName {
    #[default]
    Products,
    Items,
    Results,
}

impl ListName {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Items => "items",
            Self::Results => "results",
        }
    }
}

/// The difficulties, switched by the control plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each difficulty is independent of the others")]
pub(super) struct Modes {
    pub logged_out: LoggedOut,
    pub dead_list: DeadList,
    /// Whoever is signed in is answered so, too.
    pub dead_list_for_all: bool,
    pub half_dead: HalfDead,

    /// The API answers 429 with `Retry-After`.
    pub blocked: bool,
    /// So many more requests are refused; counts down.
    pub refuse_next: u32,
    /// With 429 or 503.
    pub refuse_status: u16,
    pub refuse_where: RefuseWhere,
    /// What `Retry-After` says, in seconds.
    pub retry_after: u64,
    pub retry_after_as: RetryAfterAs,
    pub challenge: Challenge,
    /// The API answers this much later.
    pub slow_ms: u64,

    /// How long an access token lives.
    pub token_seconds: u64,
    /// How long an SSO ticket lives.
    pub ticket_seconds: u64,
    /// How long the application's cookie lives; with fixed expiry never longer than the ticket of its login.
    pub session_seconds: u64,
    /// How long a device is trusted.
    pub device_seconds: u64,
    pub expiry: Expiry,
    pub token_storage: TokenStorage,
    /// The page takes a browser without its `IndexedDB` entry for one that is not signed in.
    pub require_indexed_db: bool,
    /// A ticket, cookie or token works only with the user agent that logged in.
    pub bind_user_agent: bool,
    /// The application's cookie is replaced at each request that shows it.
    pub sessions_rotate: bool,
    /// How long a replaced cookie still works.
    pub rotate_grace_ms: u64,
    /// Whoever shows a replaced cookie after that has a copy, and the whole login ends.
    pub reuse_ends_login: bool,
    pub second_factor: SecondFactor,
    pub continue_with: ContinueWith,
    /// Whoever the SSO knows sees its login form all the same, for so long, before it signs them in by itself.
    pub silent_sign_in_ms: u64,
    /// How long the account is blocked after too many wrong tries.
    pub lock_seconds: u64,

    /// How many products there are.
    pub products: usize,
    /// How many of them are shown to whoever is taken for a guest (`loggedOut` `empty200`).
    pub guest_products: usize,
    /// Three of them come twice.
    pub repeats: bool,
    /// After each of the next so many pages of products something new is put before all others; counts down.
    pub insert_next: u32,
    /// Which generation of markup: 1, 2 or 3.
    pub skin: u8,
    pub json: JsonShape,
    pub list_name: ListName,
    /// "Next" hears a mouse alone.
    pub next_by_mouse: bool,
    /// A page of the list is drawn piece by piece, its "Next" first.
    pub piecemeal: bool,
    /// The list that the server draws begins where the visitor was last, unless the address says otherwise.
    pub remember_page: bool,
    /// What scrolls is a part of the page, not the page.
    pub inner_scroller: bool,
    /// No list is asked for before somebody has pressed a button.
    pub reveal: bool,
    /// What the pages say.
    pub language: Language,
    /// A cookie banner lies over the pages until it is answered.
    pub cookie_banner: bool,
    /// That page of the list that the server draws says that something went wrong, with 200; 0: none.
    pub wrong_page: usize,
    /// The API wants a header that only the page can make.
    pub require_proof: bool,

    /// What is odd and legal in the HTTP of all hosts.
    pub http: BTreeSet<OddHttp>,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            logged_out: LoggedOut::default(),
            dead_list: DeadList::default(),
            dead_list_for_all: false,
            half_dead: HalfDead::default(),
            blocked: false,
            refuse_next: 0,
            refuse_status: 429,
            refuse_where: RefuseWhere::default(),
            retry_after: 30,
            retry_after_as: RetryAfterAs::default(),
            challenge: Challenge::default(),
            slow_ms: 0,
            token_seconds: 3600,
            ticket_seconds: 48 * 3600,
            session_seconds: 48 * 3600,
            device_seconds: 30 * 86_400,
            expiry: Expiry::default(),
            token_storage: TokenStorage::default(),
            require_indexed_db: false,
            bind_user_agent: false,
            sessions_rotate: false,
            rotate_grace_ms: 10_000,
            reuse_ends_login: true,
            second_factor: SecondFactor::default(),
            continue_with: ContinueWith::default(),
            silent_sign_in_ms: 0,
            lock_seconds: 60,
            products: 137,
            guest_products: 0,
            repeats: true,
            insert_next: 0,
            skin: 1,
            json: JsonShape::default(),
            list_name: ListName::default(),
            next_by_mouse: false,
            piecemeal: false,
            remember_page: false,
            inner_scroller: false,
            reveal: false,
            language: Language::default(),
            cookie_banner: false,
            wrong_page: 0,
            require_proof: false,
            http: BTreeSet::new(),
        }
    }
}

impl Modes {
    /// The document of these switches, with the members of `wishes` put in.
    pub fn changed_by(&self, wishes: serde_json::Map<String, serde_json::Value>) -> Result<Self, String> {
        let mut document = serde_json::to_value(self).map_err(|error| error.to_string())?;
        if let Some(members) = document.as_object_mut() {
            members.extend(wishes);
        }
        Self::read(document)
    }

    /// A whole document: members that are not in it are as at the start, ones that are no switch are refused.
    pub fn read(document: serde_json::Value) -> Result<Self, String> {
        let read: Self = serde_path_to_error::deserialize(document).map_err(|error| error.to_string())?;
        if read.products > MOST_PRODUCTS {
            return Err(format!("products: {} are too many, at most {MOST_PRODUCTS}", read.products));
        }
        if !(1..=3).contains(&read.skin) {
            return Err(format!("skin: there is no {}, only 1, 2 and 3", read.skin));
        }
        if ![429, 503].contains(&read.refuse_status) {
            return Err(format!("refuseStatus: {} is no refusal here, only 429 and 503", read.refuse_status));
        }
        Ok(read)
    }
}
