//! The sealed sessions: rows of `integration_sessions`.

use super::{
    Result, Store, bells,
    connections::connected_again,
    dialect::{on, statements},
};
use crate::domain::{ConnectionId, Sealed, Timestamp};

statements! {
    FIND = "select sealed, generation, saved_at, provider_version from integration_sessions where connection_id = $1";
    GENERATION = "select generation from connections where id = $1";
    RAISE = "update connections set generation = $2 + 1, updated_at = $3, session_ends_at = $4,
            checked_at = case when $5 then $3 else checked_at end
        where id = $1 and generation = $2";
    WRITE_BACK = "update integration_sessions set sealed = $3, generation = $2 + 1, saved_at = $4
        where connection_id = $1 and generation = $2";
    LEASE = "update integration_sessions set leased_by = $2, leased_until = $3
        where connection_id = $1 and (leased_until is null or leased_until <= $4 or leased_by = $2)";
    RELEASE = "update integration_sessions set leased_by = null, leased_until = null
        where connection_id = $1 and leased_by = $2";
    RELEASE_LEFT = "update integration_sessions set leased_by = null, leased_until = null
        where leased_by is not null
          and not exists (select 1 from runs where runs.id = leased_by and runs.finished_at is null)";
}

/// A sealed session and what it was sealed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// The ciphertext.
    pub sealed: Sealed,
    /// Which save this is; the encryption is bound to it.
    pub generation: i64,
    /// When it was saved.
    pub saved_at: Timestamp,
    /// Version of the provider's definition with which it was proven.
    pub provider_version: String,
}

/// What a look left of a session.
#[derive(Debug)]
pub struct SessionLeft<'a> {
    /// Sealed for the generation after the one that was looked at.
    pub sealed: &'a Sealed,
    /// When it ends, where it says so.
    pub ends: Option<Timestamp>,
    /// It was seen logged in; otherwise these are only newer cookies than those that were saved.
    pub is_logged_in: bool,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    sealed: Vec<u8>,
    generation: i64,
    saved_at: i64,
    provider_version: String,
}

impl Store {
    /// The connection's session, if one is kept.
    pub async fn session(&self, connection: &ConnectionId) -> Result<Option<StoredSession>> {
        let row: Option<SessionRow> = on!(read self, pool =>
            sqlx::query_as(FIND).bind(connection.as_str()).fetch_optional(pool).await?);
        Ok(row.map(|row| StoredSession {
            sealed: Sealed::from_bytes(row.sealed),
            generation: row.generation,
            saved_at: Timestamp(row.saved_at),
            provider_version: row.provider_version,
        }))
    }

    /// The generation that the next save must have. It rises over the connection's whole life, also across a
    /// disconnect: seal for this one, never for "1 because there is no session".
    pub async fn next_generation(&self, connection: &ConnectionId) -> Result<i64> {
        let row: Option<(i64,)> = on!(read self, pool =>
            sqlx::query_as(GENERATION).bind(connection.as_str()).fetch_optional(pool).await?);
        Ok(row.map_or(1, |(generation,)| generation + 1))
    }

    /// Replaces the session of `expected_generation` by one sealed for the generation after it. `false`: somebody saved
    /// meanwhile, or the session is gone; theirs stays.
    pub async fn write_back_session(
        &self,
        connection: &ConnectionId,
        expected_generation: i64,
        left: &SessionLeft<'_>,
        now: Timestamp,
    ) -> Result<bool> {
        let SessionLeft { sealed, ends, is_logged_in } = left;
        let user = on!(write self, tx, dialect => {
            let user = if *is_logged_in {
                connected_again!(tx, dialect, connection, expected_generation, now)
            } else {
                None
            };
            let raised = sqlx::query(RAISE)
                .bind(connection.as_str()).bind(expected_generation).bind(now.0).bind(ends.map(|at| at.0)).bind(*is_logged_in)
                .execute(&mut *tx).await?;
            let written = sqlx::query(WRITE_BACK)
                .bind(connection.as_str()).bind(expected_generation).bind(sealed.as_bytes()).bind(now.0)
                .execute(&mut *tx).await?;
            if raised.rows_affected() != 1 || written.rows_affected() != 1 {
                return Ok(false);
            }
            user
        });
        if let Some(user) = user {
            self.bells.ring(&bells::of_user(&user));
        }
        Ok(true)
    }

    /// Takes the session for `holder` alone until then, or prolongs the holder's lease. `false`: another has it, or
    /// there is no session.
    pub async fn lease_session(
        &self,
        connection: &ConnectionId,
        holder: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool> {
        let leased = on!(write self, tx, dialect => sqlx::query(LEASE)
            .bind(connection.as_str()).bind(holder).bind(until.0).bind(now.0)
            .execute(&mut *tx).await?.rows_affected());
        Ok(leased == 1)
    }

    /// Gives the lease back, where the holder still has it.
    pub async fn release_session(&self, connection: &ConnectionId, holder: &str) -> Result<()> {
        on!(write self, tx, dialect => {
            sqlx::query(RELEASE).bind(connection.as_str()).bind(holder).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Gives back the leases of those who are gone: at start, all but those of the runs under way, which are taken up. A run
    /// that a kill reached between its end and its last word would keep everybody else waiting for half an hour.
    pub async fn release_left_sessions(&self) -> Result<u64> {
        Ok(on!(write self, tx, dialect => sqlx::query(RELEASE_LEFT).execute(&mut *tx).await?.rows_affected()))
    }
}
