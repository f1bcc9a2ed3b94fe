//! Going on to the next page of a source in a browser.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::{ending::Halt, visit::Errand};
use crate::{
    browser::{BrowserError, Context, Page},
    providers::{Css, Link, Paging, Slot, Source, SourceKind, offset_after, set_param},
};

/// How long a page may take to draw its "next" for what it has just received.
const DRAWN_WITHIN: Duration = Duration::from_secs(2);
/// How long there must be none before it is the last page.
const GONE_FOR: Duration = Duration::from_millis(600);
/// After a scroll that did not reach the end so long is waited for what it brings: what is late comes in sight all the same.
pub(super) const STEP: Duration = Duration::from_millis(400);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(150);

/// How a visit went on to the next page.
pub(super) struct Turned<'a> {
    /// By which way.
    pub way: &'a Paging,
    /// Something moved; otherwise there is nothing further that way.
    pub moved: bool,
    /// By a key: nothing moves where the page listens to a mouse alone.
    pub by_key: bool,
    /// Scrolled as far as one can.
    pub at_end: bool,
}

/// Goes on after so many pages, as soon as the site may be asked.
pub(super) async fn turn<'a>(
    errand: Errand<'a>,
    (read, items_read): (u32, u64),
    (context, page): (&dyn Context, &dyn Page),
    needs_mouse: bool,
) -> Result<Turned<'a>, Halt> {
    let Errand { paces, provider, source, .. } = errand;
    let _permit = paces.wait(provider).await;
    let items: Vec<&str> = match &source.kind {
        SourceKind::Markup { items, .. } => items.iter().map(Css::as_str).collect(),
        SourceKind::Capture { .. } | SourceKind::Fetch(_) => Vec::new(),
    };
    let mut last = Turned { way: &source.paging, moved: false, by_key: false, at_end: false };
    for way in source.paging.ways() {
        let (mut by_key, mut at_end) = (false, false);
        let moved = match way {
            Paging::Next { css } | Paging::Click { css } => {
                let clicked = click(errand, (context, page), css, needs_mouse).await?;
                by_key = clicked == Clicked::ByKey;
                clicked != Clicked::Nothing
            }
            Paging::Scroll { .. } => {
                let scrolled = page.scroll_on(&items).await?;
                at_end = scrolled.at_end;
                scrolled.moved || !at_end
            }
            Paging::PageParam { .. } | Paging::Offset { .. } => {
                go(page, address(source, way, read, items_read), source.wait).await?
            }
            Paging::NextLink(link) => go(page, next_link(source, (context, page), link).await?, source.wait).await?,
            // One page alone, or what only an answer over HTTP can say.
            Paging::Single | Paging::Cursor { .. } | Paging::AnyOf(_) => false,
        };
        last = Turned { way, moved, by_key, at_end };
        if moved {
            paces.asked_now(provider);
            break;
        }
    }
    Ok(last)
}

/// Where the page is that comes after so many, with so many items in all, for paging by address.
pub(super) fn address(source: &Source, paging: &Paging, read: u32, items: u64) -> Option<Url> {
    let (param, number) = match paging {
        Paging::PageParam { slot: Slot::Query(param), first } => (param, u64::from(*first) + u64::from(read)),
        Paging::Offset { slot: Slot::Query(param), first, size } => {
            (param, u64::from(*first) + offset_after(read, items, *size))
        }
        _ => return None,
    };
    (read > 0).then(|| {
        let mut url = source.visit.clone();
        set_param(&mut url, param, &number.to_string());
        url
    })
}

async fn go(page: &dyn Page, to: Option<Url>, within: Duration) -> Result<bool, Halt> {
    let Some(to) = to else { return Ok(false) };
    page.goto(&to, within).await?;
    Ok(true)
}

/// Where the page leads next. That it leads nowhere is believed once it was seen for a while, as of what is clicked.
async fn next_link(
    source: &Source,
    (context, page): (&dyn Context, &dyn Page),
    link: &Link,
) -> Result<Option<Url>, Halt> {
    let began = Instant::now();
    loop {
        let next = link.in_html(&page.html().await?, &page.url());
        if next.is_some() || is_gone(context, source, began.elapsed()) {
            return Ok(next);
        }
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}

/// Whether what was not there for so long does not come any more: the page may still wait for what brings it.
fn is_gone(context: &dyn Context, source: &Source, since: Duration) -> bool {
    since >= GONE_FOR && (context.in_flight(source.wait) == 0 || since >= source.wait)
}

/// How something was clicked.
#[derive(PartialEq)]
enum Clicked {
    ByKey,
    ByMouse,
    /// There is nothing to click.
    Nothing,
}

/// Clicks the way to the next page. That there is none is believed once it was seen for a while: a page that is being drawn may
/// have none for a moment, and would be taken for the last one.
async fn click(
    Errand { provider, source, .. }: Errand<'_>,
    (context, page): (&dyn Context, &dyn Page),
    css: &str,
    needs_mouse: bool,
) -> Result<Clicked, Halt> {
    let until = Instant::now() + source.wait.max(DRAWN_WITHIN);
    let mut gone_since: Option<Instant> = None;
    loop {
        let within = if gone_since.is_some() { GONE_FOR } else { DRAWN_WITHIN };
        let look_until = Instant::now() + within;
        let left = || look_until.saturating_duration_since(Instant::now());
        let clicking = async {
            if !needs_mouse && page.press(css, left()).await? {
                return Ok(Clicked::ByKey);
            }
            Ok(if page.click(css, left()).await? { Clicked::ByMouse } else { Clicked::Nothing })
        };
        match clicking.await {
            Ok(Clicked::Nothing) => {
                let since = *gone_since.get_or_insert_with(Instant::now);
                if is_gone(context, source, since.elapsed()) {
                    return Ok(Clicked::Nothing);
                }
            }
            Ok(clicked) => return Ok(clicked),
            Err(lost @ (BrowserError::Lost(_) | BrowserError::Closed)) => return Err(lost.into()),
            // Replaced while it was being clicked: it is looked for again.
            Err(error) => {
                tracing::debug!(provider = %provider.id, %error, "a click did not arrive");
                gone_since = None;
                if Instant::now() >= until {
                    return Err(Halt::NotShown(format!("what leads to the next page could not be clicked: {error}")));
                }
            }
        }
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}
