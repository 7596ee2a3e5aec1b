//! A clock that runs fast, and slower where traders have short deadlines: a minute of theirs is a second of the test.

use super::{FAST, ON};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use tally_exchange::epoch::rounds::RoundPhase;
use tally_exchange::market::{Market, Stage};
use tally_node::live::engine::Engine;

/// Where shares and dealings are due within minutes.
const CAREFUL: u32 = 60;
/// In the window of a revalidation, which is hours long at night.
const WINDOW: u32 = 1_200;

/// Lets the clock run until `work` is done.
pub fn passes(engine: &Engine, work: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Acquire) {
                let speed = engine.replica().markets().map(speed).min().unwrap();
                engine.drive_clock(speed, ON);
                thread::sleep(Duration::from_millis(10));
            }
        });
        // A failure must end the other thread, too.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        is_over.store(true, Ordering::Release);
        if let Err(panic) = result {
            std::panic::resume_unwind(panic);
        }
    });
}

fn speed(market: &Market) -> u32 {
    let is_dealing = market.key_round().is_some_and(|round| {
        matches!(round.phase(), RoundPhase::Dealing { .. }) && !round.missing().is_empty()
    });
    match market.stage() {
        Stage::AwaitingKey | Stage::Sharing { .. } => CAREFUL,
        _ if is_dealing => CAREFUL,
        Stage::Window { .. } => WINDOW,
        Stage::Open => FAST,
    }
}
