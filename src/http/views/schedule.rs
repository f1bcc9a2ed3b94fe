//! Schedules as the API shows them.

use poem_openapi::{Object, types::Example};
use serde::Deserialize;

use super::{Connection, Run, example_moment};
use crate::domain::{self, ConnectionId, RunId, StreamName, Timestamp};

fn utc() -> String {
    "UTC".to_owned()
}

/// When a stream is to be scraped by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Object)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[oai(rename_all = "camelCase", deny_unknown_fields, example)]
pub struct ScheduleRequest {
    /// Five fields of cron: minute, hour, day of the month, month, day of the week.
    pub cron: String,
    /// IANA name of the time zone whose clock they read.
    #[serde(default = "utc")]
    #[oai(default = "utc")]
    pub time_zone: String,
    /// Up to so many seconds later, by chance; 3600 at most.
    #[serde(default)]
    #[oai(default, validator(maximum(value = "3600")))]
    pub jitter_seconds: u32,
}

impl Example for ScheduleRequest {
    fn example() -> Self {
        Self { cron: "0 6 * * *".into(), time_zone: "America/Sao_Paulo".into(), jitter_seconds: 300 }
    }
}

/// Scrapes of a stream at set times.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct Schedule {
    /// With which connection.
    pub connection_id: ConnectionId,
    /// Of what.
    pub stream: StreamName,
    /// Five fields of cron.
    pub cron: String,
    /// IANA name of the time zone whose clock they read.
    pub time_zone: String,
    /// Up to so many seconds later, by chance.
    pub jitter_seconds: u64,
    /// When it is due next.
    pub next_at: Timestamp,
    /// When it was last due.
    #[oai(nullable)]
    pub last_at: Option<Timestamp>,
    /// The run that came of that.
    #[oai(nullable)]
    pub last_run_id: Option<RunId>,
    /// Why none came of it, for a person to read.
    #[oai(nullable)]
    pub last_problem: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last set.
    pub updated_at: Timestamp,
}

impl From<domain::Schedule> for Schedule {
    fn from(schedule: domain::Schedule) -> Self {
        Self {
            connection_id: schedule.connection,
            stream: schedule.stream,
            cron: schedule.cron,
            time_zone: schedule.time_zone,
            jitter_seconds: schedule.jitter.as_secs(),
            next_at: schedule.next_at,
            last_at: schedule.last_at,
            last_run_id: schedule.last_run,
            last_problem: schedule.last_problem,
            created_at: schedule.created_at,
            updated_at: schedule.updated_at,
        }
    }
}

impl Example for Schedule {
    fn example() -> Self {
        let ScheduleRequest { cron, time_zone, jitter_seconds } = ScheduleRequest::example();
        Self {
            connection_id: Connection::example_id(),
            stream: Run::example_stream(),
            cron,
            time_zone,
            jitter_seconds: jitter_seconds.into(),
            next_at: example_moment(86_400),
            last_at: Some(example_moment(0)),
            last_run_id: Some(Run::example().id),
            last_problem: None,
            created_at: example_moment(0),
            updated_at: example_moment(0),
        }
    }
}

/// All schedules of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct ScheduleList {
    /// By stream.
    pub schedules: Vec<Schedule>,
}

impl Example for ScheduleList {
    fn example() -> Self {
        Self { schedules: vec![Schedule::example()] }
    }
}
