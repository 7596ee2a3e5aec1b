//! What can go wrong with a log.

use thiserror::Error;

use super::{MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_TRANSACTION_BYTES};
use crate::embedded::StorageError;

/// Why a log refused or could not do something.
#[derive(Debug, Error)]
pub enum LogError {
    /// The transaction is longer than [`MAX_TRANSACTION_BYTES`].
    #[error(
        "the transaction has {bytes} bytes, at most {MAX_TRANSACTION_BYTES} are allowed; split it into several"
    )]
    TransactionTooLarge {
        /// Its length in bytes.
        bytes: usize,
    },
    /// More transactions than [`MAX_BLOCK_TRANSACTIONS`] in one block.
    #[error(
        "the block has {count} transactions, at most {MAX_BLOCK_TRANSACTIONS} are allowed; make several blocks"
    )]
    TooManyTransactions {
        /// Their number.
        count: usize,
    },
    /// The encoding of the block is longer than [`MAX_BLOCK_BYTES`].
    #[error(
        "the block has {bytes} bytes, at most {MAX_BLOCK_BYTES} are allowed; make several blocks"
    )]
    BlockTooLarge {
        /// The length of its encoding in bytes.
        bytes: usize,
    },
    /// The queue has no room for the transaction.
    #[error(
        "the queue is full with {transactions} transactions of {bytes} bytes together (limits: \
         {transaction_limit} and {byte_limit}); wait for a block and submit again"
    )]
    QueueFull {
        /// How many are queued.
        transactions: usize,
        /// Their length together, in bytes.
        bytes: usize,
        /// The most that may be queued.
        transaction_limit: usize,
        /// The most bytes that may be queued.
        byte_limit: usize,
    },
    /// The block would be older than its parent.
    #[error(
        "the block's time {time} lies before its parent's, {tip_time} (microseconds since 1970 UTC); use that time or a later one"
    )]
    TimeBackwards {
        /// The time asked for.
        time: u64,
        /// The time of the newest block.
        tip_time: u64,
    },
    /// The log was closed.
    #[error("the log is closed; open it again")]
    Closed,
    /// An earlier write failed, so that what is on the disk is unknown.
    #[error("an earlier write to the log failed, so its newest block is unknown; open it again")]
    Failed,
    /// The log's files could not be read or written, or are damaged.
    #[error(transparent)]
    Storage(#[from] Box<StorageError>),
}

impl From<StorageError> for LogError {
    fn from(error: StorageError) -> Self {
        Self::Storage(Box::new(error))
    }
}
