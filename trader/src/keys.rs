//! Everything that is derived from the seed: nullifier keys, cancel keys, seat keys, the account key, and the randomness
//! of what a trader encrypts.
//!
//! Each derivation is SHA-512 over a domain, the secret and what the key is for, so that no key tells of another.

use crate::seed::Seed;
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha512};
use tally_circuits::field::Element;
use tally_circuits::jubjub::{Point, Scalar, scalar_of_uniform_bytes};
use tally_circuits::note::NullifierKey;
use tally_circuits::refresh::Randomness;
use tally_mpc::schnorr::SeatKey;
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

/// The key of the seat whose bond the Act with this nullifier posts.
#[must_use]
pub fn seat_key(key: &NullifierKey, nullifier: Element) -> SeatKey {
    let secret = key.to_bytes();
    let wide = derive(
        b"tally/key/seat/1",
        secret.as_slice(),
        &[&nullifier.to_bytes()],
    );
    SeatKey::from_uniform_bytes(&wide)
        // One secret of 2^252 is refused; nobody can choose the hash of a key that he does not know.
        .expect("a hash is not a multiple of the group's order")
}

/// The key of a file that only the wallet's owner can read: one for each purpose and chain.
#[must_use]
pub fn file_key(seed: &Seed, chain: &[u8; 32], purpose: &str) -> Zeroizing<[u8; 32]> {
    // The purpose is last: it is all that varies in length.
    let wide = derive(
        b"tally/key/file/1",
        seed.root(),
        &[chain, purpose.as_bytes()],
    );
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&wide[..32]);
    key
}

/// What the ciphertexts of a Refresh are for: whoever encrypts the same for the same gets the same ciphertexts.
pub(crate) struct Encryption<'a> {
    /// The nullifier of the note that is refreshed: one market, one lineage, one note.
    pub(crate) nullifier: Element,
    /// The epoch that closes.
    pub(crate) epoch: u64,
    /// The key generation.
    pub(crate) round: u64,
    /// Its joint key.
    pub(crate) joint_key: Point,
    /// The values that are encrypted, in the order of their ciphertexts.
    pub(crate) values: &'a [i64],
}

impl Encryption<'_> {
    /// The randomness of up to three ciphertexts, one for each value; zero beyond.
    ///
    /// A trader who is killed and restarted sends the very same ciphertexts; for another value, another key or
    /// another epoch the randomness is another. Using it twice would show the difference of two values.
    pub(crate) fn randomness(&self, key: &NullifierKey) -> Randomness {
        let secret = key.to_bytes();
        let mut values = Zeroizing::new(Vec::with_capacity(8 * self.values.len()));
        for value in self.values {
            values.extend_from_slice(&value.to_le_bytes());
        }
        let mut scalars = [Scalar::from(0_u8); 3];
        for (index, scalar) in (0_u8..).zip(scalars.iter_mut().take(self.values.len())) {
            let parts: [&[u8]; 6] = [
                &[index],
                &self.nullifier.to_bytes(),
                &self.epoch.to_le_bytes(),
                &self.round.to_le_bytes(),
                &self.joint_key.to_bytes(),
                // Last, for its length differs between epochs with and without cash.
                &values,
            ];
            *scalar = scalar_of_uniform_bytes(&derive(
                b"tally/key/encryption/1",
                secret.as_slice(),
                &parts,
            ));
        }
        Randomness(scalars)
    }
}

/// A number that nobody else can foresee, the same whenever it is asked for: it says when in the window of this epoch
/// the trader sends a Refresh.
pub(crate) fn refresh_delay(key: &NullifierKey, market: Element, epoch: u64) -> u64 {
    let secret = key.to_bytes();
    let parts: [&[u8]; 2] = [&market.to_bytes(), &epoch.to_le_bytes()];
    let wide = derive(b"tally/key/delay/1", secret.as_slice(), &parts);
    let mut eight = [0; 8];
    eight.copy_from_slice(&wide[..8]);
    u64::from_le_bytes(eight)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn key(number: u8) -> NullifierKey {
        nullifier_key(&Seed::from_entropy([number; 32]), 0)
    }

    /// Everything that tells two encryptions apart tells their randomness apart.
    #[test]
    fn randomness_is_used_once() {
        let point = |factor: u8| Point::of_scalar(&Scalar::from(factor));
        let base = || Encryption {
            nullifier: Element(5.into()),
            epoch: 3,
            round: 2,
            joint_key: point(9),
            values: &[1, 2, 3],
        };
        let others = [
            Encryption {
                nullifier: Element(6.into()),
                ..base()
            },
            Encryption { epoch: 4, ..base() },
            Encryption { round: 3, ..base() },
            Encryption {
                joint_key: point(8),
                ..base()
            },
            Encryption {
                values: &[-1, 2, 3],
                ..base()
            },
            Encryption {
                values: &[1, 2, 4],
                ..base()
            },
        ];
        let mut seen = BTreeSet::new();
        let mut see = |randomness: &Randomness, count: usize| {
            for scalar in &randomness.0[..count] {
                assert!(seen.insert(scalar.to_string()));
            }
        };
        let first = base().randomness(&key(1));
        see(&first, 3);
        assert!(first == base().randomness(&key(1)));
        for other in others {
            see(&other.randomness(&key(1)), 3);
        }
        see(&base().randomness(&key(2)), 3);
        // Without cash there is one ciphertext, and what stands for the others has no randomness.
        let position = Encryption {
            values: &[1],
            ..base()
        };
        let position = position.randomness(&key(1));
        see(&position, 1);
        assert!(position.0[1..] == [Scalar::from(0_u8); 2]);
    }

    #[test]
    fn delays_and_seat_keys_are_their_own() {
        let market = Element(1.into());
        let delay = refresh_delay(&key(1), market, 1);
        assert_eq!(delay, refresh_delay(&key(1), market, 1));
        assert_ne!(delay, refresh_delay(&key(1), market, 2));
        assert_ne!(delay, refresh_delay(&key(1), Element(2.into()), 1));
        assert_ne!(delay, refresh_delay(&key(2), market, 1));
        let seat =
            |number, nullifier: u8| seat_key(&key(number), Element(nullifier.into())).public();
        assert_eq!(seat(1, 1), seat(1, 1));
        assert_ne!(seat(1, 1), seat(1, 2));
        assert_ne!(seat(1, 1), seat(2, 1));
    }
}
