//! Inventories, their commitments, and the tree over these, in native code.

use sha2::compress256;
use sha2::digest::generic_array::GenericArray;

use super::compression::INITIAL;

/// Bytes of a hash.
pub(super) const HASH_BYTES: usize = 32;

/// Bytes of a block: an inventory, or two hashes.
pub(super) const BLOCK_BYTES: usize = 64;

/// What a trader owns, as a leaf commits to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Inventory {
    /// Cash with the notional of all trades in it, cents.
    pub cash: i64,
    /// Contracts, long positive.
    pub position: i64,
    /// Hides the rest.
    pub nonce: [u8; 16],
    /// The owner's secret key.
    pub key: [u8; 32],
}

impl Inventory {
    /// The block that the leaf is the compression of: cash, position, nonce, key; integers big-endian.
    pub(super) fn block(&self) -> [u8; BLOCK_BYTES] {
        let mut block = [0; BLOCK_BYTES];
        block[..8].copy_from_slice(&self.cash.to_be_bytes());
        block[8..16].copy_from_slice(&self.position.to_be_bytes());
        block[16..32].copy_from_slice(&self.nonce);
        block[32..].copy_from_slice(&self.key);
        block
    }

    /// The leaf: a commitment to all of it.
    #[must_use]
    pub fn commitment(&self) -> [u8; HASH_BYTES] {
        compress(&self.block())
    }

    /// What it is worth if a contract is worth `price` cents.
    #[must_use]
    pub const fn equity(&self, price: i64) -> i128 {
        self.cash as i128 + self.position as i128 * price as i128
    }
}

/// A leaf's way to the root: the hashes beside it, from the leaf up, and on which side they stand.
#[derive(Clone, PartialEq, Eq)]
pub struct MerklePath<const DEPTH: usize> {
    /// The sibling at each level.
    pub siblings: [[u8; HASH_BYTES]; DEPTH],
    /// Whether the way comes from the right child, at each level.
    pub is_right: [bool; DEPTH],
}

impl<const DEPTH: usize> MerklePath<DEPTH> {
    /// The root that the way leads to from `leaf`.
    #[must_use]
    pub fn root(&self, leaf: [u8; HASH_BYTES]) -> [u8; HASH_BYTES] {
        let levels = self.siblings.iter().zip(self.is_right);
        levels.fold(leaf, |node, (sibling, is_right)| {
            let (left, right) = if is_right {
                (sibling, &node)
            } else {
                (&node, sibling)
            };
            let mut block = [0; BLOCK_BYTES];
            block[..HASH_BYTES].copy_from_slice(left);
            block[HASH_BYTES..].copy_from_slice(right);
            compress(&block)
        })
    }
}

/// One compression from the initial state, without padding.
pub(super) fn compress(block: &[u8; BLOCK_BYTES]) -> [u8; HASH_BYTES] {
    let mut state = INITIAL;
    compress256(&mut state, &[GenericArray::from(*block)]);
    let mut hash = [0; HASH_BYTES];
    for (bytes, word) in hash.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    hash
}
