//! Reads a stream of server-sent events, as the WHATWG HTML standard writes them.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::Response;
use serde_json::Value;

/// How long a story waits for any one event.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug, Clone)]
pub struct Event {
    pub id: i64,
    pub name: String,
    pub data: Value,
}

pub struct EventReader {
    body: futures_util::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    buffer: String,
    pub seen: Vec<Event>,
}

impl EventReader {
    pub fn new(answer: Response) -> Self {
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { body: answer.bytes_stream().boxed(), buffer: String::new(), seen: Vec::new() }
    }

    /// The next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let event = parse(block);
                let rest = rest.to_owned();
                self.buffer = rest;
                if let Some(event) = event {
                    self.seen.push(event.clone());
                    return Some(event);
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.body.next()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("no event within {PATIENCE:?}; seen so far: {:#?}", self.seen));
            match chunk {
                Some(Ok(bytes)) => self.buffer.push_str(std::str::from_utf8(&bytes).unwrap()),
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Reads on until an event of that name.
    pub async fn until(&mut self, name: &str) -> Event {
        while let Some(event) = self.next().await {
            if event.name == name {
                return event;
            }
            let is_end = ["failed", "cancelled", "expired", "saved"].contains(&event.name.as_str())
                && event.data.get("loginId").is_some();
            assert!(!is_end, "the login ended before {name}: {event:?}");
        }
        panic!("the stream ended before {name}; seen: {:#?}", self.seen);
    }
}

/// Comments and `retry:` are no events.
fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        let values: Vec<_> =
            block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned).collect();
        (!values.is_empty()).then(|| values.join("\n"))
    };
    let data = field("data")?;
    Some(Event { id: field("id")?.parse().unwrap(), name: field("event")?, data: serde_json::from_str(&data).unwrap() })
}
