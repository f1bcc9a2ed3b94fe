//! The proof of a login: what was captured of it is logged in elsewhere, too.

use std::time::Duration;

use super::probe;
use crate::{
    browser::{Browser, BrowserError},
    domain::{
        AccountIdentity, Session,
        rule::{Sighting, Verdict},
    },
    providers::Provider,
};

/// How often it is tried when the site says neither yes nor no.
const PROOFS: usize = 3;

/// What came of it.
#[derive(Debug)]
pub enum Proof {
    /// It was logged in in a fresh context.
    Works {
        /// As the site left it there.
        session: Session,
        /// Whose account it is.
        identity: Option<AccountIdentity>,
        /// How that was seen.
        sighting: Sighting,
    },
    /// It was logged out there, twice.
    LoggedOut(Sighting),
    /// The site said neither.
    Unclear(Sighting),
}

/// Proves what was captured of a login in a fresh context of `browser`.
pub async fn prove(browser: &dyn Browser, provider: &Provider, session: Session) -> Result<Proof, BrowserError> {
    let mut logged_out = 0;
    let mut pause = Duration::from_secs(1);
    let mut tries = 0;
    loop {
        let report = probe(browser, provider, &session).await?;
        tries += 1;
        match (report.sighting.verdict, report.state) {
            (Verdict::LoggedIn, Some(state)) => {
                let session = Session::new(state, session.identity);
                return Ok(Proof::Works { session, identity: report.identity, sighting: report.sighting });
            }
            (Verdict::LoggedOut, _) if logged_out == 1 => return Ok(Proof::LoggedOut(report.sighting)),
            (Verdict::LoggedOut, _) => logged_out += 1,
            _ if tries < PROOFS => {
                tokio::time::sleep(pause).await;
                pause *= 3;
            }
            _ => {}
        }
        if tries == PROOFS {
            return Ok(Proof::Unclear(report.sighting));
        }
    }
}
