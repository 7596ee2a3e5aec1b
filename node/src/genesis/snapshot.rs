//! A replica written down between two blocks, and taken up again.
//!
//! | field | bytes |
//! |---|---|
//! | version | 1 |
//! | SHA-256 over a domain string and the rest | 32 |
//! | chain | 32 |
//! | number of markets | 4 |
//! | each market, by symbol: symbol, checkpoint, length of its snapshot, its snapshot | 8, 80, 8, the length |
//! | the account book | the rest |
//!
//! Integers are little-endian. The checksum keeps damage out. It keeps no forger out, and neither does the state hash:
//! heights, times and the block-end roots that Acts may name are not in it, and a forged root would prove forged notes.
//! So a snapshot comes from this node's own ledger, or from somebody whom one would trust with the ledger.

use super::ChainGenesis;
use crate::replica::{Replica, ReplicaError};
use borsh::BorshDeserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tally_exchange::market::{Checkpoint, Genesis, Market, SnapshotError, StateHash};
use tally_exchange::message::{ChainId, Symbol};
use tally_ledger_adapter::accounts::{AccountBook, AccountId, SnapshotDecodeError};
use tally_ledger_adapter::embedded::MAX_SNAPSHOT_BYTES;
use thiserror::Error;

/// Version of the encoding: its first byte.
const VERSION: u8 = 1;

/// Why bytes are no snapshot of this chain.
#[derive(Debug, Error)]
pub enum ReplicaSnapshotError {
    /// More bytes than a ledger keeps.
    #[error(
        "the snapshot has {bytes} bytes, at most {MAX_SNAPSHOT_BYTES} are allowed; rebuild the state from the ledger"
    )]
    TooLong {
        /// Length in bytes.
        bytes: usize,
    },
    /// Written by another version of this program.
    #[error(
        "the snapshot's version is {found}, {VERSION} is required; rebuild the state from the ledger"
    )]
    Version {
        /// The first byte.
        found: u8,
    },
    /// Truncated, over-long or altered.
    #[error("the snapshot is damaged; rebuild the state from the ledger")]
    Damaged,
    /// The snapshot of another chain.
    #[error("the snapshot is of chain {found}, not {expected}; use one of this chain")]
    Chain {
        /// Its chain.
        found: ChainId,
        /// The chain of the genesis.
        expected: ChainId,
    },
    /// Not the contract months of the genesis.
    #[error(
        "the snapshot has other contract months than the genesis; rebuild the state from the ledger"
    )]
    Markets,
    /// A market is not restored.
    #[error("market {symbol}: {error}")]
    Market {
        /// The contract month.
        symbol: Symbol,
        /// What is wrong.
        error: SnapshotError,
    },
    /// The account book is none.
    #[error("accounts: {0}")]
    Accounts(#[from] SnapshotDecodeError),
    /// The account book has another cashier than the genesis.
    #[error(
        "the snapshot's cashier is {found}, the genesis names {expected}; rebuild the state from the ledger"
    )]
    Cashier {
        /// The cashier of the account book.
        found: AccountId,
        /// The cashier of the genesis.
        expected: AccountId,
    },
    /// The markets make no replica.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The state is not the one that was asked for.
    #[error(
        "the snapshot has state hash {found}, expected {expected}; rebuild the state from the ledger"
    )]
    StateHash {
        /// Hash of the snapshot's state.
        found: StateHash,
        /// Hash expected.
        expected: StateHash,
    },
}

impl Replica {
    /// The state as bytes, for [`ChainGenesis::restore`]. Take it between blocks.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut body = self.chain().0.to_vec();
        let markets: Vec<&Market> = self.markets().collect();
        // A genesis has few markets.
        let count = u32::try_from(markets.len()).unwrap_or(u32::MAX);
        body.extend(count.to_le_bytes());
        for market in markets {
            let snapshot = market.snapshot();
            let head = (market.symbol(), market.checkpoint(), snapshot.len() as u64);
            // Encoding into memory does not fail; see `Transaction::to_bytes`.
            body.extend(borsh::to_vec(&head).expect("encoding into memory does not fail"));
            body.extend(snapshot);
        }
        body.extend(self.accounts().encode());
        let mut bytes = vec![VERSION];
        bytes.extend(checksum(&body));
        bytes.extend(body);
        bytes
    }
}

impl ChainGenesis {
    /// Takes up the state of a snapshot; with `expected` it must have that state hash.
    ///
    /// The height is for the caller to compare with that of the block after which the snapshot was taken. Bytes from
    /// somebody who is not trusted are not made good by `expected`: it does not cover block-end roots.
    ///
    /// # Errors
    /// [`ReplicaSnapshotError`] says what is wrong with the bytes.
    pub fn restore(
        &self,
        bytes: &[u8],
        expected: Option<StateHash>,
    ) -> Result<Replica, ReplicaSnapshotError> {
        let mut body = Body::checked(bytes)?;
        let found = ChainId(body.take()?);
        let chain = self.chain();
        if found != chain {
            let expected = chain;
            return Err(ReplicaSnapshotError::Chain { found, expected });
        }
        let markets = self.restore_markets(&mut body)?;
        let accounts = AccountBook::decode(body.0)?;
        let (found, expected_cashier) = (accounts.cashier(), self.cashier());
        if found != expected_cashier {
            return Err(ReplicaSnapshotError::Cashier {
                found,
                expected: expected_cashier,
            });
        }
        let replica = Replica::new(markets, accounts)?;
        let found = replica.state_hash();
        match expected.filter(|expected| *expected != found) {
            Some(expected) => Err(ReplicaSnapshotError::StateHash { found, expected }),
            None => Ok(replica),
        }
    }

    /// The markets of the snapshot, which must be those of the genesis in the order of their symbols.
    fn restore_markets(&self, body: &mut Body<'_>) -> Result<Vec<Market>, ReplicaSnapshotError> {
        let by_symbol: BTreeMap<String, Genesis> = self
            .market_geneses()
            .into_iter()
            .map(|genesis| (genesis.session.contract.clone(), genesis))
            .collect();
        let count: u32 = body.read()?;
        if usize::try_from(count) != Ok(by_symbol.len()) {
            return Err(ReplicaSnapshotError::Markets);
        }
        let mut markets = Vec::with_capacity(by_symbol.len());
        for (name, genesis) in by_symbol {
            let symbol: Symbol = body.read()?;
            if symbol.as_str() != name {
                return Err(ReplicaSnapshotError::Markets);
            }
            let checkpoint: Checkpoint = body.read()?;
            let length: u64 = body.read()?;
            let snapshot = body.slice(length)?;
            let market = Market::restore(genesis, snapshot, checkpoint)
                .map_err(|error| ReplicaSnapshotError::Market { symbol, error })?;
            markets.push(market);
        }
        Ok(markets)
    }
}

/// What is left to read of a snapshot that is whole.
struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn checked(bytes: &'a [u8]) -> Result<Self, ReplicaSnapshotError> {
        if bytes.len() > MAX_SNAPSHOT_BYTES {
            let bytes = bytes.len();
            return Err(ReplicaSnapshotError::TooLong { bytes });
        }
        let (&found, rest) = bytes.split_first().ok_or(ReplicaSnapshotError::Damaged)?;
        if found != VERSION {
            return Err(ReplicaSnapshotError::Version { found });
        }
        let (sum, body) = rest
            .split_first_chunk::<32>()
            .ok_or(ReplicaSnapshotError::Damaged)?;
        if *sum != checksum(body) {
            return Err(ReplicaSnapshotError::Damaged);
        }
        Ok(Self(body))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ReplicaSnapshotError> {
        let (first, rest) = self
            .0
            .split_first_chunk::<N>()
            .ok_or(ReplicaSnapshotError::Damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    fn slice(&mut self, length: u64) -> Result<&'a [u8], ReplicaSnapshotError> {
        let length = usize::try_from(length).map_err(|_| ReplicaSnapshotError::Damaged)?;
        let (first, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(ReplicaSnapshotError::Damaged)?;
        self.0 = rest;
        Ok(first)
    }

    /// A value of few bytes.
    fn read<T: BorshDeserialize>(&mut self) -> Result<T, ReplicaSnapshotError> {
        T::deserialize(&mut self.0).map_err(|_| ReplicaSnapshotError::Damaged)
    }
}

fn checksum(body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"tally/replica/snapshot/1");
    hash.update(body);
    hash.finalize().into()
}
