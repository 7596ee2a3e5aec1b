//! A copy of a log that is open: its blocks, their outcomes and its newest snapshot, in a directory of its own.

use std::path::Path;

use super::directory::Directory;
use super::engine::{Engine, Flush};
use super::shared::Shared;
use super::{LogOptions, chain, side};
use crate::log::{Block, LogError, MAX_BLOCK_BYTES, Tip};

/// What is read before it is written, bytes of blocks: two of the longest.
const BATCH_BYTES: usize = 2 * MAX_BLOCK_BYTES;
/// The same in blocks, for those that are short.
const BATCH_BLOCKS: usize = 4096;

/// A block and its outcome, if it has one.
type Copied = (Block, Option<Vec<u8>>);

/// Copies `log` into `target`.
///
/// Blocks up to a tip never change, so they are read batch by batch while the log goes on: one long look at the file
/// would keep the engine from using its pages again. A snapshot may be of a later block than the first tip; then the
/// blocks up to it follow.
pub(super) fn back_up(log: &Shared, target: &Path) -> Result<Tip, LogError> {
    let directory = Directory::vacant(target)?;
    // Under another name until it is complete, as a log that is created: a copy that is killed is none.
    let copy = Engine::create(&directory.unfinished_file())?;
    chain::initialise(&copy, &log.genesis)?;
    let mut tip = log.tip();
    copy_blocks(log, &copy, begin(log, &copy)?, &tip)?;
    if let Some(snapshot) = side::latest_snapshot(&log.engine)? {
        if snapshot.height > tip.height {
            let before = std::mem::replace(&mut tip, log.tip());
            copy_blocks(log, &copy, before.height, &tip)?;
        }
        let height = snapshot.height;
        let hash = copy.read(|transaction| chain::read_hash(transaction, height))?;
        let hash = hash.unwrap_or_default();
        side::put_snapshot(&copy, &tip, height, &hash, &snapshot.bytes)?;
    }
    copy.close();
    directory.finish_creation()?;
    // Opened once, which compares every page and walks the chain: better to hear now that a copy can't be read.
    let opened = Shared::start(directory, LogOptions::default())?;
    let copied = opened.tip();
    opened.close();
    Ok(copied)
}

/// Lets the copy begin where the log does; returns the height up to which it has its blocks then.
fn begin(log: &Shared, copy: &Engine) -> Result<u64, LogError> {
    if log.base <= 1 {
        return Ok(0);
    }
    if let Some(base) = log.block(log.base)? {
        chain::begin_at(copy, &base)?;
    }
    Ok(log.base)
}

/// Copies the blocks above `below` up to the tip.
fn copy_blocks(log: &Shared, copy: &Engine, below: u64, tip: &Tip) -> Result<(), LogError> {
    let mut height = below;
    while height < tip.height {
        let batch = read_batch(log, height, tip)?;
        let Some((last, _)) = batch.last() else {
            return Ok(());
        };
        height = last.height;
        copy.write(Flush::Now, |transaction| {
            for (block, outcome) in &batch {
                chain::append(transaction, block)?;
                if let Some(outcome) = outcome {
                    side::write_outcome(copy, transaction, block.height, outcome)?;
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Some blocks above `below`, at least one while there is one up to the tip.
fn read_batch(log: &Shared, below: u64, tip: &Tip) -> Result<Vec<Copied>, LogError> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for height in below + 1..=tip.height {
        if bytes >= BATCH_BYTES || batch.len() >= BATCH_BLOCKS {
            break;
        }
        let Some(block) = log.block(height)? else {
            break;
        };
        bytes += block.encoded_len();
        batch.push((block, side::outcome(&log.engine, height)?));
    }
    Ok(batch)
}
