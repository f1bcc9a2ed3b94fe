//! The machine as a picture.

use std::fmt::Write;

use super::{samples, turn};
use crate::domain::LoginEvent;

/// The machine, drawn from the machine: every state is asked every event (a Mermaid state diagram).
#[must_use]
pub fn mermaid() -> String {
    let mut out = String::from("stateDiagram-v2\n    [*] --> launching\n");
    for from in samples::states() {
        let mut drawn: Vec<String> = Vec::new();
        for event in samples::events() {
            let taken = [samples::given(), samples::warned()];
            let Some(turn) = taken.into_iter().find_map(|given| turn(from.clone(), &event, given)) else { continue };
            let effects = turn.effects.iter().map(|e| e.name()).collect::<Vec<_>>().join(", ");
            let told = turn.told.iter().map(LoginEvent::name).collect::<Vec<_>>().join(", ");
            let mut line = format!("    {} --> {}: {}", from.as_str(), turn.state.as_str(), event.name());
            if !told.is_empty() {
                let _ = write!(line, " / tells {told}");
            }
            if !effects.is_empty() {
                let _ = write!(line, " / owes {effects}");
            }
            if !drawn.contains(&line) {
                drawn.push(line);
            }
        }
        if from.is_over() {
            drawn.push(format!("    {} --> [*]", from.as_str()));
        }
        for line in drawn {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}
