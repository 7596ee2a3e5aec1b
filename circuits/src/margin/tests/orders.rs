//! A trader with resting orders, seen from outside: what the note must stand up to.

use proptest::prelude::*;

use crate::margin::{BandCents, MarginRequirement};
use crate::note::Note;

/// Terms of a market, small enough for brute force.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Market {
    /// Cents per tick per contract.
    pub tau: i64,
    /// Lower band edge, in ticks.
    pub lo: i64,
    /// Upper band edge, in ticks.
    pub hi: i64,
    /// Fee per contract, in cents, at most the maintenance margin.
    pub fee: i64,
    /// Maintenance margin per contract, in cents.
    pub maintenance: i64,
    /// Initial margin per contract, in cents, at least the maintenance margin.
    pub initial: i64,
}

impl Market {
    pub fn band(&self) -> BandCents {
        BandCents {
            lo: self.lo * self.tau,
            hi: self.hi * self.tau,
        }
    }

    pub fn at_maintenance(&self) -> MarginRequirement {
        MarginRequirement {
            lo: self.maintenance,
            hi: self.maintenance,
        }
    }
}

/// An order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub is_buy: bool,
    pub quantity: i64,
    /// Limit price, in ticks, inside the band.
    pub limit: i64,
}

impl Order {
    /// Cash, in cents, that `quantity` contracts at `price` ticks bring.
    pub fn cash(&self, market: &Market, quantity: i64, price: i64) -> i64 {
        let notional = quantity * price * market.tau;
        let fee = quantity * market.fee;
        if self.is_buy {
            -notional - fee
        } else {
            notional - fee
        }
    }

    /// Adds `quantity` contracts of this order to the note's reservations (or takes them off).
    pub fn reserve(&self, market: &Market, quantity: i64, note: &mut Note) {
        let change = |reserved: u32| u32::try_from(i64::from(reserved) + quantity).unwrap();
        if self.is_buy {
            note.buy_quantity = change(note.buy_quantity);
            note.buy_cost -= self.cash(market, quantity, self.limit);
        } else {
            note.sell_quantity = change(note.sell_quantity);
            note.sell_cost += self.cash(market, quantity, self.limit);
        }
    }

    /// Applies a fill to cash and position.
    pub fn fill(&self, market: &Market, quantity: i64, price: i64, note: &mut Note) {
        note.cash += self.cash(market, quantity, price);
        let signed = if self.is_buy { quantity } else { -quantity };
        note.position += i32::try_from(signed).unwrap();
    }
}

pub(crate) fn market() -> impl Strategy<Value = Market> {
    let margins = (0..300_i64, 0..=8_i64, 0..400_i64);
    let tau = prop_oneof![Just(1_i64), Just(25), Just(10)];
    (tau, -40..40_i64, 0..12_i64, margins).prop_map(|(tau, lo, width, margins)| {
        let (maintenance, eighths, above) = margins;
        Market {
            tau,
            lo,
            hi: lo + width,
            fee: maintenance * eighths / 8,
            maintenance,
            initial: maintenance + above,
        }
    })
}

pub(crate) fn order(market: Market) -> impl Strategy<Value = Order> {
    let sides = (any::<bool>(), 1..=3_i64, market.lo..=market.hi);
    sides.prop_map(|(is_buy, quantity, limit)| Order {
        is_buy,
        quantity,
        limit,
    })
}

/// A market, orders in it, and a note that reserves for them and has this much more cash than the
/// least with which it is solvent at maintenance.
pub(crate) fn note_with_orders(
    spare: impl Strategy<Value = i64>,
) -> impl Strategy<Value = (Market, Vec<Order>, Note)> {
    let orders = market()
        .prop_flat_map(|market| (Just(market), prop::collection::vec(order(market), 0..=4)));
    (orders, -4..=4_i32, spare).prop_map(|((market, orders), position, spare)| {
        let mut note = Note::opening();
        note.position = position;
        for order in &orders {
            order.reserve(&market, order.quantity, &mut note);
        }
        note.cash = least_cash(&note, &market) + spare;
        (market, orders, note)
    })
}

/// The least cash, in cents, with which the note is solvent at maintenance.
fn least_cash(note: &Note, market: &Market) -> i64 {
    let band = market.band();
    let long = i64::from(note.position) + i64::from(note.buy_quantity);
    let short = i64::from(note.sell_quantity) - i64::from(note.position);
    let low = note.buy_cost - long * band.lo + (long * market.maintenance).max(0);
    let high = short * band.hi - note.sell_cost + (short * market.maintenance).max(0);
    low.max(high)
}
