//! The stories, in one integration binary (relinking is most of the time of a test build).
mod architecture;
mod browser;
mod canary;
mod connect;
mod demo_market;
mod documents;
mod faults;
mod hotmart;
mod http;
mod neighbours;
mod provider_check;
mod providers;
mod scrape;
mod store;
mod support;
mod truth;
mod vault;
