//! Going on to the next page of a source in a browser.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::{ending::Halt, visit::Errand};
use crate::{
    browser::{BrowserError, Page},
    providers::{Paging, Provider, Slot, Source, set_param},
};

/// How long a page may take to draw its "next" for what it has just received.
const DRAWN_WITHIN: Duration = Duration::from_secs(2);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(150);

/// How a visit went on to the next page.
pub(super) struct Turned<'a> {
    /// By which way.
    pub way: &'a Paging,
    /// Something moved; otherwise there is nothing further that way.
    pub moved: bool,
    /// By a key: nothing moves where the page listens to a mouse alone.
    pub by_key: bool,
}

/// Goes on after so many pages, as soon as the site may be asked.
pub(super) async fn turn<'a>(
    errand: Errand<'a>,
    read: u32,
    page: &dyn Page,
    needs_mouse: bool,
) -> Result<Turned<'a>, Halt> {
    let Errand { paces, provider, source, .. } = errand;
    let _permit = paces.wait(provider).await;
    let ways = match &source.paging {
        Paging::AnyOf(ways) => ways.as_slice(),
        way => std::slice::from_ref(way),
    };
    let mut last = Turned { way: &source.paging, moved: false, by_key: false };
    for way in ways {
        let mut by_key = false;
        let moved = match way {
            Paging::Next { css } | Paging::Click { css } => {
                let clicked = click(provider, page, css, needs_mouse).await?;
                by_key = clicked == Clicked::ByKey;
                clicked != Clicked::Nothing
            }
            Paging::Scroll { .. } => page.scroll_to_end().await?,
            Paging::PageParam { .. } | Paging::Offset { .. } => {
                go(page, address(source, way, read), source.wait).await?
            }
            Paging::NextLink(link) => go(page, link.in_html(&page.html().await?, &page.url()), source.wait).await?,
            // One page alone, or what only an answer over HTTP can say.
            Paging::Single | Paging::Cursor { .. } | Paging::AnyOf(_) => false,
        };
        last = Turned { way, moved, by_key };
        if moved {
            paces.asked_now(provider);
            break;
        }
    }
    Ok(last)
}

/// Where the page is that comes after so many, for paging by address.
pub(super) fn address(source: &Source, paging: &Paging, read: u32) -> Option<Url> {
    let (param, number) = match paging {
        Paging::PageParam { slot: Slot::Query(param), first } => (param, first.saturating_add(read)),
        Paging::Offset { slot: Slot::Query(param), first, size } => {
            (param, first.saturating_add(read.saturating_mul(*size)))
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

/// How something was clicked.
#[derive(PartialEq)]
enum Clicked {
    ByKey,
    ByMouse,
    /// There is nothing to click.
    Nothing,
}

async fn click(provider: &Provider, page: &dyn Page, css: &str, needs_mouse: bool) -> Result<Clicked, Halt> {
    let until = Instant::now() + DRAWN_WITHIN;
    let left = || until.saturating_duration_since(Instant::now());
    loop {
        let clicking = async {
            if !needs_mouse && page.press(css, left()).await? {
                return Ok(Clicked::ByKey);
            }
            Ok(if page.click(css, left()).await? { Clicked::ByMouse } else { Clicked::Nothing })
        };
        match clicking.await {
            Ok(clicked) => return Ok(clicked),
            Err(lost @ (BrowserError::Lost(_) | BrowserError::Closed)) => return Err(lost.into()),
            // Replaced while it was being clicked: it is looked for again.
            Err(error) => tracing::debug!(provider = %provider.id, %error, "a click did not arrive"),
        }
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        if left().is_zero() {
            return Ok(Clicked::Nothing);
        }
    }
}
