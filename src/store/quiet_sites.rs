//! Until when sites have asked to be left alone.

use super::{
    Result, Store,
    dialect::{on, statements},
};
use crate::domain::{ProviderId, Timestamp};

statements! {
    ASK = "insert into quiet_sites (provider, place, until_at) values ($1, $2, $3)
        on conflict (provider, place) do update set until_at = excluded.until_at
        where quiet_sites.until_at < excluded.until_at";
    FIND = "select until_at from quiet_sites where provider = $1 and place = $2 and until_at > $3";
    FORGET = "delete from quiet_sites where until_at <= $1";
}

impl Store {
    /// Keeps that a site has asked to be left alone until then; what it asked for longer stays. What is over is forgotten.
    pub async fn keep_quiet(&self, provider: &ProviderId, place: &str, until: Timestamp, now: Timestamp) -> Result<()> {
        on!(write self, tx, dialect => {
            sqlx::query(FORGET).bind(now.0).execute(&mut *tx).await?;
            sqlx::query(ASK).bind(provider.as_str()).bind(place).bind(until.0).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Until when a site wants to be left alone, where that is still to come.
    pub async fn quiet_until(&self, provider: &ProviderId, place: &str, now: Timestamp) -> Result<Option<Timestamp>> {
        let until: Option<i64> = on!(read self, pool => sqlx::query_scalar(FIND)
            .bind(provider.as_str()).bind(place).bind(now.0).fetch_optional(pool).await?);
        Ok(until.map(Timestamp))
    }
}
