//! A user's connections.

use std::sync::Arc;

use poem_openapi::{ApiResponse, OpenApi, param::Path, payload::Json};

use super::Tag;
use crate::{
    domain::ConnectionId,
    http::{
        problem::Problem,
        shared::{Caller, Shared},
        views,
    },
};

/// See [`Tag::Connections`].
#[derive(Debug)]
pub struct ConnectionsApi(pub(super) Arc<Shared>);

/// It is done, and there is nothing to say.
#[derive(Debug, ApiResponse)]
enum Deleted {
    /// The session is deleted, and the records that were read with it.
    #[oai(status = 204)]
    Deleted,
}

#[OpenApi(tag = "Tag::Connections")]
impl ConnectionsApi {
    /// List the connections
    #[oai(path = "/connections", method = "get", operation_id = "listConnections")]
    async fn list_connections(&self, caller: Caller) -> Result<Json<views::ConnectionList>, Problem> {
        let connections = self.0.store.connections(&caller.user).await?;
        Ok(Json(views::ConnectionList { connections: connections.into_iter().map(Into::into).collect() }))
    }

    /// Get a connection
    #[oai(path = "/connections/:id", method = "get", operation_id = "getConnection")]
    async fn get_connection(
        &self,
        caller: Caller,
        /// The connection's id.
        id: Path<ConnectionId>,
    ) -> Result<Json<views::Connection>, Problem> {
        let connection = self.0.store.connection(&caller.user, &id.0).await?;
        Ok(Json(connection.ok_or_else(|| Problem::no("connection", &id.0))?.into()))
    }

    /// Disconnect
    ///
    /// Deletes the session for good, and the records that were read with it. A login under way for the connection is
    /// cancelled. The connection itself stays, as `disconnected`; connecting again revives it.
    #[oai(path = "/connections/:id", method = "delete", operation_id = "disconnect")]
    async fn disconnect(
        &self,
        caller: Caller,
        /// The connection's id.
        id: Path<ConnectionId>,
    ) -> Result<Deleted, Problem> {
        self.0.logins.disconnect(&caller.user, &id.0).await?;
        Ok(Deleted::Deleted)
    }

    /// Check a connection now
    ///
    /// Opens the saved session in a fresh headless browser context and looks whether the site still takes it. Only a
    /// session that was seen to be logged out changes the connection; a time-out never costs anyone a login.
    #[oai(path = "/connections/:id/check", method = "post", operation_id = "checkConnection")]
    async fn check_connection(
        &self,
        caller: Caller,
        /// The connection's id.
        id: Path<ConnectionId>,
    ) -> Result<Json<views::Check>, Problem> {
        let check = self.0.logins.check(&caller.user, &id.0).await?;
        Ok(Json(views::Check {
            connection: check.connection.into(),
            verdict: check.verdict.into(),
            evidence: check.evidence.into_iter().map(Into::into).collect(),
        }))
    }
}
