//! What the environment says, read once. Everybody else is handed values.

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;

/// Variables that hold a secret: taken out of the environment before anything else starts (see `cli::secrets`).
pub const SECRET_VARIABLES: [&str; 4] =
    ["SESSION_ENCRYPTION_KEY", "SESSION_ENCRYPTION_KEYS_OLD", "STAYLOGGED_API_KEYS", "DATABASE_URL"];

/// Every variable that is read, for the list in `.env.example` to be kept complete.
pub const VARIABLES: [&str; 22] = [
    "SESSION_ENCRYPTION_KEY",
    "SESSION_ENCRYPTION_KEYS_OLD",
    "DATABASE_URL",
    "DATA_DIR",
    "HOST",
    "PORT",
    "STAYLOGGED_API_KEYS",
    "ALLOWED_ORIGINS",
    "EMBED_ORIGINS",
    "CHROMIUM_PATH",
    "PLAYWRIGHT_BROWSERS_PATH",
    "NODE_EXE",
    "BROWSER_DRIVER_DIR",
    "BROWSER_SANDBOX",
    "DISPLAY",
    "PROVIDERS_DIR",
    "MAX_LOGINS",
    "LOGIN_IDLE_SECONDS",
    "LOGIN_IDLE_WARNING_SECONDS",
    "RUST_LOG",
    "LOG_FORMAT",
    "NO_COLOR",
];

/// How the service is to run.
#[derive(Debug)]
pub struct Config {
    /// `SESSION_ENCRYPTION_KEY` as it was given; the vault judges it.
    pub encryption_key: SecretString,
    /// `SESSION_ENCRYPTION_KEYS_OLD` as it was given.
    pub old_encryption_keys: SecretString,
    /// Where the store is; holds a password with Postgres.
    pub database_url: SecretString,
    /// Where files are kept: the SQLite database, temporary profiles, process ids.
    pub data_dir: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Access keys for servers.
    pub api_keys: Vec<SecretString>,
    /// Origins of front ends that are deployed apart.
    pub allowed_origins: Vec<String>,
    /// Origins whose pages may show `/connect` in a frame.
    pub embed_origins: Vec<String>,
    /// The browser.
    pub browser: BrowserSettings,
    /// A folder of definitions beside the embedded ones.
    pub providers_dir: Option<PathBuf>,
    /// How many logins may be under way at once.
    pub max_logins: usize,
    /// So long nobody may do anything in a login before they are asked whether they are there.
    pub idle_after: Duration,
    /// So long they then have to say so.
    pub idle_warning: Duration,
}

/// What the environment says of the browser.
#[derive(Debug, Clone)]
pub struct BrowserSettings {
    /// `CHROMIUM_PATH`.
    pub chromium: Option<PathBuf>,
    /// `PLAYWRIGHT_BROWSERS_PATH`.
    pub browsers_dir: Option<PathBuf>,
    /// `NODE_EXE`.
    pub node: Option<PathBuf>,
    /// The folder with the pinned Playwright driver.
    pub driver_dir: PathBuf,
    /// Whether Chromium's sandbox is on.
    pub sandbox: bool,
    /// `DISPLAY`.
    pub display: Option<String>,
}

/// One variable that cannot be used: its name, what is wrong, and the cure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {what}. {cure}")]
pub struct ConfigError {
    /// Which variable.
    pub variable: &'static str,
    /// What is wrong; never a secret's value.
    pub what: String,
    /// What to do.
    pub cure: String,
}

/// The environment, with the secrets put back that were taken out of the process's own.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Environment {{ {} variables }}", self.0.len())
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl Environment {
    /// A variable's value; an empty one counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|v| v.trim()).filter(|v| !v.is_empty())
    }

    /// Sets a variable, as a command-line option that stands for it does.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Config {
    /// Reads all variables; the error lists every one that cannot be used.
    pub fn read(environment: &Environment) -> Result<Self, Vec<ConfigError>> {
        let mut wrong = Vec::new();
        let secret = |name| SecretString::from(environment.get(name).unwrap_or_default().to_owned());
        let data_dir = absolute(environment.get("DATA_DIR").unwrap_or("data"));
        let database_url = environment
            .get("DATABASE_URL")
            .map_or_else(|| format!("sqlite://{}", data_dir.join("staylogged.db").display()), str::to_owned);
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| database_url.starts_with(scheme)) {
            wrong.push(ConfigError {
                variable: "DATABASE_URL",
                what: "is neither an SQLite nor a Postgres address".into(),
                cure: "Write sqlite://path/to/file.db or postgres://user:password@host/database.".into(),
            });
        }
        let host = parsed(
            environment,
            "HOST",
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            "an IP address such as 127.0.0.1 or 0.0.0.0",
            &mut wrong,
        );
        let port = parsed(environment, "PORT", 4380_u16, "a port number from 0 to 65535", &mut wrong);
        let max_logins = from_one(environment, "MAX_LOGINS", 10, "a whole number from 1", &mut wrong);
        let seconds = |name, otherwise, wrong: &mut Vec<_>| {
            Duration::from_secs(
                from_one(environment, name, otherwise, "a whole number of seconds from 1", wrong).into(),
            )
        };
        let idle_after = seconds("LOGIN_IDLE_SECONDS", 300, &mut wrong);
        let idle_warning = seconds("LOGIN_IDLE_WARNING_SECONDS", 60, &mut wrong);
        if !matches!(environment.get("LOG_FORMAT"), None | Some("text" | "json")) {
            wrong.push(ConfigError {
                variable: "LOG_FORMAT",
                what: "is neither text nor json".into(),
                cure: "Write one of the two, or leave it out for text.".into(),
            });
        }
        let sandbox = match environment.get("BROWSER_SANDBOX") {
            None | Some("on") => true,
            Some("off") => false,
            Some(_) => {
                wrong.push(ConfigError {
                    variable: "BROWSER_SANDBOX",
                    what: "is neither on nor off".into(),
                    cure: "Leave it out; off only where the machine cannot sandbox (then untrusted pages run with less around them).".into(),
                });
                true
            }
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            encryption_key: secret("SESSION_ENCRYPTION_KEY"),
            old_encryption_keys: secret("SESSION_ENCRYPTION_KEYS_OLD"),
            database_url: database_url.into(),
            data_dir,
            listen: SocketAddr::new(host, port),
            api_keys: list(environment, "STAYLOGGED_API_KEYS").into_iter().map(Into::into).collect(),
            allowed_origins: list(environment, "ALLOWED_ORIGINS"),
            embed_origins: list(environment, "EMBED_ORIGINS"),
            browser: BrowserSettings::read(environment, sandbox),
            providers_dir: environment.get("PROVIDERS_DIR").map(PathBuf::from),
            max_logins: usize::try_from(max_logins).unwrap_or(usize::MAX),
            idle_after,
            idle_warning,
        })
    }
}

impl BrowserSettings {
    fn read(environment: &Environment, sandbox: bool) -> Self {
        Self {
            chromium: environment.get("CHROMIUM_PATH").map(PathBuf::from),
            browsers_dir: environment.get("PLAYWRIGHT_BROWSERS_PATH").map(PathBuf::from),
            node: environment.get("NODE_EXE").map(PathBuf::from),
            driver_dir: environment.get("BROWSER_DRIVER_DIR").map_or_else(find_driver, absolute),
            sandbox,
            display: environment.get("DISPLAY").map(str::to_owned),
        }
    }
}

/// The driver's folder lies beside the sources, or beside the program where only that was installed.
fn find_driver() -> PathBuf {
    let beside_program = std::env::current_exe().ok();
    let candidates = std::iter::once(PathBuf::from("driver"))
        .chain(beside_program.iter().flat_map(|exe| exe.ancestors().skip(1).take(4)).map(|dir| dir.join("driver")));
    candidates.into_iter().find(|dir| is_driver(dir)).map_or_else(|| absolute("driver"), absolute)
}

/// The browser and its driver run in folders of their own: no path of ours may depend on where we run.
fn absolute(path: impl AsRef<Path>) -> PathBuf {
    std::path::absolute(path.as_ref()).unwrap_or_else(|_| path.as_ref().to_owned())
}

fn is_driver(dir: &Path) -> bool {
    dir.join("package.json").is_file()
}

fn list(environment: &Environment, name: &str) -> Vec<String> {
    let text = environment.get(name).unwrap_or_default();
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn parsed<T: std::str::FromStr>(
    environment: &Environment,
    variable: &'static str,
    otherwise: T,
    expected: &str,
    wrong: &mut Vec<ConfigError>,
) -> T {
    let Some(text) = environment.get(variable) else { return otherwise };
    text.parse().unwrap_or_else(|_| {
        wrong.push(ConfigError {
            variable,
            what: format!("is {text:?}"),
            cure: format!("Write {expected}, or leave it out."),
        });
        otherwise
    })
}

/// As [`parsed`], and nought is none either.
fn from_one(
    environment: &Environment,
    variable: &'static str,
    otherwise: u32,
    expected: &str,
    wrong: &mut Vec<ConfigError>,
) -> u32 {
    if environment.get(variable).is_none() {
        return otherwise;
    }
    parsed(environment, variable, NonZeroU32::MIN, expected, wrong).get()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn nothing_set_listens_on_loopback_with_sqlite() {
        let config = Config::read(&environment(&[])).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:4380");
        assert!(config.browser.sandbox);
    }

    #[test]
    fn every_wrong_variable_is_named_at_once() {
        let wrong = Config::read(&environment(&[
            ("PORT", "http"),
            ("HOST", "localhost"),
            ("BROWSER_SANDBOX", "no"),
            ("DATABASE_URL", "mysql://x"),
            ("MAX_LOGINS", "0"),
            ("LOGIN_IDLE_SECONDS", "0"),
            ("LOG_FORMAT", "xml"),
        ]))
        .unwrap_err();
        let mut names: Vec<_> = wrong.iter().map(|e| e.variable).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["BROWSER_SANDBOX", "DATABASE_URL", "HOST", "LOGIN_IDLE_SECONDS", "LOG_FORMAT", "MAX_LOGINS", "PORT"]
        );
        assert!(wrong.iter().all(|e| e.to_string().starts_with(e.variable)));
    }

    #[test]
    fn secrets_do_not_show_when_printed() {
        let config = Config::read(&environment(&[
            ("SESSION_ENCRYPTION_KEY", "deadbeef"),
            ("STAYLOGGED_API_KEYS", "sl_abc, sl_def"),
            ("DATABASE_URL", "postgres://u:hunter2@h/d"),
        ]))
        .unwrap();
        let shown = format!("{config:?}");
        assert_eq!(config.api_keys.len(), 2);
        assert!(!["deadbeef", "sl_abc", "hunter2"].iter().any(|secret| shown.contains(secret)), "{shown}");
    }
}
