//! Staylogged: log in once, by hand; the session is proven, sealed and kept, and scraped with until the site ends it.
//!
//! `ARCHITECTURE.md` has the map. Which module may use which is checked by `tests/it/architecture.rs`.

pub mod app;
pub mod browser;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod fetch;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod http;
pub mod login;
pub mod providers;
pub mod recorder;
pub mod scheduler;
pub mod scraper;
pub mod sessions;
pub mod store;
pub mod telemetry;
pub mod vault;
