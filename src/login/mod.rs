//! A login by hand: the state machine, detection, and the task that drives them. [`Logins`] is the only door.

mod connections;
mod detection;
mod driver;
mod effects;
mod error;
mod event;
#[expect(missing_docs, reason = "statig's macro makes items that cannot be documented from here")]
pub mod machine;
mod presence;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::{
    browser::Browser,
    domain::{
        AccountName, Clock, Connection, ConnectionId, ConnectionStatus, Failure, FailureCode, Login, LoginId,
        LoginState, Params, ProviderId, TokenId, UserId,
    },
    providers::{Provider, Providers},
    sessions::SessionKeeper,
    store::{Begun, NewLogin, Store, StoreError, Turn},
};

pub use crate::browser::{
    MOST_TABS, Tab, Tabs,
    live_view::{FileOffer, Frame, Input, LiveView, NoticeKind, Quality, Told},
};
pub use connections::Check;
pub use detection::Settling;
pub use error::LoginError;

use driver::{Command, Driver};
use event::Event;
use machine::Idleness;

/// What a caller may ask of a login.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// Go on by itself once detected; none: as the provider says.
    pub auto_finish: Option<bool>,
    /// The same key gets the same login.
    pub idempotency_key: Option<String>,
    /// The connect token that opens it.
    pub token: Option<TokenId>,
    /// What the definition asks for; what is not here is as it was for the connection before.
    pub params: Params,
}

/// A login that was started, or that was under way already.
#[derive(Debug, Clone)]
pub struct Connected {
    /// For this connection.
    pub connection: Connection,
    /// The login.
    pub login: Login,
    /// Whether this call started it.
    pub created: bool,
}

/// What logins are made with.
#[derive(Debug)]
pub struct LoginParts {
    /// Where they are kept.
    pub store: Store,
    /// Where sessions are kept.
    pub keeper: SessionKeeper,
    /// What can be connected.
    pub providers: Providers,
    /// The headed browser that people see.
    pub people: Arc<dyn Browser>,
    /// The headless browser that sessions are proven in.
    pub proving: Arc<dyn Browser>,
    /// The time.
    pub clock: Clock,
    /// How many may be under way at once.
    pub max_logins: usize,
    /// The headed browser's own window is on a real display.
    pub window: bool,
    /// When a person counts as gone.
    pub idleness: Idleness,
}

/// All logins of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Logins(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    parts: LoginParts,
    /// One entry for each driver that runs in this process.
    drivers: Mutex<HashMap<LoginId, Handle>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// How to reach a driver.
#[derive(Debug, Clone)]
struct Handle {
    commands: mpsc::Sender<Command>,
    live: watch::Receiver<Option<LiveView>>,
}

impl Inner {
    fn drivers(&self) -> MutexGuard<'_, HashMap<LoginId, Handle>> {
        self.drivers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Logins {
    /// Nothing runs yet.
    #[must_use]
    pub fn new(parts: LoginParts) -> Self {
        Self(Arc::new(Inner {
            parts,
            drivers: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }))
    }

    /// Ends every login that a crash left under way, and tells its watchers. Says how many there were.
    pub async fn recover(&self) -> Result<usize, LoginError> {
        let store = &self.0.parts.store;
        let left = store.logins_under_way().await?;
        for login in &left {
            let fault = Event::Fault(interrupted());
            let given = machine::Given::of(login, Duration::ZERO, Duration::ZERO, self.0.parts.clock.now());
            if let Some(turn) = machine::turn(login.state.clone(), &fault, given) {
                let owed = Vec::new();
                let turn = Turn {
                    state: turn.state,
                    events: turn.told,
                    deadline_at: None,
                    time: turn.time,
                    owed,
                    save: None,
                    now: self.0.parts.clock.now(),
                };
                store.turn(login, turn).await?;
            }
        }
        // Whatever was owed to a browser is settled: the sweep at start has ended what was left of them.
        for (login, effect) in store.owed().await? {
            store.settle_owed(&login, &effect).await?;
        }
        Ok(left.len())
    }

    /// Starts a login for a new or an existing connection; while one is under way, answers that one.
    pub async fn connect(
        &self,
        user: &UserId,
        provider: &ProviderId,
        account: &AccountName,
        options: ConnectOptions,
    ) -> Result<Connected, LoginError> {
        let parts = &self.0.parts;
        let provider = self.provider(provider)?;
        let before = parts.store.connection_of(user, &provider.id, account).await?;
        let before = before.map(|connection| connection.params).unwrap_or_default();
        let provider = match provider.params_after(&before, &options.params) {
            nothing if nothing.is_empty() && provider.params.is_empty() => provider,
            values => Arc::new(provider.with_params(&values).map_err(LoginError::Params)?),
        };
        let params = provider.values();
        let now = parts.clock.now();
        let new_id = ConnectionId::new(Uuid::now_v7());
        let mut connection = parts.store.connection_for(user, &provider.id, account, new_id, now).await?;
        // Whoever says where does not mean a login that is somewhere else.
        let is_meant = |login: Login| {
            let is_other = !options.params.is_empty() && login.params != params;
            if is_other { Err(LoginError::OtherParams(Box::new(login))) } else { Ok(login) }
        };
        if let Some(login) = parts.store.login_under_way(&connection.id).await? {
            let login = is_meant(login)?;
            self.admit(options.token.as_ref(), &login).await?;
            return Ok(Connected { connection, login, created: false });
        }
        if self.0.drivers().len() >= parts.max_logins {
            return Err(LoginError::TooMany { retry_after: Duration::from_secs(30) });
        }
        let patience = provider.login.timeout;
        let time = machine::persons_time(now, patience);
        let expected = connection.identity.clone();
        let auto_finish = options.auto_finish.unwrap_or(provider.login.auto_finish);
        let given = machine::Given {
            time,
            entered_at: now,
            auto_finish,
            expected: expected.clone(),
            patience,
            warning: parts.idleness.warning,
            now,
        };
        let begin = machine::begin(given);
        let login = Login {
            id: LoginId::new(Uuid::now_v7()),
            connection: connection.id.clone(),
            user: user.clone(),
            provider: provider.id.clone(),
            params: params.clone(),
            deadline_at: machine::deadline(&begin.state, now, begin.time),
            state: begin.state,
            version: 1,
            auto_finish,
            reconnect: has_session(&connection),
            expected,
            window: parts.window,
            time: begin.time,
            started_at: now,
            entered_at: now,
        };
        let event = begin
            .told
            .into_iter()
            .next()
            .ok_or_else(|| LoginError::Unavailable("a login began without a word".into()))?;
        let owed = begin.effects.iter().map(|e| e.name().to_owned()).collect();
        let token = options.token.clone();
        let new = NewLogin { login, event, owed, token, idempotency_key: options.idempotency_key };
        match parts.store.begin_login(new).await? {
            Begun::UnderWay(login) => {
                let login = is_meant(login)?;
                self.admit(options.token.as_ref(), &login).await?;
                Ok(Connected { connection, login, created: false })
            }
            Begun::New(login) => {
                tracing::info!(login.id = %login.id, provider = %login.provider, "login started");
                if connection.status == ConnectionStatus::Pending {
                    connection.params.clone_from(&params);
                }
                self.drive(login.clone(), connection.clone(), provider, begin.effects);
                Ok(Connected { connection, login, created: true })
            }
        }
    }

    /// A login that was under way already is opened to the token, too.
    async fn admit(&self, token: Option<&TokenId>, login: &Login) -> Result<(), LoginError> {
        match token {
            Some(token) => Ok(self.0.parts.store.admit_token(token, &login.id, self.0.parts.clock.now()).await?),
            None => Ok(()),
        }
    }

    fn drive(&self, login: Login, connection: Connection, provider: Arc<Provider>, effects: Vec<event::Effect>) {
        let (commands, inbox) = mpsc::channel(16);
        let (live, watch_live) = watch::channel(None);
        let id = login.id.clone();
        self.0.drivers().insert(id.clone(), Handle { commands, live: watch_live });
        let driver = Driver::new(Arc::clone(&self.0), login, connection, provider, live);
        let inner = Arc::clone(&self.0);
        self.0.tasks.spawn(async move {
            driver.run(effects, inbox).await;
            inner.drivers().remove(&id);
        });
    }

    /// A login, as it stands.
    pub async fn find(&self, user: &UserId, id: &LoginId) -> Result<Login, LoginError> {
        self.0.parts.store.login(user, id).await?.ok_or(LoginError::NotFound)
    }

    /// "I Finished Login". Answers once it was looked at again, with the login as it then stands.
    pub async fn finish(&self, user: &UserId, id: &LoginId) -> Result<Login, LoginError> {
        let login = self.find(user, id).await?;
        if login.state.is_over() {
            return Err(LoginError::Over(Box::new(login)));
        }
        let (answer, answered) = oneshot::channel();
        self.command(user, id, Command::Finish(answer), answered).await
    }

    /// Ends a login by the person's wish; ending a cancelled one again is no mistake.
    pub async fn cancel(&self, user: &UserId, id: &LoginId) -> Result<Login, LoginError> {
        let login = self.find(user, id).await?;
        match login.state {
            LoginState::Cancelled => return Ok(login),
            _ if login.state.is_over() => return Err(LoginError::Over(Box::new(login))),
            _ => {}
        }
        let (answer, answered) = oneshot::channel();
        self.command(user, id, Command::Cancel(answer), answered).await
    }

    /// More time for the person: once.
    pub async fn extend(&self, user: &UserId, id: &LoginId) -> Result<Login, LoginError> {
        let (login, taken) = self.ask(user, id, Event::ExtendAsked).await?;
        match (taken, login.time.extended) {
            (true, _) => Ok(login),
            (false, true) => Err(LoginError::AlreadyExtended),
            (false, false) => Err(LoginError::NotNow(Box::new(login))),
        }
    }

    /// The person is there: a warning is taken back.
    pub async fn stay(&self, user: &UserId, id: &LoginId) -> Result<Login, LoginError> {
        let (login, _taken) = self.ask(user, id, Event::Touched).await?;
        Ok(login)
    }

    /// Answers whether the other account that was logged in to is meant.
    pub async fn answer_account(&self, user: &UserId, id: &LoginId, replace: bool) -> Result<Login, LoginError> {
        let answer = if replace { Event::ReplaceAsked } else { Event::KeepAsked };
        match self.ask(user, id, answer).await? {
            (login, true) => Ok(login),
            (login, false) => Err(LoginError::NotNow(Box::new(login))),
        }
    }

    /// Puts an event to a login; whether it was taken. Over is an error.
    async fn ask(&self, user: &UserId, id: &LoginId, event: Event) -> Result<(Login, bool), LoginError> {
        let login = self.find(user, id).await?;
        if login.state.is_over() {
            return Err(LoginError::Over(Box::new(login)));
        }
        let handle = self.0.drivers().get(id).cloned();
        let (answer, answered) = oneshot::channel();
        if let Some(handle) = handle
            && handle.commands.send(Command::Ask(event, answer)).await.is_ok()
            && let Ok((login, taken)) = answered.await
        {
            return if taken || !login.state.is_over() {
                Ok((login, taken))
            } else {
                Err(LoginError::Over(Box::new(login)))
            };
        }
        let login = self.find(user, id).await?;
        Err(if login.state.is_over() { LoginError::Over(Box::new(login)) } else { LoginError::Elsewhere })
    }

    async fn command(
        &self,
        user: &UserId,
        id: &LoginId,
        command: Command,
        answered: oneshot::Receiver<Login>,
    ) -> Result<Login, LoginError> {
        let handle = self.0.drivers().get(id).cloned();
        if let Some(handle) = handle {
            if handle.commands.send(command).await.is_ok()
                && let Ok(login) = answered.await
            {
                return Ok(login);
            }
            // The driver ended between the two: the store says how.
            return self.find(user, id).await;
        }
        let login = self.find(user, id).await?;
        if login.state.is_over() {
            return Err(LoginError::Over(Box::new(login)));
        }
        Err(LoginError::Elsewhere)
    }

    /// The view of the login's browser, as soon as it is there.
    pub async fn live_view(&self, user: &UserId, id: &LoginId) -> Result<LiveView, LoginError> {
        let login = self.find(user, id).await?;
        let handle = self.0.drivers().get(id).cloned();
        let Some(mut handle) = handle else {
            return Err(if login.state.is_over() { LoginError::Over(Box::new(login)) } else { LoginError::Elsewhere });
        };
        if let Ok(view) = handle.live.wait_for(Option::is_some).await
            && let Some(view) = view.clone()
        {
            return Ok(view);
        }
        let login = self.find(user, id).await?;
        Err(LoginError::Over(Box::new(login)))
    }

    /// Ends all logins under way as interrupted, closes their browsers, and waits for that.
    pub async fn shut_down(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    fn provider(&self, id: &ProviderId) -> Result<Arc<Provider>, LoginError> {
        let providers = &self.0.parts.providers;
        providers.get(id).ok_or_else(|| LoginError::UnknownProvider { known: providers.ids() })
    }
}

/// A session of it is kept, whether the site still takes it or not.
fn has_session(connection: &Connection) -> bool {
    matches!(connection.status, ConnectionStatus::Connected | ConnectionStatus::NeedsReconnect)
}

/// The end of a login that was under way when the service stopped or crashed.
fn interrupted() -> Failure {
    Failure {
        code: FailureCode::Interrupted,
        message:
            "The service stopped in the middle of this login. Nothing that was saved before is lost. Please try again."
                .into(),
        retryable: true,
        evidence: Vec::new(),
    }
}

impl From<StoreError> for LoginError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
