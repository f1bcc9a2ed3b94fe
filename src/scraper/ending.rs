//! How a run ends, in words that a person understands.

use crate::{browser::BrowserError, domain::Outcome, store::StoreError};

/// What is said of a run that somebody stopped.
pub(super) const CANCELLED: &str = "The run was stopped. The records found until then are kept.";
/// What is said of a run that ended because the service did.
pub(super) const INTERRUPTED: &str =
    "The service was stopped during this run. The records found until then are kept; start it again.";

/// The end of a run.
#[derive(Debug)]
pub(super) struct Ended {
    pub outcome: Outcome,
    pub message: String,
}

impl Ended {
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self { outcome, message: message.into() }
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, message)
    }
}

/// Why the reading of a source stopped before its end.
#[derive(Debug)]
pub(super) enum Halt {
    /// A logged-out mark held. Once is not enough to believe it.
    LoggedOut(String),
    /// The site refused us.
    Blocked(String),
    /// The page or its data is not what the definition says.
    Drift(String),
    /// The page did not show what it should, in time.
    NotShown(String),
    /// The browser did not do it.
    Browser(BrowserError),
    /// The store did not do it.
    Store(StoreError),
    /// The run was ended by somebody else.
    Over,
}

impl From<BrowserError> for Halt {
    fn from(error: BrowserError) -> Self {
        match error {
            BrowserError::Navigation { .. } | BrowserError::Timeout { .. } => Self::NotShown(error.to_string()),
            error => Self::Browser(error),
        }
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Moved(_) => Self::Over,
            error => Self::Store(error),
        }
    }
}

/// `1 record`, `137 records`.
pub(super) fn count(number: u32, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
