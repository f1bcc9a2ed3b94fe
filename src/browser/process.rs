//! The processes a browser is made of: started from a thread that outlives them, watched, and ended to the last one.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::process::CommandExt,
    process::{ChildStderr, ChildStdin, ChildStdout, Command},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};

/// A process that cannot be mistaken for a later one with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Process {
    pub pid: i32,
    /// In clock ticks since boot, as `/proc` says.
    pub started: u64,
}

/// A child of ours. Its exit is seen at once; dropping this ends nothing.
pub(super) struct Spawned {
    pub process: Process,
    pub exited: watch::Receiver<bool>,
    pub stdin: Option<ChildStdin>,
    pub stdout: Option<ChildStdout>,
    pub stderr: Option<ChildStderr>,
}

impl Spawned {
    /// Comes back when it has exited.
    pub fn exit(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut exited = self.exited.clone();
        async move {
            let _ = exited.wait_for(|exited| *exited).await;
        }
    }
}

/// Starts a command in a process group of its own, so that a Ctrl-C in our terminal does not reach it.
///
/// The thread that starts it waits for it: a parent-death signal is tied to the *thread* that forked, and a thread of
/// the runtime's pool may end before the program does.
pub(super) async fn spawn(mut command: Command) -> io::Result<Spawned> {
    command.process_group(0);
    let (tell, told) = oneshot::channel();
    let (exit, exited) = watch::channel(false);
    std::thread::Builder::new().name("browser process".into()).spawn(move || {
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                let _ = tell.send(Err(error));
                return;
            }
        };
        let pid = i32::try_from(child.id()).unwrap_or(i32::MAX);
        let spawned = Spawned {
            process: Process { pid, started: started(pid).unwrap_or(0) },
            exited,
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
        };
        let _ = tell.send(Ok(spawned));
        let _ = child.wait();
        let _ = exit.send(true);
    })?;
    told.await.unwrap_or_else(|_| Err(io::Error::other("the thread that starts it ended")))
}

/// A line of the process table.
struct Row {
    pid: i32,
    parent: i32,
    group: i32,
    started: u64,
    cpu_ticks: u64,
    zombie: bool,
}

fn row(pid: i32) -> Option<Row> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything, brackets too: the fields begin after the last one.
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Row {
        pid,
        zombie: *fields.first()? == "Z",
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        started: number(19)?,
        // utime and stime of proc_pid_stat(5).
        cpu_ticks: number(11)? + number(12)?,
    })
}

fn table() -> Vec<Row> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter_map(row).collect()
}

fn started(pid: i32) -> Option<u64> {
    row(pid).map(|row| row.started)
}

/// The words of its command line; none when it is gone.
pub(super) fn command_line(process: Process) -> Option<Vec<String>> {
    if !is_alive(process) {
        return None;
    }
    let bytes = fs::read(format!("/proc/{}/cmdline", process.pid)).ok()?;
    Some(bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect())
}

/// Whether it still runs (a zombie does not).
pub(super) fn is_alive(process: Process) -> bool {
    row(process.pid).is_some_and(|row| row.started == process.started && !row.zombie)
}

/// How much processor time it has used, in clock ticks; none when it is gone.
pub(super) fn cpu_ticks(process: Process) -> Option<u64> {
    row(process.pid).filter(|row| row.started == process.started).map(|row| row.cpu_ticks)
}

/// Its direct children.
pub(super) fn children(of: Process) -> Vec<Process> {
    table()
        .into_iter()
        .filter(|row| row.parent == of.pid && !row.zombie)
        .map(|row| Process { pid: row.pid, started: row.started })
        .collect()
}

/// Blocks until it and what belongs to it have ended, for some seconds at the most: a killed process takes a moment.
pub(super) fn wait_for_end(root: Process) {
    let deadline = Instant::now() + Duration::from_secs(3);
    while !tree(root).is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// It, what descends from it, and what is left of its process group.
fn tree(root: Process) -> BTreeSet<Process> {
    let table = table();
    let mut found = BTreeSet::from([root.pid]);
    loop {
        let before = found.len();
        found.extend(table.iter().filter(|row| found.contains(&row.parent)).map(|row| row.pid).collect::<Vec<_>>());
        if found.len() == before {
            break;
        }
    }
    let root_is_alive = table.iter().any(|row| row.pid == root.pid && row.started == root.started);
    table
        .iter()
        .filter(|row| !row.zombie && row.started >= root.started)
        .filter(|row| (root_is_alive && found.contains(&row.pid)) || row.group == root.pid)
        .map(|row| Process { pid: row.pid, started: row.started })
        .collect()
}

/// Kills it with all that descends from it; says how many there were.
pub(super) fn kill_tree(root: Process) -> usize {
    let mut killed = BTreeSet::new();
    // A second look takes what was being forked during the first one.
    for _ in 0..2 {
        for process in tree(root) {
            kill(process, Signal::KILL);
            killed.insert(process);
        }
    }
    killed.len()
}

fn kill(process: Process, signal: Signal) {
    if let Some(pid) = Pid::from_raw(process.pid)
        && is_alive(process)
    {
        // It may have ended just now: then there is nothing left to do.
        let _ = kill_process(pid, signal);
    }
}

/// Comes back when the process, which need not be our child, has ended.
#[cfg(target_os = "linux")]
pub(super) async fn ended(process: Process) {
    use rustix::process::{PidfdFlags, pidfd_open};
    let Some(pid) = Pid::from_raw(process.pid) else { return };
    let Ok(pidfd) = pidfd_open(pid, PidfdFlags::NONBLOCK) else { return };
    if !is_alive(process) {
        return;
    }
    let (tell, told) = oneshot::channel();
    // The thread ends with the process, which never outlives its browser for long.
    let watch = std::thread::Builder::new().name("browser watch".into()).spawn(move || {
        let mut fds = [rustix::event::PollFd::new(&pidfd, rustix::event::PollFlags::IN)];
        while rustix::event::poll(&mut fds, None) == Err(rustix::io::Errno::INTR) {}
        let _ = tell.send(());
    });
    if watch.is_ok() {
        let _ = told.await;
    } else {
        // No way to watch it: the heartbeat still does.
        std::future::pending::<()>().await;
    }
}

/// Comes never: there is nothing to watch it with here, the heartbeat does.
#[cfg(not(target_os = "linux"))]
pub(super) async fn ended(_: Process) {
    std::future::pending::<()>().await;
}
