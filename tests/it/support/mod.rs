//! What the stories share: a server with verbs, a person before the live view, databases.

pub mod app;
pub mod clock;
pub mod databases;
pub mod events;
pub mod person;
pub mod processes;
pub mod program;
pub mod saved_session;

/// An HTTP client of a story's own.
pub fn client() -> reqwest::Client {
    client_builder().build().expect("a client")
}

/// The same, to be built with more.
pub fn client_builder() -> reqwest::ClientBuilder {
    staylogged::fetch::choose_cryptography();
    reqwest::Client::builder()
}
