//! The uncrossing that ends a pre-open: at the session's open, and after a revalidation within it.

use super::Market;
use super::orders::CLEARING;
use crate::book::RestingOrder;
use crate::book::uncrossing::{AuctionOrder, Uncrossing, uncross};
use crate::receipt::Event;
use crate::record::OrderStatus;
use crate::units::{OrderId, Price};
use sha2::{Digest, Sha256};
use tally_circuits::field::Element;

impl Market {
    /// The uncrossing. Pre-open orders share one time priority, ranked by a hash of tag and state. Whoever writes the
    /// last message before the open, above all the ledger's operator, can try several states; nobody else can steer it.
    pub(super) fn open_book(&mut self, events: &mut Vec<Event>) {
        let waiting: Vec<OrderId> = std::mem::take(&mut self.auction).into_iter().collect();
        let mut orders: Vec<AuctionOrder> = waiting
            .iter()
            .filter_map(|id| self.auction_order(*id))
            .collect();
        orders.extend(self.clearing_auction_order());
        let price = match uncross(&orders, self.day.band, self.day.reference) {
            Ok(uncrossing) => self.carry_out_uncrossing(uncrossing, events),
            Err(_) => {
                // Limits and quantities were checked when posted and ids are unique: more orders than a book holds.
                waiting
                    .iter()
                    .for_each(|id| self.finish(*id, OrderStatus::NotTaken, events));
                None
            }
        };
        self.reopen_at(price.unwrap_or(self.day.reference), events);
    }

    fn carry_out_uncrossing(
        &mut self,
        uncrossing: Uncrossing,
        events: &mut Vec<Event>,
    ) -> Option<Price> {
        for fill in &uncrossing.fills {
            self.take_match(fill, None, events);
        }
        for (id, remaining) in uncrossing.remainders {
            let Some(record) = self.records.get(&id) else {
                // The clearing account's rest is quoted at the block's end.
                continue;
            };
            let rest = RestingOrder {
                id,
                side: record.terms.side,
                limit: record.terms.limit,
                remaining,
                time: self.day.opens_at,
            };
            // What an uncrossing leaves over never crosses, so there is nothing to refuse.
            if self.day.book.insert_resting(rest).is_err() {
                self.finish(id, OrderStatus::NotTaken, events);
            }
        }
        uncrossing.price
    }

    /// The reopening price is known, and the clearing account works its remainder off.
    fn reopen_at(&mut self, price: Price, events: &mut Vec<Event>) {
        if self.set_reopening(price) {
            let epoch = self.epoch;
            events.push(Event::Reopened { epoch, price });
        }
        self.begin_working_off(price);
    }

    /// Late notes of every epoch that waits for a reopening price may come back. Returns whether one did.
    pub(super) fn set_reopening(&mut self, price: Price) -> bool {
        let mut waited = false;
        for closed in self.closed.values_mut() {
            if closed.state.reopening.is_none() {
                closed.state.reopening = Some(price);
                waited = true;
            }
        }
        waited
    }

    fn auction_order(&self, id: OrderId) -> Option<AuctionOrder> {
        let record = self.records.get(&id)?;
        Some(AuctionOrder {
            id,
            side: record.terms.side,
            limit: record.terms.limit,
            quantity: record.total,
            rank: self.rank(&record.posted_under),
        })
    }

    /// The clearing account's whole remainder at the price of the last revalidation.
    fn clearing_auction_order(&self) -> Option<AuctionOrder> {
        let quote = self
            .clearing
            .uncrossing_quote(&self.quote_terms(self.day.reference))?;
        Some(AuctionOrder {
            id: CLEARING,
            side: quote.side,
            limit: quote.price,
            quantity: quote.quantity,
            rank: self.rank(&Element::ZERO),
        })
    }

    /// The time priority of a pre-open order: a hash of its tag and of the state at the end of the pre-open.
    fn rank(&self, tag: &Element) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"tally/pre-open/rank/1");
        hash.update(tag.to_bytes());
        hash.update(self.last_hash.0);
        hash.finalize().into()
    }
}
