//! When streams are scraped by themselves.

use std::{sync::Arc, time::Duration};

use poem_openapi::{ApiResponse, OpenApi, param::Path, payload::Json};

use super::Tag;
use crate::{
    domain::{ConnectionId, StreamName},
    http::{
        body::Needed,
        problem::Problem,
        shared::{Caller, Shared},
        views,
    },
    scheduler::NewSchedule,
};

/// See [`Tag::Schedules`].
#[derive(Debug)]
pub struct SchedulesApi(pub(super) Arc<Shared>);

/// It is done, and there is nothing to say.
#[derive(Debug, ApiResponse)]
enum Deleted {
    /// The stream is scraped only when somebody asks.
    #[oai(status = 204)]
    Deleted,
}

#[OpenApi(tag = "Tag::Schedules")]
impl SchedulesApi {
    /// List a connection's schedules
    #[oai(path = "/connections/:id/schedules", method = "get", operation_id = "listSchedules")]
    async fn list_schedules(
        &self,
        caller: Caller,
        /// The connection's id.
        id: Path<ConnectionId>,
    ) -> Result<Json<views::ScheduleList>, Problem> {
        let schedules = self.0.scheduler.schedules(&caller.user, &id.0).await?;
        Ok(Json(views::ScheduleList { schedules: schedules.into_iter().map(Into::into).collect() }))
    }

    /// Schedule a stream
    ///
    /// From now on the stream is scraped at these times, in place of what was set before, as if somebody had asked for it;
    /// never more often than the provider's definition lets a schedule be. Times that pass while the service is down are made
    /// up for by one run. While the connection needs a reconnect nothing is scraped, and `lastProblem` says so.
    #[oai(path = "/connections/:id/schedules/:stream", method = "put", operation_id = "setSchedule")]
    async fn set_schedule(
        &self,
        caller: Caller,
        /// The connection's id.
        id: Path<ConnectionId>,
        /// Which stream.
        stream: Path<StreamName>,
        /// When.
        request: Needed<views::ScheduleRequest>,
    ) -> Result<Json<views::Schedule>, Problem> {
        let views::ScheduleRequest { cron, time_zone, jitter_seconds } = request.0;
        let new = NewSchedule { cron, time_zone, jitter: Duration::from_secs(jitter_seconds.into()) };
        Ok(Json(self.0.scheduler.set(&caller.user, &id.0, &stream.0, new).await?.into()))
    }

    /// End a schedule
    #[oai(path = "/connections/:id/schedules/:stream", method = "delete", operation_id = "deleteSchedule")]
    async fn delete_schedule(
        &self,
        caller: Caller,
        /// The connection's id.
        id: Path<ConnectionId>,
        /// Which stream.
        stream: Path<StreamName>,
    ) -> Result<Deleted, Problem> {
        self.0.scheduler.unset(&caller.user, &id.0, &stream.0).await?;
        Ok(Deleted::Deleted)
    }
}
