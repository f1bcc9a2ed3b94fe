//! Providers and the cards of the integrations page.

use std::collections::BTreeMap;

use poem_openapi::{Enum, Object, types::Example};

use super::{Connection, Login, Run};
use crate::{
    domain::{ProviderId, StreamName},
    providers,
};

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

/// What a parameter's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ParamKind {
    /// Any text.
    Text,
    /// A host, with a port or without.
    Host,
    /// An address with http or https.
    Url,
    /// One of `values`.
    Enum,
}

impl From<providers::ParamKind> for ParamKind {
    fn from(kind: providers::ParamKind) -> Self {
        match kind {
            providers::ParamKind::Text => Self::Text,
            providers::ParamKind::Host => Self::Host,
            providers::ParamKind::Url => Self::Url,
            providers::ParamKind::Enum => Self::Enum,
        }
    }
}

/// Something that is asked of the user before the first login, such as the address of a site of their own.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct Param {
    /// Its name in `params`.
    pub name: String,
    /// What the user is asked for, by language; `en` is always there.
    pub label: BTreeMap<String, String>,
    /// Where the user finds it, by language; empty where there is nothing to say.
    pub help: BTreeMap<String, String>,
    /// What the value is.
    pub kind: ParamKind,
    /// Of an enum: what it can be.
    pub values: Vec<String>,
    /// A value that would do.
    pub example: String,
    /// It must be given.
    pub required: bool,
}

impl Example for Param {
    fn example() -> Self {
        Self {
            name: "library".into(),
            label: BTreeMap::from([("en".into(), "Address of your library".into())]),
            help: BTreeMap::new(),
            kind: ParamKind::Host,
            values: Vec::new(),
            example: "leeds.bookshelf.example".into(),
            required: true,
        }
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
    /// What a person should know when they log in there, by language; empty where there is nothing to say.
    pub instructions: BTreeMap<String, String>,
    /// What is asked of the user: what `params` of a connect request may hold.
    pub params: Vec<Param>,
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
            instructions: BTreeMap::new(),
            params: Vec::new(),
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
