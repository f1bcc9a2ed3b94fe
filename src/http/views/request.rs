//! What may be sent. Unknown fields are refused.

use poem_openapi::{Object, types::Example};
use serde::Deserialize;

use super::Run;
use crate::domain::{AccountName, StreamName};

/// How to connect. May be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Object)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[oai(rename_all = "camelCase", deny_unknown_fields, example, skip_serializing_if_is_none)]
pub struct ConnectRequest {
    /// Which of the user's accounts at the site; `main` when none is named.
    pub account: Option<AccountName>,
    /// Go on by itself once the login is detected, without "I Finished Login"; as the provider's definition says when left out.
    pub auto_finish: Option<bool>,
}

impl Example for ConnectRequest {
    fn example() -> Self {
        Self { account: Some(AccountName::main()), auto_finish: Some(false) }
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
}

impl Example for ScrapeRequest {
    fn example() -> Self {
        Self { stream: Some(Run::example_stream()), account: Some(AccountName::main()) }
    }
}
