//! The pre-open: two orders that uncross at the real open, and some that rest.
//!
//! Pre-open orders share one time priority, and their rank is not known when they are sent. So nothing here depends on
//! it: one buy and one sell of equal quantity meet at the open and nobody else can; all others rest, at most one at each
//! price.

use std::collections::BTreeSet;

use super::event::{FlowEvent, Intent, Side};
use super::generator::Generator;
use super::plan::Day;
use super::{ExpectedFill, PRE_OPEN_MICROSECONDS, shapes};

/// Orders that meet at the open: a buy and a sell.
pub(crate) const CROSSING_ORDERS: usize = 2;

/// One resting pre-open order for so many messages, up to [`MOST_RESTING`].
const MESSAGES_PER_RESTING: usize = 50;
const MOST_RESTING: usize = 30;

/// The opening trade is one part in so many of the day's volume, at least one contract and at most [`LARGEST_OPENING`].
const OPENING_PART: u32 = 200;
const LARGEST_OPENING: u32 = 40;

/// An order of the pre-open before it has a number.
#[derive(Clone, Copy)]
struct Early {
    side: Side,
    price: i32,
    quantity: u32,
    owner: u32,
    rests: bool,
}

/// How many pre-open orders rest: none in the smallest flows, and never more than there are prices for on both sides.
pub(crate) fn resting_orders(day: &Day) -> usize {
    let prices = usize::try_from(i64::from(day.ceiling) - i64::from(day.floor)).unwrap_or(0);
    (day.messages / MESSAGES_PER_RESTING)
        .min(MOST_RESTING)
        .min(prices)
}

impl Generator {
    /// Generates the pre-open and its uncrossing.
    pub(crate) fn open(&mut self) {
        let quantity = (self.day.volume / OPENING_PART).clamp(1, LARGEST_OPENING);
        let buyer = self.dealer.draw(&mut self.draw.owner);
        let seller = self
            .dealer
            .draw_other(buyer, &mut self.draw.owner)
            .unwrap_or(buyer);
        let crossing = |side, owner| Early {
            side,
            price: self.day.open,
            quantity,
            owner,
            rests: false,
        };
        let mut orders = vec![crossing(Side::Buy, buyer), crossing(Side::Sell, seller)];
        orders.extend(self.early_resting());
        // The order in which they are sent is random.
        for last in (1..orders.len()).rev() {
            let other = self.draw.choice.below(last as u64 + 1);
            orders.swap(last, usize::try_from(other).unwrap_or(last));
        }
        let times = self.early_times(orders.len());
        let mut met = (0, 0);
        for (order, at) in orders.into_iter().zip(times) {
            let number = self.send_early(order, at);
            match order.side {
                Side::Buy if !order.rests => met.0 = number,
                Side::Sell if !order.rests => met.1 = number,
                _ => {}
            }
        }
        let (buy, sell) = met;
        self.fills.push(ExpectedFill {
            event: None,
            buy,
            sell,
            aggressor: None,
            price: self.day.open,
            quantity,
        });
        self.remaining -= quantity;
        self.obligations.record(self.day.open, false);
    }

    fn send_early(&mut self, order: Early, at: i64) -> u32 {
        let Early {
            side,
            price,
            quantity,
            owner,
            rests,
        } = order;
        let number = self.book.insert(side, price, quantity, owner, None, rests);
        let intent = Intent::Add {
            order: number,
            side,
            price,
            quantity,
            post_only: false,
        };
        self.events.push(FlowEvent {
            at,
            trader: owner,
            intent,
        });
        number
    }

    /// Resting orders, each at its own price, bids below the open and asks above.
    fn early_resting(&mut self) -> Vec<Early> {
        let mut taken = BTreeSet::from([self.day.open]);
        let mut orders = Vec::new();
        for _ in 0..resting_orders(&self.day) {
            let Some(price) = self.free_price(&taken) else {
                break;
            };
            taken.insert(price);
            let side = if price < self.day.open {
                Side::Buy
            } else {
                Side::Sell
            };
            let quantity = shapes::add_size(&mut self.draw.size);
            let owner = self.dealer.draw(&mut self.draw.owner);
            orders.push(Early {
                side,
                price,
                quantity,
                owner,
                rests: true,
            });
        }
        orders
    }

    /// A price without an order, near the open by preference.
    fn free_price(&mut self, taken: &BTreeSet<i32>) -> Option<i32> {
        for _ in 0..8 {
            let distance = self.placement.distance(&mut self.draw.placement);
            let above = self.draw.kind.permille(500);
            let price = if above {
                self.day.open + distance
            } else {
                self.day.open - distance
            };
            if (self.day.floor..=self.day.ceiling).contains(&price) && !taken.contains(&price) {
                return Some(price);
            }
        }
        (self.day.floor..=self.day.ceiling).find(|price| !taken.contains(price))
    }

    /// Ascending, distinct negative times within the pre-open.
    fn early_times(&mut self, count: usize) -> Vec<i64> {
        let mut times = BTreeSet::new();
        let width = PRE_OPEN_MICROSECONDS.unsigned_abs();
        while times.len() < count {
            times.insert(-1 - i64::try_from(self.draw.life.below(width)).unwrap_or(0));
        }
        times.into_iter().collect()
    }
}
