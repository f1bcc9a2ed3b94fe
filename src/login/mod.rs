//! A login by hand: the state machine, detection, and the task that drives them.

mod event;
pub mod machine;
