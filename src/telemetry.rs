//! Logs and metrics.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::Environment;

/// Libraries whose finer logs hold what must never be written down: storage states and typed keys (the Playwright
/// wire, WebSocket frames) or header values (HTTP). Held at this level whatever `RUST_LOG` says.
const QUIET: [&str; 8] = [
    "playwright_rs=warn",
    // Calls an error what it does not know of the newer protocol; what matters comes back from the call itself.
    "playwright_rs::server=off",
    "tungstenite=warn",
    "tokio_tungstenite=warn",
    "hyper=info",
    "h2=info",
    "rustls=info",
    "sqlx=info",
];

/// The filter that `RUST_LOG` asks for, with the libraries above held back.
#[must_use]
pub fn filter(rust_log: Option<&str>) -> EnvFilter {
    let asked = EnvFilter::builder().parse_lossy(rust_log.unwrap_or("info"));
    QUIET.iter().filter_map(|directive| directive.parse().ok()).fold(asked, EnvFilter::add_directive)
}

/// Starts writing logs to standard error: for people, or as JSON with `LOG_FORMAT=json`.
pub fn start_logs(environment: &Environment) {
    let registry = tracing_subscriber::registry().with(filter(environment.get("RUST_LOG")));
    let started = if environment.get("LOG_FORMAT") == Some("json") {
        registry
            .with(tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr))
            .try_init()
    } else {
        let colour = environment.get("NO_COLOR").is_none() && std::io::IsTerminal::is_terminal(&std::io::stderr());
        registry.with(tracing_subscriber::fmt::layer().with_ansi(colour).with_writer(std::io::stderr)).try_init()
    };
    if started.is_err() {
        tracing::debug!("logs were started already");
    }
}

/// The metrics of this process; the first call makes them.
#[must_use]
pub fn metrics() -> PrometheusHandle {
    static HANDLE: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed; /metrics stays empty");
            }
            handle
        })
        .clone()
}
