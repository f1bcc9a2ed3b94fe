//! Connections on which nothing waits: poem's own acceptor leaves Nagle's algorithm on, and together with delayed
//! acknowledgements a picture that follows a short message comes forty milliseconds later.

use std::io;

use poem::{
    http::uri::Scheme,
    listener::{Acceptor, TcpAcceptor},
    web::{LocalAddr, RemoteAddr},
};
use tokio::net::TcpStream;

/// Accepts connections with `TCP_NODELAY`.
pub struct Prompt(TcpAcceptor);

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prompt")
    }
}

impl Prompt {
    /// Takes a listener over.
    pub fn new(acceptor: TcpAcceptor) -> Self {
        Self(acceptor)
    }
}

impl Acceptor for Prompt {
    type Io = TcpStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        let accepted = self.0.accept().await?;
        // One that is gone already says so when it is read.
        let _ = accepted.0.set_nodelay(true);
        Ok(accepted)
    }
}
