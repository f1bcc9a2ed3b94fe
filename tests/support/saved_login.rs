//! A connection whose login has ended well, written as the service writes it.

use std::time::Duration;

use staylogged::{
    domain::{
        AccountName, Connection, ConnectionId, Login, LoginEvent, LoginId, LoginState, Params, PersonsTime, ProviderId,
        Timestamp, UserId,
    },
    store::{Begun, NewLogin, SaveSession, Store, Turn},
};
use uuid::Uuid;

/// Whose account it is, and where.
pub struct Whose {
    pub user: UserId,
    pub provider: ProviderId,
    pub account: AccountName,
}

/// Saves what `seal` makes for the connection and its next generation.
pub async fn save_login(
    store: &Store,
    Whose { user, provider, account }: Whose,
    now: Timestamp,
    seal: impl FnOnce(&Connection, i64) -> SaveSession,
) -> Connection {
    let id = ConnectionId::new(Uuid::now_v7());
    let connection = store.connection_for(&user, &provider, &account, id, now).await.expect("a connection");
    let until = now.after(Duration::from_mins(1));
    let login = Login {
        id: LoginId::new(Uuid::now_v7()),
        connection: connection.id.clone(),
        user: user.clone(),
        provider,
        params: Params::new(),
        state: LoginState::Verified,
        version: 0,
        auto_finish: false,
        reconnect: false,
        expected: None,
        window: false,
        time: PersonsTime { until, extended: false, idle_ends_at: None },
        started_at: now,
        entered_at: now,
        deadline_at: Some(until),
    };
    let new = NewLogin { login, event: LoginEvent::Launching, owed: vec![], token: None, idempotency_key: None };
    let Begun::New(login) = store.begin_login(new).await.expect("a login") else { panic!("one is under way") };
    let generation = store.next_generation(&connection.id).await.expect("a generation");
    let turn = Turn {
        state: LoginState::Saved,
        events: vec![LoginEvent::Saved],
        deadline_at: None,
        time: login.time,
        owed: vec![],
        save: Some(seal(&connection, generation)),
        now,
    };
    store.turn(&login, turn).await.expect("saved");
    store.connection(&user, &connection.id).await.expect("the store answers").expect("a connection")
}
