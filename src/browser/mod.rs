//! The port to a real browser: what the rest of the service may ask of one.
//!
//! Playwright is behind it (`playwright`), with every call through a guard: no call here hangs for ever,
//! whatever happens to the browser or its driver. A context belongs to one login or one run, and is never shared.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::watch;
use url::Url;

use crate::domain::{
    BrowserIdentity, Exchange, StorageState, Viewport,
    rule::{ElementQuery, Observation, SeenResponse},
};

mod asks;
mod cast;
mod context;
mod display;
pub mod doctor;
mod engine;
mod events;
mod exchanges;
mod eyes;
mod form;
mod guard;
mod hands;
mod in_flight;
mod input;
mod keys;
mod launch;
pub mod live_view;
mod masked;
mod navigation;
mod observe;
mod overlay;
mod page;
pub mod playwright;
mod process;
mod responses;
mod room;
mod scrolling;
mod signs;
mod state;
mod still;
pub mod sweep;
mod tabs;
mod wire;

pub use playwright::{BrowserConfig, PlaywrightBrowser, SiteMap};
pub use sweep::{SweepReport, sweep};

/// Answers that pages received, by their places in the order in which they came. A place is an answer's for good; its body
/// may come later than what came after it.
pub type SeenResponses = BTreeMap<u64, Arc<SeenResponse>>;

/// What can go wrong with a browser. The text says what was tried, on what, and what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BrowserError {
    /// It could not be started. `cure` is for the operator: the package to install, the variable to set.
    #[error("could not start the browser: {what}. {cure}")]
    Launch {
        /// First line of what the browser or the driver said.
        what: String,
        /// What an operator does about it.
        cure: String,
    },
    /// The browser, its driver or its display ended.
    #[error("the browser ended: {0}")]
    Lost(String),
    /// The page or context is closed already.
    #[error("the page is closed")]
    Closed,
    /// The page could not be opened (name not found, refused, certificate).
    #[error("could not open {url}: {what}")]
    Navigation {
        /// What was opened, without its query.
        url: String,
        /// What the browser said.
        what: String,
    },
    /// It did not happen in time.
    #[error("{what} took longer than {after:?}")]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        after: Duration,
    },
    /// Anything else that the driver said; first line only.
    #[error("the browser refused: {0}")]
    Refused(String),
}

/// How a context is to be opened.
#[derive(Debug, Clone, Default)]
pub struct ContextOptions {
    /// Begin with this storage state (sessionStorage too).
    pub state: Option<StorageState>,
    /// Show this face; none: the browser's own.
    pub identity: Option<BrowserIdentity>,
    /// Answers to remember: URL globs as in provider definitions, compiled to regexes.
    pub remember_responses: Vec<regex::Regex>,
    /// Do not load images, fonts and media.
    pub without_media: bool,
    /// Origins whose sessionStorage belongs to the state.
    pub session_storage_origins: Vec<String>,
    /// Where a person's tabs may go: addresses that match one of these; none: anywhere on the web.
    pub navigate: Vec<regex::Regex>,
    /// Remember what documents and scripts ask for and are answered, whole.
    pub exchanges: bool,
}

/// What an observation must look at, so that nothing is asked of the page that no rule needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the questions are independent of each other")]
pub struct Wanted {
    /// The title.
    pub title: bool,
    /// The visible text.
    pub text: bool,
    /// Cookies.
    pub cookies: bool,
    /// localStorage of the open pages' origins.
    pub local_storage: bool,
    /// sessionStorage of the open pages' origins.
    pub session_storage: bool,
    /// Elements.
    pub elements: BTreeSet<ElementQuery>,
}

/// A tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Rises with each page of the context; never reused.
    pub id: u32,
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Its icon, as a `data:` address.
    pub icon: Option<Arc<str>>,
}

/// The open tabs, oldest first, and the one in front.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tabs {
    /// Open ones.
    pub open: Vec<Tab>,
    /// Id of the one in front: the newest pop-up, until another is selected.
    pub front: Option<u32>,
    /// The one in front has something to go back to.
    pub can_go_back: bool,
    /// The one in front has something to go forward to.
    pub can_go_forward: bool,
}

/// How many tabs a context may have open.
pub const MOST_TABS: usize = 8;

/// A running browser, or one that starts when it is first needed and again when it was lost.
#[async_trait]
pub trait Browser: fmt::Debug + Send + Sync + 'static {
    /// Opens a context of its own, empty or with the given state.
    async fn open(&self, options: ContextOptions) -> Result<Arc<dyn Context>, BrowserError>;

    /// Ends the browser, its driver and its display, if they run.
    async fn shut_down(&self);
}

/// A browser profile of its own: one login, or one run. Must be ended with [`Context::close`]; dropping closes nothing.
#[async_trait]
pub trait Context: fmt::Debug + Send + Sync + 'static {
    /// The face it shows.
    fn identity(&self) -> BrowserIdentity;

    /// The open tabs; changes when one opens, closes, navigates or comes to the front.
    fn tabs(&self) -> watch::Receiver<Tabs>;

    /// Rises whenever something that a rule could see may have changed (navigation, response, tab, cookie-setting answer).
    fn changes(&self) -> watch::Receiver<u64>;

    /// `None` while the context lives; why it ended once the browser, its driver, its display or the last page is lost.
    /// Closing by [`Context::close`] leaves it `None`.
    fn lost(&self) -> watch::Receiver<Option<BrowserError>>;

    /// Opens a page at the address in a new tab and waits for its load to be committed.
    async fn visit(&self, url: &Url, within: Duration) -> Result<Arc<dyn Page>, BrowserError>;

    /// Looks at the page in front.
    async fn observe(&self, wanted: &Wanted) -> Result<Observation, BrowserError>;

    /// How many requests of its documents and scripts are under way that began less than so long ago.
    fn in_flight(&self, within: Duration) -> usize;

    /// How many requests of its documents and scripts failed so far: were not answered, or with an error (RFC 9110, 15.5 and 15.6).
    fn failures(&self) -> u64;

    /// Those that failed after so many had; of very many the newest.
    fn failed_after(&self, count: u64) -> Vec<FailedRequest>;

    /// The answers remembered so far (see [`ContextOptions::remember_responses`]).
    fn responses(&self) -> watch::Receiver<Arc<SeenResponses>>;

    /// What was asked for and answered so far, oldest first (see [`ContextOptions::exchanges`]).
    fn exchanges(&self) -> Vec<Exchange>;

    /// The HTML of the page in front.
    async fn front_html(&self) -> Result<String, BrowserError>;

    /// A PNG of the page in front on which nothing can be read: text is bars, fields and images are boxes.
    async fn masked_screenshot(&self) -> Result<Vec<u8>, BrowserError>;

    /// What the browser holds now; sessionStorage of the origins that were asked for included.
    async fn storage_state(&self) -> Result<StorageState, BrowserError>;

    /// The view of it for a person.
    fn live_view(&self) -> live_view::LiveView;

    /// Closes it and all its pages. Never fails: what is already gone is closed.
    async fn close(&self);
}

/// A request of a page that was not answered, or with an error.
#[derive(Clone, PartialEq, Eq)]
pub struct FailedRequest {
    /// Where to.
    pub url: Url,
    /// What came of it: `answered with 500`.
    pub why: String,
}

impl fmt::Debug for FailedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FailedRequest {{ {}{} {} }}", self.url.host_str().unwrap_or("?"), self.url.path(), self.why)
    }
}

/// What a page is to ask for.
#[derive(Clone, PartialEq, Eq)]
pub struct PageAsk {
    /// `GET`, `POST`, …
    pub method: String,
    /// Where.
    pub url: Url,
    /// Besides those that the browser sends.
    pub headers: Vec<(String, String)>,
    /// What is sent, if anything.
    pub body: Option<String>,
}

impl fmt::Debug for PageAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageAsk {{ {} {}{} }}", self.method, self.url.host_str().unwrap_or("?"), self.url.path())
    }
}

/// What a page was answered.
#[derive(Clone, PartialEq, Eq)]
pub struct PageAnswer {
    /// Where from, after redirects.
    pub url: Url,
    /// The status.
    pub status: u16,
    /// `Retry-After`, where the page may see it.
    pub retry_after: Option<String>,
    /// `Link`, where the page may see it.
    pub link: Option<String>,
    /// The body.
    pub body: String,
}

impl fmt::Debug for PageAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageAnswer {{ {}{} {} }}", self.url.host_str().unwrap_or("?"), self.url.path(), self.status)
    }
}

/// What came of scrolling on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scrolled {
    /// Something moved, or got longer.
    pub moved: bool,
    /// There is nothing further down.
    pub at_end: bool,
}

/// A page that a program (not a person) works on.
#[async_trait]
pub trait Page: fmt::Debug + Send + Sync + 'static {
    /// Its address now.
    fn url(&self) -> Url;

    /// Goes to another address in the same tab.
    async fn goto(&self, url: &Url, within: Duration) -> Result<(), BrowserError>;

    /// Its HTML now.
    async fn html(&self) -> Result<String, BrowserError>;

    /// Whether an element of that kind is there.
    async fn has(&self, element: &ElementQuery) -> Result<bool, BrowserError>;

    /// Clicks the first element that matches; false when there was none in that time, or it stayed disabled.
    async fn click(&self, css: &str, within: Duration) -> Result<bool, BrowserError>;

    /// Goes to the first element that matches and presses Enter, as one does without a mouse, once the page looks other than at
    /// the last press, or that time is over; false when there is none, it cannot be pressed now, or it is neither a link nor a
    /// button, to which a key means a click.
    async fn press(&self, css: &str, within: Duration) -> Result<bool, BrowserError>;

    /// That attribute of the first element that matches.
    async fn attribute(&self, css: &str, name: &str) -> Result<Option<String>, BrowserError>;

    /// Lets the page ask: its own fetch, with its own cookies.
    async fn ask(&self, ask: &PageAsk, within: Duration) -> Result<PageAnswer, BrowserError>;

    /// Scrolls on in whatever scrolls the elements that these selectors match (the first that matches any), or else the largest
    /// part of the page that scrolls: never beyond the last of them, and where there is none never by more than is in sight.
    async fn scroll_on(&self, items: &[&str]) -> Result<Scrolled, BrowserError>;

    /// Waits until the elements that these selectors match fill what is in sight of what scrolls them, or until nothing came for so
    /// long.
    async fn await_filled(&self, items: &[&str], quiet: Duration) -> Result<(), BrowserError>;

    /// A PNG of what is visible.
    async fn screenshot(&self) -> Result<Vec<u8>, BrowserError>;

    /// The size of its view.
    fn viewport(&self) -> Viewport;
}
