//! The storage state: out of a context, and into a new one.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use super::{BrowserError, context::Shared, observe};
use crate::domain::{Cookie, OriginState, StorageState, session::StorageEntry};

/// The driver opens a page for each origin that is not open just now.
const CAPTURE: Duration = Duration::from_secs(30);

/// The page that the driver opens for an origin may fail to load (`net::ERR_ABORTED` on a busy machine): it then opens another.
const MOST_TRIES: u32 = 4;
const AGAIN: Duration = Duration::from_millis(250);

/// The key that marks a tab whose sessionStorage was restored. Never part of a state.
pub(super) const MARK: &str = "__staylogged_restored";

/// A cookie in our words.
pub(super) fn cookie(theirs: playwright_rs::protocol::Cookie) -> Cookie {
    Cookie {
        name: theirs.name,
        value: theirs.value,
        domain: theirs.domain,
        path: theirs.path,
        expires: theirs.expires,
        http_only: theirs.http_only,
        secure: theirs.secure,
        same_site: theirs.same_site.unwrap_or_else(|| "Lax".into()),
    }
}

/// What the context holds now.
pub(super) async fn capture(shared: &Shared) -> Result<StorageState, BrowserError> {
    let mut tries = 1;
    let theirs = loop {
        let context = shared.context.clone();
        let options = playwright_rs::StorageStateOptions::default().indexed_db(true);
        let reading = async move { context.storage_state(Some(options)).await };
        match shared.guard.call("reading the storage state", CAPTURE, reading).await {
            Err(BrowserError::Refused(what)) if tries < MOST_TRIES => {
                tracing::debug!(what, tries, "the storage state is read again");
                tries += 1;
                tokio::time::sleep(AGAIN).await;
            }
            read => break read?,
        }
    };
    let mut origins: BTreeMap<String, OriginState> = theirs
        .origins
        .into_iter()
        .map(|origin| {
            let entries =
                origin.local_storage.into_iter().map(|item| StorageEntry { name: item.name, value: item.value });
            let state = OriginState {
                origin: origin.origin.clone(),
                local_storage: entries.collect(),
                session_storage: Vec::new(),
                indexed_db: match origin.indexed_db {
                    Some(Value::Array(databases)) => databases,
                    _ => Vec::new(),
                },
            };
            (origin.origin, state)
        })
        .collect();
    for (origin, entries) in session_storages(shared).await? {
        let state = origins.entry(origin.clone()).or_insert_with(|| OriginState { origin, ..OriginState::default() });
        state.session_storage = entries.into_iter().map(|(name, value)| StorageEntry { name, value }).collect();
    }
    Ok(StorageState {
        cookies: theirs.cookies.into_iter().map(cookie).collect(),
        origins: origins.into_values().collect(),
    })
}

/// Of the origins asked for, as far as a page or frame of them is open; the page in front comes first.
async fn session_storages(shared: &Shared) -> Result<BTreeMap<String, Vec<(String, String)>>, BrowserError> {
    let mut found = BTreeMap::new();
    if shared.session_origins.is_empty() {
        return Ok(found);
    }
    for tab in shared.tabs.all() {
        let frames = shared
            .guard
            .call("reaching a page", Duration::from_secs(3), async move { tab.page.frames().await })
            .await
            .unwrap_or_default();
        for frame in frames {
            let origin = url::Url::parse(&frame.url()).map(|url| url.origin().ascii_serialization());
            if !origin.is_ok_and(|origin| shared.session_origins.contains(&origin) && !found.contains_key(&origin)) {
                continue;
            }
            if let Some((origin, entries)) = observe::session_storage(&shared.guard, &frame).await?
                && !entries.is_empty()
            {
                found.entry(origin).or_insert(entries);
            }
        }
    }
    Ok(found)
}

/// The part that the driver itself restores.
pub(super) fn for_the_driver(state: &StorageState) -> Result<playwright_rs::StorageState, BrowserError> {
    serde_json::to_value(state)
        .and_then(serde_json::from_value)
        .map_err(|error| BrowserError::Refused(format!("the storage state cannot be restored: {error}")))
}

/// A script that fills sessionStorage once in each new tab; none when there is nothing to fill in.
pub(super) fn session_storage_script(state: &StorageState) -> Option<String> {
    let by_origin: BTreeMap<&str, Vec<[&str; 2]>> = state
        .origins
        .iter()
        .filter(|origin| !origin.session_storage.is_empty())
        .map(|origin| {
            let entries = origin.session_storage.iter().map(|entry| [entry.name.as_str(), entry.value.as_str()]);
            (origin.origin.as_str(), entries.collect())
        })
        .collect();
    if by_origin.is_empty() {
        return None;
    }
    let data = serde_json::to_string(&by_origin).ok()?;
    Some(format!(
        "(() => {{ try {{
            const own = new Map(Object.entries({data})).get(location.origin);
            if (!own || sessionStorage.getItem('{MARK}')) return;
            for (const [key, value] of own) sessionStorage.setItem(key, value);
            sessionStorage.setItem('{MARK}', '1');
        }} catch {{}} }})()"
    ))
}
