//! A session in use, and what of it is saved: what the site makes of it is written back, for the next who opens it.

use crate::{
    domain::{BrowserIdentity, Connection, RunId, Session, StorageState},
    providers::{Provider, WriteBack},
    scraper::Inner,
    sessions::Asking,
};

/// One save of a session, and the ones that follow from it.
pub(in crate::scraper) struct Keeping<'a> {
    pub(super) inner: &'a Inner,
    pub(super) provider: &'a Provider,
    pub(super) connection: &'a Connection,
    pub(super) run: &'a RunId,
    pub(super) identity: BrowserIdentity,
    /// As it is saved.
    pub(super) saved: StorageState,
    /// Which save that is.
    pub(super) generation: i64,
}

impl Keeping<'_> {
    /// Whether the saved cookies are not the newest any more.
    pub fn is_outdated_by(&self, asking: &Asking) -> bool {
        self.provider.session.write_back == WriteBack::Always && asking.differs_from(&self.saved)
    }

    /// Saves at once what the site has just given in place of a cookie: should the service end now, the old one opens nothing.
    pub async fn save_what_rotated(&mut self, asking: &Asking) {
        if self.is_outdated_by(asking) {
            self.save(asking.state()).await;
        }
    }

    /// Saves what the site made of the session, unless somebody saved it anew meanwhile.
    pub async fn save(&mut self, state: StorageState) {
        let keeper = &self.inner.parts.keeper;
        if self.provider.session.write_back == WriteBack::Never {
            if let Err(error) = keeper.logged_in(&self.connection.id).await {
                tracing::warn!(run.id = %self.run, %error, "could not note that a session works");
            }
            return;
        }
        let state = self.provider.keep(state);
        if state.cookies.is_empty() && state.origins.is_empty() {
            return;
        }
        let newer = Session { state, identity: self.identity.clone() };
        match keeper.write_back(self.connection, self.generation, &newer).await {
            Ok(true) => {
                self.generation += 1;
                self.saved = newer.state;
                tracing::debug!(run.id = %self.run, generation = self.generation, "saved what the site made of the session");
            }
            Ok(false) => tracing::info!(run.id = %self.run, "the session was saved anew meanwhile; that one stays"),
            Err(error) => {
                tracing::warn!(run.id = %self.run, %error, "could not save the session; the one before stays");
            }
        }
    }
}
