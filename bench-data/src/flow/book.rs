//! The generator's own limit order book: price, then time. Plain integers, no fees, no hidden quantity.

use std::collections::VecDeque;

use super::event::Side;

/// An order that rests or has rested. Market orders are recorded too, never open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resting {
    pub(crate) side: Side,
    pub(crate) price: i32,
    /// Quantity asked for, fills included.
    pub(crate) total: u32,
    pub(crate) filled: u32,
    pub(crate) owner: u32,
    /// Whether it rests in the book.
    pub(crate) live: bool,
    /// When it is meant to be cancelled, microseconds; `None`: it stays for the day.
    pub(crate) expiry: Option<i64>,
    /// Position in the list of live orders, if live.
    place: usize,
}

impl Resting {
    /// Contracts not yet filled.
    pub(crate) fn open(&self) -> u32 {
        self.total - self.filled
    }
}

/// A piece of a resting order that an incoming order would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) order: u32,
    pub(crate) price: i32,
    pub(crate) quantity: u32,
}

/// One price of one side. The queue may hold orders that are gone; the counts are of live ones.
#[derive(Default)]
struct Level {
    queue: VecDeque<u32>,
    orders: u32,
    contracts: u64,
}

/// Both sides, by price from a floor to a ceiling.
pub(crate) struct Book {
    floor: i32,
    orders: Vec<Resting>,
    bids: Vec<Level>,
    asks: Vec<Level>,
    best_bid: Option<i32>,
    best_ask: Option<i32>,
    live: Vec<u32>,
}

impl Book {
    /// An empty book for prices from `floor` to `ceiling`, inclusive.
    pub(crate) fn new(floor: i32, ceiling: i32) -> Self {
        let levels = usize::try_from(i64::from(ceiling) - i64::from(floor) + 1).unwrap_or(0);
        let side = || {
            std::iter::repeat_with(Level::default)
                .take(levels)
                .collect()
        };
        Self {
            floor,
            orders: Vec::new(),
            bids: side(),
            asks: side(),
            best_bid: None,
            best_ask: None,
            live: Vec::new(),
        }
    }

    /// The number that the next order gets.
    pub(crate) fn next_order(&self) -> u32 {
        // At most one order a message, and messages are bounded far below.
        u32::try_from(self.orders.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn order(&self, order: u32) -> &Resting {
        &self.orders[order as usize]
    }

    /// Numbers of the live orders, in no meaningful but a reproducible order.
    pub(crate) fn live(&self) -> &[u32] {
        &self.live
    }

    pub(crate) fn best(&self, side: Side) -> Option<i32> {
        match side {
            Side::Buy => self.best_bid,
            Side::Sell => self.best_ask,
        }
    }

    fn index(&self, price: i32) -> usize {
        // Every price comes from the generator, which keeps to floor and ceiling; a price below the floor finds no level.
        usize::try_from(i64::from(price) - i64::from(self.floor)).unwrap_or(usize::MAX)
    }

    fn side(&self, side: Side) -> &[Level] {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn level(&self, side: Side, price: i32) -> Option<&Level> {
        self.side(side).get(self.index(price))
    }

    fn level_mut(&mut self, side: Side, price: i32) -> Option<&mut Level> {
        let index = self.index(price);
        match side {
            Side::Buy => self.bids.get_mut(index),
            Side::Sell => self.asks.get_mut(index),
        }
    }

    /// Live orders at one price.
    pub(crate) fn orders_at(&self, side: Side, price: i32) -> usize {
        self.level(side, price)
            .map_or(0, |level| level.orders as usize)
    }

    /// Contracts at one price.
    pub(crate) fn contracts_at(&self, side: Side, price: i32) -> u64 {
        self.level(side, price).map_or(0, |level| level.contracts)
    }

    /// Live orders that are at least as aggressive as a price: bids at or above it, asks at or below it.
    pub(crate) fn orders_through(&self, side: Side, price: i32) -> usize {
        let levels = self.side(side);
        let index = i64::from(price) - i64::from(self.floor);
        let count = |levels: &[Level]| levels.iter().map(|level| level.orders as usize).sum();
        match side {
            Side::Buy => count(&levels[clamp_index(index, levels.len())..]),
            Side::Sell => count(&levels[..clamp_index(index + 1, levels.len())]),
        }
    }

    /// Live orders at one price, first in the queue first.
    pub(crate) fn queue(&self, side: Side, price: i32) -> impl DoubleEndedIterator<Item = u32> {
        let queue = self
            .level(side, price)
            .map(|level| level.queue.iter().copied())
            .into_iter()
            .flatten();
        queue.filter(|order| self.order(*order).live)
    }

    /// Prices of a side's live levels from the best one to `limit`, inclusive.
    pub(crate) fn prices_to(&self, side: Side, limit: i32) -> impl Iterator<Item = i32> {
        let best = self.best(side);
        let step = if side == Side::Buy { -1 } else { 1 };
        let width = best
            .map_or(0, |best| {
                (i64::from(limit) - i64::from(best)) * i64::from(step) + 1
            })
            .max(0);
        let start = best.unwrap_or(limit);
        (0..i32::try_from(width).unwrap_or(0))
            .map(move |distance| start + step * distance)
            .filter(move |price| self.orders_at(side, *price) > 0)
    }

    /// What an incoming order of that side would take, up to a limit price. Does not change the book.
    pub(crate) fn matches(&self, taker: Side, quantity: u32, limit: i32, found: &mut Vec<Match>) {
        found.clear();
        let mut left = quantity;
        for price in self.prices_to(taker.opposite(), limit) {
            for order in self.queue(taker.opposite(), price) {
                let taken = self.order(order).open().min(left);
                found.push(Match {
                    order,
                    price,
                    quantity: taken,
                });
                left -= taken;
                if left == 0 {
                    return;
                }
            }
        }
    }

    /// Fills resting orders; those without open quantity leave.
    pub(crate) fn fill(&mut self, matches: &[Match]) {
        for found in matches {
            let order = &mut self.orders[found.order as usize];
            order.filled += found.quantity;
            let (side, price, done) = (order.side, order.price, order.open() == 0);
            if let Some(level) = self.level_mut(side, price) {
                level.contracts -= u64::from(found.quantity);
            }
            if done {
                self.leave(found.order);
            }
        }
    }

    /// Records an order and, if `rests`, puts it at the back of its queue. Returns its number.
    pub(crate) fn insert(
        &mut self,
        side: Side,
        price: i32,
        quantity: u32,
        owner: u32,
        expiry: Option<i64>,
        rests: bool,
    ) -> u32 {
        let number = self.next_order();
        let (filled, place) = (if rests { 0 } else { quantity }, self.live.len());
        self.orders.push(Resting {
            side,
            price,
            total: quantity,
            filled,
            owner,
            live: rests,
            expiry,
            place,
        });
        if rests {
            self.live.push(number);
            if let Some(level) = self.level_mut(side, price) {
                level.queue.push_back(number);
                level.orders += 1;
                level.contracts += u64::from(quantity);
            }
            let best = match side {
                Side::Buy => &mut self.best_bid,
                Side::Sell => &mut self.best_ask,
            };
            let better = |old: i32| {
                if side == Side::Buy {
                    old.max(price)
                } else {
                    old.min(price)
                }
            };
            *best = Some(best.map_or(price, better));
        }
        number
    }

    /// Takes a live order out of the book.
    pub(crate) fn cancel(&mut self, order: u32) {
        let resting = self.orders[order as usize];
        if let Some(level) = self.level_mut(resting.side, resting.price) {
            level.contracts -= u64::from(resting.open());
        }
        self.leave(order);
    }

    /// Lowers a live order's total quantity; it keeps its place.
    pub(crate) fn reduce(&mut self, order: u32, total: u32) {
        let resting = &mut self.orders[order as usize];
        let lowered = u64::from(resting.total - total);
        resting.total = total;
        let (side, price) = (resting.side, resting.price);
        if let Some(level) = self.level_mut(side, price) {
            level.contracts -= lowered;
        }
    }

    /// The order is no longer live: out of the list, the level and, if it was the last there, the best price.
    fn leave(&mut self, order: u32) {
        let resting = &mut self.orders[order as usize];
        resting.live = false;
        let (side, price, place) = (resting.side, resting.price, resting.place);
        self.live.swap_remove(place);
        if let Some(moved) = self.live.get(place).copied() {
            self.orders[moved as usize].place = place;
        }
        let Some(level) = self.level_mut(side, price) else {
            return;
        };
        level.orders -= 1;
        if level.orders == 0 {
            level.queue.clear();
            if self.best(side) == Some(price) {
                self.find_best(side);
            }
        } else {
            self.drop_dead(side, price);
        }
    }

    /// Drops orders that are gone from the queue: at its front always, elsewhere when they are the most of it.
    fn drop_dead(&mut self, side: Side, price: i32) {
        let index = self.index(price);
        let levels = if side == Side::Buy {
            &mut self.bids
        } else {
            &mut self.asks
        };
        let Some(level) = levels.get_mut(index) else {
            return;
        };
        while level
            .queue
            .front()
            .is_some_and(|order| !self.orders[*order as usize].live)
        {
            level.queue.pop_front();
        }
        if level.queue.len() > 2 * level.orders as usize + 8 {
            level
                .queue
                .retain(|order| self.orders[*order as usize].live);
        }
    }

    /// Looks for the best price, which is now worse than before.
    fn find_best(&mut self, side: Side) {
        let occupied = |level: &Level| level.orders > 0;
        let index = match side {
            Side::Buy => self.bids.iter().rposition(occupied),
            Side::Sell => self.asks.iter().position(occupied),
        };
        let price = index
            .and_then(|index| i32::try_from(index).ok())
            .map(|index| self.floor + index);
        match side {
            Side::Buy => self.best_bid = price,
            Side::Sell => self.best_ask = price,
        }
    }
}

fn clamp_index(index: i64, length: usize) -> usize {
    usize::try_from(index.max(0))
        .unwrap_or(usize::MAX)
        .min(length)
}
