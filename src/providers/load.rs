//! Where definitions come from: the ones in the program, and those in a folder.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use rust_embed::RustEmbed;

use super::{DefinitionError, Provider, compile::compile};
use crate::domain::ProviderId;

#[derive(RustEmbed)]
#[folder = "providers/"]
#[include = "*.toml"]
struct Embedded;

/// All providers that are known. Cheap to clone.
#[derive(Clone, Default)]
pub struct Providers {
    all: Arc<BTreeMap<ProviderId, Definition>>,
}

#[derive(Clone)]
struct Definition {
    provider: Arc<Provider>,
    file: String,
    text: String,
}

impl std::fmt::Debug for Providers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.all.keys().map(ProviderId::as_str)).finish()
    }
}

impl Providers {
    /// Those that come with the program.
    pub fn embedded() -> Result<Self, DefinitionError> {
        let mut all = Self::default();
        for file in Embedded::iter() {
            let content = Embedded::get(&file).map(|content| content.data).unwrap_or_default();
            all = all.with_file(&format!("providers/{file}"), &String::from_utf8_lossy(&content))?;
        }
        Ok(all)
    }

    /// Those of a folder: each file in it that ends in `.toml`.
    pub fn load_dir(dir: &Path) -> Result<Self, DefinitionError> {
        Self::default().with_dir(dir)
    }

    /// These and those of a folder; where both have one, the folder's counts.
    pub fn with_dir(self, dir: &Path) -> Result<Self, DefinitionError> {
        let unreadable = |path: &Path, error| DefinitionError::unreadable(&path.display().to_string(), &error);
        let entries = fs::read_dir(dir).map_err(|error| unreadable(dir, error))?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| unreadable(dir, error))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
        }
        paths.sort();
        paths.into_iter().try_fold(self, |all, path| {
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
            all.with_file(&path.display().to_string(), &text)
        })
    }

    /// These and one more; `file` is what its mistakes are reported under, and its name must be the provider's id.
    pub fn with_file(mut self, file: &str, text: &str) -> Result<Self, DefinitionError> {
        let provider = Arc::new(compile(file, text)?);
        let definition = Definition { provider: Arc::clone(&provider), file: file.to_owned(), text: text.to_owned() };
        Arc::make_mut(&mut self.all).insert(provider.id.clone(), definition);
        Ok(self)
    }

    /// The same, but what is at `localhost:<from>` in that provider's definition is at `localhost:<to>`: the bundled
    /// marketplace may listen on another port. A provider that is not there stays away.
    #[must_use]
    pub fn with_port_override(self, provider: &str, from: u16, to: u16) -> Self {
        let definition = ProviderId::parse(provider).ok().and_then(|id| self.all.get(&id).cloned());
        let Some(Definition { file, text, .. }) = definition else { return self };
        let text = text.replace(&format!("localhost:{from}"), &format!("localhost:{to}"));
        // Another number in a port makes no mistake of a definition that had none.
        self.clone().with_file(&file, &text).unwrap_or(self)
    }

    /// The provider of that id.
    #[must_use]
    pub fn get(&self, id: &ProviderId) -> Option<Arc<Provider>> {
        self.all.get(id).map(|definition| Arc::clone(&definition.provider))
    }

    /// All of them, by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.all.values().map(|definition| &definition.provider)
    }

    /// Their ids.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.all.keys().map(ToString::to_string).collect()
    }
}
