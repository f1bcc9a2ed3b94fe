//! Looks at a saved session apart from any run: on request, and so that it stays alive.

use uuid::Uuid;

use super::{ProbeReport, SessionError, SessionKeeper, probe, renew};
use crate::{
    browser::{Browser, BrowserError},
    domain::{Connection, rule::Verdict},
    providers::Provider,
};

/// Why a session was not looked at.
#[derive(Debug, thiserror::Error)]
pub enum CareError {
    /// A run or another look is using it.
    #[error("the session is in use by a run or a check; try again when it is done")]
    Busy,
    /// It could not be opened or kept.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The browser did not do it.
    #[error(transparent)]
    Browser(#[from] BrowserError),
}

/// What is done with a session that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// It is proven.
    Probe,
    /// The site is given the chance to renew it.
    Renew,
}

impl SessionKeeper {
    /// Looks at the connection's session, alone, and keeps what came of it. Only seen logged out twice, from fresh
    /// contexts, does the connection need a reconnect.
    pub async fn look_after(
        &self,
        browser: &dyn Browser,
        provider: &Provider,
        connection: &Connection,
        care: Care,
    ) -> Result<ProbeReport, CareError> {
        let holder = format!("look-{}", Uuid::now_v7().simple());
        if !self.lease(connection, &holder).await? {
            // There may be none that could be in use.
            self.open(connection).await?;
            return Err(CareError::Busy);
        }
        let looked = self.look(browser, provider, connection, care).await;
        self.release(connection, &holder).await?;
        looked
    }

    async fn look(
        &self,
        browser: &dyn Browser,
        provider: &Provider,
        connection: &Connection,
        care: Care,
    ) -> Result<ProbeReport, CareError> {
        // Only now: one that was opened before is an old one by now, if a run was using it, and some sites end a login whose
        // old cookie comes back.
        let mut opened = self.open(connection).await?;
        let mut report = match care {
            Care::Probe => probe(browser, provider, &opened.session).await?,
            Care::Renew => renew(browser, provider, &opened.session).await?,
        };
        if report.sighting.verdict == Verdict::LoggedOut {
            report = match care {
                // The site may take what it would renew by itself for a logout.
                Care::Probe => renew(browser, provider, &opened.session).await?,
                Care::Renew => probe(browser, provider, &opened.session).await?,
            };
        }
        match report.sighting.verdict {
            Verdict::LoggedIn => {
                let left = report.state.take().unwrap_or_default();
                self.logged_in(connection, provider, &mut opened, left).await?;
            }
            Verdict::Blocked | Verdict::Unknown => {
                if let Some(left) = report.state.take() {
                    self.rotated(connection, provider, &mut opened, left).await?;
                }
                self.unsure(&connection.id, opened.generation, &report.sighting).await?;
            }
            Verdict::LoggedOut => {
                self.logged_out(&connection.id, opened.generation, provider, &report.sighting).await?;
            }
        }
        Ok(report)
    }
}
