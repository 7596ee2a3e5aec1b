//! One side of the book: a level for every price of the band, best price first.

use super::bitset::Bitset;
use super::order::{Level, RestingOrder};
use super::slab::{NOWHERE, Node, Slab};
use crate::units::{Band, Price, Quantity, Side};

/// The orders of one level, first come first.
#[derive(Clone, Copy)]
struct Queue {
    /// The sum of what is left of the orders, contracts.
    quantity: u64,
    orders: u32,
    /// The first order, or [`NOWHERE`].
    first: u32,
    /// The last order, or [`NOWHERE`].
    last: u32,
}

const EMPTY: Queue = Queue {
    quantity: 0,
    orders: 0,
    first: NOWHERE,
    last: NOWHERE,
};

/// The levels of one side. Level 0 is the best price the band allows (the upper edge for bids, the lower
/// edge for offers) and prices get worse as the index grows, so that both sides share one code.
#[derive(Clone)]
pub(super) struct Ladder {
    side: Side,
    /// The price of level 0.
    origin: Price,
    levels: Vec<Queue>,
    occupied: Bitset,
    /// The best occupied level.
    best: Option<u32>,
}

impl Ladder {
    /// An empty side over a band whose width the caller has checked.
    pub fn new(side: Side, band: Band) -> Self {
        let ticks = band.lo.0.abs_diff(band.hi.0).saturating_add(1);
        Self {
            side,
            origin: if side == Side::Buy { band.hi } else { band.lo },
            levels: vec![EMPTY; ticks as usize],
            occupied: Bitset::new(ticks),
            best: None,
        }
    }

    /// The level of a price inside the band.
    pub fn level_of(&self, price: Price) -> u32 {
        self.origin.0.abs_diff(price.0)
    }

    /// The price of a level. The level lies in the band, so nothing saturates.
    pub fn price_of(&self, level: u32) -> Price {
        Price(match self.side {
            Side::Buy => self.origin.0.saturating_sub_unsigned(level),
            Side::Sell => self.origin.0.saturating_add_unsigned(level),
        })
    }

    /// The best occupied level.
    pub const fn best(&self) -> Option<u32> {
        self.best
    }

    /// The best occupied level if an order of the other side limited at `limit` accepts its price.
    pub fn best_within(&self, limit: Price) -> Option<u32> {
        self.best.filter(|&level| level <= self.level_of(limit))
    }

    /// The occupied levels, best first.
    pub fn occupied(&self) -> impl Iterator<Item = u32> {
        std::iter::successors(self.best, |&level| self.occupied.next(level + 1))
    }

    /// The sum of what is left of the orders at `level`, contracts.
    pub fn quantity(&self, level: u32) -> u64 {
        self.levels[level as usize].quantity
    }

    /// How many orders rest on this side.
    pub fn orders(&self) -> u32 {
        self.occupied()
            .map(|level| self.levels[level as usize].orders)
            .sum()
    }

    /// The place of the first order at an occupied level.
    pub fn first(&self, level: u32) -> u32 {
        self.levels[level as usize].first
    }

    /// The level as it is shown.
    pub fn show(&self, level: u32) -> Level {
        let Queue {
            quantity, orders, ..
        } = self.levels[level as usize];
        Level {
            price: self.price_of(level),
            quantity,
            orders,
        }
    }

    /// Whether at least `quantity` contracts wait at prices which the limit of the other side accepts.
    pub fn can_fill(&self, limit: Price, quantity: Quantity) -> bool {
        let last = self.level_of(limit);
        let mut wanted = u64::from(quantity.0);
        for level in self.occupied().take_while(|&level| level <= last) {
            wanted = wanted.saturating_sub(self.quantity(level));
            if wanted == 0 {
                return true;
            }
        }
        false
    }

    /// Puts the order, whose limit lies in the band, at the end of its level; returns its place.
    pub fn append(&mut self, slab: &mut Slab, order: RestingOrder) -> u32 {
        let RestingOrder {
            id,
            side,
            limit,
            remaining,
            time,
        } = order;
        let level = self.level_of(limit);
        let queue = &mut self.levels[level as usize];
        let ahead = queue.last;
        let place = slab.insert(Node {
            id,
            time,
            remaining,
            level,
            ahead,
            behind: NOWHERE,
            side,
        });
        queue.quantity += u64::from(remaining.0);
        queue.orders += 1;
        queue.last = place;
        if ahead == NOWHERE {
            queue.first = place;
            self.occupied.insert(level);
            self.best = Some(self.best.map_or(level, |best| best.min(level)));
        } else {
            slab.get_mut(ahead).behind = place;
        }
        place
    }

    /// Lowers the quantity shown at `level` by contracts that were filled or released.
    pub fn lower(&mut self, level: u32, by: u32) {
        self.levels[level as usize].quantity -= u64::from(by);
    }

    /// Takes the order at `place` out of its queue and vacates the place; returns what was left of it.
    pub fn unlink(&mut self, slab: &mut Slab, place: u32) -> Quantity {
        let Node {
            remaining,
            level,
            ahead,
            behind,
            ..
        } = *slab.get(place);
        slab.vacate(place);
        let queue = &mut self.levels[level as usize];
        queue.quantity -= u64::from(remaining.0);
        queue.orders -= 1;
        if ahead == NOWHERE {
            queue.first = behind;
        } else {
            slab.get_mut(ahead).behind = behind;
        }
        if behind == NOWHERE {
            queue.last = ahead;
        } else {
            slab.get_mut(behind).ahead = ahead;
        }
        if queue.orders == 0 {
            self.vacate_level(level);
        }
        remaining
    }

    fn vacate_level(&mut self, level: u32) {
        self.occupied.remove(level);
        if self.best == Some(level) {
            self.best = self.occupied.next(level + 1);
        }
    }

    pub fn clear(&mut self) {
        self.levels.fill(EMPTY);
        self.occupied.clear();
        self.best = None;
    }
}

#[cfg(test)]
mod tests {
    use super::Ladder;
    use crate::book::RestingOrder;
    use crate::book::slab::Slab;
    use crate::units::{Band, OrderId, Price, Quantity, Side, Time};

    #[test]
    fn an_order_that_leaves_gives_its_place_to_the_next() {
        let band = Band {
            lo: Price(0),
            hi: Price(9),
        };
        let (mut ladder, mut slab) = (Ladder::new(Side::Buy, band), Slab::default());
        let order = RestingOrder {
            id: OrderId(1),
            side: Side::Buy,
            limit: Price(4),
            remaining: Quantity(3),
            time: Time(0),
        };
        let place = ladder.append(&mut slab, order);
        assert_eq!(ladder.unlink(&mut slab, place), Quantity(3));
        assert_eq!(ladder.best(), None);
        assert_eq!(ladder.append(&mut slab, order), place);
    }
}
