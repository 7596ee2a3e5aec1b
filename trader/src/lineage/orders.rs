//! The orders of a lineage: whose tag their records stand under, and which of them a halt has cancelled.

use super::Lineage;
use crate::halted::HaltedOrder;
use crate::history::History;
use crate::keys::cancel_key;
use crate::self_trade::posted;
use borsh::{BorshDeserialize, BorshSerialize};
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::message::{ActMessage, Action, Rest};
use tally_exchange::receipt::{ActReceipt, Phase};
use tally_exchange::record::Record;

/// Where an own order's record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OwnOrder {
    /// Nullifier of the Act under whose tag the record stands now.
    pub tag_nullifier: Element,
    /// Nullifier of the Act that posted the order: its cancel key derives from it.
    pub posted_by: Element,
    /// The order's position in that Act.
    pub position: u32,
    /// The epoch in which it was posted.
    pub epoch: u64,
}

/// Whether a receipt is one of this message: an order id for each order, a seat for a bond.
pub(super) fn answers(message: &ActMessage, receipt: &ActReceipt) -> bool {
    let is_bond = matches!(message.action, Action::Bond { .. });
    posted(&message.action).len() == receipt.orders.len() && is_bond == receipt.seat.is_some()
}

impl Lineage {
    pub(super) fn follow_orders(
        &mut self,
        message: &ActMessage,
        receipt: &ActReceipt,
        nullifier: Element,
    ) {
        let Action::Trade { claim, orders, .. } = &message.action else {
            return;
        };
        for entry in claim.iter().flat_map(|claim| &claim.records) {
            match entry.rest {
                Rest::Close => {
                    self.orders.remove(&entry.order);
                    self.moved.remove(&entry.order);
                }
                Rest::Move => {
                    if let Some(order) = self.orders.get_mut(&entry.order) {
                        order.tag_nullifier = nullifier;
                        self.moved.insert(entry.order);
                    }
                }
            }
        }
        for (position, (order, terms)) in (0..).zip(receipt.orders.iter().zip(orders)) {
            let own = OwnOrder {
                tag_nullifier: nullifier,
                posted_by: nullifier,
                position,
                epoch: message.epoch,
            };
            self.orders.insert(*order, own);
            // An order at the price of one that a halt cancelled takes its place.
            let replaces = |halted: &&HaltedOrder| {
                halted.epoch < message.epoch
                    && (halted.terms.side, halted.terms.limit) == (terms.side, terms.limit)
            };
            let replaced = self.halted.iter().find(|(_, halted)| replaces(halted));
            if let Some(id) = replaced.map(|(id, _)| *id) {
                self.halted.remove(&id);
            }
        }
    }

    /// Remembers own orders that the halt of the present epoch has cancelled.
    pub(super) fn remember_halted(&mut self, market: &Market) {
        let epoch = market.epoch();
        if market.phase() == Phase::Halted {
            self.halted.retain(|_, halted| halted.epoch == epoch);
            for id in self.orders.keys() {
                let halted = market
                    .record(*id)
                    .and_then(|record| HaltedOrder::of(market, record));
                if let Some(halted) = halted {
                    self.halted.entry(*id).or_insert(halted);
                }
            }
        }
        self.halted.retain(|_, halted| halted.is_pending(market));
    }

    /// In a recovery: orders that the Act with this nullifier has posted and that the last halt will cancel. Whoever
    /// lived through it knows them from the market; afterwards only the history does.
    pub(super) fn recall_halted(&mut self, history: &History, posted_by: Element) {
        let posted = self.orders.iter();
        for (id, own) in posted.filter(|(_, own)| own.posted_by == posted_by) {
            let halted = history
                .halted(*id)
                .filter(|halted| halted.epoch == own.epoch);
            if let Some(halted) = halted {
                self.halted.insert(*id, *halted);
            }
        }
    }

    /// Forgets orders whose records are gone. Only a record that was moved goes by itself, once it is filled or cancelled
    /// with nothing left to credit.
    pub(super) fn retain_orders(&mut self, market: &Market) {
        let orders = &mut self.orders;
        self.moved.retain(|order| {
            let stands = market.record(*order).is_some();
            if !stands {
                orders.remove(order);
            }
            stands
        });
    }

    /// Whether the market's records of own orders are own.
    pub(super) fn orders_stand(&self, market: &Market) -> bool {
        self.orders
            .iter()
            .all(|(order, own)| match market.record(*order) {
                Some(record) => self.owns(own, record),
                // Only a move can credit a record to the end without naming that end.
                None => own.tag_nullifier != own.posted_by,
            })
    }

    fn owns(&self, own: &OwnOrder, record: &Record) -> bool {
        let key = cancel_key(&self.key, own.posted_by, own.position);
        record.tag == self.tag(own.tag_nullifier)
            && record.terms.cancel_key == key.verifying_key().to_bytes()
    }
}
