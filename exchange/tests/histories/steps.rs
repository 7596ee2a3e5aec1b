//! Random histories: what may happen, in every order.

// Each test file takes what it needs.
#![allow(dead_code)]

use super::support::{HI, LO, MIDDLE};
use proptest::prelude::*;
use proptest::sample::Index;
use tally_exchange::units::{Side, TimeInForce};

/// Traders in a history.
pub const TRADERS: usize = 4;

#[derive(Clone, Copy, Debug)]
pub struct DraftOrder {
    pub side: Side,
    pub limit: i32,
    pub quantity: u32,
    pub time_in_force: TimeInForce,
    pub post_only: bool,
}

/// One thing that happens. Orders are picked among those ever posted, many of which are dead or claimed.
#[derive(Clone, Debug)]
pub enum Step {
    /// An Act is proved and sent at once.
    Post {
        trader: usize,
        orders: Vec<DraftOrder>,
    },
    /// A day order at the best price there is for the other side, as far as orders of the near prices go.
    Take {
        trader: usize,
        side: Side,
        quantity: u32,
    },
    /// A claim of an order that is picked, or of the youngest, is proved with the fills of now (or fewer) and waits.
    Prove {
        trader: usize,
        pick: Option<Index>,
        choice: u16,
        behind: u32,
        orders: Vec<DraftOrder>,
    },
    /// An Act that waits is included, perhaps again.
    Include {
        trader: usize,
        pick: Index,
    },
    /// The youngest Act that waits is included.
    IncludeLast {
        trader: usize,
    },
    Cancel(Index),
    Reduce(Index, u32),
    Cash {
        trader: usize,
        cents: i64,
    },
    Block {
        seconds: u64,
    },
    NextPhase,
    /// The market is written down and taken up again.
    Restart,
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn draft(limits: BoxedStrategy<i32>, most: u32) -> impl Strategy<Value = DraftOrder> {
    let kind = prop_oneof![
        8 => Just((TimeInForce::Day, false)),
        2 => Just((TimeInForce::Ioc, false)),
        1 => Just((TimeInForce::Fok, false)),
        1 => Just((TimeInForce::Day, true)),
    ];
    (side(), limits, 1..=most, kind).prop_map(
        |(side, limit, quantity, (time_in_force, post_only))| DraftOrder {
            side,
            limit,
            quantity,
            time_in_force,
            post_only,
        },
    )
}

/// Limits close together, so that orders meet all the time.
pub fn near() -> BoxedStrategy<i32> {
    (MIDDLE - 1..=MIDDLE + 1).boxed()
}

/// Limits anywhere in the band, often at its edges, so that margin is what stops orders.
pub fn anywhere() -> BoxedStrategy<i32> {
    prop_oneof![2 => LO..=HI, 1 => Just(LO), 1 => Just(HI), 2 => near()].boxed()
}

pub fn steps(
    limits: &BoxedStrategy<i32>,
    most: u32,
    length: usize,
) -> impl Strategy<Value = Vec<Step>> + use<> {
    let trader = || 0..TRADERS;
    let orders = |from| prop::collection::vec(draft(limits.clone(), most), from..=3);
    let few = prop_oneof![3 => Just(Vec::new()), 1 => orders(1)];
    let step = prop_oneof![
        12 => (trader(), orders(1)).prop_map(|(trader, orders)| Step::Post { trader, orders }),
        8 => (trader(), any::<Index>(), any::<u16>(), prop_oneof![4 => Just(0_u32), 1 => 1_u32..3], few)
            .prop_map(|(trader, pick, choice, behind, orders)| {
                Step::Prove { trader, pick: Some(pick), choice, behind, orders }
            }),
        8 => (trader(), any::<Index>()).prop_map(|(trader, pick)| Step::Include { trader, pick }),
        2 => any::<Index>().prop_map(Step::Cancel),
        2 => (any::<Index>(), 0..=most).prop_map(|(pick, total)| Step::Reduce(pick, total)),
        2 => (trader(), -300_000..300_000_i64).prop_map(|(trader, cents)| Step::Cash { trader, cents }),
        1 => (0_u64..40).prop_map(|seconds| Step::Block { seconds }),
        1 => Just(Step::Restart),
    ];
    // Few histories reach the close; those that do end with claims only.
    let one = prop_oneof![80 => step, 1 => Just(Step::NextPhase)].prop_map(|step| vec![step]);
    let some = prop_oneof![1 => one, 1 => race(limits, most)];
    prop::collection::vec(some, length / 4..length).prop_map(|steps| steps.concat())
}

/// A trader leads one side of the book and proves a claim of that order; before it is included others trade with it,
/// and orders are cancelled and reduced.
fn race(limits: &BoxedStrategy<i32>, most: u32) -> impl Strategy<Value = Vec<Step>> + use<> {
    let orders = |from| prop::collection::vec(draft(limits.clone(), most), from..=2);
    let prove = (0..TRADERS, side(), any::<u16>(), orders(0));
    // A trader is named by his distance from the one whose proof is being made, a side by whether it is the other one.
    let meanwhile = prop_oneof![
        2 => (1..TRADERS, orders(1)).prop_map(|(trader, orders)| Step::Post { trader, orders }),
        4 => (1..TRADERS, 1..=most).prop_map(|(trader, quantity)| Step::Take { trader, side: Side::Sell, quantity }),
        1 => any::<Index>().prop_map(Step::Cancel),
        1 => (any::<Index>(), 0..=most).prop_map(|(pick, total)| Step::Reduce(pick, total)),
        1 => Just(Step::Restart),
    ];
    (prove, prop::collection::vec(meanwhile, 1..5)).prop_map(
        move |((trader, side, choice, orders), meanwhile)| {
            let mut steps = vec![
                Step::Take {
                    trader,
                    side,
                    quantity: 2 * most,
                },
                Step::Prove {
                    trader,
                    pick: None,
                    choice,
                    behind: 0,
                    orders,
                },
            ];
            steps.extend(meanwhile.into_iter().map(|step| match step {
                Step::Post {
                    trader: offset,
                    orders,
                } => Step::Post {
                    trader: (trader + offset) % TRADERS,
                    orders,
                },
                Step::Take {
                    trader: offset,
                    quantity,
                    ..
                } => Step::Take {
                    trader: (trader + offset) % TRADERS,
                    side: side.opposite(),
                    quantity,
                },
                other => other,
            }));
            steps.push(Step::IncludeLast { trader });
            steps
        },
    )
}
