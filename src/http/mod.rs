//! Routes, view types, event streams, the live view's WebSocket, problem+json. Cannot name vault or browser.

mod auth;
mod body;
mod cards;
mod events;
mod feed;
mod gate;
mod grants;
mod live;
mod openapi;
mod origins;
mod page;
mod problem;
mod prompt;
mod records;
mod refusals;
mod routes;
mod rules;
mod seats;
mod shared;
mod sources;
mod tickets;
mod types;
mod views;

use std::{io, sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use poem::{
    Endpoint, EndpointExt, IntoEndpoint, Response, Route, Server, endpoint::make_sync, get, http::header,
    listener::TcpAcceptor, middleware::CatchPanic,
};
use poem_openapi::OpenApiService;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{domain::Clock, login::Logins, providers::Providers, scheduler::Scheduler, scraper::Scraper, store::Store};

pub use auth::Access;
pub use live::LocalLiveView;
pub use openapi::yaml as openapi_yaml;
pub use origins::{InvalidOrigin, Origins};
pub use problem::Kind as ProblemKind;

use gate::{Panicked, Routes};
use prompt::Prompt;
use shared::Shared;

/// A connection on which nothing moves is closed. Longer than anyone may wait for a scrape.
const IDLE: Duration = Duration::from_mins(3);
/// What is under way when the service stops may take so long to end.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// What the HTTP side is made of.
#[derive(Debug)]
pub struct HttpParts {
    /// What is kept.
    pub store: Store,
    /// Logins and connections.
    pub logins: Logins,
    /// Runs.
    pub scraper: Scraper,
    /// What happens by itself.
    pub scheduler: Scheduler,
    /// What can be connected.
    pub providers: Providers,
    /// Who may call.
    pub access: Access,
    /// Whose pages may call from other sites.
    pub allowed_origins: Origins,
    /// Whose pages may show `/connect` in a frame.
    pub embed_origins: Origins,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
    /// The time.
    pub clock: Clock,
}

/// Serves until `shutdown` is cancelled; then ends the streams and live views, and answers what is under way.
pub async fn serve(parts: HttpParts, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
    describe_metrics();
    let sockets = TaskTracker::new();
    let shared = Arc::new(Shared {
        store: parts.store,
        logins: parts.logins,
        scraper: parts.scraper,
        scheduler: parts.scheduler,
        providers: parts.providers,
        access: parts.access,
        loopback: listener.local_addr()?.ip().is_loopback(),
        origins: parts.allowed_origins,
        embedders: parts.embed_origins,
        tickets: tickets::Tickets::default(),
        seats: seats::Seats::default(),
        clock: parts.clock,
        metrics: parts.metrics,
        shutdown: shutdown.clone(),
        sockets: sockets.clone(),
    });
    let served = Server::new_with_acceptor(Prompt::new(TcpAcceptor::from_tokio(listener)?))
        .idle_timeout(IDLE)
        .run_with_graceful_shutdown(endpoint(&shared), shutdown.cancelled(), Some(LAST_REQUESTS))
        .await;
    sockets.close();
    // Upgraded sockets are no requests any more: the server does not wait for them.
    if tokio::time::timeout(LAST_REQUESTS, sockets.wait()).await.is_err() {
        tracing::warn!(open = sockets.len(), "live views were still open when the service stopped");
    }
    served
}

fn endpoint(shared: &Arc<Shared>) -> impl Endpoint + 'static {
    let document = openapi::document();
    let routes = Arc::new(Routes::of(&document));
    let api = OpenApiService::new(routes::api(shared), "Staylogged", env!("CARGO_PKG_VERSION"));
    let operations = routes::OperationsApi(Arc::clone(shared));
    let operations = Arc::new(OpenApiService::new(operations, "Staylogged", env!("CARGO_PKG_VERSION")).into_endpoint());
    let json = document.to_string();
    let docs = openapi::swagger_ui();
    let policy = page::docs_policy(&docs);
    let inner = Route::new()
        .nest("/api", api)
        .at("/healthz", Arc::clone(&operations))
        .at("/readyz", Arc::clone(&operations))
        .at("/metrics", operations)
        .at("/openapi.json", get(fixed("application/json", json, None)))
        .at("/openapi.yaml", get(fixed("application/yaml", openapi::yaml(), None)))
        .at("/docs", get(fixed("text/html; charset=utf-8", docs, Some(policy))))
        .at("/", get(page::endpoint(&shared.embedders)))
        .at("/*path", get(page::endpoint(&shared.embedders)))
        .with(CatchPanic::new().with_handler(Panicked));
    let inner = Arc::new(inner.map_to_response());
    let shared = Arc::clone(shared);
    poem::endpoint::make(move |request| {
        gate::pass(Arc::clone(&shared), Arc::clone(&routes), Arc::clone(&inner), request)
    })
}

fn fixed(content_type: &'static str, body: String, policy: Option<String>) -> impl Endpoint<Output = Response> {
    make_sync(move |_| {
        let mut response = Response::builder().content_type(content_type).header(header::CACHE_CONTROL, "no-cache");
        if let Some(policy) = &policy {
            response = response.header(header::CONTENT_SECURITY_POLICY, policy);
        }
        response.body(body.clone())
    })
}

fn describe_metrics() {
    metrics::describe_counter!("staylogged_http_requests_total", "Requests answered, by route and status");
    metrics::describe_gauge!("staylogged_event_streams_open", "Event streams that are open now");
    metrics::describe_gauge!("staylogged_live_views_open", "Live views that are open now");
}
