//! Doorbells. A bell carries no news: whoever hears it reads the store. So nothing lags, nothing is lost, and a
//! slow reader simply reads more at once.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::postgres::PgListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Result, Store, dialect::Db};
use crate::domain::{LoginId, UserId};

/// Links are few, and end seldom: one bell for all.
pub(super) const OF_LINKS: &str = "k";

/// The bells of one store. Listen first, then read, then wait.
#[derive(Clone, Default)]
pub struct Bells(Arc<Mutex<HashMap<String, watch::Sender<()>>>>);

pub(super) fn of_login(login: &LoginId) -> String {
    format!("l:{login}")
}

pub(super) fn of_user(user: &UserId) -> String {
    format!("u:{user}")
}

impl Bells {
    /// Rings when there are events of this login.
    #[must_use]
    pub fn login(&self, login: &LoginId) -> watch::Receiver<()> {
        self.hear(of_login(login))
    }

    /// Rings when there are events on this user's stream.
    #[must_use]
    pub fn user(&self, user: &UserId) -> watch::Receiver<()> {
        self.hear(of_user(user))
    }

    /// Rings when a link to a login was ended.
    #[must_use]
    pub fn links(&self) -> watch::Receiver<()> {
        self.hear(OF_LINKS.to_owned())
    }

    fn hear(&self, name: String) -> watch::Receiver<()> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bells.retain(|_, bell| bell.receiver_count() > 0);
        bells.entry(name).or_default().subscribe()
    }

    pub(super) fn ring(&self, name: &str) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(name) {
            bell.send_replace(());
        }
    }

    fn ring_all(&self) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in bells.values() {
            bell.send_replace(());
        }
    }
}

impl fmt::Debug for Bells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bells")
    }
}

/// Between two tries to reach a Postgres that is away.
const PAUSE: Duration = Duration::from_secs(1);

impl Store {
    /// The doorbells: what this process writes rings them at once, what others write while [`Store::listen`] runs.
    #[must_use]
    pub fn bells(&self) -> &Bells {
        &self.bells
    }

    /// Rings for what other instances write to the same Postgres, until cancelled. Where the connection was lost
    /// every bell rings: something may have been missed. SQLite has no other instance; there it only waits.
    pub async fn listen(&self, cancel: CancellationToken) {
        if let Db::Postgres(pool) = &self.db {
            let heard = cancel.run_until_cancelled(async {
                loop {
                    if let Err(error) = self.hear_postgres(pool).await {
                        tracing::warn!(%error, "lost the connection that hears other instances; trying again");
                    }
                    self.bells.ring_all();
                    tokio::time::sleep(PAUSE).await;
                }
            });
            heard.await;
        } else {
            cancel.cancelled().await;
        }
    }

    async fn hear_postgres(&self, pool: &sqlx::PgPool) -> Result<()> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen("staylogged").await?;
        self.bells.ring_all();
        loop {
            // `recv` would hide a lost connection, and with it what was told meanwhile.
            match listener.try_recv().await? {
                Some(told) => self.bells.ring(told.payload()),
                None => self.bells.ring_all(),
            }
        }
    }
}
