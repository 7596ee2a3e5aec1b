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

use super::closed::{ClosedEpoch, ClosedParts};
use super::committee::Committee;
use super::day::Day;
use super::digested::Digested;
use super::note_tree::{NoteTree, NoteTreeParts};
use super::orders::CLEARING;
use super::revalidation::{Progress, Revalidation};
use super::transfers::Transfers;
use super::working_off::WorkingOff;
use super::{Checkpoint, Funds, Genesis, GenesisError, Market, StateHash};
use crate::calendar::Date;
use crate::epoch::clearing::Clearing;
use crate::epoch::opening::{OpenedSums, SumOpening};
use crate::epoch::turnstile::Turnstile;
use crate::receipt::Phase;
use crate::record::Record;
use crate::units::{OrderId, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tally_circuits::field::Element;

/// Version of the snapshot encoding: its first byte.
const SNAPSHOT_VERSION: u8 = 2;
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

/// Everything that blocks move.
#[derive(BorshSerialize, BorshDeserialize)]
struct Parts {
    height: u64,
    time: Time,
    date: Date,
    day: Day,
    epoch: u64,
    phase: Phase,
    notes: NoteTreeParts,
    members: u64,
    returned: u64,
    nullifiers: Vec<Element>,
    next_order: u64,
    records: BTreeMap<OrderId, Record>,
    closed_records: BTreeMap<OrderId, Record>,
    auction: BTreeSet<OrderId>,
    funds: Funds,
    contracts_traded: u64,
    revalidation: Option<Revalidation>,
    opening: Option<SumOpening>,
    opened: Option<OpenedSums>,
    closed: Vec<ClosedParts>,
    committee: Committee,
    clearing: Clearing,
    working: Option<WorkingOff>,
    turnstile: Option<Turnstile>,
    pending_sums: bool,
    halted: bool,
    transfers: Transfers,
}

impl Market {
    /// The state as bytes. Take it between blocks.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let parts = Parts {
            height: self.height,
            time: self.time,
            date: self.session.date,
            day: self.day.clone(),
            epoch: self.epoch,
            phase: self.phase,
            notes: self.notes.parts(),
            members: self.members,
            returned: self.returned,
            nullifiers: self.nullifiers.in_order().to_vec(),
            next_order: self.next_order,
            records: self.records.clone(),
            closed_records: (*self.closed_records).clone(),
            auction: self.auction.clone(),
            funds: self.funds,
            contracts_traded: self.contracts_traded,
            revalidation: self.revalidation.clone(),
            opening: self.opening.clone(),
            opened: self.opened,
            closed: self.closed.values().map(ClosedEpoch::parts).collect(),
            committee: self.committee.clone(),
            clearing: self.clearing,
            working: self.working,
            turnstile: self.turnstile,
            pending_sums: self.pending_sums,
            halted: self.halted,
            transfers: self.transfers.clone(),
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
        if !parts.is_consistent() {
            return Err(SnapshotError::Inconsistent);
        }
        let inconsistent = SnapshotError::Inconsistent;
        if parts.date != self.session.date {
            let session = self.specification.calendar.session(parts.date);
            let session = session.map_err(|_| SnapshotError::Inconsistent)?;
            if session.contract != self.session.contract {
                return Err(inconsistent);
            }
            self.session = session.clone();
        }
        if !self.nullifiers.extend(parts.nullifiers) {
            return Err(inconsistent);
        }
        let sharing = parts
            .revalidation
            .as_ref()
            .is_some_and(Revalidation::is_sharing);
        self.notes =
            NoteTree::from_parts(parts.notes, !sharing).ok_or(SnapshotError::Inconsistent)?;
        for closed in parts.closed {
            let closed = ClosedEpoch::from_parts(closed).ok_or(SnapshotError::Inconsistent)?;
            self.closed.insert(closed.number(), closed);
        }
        self.height = parts.height;
        self.time = parts.time;
        self.day = parts.day;
        self.epoch = parts.epoch;
        self.phase = parts.phase;
        self.members = parts.members;
        self.returned = parts.returned;
        self.next_order = parts.next_order;
        self.records = parts.records;
        self.closed_records = Digested::new(parts.closed_records);
        self.auction = parts.auction;
        self.funds = parts.funds;
        self.contracts_traded = parts.contracts_traded;
        self.revalidation = parts.revalidation;
        self.opening = parts.opening;
        self.opened = parts.opened;
        self.committee = parts.committee;
        self.clearing = parts.clearing;
        self.working = parts.working;
        self.turnstile = parts.turnstile;
        self.pending_sums = parts.pending_sums;
        self.halted = parts.halted;
        self.transfers = parts.transfers;
        Ok(())
    }
}

impl Parts {
    /// What else would let the state machine meet something that blocks never lead to.
    fn is_consistent(&self) -> bool {
        let is_live = |record: &&Record| record.status.is_live();
        let live = self.records.values().filter(is_live).count();
        let quoted = usize::from(self.day.book.resting(CLEARING).is_some());
        let ids = self.records.keys().chain(self.closed_records.keys());
        self.day.book.len() + self.auction.len() == live + quoted
            && self.auction.iter().all(|id| self.records.contains_key(id))
            && ids.copied().all(|id| (1..self.next_order).contains(&id.0))
            && !self
                .closed_records
                .values()
                .any(|record| record.status.is_live())
            && self.is_stage_consistent()
    }

    fn is_stage_consistent(&self) -> bool {
        let sharing = self
            .revalidation
            .as_ref()
            .is_some_and(Revalidation::is_sharing);
        let sums = self
            .revalidation
            .as_ref()
            .is_none_or(|r| r.sums.len() == if r.terms.with_cash { 3 } else { 1 });
        let bound = self
            .revalidation
            .as_ref()
            .is_some_and(|r| r.progress != Progress::AwaitingKey);
        sums && (!sharing || self.opening.is_some()) && (!bound || self.committee.key.is_some())
    }
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hash = Sha256::new();
    hash.update(b"tally/market/snapshot/2");
    hash.update(body);
    hash.finalize().into()
}
