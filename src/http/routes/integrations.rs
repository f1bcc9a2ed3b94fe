//! What can be connected, and the start of a login.

use std::sync::Arc;

use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Header, Path},
    payload::Json,
};

use super::Tag;
use crate::{
    domain::{AccountName, ProviderId},
    http::{
        body::Body,
        cards,
        problem::{Kind, Problem},
        shared::{Caller, Shared},
        types::ProviderParam,
        views,
    },
    login::ConnectOptions,
};

/// See [`Tag::Integrations`].
#[derive(Debug)]
pub struct IntegrationsApi(pub(super) Arc<Shared>);

/// What became of a wish to connect.
#[derive(Debug, ApiResponse)]
enum ConnectAnswer {
    /// A login was started.
    #[oai(status = 201)]
    Started(
        Json<views::Connected>,
        /// Where the login is.
        #[oai(header = "Location")]
        String,
    ),
    /// A login was under way for this connection already: this one.
    #[oai(status = 200)]
    UnderWay(Json<views::Connected>),
}

/// The id in an address, or the known ones.
pub(super) fn provider_id(shared: &Shared, param: &ProviderParam) -> Result<ProviderId, Problem> {
    ProviderId::parse(param.0.as_str()).ok().filter(|id| shared.providers.get(id).is_some()).ok_or_else(|| {
        let known = shared.providers.ids();
        let detail = format!("there is no such provider; known are: {}", known.join(", "));
        Problem::new(Kind::UnknownProvider, detail).known(known)
    })
}

#[OpenApi(tag = "Tag::Integrations")]
impl IntegrationsApi {
    /// List the providers
    ///
    /// What can be connected, and which streams of records each provider offers.
    #[oai(path = "/providers", method = "get", operation_id = "listProviders")]
    #[expect(clippy::unused_async, reason = "poem-openapi takes async operations only")]
    async fn list_providers(&self, _caller: Caller) -> Result<Json<views::ProviderList>, Problem> {
        let mut providers: Vec<_> = self.0.providers.all().map(|provider| cards::site(provider)).collect();
        providers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Json(views::ProviderList { providers }))
    }

    /// List the integrations
    ///
    /// Each provider with this user's connection there, the login under way and the newest run: what the cards show.
    #[oai(path = "/integrations", method = "get", operation_id = "listIntegrations")]
    async fn list_integrations(&self, caller: Caller) -> Result<Json<views::IntegrationList>, Problem> {
        Ok(Json(views::IntegrationList { integrations: cards::of(&self.0, &caller.0).await? }))
    }

    /// Connect
    ///
    /// Starts a login, for a new connection or to reconnect: the server opens a browser at the provider's login page.
    /// Follow it at `/logins/{id}/events`, show it with `/logins/{id}/live-ticket`. While a login is under way for the
    /// connection, that one is answered.
    #[oai(path = "/integrations/:provider/connect", method = "post", operation_id = "connect")]
    async fn connect(
        &self,
        caller: Caller,
        /// The provider's id.
        provider: Path<ProviderParam>,
        /// The same key gets the same login, however often it is sent.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        idempotency_key: Header<Option<String>>,
        /// How to connect. May be left out.
        request: Body<views::ConnectRequest>,
    ) -> Result<ConnectAnswer, Problem> {
        let provider = provider_id(&self.0, &provider.0)?;
        let views::ConnectRequest { account, auto_finish } = request.0;
        let account = account.unwrap_or_else(AccountName::main);
        let options = ConnectOptions { auto_finish, idempotency_key: idempotency_key.0 };
        let connected = self.0.logins.connect(&caller.0, &provider, &account, options).await?;
        let location = format!("/api/logins/{}", connected.login.id);
        let answer = views::Connected { connection: connected.connection.into(), login: connected.login.into() };
        Ok(if connected.created {
            ConnectAnswer::Started(Json(answer), location)
        } else {
            ConnectAnswer::UnderWay(Json(answer))
        })
    }
}
