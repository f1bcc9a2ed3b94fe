//! The processes of a service's browsers: those that live in one of the temporary rooms that it has written down.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

#[derive(Debug, Clone)]
pub struct Process {
    pub pid: u32,
    pub command: String,
}

/// The rooms of the browsers that run now, of the service with that data folder. Ask before they end: a browser that
/// has ended is struck off.
pub fn rooms(data: &Path) -> BTreeSet<PathBuf> {
    let Ok(records) = fs::read_dir(data.join("run")) else { return BTreeSet::new() };
    let lines = records.flatten().filter_map(|record| fs::read_to_string(record.path()).ok()).collect::<Vec<_>>();
    let lines = lines.iter().flat_map(|record| record.lines());
    lines.filter_map(|line| Some(serde_json::from_str::<Value>(line).ok()?.get("folder")?.as_str()?.into())).collect()
}

/// All that run in these rooms: they have them in their environment or on their command line.
pub fn of<'a>(rooms: impl IntoIterator<Item = &'a PathBuf>) -> Vec<Process> {
    let rooms: Vec<String> = rooms.into_iter().map(|room| room.display().to_string()).collect();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let read = |name| {
            fs::read(entry.path().join(name))
                .map(|b| String::from_utf8_lossy(&b).replace('\0', " "))
                .unwrap_or_default()
        };
        let (command, environment) = (read("cmdline"), read("environ"));
        // A process that has ended but was not waited for has neither.
        if rooms.iter().any(|room| command.contains(room) || environment.contains(room)) {
            found.push(Process { pid, command });
        }
    }
    found
}

/// The room of the browser with windows, and the process in it that is looked for, by a part of its command line.
pub fn headed(data: &Path, part: &str) -> Option<Process> {
    rooms(data).iter().find_map(|room| {
        let here = of([room]);
        let is_main = |p: &&Process| p.command.contains("chromium") && !p.command.contains("--type=");
        here.iter().find(is_main).filter(|chromium| !chromium.command.contains("--headless"))?;
        here.iter().find(|p| p.command.contains(part) && !p.command.contains("--type=")).cloned()
    })
}

/// Ends one at once, as the out-of-memory killer does.
pub fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
