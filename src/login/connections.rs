//! What is asked of a connection rather than of a login: whether it works, and its end.

use std::time::Duration;

use uuid::Uuid;

use super::{LoginError, Logins};
use crate::{
    domain::{
        Connection, ConnectionId, Session, UserId,
        rule::{Evidence, Verdict},
    },
    providers::Provider,
    sessions,
};

/// How long a probe on request may hold the session's lease.
const CHECK_LEASE: Duration = Duration::from_mins(2);

/// What a probe on request found.
#[derive(Debug, Clone)]
pub struct Check {
    /// The connection as it stands after the probe.
    pub connection: Connection,
    /// What was found.
    pub verdict: Verdict,
    /// How.
    pub evidence: Vec<Evidence>,
}

impl Logins {
    /// Probes a connection's session now. Only seen logged out twice, from fresh contexts, does it need a reconnect.
    pub async fn check(&self, user: &UserId, id: &ConnectionId) -> Result<Check, LoginError> {
        let parts = &self.0.parts;
        let connection = parts.store.connection(user, id).await?.ok_or(LoginError::NotFound)?;
        let provider = self.provider(&connection.provider)?;
        let provider = provider.of_connection(&connection).map_err(LoginError::ParamsOutdated)?;
        let holder = format!("check-{}", Uuid::now_v7().simple());
        let now = parts.clock.now();
        if !parts.store.lease_session(id, &holder, now.after(CHECK_LEASE), now).await? {
            // There may be none that could be in use.
            parts.keeper.open(&connection).await?;
            return Err(LoginError::Busy);
        }
        // Only now: a session that was opened before is an old one by now, if a run was using it, and some sites end a login
        // whose old cookie comes back.
        let report = self.probe_and_keep(&connection, &provider).await;
        parts.store.release_session(id, &holder).await?;
        let report = report?;
        let connection = parts.store.connection(user, id).await?.ok_or(LoginError::NotFound)?;
        Ok(Check { connection, verdict: report.sighting.verdict, evidence: report.sighting.evidence })
    }

    async fn probe_and_keep(
        &self,
        connection: &Connection,
        provider: &Provider,
    ) -> Result<sessions::ProbeReport, LoginError> {
        let opened = self.0.parts.keeper.open(connection).await?;
        let report = self.probe_twice(provider, &opened.session).await?;
        self.keep(connection, &opened, &report).await?;
        Ok(report)
    }

    async fn probe_twice(&self, provider: &Provider, session: &Session) -> Result<sessions::ProbeReport, LoginError> {
        let browser = self.0.parts.proving.as_ref();
        let first = sessions::probe(browser, provider, session).await?;
        if first.sighting.verdict != Verdict::LoggedOut {
            return Ok(first);
        }
        Ok(sessions::probe(browser, provider, session).await?)
    }

    async fn keep(
        &self,
        connection: &Connection,
        opened: &sessions::Opened,
        report: &sessions::ProbeReport,
    ) -> Result<(), LoginError> {
        let keeper = &self.0.parts.keeper;
        match (report.sighting.verdict, &report.state) {
            (Verdict::LoggedIn, Some(state)) => {
                let session = Session { state: state.clone(), identity: opened.session.identity.clone() };
                keeper.write_back(connection, opened.generation, &session).await?;
                keeper.logged_in(&connection.id).await?;
            }
            (Verdict::LoggedOut, _) => {
                keeper.logged_out(&connection.id, opened.generation, &report.sighting.reason()).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends a connection: a login under way is cancelled, the sealed session is deleted.
    pub async fn disconnect(&self, user: &UserId, id: &ConnectionId) -> Result<(), LoginError> {
        if let Some(login) = self.0.parts.store.login_under_way(id).await?
            && login.user == *user
        {
            match self.cancel(user, &login.id).await {
                Ok(_) | Err(LoginError::Over(_)) => {}
                Err(other) => return Err(other),
            }
        }
        if self.0.parts.keeper.disconnect(user, id).await? { Ok(()) } else { Err(LoginError::NotFound) }
    }
}
