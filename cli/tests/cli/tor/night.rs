//! Nights, which pass faster than days.

use super::pace::pace;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use tally_node::live::engine::Engine;

/// Lets the clock run until `work` is done.
pub fn passes(engine: &Engine, work: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Acquire) {
                pace(engine);
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
