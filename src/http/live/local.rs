//! A live view without a service: of one browser, at an address of this computer, for whoever has the key in that address.

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use poem::{
    Endpoint, EndpointExt, IntoResponse, Request, Response, Route, Server, get, handler,
    listener::TcpAcceptor,
    post,
    web::{Data, websocket::WebSocket},
};
use poem_openapi::payload::Json;
use subtle::ConstantTimeEq;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    PROTOCOL, redeem,
    socket::{End, ViewerSocket},
    upgradable,
};
use crate::{
    domain::{Clock, LoginId, UserId},
    http::{
        auth, gate,
        origins::{self, Origins, Standing},
        page,
        problem::{Kind, Problem},
        seats::Seats,
        tickets::{Admission, Mode, Tickets},
        views,
    },
    login::LiveView,
};

/// Viewers are told within this time that it is over.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// A live view that is served on the loopback interface until it is stopped.
#[derive(Debug)]
pub struct LocalLiveView {
    address: String,
    port: u16,
    stop: CancellationToken,
    sockets: TaskTracker,
    server: JoinHandle<io::Result<()>>,
}

struct Local {
    view: LiveView,
    key: String,
    /// What tickets are for, and the table at which viewers sit.
    id: LoginId,
    tickets: Tickets,
    seats: Seats,
    clock: Clock,
    sockets: TaskTracker,
}

impl LocalLiveView {
    /// Serves the view on a free port. The page at [`LocalLiveView::address`] asks for what a login's live view is asked for, as
    /// the login `by-hand`.
    pub async fn serve(view: LiveView) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let key = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let address = format!("http://127.0.0.1:{port}/live#{key}");
        let (stop, sockets) = (CancellationToken::new(), TaskTracker::new());
        let local = Local {
            view,
            key,
            id: LoginId::new(Uuid::new_v4()),
            tickets: Tickets::default(),
            seats: Seats::default(),
            clock: Clock::system(),
            sockets: sockets.clone(),
        };
        let (routes, stopped) = (routes(Arc::new(local)), stop.clone());
        let acceptor = TcpAcceptor::from_tokio(listener)?;
        let server = tokio::spawn(async move {
            let stopped = stopped.cancelled();
            Server::new_with_acceptor(acceptor).run_with_graceful_shutdown(routes, stopped, Some(LAST_WORDS)).await
        });
        Ok(Self { address, port, stop, sockets, server })
    }

    /// What to open in a browser of this computer: with the key in its fragment, which no server is sent.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The port, for whoever forwards it.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends it. Viewers of a browser that is closed have been told that it is over.
    pub async fn stop(self) {
        self.sockets.close();
        // A viewer that does not hear it is not waited for.
        let _ = tokio::time::timeout(LAST_WORDS, self.sockets.wait()).await;
        self.stop.cancel();
        let _ = self.server.await;
    }
}

fn routes(local: Arc<Local>) -> impl Endpoint {
    let pages = || get(page::endpoint(&Origins::default()));
    Route::new()
        .at("/api/logins/by-hand/live-ticket", post(ticket))
        .at("/api/logins/by-hand/live", get(open))
        .at("/", pages())
        .at("/*path", pages())
        .data(local)
        .after(|answered| async move {
            let mut response =
                answered.map_or_else(|error: poem::Error| error.into_response(), IntoResponse::into_response);
            gate::protect(response.headers_mut());
            Ok::<_, poem::Error>(response)
        })
}

#[handler]
fn ticket(request: &Request, Data(local): Data<&Arc<Local>>) -> Result<Json<views::LiveTicket>, Problem> {
    let key = auth::presented_key(request)?;
    if !bool::from(key.as_bytes().ct_eq(local.key.as_bytes())) {
        return Err(Problem::new(
            Kind::Unauthorized,
            "open the address that was printed in the terminal, with all that is behind its #",
        ));
    }
    let admission = Admission { user: UserId::default_user(), mode: Mode::Control, link: None };
    let (ticket, expires_at) = local.tickets.issue(&local.id, admission, local.clock.now());
    Ok(Json(views::LiveTicket {
        ticket,
        protocol: PROTOCOL.into(),
        expires_at,
        url: "/api/logins/by-hand/live".into(),
    }))
}

#[handler]
fn open(
    request: &Request,
    Data(local): Data<&Arc<Local>>,
    socket: poem::Result<WebSocket>,
) -> Result<Response, Problem> {
    if Origins::default().judge(request.headers()) == Standing::Foreign {
        return Err(origins::foreign());
    }
    redeem(&local.tickets, request, &local.id, local.clock.now())?;
    let token = local.sockets.token();
    let local = Arc::clone(local);
    let upgraded = upgradable(socket)?.on_upgrade(move |socket| async move {
        let _token = token;
        show(&local, ViewerSocket::new(socket)).await;
    });
    Ok(upgraded.into_response())
}

async fn show(local: &Local, mut socket: ViewerSocket) {
    let ended = async {
        local.view.ended().await;
        End::Over
    };
    let end = match socket.hello().await {
        Err(end) => end,
        Ok((viewer, device)) => match local.seats.sit(&local.id, &viewer, device, true) {
            None => End::Full,
            Some(seat) => socket.attend(&local.view, &seat, false, ended).await,
        },
    };
    socket.close(end).await;
}
