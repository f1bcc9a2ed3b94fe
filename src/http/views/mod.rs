//! What the API shows of the domain: camelCase JSON, described and with examples. A field that may be null is always there.

mod connection;
mod grant;
mod login;
mod request;
mod run;
mod schedule;
mod site;

pub use connection::{AccountIdentity, Check, CheckEvidence, Connected, Connection, ConnectionList};
pub use grant::{ConnectToken, Link, LinkMode};
pub use login::{LiveTicket, Login};
pub use request::{AccountRequest, ConnectRequest, ConnectTokenRequest, LinkRequest, ScrapeRequest};
pub use run::{Record, RecordHistory, RecordPage, Run, RunList, ScrapeResult, SessionState};
pub use schedule::{Schedule, ScheduleList, ScheduleRequest};
pub use site::{Field, Integration, IntegrationList, Param, Provider, ProviderList, Stream};

/// The moment that examples happen at.
fn example_moment(seconds: i64) -> crate::domain::Timestamp {
    crate::domain::Timestamp(1_777_887_000_250 + seconds * 1000)
}
