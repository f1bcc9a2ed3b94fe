//! What there is one of: the installation's id, the canary, the access keys.

use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::{
    Result, Store, StoreError,
    dialect::{Db, on, statements},
};
use crate::domain::{Sealed, Timestamp};

/// SQLite never goes below the size that the file has.
pub(super) const SMALLEST: &str = "pragma max_page_count = 1";
const LARGEST: &str = "pragma max_page_count = 1073741823";

statements! {
    SETTLE = "insert into installation (only_one, id, pings) values (1, $1, 0) on conflict (only_one) do nothing";
    FIND = "select id from installation where only_one = 1";
    CANARY = "select canary from installation where only_one = 1";
    SET_CANARY = "update installation set canary = $1 where only_one = 1 and canary is null";
    KEYS = "select label, hash from access_keys order by created_at, label";
    ADD_KEY = "insert into access_keys (hash, label, created_at) values ($1, $2, $3) on conflict (hash) do nothing";
    REMOVE_KEY = "delete from access_keys where label = $1";
}

impl Store {
    /// Whether the database answers *and* takes writes: one that is full is not ready.
    pub async fn ping(&self) -> Result<()> {
        on!(write self, tx, dialect => {
            for statement in dialect.ping {
                sqlx::query(*statement).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }

    /// Makes SQLite take no more room than it has now, as on a full disk, or ends that. Only tests need it.
    #[doc(hidden)]
    pub async fn pretend_full(&self, full: bool) -> Result<()> {
        if let Db::Sqlite { writer, full: is_full, .. } = &self.db {
            is_full.store(full, Ordering::Relaxed);
            sqlx::query(if full { SMALLEST } else { LARGEST }).fetch_all(writer).await?;
        }
        Ok(())
    }

    /// This installation's id: made on first use, the same ever after.
    pub async fn installation(&self) -> Result<String> {
        let id = on!(write self, tx, dialect => {
            sqlx::query(SETTLE).bind(format!("ins_{}", Uuid::new_v4().simple())).execute(&mut *tx).await?;
            let (id,): (String,) = sqlx::query_as(FIND).fetch_one(&mut *tx).await?;
            id
        });
        Ok(id)
    }

    /// What was sealed when this database was first started.
    pub async fn canary(&self) -> Result<Option<Sealed>> {
        let row: Option<(Option<Vec<u8>>,)> =
            on!(read self, pool => sqlx::query_as(CANARY).fetch_optional(pool).await?);
        Ok(row.and_then(|(canary,)| canary).map(Sealed::from_bytes))
    }

    /// Keeps the first canary. `false`: there is one already (another instance was quicker); check that one.
    pub async fn set_canary(&self, canary: &Sealed) -> Result<bool> {
        self.installation().await?;
        let set = on!(write self, tx, dialect =>
            sqlx::query(SET_CANARY).bind(canary.as_bytes()).execute(&mut *tx).await?.rows_affected());
        Ok(set == 1)
    }

    /// The labels and hashes of the access keys.
    pub async fn access_key_hashes(&self) -> Result<Vec<(String, [u8; 32])>> {
        let rows: Vec<(String, Vec<u8>)> = on!(read self, pool => sqlx::query_as(KEYS).fetch_all(pool).await?);
        rows.into_iter()
            .map(|(label, hash)| match <[u8; 32]>::try_from(hash) {
                Ok(hash) => Ok((label, hash)),
                Err(_) => Err(StoreError::Damaged(format!("the hash of access key {label:?} is not 32 bytes"))),
            })
            .collect()
    }

    /// Keeps the hash of an access key; the key itself is never stored.
    pub async fn add_access_key(&self, label: &str, hash: [u8; 32], now: Timestamp) -> Result<()> {
        on!(write self, tx, dialect => {
            sqlx::query(ADD_KEY).bind(&hash[..]).bind(label).bind(now.0).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Forgets the access keys of that label; says whether there was one.
    pub async fn remove_access_key(&self, label: &str) -> Result<bool> {
        let removed = on!(write self, tx, dialect =>
            sqlx::query(REMOVE_KEY).bind(label).execute(&mut *tx).await?.rows_affected());
        Ok(removed > 0)
    }
}
