//! One piece of a block: who sends what, and why.

use crate::entry::Entry;
use crate::verifier::NO_PROOF;
use tally_exchange::message::Transaction;
use tally_trader::prepared::PreparedAct;

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The faucet funds an account.
    Fund,
    /// A trader opens a note.
    Open,
    /// The flow's event with this index.
    Event(usize),
    /// A trader claims finished records.
    Claim,
}

/// One piece of a block before its proof is made.
pub(super) struct Work {
    /// The trader whose message it is.
    pub(super) trader: u32,
    /// Why it is sent.
    pub(super) purpose: Purpose,
    /// What is sent.
    pub(super) body: Body,
}

/// What is sent.
pub(super) enum Body {
    /// An Act that still needs its proof.
    Act(Box<PreparedAct>),
    /// Something that needs none.
    Ready(Entry),
}

impl Work {
    /// Whether a block's entry is this piece of work, whatever its proof.
    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        match (&self.body, Entry::from_bytes(bytes)) {
            (Body::Act(prepared), Ok(Entry::Market(Transaction::Act(act)))) => {
                act.message == prepared.message && act.cash_signature == prepared.cash_signature
            }
            (Body::Ready(ready), Ok(entry)) => *ready == entry,
            _ => false,
        }
    }

    /// The entry of a dry run: no proof where one belongs.
    pub(super) fn unproven(self) -> Vec<u8> {
        match self.body {
            Body::Act(prepared) => Entry::Market(prepared.with_proof(NO_PROOF)).to_bytes(),
            Body::Ready(entry) => entry.to_bytes(),
        }
    }
}

/// A block that is to be cut: its virtual time and its pieces, in order.
pub(super) struct Batch {
    /// Microseconds since the Unix epoch.
    pub(super) time: u64,
    /// The pieces; empty for a block that only moves the time.
    pub(super) work: Vec<Work>,
}
