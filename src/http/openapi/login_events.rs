//! The events of a login, each with a sample made by the code that tells it.

use serde_json::{Value, json};

use super::events::{Shape, connection_id, moment, provider, text};
use crate::{
    domain::{
        AccountIdentity, ExpiryReason, Failure, FailureCode, Login, LoginEvent, LoginId, LoginState, Notice, Params,
        PersonsTime, Stored, Timestamp, UserId,
        rule::{Evidence, Truth},
    },
    http::events,
};

/// In the order of a login's life.
pub(super) fn login_events() -> Vec<Shape> {
    [while_waiting(), of_the_persons_time(), of_the_proof(), ends()].into_iter().flatten().collect()
}

fn login() -> Login {
    Login {
        id: LoginId::new(uuid::Uuid::from_u128(0x018f_3a5c_7b20_79d1_b3e6_f708_1923_a4b5)),
        connection: connection_id(),
        user: UserId::default_user(),
        provider: provider(),
        params: Params::new(),
        state: LoginState::Launching,
        version: 1,
        auto_finish: false,
        reconnect: false,
        expected: None,
        window: false,
        time: PersonsTime { until: Timestamp(0), extended: false, idle_ends_at: None },
        started_at: moment(0),
        entered_at: moment(0),
        deadline_at: None,
    }
}

/// `own` beside what every event of a login has.
fn shape(schema: &'static str, id: i64, event: LoginEvent, about: &'static str, own: &Value) -> Shape {
    let mut properties = json!({"loginId": text("Of which login."), "connectionId": text("For which connection.")});
    if let (Some(properties), Some(own)) = (properties.as_object_mut(), own.as_object()) {
        properties.extend(own.clone());
    }
    let sample = events::of_login(&login(), &Stored { id, at: moment(id), event });
    Shape { schema, about, properties, optional: &[], sample }
}

fn moment_of(about: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": about})
}

fn account(id: &str, label: &str) -> AccountIdentity {
    AccountIdentity { id: id.into(), label: label.into() }
}

fn while_waiting() -> Vec<Shape> {
    let evidence = Evidence {
        rule: "a cookie named session for app.demo.localhost".into(),
        seen: "no such cookie".into(),
        value: Truth::False,
    };
    let evidence_list = json!({"evidence": {"type": "array", "description": "One entry for each rule.",
        "items": {"$ref": "#/components/schemas/Evidence"}}});
    let mut again = evidence_list.clone();
    again["evidence"]["description"] = "`not_proven`: one entry for each rule.".into();
    again["reason"] = text("Why it is awaited again, where it is, for a person.");
    again["reasonCode"] = json!({"type": "string", "enum": ["logged_out", "not_proven", "other_account"],
        "description": "The same for a program. `logged_out`: the page no longer looks logged in. `not_proven`: the session did \
                        not work when it was tried on its own. `other_account`: the person did not mean the account that was \
                        logged in to."});
    let notice = json!({"notice": {"type": "string", "enum": ["challenge", "refused"],
        "description": "A code or another proof is asked for; or the site did not take what was entered. Left out: neither any more."}});
    let noticed = LoginEvent::Noticed { notice: Some(Notice::Challenge) };
    let awaited = LoginEvent::awaiting_login();
    vec![
        shape("LoginLaunching", 1, LoginEvent::Launching, "The browser is being started.", &json!({})),
        Shape {
            optional: &["reason", "reasonCode", "evidence"],
            ..shape("LoginAwaited", 2, awaited, "The browser shows the site.", &again)
        },
        Shape {
            optional: &["notice"],
            ..shape(
                "LoginNoticed",
                3,
                noticed,
                "The site asks for something, or says something, by its definition's rules.",
                &notice,
            )
        },
        shape("LoginDetected", 3, LoginEvent::LoginDetected, "\"Login detected!\"", &json!({})),
        shape(
            "LoginNotDetected",
            3,
            LoginEvent::LoginNotDetected { evidence: vec![evidence] },
            "\"Login not detected\": what was looked for and what was seen instead.",
            &evidence_list,
        ),
    ]
}

fn of_the_persons_time() -> Vec<Shape> {
    vec![
        shape(
            "LoginExtended",
            3,
            LoginEvent::Extended { deadline_at: moment(1500) },
            "The person has more time.",
            &json!({"deadlineAt": moment_of("When that is over.")}),
        ),
        shape(
            "LoginIdleWarning",
            3,
            LoginEvent::IdleWarning { ends_at: moment(360) },
            "The live view was not touched for five minutes: is anybody there?",
            &json!({"endsAt": moment_of("When the login ends, unless somebody does something.")}),
        ),
        shape(
            "LoginIdleOver",
            4,
            LoginEvent::IdleOver,
            "Somebody is there again, or the login went on: it does not end for that.",
            &json!({}),
        ),
    ]
}

fn of_the_proof() -> Vec<Shape> {
    let identity = account("acc_1001", "ana@example.com");
    let other = LoginEvent::OtherAccount { expected: identity.clone(), found: account("acc_2002", "ben@example.com") };
    let whose = json!({"$ref": "#/components/schemas/AccountIdentity"});
    vec![
        shape("LoginVerifying", 4, LoginEvent::Verifying, "\"Verifying login and saving session...\"", &json!({})),
        shape(
            "LoginOtherAccount",
            5,
            other,
            "It works, but it is another account's than the one that is saved. Answer with `POST …/account`.",
            &json!({"expected": whose, "found": whose}),
        ),
        Shape {
            optional: &["identity"],
            ..shape(
                "LoginVerified",
                5,
                LoginEvent::Verified { identity: Some(identity) },
                "The session works on its own, apart from the browser of the login; whose account it is, where the site says so.",
                &json!({"identity": whose}),
            )
        },
    ]
}

fn ends() -> Vec<Shape> {
    let failure = Failure {
        code: FailureCode::BrowserLost,
        message: "The browser closed unexpectedly. Nothing was saved; please try again.".into(),
        retryable: true,
        evidence: Vec::new(),
    };
    let why = json!({"code": {"$ref": "#/components/schemas/FailureCode"}, "message": text("For a person: what happened and what to do."),
        "retryable": {"type": "boolean", "description": "Whether trying again may help."},
        "evidence": {"type": "array", "description": "`verification_failed`: one entry for each rule, where the site could be asked.",
            "items": {"$ref": "#/components/schemas/Evidence"}}});
    let which_clock = json!({"reason": {"type": "string", "enum": ["deadline", "idle"],
        "description": "`deadline`: nobody finished in time. `idle`: nobody was there."}});
    let none = json!({});
    vec![
        shape("LoginSaved", 6, LoginEvent::Saved, "The end: \"Connection successful! Session saved.\"", &none),
        shape("LoginFailed", 3, LoginEvent::Failed(failure), "The end, by a fault.", &why),
        shape("LoginCancelled", 3, LoginEvent::Cancelled, "The end, by the person.", &none),
        shape(
            "LoginExpired",
            3,
            LoginEvent::Expired { reason: ExpiryReason::Deadline },
            "The end, by the clock.",
            &which_clock,
        ),
    ]
}
