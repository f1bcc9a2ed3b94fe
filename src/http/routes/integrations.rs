//! What can be connected, and the start of a login.

use std::sync::Arc;

use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Header, Path},
    payload::Json,
};

use super::Tag;
use crate::{
    domain::{AccountName, ConnectToken, LoginId, Params, ProviderId},
    http::{
        body::Body,
        cards, grants,
        problem::{Kind, Problem, escaped},
        shared::{By, Caller, Shared},
        types::ProviderParam,
        views,
    },
    login::{ConnectOptions, Connected},
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

/// The account that a token's holder may connect, if it is the one that was asked for.
fn account_of(token: &ConnectToken, asked: Option<AccountName>) -> Result<AccountName, Problem> {
    match (&token.account, asked) {
        (Some(only), Some(other)) if *only != other => {
            let detail = format!("this connect token is for the account {only} only");
            Err(grants::not_for_this(detail.clone()).at("/account", detail))
        }
        (Some(only), _) => Ok(only.clone()),
        (None, asked) => Ok(asked.unwrap_or_else(AccountName::main)),
    }
}

/// What a token's holder says, and what the token says; that cannot be said otherwise.
fn params_of(token: &ConnectToken, asked: Params) -> Result<Params, Problem> {
    let other = asked.iter().find(|(name, value)| token.params.get(*name).is_some_and(|only| only != *value));
    if let Some((name, _)) = other {
        let detail = format!("this connect token says what \"{name}\" is; leave it out");
        return Err(grants::not_for_this(detail.clone()).at(format!("/params/{}", escaped(name)), detail));
    }
    Ok(asked.into_iter().chain(token.params.clone()).collect())
}

impl IntegrationsApi {
    /// A token that starts nothing any more still finds the login that it started, as after a reload of the page.
    async fn under_way(
        &self,
        token: &ConnectToken,
        logins: &[LoginId],
        provider: &ProviderId,
        account: &AccountName,
    ) -> Result<Connected, Problem> {
        let store = &self.0.store;
        if let Some(connection) = store.connection_of(&token.user, provider, account).await?
            && let Some(login) = store.login_under_way(&connection.id).await?
            && logins.contains(&login.id)
        {
            return Ok(Connected { connection, login, created: false });
        }
        Err(grants::over(token))
    }
}

#[OpenApi(tag = "Tag::Integrations")]
impl IntegrationsApi {
    /// List the providers
    ///
    /// What can be connected, and which streams of records each provider offers.
    #[oai(path = "/providers", method = "get", operation_id = "listProviders")]
    #[expect(clippy::unused_async, reason = "poem-openapi takes async operations only")]
    async fn list_providers(&self, _caller: Caller) -> Result<Json<views::ProviderList>, Problem> {
        let mut providers: Vec<_> = self.0.providers.all().iter().map(|provider| cards::site(provider)).collect();
        providers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Json(views::ProviderList { providers }))
    }

    /// List the integrations
    ///
    /// Each provider with this user's connection there, the login under way and the newest run: what the cards show.
    /// With a connect token: only what it may connect, without runs and records, and only a login that it started.
    #[oai(path = "/integrations", method = "get", operation_id = "listIntegrations")]
    async fn list_integrations(&self, caller: Caller) -> Result<Json<views::IntegrationList>, Problem> {
        let integrations = match &caller.by {
            By::Token { token, logins } => cards::to_connect(&self.0, token, logins).await?,
            By::Server | By::Link(_) => cards::of(&self.0, &caller.user).await?,
        };
        Ok(Json(views::IntegrationList { integrations }))
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
        let views::ConnectRequest { account, auto_finish, params } = request.0;
        let params = params.unwrap_or_default();
        let mut options = ConnectOptions { auto_finish, idempotency_key: idempotency_key.0, token: None, params };
        let (account, connected) = match &caller.by {
            By::Token { token, logins } => {
                let account = account_of(token, account)?;
                options.params = params_of(token, options.params)?;
                // Two tokens that send the same key mean two logins.
                options.idempotency_key = options.idempotency_key.map(|key| format!("{} {key}", token.id));
                options.token = Some(token.id.clone());
                let resumed = if token.starts(self.0.clock.now()) {
                    None
                } else {
                    Some(self.under_way(token, logins, &provider, &account).await?)
                };
                (account, resumed)
            }
            By::Server | By::Link(_) => (account.unwrap_or_else(AccountName::main), None),
        };
        let connected = match connected {
            Some(connected) => connected,
            None => self.0.logins.connect(&caller.user, &provider, &account, options).await?,
        };
        let location = format!("/api/logins/{}", connected.login.id);
        let answer = views::Connected { connection: connected.connection.into(), login: connected.login.into() };
        Ok(if connected.created {
            ConnectAnswer::Started(Json(answer), location)
        } else {
            ConnectAnswer::UnderWay(Json(answer))
        })
    }
}
