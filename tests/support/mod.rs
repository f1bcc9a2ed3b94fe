//! What the stories share: a service with verbs, a person before the live view, browsers, databases.

use std::time::Duration;

use staylogged::{
    demo::{Market, MarketConfig},
    domain::ProviderId,
};

pub mod app;
pub mod captured;
pub mod clock;
pub mod databases;
pub mod dice;
pub mod engine;
pub mod events;
pub mod http;
pub mod person;
pub mod processes;
pub mod program;
pub mod replacing;
pub mod saved_login;
pub mod saved_session;

pub use http::client;

/// Longer than anything takes on a busy machine; nothing waits for it when all is well.
pub const LONG: Duration = Duration::from_mins(1);

/// A marketplace on free ports.
pub async fn market() -> Market {
    Market::start(MarketConfig { port: 0, control_port: 0 }).await.expect("the marketplace starts")
}

pub fn market_id() -> ProviderId {
    ProviderId::parse("demo-market").expect("an id")
}

/// Not the short form of what takes long: `script/bench faults`.
pub fn in_full() -> bool {
    std::env::var_os("STORIES_IN_FULL").is_some()
}
