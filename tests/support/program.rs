//! The program itself, as its own process: for what only a real start, a real signal or a real crash can show.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use tokio::process::{Child, Command};

use super::{
    app::{Caller, eventually},
    processes,
};

pub struct Program {
    child: Child,
    pub ready: Value,
    pub log: PathBuf,
    data: PathBuf,
}

/// A command of the program with nothing of ours in its environment but what it needs to be found.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_staylogged"));
    command.args(arguments).env_clear().stdin(Stdio::null()).kill_on_drop(true);
    for name in ["PATH", "HOME", "CHROMIUM_PATH", "NODE_EXE", "BROWSER_SANDBOX"] {
        if let Ok(value) = std::env::var(name) {
            command.env(name, value);
        }
    }
    command.env("BROWSER_DRIVER_DIR", Path::new(env!("CARGO_MANIFEST_DIR")).join("driver"));
    command
}

impl Program {
    /// Starts `staylogged demo` on free ports, with its data in `dir/data` and its log in `dir/log`.
    pub async fn demo(dir: &Path, variables: &[(&str, &str)]) -> Self {
        Self::demo_at(dir, &["--port", "0", "--market-port", "0", "--market-control-port", "0"], variables).await
    }

    pub async fn demo_at(dir: &Path, place: &[&str], variables: &[(&str, &str)]) -> Self {
        let (data, ready, log) = (dir.join("data"), dir.join("ready.json"), dir.join("log"));
        let _ = fs::remove_file(&ready);
        let output = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut command = command(&["demo", "--data-dir"]);
        command.arg(&data).arg("--ready-file").arg(&ready).args(place);
        // What `demo` prints for the person at the terminal (the demo account, for one) is no log.
        command.stdout(Stdio::null()).stderr(output);
        command.envs(variables.iter().copied());
        let mut child = command.spawn().unwrap();
        eventually("the program is ready", Duration::from_mins(1), async || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the program ended with {status}:\n{}", fs::read_to_string(&log).unwrap());
            }
            ready.exists()
        })
        .await;
        let ready = serde_json::from_str(&fs::read_to_string(&ready).unwrap()).unwrap();
        Self { child, ready, log, data }
    }

    pub fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    pub fn caller(&self) -> Caller {
        Caller::new(self.url(), "default")
    }

    /// Ports of the service, the marketplace and its control plane: for a restart at the same places.
    pub fn ports(&self) -> [String; 3] {
        ["url", "marketUrl", "controlUrl"].map(|name| {
            let url = url::Url::parse(self.ready[name].as_str().unwrap()).unwrap();
            url.port().unwrap().to_string()
        })
    }

    /// The one-time code of this moment.
    pub async fn code(&self) -> String {
        let url = format!("{}/totp", self.ready["controlUrl"].as_str().unwrap());
        let answer: Value = super::client().get(url).send().await.unwrap().json().await.unwrap();
        answer["code"].as_str().unwrap().to_owned()
    }

    /// The temporary rooms of its browsers that run now.
    pub fn rooms(&self) -> BTreeSet<PathBuf> {
        processes::rooms(&self.data)
    }

    /// `kill -9`.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM, and the orderly end.
    pub async fn stop(mut self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let status = tokio::time::timeout(Duration::from_secs(30), self.child.wait())
            .await
            .expect("it stops on SIGTERM")
            .unwrap();
        assert!(status.success(), "{status}");
    }
}
