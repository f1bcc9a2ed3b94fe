//! Providers and the cards of the integrations page.

use poem_openapi::{Object, types::Example};

use super::{Connection, Login, Run};
use crate::domain::{ProviderId, StreamName};

/// A field of a stream's records.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct Field {
    /// Its name in `data`.
    pub name: String,
    /// `text`, `integer`, `decimal`, `boolean`, `date`, `datetime` … as the provider's definition says.
    #[oai(rename = "type")]
    pub kind: String,
}

impl Example for Field {
    fn example() -> Self {
        Self { name: "price".into(), kind: "decimal".into() }
    }
}

/// A kind of thing that a provider offers.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct Stream {
    /// Its name.
    pub name: StreamName,
    /// Its records' fields, in order.
    pub fields: Vec<Field>,
}

impl Example for Stream {
    fn example() -> Self {
        let id = Field { name: "id".into(), kind: "text".into() };
        Self { name: Run::example_stream(), fields: vec![id, Field::example()] }
    }
}

/// A site that can be connected.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct Provider {
    /// Its id: what stands in addresses.
    pub id: ProviderId,
    /// Its name for people.
    pub name: String,
    /// Its front page.
    pub homepage: String,
    /// How many seconds a person has for a login; once, as many again can be added.
    pub login_timeout: u64,
    /// How many seconds the site lets a session live at most, where that is known: then somebody must log in again.
    #[oai(nullable)]
    pub kept_for: Option<u64>,
    /// What it offers; the first one is scraped when none is named.
    pub streams: Vec<Stream>,
}

impl Example for Provider {
    fn example() -> Self {
        Self {
            id: Login::example_provider(),
            name: "Demo Market".into(),
            homepage: "http://app.demo.localhost:4381/".into(),
            login_timeout: 900,
            kept_for: Some(172_800),
            streams: vec![Stream::example()],
        }
    }
}

/// What can be connected.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct ProviderList {
    /// By name.
    pub providers: Vec<Provider>,
}

impl Example for ProviderList {
    fn example() -> Self {
        Self { providers: vec![Provider::example()] }
    }
}

/// A provider and what this user has there: one card.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct Integration {
    /// The site.
    pub provider: Provider,
    /// The user's `main` connection there, or else their oldest; null before the first try.
    #[oai(nullable)]
    pub connection: Option<Connection>,
    /// The login under way for it.
    #[oai(nullable)]
    pub login: Option<Login>,
    /// Its newest run.
    #[oai(nullable)]
    pub last_run: Option<Run>,
    /// How many records of it are kept.
    pub records: u64,
}

impl Example for Integration {
    fn example() -> Self {
        Self {
            provider: Provider::example(),
            connection: Some(Connection::example()),
            login: None,
            last_run: Some(Run::example()),
            records: 137,
        }
    }
}

/// What the cards show.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct IntegrationList {
    /// One for each provider, by name.
    pub integrations: Vec<Integration>,
}

impl Example for IntegrationList {
    fn example() -> Self {
        Self { integrations: vec![Integration::example()] }
    }
}
