//! What a node can be asked over its API, and what it answers: one frame each.
//!
//! A frame is a version byte and a borsh encoding, canonical and without trailing bytes. Everything but [`Request::Submit`]
//! and [`Request::Faucet`] only reads. What a node says of receipts, book and events is its word; whoever wants to know
//! takes the blocks ([`Request::Blocks`]) and executes them.

use borsh::{BorshDeserialize, BorshSerialize};
use tally_exchange::message::Symbol;
use tally_exchange::refusal::Refusal;
use thiserror::Error;

/// Version of the API: the first byte of every frame.
pub const API_VERSION: u8 = 1;
/// Most bytes of blocks in one answer: a block of the largest size always fits.
pub const MOST_BLOCK_BYTES: u32 = 8 * 1024 * 1024;
/// Most bytes of a key file or a snapshot in one answer, 4 MiB.
pub const MOST_PIECE_BYTES: u32 = 4 * 1024 * 1024;
/// Longest time that a node waits for something new before it answers, milliseconds.
pub const MOST_WAIT_MS: u32 = 30_000;
/// Most price levels of a side in one answer.
pub const MOST_LEVELS: u16 = 1_000;
/// Most blocks whose events are in one answer.
pub const MOST_EVENT_BLOCKS: u32 = 1_000;
/// Most cents that a faucet gives at once, one million dollars: practice cash has to end somewhere.
pub const MOST_FAUCET_CENTS: u64 = 100_000_000;

/// Which of a statement's two key files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
pub enum KeyPart {
    /// What makes proofs.
    Proving = 0,
    /// What checks them.
    Verifying = 1,
}

/// A statement by name, as key files are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
pub enum KeyStatement {
    /// Act.
    Act = 0,
    /// Refresh.
    Refresh = 1,
    /// Lapse.
    Lapse = 2,
}

impl KeyStatement {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Act, Self::Refresh, Self::Lapse];
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Request {
    /// Who are you, and how far?
    Hello,
    /// The genesis, whole.
    Genesis,
    /// A piece of a key file.
    Key {
        /// Of which statement.
        statement: KeyStatement,
        /// Which file.
        part: KeyPart,
        /// First byte.
        offset: u64,
        /// Most bytes, at most [`MOST_PIECE_BYTES`].
        length: u32,
    },
    /// Blocks from a height on, waiting for the first if need be.
    Blocks {
        /// First height, from 1.
        from: u64,
        /// Most bytes of encoded blocks, at most [`MOST_BLOCK_BYTES`]; the first block comes in any case.
        most_bytes: u32,
        /// How long to wait for it, milliseconds, at most [`MOST_WAIT_MS`].
        wait_ms: u32,
    },
    /// Order this entry (see [`crate::entry::Entry`]).
    Submit {
        /// Its bytes.
        entry: Vec<u8>,
        /// The stamp on it: see [`crate::stamp`].
        stamp: u64,
        /// How long to wait for the block that holds it, milliseconds.
        wait_ms: u32,
    },
    /// Practice cash, where the cashier is a faucet.
    Faucet {
        /// The account that gets it.
        account: [u8; 32],
        /// Cents, at most [`MOST_FAUCET_CENTS`].
        amount: u64,
        /// The stamp on account and amount: see [`faucet_bytes`].
        stamp: u64,
        /// How long to wait for the block, milliseconds.
        wait_ms: u32,
    },
    /// A piece of the newest snapshot of the node's state, or of that at a height.
    Snapshot {
        /// Its height; none for the newest.
        height: Option<u64>,
        /// First byte.
        offset: u64,
        /// Most bytes, at most [`MOST_PIECE_BYTES`].
        length: u32,
    },
    /// The receipt of an entry of a recent block, as JSON.
    Receipt {
        /// Height of its block.
        height: u64,
        /// Its index there.
        index: u32,
    },
    /// The order book of a contract month, as JSON.
    Book {
        /// The contract month.
        market: Symbol,
        /// Most levels of a side.
        levels: u16,
    },
    /// What happened in recent blocks, as JSON.
    Events {
        /// First height.
        from: u64,
        /// Most blocks, at most [`MOST_EVENT_BLOCKS`].
        blocks: u32,
    },
    /// The epoch of every contract month, as JSON.
    Epoch,
}

/// Who a node is, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Welcome {
    /// Version of its software.
    pub software: String,
    /// The chain.
    pub chain: [u8; 32],
    /// Height of its newest block.
    pub height: u64,
    /// Hash of that block.
    pub hash: [u8; 32],
    /// Time of that block, microseconds.
    pub time: u64,
    /// The node's clock, microseconds.
    pub now: u64,
    /// How many seconds pass on that clock in a second: 1 but in a sandbox.
    pub speed: u32,
    /// Whether proving keys are insecure.
    pub insecure_keys: bool,
    /// Whether the cashier is a faucet.
    pub faucet: bool,
    /// Leading zero bits that the stamp of an entry with a proof needs.
    pub stamp_bits_proof: u8,
    /// The same for every other entry.
    pub stamp_bits_other: u8,
    /// How far apart blocks are at least, milliseconds.
    pub interval_ms: u32,
    /// Height of its newest snapshot; none if there is none.
    pub snapshot: Option<u64>,
}

/// A block with what the node says of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct WireBlock {
    /// Its canonical encoding.
    pub bytes: Vec<u8>,
    /// The hash of the node's state after it.
    pub state: [u8; 32],
}

/// Some blocks, and how far the node is.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlockRange {
    /// Height of the node's newest block.
    pub tip: u64,
    /// The node's clock, microseconds.
    pub now: u64,
    /// How many seconds pass on it in a second.
    pub speed: u32,
    /// Blocks in order, from the height asked for; none if there was none in time.
    pub blocks: Vec<WireBlock>,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Submission {
    /// It is in a durable block. Whether the market took it says its receipt.
    Included {
        /// Height of the block.
        height: u64,
        /// Its index there.
        index: u32,
        /// The receipt as JSON, by the node's word.
        receipt: Vec<u8>,
    },
    /// It was not ordered, and is on no block.
    Declined(Decline),
    /// It is queued for a block. A node that is killed before forgets it; the client then sends the same bytes again.
    Waiting,
}

/// Why an entry is not ordered.
#[derive(Clone, Debug, PartialEq, Eq, Error, BorshSerialize, BorshDeserialize)]
pub enum Decline {
    /// The bytes are no entry.
    #[error(
        "not ordered: the bytes are no entry of this version ({0}); build it with this software"
    )]
    Garbage(String),
    /// The stamp has too few zero bits.
    #[error(
        "not ordered: the stamp needs {needed} leading zero bits; make it for these very bytes and this chain"
    )]
    Stamp {
        /// Bits needed.
        needed: u8,
    },
    /// The market would refuse it.
    #[error("not ordered: {0}")]
    Refused(Refusal),
    /// The cashier's book would refuse it.
    #[error("not ordered: {0}")]
    Cashier(String),
    /// No room in the queue.
    #[error("not ordered: the node's queue is full; try again in a second")]
    Busy,
    /// The node is being shut down.
    #[error("not ordered: the node is shutting down; try again when it is back")]
    Stopping,
    /// The cashier is no faucet.
    #[error("this market has a cashier and no faucet; pay the cashier, who credits the account")]
    NoFaucet,
    /// More than a faucet gives.
    #[error("a faucet gives 1 to {MOST_FAUCET_CENTS} cents at once; ask for less")]
    FaucetAmount,
    /// The stamp was used before.
    #[error("not ordered: this stamp was used before, and each counts once; make another")]
    UsedStamp,
}

impl Decline {
    /// Whether an honest sender could have known: it is hung up on.
    #[must_use]
    pub const fn is_misbehaviour(&self) -> bool {
        matches!(
            self,
            Self::Garbage(_)
                | Self::Stamp { .. }
                | Self::UsedStamp
                | Self::Refused(Refusal::Malformed | Refusal::Proof)
        )
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Response {
    /// To [`Request::Hello`].
    Hello(Box<Welcome>),
    /// To [`Request::Genesis`].
    Genesis(Vec<u8>),
    /// To [`Request::Key`]: the bytes asked for, fewer at the end of the file.
    Piece(Vec<u8>),
    /// To [`Request::Blocks`].
    Blocks(BlockRange),
    /// To [`Request::Submit`] and [`Request::Faucet`].
    Submitted(Submission),
    /// To [`Request::Snapshot`].
    Snapshot {
        /// Height of the state.
        height: u64,
        /// Length of the whole snapshot, bytes.
        total: u64,
        /// The piece.
        piece: Vec<u8>,
    },
    /// JSON, by the node's word.
    Document(Vec<u8>),
    /// The question can't be answered: why, and what to do.
    Failed(String),
}

/// Why bytes are no frame of this API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ApiDecodeError {
    /// Another version.
    #[error(
        "the other side speaks version {found} of the API, this software version {API_VERSION}; use the same version of tally on both sides"
    )]
    Version {
        /// Its version.
        found: u8,
    },
    /// Empty, truncated, over-long or not canonical.
    #[error("the frame is truncated, has trailing bytes or is not canonically encoded")]
    Malformed,
}

impl Request {
    /// The frame's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        frame(self)
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// [`ApiDecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ApiDecodeError> {
        content(bytes)
    }
}

impl Response {
    /// The frame's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        frame(self)
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// [`ApiDecodeError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ApiDecodeError> {
        content(bytes)
    }
}

/// The bytes that the stamp of a faucet request is made for.
#[must_use]
pub fn faucet_bytes(account: &[u8; 32], amount: u64) -> Vec<u8> {
    let mut bytes = b"tally/faucet/1".to_vec();
    bytes.extend_from_slice(account);
    bytes.extend_from_slice(&amount.to_le_bytes());
    bytes
}

fn frame(value: &impl BorshSerialize) -> Vec<u8> {
    let mut bytes = vec![API_VERSION];
    // Writing to a vector fails only on lengths above u32::MAX, far above what the bounds allow.
    value
        .serialize(&mut bytes)
        .expect("encoding into memory does not fail");
    bytes
}

fn content<T: BorshDeserialize>(bytes: &[u8]) -> Result<T, ApiDecodeError> {
    match bytes.split_first() {
        None => Err(ApiDecodeError::Malformed),
        Some((&API_VERSION, rest)) => {
            T::try_from_slice(rest).map_err(|_| ApiDecodeError::Malformed)
        }
        Some((&found, _)) => Err(ApiDecodeError::Version { found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_and_nothing_else_is_one() {
        let request = Request::Blocks {
            from: 7,
            most_bytes: 1,
            wait_ms: 2,
        };
        let bytes = request.to_bytes();
        assert_eq!(Request::from_bytes(&bytes), Ok(request));
        for length in 0..bytes.len() {
            assert!(Request::from_bytes(&bytes[..length]).is_err());
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(Request::from_bytes(&longer), Err(ApiDecodeError::Malformed));
        let mut other = bytes;
        other[0] = API_VERSION + 1;
        let found = API_VERSION + 1;
        assert_eq!(
            Request::from_bytes(&other),
            Err(ApiDecodeError::Version { found })
        );
    }
}
