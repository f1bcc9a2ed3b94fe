//! The live view: a login's browser over a WebSocket. Newest frame wins; input goes back in order.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt, Stream, StreamExt, stream::SplitSink};
use poem::{
    IntoResponse, Request, Response,
    http::{StatusCode, header},
    web::websocket::{CloseCode, Message, WebSocket, WebSocketStream},
};
use poem_openapi::{
    ApiResponse,
    registry::{MetaResponse, MetaResponses, Registry},
};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{Instant, interval_at, timeout},
};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::{
    origins::{self, Standing},
    problem::{Kind, Problem},
    shared::Shared,
    tickets::{Admission, Mode},
    views,
};
use crate::{
    domain::{LoginId, UserId},
    login::{Frame, Input, LiveView, Tabs},
};

/// The subprotocol. Another form of the messages would be another one.
pub const PROTOCOL: &str = "staylogged.live.v1";
/// Before the picture: see the API's description.
const HEADER: usize = 16;
/// A pasted text is the largest input.
const LARGEST_INPUT: usize = 64 * 1024;
/// A viewer that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(20);
/// Proxies cut what is silent; and a viewer that answers no ping is gone.
const PING: Duration = Duration::from_secs(20);

/// Issues a ticket for a login that has a browser to show.
pub async fn ticket(shared: &Shared, id: &LoginId, admission: Admission) -> Result<views::LiveTicket, Problem> {
    let login = shared.store.login(&admission.user, id).await?.ok_or_else(|| Problem::no("login", id))?;
    if login.state.is_over() {
        let detail = format!("this login is over: it ended as {}", login.state.as_str());
        return Err(Problem::new(Kind::LoginOver, detail).of_connection(&login.connection));
    }
    let (ticket, expires_at) = shared.tickets.issue(id, admission, shared.clock.now());
    Ok(views::LiveTicket { ticket, protocol: PROTOCOL.into(), expires_at, url: format!("/api/logins/{id}/live") })
}

/// The upgrade.
pub struct LiveAnswer(Response);

impl std::fmt::Debug for LiveAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LiveAnswer")
    }
}

impl IntoResponse for LiveAnswer {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for LiveAnswer {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The connection is now a WebSocket.",
                status: Some(StatusCode::SWITCHING_PROTOCOLS.as_u16()),
                status_range: None,
                content: vec![],
                headers: vec![],
            }],
        }
    }

    fn register(_: &mut Registry) {}
}

/// Upgrades whoever has a ticket for this login.
pub fn open(
    shared: &Arc<Shared>,
    request: &Request,
    id: LoginId,
    socket: poem::Result<WebSocket>,
) -> Result<LiveAnswer, Problem> {
    if shared.origins.judge(request.headers()) == Standing::Foreign {
        return Err(origins::foreign());
    }
    let offered = request.header(header::SEC_WEBSOCKET_PROTOCOL).unwrap_or_default();
    let mut offered = offered.split(',').map(str::trim);
    let ticket = offered.clone().find_map(|protocol| protocol.strip_prefix("ticket."));
    let Some(admission) = ticket.and_then(|ticket| shared.tickets.redeem(ticket, &id, shared.clock.now())) else {
        let detail = format!(
            "offer the subprotocols {PROTOCOL} and ticket.<ticket>, with a fresh ticket of POST /api/logins/{id}/live-ticket"
        );
        return Err(Problem::new(Kind::Unauthorized, detail));
    };
    if !offered.any(|protocol| protocol == PROTOCOL) {
        return Err(Problem::new(Kind::BadRequest, format!("offer the subprotocol {PROTOCOL}")));
    }
    let socket =
        socket.map_err(|_| Problem::new(Kind::BadRequest, "this address speaks WebSocket (version 13) only"))?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(LARGEST_INPUT))
        .max_frame_size(Some(LARGEST_INPUT))
        .max_write_buffer_size(4 * 1024 * 1024);
    let held = Arc::clone(shared);
    let token = shared.sockets.token();
    let upgraded = socket.protocols([PROTOCOL]).config(config).on_upgrade(move |socket| async move {
        // Held until the socket is closed: the service waits for it when it stops.
        let _token = token;
        show(&held, &admission, &id, socket).await;
    });
    Ok(LiveAnswer(upgraded.into_response()))
}

/// Why a view ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The login is over.
    Over,
    /// The service stops.
    Stopping,
    /// The link that it was opened with was ended by the owner.
    LinkEnded,
    /// A message was no input.
    NoInput,
    /// The viewer left, or takes nothing.
    Gone,
}

async fn show(shared: &Shared, admission: &Admission, id: &LoginId, socket: WebSocketStream) {
    let user = &admission.user;
    metrics::gauge!("staylogged_live_views_open").increment(1);
    let (mut out, inbox) = socket.split();
    let end = tokio::select! {
        () = shared.shutdown.cancelled() => End::Stopping,
        end = over(shared, user, id) => end,
        () = shared.seats.link_ended(admission.link.as_deref()) => End::LinkEnded,
        end = watch(shared, admission, id, &mut out, inbox) => end,
    };
    let closing = async {
        let close = match end {
            End::Gone => return Ok(()),
            End::Over => {
                out.send(Message::text(json!({"type": "ended"}).to_string())).await?;
                Message::close_with(CloseCode::Normal, "the login is over")
            }
            End::Stopping => Message::close_with(CloseCode::Restart, "the service restarts"),
            End::LinkEnded => Message::close_with(CloseCode::Policy, "the link was ended"),
            End::NoInput => Message::close_with(CloseCode::Policy, "not an input"),
        };
        out.send(close).await
    };
    // A viewer that is gone is told nothing.
    let _ = timeout(Duration::from_secs(2), closing).await;
    metrics::gauge!("staylogged_live_views_open").decrement(1);
}

/// Waits for the login's end.
async fn over(shared: &Shared, user: &UserId, id: &LoginId) -> End {
    let mut bell = shared.store.bells().login(id);
    loop {
        bell.mark_unchanged();
        match shared.store.login(user, id).await {
            Ok(Some(login)) if !login.state.is_over() => {}
            Ok(_) => return End::Over,
            // The next ring asks again; the view itself needs no store.
            Err(error) => tracing::warn!(login.id = %id, %error, "could not see whether a login is over"),
        }
        if bell.changed().await.is_err() {
            return End::Stopping;
        }
    }
}

type Out = SplitSink<WebSocketStream, Message>;
type Inbox = std::pin::Pin<Box<dyn Stream<Item = std::io::Result<Message>> + Send>>;

async fn watch(
    shared: &Shared,
    admission: &Admission,
    id: &LoginId,
    out: &mut Out,
    inbox: impl Stream<Item = std::io::Result<Message>> + Send + 'static,
) -> End {
    let Ok(view) = shared.logins.live_view(&admission.user, id).await else {
        // Its browser never came, or is another instance's: the login's own end is told elsewhere.
        return std::future::pending().await;
    };
    let (heard, last_heard) = watch::channel(Instant::now());
    tokio::select! {
        end = tell(&view, out, &last_heard) => end,
        end = listen(&view, admission.mode, Box::pin(inbox), &heard) => end,
    }
}

/// Frames and tabs out, newest first of each.
async fn tell(view: &LiveView, out: &mut Out, last_heard: &watch::Receiver<Instant>) -> End {
    let mut frames = view.frames();
    let mut tabs = view.tabs();
    let mut ping = interval_at(Instant::now() + PING, PING);
    frames.mark_changed();
    tabs.mark_changed();
    let (mut casting, mut tabbing) = (true, true);
    loop {
        let message = tokio::select! {
            // Tabs first: a frame of a tab that was never named would puzzle the viewer.
            biased;
            changed = tabs.changed(), if tabbing => {
                if changed.is_err() { tabbing = false; continue; }
                tabs_message(&tabs.borrow_and_update())
            }
            changed = frames.changed(), if casting => {
                if changed.is_err() { casting = false; continue; }
                let newest = frames.borrow_and_update().clone();
                let Some(frame) = newest else { continue };
                frame_message(&frame)
            }
            _ = ping.tick() => {
                if last_heard.borrow().elapsed() > PING + PATIENCE { return End::Gone; }
                Message::ping(Vec::new())
            }
        };
        if !matches!(timeout(PATIENCE, out.send(message)).await, Ok(Ok(()))) {
            return End::Gone;
        }
    }
}

/// Inputs in, in order. What is typed is nowhere logged.
async fn listen(view: &LiveView, mode: Mode, mut inbox: Inbox, heard: &watch::Sender<Instant>) -> End {
    while let Some(Ok(message)) = inbox.next().await {
        heard.send_replace(Instant::now());
        match message {
            Message::Text(text) => {
                let Ok(input) = serde_json::from_str::<Input>(&text) else { return End::NoInput };
                if mode == Mode::View {
                    return End::NoInput;
                }
                if view.send(input).await.is_err() {
                    // The browser is gone; the login's end will be told.
                    return std::future::pending().await;
                }
            }
            Message::Binary(_) => return End::NoInput,
            Message::Close(_) => return End::Gone,
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }
    End::Gone
}

fn tabs_message(tabs: &Tabs) -> Message {
    let open: Vec<_> = tabs.open.iter().map(|tab| json!({"id": tab.id, "url": tab.url, "title": tab.title})).collect();
    Message::text(json!({"type": "tabs", "open": open, "front": tabs.front}).to_string())
}

fn frame_message(frame: &Frame) -> Message {
    let mut bytes = Vec::with_capacity(HEADER + frame.jpeg.len());
    bytes.extend_from_slice(&[1, 1]);
    bytes.extend_from_slice(&frame.width.to_be_bytes());
    bytes.extend_from_slice(&frame.height.to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(&frame.page.to_be_bytes());
    bytes.extend_from_slice(&frame.sequence.to_be_bytes());
    bytes.extend_from_slice(&frame.jpeg);
    Message::binary(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_sixteen_bytes_before_its_picture() {
        let jpeg = bytes::Bytes::from_static(b"\xff\xd8");
        let frame = Frame { page: 7, sequence: 258, width: 1280, height: 800, jpeg };
        let Message::Binary(bytes) = frame_message(&frame) else { panic!("not binary") };
        assert_eq!(bytes, [1, 1, 5, 0, 3, 32, 0, 0, 0, 0, 0, 7, 0, 0, 1, 2, 0xff, 0xd8]);
    }
}
