//! The public Acts of a ledger by nullifier: all that a recovery needs beside the seed.

use std::collections::BTreeMap;
use tally_circuits::field::Element;
use tally_exchange::message::{ActMessage, Transaction};
use tally_exchange::receipt::{ActReceipt, Receipt};

/// The included Acts of a ledger by the nullifier that each of them spent.
///
/// A wallet fills it from blocks that it has executed itself and looks things up locally, so that nobody learns
/// which of them are its own.
#[derive(Clone, Debug, Default)]
pub struct History {
    acts: BTreeMap<Element, (ActMessage, ActReceipt)>,
}

impl History {
    /// Takes in one executed transaction. Refused ones and instructions leave no trace in notes.
    pub fn take(&mut self, transaction: &Transaction, receipt: &Receipt) {
        if let (Transaction::Act(act), Receipt::Act(receipt)) = (transaction, receipt) {
            self.acts.insert(
                act.message.nullifier,
                (act.message.clone(), receipt.clone()),
            );
        }
    }

    /// The Act that spent this nullifier.
    #[must_use]
    pub fn act(&self, nullifier: &Element) -> Option<(&ActMessage, &ActReceipt)> {
        self.acts
            .get(nullifier)
            .map(|(message, receipt)| (message, receipt))
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
