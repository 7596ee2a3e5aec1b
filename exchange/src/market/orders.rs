//! Orders on their way into the book, out of it, and their fills.

use super::Market;
use crate::book::{Fill, MAX_RESTING_ORDERS, NewOrder, Placement};
use crate::message::OrderTerms;
use crate::receipt::{Event, Phase};
use crate::record::{OrderStatus, Record, RecordFill};
use crate::units::{OrderId, Price, Quantity, Side, TimeInForce};
use tally_circuits::field::Element;

/// The clearing account's order: below every id that an order gets, and without a record.
pub(super) const CLEARING: OrderId = OrderId(0);

/// Orders that may wait for an uncrossing: the clearing account's may join them.
const MAX_WAITING_ORDERS: usize = MAX_RESTING_ORDERS - 1;

impl Market {
    pub(super) fn post_orders(
        &mut self,
        tag: Element,
        orders: &[OrderTerms],
        events: &mut Vec<Event>,
    ) -> Vec<OrderId> {
        orders
            .iter()
            .map(|terms| self.post_order(tag, *terms, events))
            .collect()
    }

    fn post_order(&mut self, tag: Element, terms: OrderTerms, events: &mut Vec<Event>) -> OrderId {
        let id = OrderId(self.next_order);
        self.next_order += 1;
        self.records
            .insert(id, Record::new(self.epoch, tag, terms, OrderStatus::Live));
        match self.phase {
            Phase::Continuous | Phase::AfterSettlement => self.match_order(id, terms, events),
            Phase::PreOpen if self.waits_for_opening(&terms) => {
                self.auction.insert(id);
            }
            Phase::PreOpen
            | Phase::BeforeSession
            | Phase::Closed
            | Phase::Halted
            | Phase::Expired => {
                self.finish(id, OrderStatus::NotTaken, events);
            }
        }
        id
    }

    /// Whether the pre-open takes the order. As many wait as may rest in the book: an uncrossing of more would be refused
    /// as a whole, and every order of the pre-open would die.
    fn waits_for_opening(&self, terms: &OrderTerms) -> bool {
        terms.time_in_force == TimeInForce::Day
            && !terms.post_only
            && self.auction.len() < MAX_WAITING_ORDERS
    }

    fn match_order(&mut self, id: OrderId, terms: OrderTerms, events: &mut Vec<Event>) {
        let mut fills = Vec::new();
        let order = NewOrder {
            id,
            side: terms.side,
            limit: terms.limit,
            quantity: terms.quantity,
            time_in_force: terms.time_in_force,
            post_only: terms.post_only,
            time: self.time,
        };
        // The statement has checked limit and quantity, and the id is new: the book has no reason to refuse.
        let placement = self.day.book.submit(order, &mut fills);
        for fill in &fills {
            self.take_match(fill, Some(terms.side), events);
        }
        match placement {
            Ok(Placement::Rested(_) | Placement::Filled) => {}
            Ok(Placement::Expired(_)) => self.finish(id, OrderStatus::Expired, events),
            Ok(Placement::Killed) => self.finish(id, OrderStatus::Killed, events),
            Ok(Placement::WouldTake) => self.finish(id, OrderStatus::WouldTake, events),
            Err(_) => self.finish(id, OrderStatus::NotTaken, events),
        }
    }

    /// Books one match: two fills, the fees, the print. The clearing account pays no fee and has no record.
    pub(super) fn take_match(
        &mut self,
        fill: &Fill,
        aggressor: Option<Side>,
        events: &mut Vec<Event>,
    ) {
        let Fill {
            resting,
            incoming,
            price,
            quantity,
        } = *fill;
        events.push(Event::Trade {
            price,
            quantity,
            aggressor,
        });
        for order in [resting, incoming] {
            if order == CLEARING {
                self.take_clearing_fill(price, quantity, events);
            } else {
                self.take_fill(order, price, quantity, events);
                // Fee and quantity are bounded by the specification.
                self.funds.insurance += self.specification.fee * i64::from(quantity.0);
            }
        }
        self.contracts_traded += u64::from(quantity.0);
        self.day.mark.trade(price, quantity);
        if let Some(working) = &mut self.working {
            let with_clearing = [resting, incoming].contains(&CLEARING);
            working.volume.count(quantity, with_clearing);
        }
        // The uncrossing belongs to the opening, however late the first block after it comes.
        let time = if aggressor.is_some() {
            self.time
        } else {
            self.day.opens_at
        };
        // Refused only beyond 2^63 contracts in one window, more than the order ids of a market can post.
        let counted = self.day.window.trade(time, price, quantity);
        debug_assert!(counted.is_ok(), "the settlement window counts every trade");
    }

    fn take_clearing_fill(&mut self, price: Price, quantity: Quantity, events: &mut Vec<Event>) {
        // It quotes on its closing side only, and never more than it has.
        let traded = self
            .clearing
            .closing_side()
            .map(|side| self.clearing.trade(side, price, quantity, self.money));
        if !matches!(traded, Some(Ok(()))) {
            self.halt(events);
        }
    }

    fn take_fill(
        &mut self,
        order: OrderId,
        price: Price,
        quantity: Quantity,
        events: &mut Vec<Event>,
    ) {
        let Some(record) = self.records.get_mut(&order) else {
            return;
        };
        let index = record.fill_count();
        record.fills.push(RecordFill { price, quantity });
        record.filled.0 += quantity.0;
        let is_filled = record.filled == record.total;
        events.push(Event::Fill {
            order,
            index,
            price,
            quantity,
        });
        if is_filled {
            self.finish(order, OrderStatus::Filled, events);
        }
    }

    /// Takes a live order from the book or the pre-open; returns the contracts that were taken out.
    pub(super) fn withdraw_order(
        &mut self,
        order: OrderId,
        status: OrderStatus,
        events: &mut Vec<Event>,
    ) -> Quantity {
        let Some(record) = self
            .records
            .get(&order)
            .filter(|record| record.status.is_live())
        else {
            return Quantity(0);
        };
        let rest = Quantity(record.total.0 - record.filled.0);
        self.auction.remove(&order);
        self.day.book.cancel(order);
        self.finish(order, status, events);
        rest
    }

    pub(super) fn finish(&mut self, order: OrderId, status: OrderStatus, events: &mut Vec<Event>) {
        if let Some(record) = self.records.get_mut(&order) {
            record.status = status;
            events.push(Event::Final { order, status });
        }
    }
}
