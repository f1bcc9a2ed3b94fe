//! The signs by which a running browser is seen to have ended, or to hang.

use std::{sync::Arc, time::Duration};

use playwright_rs::protocol::{Browser, CDPSession};
use tokio::sync::Notify;

use super::{
    guard::Guard,
    process::{self, Process},
};

/// How often the browser is asked whether it lives, and how long it may take to say so. Killed processes are seen at
/// once; this is for what hangs: a driver that stands still is found in less than eight seconds.
const HEARTBEAT: Duration = Duration::from_millis(2500);
const ANSWER: Duration = Duration::from_secs(5);
/// On a machine with too much to do an answer may take longer than [`ANSWER`], while the driver works. So many answers in
/// a row may be late.
const LATE_ANSWERS: u32 = 6;

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
pub(super) async fn heart_stops(guard: &Guard, heart: &CDPSession, driver: Option<Process>) {
    let mut late = 0;
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        let worked_before = driver.and_then(process::cpu_ticks);
        let heart = heart.clone();
        let beat =
            guard.call("asking whether it lives", ANSWER, async move { heart.send("Browser.getVersion", None).await });
        late = if beat.await.is_ok() { 0 } else { late + 1 };
        let has_worked = driver.and_then(process::cpu_ticks) > worked_before;
        if late > 0 && (!has_worked || late >= LATE_ANSWERS) {
            return;
        }
    }
}
