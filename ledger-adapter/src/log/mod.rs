//! What an ordered log promises: a total order of opaque transactions, in durable blocks, in a hash chain.

mod block;
mod error;
mod subscription;
mod ticket;

pub use block::{Block, BlockDecodeError, genesis_hash};
pub(crate) use block::{
    EMPTY_BLOCK_BYTES, check_transaction, check_transactions, encoded_transaction_len,
};
pub use error::LogError;
pub use subscription::{BlockSource, Subscription};
pub use ticket::{Position, Ticket, TicketError, TicketResolver};

/// The longest genesis, in bytes (256 KiB).
///
/// A contract's specification with a year of sessions takes about 80 KiB.
pub const MAX_GENESIS_BYTES: usize = 256 * 1024;

/// The longest transaction, in bytes (256 KiB).
///
/// A message with a proof takes a few kilobytes; the largest planned message is a key-generation deal to a
/// few hundred parties, at about 200 bytes each. This leaves room for both.
pub const MAX_TRANSACTION_BYTES: usize = 256 * 1024;

/// The most transactions in one block.
pub const MAX_BLOCK_TRANSACTIONS: usize = 16_384;

/// The longest encoding of a block, in bytes (8 MiB).
pub const MAX_BLOCK_BYTES: usize = 8 * 1024 * 1024;

/// The newest durable block of a log.
///
/// A log without blocks has height 0, the hash of its genesis and time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Height of the newest block; 0 if there is none.
    pub height: u64,
    /// Hash of the newest block, or [`genesis_hash`] if there is none.
    pub hash: [u8; 32],
    /// Time of the newest block in microseconds since the Unix epoch, UTC; 0 if there is none.
    pub time: u64,
}

/// A total order of opaque transactions in durable blocks.
///
/// Blocks have heights from 1 without a gap, each names the hash of its parent, and their times never
/// decrease. A block that was acknowledged (returned, delivered to a subscriber or reported by a ticket)
/// is durable and never changes.
pub trait OrderedLog: Send + Sync {
    /// What the log was created with, opaque to it, at most [`MAX_GENESIS_BYTES`].
    fn genesis(&self) -> &[u8];

    /// Queues a transaction for a coming block.
    ///
    /// The ticket tells when it is durable, and where. A queued transaction that is not in a block yet is
    /// lost when the process ends.
    ///
    /// # Errors
    /// [`LogError::TransactionTooLarge`], [`LogError::QueueFull`], [`LogError::Closed`] or
    /// [`LogError::Failed`]; nothing is queued then.
    fn submit(&self, transaction: Vec<u8>) -> Result<Ticket, LogError>;

    /// Cuts a block of what is queued, makes it durable and then acknowledges the tickets.
    ///
    /// Takes the queue in order of arrival, up to the limits of one block; what does not fit stays queued
    /// for the next call. Returns `None`, without a block, if nothing is queued: an empty block is made on
    /// purpose only, with [`OrderedLog::commit`] and no transactions.
    ///
    /// # Errors
    /// [`LogError::TimeBackwards`] leaves the queue as it was. After [`LogError::Storage`] the log is
    /// failed, since it is unknown whether the block is on the disk: open it again.
    fn seal(&self, time: u64) -> Result<Option<Block>, LogError>;

    /// Makes one block of exactly these transactions, durably and as a whole or not at all; for replays.
    ///
    /// No transactions make an empty block. The queue is left alone.
    ///
    /// # Errors
    /// [`LogError::TimeBackwards`], [`LogError::TransactionTooLarge`],
    /// [`LogError::TooManyTransactions`] and [`LogError::BlockTooLarge`] change nothing. After
    /// [`LogError::Storage`] the log is failed, as with [`OrderedLog::seal`].
    fn commit(&self, time: u64, transactions: Vec<Vec<u8>>) -> Result<Block, LogError>;

    /// The newest durable block.
    fn tip(&self) -> Tip;

    /// The block at `height`, its hash checked; `None` if there is none.
    ///
    /// # Errors
    /// [`LogError::Storage`] if it cannot be read or is damaged; [`LogError::Closed`].
    fn block(&self, height: u64) -> Result<Option<Block>, LogError>;

    /// Every block from height `from` on (0 and 1 both mean the first), those there are and those to come,
    /// each exactly once and in order.
    fn subscribe(&self, from: u64) -> Subscription;
}
