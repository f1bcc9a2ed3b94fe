//! What may stand in a definition file. Whatever else stands there is refused; where each thing stands is remembered.
//!
//! The comments here are what an editor shows for each name: the JSON schema is derived from these types.

mod leaf;
mod request;
mod rule;
mod stream;

use schemars::JsonSchema;
use serde::Deserialize;

pub(super) use leaf::{InOrder, Lasting, OneOrMany, Place, Placed, Text};
pub(super) use request::{Body, Request, StateValue};
pub(super) use rule::{Cookie, Response, Rule, Storage};
pub(super) use stream::{
    Answer, DateFormat, Expect, Field, FieldSource, FieldType, First, Fixture, Kind, Locale, Page, PageKind, Pipe,
    Source, Stop, Stream, Total,
};

/// A site that can be connected. docs/adding-a-provider.md describes every part.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Provider definition")]
pub(super) struct File {
    /// The form of this file: 1.
    pub format: Placed<u32>,
    /// The name of this file without .toml; it stands in addresses.
    pub id: Text,
    /// What people call the site.
    pub name: Text,
    /// Where the site is found, the same for everybody.
    pub homepage: Text,
    /// What is asked of the user, such as the address of a site of their own.
    #[serde(default)]
    pub params: Vec<Param>,
    /// What a saved session may hold, and where a login may go.
    pub scope: Scope,
    /// How a person logs in.
    pub login: Login,
    /// How the site's sessions live.
    #[serde(default)]
    pub session: Session,
    /// How a session is proven.
    pub probe: Placed<Probe>,
    /// Whose account it is.
    pub account: Option<Account>,
    /// How the site is spared.
    pub politeness: Politeness,
    /// What can be fetched; the first is the one meant when none is named.
    pub streams: Vec<Placed<Stream>>,
    /// Saved pages and answers, and what the probe's rules must make of each.
    #[serde(default)]
    pub states: Vec<State>,
}

/// Texts by language; `en` is always there.
pub(super) type Localized = Placed<InOrder<Text>>;

/// Something that is asked of the user. Stands as `{name}` in addresses, rules, headers, bodies and templates.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Param {
    /// a-z, 0-9 and _.
    pub name: Text,
    /// What the user is asked for, by language; `en` is always there.
    pub label: Localized,
    /// Where the user finds it, by language; `en` is always there.
    pub help: Option<Localized>,
    /// What the value is.
    pub kind: ParamKind,
    /// What an enum can be.
    pub values: Option<Placed<Vec<Text>>>,
    /// A regular expression that the whole value must match.
    pub pattern: Option<Text>,
    /// A value that would do, shown to the user.
    pub example: Text,
    /// Whether it must be given. Only a text may be left out; it is empty then.
    pub required: Option<Placed<bool>>,
}

/// What a parameter's value is.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ParamKind {
    /// Any text; escaped where it is put into an address or a regular expression.
    Text,
    /// A host, with a port or without.
    Host,
    /// An address with http or https, without query; a cookie's domain gets its host alone, an origin its origin.
    Url,
    /// One of `values`.
    Enum,
}

/// What a saved session may hold, and where a login may go.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Scope {
    /// Cookies of these domains: `example.com` is that host alone, `*.example.com` it and all below.
    pub cookies: Vec<Text>,
    /// localStorage of these origins: scheme, host and port.
    #[serde(default)]
    pub origins: Vec<Text>,
    /// URL globs: where the browser may go; left out: anywhere.
    #[serde(default)]
    pub navigate: Vec<Text>,
    /// Their sessionStorage too.
    #[serde(default)]
    pub session_storage: bool,
    /// Their IndexedDB too.
    #[serde(default)]
    pub indexed_db: bool,
    /// But no cookies with these names; `*` stands for anything.
    #[serde(default)]
    pub drop_cookies: Vec<Text>,
    /// What of it only makes the site know the device again, and logs nobody in: a login begins with that and with nothing else.
    #[serde(default)]
    pub trust: DeviceTrust,
}

/// What makes a site know a device again.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeviceTrust {
    /// Cookies with these names; `*` stands for anything.
    #[serde(default)]
    pub cookies: Vec<Text>,
    /// Keys of localStorage; `*` stands for anything.
    #[serde(default)]
    pub local_storage: Vec<Text>,
}

/// How a person logs in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    /// Where they begin: at the application, not at its single sign-on.
    pub start: Text,
    /// How long they have.
    pub timeout: Lasting,
    /// How long `logged_in` must hold: the way back passes through several pages.
    pub settle: Lasting,
    /// The mark of being logged in.
    pub logged_in: Rule,
    /// The mark of a second step: a code, a captcha.
    pub challenge: Option<Rule>,
    /// The mark of a login that the site refused: a wrong password, a blocked account.
    pub refused: Option<Rule>,
    /// "I Finished Login" is pressed for them.
    #[serde(default)]
    pub auto_finish: bool,
    /// What a person should know before they begin, by language; `en` is always there.
    pub instructions: Option<Localized>,
}

/// How the site's sessions live.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    /// Whether the state that a run left is saved; left out: always.
    pub write_back: Option<WriteBack>,
    /// How long the site lets a session live at most, for telling people.
    pub max_age: Option<Lasting>,
    /// What makes the site renew a session without a person.
    pub renew: Option<Renew>,
    /// How often a session that nobody uses is renewed (by `renew`, or by the probe where there is none).
    pub keep_alive: Option<Lasting>,
    /// Where a session's end can be read; the first of these that can be read counts.
    #[serde(default)]
    pub expires_at: Vec<Expiry>,
}

/// When a run's last state is saved.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WriteBack {
    /// Whenever the run was last seen logged in: sites rotate cookies.
    Always,
    /// Never: the state of the login is kept as it was.
    Never,
}

/// A visit that makes the site renew a session.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Renew {
    /// The page to visit.
    pub visit: Text,
    /// How long that may take until the probe's `logged_in` holds.
    pub within: Lasting,
}

/// Where a session's end can be read.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Expiry {
    /// In a cookie's value.
    Cookie(CookieExpiry),
    /// In localStorage.
    LocalStorage(StorageExpiry),
    /// In sessionStorage.
    SessionStorage(StorageExpiry),
}

/// A moment in a cookie's value.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CookieExpiry {
    /// Its name; `*` stands for anything.
    pub name: Text,
    /// Its domain.
    pub domain: Option<Text>,
    /// The first group (or all) of this is the moment.
    pub regex: Text,
    /// How the moment is written.
    pub unit: TimeUnit,
}

/// A moment in a storage entry.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StorageExpiry {
    /// Its key; `*` stands for anything.
    pub key: Text,
    /// Its origin.
    pub origin: Option<Text>,
    /// A JSONPath into its value; left out: the value itself.
    pub json: Option<Text>,
    /// How the moment is written.
    pub unit: TimeUnit,
}

/// How a moment is written.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TimeUnit {
    /// Seconds since 1970.
    Unix,
    /// Milliseconds since 1970.
    UnixMs,
    /// RFC 3339.
    Rfc3339,
}

/// How a session is proven: by a visit in a browser, by one request over HTTP, or by both.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Probe {
    /// The page to look at, in a browser.
    pub visit: Option<Text>,
    /// Or what to ask over HTTP; with both, the page is visited where the rules do not decide about the answer.
    pub fetch: Option<Placed<Request>>,
    /// For how long at most.
    pub wait: Lasting,
    /// The mark of being logged in.
    pub logged_in: Rule,
    /// The mark of being logged out.
    pub logged_out: Rule,
    /// The mark of being refused.
    pub blocked: Option<Rule>,
}

/// Whose account it is: an id and a label in a JSON, in one or several places, of which the first that says so counts.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    /// An answer that the page receives.
    pub response: Option<Response>,
    /// Or an entry in localStorage.
    pub local_storage: Option<Storage>,
    /// Or one in sessionStorage.
    pub session_storage: Option<Storage>,
    /// A JSONPath to the site's own id of the account.
    pub id: Text,
    /// A JSONPath to what a person recognises.
    pub label: Text,
}

/// How the site is spared, across all users and runs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Politeness {
    /// At least this long between two pages.
    pub min_interval: Lasting,
    /// And up to this much longer, by chance.
    pub jitter: Option<Lasting>,
    /// So many runs at once; left out: 1.
    pub concurrency: Option<Placed<u32>>,
    /// No more pages than this in a run.
    pub max_pages: Placed<u32>,
    /// At least this long between two scheduled runs of a stream.
    pub min_period: Option<Lasting>,
    /// What is done about a visit that came to nothing.
    pub retry: Option<Retry>,
}

/// What is done about a visit that came to nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retry {
    /// Statuses that are worth another try; left out: 429, 502, 503 and 504.
    pub on: Option<OneOrMany<u16>>,
    /// Whether `Retry-After` is obeyed, in seconds and as a date; left out: true.
    pub respect_retry_after: Option<bool>,
    /// So many more times.
    pub times: u32,
    /// After this long; twice as long each time.
    pub base: Lasting,
    /// But never longer.
    pub cap: Lasting,
}

/// A saved page or answer, and what the probe's rules must make of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// The file, beside this one: .html, or an answer as .json.
    pub fixture: Text,
    /// Where it came from.
    pub url: Text,
    /// The request's method; left out: GET.
    pub method: Option<Text>,
    /// The status it came with; left out: 200.
    pub status: Option<Placed<u16>>,
    /// What the rules must say.
    pub expect: Placed<StateVerdict>,
}

/// What the rules must say.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StateVerdict {
    LoggedIn,
    LoggedOut,
    Blocked,
    Unknown,
}
