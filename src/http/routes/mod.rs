//! The routes. Each is documented where it stands; `openapi` makes the document of it.

mod connections;
mod integrations;
mod links;
mod logins;
mod operations;
mod schedules;
mod scraper;
mod tokens;

use std::sync::Arc;

use poem_openapi::Tags;

pub use connections::ConnectionsApi;
pub use integrations::IntegrationsApi;
pub use links::LinksApi;
pub use logins::LoginsApi;
pub use operations::OperationsApi;
pub use schedules::SchedulesApi;
pub use scraper::ScraperApi;
pub use tokens::TokensApi;

use super::shared::Shared;

/// How the routes are grouped.
#[derive(Debug, Tags)]
pub enum Tag {
    /// What can be connected, and the start of a login.
    Integrations,
    /// A user's accounts at providers, over time.
    Connections,
    /// Logging in by hand: follow it, finish it, see and use its browser.
    Logins,
    /// Reading what a provider offers, with the saved session.
    Scraper,
    /// Scraping by itself, at set times.
    Schedules,
    /// For whoever runs the service.
    Operations,
}

/// Everything under `/api`.
pub type Api = (IntegrationsApi, TokensApi, ConnectionsApi, LoginsApi, LinksApi, ScraperApi, SchedulesApi);

/// Everything under `/api`.
#[must_use]
pub fn api(shared: &Arc<Shared>) -> Api {
    (
        IntegrationsApi(Arc::clone(shared)),
        TokensApi(Arc::clone(shared)),
        ConnectionsApi(Arc::clone(shared)),
        LoginsApi(Arc::clone(shared)),
        LinksApi(Arc::clone(shared)),
        ScraperApi(Arc::clone(shared)),
        SchedulesApi(Arc::clone(shared)),
    )
}
