//! The processes that belong to a service under test: those whose command line or environment names its folder.

use std::{fs, path::Path};

/// Process id and command line.
pub type Process = (u32, String);

/// All that name the folder on their command line, or were started with it in their environment.
pub fn of(dir: &Path) -> Vec<Process> {
    let dir = dir.display().to_string();
    let own = std::process::id();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if pid == own {
            continue;
        }
        let read = |name| {
            fs::read(entry.path().join(name))
                .map(|b| String::from_utf8_lossy(&b).replace('\0', " "))
                .unwrap_or_default()
        };
        let (command, environment) = (read("cmdline"), read("environ"));
        // A process that has ended but was not waited for has neither.
        if !command.is_empty() && (command.contains(&dir) || environment.contains(&dir)) {
            found.push((pid, command));
        }
    }
    found
}

/// Ends one at once, as the out-of-memory killer does.
pub fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
