//! The state hash: everything that decides how the market goes on, and nothing of how it came here.
//!
//! Proof bytes, heights, block boundaries and wall time are not in it. Leaves of the tree stand behind its root,
//! nullifiers behind a hash chain in their order of spending: a block's hash costs what is live, not what ever was.

use super::{Market, StateHash};
use sha2::{Digest, Sha256};
use tally_circuits::field::Element;

impl Market {
    /// The hash of the present state.
    #[must_use]
    pub fn state_hash(&self) -> StateHash {
        let mut hash = Sha256::new();
        hash.update(b"tally/market/state/1");
        // Encoding into memory does not fail; see `Transaction::to_bytes`.
        let mut put = |part: borsh::io::Result<Vec<u8>>| {
            let part = part.expect("encoding into memory does not fail");
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(&part);
        };
        put(borsh::to_vec(&(
            self.chain,
            self.symbol,
            self.prior_settlement,
            self.band,
        )));
        put(borsh::to_vec(&(
            self.epoch,
            self.phase,
            self.tree.len(),
            Element(self.tree.root()),
        )));
        let spent = self.nullifiers.in_order().len() as u64;
        put(borsh::to_vec(&(spent, self.nullifiers.hash())));
        put(borsh::to_vec(&(
            self.next_order,
            &self.records,
            &self.auction,
        )));
        put(borsh::to_vec(&self.book));
        put(borsh::to_vec(&(
            &self.mark,
            &self.lock,
            &self.window,
            &self.settlement,
        )));
        put(borsh::to_vec(&(self.funds, self.contracts_traded)));
        StateHash(hash.finalize().into())
    }
}
