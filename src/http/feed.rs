//! Server-sent events: a doorbell and a re-read.
//!
//! The bell only rings; what happened is read from the store, after the last id that was told. So a slow reader loses
//! nothing and grows nothing, and a replay after `Last-Event-ID` is the same code as the live stream.

use std::{collections::VecDeque, fmt::Write, marker::PhantomData, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use poem::{
    Body, IntoResponse, Request, Response,
    http::{StatusCode, header},
};
use poem_openapi::{
    ApiResponse,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    time::{Instant, interval_at},
};
use tokio_util::sync::CancellationToken;

use super::{events::Told, problem::Problem};

/// A client that lost its stream comes back after this.
const RETRY: Duration = Duration::from_secs(2);
/// Proxies cut what is silent for a minute or so, and a client that left is noticed at the next write only.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Read at once; more are read when these were taken.
const BATCH: u32 = 200;
/// In the JSON form.
const LONGEST_LIST: u32 = 1000;

/// How the OpenAPI document names what a stream tells.
pub trait Described: Send + Sync + 'static {
    /// The schema of one event's data.
    const EVENT: &'static str;
    /// The schema of the JSON form.
    const LIST: &'static str;
}

/// Where a stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Id of the oldest event that is kept; 0 where there is none.
    pub oldest: i64,
    /// Id of the newest.
    pub newest: i64,
    /// Nothing will follow.
    pub over: bool,
}

/// Something that events are told of.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// Rings after something was stored.
    fn bell(&self) -> watch::Receiver<()>;
    /// Where it stands now.
    async fn standing(&self) -> Result<Standing, Problem>;
    /// Everything as it stands, with the id of the newest event in it, and whether nothing will follow.
    async fn snapshot(&self) -> Result<(Told, bool), Problem>;
    /// The events after that one, oldest first, and whether the last of them is the end.
    async fn after(&self, id: i64, limit: u32) -> Result<(Vec<Told>, bool), Problem>;
}

/// What a client asks of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    json: bool,
    resume: Option<i64>,
}

impl Wish {
    /// Reads `Accept` and `Last-Event-ID` beside the query's `lastEventId` and `after`. An id that is none of ours is
    /// answered with a snapshot, never with an error: a client that cannot be helped otherwise would try for ever.
    #[must_use]
    pub fn of(request: &Request, last_event_id: Option<&str>, after: Option<i64>) -> Self {
        let accept = request.header(header::ACCEPT).unwrap_or_default();
        let json = accept.contains("application/json") && !accept.contains("text/event-stream");
        if json {
            return Self { json, resume: after };
        }
        let last = request.header("Last-Event-ID").filter(|id| !id.is_empty()).or(last_event_id);
        let resume = match last {
            Some(id) => id.trim().parse().ok(),
            None => after,
        };
        Self { json, resume }
    }
}

/// The answer of a stream's route, in the form asked for.
#[derive(Debug)]
pub struct Feed<D> {
    answer: Answer,
    described: PhantomData<fn() -> D>,
}

enum Answer {
    List(Value),
    Stream(stream::BoxStream<'static, Bytes>),
    Nothing,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::List(_) => "List",
            Self::Stream(_) => "Stream",
            Self::Nothing => "Nothing",
        })
    }
}

/// Answers a wish. A stream ends at the source's end; when `shutdown` is cancelled, after it has told what is stored by
/// then; and at once when `revoked` comes.
pub async fn open<D>(
    source: impl Source,
    wish: Wish,
    shutdown: CancellationToken,
    revoked: impl Future<Output = ()> + Send + 'static,
) -> Result<Feed<D>, Problem> {
    let answer = answer(source, wish, shutdown, revoked).await?;
    Ok(Feed { answer, described: PhantomData })
}

async fn answer(
    source: impl Source,
    wish: Wish,
    shutdown: CancellationToken,
    revoked: impl Future<Output = ()> + Send + 'static,
) -> Result<Answer, Problem> {
    if wish.json {
        let (events, _) = source.after(wish.resume.unwrap_or(0), LONGEST_LIST).await?;
        let events: Vec<Value> = events.into_iter().map(Told::into_json).collect();
        return Ok(Answer::List(json!({"events": events})));
    }
    // Listen before the first read: what is stored in between rings.
    let bell = source.bell();
    let standing = source.standing().await?;
    let known = |id: &i64| (standing.oldest - 1..=standing.newest).contains(id) && *id >= 0;
    let mut telling = Telling { source, bell, shutdown, told: 0, waiting: VecDeque::new(), ended: false };
    if let Some(id) = wish.resume.filter(known) {
        telling.told = id;
        if standing.over {
            telling.read().await?;
            if telling.waiting.is_empty() {
                return Ok(Answer::Nothing);
            }
        }
    } else {
        let (snapshot, ended) = telling.source.snapshot().await?;
        telling.told = snapshot.id;
        telling.waiting.push_back(snapshot);
        telling.ended = ended;
    }
    let frames = stream::unfold(telling, |mut telling| async {
        let told = telling.next().await?;
        Some((frame(&told), telling))
    });
    Ok(Answer::Stream(with_heartbeat(frames, HEARTBEAT).take_until(revoked).boxed()))
}

struct Telling<S> {
    source: S,
    bell: watch::Receiver<()>,
    shutdown: CancellationToken,
    told: i64,
    waiting: VecDeque<Told>,
    ended: bool,
}

impl<S: Source> Telling<S> {
    async fn read(&mut self) -> Result<(), Problem> {
        let (events, ended) = self.source.after(self.told, BATCH).await?;
        if let Some(last) = events.last() {
            self.told = last.id;
        }
        self.waiting.extend(events);
        self.ended = ended;
        Ok(())
    }

    /// Ends at the end, and where the store cannot be read: the client comes back and resumes.
    async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(told) = self.waiting.pop_front() {
                return Some(told);
            }
            if self.ended {
                return None;
            }
            self.bell.mark_unchanged();
            // Seen before the read: what ended the logins at a stop was stored before the token was cancelled.
            let stopping = self.shutdown.is_cancelled();
            if let Err(problem) = self.read().await {
                tracing::warn!(%problem, "ended an event stream: the store cannot be read");
                return None;
            }
            self.ended |= stopping;
            if self.waiting.is_empty() && !self.ended {
                tokio::select! {
                    rung = self.bell.changed() => rung.ok()?,
                    () = self.shutdown.cancelled() => {}
                }
            }
        }
    }
}

/// One event on the wire. `data` is JSON on one line.
fn frame(told: &Told) -> Bytes {
    let data = told.data.to_string();
    let mut out = String::with_capacity(data.len() + 64);
    let _ = writeln!(out, "id: {}\nevent: {}\ndata: {data}\n", told.id, told.name);
    out.into()
}

/// Opens with the time to wait before coming back; a comment whenever it was silent for a while.
fn with_heartbeat(
    frames: impl Stream<Item = Bytes> + Send + 'static,
    quiet: Duration,
) -> impl Stream<Item = Bytes> + Send + 'static {
    let hello = Bytes::from(format!("retry: {}\n\n", RETRY.as_millis()));
    let quiet = interval_at(Instant::now() + quiet, quiet);
    let frames = tokio_stream::StreamExt::timeout_repeating(frames, quiet)
        .map(|frame| frame.unwrap_or(Bytes::from_static(b": still here\n\n")));
    stream::once(std::future::ready(hello)).chain(frames)
}

/// Counts a stream as open for as long as it is held.
struct Open;

impl Open {
    fn new() -> Self {
        metrics::gauge!("staylogged_event_streams_open").increment(1);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics::gauge!("staylogged_event_streams_open").decrement(1);
    }
}

impl<D> IntoResponse for Feed<D> {
    fn into_response(self) -> Response {
        let response = Response::builder().header(header::CACHE_CONTROL, "no-store");
        match self.answer {
            Answer::Nothing => response.status(StatusCode::NO_CONTENT).finish(),
            Answer::List(list) => response.content_type("application/json").body(list.to_string()),
            Answer::Stream(frames) => {
                let open = Open::new();
                let frames = frames.map(move |frame| {
                    let _ = &open;
                    Ok::<_, std::io::Error>(frame)
                });
                response
                    .content_type("text/event-stream")
                    .header("X-Accel-Buffering", "no")
                    .body(Body::from_bytes_stream(frames))
            }
        }
    }
}

impl<D: Described> ApiResponse for Feed<D> {
    fn meta() -> MetaResponses {
        let media = |content_type, schema: &str| MetaMediaType {
            content_type,
            schema: MetaSchemaRef::Reference(schema.to_owned()),
        };
        let response = |status, description, content| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content,
            headers: vec![],
        };
        MetaResponses {
            responses: vec![
                response(
                    200,
                    "`text/event-stream`: the events as they happen; the schema is that of each event's `data`. \
                     `application/json`: the events so far.",
                    vec![media("application/json", D::LIST), media("text/event-stream", D::EVENT)],
                ),
                response(204, "There is nothing more to come: do not connect again.", vec![]),
            ],
        }
    }

    /// In name only: `openapi` describes what happens on a stream.
    fn register(registry: &mut Registry) {
        for name in [D::EVENT, D::LIST] {
            registry.schemas.insert(name.to_owned(), MetaSchema::new("object"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_silent_stream_breathes() {
        let told = Told { id: 3, name: "saved", data: json!({"type": "saved", "text": "a\nb"}) };
        let frames = stream::once(std::future::ready(frame(&told))).chain(stream::pending());
        let mut heard = Box::pin(with_heartbeat(frames, Duration::from_millis(5)));
        assert_eq!(heard.next().await.unwrap(), "retry: 2000\n\n");
        let saved = "id: 3\nevent: saved\ndata: {\"type\":\"saved\",\"text\":\"a\\nb\"}\n\n";
        assert_eq!(heard.next().await.unwrap(), saved);
        assert_eq!(heard.next().await.unwrap(), ": still here\n\n");
        assert_eq!(heard.next().await.unwrap(), ": still here\n\n");
    }
}
