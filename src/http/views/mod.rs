//! What the API shows of the domain: camelCase JSON, described and with examples. A field that may be null is always there.

mod connection;
mod login;
mod request;
mod run;
mod site;

pub use connection::{Check, Connected, Connection, ConnectionList};
pub use login::{LiveTicket, Login};
pub use request::{ConnectRequest, ScrapeRequest};
pub use run::{Record, RecordPage, Run, RunList, ScrapeResult};
pub use site::{Field, Integration, IntegrationList, Provider, ProviderList, Stream};

/// The moment that examples happen at.
fn example_moment(seconds: i64) -> crate::domain::Timestamp {
    crate::domain::Timestamp(1_777_887_000_250 + seconds * 1000)
}
