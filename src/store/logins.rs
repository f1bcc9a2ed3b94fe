//! Logins: where each stands, what it told, and what it still owes.

use sqlx::types::Json;

use super::{
    Result, Store, StoreError, bells,
    dialect::{on, statements, tell_user},
    events::TELL_LOGIN,
    grants::{SPEND, admit_token},
    records::forget_records,
    word,
};
use crate::domain::{
    AccountIdentity, ConnectionId, Failure, Login, LoginEvent, LoginId, LoginState, Params, PersonsTime, ProviderId,
    Sealed, Timestamp, TokenId, UserEvent, UserId,
};

macro_rules! columns {
    () => {
        "id, connection_id, user_id, provider, params, state, failure, version, auto_finish, started_at, entered_at, deadline_at,
         until, extended, idle_ends_at, reconnect, expected, found, in_window"
    };
}

statements! {
    BEGIN = "insert into logins (id, connection_id, user_id, provider, state, failure, version, auto_finish,
            started_at, entered_at, deadline_at, ended_at, idempotency_key, until, extended, reconnect, expected,
            in_window, params)
        values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, null, $11, $12, $13, $14, $15, $16, $17)
        on conflict do nothing";
    BEGUN_BEFORE = concat!("select ", columns!(), " from logins
        where user_id = $1 and provider = $2 and idempotency_key = $3");
    FIND = concat!("select ", columns!(), " from logins where user_id = $1 and id = $2");
    UNDER_WAY = concat!("select ", columns!(), " from logins where connection_id = $1 and ended_at is null");
    ALL_UNDER_WAY = concat!("select ", columns!(), " from logins where ended_at is null order by started_at, id");
    MOVE = "update logins set state = $3, failure = $4, version = version + $5, entered_at = $6, deadline_at = $7,
            ended_at = $8, until = $9, extended = $10, idle_ends_at = $11, found = $12
        where id = $1 and version = $2 and ended_at is null";
    // What was said for a session that is there stays, until there is another one.
    NOTE_PARAMS = "update connections set params = $2 where id = $1 and status = 'pending'";
    WHOSE = "select identity_id, params from connections where id = $1";
    CONNECT = "update connections set status = 'connected', generation = $2, identity_id = $3, identity_label = $4,
            reason = null, evidence = '[]', connected_at = $5, checked_at = $5, unsure_since = null, updated_at = $5, session_ends_at = $6,
            params = $7
        where id = $1 and generation = $2 - 1 and status <> 'disconnected'";
    SAVE = "insert into integration_sessions
            (connection_id, user_id, provider, generation, sealed, provider_version, saved_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (connection_id) do update set user_id = excluded.user_id, provider = excluded.provider,
            generation = excluded.generation, sealed = excluded.sealed,
            provider_version = excluded.provider_version, saved_at = excluded.saved_at,
            leased_by = null, leased_until = null";
    OWE = "insert into owed_effects (login_id, effect, owed_at) values ($1, $2, $3) on conflict do nothing";
    SETTLE = "delete from owed_effects where login_id = $1 and effect = $2";
    OWED = "select login_id, effect from owed_effects order by owed_at, login_id, effect";
}

/// A login to begin.
#[derive(Debug, Clone)]
pub struct NewLogin {
    /// As it begins; its version becomes 1, whatever this says.
    pub login: Login,
    /// Its first event, of id 1.
    pub event: LoginEvent,
    /// What it owes from the start.
    pub owed: Vec<String>,
    /// The connect token that starts it.
    pub token: Option<TokenId>,
    /// Asked for twice with the same key (by one user, at one provider), it is begun once.
    pub idempotency_key: Option<String>,
}

/// What came of beginning a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It was begun.
    New(Login),
    /// It was not: this one is under way for the connection, or was begun before with this idempotency key (and may
    /// be over by now).
    UnderWay(Login),
}

/// One step of a login: all of it is written, or none.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Where it stands now.
    pub state: LoginState,
    /// What is told, in order; each raises the version by one.
    pub events: Vec<LoginEvent>,
    /// When it expires; ignored once it is over.
    pub deadline_at: Option<Timestamp>,
    /// How long the person has now.
    pub time: PersonsTime,
    /// What is to be carried out, and carried out again after a crash until it is settled.
    pub owed: Vec<String>,
    /// The session to save with it.
    pub save: Option<SaveSession>,
    /// The present moment.
    pub now: Timestamp,
}

/// A proven session to save.
#[derive(Debug, Clone)]
pub struct SaveSession {
    /// Sealed for exactly this generation.
    pub sealed: Sealed,
    /// [`Store::next_generation`] of the connection when it was sealed.
    pub generation: i64,
    /// Version of the provider's definition with which it was proven.
    pub provider_version: String,
    /// Whose account it is, where the site says so.
    pub identity: Option<AccountIdentity>,
    /// When it ends, where it says so.
    pub ends: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
struct LoginRow {
    id: String,
    connection_id: String,
    user_id: String,
    provider: String,
    #[sqlx(json)]
    params: Params,
    state: String,
    #[sqlx(json(nullable))]
    failure: Option<Failure>,
    version: i64,
    auto_finish: bool,
    started_at: i64,
    entered_at: i64,
    deadline_at: Option<i64>,
    until: i64,
    extended: bool,
    idle_ends_at: Option<i64>,
    reconnect: bool,
    #[sqlx(json(nullable))]
    expected: Option<AccountIdentity>,
    #[sqlx(json(nullable))]
    found: Option<AccountIdentity>,
    in_window: bool,
}

impl TryFrom<LoginRow> for Login {
    type Error = StoreError;

    fn try_from(row: LoginRow) -> Result<Self> {
        Ok(Self {
            id: word(LoginId::parse(row.id))?,
            connection: word(ConnectionId::parse(row.connection_id))?,
            user: word(UserId::parse(row.user_id))?,
            provider: word(ProviderId::parse(row.provider))?,
            params: row.params,
            state: state_of(&row.state, row.failure, row.found)?,
            version: row.version,
            auto_finish: row.auto_finish,
            reconnect: row.reconnect,
            expected: row.expected,
            window: row.in_window,
            time: PersonsTime {
                until: Timestamp(row.until),
                extended: row.extended,
                idle_ends_at: row.idle_ends_at.map(Timestamp),
            },
            started_at: Timestamp(row.started_at),
            entered_at: Timestamp(row.entered_at),
            deadline_at: row.deadline_at.map(Timestamp),
        })
    }
}

fn state_of(word: &str, failure: Option<Failure>, found: Option<AccountIdentity>) -> Result<LoginState> {
    use LoginState as S;
    if let Some(failure) = failure {
        return Ok(S::Failed { failure });
    }
    if let Some(found) = found {
        return Ok(S::OtherAccount { found });
    }
    [S::Launching, S::AwaitingLogin, S::Detected, S::Verifying, S::Verified, S::Saved, S::Cancelled, S::Expired]
        .into_iter()
        .find(|state| state.as_str() == word)
        .ok_or_else(|| StoreError::Damaged(format!("login state {word:?}")))
}

fn failure_of(state: &LoginState) -> Option<Json<&Failure>> {
    match state {
        LoginState::Failed { failure } => Some(Json(failure)),
        _ => None,
    }
}

fn found_in(state: &LoginState) -> Option<Json<&AccountIdentity>> {
    match state {
        LoginState::OtherAccount { found } => Some(Json(found)),
        _ => None,
    }
}

fn told(login: &Login, event: &LoginEvent) -> UserEvent {
    UserEvent::Login { login_id: login.id.clone(), connection_id: login.connection.clone(), event: event.clone() }
}

/// Another value than before leads to another place, where even the same account's id is somebody else. What was not
/// asked for before leads nowhere else.
fn is_elsewhere(before: &Params, now: &Params) -> bool {
    before.iter().any(|(name, value)| now.get(name).is_some_and(|now| now != value))
}

impl Store {
    /// Begins a login, unless one is under way for its connection or the idempotency key was used before.
    pub async fn begin_login(&self, new: NewLogin) -> Result<Begun> {
        // Again, because the one in the way may end between the two looks.
        for _ in 0..3 {
            if self.try_to_begin(&new).await? {
                self.ring(&new.login);
                return Ok(Begun::New(Login { version: 1, ..new.login }));
            }
            if let Some(key) = &new.idempotency_key
                && let Some(login) = self.begun_before(&new.login, key).await?
            {
                return Ok(Begun::UnderWay(login));
            }
            if let Some(login) = self.login_under_way(&new.login.connection).await? {
                return Ok(Begun::UnderWay(login));
            }
        }
        Err(StoreError::Moved("login"))
    }

    async fn try_to_begin(&self, new: &NewLogin) -> Result<bool> {
        let NewLogin { login, event, owed, token, idempotency_key } = new;
        on!(write self, tx, dialect => {
            let begun = sqlx::query(BEGIN)
                .bind(login.id.as_str()).bind(login.connection.as_str()).bind(login.user.as_str())
                .bind(login.provider.as_str()).bind(login.state.as_str()).bind(failure_of(&login.state))
                .bind(login.auto_finish).bind(login.started_at.0).bind(login.entered_at.0)
                .bind(login.deadline_at.map(|at| at.0)).bind(idempotency_key.as_deref())
                .bind(login.time.until.0).bind(login.time.extended).bind(login.reconnect)
                .bind(login.expected.as_ref().map(Json)).bind(login.window).bind(Json(&login.params))
                .execute(&mut *tx).await?;
            if begun.rows_affected() != 1 {
                return Ok(false);
            }
            sqlx::query(NOTE_PARAMS).bind(login.connection.as_str()).bind(Json(&login.params))
                .execute(&mut *tx).await?;
            if let Some(token) = token {
                admit_token!(tx, token, &login.id, login.started_at);
            }
            sqlx::query(TELL_LOGIN).bind(login.id.as_str()).bind(1_i64).bind(login.started_at.0).bind(Json(event))
                .execute(&mut *tx).await?;
            for effect in owed {
                sqlx::query(OWE).bind(login.id.as_str()).bind(effect.as_str()).bind(login.started_at.0)
                    .execute(&mut *tx).await?;
            }
            if let Some(notify) = dialect.notify {
                sqlx::query(notify).bind(bells::of_login(&login.id)).execute(&mut *tx).await?;
            }
            tell_user!(tx, dialect, &login.user, login.started_at, told(login, event), None);
        });
        Ok(true)
    }

    async fn begun_before(&self, login: &Login, key: &str) -> Result<Option<Login>> {
        let row: Option<LoginRow> = on!(read self, pool => sqlx::query_as(BEGUN_BEFORE)
            .bind(login.user.as_str()).bind(login.provider.as_str()).bind(key).fetch_optional(pool).await?);
        row.map(TryInto::try_into).transpose()
    }

    /// The user's login of that id; nobody else's.
    pub async fn login(&self, user: &UserId, id: &LoginId) -> Result<Option<Login>> {
        let row: Option<LoginRow> = on!(read self, pool =>
            sqlx::query_as(FIND).bind(user.as_str()).bind(id.as_str()).fetch_optional(pool).await?);
        row.map(TryInto::try_into).transpose()
    }

    /// The login under way for a connection: at most one.
    pub async fn login_under_way(&self, connection: &ConnectionId) -> Result<Option<Login>> {
        let row: Option<LoginRow> = on!(read self, pool =>
            sqlx::query_as(UNDER_WAY).bind(connection.as_str()).fetch_optional(pool).await?);
        row.map(TryInto::try_into).transpose()
    }

    /// Everybody's logins under way: at start, those that a crash left behind.
    pub async fn logins_under_way(&self) -> Result<Vec<Login>> {
        let rows: Vec<LoginRow> = on!(read self, pool => sqlx::query_as(ALL_UNDER_WAY).fetch_all(pool).await?);
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Takes a login one step on: state, events, owed effects and the session to save, all or none, then rings. Where the
    /// session is of another account than the one before it, or from another place, the records of that one are deleted with it.
    /// [`StoreError::Moved`] where the login is not at the version of `login` any more or is over, and where the
    /// session's generation is not the next one or the connection was disconnected meanwhile.
    pub async fn turn(&self, login: &Login, turn: Turn) -> Result<Login> {
        let Turn { state, events, deadline_at, time, owed, save, now } = turn;
        let over = state.is_over();
        let next = Login {
            version: login.version + i64::try_from(events.len()).unwrap_or(i64::MAX),
            entered_at: if state == login.state { login.entered_at } else { now },
            deadline_at: deadline_at.filter(|_| !over),
            time: PersonsTime { idle_ends_at: time.idle_ends_at.filter(|_| !over), ..time },
            state,
            ..login.clone()
        };
        let replaced = on!(write self, tx, dialect => {
            let mut replaced = false;
            let moved = sqlx::query(MOVE)
                .bind(login.id.as_str()).bind(login.version).bind(next.state.as_str()).bind(failure_of(&next.state))
                .bind(next.version - login.version).bind(next.entered_at.0).bind(next.deadline_at.map(|at| at.0))
                .bind(over.then_some(now.0)).bind(next.time.until.0).bind(next.time.extended)
                .bind(next.time.idle_ends_at.map(|at| at.0)).bind(found_in(&next.state))
                .execute(&mut *tx).await?;
            if moved.rows_affected() != 1 {
                return Err(StoreError::Moved("login"));
            }
            for (id, event) in (login.version + 1..).zip(&events) {
                sqlx::query(TELL_LOGIN).bind(login.id.as_str()).bind(id).bind(now.0).bind(Json(event))
                    .execute(&mut *tx).await?;
            }
            for effect in &owed {
                sqlx::query(OWE).bind(login.id.as_str()).bind(effect.as_str()).bind(now.0).execute(&mut *tx).await?;
            }
            if let Some(save) = &save {
                let identity = save.identity.as_ref();
                let saved: Option<(Option<String>, Json<Params>)> = sqlx::query_as(WHOSE)
                    .bind(login.connection.as_str()).fetch_optional(&mut *tx).await?;
                let (before, place) = saved.map_or((None, Params::new()), |(id, params)| (id, params.0));
                replaced = before.zip(identity).is_some_and(|(before, now)| before != now.id)
                    || is_elsewhere(&place, &login.params);
                let connected = sqlx::query(CONNECT)
                    .bind(login.connection.as_str()).bind(save.generation)
                    .bind(identity.map(|i| i.id.as_str())).bind(identity.map(|i| i.label.as_str())).bind(now.0)
                    .bind(save.ends.map(|at| at.0)).bind(Json(&login.params)).execute(&mut *tx).await?;
                if connected.rows_affected() != 1 {
                    return Err(StoreError::Moved("connection"));
                }
                sqlx::query(SAVE)
                    .bind(login.connection.as_str()).bind(login.user.as_str()).bind(login.provider.as_str())
                    .bind(save.generation).bind(save.sealed.as_bytes()).bind(save.provider_version.as_str())
                    .bind(now.0)
                    .execute(&mut *tx).await?;
                sqlx::query(SPEND).bind(login.id.as_str()).bind(now.0).execute(&mut *tx).await?;
                if replaced {
                    forget_records!(tx, dialect, (&login.connection, &login.user), "Another account was connected.", now);
                }
            }
            if let Some(notify) = dialect.notify {
                sqlx::query(notify).bind(bells::of_login(&login.id)).execute(&mut *tx).await?;
            }
            for event in &events {
                tell_user!(tx, dialect, &login.user, now, told(login, event), None);
            }
            if save.is_some() {
                let event = UserEvent::Connected {
                    connection_id: login.connection.clone(),
                    provider: login.provider.clone(),
                };
                tell_user!(tx, dialect, &login.user, now, event, None);
            }
            replaced
        });
        self.ring(login);
        if replaced {
            self.leave_no_trace().await;
        }
        Ok(next)
    }

    fn ring(&self, login: &Login) {
        self.bells.ring(&bells::of_login(&login.id));
        self.bells.ring(&bells::of_user(&login.user));
    }

    /// Notes that an owed effect was carried out.
    pub async fn settle_owed(&self, login: &LoginId, effect: &str) -> Result<()> {
        on!(write self, tx, dialect => {
            sqlx::query(SETTLE).bind(login.as_str()).bind(effect).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// All effects owed, oldest first.
    pub async fn owed(&self) -> Result<Vec<(LoginId, String)>> {
        let rows: Vec<(String, String)> = on!(read self, pool => sqlx::query_as(OWED).fetch_all(pool).await?);
        rows.into_iter().map(|(login, effect)| Ok((word(LoginId::parse(login))?, effect))).collect()
    }
}
