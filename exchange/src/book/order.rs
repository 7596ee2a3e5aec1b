//! What goes into the book and what comes out of it.

use crate::units::{OrderId, Price, Quantity, Side, Time, TimeInForce};

/// An order on its way into the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Its number in the market, different from that of every resting order.
    pub id: OrderId,
    /// Whether it buys or sells.
    pub side: Side,
    /// The worst price it accepts, ticks, inside the band. A market order is an immediate-or-cancel order
    /// at [`Book::protection_price`](super::Book::protection_price).
    pub limit: Price,
    /// How many contracts it wants, at least one.
    pub quantity: Quantity,
    /// How long it may wait for a counterparty.
    pub time_in_force: TimeInForce,
    /// Rest or be refused, never trade on arrival. Only for [`TimeInForce::Day`].
    pub post_only: bool,
    /// The time of the block that brought it.
    pub time: Time,
}

/// An order that waits in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestingOrder {
    /// Its number in the market.
    pub id: OrderId,
    /// Whether it buys or sells.
    pub side: Side,
    /// The price at which it trades, ticks.
    pub limit: Price,
    /// What is left of it, contracts, at least one.
    pub remaining: Quantity,
    /// When it was posted. Kept for the settlement procedure; priority is the order of arrival.
    pub time: Time,
}

/// One match. It fills two orders, one on each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The order that waited; in an uncrossing, the buy.
    pub resting: OrderId,
    /// The order that arrived; in an uncrossing, the sell.
    pub incoming: OrderId,
    /// The limit of the resting order, ticks; in an uncrossing, its one price.
    pub price: Price,
    /// Contracts that changed hands.
    pub quantity: Quantity,
}

/// What became of a submitted order after its fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// It rests with this quantity left, contracts, at least one.
    Rested(Quantity),
    /// It is filled completely.
    Filled,
    /// Immediate or cancel: this quantity, contracts, at least one, found no counterparty and is cancelled.
    Expired(Quantity),
    /// Fill or kill: the whole quantity could not be filled, so nothing was. The book is unchanged.
    Killed,
    /// Post only: it would have traded on arrival. The book is unchanged.
    WouldTake,
}

/// All orders at one price of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The price, ticks.
    pub price: Price,
    /// The sum of what is left of its orders, contracts.
    pub quantity: u64,
    /// How many orders wait there.
    pub orders: u32,
}
