//! What a browser needs on this machine, looked at one by one, each with its cure.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{
    BrowserConfig, BrowserError, launch,
    room::{self, Room},
    sweep::remove_folder,
};

/// A headed Chromium with a page and its driver take about this much.
const MEMORY: u64 = 700 * 1024 * 1024;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is as it must be.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// What to do, where something is to be done.
    pub cure: Option<String>,
}

impl Check {
    fn good(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: true, detail: detail.into(), cure: None }
    }

    fn bad(name: &'static str, detail: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { name, ok: false, detail: detail.into(), cure: Some(cure.into()) }
    }

    fn failed(name: &'static str, error: BrowserError) -> Self {
        match error {
            BrowserError::Launch { what, cure } => Self::bad(name, what, cure),
            other => Self { name, ok: false, detail: other.to_string(), cure: None },
        }
    }
}

/// Looks at all of it. Starts Chromium once, without a window; takes some seconds, and blocks for them.
#[must_use]
pub fn checks(config: &BrowserConfig) -> Vec<Check> {
    let mut checks = vec![node(config), driver(config), user()];
    match launch::find_chromium(config) {
        Ok(path) => {
            checks.push(chromium(&path));
            checks.push(libraries(&path));
            checks.push(starts(config, &path));
        }
        Err(error) => checks.push(Check::failed("Chromium", error)),
    }
    checks.extend([display(config), memory()]);
    checks
}

/// Whether Chromium starts with its sandbox. Only where it starts without it and not with it is the answer no: a
/// browser that does not start at all has another cause, which the login says. Blocks for some seconds.
#[must_use]
pub fn can_sandbox(config: &BrowserConfig) -> bool {
    let Ok(chromium) = launch::find_chromium(config) else { return true };
    let with = |sandbox| starts(&BrowserConfig { sandbox, ..config.clone() }, &chromium).ok;
    with(true) || !with(false)
}

fn node(config: &BrowserConfig) -> Check {
    let path = match launch::find_node(config) {
        Ok(path) => path,
        Err(error) => return Check::failed("Node", error),
    };
    let version = run(Command::new(&path).arg("--version")).1;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    let found = format!("{} at {}", version.trim(), path.display());
    if major.is_some_and(|major| major >= 20) {
        Check::good("Node", found)
    } else {
        Check::bad("Node", found, "Install Node 20 or later, or set NODE_EXE")
    }
}

fn driver(config: &BrowserConfig) -> Check {
    match launch::find_driver(config) {
        Ok(path) => Check::good(
            "browser driver",
            format!("playwright-core {} at {}", playwright_rs::PLAYWRIGHT_VERSION, path.display()),
        ),
        Err(error) => Check::failed("browser driver", error),
    }
}

fn user() -> Check {
    match room::owner() {
        Ok(Some(owner)) => Check::good("browser's user", format!("{}, as the service runs as root", owner.name)),
        Ok(None) => Check::good("browser's user", "the service's own, which is not root"),
        Err(error) => Check::failed("browser's user", error),
    }
}

fn chromium(path: &Path) -> Check {
    let version = run(Command::new(path).arg("--version").env("HOME", std::env::temp_dir())).1;
    let version = version.lines().find(|line| line.contains("Chrom")).unwrap_or("no version").trim().to_owned();
    if version.contains(|c: char| c.is_ascii_digit()) {
        Check::good("Chromium", format!("{version} at {}", path.display()))
    } else {
        Check::bad("Chromium", format!("{} says no version", path.display()), "See the next line, or set CHROMIUM_PATH")
    }
}

/// The program itself where the path is a distribution's script that starts it.
fn executable(path: &Path) -> PathBuf {
    let is_script = fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"#!"));
    let real = path.file_name().map(|name| Path::new("/usr/lib").join(name).join(name));
    real.filter(|real| is_script && real.is_file()).unwrap_or_else(|| path.to_owned())
}

fn libraries(path: &Path) -> Check {
    const NAME: &str = "Chromium's libraries";
    let Some(ldd) = launch::find_program("ldd") else { return Check::good(NAME, "ldd is not here to look at them") };
    let said = run(Command::new(ldd).arg(executable(path))).1;
    let missing: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("not found"))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    if missing.is_empty() {
        return Check::good(NAME, "all there");
    }
    let mut packages: Vec<String> =
        missing.iter().map(|&library| launch::package_of(library).unwrap_or(library).to_owned()).collect();
    packages.sort();
    packages.dedup();
    Check::bad(NAME, format!("missing: {}", missing.join(", ")), format!("apt-get install {}", packages.join(" ")))
}

/// Starts it with the user and the sandbox that a login would have.
fn starts(config: &BrowserConfig, chromium: &Path) -> Check {
    const NAME: &str = "Chromium starts";
    let room = match Room::open() {
        Ok(room) => room,
        Err(error) => return Check::failed(NAME, error),
    };
    let mut command = room.command(chromium);
    command.args(["--headless", "--disable-gpu", "--no-first-run", "--dump-dom", "about:blank"]);
    if !config.sandbox {
        command.arg("--no-sandbox");
    }
    command.arg(format!("--user-data-dir={}", room.temporary().join("profile").display()));
    let readable = room.can_read(chromium);
    let (ok, said) = run(&mut command);
    remove_folder(room.path());
    let sandbox = if config.sandbox { "with its sandbox" } else { "without its sandbox (BROWSER_SANDBOX=off)" };
    if ok {
        Check::good(NAME, sandbox)
    } else if readable {
        let headless = BrowserConfig { headed: false, ..config.clone() };
        Check::failed(NAME, launch::explain(&said, chromium, &headless))
    } else {
        Check::bad(
            NAME,
            format!("{} cannot be read by the browser's user", chromium.display()),
            "Install it where every user can read it",
        )
    }
}

fn display(config: &BrowserConfig) -> Check {
    match (&config.display, launch::find_program("Xvfb")) {
        (Some(display), _) => Check::good("display", format!("{display} (DISPLAY)")),
        (None, Some(xvfb)) => Check::good("display", format!("an own one by {}", xvfb.display())),
        (None, None) => Check::bad(
            "display",
            "there is none, and Xvfb is not installed",
            "Install the package xvfb, or set DISPLAY",
        ),
    }
}

fn memory() -> Check {
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = info
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .map(|kilobytes| kilobytes * 1024);
    match available {
        None => Check::good("memory", "not known on this system"),
        Some(bytes) if bytes >= MEMORY => Check::good("memory", format!("{} MB free", bytes >> 20)),
        Some(bytes) => Check::bad(
            "memory",
            format!("{} MB free", bytes >> 20),
            format!("A login takes about {} MB: free some, or take a larger machine", MEMORY >> 20),
        ),
    }
}

/// Whether it ended well within half a minute, and all that it said.
fn run(command: &mut Command) -> (bool, String) {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return (false, error.to_string()),
    };
    // Each pipe is read by a thread of its own, so that neither can fill up.
    let pipes: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
        child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
    ];
    let readers = pipes.map(|pipe| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                let _ = pipe.read_to_end(&mut bytes);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    });
    let deadline = Instant::now() + Duration::from_secs(30);
    let ok = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.success(),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(25)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                break false;
            }
        }
    };
    (ok, readers.map(|reader| reader.join().unwrap_or_default()).concat())
}
