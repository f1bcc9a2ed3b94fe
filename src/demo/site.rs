//! What the marketplace's hosts share: their addresses, the accounts, the switches, who is signed in, the request log.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret, Totp};

use super::sign_in::SignIns;

/// The client that the market application is at the SSO.
pub(super) const CLIENT_ID: &str = "demo-market";
/// How long a one-time code is shown.
const TOTP_STEP_SECONDS: u64 = 30;
/// The log keeps the newest this many requests.
const LOG_KEEPS: usize = 10_000;

/// An account of the demo marketplace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoAccount {
    /// The id that `/v1/me` answers.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// What is typed into `input#username`.
    pub email: String,
    /// What is typed into `input#password`.
    pub password: String,
    /// The secret of the one-time codes, in base32.
    pub totp_secret: String,
}

impl DemoAccount {
    /// Ana, who sells courses.
    #[must_use]
    pub fn ana() -> Self {
        Self {
            id: "48151623".to_owned(),
            name: "Ana Ferreira".to_owned(),
            email: "ana@example.com".to_owned(),
            password: "correct-horse-9".to_owned(),
            totp_secret: "KRSXG5DJNZTSAZDFNVXSA43FMNZGK5BB".to_owned(),
        }
    }

    /// Ben, who sells in Spanish only: to be mistaken for Ana.
    #[must_use]
    pub fn ben() -> Self {
        Self {
            id: "62342108".to_owned(),
            name: "Ben Castro".to_owned(),
            email: "ben@example.com".to_owned(),
            password: "battery-staple-4".to_owned(),
            totp_secret: "MJSW4IDTMVWGY4ZANFXCAU3QMFXGS43I".to_owned(),
        }
    }
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Who {
    #[default]
    Ana,
    Ben,
}

impl Who {
    pub const ALL: [Self; 2] = [Self::Ana, Self::Ben];

    /// The language of the products that this account is shown, where it is not shown all.
    pub fn sees_only(self) -> Option<&'static str> {
        match self {
            Self::Ana => None,
            Self::Ben => Some("ES"),
        }
    }
}

/// An account, and what makes its one-time codes.
struct Member {
    account: DemoAccount,
    totp: Totp,
}

impl Member {
    fn new(account: DemoAccount) -> Self {
        let secret = Secret::try_from_base32(&account.totp_secret).expect("a demo account's secret is base32");
        let totp = Builder::new().with_secret(secret).build().expect("a demo account's secret has 160 bits");
        Self { account, totp }
    }
}

/// What the site says on `/market` to somebody who is not signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LoggedOut {
    /// A redirect to the SSO.
    #[default]
    Redirect,
    /// HTTP 200 with a login form.
    Form200,
}

/// The difficulties, switched by the control plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Modes {
    /// See [`LoggedOut`].
    pub logged_out: LoggedOut,
    /// The API answers 429 with `Retry-After`.
    pub blocked: bool,
    /// What `Retry-After` says, in seconds.
    pub retry_after: u64,
    /// The application's cookie is replaced at each page load.
    pub sessions_rotate: bool,
    /// How long a replaced cookie still works.
    pub rotate_grace_ms: u64,
    /// The API answers this much later.
    pub slow_ms: u64,
    /// How long an access token lives.
    pub token_seconds: u64,
    /// How long the account is blocked after too many wrong tries.
    pub lock_seconds: u64,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            logged_out: LoggedOut::Redirect,
            blocked: false,
            retry_after: 30,
            sessions_rotate: false,
            rotate_grace_ms: 10_000,
            slow_ms: 0,
            token_seconds: 3600,
            lock_seconds: 60,
        }
    }
}

/// One request, as `GET /log` of the control plane shows it. Never its body.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoggedRequest {
    /// Milliseconds since the marketplace was started.
    pub at_ms: u128,
    pub method: String,
    pub host: String,
    pub path: String,
    pub status: u16,
    /// The page that a search asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u64>,
    /// Whether a demo password was in the body.
    pub password_in_body: bool,
    /// Whether a demo password was in the address (it never may be).
    pub password_in_url: bool,
    pub user_agent: String,
}

/// What changes while the marketplace runs.
#[derive(Default)]
pub(super) struct Changing {
    pub modes: Modes,
    pub sign_ins: SignIns,
    pub log: VecDeque<LoggedRequest>,
}

/// What all host names share.
pub(super) struct Site {
    pub port: u16,
    pub control_port: u16,
    members: [Member; 2],
    started: Instant,
    changing: Mutex<Changing>,
}

impl Site {
    pub fn new(port: u16, control_port: u16) -> Self {
        let members = [DemoAccount::ana(), DemoAccount::ben()].map(Member::new);
        Self { port, control_port, members, started: Instant::now(), changing: Mutex::default() }
    }

    fn member(&self, who: Who) -> &Member {
        let [ana, ben] = &self.members;
        match who {
            Who::Ana => ana,
            Who::Ben => ben,
        }
    }

    /// Of that account, all that is to be known.
    pub fn account(&self, who: Who) -> &DemoAccount {
        &self.member(who).account
    }

    /// Whose e-mail address this is.
    pub fn named(&self, email: &str) -> Option<Who> {
        Who::ALL.into_iter().find(|who| email.trim().eq_ignore_ascii_case(&self.account(*who).email))
    }

    /// Everything that changes. Never held across an await.
    pub fn changing(&self) -> MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn modes(&self) -> Modes {
        self.changing().modes.clone()
    }

    /// `http://app.demo.localhost:<port>`
    pub fn app(&self) -> String {
        format!("http://app.demo.localhost:{}", self.port)
    }

    /// `http://sso.demo.localhost:<port>`
    pub fn sso(&self) -> String {
        format!("http://sso.demo.localhost:{}", self.port)
    }

    /// `http://api-market.demo.localhost:<port>`
    pub fn api(&self) -> String {
        format!("http://api-market.demo.localhost:{}", self.port)
    }

    /// `http://accounts.idp.localhost:<port>`
    pub fn idp(&self) -> String {
        format!("http://accounts.idp.localhost:{}", self.port)
    }

    /// Where the SSO sends people back to.
    pub fn callback(&self) -> String {
        format!("{}/callback", self.app())
    }

    /// The key in the application's localStorage, as oidc-client names it.
    pub fn storage_key(&self) -> String {
        format!("oidc.user:{}/oidc:{CLIENT_ID}", self.sso())
    }

    /// The current one-time code of that account, and for how many seconds it is shown.
    pub fn totp_now(&self, who: Who) -> (String, u64) {
        let now = unix_ms() / 1000;
        (self.member(who).totp.generate(now).to_string(), TOTP_STEP_SECONDS - now % TOTP_STEP_SECONDS)
    }

    /// The current code, or the one before or after it (a code may be used more than once, so that tests need not wait).
    pub fn totp_is_right(&self, who: Who, code: &str) -> bool {
        self.member(who).totp.check(code.trim(), unix_ms() / 1000).is_some()
    }

    pub fn log(&self, request: LoggedRequest) {
        let log = &mut self.changing().log;
        if log.len() == LOG_KEEPS {
            log.pop_front();
        }
        log.push_back(request);
    }

    pub fn ms_since_start(&self) -> u128 {
        self.started.elapsed().as_millis()
    }
}

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the marketplace is somebody else's site: it has a clock of its own")]
pub(super) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
