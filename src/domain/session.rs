//! What a browser holds for a site, and the browser it was seen with.
//!
//! Everything here that is secret has a `Debug` that counts instead of showing, and no `Display`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// A cookie, in the words of Playwright's `storageState`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value: secret.
    pub value: String,
    /// Its domain; a leading dot where subdomains get it too.
    pub domain: String,
    /// Its path.
    pub path: String,
    /// When it ends, in seconds since 1970; -1 for a session cookie.
    pub expires: f64,
    /// Hidden from scripts.
    pub http_only: bool,
    /// Sent over TLS only.
    pub secure: bool,
    /// `Strict`, `Lax` or `None`.
    pub same_site: String,
}

/// A key and its value in one of a page's storages.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageEntry {
    /// The key.
    pub name: String,
    /// The value: secret.
    pub value: String,
}

/// What one origin holds.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OriginState {
    /// Scheme, host and port.
    pub origin: String,
    /// `localStorage`.
    #[serde(default)]
    pub local_storage: Vec<StorageEntry>,
    /// `sessionStorage`: not in Playwright's form, kept beside it and restored by an init script.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub session_storage: Vec<StorageEntry>,
    /// IndexedDB, in Playwright's own form, untouched.
    #[serde(default, rename = "indexedDB", skip_serializing_if = "Vec::is_empty")]
    pub indexed_db: Vec<serde_json::Value>,
}

/// Cookies, localStorage, sessionStorage and IndexedDB: Playwright's `storageState` and a little more.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StorageState {
    /// All cookies.
    #[serde(default)]
    pub cookies: Vec<Cookie>,
    /// All origins that hold something.
    #[serde(default)]
    pub origins: Vec<OriginState>,
}

impl OriginState {
    /// Keeps some keys of its localStorage; the others are wiped.
    pub fn retain_local_storage(&mut self, is_kept: impl Fn(&StorageEntry) -> bool) {
        retain(&mut self.local_storage, is_kept);
    }

    /// Keeps nothing of its sessionStorage.
    pub fn wipe_session_storage(&mut self) {
        retain(&mut self.session_storage, |_| false);
    }

    /// Nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.local_storage.is_empty() && self.session_storage.is_empty() && self.indexed_db.is_empty()
    }
}

fn retain(entries: &mut Vec<StorageEntry>, is_kept: impl Fn(&StorageEntry) -> bool) {
    entries.retain_mut(|entry| {
        let is_kept = is_kept(entry);
        if !is_kept {
            entry.value.zeroize();
        }
        is_kept
    });
}

impl StorageState {
    /// Keeps some cookies; the others are wiped.
    pub fn retain_cookies(&mut self, is_kept: impl Fn(&Cookie) -> bool) {
        self.cookies.retain_mut(|cookie| {
            let is_kept = is_kept(cookie);
            if !is_kept {
                cookie.value.zeroize();
            }
            is_kept
        });
    }

    /// Nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty() && self.origins.is_empty()
    }

    /// Whether every cookie and every key of a page's storage that the other one holds is there, with whatever value: a logout takes
    /// some away.
    #[must_use]
    pub fn holds_all_of(&self, other: &Self) -> bool {
        fn places(state: &StorageState) -> BTreeSet<(&str, &str, &str)> {
            let cookies = state.cookies.iter().map(|one| (one.name.as_str(), one.domain.as_str(), one.path.as_str()));
            let entries = state.origins.iter().flat_map(|origin| {
                let local = origin.local_storage.iter().map(|entry| (entry.name.as_str(), "local storage"));
                let session = origin.session_storage.iter().map(|entry| (entry.name.as_str(), "session storage"));
                local.chain(session).map(|(name, kind)| (name, origin.origin.as_str(), kind))
            });
            cookies.chain(entries).collect()
        }
        places(other).is_subset(&places(self))
    }

    /// Whether a cookie is there that the other one does not hold, or the other way round; when they end does not count.
    #[must_use]
    pub fn has_other_cookies_than(&self, other: &Self) -> bool {
        fn values(state: &StorageState) -> BTreeMap<(&str, &str, &str), &str> {
            let cookies = state.cookies.iter();
            cookies
                .map(|one| ((one.name.as_str(), one.domain.as_str(), one.path.as_str()), one.value.as_str()))
                .collect()
        }
        values(self) != values(other)
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookie {{ name: {:?}, domain: {:?} }}", self.name, self.domain)
    }
}

impl fmt::Debug for StorageEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StorageEntry {{ {} bytes }}", self.value.len())
    }
}

impl fmt::Debug for OriginState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "OriginState {{ origin: {:?}, entries: {} }}",
            self.origin,
            self.local_storage.len() + self.session_storage.len()
        )
    }
}

impl fmt::Debug for StorageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StorageState {{ cookies: {}, origins: {} }}", self.cookies.len(), self.origins.len())
    }
}

impl Zeroize for StorageState {
    fn zeroize(&mut self) {
        for cookie in &mut self.cookies {
            cookie.value.zeroize();
        }
        for origin in &mut self.origins {
            for entry in origin.local_storage.iter_mut().chain(&mut origin.session_storage) {
                entry.value.zeroize();
            }
            origin.indexed_db.clear();
        }
    }
}

impl Drop for StorageState {
    fn drop(&mut self) {
        self.zeroize();
    }
}

/// The size of a page, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewport {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { width: 1280, height: 800 }
    }
}

/// The browser's honest face, kept constant between login and scraping: sites end sessions whose browser changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BrowserIdentity {
    /// `User-Agent`.
    pub user_agent: String,
    /// BCP 47.
    pub locale: String,
    /// IANA name.
    pub timezone: String,
    /// Size of the page.
    pub viewport: Viewport,
}

/// What is sealed: a storage state and the browser it was seen with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// What the browser held.
    pub state: StorageState,
    /// Which browser it was.
    pub identity: BrowserIdentity,
    /// The state that was last seen to be logged in, where `state` came after it and was not seen so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<Box<StorageState>>,
}

impl Session {
    /// A session of which nothing else is known.
    #[must_use]
    pub fn new(state: StorageState, identity: BrowserIdentity) -> Self {
        Self { state, identity, proven: None }
    }

    /// The same browser with what it holds now.
    #[must_use]
    pub fn with(&self, state: StorageState) -> Self {
        Self::new(state, self.identity.clone())
    }
}

/// A sealed session: ciphertext, as the vault made it and the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes bytes that the vault made, or that the store read.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed {{ {} bytes }}", self.0.len())
    }
}
