//! The state of an open log, shared with its subscriptions.

mod appending;

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::directory::Directory;
use super::engine::Engine;
use super::queue::Queue;
use super::{Damage, LogOptions, StorageError, chain, side};
use crate::log::{Block, BlockSource, LogError, MAX_BLOCK_TRANSACTIONS, Position, Ticket, Tip};

/// Locks are taken in the order of the fields `writer`, `queue`, `progress`.
pub(super) struct Shared {
    pub(super) genesis: Vec<u8>,
    /// Height of the lowest block.
    pub(super) base: u64,
    pub(super) engine: Engine,
    /// Held by whoever writes: there is one writer at a time.
    writer: Mutex<Option<Directory>>,
    pub(super) queue: Queue,
    progress: Mutex<Progress>,
    progressed: Condvar,
}

#[derive(Clone, Copy)]
struct Progress {
    tip: Tip,
    condition: Condition,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    Running,
    Failed,
    Closed,
}

impl Shared {
    pub(super) fn start(mut directory: Directory, options: LogOptions) -> Result<Self, LogError> {
        let engine = Engine::open(&directory.ledger_file(), options.verify_on_open)?;
        let genesis = chain::identify(&engine)?;
        let tip = if options.verify_on_open {
            chain::verify(&engine, &genesis)?
        } else {
            chain::read_tip(&engine, &genesis)?
        };
        check_mark(&mut directory, &engine, &tip)?;
        Ok(Self {
            base: chain::read_base(&engine)?,
            genesis,
            engine,
            writer: Mutex::new(Some(directory)),
            queue: Queue::new(options.queue_transactions, options.queue_bytes),
            progress: Mutex::new(Progress {
                tip,
                condition: Condition::Running,
            }),
            progressed: Condvar::new(),
        })
    }

    pub(super) fn tip(&self) -> Tip {
        self.progress().tip
    }

    pub(super) fn block(&self, height: u64) -> Result<Option<Block>, LogError> {
        // What the engine holds beyond the tip is not acknowledged yet.
        let tip = self.tip();
        if height < self.base || height > tip.height {
            return Ok(None);
        }
        match chain::read_block(&self.engine, height)? {
            Some(block) => Ok(Some(block)),
            None => Err(self.damaged(Damage::BlockMissing { height })),
        }
    }

    pub(super) fn submit(&self, transaction: Vec<u8>) -> Result<Ticket, LogError> {
        self.queue.push(transaction).map_err(|error| match error {
            // The queue closes for either reason; tell which.
            LogError::Closed => self.running().err().unwrap_or(LogError::Closed),
            error => error,
        })
    }

    pub(super) fn seal(&self, time: u64, limit: usize) -> Result<Option<Block>, LogError> {
        let mut writer = self.writer();
        let tip = self.check_time(time)?;
        let (transactions, resolvers) = self.queue.take(limit.min(MAX_BLOCK_TRANSACTIONS));
        if transactions.is_empty() {
            return Ok(None);
        }
        let block = self.make(&mut writer, &tip, time, transactions, None)?;
        for (index, resolver) in resolvers.into_iter().enumerate() {
            resolver.resolve(Position {
                height: block.height,
                index,
            });
        }
        Ok(Some(block))
    }

    /// The transactions are checked already.
    pub(super) fn commit(
        &self,
        time: u64,
        transactions: Vec<Vec<u8>>,
        outcome: Option<&[u8]>,
    ) -> Result<Block, LogError> {
        let mut writer = self.writer();
        let tip = self.check_time(time)?;
        self.make(&mut writer, &tip, time, transactions, outcome)
    }

    /// Runs a write that adds no block.
    pub(super) fn write<T>(
        &self,
        body: impl FnOnce(&Tip) -> Result<T, LogError>,
    ) -> Result<T, LogError> {
        let _writer = self.writer();
        let tip = self.running()?;
        body(&tip).inspect_err(|error| self.stop_if_unknown(error))
    }

    pub(super) fn put_snapshot(&self, height: u64, bytes: &[u8]) -> Result<(), LogError> {
        self.write(|tip| {
            let hash = self
                .engine
                .read(|transaction| chain::read_hash(transaction, height))?;
            // Without such a block the height is refused, whatever the hash.
            side::put_snapshot(&self.engine, tip, height, &hash.unwrap_or_default(), bytes)
        })
    }

    fn check_time(&self, time: u64) -> Result<Tip, LogError> {
        let tip = self.running()?;
        if time < tip.time {
            return Err(LogError::TimeBackwards {
                time,
                tip_time: tip.time,
            });
        }
        Ok(tip)
    }

    pub(super) fn check_running(&self) -> Result<(), LogError> {
        self.running().map(drop)
    }

    fn running(&self) -> Result<Tip, LogError> {
        let progress = *self.progress();
        match progress.condition {
            Condition::Running => Ok(progress.tip),
            Condition::Failed => Err(LogError::Failed),
            Condition::Closed => Err(LogError::Closed),
        }
    }

    /// Waits for a running write, closes the file and gives up the directory.
    pub(super) fn close(&self) {
        self.stop(Condition::Closed);
        let mut writer = self.writer();
        self.engine.close();
        drop(writer.take());
    }

    fn stop_if_unknown(&self, error: &LogError) {
        if matches!(error, LogError::Storage(error) if error.leaves_write_unknown()) {
            self.stop(Condition::Failed);
        }
    }

    fn stop(&self, condition: Condition) {
        self.progress().condition = condition;
        self.progressed.notify_all();
        self.queue.close();
    }

    fn damaged(&self, damage: Damage) -> LogError {
        StorageError::Damaged {
            path: self.engine.path().to_owned(),
            damage,
        }
        .into()
    }

    fn writer(&self) -> MutexGuard<'_, Option<Directory>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BlockSource for Shared {
    fn wait_for_block(&self, height: u64, timeout: Duration) -> Result<Option<Block>, LogError> {
        let deadline = Instant::now().checked_add(timeout);
        let mut progress = self.progress();
        while progress.tip.height < height {
            match progress.condition {
                Condition::Running => {}
                Condition::Failed => return Err(LogError::Failed),
                Condition::Closed => return Err(LogError::Closed),
            }
            progress = match deadline {
                None => self
                    .progressed
                    .wait(progress)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Ok(None);
                    }
                    self.progressed
                        .wait_timeout(progress, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
        drop(progress);
        self.block(height)
    }
}

/// Compares the chain with the newest acknowledged block, and notes its own if it is newer.
fn check_mark(directory: &mut Directory, engine: &Engine, tip: &Tip) -> Result<(), LogError> {
    let damaged = |damage| StorageError::Damaged {
        path: engine.path().to_owned(),
        damage,
    };
    let mark = directory.read_mark()?;
    if let Some((height, hash)) = mark {
        if height > tip.height {
            return Err(damaged(Damage::BlocksLost {
                tip: tip.height,
                acknowledged: height,
            })
            .into());
        }
        let found = engine.read(|transaction| chain::read_hash(transaction, height))?;
        if found != Some(hash) {
            return Err(damaged(Damage::BlockReplaced { height }).into());
        }
    }
    if tip.height > 0 && mark != Some((tip.height, tip.hash)) {
        directory.write_mark((tip.height, tip.hash))?;
    }
    Ok(())
}
