//! The proof that a session works: it is opened in a fresh context, and the provider's probe must pass there.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use url::Url;

use super::{AskError, Asking, HOLDS_UNSETTLED, LooksLoggedOut};
use crate::{
    browser::{Browser, BrowserError, Context, ContextOptions, Wanted},
    domain::{
        AccountIdentity, Session, StorageState,
        rule::{Evidence, Needs, Sighting, Truth, Verdict},
    },
    providers::{Look, Provider, Renew, Request, Step, Turn},
};

/// How long to wait for the site to say whose account it is, once it is known to be logged in.
const IDENTITY_WAIT: Duration = Duration::from_secs(5);
/// How long a page may take to be pictured.
const SCREENSHOT_WITHIN: Duration = Duration::from_secs(10);
/// How often to look again when nothing rang: a page can change its storage without a word.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A probe's answer. Only `LoggedOut` may ever change a connection's status: a time-out costs nobody a login.
#[derive(Debug)]
pub struct ProbeReport {
    /// What was found, and how that was seen.
    pub sighting: Sighting,
    /// Whose account it is, where the site says so.
    pub identity: Option<AccountIdentity>,
    /// What there is after the look, since sites rotate cookies, and the newest ones are those that work: all of it where one was
    /// logged in; otherwise only what differs from before and has lost nothing, as a logout takes something away.
    pub state: Option<StorageState>,
    /// What the page looked like that was not logged in, masked; a look over HTTP has none.
    pub screenshot: Option<Vec<u8>>,
    /// The session holds no value that the probe's request needs: nothing was asked.
    pub lacks_value: bool,
}

impl ProbeReport {
    fn new(sighting: Sighting) -> Self {
        Self { sighting, identity: None, state: None, screenshot: None, lacks_value: false }
    }

    /// The site did not do what was asked of it.
    fn unknown(rule: String, seen: String) -> Self {
        let evidence = vec![Evidence { rule, seen, value: Truth::Unknown }];
        Self::new(Sighting { verdict: Verdict::Unknown, evidence })
    }
}

/// What a look that saw nobody logged in has left of a session, where it may be kept.
fn left_whole(before: &StorageState, left: StorageState) -> Option<StorageState> {
    (left != *before && left.holds_all_of(before)).then_some(left)
}

/// What a browser must be asked for rules with these needs to be judged.
#[must_use]
pub fn wanted(needs: Needs) -> Wanted {
    Wanted {
        title: needs.title,
        text: needs.text,
        cookies: needs.cookies,
        local_storage: needs.local_storage,
        session_storage: needs.session_storage,
        elements: needs.elements,
    }
}

/// How to open a context for a provider: with a session or without, remembering the answers its rules ask about.
#[must_use]
pub fn open_options(provider: &Provider, session: Option<&Session>) -> ContextOptions {
    ContextOptions {
        state: session.map(|s| s.state.clone()),
        identity: session.map(|s| s.identity.clone()),
        remember_responses: provider.response_patterns(),
        without_media: false,
        session_storage_origins: provider.session_storage_origins(),
        navigate: provider.scope.navigate.iter().map(|glob| glob.regex().clone()).collect(),
        exchanges: false,
    }
}

/// Proves a session as the provider's definition says: a page in a fresh context of `browser`, or a request over HTTP.
/// `Unknown` when nothing decisive is seen in the probe's time.
pub async fn probe(browser: &dyn Browser, provider: &Provider, session: &Session) -> Result<ProbeReport, BrowserError> {
    match &provider.probe.look {
        Look::Visit(page) => visit(browser, provider, session, page, provider.probe.wait).await,
        Look::Fetch(request) => Ok(ask(provider, session, request).await),
        Look::Both(request, page) => {
            let asked = ask(provider, session, request).await;
            if asked.sighting.verdict != Verdict::Unknown {
                return Ok(asked);
            }
            visit_after(asked, browser, provider, session, page).await
        }
    }
}

/// Visits the page of the probe with what another look has left of the session: the older cookies may open nothing any more.
async fn visit_after(
    before: ProbeReport,
    browser: &dyn Browser,
    provider: &Provider,
    session: &Session,
    page: &Url,
) -> Result<ProbeReport, BrowserError> {
    let newest = before.state.as_ref().map(|state| session.with(state.clone()));
    let visited = visit(browser, provider, newest.as_ref().unwrap_or(session), page, provider.probe.wait).await?;
    Ok(ProbeReport { state: visited.state.or(before.state), ..visited })
}

/// Lets the site renew a session without a person, by the visit that the definition names for it; else a probe does
/// what can be done. What the visit made of the session is proven as the definition says; a page that renews need not show what the
/// probe looks for.
pub async fn renew(browser: &dyn Browser, provider: &Provider, session: &Session) -> Result<ProbeReport, BrowserError> {
    let Some(renew) = &provider.session.renew else { return probe(browser, provider, session).await };
    let (renewed, page) = match &provider.probe.look {
        Look::Visit(page) => (visit(browser, provider, session, &renew.visit, renew.within).await?, Some(page)),
        Look::Fetch(request) => (visit_and_ask(browser, provider, session, renew, request).await?, None),
        Look::Both(request, page) => (visit_and_ask(browser, provider, session, renew, request).await?, Some(page)),
    };
    match page {
        Some(page) if renewed.sighting.verdict == Verdict::Unknown => {
            visit_after(renewed, browser, provider, session, page).await
        }
        _ => Ok(renewed),
    }
}

async fn ask(provider: &Provider, session: &Session, request: &Request) -> ProbeReport {
    let unknown = |seen: String| ProbeReport::unknown(format!("{} answers the probe's request", provider.name), seen);
    let asking = match Asking::new(session) {
        Ok(asking) => asking,
        Err(error) => return unknown(error.to_string()),
    };
    let step = Step { turn: Turn::First, slot: None };
    let heard = match asking.ask(request, &step, provider.probe.wait).await {
        Ok(heard) => heard,
        Err(error) => {
            return ProbeReport { lacks_value: matches!(error, AskError::Lacks(_)), ..unknown(error.to_string()) };
        }
    };
    let seen = asking.seen(&heard.answer, &provider.probe.needs());
    let sighting = provider.probe.judge(&seen);
    let identity = if sighting.verdict == Verdict::LoggedIn { provider.identity(&seen) } else { None };
    let left = provider.keep(asking.state());
    let state = match sighting.verdict {
        Verdict::LoggedIn => Some(left),
        Verdict::Blocked | Verdict::Unknown | Verdict::LoggedOut => left_whole(&session.state, left),
    };
    ProbeReport { identity, state, ..ProbeReport::new(sighting) }
}

async fn open(browser: &dyn Browser, provider: &Provider, session: &Session) -> Result<Arc<dyn Context>, BrowserError> {
    browser.open(ContextOptions { without_media: true, ..open_options(provider, Some(session)) }).await
}

/// Visits a page, and asks with what the browser holds then, again and again while it may still be renewed.
async fn visit_and_ask(
    browser: &dyn Browser,
    provider: &Provider,
    session: &Session,
    renew: &Renew,
    request: &Request,
) -> Result<ProbeReport, BrowserError> {
    let context = open(browser, provider, session).await?;
    let until = Instant::now() + renew.within;
    let mut pause = LOOK_EVERY;
    let report = async {
        context.visit(&renew.visit, renew.within).await?;
        loop {
            let renewed = session.with(provider.keep(context.storage_state().await?));
            let mut report = ask(provider, &renewed, request).await;
            let is_decided = matches!(report.sighting.verdict, Verdict::LoggedIn | Verdict::Blocked);
            let left = until.saturating_duration_since(Instant::now());
            if is_decided || left.is_zero() {
                if report.sighting.verdict != Verdict::LoggedIn {
                    let left = report.state.take().unwrap_or(renewed.state);
                    report.state = left_whole(&session.state, left);
                }
                return Ok(report);
            }
            tokio::time::sleep(pause.min(left)).await;
            pause *= 2;
        }
    }
    .await;
    context.close().await;
    or_unknown(report, provider)
}

/// A site that does not show a page says nothing of the session.
fn or_unknown(seen: Result<ProbeReport, BrowserError>, provider: &Provider) -> Result<ProbeReport, BrowserError> {
    match seen {
        Err(error @ (BrowserError::Navigation { .. } | BrowserError::Timeout { .. })) => {
            let rule = format!("{} shows the page of the probe", provider.name);
            Ok(ProbeReport::unknown(rule, error.to_string()))
        }
        seen => seen,
    }
}

async fn visit(
    browser: &dyn Browser,
    provider: &Provider,
    session: &Session,
    page: &Url,
    within: Duration,
) -> Result<ProbeReport, BrowserError> {
    let context = open(browser, provider, session).await?;
    let mut report = or_unknown(look(context.as_ref(), provider, page, within).await, provider);
    if let Ok(report) = &mut report
        && report.sighting.verdict != Verdict::LoggedIn
    {
        report.screenshot = masked_screenshot(context.as_ref()).await;
        // Nothing depends on it: where the browser does not say it the session stays as it was.
        let left = context.storage_state().await.ok().map(|left| provider.keep(left));
        report.state = left.and_then(|left| left_whole(&session.state, left));
    }
    context.close().await;
    report
}

/// What the page in front looks like, masked. Nothing depends on it: where it does not come at once there is none.
pub async fn masked_screenshot(context: &dyn Context) -> Option<Vec<u8>> {
    match tokio::time::timeout(SCREENSHOT_WITHIN, context.masked_screenshot()).await {
        Ok(Ok(png)) => Some(png),
        Ok(Err(error)) => {
            tracing::info!(%error, "there is no screenshot of a page");
            None
        }
        Err(_) => {
            tracing::info!("there is no screenshot of a page: it took too long");
            None
        }
    }
}

async fn look(
    context: &dyn Context,
    provider: &Provider,
    page: &Url,
    within: Duration,
) -> Result<ProbeReport, BrowserError> {
    let probe = &provider.probe;
    let until = Instant::now() + within;
    context.visit(page, within).await?;
    let wanted = wanted(probe.needs());
    let mut changes = context.changes();
    let mut logged_out = LooksLoggedOut::default();
    loop {
        let sighting = provider.judge_page(&mut context.observe(&wanted).await?);
        let is_decided = match sighting.verdict {
            Verdict::Blocked => true,
            Verdict::LoggedIn => {
                let identity = identity(context, provider, &wanted).await?;
                let state = provider.keep(context.storage_state().await?);
                return Ok(ProbeReport { identity, state: Some(state), ..ProbeReport::new(sighting) });
            }
            Verdict::LoggedOut => logged_out.saw(context.in_flight(HOLDS_UNSETTLED), Instant::now()),
            Verdict::Unknown => {
                logged_out.broke();
                false
            }
        };
        if is_decided || Instant::now() >= until {
            return Ok(ProbeReport::new(sighting));
        }
        let _ = tokio::time::timeout(LOOK_EVERY, changes.changed()).await;
    }
}

/// Whose account it is. The answer that names it may come a moment after the one that proved the login.
async fn identity(
    context: &dyn Context,
    provider: &Provider,
    wanted: &Wanted,
) -> Result<Option<AccountIdentity>, BrowserError> {
    if provider.account.is_none() {
        return Ok(None);
    }
    let until = Instant::now() + IDENTITY_WAIT;
    let mut changes = context.changes();
    let wanted = Wanted { local_storage: true, session_storage: true, ..wanted.clone() };
    loop {
        if let Some(identity) = provider.identity(&context.observe(&wanted).await?) {
            return Ok(Some(identity));
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        let _ = tokio::time::timeout(LOOK_EVERY, changes.changed()).await;
    }
}
