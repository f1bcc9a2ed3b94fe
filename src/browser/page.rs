//! A page that a program works on.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use playwright_rs::server::channel_owner::ChannelOwner;
use playwright_rs::{ClickOptions, GotoOptions, WaitUntil, protocol::Page as DriverPage};
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use super::{
    BrowserError, Page, PageAnswer, PageAsk, Scrolled,
    context::Shared,
    guard::{PROMPT, first_line},
    scrolling,
};
use crate::domain::{Viewport, rule::ElementQuery};

/// One tab, for a program.
pub(super) struct PlaywrightPage {
    shared: Arc<Shared>,
    page: DriverPage,
    /// The site's answers may be read by requests without its cookies alone (CORS).
    without_cookies: AtomicBool,
    /// How it looked when a key was last pressed on it, as a hash of its text.
    drawn: Mutex<Option<u32>>,
}

impl fmt::Debug for PlaywrightPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlaywrightPage")
    }
}

/// Gives an element the focus, if Enter will click it there. What the page has just received it draws first: an old "next" would
/// lead to the page that was read last. So it waits until the text is another than at the last press, and then for two
/// pictures, as the driver's own click does; a page that stays the same is not waited for too long.
const FOCUS: &str = "async ({ css, drawn, within }) => {
    const picture = () => Promise.race([new Promise(requestAnimationFrame), new Promise((resolve) => setTimeout(resolve, 50))]);
    const mark = () => {
        let hash = 0x811c9dc5;
        for (const letter of document.body.innerText) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
        return hash;
    };
    const until = performance.now() + within;
    while (mark() === drawn && performance.now() < until) await picture();
    await picture();
    await picture();
    const element = document.querySelector(css);
    if (!element?.matches('a[href], button, summary, input:is([type=button], [type=submit])')) return null;
    if (element.disabled || element.closest('[aria-disabled=true]')) return null;
    const box = element.getBoundingClientRect();
    const isShown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!isShown || !box.width || !box.height) return null;
    element.focus();
    return document.activeElement === element ? mark() : null;
}";

/// How long another document may take the place of the one that is to be read.
const TAKES_ITS_PLACE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// The wheel is turned by this part of what is in sight.
const WHEEL: f64 = 0.5;

/// How long what is to be clicked may be covered, or move.
const COVERED: Duration = Duration::from_secs(8);

/// Whether there is something to click: `null` when there is no such element, false when it is disabled.
const CAN_CLICK: &str = "(css) => {
    const element = document.querySelector(css);
    return element ? !(element.disabled || element.getAttribute('aria-disabled') === 'true') : null;
}";

const ATTRIBUTE: &str = "({ css, name }) => document.querySelector(css)?.getAttribute(name) ?? null";

/// Asks as the page's own scripts do: with the cookies, or without where another origin lets nobody read such an answer.
/// A page is not told why its request failed.
const ASK: &str = "async ({ method, url, headers, body, withoutCookies }) => {
    const ask = (credentials) => fetch(url, { method, headers, body: body ?? undefined, credentials });
    let answer;
    try {
        answer = await ask(withoutCookies ? 'same-origin' : 'include');
    } catch (error) {
        if (withoutCookies || new URL(url).origin === location.origin) throw error;
        answer = await ask('same-origin');
        withoutCookies = true;
    }
    return {
        withoutCookies,
        url: answer.url, status: answer.status, body: await answer.text(),
        retryAfter: answer.headers.get('retry-after'), link: answer.headers.get('link'),
    };
}";

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    without_cookies: bool,
    url: Url,
    status: u16,
    body: String,
    retry_after: Option<String>,
    link: Option<String>,
}

impl PlaywrightPage {
    pub fn new(shared: &Arc<Shared>, page: DriverPage) -> Self {
        Self { shared: Arc::clone(shared), page, without_cookies: AtomicBool::new(false), drawn: Mutex::default() }
    }

    /// Clicks the first element that matches, as soon as a person could.
    async fn click_within(&self, css: &str, within: Duration) -> Result<(), BrowserError> {
        let first = self.page.locator(format!("css={css}")).first();
        // None at all is no limit to the driver.
        let options = ClickOptions::builder().timeout((within.as_secs_f64() * 1000.0).max(1.0)).build();
        self.shared.guard.call("clicking", within + PROMPT, async move { first.click(Some(options)).await }).await
    }

    /// Goes to an address; the status of the answer is noted.
    pub async fn go(&self, url: &Url, within: Duration) -> Result<(), BrowserError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BrowserError::Navigation { url: plain(url), what: "only http and https are opened".into() });
        }
        let (page, to) = (self.page.clone(), url.to_string());
        // The driver gives up first, so that the tab is free again when we do.
        let options = GotoOptions::new().timeout(within).wait_until(WaitUntil::Commit);
        let went = self
            .shared
            .guard
            .call("opening the page", within + Duration::from_secs(2), async move {
                match page.goto(&to, Some(options)).await {
                    Ok(response) => Ok(Ok(response.map(|response| response.status()))),
                    Err(error @ playwright_rs::Error::Timeout(_)) => Err(error),
                    Err(error) => Ok(Err(error.to_string())),
                }
            })
            .await?;
        match went {
            Ok(status) => {
                self.shared.tabs.answered(self.page.guid(), status);
                self.shared.tabs.refresh();
                Ok(())
            }
            Err(said) if said.contains("has been closed") => Err(BrowserError::Closed),
            Err(said) => Err(BrowserError::Navigation { url: plain(url), what: reason(&said) }),
        }
    }
}

/// Without user, query and fragment: those may be secret.
fn plain(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// `net::ERR_…` of what the driver said, else its first line up to the address.
fn reason(said: &str) -> String {
    let code = said.split(|c: char| c.is_whitespace()).find(|word| word.starts_with("net::ERR_"));
    code.map_or_else(
        || super::guard::first_line(said.split("http").next().unwrap_or_default()),
        |code| code.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned(),
    )
}

#[async_trait]
impl Page for PlaywrightPage {
    fn url(&self) -> Url {
        Url::parse(&self.page.url()).unwrap_or_else(|_| Url::parse("about:blank").expect("about:blank is a URL"))
    }

    async fn goto(&self, url: &Url, within: Duration) -> Result<(), BrowserError> {
        self.go(url, within).await
    }

    async fn html(&self) -> Result<String, BrowserError> {
        let until = Instant::now() + TAKES_ITS_PLACE;
        loop {
            let page = self.page.clone();
            match self.shared.guard.call("reading the page", PROMPT, async move { page.content().await }).await {
                // While another document takes its place there is none.
                Err(BrowserError::Refused(_)) if Instant::now() < until => tokio::time::sleep(LOOK_AGAIN).await,
                html => return html,
            }
        }
    }

    async fn has(&self, element: &ElementQuery) -> Result<bool, BrowserError> {
        let seen = super::observe::has(&self.shared.guard, &self.page, element).await?;
        seen.ok_or_else(|| BrowserError::Refused(format!("{} is no selector", element.css)))
    }

    async fn click(&self, css: &str, within: Duration) -> Result<bool, BrowserError> {
        // The driver itself waits until it is there, shown, enabled and at rest: a look of our own before costs a turn.
        match self.click_within(css, within).await {
            Err(BrowserError::Timeout { .. }) => {}
            clicked => return clicked.map(|()| true),
        }
        let (page, selector) = (self.page.clone(), css.to_owned());
        let can: Option<bool> = self
            .shared
            .guard
            .call("looking for what to click", PROMPT, async move { page.evaluate(CAN_CLICK, Some(&selector)).await })
            .await?;
        if can != Some(true) {
            return Ok(false);
        }
        // Something covers it, or it moves: that may pass.
        self.click_within(css, COVERED).await.map(|()| true)
    }

    async fn press(&self, css: &str, within: Duration) -> Result<bool, BrowserError> {
        let drawn = *self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let (page, wanted) = (self.page.clone(), json!({ "css": css, "drawn": drawn, "within": within.as_millis() }));
        let pressing = async move {
            let focused: Option<u32> = page.evaluate(FOCUS, Some(&wanted)).await?;
            if focused.is_some() {
                page.keyboard().press("Enter", None).await?;
            }
            Ok(focused)
        };
        let focused = self.shared.guard.call("pressing a key", within + PROMPT, pressing).await?;
        *self.drawn.lock().unwrap_or_else(PoisonError::into_inner) = focused;
        Ok(focused.is_some())
    }

    async fn attribute(&self, css: &str, name: &str) -> Result<Option<String>, BrowserError> {
        let (page, wanted) = (self.page.clone(), json!({ "css": css, "name": name }));
        self.shared
            .guard
            .call("reading an attribute", PROMPT, async move { page.evaluate(ATTRIBUTE, Some(&wanted)).await })
            .await
    }

    async fn ask(&self, ask: &PageAsk, within: Duration) -> Result<PageAnswer, BrowserError> {
        let headers: serde_json::Map<String, Value> =
            ask.headers.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        let without_cookies = self.without_cookies.load(Ordering::Relaxed);
        let wanted = json!({
            "method": ask.method, "url": ask.url, "headers": headers, "body": ask.body, "withoutCookies": without_cookies,
        });
        let page = self.page.clone();
        let asking = async move { page.evaluate::<_, Asked>(ASK, Some(&wanted)).await };
        let asked = self.shared.guard.call("a request of the page", within, asking).await;
        let Asked { without_cookies, url, status, body, retry_after, link } = asked.map_err(|error| match error {
            // The page says no more than "Failed to fetch".
            BrowserError::Refused(what) => BrowserError::Navigation { url: plain(&ask.url), what: first_line(&what) },
            other => other,
        })?;
        self.without_cookies.store(without_cookies, Ordering::Relaxed);
        Ok(PageAnswer { url, status, retry_after, link, body })
    }

    async fn scroll_on(&self, items: &[&str]) -> Result<Scrolled, BrowserError> {
        let (page, items) = (self.page.clone(), owned(items));
        let wheel = f64::from(self.viewport().height) * WHEEL;
        let scrolling = async move { scrolling::scroll_on(&page, &items, wheel).await };
        self.shared.guard.call("scrolling", PROMPT, scrolling).await
    }

    async fn await_filled(&self, items: &[&str], quiet: Duration) -> Result<(), BrowserError> {
        let (page, items) = (self.page.clone(), owned(items));
        let filling = async move { scrolling::await_filled(&page, &items, quiet).await };
        self.shared.guard.call("waiting for rows", PROMPT, filling).await
    }

    async fn screenshot(&self) -> Result<Vec<u8>, BrowserError> {
        let page = self.page.clone();
        self.shared.guard.call("taking a picture", PROMPT, async move { page.screenshot(None).await }).await
    }

    fn viewport(&self) -> Viewport {
        self.page
            .viewport_size()
            .map_or(self.shared.identity.viewport, |is| Viewport { width: is.width, height: is.height })
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
