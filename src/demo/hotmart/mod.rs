//! A stand-in for Hotmart, under its own host names and over TLS, made from what public material says of it.
//!
//! The account, the catalogue, the switches and the log are the marketplace's. Nobody reaches it who is not told to: a browser
//! has to be given the address of these hosts, and the certificate, which is made anew at each start.

mod api;
mod app;
mod sso;
mod tls;

use std::net::SocketAddr;

use poem::{EndpointExt, IntoEndpoint, endpoint::BoxEndpoint};

use super::refusals::Kind;

pub(super) use tls::{Terminator, certificate};

const APP: &str = "https://app.hotmart.com";
const SSO: &str = "https://sso.hotmart.com";
const API: &str = "https://api-affiliation-market.hotmart.com";
const CONSUMER: &str = "https://consumer.hotmart.com";
/// The client that the market application is at the SSO.
const CLIENT_ID: &str = "market-app";
/// Where the SSO sends people back to.
const CALLBACK: &str = "https://app.hotmart.com/auth/login";

/// Where the stand-in listens, and what it is known by.
#[derive(Debug, Clone)]
pub struct HotmartStandIn {
    /// The address that `*.hotmart.com` is to lead to.
    pub address: SocketAddr,
    /// SHA-256 of its public key, in base64, as Chromium's `--ignore-certificate-errors-spki-list` takes it.
    pub key_hash: String,
    /// Its certificate, for clients other than browsers.
    pub certificate_der: Vec<u8>,
}

/// Each host, what it is to the visitor, and what answers for it.
pub(super) fn hosts() -> Vec<(&'static str, Kind, BoxEndpoint<'static>)> {
    vec![
        ("app.hotmart.com", Kind::App, app::routes().into_endpoint().map_to_response().boxed()),
        ("consumer.hotmart.com", Kind::App, app::consumer().into_endpoint().map_to_response().boxed()),
        ("app-vlc.hotmart.com", Kind::App, app::former().into_endpoint().map_to_response().boxed()),
        ("sso.hotmart.com", Kind::Sso, sso::routes().into_endpoint().map_to_response().boxed()),
        ("api-affiliation-market.hotmart.com", Kind::Api, api::routes().into_endpoint().map_to_response().boxed()),
    ]
}

/// Whose pages may read the answers of an API of that name.
pub(super) fn origin_of_the_application(host: &str) -> Option<&'static str> {
    host.ends_with(".hotmart.com").then_some(APP)
}
