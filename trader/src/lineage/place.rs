//! Where a note stands.

use borsh::{BorshDeserialize, BorshSerialize};
use tally_circuits::tree::Tree;
use tally_exchange::market::Market;

/// The epoch in whose tree a note stands, and its leaf there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Place {
    /// The epoch.
    pub epoch: u64,
    /// The leaf.
    pub leaf: u32,
}

/// What can be done with a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It stands in the present epoch.
    Present,
    /// It was refreshed into the epoch that begins with the result.
    Ahead,
    /// It stayed behind in a closed epoch: it can claim, and come back by Lapse.
    Behind,
}

impl Place {
    /// The tree of the note's epoch; none if the market has none.
    pub(crate) fn tree<'m>(&self, market: &'m Market) -> Option<&'m Tree> {
        if market.epoch().checked_add(1) == Some(self.epoch) {
            market.next_tree()
        } else {
            market.tree_of(self.epoch)
        }
    }

    /// What can be done with the note.
    #[must_use]
    pub fn standing(&self, market: &Market) -> Standing {
        if self.epoch > market.epoch() {
            Standing::Ahead
        } else if market.closed_epoch(self.epoch).is_some() {
            Standing::Behind
        } else {
            Standing::Present
        }
    }
}
