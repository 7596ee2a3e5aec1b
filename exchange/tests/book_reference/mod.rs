//! A book so simple that it can be checked by reading: one list of orders, searched from end to end.

pub mod history;

use tally_exchange::book::{BookError, Fill, Level, NewOrder, Placement, RestingOrder};
use tally_exchange::units::{Band, OrderId, Price, Quantity, Side, Time, TimeInForce};

/// Resting orders of both sides in the order of arrival.
pub struct Reference {
    pub band: Band,
    pub orders: Vec<RestingOrder>,
}

impl Reference {
    pub const fn new(band: Band) -> Self {
        Self {
            band,
            orders: Vec::new(),
        }
    }

    fn place(&self, id: OrderId) -> Option<usize> {
        self.orders.iter().position(|order| order.id == id)
    }

    /// Prices of the band from the best for `side` to the worst.
    fn prices(&self, side: Side) -> Vec<Price> {
        let upwards = (self.band.lo.0..=self.band.hi.0).map(Price);
        match side {
            Side::Buy => upwards.rev().collect(),
            Side::Sell => upwards.collect(),
        }
    }

    /// The orders of a side in priority.
    pub fn queue(&self, side: Side) -> Vec<RestingOrder> {
        let mut queue = Vec::new();
        for price in self.prices(side) {
            let at = |order: &&RestingOrder| order.side == side && order.limit == price;
            queue.extend(self.orders.iter().filter(at));
        }
        queue
    }

    /// The opposite orders which this one could trade with, in priority.
    fn candidates(&self, side: Side, limit: Price) -> Vec<RestingOrder> {
        let mut candidates = self.queue(side.opposite());
        candidates.retain(|resting| side.accepts(limit, resting.limit));
        candidates
    }

    pub fn check(&self, order: &NewOrder) -> Result<(), BookError> {
        let NewOrder { id, limit, .. } = *order;
        if order.post_only && order.time_in_force != TimeInForce::Day {
            Err(BookError::PostOnlyImmediate { id })
        } else if order.quantity.0 == 0 {
            Err(BookError::ZeroQuantity { id })
        } else if limit < self.band.lo || limit > self.band.hi {
            Err(BookError::OutsideBand {
                id,
                limit,
                band: self.band,
            })
        } else if self.place(id).is_some() {
            Err(BookError::DuplicateId { id })
        } else {
            Ok(())
        }
    }

    pub fn submit(&mut self, order: &NewOrder) -> Result<(Placement, Vec<Fill>), BookError> {
        self.check(order)?;
        let candidates = self.candidates(order.side, order.limit);
        if order.post_only && !candidates.is_empty() {
            return Ok((Placement::WouldTake, Vec::new()));
        }
        let available: u64 = candidates
            .iter()
            .map(|resting| u64::from(resting.remaining.0))
            .sum();
        if order.time_in_force == TimeInForce::Fok && available < u64::from(order.quantity.0) {
            return Ok((Placement::Killed, Vec::new()));
        }
        let mut fills = Vec::new();
        let mut wanted = order.quantity.0;
        for resting in candidates {
            let traded = wanted.min(resting.remaining.0);
            if traded > 0 {
                let (price, quantity) = (resting.limit, Quantity(traded));
                fills.push(Fill {
                    resting: resting.id,
                    incoming: order.id,
                    price,
                    quantity,
                });
                self.set(resting.id, resting.remaining.0 - traded);
            }
            wanted -= traded;
        }
        let placement = match (wanted, order.time_in_force) {
            (0, _) => Placement::Filled,
            (_, TimeInForce::Day) => Placement::Rested(Quantity(wanted)),
            (_, TimeInForce::Ioc | TimeInForce::Fok) => Placement::Expired(Quantity(wanted)),
        };
        if let Placement::Rested(remaining) = placement {
            let NewOrder {
                id,
                side,
                limit,
                time,
                ..
            } = *order;
            self.orders.push(RestingOrder {
                id,
                side,
                limit,
                remaining,
                time,
            });
        }
        Ok((placement, fills))
    }

    pub fn insert_resting(&mut self, order: RestingOrder) -> Result<(), BookError> {
        let RestingOrder {
            id,
            side,
            limit,
            remaining,
            time,
        } = order;
        self.check(&NewOrder {
            id,
            side,
            limit,
            quantity: remaining,
            time_in_force: TimeInForce::Day,
            post_only: false,
            time,
        })?;
        if let Some(first) = self.candidates(side, limit).first() {
            return Err(BookError::WouldMatch {
                id,
                limit,
                opposite: first.limit,
            });
        }
        self.orders.push(order);
        Ok(())
    }

    /// Sets what is left of an order; zero takes it out.
    fn set(&mut self, id: OrderId, remaining: u32) {
        let place = self.place(id).unwrap();
        self.orders[place].remaining = Quantity(remaining);
        self.orders.retain(|order| order.remaining.0 > 0);
    }

    pub fn cancel(&mut self, id: OrderId) -> Option<Quantity> {
        self.place(id)
            .map(|place| self.orders.remove(place).remaining)
    }

    pub fn reduce(&mut self, id: OrderId, requested: Quantity) -> Result<Quantity, BookError> {
        let place = self.place(id).ok_or(BookError::NotResting { id })?;
        let left = self.orders[place].remaining;
        if requested > left {
            return Err(BookError::WouldRaise {
                id,
                left,
                requested,
            });
        }
        self.set(id, requested.0);
        Ok(Quantity(left.0 - requested.0))
    }

    pub fn cancel_all(&mut self) -> Vec<(OrderId, Quantity)> {
        let all = [self.queue(Side::Buy), self.queue(Side::Sell)].concat();
        self.orders.clear();
        all.iter()
            .map(|order| (order.id, order.remaining))
            .collect()
    }

    pub fn best(&self, side: Side) -> Option<Price> {
        self.queue(side).first().map(|order| order.limit)
    }

    pub fn best_rested(&self, side: Side, cutoff: Time) -> Option<Price> {
        let mut queue = self.queue(side);
        queue.retain(|order| order.time <= cutoff);
        queue.first().map(|order| order.limit)
    }

    pub fn depth(&self, side: Side, levels: usize) -> Vec<Level> {
        let mut depth: Vec<Level> = Vec::new();
        for order in self.queue(side) {
            let quantity = u64::from(order.remaining.0);
            match depth.last_mut() {
                Some(level) if level.price == order.limit => {
                    level.quantity += quantity;
                    level.orders += 1;
                }
                _ => depth.push(Level {
                    price: order.limit,
                    quantity,
                    orders: 1,
                }),
            }
        }
        depth.truncate(levels);
        depth
    }

    pub fn protection_price(&self, side: Side, ticks: u32) -> Option<Price> {
        let best = i64::from(self.best(side.opposite())?.0);
        let limit = match side {
            Side::Buy => (best + i64::from(ticks)).min(i64::from(self.band.hi.0)),
            Side::Sell => (best - i64::from(ticks)).max(i64::from(self.band.lo.0)),
        };
        Some(Price(i32::try_from(limit).unwrap()))
    }
}
