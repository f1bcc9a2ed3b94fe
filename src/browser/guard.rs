//! Every call to the driver goes through here.
//!
//! playwright-rs has three ways to hurt a server: a call that was waiting when the driver died waits for ever; a call
//! that is dropped in the middle of a write breaks the driver for everybody; and some calls have no time limit at all.
//! So each call is a task of its own that is never cut off while the driver lives, and the caller waits for whichever
//! comes first: its answer, the end of the browser, or its deadline.

use std::time::Duration;

use playwright_rs::Error;
use tokio::sync::watch;

use super::BrowserError;

/// For a call that only the driver and the browser answer, not the page's own scripts or its network.
pub(super) const PROMPT: Duration = Duration::from_secs(10);

/// Watches over the calls to one running browser.
#[derive(Clone)]
pub(super) struct Guard {
    ended: watch::Receiver<Option<BrowserError>>,
}

impl Guard {
    pub fn new(ended: watch::Receiver<Option<BrowserError>>) -> Self {
        Self { ended }
    }

    /// Why the browser ended, once it has.
    pub fn ended(&self) -> watch::Receiver<Option<BrowserError>> {
        self.ended.clone()
    }

    /// Makes a call. `what` goes into the message when it takes too long.
    pub async fn call<T, F>(&self, what: &str, within: Duration, call: F) -> Result<T, BrowserError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let mut ended = self.ended.clone();
        if let Some(why) = ended.borrow().clone() {
            return Err(why);
        }
        let task = tokio::spawn(call);
        let abort = task.abort_handle();
        tokio::select! {
            done = task => match done {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(error)) => Err(translate(&error, what, within)),
                Err(_) => Err(BrowserError::Refused(format!("{what}: the call failed inside the driver's client"))),
            },
            why = ended.wait_for(Option::is_some) => {
                // Nothing can be broken any more, and nobody will ever answer it.
                abort.abort();
                Err(why.ok().and_then(|why| why.clone()).unwrap_or(BrowserError::Closed))
            }
            () = tokio::time::sleep(within) => Err(BrowserError::Timeout { what: what.to_owned(), after: within }),
        }
    }
}

/// The driver's errors are long, and hold command lines and stacks: only their first line goes further.
fn translate(error: &Error, what: &str, within: Duration) -> BrowserError {
    match error {
        Error::TargetClosed { .. } | Error::ChannelClosed => BrowserError::Closed,
        Error::Timeout(_) | Error::NavigationTimeout { .. } => {
            BrowserError::Timeout { what: what.to_owned(), after: within }
        }
        other => {
            let text = other.to_string();
            if text.contains("has been closed") || text.contains("Object not found") {
                BrowserError::Closed
            } else {
                BrowserError::Refused(format!("{what}: {}", first_line(&text)))
            }
        }
    }
}

/// The first line that says something, at a bearable length.
pub(super) fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given");
    line.chars().take(200).collect()
}
