//! The live view: a login's browser over a WebSocket. Newest frame wins; input goes back in order, each once.

mod local;
mod messages;
mod pace;
mod socket;
mod teller;
mod uploads;
mod viewer;

use std::sync::Arc;

use poem::{
    IntoResponse, Request, Response,
    http::{StatusCode, header},
    web::websocket::WebSocket,
};
use poem_openapi::{
    ApiResponse,
    registry::{MetaResponse, MetaResponses, Registry},
};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::{
    origins::{self, Standing},
    problem::{Kind, Problem},
    shared::Shared,
    tickets::{Admission, Tickets},
    views,
};
use crate::domain::{LoginId, Timestamp};

pub use local::LocalLiveView;
pub use messages::{Device, Role};

/// The subprotocol. Another form of the messages would be another one.
pub const PROTOCOL: &str = "staylogged.live.v2";
/// A piece of a pasted text, or of a file, is the largest message.
const LARGEST_INPUT: usize = 64 * 1024;
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
    let admission = redeem(&shared.tickets, request, &id, shared.clock.now())?;
    let held = Arc::clone(shared);
    let token = shared.sockets.token();
    let upgraded = upgradable(socket)?.on_upgrade(move |socket| async move {
        // Held until the socket is closed: the service waits for it when it stops.
        let _token = token;
        viewer::show(&held, &admission, &id, socket).await;
    });
    Ok(LiveAnswer(upgraded.into_response()))
}

/// What the ticket opens that is offered beside the protocol.
fn redeem(tickets: &Tickets, request: &Request, id: &LoginId, now: Timestamp) -> Result<Admission, Problem> {
    let offered = request.header(header::SEC_WEBSOCKET_PROTOCOL).unwrap_or_default();
    let mut offered = offered.split(',').map(str::trim);
    let ticket = offered.clone().find_map(|protocol| protocol.strip_prefix("ticket."));
    let Some(admission) = ticket.and_then(|ticket| tickets.redeem(ticket, id, now)) else {
        let detail = format!(
            "offer the subprotocols {PROTOCOL} and ticket.<ticket>, with a fresh ticket of POST /api/logins/{id}/live-ticket"
        );
        return Err(Problem::new(Kind::Unauthorized, detail));
    };
    if !offered.any(|protocol| protocol == PROTOCOL) {
        return Err(Problem::new(Kind::BadRequest, format!("offer the subprotocol {PROTOCOL}")));
    }
    Ok(admission)
}

/// The socket, with the bounds of this protocol.
fn upgradable(socket: poem::Result<WebSocket>) -> Result<WebSocket, Problem> {
    let socket =
        socket.map_err(|_| Problem::new(Kind::BadRequest, "this address speaks WebSocket (version 13) only"))?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(LARGEST_INPUT))
        .max_frame_size(Some(LARGEST_INPUT))
        .max_write_buffer_size(4 * 1024 * 1024);
    Ok(socket.protocols([PROTOCOL]).config(config))
}
