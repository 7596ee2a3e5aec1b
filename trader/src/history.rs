//! The public Acts of a ledger by nullifier: all that a recovery needs beside the seed and the market.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use tally_circuits::field::Element;
use tally_exchange::message::{ActMessage, Transaction};
use tally_exchange::receipt::{ActReceipt, Receipt};

/// The included Acts of a ledger by the nullifier that each of them spent.
///
/// A wallet fills it from blocks that it has executed itself and looks things up locally, so that nobody learns
/// which of them are its own. It holds every trader's Acts and refers to nothing outside itself.
#[derive(Clone, Debug, Default)]
pub struct History {
    acts: BTreeMap<Element, Act>,
}

#[derive(Clone, Debug)]
struct Act {
    message: ActMessage,
    receipt: ActReceipt,
    /// Another Act with the same nullifier was taken in: at most one of the two can be true.
    is_disputed: bool,
}

impl History {
    /// Takes in one executed transaction. Refused ones and instructions leave no trace in notes.
    ///
    /// Taking in the same one twice does no harm.
    pub fn take(&mut self, transaction: &Transaction, receipt: &Receipt) {
        let (Transaction::Act(act), Receipt::Act(receipt)) = (transaction, receipt) else {
            return;
        };
        match self.acts.entry(act.message.nullifier) {
            Entry::Vacant(entry) => {
                entry.insert(Act {
                    message: act.message.clone(),
                    receipt: receipt.clone(),
                    is_disputed: false,
                });
            }
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.is_disputed |= known.message != act.message || known.receipt != *receipt;
            }
        }
    }

    /// The Act that spent this nullifier.
    #[must_use]
    pub fn act(&self, nullifier: &Element) -> Option<(&ActMessage, &ActReceipt)> {
        let act = self.acts.get(nullifier)?;
        Some((&act.message, &act.receipt))
    }

    /// Whether two different Acts were taken in that both claim to have spent this nullifier. No true ledger has such
    /// a pair.
    #[must_use]
    pub fn is_disputed(&self, nullifier: &Element) -> bool {
        self.acts.get(nullifier).is_some_and(|act| act.is_disputed)
    }

    /// How many Acts were included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.acts.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.acts.is_empty()
    }
}
