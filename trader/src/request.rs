//! What a trader asks for, before keys, tags and limits are filled in.

use tally_exchange::units::{Price, Quantity, Side, TimeInForce};

/// The price of an order request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestPrice {
    /// This limit, ticks.
    Limit(Price),
    /// The market: immediate, at the best opposite price with the contract's protection, inside the band.
    Market,
}

/// An order as a trader states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderRequest {
    /// Buy or sell.
    pub side: Side,
    /// Limit or market.
    pub price: RequestPrice,
    /// Contracts.
    pub quantity: Quantity,
    /// How long it waits; market orders are always immediate or cancel.
    pub time_in_force: TimeInForce,
    /// Never takes.
    pub post_only: bool,
}

impl OrderRequest {
    /// A limit order for the day.
    #[must_use]
    pub const fn limit(side: Side, quantity: Quantity, price: Price) -> Self {
        Self {
            side,
            price: RequestPrice::Limit(price),
            quantity,
            time_in_force: TimeInForce::Day,
            post_only: false,
        }
    }

    /// A market order.
    #[must_use]
    pub const fn market(side: Side, quantity: Quantity) -> Self {
        Self {
            side,
            price: RequestPrice::Market,
            quantity,
            time_in_force: TimeInForce::Ioc,
            post_only: false,
        }
    }
}
