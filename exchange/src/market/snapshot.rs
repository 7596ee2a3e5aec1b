//! Snapshots: a market written down at a block end, and taken up again with every invariant checked.
//!
//! The state hash says nothing of height, time and past roots (see `digest`), so a checksum over the whole snapshot
//! keeps damage out. It keeps no forger out: take snapshots only from a store that you trust with the ledger.
//!
//! | field | bytes |
//! |---|---|
//! | version | 1 |
//! | SHA-256 over a domain string and the rest | 32 |
//! | the parts of the state in borsh | the rest |

use super::{Funds, Genesis, GenesisError, Market, Nullifiers, StateHash};
use crate::book::Book;
use crate::mark::{LockWatch, Mark};
use crate::receipt::Phase;
use crate::record::Record;
use crate::settlement::{Settlement, SettlementWindow};
use crate::units::{OrderId, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tally_circuits::field::Element;
use tally_circuits::tree::Tree;

/// Version of the snapshot encoding: its first byte.
const SNAPSHOT_VERSION: u8 = 1;
/// Length of the checksum behind it, bytes.
const CHECKSUM_BYTES: usize = 32;

/// Why bytes are no snapshot of this market.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Not this version's first byte.
    #[error("snapshot version is not {SNAPSHOT_VERSION}; rebuild the state from the ledger")]
    Version,
    /// Truncated, over-long or not canonical.
    #[error("snapshot is damaged; rebuild the state from the ledger")]
    Malformed,
    /// Parts contradict each other or the genesis.
    #[error("snapshot contradicts itself or the genesis; rebuild the state from the ledger")]
    Inconsistent,
    /// The state is not the one that was asked for.
    #[error(
        "snapshot has state hash {found}, expected {expected}; rebuild the state from the ledger"
    )]
    StateHash {
        /// Hash of the snapshot's state.
        found: StateHash,
        /// Hash expected.
        expected: StateHash,
    },
    /// The genesis is unusable.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
}

#[derive(BorshSerialize, BorshDeserialize)]
struct Parts {
    height: u64,
    time: Time,
    roots: BTreeSet<Element>,
    epoch: u64,
    phase: Phase,
    tree: Tree,
    nullifiers: Vec<Element>,
    next_order: u64,
    records: BTreeMap<OrderId, Record>,
    auction: BTreeSet<OrderId>,
    book: Book,
    mark: Mark,
    lock: LockWatch,
    window: SettlementWindow,
    settlement: Option<Settlement>,
    funds: Funds,
    contracts_traded: u64,
}

impl Market {
    /// The state as bytes. Take it between blocks.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let parts = Parts {
            height: self.height,
            time: self.time,
            roots: self.roots.clone(),
            epoch: self.epoch,
            phase: self.phase,
            tree: self.tree.clone(),
            nullifiers: self.nullifiers.in_order.clone(),
            next_order: self.next_order,
            records: self.records.clone(),
            auction: self.auction.clone(),
            book: self.book.clone(),
            mark: self.mark.clone(),
            lock: self.lock,
            window: self.window,
            settlement: self.settlement,
            funds: self.funds,
            contracts_traded: self.contracts_traded,
        };
        // Encoding into memory does not fail; see `Transaction::to_bytes`.
        let body = borsh::to_vec(&parts).expect("encoding into memory does not fail");
        let mut bytes = Vec::with_capacity(1 + CHECKSUM_BYTES + body.len());
        bytes.push(SNAPSHOT_VERSION);
        bytes.extend_from_slice(&checksum(&body));
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Takes up the state of `bytes`, which must have the state hash `expected`.
    ///
    /// # Errors
    /// [`SnapshotError`] says what is wrong with the bytes.
    pub fn restore(
        genesis: Genesis,
        bytes: &[u8],
        expected: StateHash,
    ) -> Result<Self, SnapshotError> {
        let (&version, rest) = bytes.split_first().ok_or(SnapshotError::Malformed)?;
        if version != SNAPSHOT_VERSION {
            return Err(SnapshotError::Version);
        }
        let (found, body) = rest
            .split_first_chunk::<CHECKSUM_BYTES>()
            .ok_or(SnapshotError::Malformed)?;
        if *found != checksum(body) {
            return Err(SnapshotError::Malformed);
        }
        let parts = Parts::try_from_slice(body).map_err(|_| SnapshotError::Malformed)?;
        let mut market = Self::new(genesis)?;
        market.take_up(parts)?;
        market.last_hash = market.state_hash();
        if market.last_hash != expected {
            return Err(SnapshotError::StateHash {
                found: market.last_hash,
                expected,
            });
        }
        Ok(market)
    }

    fn take_up(&mut self, parts: Parts) -> Result<(), SnapshotError> {
        let live = parts
            .records
            .values()
            .filter(|record| record.status.is_live())
            .count();
        let consistent = parts.book.band() == self.band
            && parts.book.len() + parts.auction.len() == live
            && parts
                .auction
                .iter()
                .all(|id| parts.records.contains_key(id))
            && parts.roots.contains(&Element(parts.tree.root()))
            && parts.records.keys().all(|id| id.0 < parts.next_order);
        let mut nullifiers = Nullifiers::default();
        if !consistent || !parts.nullifiers.into_iter().all(|nf| nullifiers.insert(nf)) {
            return Err(SnapshotError::Inconsistent);
        }
        self.height = parts.height;
        self.time = parts.time;
        self.roots = parts.roots;
        self.epoch = parts.epoch;
        self.phase = parts.phase;
        self.tree = parts.tree;
        self.nullifiers = nullifiers;
        self.next_order = parts.next_order;
        self.records = parts.records;
        self.auction = parts.auction;
        self.book = parts.book;
        self.mark = parts.mark;
        self.lock = parts.lock;
        self.window = parts.window;
        self.settlement = parts.settlement;
        self.funds = parts.funds;
        self.contracts_traded = parts.contracts_traded;
        Ok(())
    }
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hash = Sha256::new();
    hash.update(b"tally/market/snapshot/1");
    hash.update(body);
    hash.finalize().into()
}
