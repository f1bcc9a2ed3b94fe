//! How a run ends, in words that a person understands.

use std::time::Duration;

use crate::{
    browser::BrowserError,
    domain::{
        Outcome, RunEnd, RunProgress, SessionState, StreamName,
        rule::{Evidence, Sighting, Truth, Verdict},
        time::in_words,
    },
    store::StoreError,
};

/// What is said of a run that somebody stopped.
pub(super) const CANCELLED: &str = "The run was stopped. The records found until then are kept.";
/// What is said of a run that found far fewer records than the one before, and was believed by somebody.
pub(super) fn accepted(progress: RunProgress) -> String {
    let RunProgress { pages, records } = progress;
    format!("{} from {}. Somebody accepted that there are so few.", count(records, "record"), count(pages, "page"))
}

/// What is said of a run that cannot be taken up again after the service was stopped during it.
pub(super) const INTERRUPTED: &str =
    "The service was stopped during this run, and its connection is not there any more. Connect, then start it again.";

/// What is said of a page that is not parsed (see [`crate::providers::document`]).
pub(super) const TOO_DEEP: &str = "nested deeper than a page can be";

/// Why the reading of a source stopped before its end.
#[derive(Debug)]
pub(super) enum Halt {
    /// A logged-out mark held. Once is not enough to believe it.
    LoggedOut(String),
    /// The site refused us.
    Blocked {
        /// How that was seen.
        why: String,
        /// How long the site asked us to wait, where it did.
        wait: Option<Duration>,
        /// The definition says that it is worth another try.
        is_retried: bool,
    },
    /// The page or its data is not what the definition says.
    Drift(String),
    /// The list was read, and holds fewer records than the definition expects.
    TooFew(String),
    /// The list was read whole, and holds far fewer records than when it was read whole before.
    Shrunk { found: u32, before: u32 },
    /// The page did not show what it should, in time.
    NotShown(String),
    /// It was answered with a status that is not worth another try.
    Answered(String),
    /// A key led to no page. It may be one that listens to a mouse alone: it is visited anew, and gone through by mouse.
    Unheard,
    /// Nothing was shown, and nobody knows whether to one who is logged in.
    NotBelieved(String),
    /// It took longer than a run may, as is said here.
    TooLong(String),
    /// The browser did not do it.
    Browser(BrowserError),
    /// The store did not do it.
    Store(StoreError),
    /// The run was ended by somebody else.
    Over,
}

impl Halt {
    /// The page says by its looks that it refuses us.
    pub fn blocked(why: String) -> Self {
        Self::Blocked { why, wait: None, is_retried: false }
    }

    /// What was seen.
    pub fn why(&self) -> String {
        match self {
            Self::LoggedOut(why)
            | Self::Blocked { why, .. }
            | Self::Drift(why)
            | Self::TooFew(why)
            | Self::NotShown(why)
            | Self::Answered(why)
            | Self::NotBelieved(why) => why.clone(),
            Self::Shrunk { found, before } => format!("{found} records were found, and {before} before"),
            Self::TooLong(limit) => format!("it took longer than {limit}"),
            Self::Browser(error) => error.to_string(),
            Self::Store(error) => error.to_string(),
            Self::Unheard => "nothing came by a key".to_owned(),
            Self::Over => CANCELLED.to_owned(),
        }
    }

    /// A page showed it, and can be looked at.
    pub fn is_shown(&self) -> bool {
        match self {
            Self::LoggedOut(_)
            | Self::Blocked { .. }
            | Self::Drift(_)
            | Self::TooFew(_)
            | Self::Shrunk { .. }
            | Self::NotShown(_)
            | Self::Answered(_)
            | Self::NotBelieved(_) => true,
            Self::TooLong(_) | Self::Unheard | Self::Browser(_) | Self::Store(_) | Self::Over => false,
        }
    }

    /// Whether a session that the site has ended may look like that. Not where a probe has said already that it works, and not
    /// where the site asked to be left alone.
    pub fn may_be_a_dead_session(&self) -> bool {
        match self {
            Self::LoggedOut(_)
            | Self::Drift(_)
            | Self::TooFew(_)
            | Self::Shrunk { .. }
            | Self::NotShown(_)
            | Self::Answered(_)
            | Self::NotBelieved(_)
            | Self::TooLong(_) => true,
            Self::Blocked { wait, .. } => wait.is_none(),
            Self::Unheard | Self::Browser(_) | Self::Store(_) | Self::Over => false,
        }
    }

    /// The end of a run, where nothing else can be tried and the probe has said this of the session. That a site has changed is
    /// said only of a session that is known to work. `site` is the provider's name.
    pub fn into_judged_end(self, sighting: Sighting, site: &str, stream: &StreamName) -> RunEnd {
        let is_known = sighting.verdict == Verdict::LoggedIn;
        let end = match self {
            halt @ Self::Blocked { .. } => halt.into_end(site, stream),
            halt if is_known => halt.into_end(site, stream),
            _ if sighting.verdict == Verdict::Blocked => Self::blocked(sighting.reason()).into_end(site, stream),
            halt @ (Self::LoggedOut(_)
            | Self::Drift(_)
            | Self::TooFew(_)
            | Self::Shrunk { .. }
            | Self::NotShown(_)
            | Self::Answered(_)) => {
                let evidence = halt.evidence(site, stream);
                let message = format!(
                    "{site} did not show its {stream}, nor whether you are still logged in. Check the connection, or log in again."
                );
                RunEnd { evidence, ..RunEnd::failed(message) }
            }
            halt => halt.into_end(site, stream),
        };
        let state = if is_known { SessionState::Alive } else { SessionState::Unknown };
        let evidence = end.evidence.iter().cloned().chain(sighting.evidence).collect();
        end.session(state, evidence)
    }

    /// What was looked for and what was seen instead.
    fn evidence(&self, site: &str, stream: &StreamName) -> Vec<Evidence> {
        vec![Evidence { rule: format!("{site} shows its {stream}"), seen: self.why(), value: Truth::False }]
    }

    /// The end of a run, where nothing else can be tried. `site` is the provider's name.
    pub fn into_end(self, site: &str, stream: &StreamName) -> RunEnd {
        let evidence = match &self {
            Self::TooFew(_) | Self::Shrunk { .. } | Self::TooLong(_) | Self::Store(_) | Self::Over => Vec::new(),
            halt => halt.evidence(site, stream),
        };
        let end = match self {
            Self::Blocked { wait, .. } => {
                let wait = wait.map_or("a while".to_owned(), in_words);
                let message = format!("{site} refuses us for now. Wait {wait} before the next run.");
                RunEnd::new(Outcome::Blocked, message)
            }
            Self::Drift(_) => RunEnd::new(
                Outcome::Drift,
                format!(
                    "{site} has changed, or its definition is wrong. What was found on that page was set aside; earlier \
                     records are untouched."
                ),
            ),
            Self::TooFew(why) => RunEnd::new(
                Outcome::Drift,
                format!("{site} {why}: it has changed, or its definition is wrong. Earlier records are untouched."),
            ),
            Self::Shrunk { found, before } => RunEnd {
                shrunk_from: Some(before),
                ..RunEnd::new(
                    Outcome::Drift,
                    format!(
                        "{site} showed {}, and {} the last time. It may be showing only a part of them, by a filter that was \
                         left on: earlier records are untouched. If there are so few now, accept it.",
                        count(found, "record"),
                        count(before, "record"),
                    ),
                )
            },
            Self::NotShown(_) | Self::Answered(_) => {
                RunEnd::failed(format!("{site} did not show its {stream} as it should. Start the run again."))
            }
            Self::Unheard => RunEnd::failed(format!("{site} did not go on to its second page. Start the run again.")),
            Self::NotBelieved(what) => RunEnd::failed(format!(
                "{what}, but it was not seen to be logged in either, so that is not believed. Start the run again."
            )),
            Self::LoggedOut(_) => RunEnd::failed(format!("{site} seemed to be logged out. Start the run again.")),
            Self::TooLong(limit) => RunEnd::failed(format!(
                "The run took longer than {limit} and was ended. The records found until then are kept."
            )),
            Self::Browser(_) => RunEnd::failed("The browser failed. Start the run again."),
            Self::Store(error) => RunEnd::failed(format!("The records could not be stored: {error}.")),
            // Somebody ended the run in the store: what we say comes second and is not kept.
            Self::Over => RunEnd::new(Outcome::Cancelled, CANCELLED),
        };
        RunEnd { evidence, ..end }
    }
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
