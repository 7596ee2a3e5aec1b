//! What a node keeps beside the chain: the outcome of each block, and snapshots of its state.

use redb::{ReadTransaction, ReadableTable, TableDefinition, TableError, WriteTransaction};
use sha2::{Digest, Sha256};

use super::StorageError;
use super::chain::read_hash;
use super::engine::{Engine, Fault, Flush};
use crate::log::{LogError, Tip};

/// The longest outcome of a block, in bytes (64 KiB).
pub const MAX_OUTCOME_BYTES: usize = 64 * 1024;

/// The longest snapshot, in bytes (1 GiB).
pub const MAX_SNAPSHOT_BYTES: usize = 1024 * 1024 * 1024;

/// How many snapshots are kept: if the newest turns out damaged, there is one more.
pub const SNAPSHOTS_KEPT: usize = 2;

const OUTCOMES: TableDefinition<u64, &[u8]> = TableDefinition::new("outcomes");
/// Height to length (eight bytes, little-endian), SHA-256 of the bytes, and hash of the block.
const SNAPSHOTS: TableDefinition<u64, &[u8; 72]> = TableDefinition::new("snapshots");
/// Height and index to a piece of the snapshot. The engine keeps a value in one run of pages, rounded up
/// to a power of two, so that one large value would cost up to twice its length.
const PIECES: TableDefinition<(u64, u64), &[u8]> = TableDefinition::new("snapshot_pieces");
const PIECE_BYTES: usize = 1 << 20;

/// A snapshot of a node's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Height of the last block that the state contains.
    pub height: u64,
    /// What the node stored.
    pub bytes: Vec<u8>,
}

/// Refuses an outcome that cannot be stored.
pub(super) fn check_outcome(engine: &Engine, outcome: &[u8]) -> Result<(), LogError> {
    check_length(engine, "outcome", outcome.len(), MAX_OUTCOME_BYTES)
}

/// Stores the outcome of a block that is being written or was written.
pub(super) fn write_outcome(
    engine: &Engine,
    transaction: &WriteTransaction,
    height: u64,
    outcome: &[u8],
) -> Result<(), Fault> {
    let mut outcomes = transaction.open_table(OUTCOMES)?;
    if let Some(before) = outcomes.get(height)?
        && before.value() != outcome
    {
        return Err(StorageError::OutcomeDiffers {
            path: engine.path().to_owned(),
            height,
        }
        .into());
    }
    outcomes.insert(height, outcome)?;
    Ok(())
}

/// Stores the outcome of a block in the chain. It reaches the disk with the next block.
pub(super) fn put_outcome(
    engine: &Engine,
    tip: &Tip,
    height: u64,
    outcome: &[u8],
) -> Result<(), LogError> {
    check_outcome(engine, outcome)?;
    check_height(engine, "outcome", height, tip)?;
    engine.write(Flush::WithNext, |transaction| {
        write_outcome(engine, transaction, height, outcome)
    })
}

/// The outcome of the block at `height`, if one was stored.
pub(super) fn outcome(engine: &Engine, height: u64) -> Result<Option<Vec<u8>>, LogError> {
    engine.read(|transaction| {
        let outcomes = match transaction.open_table(OUTCOMES) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            outcomes => outcomes?,
        };
        Ok(outcomes.get(height)?.map(|value| value.value().to_vec()))
    })
}

/// Stores a snapshot durably and drops all but the newest [`SNAPSHOTS_KEPT`].
pub(super) fn put_snapshot(
    engine: &Engine,
    tip: &Tip,
    height: u64,
    block: &[u8; 32],
    bytes: &[u8],
) -> Result<(), LogError> {
    check_length(engine, "snapshot", bytes.len(), MAX_SNAPSHOT_BYTES)?;
    check_height(engine, "snapshot", height, tip)?;
    let mut header = [0; 72];
    header[..8].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
    header[8..40].copy_from_slice(&Sha256::digest(bytes));
    header[40..].copy_from_slice(block);
    engine.write(Flush::Now, |transaction| {
        remove_snapshot(transaction, height)?;
        let mut pieces = transaction.open_table(PIECES)?;
        for (index, piece) in (0u64..).zip(bytes.chunks(PIECE_BYTES)) {
            pieces.insert((height, index), piece)?;
        }
        drop(pieces);
        transaction.open_table(SNAPSHOTS)?.insert(height, &header)?;
        let heights = snapshot_heights(&transaction.open_table(SNAPSHOTS)?)?;
        for old in heights.iter().rev().skip(SNAPSHOTS_KEPT) {
            remove_snapshot(transaction, *old)?;
        }
        Ok(())
    })
}

fn remove_snapshot(transaction: &WriteTransaction, height: u64) -> Result<(), Fault> {
    transaction.open_table(SNAPSHOTS)?.remove(height)?;
    transaction
        .open_table(PIECES)?
        .retain_in((height, 0)..=(height, u64::MAX), |_, _| false)?;
    Ok(())
}

fn snapshot_heights(
    snapshots: &impl ReadableTable<u64, &'static [u8; 72]>,
) -> Result<Vec<u64>, Fault> {
    let mut heights = Vec::new();
    for entry in snapshots.iter()? {
        heights.push(entry?.0.value());
    }
    Ok(heights)
}

/// The newest snapshot that is intact and belongs to this chain.
pub(super) fn latest_snapshot(engine: &Engine) -> Result<Option<Snapshot>, LogError> {
    engine.read(|transaction| {
        let heights = match transaction.open_table(SNAPSHOTS) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            snapshots => snapshot_heights(&snapshots?)?,
        };
        for height in heights.into_iter().rev() {
            match read_snapshot(transaction, height)? {
                Some(bytes) => return Ok(Some(Snapshot { height, bytes })),
                None => tracing::warn!(file = %engine.path().display(), height, "a snapshot is damaged and passed over"),
            }
        }
        Ok(None)
    })
}

/// The snapshot at a height, if it is kept, intact, and belongs to this chain.
pub(super) fn snapshot_at(engine: &Engine, height: u64) -> Result<Option<Snapshot>, LogError> {
    engine.read(|transaction| {
        if let Err(TableError::TableDoesNotExist(_)) = transaction.open_table(SNAPSHOTS) {
            return Ok(None);
        }
        let bytes = read_snapshot(transaction, height)?;
        Ok(bytes.map(|bytes| Snapshot { height, bytes }))
    })
}

/// The heights of the snapshots that are kept, oldest first.
pub(super) fn kept_snapshots(engine: &Engine) -> Result<Vec<u64>, LogError> {
    engine.read(|transaction| match transaction.open_table(SNAPSHOTS) {
        Err(TableError::TableDoesNotExist(_)) => Ok(Vec::new()),
        snapshots => snapshot_heights(&snapshots?),
    })
}

fn read_snapshot(transaction: &ReadTransaction, height: u64) -> Result<Option<Vec<u8>>, Fault> {
    let snapshots = transaction.open_table(SNAPSHOTS)?;
    let Some(header) = snapshots.get(height)? else {
        return Ok(None);
    };
    let header = header.value();
    let mut bytes = Vec::new();
    for entry in transaction
        .open_table(PIECES)?
        .range((height, 0)..=(height, u64::MAX))?
    {
        bytes.extend_from_slice(entry?.1.value());
        if bytes.len() > MAX_SNAPSHOT_BYTES {
            return Ok(None);
        }
    }
    let intact = header[..8] == (bytes.len() as u64).to_le_bytes()
        && header[8..40] == Sha256::digest(&bytes)[..]
        && read_hash(transaction, height)?.is_some_and(|hash| header[40..] == hash);
    Ok(intact.then_some(bytes))
}

fn check_length(
    engine: &Engine,
    field: &'static str,
    bytes: usize,
    limit: usize,
) -> Result<(), LogError> {
    if bytes > limit {
        return Err(StorageError::TooLarge {
            path: engine.path().to_owned(),
            field,
            bytes,
            limit,
        }
        .into());
    }
    Ok(())
}

fn check_height(
    engine: &Engine,
    field: &'static str,
    height: u64,
    tip: &Tip,
) -> Result<(), LogError> {
    if height == 0 || height > tip.height {
        let path = engine.path().to_owned();
        return Err(StorageError::NoSuchBlock {
            path,
            field,
            height,
            tip: tip.height,
        }
        .into());
    }
    Ok(())
}
