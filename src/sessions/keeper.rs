//! Opens, saves and ends sealed sessions.

use std::time::Duration;

use crate::{
    domain::{
        Clock, Connection, ConnectionId, Run, Sealed, Session, StorageState, UserId, rule::Sighting, time::in_words,
    },
    providers::{Provider, WriteBack},
    store::{SessionLeft, Store, StoreError},
    vault::{Place, Vault, VaultError},
};

/// What the looks at a session may take beyond what its definition lets them wait.
const LOOK_LEASE: Duration = Duration::from_mins(1);

/// Why a session could not be opened or kept.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Nobody has logged in yet, or the connection was ended.
    #[error("this connection has no saved session")]
    None,
    /// Sealed under a key that is not here, or damaged.
    #[error("the saved session could not be opened: {0}")]
    Unreadable(#[source] VaultError),
    /// Too large, or the vault refused it.
    #[error("the session could not be sealed: {0}")]
    Unsealable(#[source] VaultError),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a person is told of a session that its site has ended.
#[must_use]
pub fn logged_out_by(provider: &Provider) -> String {
    let name = &provider.name;
    let most = provider.session.max_age.map_or(String::new(), |most| {
        format!(" {name} lets nobody stay logged in for longer than {}.", in_words(most))
    });
    format!("{name} has logged you out.{most} Log in again; your data is still here.")
}

/// A session, opened, and which save of it this is.
#[derive(Debug)]
pub struct Opened {
    /// In the clear: keep it for the shortest time.
    pub session: Session,
    /// Rises by one at each save.
    pub generation: i64,
}

/// Opens, saves and ends sealed sessions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SessionKeeper {
    store: Store,
    vault: Vault,
    installation: String,
    clock: Clock,
}

impl SessionKeeper {
    /// `installation` is the store's own id: what is sealed here opens nowhere else.
    #[must_use]
    pub fn new(store: Store, vault: Vault, installation: String, clock: Clock) -> Self {
        Self { store, vault, installation, clock }
    }

    /// Opens the connection's session.
    pub async fn open(&self, connection: &Connection) -> Result<Opened, SessionError> {
        let stored = self.store.session(&connection.id).await?.ok_or(SessionError::None)?;
        let place = Place::of_session(&self.installation, connection, stored.generation);
        let session = self.vault.open(&place, &stored.sealed).map_err(SessionError::Unreadable)?;
        Ok(Opened { session, generation: stored.generation })
    }

    /// Which generation the next save must have.
    pub async fn next_generation(&self, connection: &ConnectionId) -> Result<i64, SessionError> {
        Ok(self.store.next_generation(connection).await?)
    }

    /// Seals a session as the save of that generation; it opens in no other place.
    pub fn seal(&self, connection: &Connection, generation: i64, session: &Session) -> Result<Sealed, SessionError> {
        self.vault
            .seal(&Place::of_session(&self.installation, connection, generation), session)
            .map_err(SessionError::Unsealable)
    }

    /// Seals the masked screenshot of a run; it opens for that run alone.
    pub fn seal_screenshot(&self, run: &Run, png: &[u8]) -> Result<Sealed, SessionError> {
        self.vault.seal_screenshot(&self.installation, run, png).map_err(SessionError::Unsealable)
    }

    /// The masked screenshot of a run, where there is one that opens: those of a key that was taken away are lost.
    pub async fn screenshot(&self, run: &Run) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(sealed) = self.store.run_screenshot(&run.id).await? else { return Ok(None) };
        match self.vault.open_screenshot(&self.installation, run, &sealed) {
            Ok(png) => Ok(Some(png)),
            Err(error) => {
                tracing::warn!(run.id = %run.id, %error, "could not open the screenshot of a run");
                Ok(None)
            }
        }
    }

    /// The session that was opened was just seen to be logged in, and the site left this of it: saved where the
    /// provider's definition wants that, and what was opened is that save from then on. `false`: somebody saved it anew
    /// meanwhile, and theirs stays.
    pub async fn logged_in(
        &self,
        connection: &Connection,
        provider: &Provider,
        opened: &mut Opened,
        left: StorageState,
    ) -> Result<bool, SessionError> {
        self.write_back(connection, provider, opened, left, true).await
    }

    /// The site gave the session that was opened newer cookies, but it was not seen to be logged in: saved as above, beside those
    /// that were last seen to work, and nothing is said of the session.
    pub async fn rotated(
        &self,
        connection: &Connection,
        provider: &Provider,
        opened: &mut Opened,
        left: StorageState,
    ) -> Result<bool, SessionError> {
        self.write_back(connection, provider, opened, left, false).await
    }

    async fn write_back(
        &self,
        connection: &Connection,
        provider: &Provider,
        opened: &mut Opened,
        left: StorageState,
        is_logged_in: bool,
    ) -> Result<bool, SessionError> {
        let state = provider.keep(left);
        if provider.session.write_back == WriteBack::Never || state.is_empty() {
            if !is_logged_in {
                return Ok(true);
            }
            return Ok(self.store.mark_checked(&connection.id, opened.generation, self.clock.now()).await?);
        }
        let ends = provider.session.expires_at(&state);
        let mut session = opened.session.with(state);
        if !is_logged_in {
            let before = &opened.session;
            session.proven = Some(before.proven.clone().unwrap_or_else(|| Box::new(before.state.clone())));
        }
        let sealed = match self.seal(connection, opened.generation + 1, &session) {
            Err(SessionError::Unsealable(VaultError::TooLarge { .. })) if session.proven.take().is_some() => {
                self.seal(connection, opened.generation + 1, &session)
            }
            sealed => sealed,
        };
        let sealed = &sealed?;
        let left = SessionLeft { sealed, ends, is_logged_in };
        let is_saved =
            self.store.write_back_session(&connection.id, opened.generation, &left, self.clock.now()).await?;
        if is_saved {
            *opened = Opened { session, generation: opened.generation + 1 };
        }
        Ok(is_saved)
    }

    /// It could not be told whether the session of that generation works. A newer one is not touched (false).
    pub async fn unsure(
        &self,
        connection: &ConnectionId,
        generation: i64,
        sighting: &Sighting,
    ) -> Result<bool, SessionError> {
        Ok(self.store.mark_unsure(connection, &sighting.evidence, generation, self.clock.now()).await?)
    }

    /// The session of that generation was seen, twice, to be logged out. A newer one is not touched (false).
    pub async fn logged_out(
        &self,
        connection: &ConnectionId,
        generation: i64,
        provider: &Provider,
        sighting: &Sighting,
    ) -> Result<bool, SessionError> {
        let (reason, now) = (logged_out_by(provider), self.clock.now());
        Ok(self.store.mark_needs_reconnect(connection, &reason, &sighting.evidence, generation, now).await?)
    }

    /// Takes the session for `holder` alone, for a look at it. `false`: a run or another look has it.
    pub(super) async fn lease(
        &self,
        connection: &Connection,
        provider: &Provider,
        holder: &str,
    ) -> Result<bool, SessionError> {
        // Three looks, each by a request and by a page, where the site is given the chance to renew it.
        let renewal = provider.session.renew.as_ref().map_or(Duration::ZERO, |renew| renew.within);
        let most = LOOK_LEASE + (provider.probe.wait * 2 + renewal) * 3;
        let now = self.clock.now();
        Ok(self.store.lease_session(&connection.id, holder, now.after(most), now).await?)
    }

    /// Gives it back.
    pub(super) async fn release(&self, connection: &Connection, holder: &str) -> Result<(), SessionError> {
        Ok(self.store.release_session(&connection.id, holder).await?)
    }

    /// Ends the connection: the sealed session is deleted, really. False: there is none of that id, or it is not theirs.
    pub async fn disconnect(&self, user: &UserId, connection: &ConnectionId) -> Result<bool, SessionError> {
        Ok(self.store.disconnect(user, connection, self.clock.now()).await?)
    }
}
