//! What a note can afford, found before any proof is made.

use crate::self_trade::posted;
use tally_circuits::margin::{MarginRequirement, MarginViolation, solvent};
use tally_circuits::note::{Deltas, Note};
use tally_exchange::market::Market;
use tally_exchange::message::{Action, OrderTerms};
use tally_exchange::units::Quantity;

/// The largest part of a message that margin allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Largest {
    /// The message posts one order: its largest quantity that passes, contracts; zero if none does.
    Quantity(Quantity),
    /// The message posts several orders: it passes with each of them cut to at most this many contracts; zero if it
    /// does not with any.
    EachOrder(Quantity),
    /// The message withdraws: the largest amount that passes, cents; zero if none does.
    Withdrawal(u64),
}

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

/// The largest number of contracts to which each of `orders` can be cut (one that is smaller stays as it is) so that
/// `note`, after the changes `other` and the orders, is solvent at `requirement`; zero if there is none.
///
/// More contracts never make a note more solvent: a buy inside the band lowers `W_lo`, a sell lowers `W_hi`, by at
/// least the fee a contract, and neither touches the other side. So bisection finds it.
#[must_use]
pub fn largest_quantity(
    market: &Market,
    note: &Note,
    other: &Deltas,
    orders: &[OrderTerms],
    requirement: &MarginRequirement,
) -> Quantity {
    let most = orders.iter().map(|order| order.quantity.0).max();
    // Never above `most`, which is a quantity.
    let quantity = |cut: u64| Quantity(u32::try_from(cut).unwrap_or(u32::MAX));
    let passes = |cut: u64| {
        let after = with_orders(market, *other, orders, quantity(cut), 1)
            .and_then(|deltas| note.apply(&deltas, note.rho).ok());
        after.is_some_and(|after| check(market, &after, requirement).is_ok())
    };
    quantity(largest_passing(most.unwrap_or(0).into(), passes))
}

/// The largest amount, cents, not above `most`, that can leave `note` so that it is solvent at `requirement`; zero if
/// there is none.
#[must_use]
pub fn largest_withdrawal(
    market: &Market,
    note: &Note,
    most: u64,
    requirement: &MarginRequirement,
) -> u64 {
    let passes = |amount: u64| {
        let after = i64::try_from(amount).ok().and_then(|amount| {
            let deltas = Deltas {
                cash: -amount,
                ..Deltas::default()
            };
            note.apply(&deltas, note.rho).ok()
        });
        after.is_some_and(|after| check(market, &after, requirement).is_ok())
    };
    largest_passing(most, passes)
}

/// A change of a note that fails for margin.
pub(crate) struct Change<'a> {
    pub(crate) note: &'a Note,
    /// The whole change.
    pub(crate) total: &'a Deltas,
    pub(crate) action: &'a Action,
    pub(crate) requirement: &'a MarginRequirement,
}

impl Change<'_> {
    /// What would pass in its place; none if the message neither posts nor withdraws.
    pub(crate) fn largest(&self, market: &Market) -> Option<Largest> {
        if let Action::Withdraw { amount, .. } = self.action {
            let largest = largest_withdrawal(market, self.note, *amount, self.requirement);
            return Some(Largest::Withdrawal(largest));
        }
        let orders = posted(self.action);
        let other = with_orders(market, *self.total, orders, Quantity(u32::MAX), -1)?;
        let largest = largest_quantity(market, self.note, &other, orders, self.requirement);
        match orders.len() {
            0 => None,
            1 => Some(Largest::Quantity(largest)),
            _ => Some(Largest::EachOrder(largest)),
        }
    }
}

/// `deltas` with the reservations of `orders`, each cut to `cut` contracts, added (`sign` 1) or taken out (`sign` -1).
fn with_orders(
    market: &Market,
    deltas: Deltas,
    orders: &[OrderTerms],
    cut: Quantity,
    sign: i64,
) -> Option<Deltas> {
    orders.iter().try_fold(deltas, |sum, order| {
        let quantity = order.quantity.min(cut);
        let money = market.money();
        sum.checked_add(&money.reservation(order.side, order.limit, quantity, sign)?)
    })
}

/// The largest number up to `most` that passes, if all smaller ones pass too; zero if one does not.
fn largest_passing(most: u64, passes: impl Fn(u64) -> bool) -> u64 {
    // All from 1 up to `good` pass, none above `untried` does.
    let (mut good, mut untried) = (0, most);
    while good < untried {
        let middle = untried - (untried - good) / 2;
        if passes(middle) {
            good = middle;
        } else {
            untried = middle - 1;
        }
    }
    good
}
