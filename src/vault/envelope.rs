//! The bytes of a sealed thing.
//!
//! ```text
//! magic 4 | version 1 | suite 1 | coding 1 | reserved 1 | key id 8 | nonce 12 | wrapped data key 48
//!         | commitment 32 | nonce 12 | ciphertext | tag 16
//! ```
//!
//! Each save has a data key of its own, wrapped under a key derived from the root key. What the ciphertext is bound
//! to holds nothing of the wrapping, so that a change of keys has to touch only the wrapped data key.

use aes_gcm::{
    AeadInOut, Aes256Gcm, KeyInit, Nonce, Tag,
    aead::{Generate, consts::U12},
};
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    VaultError,
    key_ring::{KeyRing, expand},
};

/// magic, version 1, suite 1 (AES-256-GCM, HKDF-SHA256), coding 1 (JSON), reserved.
const HEAD: [u8; 8] = *b"SLGD\x01\x01\x01\x00";
const KEY_ID: usize = 8;
const WRAP_NONCE: usize = 16;
const WRAPPED: usize = 28;
const WRAPPED_TAG: usize = 60;
const COMMITMENT: usize = 76;
const NONCE: usize = 108;
const BODY: usize = 120;
const TAG: usize = 16;

/// The largest thing that is sealed, in bytes.
pub const LARGEST: usize = 8 * 1024 * 1024;

/// Seals what `write` writes: exactly `length` bytes, written straight to where they are encrypted.
pub(super) fn seal(
    ring: &KeyRing,
    place: &[u8],
    length: usize,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), VaultError>,
) -> Result<Vec<u8>, VaultError> {
    if length > LARGEST {
        return Err(VaultError::TooLarge { bytes: length });
    }
    let data_key = Zeroizing::new(random::<32>()?);
    let wrap_nonce = random::<12>()?;
    let nonce = random::<12>()?;
    let (cipher, commitment) = data_cipher(&data_key);

    // Of the final size from the start: growing would leave plaintext behind.
    let mut sealed = Zeroizing::new(Vec::with_capacity(BODY + length + TAG));
    sealed.extend_from_slice(&HEAD);
    sealed.extend_from_slice(&ring.current().id);
    sealed.extend_from_slice(&wrap_nonce);
    let mut wrapped = Zeroizing::new(*data_key);
    let tag = ring
        .current()
        .cipher()
        .encrypt_inout_detached(
            &wrap_nonce.into(),
            &bound_to(b"data key", &sealed[..WRAP_NONCE], place),
            (&mut wrapped[..]).into(),
        )
        .map_err(|_| VaultError::Refused)?;
    sealed.extend_from_slice(&wrapped[..]);
    sealed.extend_from_slice(&tag);
    sealed.extend_from_slice(&commitment[..]);
    sealed.extend_from_slice(&nonce);
    write(&mut sealed)?;
    if sealed.len() != BODY + length {
        return Err(VaultError::Coding);
    }
    let tag = cipher
        .encrypt_inout_detached(&nonce.into(), &bound_to(b"session", &HEAD, place), (&mut sealed[BODY..]).into())
        .map_err(|_| VaultError::Refused)?;
    sealed.extend_from_slice(&tag);
    Ok(std::mem::take(&mut sealed))
}

/// Opens what was sealed for that place, with whichever key sealed it.
pub(super) fn open(ring: &KeyRing, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    if sealed.len() < BODY + TAG || sealed.len() > BODY + LARGEST + TAG || sealed[..4] != HEAD[..4] {
        return Err(VaultError::NotSealed);
    }
    if sealed[..KEY_ID] != HEAD {
        return Err(VaultError::UnknownVersion);
    }
    let key = ring.find(array(&sealed[KEY_ID..WRAP_NONCE])).ok_or(VaultError::OtherKey)?;
    let mut data_key = Zeroizing::new(array::<32>(&sealed[WRAPPED..WRAPPED_TAG]));
    key.cipher()
        .decrypt_inout_detached(
            &nonce(&sealed[WRAP_NONCE..WRAPPED]),
            &bound_to(b"data key", &sealed[..WRAP_NONCE], place),
            (&mut data_key[..]).into(),
            &tag(&sealed[WRAPPED_TAG..COMMITMENT]),
        )
        .map_err(|_| VaultError::Refused)?;
    let (cipher, commitment) = data_cipher(&data_key);
    // GCM alone lets one ciphertext open under several keys; this lets it open under one.
    if !bool::from(commitment[..].ct_eq(&sealed[COMMITMENT..NONCE])) {
        return Err(VaultError::Refused);
    }
    let end = sealed.len() - TAG;
    let mut plain = Zeroizing::new(sealed[BODY..end].to_vec());
    cipher
        .decrypt_inout_detached(
            &nonce(&sealed[NONCE..BODY]),
            &bound_to(b"session", &HEAD, place),
            (&mut plain[..]).into(),
            &tag(&sealed[end..]),
        )
        .map_err(|_| VaultError::Refused)?;
    Ok(plain)
}

fn data_cipher(data_key: &[u8; 32]) -> (Aes256Gcm, Zeroizing<[u8; 32]>) {
    let hkdf = Hkdf::<Sha256>::new(Some(b"staylogged envelope 1"), data_key);
    let key = expand(&hkdf, b"encrypt");
    (Aes256Gcm::new((&*key).into()), expand(&hkdf, b"commit"))
}

/// Associated data: what this layer is, the bytes before it, and the place.
fn bound_to(layer: &[u8], head: &[u8], place: &[u8]) -> Vec<u8> {
    let mut bound = Vec::with_capacity(16 + layer.len() + head.len() + place.len());
    for part in [layer, head, place] {
        put(&mut bound, part);
    }
    bound
}

/// Each part with its length before it: no two lists of parts give the same bytes.
pub(super) fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
    bytes.extend_from_slice(part);
}

fn random<const N: usize>() -> Result<[u8; N], VaultError>
where
    [u8; N]: Generate,
{
    <[u8; N]>::try_generate().map_err(|_| VaultError::NoRandomness)
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}

fn nonce(bytes: &[u8]) -> Nonce<U12> {
    array::<12>(bytes).into()
}

fn tag(bytes: &[u8]) -> Tag {
    array::<16>(bytes).into()
}
