//! The public statements of a ledger by nullifier: all that a recovery needs beside the seed and the market.

use crate::error::WalletError;
use crate::halted::{HaltedOrder, Halts};
use crate::step::Step;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::message::Transaction;
use tally_exchange::receipt::Receipt;
use tally_exchange::units::OrderId;

/// The included statements of a ledger (Acts, Refreshes, Lapses) by the nullifier that each of them spent, and the
/// orders that the last halt cancelled.
///
/// A wallet fills it from blocks that it has executed itself and looks things up locally, so that nobody learns
/// which of them are its own. It holds every trader's steps and refers to nothing outside itself.
#[derive(Clone, Debug, Default)]
pub struct History {
    steps: BTreeMap<Element, Known>,
    halts: Halts,
}

#[derive(Clone, Debug)]
struct Known {
    step: Step,
    /// Another step with the same nullifier was taken in: at most one of the two can be true.
    is_disputed: bool,
}

impl History {
    /// Takes in one executed transaction. Refused ones and whatever spends no note leave no trace.
    ///
    /// `market` is the one that executed it, at the end of the same block. Taking in the same one twice does no harm.
    ///
    /// # Errors
    /// [`WalletError::TermsUnknown`] if `market` did not execute it; nothing was taken in then.
    pub fn take(
        &mut self,
        market: &Market,
        transaction: &Transaction,
        receipt: &Receipt,
    ) -> Result<(), WalletError> {
        let Some(step) = Step::of(market, transaction, receipt)? else {
            return Ok(());
        };
        match self.steps.entry(step.nullifier()) {
            Entry::Vacant(entry) => {
                entry.insert(Known {
                    step,
                    is_disputed: false,
                });
            }
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.is_disputed |= known.step != step;
            }
        }
        Ok(())
    }

    /// Looks at the market at the end of a block: which orders a halt has just cancelled. Once a block, after
    /// [`History::take`] for its transactions.
    pub fn end_block(&mut self, market: &Market) {
        self.halts.end_block(market);
    }

    /// What spent this nullifier.
    #[must_use]
    pub fn step(&self, nullifier: &Element) -> Option<&Step> {
        self.steps.get(nullifier).map(|known| &known.step)
    }

    /// Whether two different steps were taken in that both claim to have spent this nullifier. No true ledger has such
    /// a pair.
    #[must_use]
    pub fn is_disputed(&self, nullifier: &Element) -> bool {
        self.steps
            .get(nullifier)
            .is_some_and(|known| known.is_disputed)
    }

    /// The order with this id as the last halt left it; none if that halt did not cancel it.
    pub(crate) fn halted(&self, order: OrderId) -> Option<&HaltedOrder> {
        self.halts.get(order)
    }

    /// How many statements were included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
