//! What a browser is made of is written down while it runs, so that a server that was killed can be cleaned up after.
//!
//! Each running browser has a file of its own in the run folder and holds a lock on it. A file that nobody holds is
//! a dead server's: its processes are ended and its temporary folder is removed. One that is held is left alone, so
//! several servers may share a folder.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use super::{
    process::{self, Process},
    room::PREFIX,
};

/// What was left of servers that were killed, and is gone now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Processes ended (Chromium, Node, Xvfb, and their children).
    pub processes: usize,
    /// Temporary folders removed.
    pub folders: usize,
}

impl SweepReport {
    /// Nothing was left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// After a reboot the numbers of processes mean others.
    Boot(String),
    Folder(PathBuf),
    Process {
        process: Process,
        command: String,
    },
}

/// The file of one running browser.
#[derive(Debug)]
pub(super) struct Record {
    path: PathBuf,
    file: Mutex<File>,
}

impl Record {
    pub fn create(run_dir: &Path) -> io::Result<Self> {
        if !run_dir.exists() {
            fs::create_dir_all(run_dir)?;
            fs::set_permissions(run_dir, fs::Permissions::from_mode(0o700))?;
        }
        let path = run_dir.join(format!("browser-{}.jsonl", uuid::Uuid::now_v7().simple()));
        let file = File::options().create_new(true).append(true).open(&path)?;
        file.lock()?;
        let record = Self { path, file: Mutex::new(file) };
        record.add(&Line::Boot(boot()))?;
        Ok(record)
    }

    pub fn folder(&self, path: &Path) -> io::Result<()> {
        self.add(&Line::Folder(path.to_owned()))
    }

    pub fn process(&self, process: Process) -> io::Result<()> {
        let command = process::command_line(process).and_then(|words| words.into_iter().next()).unwrap_or_default();
        self.add(&Line::Process { process, command })
    }

    fn add(&self, line: &Line) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner).write_all(&bytes)
    }

    /// All of it is gone.
    pub fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// Ends and removes what servers that were killed left behind, as far as this run folder knows. Blocks for up to some
/// seconds: call it before serving.
#[must_use]
pub fn sweep(run_dir: &Path) -> SweepReport {
    let mut report = SweepReport::default();
    let Ok(entries) = fs::read_dir(run_dir) else { return report };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_record = path.extension().is_some_and(|end| end == "jsonl")
            && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("browser-"));
        if !is_record {
            continue;
        }
        let Ok(file) = File::open(&path) else { continue };
        if file.try_lock().is_err() {
            continue;
        }
        clear(&file, &mut report);
        let _ = fs::remove_file(&path);
    }
    report
}

fn clear(file: &File, report: &mut SweepReport) {
    // The last line may have been cut off: what can be read is taken.
    let lines: Vec<Line> = BufReader::new(file)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect();
    let same_boot = lines.iter().any(|line| matches!(line, Line::Boot(id) if *id == boot()));
    for line in &lines {
        if let Line::Process { process, command } = line
            && same_boot
        {
            let now = process::command_line(*process).and_then(|words| words.into_iter().next());
            if now.is_none_or(|now| now == *command) {
                report.processes += process::kill_tree(*process);
            }
        }
    }
    for line in &lines {
        if let Line::Folder(path) = line
            && remove_folder(path)
        {
            report.folders += 1;
        }
    }
    for line in &lines {
        if let Line::Process { process, .. } = line
            && same_boot
        {
            process::wait_for_end(*process);
        }
    }
}

/// Removes a browser's folder. What was just killed may still write into it for a moment: so it is tried again.
pub(super) fn remove_folder(path: &Path) -> bool {
    let is_ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
    if !is_ours || !path.exists() {
        return false;
    }
    let deadline = Instant::now() + Duration::from_secs(3);
    loop {
        match fs::remove_dir_all(path) {
            Ok(()) => return true,
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(50)),
            Err(error) => {
                tracing::warn!(folder = %path.display(), %error, "could not remove a browser's temporary folder");
                return false;
            }
        }
    }
}
