//! For whoever runs the service. Outside `/api`.

use std::sync::Arc;

use poem_openapi::{
    Object, OpenApi,
    payload::{Json, PlainText},
    types::Example,
};

use super::Tag;
use crate::http::{problem::Problem, shared::Shared};

/// See [`Tag::Operations`].
#[derive(Debug)]
pub struct OperationsApi(pub Arc<Shared>);

/// It is so.
#[derive(Debug, Object)]
#[oai(example)]
struct Health {
    /// `ok`
    status: String,
}

impl Health {
    fn ok() -> Json<Self> {
        Json(Self { status: "ok".into() })
    }
}

impl Example for Health {
    fn example() -> Self {
        Self::ok().0
    }
}

#[OpenApi(tag = "Tag::Operations")]
impl OperationsApi {
    /// Is the process alive?
    #[oai(path = "/healthz", method = "get", operation_id = "getHealth")]
    #[expect(clippy::unused_async, reason = "poem-openapi takes async operations only")]
    async fn get_health(&self) -> Result<Json<Health>, Problem> {
        Ok(Health::ok())
    }

    /// Can it do its work?
    ///
    /// 503 while the database cannot be read and written.
    #[oai(path = "/readyz", method = "get", operation_id = "getReadiness")]
    async fn get_readiness(&self) -> Result<Json<Health>, Problem> {
        self.0.store.ping().await?;
        Ok(Health::ok())
    }

    /// Metrics
    ///
    /// In Prometheus' text format. Needs an access key where the service can be reached from other computers.
    #[oai(path = "/metrics", method = "get", operation_id = "getMetrics")]
    #[expect(clippy::unused_async, reason = "poem-openapi takes async operations only")]
    async fn get_metrics(&self) -> Result<PlainText<String>, Problem> {
        Ok(PlainText(self.0.metrics.render()))
    }
}
