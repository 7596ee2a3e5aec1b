//! What can be read from the book without changing it.

use super::Book;
use super::order::{Level, RestingOrder};
use super::slab::{NOWHERE, Node};
use crate::units::{OrderId, Price, Side, Time};
use std::fmt;

impl Book {
    /// The resting order with this identifier.
    #[must_use]
    pub fn resting(&self, id: OrderId) -> Option<RestingOrder> {
        let &place = self.places.get(&id)?;
        Some(self.show(self.slab.get(place)))
    }

    /// The best price of a side: the highest bid, the lowest offer.
    #[must_use]
    pub fn best(&self, side: Side) -> Option<Price> {
        let ladder = self.ladder(side);
        ladder.best().map(|level| ladder.price_of(level))
    }

    /// The best `levels` occupied levels of a side, best first.
    #[must_use]
    pub fn depth(&self, side: Side, levels: usize) -> Vec<Level> {
        let ladder = self.ladder(side);
        ladder
            .occupied()
            .take(levels)
            .map(|level| ladder.show(level))
            .collect()
    }

    /// The contracts that wait at one price of one side; zero outside the band.
    #[must_use]
    pub fn quantity_at(&self, side: Side, price: Price) -> u64 {
        if !self.band.contains(price) {
            return 0;
        }
        let ladder = self.ladder(side);
        ladder.quantity(ladder.level_of(price))
    }

    /// The best price among the orders of a side that were posted at or before `cutoff`: the settlement
    /// procedure counts only orders that have rested long enough.
    #[must_use]
    pub fn best_rested(&self, side: Side, cutoff: Time) -> Option<Price> {
        self.orders_of(side)
            .find(|order| order.time <= cutoff)
            .map(|order| order.limit)
    }

    /// The limit of a market order of `side`: the best opposite price, plus `ticks` for a buy or minus
    /// `ticks` for a sell, but never outside the band. `None` if there is no opposite order.
    #[must_use]
    pub fn protection_price(&self, side: Side, ticks: u32) -> Option<Price> {
        let best = self.best(side.opposite())?;
        let limit = match side {
            Side::Buy => best.0.saturating_add_unsigned(ticks),
            Side::Sell => best.0.saturating_sub_unsigned(ticks),
        };
        Some(self.band.clamp(Price(limit)))
    }

    /// All resting orders: bids from the best price down, then offers from the best price up, in time
    /// priority at each price.
    pub fn orders(&self) -> impl Iterator<Item = RestingOrder> {
        self.orders_of(Side::Buy).chain(self.orders_of(Side::Sell))
    }

    /// The resting orders of one side from the best price on, in time priority at each price.
    pub fn orders_of(&self, side: Side) -> impl Iterator<Item = RestingOrder> {
        let ladder = self.ladder(side);
        ladder
            .occupied()
            .flat_map(move |level| self.queue(ladder.first(level)))
    }

    /// The orders of one level from the one at `first` on.
    fn queue(&self, first: u32) -> impl Iterator<Item = RestingOrder> {
        let node = |place: u32| (place != NOWHERE).then(|| self.slab.get(place));
        std::iter::successors(node(first), move |order| node(order.behind))
            .map(|order| self.show(order))
    }

    fn show(&self, node: &Node) -> RestingOrder {
        let Node {
            id,
            side,
            remaining,
            time,
            ..
        } = *node;
        RestingOrder {
            id,
            side,
            limit: self.ladder(side).price_of(node.level),
            remaining,
            time,
        }
    }
}

impl PartialEq for Book {
    fn eq(&self, other: &Self) -> bool {
        self.band == other.band && self.orders().eq(other.orders())
    }
}

impl Eq for Book {}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book")
            .field("band", &self.band)
            .field("orders", &self.orders().collect::<Vec<_>>())
            .finish()
    }
}
