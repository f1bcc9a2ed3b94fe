//! One port answers for all host names, and writes down what was asked.

use std::sync::Arc;

use poem::{
    Body, Endpoint, EndpointExt, IntoEndpoint, IntoResponse, Request, Response,
    endpoint::BoxEndpoint,
    http::{HeaderMap, StatusCode, header},
};

use super::{
    api, idp,
    log::{LoggedRequest, text_of},
    market_app,
    site::Site,
    sso,
};

/// No request of the marketplace has a longer body.
const BODY_LIMIT: usize = 64 * 1024;

/// One endpoint for all host names.
pub(super) struct Hosts {
    site: Arc<Site>,
    app: BoxEndpoint<'static>,
    sso: BoxEndpoint<'static>,
    api: BoxEndpoint<'static>,
    idp: BoxEndpoint<'static>,
}

impl Hosts {
    pub fn new(site: &Arc<Site>) -> Self {
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
        let mut entry = LoggedRequest::of(&self.site, &host, &request, &body);
        request.set_body(Body::from_bytes(body));
        request.extensions_mut().insert(Arc::clone(&self.site));
        let response = self.answer(&host, request).await;
        entry.status = response.status().as_u16();
        self.site.changing().log.add(entry);
        Ok(response)
    }
}

/// The name in the `Host` header, without its port.
fn host(headers: &HeaderMap) -> String {
    let host = text_of(headers, header::HOST).to_ascii_lowercase();
    host.rsplit_once(':').map_or(host.clone(), |(name, _)| name.to_owned())
}
