//! Domain-separated SHA-256, the one hash of this crate.

use sha2::{Digest, Sha256};

/// SHA-256 of the length of `domain` (eight bytes, little-endian), `domain`, and then `parts` one after
/// the other.
///
/// The length keeps one domain from running into another. Callers keep the parts unambiguous: all but the
/// last have a fixed length.
pub(crate) fn domain_hash(domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update((domain.len() as u64).to_le_bytes());
    hasher.update(domain.as_bytes());
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}
