//! Receipts and events of the last blocks, for whoever asks soon enough.

use crate::replica::{Answer, Outcome};
use std::collections::VecDeque;
use std::sync::Arc;
use tally_exchange::market::StateHash;
use tally_exchange::message::Symbol;
use tally_exchange::receipt::Event;

/// How many blocks are remembered.
pub const BLOCKS_KEPT: usize = 4_096;
/// How many answers and events they may have together.
const ITEMS_KEPT: usize = 200_000;

/// A block of late.
#[derive(Clone, Debug)]
pub struct RecentBlock {
    /// Its height.
    pub height: u64,
    /// Its time, microseconds.
    pub time: u64,
    /// The state after it.
    pub state: StateHash,
    /// One answer per entry.
    pub answers: Vec<Arc<Answer>>,
    /// What everybody saw happen.
    pub events: Arc<Vec<(Symbol, Event)>>,
}

impl RecentBlock {
    fn items(&self) -> usize {
        1 + self.answers.len() + self.events.len()
    }
}

/// The blocks of late, in order and without a gap.
#[derive(Debug, Default)]
pub(super) struct Recent {
    blocks: VecDeque<RecentBlock>,
    items: usize,
}

impl Recent {
    /// Takes in the next block, and forgets the oldest when there are too many.
    pub(super) fn take(&mut self, height: u64, time: u64, outcome: Outcome) -> RecentBlock {
        let block = RecentBlock {
            height,
            time,
            state: outcome.state_hash,
            answers: outcome.answers.into_iter().map(Arc::new).collect(),
            events: Arc::new(outcome.events),
        };
        self.items += block.items();
        self.blocks.push_back(block.clone());
        while self.blocks.len() > BLOCKS_KEPT || (self.items > ITEMS_KEPT && self.blocks.len() > 1)
        {
            if let Some(oldest) = self.blocks.pop_front() {
                self.items -= oldest.items();
            }
        }
        block
    }

    /// The block at a height, if it is remembered.
    pub(super) fn block(&self, height: u64) -> Option<&RecentBlock> {
        let first = self.blocks.front()?.height;
        self.blocks
            .get(usize::try_from(height.checked_sub(first)?).ok()?)
    }

    /// Up to `most` blocks from a height on, or from the oldest that is remembered.
    pub(super) fn from(&self, height: u64, most: usize) -> impl Iterator<Item = &RecentBlock> {
        self.blocks
            .iter()
            .filter(move |block| block.height >= height)
            .take(most)
    }
}
