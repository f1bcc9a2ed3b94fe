//! A folder of definitions that is read again when a file in it changes.
//!
//! It is looked at every two seconds rather than watched: folders that are mounted from elsewhere (a container's volume, a
//! network share) tell nobody of their changes, and a look at a few files' dates costs nothing.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{Providers, load::definitions_in};
use crate::domain::ProviderId;

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What tells two states of a file apart: when it was changed, how long it is, and which file it is.
type Stamp = (i64, i64, u64, u64);

/// A folder of definitions, and what was last seen in it.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    files: BTreeMap<PathBuf, Option<Stamp>>,
    is_readable: bool,
    providers: Providers,
}

impl Folder {
    /// A folder at which nobody has looked yet.
    #[must_use]
    pub fn new(dir: &Path, providers: Providers) -> Self {
        Self { dir: dir.to_owned(), files: BTreeMap::new(), is_readable: true, providers }
    }

    /// Reads what has changed, until it is told to stop.
    pub async fn follow(mut self, stop: CancellationToken) {
        let mut every = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                _ = every.tick() => {}
                () = stop.cancelled() => return,
            }
            let looked = tokio::task::spawn_blocking(move || {
                self.refresh();
                self
            });
            match looked.await {
                Ok(folder) => self = folder,
                Err(error) => {
                    tracing::error!(%error, "definitions are no longer read again; start the service anew");
                    return;
                }
            }
        }
    }

    /// Reads what has changed since the last look. A file with a mistake is reported once, and what was read before stays.
    pub fn refresh(&mut self) {
        let Some(files) = self.look() else { return };
        let gone: Vec<_> = self.files.keys().filter(|path| !files.contains_key(*path)).cloned().collect();
        for path in gone {
            let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| ProviderId::parse(stem).ok());
            if let Some(id) = id {
                tracing::info!(provider = %id, "a definition is gone from its folder");
                self.providers.forget(&id);
            }
        }
        for (path, stamp) in &files {
            if self.files.get(path) != Some(stamp) {
                self.read(path);
            }
        }
        self.files = files;
    }

    fn read(&self, path: &Path) {
        let file = path.display().to_string();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(file, %error, "a definition could not be read; the one before stays");
                return;
            }
        };
        match self.providers.put(&file, &text) {
            Ok(Some(provider)) => {
                tracing::info!(provider = %provider.id, version = provider.version, "read a definition anew");
            }
            Ok(None) => {}
            Err(report) => tracing::error!("the definition before stays: {report}"),
        }
    }

    fn look(&mut self) -> Option<BTreeMap<PathBuf, Option<Stamp>>> {
        match definitions_in(&self.dir) {
            Ok(paths) => {
                self.is_readable = true;
                Some(paths.into_iter().map(|path| (path.clone(), stamp(&path))).collect())
            }
            Err(error) => {
                // Said once, not every two seconds.
                if std::mem::take(&mut self.is_readable) {
                    tracing::error!("the definitions read before stay: {error}");
                }
                None
            }
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let facts = fs::metadata(path).ok()?;
    Some((facts.ctime(), facts.ctime_nsec(), facts.len(), facts.ino()))
}
