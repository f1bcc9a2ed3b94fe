//! What needs no browser, in one binary. The stories with a browser are in `tests/stories`.
mod architecture;
mod both_databases;
mod demo_market;
mod documents;
mod http;
mod provider_check;
mod providers;
mod store;
mod support;
mod vault;
