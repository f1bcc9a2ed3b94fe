//! The proof that a session works: it is opened in a fresh context, and the provider's probe must pass there.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use url::Url;

use super::{AskError, Asking, LooksLoggedOut};
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
    /// What there is after a look at which one was logged in: sites rotate cookies, and the newest ones are those that work. Over
    /// HTTP also after one that decided nothing, but brought such cookies.
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
            // With the cookies that came with the answer: the older ones may open nothing any more.
            let session = match &asked.state {
                Some(state) => &Session { state: state.clone(), identity: session.identity.clone() },
                None => session,
            };
            let visited = visit(browser, provider, session, page, provider.probe.wait).await?;
            Ok(ProbeReport { state: visited.state.or(asked.state), ..visited })
        }
    }
}

/// Lets the site renew a session without a person, by the visit that the definition names for it; else a probe does
/// what can be done. What the visit made of the session is proven as the definition says: at the page itself, or by its request.
pub async fn renew(browser: &dyn Browser, provider: &Provider, session: &Session) -> Result<ProbeReport, BrowserError> {
    match &provider.session.renew {
        Some(renew) => match &provider.probe.look {
            Look::Visit(_) => visit(browser, provider, session, &renew.visit, renew.within).await,
            Look::Fetch(request) | Look::Both(request, _) => {
                visit_and_ask(browser, provider, session, renew, request).await
            }
        },
        None => probe(browser, provider, session).await,
    }
}

async fn ask(provider: &Provider, session: &Session, request: &Request) -> ProbeReport {
    let unknown = |seen: String| {
        let evidence =
            Evidence { rule: format!("{} answers the probe's request", provider.name), seen, value: Truth::Unknown };
        ProbeReport::new(Sighting { verdict: Verdict::Unknown, evidence: vec![evidence] })
    };
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
    let state = asking.state();
    let is_kept = match sighting.verdict {
        Verdict::LoggedIn => true,
        Verdict::Blocked | Verdict::Unknown => asking.lost_nothing() && state.has_other_cookies_than(&session.state),
        Verdict::LoggedOut => false,
    };
    ProbeReport { identity, state: is_kept.then(|| provider.keep(state)), ..ProbeReport::new(sighting) }
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
            let state = provider.keep(context.storage_state().await?);
            let renewed = Session { state, identity: session.identity.clone() };
            let report = ask(provider, &renewed, request).await;
            let is_decided = matches!(report.sighting.verdict, Verdict::LoggedIn | Verdict::Blocked);
            if is_decided || Instant::now() + pause >= until {
                return Ok(report);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
    .await;
    context.close().await;
    report
}

async fn visit(
    browser: &dyn Browser,
    provider: &Provider,
    session: &Session,
    page: &Url,
    within: Duration,
) -> Result<ProbeReport, BrowserError> {
    let context = open(browser, provider, session).await?;
    let mut report = look(context.as_ref(), provider, page, within).await;
    if let Ok(report) = &mut report
        && report.sighting.verdict != Verdict::LoggedIn
    {
        report.screenshot = masked_screenshot(context.as_ref()).await;
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
            Verdict::LoggedOut => logged_out.saw(context.in_flight(), Instant::now()),
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
