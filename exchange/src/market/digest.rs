//! The state hash: everything that decides how the market goes on, and nothing of how it came here.
//!
//! Proof bytes, heights, block boundaries and wall time are not in it. Leaves of the trees stand behind their roots,
//! nullifiers behind a hash chain in their order of spending, dealings and records of closed epochs behind hashes that are
//! made when they change: a block's hash costs what is live, not what ever was.

use super::{Market, StateHash};
use crate::epoch::rounds::{KeyRound, RoundKey};
use borsh::BorshSerialize;
use sha2::{Digest, Sha256};
use tally_circuits::field::Element;
use tally_circuits::tree::Tree;

/// Parts of the state, each with its length.
struct Parts(Sha256);

impl Parts {
    fn put(&mut self, part: &impl BorshSerialize) {
        // Encoding into memory does not fail; see `Transaction::to_bytes`.
        let part = borsh::to_vec(part).expect("encoding into memory does not fail");
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(&part);
    }
}

impl Market {
    /// The hash of the present state.
    #[must_use]
    pub fn state_hash(&self) -> StateHash {
        let mut parts = Parts(Sha256::new());
        parts.0.update(b"tally/market/state/2");
        parts.put(&(self.genesis, self.session.date));
        parts.put(&(self.epoch, self.phase, self.members, self.returned));
        parts.put(&leaves(self.notes.tree()));
        let spent = self.nullifiers.in_order().len() as u64;
        parts.put(&(spent, self.nullifiers.hash()));
        parts.put(&(self.next_order, &self.records, &self.auction));
        parts.put(&self.day);
        parts.put(&(self.funds, self.contracts_traded, self.halted));
        parts.put(&(self.clearing, self.working));
        parts.put(&self.transfers);
        self.put_epochs(&mut parts);
        self.put_committee(&mut parts);
        StateHash(parts.0.finalize().into())
    }

    fn put_epochs(&self, parts: &mut Parts) {
        parts.put(&self.revalidation.as_ref().map(|revalidation| {
            (
                (revalidation.terms, revalidation.progress),
                leaves(&revalidation.next),
                (revalidation.refreshed, &revalidation.sums),
            )
        }));
        parts.put(&(self.opened, self.turnstile, self.pending_sums));
        parts.put(&self.closed_records.digest());
        parts.put(&(self.closed.len() as u64));
        for closed in self.closed.values() {
            parts.put(&(closed.state, leaves(closed.tree())));
        }
    }

    fn put_committee(&self, parts: &mut Parts) {
        let committee = &self.committee;
        parts.put(&(&committee.seats, committee.rounds));
        parts.put(&committee.running.as_ref().map(KeyRound::digest));
        for key in [&committee.key, &committee.fresh] {
            parts.put(&key.as_ref().map(RoundKey::digest));
        }
        parts.put(&self.opening);
    }
}

/// A tree stands behind its root.
fn leaves(tree: &Tree) -> (u32, Element) {
    (tree.len(), Element(tree.root()))
}
