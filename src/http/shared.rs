//! What every route is handed.

use poem::{FromRequest, Request, RequestBody};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    auth::Access,
    origins::Origins,
    problem::{Kind, Problem},
    seats::Seats,
    tickets::Tickets,
};
use crate::{
    domain::{Clock, ConnectToken, Link, LoginId, UserId},
    login::Logins,
    providers::Providers,
    scheduler::Scheduler,
    scraper::Scraper,
    store::Store,
};

/// What the routes work with.
#[derive(Debug)]
pub struct Shared {
    /// What is kept.
    pub store: Store,
    /// Logins and connections.
    pub logins: Logins,
    /// Runs.
    pub scraper: Scraper,
    /// What happens by itself.
    pub scheduler: Scheduler,
    /// What can be connected.
    pub providers: Providers,
    /// Who may call.
    pub access: Access,
    /// Only this computer can reach the service: then metrics need no key.
    pub loopback: bool,
    /// Whose pages may call.
    pub origins: Origins,
    /// Whose pages may show `/connect` in a frame.
    pub embedders: Origins,
    /// Opens live views.
    pub tickets: Tickets,
    /// Who sits at which live view.
    pub seats: Seats,
    /// The time.
    pub clock: Clock,
    /// Renders the metrics.
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
    /// Cancelled when the service stops: whatever is long must end then.
    pub shutdown: CancellationToken,
    /// Upgraded sockets, which the server itself does not wait for.
    pub sockets: TaskTracker,
}

/// For whom a request is made, and by whom. Put into the request by the gate, once it let it pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// For whom.
    pub user: UserId,
    /// By whom.
    pub by: By,
}

/// As what a caller came through the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// With a key, or where none is needed.
    Server,
    /// With a connect token.
    Token {
        /// Which.
        token: ConnectToken,
        /// The logins that are open to it.
        logins: Vec<LoginId>,
    },
    /// With a link to a login.
    Link(Link),
}

impl<'a> FromRequest<'a> for Caller {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        // A route that the gate did not see is not answered.
        request
            .data::<Self>()
            .cloned()
            .ok_or_else(|| Problem::new(Kind::Unauthorized, "no access key was checked").into())
    }
}
