//! What happens to a browser when a part of it is killed, and that nothing of it is ever left.

use std::{fs, ops::Deref, os::unix::fs::PermissionsExt, path::Path, sync::Arc, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use staylogged::browser::{self, BrowserConfig, BrowserError, Context, ContextOptions, PlaywrightBrowser, doctor};

use tempfile::TempDir;

use super::{Fixture, LONG, title, within};
use crate::support::engine::config;

stories! {
    a_killed_chromium_is_told_and_replaced,
    a_killed_driver_is_told_and_replaced,
    a_killed_display_is_told_and_replaced,
    a_crashed_page_ends_its_context_only,
    the_browser_ends_with_its_last_context_and_whoever_drops_one_has_closed_it,
    the_browser_has_a_sandbox_no_rights_and_nothing_of_our_environment,
    a_killed_servers_browser_is_swept_and_a_living_ones_is_not,
    a_browser_that_cannot_start_says_why_and_what_to_do,
    a_frozen_driver_is_told_and_replaced,
    the_doctor_finds_this_machine_well_and_a_wrong_path_not,
}

/// A browser of a story's own, whose parts it looks at and ends.
pub(super) struct OwnBrowser {
    fixture: Fixture,
    pub run_dir: TempDir,
}

impl OwnBrowser {
    async fn start(configure: impl FnOnce(BrowserConfig) -> BrowserConfig) -> Self {
        let run_dir = tempfile::tempdir().unwrap();
        let browser = PlaywrightBrowser::new(configure(config(run_dir.path())));
        Self { fixture: Fixture::over(browser).await, run_dir }
    }

    pub async fn headed() -> Self {
        Self::start(BrowserConfig::headed).await
    }

    async fn headless() -> Self {
        Self::start(|config| config).await
    }
}

impl Deref for OwnBrowser {
    type Target = Fixture;

    fn deref(&self) -> &Fixture {
        &self.fixture
    }
}

/// What the browsers of a run folder consist of, and where they live, as they wrote it down.
#[derive(Default)]
pub(super) struct Parts {
    processes: Vec<(i32, String)>,
    folders: Vec<String>,
}

impl Parts {
    pub fn of(run_dir: &Path) -> Self {
        let mut parts = Self::default();
        for entry in fs::read_dir(run_dir).unwrap().flatten() {
            for line in fs::read_to_string(entry.path()).unwrap_or_default().lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                if let Some(pid) = line["process"]["process"]["pid"].as_i64() {
                    let command = line["process"]["command"].as_str().unwrap().to_owned();
                    parts.processes.push((i32::try_from(pid).unwrap(), command));
                } else if let Some(folder) = line["folder"].as_str() {
                    parts.folders.push(folder.to_owned());
                }
            }
        }
        parts
    }

    pub fn pid(&self, name: &str) -> i32 {
        self.processes.iter().find(|(_, command)| command.contains(name)).unwrap().0
    }

    /// Processes of its groups that still run (each part is a group of its own).
    fn running(&self) -> Vec<(i32, String)> {
        fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
            .filter_map(|pid| {
                let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
                let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
                let group: i32 = fields[2].parse().ok()?;
                let is_part = fields[0] != "Z" && self.processes.iter().any(|(part, _)| *part == group);
                is_part.then(|| (pid, command_line(pid)))
            })
            .collect()
    }

    async fn are_gone(&self) {
        within("the end of all parts", async {
            while !self.running().is_empty() || self.folders.iter().any(|folder| Path::new(folder).exists()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }
}

fn command_line(pid: i32) -> String {
    String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()).replace('\0', " ")
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

async fn lost(context: &dyn Context) -> String {
    let mut lost = context.lost();
    let lost = tokio::time::timeout(Duration::from_secs(10), lost.wait_for(Option::is_some)).await;
    let why = lost.expect("it is told within ten seconds").unwrap().clone().unwrap();
    assert!(matches!(why, BrowserError::Lost(_)), "{why}");
    why.to_string()
}

async fn killed_in_the_middle(part: &str, told: &str) {
    let fixture = OwnBrowser::headed().await;
    let context = fixture.open(ContextOptions::default()).await;
    context.visit(&fixture.site.url("app", "/form"), LONG).await.unwrap();
    let before = Parts::of(fixture.run_dir.path());
    kill(before.pid(part));
    let why = lost(&*context).await;
    assert!(why.contains(told), "{why}");
    // No call waits for one who will never answer.
    assert!(within("a refusal", context.storage_state()).await.is_err());
    within("closing what is gone", context.close()).await;

    let again = fixture.open(ContextOptions::default()).await;
    again.visit(&fixture.site.url("app", "/form"), LONG).await.unwrap();
    title(&*again, "form").await;
    before.are_gone().await;
    let after = Parts::of(fixture.run_dir.path());
    fixture.browser.shut_down().await;
    after.are_gone().await;
    assert_eq!(fs::read_dir(fixture.run_dir.path()).unwrap().count(), 0);
}

async fn a_killed_chromium_is_told_and_replaced() {
    killed_in_the_middle("chrom", "Chromium").await;
}

async fn a_killed_driver_is_told_and_replaced() {
    killed_in_the_middle("node", "Node").await;
}

async fn a_killed_display_is_told_and_replaced() {
    killed_in_the_middle("Xvfb", "the browser ended").await;
}

async fn a_crashed_page_ends_its_context_only() {
    let fixture = OwnBrowser::headless().await;
    let (one, other) = tokio::join!(fixture.open(ContextOptions::default()), fixture.open(ContextOptions::default()));
    one.visit(&fixture.site.url("app", "/form"), LONG).await.unwrap();
    let parts = Parts::of(fixture.run_dir.path());
    for (pid, command) in parts.running() {
        if command.contains("--type=renderer") {
            kill(pid);
        }
    }
    assert!(lost(&*one).await.contains("crashed"));
    other.visit(&fixture.site.url("app", "/form"), LONG).await.unwrap();
    title(&*other, "form").await;
    fixture.browser.shut_down().await;
}

async fn the_browser_ends_with_its_last_context_and_whoever_drops_one_has_closed_it() {
    let fixture = OwnBrowser::headed().await;
    let context = fixture.open(ContextOptions::default()).await;
    let parts = Parts::of(fixture.run_dir.path());
    assert_eq!(parts.processes.len(), 3);
    context.close().await;
    assert!(context.lost().borrow().is_none());
    parts.are_gone().await;

    drop(fixture.open(ContextOptions::default()).await);
    Parts::of(fixture.run_dir.path()).are_gone().await;

    let context = fixture.open(ContextOptions::default()).await;
    fixture.browser.shut_down().await;
    assert!(lost(&*context).await.contains("shut down"));
}

async fn the_browser_has_a_sandbox_no_rights_and_nothing_of_our_environment() {
    let fixture = OwnBrowser::headed().await;
    let context = fixture.open(ContextOptions::default()).await;
    context.visit(&fixture.site.url("app", "/form"), LONG).await.unwrap();
    let parts = Parts::of(fixture.run_dir.path());
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    for name in ["node", "chrom"] {
        let environment = fs::read(format!("/proc/{}/environ", parts.pid(name))).unwrap();
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let names: Vec<&str> = environment.split('\0').filter_map(|line| Some(line.split_once('=')?.0)).collect();
        assert!(names.contains(&"HOME"), "{names:?}");
        for foreign in ["CARGO", "SESSION_ENCRYPTION_KEY", "DATABASE_URL", "STAYLOGGED"] {
            assert!(!names.iter().any(|name| name.starts_with(foreign)), "{foreign} is in {names:?}");
        }
    }
    assert!(!command_line(parts.pid("chrom")).contains("--no-sandbox"));
    let running = parts.running();
    let renderer = running.iter().find(|(_, command)| command.contains("--type=renderer")).unwrap().0;
    let status = |pid: i32, field: &str| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(status(renderer, "Seccomp:"), "2", "a page's process is filtered");
    for (pid, command) in &running {
        assert_ne!(status(*pid, "Uid:"), "0", "{command} runs as root");
    }
    fixture.browser.shut_down().await;
}

async fn a_killed_servers_browser_is_swept_and_a_living_ones_is_not() {
    let fixture = OwnBrowser::headed().await;
    let context = fixture.open(ContextOptions::default()).await;
    let parts = Parts::of(fixture.run_dir.path());
    assert!(browser::sweep(fixture.run_dir.path()).is_empty());
    assert!(context.lost().borrow().is_none());

    // The same record without anybody who holds it is what a server leaves that was killed.
    let dead = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(fixture.run_dir.path()).unwrap().flatten() {
        fs::copy(entry.path(), dead.path().join(entry.file_name())).unwrap();
    }
    let report = browser::sweep(dead.path());
    assert!(report.processes >= 3, "{report:?}");
    assert!(parts.running().is_empty());
    // Here its server lives, and may have been the one that took the folder away.
    parts.are_gone().await;
    lost(&*context).await;
    assert!(browser::sweep(dead.path()).is_empty());
    fixture.browser.shut_down().await;
}

async fn refusal(change: impl FnOnce(&mut BrowserConfig)) -> String {
    let run_dir = tempfile::tempdir().unwrap();
    let mut config = config(run_dir.path());
    change(&mut config);
    let browser = PlaywrightBrowser::new(config);
    let error = browser.open(ContextOptions::default()).await.unwrap_err();
    assert!(matches!(error, BrowserError::Launch { .. }), "{error}");
    assert_eq!(fs::read_dir(run_dir.path()).unwrap().count(), 0, "nothing is left of a failed start");
    error.to_string()
}

async fn a_browser_that_cannot_start_says_why_and_what_to_do() {
    let error = refusal(|config| config.chromium = Some("/nowhere/chromium".into())).await;
    assert!(error.contains("/nowhere/chromium") && error.contains("CHROMIUM_PATH"), "{error}");
    let error = refusal(|config| config.node = Some("/nowhere/node".into())).await;
    assert!(error.contains("NODE_EXE"), "{error}");
    let error = refusal(|config| config.driver_dir = "/nowhere".into()).await;
    assert!(error.contains("npm ci --prefix /nowhere"), "{error}");

    // The case of a server image without Chromium's libraries, as the loader words it.
    let folder = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap();
    let broken = folder.path().join("chromium");
    let said = "error while loading shared libraries: libgbm.so.1: cannot open shared object file";
    fs::write(&broken, format!("#!/bin/sh\necho \"$0: {said}\" >&2\nexit 127\n")).unwrap();
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).unwrap();
    let error = refusal(|config| config.chromium = Some(broken)).await;
    assert!(error.contains("libgbm.so.1") && error.contains("the package libgbm1"), "{error}");
}

async fn the_doctor_finds_this_machine_well_and_a_wrong_path_not() {
    let run_dir = tempfile::tempdir().unwrap();
    let mut config = config(run_dir.path());
    let checks = doctor::checks(&config);
    assert!(checks.iter().all(|check| check.ok), "{checks:#?}");
    assert!(checks.iter().any(|check| check.detail.contains(playwright_rs::PLAYWRIGHT_VERSION)));
    config.chromium = Some("/nowhere".into());
    let checks = doctor::checks(&config);
    assert!(checks.iter().any(|check| !check.ok && check.cure.as_ref().unwrap().contains("CHROMIUM_PATH")));
}

/// A browser is also told apart from a frozen one: it answers the heartbeat, or it is replaced.
async fn a_frozen_driver_is_told_and_replaced() {
    let fixture = OwnBrowser::headless().await;
    let context: Arc<dyn Context> = fixture.open(ContextOptions::default()).await;
    let parts = Parts::of(fixture.run_dir.path());
    kill_process(Pid::from_raw(parts.pid("node")).unwrap(), Signal::STOP).unwrap();
    assert!(lost(&*context).await.contains("did not answer"));
    parts.are_gone().await;
    fixture.open(ContextOptions::default()).await.close().await;
    fixture.browser.shut_down().await;
}
