//! What a visit shows: logged in, logged out or refused, in their order of judgement.

use serde::{Deserialize, Serialize};

use super::{Evidence, Observation, Rule, Truth};

/// What a visit showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A logged-in mark was seen.
    LoggedIn,
    /// A logged-out mark was seen.
    LoggedOut,
    /// The site refuses us: too many requests, a challenge.
    Blocked,
    /// None of these: never told to anyone as a logout.
    Unknown,
}

impl Verdict {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedIn => "logged_in",
            Self::LoggedOut => "logged_out",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }
}

/// A verdict and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What it comes to.
    pub verdict: Verdict,
    /// The leaves of the rule that decided; of all rules where none did.
    pub evidence: Vec<Evidence>,
}

impl Sighting {
    /// Judges in the order blocked, logged out, logged in: a page may show an old mark beside a newer one.
    #[must_use]
    pub fn of(seen: &Observation, blocked: Option<&Rule>, logged_out: &Rule, logged_in: &Rule) -> Self {
        let mut all = Vec::new();
        let rules =
            [(blocked, Verdict::Blocked), (Some(logged_out), Verdict::LoggedOut), (Some(logged_in), Verdict::LoggedIn)];
        for (rule, verdict) in rules {
            let Some(rule) = rule else { continue };
            let judgement = rule.judge(seen);
            if judgement.truth == Truth::True {
                return Self { verdict, evidence: judgement.evidence };
            }
            all.extend(judgement.evidence);
        }
        Self { verdict: Verdict::Unknown, evidence: all }
    }

    /// What decided, in one line for a person: the leaves that held.
    #[must_use]
    pub fn reason(&self) -> String {
        let held: Vec<_> = self
            .evidence
            .iter()
            .filter(|evidence| evidence.value == Truth::True)
            .map(|evidence| format!("{} ({})", evidence.rule, evidence.seen))
            .collect();
        if held.is_empty() { "nothing that was looked for was seen".into() } else { held.join("; ") }
    }
}
