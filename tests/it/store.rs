//! Stories of the store, each told on SQLite and on Postgres.

mod connections;
mod faults;
mod grants;
mod logins;
mod opening;
mod runs;
mod schedules;

use staylogged::{
    domain::{
        AccountIdentity, AccountName, Connection, ConnectionId, Login, LoginEvent, LoginId, LoginState, Params,
        PersonsTime, ProviderId, Sealed, Timestamp, UserId,
    },
    store::{Begun, NewLogin, SaveSession, Store, Turn},
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn later(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1000)
}

fn user(name: &str) -> UserId {
    UserId::parse(name).expect("a user id")
}

fn provider() -> ProviderId {
    ProviderId::parse("demo-market").expect("a provider id")
}

async fn connection_of(store: &Store, name: &str) -> Connection {
    let id = ConnectionId::new(Uuid::now_v7());
    store.connection_for(&user(name), &provider(), &AccountName::main(), id, NOW).await.expect("a connection")
}

fn login_for(connection: &Connection) -> Login {
    Login {
        id: LoginId::new(Uuid::now_v7()),
        connection: connection.id.clone(),
        user: connection.user.clone(),
        provider: connection.provider.clone(),
        params: Params::new(),
        state: LoginState::Launching,
        version: 1,
        auto_finish: false,
        reconnect: false,
        expected: None,
        window: false,
        time: time(),
        started_at: NOW,
        entered_at: NOW,
        deadline_at: Some(later(60)),
    }
}

fn time() -> PersonsTime {
    PersonsTime { until: later(900), extended: false, idle_ends_at: None }
}

fn new_login(connection: &Connection) -> NewLogin {
    let login = login_for(connection);
    NewLogin { login, event: LoginEvent::Launching, owed: vec!["launch".into()], token: None, idempotency_key: None }
}

async fn begin(store: &Store, connection: &Connection) -> Login {
    match store.begin_login(new_login(connection)).await.expect("begins") {
        Begun::New(login) => login,
        Begun::UnderWay(login) => panic!("{} is under way", login.id),
    }
}

fn turn(state: LoginState, event: LoginEvent) -> Turn {
    let (deadline_at, now) = (Some(later(600)), later(1));
    Turn { state, events: vec![event], deadline_at, time: time(), owed: vec![], save: None, now }
}

fn saving(generation: i64, sealed: &str) -> Turn {
    let save = SaveSession {
        sealed: Sealed::from_bytes(sealed.into()),
        generation,
        provider_version: "1".into(),
        identity: None,
        ends: None,
    };
    Turn { save: Some(save), ..turn(LoginState::Saved, LoginEvent::Saved) }
}

/// Logs in from nothing to a saved session of that generation.
async fn connect(store: &Store, connection: &Connection, generation: i64) {
    connect_as(store, connection, generation, None).await;
}

/// As [`connect`], as the account that the site calls so.
async fn connect_as(store: &Store, connection: &Connection, generation: i64, who: Option<&str>) {
    let login = begin(store, connection).await;
    let identity = who.map(|id| AccountIdentity { id: id.into(), label: format!("{id}@example.com") });
    let mut turn = saving(generation, "sealed");
    turn.save = turn.save.map(|save| SaveSession { identity, ..save });
    store.turn(&login, turn).await.expect("saves");
}
