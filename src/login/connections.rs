//! What is asked of a connection rather than of a login: whether it works, and its end.

use super::{LoginError, Logins};
use crate::{
    domain::{
        Connection, ConnectionId, UserId,
        rule::{Evidence, Sighting, Truth, Verdict},
        time::in_words,
    },
    sessions::Care,
};

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
        let now = parts.clock.now();
        if let Some(until) = parts.store.quiet_until(&provider.id, &provider.place, now).await? {
            let rule = format!("{} may be asked", provider.name);
            let seen = format!("it asked to be left alone for another {}", in_words(until.since(now)));
            return Ok(Check {
                connection,
                verdict: Verdict::Blocked,
                evidence: vec![Evidence { rule, seen, value: Truth::False }],
            });
        }
        let Sighting { verdict, evidence } =
            parts.keeper.look_after(parts.proving.as_ref(), &provider, &connection, Care::Probe).await?.sighting;
        let connection = parts.store.connection(user, id).await?.ok_or(LoginError::NotFound)?;
        Ok(Check { connection, verdict, evidence })
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
