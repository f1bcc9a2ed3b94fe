//! A header that only the page can make: from what it was given when it was loaded, by a script of the site.

use poem::http::HeaderMap;

use super::site::Site;

/// The header. Its value is `<nonce>.<eight hexadecimal digits>`, as the page computes it.
pub(super) const PROOF_HEADER: &str = "x-market-proof";

/// Whether the proof of a request is right, or none is wanted.
pub(super) fn is_proven(site: &Site, headers: &HeaderMap) -> bool {
    let changing = site.changing();
    if !changing.modes.require_proof {
        return true;
    }
    let shown = headers.get(PROOF_HEADER).and_then(|value| value.to_str().ok()).and_then(|text| text.split_once('.'));
    shown.is_some_and(|(nonce, digits)| changing.sign_ins.knows_nonce(nonce) && digits == of(nonce))
}

/// FNV-1a of the nonce read backwards; the page's script does the same.
fn of(nonce: &str) -> String {
    let hash =
        nonce.bytes().rev().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}
