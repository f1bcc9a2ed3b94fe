//! One port answers for all host names, and writes down what was asked.

use std::sync::Arc;

use poem::{
    Body, Endpoint, EndpointExt, IntoEndpoint, IntoResponse, Request, Response,
    endpoint::BoxEndpoint,
    http::{HeaderMap, StatusCode, header},
};

use super::{
    api::{self, allow},
    hotmart, idp,
    log::{LoggedRequest, text_of},
    market_app, neighbours,
    odd_http::oddly,
    page::bearer,
    refusals::{Kind, refusal},
    site::Site,
    sso,
};

/// No request of the marketplace has a longer body.
const BODY_LIMIT: usize = 64 * 1024;

/// One endpoint for all host names.
pub(super) struct Hosts {
    site: Arc<Site>,
    all: Vec<(&'static str, Kind, BoxEndpoint<'static>)>,
}

impl Hosts {
    pub fn new(site: &Arc<Site>) -> Self {
        let mut all: Vec<(_, _, BoxEndpoint<'static>)> = vec![
            ("app.demo.localhost", Kind::App, market_app::routes().into_endpoint().map_to_response().boxed()),
            ("sso.demo.localhost", Kind::Sso, sso::routes().into_endpoint().map_to_response().boxed()),
            ("api-market.demo.localhost", Kind::Api, api::routes().into_endpoint().map_to_response().boxed()),
            ("accounts.idp.localhost", Kind::Sso, idp::routes().into_endpoint().map_to_response().boxed()),
        ];
        all.extend(hotmart::hosts());
        all.extend(neighbours::hosts());
        Self { site: Arc::clone(site), all }
    }

    async fn answer(&self, host: &str, request: Request) -> Response {
        let Some((_, kind, endpoint)) = self.all.iter().find(|(name, ..)| is_called(host, name)) else {
            let text = format!("No such host here. The market is at {}/market\n", self.site.app());
            return text.with_status(StatusCode::MISDIRECTED_REQUEST).into_response();
        };
        let answer = match refusal(&self.site, *kind, host, &request) {
            Some(refused) => refused,
            None => endpoint.get_response(request).await,
        };
        if *kind != Kind::Api {
            return answer;
        }
        let origin = hotmart::origin_of_the_application(host).map_or_else(|| self.site.app(), ToOwned::to_owned);
        allow(&origin, self.site.modes().require_proof, answer)
    }
}

fn is_called(host: &str, name: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(below) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == below),
        None => host == name,
    }
}

/// Takes out what was given to somebody with another user agent: the site then knows nothing of this one.
fn without_anothers(site: &Site, request: &mut Request) {
    let changing = site.changing();
    if !changing.modes.bind_user_agent {
        return;
    }
    let agent = text_of(request.headers(), header::USER_AGENT);
    let is_anothers = |secret: &str| changing.sign_ins.is_anothers(secret, &agent);
    if bearer(request.headers()).is_some_and(is_anothers) {
        request.headers_mut().remove(header::AUTHORIZATION);
    }
    let all = text_of(request.headers(), header::COOKIE);
    let kept: Vec<&str> =
        all.split("; ").filter(|pair| !pair.split_once('=').is_some_and(|(_, value)| is_anothers(value))).collect();
    if let Ok(kept) = kept.join("; ").parse() {
        request.headers_mut().insert(header::COOKIE, kept);
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
        without_anothers(&self.site, &mut request);
        let accepts_gzip = text_of(request.headers(), header::ACCEPT_ENCODING).contains("gzip");
        let answer = self.answer(&host, request).await;
        let response = oddly(&self.site.modes().http, accepts_gzip, answer).await;
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
