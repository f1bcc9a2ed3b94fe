//! A login at the demo marketplace, typed once for this process: its storage state, and what the marketplace knows of it.

use std::{sync::Arc, time::Duration};

use staylogged::{
    browser::{
        Browser, Context,
        live_view::{Input, KeyAction},
    },
    demo::{Market, SignedIn},
    domain::{
        Session,
        rule::{ElementQuery, Truth},
    },
    providers::{Provider, Providers},
    sessions,
};
use tokio::sync::OnceCell;

use super::{LONG, engine, market, market_id};

struct Captured {
    /// As the browser held it: nothing is left out.
    session: Session,
    signed_in: SignedIn,
    port: u16,
}

static CAPTURED: OnceCell<Captured> = OnceCell::const_new();

/// The session of somebody who is logged in at this marketplace, with what the definition keeps of it.
pub async fn session_at(market: &Market, provider: &Provider) -> Session {
    let Captured { session, signed_in, port } = CAPTURED.get_or_init(capture).await;
    market.sign_in(signed_in);
    // Origins have the marketplace's port in them.
    let (theirs, ours) = (format!("localhost:{port}"), format!("localhost:{}", market.port()));
    let text = serde_json::to_string(session).expect("JSON");
    assert!(text.contains(&theirs), "no origin with the port {port} was captured");
    let session: Session = serde_json::from_str(&text.replace(&theirs, &ours)).expect("a session");
    Session { state: provider.keep(session.state), ..session }
}

async fn capture() -> Captured {
    let market = market().await;
    let providers = Providers::embedded().expect("the definitions").at_the_market(market.port());
    let provider = providers.get(&market_id()).expect("the market");
    let browser = engine::browsers().headless;
    let session = type_login(browser.as_ref(), &market, &provider).await;
    Captured { session, signed_in: market.signed_in(), port: market.port() }
}

/// Password and one-time code, by keyboard alone: the cookie banner covers whatever could be clicked. The whole storage state.
pub async fn type_login(browser: &dyn Browser, market: &Market, provider: &Arc<Provider>) -> Session {
    let context = browser.open(sessions::open_options(provider, None)).await.expect("a context");
    let page = context.visit(&provider.login.start, LONG).await.expect("the market opens");
    let view = context.live_view();
    let account = market.account();
    let press = async |key: &str| {
        for action in [KeyAction::Down, KeyAction::Up] {
            let input = Input::Key { action, key: key.into(), code: key.into(), modifiers: 0 };
            view.send(input).await.expect("a key");
        }
    };
    let shown = async |css: &str| {
        let element = ElementQuery { css: css.into(), visible: true };
        until(context.as_ref(), css, async || page.has(&element).await.unwrap_or(false)).await;
    };
    shown("#username").await;
    press("Tab").await;
    shown("#username:focus").await;
    view.send(Input::Text { text: account.email }).await.expect("text");
    press("Tab").await;
    shown("#password:focus").await;
    view.send(Input::Text { text: account.password }).await.expect("text");
    press("Enter").await;
    shown("#code:focus").await;
    view.send(Input::Text { text: market.totp_now() }).await.expect("text");
    press("Enter").await;
    let wanted = sessions::wanted(provider.login.logged_in.needs());
    until(context.as_ref(), "the login rule holds", async || {
        let seen = context.observe(&wanted).await.expect("a look");
        provider.login.logged_in.judge(&seen).truth == Truth::True
    })
    .await;
    let state = context.storage_state().await.expect("a state");
    let session = Session::new(state, context.identity());
    context.close().await;
    session
}

async fn until(context: &dyn Context, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let mut changes = context.changes();
    let waited = tokio::time::timeout(LONG, async {
        while !holds().await {
            // Scripts change a page without an event: it is looked at again after a while, too.
            let _ = tokio::time::timeout(Duration::from_millis(100), changes.changed()).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("not within {LONG:?}: {what}"));
}
