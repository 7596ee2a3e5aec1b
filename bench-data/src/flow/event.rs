//! Events of a flow, their intents, and their canonical bytes.

use serde::Serialize;

/// Side of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Wants to buy.
    Buy,
    /// Wants to sell.
    Sell,
}

impl Side {
    /// The other side.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Buy => 0,
            Self::Sell => 1,
        }
    }
}

/// What a trader wants. `order` numbers are the flow's own: 0, 1, 2, ... in the order in which orders first appear.
/// Prices in ticks, quantities in contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// A limit order for the day.
    Add {
        /// The new order's number.
        order: u32,
        /// Side.
        side: Side,
        /// Limit, ticks.
        price: i32,
        /// Contracts.
        quantity: u32,
        /// Whether it may only rest; in this flow such an order never meets the other side.
        post_only: bool,
    },
    /// A market order: immediate or cancel, at most [`MARKET_REACH_TICKS`](super::MARKET_REACH_TICKS) beyond the best opposite price.
    Market {
        /// The new order's number.
        order: u32,
        /// Side.
        side: Side,
        /// Contracts.
        quantity: u32,
    },
    /// Cancels an order and posts another on the same side, by the same trader, at the back of its queue.
    Replace {
        /// The order to cancel.
        order: u32,
        /// The new order's number.
        new_order: u32,
        /// New limit, ticks.
        price: i32,
        /// Contracts of the new order.
        quantity: u32,
    },
    /// Lowers an order's quantity; it keeps its priority.
    Reduce {
        /// The order.
        order: u32,
        /// Its new total quantity in contracts, fills included: above what is filled, below the old total.
        remaining_total: u32,
    },
    /// Takes the rest of an order out of the book.
    Cancel {
        /// The order.
        order: u32,
    },
}

/// One message of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FlowEvent {
    /// Microseconds from the open; negative in the pre-open. Strictly ascending within a flow.
    pub at: i64,
    /// The trader, an index into [`Flow::profiles`](super::Flow::profiles).
    pub trader: u32,
    /// What the trader wants.
    pub intent: Intent,
}

impl FlowEvent {
    /// Appends the event's canonical bytes: `at`, `trader`, a byte for the kind, then the fields in declaration order,
    /// integers little-endian in their own width, a side or a flag in one byte. 17 to 29 bytes.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.at.to_le_bytes());
        bytes.extend(self.trader.to_le_bytes());
        match self.intent {
            Intent::Add {
                order,
                side,
                price,
                quantity,
                post_only,
            } => {
                bytes.push(0);
                bytes.extend(order.to_le_bytes());
                bytes.push(side.byte());
                bytes.extend(price.to_le_bytes());
                bytes.extend(quantity.to_le_bytes());
                bytes.push(u8::from(post_only));
            }
            Intent::Market {
                order,
                side,
                quantity,
            } => {
                bytes.push(1);
                bytes.extend(order.to_le_bytes());
                bytes.push(side.byte());
                bytes.extend(quantity.to_le_bytes());
            }
            Intent::Replace {
                order,
                new_order,
                price,
                quantity,
            } => {
                bytes.push(2);
                bytes.extend(order.to_le_bytes());
                bytes.extend(new_order.to_le_bytes());
                bytes.extend(price.to_le_bytes());
                bytes.extend(quantity.to_le_bytes());
            }
            Intent::Reduce {
                order,
                remaining_total,
            } => {
                bytes.push(3);
                bytes.extend(order.to_le_bytes());
                bytes.extend(remaining_total.to_le_bytes());
            }
            Intent::Cancel { order } => {
                bytes.push(4);
                bytes.extend(order.to_le_bytes());
            }
        }
    }
}
