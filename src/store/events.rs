//! What happened, read back in order: a login's stream, a user's stream, a run's stream.

use super::{
    Result, Store,
    dialect::{on, statements},
};
use crate::domain::{LoginEvent, LoginId, RunId, Stored, Timestamp, UserEvent, UserId};

/// The next id on a user's stream. The row stays locked until the commit: ids become visible in order.
pub(super) const NEXT: &str = "insert into user_streams (user_id, last_event) values ($1, 1)
     on conflict (user_id) do update set last_event = user_streams.last_event + 1
     returning last_event";
pub(super) const TELL_USER: &str =
    "insert into user_events (user_id, id, at, body, run_id, run_event) values ($1, $2, $3, $4, $5, $6)";
pub(super) const TELL_LOGIN: &str = "insert into login_events (login_id, id, at, body) values ($1, $2, $3, $4)";
pub(super) const WRITTEN_BY_OTHERS: &[&str] = &[NEXT, TELL_USER, TELL_LOGIN];

statements! {
    OF_LOGIN = "select id, at, body from login_events where login_id = $1 and id > $2 order by id limit $3";
    OF_USER = "select id, at, body from user_events where user_id = $1 and id > $2 order by id limit $3";
    OF_RUN = "select run_event as id, at, body from user_events
              where run_id = $1 and run_event > $2 order by run_event limit $3";
    OLDEST_OF_USER = "select coalesce(min(id), 0) from user_events where user_id = $1";
    LAST_OF_USER = "select coalesce(max(last_event), 0) from user_streams where user_id = $1";
}

#[derive(sqlx::FromRow)]
struct EventRow<E>
where
    E: serde::de::DeserializeOwned + Send + Unpin + 'static,
{
    id: i64,
    at: i64,
    #[sqlx(json)]
    body: E,
}

fn stored<E>(rows: Vec<EventRow<E>>) -> Vec<Stored<E>>
where
    E: serde::de::DeserializeOwned + Send + Unpin + 'static,
{
    rows.into_iter().map(|row| Stored { id: row.id, at: Timestamp(row.at), event: row.body }).collect()
}

impl Store {
    /// A login's events after `after`, oldest first.
    pub async fn login_events(&self, login: &LoginId, after: i64, limit: u32) -> Result<Vec<Stored<LoginEvent>>> {
        let rows = on!(read self, pool => sqlx::query_as::<_, EventRow<LoginEvent>>(OF_LOGIN)
            .bind(login.as_str()).bind(after).bind(i64::from(limit)).fetch_all(pool).await?);
        Ok(stored(rows))
    }

    /// The events of a user's stream after `after`, oldest first.
    pub async fn user_events(&self, user: &UserId, after: i64, limit: u32) -> Result<Vec<Stored<UserEvent>>> {
        let rows = on!(read self, pool => sqlx::query_as::<_, EventRow<UserEvent>>(OF_USER)
            .bind(user.as_str()).bind(after).bind(i64::from(limit)).fetch_all(pool).await?);
        Ok(stored(rows))
    }

    /// The events of one run after `after`, oldest first; numbered 1, 2, … on the run's own stream.
    pub async fn run_events(&self, run: &RunId, after: i64, limit: u32) -> Result<Vec<Stored<UserEvent>>> {
        let rows = on!(read self, pool => sqlx::query_as::<_, EventRow<UserEvent>>(OF_RUN)
            .bind(run.as_str()).bind(after).bind(i64::from(limit)).fetch_all(pool).await?);
        Ok(stored(rows))
    }

    /// Id of the oldest event kept of a user's stream; 0 where there is none.
    pub async fn oldest_user_event_id(&self, user: &UserId) -> Result<i64> {
        let (id,) = on!(read self, pool =>
            sqlx::query_as::<_, (i64,)>(OLDEST_OF_USER).bind(user.as_str()).fetch_one(pool).await?);
        Ok(id)
    }

    /// Id of the newest event of a user's stream; 0 where there was none.
    pub async fn last_user_event_id(&self, user: &UserId) -> Result<i64> {
        let (id,) = on!(read self, pool =>
            sqlx::query_as::<_, (i64,)>(LAST_OF_USER).bind(user.as_str()).fetch_one(pool).await?);
        Ok(id)
    }
}
