//! The life of a login, as a pure state machine (statig).
//!
//! Nothing here touches a clock, a browser or a database. A turn takes the state it starts from and one event, and
//! gives back the state it ends in, what is told, and what the outside world owes. Whoever calls makes the turn real
//! by writing all of that in one transaction. `docs/machine.mmd` is drawn from this code.

mod drawing;
pub mod samples;

use std::time::Duration;

use statig::blocking::{IntoStateMachine, StateExt};
use statig::prelude::*;

use super::event::{Effect, Event};
use crate::domain::{
    AccountIdentity, AwaitedAgain, ExpiryReason, Login, LoginEvent, LoginState, PersonsTime, Timestamp, rule::Evidence,
};

pub use drawing::mermaid;

/// How long the browser may take to start and show the site.
const LAUNCHING: Duration = Duration::from_secs(90);
/// How long the proof may take, its retries included.
const VERIFYING: Duration = Duration::from_mins(3);
/// How long the person may think about whether another account is meant.
const OTHER_ACCOUNT: Duration = Duration::from_mins(10);
/// How long sealing and storing may take.
const VERIFIED: Duration = Duration::from_mins(1);

/// When a person counts as gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idleness {
    /// After so long without an input they are asked whether they are still there.
    pub quiet: Duration,
    /// So long they then have to say so.
    pub warning: Duration,
}

impl Default for Idleness {
    /// Time enough to look for a phone and wait for a message with a code.
    fn default() -> Self {
        Self { quiet: Duration::from_mins(5), warning: Duration::from_mins(1) }
    }
}

/// What a turn is taken with, beside the state and the event. Nothing of it is changed by a turn but the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The person's time, as it stands.
    pub time: PersonsTime,
    /// When the present state was entered.
    pub entered_at: Timestamp,
    /// Go on by itself once detected.
    pub auto_finish: bool,
    /// Whose account is saved already.
    pub expected: Option<AccountIdentity>,
    /// How long the provider gives a person.
    pub patience: Duration,
    /// How long somebody who is warned has to say that they are there.
    pub warning: Duration,
    /// The present moment.
    pub now: Timestamp,
}

impl Given {
    /// For a turn of that login.
    #[must_use]
    pub fn of(login: &Login, patience: Duration, warning: Duration, now: Timestamp) -> Self {
        Self {
            time: login.time,
            entered_at: login.entered_at,
            auto_finish: login.auto_finish,
            expected: login.expected.clone(),
            patience,
            warning,
            now,
        }
    }
}

/// The time that a person has who begins now.
#[must_use]
pub fn persons_time(now: Timestamp, patience: Duration) -> PersonsTime {
    PersonsTime { until: now.after(LAUNCHING + patience), extended: false, idle_ends_at: None }
}

/// A turn that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Where the login stands now.
    pub state: LoginState,
    /// How long the person has now.
    pub time: PersonsTime,
    /// What is told, in order; each raises the login's version by one.
    pub told: Vec<LoginEvent>,
    /// What is owed, in order.
    pub effects: Vec<Effect>,
}

/// A new login, and what it asks for first.
#[must_use]
pub fn begin(given: Given) -> Turn {
    let mut machine = Machine::given(given);
    let mut state = Machine::initial();
    let levels = state.depth();
    state.enter(&mut machine, &mut (), levels);
    machine.turn(state)
}

/// Takes one turn. `None`: the login does not take that event now (a stale answer, or it is over).
#[must_use]
pub fn turn(mut state: LoginState, event: &Event, given: Given) -> Option<Turn> {
    let mut machine = Machine::given(given);
    let state = match state.handle(&mut machine, event, &mut ()) {
        Outcome::Super => return None,
        Outcome::Handled => state,
        Outcome::Transition(mut next) => {
            let (up, down) = state.transition_path(&mut next);
            state.exit(&mut machine, &mut (), up);
            next.enter(&mut machine, &mut (), down);
            next
        }
    };
    Some(machine.turn(state))
}

/// When a login in that state expires. The person's time is not renewed by falling back.
#[must_use]
pub fn deadline(state: &LoginState, entered_at: Timestamp, time: PersonsTime) -> Option<Timestamp> {
    match state {
        LoginState::Launching => Some(entered_at.after(LAUNCHING)),
        LoginState::AwaitingLogin | LoginState::Detected => Some(time.until),
        LoginState::Verifying => Some(entered_at.after(VERIFYING)),
        LoginState::OtherAccount { .. } => Some(entered_at.after(OTHER_ACCOUNT)),
        LoginState::Verified => Some(entered_at.after(VERIFIED)),
        LoginState::Saved | LoginState::Failed { .. } | LoginState::Cancelled | LoginState::Expired => None,
    }
}

/// All that the machine remembers within one turn. Everything that outlives a turn is in [`LoginState`].
#[derive(Debug)]
struct Machine {
    given: Given,
    /// Which clock ends it, where one does.
    expiry: ExpiryReason,
    /// The login begins again in a browser of its own.
    reopens: bool,
    told: Vec<LoginEvent>,
    effects: Vec<Effect>,
}

impl Machine {
    fn given(given: Given) -> Self {
        Self { given, expiry: ExpiryReason::default(), reopens: false, told: Vec::new(), effects: Vec::new() }
    }

    fn turn(self, state: LoginState) -> Turn {
        Turn { state, time: self.given.time, told: self.told, effects: self.effects }
    }

    fn tell(&mut self, event: LoginEvent) {
        self.told.push(event);
    }

    fn await_again(&mut self, code: AwaitedAgain, reason: String, evidence: Vec<Evidence>) {
        self.tell(LoginEvent::AwaitingLogin { reason: Some(reason), reason_code: Some(code), evidence });
    }

    /// Somebody is there, or the login went on: a warning is taken back.
    fn is_not_idle(&mut self) {
        if self.given.time.idle_ends_at.take().is_some() {
            self.tell(LoginEvent::IdleOver);
        }
    }

    fn owe(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}

#[state_machine(initial = "LoginState::Launching", state(name = "LoginState", custom), superstate(derive(Debug)))]
impl Machine {
    #[state(superstate = "connecting", entry_action = "enter_launching")]
    fn launching(&mut self, event: &Event) -> Outcome<LoginState> {
        match event {
            Event::BrowserOpened => {
                self.tell(LoginEvent::awaiting_login());
                Transition(LoginState::AwaitingLogin)
            }
            _ => Super,
        }
    }

    #[state(superstate = "persons", entry_action = "enter_awaiting_login")]
    fn awaiting_login(&mut self, event: &Event) -> Outcome<LoginState> {
        match event {
            Event::LoginSeen => {
                self.is_not_idle();
                self.tell(LoginEvent::LoginDetected);
                Transition(LoginState::Detected)
            }
            // Another one than the first: see `Event::KeepAsked`.
            Event::BrowserOpened => {
                self.owe(Effect::WatchForLogin);
                Handled
            }
            Event::Noticed(notice) => {
                self.tell(LoginEvent::Noticed { notice: *notice });
                Handled
            }
            Event::FinishAsked => {
                self.is_not_idle();
                self.owe(Effect::LookAgain);
                Handled
            }
            Event::Looked { detected: true, .. } => {
                self.is_not_idle();
                self.tell(LoginEvent::LoginDetected);
                Transition(LoginState::Verifying)
            }
            Event::Looked { detected: false, evidence } => {
                self.tell(LoginEvent::LoginNotDetected { evidence: evidence.clone() });
                Handled
            }
            _ => Super,
        }
    }

    #[state(superstate = "persons", entry_action = "enter_detected")]
    fn detected(&mut self, event: &Event) -> Outcome<LoginState> {
        match event {
            Event::LoginGone => {
                self.is_not_idle();
                self.await_again(AwaitedAgain::LoggedOut, "The site no longer looks logged in.".into(), Vec::new());
                Transition(LoginState::AwaitingLogin)
            }
            Event::FinishAsked => {
                self.is_not_idle();
                Transition(LoginState::Verifying)
            }
            _ => Super,
        }
    }

    /// It is the person's turn. Their time runs, and they may have left.
    #[superstate(superstate = "connecting")]
    fn persons(&mut self, event: &Event) -> Outcome<LoginState> {
        let time = &mut self.given.time;
        match event {
            Event::ExtendAsked if !time.extended => {
                time.extended = true;
                time.until = time.until.after(self.given.patience);
                let deadline_at = time.until;
                self.is_not_idle();
                self.tell(LoginEvent::Extended { deadline_at });
                Handled
            }
            Event::Quiet if time.idle_ends_at.is_none() => {
                let ends_at = self.given.now.after(self.given.warning);
                time.idle_ends_at = Some(ends_at);
                self.tell(LoginEvent::IdleWarning { ends_at });
                Handled
            }
            Event::Touched if time.idle_ends_at.is_some() => {
                self.is_not_idle();
                Handled
            }
            Event::IdlePassed if time.idle_ends_at.is_some() => {
                self.expiry = ExpiryReason::Idle;
                Transition(LoginState::Expired)
            }
            _ => Super,
        }
    }

    #[state(superstate = "connecting", entry_action = "enter_verifying")]
    fn verifying(&mut self, event: &Event) -> Outcome<LoginState> {
        match event {
            Event::ProbePassed { identity } => {
                if let (Some(expected), Some(found)) = (&self.given.expected, identity)
                    && expected.id != found.id
                {
                    return Transition(LoginState::OtherAccount { found: found.clone() });
                }
                self.tell(LoginEvent::Verified { identity: identity.clone() });
                Transition(LoginState::Verified)
            }
            Event::ProbeLoggedOut { evidence } => {
                let reason = "The login did not work when it was tried once more, on its own. Please log in again, and press the \
                              button when you are done.";
                self.await_again(AwaitedAgain::NotProven, reason.into(), evidence.clone());
                Transition(LoginState::AwaitingLogin)
            }
            Event::FinishAsked => Handled,
            _ => Super,
        }
    }

    /// Another account than the one that is saved. Nothing is replaced that the person did not mean.
    #[state(superstate = "connecting", entry_action = "enter_other_account")]
    fn other_account(&mut self, found: &mut AccountIdentity, event: &Event) -> Outcome<LoginState> {
        match event {
            Event::ReplaceAsked => {
                self.tell(LoginEvent::Verified { identity: Some(found.clone()) });
                Transition(LoginState::Verified)
            }
            Event::KeepAsked => {
                // The question took of the person's time, and is not theirs.
                let asked_for = self.given.now.since(self.given.entered_at);
                self.given.time.until = self.given.time.until.after(asked_for);
                let expected = self.given.expected.as_ref().map_or("the other account", |one| one.label.as_str());
                let reason = format!("{} was not saved. Log in as {expected}.", found.label);
                self.await_again(AwaitedAgain::OtherAccount, reason, Vec::new());
                self.reopens = true;
                Transition(LoginState::AwaitingLogin)
            }
            Event::FinishAsked => Handled,
            _ => Super,
        }
    }

    #[state(superstate = "connecting", entry_action = "enter_verified")]
    fn verified(event: &Event) -> Outcome<LoginState> {
        match event {
            Event::Sealed => Transition(LoginState::Saved),
            Event::FinishAsked => Handled,
            _ => Super,
        }
    }

    /// A browser is open, or about to be. Every way out closes it, here and nowhere else.
    #[superstate(exit_action = "close")]
    fn connecting(event: &Event) -> Outcome<LoginState> {
        match event {
            Event::CancelAsked => Transition(LoginState::Cancelled),
            Event::DeadlinePassed => Transition(LoginState::Expired),
            Event::Fault(failure) => Transition(LoginState::Failed { failure: failure.clone() }),
            _ => Super,
        }
    }

    #[state(entry_action = "enter_saved")]
    fn saved() -> Outcome<LoginState> {
        Super
    }

    #[state(entry_action = "enter_failed")]
    #[expect(
        unused_variables,
        reason = "the failure is told by the entry action; statig names a state's data in its handler"
    )]
    fn failed(failure: &mut crate::domain::Failure) -> Outcome<LoginState> {
        Super
    }

    #[state(entry_action = "enter_cancelled")]
    fn cancelled() -> Outcome<LoginState> {
        Super
    }

    #[state(entry_action = "enter_expired")]
    fn expired() -> Outcome<LoginState> {
        Super
    }

    #[action]
    fn enter_launching(&mut self) {
        self.tell(LoginEvent::Launching);
        self.owe(Effect::OpenBrowser);
    }
    #[action]
    fn enter_awaiting_login(&mut self) {
        self.owe(if self.reopens { Effect::ReopenBrowser } else { Effect::WatchForLogin });
    }
    #[action]
    fn enter_detected(&mut self) {
        self.owe(if self.given.auto_finish { Effect::Finish } else { Effect::WatchForLogout });
    }
    #[action]
    fn enter_verifying(&mut self) {
        self.tell(LoginEvent::Verifying);
        self.owe(Effect::Prove);
    }
    #[action]
    fn enter_other_account(&mut self, found: &mut AccountIdentity) {
        if let Some(expected) = self.given.expected.clone() {
            self.tell(LoginEvent::OtherAccount { expected, found: found.clone() });
        }
    }
    #[action]
    fn enter_verified(&mut self) {
        self.owe(Effect::Seal);
    }
    #[action]
    fn enter_saved(&mut self) {
        self.tell(LoginEvent::Saved);
    }
    #[action]
    fn enter_failed(&mut self, failure: &mut crate::domain::Failure) {
        self.tell(LoginEvent::Failed(failure.clone()));
    }
    #[action]
    fn enter_cancelled(&mut self) {
        self.tell(LoginEvent::Cancelled);
    }
    #[action]
    fn enter_expired(&mut self) {
        self.tell(LoginEvent::Expired { reason: self.expiry });
    }
    #[action]
    fn close(&mut self) {
        self.owe(Effect::CloseBrowser);
    }
}

#[cfg(test)]
mod tests;
