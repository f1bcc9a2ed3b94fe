//! The bundled demo marketplace: a site of its own that nothing else imports.
//!
//! It imitates what is hard about the sites people really log in to: several hosts, an SSO with PKCE and one-time codes, a
//! pop-up, a token in localStorage beside `HttpOnly` cookies, a JSON API, and sessions that end. `docs/demo-marketplace.md`
//! describes it. One port answers for all hosts, by the `Host` header; a second port is the control plane.

mod api;
mod control;
mod idp;
mod market_app;
mod page;
mod products;
mod sign_in;
mod site;
mod sso;
mod titles;

use std::{io, net::Ipv4Addr, net::Ipv6Addr, sync::Arc, time::Duration};

use poem::{
    Body, Endpoint, EndpointExt, IntoEndpoint, IntoResponse, Request, Response,
    endpoint::BoxEndpoint,
    http::{HeaderMap, StatusCode, header},
    listener::TcpAcceptor,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

pub use site::DemoAccount;
use site::{LoggedRequest, Site, Who};

/// No request of the marketplace has a longer body.
const BODY_LIMIT: usize = 64 * 1024;
/// With port 0: so many tries to find a port that is free on both loopback addresses.
const PORT_TRIES: usize = 20;

/// Where the marketplace listens. 0 lets the system choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketConfig {
    /// The port of all its hosts.
    pub port: u16,
    /// The port of the control plane.
    pub control_port: u16,
}

impl Default for MarketConfig {
    fn default() -> Self {
        Self { port: 4381, control_port: 4382 }
    }
}

/// The running marketplace. It ends with [`Market::shut_down`], or when this is dropped.
pub struct Market {
    site: Arc<Site>,
    ending: CancellationToken,
    servers: JoinSet<io::Result<()>>,
}

impl Market {
    /// Listens on 127.0.0.1 and, where there is one, on `::1`: browsers send `*.localhost` to either.
    pub async fn start(config: MarketConfig) -> io::Result<Self> {
        let mut listeners = loopback(config.port, "the marketplace").await?;
        let control = TcpListener::bind((Ipv4Addr::LOCALHOST, config.control_port))
            .await
            .map_err(|error| at_port(&error, config.control_port, "the marketplace's control plane"))?;
        let port = listeners[0].local_addr()?.port();
        let site = Arc::new(Site::new(port, control.local_addr()?.port()));
        let ending = CancellationToken::new();
        let mut servers = JoinSet::new();
        let hosts = Arc::new(Hosts::new(&site));
        let control_plane = Arc::new(control::routes().into_endpoint().data(Arc::clone(&site)));
        for listener in listeners.drain(..) {
            servers.spawn(serve(listener, Arc::clone(&hosts), ending.clone()));
        }
        servers.spawn(serve(control, control_plane, ending.clone()));
        Ok(Self { site, ending, servers })
    }

    /// The port of all its hosts.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.site.port
    }

    /// The port of the control plane.
    #[must_use]
    pub fn control_port(&self) -> u16 {
        self.site.control_port
    }

    /// The control plane, on the loopback address: `http://127.0.0.1:4382`.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.site.control_port)
    }

    /// Where a person begins: `http://app.demo.localhost:4381/market`.
    #[must_use]
    pub fn market_url(&self) -> String {
        format!("{}/market", self.site.app())
    }

    /// Who can log in.
    #[must_use]
    pub fn account(&self) -> DemoAccount {
        self.site.account(Who::Ana).clone()
    }

    /// Who else can.
    #[must_use]
    pub fn other_account(&self) -> DemoAccount {
        self.site.account(Who::Ben).clone()
    }

    /// The one-time code of [`Market::account`] that is right now.
    #[must_use]
    pub fn totp_now(&self) -> String {
        self.site.totp_now(Who::Ana).0
    }

    /// Stops listening, lets the answers under way go out, and ends.
    pub async fn shut_down(mut self) {
        self.ending.cancel();
        while self.servers.join_next().await.is_some() {}
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        self.ending.cancel();
    }
}

async fn serve<E: Endpoint + 'static>(
    listener: TcpListener,
    endpoint: Arc<E>,
    ending: CancellationToken,
) -> io::Result<()> {
    poem::Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?)
        .name("demo-marketplace")
        .run_with_graceful_shutdown(endpoint, ending.cancelled_owned(), Some(Duration::from_secs(2)))
        .await
}

async fn loopback(port: u16, what: &str) -> io::Result<Vec<TcpListener>> {
    for _ in 0..PORT_TRIES {
        let four = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| at_port(&error, port, what))?;
        match TcpListener::bind((Ipv6Addr::LOCALHOST, four.local_addr()?.port())).await {
            Ok(six) => return Ok(vec![four, six]),
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => return Ok(vec![four]),
            Err(error) if port != 0 => return Err(at_port(&error, port, what)),
            // Free on 127.0.0.1 but not on ::1: another one.
            Err(_) => {}
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, format!("no port is free on both 127.0.0.1 and ::1 for {what}")))
}

fn at_port(error: &io::Error, port: u16, what: &str) -> io::Error {
    let cure = "end the program that has it, or choose another port";
    io::Error::new(error.kind(), format!("cannot listen on loopback port {port} for {what}: {error}; {cure}"))
}

/// One endpoint for all host names.
struct Hosts {
    site: Arc<Site>,
    app: BoxEndpoint<'static>,
    sso: BoxEndpoint<'static>,
    api: BoxEndpoint<'static>,
    idp: BoxEndpoint<'static>,
}

impl Hosts {
    fn new(site: &Arc<Site>) -> Self {
        Self {
            site: Arc::clone(site),
            app: market_app::routes().into_endpoint().map_to_response().boxed(),
            sso: sso::routes().into_endpoint().map_to_response().boxed(),
            api: api::routes().into_endpoint().map_to_response().boxed(),
            idp: idp::routes().into_endpoint().map_to_response().boxed(),
        }
    }

    async fn answer(&self, host: &str, request: Request) -> Response {
        match host {
            "app.demo.localhost" => self.app.get_response(request).await,
            "sso.demo.localhost" => self.sso.get_response(request).await,
            "api-market.demo.localhost" => self.api.get_response(request).await,
            "accounts.idp.localhost" => self.idp.get_response(request).await,
            _ => {
                let text = format!("No such host here. The market is at {}/market\n", self.site.app());
                text.with_status(StatusCode::MISDIRECTED_REQUEST).into_response()
            }
        }
    }
}

impl Endpoint for Hosts {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let body = request.take_body().into_bytes_limit(BODY_LIMIT).await?;
        let host = host(request.headers());
        let holds_password = |bytes: &[u8]| {
            let passwords = Who::ALL.map(|who| self.site.account(who).password.as_bytes());
            passwords.iter().any(|password| bytes.windows(password.len()).any(|part| part == *password))
        };
        let mut entry = LoggedRequest {
            at_ms: self.site.ms_since_start(),
            method: request.method().to_string(),
            host: host.clone(),
            path: request.uri().path().to_owned(),
            status: 0,
            page: serde_json::from_slice::<serde_json::Value>(&body).ok().and_then(|json| json["page"].as_u64()),
            password_in_body: holds_password(&body),
            password_in_url: holds_password(request.uri().to_string().as_bytes()),
            user_agent: text_of(request.headers(), header::USER_AGENT),
        };
        request.set_body(Body::from_bytes(body));
        request.extensions_mut().insert(Arc::clone(&self.site));
        let response = self.answer(&host, request).await;
        entry.status = response.status().as_u16();
        self.site.log(entry);
        Ok(response)
    }
}

fn text_of(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// The name in the `Host` header, without its port.
fn host(headers: &HeaderMap) -> String {
    let host = text_of(headers, header::HOST).to_ascii_lowercase();
    host.rsplit_once(':').map_or(host.clone(), |(name, _)| name.to_owned())
}
