//! What the book refuses.

use super::{MAX_BAND_TICKS, MAX_RESTING_ORDERS};
use crate::units::{Band, OrderId, Price, Quantity};
use thiserror::Error;

/// Why the book refused a call. A refused call changes nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BookError {
    /// The band's lower edge is above its upper edge.
    #[error("band {lo}..={hi} contains no price: its lower edge must not be above its upper edge")]
    EmptyBand {
        /// Lower edge, ticks.
        lo: Price,
        /// Upper edge, ticks.
        hi: Price,
    },
    /// The band has more than [`MAX_BAND_TICKS`] ticks.
    #[error("band {lo}..={hi} has {ticks} ticks: choose one of at most {MAX_BAND_TICKS}")]
    BandTooWide {
        /// Lower edge, ticks.
        lo: Price,
        /// Upper edge, ticks.
        hi: Price,
        /// Number of prices in the band, both edges counted.
        ticks: u64,
    },
    /// The order's limit lies outside the band.
    #[error(
        "limit {limit} of order {id} lies outside the band {}..={}: choose a price inside it",
        band.lo, band.hi
    )]
    OutsideBand {
        /// The order.
        id: OrderId,
        /// Its limit, ticks.
        limit: Price,
        /// The band in force.
        band: Band,
    },
    /// The order has no quantity.
    #[error("quantity of order {id} is 0: ask for at least 1 contract")]
    ZeroQuantity {
        /// The order.
        id: OrderId,
    },
    /// An order with the same identifier already rests.
    #[error("order {id} already rests: give every order a new identifier")]
    DuplicateId {
        /// The order.
        id: OrderId,
    },
    /// A post-only order never trades on arrival, an immediate one does nothing else.
    #[error("order {id} is both post-only and immediate: make it a day order or drop post-only")]
    PostOnlyImmediate {
        /// The order.
        id: OrderId,
    },
    /// [`MAX_RESTING_ORDERS`] orders rest already; immediate orders and cancellations are still accepted.
    #[error(
        "order {id} can't rest: the book already holds {MAX_RESTING_ORDERS} orders; \
         wait for some to leave or send it as immediate-or-cancel"
    )]
    Full {
        /// The order.
        id: OrderId,
    },
    /// An order that must not trade would trade with a resting one.
    #[error(
        "order {id} at {limit} would trade with the best opposite price {opposite}: submit it instead"
    )]
    WouldMatch {
        /// The order.
        id: OrderId,
        /// Its limit, ticks.
        limit: Price,
        /// The best opposite price, ticks.
        opposite: Price,
    },
    /// No order with this identifier rests: it was never posted, or is filled, cancelled or expired.
    #[error("order {id} does not rest: it may have been filled or cancelled; look it up first")]
    NotResting {
        /// The order.
        id: OrderId,
    },
    /// A reduction asks for more than is left of the order.
    #[error("order {id} has {left} left and can't be raised to {requested}: replace it instead")]
    WouldRaise {
        /// The order.
        id: OrderId,
        /// What is left of it, contracts.
        left: Quantity,
        /// What the reduction asked to leave, contracts.
        requested: Quantity,
    },
}
