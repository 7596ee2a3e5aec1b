//! Messages that an obligation demands: out of the way, there, print. Each lowers what is still needed by one.

use super::event::Side;
use super::generator::Generator;

/// Of a thousand orders in the way so many are taken, if the volume allows; of the others, so many are cancelled and the
/// rest moved.
const TAKEN: u64 = 500;
const CANCELLED: u64 = 600;

/// How far beyond the prices still due a harmless order is put, ticks.
const AWAY_TICKS: i32 = 20;

impl Generator {
    /// One message towards the first obligation.
    pub(crate) fn pressing(&mut self) {
        let Some(duty) = self.obligations.first() else {
            self.finish_volume();
            return;
        };
        let price = duty.anchor.price;
        if let Some(side) = self.side_in_way(price) {
            self.clear(side, price);
            return;
        }
        let waiting = duty.window && self.index < self.plan.window.start;
        match self.first_at(price) {
            Some(_) if waiting => self.wait(price),
            Some(order) => {
                let kept = self.obligations.reserve().saturating_sub(1);
                let quantity = self.remaining.saturating_sub(kept).max(1);
                // One lot of a larger rest is as good: the volume has its own schedule.
                let quantity = if self.behind() > 0 { quantity } else { 1 };
                self.meet_or_idle(order, quantity);
            }
            None => self.post_at(price, 1),
        }
    }

    /// Waits for the settlement window with an order at the close in place. Further orders there go, one a message: they
    /// could stand in the way of the day's last contracts.
    fn wait(&mut self, close: i32) {
        let resting = [Side::Buy, Side::Sell].map(|side| self.book.orders_at(side, close));
        let last = [Side::Buy, Side::Sell]
            .into_iter()
            .find_map(|side| self.book.queue(side, close).next_back());
        match last {
            Some(order) if resting[0] + resting[1] > 1 => self.cancel(order),
            _ => self.idle(),
        }
    }

    /// The side with an order between the market and a price.
    fn side_in_way(&self, price: i32) -> Option<Side> {
        if self.book.best(Side::Sell).is_some_and(|ask| ask < price) {
            Some(Side::Sell)
        } else if self.book.best(Side::Buy).is_some_and(|bid| bid > price) {
            Some(Side::Buy)
        } else {
            None
        }
    }

    /// The first order of the queue at a price, of either side.
    fn first_at(&self, price: i32) -> Option<u32> {
        let bid = self.book.queue(Side::Buy, price).next();
        bid.or_else(|| self.book.queue(Side::Sell, price).next())
    }

    /// Removes at least one order of that side that stands in the way of a price.
    fn clear(&mut self, side: Side, price: i32) {
        let Some(best) = self.book.best(side) else {
            return self.idle();
        };
        let first = self.book.queue(side, best).next();
        let open = first.map_or(0, |order| self.book.order(order).open());
        let affordable = open > 0
            && self.remaining >= open + self.obligations.reserve()
            && self.behind() + 4 > i64::from(open);
        if affordable
            && self.draw.kind.permille(TAKEN)
            && self.take(side.opposite(), open, price, false)
        {
            return;
        }
        let Some(last) = self.book.queue(side, best).next_back() else {
            return self.idle();
        };
        let (from, to) = self.away(side);
        if from > to || self.draw.kind.permille(CANCELLED) {
            self.cancel(last);
        } else {
            let price = self.draw.placement.between(from, to);
            self.replace(last, price, self.book.order(last).open());
        }
    }

    /// Prices just beyond all that are still due, where an order of that side is in nobody's way. May be empty.
    fn away(&self, side: Side) -> (i32, i32) {
        let (lowest, highest) = self.obligations.range();
        match side {
            Side::Buy => ((lowest - AWAY_TICKS).max(self.day.floor), lowest - 1),
            Side::Sell => (highest + 1, (highest + AWAY_TICKS).min(self.day.ceiling)),
        }
    }

    /// Posts an order where one is needed, for the next message but few to meet.
    fn post_at(&mut self, price: i32, quantity: u32) {
        let side = if price == self.day.high {
            Side::Sell
        } else if price == self.day.low || self.draw.kind.permille(500) {
            Side::Buy
        } else {
            Side::Sell
        };
        self.post(side, price, quantity, None, false);
    }

    fn meet_or_idle(&mut self, order: u32, quantity: u32) {
        // With two traders or more somebody else than the owner can always meet an order.
        if !self.meet(order, quantity) {
            self.idle();
        }
    }

    /// Trades the last contracts at the close. Every print that was due has happened, so the settlement window has
    /// begun and only the close may print.
    fn finish_volume(&mut self) {
        let close = self.day.close;
        if self.remaining == 0 {
            return self.idle();
        }
        if let Some(side) = self.side_in_way(close) {
            let last = self
                .book
                .best(side)
                .and_then(|best| self.book.queue(side, best).next_back());
            return match last {
                Some(order) => self.cancel(order),
                None => self.idle(),
            };
        }
        match self.first_at(close) {
            Some(order) => self.meet_or_idle(order, self.remaining),
            None => self.post_at(close, self.remaining),
        }
    }

    /// A message that changes nothing for any obligation: an order away from all prices still due, else a slightly larger
    /// order at its old price, else any order.
    pub(crate) fn idle(&mut self) {
        let (below, above) = (self.away(Side::Buy), self.away(Side::Sell));
        let most = self
            .book
            .best(Side::Sell)
            .map_or(below.1, |ask| below.1.min(ask - 1));
        let least = self
            .book
            .best(Side::Buy)
            .map_or(above.0, |bid| above.0.max(bid + 1));
        let (below, above) = ((below.0, most), (least, above.1));
        let mut zones = [(Side::Buy, below), (Side::Sell, above)];
        if self.draw.kind.permille(500) {
            zones.reverse();
        }
        for (side, (from, to)) in zones {
            if from <= to {
                let price = self.draw.placement.between(from, to);
                self.post(side, price, 1, None, false);
                return;
            }
        }
        if let Some(order) = self.book.live().first().copied() {
            let resting = *self.book.order(order);
            self.replace(order, resting.price, resting.open() + 1);
        } else {
            self.place(None);
        }
    }
}
