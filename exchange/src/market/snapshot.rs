//! Snapshots: a market written down at a block end, and taken up again with every invariant checked.
//!
//! A checksum over the whole snapshot keeps damage out before anything is parsed. Forgers are kept out by the
//! [`Checkpoint`], which binds the state, its height and time, and the roots that Acts may name.
//!
//! | field | bytes |
//! |---|---|
//! | version | 1 |
//! | SHA-256 over a domain string and the rest | 32 |
//! | the parts of the state in borsh | the rest |

use super::chained_set::ChainedSet;
use super::{Checkpoint, Funds, Genesis, GenesisError, Market, NULLIFIERS, ROOTS, StateHash};
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
    /// Height, time or block-end roots are not those of the blocks that lead here.
    #[error(
        "snapshot has another height, time or list of block-end roots than expected; rebuild the state from the ledger"
    )]
    Checkpoint,
    /// The genesis is unusable.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
}

#[derive(BorshSerialize, BorshDeserialize)]
struct Parts {
    height: u64,
    time: Time,
    roots: Vec<Element>,
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
            roots: self.roots.in_order().to_vec(),
            epoch: self.epoch,
            phase: self.phase,
            tree: self.tree.clone(),
            nullifiers: self.nullifiers.in_order().to_vec(),
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

    /// Takes up the state of `bytes`, which must be the one at the checkpoint `expected`.
    ///
    /// # Errors
    /// [`SnapshotError`] says what is wrong with the bytes.
    pub fn restore(
        genesis: Genesis,
        bytes: &[u8],
        expected: Checkpoint,
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
        if market.last_hash != expected.state {
            return Err(SnapshotError::StateHash {
                found: market.last_hash,
                expected: expected.state,
            });
        }
        if market.checkpoint() != expected {
            return Err(SnapshotError::Checkpoint);
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
        let mut nullifiers = ChainedSet::new(NULLIFIERS);
        let mut roots = ChainedSet::new(ROOTS);
        if !consistent || !nullifiers.extend(parts.nullifiers) || !roots.extend(parts.roots) {
            return Err(SnapshotError::Inconsistent);
        }
        self.height = parts.height;
        self.time = parts.time;
        self.roots = roots;
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
