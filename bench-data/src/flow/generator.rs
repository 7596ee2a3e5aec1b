//! The generator: walks through the planned times and produces one message for each, on its own book.
//!
//! This file holds the state and the messages themselves; [`super::ordinary`] draws messages by their shapes,
//! [`super::pressing`] produces those that obligations demand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::book::{Book, Match};
use super::dealer::Dealer;
use super::event::{FlowEvent, Intent, Side};
use super::obligations::Obligations;
use super::plan::{Day, Plan};
use super::random::{Purpose, Seed, Stream};
use super::shapes::Placement;
use super::{ExpectedFill, MARKET_REACH_TICKS};
use crate::commitments::TraderProfile;

/// One stream for each purpose.
pub(crate) struct Streams {
    pub(crate) kind: Stream,
    pub(crate) placement: Stream,
    pub(crate) size: Stream,
    pub(crate) life: Stream,
    pub(crate) owner: Stream,
    pub(crate) choice: Stream,
}

impl Streams {
    fn new(seed: Seed) -> Self {
        Self {
            kind: Stream::new(seed, Purpose::Kind),
            placement: Stream::new(seed, Purpose::Placement),
            size: Stream::new(seed, Purpose::Size),
            life: Stream::new(seed, Purpose::Life),
            owner: Stream::new(seed, Purpose::Owner),
            choice: Stream::new(seed, Purpose::Choice),
        }
    }
}

/// State while a flow is generated.
pub(crate) struct Generator {
    pub(crate) day: Day,
    pub(crate) plan: Plan,
    pub(crate) book: Book,
    pub(crate) obligations: Obligations,
    pub(crate) dealer: Dealer,
    pub(crate) draw: Streams,
    pub(crate) placement: Placement,
    /// Contracts still to trade.
    pub(crate) remaining: u32,
    /// The message being generated, counted from the first after the open.
    pub(crate) index: usize,
    /// Orders by the time at which they are meant to be cancelled; may hold orders that are gone.
    pub(crate) expiries: BinaryHeap<Reverse<(i64, u32)>>,
    matches: Vec<Match>,
    pub(crate) events: Vec<FlowEvent>,
    pub(crate) fills: Vec<ExpectedFill>,
}

impl Generator {
    pub(crate) fn new(day: Day, profiles: &[TraderProfile], seed: Seed) -> Self {
        let resting = super::opening::resting_orders(&day);
        let count = day
            .messages
            .saturating_sub(resting + super::opening::CROSSING_ORDERS);
        let plan = Plan::new(&day, count, resting, seed);
        Self {
            book: Book::new(day.floor, day.ceiling),
            obligations: Obligations::new(&plan, day.close),
            dealer: Dealer::new(profiles),
            draw: Streams::new(seed),
            placement: Placement::new(),
            remaining: day.volume,
            index: 0,
            expiries: BinaryHeap::new(),
            matches: Vec::new(),
            events: Vec::with_capacity(day.messages),
            fills: Vec::new(),
            day,
            plan,
        }
    }

    /// Generates everything after the open.
    pub(crate) fn run(&mut self) {
        for index in 0..self.plan.times.len() {
            self.index = index;
            if self
                .obligations
                .allow_ordinary(index, &self.book, self.remaining)
            {
                self.ordinary();
            } else {
                self.pressing();
            }
            debug_assert_eq!(
                self.events.len(),
                self.day.messages - self.plan.times.len() + index + 1
            );
        }
        debug_assert!(self.remaining == 0 && self.obligations.first().is_none());
    }

    /// Time of the message being generated.
    pub(crate) fn now(&self) -> i64 {
        self.plan.times[self.index]
    }

    /// The price that trading is drawn to now.
    pub(crate) fn target(&self) -> i32 {
        self.plan.targets[self.index]
    }

    /// Prices that may print now: the day's range; from the settlement window on only the close.
    pub(crate) fn printable(&self) -> (i32, i32) {
        if self.index < self.plan.window.start {
            (self.day.low, self.day.high)
        } else {
            (self.day.close, self.day.close)
        }
    }

    /// Contracts by which trading is behind the even schedule; negative if ahead.
    pub(crate) fn behind(&self) -> i64 {
        let (done, all) = (self.index + 1, self.plan.times.len().max(1));
        let due = u64::from(self.day.volume) * done as u64 / all as u64;
        i64::try_from(due).unwrap_or(i64::MAX) - i64::from(self.day.volume - self.remaining)
    }

    fn emit(&mut self, trader: u32, intent: Intent) {
        self.events.push(FlowEvent {
            at: self.now(),
            trader,
            intent,
        });
    }

    /// Posts an order that rests. The price must not meet the other side.
    pub(crate) fn post(
        &mut self,
        side: Side,
        price: i32,
        quantity: u32,
        expiry: Option<i64>,
        post_only: bool,
    ) -> u32 {
        let owner = self.dealer.draw(&mut self.draw.owner);
        let order = self.book.insert(side, price, quantity, owner, expiry, true);
        self.remember_expiry(order, expiry);
        self.emit(
            owner,
            Intent::Add {
                order,
                side,
                price,
                quantity,
                post_only,
            },
        );
        order
    }

    fn remember_expiry(&mut self, order: u32, expiry: Option<i64>) {
        if let Some(expiry) = expiry {
            self.expiries.push(Reverse((expiry, order)));
        }
    }

    pub(crate) fn cancel(&mut self, order: u32) {
        let owner = self.book.order(order).owner;
        self.book.cancel(order);
        self.emit(owner, Intent::Cancel { order });
    }

    /// Replaces an order; the new one has the old one's expiry.
    pub(crate) fn replace(&mut self, order: u32, price: i32, quantity: u32) {
        let old = *self.book.order(order);
        self.book.cancel(order);
        let new_order = self
            .book
            .insert(old.side, price, quantity, old.owner, old.expiry, true);
        self.remember_expiry(new_order, old.expiry);
        self.emit(
            old.owner,
            Intent::Replace {
                order,
                new_order,
                price,
                quantity,
            },
        );
    }

    pub(crate) fn reduce(&mut self, order: u32, remaining_total: u32) {
        let owner = self.book.order(order).owner;
        self.book.reduce(order, remaining_total);
        self.emit(
            owner,
            Intent::Reduce {
                order,
                remaining_total,
            },
        );
    }

    /// Takes from the other side: a market order or, if `as_limit`, a limit order at the last price it reaches. No price
    /// beyond `cap` prints. Returns whether it was sent: not if nothing may be taken.
    pub(crate) fn take(&mut self, side: Side, quantity: u32, cap: i32, as_limit: bool) -> bool {
        let (lowest, highest) = self.printable();
        let Some(best) = self.book.best(side.opposite()) else {
            return false;
        };
        let wanted = quantity.min(self.remaining.saturating_sub(self.obligations.reserve()));
        if !(lowest..=highest).contains(&best) || wanted == 0 {
            return false;
        }
        let reach = self.reach(side, best);
        let limit = match side {
            Side::Buy => reach.min(cap).min(highest),
            Side::Sell => reach.max(cap).max(lowest),
        };
        let mut matches = std::mem::take(&mut self.matches);
        self.book.matches(side, wanted, limit, &mut matches);
        let sent = self.send_taker(side, wanted, &mut matches, reach, as_limit);
        self.matches = matches;
        sent
    }

    /// The last price that a market order reaches, given the best price it meets. No order rests outside floor and
    /// ceiling, which lie within the band.
    fn reach(&self, side: Side, best: i32) -> i32 {
        match side {
            Side::Buy => best
                .saturating_add(MARKET_REACH_TICKS)
                .min(self.day.ceiling),
            Side::Sell => best.saturating_sub(MARKET_REACH_TICKS).max(self.day.floor),
        }
    }

    /// Takes from one resting order, whatever is kept back for other obligations. It must be the first of its side.
    pub(crate) fn meet(&mut self, order: u32, quantity: u32) -> bool {
        let resting = *self.book.order(order);
        let mut matches = vec![Match {
            order,
            price: resting.price,
            quantity: quantity.min(resting.open()),
        }];
        let wanted = matches[0].quantity;
        let side = resting.side.opposite();
        let reach = self.reach(side, resting.price);
        self.send_taker(side, wanted, &mut matches, reach, false)
    }

    /// Sends an order that takes exactly `matches`, or the first of them if no trader may take them all.
    fn send_taker(
        &mut self,
        side: Side,
        wanted: u32,
        matches: &mut Vec<Match>,
        reach: i32,
        as_limit: bool,
    ) -> bool {
        let Some(last) = matches.last().copied() else {
            return false;
        };
        let taken: u32 = matches.iter().map(|found| found.quantity).sum();
        // More than can be taken is asked only if a market order would find nothing more within its reach.
        let more = self.book.prices_to(side.opposite(), reach).last() != Some(last.price);
        let mut quantity = if as_limit || more { taken } else { wanted };
        let reach = if as_limit { last.price } else { reach };
        let mut taker =
            self.dealer
                .draw_taker(&self.book, side, matches, reach, &mut self.draw.owner);
        if taker.is_none() {
            matches.truncate(1);
            quantity = matches[0].quantity;
            taker = self
                .dealer
                .draw_taker(&self.book, side, matches, reach, &mut self.draw.owner);
        }
        let Some(taker) = taker else { return false };
        let price = matches.last().map_or(last.price, |found| found.price);
        let order = self.book.insert(side, price, quantity, taker, None, false);
        let intent = if as_limit {
            Intent::Add {
                order,
                side,
                price,
                quantity,
                post_only: false,
            }
        } else {
            Intent::Market {
                order,
                side,
                quantity,
            }
        };
        self.emit(taker, intent);
        self.settle(order, side, matches);
        true
    }

    /// Books the matches of the message just sent.
    fn settle(&mut self, taker: u32, side: Side, matches: &[Match]) {
        let event = u32::try_from(self.events.len().saturating_sub(1)).ok();
        let in_window = self.plan.window.contains(&self.index);
        self.book.fill(matches);
        for found in matches {
            let (buy, sell) = if side == Side::Buy {
                (taker, found.order)
            } else {
                (found.order, taker)
            };
            let fill = ExpectedFill {
                event,
                buy,
                sell,
                aggressor: Some(side),
                price: found.price,
                quantity: found.quantity,
            };
            self.fills.push(fill);
            self.remaining -= found.quantity;
            self.obligations.record(found.price, in_window);
        }
    }
}
