//! The theorem over random histories: posts that meet initial margin, fills at the limit or
//! better, claims of the fills so far, releases of what did not fill. Nothing after a post is ever
//! refused at maintenance, and the true equity never gets negative inside the band.

use proptest::prelude::*;

use super::orders::{Market, Order, market, order};
use crate::margin::{MAX_POSITION_LIMIT, MarginRequirement, MarginViolation, equity, solvent};
use crate::note::Note;

#[derive(Clone, Debug)]
enum Step {
    /// Post if initial margin allows.
    Post(Order),
    /// Fill contracts of an order, a number of ticks better than its limit.
    Fill(prop::sample::Index, i64, i64),
    /// Claim an order's fills so far; if asked, close it and release the rest.
    Claim(prop::sample::Index, bool),
}

/// An order of the history with its fills that are not yet claimed: contracts and price.
struct Resting {
    order: Order,
    open: i64,
    unclaimed: Vec<(i64, i64)>,
}

/// The trader's note and what has really happened.
struct Trader {
    market: Market,
    note: Note,
    orders: Vec<Resting>,
}

impl Trader {
    fn post(&mut self, order: Order) {
        let mut after = self.note.clone();
        order.reserve(&self.market, order.quantity, &mut after);
        let Market {
            initial,
            maintenance,
            ..
        } = self.market;
        let (lo, hi) = if order.is_buy {
            (initial, maintenance)
        } else {
            (maintenance, initial)
        };
        let asked = MarginRequirement { lo, hi };
        if solvent(&after, &self.market.band(), &asked, MAX_POSITION_LIMIT).is_ok() {
            self.note = after;
            self.orders.push(Resting {
                order,
                open: order.quantity,
                unclaimed: Vec::new(),
            });
        }
    }

    fn fill(&mut self, which: usize, quantity: i64, better: i64) {
        let Market { lo, hi, .. } = self.market;
        let resting = &mut self.orders[which];
        let quantity = quantity.min(resting.open);
        let limit = resting.order.limit;
        let price = if resting.order.is_buy {
            limit - better
        } else {
            limit + better
        };
        if quantity > 0 {
            resting.open -= quantity;
            resting.unclaimed.push((quantity, price.clamp(lo, hi)));
        }
    }

    fn claim(&mut self, which: usize, close: bool) {
        let resting = &mut self.orders[which];
        let order = resting.order;
        for (quantity, price) in std::mem::take(&mut resting.unclaimed) {
            order.fill(&self.market, quantity, price, &mut self.note);
            order.reserve(&self.market, -quantity, &mut self.note);
        }
        if close {
            let open = std::mem::take(&mut resting.open);
            order.reserve(&self.market, -open, &mut self.note);
        }
    }

    /// The note with every fill so far, claimed or not.
    fn truth(&self) -> Note {
        let mut note = self.note.clone();
        for Resting {
            order, unclaimed, ..
        } in &self.orders
        {
            for (quantity, price) in unclaimed {
                order.fill(&self.market, *quantity, *price, &mut note);
            }
        }
        note
    }

    fn at_maintenance(&self) -> Result<(), MarginViolation> {
        let Self { market, note, .. } = self;
        let asked = market.at_maintenance();
        solvent(note, &market.band(), &asked, MAX_POSITION_LIMIT)
    }
}

fn step(market: Market) -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        3 => order(market).prop_map(Step::Post),
        3 => (index(), 1..=3_i64, 0..=3_i64).prop_map(|(i, q, b)| Step::Fill(i, q, b)),
        2 => (index(), any::<bool>()).prop_map(|(i, close)| Step::Claim(i, close)),
    ]
}

fn histories() -> impl Strategy<Value = (Market, i64, Vec<Step>)> {
    (market(), 0..30_000_i64).prop_flat_map(|(market, deposit)| {
        let steps = prop::collection::vec(step(market), 1..40);
        (Just(market), Just(deposit), steps)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nobody_gets_insolvent_and_no_claim_is_refused((market, deposit, steps) in histories()) {
        let mut trader = Trader { market, note: Note::opening(), orders: Vec::new() };
        trader.note.cash = deposit;
        for step in steps {
            match step {
                Step::Post(order) => trader.post(order),
                _ if trader.orders.is_empty() => {}
                Step::Fill(which, quantity, better) => {
                    trader.fill(which.index(trader.orders.len()), quantity, better);
                }
                Step::Claim(which, close) => {
                    trader.claim(which.index(trader.orders.len()), close);
                }
            }
            prop_assert_eq!(trader.at_maintenance(), Ok(()));
            let truth = trader.truth();
            for tick in market.lo..=market.hi {
                prop_assert!(equity(&truth, tick * market.tau) >= 0);
            }
        }
        // In the end everything is claimed and nothing reserved.
        for which in 0..trader.orders.len() {
            trader.claim(which, true);
        }
        prop_assert_eq!((trader.note.buy_quantity, trader.note.sell_quantity), (0, 0));
        prop_assert_eq!((trader.note.buy_cost, trader.note.sell_cost), (0, 0));
        prop_assert_eq!(trader.at_maintenance(), Ok(()));
    }
}
