//! Everything that is derived from the seed: nullifier keys, cancel keys, the account key.
//!
//! Each derivation is SHA-512 over a domain, the secret and what the key is for, so that no key tells of another.

use crate::seed::Seed;
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha512};
use tally_circuits::field::Element;
use tally_circuits::note::NullifierKey;
use zeroize::Zeroizing;

/// How many unopened nullifier keys in a row end a recovery.
pub const RECOVERY_GAP: u32 = 20;

/// The nullifier key with this index: one lineage in every market.
#[must_use]
pub fn nullifier_key(seed: &Seed, index: u32) -> NullifierKey {
    let wide = derive(
        b"tally/key/nullifier/1",
        seed.root(),
        &[&index.to_le_bytes()],
    );
    NullifierKey::from_uniform_bytes(&wide)
}

/// The key of the cash account with this index.
#[must_use]
pub fn account_key(seed: &Seed, index: u32) -> SigningKey {
    signing_key(&derive(
        b"tally/key/account/1",
        seed.root(),
        &[&index.to_le_bytes()],
    ))
}

/// The one-time key of the order at `position` in the Act with this nullifier.
///
/// It depends on the nullifier key, so it can be derived again after a recovery, and on the Act, so it is never used twice.
#[must_use]
pub fn cancel_key(key: &NullifierKey, nullifier: Element, position: u32) -> SigningKey {
    let secret = key.to_bytes();
    let parts: [&[u8]; 2] = [&nullifier.to_bytes(), &position.to_le_bytes()];
    signing_key(&derive(b"tally/key/cancel/1", secret.as_slice(), &parts))
}

fn signing_key(wide: &Zeroizing<[u8; 64]>) -> SigningKey {
    let mut half = Zeroizing::new([0; 32]);
    half.copy_from_slice(&wide[..32]);
    SigningKey::from_bytes(&half)
}

fn derive(domain: &[u8], secret: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut hash = Sha512::new();
    // Domains and parts have fixed lengths each, the secret has one length per domain: nothing can shift.
    hash.update(domain);
    hash.update(secret);
    for part in parts {
        hash.update(part);
    }
    let mut output = Zeroizing::new([0_u8; 64]);
    hash.finalize_into(output.as_mut_slice().into());
    output
}
