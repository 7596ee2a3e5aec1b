//! The ordered log in one process: a directory with one file of the storage engine `redb`.
//!
//! A log has a directory to itself, which it locks while it is open. Blocks are on the disk before they
//! are acknowledged; killing the process loses nothing that was. Opening compares the whole file with its
//! checksums and walks the hash chain, so that damage is an error then and not a surprise later.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use tally_ledger_adapter::embedded::{EmbeddedLog, Sequencer, SequencerOptions, SystemTimeSource};
//! use tally_ledger_adapter::log::OrderedLog;
//!
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path().join("ledger");
//! let log = Arc::new(EmbeddedLog::open_or_create(&directory, b"what this market is")?);
//! let sequencer = Sequencer::start(Arc::clone(&log), SequencerOptions::default(), SystemTimeSource)?;
//!
//! let ticket = log.submit(b"a transaction".to_vec())?;
//! let position = ticket.wait(Duration::from_secs(10))?; // on the disk from here on
//!
//! let mut blocks = log.subscribe(1);
//! let block = blocks.next(Duration::from_secs(10))?.expect("the block of the transaction");
//! assert_eq!(block.transactions[position.index], b"a transaction");
//! sequencer.stop()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backup;
mod chain;
mod directory;
mod engine;
mod error;
mod queue;
mod sequencer;
mod shared;
mod side;
mod wall;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use error::{Damage, Misfit, StorageError};
pub use sequencer::{Sequencer, SequencerOptions, SystemTimeSource, TimeSource};
pub use side::{MAX_OUTCOME_BYTES, MAX_SNAPSHOT_BYTES, SNAPSHOTS_KEPT, Snapshot};

use self::directory::{Directory, holds_ledger};
use self::engine::Engine;
use self::shared::Shared;
use crate::log::{
    Block, LogError, MAX_BLOCK_TRANSACTIONS, MAX_GENESIS_BYTES, OrderedLog, Subscription, Ticket,
    Tip,
};
use crate::log::{check_transactions, genesis_hash};

/// How a log is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// The most transactions that may be queued.
    pub queue_transactions: usize,
    /// The most bytes that may be queued.
    pub queue_bytes: usize,
    /// Whether opening compares the whole file with its checksums and walks the chain. Without it a log
    /// opens in the same short time whatever its length, and damage shows when a block is read.
    pub verify_on_open: bool,
}

impl Default for LogOptions {
    /// Room for four full blocks, and verification.
    fn default() -> Self {
        Self {
            queue_transactions: 4 * MAX_BLOCK_TRANSACTIONS,
            queue_bytes: 4 * crate::log::MAX_BLOCK_BYTES,
            verify_on_open: true,
        }
    }
}

/// The ordered log in one process.
///
/// Dropping it closes it: queued transactions are abandoned, and subscriptions end with
/// [`LogError::Closed`].
pub struct EmbeddedLog {
    shared: Arc<Shared>,
}

impl EmbeddedLog {
    /// Makes a new log in `directory`, which is made if need be and must be empty.
    ///
    /// # Errors
    /// [`StorageError::Exists`], [`StorageError::Foreign`], [`StorageError::NotADirectory`],
    /// [`StorageError::Unwritable`], [`StorageError::InUse`], [`StorageError::GenesisTooLarge`] or
    /// [`StorageError::Io`], all in [`LogError::Storage`].
    pub fn create(directory: impl AsRef<Path>, genesis: &[u8]) -> Result<Self, LogError> {
        Self::create_with(directory, genesis, LogOptions::default())
    }

    /// As [`EmbeddedLog::create`], with options.
    ///
    /// # Errors
    /// As [`EmbeddedLog::create`].
    pub fn create_with(
        directory: impl AsRef<Path>,
        genesis: &[u8],
        options: LogOptions,
    ) -> Result<Self, LogError> {
        let path = directory.as_ref();
        check_genesis(path, genesis)?;
        let directory = Directory::vacant(path)?;
        // Under another name until it is complete: a creation that is killed leaves nothing that looks
        // like a log.
        let unfinished = Engine::create(&directory.unfinished_file())?;
        chain::initialise(&unfinished, genesis)?;
        unfinished.close();
        directory.finish_creation()?;
        Self::start(directory, options)
    }

    /// Makes a new log that begins at a block in the middle of a chain, for whoever has its state from elsewhere: what is
    /// below is not there, and that the block is one of the chain is for the caller to know.
    ///
    /// # Errors
    /// As [`EmbeddedLog::create`].
    pub fn create_from(
        directory: impl AsRef<Path>,
        genesis: &[u8],
        base: &Block,
        options: LogOptions,
    ) -> Result<Self, LogError> {
        let path = directory.as_ref();
        check_genesis(path, genesis)?;
        check_transactions(&base.transactions)?;
        let directory = Directory::vacant(path)?;
        let unfinished = Engine::create(&directory.unfinished_file())?;
        chain::initialise(&unfinished, genesis)?;
        chain::begin_at(&unfinished, base)?;
        unfinished.close();
        directory.finish_creation()?;
        Self::start(directory, options)
    }

    /// Height of the lowest block that the log holds: 1, or where it was made to begin.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.shared.base
    }

    /// Opens the log in `directory`.
    ///
    /// # Errors
    /// [`StorageError::Missing`], [`StorageError::InUse`], [`StorageError::Damaged`],
    /// [`StorageError::Version`], [`StorageError::NotADirectory`], [`StorageError::Unwritable`] or
    /// [`StorageError::Io`], all in [`LogError::Storage`].
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, LogError> {
        Self::open_with(directory, LogOptions::default())
    }

    /// As [`EmbeddedLog::open`], with options.
    ///
    /// # Errors
    /// As [`EmbeddedLog::open`].
    pub fn open_with(directory: impl AsRef<Path>, options: LogOptions) -> Result<Self, LogError> {
        Self::start(Directory::existing(directory.as_ref())?, options)
    }

    /// Opens the log in `directory`, or makes one if there is none.
    ///
    /// # Errors
    /// As [`EmbeddedLog::open`] and [`EmbeddedLog::create`], and [`StorageError::GenesisDiffers`] if the
    /// log there was made with another genesis.
    pub fn open_or_create(directory: impl AsRef<Path>, genesis: &[u8]) -> Result<Self, LogError> {
        Self::open_or_create_with(directory, genesis, LogOptions::default())
    }

    /// As [`EmbeddedLog::open_or_create`], with options.
    ///
    /// # Errors
    /// As [`EmbeddedLog::open_or_create`].
    pub fn open_or_create_with(
        directory: impl AsRef<Path>,
        genesis: &[u8],
        options: LogOptions,
    ) -> Result<Self, LogError> {
        let path = directory.as_ref();
        check_genesis(path, genesis)?;
        if !holds_ledger(path)? {
            return Self::create_with(path, genesis, options);
        }
        let log = Self::open_with(path, options)?;
        if log.genesis() != genesis {
            let (found, expected) = (genesis_hash(log.genesis()), genesis_hash(genesis));
            return Err(StorageError::GenesisDiffers {
                path: path.to_owned(),
                found,
                expected,
            }
            .into());
        }
        Ok(log)
    }

    fn start(directory: Directory, options: LogOptions) -> Result<Self, LogError> {
        Ok(Self {
            shared: Arc::new(Shared::start(directory, options)?),
        })
    }

    /// Walks the whole chain again: every height, hash, parent and time. Returns its newest block.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] with what is wrong, or another [`LogError`] if it cannot be read.
    pub fn verify(&self) -> Result<Tip, LogError> {
        chain::verify(&self.shared.engine, &self.shared.genesis)
    }

    /// As [`OrderedLog::seal`], with at most `limit` transactions.
    ///
    /// # Errors
    /// As [`OrderedLog::seal`].
    pub fn seal_at_most(&self, time: u64, limit: usize) -> Result<Option<Block>, LogError> {
        self.shared.seal(time, limit)
    }

    /// As [`OrderedLog::commit`], together with the outcome of the block (see
    /// [`EmbeddedLog::put_outcome`]): both are on the disk or neither is.
    ///
    /// # Errors
    /// As [`OrderedLog::commit`], and [`StorageError::TooLarge`] for the outcome.
    pub fn commit_with_outcome(
        &self,
        time: u64,
        transactions: Vec<Vec<u8>>,
        outcome: &[u8],
    ) -> Result<Block, LogError> {
        check_transactions(&transactions)?;
        side::check_outcome(&self.shared.engine, outcome)?;
        self.shared.commit(time, transactions, Some(outcome))
    }

    /// Takes up blocks that another log made, each with its outcome (see [`EmbeddedLog::put_outcome`]), on top of
    /// the newest block.
    ///
    /// All of them reach the disk with one flush, or none does: a replica that catches up appends a few
    /// thousand at a time, as many as it likes to hold in memory. The queue is left alone.
    ///
    /// # Errors
    /// [`StorageError::DoesNotFollow`] if a block does not follow from the one below it in height, parent and
    /// time; [`StorageError::TooLarge`] for an outcome; [`LogError::TransactionTooLarge`],
    /// [`LogError::TooManyTransactions`] and [`LogError::BlockTooLarge`]: nothing is written then. After
    /// another [`LogError::Storage`] the log is failed, as with [`OrderedLog::seal`].
    pub fn append(&self, blocks: &[(Block, Vec<u8>)]) -> Result<(), LogError> {
        for (block, outcome) in blocks {
            check_transactions(&block.transactions)?;
            side::check_outcome(&self.shared.engine, outcome)?;
        }
        self.shared.append(blocks)
    }

    /// Waits until `count` transactions are queued or `timeout` is over; returns how many are queued.
    pub fn wait_queued(&self, count: usize, timeout: Duration) -> usize {
        self.shared.queue.wait(count, timeout)
    }

    /// Stores what came of executing the block at `height`, such as a state hash; at most
    /// [`MAX_OUTCOME_BYTES`].
    ///
    /// It reaches the disk together with the next block: an outcome can be computed again, so a crash that
    /// loses the last ones loses nothing.
    ///
    /// # Errors
    /// [`StorageError::OutcomeDiffers`] if another outcome is on record for the block: execution is not
    /// deterministic then. [`StorageError::NoSuchBlock`] and [`StorageError::TooLarge`].
    pub fn put_outcome(&self, height: u64, outcome: &[u8]) -> Result<(), LogError> {
        self.shared
            .write(|tip| side::put_outcome(&self.shared.engine, tip, height, outcome))
    }

    /// What [`EmbeddedLog::put_outcome`] stored for the block at `height`.
    ///
    /// # Errors
    /// [`LogError::Storage`] if it cannot be read.
    pub fn outcome(&self, height: u64) -> Result<Option<Vec<u8>>, LogError> {
        side::outcome(&self.shared.engine, height)
    }

    /// Stores, durably, a node's state after the block at `height`; at most [`MAX_SNAPSHOT_BYTES`]. The
    /// newest [`SNAPSHOTS_KEPT`] are kept; one of the same height is replaced.
    ///
    /// # Errors
    /// [`StorageError::NoSuchBlock`] and [`StorageError::TooLarge`].
    pub fn put_snapshot(&self, height: u64, bytes: &[u8]) -> Result<(), LogError> {
        self.shared.put_snapshot(height, bytes)
    }

    /// The newest snapshot that has its checksum and belongs to this chain.
    ///
    /// # Errors
    /// [`LogError::Storage`] if the file cannot be read. A snapshot that is damaged is passed over.
    pub fn latest_snapshot(&self) -> Result<Option<Snapshot>, LogError> {
        side::latest_snapshot(&self.shared.engine)
    }

    /// The snapshot at a height; none if it is not kept, damaged, or of another chain.
    ///
    /// # Errors
    /// [`LogError::Storage`] if the file cannot be read.
    pub fn snapshot_at(&self, height: u64) -> Result<Option<Snapshot>, LogError> {
        side::snapshot_at(&self.shared.engine, height)
    }

    /// The heights of the snapshots that are kept, oldest first.
    ///
    /// # Errors
    /// [`LogError::Storage`] if the file cannot be read.
    pub fn snapshot_heights(&self) -> Result<Vec<u64>, LogError> {
        side::kept_snapshots(&self.shared.engine)
    }
}

impl EmbeddedLog {
    /// Copies the log into the directory `target` while it is open and goes on: genesis, blocks, outcomes and the
    /// newest snapshot. Returns the newest block of the copy, which was durable when the copy began or later.
    ///
    /// `target` is made if need be and must be empty. The copy is a log when this returns: it was opened and
    /// verified once. One that was killed or failed leaves nothing that looks like a log, and can be repeated.
    ///
    /// # Errors
    /// For `target` as [`EmbeddedLog::create`]; [`StorageError::Damaged`] and other [`LogError`]s name the file
    /// that can't be read or written. This log is none the worse.
    pub fn backup(&self, target: &Path) -> Result<Tip, LogError> {
        backup::back_up(&self.shared, target)
    }
}

impl OrderedLog for EmbeddedLog {
    fn genesis(&self) -> &[u8] {
        &self.shared.genesis
    }

    fn submit(&self, transaction: Vec<u8>) -> Result<Ticket, LogError> {
        self.shared.submit(transaction)
    }

    fn seal(&self, time: u64) -> Result<Option<Block>, LogError> {
        self.shared.seal(time, MAX_BLOCK_TRANSACTIONS)
    }

    fn commit(&self, time: u64, transactions: Vec<Vec<u8>>) -> Result<Block, LogError> {
        check_transactions(&transactions)?;
        self.shared.commit(time, transactions, None)
    }

    fn tip(&self) -> Tip {
        self.shared.tip()
    }

    fn block(&self, height: u64) -> Result<Option<Block>, LogError> {
        self.shared.block(height)
    }

    fn subscribe(&self, from: u64) -> Subscription {
        Subscription::new(self.shared.clone(), from)
    }
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        self.shared.close();
    }
}

fn check_genesis(path: &Path, genesis: &[u8]) -> Result<(), StorageError> {
    if genesis.len() > MAX_GENESIS_BYTES {
        return Err(StorageError::GenesisTooLarge {
            path: path.to_owned(),
            bytes: genesis.len(),
        });
    }
    Ok(())
}
