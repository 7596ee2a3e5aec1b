//! An orderly end: the first interrupt or termination sets a flag, the second ends the process.

use super::error::TradeError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tokio::runtime::{Builder, Runtime};

/// What a shell shows of a process that an interrupt has ended.
const INTERRUPTED: i32 = 130;

/// A flag that is set when the process is told to end.
///
/// # Errors
/// [`TradeError::Machine`] if the system gives no thread.
pub fn flag() -> Result<Arc<AtomicBool>, TradeError> {
    let machine = |source| TradeError::Machine {
        what: "no thread to wait for an interrupt",
        source,
    };
    let flag = Arc::new(AtomicBool::new(false));
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(machine)?;
    let set = Arc::clone(&flag);
    thread::Builder::new()
        .name("tally-interrupt".to_owned())
        .spawn(move || wait(&runtime, &set))
        .map_err(machine)?;
    Ok(flag)
}

fn wait(runtime: &Runtime, flag: &AtomicBool) {
    runtime.block_on(async {
        told_to_end().await;
        flag.store(true, Ordering::Release);
        told_to_end().await;
        std::process::exit(INTERRUPTED);
    });
}

#[cfg(unix)]
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn told_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}
