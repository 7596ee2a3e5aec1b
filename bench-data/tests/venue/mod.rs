//! An independent venue for checking flows: ordered maps by price and time, written for plainness. It trusts nothing in
//! a flow and panics with the reason at the first event that breaks a promise.

// Each test file uses its own part of this module.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};

use tally_bench_data::flow::{
    ExpectedFill, MARKET_REACH_TICKS, PRE_OPEN_MICROSECONDS, SESSION_MICROSECONDS,
    SETTLEMENT_WINDOW,
};
use tally_bench_data::{Flow, FlowEvent, FlowRequest, Intent, Session, Side, generate};

/// Lean Hogs' daily limit, ticks: 3.000 cents per pound.
pub const LIMIT: i32 = 120;

pub fn flow(session: &Session, messages: Option<usize>, traders: usize, seed: u64) -> Flow {
    let request = FlowRequest {
        date: session.row.date,
        messages,
        traders,
        seed,
        band: session.band(LIMIT),
    };
    generate(&request).unwrap_or_else(|error| panic!("{request:?}: {error}"))
}

struct Order {
    side: Side,
    price: i32,
    total: u32,
    filled: u32,
    owner: u32,
    key: Key,
}

/// Better orders come first: negated price for bids, then time.
type Key = (i32, u64);

pub struct Venue {
    band: (i32, i32),
    orders: BTreeMap<u32, Order>,
    bids: BTreeMap<Key, u32>,
    asks: BTreeMap<Key, u32>,
    clock: u64,
    next_order: u32,
    pub fills: Vec<ExpectedFill>,
    /// Market orders of which a part found nobody to meet.
    pub remainders: usize,
    /// Takers that had another order of their own within reach of the market order, though not in its way.
    pub own_in_reach: usize,
}

impl Venue {
    pub fn new(band: (i32, i32)) -> Self {
        let (orders, bids, asks) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self {
            band,
            orders,
            bids,
            asks,
            clock: 0,
            next_order: 0,
            fills: Vec::new(),
            remainders: 0,
            own_in_reach: 0,
        }
    }

    /// Runs a whole flow.
    pub fn replay(flow: &Flow) -> Self {
        let mut venue = Self::new(flow.request.band);
        let early = flow.events.partition_point(|event| event.at < 0);
        venue.pre_open(&flow.events[..early], flow.session.row.open);
        for (index, event) in flow.events.iter().enumerate().skip(early) {
            venue.process(u32::try_from(index).unwrap(), event);
            assert!(
                !venue.crossed(),
                "event {index} leaves a crossed or locked book"
            );
        }
        venue
    }

    fn number(&mut self, order: u32) {
        assert_eq!(
            order, self.next_order,
            "order numbers must ascend without gaps"
        );
        self.next_order += 1;
    }

    fn check(&self, price: i32, quantity: u32) {
        assert!(
            (self.band.0..=self.band.1).contains(&price),
            "price {price} outside {:?}",
            self.band
        );
        assert!(quantity > 0, "quantity zero");
    }

    fn rest(&mut self, order: u32, side: Side, price: i32, total: u32, filled: u32, owner: u32) {
        self.clock += 1;
        let key = (if side == Side::Buy { -price } else { price }, self.clock);
        self.orders.insert(
            order,
            Order {
                side,
                price,
                total,
                filled,
                owner,
                key,
            },
        );
        self.book(side).insert(key, order);
    }

    fn book(&mut self, side: Side) -> &mut BTreeMap<Key, u32> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    fn remove(&mut self, order: u32) -> Order {
        let gone = self
            .orders
            .remove(&order)
            .unwrap_or_else(|| panic!("order {order} does not rest"));
        self.book(gone.side).remove(&gone.key).unwrap();
        gone
    }

    fn owned(&self, order: u32, trader: u32) -> &Order {
        let found = self
            .orders
            .get(&order)
            .unwrap_or_else(|| panic!("order {order} does not rest"));
        assert_eq!(
            found.owner, trader,
            "order {order} belongs to another trader"
        );
        found
    }

    pub fn best(&self, side: Side) -> Option<i32> {
        match side {
            Side::Buy => self.bids.keys().next().map(|key| -key.0),
            Side::Sell => self.asks.keys().next().map(|key| key.0),
        }
    }

    fn crossed(&self) -> bool {
        matches!((self.best(Side::Buy), self.best(Side::Sell)), (Some(bid), Some(ask)) if bid >= ask)
    }

    pub fn resting(&self) -> usize {
        self.orders.len()
    }

    /// Open contracts of an order that may be reduced or cancelled.
    pub fn open(&self, order: u32) -> Option<u32> {
        self.orders
            .get(&order)
            .map(|order| order.total - order.filled)
    }

    /// The pre-open by its contract: two orders at the open meet, the others are alone at their prices and don't cross.
    fn pre_open(&mut self, events: &[FlowEvent], open: i32) {
        let (mut meeting, mut prices) = (Vec::new(), BTreeSet::new());
        for event in events {
            assert!(event.at >= -PRE_OPEN_MICROSECONDS);
            let Intent::Add {
                order,
                side,
                price,
                quantity,
                post_only,
            } = event.intent
            else {
                panic!("only adds in the pre-open")
            };
            self.number(order);
            self.check(price, quantity);
            assert!(!post_only);
            if price == open {
                meeting.push((order, side, quantity, event.trader));
                continue;
            }
            assert!(prices.insert(price), "two pre-open orders at {price}");
            assert_eq!(
                price < open,
                side == Side::Buy,
                "a pre-open order at {price} crosses the open {open}"
            );
            self.rest(order, side, price, quantity, 0, event.trader);
        }
        meeting.sort_by_key(|(_, side, _, _)| *side == Side::Sell);
        let [
            (buy, Side::Buy, bought, buyer),
            (sell, Side::Sell, sold, seller),
        ] = meeting[..]
        else {
            panic!("exactly one buy and one sell must meet at the open")
        };
        assert!(bought == sold && buyer != seller);
        self.fills.push(ExpectedFill {
            event: None,
            buy,
            sell,
            aggressor: None,
            price: open,
            quantity: bought,
        });
    }

    pub fn process(&mut self, index: u32, event: &FlowEvent) {
        let trader = event.trader;
        match event.intent {
            Intent::Add {
                order,
                side,
                price,
                quantity,
                post_only,
            } => {
                self.number(order);
                self.check(price, quantity);
                let filled = self.meet(index, order, side, price, quantity, trader);
                assert!(
                    !(post_only && filled > 0),
                    "post-only order {order} met the other side"
                );
                if filled < quantity {
                    self.rest(order, side, price, quantity, filled, trader);
                }
            }
            Intent::Market {
                order,
                side,
                quantity,
            } => {
                self.number(order);
                assert!(quantity > 0);
                let best = self
                    .best(side.opposite())
                    .expect("a market order needs an opposite side");
                let reach = if side == Side::Buy {
                    MARKET_REACH_TICKS
                } else {
                    -MARKET_REACH_TICKS
                };
                let limit = (best + reach).clamp(self.band.0, self.band.1);
                self.own_in_reach += usize::from(self.owns_in_reach(side, limit, trader));
                let filled = self.meet(index, order, side, limit, quantity, trader);
                assert!(filled > 0);
                self.remainders += usize::from(filled < quantity);
            }
            Intent::Replace {
                order,
                new_order,
                price,
                quantity,
            } => {
                self.owned(order, trader);
                self.number(new_order);
                self.check(price, quantity);
                let side = self.remove(order).side;
                assert_eq!(
                    self.meet(index, new_order, side, price, quantity, trader),
                    0,
                    "a replace met the other side"
                );
                self.rest(new_order, side, price, quantity, 0, trader);
            }
            Intent::Reduce {
                order,
                remaining_total,
            } => {
                let found = self.owned(order, trader);
                assert!(
                    (found.filled + 1..found.total).contains(&remaining_total),
                    "reduce to {remaining_total}"
                );
                self.orders.get_mut(&order).unwrap().total = remaining_total;
            }
            Intent::Cancel { order } => {
                self.owned(order, trader);
                self.remove(order);
            }
        }
    }

    fn owns_in_reach(&self, side: Side, limit: i32, trader: u32) -> bool {
        let opposite = self
            .orders
            .values()
            .filter(|order| order.side != side && order.owner == trader);
        opposite.into_iter().any(|order| {
            if side == Side::Buy {
                order.price <= limit
            } else {
                order.price >= limit
            }
        })
    }

    /// Matches an incoming order; returns what was filled.
    fn meet(
        &mut self,
        index: u32,
        taker: u32,
        side: Side,
        limit: i32,
        quantity: u32,
        trader: u32,
    ) -> u32 {
        let mut filled = 0;
        while filled < quantity {
            let Some((_, maker)) = self
                .book(side.opposite())
                .first_key_value()
                .map(|(key, order)| (*key, *order))
            else {
                break;
            };
            let resting = self.orders.get_mut(&maker).unwrap();
            let price = resting.price;
            if (side == Side::Buy && price > limit) || (side == Side::Sell && price < limit) {
                break;
            }
            assert_ne!(
                resting.owner, trader,
                "event {index}: trader {trader} trades with itself"
            );
            let taken = (resting.total - resting.filled).min(quantity - filled);
            resting.filled += taken;
            filled += taken;
            if resting.filled == resting.total {
                self.remove(maker);
            }
            let (buy, sell) = if side == Side::Buy {
                (taker, maker)
            } else {
                (maker, taker)
            };
            self.fills.push(ExpectedFill {
                event: Some(index),
                buy,
                sell,
                aggressor: Some(side),
                price,
                quantity: taken,
            });
        }
        filled
    }
}

/// Every promise that holds for any flow, full or thinned.
pub fn check_promises(flow: &Flow) -> Venue {
    let row = &flow.session.row;
    let venue = Venue::replay(flow);
    assert_eq!(venue.fills, flow.fills);
    assert!(
        flow.events.windows(2).all(|pair| pair[0].at < pair[1].at),
        "times must ascend"
    );
    assert!(flow.events.last().unwrap().at < SESSION_MICROSECONDS);
    assert!(
        flow.events
            .iter()
            .all(|event| (event.trader as usize) < flow.request.traders)
    );
    let figures = &flow.figures;
    assert_eq!(figures.messages, flow.events.len());
    let kinds =
        figures.adds + figures.markets + figures.replaces + figures.reduces + figures.cancels;
    assert_eq!(kinds, flow.events.len());
    assert_eq!(figures.orders, venue.next_order as usize);
    assert_eq!(
        (figures.open, figures.high, figures.low, figures.close),
        (row.open, row.high, row.low, row.close)
    );
    let traded: u64 = venue
        .fills
        .iter()
        .map(|fill| u64::from(fill.quantity))
        .sum();
    assert_eq!(figures.contracts_traded, traded);
    check_settlement(flow, &venue);
    venue
}

fn check_settlement(flow: &Flow, venue: &Venue) {
    let close = flow.session.row.close;
    let at = |fill: &ExpectedFill| {
        fill.event
            .map_or(-1, |event| flow.events[event as usize].at)
    };
    let inside: Vec<_> = venue
        .fills
        .iter()
        .filter(|fill| SETTLEMENT_WINDOW.contains(&at(fill)))
        .collect();
    assert!(!inside.is_empty(), "no trade in the settlement window");
    assert!(inside.iter().all(|fill| fill.price == close));
    assert_eq!(
        flow.figures.window_contracts,
        inside
            .iter()
            .map(|fill| u64::from(fill.quantity))
            .sum::<u64>()
    );
    assert_eq!(flow.figures.settlement, close);
    let later = venue
        .fills
        .iter()
        .filter(|fill| at(fill) >= SETTLEMENT_WINDOW.start);
    assert!(later.into_iter().all(|fill| fill.price == close));
}
