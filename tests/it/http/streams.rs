//! Event streams: a snapshot first, then everything once and in order, whatever happens to the connection.

use futures_util::StreamExt;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use staylogged::domain::{LoginId, UserId};

use super::server::{Answer, PATIENCE, Server};

/// Reads a stream as the HTML standard says.
struct Events {
    body: futures_util::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    buffer: String,
}

impl Events {
    fn of(response: Response) -> Self {
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Self { body: response.bytes_stream().boxed(), buffer: String::new() }
    }

    /// Id, name and data of the next event; none at the end.
    async fn next(&mut self) -> Option<(i64, String, Value)> {
        loop {
            while let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let event = field("data: ").map(|data| {
                    let data: Value = serde_json::from_str(&data).unwrap();
                    (field("id: ").unwrap().parse().unwrap(), field("event: ").unwrap(), data)
                });
                self.buffer = String::from(rest);
                if let Some((id, name, data)) = event {
                    assert_eq!(data["type"], name.as_str());
                    assert!(data["at"].is_string());
                    return Some((id, name, data));
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.body.next()).await.expect("an event in time")?;
            self.buffer.push_str(std::str::from_utf8(&chunk.ok()?).unwrap());
        }
    }

    async fn rest(mut self) -> Vec<(i64, String)> {
        let mut rest = Vec::new();
        while let Some((id, name, _)) = self.next().await {
            rest.push((id, name));
        }
        rest
    }
}

async fn follow(server: &Server, path: &str, last: Option<&str>) -> Response {
    let mut request = server.request(Method::GET, path).timeout(PATIENCE);
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last);
    }
    request.send().await.unwrap()
}

/// What the event table says.
async fn stored(server: &Server, login: &str) -> Vec<(i64, String)> {
    let events = server.store.login_events(&LoginId::parse(login).unwrap(), 0, 100).await.unwrap();
    events.into_iter().map(|stored| (stored.id, stored.event.name().to_owned())).collect()
}

#[tokio::test]
async fn a_login_is_followed_to_its_end() {
    let server = Server::open().await;
    let login = server.connect().await;
    let path = format!("/api/logins/{login}/events");
    let mut events = Events::of(follow(&server, &path, None).await);
    let (id, name, data) = events.next().await.unwrap();
    assert_eq!((id, name.as_str()), (2, "snapshot"));
    assert_eq!(data["login"]["state"], "awaiting_login");

    server.post(&format!("/api/logins/{login}/finish"), json!({})).await;
    let (id, name, data) = events.next().await.unwrap();
    assert_eq!((id, name.as_str(), data["loginId"].as_str()), (3, "login_not_detected", Some(login.as_str())));
    assert!(data["evidence"][0]["rule"].is_string() && data["evidence"][0]["seen"].is_string());

    server.post(&format!("/api/logins/{login}/cancel"), json!({})).await;
    assert_eq!(events.rest().await, [(4, "cancelled".to_owned())], "and the stream ends");
    server.stop().await;
}

#[tokio::test]
async fn whoever_was_cut_off_gets_exactly_the_rest() {
    let server = Server::open().await;
    let login = server.connect().await;
    let path = format!("/api/logins/{login}/events");
    // Cut after the first event that was seen; more happens meanwhile.
    drop(Events::of(follow(&server, &path, Some("1")).await).next().await.unwrap());
    server.post(&format!("/api/logins/{login}/finish"), json!({})).await;
    server.post(&format!("/api/logins/{login}/cancel"), json!({})).await;

    let all = stored(&server, &login).await;
    assert_eq!(all.last().unwrap().1, "cancelled");
    for seen in 0..all.len() {
        let rest = Events::of(follow(&server, &path, Some(&seen.to_string())).await).rest().await;
        assert_eq!(rest, all[seen..], "after {seen}");
        let by_query = follow(&server, &format!("{path}?lastEventId={seen}"), None).await;
        assert_eq!(Events::of(by_query).rest().await, all[seen..]);
    }
    let last = all.len().to_string();
    assert_eq!(follow(&server, &path, Some(&last)).await.status(), 204, "an EventSource stops");
    for unknown in ["99", "-1", "soon", ""] {
        let rest = Events::of(follow(&server, &path, Some(unknown)).await).rest().await;
        assert_eq!(rest, [(4, "snapshot".to_owned())], "{unknown:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_events_so_far_can_be_asked_for() {
    let server = Server::open().await;
    let login = server.connect().await;
    let list = async |query: &str| -> Answer {
        let path = format!("/api/logins/{login}/events{query}");
        server.send(server.request(Method::GET, &path).header("Accept", "application/json")).await
    };
    let events = list("").await.json();
    let names: Vec<_> = events["events"].as_array().unwrap().iter().map(|e| e["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["launching", "awaiting_login"]);
    assert_eq!(list("?after=1").await.json()["events"][0]["id"], 2);
    assert_eq!(list("?after=2").await.json(), json!({"events": []}));
    assert_eq!(list("?after=-1").await.problem(), "bad-request");
    server.stop().await;
}

#[tokio::test]
async fn a_users_stream_tells_of_all_that_is_theirs() {
    let server = Server::open().await;
    let mut events = Events::of(follow(&server, "/api/events", None).await);
    let (id, name, data) = events.next().await.unwrap();
    assert_eq!((id, name.as_str()), (0, "snapshot"));
    assert_eq!(data["integrations"].as_array().unwrap().len(), 2);

    let login = server.connect().await;
    for (wanted, name) in [(1, "launching"), (2, "awaiting_login")] {
        let (id, told, data) = events.next().await.unwrap();
        assert_eq!((id, told.as_str(), data["loginId"].as_str()), (wanted, name, Some(login.as_str())));
        assert!(data["connectionId"].is_string());
    }
    let connection = server.connected("other").await;
    let mut connected = events.next().await.unwrap();
    while connected.1 != "connected" {
        connected = events.next().await.unwrap();
    }
    assert_eq!(connected.2["connectionId"], connection.id.as_str());
    let last = server.store.last_user_event_id(&UserId::default_user()).await.unwrap();
    assert_eq!(connected.0, last);

    let mut again = Events::of(follow(&server, "/api/events", Some("1")).await);
    assert_eq!(again.next().await.unwrap().0, 2, "resumed");
    let mut unknown = Events::of(follow(&server, "/api/events", Some("1000")).await);
    assert_eq!(unknown.next().await.unwrap().1, "snapshot", "never an error, never a gap");
    server.stop().await;
}

#[tokio::test]
async fn a_service_that_stops_ends_its_streams() {
    let server = Server::open().await;
    let mut events = Events::of(follow(&server, "/api/events", None).await);
    events.next().await.unwrap();
    server.stop().await;
    assert!(events.next().await.is_none());
}

/// Many streams at once: each is told before it ends, not the ones alone that were read in time.
#[tokio::test]
async fn a_service_that_stops_tells_each_stream_how_its_login_ended() {
    let server = Server::open().await;
    let login = server.connect().await;
    let mut streams = Vec::new();
    for path in [format!("/api/logins/{login}/events"), "/api/events".to_owned()].iter().cycle().take(40) {
        let mut events = Events::of(follow(&server, path, None).await);
        assert_eq!(events.next().await.unwrap().1, "snapshot");
        streams.push(events);
    }
    server.stop().await;
    for events in streams {
        let rest = events.rest().await;
        assert_eq!(rest.last().expect("an event before the end").1, "failed");
    }
}
