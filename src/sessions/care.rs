//! Looks at a saved session apart from any run: on request, and so that it stays alive.

use uuid::Uuid;

use super::{ProbeReport, SessionError, SessionKeeper, probe, renew};
use crate::{
    browser::{Browser, BrowserError},
    domain::{Connection, Session, rule::Verdict},
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

impl Care {
    /// The site may take what it would renew by itself for a logout.
    fn other(self) -> Self {
        match self {
            Self::Probe => Self::Renew,
            Self::Renew => Self::Probe,
        }
    }

    async fn look(
        self,
        browser: &dyn Browser,
        provider: &Provider,
        session: &Session,
    ) -> Result<ProbeReport, BrowserError> {
        match self {
            Self::Probe => probe(browser, provider, session).await,
            Self::Renew => renew(browser, provider, session).await,
        }
    }
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
        if !self.lease(connection, provider, &holder).await? {
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
        let first = &opened.session;
        let mut report = care.look(browser, provider, first).await?;
        // With what the first look has left, where that is other: its cookies may be the only ones that work by now.
        if report.sighting.verdict == Verdict::LoggedOut
            && let Some(left) = report.state.take()
        {
            report = care.other().look(browser, provider, &first.with(left)).await?;
        }
        // And with what was last seen to work: a site gives cookies of nobody, too.
        if report.sighting.verdict == Verdict::LoggedOut {
            let proven = first.proven.as_deref().unwrap_or(&first.state);
            report = care.other().look(browser, provider, &first.with(proven.clone())).await?;
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
