//! Short ways to write order requests.

use tally_exchange::units::{Price, Quantity, Side, TimeInForce};
use tally_trader::request::OrderRequest;

/// Prior settlement of the test session: 66.150 cents per pound, ticks.
pub const MIDDLE: i32 = 2646;
/// Lower edge of the band: 2.000 below it.
pub const LO: i32 = MIDDLE - 80;
/// Upper edge of the band.
pub const HI: i32 = MIDDLE + 80;

/// A day order that buys.
pub fn buy(price: i32, quantity: u32) -> OrderRequest {
    OrderRequest::limit(Side::Buy, Quantity(quantity), Price(price))
}

/// A day order that sells.
pub fn sell(price: i32, quantity: u32) -> OrderRequest {
    OrderRequest::limit(Side::Sell, Quantity(quantity), Price(price))
}

/// The request as immediate or cancel.
pub fn ioc(request: OrderRequest) -> OrderRequest {
    OrderRequest {
        time_in_force: TimeInForce::Ioc,
        ..request
    }
}

/// The request as fill or kill.
pub fn fok(request: OrderRequest) -> OrderRequest {
    OrderRequest {
        time_in_force: TimeInForce::Fok,
        ..request
    }
}

/// The request as post-only.
pub fn post_only(request: OrderRequest) -> OrderRequest {
    OrderRequest {
        post_only: true,
        ..request
    }
}
