//! Putting blocks on top of the chain: one that is made here, or many that another log made.

use std::sync::MutexGuard;

use super::super::directory::Directory;
use super::super::engine::{Fault, Flush};
use super::super::{Misfit, StorageError, chain, side};
use super::Shared;
use crate::log::{Block, LogError, Tip};

impl Shared {
    /// Makes the next block. The transactions are checked already.
    pub(super) fn make(
        &self,
        writer: &mut MutexGuard<'_, Option<Directory>>,
        tip: &Tip,
        time: u64,
        transactions: Vec<Vec<u8>>,
        outcome: Option<&[u8]>,
    ) -> Result<Block, LogError> {
        let block = Block {
            height: tip.height.saturating_add(1),
            time,
            parent: tip.hash,
            transactions,
        };
        self.put(writer, tip, std::iter::once((&block, outcome)))?;
        Ok(block)
    }

    /// Takes up blocks that another log made, all or none. Their transactions and outcomes are checked already.
    pub(in super::super) fn append(&self, blocks: &[(Block, Vec<u8>)]) -> Result<(), LogError> {
        let mut writer = self.writer();
        let tip = self.running()?;
        if blocks.is_empty() {
            return Ok(());
        }
        let blocks = blocks
            .iter()
            .map(|(block, outcome)| (block, Some(outcome.as_slice())));
        self.put(&mut writer, &tip, blocks)
    }

    /// Writes blocks in one durable transaction, then acknowledges them.
    fn put<'a>(
        &self,
        writer: &mut MutexGuard<'_, Option<Directory>>,
        tip: &Tip,
        blocks: impl Iterator<Item = (&'a Block, Option<&'a [u8]>)>,
    ) -> Result<(), LogError> {
        let written = self.engine.write(Flush::Now, |transaction| {
            let mut tip = *tip;
            for (block, outcome) in blocks {
                self.check_follows(&tip, block)?;
                let hash = chain::append(transaction, block)?;
                if let Some(outcome) = outcome {
                    side::write_outcome(&self.engine, transaction, block.height, outcome)?;
                }
                tip = Tip {
                    height: block.height,
                    hash,
                    time: block.time,
                };
            }
            Ok(tip)
        });
        let marked = written.and_then(|tip| {
            if let Some(directory) = writer.as_mut() {
                directory.write_mark((tip.height, tip.hash))?;
            }
            Ok(tip)
        });
        let tip = marked.inspect_err(|error| self.stop_if_unknown(error))?;
        self.progress().tip = tip;
        self.progressed.notify_all();
        Ok(())
    }

    /// Whether the block stands on `tip`. An error takes the whole write back.
    fn check_follows(&self, tip: &Tip, block: &Block) -> Result<(), Fault> {
        let misfit = if Some(block.height) != tip.height.checked_add(1) {
            Misfit::Height { below: tip.height }
        } else if block.parent != tip.hash {
            Misfit::Parent { below: tip.hash }
        } else if block.time < tip.time {
            Misfit::Time {
                time: block.time,
                below: tip.time,
            }
        } else {
            return Ok(());
        };
        Err(StorageError::DoesNotFollow {
            path: self.engine.path().to_owned(),
            height: block.height,
            misfit,
        }
        .into())
    }
}
