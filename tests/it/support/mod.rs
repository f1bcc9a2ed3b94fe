//! What the stories share: a server with verbs, databases, a person.

pub mod databases;
pub mod saved_session;
