//! The pace of a market's clock from one day to the next: fast, slower where traders have short deadlines, and never past
//! an instant at which the market acts by itself. So whoever sets the pace may be slow to notice that a deadline has begun.

use tally_exchange::epoch::opening::SumOpening;
use tally_exchange::epoch::rounds::RoundPhase;
use tally_exchange::market::{Market, Stage};
use tally_node::live::engine::Engine;

/// When nobody has anything to do by some instant.
const FAST: u32 = 2_400;
/// In the window of a revalidation, which is hours long at night.
const WINDOW: u32 = 1_200;
/// Where shares and dealings are due within minutes.
const CAREFUL: u32 = 30;
/// How far the clock runs before it is paced again, microseconds: it waits for a test that is slow.
const LEASH: u64 = 240_000_000;

/// Sets speed and limit of the clock. Asked again and again, at most a tenth of a second apart, it lets days pass.
pub fn pace(engine: &Engine) {
    let (speed, limit) = {
        let replica = engine.replica();
        let speed = replica.markets().map(speed).min().unwrap();
        (speed, replica.markets().map(limit).min().unwrap())
    };
    let leash = engine.clock().now() + LEASH;
    engine.drive_clock(speed, limit.min(leash));
}

fn speed(market: &Market) -> u32 {
    match market.stage() {
        Stage::AwaitingKey | Stage::Sharing { .. } => CAREFUL,
        _ if has_deadline(market) => CAREFUL,
        Stage::Window { .. } => WINDOW,
        Stage::Open => FAST,
    }
}

/// Whether some seat has something to do before a deadline.
fn has_deadline(market: &Market) -> bool {
    let deals = market.key_round().is_some_and(|round| {
        matches!(round.phase(), RoundPhase::Dealing { .. }) && !round.missing().is_empty()
    });
    let is_taken = |opening: &&SumOpening| !opening.is_closed();
    let shares = market.opening().filter(is_taken);
    deals || shares.is_some_and(|opening| !opening.missing().is_empty())
}

/// Where the clock stands until the market has acted, microseconds. Steps of a second are taken as they come.
fn limit(market: &Market) -> u64 {
    let soon = market.time().plus_seconds(2);
    let next = market.next_instant().filter(|next| *next >= soon);
    next.map_or(u64::MAX, |next| next.0)
}
