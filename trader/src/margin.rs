//! What a note can afford, found before any proof is made.

use crate::error::WalletError;
use tally_circuits::margin::{MarginRequirement, MarginViolation, solvent};
use tally_circuits::note::{Deltas, Note};
use tally_exchange::market::Market;
use tally_exchange::message::OrderTerms;
use tally_exchange::units::Quantity;

/// Whether `note` is solvent over the market's whole band at `requirement`.
///
/// # Errors
/// [`MarginViolation`]: the first inequality that fails, with its shortfall.
pub fn check(
    market: &Market,
    note: &Note,
    requirement: &MarginRequirement,
) -> Result<(), MarginViolation> {
    let limit = i64::from(market.specification().position_limit);
    solvent(note, &market.band_cents(), requirement, limit)
}

/// The largest quantity of `order`, not above its own, with which the note after `other` changes stays solvent.
///
/// Zero if none does. More contracts never make a note more solvent on the side they add to, so bisection finds it.
#[must_use]
pub fn largest_quantity(
    market: &Market,
    note: &Note,
    other: &Deltas,
    order: &OrderTerms,
    requirement: &MarginRequirement,
) -> Quantity {
    let passes =
        |quantity: u32| affords(market, note, other, order, Quantity(quantity), requirement);
    let (mut good, mut bad) = (0, order.quantity.0.saturating_add(1));
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if passes(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Quantity(good)
}

fn affords(
    market: &Market,
    note: &Note,
    other: &Deltas,
    order: &OrderTerms,
    quantity: Quantity,
    requirement: &MarginRequirement,
) -> bool {
    let reserved = market
        .money()
        .reservation(order.side, order.limit, quantity, 1);
    let Some(deltas) = reserved.and_then(|reserved| other.checked_add(&reserved)) else {
        return false;
    };
    note.apply(&deltas, note.rho)
        .is_ok_and(|after| check(market, &after, requirement).is_ok())
}

/// A margin error with the largest quantity that passes, if the message posts exactly one order.
pub(crate) fn violation(
    market: &Market,
    note: &Note,
    total: &Deltas,
    orders: &[OrderTerms],
    requirement: &MarginRequirement,
    violation: MarginViolation,
) -> WalletError {
    let largest = match orders {
        [order] => market
            .money()
            .reservation(order.side, order.limit, order.quantity, -1)
            .and_then(|release| total.checked_add(&release))
            .map(|other| largest_quantity(market, note, &other, order, requirement)),
        _ => None,
    };
    WalletError::Margin { violation, largest }
}
