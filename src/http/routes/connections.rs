//! A user's connections.

use std::sync::Arc;

use poem::Request;
use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::Tag;
use crate::{
    domain::{Connection, ConnectionId, RunId, StreamName, Timestamp},
    http::{
        problem::{Kind, Problem},
        records::{self, Format, Records, Table, Wanted, Wish},
        shared::{Caller, Shared},
        views,
    },
    store::RecordFilter,
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

const MOST_CHANGES: u32 = 200;

fn also() -> bool {
    true
}

impl ConnectionsApi {
    async fn find(&self, caller: &Caller, id: &ConnectionId) -> Result<Connection, Problem> {
        let connection = self.0.store.connection(&caller.user, id).await?;
        connection.ok_or_else(|| Problem::no("connection", id))
    }

    /// Records stay where a definition has gone, or has lost the stream: a stream that is named is taken as it is.
    fn stream(&self, connection: &Connection, named: Option<StreamName>) -> Result<StreamName, Problem> {
        let first = || Some(self.0.providers.get(&connection.provider)?.streams.first()?.name.clone());
        let unknown = || Problem::new(Kind::UnknownStream, "the provider is not known here any more: name the stream");
        named.or_else(first).ok_or_else(unknown)
    }
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
        Ok(Json(self.find(&caller, &id.0).await?.into()))
    }

    /// Read a connection's records
    ///
    /// All that any run found, also what the site does not show any more: that has a `missingSince`. As JSON, a page at
    /// a time; as NDJSON or CSV all of them, or a page where `limit` is given.
    #[oai(path = "/connections/:id/records", method = "get", operation_id = "listConnectionRecords")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the query")]
    async fn list_connection_records(
        &self,
        caller: Caller,
        request: &Request,
        /// The connection's id.
        id: Path<ConnectionId>,
        /// Of which stream; the provider's first when none is named.
        stream: Query<Option<StreamName>>,
        /// Only those that this run saw.
        run: Query<Option<RunId>>,
        /// Only those that are new, or other than before, since then (RFC 3339).
        #[oai(name = "changedSince")]
        changed_since: Query<Option<Timestamp>>,
        /// Also those that the site does not show any more.
        #[oai(default = "also")]
        missing: Query<bool>,
        /// Only those that hold this text in a field. Case and accents do not count.
        #[oai(validator(max_length = 200))]
        q: Query<Option<String>>,
        /// By which field, or by `firstSeen`, `lastSeen`, `changedAt`; with a `-` before it the greatest first. Those
        /// without a value are last; amounts of money go by their currency first. In the site's order where it is left out.
        #[oai(validator(max_length = 100, pattern = "^-?[A-Za-z0-9_]+$"))]
        sort: Query<Option<String>>,
        /// The `next` of the page before.
        cursor: Query<Option<String>>,
        /// How many; 200 where it is left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
        limit: Query<Option<u32>>,
        /// In which form; as `Accept` says where it is left out.
        format: Query<Option<Format>>,
    ) -> Result<Records, Problem> {
        let connection = self.find(&caller, &id.0).await?;
        let stream = self.stream(&connection, stream.0)?;
        let filter = RecordFilter { run: run.0, changed_since: changed_since.0, without_missing: !missing.0 };
        let wish = Wish { search: q.0, sort: sort.0 };
        let table = Table::of_connection(&connection, stream, filter).select(&self.0, &wish)?;
        let format = Format::of(request, format.0);
        records::answer(&self.0, table, Wanted { cursor: cursor.0, limit: limit.0 }, format).await
    }

    /// Read a record's history
    ///
    /// What its fields were before they changed, newest first; at most 200 changes.
    #[oai(path = "/connections/:id/records/history", method = "get", operation_id = "getRecordHistory")]
    async fn get_record_history(
        &self,
        caller: Caller,
        /// The connection's id.
        id: Path<ConnectionId>,
        /// The record's `key`.
        key: Query<String>,
        /// Of which stream; the provider's first when none is named.
        stream: Query<Option<StreamName>>,
    ) -> Result<Json<views::RecordHistory>, Problem> {
        let connection = self.find(&caller, &id.0).await?;
        let stream = self.stream(&connection, stream.0)?;
        let changes = self.0.store.record_changes(&connection.id, &stream, &key.0, MOST_CHANGES).await?;
        Ok(Json(views::RecordHistory { changes: changes.into_iter().map(Into::into).collect() }))
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
