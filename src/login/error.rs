//! Why something asked of a login could not be done.

use std::time::Duration;

use crate::{
    browser::BrowserError,
    domain::Login,
    providers::ParamError,
    sessions::{CareError, SessionError},
    store::StoreError,
};

/// Why something asked of a login or a connection could not be done.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// There is none of that id, or it is somebody else's.
    #[error("there is no such login or connection")]
    NotFound,
    /// No definition of that name.
    #[error("there is no such provider; known are: {}", known.join(", "))]
    UnknownProvider {
        /// Those that there are.
        known: Vec<String>,
    },
    /// Its definition asks for something that nobody has said, or that will not do.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Params(Vec<ParamError>),
    /// The definition asks for more than was said when the connection was made.
    #[error("the definition asks for more than it did when this was connected: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    ParamsOutdated(Vec<ParamError>),
    /// Other values than those of the login that is under way.
    #[error("a login with other params is under way; cancel it first, or send none")]
    OtherParams(Box<Login>),
    /// It has ended.
    #[error("this login is over: it ended as {}", .0.state.as_str())]
    Over(Box<Login>),
    /// Its time was prolonged before.
    #[error("the time of this login was extended already; once is all there is")]
    AlreadyExtended,
    /// It is in a state in which that says nothing.
    #[error("that is not possible while the login is {}", .0.state.as_str())]
    NotNow(Box<Login>),
    /// As many logins are under way as this server takes.
    #[error("too many logins are under way; try again in {} seconds", retry_after.as_secs())]
    TooMany {
        /// When to try again.
        retry_after: Duration,
    },
    /// Its browser runs in another instance of the service.
    #[error("this login is driven by another instance of the service")]
    Elsewhere,
    /// A run or another check is using the session.
    #[error("the session is in use by a run or a check; try again when it is done")]
    Busy,
    /// The browser did not do it.
    #[error("{0}")]
    Unavailable(String),
    /// The saved session could not be used.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The store did not answer.
    #[error(transparent)]
    Store(StoreError),
}

impl From<CareError> for LoginError {
    fn from(error: CareError) -> Self {
        match error {
            CareError::Busy => Self::Busy,
            CareError::Session(error) => error.into(),
            CareError::Browser(error) => error.into(),
        }
    }
}

impl From<BrowserError> for LoginError {
    fn from(error: BrowserError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
