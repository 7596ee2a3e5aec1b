//! Where a replay's blocks go: onto a ledger that stays, or, in a dry run, into a file without a name.

use super::error::{DirectoryProblem, ReplayError};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tally_ledger_adapter::embedded::EmbeddedLog;
use tally_ledger_adapter::log::{Block, OrderedLog};

/// Blocks that can be read again in order.
pub(super) trait Blocks {
    /// Height of the newest block; 0 if there is none.
    fn height(&self) -> u64;
    /// The block at a height from 1; none above the newest.
    fn block(&self, height: u64) -> Result<Option<Block>, ReplayError>;
}

impl Blocks for EmbeddedLog {
    fn height(&self) -> u64 {
        self.tip().height
    }

    fn block(&self, height: u64) -> Result<Option<Block>, ReplayError> {
        Ok(OrderedLog::block(self, height)?)
    }
}

/// The ledger of a replay.
pub(super) enum Ledger {
    /// Durable: a killed replay goes on.
    Kept(EmbeddedLog),
    /// Of a dry run: gone with the process.
    Passing(PassingLedger),
}

impl Ledger {
    /// The ledger in a folder, made if need be.
    pub(super) fn kept(folder: &Path, genesis: &[u8]) -> Result<Self, ReplayError> {
        Ok(Self::Kept(EmbeddedLog::open_or_create(folder, genesis)?))
    }

    /// A ledger that nothing is to be left of.
    pub(super) fn passing() -> Result<Self, ReplayError> {
        PassingLedger::new().map(Self::Passing)
    }

    /// Puts a block on top.
    pub(super) fn commit(
        &self,
        time: u64,
        transactions: Vec<Vec<u8>>,
    ) -> Result<Block, ReplayError> {
        match self {
            Self::Kept(log) => Ok(log.commit(time, transactions)?),
            Self::Passing(ledger) => ledger.commit(time, transactions),
        }
    }

    /// The state that was on record after a block; none if there is none, as always in a dry run.
    pub(super) fn outcome(&self, height: u64) -> Result<Option<Vec<u8>>, ReplayError> {
        match self {
            Self::Kept(log) => Ok(log.outcome(height)?),
            Self::Passing(_) => Ok(None),
        }
    }

    /// Puts the state after a block on record, for whoever resumes the replay: a dry run is never resumed.
    pub(super) fn put_outcome(&self, height: u64, outcome: &[u8]) -> Result<(), ReplayError> {
        match self {
            Self::Kept(log) => Ok(log.put_outcome(height, outcome)?),
            Self::Passing(_) => Ok(()),
        }
    }
}

impl Blocks for Ledger {
    fn height(&self) -> u64 {
        match self {
            Self::Kept(log) => log.height(),
            Self::Passing(ledger) => ledger.height(),
        }
    }

    fn block(&self, height: u64) -> Result<Option<Block>, ReplayError> {
        match self {
            Self::Kept(log) => Blocks::block(log, height),
            Self::Passing(ledger) => ledger.block(height),
        }
    }
}

/// Blocks one after the other in a file that has no name, and so is gone with the process.
///
/// It is no chain and reaches no disk on purpose: nobody will read it but this process, once.
pub(super) struct PassingLedger(Mutex<Passing>);

struct Passing {
    file: File,
    /// Where each block ends, bytes.
    ends: Vec<u64>,
}

impl PassingLedger {
    fn new() -> Result<Self, ReplayError> {
        let file = tempfile::tempfile().map_err(problem)?;
        let ends = Vec::new();
        Ok(Self(Mutex::new(Passing { file, ends })))
    }

    fn commit(&self, time: u64, transactions: Vec<Vec<u8>>) -> Result<Block, ReplayError> {
        let mut passing = self.passing();
        let block = Block {
            height: passing.ends.len() as u64 + 1,
            time,
            parent: [0; 32],
            transactions,
        };
        let bytes = block.encode();
        let start = passing.ends.last().copied().unwrap_or(0);
        passing
            .file
            .seek(SeekFrom::Start(start))
            .and_then(|_| passing.file.write_all(&bytes))
            .map_err(problem)?;
        passing.ends.push(start + bytes.len() as u64);
        Ok(block)
    }

    fn height(&self) -> u64 {
        self.passing().ends.len() as u64
    }

    fn block(&self, height: u64) -> Result<Option<Block>, ReplayError> {
        let mut passing = self.passing();
        let index = usize::try_from(height).ok().and_then(|h| h.checked_sub(1));
        let Some((index, end)) = index.and_then(|i| Some((i, *passing.ends.get(i)?))) else {
            return Ok(None);
        };
        let before = index.checked_sub(1).map(|before| passing.ends[before]);
        let start = before.unwrap_or(0);
        let mut bytes = Vec::new();
        passing
            .file
            .seek(SeekFrom::Start(start))
            .and_then(|_| (&passing.file).take(end - start).read_to_end(&mut bytes))
            .map_err(problem)?;
        let block = Block::decode(&bytes).map_err(|error| problem(std::io::Error::other(error)))?;
        Ok(Some(block))
    }

    fn passing(&self) -> MutexGuard<'_, Passing> {
        // A block is noted after it was written: a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn problem(error: std::io::Error) -> ReplayError {
    ReplayError::Directory {
        path: std::env::temp_dir(),
        problem: DirectoryProblem::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passing_ledger_gives_back_what_it_took() {
        let ledger = Ledger::passing().unwrap();
        assert_eq!((ledger.height(), ledger.block(0).unwrap()), (0, None));
        let blocks: Vec<Block> = (0_u8..5)
            .map(|n| {
                let transactions = vec![vec![n; 100 * usize::from(n)]; usize::from(n)];
                ledger.commit(u64::from(n), transactions).unwrap()
            })
            .collect();
        for block in blocks.iter().rev() {
            assert_eq!(ledger.block(block.height).unwrap().as_ref(), Some(block));
        }
        // Reading does not move the place where the next block goes.
        let next = ledger.commit(9, vec![vec![7]]).unwrap();
        assert_eq!((next.height, ledger.height()), (6, 6));
        assert_eq!(ledger.block(6).unwrap(), Some(next));
        assert_eq!(ledger.block(7).unwrap(), None);
        assert_eq!(ledger.outcome(1).unwrap(), None);
    }
}
