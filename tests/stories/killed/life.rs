//! The program from a start to its kill, and the points at which it is killed.

use std::{path::Path, process::Stdio, time::Duration};

use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout},
};

use crate::support::{
    app::Caller,
    dice::Dice,
    program::command,
    saved_session::{KEY, SavedSession},
};

impl Dice {
    fn ms(&mut self, most: u64) -> Duration {
        Duration::from_millis(self.below(most))
    }

    /// `left`: so many pages a run under way has not stored yet.
    pub fn point(&mut self, left: Option<u32>) -> Point {
        match self.below(10) {
            0..=1 if left.is_some() => Point::Start(self.ms(400)),
            0..=1 => Point::Asked(self.ms(60)),
            // The last words of a run are as good a place as any: those before its end is stored, and those after.
            2 => Point::Last { pages: left.unwrap_or(u32::MAX), after: self.ms(8) },
            3 => Point::Pages { pages: u32::MAX, after: self.ms(12) },
            _ => Point::Pages { pages: u32::try_from(self.below(5)).unwrap_or(0), after: self.ms(90) },
        }
    }

    /// What is read by clicking is read from its beginning each time: it must get to its end at some time.
    pub fn browser_point(&mut self) -> Point {
        let pages = if self.below(2) == 0 { u32::MAX } else { u32::try_from(self.below(7)).unwrap_or(0) };
        Point::Pages { pages, after: self.ms(400) }
    }
}

/// When the program is killed.
#[derive(Debug, Clone, Copy)]
pub enum Point {
    /// So long after it was started.
    Start(Duration),
    /// So long after it was asked to begin a run.
    Asked(Duration),
    /// After it has stored so many pages in this life, or has ended the run, and a while.
    Pages { pages: u32, after: Duration },
    /// After it has stored the last page, and a while.
    Last { pages: u32, after: Duration },
}

impl Point {
    pub fn name(self) -> &'static str {
        match self {
            Self::Start(_) => "while starting",
            Self::Asked(_) => "while beginning",
            Self::Pages { pages: 0, .. } => "before a page",
            Self::Pages { pages: u32::MAX, .. } => "at the end",
            Self::Pages { .. } => "between pages",
            Self::Last { .. } => "after the last page",
        }
    }

    pub fn after(self) -> Duration {
        let (Self::Start(after) | Self::Asked(after) | Self::Pages { after, .. } | Self::Last { after, .. }) = self;
        after
    }

    /// So many pages are to be stored in this life.
    pub fn pages(self) -> u32 {
        match self {
            Self::Pages { pages, .. } | Self::Last { pages, .. } => pages,
            Self::Start(_) | Self::Asked(_) => 0,
        }
    }
}

pub struct Life {
    child: Child,
    caller: Caller,
    /// Held open: what it prints later must find a reader.
    _printed: tokio::io::Lines<BufReader<ChildStdout>>,
}

fn spawn(home: &SavedSession, folder: &Path) -> Child {
    let mut command = command(&["serve", "--port", "0", "--data-dir"]);
    command.arg(folder.join("data"));
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).expect("a log");
    command
        .env("SESSION_ENCRYPTION_KEY", KEY)
        .env("DATABASE_URL", &home.database.url)
        .env("PROVIDERS_DIR", folder.join("providers"))
        .stdout(Stdio::piped())
        .stderr(log);
    command.spawn().expect("the program starts")
}

impl Life {
    pub async fn start(home: &SavedSession, folder: &Path) -> Self {
        let mut child = spawn(home, folder);
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let url = tokio::time::timeout(Duration::from_mins(1), async {
            while let Some(line) = lines.next_line().await.expect("a line") {
                let said = line.strip_prefix("Staylogged serves at ");
                if let Some(url) = said.and_then(|url| url.strip_suffix("/integrations")) {
                    return url.to_owned();
                }
            }
            panic!("it does not start: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default())
        });
        let caller = Caller::new(&url.await.expect("it starts within a minute"), home.user.as_str());
        Self { child, caller, _printed: lines }
    }

    pub async fn killed_while_starting(home: &SavedSession, folder: &Path, after: Duration) {
        let mut child = spawn(home, folder);
        tokio::time::sleep(after).await;
        child.kill().await.expect("killed");
    }

    /// Begins a run: its id.
    pub async fn begin(&self, stream: &str) -> String {
        let path = "/api/scraper/demo-market/scrape?wait=0";
        let (status, body) = self.caller.ask(Method::POST, path, Some(json!({ "stream": stream }))).await;
        assert_eq!(status, 202, "{body}");
        body["id"].as_str().expect("an id").to_owned()
    }

    /// Asks for a run, and is killed that long after, whether it has answered or not.
    pub async fn killed_while_asked(self, stream: &str, after: Duration) {
        let Self { mut child, caller, .. } = self;
        let body = Some(json!({ "stream": stream }));
        let path = "/api/scraper/demo-market/scrape?wait=0";
        tokio::select! {
            () = tokio::time::sleep(after) => {}
            () = async { caller.ask(Method::POST, path, body).await; std::future::pending().await } => {}
        }
        child.kill().await.expect("killed");
    }

    /// Waits until the run has stored so many pages in this life, or is over.
    pub async fn until(&self, run: &str, pages: u32) {
        let mut events = self.caller.listen("/api/events").await;
        let now = self.caller.get(&format!("/api/scraper/runs/{run}")).await;
        let mut left = if now["finishedAt"].is_null() { pages } else { 0 };
        while left > 0 {
            let event = events.next().await.expect("the program lives");
            if event.data["runId"] == run {
                match event.name.as_str() {
                    "run_progress" => left -= 1,
                    "run_finished" => left = 0,
                    _ => {}
                }
            }
        }
    }

    /// `kill -9`, after a while.
    pub async fn kill(mut self, after: Duration) {
        tokio::time::sleep(after).await;
        self.child.kill().await.expect("killed");
    }

    /// SIGTERM, and the orderly end.
    pub async fn stop(mut self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id().expect("alive")).expect("a pid"));
        rustix::process::kill_process(pid.expect("a pid"), rustix::process::Signal::TERM).expect("told");
        let status = tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await.expect("it stops");
        assert!(status.expect("an end").success());
    }
}
