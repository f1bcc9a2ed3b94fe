//! The marketplace's server: HTTP/1.1 by hyper itself, since poem's own cannot write the names of headers with capitals.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown};
use poem::{Endpoint, listener::Acceptor};
use tokio_util::sync::CancellationToken;

use super::{odd_http::OddHttp, site::Site};

/// How long the answers under way have at the end.
const GRACE: Duration = Duration::from_secs(2);

/// Serves until `ending`.
pub(super) async fn serve<E: Endpoint + 'static>(
    mut acceptor: impl Acceptor + 'static,
    endpoint: Arc<E>,
    site: Arc<Site>,
    ending: CancellationToken,
) -> io::Result<()> {
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = ending.cancelled() => break,
            accepted = acceptor.accept() => accepted,
        };
        // Somebody who was gone before we came; the next one is none of it.
        let Ok((stream, local, remote, scheme)) = accepted else { continue };
        let endpoint = Arc::clone(&endpoint);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let request = (request, local.clone(), remote.clone(), scheme.clone()).into();
            let endpoint = Arc::clone(&endpoint);
            async move { Ok::<hyper::Response<_>, Infallible>(endpoint.get_response(request).await.into()) }
        });
        let has_capitals = site.modes().http.contains(&OddHttp::Capitals);
        let connection =
            http1::Builder::new().title_case_headers(has_capitals).serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // What breaks a connection ends it, and nothing else.
            let _ = connection.await;
        });
    }
    drop(acceptor);
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
    Ok(())
}
