//! The signs by which a running browser is seen to have ended, or to hang.

use std::{sync::Arc, time::Duration};

use playwright_rs::protocol::{Browser, CDPSession};
use tokio::sync::Notify;

use super::{
    guard::Guard,
    process::{self, Process},
};

/// How often the browser is asked whether it lives, and how long it may take to say so. Killed processes are seen at
/// once; this is for what hangs. Together below eight seconds.
const HEARTBEAT: Duration = Duration::from_millis(2500);
const ANSWER: Duration = Duration::from_secs(5);

/// Comes back when the process ends, if there is one.
pub(super) async fn exit_of(exit: Option<impl Future<Output = ()>>) {
    match exit {
        Some(exit) => exit.await,
        None => std::future::pending().await,
    }
}

/// Comes back when one of them ends.
pub(super) async fn any_ended(processes: &[Process]) {
    if processes.is_empty() {
        std::future::pending::<()>().await;
    }
    let all = processes.iter().map(|&process| Box::pin(process::ended(process)));
    futures_util::future::select_all(all).await;
}

/// Comes back when the driver has lost it.
pub(super) async fn disconnected(browser: &Browser) {
    let bell = Arc::new(Notify::new());
    let ringing = Arc::clone(&bell);
    let handler = move || {
        ringing.notify_one();
        async { Ok(()) }
    };
    if browser.on_disconnected(handler).await.is_ok() {
        bell.notified().await;
    } else {
        std::future::pending::<()>().await;
    }
}

/// Comes back when it does not answer any more.
pub(super) async fn heart_stops(guard: &Guard, heart: &CDPSession) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        let heart = heart.clone();
        let beat =
            guard.call("asking whether it lives", ANSWER, async move { heart.send("Browser.getVersion", None).await });
        if beat.await.is_err() {
            return;
        }
    }
}
