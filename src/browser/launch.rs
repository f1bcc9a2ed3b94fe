//! Finding Chromium and Node, how Chromium is started, and what to do when it does not.

use std::{
    collections::HashMap,
    env,
    path::{Path, PathBuf},
};

use playwright_rs::LaunchOptions;

use super::{BrowserConfig, BrowserError, SiteMap, display::Display, guard::first_line, room::Room};

/// What Chromium is told beyond Playwright's own arguments.
const ARGUMENTS: &[&str] = &[
    // All of a page's requests must be seen by the driver.
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Several people log in at once, each in a window of their own: the one behind must go on drawing.
    "--disable-backgrounding-occluded-windows",
];

/// Features of Chromium that are off. Playwright has a list of its own (`disabledFeatures` in its chromiumSwitches.ts), but of
/// two `--disable-features` Chromium obeys the last one alone: so its list stands here, too.
const DISABLED_FEATURES: &[&str] = &[
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "DialMediaRouteProvider",
    "GlobalMediaControls",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "BlockOriginHeaderModificationOnRedirect",
    "Translate",
    "AutoDeElevate",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
    // Ours: pages that each window loads for the suggestions of its address bar, in a headless browser too. Without them a
    // context with a page takes a third of the processor time (0.4 s instead of 1.4 s where this was measured).
    "WebUIOmniboxPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxAimPopup",
];

/// The program's path: in our search path, or where systems keep theirs.
pub(super) fn find_program(name: &str) -> Option<PathBuf> {
    let ours = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&ours)
        .chain(env::split_paths(super::room::SEARCH_PATH))
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// The Chromium to use: the configured one, else the system's, else the one that Playwright's own installer brought.
pub(super) fn find_chromium(config: &BrowserConfig) -> Result<PathBuf, BrowserError> {
    if let Some(path) = &config.chromium {
        return if path.is_file() {
            Ok(path.clone())
        } else {
            Err(BrowserError::Launch {
                what: format!("there is no file at CHROMIUM_PATH ({})", path.display()),
                cure: "Set CHROMIUM_PATH to Chromium's executable, or unset it to use the system's".into(),
            })
        };
    }
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .iter()
        .filter_map(|name| find_program(name))
        .find(|path| !is_snap_stub(path))
        .or_else(|| playwrights_own(config))
        .ok_or_else(|| BrowserError::Launch {
            what: "Chromium is not installed".into(),
            cure: "Install the packages chromium and chromium-sandbox (Debian), or run \
                   `npx --prefix driver playwright-core install --with-deps chromium` (Ubuntu, macOS), or set CHROMIUM_PATH"
                .into(),
        })
}

/// Ubuntu's package is a script that asks for the snap, which no server can drive.
fn is_snap_stub(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.len() < 16 * 1024)
        && std::fs::read_to_string(path).is_ok_and(|text| text.contains("snap"))
}

/// `chromium-1234` folders, the newest first.
fn playwrights_own(config: &BrowserConfig) -> Option<PathBuf> {
    let home = env::home_dir()?;
    let folders = [
        config.browsers_dir.clone(),
        Some(config.driver_dir.join("browsers")),
        Some(home.join(".cache/ms-playwright")),
        Some(home.join("Library/Caches/ms-playwright")),
    ];
    folders.into_iter().flatten().find_map(|folder| {
        let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(folder)
            .ok()?
            .flatten()
            .filter_map(|entry| {
                let number = entry.file_name().to_str()?.strip_prefix("chromium-")?.parse().ok()?;
                Some((number, entry.path()))
            })
            .collect();
        found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        found.iter().find_map(|(_, folder)| {
            [
                "chrome-linux64/chrome",
                "chrome-linux/chrome",
                "chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
                "chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
                "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
            ]
            .iter()
            .map(|inside| folder.join(inside))
            .find(|path| path.is_file())
        })
    })
}

/// The Node to use.
pub(super) fn find_node(config: &BrowserConfig) -> Result<PathBuf, BrowserError> {
    match &config.node {
        Some(path) if path.is_file() => Ok(path.clone()),
        Some(path) => Err(BrowserError::Launch {
            what: format!("there is no file at NODE_EXE ({})", path.display()),
            cure: "Set NODE_EXE to Node's executable, or unset it to use the one in the search path".into(),
        }),
        None => find_program("node").or_else(|| find_program("nodejs")).ok_or_else(|| BrowserError::Launch {
            what: "Node is not installed".into(),
            cure: "Install Node 20 or later, or set NODE_EXE".into(),
        }),
    }
}

/// `cli.js` of the driver, in the one version that its client was made for.
pub(super) fn find_driver(config: &BrowserConfig) -> Result<PathBuf, BrowserError> {
    let folder = config.driver_dir.join("node_modules/playwright-core");
    let cure = || format!("Run `npm ci --prefix {}`, or set BROWSER_DRIVER_DIR", config.driver_dir.display());
    let text = std::fs::read_to_string(folder.join("package.json")).map_err(|error| BrowserError::Launch {
        what: format!("no driver in {}: {error}", folder.display()),
        cure: cure(),
    })?;
    let version = serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|package| package["version"].as_str().map(str::to_owned))
        .unwrap_or_default();
    if version != playwright_rs::PLAYWRIGHT_VERSION {
        return Err(BrowserError::Launch {
            what: format!(
                "the driver in {} is playwright-core {version}, and {} is needed",
                folder.display(),
                playwright_rs::PLAYWRIGHT_VERSION
            ),
            cure: cure(),
        });
    }
    Ok(folder)
}

/// How Chromium is started.
pub(super) fn options(
    config: &BrowserConfig,
    chromium: &Path,
    room: &Room,
    display: Option<&Display>,
) -> LaunchOptions {
    let mut arguments: Vec<String> = ARGUMENTS.iter().map(|&argument| argument.to_owned()).collect();
    arguments.push(format!("--disable-features={}", DISABLED_FEATURES.join(",")));
    if config.headed {
        // The person is the one who logs in: the page is not told that a program holds the browser. That is all.
        arguments.push("--disable-blink-features=AutomationControlled".into());
    }
    if let Some(SiteMap { hosts, address, key_hash }) = &config.sites {
        arguments.push(format!("--host-resolver-rules=MAP {hosts} {address}"));
        arguments.push(format!("--ignore-certificate-errors-spki-list={key_hash}"));
    }
    let mut environment: HashMap<String, String> = room.environment().into_iter().collect();
    if config.headed {
        if let Some(own) = display {
            environment.insert("DISPLAY".into(), own.name.clone());
            environment.insert("XAUTHORITY".into(), own.authority.clone());
        } else {
            environment.extend(config.display.clone().map(|display| ("DISPLAY".to_owned(), display)));
            environment.extend(env::var("XAUTHORITY").ok().map(|path| ("XAUTHORITY".to_owned(), path)));
        }
    }
    LaunchOptions::default()
        .executable_path(chromium.to_string_lossy().into_owned())
        .headless(!config.headed)
        .chromium_sandbox(config.sandbox)
        .args(arguments)
        .env(environment)
        .handle_sigint(false)
        .handle_sigterm(false)
        .handle_sighup(false)
        .timeout(60_000.0)
}

/// Libraries that Chromium needs, and the package of Debian and Ubuntu that brings each.
const LIBRARIES: &[(&str, &str)] = &[
    ("libnss3.so", "libnss3"),
    ("libnssutil3.so", "libnss3"),
    ("libsmime3.so", "libnss3"),
    ("libnspr4.so", "libnspr4"),
    ("libdbus-1.so", "libdbus-1-3"),
    ("libatk-1.0.so", "libatk1.0-0"),
    ("libatk-bridge-2.0.so", "libatk-bridge2.0-0"),
    ("libatspi.so", "libatspi2.0-0"),
    ("libcups.so", "libcups2"),
    ("libdrm.so", "libdrm2"),
    ("libxkbcommon.so", "libxkbcommon0"),
    ("libXcomposite.so", "libxcomposite1"),
    ("libXdamage.so", "libxdamage1"),
    ("libXfixes.so", "libxfixes3"),
    ("libXrandr.so", "libxrandr2"),
    ("libXext.so", "libxext6"),
    ("libX11.so", "libx11-6"),
    ("libX11-xcb.so", "libx11-xcb1"),
    ("libxcb.so", "libxcb1"),
    ("libgbm.so", "libgbm1"),
    ("libxshmfence.so", "libxshmfence1"),
    ("libasound.so", "libasound2"),
    ("libpango-1.0.so", "libpango-1.0-0"),
    ("libcairo.so", "libcairo2"),
    ("libglib-2.0.so", "libglib2.0-0"),
    ("libgobject-2.0.so", "libglib2.0-0"),
    ("libgio-2.0.so", "libglib2.0-0"),
    ("libgtk-3.so", "libgtk-3-0"),
    ("libexpat.so", "libexpat1"),
    ("libudev.so", "libudev1"),
    ("libfontconfig.so", "libfontconfig1"),
    ("libfreetype.so", "libfreetype6"),
    ("libopus.so", "libopus0"),
    ("libstdc++.so", "libstdc++6"),
];

/// The package that brings a library, named as the loader names it (`libnss3.so`, `libgbm.so.1`).
pub(super) fn package_of(library: &str) -> Option<&'static str> {
    LIBRARIES.iter().find(|(name, _)| library.starts_with(name)).map(|(_, package)| *package)
}

/// What a failed launch means, and its cure. `said` is all that the browser and the driver said.
pub(super) fn explain(said: &str, chromium: &Path, config: &BrowserConfig) -> BrowserError {
    let launch = |what: String, cure: String| BrowserError::Launch { what, cure };
    if let Some(rest) = said.split("error while loading shared libraries: ").nth(1) {
        let library = rest.split(':').next().unwrap_or_default().trim();
        let cure = package_of(library).map_or_else(
            || format!("Install the package that brings {library}"),
            |package| format!("Install the package {package}"),
        );
        return launch(format!("the library {library} is missing on this system"), cure);
    }
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["No usable sandbox", "SUID sandbox helper", "Failed to move to new namespace", "without --no-sandbox"]) {
        return launch(
            "Chromium's sandbox cannot be used on this system".into(),
            "Install the package chromium-sandbox, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, \
             on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0), or set BROWSER_SANDBOX=off to run without it"
                .into(),
        );
    }
    if config.headed
        && says(&["Missing X server", "cannot open display", "Authorization required", "ozone_platform_x11"])
    {
        return launch(
            format!("Chromium could not open the display {}", config.display.as_deref().unwrap_or("of its own Xvfb")),
            "Set DISPLAY to a display that the browser's user may use, or unset it to use an Xvfb".into(),
        );
    }
    if says(&["ENOENT", "doesn't exist", "EACCES", "Permission denied"]) {
        return launch(
            format!("{} cannot be executed", chromium.display()),
            "Install the package chromium, or set CHROMIUM_PATH to an executable that the browser's user can read"
                .into(),
        );
    }
    if says(&["No space left", "ENOSPC"]) {
        return launch("the disk is full".into(), "Make room in the temporary folder".into());
    }
    launch(
        format!("Chromium at {}: {}", chromium.display(), first_line(said)),
        "Run `staylogged doctor` to see what is missing".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> BrowserConfig {
        BrowserConfig::new("/nowhere".into(), "/nowhere/driver".into())
    }

    #[test]
    fn what_playwright_disables_is_disabled() {
        let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/driver/node_modules/playwright-core/lib/coreBundle.js");
        let bundle = std::fs::read_to_string(bundle).expect("the driver is installed: npm ci --prefix driver");
        let (_, list) = bundle.split_once("disabledFeatures = [").expect("Playwright's list");
        let (list, _) = list.split_once(']').expect("its end");
        let theirs: Vec<&str> =
            list.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next()).collect();
        assert!(theirs.len() > 10, "{list}");
        for feature in theirs {
            assert!(DISABLED_FEATURES.contains(&feature), "{feature} is disabled by Playwright and not by us");
        }
    }

    #[test]
    fn a_missing_library_is_named_with_the_package_that_brings_it() {
        let said = "browserType.launch: Target page, context or browser has been closed\nBrowser logs:\n<launching> \
                    /usr/lib/chromium/chromium: error while loading shared libraries: libgbm.so.1: cannot open shared \
                    object file: No such file or directory";
        let error = explain(said, Path::new("/usr/bin/chromium"), &config()).to_string();
        assert!(error.contains("libgbm.so.1"), "{error}");
        assert!(error.contains("package libgbm1"), "{error}");
    }

    #[test]
    fn a_machine_without_a_sandbox_is_told_so() {
        let said =
            "browserType.launch: closed\n[0101/000000:FATAL:zygote_host_impl_linux.cc] No usable sandbox! Update";
        let error = explain(said, Path::new("/usr/bin/chromium"), &config()).to_string();
        assert!(error.contains("BROWSER_SANDBOX=off"), "{error}");
    }

    #[test]
    fn only_the_first_line_of_anything_else_goes_on() {
        let error = explain("it broke\nsecret command line", Path::new("/c"), &config()).to_string();
        assert!(error.contains("it broke") && !error.contains("secret"), "{error}");
    }
}
