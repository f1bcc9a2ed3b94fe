//! Seals and opens sessions: the one place where plaintext and key meet.

mod envelope;
mod key_ring;

use std::io;

use aes_gcm::aead::Generate;
use zeroize::Zeroizing;

use crate::domain::{Connection, ConnectionId, ProviderId, Run, Sealed, Session, UserId};

pub use envelope::LARGEST;
pub use key_ring::{CURRENT, KeyError, KeyRing, OLD};

/// The form of what is inside an envelope; raised when an older program could not read it.
pub const SCHEMA_VERSION: u32 = 1;

/// Where a sealed session belongs. It opens there only: not on another user's row, nor as an older or newer save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What it is for: `session`.
    pub purpose: &'static str,
    /// Whose database.
    pub installation: String,
    /// Whose account.
    pub user: UserId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// At which site.
    pub provider: ProviderId,
    /// Which save.
    pub generation: i64,
    /// In which form: [`SCHEMA_VERSION`].
    pub schema_version: u32,
}

impl Place {
    /// The place of a connection's session of that generation.
    #[must_use]
    pub fn of_session(installation: &str, connection: &Connection, generation: i64) -> Self {
        Self {
            purpose: "session",
            installation: installation.to_owned(),
            user: connection.user.clone(),
            connection: connection.id.clone(),
            provider: connection.provider.clone(),
            generation,
            schema_version: SCHEMA_VERSION,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [
            self.purpose.as_bytes(),
            self.installation.as_bytes(),
            self.user.as_str().as_bytes(),
            self.connection.as_str().as_bytes(),
            self.provider.as_str().as_bytes(),
            &self.generation.to_be_bytes(),
            &self.schema_version.to_be_bytes(),
        ] {
            envelope::put(&mut bytes, part);
        }
        bytes
    }
}

/// Why something was not sealed or opened. Never says what is inside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// More than is kept.
    #[error("the session has {bytes} bytes, more than the {LARGEST} that are kept: narrow the provider's `scope`")]
    TooLarge {
        /// How many it has.
        bytes: usize,
    },
    /// Sealed under a key that is not on the ring.
    #[error(
        "it was sealed with a key other than SESSION_ENCRYPTION_KEY: the key differs from the one that sealed this \
         database. Use the original key; or, to change keys, keep the new one and put the original one in \
         SESSION_ENCRYPTION_KEYS_OLD"
    )]
    OtherKey,
    /// Changed since it was sealed, or copied from somewhere else.
    #[error("the sealed session was changed since it was sealed, or belongs somewhere else: log in again")]
    Refused,
    /// Not made by a vault.
    #[error("what is stored as a sealed session is not one: log in again")]
    NotSealed,
    /// Made by a newer vault.
    #[error("the session was sealed by a newer version of Staylogged: start that one")]
    UnknownVersion,
    /// What is inside does not have the form of a session.
    #[error("the session does not have the form that this version of Staylogged knows: log in again")]
    Coding,
    /// The system gave no random bytes.
    #[error("the operating system gave no random bytes; nothing was sealed")]
    NoRandomness,
}

/// Seals with the present key, opens with every key on the ring.
#[derive(Debug, Clone)]
pub struct Vault {
    ring: KeyRing,
}

const CANARY: &[u8] = b"the key is the one that sealed this database";

impl Vault {
    /// A vault with these keys.
    #[must_use]
    pub fn new(ring: KeyRing) -> Self {
        Self { ring }
    }

    /// Seals a session for its place.
    pub fn seal(&self, place: &Place, session: &Session) -> Result<Sealed, VaultError> {
        let mut length = Length(0);
        serde_json::to_writer(&mut length, session).map_err(|_| VaultError::Coding)?;
        let sealed = envelope::seal(&self.ring, &place.bytes(), length.0, |buffer| {
            serde_json::to_writer(buffer, session).map_err(|_| VaultError::Coding)
        })?;
        Ok(Sealed::from_bytes(sealed))
    }

    /// Opens a session that was sealed for that place.
    pub fn open(&self, place: &Place, sealed: &Sealed) -> Result<Session, VaultError> {
        let plain = envelope::open(&self.ring, &place.bytes(), sealed.as_bytes())?;
        // The parser's own words would quote the session.
        serde_json::from_slice(&plain).map_err(|_| VaultError::Coding)
    }

    /// Seals the screenshot of a run for that run alone.
    pub fn seal_screenshot(&self, installation: &str, run: &Run, png: &[u8]) -> Result<Sealed, VaultError> {
        let sealed = envelope::seal(&self.ring, &screenshot_place(installation, run), png.len(), |buffer| {
            buffer.extend_from_slice(png);
            Ok(())
        })?;
        Ok(Sealed::from_bytes(sealed))
    }

    /// Opens the screenshot of that run.
    pub fn open_screenshot(&self, installation: &str, run: &Run, sealed: &Sealed) -> Result<Vec<u8>, VaultError> {
        let plain = envelope::open(&self.ring, &screenshot_place(installation, run), sealed.as_bytes())?;
        Ok(plain.to_vec())
    }

    /// Seals a known text, for [`Vault::check_canary`] at later starts.
    pub fn seal_canary(&self, installation: &str) -> Result<Sealed, VaultError> {
        let sealed = envelope::seal(&self.ring, &canary_place(installation), CANARY.len(), |buffer| {
            buffer.extend_from_slice(CANARY);
            Ok(())
        })?;
        Ok(Sealed::from_bytes(sealed))
    }

    /// Whether a key on the ring sealed this database. [`VaultError::OtherKey`] says what to do.
    pub fn check_canary(&self, installation: &str, canary: &Sealed) -> Result<(), VaultError> {
        let plain = envelope::open(&self.ring, &canary_place(installation), canary.as_bytes())?;
        if plain.as_slice() == CANARY { Ok(()) } else { Err(VaultError::Refused) }
    }
}

fn screenshot_place(installation: &str, run: &Run) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in ["screenshot", installation, run.user.as_str(), run.connection.as_str(), run.id.as_str()] {
        envelope::put(&mut bytes, part.as_bytes());
    }
    bytes
}

fn canary_place(installation: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    envelope::put(&mut bytes, b"canary");
    envelope::put(&mut bytes, installation.as_bytes());
    bytes
}

/// A new random key, as `SESSION_ENCRYPTION_KEY` wants it.
///
/// # Panics
/// Where the operating system gives no random bytes.
#[must_use]
pub fn generate_key() -> String {
    let bytes = Zeroizing::new(<[u8; 32]>::generate());
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// Counts what is written: the buffer of the plaintext must never grow.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
