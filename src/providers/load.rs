//! Where definitions come from: the ones in the program, and those in a folder.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rust_embed::RustEmbed;
use tokio::sync::watch;

use super::{DefinitionError, Provider};
use crate::domain::ProviderId;

#[derive(RustEmbed)]
#[folder = "providers/"]
#[include = "*.toml"]
struct Embedded;

/// Sites that are there only where the bundled marketplace runs: elsewhere nobody could connect them.
const AT_THE_MARKET: [&str; 3] = ["demo-forum", "demo-ledger", "demo-points"];
/// The port that their definitions name, and the marketplace's own.
const MARKET_PORT: u16 = 4381;

/// All providers that are known. Cheap to clone; every clone sees what is read anew.
#[derive(Clone)]
pub struct Providers {
    all: Arc<watch::Sender<Definitions>>,
    /// Those that are at another port here.
    moved: Vec<Moved>,
    /// Those that come with the program for where the marketplace runs: file and text.
    aside: Arc<Vec<(String, String)>>,
}

type Definitions = Arc<BTreeMap<ProviderId, Definition>>;

#[derive(Clone)]
struct Definition {
    provider: Arc<Provider>,
    file: String,
    text: String,
}

#[derive(Debug, Clone)]
struct Moved {
    provider: ProviderId,
    from: u16,
    to: u16,
}

impl Default for Providers {
    fn default() -> Self {
        Self { all: Arc::new(watch::Sender::new(Arc::default())), moved: Vec::new(), aside: Arc::default() }
    }
}

impl std::fmt::Debug for Providers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.all.borrow().keys().map(ProviderId::as_str)).finish()
    }
}

impl Providers {
    /// Those that come with the program.
    pub fn embedded() -> Result<Self, DefinitionError> {
        let mut all = Self::default();
        let mut aside = Vec::new();
        for file in Embedded::iter() {
            let content = Embedded::get(&file).map(|content| content.data).unwrap_or_default();
            let (name, text) = (format!("providers/{file}"), String::from_utf8_lossy(&content).into_owned());
            if AT_THE_MARKET.contains(&file.trim_end_matches(".toml")) {
                Provider::parse(&name, &text)?;
                aside.push((name, text));
            } else {
                all.put(&name, &text)?;
            }
        }
        all.aside = Arc::new(aside);
        Ok(all)
    }

    /// Those of a folder: each file in it that ends in `.toml`.
    pub fn load_dir(dir: &Path) -> Result<Self, DefinitionError> {
        Self::default().with_dir(dir)
    }

    /// These and those of a folder; where both have one, the folder's counts.
    pub fn with_dir(self, dir: &Path) -> Result<Self, DefinitionError> {
        for path in definitions_in(dir)? {
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
            self.put(&path.display().to_string(), &text)?;
        }
        Ok(self)
    }

    /// These and one more.
    pub fn with_file(self, file: &str, text: &str) -> Result<Self, DefinitionError> {
        self.put(file, text)?;
        Ok(self)
    }

    /// Reads one more, or one anew; `file` is what its mistakes are reported under, and its name must be the provider's
    /// id. With a mistake, what was there stays. Answers the provider where it is another than before.
    pub fn put(&self, file: &str, text: &str) -> Result<Option<Arc<Provider>>, DefinitionError> {
        if self.all.borrow().values().any(|known| known.file == file && known.text == text) {
            return Ok(None);
        }
        let provider = Provider::parse(file, text)?;
        let definition = match self.moved.iter().find(|moved| moved.provider == provider.id) {
            Some(moved) => moved.definition(file, text)?,
            None => Definition { provider: Arc::new(provider), file: file.to_owned(), text: text.to_owned() },
        };
        let provider = Arc::clone(&definition.provider);
        self.change(|all| {
            all.insert(definition.provider.id.clone(), definition);
        });
        Ok(Some(provider))
    }

    /// Forgets a definition whose file is gone; the one that comes with the program is there again.
    pub(super) fn forget(&self, id: &ProviderId) {
        let is_here = !AT_THE_MARKET.contains(&id.as_str()) || self.moved.iter().any(|moved| moved.provider == *id);
        let original = if is_here { Embedded::get(&format!("{id}.toml")).map(|content| content.data) } else { None };
        let restored =
            original.and_then(|text| self.put(&format!("providers/{id}.toml"), &String::from_utf8_lossy(&text)).ok());
        if restored.is_none() {
            self.change(|all| {
                all.remove(id);
            });
        }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<ProviderId, Definition>)) {
        self.all.send_modify(|all| change(Arc::make_mut(all)));
    }

    /// Rings whenever a definition has been read anew, or is gone.
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes(self.all.subscribe())
    }

    /// The same, but what is at `localhost:<from>` in that provider's definition is at `localhost:<to>`: the bundled
    /// marketplace may listen on another port. A provider that is not there stays away.
    #[must_use]
    pub fn with_port_override(mut self, provider: &str, from: u16, to: u16) -> Self {
        let Ok(provider) = ProviderId::parse(provider) else { return self };
        let moved = Moved { provider, from, to };
        let before = self.all.borrow().get(&moved.provider).cloned();
        // Another number in a port makes no mistake of a definition that had none.
        if let Some(definition) = before.and_then(|before| moved.definition(&before.file, &before.text).ok()) {
            self.change(|all| {
                all.insert(moved.provider.clone(), definition);
            });
        }
        self.moved.push(moved);
        self
    }

    /// These and the other sites of the bundled marketplace, which listens on that port.
    #[must_use]
    pub fn at_the_market(self, port: u16) -> Self {
        let aside = Arc::clone(&self.aside);
        let all = ["demo-market"].iter().chain(&AT_THE_MARKET);
        let all = all.fold(self, |all, provider| all.with_port_override(provider, MARKET_PORT, port));
        for (file, text) in aside.iter() {
            // A folder may have one of its own.
            let is_there = |id: &ProviderId| Path::new(file).file_stem().is_some_and(|stem| stem == id.as_str());
            if all.all.borrow().keys().any(is_there) {
                continue;
            }
            // They were read without a mistake before; another number in a port makes none.
            if let Err(error) = all.put(file, text) {
                tracing::error!("{error}");
            }
        }
        all
    }

    /// The provider of that id.
    #[must_use]
    pub fn get(&self, id: &ProviderId) -> Option<Arc<Provider>> {
        self.all.borrow().get(id).map(|definition| Arc::clone(&definition.provider))
    }

    /// All of them, by id.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Provider>> {
        self.all.borrow().values().map(|definition| Arc::clone(&definition.provider)).collect()
    }

    /// Their ids.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.all.borrow().keys().map(ToString::to_string).collect()
    }
}

/// Rings whenever a definition has been read anew, or is gone.
pub struct Changes(watch::Receiver<Definitions>);

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Changes")
    }
}

impl Changes {
    /// Waits for the next one; never, where nobody reads definitions any more.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Moved {
    /// The text stays as it was written: it may be moved again.
    fn definition(&self, file: &str, text: &str) -> Result<Definition, DefinitionError> {
        let moved = text.replace(&format!("localhost:{}", self.from), &format!("localhost:{}", self.to));
        let provider = Arc::new(Provider::parse(file, &moved)?);
        Ok(Definition { provider, file: file.to_owned(), text: text.to_owned() })
    }
}

/// The definition files of a folder, by name.
pub(super) fn definitions_in(dir: &Path) -> Result<Vec<PathBuf>, DefinitionError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(|error| unreadable(dir, &error))? {
        let path = entry.map_err(|error| unreadable(dir, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, error: &io::Error) -> DefinitionError {
    DefinitionError::unreadable(&path.display().to_string(), error)
}
