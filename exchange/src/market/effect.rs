//! What an action does to the note that sends it, and the margin that it asks for.

use super::Market;
use crate::message::{Action, OrderTerms};
use crate::refusal::Refusal;
use crate::units::Side;
use tally_circuits::field::Element;
use tally_circuits::margin::MarginRequirement;
use tally_circuits::note::Deltas;

/// Amounts of cash beyond a note's range are refused before any arithmetic.
const LARGEST_AMOUNT: u64 = (1 << 47) - 1;

impl Market {
    /// The change of the note and the margin that an action asks for in the present epoch, cents per contract on either
    /// edge of the band.
    ///
    /// # Errors
    /// The [`Refusal`] that the action would meet.
    pub fn action_effect(&self, action: &Action) -> Result<(Deltas, MarginRequirement), Refusal> {
        self.action_effect_in(self.epoch, action)
    }

    /// As [`Market::action_effect`], for a message for `epoch`: the present one, or a closed one for claims.
    ///
    /// # Errors
    /// The [`Refusal`] that the action would meet.
    pub fn action_effect_in(
        &self,
        epoch: u64,
        action: &Action,
    ) -> Result<(Deltas, MarginRequirement), Refusal> {
        self.check_gate(epoch, action)?;
        let maintenance = match self.closed.get(&epoch) {
            Some(closed) => closed.maintenance(),
            None => self.specification.maintenance_margin,
        };
        let initial = self.specification.initial_margin;
        let both = |margin| MarginRequirement {
            lo: margin,
            hi: margin,
        };
        let (keep, leave) = (both(maintenance), both(initial));
        match action {
            Action::Open { amount, .. } => Ok((self.opening_deltas(*amount)?, keep)),
            Action::Deposit { amount, .. } => Ok((cash_deltas(cents(*amount)?), keep)),
            Action::Withdraw { amount, .. } => Ok((cash_deltas(-cents(*amount)?), leave)),
            Action::Trade { claim, tag, orders } => {
                let deltas = self.trade_deltas(epoch, claim.as_ref(), *tag, orders)?;
                let on = |side| {
                    if posts(orders, side) {
                        initial
                    } else {
                        maintenance
                    }
                };
                Ok((
                    deltas,
                    MarginRequirement {
                        lo: on(Side::Buy),
                        hi: on(Side::Sell),
                    },
                ))
            }
            Action::Bond {
                tag,
                seat_key,
                possession,
            } => {
                check_tag(tag)?;
                self.check_seat_key(tag, *seat_key, possession)?;
                Ok((cash_deltas(-self.specification.decryptor_bond), leave))
            }
            Action::Unbond { bond, amount } => {
                self.check_unbond(*bond, *amount)?;
                Ok((cash_deltas(cents(*amount)?), keep))
            }
            Action::Transfer { tag, to, amount } => {
                check_tag(tag)?;
                self.check_sibling(*to)?;
                Ok((cash_deltas(-cents(*amount)?), leave))
            }
            Action::Receive {
                transfer,
                amount,
                opens,
            } => {
                self.check_waiting(transfer, *amount)?;
                let deltas = if *opens {
                    self.opening_deltas(*amount)?
                } else {
                    cash_deltas(cents(*amount)?)
                };
                Ok((deltas, keep))
            }
        }
    }

    fn opening_deltas(&self, amount: u64) -> Result<Deltas, Refusal> {
        let fee = self.specification.opening_fee;
        let minimum = self.specification.minimum_deposit.saturating_add(fee);
        let paid = cents(amount)?;
        if paid < minimum {
            let minimum = u64::try_from(minimum).unwrap_or(u64::MAX);
            return Err(Refusal::MinimumDeposit { amount, minimum });
        }
        Ok(cash_deltas(paid - fee))
    }
}

/// Zero stands for no tag: the owner's mark of cash must be one.
fn check_tag(tag: &Element) -> Result<(), Refusal> {
    if tag.is_zero() {
        return Err(Refusal::ZeroTag);
    }
    Ok(())
}

fn posts(orders: &[OrderTerms], side: Side) -> bool {
    orders.iter().any(|order| order.side == side)
}

fn cash_deltas(cash: i64) -> Deltas {
    Deltas {
        cash,
        ..Deltas::default()
    }
}

fn cents(amount: u64) -> Result<i64, Refusal> {
    if amount == 0 || amount > LARGEST_AMOUNT {
        return Err(Refusal::Amount(amount));
    }
    i64::try_from(amount).map_err(|_| Refusal::Amount(amount))
}
