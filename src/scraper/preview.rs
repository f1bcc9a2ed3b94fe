//! The first page of a source, for whoever writes its definition: read as a run reads it, and nothing is stored.

use std::sync::{Mutex, PoisonError};

use super::{
    asking::{self, Proof},
    ending::Halt,
    extraction::Extracted,
    pace::Paces,
    reading::Keeps,
    visit::{Errand, Found, Standing, Visit, open_options},
};
use crate::{
    browser::Browser,
    domain::{Clock, Session, StorageState},
    providers::{Provider, Source, SourceKind, Stream},
    sessions::Asking,
};

/// What the first page of a source held.
#[derive(Debug)]
pub struct Preview {
    /// Its records, as far as it was read.
    pub page: Option<Extracted>,
    /// Why it was not read, or is not believed: in words for a person.
    pub wrong: Option<String>,
}

/// Reads the first page of a source with that session, which is then as the site has left it. With one that holds nothing it is
/// what the site shows to everybody.
pub async fn preview(
    browser: &dyn Browser,
    provider: &Provider,
    stream: &Stream,
    source: &Source,
    session: &mut Session,
) -> Preview {
    let (paces, clock, shown) = (Paces::default(), Clock::system(), Mutex::new(None));
    let keeps = Keeps::FirstPage(&shown);
    let errand = Errand { paces: &paces, clock: &clock, keeps, provider, stream, source, place: 0 };
    let mut standing = Standing::default();
    let (came, state) = match &source.kind {
        SourceKind::Fetch(fetch) if !fetch.in_page => match Asking::new(session) {
            Ok(asking) => {
                let fetch = if session.state.is_empty() { fetch.without_session() } else { fetch.as_ref().clone() };
                let (who, mut found) = ((&asking, Proof::Items), Found::default());
                let came = asking::read(errand, who, &mut found, &mut standing, &fetch, None).await;
                (came, Some(asking.state()))
            }
            Err(error) => (Err(Halt::NotShown(error.to_string())), None),
        },
        _ => browse(browser, errand, session, &mut standing).await,
    };
    if let Some(state) = state.filter(|_| standing.is_logged_in) {
        session.state = provider.keep(state);
    }
    let page = shown.into_inner().unwrap_or_else(PoisonError::into_inner);
    let drifted = page.as_ref().filter(|page| page.part_missing() > stream.expect.max_missing);
    let wrong = match came {
        Err(halt) => Some(halt.why()),
        Ok(()) => drifted.map(|page| {
            let missing: Vec<_> = page.missing.iter().map(|(field, count)| format!("{field} in {count}")).collect();
            format!("of {} items, required fields are missing: {}", page.items, missing.join(", "))
        }),
    };
    Preview { page, wrong }
}

async fn browse(
    browser: &dyn Browser,
    errand: Errand<'_>,
    session: &Session,
    standing: &mut Standing,
) -> (Result<(), Halt>, Option<StorageState>) {
    let context = match browser.open(open_options(errand.provider, errand.source, session)).await {
        Ok(context) => context,
        Err(error) => return (Err(error.into()), None),
    };
    let mut found = Found::default();
    let came = Visit::new(errand, context.as_ref(), &mut found, standing).read().await;
    let state = context.storage_state().await.ok();
    context.close().await;
    (came, state)
}
