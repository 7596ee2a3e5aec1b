//! One piece of a block: who sends what, and why.

use crate::entry::Entry;
use crate::verifier::NO_PROOF;
use tally_exchange::message::Transaction;
use tally_trader::agent;
use tally_trader::prepared::Prepared;

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The faucet funds an account.
    Fund,
    /// A trader opens a note.
    Open,
    /// A trader posts a bond and takes a decryptor's seat.
    Bond,
    /// The flow's event with this index.
    Event(usize),
    /// A distressed trader's position, or the other side of it.
    Position,
    /// A trader claims finished records.
    Claim,
    /// Something that a trader's agent does by itself.
    Agent(agent::Purpose),
    /// A seat leaves at the end of the replay.
    Leave,
    /// The replay's key signs the final settlement.
    FinalSettlement,
    /// A bond comes back after expiry.
    Unbond,
    /// Cash goes to the next contract month.
    Transfer,
    /// Cash comes from the contract month before.
    Receive,
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
    /// Something of a trader, which may still need its proof.
    Prepared(Prepared),
    /// Something that needs none.
    Ready(Entry),
}

impl Work {
    /// A piece.
    pub(super) const fn new(trader: u32, purpose: Purpose, body: Body) -> Self {
        Self {
            trader,
            purpose,
            body,
        }
    }

    /// Whether it spends the trader's note: at most one piece of a block does.
    pub(super) const fn spends(&self) -> bool {
        matches!(
            self.body,
            Body::Prepared(Prepared::Act(_) | Prepared::Refresh(_) | Prepared::Lapse(_))
        )
    }

    /// Whether a block's entry is this piece of work, whatever its proof.
    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        let Ok(entry) = Entry::from_bytes(bytes) else {
            return false;
        };
        match (&self.body, entry) {
            (Body::Prepared(Prepared::Act(prepared)), Entry::Market(Transaction::Act(act))) => {
                act.message == prepared.message && act.cash_signature == prepared.cash_signature
            }
            (
                Body::Prepared(Prepared::Refresh(prepared)),
                Entry::Market(Transaction::Refresh(refresh)),
            ) => refresh.message == prepared.message,
            (
                Body::Prepared(Prepared::Lapse(prepared)),
                Entry::Market(Transaction::Lapse(lapse)),
            ) => lapse.message == prepared.message,
            (Body::Prepared(Prepared::Ready(ready)), Entry::Market(transaction)) => {
                **ready == transaction
            }
            (Body::Ready(ready), entry) => *ready == entry,
            _ => false,
        }
    }

    /// The entry of a dry run: no proof where one belongs.
    pub(super) fn unproven(self) -> Vec<u8> {
        let entry = match self.body {
            Body::Prepared(Prepared::Act(prepared)) => Entry::Market(prepared.with_proof(NO_PROOF)),
            Body::Prepared(Prepared::Refresh(prepared)) => {
                Entry::Market(prepared.with_proof(NO_PROOF))
            }
            Body::Prepared(Prepared::Lapse(prepared)) => {
                Entry::Market(prepared.with_proof(NO_PROOF))
            }
            Body::Prepared(Prepared::Ready(transaction)) => Entry::Market(*transaction),
            Body::Ready(entry) => entry,
        };
        entry.to_bytes()
    }
}

/// A block that is to be cut: its virtual time and its pieces, in order.
pub(super) struct Batch {
    /// Microseconds since the Unix epoch.
    pub(super) time: u64,
    /// The pieces; empty for a block that only moves the time.
    pub(super) work: Vec<Work>,
}

impl Batch {
    /// A block without transactions.
    pub(super) const fn tick(time: u64) -> Self {
        Self {
            time,
            work: Vec::new(),
        }
    }

    /// A block, if there is something to put into it.
    pub(super) fn of(time: u64, work: Vec<Work>) -> Option<Self> {
        (!work.is_empty()).then_some(Self { time, work })
    }
}
