//! Random histories of a book.

use proptest::prelude::*;
use tally_exchange::units::{Band, Price, Side, TimeInForce};

/// One thing that happens to the book. Prices are offsets from the band's lower edge, a few of them outside;
/// orders are picked by their age among those ever given out, so that many are gone already.
#[derive(Clone, Debug)]
pub enum Step {
    Submit {
        order: Draft,
        time_in_force: TimeInForce,
        post_only: bool,
    },
    Market {
        side: Side,
        quantity: u32,
        ticks: u32,
    },
    Insert(Draft),
    Cancel(prop::sample::Index),
    Reduce(prop::sample::Index, u32),
    Replace(prop::sample::Index, Draft),
    Repeat(prop::sample::Index, Draft),
    Restore,
    CancelAll,
}

/// An order before it has an identifier. The next identifier leaves out `gap` numbers; the order is `age`
/// microseconds older than its turn.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    pub side: Side,
    pub offset: i32,
    pub quantity: u32,
    pub gap: u64,
    pub age: u64,
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn quantity() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 1_u32..6, 4 => 1_u32..40, 1 => Just(0), 1 => Just(u32::MAX), 1 => any::<u32>()]
}

fn draft(ticks: i32) -> impl Strategy<Value = Draft> {
    // Buys tend to the lower half and sells to the upper, so that depth builds up between trades.
    (
        side(),
        -1..=ticks,
        0..ticks,
        quantity(),
        0_u64..3,
        0_u64..50,
    )
        .prop_map(|(side, one, other, quantity, gap, age)| {
            let offset = if side == Side::Buy {
                one.min(other)
            } else {
                one.max(other)
            };
            Draft {
                side,
                offset,
                quantity,
                gap: gap * gap * 1_000,
                age,
            }
        })
}

fn step(ticks: i32) -> impl Strategy<Value = Step> {
    let any_index = any::<prop::sample::Index>;
    let patience = prop_oneof![
        4 => Just(TimeInForce::Day), 1 => Just(TimeInForce::Ioc), 1 => Just(TimeInForce::Fok)
    ];
    prop_oneof![
        12 => (draft(ticks), patience, prop::bool::weighted(0.15)).prop_map(
            |(order, time_in_force, post_only)| Step::Submit { order, time_in_force, post_only }
        ),
        3 => (side(), quantity(), 0_u32..6).prop_map(
            |(side, quantity, ticks)| Step::Market { side, quantity, ticks }
        ),
        1 => draft(ticks).prop_map(Step::Insert),
        6 => any_index().prop_map(Step::Cancel),
        4 => (any_index(), quantity()).prop_map(|(order, left)| Step::Reduce(order, left)),
        4 => (any_index(), draft(ticks)).prop_map(|(order, new)| Step::Replace(order, new)),
        1 => (any_index(), draft(ticks)).prop_map(|(order, new)| Step::Repeat(order, new)),
        1 => Just(Step::Restore),
        1 => prop::bool::weighted(0.1).prop_map(|all| if all { Step::CancelAll } else { Step::Restore }),
    ]
}

/// A band of a few ticks, so that orders meet; anywhere, also at the very edges of the number range.
fn band() -> impl Strategy<Value = Band> {
    let lo = prop_oneof![
        Just(2_500),
        Just(-4),
        Just(i32::MIN + 1),
        Just(i32::MAX - 14),
        -1_000_000..1_000_000_i32
    ];
    (lo, 0_i32..12).prop_map(|(lo, width)| Band {
        lo: Price(lo),
        hi: Price(lo + width),
    })
}

/// A band and what happens in it.
pub fn history() -> impl Strategy<Value = (Band, Vec<Step>)> {
    band().prop_flat_map(|band| {
        let ticks = band.hi.0 - band.lo.0 + 1;
        (Just(band), prop::collection::vec(step(ticks), 1..400))
    })
}
