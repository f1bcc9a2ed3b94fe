//! What the refusals of the layers below become.

use super::problem::{Kind, Problem};
use crate::{
    domain::InvalidTiming, login::LoginError, scheduler::ScheduleError, scraper::ScrapeError, sessions::SessionError,
    store::StoreError,
};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Self::new(Kind::NotFound, format!("there is no such {what}")),
            StoreError::Moved(_) => Self::new(Kind::Conflict, error.to_string()).retryable(),
            StoreError::TokenOver => Self::new(Kind::TokenExpired, error.to_string()),
            StoreError::TokenBusy => Self::new(Kind::Conflict, error.to_string()),
            StoreError::InvalidCursor => Self::new(Kind::BadRequest, error.to_string()),
            error if error.is_unavailable() => {
                tracing::warn!(%error, "the store is not available");
                Self::new(Kind::Unavailable, "the database cannot be used at the moment; try again later").retryable()
            }
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "the store refused");
                Self::new(Kind::Internal, "the database refused; the log says why")
            }
        }
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        let said = error.to_string();
        match error {
            LoginError::NotFound => Self::new(Kind::NotFound, said),
            LoginError::UnknownProvider { known } => Self::new(Kind::UnknownProvider, said).known(known),
            LoginError::Params(wrong) => Self::params("/params", &wrong),
            LoginError::ParamsOutdated(_) => Self::new(Kind::Conflict, said).needs_reconnect(),
            LoginError::Over(login) => Self::new(Kind::LoginOver, said).of_connection(&login.connection),
            LoginError::AlreadyExtended => Self::new(Kind::AlreadyExtended, said),
            LoginError::OtherParams(login) | LoginError::NotNow(login) => {
                Self::new(Kind::Conflict, said).of_connection(&login.connection)
            }
            LoginError::TooMany { retry_after } => {
                Self::new(Kind::TooManyLogins, said).retry_after(retry_after.as_secs().max(1))
            }
            LoginError::Elsewhere | LoginError::Busy => Self::new(Kind::Conflict, said).retryable(),
            LoginError::Unavailable(_) => {
                tracing::warn!(error = %said, "could not do what was asked of a login");
                Self::new(Kind::Unavailable, said).retryable()
            }
            LoginError::Session(SessionError::None) => Self::new(Kind::NeverConnected, said).needs_reconnect(),
            LoginError::Store(error) | LoginError::Session(SessionError::Store(error)) => error.into(),
            LoginError::Session(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a saved session cannot be used");
                Self::new(Kind::Internal, "the saved session cannot be used; the log says why. Connecting again helps")
                    .needs_reconnect()
            }
        }
    }
}

impl From<ScheduleError> for Problem {
    fn from(error: ScheduleError) -> Self {
        let said = error.to_string();
        let at = |pointer: &str| Self::new(Kind::InvalidBody, format!("{pointer}: {said}")).at(pointer, said.clone());
        match error {
            ScheduleError::NoConnection(_) | ScheduleError::NoSchedule(_) => Self::new(Kind::NotFound, said),
            ScheduleError::UnknownStream { known } => Self::new(Kind::UnknownStream, said).known(known),
            ScheduleError::Timing(InvalidTiming::TimeZone(_)) => at("/timeZone"),
            ScheduleError::Timing(_) | ScheduleError::TooOften { .. } => at("/cron"),
            ScheduleError::TooMuchJitter => at("/jitterSeconds"),
            ScheduleError::Store(error) => error.into(),
        }
    }
}

impl From<ScrapeError> for Problem {
    fn from(error: ScrapeError) -> Self {
        let said = error.to_string();
        match error {
            ScrapeError::NotFound => Self::new(Kind::NotFound, said),
            ScrapeError::UnknownProvider { known } => Self::new(Kind::UnknownProvider, said).known(known),
            ScrapeError::UnknownStream { known } => {
                Self::new(Kind::UnknownStream, said.clone()).at("/stream", said).known(known)
            }
            ScrapeError::NeverConnected { .. } => Self::new(Kind::NeverConnected, said).needs_reconnect(),
            ScrapeError::NeedsReconnect { connection, .. } | ScrapeError::NeedsParams { connection, .. } => {
                Self::new(Kind::NeedsReconnect, said).needs_reconnect().of_connection(&connection)
            }
            ScrapeError::NotAcceptable => Self::new(Kind::Conflict, said),
            ScrapeError::NotContinuable { .. } => Self::new(Kind::RunNotContinuable, said),
            ScrapeError::Store(error) => error.into(),
        }
    }
}
