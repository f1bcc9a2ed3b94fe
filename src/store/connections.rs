//! Users' accounts at providers, over time.

use sqlx::types::Json;

use super::{
    Result, Store, StoreError, bells,
    dialect::{Db, on, statements, tell_user},
    records::forget_records,
    schedules::FORGET_SCHEDULES,
    word,
};
use crate::domain::{
    AccountIdentity, AccountName, Connection, ConnectionId, ConnectionStatus, Params, ProviderId, Timestamp, UserEvent,
    UserId, rule::Evidence,
};

/// A part of a transaction: a connection that needed a reconnect, or of which nobody was sure, has a session that works, after all.
/// Answers whose it is, where that was so.
macro_rules! connected_again {
    ($tx:ident, $dialect:ident, $id:expr, $generation:expr, $now:expr) => {{
        let moved: Option<(String, String)> = sqlx::query_as($crate::store::connections::CONNECTED_AGAIN)
            .bind($id.as_str())
            .bind($generation)
            .bind($now.0)
            .fetch_optional(&mut *$tx)
            .await?;
        match moved {
            Some((user, provider)) => {
                let user = $crate::store::word($crate::domain::UserId::parse(user))?;
                let event = $crate::domain::UserEvent::Connected {
                    connection_id: $id.clone(),
                    provider: $crate::store::word($crate::domain::ProviderId::parse(provider))?,
                };
                $crate::store::dialect::tell_user!($tx, $dialect, &user, $now, event, None);
                Some(user)
            }
            None => None,
        }
    }};
}
pub(super) use connected_again;

macro_rules! columns {
    () => {
        "id, user_id, provider, account, params, status, identity_id, identity_label, reason, evidence,
         connected_at, checked_at, unsure_since, session_ends_at, created_at, updated_at"
    };
}

statements! {
    FIND_OR_MAKE = concat!("insert into connections
            (id, user_id, provider, account, status, generation, created_at, updated_at)
        values ($1, $2, $3, $4, 'pending', 0, $5, $5)
        on conflict (user_id, provider, account) do update set
            updated_at = case when connections.status = 'disconnected'
                         then excluded.updated_at else connections.updated_at end,
            status = case when connections.status = 'disconnected' then 'pending' else connections.status end
        returning ", columns!());
    FIND = concat!("select ", columns!(), " from connections where user_id = $1 and id = $2");
    FIND_OF = concat!("select ", columns!(), " from connections where user_id = $1 and provider = $2 and account = $3");
    LIST = concat!("select ", columns!(), " from connections where user_id = $1 order by created_at, id");
    CHECKED = "update connections set checked_at = $3
        where id = $1 and generation = $2 and status in ('connected', 'needs_reconnect')";
    CONNECTED_AGAIN = "update connections set status = 'connected', reason = null, evidence = '[]', unsure_since = null, updated_at = $3
        where id = $1 and generation = $2 and (status = 'needs_reconnect' or (status = 'connected' and unsure_since is not null))
        returning user_id, provider";
    UNSURE = "update connections set unsure_since = coalesce(unsure_since, $3), evidence = $4, updated_at = $3
        where id = $1 and generation = $2 and status = 'connected'
        returning user_id, provider, unsure_since";
    LOGGED_OUT = "update connections set status = 'needs_reconnect', reason = $3, evidence = $5, updated_at = $4,
            unsure_since = null, session_ends_at = null
        where id = $1 and generation = $2 and status = 'connected'
        returning user_id, provider";
    DISCONNECT = "update connections set status = 'disconnected', params = '{}', identity_id = null, identity_label = null,
            reason = null, evidence = '[]', connected_at = null, checked_at = null, unsure_since = null, session_ends_at = null, updated_at = $3
        where id = $1 and user_id = $2 and status <> 'disconnected'
        returning provider";
    IDLE = concat!("select ", columns!(), " from connections
        where provider = $1 and status = 'connected' and (checked_at <= $2 or (session_ends_at <= $3 and checked_at <= $4))
        order by checked_at, id");
    FORGET_SESSION = "delete from integration_sessions where connection_id = $1";
}

#[derive(sqlx::FromRow)]
struct ConnectionRow {
    id: String,
    user_id: String,
    provider: String,
    account: String,
    #[sqlx(json)]
    params: Params,
    status: String,
    identity_id: Option<String>,
    identity_label: Option<String>,
    reason: Option<String>,
    #[sqlx(json)]
    evidence: Vec<Evidence>,
    connected_at: Option<i64>,
    checked_at: Option<i64>,
    unsure_since: Option<i64>,
    session_ends_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<ConnectionRow> for Connection {
    type Error = StoreError;

    fn try_from(row: ConnectionRow) -> Result<Self> {
        Ok(Self {
            id: word(ConnectionId::parse(row.id))?,
            user: word(UserId::parse(row.user_id))?,
            provider: word(ProviderId::parse(row.provider))?,
            account: word(AccountName::parse(row.account))?,
            params: row.params,
            status: ConnectionStatus::from_word(&row.status)
                .ok_or_else(|| StoreError::Damaged(format!("connection status {:?}", row.status)))?,
            identity: row.identity_id.zip(row.identity_label).map(|(id, label)| AccountIdentity { id, label }),
            reason: row.reason,
            evidence: row.evidence,
            connected_at: row.connected_at.map(Timestamp),
            checked_at: row.checked_at.map(Timestamp),
            unsure_since: row.unsure_since.map(Timestamp),
            session_ends_at: row.session_ends_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        })
    }
}

impl Store {
    /// The user's connection of that account: found, or made with `new_id`. A disconnected one is pending again.
    pub async fn connection_for(
        &self,
        user: &UserId,
        provider: &ProviderId,
        account: &AccountName,
        new_id: ConnectionId,
        now: Timestamp,
    ) -> Result<Connection> {
        let row: ConnectionRow = on!(write self, tx, dialect => sqlx::query_as(FIND_OR_MAKE)
            .bind(new_id.as_str()).bind(user.as_str()).bind(provider.as_str()).bind(account.as_str()).bind(now.0)
            .fetch_one(&mut *tx).await?);
        row.try_into()
    }

    /// The user's connection of that id; nobody else's.
    pub async fn connection(&self, user: &UserId, id: &ConnectionId) -> Result<Option<Connection>> {
        let row: Option<ConnectionRow> = on!(read self, pool =>
            sqlx::query_as(FIND).bind(user.as_str()).bind(id.as_str()).fetch_optional(pool).await?);
        row.map(TryInto::try_into).transpose()
    }

    /// The user's connection of that account, if it was ever made.
    pub async fn connection_of(
        &self,
        user: &UserId,
        provider: &ProviderId,
        account: &AccountName,
    ) -> Result<Option<Connection>> {
        let row: Option<ConnectionRow> = on!(read self, pool => sqlx::query_as(FIND_OF)
            .bind(user.as_str()).bind(provider.as_str()).bind(account.as_str()).fetch_optional(pool).await?);
        row.map(TryInto::try_into).transpose()
    }

    /// All connections of the user, oldest first, the disconnected ones too.
    pub async fn connections(&self, user: &UserId) -> Result<Vec<Connection>> {
        let rows: Vec<ConnectionRow> =
            on!(read self, pool => sqlx::query_as(LIST).bind(user.as_str()).fetch_all(pool).await?);
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Everybody's connections at a provider whose sessions nobody has seen logged in since `before`, or that end until
    /// `ending` and were not seen logged in since `not_since`.
    pub async fn idle_connections(
        &self,
        provider: &ProviderId,
        before: Timestamp,
        ending: Timestamp,
        not_since: Timestamp,
    ) -> Result<Vec<Connection>> {
        let rows: Vec<ConnectionRow> = on!(read self, pool => sqlx::query_as(IDLE)
            .bind(provider.as_str()).bind(before.0).bind(ending.0).bind(not_since.0).fetch_all(pool).await?);
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Notes that the session of that generation was seen logged in; a connection that needed a reconnect is connected again.
    /// `false`: there is a newer session by now, or none.
    pub async fn mark_checked(&self, id: &ConnectionId, generation_seen: i64, now: Timestamp) -> Result<bool> {
        let user = on!(write self, tx, dialect => {
            let user = connected_again!(tx, dialect, id, generation_seen, now);
            let checked = sqlx::query(CHECKED).bind(id.as_str()).bind(generation_seen).bind(now.0).execute(&mut *tx).await?;
            if checked.rows_affected() != 1 {
                return Ok(false);
            }
            user
        });
        if let Some(user) = user {
            self.bells.ring(&bells::of_user(&user));
        }
        Ok(true)
    }

    /// Notes that it could not be told whether the session of that generation works. `false` where the connection is not
    /// connected, or there is a newer session by now.
    pub async fn mark_unsure(
        &self,
        id: &ConnectionId,
        evidence: &[Evidence],
        generation_seen: i64,
        now: Timestamp,
    ) -> Result<bool> {
        let user = on!(write self, tx, dialect => {
            let marked: Option<(String, String, i64)> = sqlx::query_as(UNSURE)
                .bind(id.as_str()).bind(generation_seen).bind(now.0).bind(Json(evidence))
                .fetch_optional(&mut *tx).await?;
            let Some((user, provider, since)) = marked else { return Ok(false) };
            let user = word(UserId::parse(user))?;
            // It is told once.
            if since == now.0 {
                let event = UserEvent::Unsure { connection_id: id.clone(), provider: word(ProviderId::parse(provider))? };
                tell_user!(tx, dialect, &user, now, event, None);
            }
            user
        });
        self.bells.ring(&bells::of_user(&user));
        Ok(true)
    }

    /// Notes that the site ended the session of that generation. `false` where the connection is not connected, or
    /// has a newer session by now: what was seen of an old one says nothing about it.
    pub async fn mark_needs_reconnect(
        &self,
        id: &ConnectionId,
        reason: &str,
        evidence: &[Evidence],
        generation_seen: i64,
        now: Timestamp,
    ) -> Result<bool> {
        let user = on!(write self, tx, dialect => {
            let moved: Option<(String, String)> = sqlx::query_as(LOGGED_OUT)
                .bind(id.as_str()).bind(generation_seen).bind(reason).bind(now.0).bind(Json(evidence))
                .fetch_optional(&mut *tx).await?;
            let Some((user, provider)) = moved else { return Ok(false) };
            let user = word(UserId::parse(user))?;
            let event = UserEvent::NeedsReconnect {
                connection_id: id.clone(),
                provider: word(ProviderId::parse(provider))?,
                reason: reason.to_owned(),
            };
            tell_user!(tx, dialect, &user, now, event, None);
            user
        });
        self.bells.ring(&bells::of_user(&user));
        Ok(true)
    }

    /// Ends a connection for its owner: the session, the schedules and the records are deleted, really, and runs
    /// under way are stopped. `false` where there is nothing to end.
    pub async fn disconnect(&self, user: &UserId, id: &ConnectionId, now: Timestamp) -> Result<bool> {
        on!(write self, tx, dialect => {
            let ended: Option<(String,)> = sqlx::query_as(DISCONNECT)
                .bind(id.as_str()).bind(user.as_str()).bind(now.0).fetch_optional(&mut *tx).await?;
            let Some((provider,)) = ended else { return Ok(false) };
            sqlx::query(FORGET_SESSION).bind(id.as_str()).execute(&mut *tx).await?;
            sqlx::query(FORGET_SCHEDULES).bind(id.as_str()).execute(&mut *tx).await?;
            forget_records!(tx, dialect, (id, user), "The connection was disconnected.", now);
            let event =
                UserEvent::Disconnected { connection_id: id.clone(), provider: word(ProviderId::parse(provider))? };
            tell_user!(tx, dialect, user, now, event, None);
        });
        self.bells.ring(&bells::of_user(user));
        self.leave_no_trace().await;
        Ok(true)
    }

    /// What was deleted from an SQLite file is still in its write-ahead log until that is written back and cut.
    pub(super) async fn leave_no_trace(&self) {
        if let Db::Sqlite { writer, .. } = &self.db
            && let Err(error) = sqlx::query("pragma wal_checkpoint(truncate)").execute(writer).await
        {
            tracing::warn!(%error, "could not cut the write-ahead log; it is cut later by itself");
        }
    }
}
