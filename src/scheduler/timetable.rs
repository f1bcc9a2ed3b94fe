//! Streams are scraped at set times.

use std::time::Duration;

use super::Scheduler;
use crate::{
    domain::{
        Connection, ConnectionId, ConnectionStatus, InvalidTiming, Schedule, StreamName, Timestamp, Timing, UserId,
        schedule::MOST_JITTER,
    },
    scraper::{ScrapeError, ScrapeRequest},
    store::{DueSchedule, StoreError},
};

/// When a stream is to be scraped.
#[derive(Debug, Clone)]
pub struct NewSchedule {
    /// Five fields of cron.
    pub cron: String,
    /// IANA name.
    pub time_zone: String,
    /// Up to this much later, by chance.
    pub jitter: Duration,
}

/// Why a schedule was not set or found.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// There is no such connection, it was ended, or it is somebody else's.
    #[error("there is no connection {0}")]
    NoConnection(ConnectionId),
    /// The stream is not scraped by itself.
    #[error("{0} is not scheduled")]
    NoSchedule(StreamName),
    /// The provider has no such stream.
    #[error("the provider has no such stream; it has: {}", known.join(", "))]
    UnknownStream {
        /// The ones it has.
        known: Vec<String>,
    },
    /// No times, or none in such a zone.
    #[error(transparent)]
    Timing(#[from] InvalidTiming),
    /// More often than the definition lets a schedule be.
    #[error("that is every {}, and {provider} is scraped by itself every {} at most: leave longer pauses", in_words(*.shortest), in_words(*.least))]
    TooOften {
        /// Which site, as people call it.
        provider: String,
        /// The shortest time between two of its moments.
        shortest: Duration,
        /// The least that there may be.
        least: Duration,
    },
    /// Later, by chance, than one can foresee.
    #[error("at most {} seconds", MOST_JITTER.as_secs())]
    TooMuchJitter,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A duration for a person to read.
fn in_words(time: Duration) -> String {
    let (number, unit) = match time.as_secs() {
        seconds if seconds % 3600 == 0 => (seconds / 3600, "hour"),
        seconds if seconds % 60 == 0 => (seconds / 60, "minute"),
        seconds => (seconds, "second"),
    };
    if number == 1 { unit.to_owned() } else { format!("{number} {unit}s") }
}

impl Scheduler {
    /// Sets when a stream is scraped by itself, in place of what was set before.
    pub async fn set(
        &self,
        user: &UserId,
        connection: &ConnectionId,
        stream: &StreamName,
        new: NewSchedule,
    ) -> Result<Schedule, ScheduleError> {
        let parts = &self.0.parts;
        let connection = self.connection(user, connection).await?;
        // Its schedules ended with it: one that is set now would never come to anything.
        if connection.status == ConnectionStatus::Disconnected {
            return Err(ScheduleError::NoConnection(connection.id));
        }
        let NewSchedule { cron, time_zone, jitter } = new;
        let timing = Timing::parse(&cron, &time_zone)?;
        if jitter > MOST_JITTER {
            return Err(ScheduleError::TooMuchJitter);
        }
        let now = parts.clock.now();
        let mut least = Duration::ZERO;
        // A definition that has gone may come back; what is set now is held against it then.
        if let Some(provider) = parts.providers.get(&connection.provider) {
            if provider.stream(Some(stream)).is_none() {
                let known = provider.streams.iter().map(|stream| stream.name.to_string()).collect();
                return Err(ScheduleError::UnknownStream { known });
            }
            least = provider.politeness.min_period;
            if let Some(shortest) = timing.shortest(now).filter(|shortest| *shortest < least) {
                return Err(ScheduleError::TooOften { provider: provider.name.clone(), shortest, least });
            }
        }
        // Setting it anew is no way to have it more often.
        let earlier = parts.store.schedule(&connection.id, stream).await?.and_then(|earlier| earlier.last_at);
        let after = earlier.map_or(now, |last| now.max(last.after(least).before(Duration::from_millis(1))));
        let next_at = timing.next(after).ok_or_else(|| InvalidTiming::Never(cron.clone()))?.after(by_chance(jitter));
        let schedule = Schedule {
            connection: connection.id,
            stream: stream.clone(),
            cron,
            time_zone,
            jitter,
            next_at,
            last_at: None,
            last_run: None,
            last_problem: None,
            created_at: now,
            updated_at: now,
        };
        let set = parts.store.put_schedule(&schedule).await?;
        self.0.set.notify_one();
        Ok(set)
    }

    /// All that is set for a connection.
    pub async fn schedules(&self, user: &UserId, connection: &ConnectionId) -> Result<Vec<Schedule>, ScheduleError> {
        let connection = self.connection(user, connection).await?;
        Ok(self.0.parts.store.schedules(&connection.id).await?)
    }

    /// From now on that stream is scraped only when somebody asks.
    pub async fn unset(
        &self,
        user: &UserId,
        connection: &ConnectionId,
        stream: &StreamName,
    ) -> Result<(), ScheduleError> {
        let connection = self.connection(user, connection).await?;
        let was_set = self.0.parts.store.delete_schedule(&connection.id, stream).await?;
        if was_set { Ok(()) } else { Err(ScheduleError::NoSchedule(stream.clone())) }
    }

    async fn connection(&self, user: &UserId, id: &ConnectionId) -> Result<Connection, ScheduleError> {
        let found = self.0.parts.store.connection(user, id).await?;
        found.ok_or_else(|| ScheduleError::NoConnection(id.clone()))
    }

    /// Begins the scrapes that are due, and answers how many.
    pub async fn begin_due(&self) -> Result<usize, StoreError> {
        let parts = &self.0.parts;
        let mut begun = 0;
        for due in parts.store.due_schedules(parts.clock.now()).await? {
            if self.0.stopping.is_cancelled() {
                break;
            }
            begun += usize::from(self.begin(due).await?);
        }
        Ok(begun)
    }

    async fn begin(&self, due: DueSchedule) -> Result<bool, StoreError> {
        let parts = &self.0.parts;
        let DueSchedule { user, provider, account, schedule } = due;
        let now = parts.clock.now();
        let least = parts.providers.get(&provider).map_or(Duration::ZERO, |provider| provider.politeness.min_period);
        // The definition may want longer pauses than when this was set; and chance must not make them shorter.
        if let Some(soonest) = schedule.last_at.map(|last| last.after(least)).filter(|soonest| now < *soonest) {
            parts.store.claim_schedule(&schedule, soonest, None).await?;
            return Ok(false);
        }
        let next_at = match Timing::parse(&schedule.cron, &schedule.time_zone).map(|timing| timing.next(now)) {
            Ok(Some(next)) => next.after(by_chance(schedule.jitter)),
            // It could be read when it was set: then it is not due for as long as anybody looks.
            Ok(None) | Err(_) => Timestamp(i64::MAX),
        };
        // Moved on first: whoever else looks does not begin the same, and no failure begins it over and over.
        if !parts.store.claim_schedule(&schedule, next_at, Some(now)).await? {
            return Ok(false);
        }
        let stream = schedule.stream.clone();
        let request = ScrapeRequest { stream: Some(stream.clone()), account, continues: None };
        match parts.scraper.start(&user, &provider, request).await {
            Ok((run, _)) => {
                tracing::info!(run.id = %run.id, %provider, %stream, next = %next_at, "a scheduled run began");
                parts.store.schedule_came_to(&schedule, Ok(&run.id)).await?;
                Ok(true)
            }
            Err(ScrapeError::Store(error)) => Err(error),
            Err(error) => {
                tracing::info!(%provider, %stream, %error, next = %next_at, "a scheduled run did not begin");
                parts.store.schedule_came_to(&schedule, Err(&error.to_string())).await?;
                Ok(false)
            }
        }
    }
}

/// Somewhere between nothing and that much.
fn by_chance(most: Duration) -> Duration {
    let mut random = [0; 8];
    // Without chance everybody is on time: nothing is lost by that.
    let drawn = getrandom::fill(&mut random).map_or(0, |()| u64::from_le_bytes(random));
    let most = u64::try_from(most.as_millis()).unwrap_or_default();
    Duration::from_millis(drawn % (most + 1))
}
