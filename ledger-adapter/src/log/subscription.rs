//! Subscriptions: every block from a height on, each exactly once and in order.

use std::sync::Arc;
use std::time::Duration;

use super::{Block, LogError};

/// Where a subscription gets its blocks from; a log implements it.
pub trait BlockSource: Send + Sync {
    /// The block at `height` (from 1) as soon as it is durable, or `None` if it is not after `timeout`.
    ///
    /// # Errors
    /// [`LogError::Closed`] or [`LogError::Failed`] if the block will not come any more;
    /// [`LogError::Storage`] if it cannot be read.
    fn wait_for_block(&self, height: u64, timeout: Duration) -> Result<Option<Block>, LogError>;
}

/// Every block of a log from a height on, past and future, each exactly once and in order.
pub struct Subscription {
    source: Arc<dyn BlockSource>,
    height: u64,
}

impl Subscription {
    /// The blocks of `source` from height `from` on; 0 and 1 both mean the first.
    #[must_use]
    pub fn new(source: Arc<dyn BlockSource>, from: u64) -> Self {
        Self {
            source,
            height: from.max(1),
        }
    }

    /// The next block, or `None` if none became durable within `timeout`.
    ///
    /// # Errors
    /// As [`BlockSource::wait_for_block`]. After an error the subscription stays at the same block.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Block>, LogError> {
        let block = self.source.wait_for_block(self.height, timeout)?;
        if block.is_some() {
            // A height is never 2^64 - 1: blocks are made one at a time from 1.
            self.height = self.height.saturating_add(1);
        }
        Ok(block)
    }

    /// Height of the block that [`Subscription::next`] returns next.
    #[must_use]
    pub fn next_height(&self) -> u64 {
        self.height
    }
}
