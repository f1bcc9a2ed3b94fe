//! The task of one login: performs what the machine owes, feeds the answers back, and decides nothing.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use super::{
    Inner,
    effects::{Answer, Answered, Performer},
    event::{Effect, Event},
    interrupted,
    machine::{self, Given},
    presence::Presence,
};
use crate::{
    browser::{BrowserError, Context, live_view::LiveView},
    domain::{AccountIdentity, Connection, Failure, FailureCode, Login, LoginState, Session, Timestamp},
    providers::Provider,
    store::{SaveSession, StoreError, Turn},
};

/// How long a turn may wait for a store that does not answer before the browser is let go.
const STORE_PATIENCE: Duration = Duration::from_mins(1);

/// What the API asks of a driver.
#[derive(Debug)]
pub(super) enum Command {
    /// "I Finished Login"; answered once it was looked at.
    Finish(oneshot::Sender<Login>),
    /// End it; answered once that is stored.
    Cancel(oneshot::Sender<Login>),
    /// More time, or an answer about the account; answered at once, with whether it was taken.
    Ask(Event, oneshot::Sender<(Login, bool)>),
}

/// One login's task.
#[derive(Debug)]
pub(super) struct Driver {
    inner: Arc<Inner>,
    login: Login,
    connection: Connection,
    provider: Arc<Provider>,
    live: watch::Sender<Option<LiveView>>,
    answers: mpsc::UnboundedReceiver<Answer>,
    performer: Performer,
    context: Option<Arc<dyn Context>>,
    lost: Option<watch::Receiver<Option<BrowserError>>>,
    presence: Presence,
    /// What passed the probe and whose it is, until it is sealed.
    proven: Option<(Session, Option<AccountIdentity>)>,
    /// Callers of `finish` that wait for the look they asked for.
    waiting: Vec<oneshot::Sender<Login>>,
    /// `autoFinish`, until a proof failed: then the person decides when to try again.
    auto_finish: bool,
}

impl Driver {
    pub(super) fn new(
        inner: Arc<Inner>,
        login: Login,
        connection: Connection,
        provider: Arc<Provider>,
        live: watch::Sender<Option<LiveView>>,
    ) -> Self {
        let (sender, answers) = mpsc::unbounded_channel();
        let performer =
            Performer::new(Arc::clone(&inner), login.id.clone(), connection.clone(), Arc::clone(&provider), sender);
        let auto_finish = login.auto_finish;
        let presence = Presence::since(login.entered_at);
        Self {
            inner,
            login,
            connection,
            provider,
            live,
            answers,
            performer,
            context: None,
            lost: None,
            presence,
            proven: None,
            waiting: Vec::new(),
            auto_finish,
        }
    }

    /// Runs until the login is over and its browser is closed.
    pub(super) async fn run(mut self, effects: Vec<Effect>, mut commands: mpsc::Receiver<Command>) {
        let stop = self.inner.stop.clone();
        self.perform(effects);
        while !self.login.state.is_over() {
            let (deadline, quiet) = (self.deadline(), self.quiet());
            tokio::select! {
                () = stop.cancelled() => self.apply(Event::Fault(interrupted()), None).await,
                Some(command) = commands.recv() => self.obey(command).await,
                Some(answer) = self.answers.recv() => self.take(answer).await,
                error = lost(&mut self.lost) => self.apply(Event::Fault(browser_lost(&error)), None).await,
                () = tokio::time::sleep_until(deadline) => self.apply(Event::DeadlinePassed, None).await,
                () = self.presence.touched() => self.touched().await,
                () = until(quiet) => self.quiet_passed().await,
            }
        }
        tracing::info!(login.id = %self.login.id, provider = %self.login.provider, state = self.login.state.as_str(), "login over");
        metrics::counter!("staylogged_logins_total", "provider" => self.login.provider.to_string(), "end" => self.login.state.as_str())
            .increment(1);
        // Whoever still waits learns the end from here; later callers from the store.
        commands.close();
        while let Ok(command) = commands.try_recv() {
            match command {
                Command::Finish(answer) | Command::Cancel(answer) => drop(answer.send(self.login.clone())),
                Command::Ask(_, answer) => drop(answer.send((self.login.clone(), false))),
            }
        }
        self.answer_waiting();
        self.close_browser().await;
        self.performer.finish(&mut self.answers).await;
    }

    fn deadline(&self) -> Instant {
        let left = self.login.deadline_at.map_or(Duration::from_hours(1), |at| at.since(self.inner.parts.clock.now()));
        Instant::now() + left
    }

    /// When the person counts as quiet, or as gone.
    fn quiet(&self) -> Option<Instant> {
        let at = self.presence.quiet_at(&self.login, self.inner.parts.idleness)?;
        Some(Instant::now() + at.since(self.inner.parts.clock.now()))
    }

    async fn quiet_passed(&mut self) {
        let event = if self.login.time.idle_ends_at.is_some() { Event::IdlePassed } else { Event::Quiet };
        self.apply(event, None).await;
    }

    async fn touched(&mut self) {
        self.presence.note(self.inner.parts.clock.now());
        if self.login.time.idle_ends_at.is_some() {
            self.apply(Event::Touched, None).await;
        }
    }

    async fn obey(&mut self, command: Command) {
        // Whoever asks for something is there.
        self.presence.note(self.inner.parts.clock.now());
        match command {
            Command::Ask(event, answer) => {
                let taken = self.turn(event, None).await;
                let _ = answer.send((self.login.clone(), taken));
            }
            Command::Cancel(answer) => {
                self.apply(Event::CancelAsked, None).await;
                let _ = answer.send(self.login.clone());
            }
            Command::Finish(answer) => {
                let looks = self.login.state == LoginState::AwaitingLogin;
                self.apply(Event::FinishAsked, None).await;
                if looks {
                    self.waiting.push(answer);
                } else {
                    let _ = answer.send(self.login.clone());
                }
            }
        }
    }

    async fn take(&mut self, answer: Answer) {
        let is_stale = self.performer.is_stale(&answer);
        match answer.answered {
            Answered::Opened(context) if is_stale || self.context.is_some() => context.close().await,
            _ if is_stale => {}
            Answered::Opened(context) => {
                self.lost = Some(context.lost());
                let view = context.live_view();
                self.presence.watch(view.inputs());
                self.live.send_replace(Some(view));
                self.context = Some(context);
                self.apply(Event::BrowserOpened, None).await;
                if !self.waiting.is_empty() {
                    self.perform(vec![Effect::LookAgain]);
                }
            }
            Answered::Proven { session, identity } => {
                self.proven = Some((session, identity.clone()));
                self.apply(Event::ProbePassed { identity }, None).await;
            }
            Answered::Sealed(save) => self.apply(Event::Sealed, Some(save)).await,
            Answered::Happened(event) => {
                let looked = matches!(event, Event::Looked { .. });
                // The look that somebody waits for is stale now; what it was asked for is not.
                let outran = event == Event::LoginSeen && !self.waiting.is_empty();
                if matches!(event, Event::ProbeLoggedOut { .. }) {
                    self.auto_finish = false;
                }
                self.apply(event, None).await;
                if outran {
                    self.apply(Event::FinishAsked, None).await;
                }
                if looked || outran {
                    self.answer_waiting();
                }
            }
        }
    }

    fn answer_waiting(&mut self) {
        for answer in self.waiting.drain(..) {
            let _ = answer.send(self.login.clone());
        }
    }

    async fn apply(&mut self, event: Event, save: Option<SaveSession>) {
        self.turn(event, save).await;
    }

    /// Takes one turn: stored first, then performed. Whether it was taken.
    async fn turn(&mut self, event: Event, save: Option<SaveSession>) -> bool {
        let now = self.inner.parts.clock.now();
        let (patience, warning) = (self.provider.login.timeout, self.inner.parts.idleness.warning);
        let given = Given { auto_finish: self.auto_finish, ..Given::of(&self.login, patience, warning, now) };
        let Some(turn) = machine::turn(self.login.state.clone(), &event, given) else {
            tracing::debug!(login.id = %self.login.id, state = self.login.state.as_str(), event = event.name(), "refused");
            return false;
        };
        if !turn.told.is_empty() || turn.state != self.login.state {
            match self.commit(&turn, save, now).await {
                // What was proven is not what is meant, or not what works.
                Committed::Yes if self.login.state == LoginState::AwaitingLogin => self.proven = None,
                Committed::Yes => {}
                Committed::SessionMoved => {
                    self.perform(vec![Effect::Seal]);
                    return false;
                }
                Committed::Elsewhere => return false,
                Committed::NotInTime => {
                    Box::pin(self.apply(Event::Fault(interrupted()), None)).await;
                    return false;
                }
            }
        }
        self.perform(turn.effects);
        true
    }

    async fn commit(&mut self, turn: &machine::Turn, save: Option<SaveSession>, now: Timestamp) -> Committed {
        let store = self.inner.parts.store.clone();
        let moved = turn.state != self.login.state;
        let entered_at = if moved { now } else { self.login.entered_at };
        let deadline_at = machine::deadline(&turn.state, entered_at, turn.time);
        let owed: Vec<String> = turn.effects.iter().map(|e| e.name().to_owned()).collect();
        let began = Instant::now();
        let mut pause = Duration::from_millis(250);
        loop {
            let stored = Turn {
                state: turn.state.clone(),
                events: turn.told.clone(),
                deadline_at,
                time: turn.time,
                owed: owed.clone(),
                save: save.clone(),
                now,
            };
            match store.turn(&self.login, stored).await {
                Ok(login) => {
                    tracing::debug!(login.id = %login.id, state = login.state.as_str(), version = login.version, "turn");
                    if moved {
                        self.presence.note(now);
                        self.performer.leave_state();
                    }
                    self.login = login;
                    return Committed::Yes;
                }
                Err(StoreError::Moved(_)) => return self.moved(save.is_some()).await,
                Err(error) => {
                    tracing::warn!(login.id = %self.login.id, %error, "could not store a turn; trying again");
                    let gives_up = began.elapsed() > STORE_PATIENCE && !turn.state.is_over();
                    if gives_up {
                        self.close_browser().await;
                        return Committed::NotInTime;
                    }
                    if turn.state.is_over() {
                        // The end must not wait for the database: the browser goes now, the end is told when it can be stored.
                        self.close_browser().await;
                        if self.inner.stop.is_cancelled() {
                            self.login.state = turn.state.clone();
                            return Committed::Elsewhere;
                        }
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
            }
        }
    }

    /// The compare-and-set was lost: to a run that saved the session anew, or to somebody who moved this very login.
    async fn moved(&mut self, with_session: bool) -> Committed {
        match self.inner.parts.store.login(&self.login.user, &self.login.id).await {
            Ok(Some(login)) if login.version == self.login.version && with_session => Committed::SessionMoved,
            Ok(Some(login)) => {
                tracing::warn!(login.id = %login.id, state = login.state.as_str(), "this login was moved by somebody else");
                self.login = login;
                Committed::Elsewhere
            }
            Ok(None) => {
                // Deleted with its connection.
                self.login.state = LoginState::Cancelled;
                Committed::Elsewhere
            }
            Err(error) => {
                tracing::warn!(login.id = %self.login.id, %error, "could not read the login again");
                Committed::NotInTime
            }
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let context = self.context.clone();
            match (effect, context) {
                // Closed at the end of `run`, where its end is waited for. Whoever asks for a look while it is opened anew waits for
                // that.
                (Effect::CloseBrowser, _) | (Effect::LookAgain, None) => {}
                (Effect::OpenBrowser, _) => self.performer.open_browser(effect),
                (Effect::ReopenBrowser, _) => {
                    if let Some(context) = self.let_go_of_the_browser() {
                        self.performer.close(context);
                    }
                    self.performer.open_browser(effect);
                }
                (Effect::Finish, _) => self.performer.finish_by_itself(),
                (Effect::Seal, _) => match self.proven.take() {
                    Some((session, identity)) => {
                        self.performer.seal(self.connection.clone(), session.clone(), identity.clone());
                        self.proven = Some((session, identity));
                    }
                    None => {
                        self.performer.answer(Answered::Happened(Event::Fault(internal("nothing was proven to seal"))));
                    }
                },
                (Effect::WatchForLogin, Some(context)) => self.performer.watch_for_login(context),
                (Effect::WatchForLogout, Some(context)) => self.performer.watch_for_logout(context),
                (Effect::LookAgain, Some(context)) => self.performer.look_again(context),
                (Effect::Prove, Some(context)) => self.performer.prove(context),
                (_, None) => {
                    self.performer.answer(Answered::Happened(Event::Fault(browser_lost(&BrowserError::Closed))));
                }
            }
        }
    }

    async fn close_browser(&mut self) {
        if let Some(context) = self.let_go_of_the_browser() {
            context.close().await;
            self.performer.settle(Effect::CloseBrowser).await;
        }
    }

    /// Nobody sees or uses it any more.
    fn let_go_of_the_browser(&mut self) -> Option<Arc<dyn Context>> {
        self.lost = None;
        self.presence.leave();
        self.live.send_replace(None);
        self.context.take()
    }
}

/// How storing a turn went.
enum Committed {
    Yes,
    /// The session was saved anew by a run: seal for the next generation and try again.
    SessionMoved,
    /// Somebody else moved or ended the login; that is what counts.
    Elsewhere,
    /// The store did not answer in time.
    NotInTime,
}

async fn lost(watched: &mut Option<watch::Receiver<Option<BrowserError>>>) -> BrowserError {
    let Some(receiver) = watched else { return std::future::pending().await };
    match receiver.wait_for(Option::is_some).await {
        Ok(error) => error.clone().unwrap_or(BrowserError::Closed),
        Err(_) => BrowserError::Lost("its driver ended".into()),
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// For the person; the operator finds the cause in the log.
fn browser_lost(error: &BrowserError) -> Failure {
    tracing::warn!(%error, "the browser of a login is lost");
    Failure {
        code: FailureCode::BrowserLost,
        message:
            "The browser on the server ended unexpectedly. Nothing that was saved before is lost. Please try again."
                .into(),
        retryable: true,
        evidence: Vec::new(),
    }
}

pub(super) fn internal(what: &str) -> Failure {
    tracing::error!(what, "a login failed");
    Failure {
        code: FailureCode::Internal,
        message: "Something went wrong on our side. Please try again.".into(),
        retryable: true,
        evidence: Vec::new(),
    }
}
