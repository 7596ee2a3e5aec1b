//! Short ways to write orders.

use ed25519_dalek::SigningKey;
use tally_exchange::message::OrderTerms;
use tally_exchange::units::{Price, Quantity, Side, TimeInForce};

/// Prior settlement of the test session: 66.150 cents per pound, ticks.
pub const MIDDLE: i32 = 2646;
/// Lower edge of the band: 2.000 below it.
pub const LO: i32 = MIDDLE - 80;
/// Upper edge of the band.
pub const HI: i32 = MIDDLE + 80;

/// The one-time key of the orders made here. Real wallets take a fresh one for each order.
pub fn cancel_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// A day order.
pub fn order(side: Side, limit: i32, quantity: u32) -> OrderTerms {
    OrderTerms {
        side,
        limit: Price(limit),
        quantity: Quantity(quantity),
        time_in_force: TimeInForce::Day,
        post_only: false,
        cancel_key: cancel_key().verifying_key().to_bytes(),
    }
}

/// A day order that buys.
pub fn buy(limit: i32, quantity: u32) -> OrderTerms {
    order(Side::Buy, limit, quantity)
}

/// A day order that sells.
pub fn sell(limit: i32, quantity: u32) -> OrderTerms {
    order(Side::Sell, limit, quantity)
}

/// The order as immediate or cancel.
pub fn ioc(order: OrderTerms) -> OrderTerms {
    OrderTerms {
        time_in_force: TimeInForce::Ioc,
        ..order
    }
}

/// The order as fill or kill.
pub fn fok(order: OrderTerms) -> OrderTerms {
    OrderTerms {
        time_in_force: TimeInForce::Fok,
        ..order
    }
}

/// The order as post-only.
pub fn post_only(order: OrderTerms) -> OrderTerms {
    OrderTerms {
        post_only: true,
        ..order
    }
}
