//! Stamps: a little work that whoever submits an entry does for it, so that making a node look at rubbish costs the
//! sender more than the node.
//!
//! A node that looks at an entry may have to check a proof, which takes it about a millisecond, and more if a batch has to
//! be searched for it (see [`tally_prover::batch`]). A false proof costs nothing to make. So each entry comes with a
//! number such that a hash over chain, entry and number begins with so many zero bits: to be found by trial alone, and
//! checked with one hash. Whoever honestly proves an order spends about as much on the proof.
//!
//! The search begins at a random number: the stamp says nothing of who made it.

use rand::RngCore;
use sha2::{Digest, Sha256};

/// Leading zero bits of the stamp of an entry with a proof: about a million hashes, some 40 ms, and more than the search for
/// a false proof in a full block costs a node (`docs/decisions/0022-stamps.md` has the figures).
pub const PROOF_BITS: u8 = 20;
/// Leading zero bits of the stamp of every other entry: about 16,000 hashes; the dearest check is a signature.
pub const OTHER_BITS: u8 = 14;

/// What a stamp is for: 32 bytes, so that a trial is one block of the hash.
struct Target([u8; 32]);

impl Target {
    fn of(chain: &[u8; 32], entry: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"tally/stamp/1");
        hash.update(chain);
        hash.update(entry);
        Self(hash.finalize().into())
    }

    fn zero_bits(&self, stamp: u64) -> u32 {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(stamp.to_le_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let (first, _) = digest.split_at(8);
        // Eight bytes; no stamp has more than 64 bits.
        first
            .try_into()
            .map_or(0, |bytes| u64::from_be_bytes(bytes).leading_zeros())
    }
}

/// Whether the stamp on an entry has at least `bits` leading zero bits.
#[must_use]
pub fn is_stamped(chain: &[u8; 32], entry: &[u8], stamp: u64, bits: u8) -> bool {
    Target::of(chain, entry).zero_bits(stamp) >= u32::from(bits)
}

/// Finds a stamp. The work is about 2^bits hashes, sometimes several times as much.
#[must_use]
pub fn make_stamp(chain: &[u8; 32], entry: &[u8], bits: u8, rng: &mut impl RngCore) -> u64 {
    let target = Target::of(chain, entry);
    let mut stamp = rng.next_u64();
    while target.zero_bits(stamp) < u32::from(bits) {
        stamp = stamp.wrapping_add(1);
    }
    stamp
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn a_stamp_is_good_for_one_entry_on_one_chain() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let stamp = make_stamp(&[1; 32], b"entry", 12, &mut rng);
        assert!(is_stamped(&[1; 32], b"entry", stamp, 12));
        assert!(is_stamped(&[1; 32], b"entry", stamp, 0));
        // One in 4,096 would pass by chance: these don't.
        assert!(!is_stamped(&[2; 32], b"entry", stamp, 12));
        assert!(!is_stamped(&[1; 32], b"other", stamp, 12));
        assert!(!is_stamped(&[1; 32], b"entry", stamp ^ 1, 12));
    }
}
