//! Where a browser lives: a temporary folder that is its home, and the user it runs as.
//!
//! When the service runs as root the browser and its driver do not: they run as `staylogged` where that user exists,
//! else as `nobody`. Their environment is made here from nothing, so no secret of ours can be in it.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use super::BrowserError;

/// How the name of every such folder begins.
pub(super) const PREFIX: &str = "staylogged-browser-";

/// Where programs are looked for, whatever our own search path is.
pub(super) const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A user without rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub name: String,
    uid: u32,
    gid: u32,
}

/// Whom the browser runs as; none where we have no rights to give up.
pub(super) fn owner() -> Result<Option<Owner>, BrowserError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    ["staylogged", "nobody"].iter().find_map(|name| find(&users, name)).map(Some).ok_or_else(|| BrowserError::Launch {
        what: "running as root, and /etc/passwd knows neither the user staylogged nor nobody".into(),
        cure: "Create one (useradd --system staylogged), or run the service as a user without rights".into(),
    })
}

fn find(users: &str, name: &str) -> Option<Owner> {
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    (uid != 0).then(|| Owner { name: name.to_owned(), uid, gid })
}

impl Owner {
    /// Whether this user may read the file, or list the folder, and reach it through every folder above it.
    fn may_read(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else { return false };
        path.ancestors().enumerate().all(|(depth, step)| {
            let Ok(meta) = fs::metadata(step) else { return false };
            let class = if meta.uid() == self.uid {
                6
            } else if meta.gid() == self.gid {
                3
            } else {
                0
            };
            let needed = match (depth, meta.is_dir()) {
                (0, true) => 0o5,
                (0, false) => 0o4,
                _ => 0o1,
            };
            (meta.mode() >> class) & needed == needed
        })
    }
}

/// A browser's home.
#[derive(Debug)]
pub(super) struct Room {
    path: PathBuf,
    owner: Option<Owner>,
}

impl Room {
    /// Makes one, readable by nobody but the browser.
    pub fn open() -> Result<Self, BrowserError> {
        let owner = owner()?;
        let make = || -> io::Result<PathBuf> {
            let path = tempfile::Builder::new()
                .prefix(PREFIX)
                .permissions(fs::Permissions::from_mode(0o700))
                .tempdir()?
                .keep();
            fs::create_dir(path.join("tmp"))?;
            // A caret that blinks is a picture twice a second, for nobody's use.
            let gtk = path.join("config/gtk-3.0");
            fs::create_dir_all(&gtk)?;
            fs::write(gtk.join("settings.ini"), "[Settings]\ngtk-cursor-blink=0\n")?;
            if let Some(owner) = &owner {
                for inside in ["", "tmp", "config", "config/gtk-3.0", "config/gtk-3.0/settings.ini"] {
                    chown(path.join(inside), Some(owner.uid), Some(owner.gid))?;
                }
            }
            Ok(path)
        };
        let path = make().map_err(|error| BrowserError::Launch {
            what: format!("no temporary folder for its profile in {}: {error}", std::env::temp_dir().display()),
            cure: "Make room there, or set TMPDIR to a folder that can be written".into(),
        })?;
        Ok(Self { path, owner })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where programs that live here put what is temporary.
    pub fn temporary(&self) -> PathBuf {
        self.path.join("tmp")
    }

    /// A command that runs here, without our rights and without our environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.path).env_clear().envs(self.environment());
        if let Some(owner) = &self.owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command
    }

    /// All that is in its environment.
    pub fn environment(&self) -> Vec<(String, String)> {
        let home = self.path.to_string_lossy().into_owned();
        let mut all = vec![
            ("PATH".into(), SEARCH_PATH.into()),
            ("TMPDIR".into(), self.temporary().to_string_lossy().into_owned()),
            ("XDG_CONFIG_HOME".into(), format!("{home}/config")),
            ("XDG_CACHE_HOME".into(), format!("{home}/cache")),
            ("XDG_RUNTIME_DIR".into(), home.clone()),
            ("HOME".into(), home),
            ("LANG".into(), "C.UTF-8".into()),
        ];
        // The time zone is part of the face it shows; libraries and fonts may lie in unusual places (Nix).
        for name in ["TZ", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH"] {
            if let Ok(value) = std::env::var(name) {
                all.push((name.into(), value));
            }
        }
        all
    }

    /// The user it runs as, where that is not our own.
    pub fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }

    /// Whether the browser's user can read it.
    pub fn can_read(&self, path: &Path) -> bool {
        self.owner.as_ref().is_none_or(|owner| owner.may_read(path))
    }

    /// The path itself where the browser's user can read it, else a copy of it in here.
    pub fn bring(&self, path: &Path) -> io::Result<PathBuf> {
        if self.can_read(path) {
            return Ok(path.to_owned());
        }
        let copy = self.path.join(path.file_name().unwrap_or(OsStr::new("copy")));
        if !copy.exists() {
            copy_all(path, &copy)?;
        }
        Ok(copy)
    }

    /// Writes a file that only the browser's user can read.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        fs::write(&path, bytes)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        if let Some(owner) = &self.owner {
            chown(&path, Some(owner.uid), Some(owner.gid))?;
        }
        Ok(path)
    }
}

/// Copies a file or a folder, readable by everyone who gets to it.
fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    let meta = fs::metadata(from)?;
    if meta.is_dir() {
        fs::create_dir(to)?;
        fs::set_permissions(to, fs::Permissions::from_mode(0o755))?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_all(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else {
        fs::copy(from, to)?;
        fs::set_permissions(to, fs::Permissions::from_mode(meta.mode() | 0o444))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_name_and_root_never_is() {
        let users =
            "root:x:0:0:root:/root:/bin/bash\nstaylogged:x:0:0::/:/bin/sh\nnobody:x:65534:65533:n:/:/bin/false\n";
        assert_eq!(find(users, "nobody"), Some(Owner { name: "nobody".into(), uid: 65534, gid: 65533 }));
        assert_eq!(find(users, "staylogged"), None);
        assert_eq!(find(users, "nobod"), None);
    }

    #[test]
    fn what_lies_below_a_closed_folder_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let stranger = Owner { name: "stranger".into(), uid: 4_000_000, gid: 4_000_000 };
        assert!(!stranger.may_read(&file));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert!(stranger.may_read(&file));
    }
}
