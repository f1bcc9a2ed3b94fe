//! Connect tokens: what a server gives to one user's browser.

use std::sync::Arc;

use poem_openapi::{ApiResponse, OpenApi, payload::Json};

use super::{Tag, integrations::provider_id};
use crate::{
    domain::{ConnectToken, TokenId, grant::GOOD_FOR},
    http::{
        body::Body,
        grants,
        problem::{Kind, Problem},
        shared::{Caller, Shared},
        types::ProviderParam,
        views,
    },
};

/// See [`Tag::Integrations`].
#[derive(Debug)]
pub struct TokensApi(pub(super) Arc<Shared>);

/// It was made.
#[derive(ApiResponse)]
enum Made {
    /// The token, this once.
    #[oai(status = 201)]
    Made(Json<views::ConnectToken>),
}

#[OpenApi(tag = "Tag::Integrations")]
impl TokensApi {
    /// Make a connect token
    ///
    /// Server to server: for one user's browser, which opens `/connect` with it, in a frame or as a page. For 15
    /// minutes it starts logins for that user, until one of them is saved; it is good for a login that it started
    /// until that is over, and tells how it ended for five minutes more. It opens nothing else.
    #[oai(path = "/connect-tokens", method = "post", operation_id = "createConnectToken")]
    async fn create_connect_token(
        &self,
        caller: Caller,
        /// What it is to open. May be left out.
        request: Body<views::ConnectTokenRequest>,
    ) -> Result<Made, Problem> {
        let views::ConnectTokenRequest { provider, account, ways, params, user } = request.0;
        if let Some(provider) = &provider {
            provider_id(&self.0, &ProviderParam(provider.to_string())).map_err(|unknown| {
                let detail = unknown.details.detail.clone().unwrap_or_default();
                let known = unknown.details.known.clone().unwrap_or_default();
                Problem::new(Kind::InvalidBody, detail.clone()).at("/provider", detail).known(known)
            })?;
        }
        if ways.is_some_and(|ways| ways.is_empty()) {
            let detail = "name at least one way to log in, or leave it out";
            return Err(Problem::new(Kind::InvalidBody, format!("/ways: {detail}")).at("/ways", detail));
        }
        let params = match (&provider, params.unwrap_or_default()) {
            (_, params) if params.is_empty() => params,
            (Some(provider), params) => {
                let provider = self.0.providers.get(provider).ok_or_else(|| Problem::no("provider", provider))?;
                provider.some_params(&params).map_err(|wrong| Problem::params("/params", &wrong))?
            }
            (None, _) => {
                let detail = "say which provider these are for";
                return Err(Problem::new(Kind::InvalidBody, format!("/provider: {detail}")).at("/provider", detail));
            }
        };
        let now = self.0.clock.now();
        let (text, secret) = grants::new_token()?;
        let token = ConnectToken {
            id: TokenId::of(&secret.0),
            secret,
            user: user.unwrap_or(caller.user),
            provider,
            account,
            params,
            created_at: now,
            expires_at: now.after(GOOD_FOR),
            spent_at: None,
        };
        self.0.store.add_connect_token(&token).await?;
        let url = format!("/connect#token={text}");
        Ok(Made::Made(Json(views::ConnectToken { token: text, expires_at: token.expires_at, url })))
    }
}
