//! What the cards of the integrations page show.

use std::collections::BTreeMap;

use super::{problem::Problem, shared::Shared, views};
use crate::{
    domain::{AccountName, ConnectToken, Connection, LoginId, UserId},
    providers::{Localized, Param, Provider},
    store::RunFilter,
};

/// A provider as the API shows it.
#[must_use]
pub fn site(provider: &Provider) -> views::Provider {
    let streams = provider.streams.iter().map(|stream| views::Stream {
        name: stream.name.clone(),
        fields: stream
            .fields
            .iter()
            .map(|field| views::Field { name: field.name.clone(), kind: field.kind.as_str().into() })
            .collect(),
    });
    views::Provider {
        id: provider.id.clone(),
        name: provider.name.clone(),
        homepage: provider.homepage.to_string(),
        login_timeout: provider.login.timeout.as_secs(),
        instructions: in_all_languages(provider.login.instructions.as_ref()),
        params: provider.params.iter().map(asked).collect(),
        kept_for: provider.session.max_age.map(|age| age.as_secs()),
        streams: streams.collect(),
    }
}

fn in_all_languages(texts: Option<&Localized>) -> BTreeMap<String, String> {
    texts.map(|texts| texts.all().clone()).unwrap_or_default()
}

fn asked(param: &Param) -> views::Param {
    views::Param {
        name: param.name.clone(),
        label: param.label.all().clone(),
        help: in_all_languages(param.help.as_ref()),
        kind: param.kind.into(),
        values: param.values.clone(),
        example: param.example.clone(),
        required: param.required,
    }
}

/// One card for each provider, by name.
pub async fn of(shared: &Shared, user: &UserId) -> Result<Vec<views::Integration>, Problem> {
    let store = &shared.store;
    let connections = store.connections(user).await?;
    let mut cards = Vec::new();
    for provider in shared.providers.all() {
        let mut card =
            views::Integration { provider: site(&provider), connection: None, login: None, last_run: None, records: 0 };
        if let Some(connection) = shown(&connections, &provider) {
            let filter = RunFilter { connection: Some(connection.id.clone()), ..RunFilter::default() };
            card.login = store.login_under_way(&connection.id).await?.map(Into::into);
            card.last_run = store.runs(user, &filter, 1).await?.pop().map(Into::into);
            card.records = store.count_all_records(&connection.id).await?;
            card.connection = Some(connection.clone().into());
        }
        cards.push(card);
    }
    cards.sort_by(|a, b| a.provider.name.cmp(&b.provider.name));
    Ok(cards)
}

/// What the holder of a connect token may connect: nothing of what was scraped, and no login but its own.
pub async fn to_connect(
    shared: &Shared,
    token: &ConnectToken,
    logins: &[LoginId],
) -> Result<Vec<views::Integration>, Problem> {
    let store = &shared.store;
    let mut connections = store.connections(&token.user).await?;
    connections.retain(|connection| token.account.as_ref().is_none_or(|account| connection.account == *account));
    let mut cards = Vec::new();
    for provider in shared.providers.all() {
        if token.provider.as_ref().is_some_and(|only| provider.id != *only) {
            continue;
        }
        let mut card =
            views::Integration { provider: site(&provider), connection: None, login: None, last_run: None, records: 0 };
        // What the token says is not asked any more.
        card.provider.params.retain(|param| !token.params.contains_key(&param.name));
        if let Some(connection) = shown(&connections, &provider) {
            let login = store.login_under_way(&connection.id).await?;
            card.login = login.filter(|login| logins.contains(&login.id)).map(Into::into);
            card.connection = Some(connection.clone().into());
        }
        cards.push(card);
    }
    cards.sort_by(|a, b| a.provider.name.cmp(&b.provider.name));
    Ok(cards)
}

/// The `main` connection, or else the oldest.
fn shown<'a>(connections: &'a [Connection], provider: &Provider) -> Option<&'a Connection> {
    let mut here = connections.iter().filter(|connection| connection.provider == provider.id);
    let main = AccountName::main();
    here.clone().find(|connection| connection.account == main).or_else(|| here.next())
}
