//! Whose records can't trade any more and wait to be claimed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tally_exchange::message::{Action, Rest, Transaction};
use tally_exchange::receipt::{Event, Receipt};
use tally_exchange::units::OrderId;

/// So many finished records may wait in all before traders claim whenever they can: every block's state hash covers the
/// records that are there, so that a long day would grow slower and slower.
const MOST_WAITING: usize = 512;
/// So many may wait of one trader in any case.
const LEAST_WAITING_EACH: usize = 2;

/// Finished records of every trader, kept from what blocks did. It is a function of the ledger, and so the same whether
/// the replay was killed or not.
#[derive(Debug)]
pub(in crate::replay) struct Finished {
    /// So many may wait in all.
    most_waiting: usize,
    /// Whose order it is, until it is claimed to the end.
    owners: BTreeMap<OrderId, u32>,
    waiting: BTreeMap<u32, BTreeSet<OrderId>>,
}

impl Default for Finished {
    fn default() -> Self {
        Self::with_most(MOST_WAITING)
    }
}

impl Finished {
    /// Nothing finished yet, and at most so many before everybody claims.
    pub(in crate::replay) const fn with_most(most_waiting: usize) -> Self {
        Self {
            most_waiting,
            owners: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// Takes in a trader's executed transaction.
    pub(super) fn take(&mut self, trader: u32, transaction: &Transaction, receipt: &Receipt) {
        let (Transaction::Act(act), Receipt::Act(receipt)) = (transaction, receipt) else {
            return;
        };
        for order in &receipt.orders {
            self.owners.insert(*order, trader);
        }
        let Action::Trade { claim, .. } = &act.message.action else {
            return;
        };
        let entries = claim.iter().flat_map(|claim| &claim.records);
        for entry in entries.filter(|entry| entry.rest == Rest::Close) {
            self.owners.remove(&entry.order);
            if let Some(waiting) = self.waiting.get_mut(&trader) {
                waiting.remove(&entry.order);
            }
        }
    }

    /// Takes in what everybody saw, after all transactions of the block: an order that one of them closed is gone.
    pub(super) fn watch(&mut self, event: &Event) {
        if let Event::Final { order, .. } = event
            && let Some(trader) = self.owners.get(order)
        {
            self.waiting.entry(*trader).or_default().insert(*order);
        }
    }

    /// A trader's finished records.
    pub(super) fn count(&self, trader: u32) -> usize {
        self.waiting.get(&trader).map_or(0, BTreeSet::len)
    }

    /// Who among `free` claims now, of so many traders in all: whoever has the most finished records, and after him
    /// everybody who has too many.
    pub(super) fn claimants(&self, free: impl Iterator<Item = u32>, traders: u32) -> Vec<u32> {
        let most_each = (self.most_waiting / traders.max(1) as usize).max(LEAST_WAITING_EACH);
        let mut all: Vec<(Reverse<usize>, u32)> = free
            .map(|trader| (Reverse(self.count(trader)), trader))
            .filter(|(Reverse(count), _)| *count > 0)
            .collect();
        all.sort_unstable();
        let claims = |(place, (Reverse(count), trader)): (usize, (Reverse<usize>, u32))| {
            (place == 0 || count > most_each).then_some(trader)
        };
        all.into_iter().enumerate().filter_map(claims).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_exchange::record::OrderStatus;

    fn with(counts: &[(u32, u64)]) -> Finished {
        let mut finished = Finished::default();
        let mut next = 0;
        for (trader, count) in counts {
            for _ in 0..*count {
                finished.owners.insert(OrderId(next), *trader);
                finished.watch(&Event::Final {
                    order: OrderId(next),
                    status: OrderStatus::Filled,
                });
                next += 1;
            }
        }
        finished
    }

    #[test]
    fn the_fullest_claims_and_whoever_has_too_many() {
        let finished = with(&[(0, 3), (1, 7), (2, 7), (4, 1)]);
        assert_eq!(finished.count(3), 0);
        // 512 among 128 traders: four each.
        assert_eq!(finished.claimants(0..5, 128), [1, 2]);
        assert_eq!(finished.claimants(0..5, 10), [1]);
        // Never fewer than two each.
        assert_eq!(finished.claimants(0..5, 1_000), [1, 2, 0]);
        // Whoever is busy does not.
        assert_eq!(finished.claimants([0, 3, 4].into_iter(), 128), [0]);
        assert!(finished.claimants([3].into_iter(), 128).is_empty());
    }

    #[test]
    fn orders_of_nobody_do_not_count() {
        let mut finished = with(&[(0, 1)]);
        finished.watch(&Event::Final {
            order: OrderId(99),
            status: OrderStatus::Cancelled,
        });
        assert_eq!(finished.count(0), 1);
    }
}
