//! The marks by which a visit is told to be logged in, logged out or refused, in their order of judgement.

use serde::{Deserialize, Serialize};

use super::{Evidence, Needs, Observation, Rule, Truth, UrlGlob};

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

/// The rules of a probe.
#[derive(Debug, Clone)]
pub struct Marks {
    /// What only somebody logged in sees.
    pub logged_in: Rule,
    /// What only somebody logged out sees.
    pub logged_out: Rule,
    /// How the site refuses.
    pub blocked: Option<Rule>,
}

impl Marks {
    /// Judges in the order blocked, logged out, logged in: a page may show an old mark beside a newer one.
    #[must_use]
    pub fn judge(&self, seen: &Observation) -> Sighting {
        let mut all = Vec::new();
        let rules = [
            (self.blocked.as_ref(), Verdict::Blocked),
            (Some(&self.logged_out), Verdict::LoggedOut),
            (Some(&self.logged_in), Verdict::LoggedIn),
        ];
        for (rule, verdict) in rules {
            let Some(rule) = rule else { continue };
            let judgement = rule.judge(seen);
            if judgement.truth == Truth::True {
                return Sighting { verdict, evidence: judgement.evidence };
            }
            all.extend(judgement.evidence);
        }
        Sighting { verdict: Verdict::Unknown, evidence: all }
    }

    /// What must be looked at.
    #[must_use]
    pub fn needs(&self) -> Needs {
        self.rules().fold(Needs::default(), |needs, rule| needs.and(rule.needs()))
    }

    /// Which answers must be remembered.
    #[must_use]
    pub fn response_globs(&self) -> Vec<&UrlGlob> {
        self.rules().flat_map(Rule::response_globs).collect()
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        [Some(&self.logged_in), Some(&self.logged_out), self.blocked.as_ref()].into_iter().flatten()
    }
}
