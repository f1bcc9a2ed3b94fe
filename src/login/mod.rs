//! A login by hand: the state machine, detection, and the task that drives them. [`Logins`] is the only door.

mod detection;
mod driver;
mod effects;
mod error;
mod event;
#[expect(missing_docs, reason = "statig's macro makes items that cannot be documented from here")]
pub mod machine;

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
        AccountName, Clock, Connection, ConnectionId, Failure, FailureCode, Login, LoginId, LoginState, ProviderId,
        UserId,
        rule::{Evidence, Verdict},
    },
    providers::{Provider, Providers},
    sessions::{self, SessionKeeper},
    store::{Begun, NewLogin, Store, StoreError, Turn},
};

pub use crate::browser::{
    MOST_TABS, Tab, Tabs,
    live_view::{FileOffer, Frame, Input, LiveView, NoticeKind, Quality, Told},
};
pub use error::LoginError;

use driver::{Command, Driver};

/// How long a probe on request may hold the session's lease.
const CHECK_LEASE: Duration = Duration::from_mins(2);

/// What a caller may ask of a login.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// Go on by itself once detected; none: as the provider says.
    pub auto_finish: Option<bool>,
    /// The same key gets the same login.
    pub idempotency_key: Option<String>,
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

/// What a probe on request found.
#[derive(Debug, Clone)]
pub struct Check {
    /// The connection as it stands after the probe.
    pub connection: Connection,
    /// What was found.
    pub verdict: Verdict,
    /// How.
    pub evidence: Vec<Evidence>,
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
            let fault = event::Event::Fault(interrupted());
            if let Some(turn) = machine::turn(login.state.clone(), &fault, false) {
                let owed = Vec::new();
                let turn = Turn {
                    state: turn.state,
                    events: turn.told,
                    deadline_at: None,
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
        let now = parts.clock.now();
        let new_id = ConnectionId::new(Uuid::now_v7());
        let connection = parts.store.connection_for(user, &provider.id, account, new_id, now).await?;
        if let Some(login) = parts.store.login_under_way(&connection.id).await? {
            return Ok(Connected { connection, login, created: false });
        }
        if self.0.drivers().len() >= parts.max_logins {
            return Err(LoginError::TooMany { retry_after: Duration::from_secs(30) });
        }
        let begin = machine::begin();
        let login = Login {
            id: LoginId::new(Uuid::now_v7()),
            connection: connection.id.clone(),
            user: user.clone(),
            provider: provider.id.clone(),
            deadline_at: machine::deadline(&begin.state, now, now, provider.login.timeout),
            state: begin.state,
            version: 1,
            auto_finish: options.auto_finish.unwrap_or(provider.login.auto_finish),
            started_at: now,
            entered_at: now,
        };
        let event = begin
            .told
            .into_iter()
            .next()
            .ok_or_else(|| LoginError::Unavailable("a login began without a word".into()))?;
        let owed = begin.effects.iter().map(|e| e.name().to_owned()).collect();
        let new = NewLogin { login, event, owed, idempotency_key: options.idempotency_key };
        match parts.store.begin_login(new).await? {
            Begun::UnderWay(login) => Ok(Connected { connection, login, created: false }),
            Begun::New(login) => {
                tracing::info!(login.id = %login.id, provider = %login.provider, "login started");
                self.drive(login.clone(), connection.clone(), provider, begin.effects);
                Ok(Connected { connection, login, created: true })
            }
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

    /// Probes a connection's session now. Only seen logged out twice, from fresh contexts, does it need a reconnect.
    pub async fn check(&self, user: &UserId, id: &ConnectionId) -> Result<Check, LoginError> {
        let parts = &self.0.parts;
        let connection = parts.store.connection(user, id).await?.ok_or(LoginError::NotFound)?;
        let provider = self.provider(&connection.provider)?;
        let opened = parts.keeper.open(&connection).await?;
        let holder = format!("check-{}", Uuid::now_v7().simple());
        let now = parts.clock.now();
        if !parts.store.lease_session(id, &holder, now.after(CHECK_LEASE), now).await? {
            return Err(LoginError::Busy);
        }
        let report = self.probe_twice(&provider, &opened.session).await;
        let kept = match &report {
            Ok(report) => self.keep(&connection, &opened, report).await,
            Err(_) => Ok(()),
        };
        parts.store.release_session(id, &holder).await?;
        let report = report?;
        kept?;
        let connection = parts.store.connection(user, id).await?.ok_or(LoginError::NotFound)?;
        Ok(Check { connection, verdict: report.sighting.verdict, evidence: report.sighting.evidence })
    }

    async fn probe_twice(
        &self,
        provider: &Provider,
        session: &crate::domain::Session,
    ) -> Result<sessions::ProbeReport, LoginError> {
        let browser = self.0.parts.proving.as_ref();
        let first = sessions::probe(browser, provider, session).await?;
        if first.sighting.verdict != Verdict::LoggedOut {
            return Ok(first);
        }
        Ok(sessions::probe(browser, provider, session).await?)
    }

    async fn keep(
        &self,
        connection: &Connection,
        opened: &sessions::Opened,
        report: &sessions::ProbeReport,
    ) -> Result<(), LoginError> {
        let keeper = &self.0.parts.keeper;
        match (report.sighting.verdict, &report.state) {
            (Verdict::LoggedIn, Some(state)) => {
                let session =
                    crate::domain::Session { state: state.clone(), identity: opened.session.identity.clone() };
                keeper.write_back(connection, opened.generation, &session).await?;
                keeper.logged_in(&connection.id).await?;
            }
            (Verdict::LoggedOut, _) => {
                keeper.logged_out(&connection.id, opened.generation, &report.sighting.reason()).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends a connection: a login under way is cancelled, the sealed session is deleted.
    pub async fn disconnect(&self, user: &UserId, id: &ConnectionId) -> Result<(), LoginError> {
        if let Some(login) = self.0.parts.store.login_under_way(id).await?
            && login.user == *user
        {
            match self.cancel(user, &login.id).await {
                Ok(_) | Err(LoginError::Over(_)) => {}
                Err(other) => return Err(other),
            }
        }
        if self.0.parts.keeper.disconnect(user, id).await? { Ok(()) } else { Err(LoginError::NotFound) }
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

/// The end of a login that was under way when the service stopped or crashed.
fn interrupted() -> Failure {
    Failure {
        code: FailureCode::Interrupted,
        message:
            "The service stopped in the middle of this login. Nothing that was saved before is lost. Please try again."
                .into(),
        retryable: true,
    }
}

impl From<StoreError> for LoginError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
