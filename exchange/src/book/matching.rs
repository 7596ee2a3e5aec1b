//! Price-time priority: how an incoming order meets the resting ones.

use super::order::{Fill, NewOrder, Placement, RestingOrder};
use super::{Book, BookError};
use crate::units::{OrderId, Price, Quantity, Side, TimeInForce};

impl Book {
    /// Whether [`Book::submit`] would accept the order as the book stands. A message of several orders can
    /// be checked as a whole before its first order changes anything: [`Book::room`] says how many may rest.
    ///
    /// # Errors
    /// The reason for the refusal, see [`Book::submit`].
    pub fn check(&self, order: &NewOrder) -> Result<(), BookError> {
        let immediate = order.time_in_force != TimeInForce::Day;
        if order.post_only && immediate {
            return Err(BookError::PostOnlyImmediate { id: order.id });
        }
        match self.check_resting(order.id, order.limit, order.quantity) {
            Err(BookError::Full { .. }) if immediate => Ok(()),
            checked => checked,
        }
    }

    /// What holds for every resting order, in this order of precedence.
    pub(super) fn check_resting(
        &self,
        id: OrderId,
        limit: Price,
        quantity: Quantity,
    ) -> Result<(), BookError> {
        if quantity.0 == 0 {
            return Err(BookError::ZeroQuantity { id });
        }
        if !self.band.contains(limit) {
            return Err(BookError::OutsideBand {
                id,
                limit,
                band: self.band,
            });
        }
        if self.places.contains_key(&id) {
            return Err(BookError::DuplicateId { id });
        }
        if self.room() == 0 {
            return Err(BookError::Full { id });
        }
        Ok(())
    }

    /// The best opposite price, if an order of `side` limited at `limit` would trade with it.
    pub(super) fn would_take(&self, side: Side, limit: Price) -> Option<Price> {
        let opposite = self.ladder(side.opposite());
        opposite
            .best_within(limit)
            .map(|level| opposite.price_of(level))
    }

    /// Matches an order against the opposite side, best price first and first come first at each price,
    /// always at the price of the resting order; then rests, expires or kills what is left of it.
    /// The fills are appended to `fills` in the order in which they happened.
    ///
    /// # Errors
    /// [`BookError::ZeroQuantity`], [`BookError::OutsideBand`], [`BookError::DuplicateId`] (against resting
    /// orders only), [`BookError::PostOnlyImmediate`], and for day orders [`BookError::Full`], even if the
    /// order would make room by trading. Book and `fills` are then unchanged.
    pub fn submit(
        &mut self,
        order: NewOrder,
        fills: &mut Vec<Fill>,
    ) -> Result<Placement, BookError> {
        self.check(&order)?;
        let NewOrder {
            id,
            side,
            limit,
            quantity,
            time_in_force,
            post_only,
            time,
        } = order;
        if post_only && self.would_take(side, limit).is_some() {
            return Ok(Placement::WouldTake);
        }
        if time_in_force == TimeInForce::Fok
            && !self.ladder(side.opposite()).can_fill(limit, quantity)
        {
            return Ok(Placement::Killed);
        }
        let remaining = self.take(&order, fills);
        if remaining.0 == 0 {
            return Ok(Placement::Filled);
        }
        if time_in_force != TimeInForce::Day {
            return Ok(Placement::Expired(remaining));
        }
        self.append(RestingOrder {
            id,
            side,
            limit,
            remaining,
            time,
        });
        Ok(Placement::Rested(remaining))
    }

    /// Trades as much of the order as its limit allows; returns what is left of it.
    fn take(&mut self, order: &NewOrder, fills: &mut Vec<Fill>) -> Quantity {
        let mut wanted = order.quantity.0;
        while wanted > 0 {
            let opposite = self.ladder(order.side.opposite());
            let Some(level) = opposite.best_within(order.limit) else {
                break;
            };
            let price = opposite.price_of(level);
            let place = opposite.first(level);
            let traded = self.trade_with(place, wanted, price, order.id, fills);
            wanted -= traded;
        }
        Quantity(wanted)
    }

    /// Trades up to `wanted` contracts with the order at `place`; returns how many.
    fn trade_with(
        &mut self,
        place: u32,
        wanted: u32,
        price: Price,
        incoming: OrderId,
        fills: &mut Vec<Fill>,
    ) -> u32 {
        let resting = *self.slab.get(place);
        let traded = wanted.min(resting.remaining.0);
        let (ladder, slab) = self.ladder_and_slab(resting.side);
        if traded == resting.remaining.0 {
            ladder.unlink(slab, place);
            self.places.remove(&resting.id);
        } else {
            ladder.lower(resting.level, traded);
            slab.get_mut(place).remaining.0 -= traded;
        }
        fills.push(Fill {
            resting: resting.id,
            incoming,
            price,
            quantity: Quantity(traded),
        });
        traded
    }
}
