//! What the stories share: a server with verbs, a person before the live view, databases.

pub mod app;
pub mod clock;
pub mod databases;
pub mod events;
pub mod person;
pub mod processes;
pub mod program;
pub mod saved_session;
