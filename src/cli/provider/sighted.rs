//! What browsers see for a recording: the person's own, and two fresh ones that look at the same page afterwards.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::time::Instant;
use url::Url;

use super::terminal::{Browsers, Lines, printable};
use crate::{
    browser::{Browser, BrowserError, Context, ContextOptions, Wanted},
    cli::Stop,
    domain::{
        Exchange, OriginState, Session, StorageState,
        rule::{Judgement, Observation, Truth},
        session::StorageEntry,
    },
    providers::Provider,
    recorder::{self, Visit},
    sessions,
};

/// How often to look when nothing rang: a page can change its storage without a word.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long the site's first page may take.
const START_WITHIN: Duration = Duration::from_secs(45);
/// A page at which nothing has happened for so long has come to its end.
const QUIET: Duration = Duration::from_millis(2500);
/// A page that never comes to an end is looked at after this.
const LOUD: Duration = Duration::from_secs(25);

/// What was left of a login by hand.
pub(super) struct Login {
    pub session: Session,
    pub list: Url,
    pub exchanges: Vec<Exchange>,
}

fn everything() -> Wanted {
    Wanted {
        title: true,
        cookies: true,
        local_storage: true,
        session_storage: true,
        elements: recorder::looked_for(),
        ..Wanted::default()
    }
}

/// Waits until the person has logged in, has gone to the list, and says so: by Enter, or by closing the window.
pub(super) async fn by_hand(browsers: &Browsers, start: &Url, lines: &mut Lines) -> Result<Login, Stop> {
    let context = browsers.windows.open(ContextOptions { exchanges: true, ..ContextOptions::default() }).await?;
    browsers.shown(&context, follow(&context, start, lines)).await
}

async fn follow(context: &Arc<dyn Context>, start: &Url, lines: &mut Lines) -> Result<Login, Stop> {
    context.visit(start, START_WITHIN).await?;
    let wanted = everything();
    let (mut changes, mut lost) = (context.changes(), context.lost());
    let mut newest: Option<(Url, Observation)> = None;
    let mut told = HashSet::new();
    loop {
        // A page in the middle of a navigation cannot be looked at: the look before counts.
        if let Ok(seen) = context.observe(&wanted).await
            && let Some(url) = seen.url.clone().filter(|url| matches!(url.scheme(), "http" | "https"))
        {
            let place = |url: &Url| format!("{}{}", url.host_str().unwrap_or_default(), url.path());
            match &newest {
                Some((before, _)) if *before == url => {}
                // What tells them apart may be a secret.
                Some((before, _)) if place(before) == place(&url) => {
                    println!("  at {}, another page of it", printable(&place(&url)));
                }
                _ => println!("  at {}", printable(&place(&url))),
            }
            newest = Some((url, seen));
        }
        tell_lists(&context.exchanges(), &mut told);
        let closed = async {
            lost.wait_for(Option::is_some).await.ok().and_then(|lost| lost.clone()).unwrap_or(BrowserError::Closed)
        };
        tokio::select! {
            _ = changes.changed() => {}
            _ = lines.next() => break,
            // The window was closed: that says as much as Enter.
            _ = closed => break,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    let (page, seen) = match context.observe(&wanted).await {
        Ok(seen) if seen.url.as_ref().is_some_and(|url| matches!(url.scheme(), "http" | "https")) => {
            (seen.url.clone().unwrap_or_else(|| start.clone()), seen)
        }
        _ => newest.ok_or("the browser was closed before a page of the site was seen")?,
    };
    let state = match context.storage_state().await {
        Ok(state) => state,
        // Its last window is gone: what was seen last has to do.
        Err(_) => StorageState { cookies: seen.cookies.clone().unwrap_or_default(), origins: Vec::new() },
    };
    let session = Session::new(with_storages(state, &seen), context.identity());
    Ok(Login { session, list: page, exchanges: context.exchanges() })
}

/// Says which lists have come, each once on a page: whoever sees the second page's, and then the first's again, can go on.
fn tell_lists(exchanges: &[Exchange], told: &mut HashSet<(Url, Url, Option<String>)>) {
    for one in exchanges.iter().filter(|one| one.body.is_some()) {
        if told.insert((one.page.clone(), one.url.clone(), one.sent.clone()))
            && let Some(items) = recorder::items_in(one)
        {
            let place = format!("{}{}", one.url.host_str().unwrap_or_default(), one.url.path());
            println!("    a list of {items} items came from {}", printable(&place));
        }
    }
}

/// A state with the storages of the pages that were open: a browser gives sessionStorage only to those who know where it is.
fn with_storages(mut state: StorageState, seen: &Observation) -> StorageState {
    let entries = |all: &std::collections::BTreeMap<String, String>| {
        all.iter().map(|(name, value)| StorageEntry { name: name.clone(), value: value.clone() }).collect::<Vec<_>>()
    };
    let mut at = |origin: &str, put: &dyn Fn(&mut OriginState)| {
        let known = state.origins.iter().position(|one| one.origin == origin);
        let place = known.unwrap_or_else(|| {
            state.origins.push(OriginState { origin: origin.to_owned(), ..OriginState::default() });
            state.origins.len() - 1
        });
        put(&mut state.origins[place]);
    };
    for (origin, all) in seen.local_storage.iter().flatten() {
        at(origin, &|one| {
            if one.local_storage.is_empty() {
                one.local_storage = entries(all);
            }
        });
    }
    for (origin, all) in seen.session_storage.iter().flatten().filter(|(_, all)| !all.is_empty()) {
        at(origin, &|one| one.session_storage = entries(all));
    }
    state
}

/// A page in a fresh browser that holds what the session holds; without one, nothing. The session is then as the site left it.
pub(super) async fn look_at(browser: &dyn Browser, page: &Url, session: Option<&mut Session>) -> Result<Visit, Stop> {
    let options = ContextOptions {
        state: session.as_ref().map(|session| session.state.clone()),
        identity: session.as_ref().map(|session| session.identity.clone()),
        without_media: true,
        exchanges: true,
        ..ContextOptions::default()
    };
    let context = browser.open(options).await?;
    let seen = settle(&context, page).await;
    context.close().await;
    let (visit, state) = seen?;
    if let Some(session) = session {
        session.state = state;
    }
    Ok(visit)
}

/// What `login.logged_in` says at the page where a login begins, of a session or of nobody: as soon as it holds, or once the page has
/// come to its end. The session is then as the site left it.
pub(super) async fn login_rule(
    browser: &dyn Browser,
    provider: &Provider,
    session: Option<&mut Session>,
) -> Result<Judgement, Stop> {
    let options = ContextOptions { without_media: true, ..sessions::open_options(provider, session.as_deref()) };
    let context = browser.open(options).await?;
    let judged = judge_login(&context, provider).await;
    if let (Some(session), Ok(state)) = (session, context.storage_state().await) {
        session.state = provider.keep(state);
    }
    context.close().await;
    judged
}

async fn judge_login(context: &Arc<dyn Context>, provider: &Provider) -> Result<Judgement, Stop> {
    let rule = &provider.login.logged_in;
    let wanted = sessions::wanted(rule.needs());
    let mut changes = context.changes();
    context.visit(&provider.login.start, START_WITHIN).await?;
    let until = Instant::now() + LOUD;
    loop {
        let judged = rule.judge(&context.observe(&wanted).await?);
        let is_decided = judged.truth == Truth::True || Instant::now() >= until;
        if is_decided || tokio::time::timeout(QUIET, changes.changed()).await.is_err() {
            return Ok(judged);
        }
    }
}

async fn settle(context: &Arc<dyn Context>, page: &Url) -> Result<(Visit, StorageState), Stop> {
    context.visit(page, START_WITHIN).await?;
    let mut changes = context.changes();
    let until = Instant::now() + LOUD;
    while Instant::now() < until && tokio::time::timeout(QUIET, changes.changed()).await.is_ok() {}
    let seen = context.observe(&everything()).await?;
    let html = context.front_html().await?;
    let exchanges = context.exchanges();
    let state = with_storages(context.storage_state().await?, &seen);
    let with_databases = state.origins.iter().filter(|origin| !origin.indexed_db.is_empty());
    let stores = |of: fn(&OriginState) -> &Vec<StorageEntry>| {
        let all = state.origins.iter().filter(|origin| !of(origin).is_empty());
        all.map(|origin| {
            (origin.origin.clone(), of(origin).iter().map(|one| (one.name.clone(), one.value.clone())).collect())
        })
        .collect()
    };
    let visit = Visit {
        url: seen.url.ok_or("the page could not be looked at")?,
        title: seen.title.unwrap_or_default(),
        html,
        cookies: state.cookies.clone(),
        local_storage: stores(|origin| &origin.local_storage),
        session_storage: stores(|origin| &origin.session_storage),
        indexed_db: with_databases.map(|origin| origin.origin.clone()).collect(),
        elements: seen.elements,
        exchanges,
    };
    Ok((visit, state))
}
