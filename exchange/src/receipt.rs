//! What the state machine says of every transaction, and what happened in a block.

use crate::calendar::Date;
use crate::epoch::terms::Trigger;
use crate::record::OrderStatus;
use crate::refusal::Refusal;
use crate::settlement::SettlementTier;
use crate::units::{Band, OrderId, Price, Quantity, Side, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use tally_circuits::note::Deltas;

/// The answer to one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Receipt {
    /// The Act counts: its nullifier is spent and its new note stands in the tree.
    Act(ActReceipt),
    /// The instruction was carried out.
    Instruction {
        /// The order that changed.
        order: OrderId,
        /// Contracts taken from the book.
        removed: Quantity,
    },
    /// The note is in the next epoch's tree and counts in the sums.
    Refresh {
        /// Index of the new note's leaf in the next epoch's tree.
        leaf: u32,
    },
    /// The note is back.
    Lapse {
        /// Index of the new note's leaf in the present epoch's tree.
        leaf: u32,
    },
    /// A seat has done a duty.
    Seat {
        /// The seat.
        seat: u32,
        /// Which duty.
        duty: DutyKind,
    },
    /// The transaction is signed by a seat and proves that the seat misbehaved: it counts for nothing, the bond is gone.
    Slashed {
        /// The seat.
        seat: u32,
    },
    /// The sums of the epoch are opened: the revalidation is over.
    Opened,
    /// The final settlement is known.
    Settled,
    /// Refused: nothing has changed (but see [`Refusal::FillsSince`]).
    Refused(Refusal),
}

/// What an accepted Act did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActReceipt {
    /// Index of the new note's leaf in the epoch's tree.
    pub leaf: u32,
    /// The change of the note.
    pub deltas: Deltas,
    /// The ids of the posted orders, in the message's order.
    pub orders: Vec<OrderId>,
    /// The number of the seat that a bond took.
    pub seat: Option<u32>,
}

/// The duties of a seat by name.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
pub enum DutyKind {
    /// Dealt its contribution to the joint key.
    Deal = 0,
    /// Complained of a dealer, rightly.
    Complain = 1,
    /// Posted its share of an epoch's sums.
    Share = 2,
    /// Asked to leave.
    Leave = 3,
}

/// What a seat lost its bond for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
pub enum Offence {
    /// No dealing in time.
    NoDealing = 0,
    /// A dealing whose proofs are wrong.
    BadDealing = 1,
    /// A wrong share in a dealing, shown by a complaint.
    CheatingDealer = 2,
    /// A complaint of a dealing that is right.
    FalseComplaint = 3,
    /// No share of the epoch's sums in time.
    NoShare = 4,
    /// A share whose proof is wrong.
    BadShare = 5,
}

/// Part of a trading day.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
pub enum Phase {
    /// Before the pre-open: cash moves, no order is taken.
    BeforeSession = 0,
    /// Orders are taken and wait for the uncrossing.
    PreOpen = 1,
    /// Continuous trading up to the settlement time.
    Continuous = 2,
    /// Continuous trading after the settlement time, until the close.
    AfterSettlement = 3,
    /// Closed: all orders are final, claims and cash movements go on.
    Closed = 4,
    /// A revalidation within the session: all orders are final, only claims and deposits are taken.
    Halted = 5,
    /// The contract month is settled: cash leaves, nothing trades.
    Expired = 6,
}

impl Phase {
    /// Whether orders match as they come.
    #[must_use]
    pub const fn is_trading(self) -> bool {
        matches!(self, Self::Continuous | Self::AfterSettlement)
    }
}

/// Something that everyone sees happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// A new part of the day.
    Phase {
        /// The part that begins.
        phase: Phase,
    },
    /// An order got a fill. One match gives two of these.
    Fill {
        /// The order.
        order: OrderId,
        /// The number of this fill in the order's record, from 0.
        index: u32,
        /// Ticks.
        price: Price,
        /// Contracts.
        quantity: Quantity,
    },
    /// One match.
    Trade {
        /// Ticks.
        price: Price,
        /// Contracts.
        quantity: Quantity,
        /// The side of the incoming order; none in the uncrossing.
        aggressor: Option<Side>,
    },
    /// An order can't trade any more.
    Final {
        /// The order.
        order: OrderId,
        /// Why.
        status: OrderStatus,
    },
    /// An order's total was lowered.
    Reduced {
        /// The order.
        order: OrderId,
        /// New total, fills included.
        total: Quantity,
    },
    /// The mark moved.
    Mark {
        /// Ticks.
        price: Price,
    },
    /// The settlement price of the day.
    Settlement {
        /// Ticks.
        price: Price,
        /// How it was found.
        tier: SettlementTier,
    },
    /// The mark is as far from the centre of the band as traders are warned of, or a side came back to it.
    Warning {
        /// Ticks.
        mark: Price,
    },
    /// A revalidation begins. Its window opens as soon as there is a joint key.
    Triggered {
        /// The epoch that closes.
        epoch: u64,
        /// Why.
        trigger: Trigger,
        /// At which everybody is revalued, ticks.
        price: Price,
        /// The band of the next epoch.
        band: Band,
    },
    /// There is a joint key: Refreshes are taken.
    WindowOpened {
        /// The epoch that closes.
        epoch: u64,
        /// The key generation whose joint key encrypts.
        round: u64,
        /// End of the window.
        until: Time,
    },
    /// Too few notes have come: the window stays open.
    Extended {
        /// The epoch that closes.
        epoch: u64,
        /// New end of the window.
        until: Time,
    },
    /// The set of refreshed notes is frozen.
    WindowClosed {
        /// The epoch.
        epoch: u64,
        /// Notes that were expected.
        expected: u64,
        /// Notes that came.
        refreshed: u64,
        /// Whether a third or more were missing to the end.
        outage: bool,
    },
    /// The sums are opened.
    Opened {
        /// The epoch.
        epoch: u64,
        /// L, the clearing account's whole new position, contracts.
        liquidated: i64,
        /// X of the turnstile where cash was opened too, cents.
        turnstile: Option<i64>,
    },
    /// Too few shares: the sums stay closed, the next epoch's contain them.
    Pending {
        /// The epoch.
        epoch: u64,
    },
    /// The uncrossing after a revalidation is over.
    Reopened {
        /// The epoch that begins.
        epoch: u64,
        /// Its price, or the price of the revalidation if nothing traded, ticks.
        price: Price,
    },
    /// A seat has lost its bond.
    Slashed {
        /// The seat.
        seat: u32,
        /// For what.
        offence: Offence,
    },
    /// A key generation begins.
    KeyRoundStarted {
        /// Its number.
        round: u64,
        /// The seats that take part, in order.
        seats: Vec<u32>,
    },
    /// A joint key is there.
    KeyMade {
        /// The number of the key generation.
        round: u64,
        /// Seats whose dealings don't count.
        excluded: Vec<u32>,
    },
    /// Too few good dealings.
    KeyFailed {
        /// The number of the key generation.
        round: u64,
    },
    /// The turnstile says that somebody has counterfeited: the market is halted for good.
    Halted,
    /// The market goes on to the next trading day.
    NextSession {
        /// The day.
        date: Date,
    },
    /// The contract month is settled.
    Expired {
        /// Final settlement price, ticks.
        price: Price,
    },
}
