//! What needs no browser, in one binary. The stories with a browser are in `tests/stories`.
mod architecture;
mod both_databases;
mod demo_market;
mod documents;
mod http;
mod provider_check;
mod providers;
mod store;
mod vault;

/// What these share with the stories.
mod support {
    #[path = "../../support/clock.rs"]
    pub mod clock;
    #[path = "../../support/databases.rs"]
    pub mod databases;
    #[path = "../../support/http.rs"]
    pub mod http;
    #[path = "../../support/replacing.rs"]
    pub mod replacing;
    #[path = "../../support/saved_login.rs"]
    pub mod saved_login;
}
