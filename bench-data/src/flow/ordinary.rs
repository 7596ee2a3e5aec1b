//! Messages drawn by their shapes: the mix of kinds, placement, size, life, and the pull of the price path.

use std::cmp::Reverse;

use super::event::Side;
use super::generator::Generator;
use super::real;
use super::shapes;

/// Relative frequencies of kinds. Adds, cancels and modifies stand in the measured relation to trades; cancels
/// follow from the lives of orders: frequent when one is due, rare when none is.
const TRADES: u64 = 62;
const ADDS: u64 = 400;
const CANCELS_WHEN_DUE: u64 = 600;
const CANCELS_OTHERWISE: u64 = 20;
const MODIFIES: u64 = 250;

/// Trades become up to this many times as frequent when volume is behind schedule; none when it is far ahead.
const MOST_TRADES: i64 = 4;

/// Of a thousand modifies: new price; beyond it, a larger quantity at the same price; the rest lower the quantity.
const MODIFIES_OF_PRICE: u64 = 810;
const MODIFIES_UPWARD: u64 = 60;

/// Of a thousand takers so many send a limit order that meets the other side instead of a market order.
const LIMIT_TAKERS: u64 = 120;

/// Of a thousand resting orders so many are post-only.
const POST_ONLY: u64 = 150;

/// Of a thousand orders so many stay for the day, near the best price and beyond [`FAR_TICKS`].
const DAY_ORDERS: u64 = 150;
const FAR_DAY_ORDERS: u64 = 300;
const FAR_TICKS: i32 = 12;

/// Of a thousand cancels and modifies so many go for an order beyond the price path, while there is one.
const FOLLOWS_PATH: u64 = 700;

/// Of a thousand trades towards the price path so many take the whole best level, up to [`LARGEST_SWEEP`] contracts.
const SWEEPS: u64 = 60;
const LARGEST_SWEEP: u64 = 25;

/// Of a thousand trades so many go towards the price path when it lies nearer to one side of the spread.
const TILTED: u64 = 650;

impl Generator {
    /// One message by its shapes.
    pub(crate) fn ordinary(&mut self) {
        let beyond = self.beyond_path();
        let sent = match self.draw_kind(beyond.is_some()) {
            0 => self.trade(beyond),
            1 => self.place(beyond),
            2 => self.withdraw(beyond),
            _ => self.modify(beyond),
        };
        if !sent && !self.place(beyond) {
            self.idle();
        }
    }

    /// The side whose best order lies beyond the price path: asks below it or bids above it.
    fn beyond_path(&self) -> Option<Side> {
        let target = self.target();
        if self.book.best(Side::Sell).is_some_and(|ask| ask < target) {
            Some(Side::Sell)
        } else if self.book.best(Side::Buy).is_some_and(|bid| bid > target) {
            Some(Side::Buy)
        } else {
            None
        }
    }

    /// 0 trade, 1 add, 2 cancel, 3 modify.
    fn draw_kind(&mut self, beyond: bool) -> usize {
        let tolerance = (i64::from(self.day.volume) / 300).max(4);
        // From none when far ahead, over once when on schedule, to the most when far behind.
        let share = (1000 + self.behind() * 1000 / tolerance).clamp(0, MOST_TRADES * 1000);
        let trades = TRADES * share.unsigned_abs() / 1000;
        let due = beyond
            || self
                .expiries
                .peek()
                .is_some_and(|Reverse((expiry, _))| *expiry <= self.now());
        let cancels = if due {
            CANCELS_WHEN_DUE
        } else {
            CANCELS_OTHERWISE
        };
        let weights = [trades, ADDS, cancels, MODIFIES];
        let mut drawn = self.draw.kind.below(weights.iter().sum());
        let mut kind = 0;
        while drawn >= weights[kind] {
            drawn -= weights[kind];
            kind += 1;
        }
        kind
    }

    /// A trade, towards the path if an order lies beyond it.
    fn trade(&mut self, beyond: Option<Side>) -> bool {
        let side = beyond.map_or_else(|| self.tilted_side(), Side::opposite);
        let Some(best) = self.book.best(side.opposite()) else {
            return false;
        };
        let far = (self.day.high - self.day.low) / 12;
        if beyond.is_none() && best.abs_diff(self.target()) > far.unsigned_abs().max(2) {
            return false;
        }
        let mut quantity = shapes::trade_size(&mut self.draw.size);
        if beyond.is_some() && self.draw.kind.permille(SWEEPS) {
            let level = self
                .book
                .contracts_at(side.opposite(), best)
                .min(LARGEST_SWEEP);
            quantity = quantity.max(u32::try_from(level).unwrap_or(quantity));
        }
        let cap = if beyond.is_some() {
            self.target()
        } else {
            best
        };
        let as_limit = self.draw.kind.permille(LIMIT_TAKERS);
        self.take(side, quantity, cap, as_limit)
    }

    /// The side of a trade inside the path's reach: more often towards the path.
    fn tilted_side(&mut self) -> Side {
        let target = i64::from(self.target());
        let bid = self.book.best(Side::Buy).map_or(target - 1, i64::from);
        let ask = self.book.best(Side::Sell).map_or(target + 1, i64::from);
        let buys = match (2 * target).cmp(&(bid + ask)) {
            std::cmp::Ordering::Greater => TILTED,
            std::cmp::Ordering::Equal => 500,
            std::cmp::Ordering::Less => 1000 - TILTED,
        };
        if self.draw.kind.permille(buys) {
            Side::Buy
        } else {
            Side::Sell
        }
    }

    /// A new resting order, more often on the side that the path needs or that has fewer orders near.
    pub(crate) fn place(&mut self, beyond: Option<Side>) -> bool {
        let buys = match beyond {
            Some(Side::Sell) => 650,
            Some(Side::Buy) => 350,
            None => 500,
        };
        let first = if self.draw.kind.permille(buys) {
            Side::Buy
        } else {
            Side::Sell
        };
        for side in [first, first.opposite()] {
            if let Some(price) = self.resting_price(side) {
                let quantity = shapes::add_size(&mut self.draw.size);
                let expiry = self.draw_expiry(side, price);
                let post_only = self.draw.kind.permille(POST_ONLY);
                self.post(side, price, quantity, expiry, post_only);
                return true;
            }
        }
        false
    }

    /// When an order at that price is to be cancelled, if ever.
    fn draw_expiry(&mut self, side: Side, price: i32) -> Option<i64> {
        let far = self.opposite_best(side).abs_diff(price) > FAR_TICKS.unsigned_abs();
        let stays = if far { FAR_DAY_ORDERS } else { DAY_ORDERS };
        if self.draw.life.permille(stays) {
            return None;
        }
        // A thinned flow has its messages further apart: lives stretch with them.
        let life = shapes::life(&mut self.draw.life) * self.day.thinning;
        Some(self.now().saturating_add(real::floor(life)))
    }

    /// Best price of the other side; next to the path if that side is empty.
    fn opposite_best(&self, side: Side) -> i32 {
        let beside = if side == Side::Buy {
            self.target() + 1
        } else {
            self.target() - 1
        };
        self.book.best(side.opposite()).unwrap_or(beside)
    }

    /// A price for a resting order: a drawn distance from the other side, never meeting it nor beyond the path.
    fn resting_price(&mut self, side: Side) -> Option<i32> {
        let distance = self.placement.distance(&mut self.draw.placement);
        let (opposite, target) = (self.opposite_best(side), self.target());
        let (floor, ceiling) = (self.day.floor, self.day.ceiling);
        match side {
            Side::Buy => {
                let highest = (opposite - 1).min(target);
                let price = (opposite - distance).min(highest);
                let spread_out = price < floor;
                let price = if spread_out {
                    self.draw.placement.between(floor, highest)
                } else {
                    price
                };
                (highest >= floor).then_some(price)
            }
            Side::Sell => {
                let lowest = (opposite + 1).max(target);
                let price = (opposite + distance).max(lowest);
                let spread_out = price > ceiling;
                let price = if spread_out {
                    self.draw.placement.between(lowest, ceiling)
                } else {
                    price
                };
                (lowest <= ceiling).then_some(price)
            }
        }
    }

    /// A cancel: of an order beyond the path, else of the one whose time has come, else of any.
    fn withdraw(&mut self, beyond: Option<Side>) -> bool {
        let order = self
            .order_beyond(beyond)
            .or_else(|| self.next_expiry())
            .or_else(|| self.any_order());
        if let Some(order) = order {
            self.cancel(order);
        }
        order.is_some()
    }

    /// Mostly, the last order at the best price of the side beyond the path.
    fn order_beyond(&mut self, beyond: Option<Side>) -> Option<u32> {
        let side = beyond?;
        if !self.draw.choice.permille(FOLLOWS_PATH) {
            return None;
        }
        self.book.queue(side, self.book.best(side)?).next_back()
    }

    /// The live order that is to be cancelled next.
    fn next_expiry(&mut self) -> Option<u32> {
        while let Some(Reverse((_, order))) = self.expiries.pop() {
            if self.book.order(order).live {
                return Some(order);
            }
        }
        None
    }

    /// Any live order.
    fn any_order(&mut self) -> Option<u32> {
        let live = self.book.live();
        let drawn = self.draw.choice.below(live.len() as u64);
        live.get(usize::try_from(drawn).unwrap_or(0)).copied()
    }

    /// Any live order, with a preference for recent ones: those are watched more closely.
    fn recent_order(&mut self) -> Option<u32> {
        (0..3).filter_map(|_| self.any_order()).max()
    }

    fn modify(&mut self, beyond: Option<Side>) -> bool {
        let drawn = self.draw.kind.below(1000);
        if drawn < MODIFIES_OF_PRICE {
            self.move_price(beyond)
        } else if drawn < MODIFIES_OF_PRICE + MODIFIES_UPWARD {
            self.enlarge()
        } else {
            self.shrink() || self.move_price(beyond)
        }
    }

    /// A new price for an order.
    fn move_price(&mut self, beyond: Option<Side>) -> bool {
        let Some(order) = self.order_beyond(beyond).or_else(|| self.recent_order()) else {
            return false;
        };
        let resting = *self.book.order(order);
        for _ in 0..4 {
            if let Some(price) = self
                .resting_price(resting.side)
                .filter(|price| *price != resting.price)
            {
                self.replace(order, price, resting.open());
                return true;
            }
        }
        false
    }

    /// A larger quantity at the same price, which loses priority.
    fn enlarge(&mut self) -> bool {
        let Some(order) = self.recent_order() else {
            return false;
        };
        let resting = *self.book.order(order);
        let more = shapes::add_size(&mut self.draw.size);
        self.replace(order, resting.price, resting.open() + more);
        true
    }

    /// A smaller quantity, which keeps priority. Needs an order with two open contracts; a few are looked at.
    fn shrink(&mut self) -> bool {
        for _ in 0..12 {
            let Some(order) = self.recent_order() else {
                return false;
            };
            let resting = *self.book.order(order);
            if resting.open() >= 2 {
                let kept = 1 + self.draw.size.below(u64::from(resting.open() - 1));
                self.reduce(order, resting.filled + u32::try_from(kept).unwrap_or(1));
                return true;
            }
        }
        false
    }
}
