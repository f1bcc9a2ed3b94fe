//! Where a browser lives: a temporary folder with its home, and the user it runs as.
//!
//! When the service runs as root the browser and its driver do not: they run as `staylogged` where that user exists,
//! else as `nobody`. Their environment is made here from nothing, so no secret of ours can be in it.
//!
//! The folder itself stays ours, and what the service writes later lies beside the home, never in it: in a folder of another
//! user each name may have become a link to a file of ours.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Write},
    os::unix::{
        fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use super::BrowserError;

/// How the name of every such folder begins.
pub(super) const PREFIX: &str = "staylogged-browser-";

/// The name of the browser's home in its folder. Short: Chromium puts a socket deep below it, whose path has some hundred characters.
const HOME: &str = "home";

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

/// A browser's folder.
#[derive(Debug)]
pub(super) struct Room {
    /// Ours; the browser's user can pass through it.
    path: PathBuf,
    owner: Option<Owner>,
}

impl Room {
    /// Makes one, whose home nobody but the browser can read.
    pub fn open() -> Result<Self, BrowserError> {
        let owner = owner()?;
        let make = || -> io::Result<PathBuf> {
            let mode = if owner.is_some() { 0o711 } else { 0o700 };
            let folder =
                tempfile::Builder::new().prefix(PREFIX).permissions(fs::Permissions::from_mode(mode)).tempdir()?;
            let home = folder.path().join(HOME);
            fs::create_dir(&home)?;
            fs::set_permissions(&home, fs::Permissions::from_mode(0o700))?;
            fs::create_dir(home.join("tmp"))?;
            // A caret that blinks is a picture twice a second, for nobody's use.
            let gtk = home.join("config/gtk-3.0");
            fs::create_dir_all(&gtk)?;
            fs::write(gtk.join("settings.ini"), "[Settings]\ngtk-cursor-blink=0\n")?;
            // The home last: from then on its user may change all that lies in it.
            for inside in ["config/gtk-3.0/settings.ini", "config/gtk-3.0", "config", "tmp", ""] {
                give(owner.as_ref(), &File::open(home.join(inside))?)?;
            }
            Ok(folder.keep())
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

    /// Within the folder, and the browser's own.
    fn home(&self) -> PathBuf {
        self.path.join(HOME)
    }

    /// Where programs that live here put what is temporary.
    pub fn temporary(&self) -> PathBuf {
        self.home().join("tmp")
    }

    /// A command that runs here, without our rights and without our environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.home()).env_clear().envs(self.environment());
        if let Some(owner) = &self.owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command
    }

    /// All that is in its environment.
    pub fn environment(&self) -> Vec<(String, String)> {
        let home = self.home().to_string_lossy().into_owned();
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

    /// The path itself where the browser's user can read it, else a copy of it beside the home.
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

    /// Writes a file that only the browser's user can read, beside the home.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(bytes)?;
        give(self.owner.as_ref(), &file)?;
        Ok(path)
    }
}

/// Makes the browser's user the owner of an open file, whatever its name means by now.
fn give(owner: Option<&Owner>, file: &File) -> io::Result<()> {
    owner.map_or(Ok(()), |owner| fchown(file, Some(owner.uid), Some(owner.gid)))
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
        let mut copy = File::options().write(true).create_new(true).open(to)?;
        io::copy(&mut File::open(from)?, &mut copy)?;
        copy.set_permissions(fs::Permissions::from_mode(meta.mode() | 0o444))?;
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
    fn nothing_is_written_through_a_link_that_the_browsers_user_has_laid() {
        let room = Room::open().unwrap();
        let victims = tempfile::tempdir().unwrap();
        let source = victims.path().join("driver");
        fs::write(&source, "a driver").unwrap();
        for name in ["display-cookie", "driver"] {
            let victim = victims.path().join(format!("of-{name}"));
            fs::write(&victim, "untouched").unwrap();
            let before = fs::metadata(&victim).unwrap();
            for place in [room.path(), &room.home()] {
                // As root it cannot in the first; without, it is the same user, who may.
                let _ = room.command("ln").arg("-s").args([&victim, &place.join(name)]).output().unwrap();
            }
            let _ = room.write(name, b"a cookie");
            let _ = copy_all(&source, &room.path().join(name));
            let after = fs::metadata(&victim).unwrap();
            assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched", "{name}");
            assert_eq!((after.uid(), after.mode()), (before.uid(), before.mode()), "{name}");
        }
        fs::remove_dir_all(room.path()).unwrap();
    }

    #[test]
    fn the_home_is_the_browsers_own_and_what_lies_around_it_is_not() {
        let room = Room::open().unwrap();
        let cookie = room.write("display-cookie", b"a cookie").unwrap();
        let ours = rustix::process::geteuid().as_raw();
        let theirs = room.owner().map_or(ours, |owner| owner.uid);
        let of = |path: &Path| fs::symlink_metadata(path).map(|meta| (meta.uid(), meta.mode() & 0o7777)).unwrap();
        let around = if room.owner().is_some() { 0o711 } else { 0o700 };
        assert_eq!(
            (of(room.path()), of(&room.home()), of(&cookie)),
            ((ours, around), (theirs, 0o700), (theirs, 0o600))
        );
        for inside in ["tmp", "config/gtk-3.0/settings.ini"] {
            assert_eq!(of(&room.home().join(inside)).0, theirs, "{inside}");
        }
        let read = |path: &Path| room.command("cat").arg(path).output().unwrap().status.success();
        assert!(read(&cookie));
        fs::remove_dir_all(room.path()).unwrap();
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
