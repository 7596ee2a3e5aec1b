//! The tables of a ledger file that hold the chain: what it is, and its blocks.

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};

use super::engine::{Engine, Fault, Flush};
use super::{Damage, StorageError};
use crate::log::{Block, LogError, Tip, genesis_hash};

const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
/// Height to hash and canonical encoding, one after the other.
const BLOCKS: TableDefinition<u64, &[u8]> = TableDefinition::new("blocks");

const MAGIC_FIELD: &str = "magic";
const MAGIC: &[u8] = b"tally ordered log";
const VERSION_FIELD: &str = "version";
const VERSION: u32 = 1;
const GENESIS_FIELD: &str = "genesis";
/// Height of the lowest block that the file holds, where that is not the first; whoever made the file vouched for it.
const BASE_FIELD: &str = "base";
const HASH_BYTES: usize = 32;

/// Writes what identifies a new chain.
pub(super) fn initialise(engine: &Engine, genesis: &[u8]) -> Result<(), LogError> {
    engine.write(Flush::Now, |transaction| {
        let mut meta = transaction.open_table(META)?;
        meta.insert(MAGIC_FIELD, MAGIC)?;
        meta.insert(VERSION_FIELD, VERSION.to_le_bytes().as_slice())?;
        meta.insert(GENESIS_FIELD, genesis)?;
        transaction.open_table(BLOCKS)?;
        Ok(())
    })
}

/// Lets a new chain begin at a block in the middle: what is below is not there.
pub(super) fn begin_at(engine: &Engine, base: &Block) -> Result<(), LogError> {
    engine.write(Flush::Now, |transaction| {
        let height = base.height.to_le_bytes();
        transaction
            .open_table(META)?
            .insert(BASE_FIELD, height.as_slice())?;
        append(transaction, base)?;
        Ok(())
    })
}

/// Height of the lowest block of the chain: 1, or where the file was made to begin.
pub(super) fn read_base(engine: &Engine) -> Result<u64, LogError> {
    engine.read(base)
}

fn base(transaction: &ReadTransaction) -> Result<u64, Fault> {
    let meta = transaction
        .open_table(META)
        .map_err(|_| not_a_ledger(MAGIC_FIELD))?;
    let Some(value) = meta.get(BASE_FIELD)? else {
        return Ok(1);
    };
    let bytes = value.value().try_into();
    Ok(u64::from_le_bytes(
        bytes.map_err(|_| not_a_ledger(BASE_FIELD))?,
    ))
}

/// Checks that the file is a chain of this format and returns its genesis.
pub(super) fn identify(engine: &Engine) -> Result<Vec<u8>, LogError> {
    engine.read(|transaction| {
        let meta = transaction
            .open_table(META)
            .map_err(|_| not_a_ledger(MAGIC_FIELD))?;
        let field = |name: &'static str| {
            let value = meta.get(name)?.ok_or_else(|| not_a_ledger(name))?;
            Ok::<_, Fault>(value.value().to_vec())
        };
        if field(MAGIC_FIELD)? != MAGIC {
            return Err(not_a_ledger(MAGIC_FIELD));
        }
        let version = field(VERSION_FIELD)?
            .try_into()
            .map_err(|_| not_a_ledger(VERSION_FIELD))?;
        let found = u32::from_le_bytes(version);
        if found != VERSION {
            return Err(StorageError::Version {
                path: engine.path().to_owned(),
                found,
                supported: VERSION,
            }
            .into());
        }
        field(GENESIS_FIELD)
    })
}

fn not_a_ledger(field: &'static str) -> Fault {
    Damage::NotALedger { field }.into()
}

/// The newest block, or what stands in for it below the first.
pub(super) fn read_tip(engine: &Engine, genesis: &[u8]) -> Result<Tip, LogError> {
    engine.read(|transaction| {
        let blocks = transaction.open_table(BLOCKS)?;
        let Some((height, value)) = blocks.last()? else {
            return Ok(Tip {
                height: 0,
                hash: genesis_hash(genesis),
                time: 0,
            });
        };
        let (block, hash) = decode(height.value(), value.value())?;
        Ok(Tip {
            height: block.height,
            hash,
            time: block.time,
        })
    })
}

/// The block at `height`, checked against the hash it was stored with.
pub(super) fn read_block(engine: &Engine, height: u64) -> Result<Option<Block>, LogError> {
    engine.read(|transaction| {
        let blocks = transaction.open_table(BLOCKS)?;
        let Some(value) = blocks.get(height)? else {
            return Ok(None);
        };
        Ok(Some(decode(height, value.value())?.0))
    })
}

/// The hash of the block at `height`, as stored.
pub(super) fn read_hash(
    transaction: &ReadTransaction,
    height: u64,
) -> Result<Option<[u8; 32]>, Fault> {
    let blocks: ReadOnlyTable<u64, &[u8]> = transaction.open_table(BLOCKS)?;
    let Some(value) = blocks.get(height)? else {
        return Ok(None);
    };
    let (hash, _) = split_hash(height, value.value())?;
    Ok(Some(hash))
}

/// Puts a block on top of the chain, whose tip is its parent, and returns its hash.
pub(super) fn append(transaction: &WriteTransaction, block: &Block) -> Result<[u8; 32], Fault> {
    let encoding = block.encode();
    let hash = Block::hash_of_encoding(&encoding);
    let mut blocks = transaction.open_table(BLOCKS)?;
    let mut value = blocks.insert_reserve(block.height, HASH_BYTES + encoding.len())?;
    let bytes = value.as_mut();
    bytes[..HASH_BYTES].copy_from_slice(&hash);
    bytes[HASH_BYTES..].copy_from_slice(&encoding);
    Ok(hash)
}

/// Walks the whole chain from its base: no height is missing, every hash and every parent fits, no time goes backwards.
/// Returns the newest block.
pub(super) fn verify(engine: &Engine, genesis: &[u8]) -> Result<Tip, LogError> {
    engine.read(|transaction| {
        let blocks = transaction.open_table(BLOCKS)?;
        let base = base(transaction)?;
        let mut tip = Tip {
            height: 0,
            hash: genesis_hash(genesis),
            time: 0,
        };
        for entry in blocks.iter()? {
            let (height, value) = entry?;
            if base > 1 && height.value() == base {
                // What is below it is not there to be compared with.
                let (block, hash) = decode(base, value.value())?;
                let time = block.time;
                let height = base;
                tip = Tip { height, hash, time };
                continue;
            }
            tip = follow(&tip, height.value(), value.value())?;
        }
        Ok(tip)
    })
}

fn follow(below: &Tip, height: u64, value: &[u8]) -> Result<Tip, Damage> {
    if Some(height) != below.height.checked_add(1) {
        return Err(Damage::BlockMissing {
            height: below.height.saturating_add(1),
        });
    }
    let (block, hash) = decode(height, value)?;
    if block.parent != below.hash {
        return Err(Damage::Parent { height });
    }
    if block.time < below.time {
        return Err(Damage::Time { height });
    }
    Ok(Tip {
        height,
        hash,
        time: block.time,
    })
}

fn decode(height: u64, value: &[u8]) -> Result<(Block, [u8; 32]), Damage> {
    let (hash, encoding) = split_hash(height, value)?;
    if Block::hash_of_encoding(encoding) != hash {
        return Err(Damage::BlockHash { height });
    }
    let block =
        Block::decode(encoding).map_err(|source| Damage::BlockEncoding { height, source })?;
    if block.height != height {
        return Err(Damage::BlockHeight {
            height,
            found: block.height,
        });
    }
    Ok((block, hash))
}

fn split_hash(height: u64, value: &[u8]) -> Result<([u8; 32], &[u8]), Damage> {
    value
        .split_first_chunk()
        .map(|(hash, encoding)| (*hash, encoding))
        .ok_or(Damage::BlockHash { height })
}
