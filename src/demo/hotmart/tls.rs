//! TLS with a certificate that is made at each start, and trusted by nobody who was not told of it.

use std::{io, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use poem::{
    http::uri::Scheme,
    listener::Acceptor,
    web::{LocalAddr, RemoteAddr},
};
use rcgen::{CertifiedKey, PublicKeyData, generate_simple_self_signed};
use sha2::{Digest, Sha256};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
    server::TlsStream,
};

/// So many connections wait to be taken up.
const WAITING: usize = 32;

/// A new certificate for all hosts, and what is needed to show and to trust it.
pub(in crate::demo) struct Certificate {
    pub config: Arc<ServerConfig>,
    pub key_hash: String,
    pub der: Vec<u8>,
}

pub(in crate::demo) fn certificate() -> io::Result<Certificate> {
    let names = vec!["*.hotmart.com".to_owned(), "hotmart.com".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).map_err(io::Error::other)?;
    let key_hash = STANDARD.encode(Sha256::digest(signing_key.subject_public_key_info()));
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).map_err(io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key))
        .map_err(io::Error::other)?;
    Ok(Certificate { config: Arc::new(config), key_hash, der: cert.der().to_vec() })
}

/// Takes connections whose handshake is done. One that is slow at it keeps nobody else waiting.
pub(in crate::demo) struct Terminator {
    local: LocalAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, RemoteAddr)>,
}

impl Terminator {
    pub fn new(listener: TcpListener, config: Arc<ServerConfig>) -> io::Result<Self> {
        let local = LocalAddr(listener.local_addr()?.into());
        let (done, ready) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(config);
            loop {
                let (stream, from) = tokio::select! {
                    () = done.closed() => return,
                    accepted = listener.accept() => match accepted {
                        Ok(accepted) => accepted,
                        // A connection that was gone before it was taken; the listener itself does not fail.
                        Err(_) => continue,
                    },
                };
                let (acceptor, done) = (acceptor.clone(), done.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let _ = done.send((stream, RemoteAddr(from.into()))).await;
                    }
                });
            }
        });
        Ok(Self { local, ready })
    }
}

impl Acceptor for Terminator {
    type Io = TlsStream<TcpStream>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        vec![self.local.clone()]
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        match self.ready.recv().await {
            Some((stream, from)) => Ok((stream, self.local.clone(), from, Scheme::HTTPS)),
            None => Err(io::Error::new(io::ErrorKind::NotConnected, "the listener has ended")),
        }
    }
}
