//! The life of a login, as a pure state machine (statig).
//!
//! Nothing here touches a clock, a browser or a database. A turn takes the state it starts from and one event, and
//! gives back the state it ends in, what is told, and what the outside world owes. Whoever calls makes the turn real
//! by writing all of that in one transaction. `docs/machine.mmd` is drawn from this code.

use std::time::Duration;

use statig::blocking::{IntoStateMachine, StateExt};
use statig::prelude::*;

use super::event::{Effect, Event};
use crate::domain::{LoginEvent, LoginState, Timestamp};

/// How long the browser may take to start and show the site.
const LAUNCHING: Duration = Duration::from_secs(90);
/// How long the proof in a second browser may take, its retries included.
const VERIFYING: Duration = Duration::from_mins(3);
/// How long sealing and storing may take.
const VERIFIED: Duration = Duration::from_mins(1);

/// A turn that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Where the login stands now.
    pub state: LoginState,
    /// What is told, in order; each raises the login's version by one.
    pub told: Vec<LoginEvent>,
    /// What is owed, in order.
    pub effects: Vec<Effect>,
}

/// A new login, and what it asks for first.
#[must_use]
pub fn begin() -> Turn {
    let mut machine = Machine::default();
    let mut state = Machine::initial();
    let levels = state.depth();
    state.enter(&mut machine, &mut (), levels);
    machine.turn(state)
}

/// Takes one turn. `None`: the login does not take that event now (a stale answer, or it is over).
#[must_use]
pub fn turn(mut state: LoginState, event: &Event, auto_finish: bool) -> Option<Turn> {
    let mut machine = Machine { auto_finish, ..Machine::default() };
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

/// When a login in that state expires. The person's time runs from the start and is not renewed by falling back.
#[must_use]
pub fn deadline(
    state: &LoginState,
    started_at: Timestamp,
    entered_at: Timestamp,
    patience: Duration,
) -> Option<Timestamp> {
    match state {
        LoginState::Launching => Some(entered_at.after(LAUNCHING)),
        LoginState::AwaitingLogin | LoginState::Detected => Some(started_at.after(LAUNCHING + patience)),
        LoginState::Verifying => Some(entered_at.after(VERIFYING)),
        LoginState::Verified => Some(entered_at.after(VERIFIED)),
        LoginState::Saved | LoginState::Failed { .. } | LoginState::Cancelled | LoginState::Expired => None,
    }
}

/// All that the machine remembers within one turn. Everything that outlives a turn is in [`LoginState`].
#[derive(Debug, Default)]
struct Machine {
    auto_finish: bool,
    told: Vec<LoginEvent>,
    effects: Vec<Effect>,
}

impl Machine {
    fn turn(self, state: LoginState) -> Turn {
        Turn { state, told: self.told, effects: self.effects }
    }

    fn tell(&mut self, event: LoginEvent) {
        self.told.push(event);
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
                self.tell(LoginEvent::AwaitingLogin { reason: None });
                Transition(LoginState::AwaitingLogin)
            }
            _ => Super,
        }
    }

    #[state(superstate = "connecting", entry_action = "enter_awaiting_login")]
    fn awaiting_login(&mut self, event: &Event) -> Outcome<LoginState> {
        match event {
            Event::LoginSeen => {
                self.tell(LoginEvent::LoginDetected);
                Transition(LoginState::Detected)
            }
            Event::FinishAsked => {
                self.owe(Effect::LookAgain);
                Handled
            }
            Event::Looked { detected: true, .. } => {
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

    #[state(superstate = "connecting", entry_action = "enter_detected")]
    fn detected(&mut self, event: &Event) -> Outcome<LoginState> {
        match event {
            Event::LoginGone => {
                self.tell(LoginEvent::AwaitingLogin { reason: Some("The site no longer looks logged in.".into()) });
                Transition(LoginState::AwaitingLogin)
            }
            Event::FinishAsked => Transition(LoginState::Verifying),
            _ => Super,
        }
    }

    #[state(superstate = "connecting", entry_action = "enter_verifying")]
    fn verifying(&mut self, event: &Event) -> Outcome<LoginState> {
        match event {
            Event::ProbePassed { identity } => {
                self.tell(LoginEvent::Verified { identity: identity.clone() });
                Transition(LoginState::Verified)
            }
            Event::ProbeLoggedOut { reason } => {
                self.tell(LoginEvent::AwaitingLogin { reason: Some(reason.clone()) });
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
        self.owe(Effect::WatchForLogin);
    }
    #[action]
    fn enter_detected(&mut self) {
        self.owe(if self.auto_finish { Effect::Finish } else { Effect::WatchForLogout });
    }
    #[action]
    fn enter_verifying(&mut self) {
        self.tell(LoginEvent::Verifying);
        self.owe(Effect::Prove);
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
        self.tell(LoginEvent::Expired);
    }
    #[action]
    fn close(&mut self) {
        self.owe(Effect::CloseBrowser);
    }
}

/// One of each state and event, for the drawing and the histories.
pub mod samples {
    use super::{Event, LoginState};
    use crate::domain::{Failure, FailureCode};

    fn failure() -> Failure {
        Failure { code: FailureCode::BrowserLost, message: "The browser ended.".into(), retryable: true }
    }

    /// Every state.
    #[must_use]
    pub fn states() -> Vec<LoginState> {
        vec![
            LoginState::Launching,
            LoginState::AwaitingLogin,
            LoginState::Detected,
            LoginState::Verifying,
            LoginState::Verified,
            LoginState::Saved,
            LoginState::Failed { failure: failure() },
            LoginState::Cancelled,
            LoginState::Expired,
        ]
    }

    /// Every event.
    #[must_use]
    pub fn events() -> Vec<Event> {
        vec![
            Event::BrowserOpened,
            Event::LoginSeen,
            Event::LoginGone,
            Event::FinishAsked,
            Event::Looked { detected: true, evidence: vec![] },
            Event::Looked { detected: false, evidence: vec![] },
            Event::ProbePassed { identity: None },
            Event::ProbeLoggedOut { reason: "It was logged out in a fresh browser.".into() },
            Event::Sealed,
            Event::Fault(failure()),
            Event::DeadlinePassed,
            Event::CancelAsked,
        ]
    }
}

/// The machine, drawn from the machine: every state is asked every event (a Mermaid state diagram).
#[must_use]
pub fn mermaid() -> String {
    use std::fmt::Write;
    let mut out = String::from("stateDiagram-v2\n    [*] --> launching\n");
    for from in samples::states() {
        for event in samples::events() {
            if let Some(turn) = turn(from.clone(), &event, false) {
                let effects = turn.effects.iter().map(|e| e.name()).collect::<Vec<_>>().join(", ");
                let told = turn.told.iter().map(LoginEvent::name).collect::<Vec<_>>().join(", ");
                let _ = write!(out, "    {} --> {}: {}", from.as_str(), turn.state.as_str(), event.name());
                if !told.is_empty() {
                    let _ = write!(out, " / tells {told}");
                }
                if !effects.is_empty() {
                    let _ = write!(out, " / owes {effects}");
                }
                out.push('\n');
            }
        }
        if from.is_over() {
            let _ = writeln!(out, "    {} --> [*]", from.as_str());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn take(events: &[Event]) -> (LoginState, Vec<LoginEvent>, Vec<Effect>) {
        let Turn { mut state, mut told, mut effects } = begin();
        for event in events {
            if let Some(next) = turn(state.clone(), event, false) {
                state = next.state;
                told.extend(next.told);
                effects.extend(next.effects);
            }
        }
        (state, told, effects)
    }

    #[test]
    fn the_straight_way_ends_saved() {
        let (state, told, effects) = take(&[
            Event::BrowserOpened,
            Event::LoginSeen,
            Event::FinishAsked,
            Event::ProbePassed { identity: None },
            Event::Sealed,
        ]);
        assert_eq!(state, LoginState::Saved);
        let names: Vec<_> = told.iter().map(LoginEvent::name).collect();
        assert_eq!(names, ["launching", "awaiting_login", "login_detected", "verifying", "verified", "saved"]);
        assert_eq!(effects.last(), Some(&Effect::CloseBrowser));
    }

    #[test]
    fn finishing_too_early_says_what_was_missing_and_leaves_the_browser_open() {
        let (state, told, effects) =
            take(&[Event::BrowserOpened, Event::FinishAsked, Event::Looked { detected: false, evidence: vec![] }]);
        assert_eq!(state, LoginState::AwaitingLogin);
        assert_eq!(told.last().map(LoginEvent::name), Some("login_not_detected"));
        assert!(!effects.contains(&Effect::CloseBrowser));
    }

    #[test]
    fn a_session_that_does_not_work_elsewhere_goes_back_to_the_person() {
        let (state, _, effects) = take(&[
            Event::BrowserOpened,
            Event::LoginSeen,
            Event::FinishAsked,
            Event::ProbeLoggedOut { reason: "logged out there".into() },
        ]);
        assert_eq!(state, LoginState::AwaitingLogin);
        assert!(!effects.contains(&Effect::CloseBrowser));
    }

    #[test]
    fn falling_back_does_not_renew_the_persons_time() {
        let patience = Duration::from_mins(15);
        let at = |state: &LoginState, entered| deadline(state, Timestamp(0), Timestamp(entered), patience);
        assert_eq!(at(&LoginState::AwaitingLogin, 5_000), at(&LoginState::AwaitingLogin, 500_000));
        assert_eq!(at(&LoginState::Saved, 0), None);
    }

    fn any_event() -> impl Strategy<Value = Event> {
        (0..samples::events().len()).prop_map(|i| samples::events().swap_remove(i))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

        /// Whatever happens in whatever order: the browser is opened once; closed exactly once, and exactly when the
        /// login is over; nothing follows the end; a session is saved only after it was proven; the end is told once.
        #[test]
        fn no_history_leaves_a_browser_open_or_saves_what_was_not_proven(
            events in proptest::collection::vec(any_event(), 0..40),
            auto_finish: bool,
        ) {
            let Turn { mut state, mut told, mut effects } = begin();
            let mut proven = false;
            for event in &events {
                let was_over = state.is_over();
                match turn(state.clone(), event, auto_finish) {
                    None => {}
                    Some(next) => {
                        prop_assert!(!was_over, "{:?} after the end", event);
                        proven = match next.state {
                            LoginState::Verified => true,
                            LoginState::Saved => proven,
                            _ => false,
                        };
                        state = next.state;
                        told.extend(next.told);
                        effects.extend(next.effects);
                    }
                }
                if state == LoginState::Saved {
                    prop_assert!(proven);
                }
            }
            let opened = effects.iter().filter(|e| **e == Effect::OpenBrowser).count();
            let closed = effects.iter().filter(|e| **e == Effect::CloseBrowser).count();
            prop_assert_eq!(opened, 1);
            prop_assert_eq!(closed, usize::from(state.is_over()));
            let ends = told.iter().filter(|e| matches!(e.name(), "saved" | "failed" | "cancelled" | "expired")).count();
            prop_assert_eq!(ends, usize::from(state.is_over()));
        }
    }
}
