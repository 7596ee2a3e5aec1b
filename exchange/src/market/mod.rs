//! The state machine of one contract month: notes, records, book, bands, mark, funds, over many sessions and epochs.
//!
//! A block is executed as [`Market::begin_block`], [`Market::apply`] for every transaction, [`Market::end_block`].
//! Same blocks, same states: there is no clock, no randomness and no unordered collection in here.
//!
//! - blocks and parts of the day: `block`, `day`, `phases`, `instants`, `opening_auction`
//! - messages: `act`, `statement`, `effect`, `gate`, `orders`, `instruction`, `refresh`, `lapse`, `duties`, `transfers`;
//!   `screen`, before they are ordered
//! - revalidation: `epoch_trigger`, `epoch_window`, `epoch_sharing`, `epoch_result`, `closed`, `committee`, `key_rounds`,
//!   `working_off`
//! - what is written down: `digest`, `snapshot`

mod act;
mod block;
mod bonds;
mod chained_set;
mod closed;
mod committee;
mod day;
mod digest;
mod digested;
mod duties;
mod effect;
mod epoch_result;
mod epoch_sharing;
mod epoch_trigger;
mod epoch_views;
mod epoch_window;
mod final_settlement;
mod gate;
mod genesis;
mod instants;
mod instruction;
mod key_rounds;
mod lapse;
mod note_tree;
mod opening_auction;
mod orders;
mod phases;
mod refresh;
mod revalidation;
mod screen;
mod snapshot;
mod statement;
mod transfers;
mod views;
mod working_off;

pub use block::{BlockError, Checkpoint, StateHash};
pub use closed::ClosedEpoch;
pub use genesis::{Genesis, GenesisError, SettlementSigners};
pub use revalidation::Stage;
pub use snapshot::SnapshotError;
pub use transfers::{OutgoingTransfer, Transfer, TransferError};

use self::chained_set::ChainedSet;
use self::committee::Committee;
use self::day::Day;
use self::digested::Digested;
use self::note_tree::NoteTree;
use self::revalidation::Revalidation;
use self::transfers::Transfers;
use self::working_off::WorkingOff;
use crate::calendar::Session;
use crate::epoch::clearing::Clearing;
use crate::epoch::opening::{OpenedSums, SumOpening};
use crate::epoch::turnstile::Turnstile;
use crate::message::{ChainId, Symbol};
use crate::receipt::Phase;
use crate::record::{ContractMoney, Record};
use crate::specification::Specification;
use crate::units::{OrderId, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::{BTreeMap, BTreeSet};
use tally_circuits::field::Element;

/// Cash of the market outside the traders' notes, and what came in and went out, cents.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, serde::Serialize,
)]
pub struct Funds {
    /// The insurance fund: seed capital, fees and opening fees.
    pub insurance: i64,
    /// All cash that ever came in, the fund's seed included.
    pub deposits: i64,
    /// All cash that ever went out.
    pub withdrawals: i64,
}

/// One contract month's state machine.
#[derive(Clone)]
pub struct Market {
    // Fixed by genesis.
    chain: ChainId,
    symbol: Symbol,
    market_element: Element,
    specification: Specification,
    money: ContractMoney,
    signers: SettlementSigners,
    siblings: Vec<Symbol>,
    genesis: [u8; 32],
    // Moved by blocks.
    height: u64,
    time: Time,
    last_hash: StateHash,
    session: Session,
    day: Day,
    /// The epoch whose notes are spendable; from CLOSE to the result the one that was closed.
    epoch: u64,
    phase: Phase,
    /// The notes of `epoch`; from CLOSE to the result already those of the next.
    notes: NoteTree,
    /// Notes refreshed into this epoch and opened since: those that its revalidation expects.
    members: u64,
    /// Notes that came back by Lapse: in the tree, but not expected yet.
    returned: u64,
    nullifiers: ChainedSet,
    next_order: u64,
    /// Records of the present epoch that have not been claimed to the end.
    records: BTreeMap<OrderId, Record>,
    auction: BTreeSet<OrderId>,
    funds: Funds,
    contracts_traded: u64,
    /// From the trigger to the result.
    revalidation: Option<Revalidation>,
    /// The decryption of the last closed epoch's sums, from CLOSE until its shares are no longer taken.
    opening: Option<SumOpening>,
    /// The posted sums; the result takes effect at the end of the block.
    opened: Option<OpenedSums>,
    closed: BTreeMap<u64, ClosedEpoch>,
    /// Records of closed epochs that have not been claimed to the end.
    closed_records: Digested<BTreeMap<OrderId, Record>>,
    committee: Committee,
    clearing: Clearing,
    /// How the clearing account's remainder is worked off since the last uncrossing.
    working: Option<WorkingOff>,
    turnstile: Option<Turnstile>,
    /// Whether the last turnstile was followed by sums that stayed closed.
    pending_sums: bool,
    halted: bool,
    transfers: Transfers,
}

/// The first epoch of a market.
const FIRST_EPOCH: u64 = 1;
/// Domain of the chain over spent nullifiers.
const NULLIFIERS: &[u8] = b"tally/nullifiers/1";
/// Domain of the chain over block-end roots.
const ROOTS: &[u8] = b"tally/roots/1";
