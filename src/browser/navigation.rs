//! Where a tab may go, what it shows when it cannot, and what it may not take with it.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    BrowserError,
    context::Shared,
    overlay::{NoticeKind, SiteError, Told},
    wire::{Trip, Wire},
};

/// How long Chromium may have no page to ask, and how often it is asked meanwhile.
const BETWEEN_PAGES: Duration = Duration::from_secs(3);
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// What Chromium's own page about an error says, the host that it is about, and nothing else.
const ERROR_PAGE: &str =
    "location.protocol === 'chrome-error:' ? document.documentElement.innerText.slice(0, 4000) : null";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestPaused {
    request_id: String,
    frame_id: String,
    request: PausedRequest,
}

#[derive(Deserialize)]
struct PausedRequest {
    url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthRequired {
    request_id: String,
    auth_challenge: Challenge,
}

#[derive(Deserialize)]
struct Challenge {
    #[serde(default)]
    source: String,
    origin: String,
    #[serde(default)]
    realm: String,
}

/// Listens to what a tab loads.
pub(super) fn attend(shared: &Arc<Shared>, wire: &Arc<Wire>) {
    wire.on(shared, "Fetch.requestPaused", |shared, wire, event| {
        tokio::spawn(async move {
            if let Ok(event) = serde_json::from_value(event) {
                // A request whose page is gone needs no answer.
                let _ = judge(&shared, &wire, event).await;
            }
        });
    });
    wire.on(shared, "Fetch.authRequired", |shared, wire, event| {
        let Ok(event) = serde_json::from_value::<AuthRequired>(event) else { return };
        tokio::spawn(async move {
            if event.auth_challenge.source == "Proxy" {
                let answer =
                    json!({ "requestId": event.request_id, "authChallengeResponse": { "response": "Default" } });
                let _ = wire.send(&shared, "Fetch.continueWithAuth", answer).await;
            } else {
                let host = host_of(&event.auth_challenge.origin);
                shared.asks.auth(&shared, &wire, event.request_id, host, &event.auth_challenge.realm);
            }
        });
    });
    wire.on(shared, "Page.frameNavigated", |shared, wire, event| {
        if event["frame"]["parentId"].is_null() {
            wire.note_main_frame(&event["frame"]);
            wire.navigations.send_modify(|count| *count += 1);
            wire.reloading.store(false, Ordering::Relaxed);
            let failed = !event["frame"]["unreachableUrl"].is_null();
            tokio::spawn(async move {
                look(&shared, &wire).await;
                arrive(&shared, &wire, failed).await;
            });
        }
    });
    // An error's page has nothing in it at first.
    wire.on(shared, "Page.loadEventFired", |shared, wire, _| {
        tokio::spawn(async move { look(&shared, &wire).await });
    });
    wire.on(shared, "Page.navigatedWithinDocument", |shared, wire, _| {
        tokio::spawn(async move { read_history(&shared, &wire).await });
    });
    wire.on(shared, "Page.downloadWillBegin", |shared, _, event| {
        let what = event["suggestedFilename"].as_str().map(|name| name.chars().take(120).collect());
        shared.overlay.tell(Told::Notice { kind: NoticeKind::DownloadBlocked, what });
    });
    wire.on(shared, "Page.frameRequestedNavigation", |shared, _, event| {
        let scheme = event["url"].as_str().and_then(|url| url.split_once(':')).map(|(scheme, _)| scheme.to_lowercase());
        let ours = ["http", "https", "about", "blob", "data", "javascript"];
        if let Some(scheme) = scheme.filter(|scheme| !ours.contains(&scheme.as_str())) {
            shared.overlay.tell(Told::Notice { kind: NoticeKind::ExternalApp, what: Some(scheme) });
        }
    });
}

/// Pages are asked about before they load, and a site that wants a name and a password asks us, not the desktop.
pub(super) async fn prepare(shared: &Arc<Shared>, wire: &Arc<Wire>) -> Result<(), BrowserError> {
    let documents = json!({ "patterns": [{ "resourceType": "Document" }], "handleAuthRequests": true });
    wire.send(shared, "Fetch.enable", documents).await?;
    // It may have begun to load before anybody could listen.
    look(shared, wire).await;
    Ok(())
}

async fn judge(shared: &Arc<Shared>, wire: &Arc<Wire>, paused: RequestPaused) -> Result<(), BrowserError> {
    let url = &paused.request.url;
    if !shared.may_navigate(url) && wire.is_main_frame(&paused.frame_id) {
        // The page that is there stays there.
        tell_blocked(shared, url);
        let abort = json!({ "requestId": paused.request_id, "errorReason": "Aborted" });
        return wire.send(shared, "Fetch.failRequest", abort).await.map(drop);
    }
    wire.send(shared, "Fetch.continueRequest", json!({ "requestId": paused.request_id })).await.map(drop)
}

/// Tells that the page wanted to go where the provider's pages do not go.
pub(super) fn tell_blocked(shared: &Shared, url: &str) {
    shared.overlay.tell(Told::Notice { kind: NoticeKind::NavigationBlocked, what: Some(host_of(url)) });
}

/// Reads again what the tab shows: a site, or an error in place of one.
async fn look(shared: &Arc<Shared>, wire: &Arc<Wire>) {
    let _looking = wire.looking.lock().await;
    let shown = wire.evaluate_in_page(shared, ERROR_PAGE).await.unwrap_or(Value::Null);
    let error = match shown.as_str() {
        Some(text) => {
            let tree = wire.send(shared, "Page.getFrameTree", json!({})).await.unwrap_or(Value::Null);
            let host = tree["frameTree"]["frame"]["unreachableUrl"].as_str().map(host_of).unwrap_or_default();
            let code = code_in(text);
            if code.is_empty() && text.trim().is_empty() {
                return;
            }
            Some(SiteError { kind: kind_of(&code).into(), code, host })
        }
        None => None,
    };
    shared.overlay.tell(Told::Site { page: wire.tab, error });
    read_history(shared, wire).await;
}

async fn read_history(shared: &Arc<Shared>, wire: &Arc<Wire>) {
    if let Ok(history) = wire.send(shared, "Page.getNavigationHistory", json!({})).await {
        let entries = history["entries"].as_array().cloned().unwrap_or_default();
        let at = history["currentIndex"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or_default();
        // The empty page that a tab begins with is none to go back to.
        let back = entries.iter().take(at).any(|entry| entry["url"] != "about:blank");
        shared.tabs.history(wire.tab, back, at + 1 < entries.len());
    }
}

pub(super) async fn reload(shared: &Shared, wire: &Wire) -> Result<(), BrowserError> {
    wire.reloading.store(true, Ordering::Relaxed);
    ask_the_page(shared, wire, "Page.reload", json!({})).await.map(drop)
}

/// A command about the page. While one takes the place of another Chromium has none to ask, and says so: it is asked again.
async fn ask_the_page(
    shared: &Shared,
    wire: &Wire,
    method: &'static str,
    parameters: Value,
) -> Result<Value, BrowserError> {
    let until = Instant::now() + BETWEEN_PAGES;
    let mut navigations = wire.navigations.subscribe();
    loop {
        match wire.send(shared, method, parameters.clone()).await {
            Err(BrowserError::Refused(why))
                if why.contains("Not attached to an active page") && Instant::now() < until =>
            {
                let _ = tokio::time::timeout(ASK_AGAIN, navigations.changed()).await;
            }
            answer => return answer,
        }
    }
}

/// Through the history as the browser's own buttons do; a page's script could not go back over a page that failed.
pub(super) async fn travel(shared: &Shared, wire: &Wire, by: i64) -> Result<(), BrowserError> {
    let history = ask_the_page(shared, wire, "Page.getNavigationHistory", json!({})).await?;
    let entry = |by: i64| {
        let place = usize::try_from(history["currentIndex"].as_i64()? + by).ok()?;
        history["entries"].get(place)
    };
    let Some(to) = entry(by).filter(|to| to["url"] != "about:blank").and_then(|to| to["id"].as_i64()) else {
        return Ok(());
    };
    let here = entry(0).and_then(|here| here["id"].as_i64());
    wire.go_to(Trip { to, reloading: here.filter(|_| wire.reloading.load(Ordering::Relaxed)) });
    ask_the_page(shared, wire, "Page.navigateToHistoryEntry", json!({ "entryId": to })).await.map(drop)
}

/// A page is there. One that was loaded again, or that failed, may have taken the place of the one that somebody had gone to, and
/// Chromium does not go on by itself.
async fn arrive(shared: &Shared, wire: &Wire, failed: bool) {
    let Some(trip) = wire.going_to() else { return };
    let Trip { to, reloading } = trip;
    if (failed || reloading.is_some())
        && let Ok(history) = ask_the_page(shared, wire, "Page.getNavigationHistory", json!({})).await
        && let Some(at) = history["currentIndex"].as_u64().and_then(|at| usize::try_from(at).ok())
        && let Some(here) = history["entries"][at]["id"].as_i64()
        && here != to
        && (failed || reloading == Some(here))
        // It fails when there is no such entry any more: that page was reached, and failed too.
        && ask_the_page(shared, wire, "Page.navigateToHistoryEntry", json!({ "entryId": to })).await.is_ok()
    {
        return;
    }
    wire.has_arrived(trip);
}

fn host_of(url: impl AsRef<str>) -> String {
    let url = url.as_ref();
    Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| url.chars().take(80).collect())
}

/// Chromium's name of the error, as its page shows it.
fn code_in(text: &str) -> String {
    let is_code = |word: &&str| word.starts_with("ERR_") || word.starts_with("DNS_PROBE_") || word.starts_with("SSL_");
    text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
        .find(is_code)
        .unwrap_or_default()
        .to_owned()
}

fn kind_of(code: &str) -> &'static str {
    if code.contains("CERT") || code.contains("SSL") {
        "certificate"
    } else if code.starts_with("DNS_PROBE") || code.contains("NAME_NOT_RESOLVED") {
        "not_found"
    } else if code.contains("REFUSED") {
        "refused"
    } else if code.contains("TIMED_OUT") {
        "timeout"
    } else if code.contains("UNREACHABLE") || code.contains("DISCONNECTED") || code.contains("CONNECTION") {
        "unreachable"
    } else {
        "other"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_page_is_read_by_its_code() {
        let kind = |text: &str| kind_of(&code_in(text));
        assert_eq!(kind("Your connection is not private\nNET::ERR_CERT_DATE_INVALID"), "certificate");
        assert_eq!(kind("This site can’t be reached\nDNS_PROBE_FINISHED_NXDOMAIN"), "not_found");
        assert_eq!(kind("localhost refused to connect.\nERR_CONNECTION_REFUSED"), "refused");
        assert_eq!(kind("took too long\nERR_TIMED_OUT"), "timeout");
        assert_eq!(kind("ERR_ADDRESS_UNREACHABLE"), "unreachable");
        assert_eq!(kind("something else"), "other");
        assert_eq!(host_of("https://example.com:8443/a?b=c"), "example.com");
    }
}
