//! Group commit: a thread that cuts blocks of what is queued.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{EmbeddedLog, StorageError};
use crate::log::{LogError, MAX_BLOCK_TRANSACTIONS, OrderedLog};

/// How often an idle sequencer looks whether it is to stop.
const IDLE: Duration = Duration::from_millis(20);

/// Says what time a block gets. Replays and tests bring their own.
pub trait TimeSource: Send {
    /// Microseconds since the Unix epoch, UTC.
    fn now(&mut self) -> u64;
}

impl<F: FnMut() -> u64 + Send> TimeSource for F {
    fn now(&mut self) -> u64 {
        self()
    }
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemTimeSource;

impl TimeSource for SystemTimeSource {
    /// A clock set before 1970 counts as 1970.
    fn now(&mut self) -> u64 {
        let elapsed = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
    }
}

/// When a sequencer cuts a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequencerOptions {
    /// How long the first transaction of a block waits for company at most.
    pub delay: Duration,
    /// How many transactions cut a block at once, and the most in one block; at least 1.
    pub transactions: usize,
}

impl Default for SequencerOptions {
    /// Two milliseconds, about what flushing a block to a solid-state disk takes, and 1,024 transactions.
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(2),
            transactions: 1024,
        }
    }
}

/// A thread that cuts blocks of what is queued until it is stopped or the log ends.
///
/// While one block is written the next one fills up, so that many submitters share one flush. Blocks get
/// the time source's time, or their parent's where that is later.
#[derive(Debug)]
pub struct Sequencer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), LogError>>>,
}

impl Sequencer {
    /// Starts the thread. The log stays open at least until it has ended.
    ///
    /// # Errors
    /// [`LogError::Storage`] if the operating system gives no thread.
    pub fn start(
        log: Arc<EmbeddedLog>,
        options: SequencerOptions,
        mut time: impl TimeSource + 'static,
    ) -> Result<Self, LogError> {
        let stop = Arc::new(AtomicBool::new(false));
        let path = log.shared.engine.path().to_owned();
        let stopping = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("tally-sequencer".to_owned())
            .spawn(move || run(&log, options, &mut time, &stopping))
            .map_err(|source| StorageError::Io { path, source })?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }

    /// Stops after a last block of what is still queued.
    ///
    /// # Errors
    /// What ended the thread before, if anything did.
    pub fn stop(mut self) -> Result<(), LogError> {
        self.join()
    }

    fn join(&mut self) -> Result<(), LogError> {
        self.stop.store(true, Ordering::Release);
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            // Only the caller's time source can panic in the thread.
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for Sequencer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        match self.thread.take().map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => {}
            Some(Ok(Err(error))) => tracing::error!(%error, "the sequencer ended"),
            Some(Err(_)) => tracing::error!("the sequencer's time source panicked"),
        }
    }
}

fn run(
    log: &EmbeddedLog,
    options: SequencerOptions,
    time: &mut impl TimeSource,
    stop: &AtomicBool,
) -> Result<(), LogError> {
    let most = options.transactions.clamp(1, MAX_BLOCK_TRANSACTIONS);
    loop {
        // Read before the queue: whatever was submitted before the stop is then seen below.
        let stopping = stop.load(Ordering::Acquire);
        if stopping {
            return drain(log, most, time);
        }
        log.shared.check_running()?;
        if log.wait_queued(1, IDLE) == 0 {
            continue;
        }
        if !options.delay.is_zero() {
            log.wait_queued(most, options.delay);
        }
        seal(log, most, time)?;
    }
}

fn drain(log: &EmbeddedLog, most: usize, time: &mut impl TimeSource) -> Result<(), LogError> {
    while log.wait_queued(1, Duration::ZERO) > 0 {
        seal(log, most, time)?;
    }
    Ok(())
}

fn seal(log: &EmbeddedLog, most: usize, time: &mut impl TimeSource) -> Result<(), LogError> {
    loop {
        let now = time.now().max(log.tip().time);
        match log.seal_at_most(now, most) {
            // Somebody else made a later block in between.
            Err(LogError::TimeBackwards { .. }) => {}
            result => return result.map(drop),
        }
    }
}
