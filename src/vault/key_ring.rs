//! The keys: one that seals, and former ones that only open.

use std::fmt;

use aes_gcm::{Aes256Gcm, KeyInit};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The variable of the key that seals.
pub const CURRENT: &str = "SESSION_ENCRYPTION_KEY";
/// The variable of the former keys, separated by commas.
pub const OLD: &str = "SESSION_ENCRYPTION_KEYS_OLD";

const DIGITS: usize = 64;

/// Why a key is not one. Never says the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}. {cure}")]
pub struct KeyError {
    /// The variable that holds it.
    pub variable: &'static str,
    /// What is wrong with it.
    pub problem: String,
    /// What to do.
    pub cure: &'static str,
}

const MAKE_ONE: &str = "It must be exactly 64 hexadecimal characters (0-9, a-f, A-F), the same on every instance. \
     Make one with: openssl rand -hex 32";
const MEND_OLD: &str = "It must be a list of former keys of exactly 64 hexadecimal characters each, separated by \
     commas: give them as they were, or remove the variable. A new key is made with: openssl rand -hex 32";

/// A root key's offspring; the root key itself is not kept.
#[derive(Clone)]
pub(super) struct WrappingKey {
    /// Recognises the key in an envelope.
    pub(super) id: [u8; 8],
    key: Zeroizing<[u8; 32]>,
}

impl WrappingKey {
    fn derive(root: &[u8; 32]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"staylogged vault 1"), root);
        let key = expand(&hkdf, b"wrap data keys");
        // Of a derived value, not of the key: the id is public.
        let name = expand(&hkdf, b"name of the key");
        let mut id = [0; 8];
        id.copy_from_slice(&Sha256::digest(&name[..])[..8]);
        Self { id, key }
    }

    pub(super) fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&*self.key).into())
    }
}

/// 32 bytes of a derived key.
pub(super) fn expand(hkdf: &Hkdf<Sha256>, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    hkdf.expand(purpose, &mut out[..]).expect("only an output of more than 255 hashes is refused");
    out
}

/// The key that seals, and former keys that open what they sealed.
#[derive(Clone)]
pub struct KeyRing {
    current: WrappingKey,
    old: Vec<WrappingKey>,
}

impl KeyRing {
    /// Takes the values of `SESSION_ENCRYPTION_KEY` and `SESSION_ENCRYPTION_KEYS_OLD` (empty: not set).
    pub fn parse(current: &str, old: &str) -> Result<Self, KeyError> {
        let wrong = |problem| KeyError { variable: CURRENT, problem, cure: MAKE_ONE };
        if current.is_empty() {
            return Err(wrong("is not set: sessions are never kept unencrypted".into()));
        }
        let current = key(current).map_err(wrong)?;
        let mut former = Vec::new();
        if !old.trim().is_empty() {
            for (place, text) in (1..).zip(old.split(',')) {
                let parsed = key(text.trim()).map_err(|problem| KeyError {
                    variable: OLD,
                    problem: format!("has a wrong key as number {place} in its list: it {problem}"),
                    cure: MEND_OLD,
                })?;
                former.push(parsed);
            }
        }
        Ok(Self { current, old: former })
    }

    pub(super) fn current(&self) -> &WrappingKey {
        &self.current
    }

    pub(super) fn find(&self, id: [u8; 8]) -> Option<&WrappingKey> {
        std::iter::once(&self.current).chain(&self.old).find(|key| key.id == id)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing {{ old: {} }}", self.old.len())
    }
}

fn key(text: &str) -> Result<WrappingKey, String> {
    let length = text.chars().count();
    if length != DIGITS {
        let outside = if text.trim().chars().count() == DIGITS {
            ", because there is white space around it"
        } else if text.trim().trim_matches(['"', '\'']).chars().count() == DIGITS {
            ", because there are quotation marks around it"
        } else {
            ""
        };
        return Err(format!("is {length} characters long instead of 64{outside}"));
    }
    let mut root = Zeroizing::new([0_u8; 32]);
    for (place, character) in text.chars().enumerate() {
        let Some(digit) = character.to_digit(16) else {
            return Err(format!("is not hexadecimal at character {} of 64", place + 1));
        };
        root[place / 2] = (root[place / 2] << 4) | u8::try_from(digit).unwrap_or(0);
    }
    if root.iter().all(|byte| *byte == root[0]) {
        return Err("is one byte repeated 32 times, which anybody can guess".into());
    }
    Ok(WrappingKey::derive(&root))
}
