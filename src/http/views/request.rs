//! What may be sent. Unknown fields are refused.

use std::collections::BTreeMap;

use poem_openapi::{Enum, Object, types::Example};
use serde::Deserialize;

use super::{LinkMode, Login, Run};
use crate::domain::{AccountName, ProviderId, RunId, StreamName, UserId};

/// How to connect. May be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Object)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[oai(rename_all = "camelCase", deny_unknown_fields, example, skip_serializing_if_is_none)]
pub struct ConnectRequest {
    /// Which of the user's accounts at the site; `main` when none is named.
    pub account: Option<AccountName>,
    /// Go on by itself once the login is detected, without "I Finished Login"; as the provider's definition says when left out.
    pub auto_finish: Option<bool>,
    /// What the provider's definition asks for, by name. What is left out is as it was for the connection before.
    pub params: Option<BTreeMap<String, String>>,
}

impl Example for ConnectRequest {
    fn example() -> Self {
        Self { account: Some(AccountName::main()), auto_finish: Some(false), params: None }
    }
}

/// What to scrape. May be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Object)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[oai(rename_all = "camelCase", deny_unknown_fields, example, skip_serializing_if_is_none)]
pub struct ScrapeRequest {
    /// Which stream; the provider's first when none is named.
    pub stream: Option<StreamName>,
    /// Of which account; `main` when none is named.
    pub account: Option<AccountName>,
    /// Go on where this run ended (the session had ended, the site refused, it was stopped): the new run has what that
    /// one found, and reads on from there.
    pub continues: Option<RunId>,
}

impl Example for ScrapeRequest {
    fn example() -> Self {
        Self { stream: Some(Run::example_stream()), account: Some(AccountName::main()), continues: None }
    }
}

/// A way to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Way {
    /// By hand, in the browser that this server shows.
    LiveView,
}

/// What a connect token is to open. May be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Object)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[oai(rename_all = "camelCase", deny_unknown_fields, example, skip_serializing_if_is_none)]
pub struct ConnectTokenRequest {
    /// Only this provider; any, when none is named.
    pub provider: Option<ProviderId>,
    /// Only this account of the user there; any, when none is named.
    pub account: Option<AccountName>,
    /// Only these ways to log in; all, when left out. There is one so far.
    #[oai(validator(min_items = 1))]
    pub ways: Option<Vec<Way>>,
    /// What the provider's definition asks for, by name: it is not asked of the user then. Only with `provider`.
    pub params: Option<BTreeMap<String, String>>,
    /// For whom; the user of the header `Staylogged-User` when left out.
    pub user: Option<UserId>,
}

impl Example for ConnectTokenRequest {
    fn example() -> Self {
        Self {
            provider: Some(Login::example_provider()),
            account: Some(AccountName::main()),
            ways: Some(vec![Way::LiveView]),
            params: None,
            user: Some(UserId::default_user()),
        }
    }
}

/// What a link is to open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Object)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[oai(rename_all = "camelCase", deny_unknown_fields, example)]
pub struct LinkRequest {
    /// What its holder may do.
    pub mode: LinkMode,
}

impl Example for LinkRequest {
    fn example() -> Self {
        Self { mode: LinkMode::Control }
    }
}

/// The answer to `other_account`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Object)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[oai(rename_all = "camelCase", deny_unknown_fields, example)]
pub struct AccountRequest {
    /// Save the account that was found, in place of the one that was expected.
    pub replace: bool,
}

impl Example for AccountRequest {
    fn example() -> Self {
        Self { replace: false }
    }
}
