//! The rules of a definition as they stand at one moment, for a terminal.

use super::terminal::{Painted, printable};
use crate::{
    browser::Wanted,
    domain::rule::{Evidence, Judgement, Needs, Observation, Rule, Truth},
    providers::Provider,
    sessions,
};

/// All rules on being logged in, by the names that they have in the file.
pub(super) fn rules(provider: &Provider) -> Vec<(&'static str, &Rule)> {
    let (login, probe) = (&provider.login, &provider.probe);
    let all = [
        ("login.logged_in", Some(&login.logged_in)),
        ("login.challenge", login.challenge.as_ref()),
        ("login.refused", login.refused.as_ref()),
        ("probe.blocked", probe.blocked.as_ref()),
        ("probe.logged_out", Some(&probe.logged_out)),
        ("probe.logged_in", Some(&probe.logged_in)),
    ];
    all.into_iter().filter_map(|(name, rule)| Some((name, rule?))).collect()
}

/// What a browser must be asked so that all of them can be judged.
pub(super) fn wanted(provider: &Provider) -> Wanted {
    let needs = rules(provider).into_iter().fold(Needs::default(), |needs, (_, rule)| needs.and(rule.needs()));
    sessions::wanted(needs)
}

/// What the rules make of what is seen, told as it changes.
pub(super) struct Board {
    painted: Option<Painted>,
    told: Vec<(&'static str, Truth, Vec<Truth>)>,
}

impl Board {
    pub fn new() -> Self {
        Self { painted: Painted::new(), told: Vec::new() }
    }

    pub fn show(&mut self, provider: &Provider, seen: &Observation, below: &str) {
        let judged: Vec<(&'static str, Judgement)> =
            rules(provider).into_iter().map(|(name, rule)| (name, rule.judge(seen))).collect();
        if let Some(painted) = &mut self.painted {
            let mut lines: Vec<String> = judged.iter().flat_map(|(name, judged)| block(name, judged)).collect();
            lines.extend([String::new(), below.to_owned()]);
            painted.paint(&lines);
            return;
        }
        let now: Vec<_> = judged
            .iter()
            .map(|(name, judged)| (*name, judged.truth, judged.evidence.iter().map(|one| one.value).collect()))
            .collect();
        for ((name, judged), state) in judged.iter().zip(&now) {
            if !self.told.contains(state) {
                for line in block(name, judged) {
                    println!("{line}");
                }
            }
        }
        self.told = now;
    }
}

fn block(name: &str, judged: &Judgement) -> Vec<String> {
    let mut lines = vec![format!("{:<8}{name}", word(judged.truth))];
    lines.extend(judged.evidence.iter().map(evidence));
    lines
}

/// What was looked for, and what was seen: names, hosts and paths, never values.
pub(super) fn evidence(one: &Evidence) -> String {
    format!("        {:<8}{}: {}", word(one.value), printable(&one.rule), printable(&one.seen))
}

pub(super) fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown => "unknown",
    }
}
