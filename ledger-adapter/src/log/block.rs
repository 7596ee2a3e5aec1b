//! Blocks, their canonical encoding and their hash.

use thiserror::Error;

use super::{LogError, MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_TRANSACTION_BYTES};
use crate::hashing::domain_hash;

const BLOCK_DOMAIN: &str = "tally/ledger/block/v1";
const GENESIS_DOMAIN: &str = "tally/ledger/genesis/v1";

/// Height, time, parent and the number of transactions.
const HEADER_BYTES: usize = 8 + 8 + 32 + LENGTH_BYTES;
/// Every count and every length is four bytes, little-endian.
const LENGTH_BYTES: usize = 4;

/// One block of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Position in the chain, from 1.
    pub height: u64,
    /// Microseconds since the Unix epoch, UTC; never less than the parent's.
    pub time: u64,
    /// Hash of the block below, or [`genesis_hash`] for the first block.
    pub parent: [u8; 32],
    /// Opaque transactions in their order.
    pub transactions: Vec<Vec<u8>>,
}

/// Why bytes are not the encoding of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BlockDecodeError {
    /// More bytes than any block has.
    #[error(
        "the encoding has {bytes} bytes, a block has at most {MAX_BLOCK_BYTES}; fetch the block again"
    )]
    TooLong {
        /// Length of the input in bytes.
        bytes: usize,
    },
    /// The input ends inside a field.
    #[error("the encoding ends at byte {bytes}, inside a field; fetch the block again")]
    Truncated {
        /// Length of the input in bytes.
        bytes: usize,
    },
    /// A transaction count or length above its limit.
    #[error("{field} is {value}, at most {limit} is allowed; fetch the block again")]
    AboveLimit {
        /// Which count or length.
        field: &'static str,
        /// Its value.
        value: usize,
        /// The largest allowed value.
        limit: usize,
    },
    /// Height zero belongs to the genesis.
    #[error("height is 0, blocks start at 1; fetch the block again")]
    ZeroHeight,
    /// Bytes after the last transaction.
    #[error("{bytes} bytes follow the last transaction; fetch the block again")]
    Trailing {
        /// How many bytes are left over.
        bytes: usize,
    },
}

/// The hash that stands in for the parent of the first block.
#[must_use]
pub fn genesis_hash(genesis: &[u8]) -> [u8; 32] {
    domain_hash(GENESIS_DOMAIN, &[genesis])
}

impl Block {
    /// SHA-256 over a domain tag and the canonical encoding.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Self::hash_of_encoding(&self.encode())
    }

    /// The hash of the block with this canonical encoding.
    pub(crate) fn hash_of_encoding(encoding: &[u8]) -> [u8; 32] {
        domain_hash(BLOCK_DOMAIN, &[encoding])
    }

    /// The canonical encoding: height and time (eight bytes each), parent (32 bytes), the number of
    /// transactions, and for each its length and its bytes. Integers are little-endian, counts and lengths
    /// four bytes. This is also the Borsh encoding of the struct.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.encoded_len());
        out.extend_from_slice(&self.height.to_le_bytes());
        out.extend_from_slice(&self.time.to_le_bytes());
        out.extend_from_slice(&self.parent);
        put_length(&mut out, self.transactions.len());
        for transaction in &self.transactions {
            put_length(&mut out, transaction.len());
            out.extend_from_slice(transaction);
        }
        out
    }

    /// Length of the canonical encoding in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        HEADER_BYTES
            + self
                .transactions
                .iter()
                .map(|transaction| encoded_transaction_len(transaction))
                .sum::<usize>()
    }

    /// Reads a canonical encoding.
    ///
    /// # Errors
    /// [`BlockDecodeError`] if the bytes are too many, too few, beyond a limit or followed by others.
    pub fn decode(bytes: &[u8]) -> Result<Self, BlockDecodeError> {
        if bytes.len() > MAX_BLOCK_BYTES {
            return Err(BlockDecodeError::TooLong { bytes: bytes.len() });
        }
        let mut reader = Reader { bytes, position: 0 };
        let height = u64::from_le_bytes(reader.array()?);
        if height == 0 {
            return Err(BlockDecodeError::ZeroHeight);
        }
        let time = u64::from_le_bytes(reader.array()?);
        let parent = reader.array()?;
        let count = reader.length("transaction count", MAX_BLOCK_TRANSACTIONS)?;
        let mut transactions = Vec::with_capacity(count);
        for _ in 0..count {
            let length = reader.length("transaction length", MAX_TRANSACTION_BYTES)?;
            transactions.push(reader.take(length)?.to_vec());
        }
        match bytes.len() - reader.position {
            0 => Ok(Self {
                height,
                time,
                parent,
                transactions,
            }),
            left => Err(BlockDecodeError::Trailing { bytes: left }),
        }
    }
}

/// Refuses what no block can hold.
pub(crate) fn check_transactions(transactions: &[Vec<u8>]) -> Result<(), LogError> {
    if transactions.len() > MAX_BLOCK_TRANSACTIONS {
        return Err(LogError::TooManyTransactions {
            count: transactions.len(),
        });
    }
    let mut bytes = EMPTY_BLOCK_BYTES;
    for transaction in transactions {
        check_transaction(transaction)?;
        bytes += encoded_transaction_len(transaction);
    }
    if bytes > MAX_BLOCK_BYTES {
        return Err(LogError::BlockTooLarge { bytes });
    }
    Ok(())
}

/// Refuses a transaction that no block can hold.
pub(crate) fn check_transaction(transaction: &[u8]) -> Result<(), LogError> {
    if transaction.len() > MAX_TRANSACTION_BYTES {
        return Err(LogError::TransactionTooLarge {
            bytes: transaction.len(),
        });
    }
    Ok(())
}

/// Length of the encoding of a block without transactions.
pub(crate) const EMPTY_BLOCK_BYTES: usize = HEADER_BYTES;

/// What a transaction adds to the encoding of its block, in bytes.
pub(crate) fn encoded_transaction_len(transaction: &[u8]) -> usize {
    LENGTH_BYTES + transaction.len()
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    // Only a block beyond the limits, which no log accepts, has a length that does not fit; it then gets
    // an encoding that does not decode.
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], BlockDecodeError> {
        let truncated = BlockDecodeError::Truncated {
            bytes: self.bytes.len(),
        };
        let end = self.position.checked_add(length).ok_or(truncated)?;
        let taken = self.bytes.get(self.position..end).ok_or(truncated)?;
        self.position = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BlockDecodeError> {
        let truncated = BlockDecodeError::Truncated {
            bytes: self.bytes.len(),
        };
        self.take(N)?.try_into().map_err(|_| truncated)
    }

    fn length(&mut self, field: &'static str, limit: usize) -> Result<usize, BlockDecodeError> {
        let value = usize::try_from(u32::from_le_bytes(self.array()?)).unwrap_or(usize::MAX);
        if value > limit {
            return Err(BlockDecodeError::AboveLimit {
                field,
                value,
                limit,
            });
        }
        Ok(value)
    }
}
