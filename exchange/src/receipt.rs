//! What the state machine says of every transaction, and what happened in a block.

use crate::record::OrderStatus;
use crate::refusal::Refusal;
use crate::settlement::SettlementTier;
use crate::units::{OrderId, Price, Quantity, Side};
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
}
