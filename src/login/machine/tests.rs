use proptest::prelude::*;

use super::*;
use crate::domain::rule::Truth;

/// A login's life in miniature: what a store and a driver keep of it between turns.
struct Life {
    state: LoginState,
    given: Given,
    told: Vec<LoginEvent>,
    effects: Vec<Effect>,
}

impl Life {
    fn begin(given: Given) -> Self {
        let Turn { state, time, told, effects } = begin(given.clone());
        Self { state, given: Given { time, ..given }, told, effects }
    }

    /// Takes a turn; whether it was taken.
    fn take(&mut self, event: &Event) -> bool {
        let Some(turn) = turn(self.state.clone(), event, self.given.clone()) else { return false };
        if turn.state != self.state {
            self.given.entered_at = self.given.now;
        }
        self.state = turn.state;
        self.given.time = turn.time;
        self.told.extend(turn.told);
        self.effects.extend(turn.effects);
        true
    }

    fn told(&self) -> Vec<&'static str> {
        self.told.iter().map(LoginEvent::name).collect()
    }

    fn deadline(&self) -> Option<Timestamp> {
        deadline(&self.state, self.given.entered_at, self.given.time)
    }
}

fn take(events: &[Event]) -> Life {
    let mut life = Life::begin(samples::given());
    for event in events {
        life.take(event);
    }
    life
}

fn account(id: &str) -> AccountIdentity {
    AccountIdentity { id: id.into(), label: format!("{id}@example.com") }
}

fn proven(id: &str) -> Event {
    Event::ProbePassed { identity: Some(account(id)) }
}

/// Up to the proof.
const TO_THE_PROOF: [Event; 3] = [Event::BrowserOpened, Event::LoginSeen, Event::FinishAsked];

#[test]
fn the_straight_way_ends_saved() {
    let life = take(&[&TO_THE_PROOF[..], &[Event::ProbePassed { identity: None }, Event::Sealed]].concat());
    assert_eq!(life.state, LoginState::Saved);
    assert_eq!(life.told(), ["launching", "awaiting_login", "login_detected", "verifying", "verified", "saved"]);
    assert_eq!(life.effects.last(), Some(&Effect::CloseBrowser));
}

#[test]
fn finishing_too_early_says_what_was_missing_and_leaves_the_browser_open() {
    let life = take(&[Event::BrowserOpened, Event::FinishAsked, Event::Looked { detected: false, evidence: vec![] }]);
    assert_eq!(life.state, LoginState::AwaitingLogin);
    assert_eq!(life.told().last(), Some(&"login_not_detected"));
    assert!(!life.effects.contains(&Effect::CloseBrowser));
}

#[test]
fn a_session_that_does_not_work_elsewhere_goes_back_to_the_person() {
    let evidence = Evidence { rule: "a text".into(), seen: "another text".into(), value: Truth::False };
    let life = take(&[&TO_THE_PROOF[..], &[Event::ProbeLoggedOut { evidence: vec![evidence.clone()] }]].concat());
    assert_eq!(life.state, LoginState::AwaitingLogin);
    let Some(LoginEvent::AwaitingLogin { reason, reason_code, evidence: seen }) = life.told.last() else {
        panic!("{:?}", life.told)
    };
    assert_eq!((*reason_code, &seen[..]), (Some(AwaitedAgain::NotProven), &[evidence][..]));
    assert!(reason.as_ref().is_some_and(|reason| !reason.contains("text")), "for a person: {reason:?}");
    assert!(!life.effects.contains(&Effect::CloseBrowser));
}

#[test]
fn falling_back_does_not_renew_the_persons_time() {
    let time = samples::given().time;
    let at = |state: &LoginState, entered| deadline(state, Timestamp(entered), time);
    assert_eq!(at(&LoginState::AwaitingLogin, 5_000), at(&LoginState::AwaitingLogin, 500_000));
    assert_eq!(at(&LoginState::Saved, 0), None);
}

#[test]
fn time_is_given_once_more_and_only_once() {
    // Whenever it is asked for, at once or at the end: it is as much.
    for now in [0, 600_000] {
        let mut life = take(&[Event::BrowserOpened]);
        let until = life.given.time.until.after(life.given.patience);
        life.given.now = Timestamp(now);
        assert!(life.take(&Event::ExtendAsked));
        assert_eq!(life.told.last(), Some(&LoginEvent::Extended { deadline_at: until }));
        assert_eq!((life.given.time.extended, life.deadline()), (true, Some(until)));
        assert!(!life.take(&Event::ExtendAsked), "once");
    }
    for state in samples::states().into_iter().filter(|state| !state.is_persons()) {
        assert_eq!(turn(state, &Event::ExtendAsked, samples::given()), None, "it is not the person's turn");
    }
}

#[test]
fn nobody_there_is_warned_of_before_it_ends_the_login() {
    let mut life = take(&[Event::BrowserOpened]);
    assert!(!life.take(&Event::Touched), "nothing to take back");
    assert!(!life.take(&Event::IdlePassed), "not without a warning");
    assert!(life.take(&Event::Quiet));
    assert!(!life.take(&Event::Quiet), "one warning");
    let ends_at = life.given.now.after(life.given.warning);
    assert_eq!(life.told.last(), Some(&LoginEvent::IdleWarning { ends_at }));
    assert!(life.take(&Event::IdlePassed));
    assert_eq!(life.state, LoginState::Expired);
    assert_eq!(life.told.last(), Some(&LoginEvent::Expired { reason: ExpiryReason::Idle }));
}

#[test]
fn whatever_the_person_does_takes_the_warning_back() {
    for sign in [Event::Touched, Event::ExtendAsked, Event::FinishAsked, Event::LoginSeen] {
        let mut life = take(&[Event::BrowserOpened, Event::Quiet]);
        assert!(life.take(&sign), "{sign:?}");
        assert!(life.told().contains(&"idle_over"), "{sign:?}");
        assert!(!life.take(&Event::IdlePassed), "{sign:?}");
        life.take(&Event::DeadlinePassed);
        assert_eq!(life.told.last(), Some(&LoginEvent::Expired { reason: ExpiryReason::Deadline }), "{sign:?}");
    }
}

#[test]
fn another_account_is_asked_about_before_it_is_sealed() {
    let mut life = take(&TO_THE_PROOF);
    life.take(&proven("ben"));
    assert_eq!(life.state, LoginState::OtherAccount { found: account("ben") });
    let asked = LoginEvent::OtherAccount { expected: account("ana"), found: account("ben") };
    assert_eq!(life.told.last(), Some(&asked));
    assert!(!life.effects.contains(&Effect::Seal) && !life.effects.contains(&Effect::CloseBrowser));
    assert_eq!(life.deadline(), Some(life.given.now.after(Duration::from_mins(10))));

    life.take(&Event::ReplaceAsked);
    assert_eq!(life.state, LoginState::Verified);
    assert_eq!(life.told.last(), Some(&LoginEvent::Verified { identity: Some(account("ben")) }));
    assert_eq!(life.effects.last(), Some(&Effect::Seal));
}

#[test]
fn the_account_that_is_kept_is_waited_for_and_the_question_costs_no_time() {
    let mut life = take(&TO_THE_PROOF);
    life.take(&proven("ben"));
    let (before, minutes) = (life.given.time.until, Duration::from_mins(9));
    life.given.now = life.given.now.after(minutes);
    life.take(&Event::KeepAsked);
    assert_eq!(life.state, LoginState::AwaitingLogin);
    let Some(LoginEvent::AwaitingLogin { reason: Some(reason), .. }) = life.told.last() else {
        panic!("{:?}", life.told)
    };
    assert!(reason.contains("ana@example.com") && reason.contains("ben@example.com"), "{reason}");
    assert_eq!(life.deadline(), Some(before.after(minutes)));
    assert!(!life.take(&Event::ReplaceAsked), "too late");
    // Not watched before the other account is gone.
    assert_eq!(life.effects.last(), Some(&Effect::ReopenBrowser));
    life.take(&Event::BrowserOpened);
    assert_eq!((life.state, life.effects.last()), (LoginState::AwaitingLogin, Some(&Effect::WatchForLogin)));
}

#[test]
fn nobody_is_asked_who_logs_in_to_the_same_account_or_for_the_first_time() {
    for (expected, found) in [(Some("ana"), Some("ana")), (None, Some("ben")), (Some("ana"), None), (None, None)] {
        let given = Given { expected: expected.map(account), ..samples::given() };
        let passed = Event::ProbePassed { identity: found.map(account) };
        let turn = turn(LoginState::Verifying, &passed, given).unwrap();
        assert_eq!(turn.state, LoginState::Verified, "{expected:?} {found:?}");
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    (0..samples::events().len()).prop_map(|i| samples::events().swap_remove(i))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: the browser is opened once, and once more for each account that was not meant; closed
    /// exactly once, and exactly when the login is over; nothing follows the end; a session is saved only after it was proven, and another account's only
    /// after the person said so; the end is told once; time is given once; a warning is told before it counts.
    #[test]
    fn no_history_leaves_a_browser_open_or_saves_what_was_not_proven_and_meant(
        events in proptest::collection::vec((any_event(), 0_i64..400_000), 0..40),
        auto_finish: bool,
        is_reconnect: bool,
    ) {
        let mut given = Given { auto_finish, ..samples::given() };
        given.expected = given.expected.filter(|_| is_reconnect);
        let mut life = Life::begin(given);
        let (mut proven, mut meant, mut kept) = (false, false, 0);
        for (event, later) in &events {
            life.given.now = Timestamp(life.given.now.0 + later);
            let before = life.state.clone();
            let warned = life.given.time.idle_ends_at.is_some();
            if !life.take(event) {
                continue;
            }
            prop_assert!(!before.is_over(), "{:?} after the end", event);
            proven = match life.state {
                LoginState::Verified | LoginState::OtherAccount { .. } => true,
                LoginState::Saved => proven,
                _ => false,
            };
            match (&before, event) {
                (LoginState::Verifying, Event::ProbePassed { identity }) => {
                    let other = identity.as_ref().is_some_and(|found| found.id != "ana");
                    meant = !(is_reconnect && other);
                }
                (LoginState::OtherAccount { .. }, Event::ReplaceAsked) => meant = true,
                (LoginState::OtherAccount { .. }, Event::KeepAsked) => kept += 1,
                _ => {}
            }
            if life.state == LoginState::Verified || life.state == LoginState::Saved {
                prop_assert!(proven && meant);
            }
            if *event == Event::IdlePassed {
                prop_assert!(warned);
            }
            // Only while it is the person's turn is there anything to warn of.
            prop_assert!(life.given.time.idle_ends_at.is_none() || life.state.is_persons() || life.state.is_over());
            prop_assert_eq!(life.deadline().is_some(), !life.state.is_over());
        }
        let owed = |wanted: Effect| life.effects.iter().filter(|effect| **effect == wanted).count();
        prop_assert_eq!(owed(Effect::OpenBrowser), 1);
        prop_assert_eq!(owed(Effect::ReopenBrowser), kept);
        prop_assert_eq!(owed(Effect::CloseBrowser), usize::from(life.state.is_over()));
        let told = |names: &[&str]| life.told.iter().filter(|event| names.contains(&event.name())).count();
        prop_assert_eq!(told(&["saved", "failed", "cancelled", "expired"]), usize::from(life.state.is_over()));
        prop_assert_eq!(told(&["extended"]), usize::from(life.given.time.extended));
        // Every warning is taken back, is still standing, or was there at the end.
        prop_assert_eq!(
            told(&["idle_warning"]),
            told(&["idle_over"]) + usize::from(life.given.time.idle_ends_at.is_some())
        );
    }
}
