//! The bundled demo marketplace: a site of its own that nothing else imports.
//!
//! It imitates what is hard about the sites people really log in to: several hosts, an SSO with PKCE and one-time codes, a
//! pop-up, a token in localStorage beside `HttpOnly` cookies, a JSON API, and sessions that end. `docs/demo-marketplace.md`
//! describes it. One port answers for all hosts, by the `Host` header; a second port is the control plane.

mod accounts;
mod admission;
mod api;
mod control;
mod dead_lists;
mod door;
mod hosts;
mod hotmart;
mod idp;
mod language;
mod listing;
mod log;
mod market_app;
mod modes;
mod neighbours;
mod odd_http;
mod page;
mod products;
mod proof;
mod refusals;
mod serve;
mod server_rendered;
mod sign_in;
mod site;
mod sso;
mod titles;

use std::{io, net::Ipv4Addr, net::Ipv6Addr, sync::Arc};

use poem::{EndpointExt, IntoEndpoint, listener::TcpAcceptor};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::domain::Clock;
use accounts::Who;
use hosts::Hosts;
use serve::serve;
use sign_in::SignIns;
use site::Site;

pub use accounts::DemoAccount;
pub use hotmart::HotmartStandIn;

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

/// Who is signed in at a marketplace, at one moment.
#[derive(Clone)]
pub struct SignedIn(SignIns);

/// The running marketplace. It ends with [`Market::shut_down`], or when this is dropped.
pub struct Market {
    site: Arc<Site>,
    hosts: Arc<Hosts>,
    ending: CancellationToken,
    servers: JoinSet<io::Result<()>>,
}

impl Market {
    /// Listens on 127.0.0.1 and, where there is one, on `::1`: browsers send `*.localhost` to either.
    pub async fn start(config: MarketConfig) -> io::Result<Self> {
        Self::start_at(config, Clock::system()).await
    }

    /// The same by a clock of the caller's: what ends by time here ends when that says so.
    pub async fn start_at(config: MarketConfig, clock: Clock) -> io::Result<Self> {
        let mut listeners = loopback(config.port, "the marketplace").await?;
        let control = TcpListener::bind((Ipv4Addr::LOCALHOST, config.control_port))
            .await
            .map_err(|error| at_port(&error, config.control_port, "the marketplace's control plane"))?;
        let port = listeners[0].local_addr()?.port();
        let site = Arc::new(Site::new(port, control.local_addr()?.port(), clock));
        let ending = CancellationToken::new();
        let mut servers = JoinSet::new();
        let hosts = Arc::new(Hosts::new(&site));
        let control_plane = Arc::new(control::routes().into_endpoint().data(Arc::clone(&site)));
        for listener in listeners.drain(..) {
            let acceptor = TcpAcceptor::from_tokio(listener)?;
            servers.spawn(serve(acceptor, Arc::clone(&hosts), Arc::clone(&site), ending.clone()));
        }
        servers.spawn(serve(TcpAcceptor::from_tokio(control)?, control_plane, Arc::clone(&site), ending.clone()));
        Ok(Self { site, hosts, ending, servers })
    }

    /// Answers under Hotmart's host names as well, over TLS on a port of its own, with a certificate made for it now.
    pub async fn stand_in_for_hotmart(&mut self) -> io::Result<HotmartStandIn> {
        let certificate = hotmart::certificate()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let terminator = hotmart::Terminator::new(listener, certificate.config)?;
        let (hosts, site) = (Arc::clone(&self.hosts), Arc::clone(&self.site));
        self.servers.spawn(serve(terminator, hosts, site, self.ending.clone()));
        Ok(HotmartStandIn { address, key_hash: certificate.key_hash, certificate_der: certificate.der })
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

    /// The code that was mailed last, where one was.
    #[must_use]
    pub fn mailed_code(&self) -> Option<String> {
        self.site.changing().sign_ins.mails().last().map(|mail| mail.code.clone())
    }

    /// Who is signed in now, for [`Market::sign_in`] at another marketplace.
    #[must_use]
    pub fn signed_in(&self) -> SignedIn {
        SignedIn(self.site.changing().sign_ins.clone())
    }

    /// Whoever is signed in there is signed in here, by the same cookies and tokens, and nobody else is.
    pub fn sign_in(&self, SignedIn(sign_ins): &SignedIn) {
        self.site.changing().sign_ins = sign_ins.clone().by(self.site.clock.clone());
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
