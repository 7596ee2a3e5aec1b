//! A wall around the storage engine, which panics on some damaged pages instead of returning an error.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::thread;

thread_local! {
    static BEHIND_WALL: Cell<bool> = const { Cell::new(false) };
}

/// The engine panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Panicked;

/// Runs calls of the engine and catches their panics.
///
/// Unwind safety: what a panicking call may leave behind is inside the engine, which poisons its own
/// transactions, and a log whose engine panicked while writing refuses all further writes.
pub(super) fn guarded<T>(body: impl FnOnce() -> T) -> Result<T, Panicked> {
    let before = BEHIND_WALL.replace(true);
    let result = catch_unwind(AssertUnwindSafe(body));
    BEHIND_WALL.set(before);
    result.map_err(|_| Panicked)
}

/// Keeps panics that are caught here off the standard error, where they would look like a crash next to
/// the error that names the damaged file. All other panics are reported as before.
///
/// The hook is the process's: a program that sets its own later replaces this one, and loses no more than
/// the quiet.
pub(super) fn keep_caught_panics_quiet() {
    static ONCE: Once = Once::new();
    // Setting a hook while panicking would panic again.
    if thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let report = take_hook();
        set_hook(Box::new(move |info| {
            if BEHIND_WALL.get() {
                tracing::debug!(panic = %info, "the storage engine panicked");
            } else {
                report(info);
            }
        }));
    });
}
