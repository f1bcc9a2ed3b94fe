//! A session in use, and what of it is saved: what the site makes of it is written back, for the next who opens it.

use crate::{
    domain::{Connection, Cookie, RunId, StorageState},
    providers::{Provider, WriteBack},
    scraper::Inner,
    sessions::{Asking, Opened, SessionError},
};

/// One save of a session, and the ones that follow from it.
pub(in crate::scraper) struct Keeping<'a> {
    pub(super) inner: &'a Inner,
    pub(super) provider: &'a Provider,
    pub(super) connection: &'a Connection,
    pub(super) run: &'a RunId,
    /// As it is saved.
    pub(super) opened: Opened,
}

impl Keeping<'_> {
    /// Whether what the site makes of a session is saved at all.
    pub fn writes_back(&self) -> bool {
        self.provider.session.write_back == WriteBack::Always
    }

    /// Whether the saved cookies are not the newest any more.
    pub fn is_outdated_by(&self, asking: &Asking) -> bool {
        self.writes_back() && asking.state().has_other_cookies_than(&self.opened.session.state)
    }

    /// Saves a browser's cookies at once, where they are others than those that are saved. What else it holds is saved at the
    /// end of the visit: asking for it takes longer.
    pub async fn save_cookies(&mut self, cookies: Vec<Cookie>) {
        let saved = &self.opened.session.state;
        let left = self.provider.keep(StorageState { cookies, origins: saved.origins.clone() });
        if left.has_other_cookies_than(saved) {
            self.save(left).await;
        }
    }

    /// Saves at once what the site has just given in place of a cookie: should the service end now, the old one opens nothing.
    pub async fn save_what_rotated(&mut self, asking: &Asking, is_logged_in: bool) {
        if !self.is_outdated_by(asking) {
            return;
        }
        if is_logged_in {
            self.save(asking.state()).await;
        } else if asking.lost_nothing() {
            self.save_rotated(asking.state()).await;
        }
    }

    /// Saves what the site made of the session, unless somebody saved it anew meanwhile: it was seen logged in.
    pub async fn save(&mut self, left: StorageState) {
        let keeper = &self.inner.parts.keeper;
        let saved = keeper.logged_in(self.connection, self.provider, &mut self.opened, left).await;
        self.log(saved);
    }

    /// The same, of one that was not: these are newer cookies, and no more is known.
    pub async fn save_rotated(&mut self, left: StorageState) {
        let keeper = &self.inner.parts.keeper;
        let saved = keeper.rotated(self.connection, self.provider, &mut self.opened, left).await;
        self.log(saved);
    }

    fn log(&self, saved: Result<bool, SessionError>) {
        match saved {
            Ok(true) => {}
            Ok(false) => tracing::info!(run.id = %self.run, "the session was saved anew meanwhile; that one stays"),
            Err(error) => {
                tracing::warn!(run.id = %self.run, %error, "could not save the session; the one before stays");
            }
        }
    }
}
