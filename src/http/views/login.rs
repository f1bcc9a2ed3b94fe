//! Logins as the API shows them.

use poem_openapi::{Enum, Object, types::Example};

use super::{AccountIdentity, CheckEvidence, Connection, example_moment};
use crate::domain::{self, ConnectionId, LoginId, ProviderId, Timestamp};

/// Where a login stands. The last four are ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum LoginState {
    /// The browser is being started.
    Launching,
    /// The browser shows the site; nobody is logged in yet.
    AwaitingLogin,
    /// The site looks logged in.
    Detected,
    /// The session is being tried once more on its own: in a fresh browser, or by a request, as the definition says.
    Verifying,
    /// It worked there, but it is another account's than the one that is saved: answer with `POST …/account`.
    OtherAccount,
    /// It worked there; it is being sealed and stored.
    Verified,
    /// Sealed and stored.
    Saved,
    /// Ended by a fault.
    Failed,
    /// Ended by the person.
    Cancelled,
    /// Nobody finished in time.
    Expired,
}

/// Tells failures apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum FailureCode {
    /// The browser could not be started.
    BrowserUnavailable,
    /// The browser ended in the middle.
    BrowserLost,
    /// The service stopped or crashed in the middle.
    Interrupted,
    /// The site could not be opened.
    SiteUnreachable,
    /// The proof that the session works could not be carried out.
    VerificationFailed,
    /// The session is larger than the vault takes.
    SessionTooLarge,
    /// Something of ours.
    Internal,
}

/// Why a login failed.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct LoginFailure {
    /// For a program.
    pub code: FailureCode,
    /// For a person: what happened and what to do.
    pub message: String,
    /// Whether trying again may help.
    pub retryable: bool,
    /// `verification_failed`: what was looked for and what was seen, where the site could be asked.
    pub evidence: Vec<CheckEvidence>,
}

impl From<domain::Failure> for LoginFailure {
    fn from(failure: domain::Failure) -> Self {
        let code = match failure.code {
            domain::FailureCode::BrowserUnavailable => FailureCode::BrowserUnavailable,
            domain::FailureCode::BrowserLost => FailureCode::BrowserLost,
            domain::FailureCode::Interrupted => FailureCode::Interrupted,
            domain::FailureCode::SiteUnreachable => FailureCode::SiteUnreachable,
            domain::FailureCode::VerificationFailed => FailureCode::VerificationFailed,
            domain::FailureCode::SessionTooLarge => FailureCode::SessionTooLarge,
            domain::FailureCode::Internal => FailureCode::Internal,
        };
        let evidence = failure.evidence.into_iter().map(Into::into).collect();
        Self { code, message: failure.message, retryable: failure.retryable, evidence }
    }
}

impl Example for LoginFailure {
    fn example() -> Self {
        Self {
            code: FailureCode::BrowserLost,
            message: "The browser closed unexpectedly. Nothing was saved; please try again.".into(),
            retryable: true,
            evidence: Vec::new(),
        }
    }
}

/// One bounded try to log in by hand.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
pub struct Login {
    /// Its id.
    pub id: LoginId,
    /// For which connection.
    pub connection_id: ConnectionId,
    /// At which site.
    pub provider: ProviderId,
    /// Where it stands.
    pub state: LoginState,
    /// The id of the newest event on its stream.
    pub version: i64,
    /// Goes on by itself once the login is detected.
    pub auto_finish: bool,
    /// Its time was prolonged with `POST …/extend`; that is possible once.
    pub extended: bool,
    /// The browser's own window is open on the server's real display: on this computer, where that is the server.
    pub window: bool,
    /// There was a session already when it was started.
    pub reconnect: bool,
    /// Whose account that session is, where the site said so. Another one is not saved without asking.
    #[oai(nullable)]
    pub expected_identity: Option<AccountIdentity>,
    /// Whose account was logged in to instead, in the state `other_account`.
    #[oai(nullable)]
    pub found_identity: Option<AccountIdentity>,
    /// When it was started.
    pub started_at: Timestamp,
    /// When the present state was entered.
    pub entered_at: Timestamp,
    /// When it expires; null once it is over.
    #[oai(nullable)]
    pub deadline_at: Option<Timestamp>,
    /// When it ends because nobody touches the live view; null while somebody does.
    #[oai(nullable)]
    pub idle_ends_at: Option<Timestamp>,
    /// Why it failed, where it did.
    #[oai(nullable)]
    pub failure: Option<LoginFailure>,
}

impl From<domain::Login> for Login {
    fn from(login: domain::Login) -> Self {
        let mut failure = None;
        let mut found_identity = None;
        let state = match login.state {
            domain::LoginState::Launching => LoginState::Launching,
            domain::LoginState::AwaitingLogin => LoginState::AwaitingLogin,
            domain::LoginState::Detected => LoginState::Detected,
            domain::LoginState::Verifying => LoginState::Verifying,
            domain::LoginState::OtherAccount { found } => {
                found_identity = Some(found.into());
                LoginState::OtherAccount
            }
            domain::LoginState::Verified => LoginState::Verified,
            domain::LoginState::Saved => LoginState::Saved,
            domain::LoginState::Failed { failure: why } => {
                failure = Some(why.into());
                LoginState::Failed
            }
            domain::LoginState::Cancelled => LoginState::Cancelled,
            domain::LoginState::Expired => LoginState::Expired,
        };
        Self {
            id: login.id,
            connection_id: login.connection,
            provider: login.provider,
            state,
            version: login.version,
            auto_finish: login.auto_finish,
            extended: login.time.extended,
            window: login.window,
            reconnect: login.reconnect,
            expected_identity: login.expected.map(Into::into),
            found_identity,
            started_at: login.started_at,
            entered_at: login.entered_at,
            deadline_at: login.deadline_at,
            idle_ends_at: login.time.idle_ends_at,
            failure,
        }
    }
}

impl Login {
    pub(super) fn example_id() -> LoginId {
        LoginId::new(uuid::Uuid::from_u128(0x018f_3a5c_7b20_79d1_b3e6_f708_1923_a4b5))
    }

    pub(super) fn example_provider() -> ProviderId {
        ProviderId::parse("demo-market").unwrap_or_else(|never| unreachable!("{never}"))
    }
}

impl Example for Login {
    fn example() -> Self {
        Self {
            id: Self::example_id(),
            connection_id: Connection::example_id(),
            provider: Self::example_provider(),
            state: LoginState::AwaitingLogin,
            version: 2,
            auto_finish: false,
            extended: false,
            window: false,
            reconnect: true,
            expected_identity: Some(AccountIdentity::example()),
            found_identity: None,
            started_at: example_moment(0),
            entered_at: example_moment(2),
            deadline_at: Some(example_moment(600)),
            idle_ends_at: None,
            failure: None,
        }
    }
}

/// Opens one WebSocket, once, within thirty seconds.
#[derive(Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct LiveTicket {
    /// Offer `ticket.` and this as the second subprotocol.
    pub ticket: String,
    /// Offer this as the first subprotocol; the server selects it.
    pub protocol: String,
    /// After this it opens nothing.
    pub expires_at: Timestamp,
    /// Where the WebSocket is, from the root of this server.
    pub url: String,
}

impl Example for LiveTicket {
    fn example() -> Self {
        Self {
            ticket: "5f0c8f0c6d1b4b8e9a7d3c2b1a09f8e7".into(),
            protocol: crate::http::live::PROTOCOL.into(),
            expires_at: example_moment(30),
            url: format!("/api/logins/{}/live", Login::example_id()),
        }
    }
}
