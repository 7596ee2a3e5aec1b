//! Which Acts the market takes, by stage and phase.

use super::Market;
use super::revalidation::Progress;
use crate::message::{Action, Rest};
use crate::receipt::Phase;
use crate::refusal::Refusal;

impl Market {
    /// Whether an action is taken for `epoch` now.
    ///
    /// Claims that close their records always are: they bring a note's reservations to zero, without which it can
    /// neither be refreshed nor come back.
    pub(super) fn check_gate(&self, epoch: u64, action: &Action) -> Result<(), Refusal> {
        if is_closing_claim(action) {
            return Ok(());
        }
        if self.halted {
            return Err(Refusal::MarketHalted);
        }
        if epoch == self.epoch && self.is_frozen() {
            return match action {
                Action::Deposit { .. } if !self.is_sharing() => Ok(()),
                _ => Err(Refusal::Revalidating),
            };
        }
        if self.closed.contains_key(&epoch) {
            return Err(Refusal::ClaimsOnly { epoch });
        }
        if self.phase == Phase::Expired && !leaves(action) {
            return Err(Refusal::ContractExpired);
        }
        let takes_cash_out = matches!(
            action,
            Action::Withdraw { .. } | Action::Bond { .. } | Action::Transfer { .. }
        );
        if takes_cash_out && self.funds.insurance < 0 {
            return Err(Refusal::FundNegative);
        }
        Ok(())
    }

    /// Whether a revalidation keeps cash in and newcomers out: from its trigger within a session, from the opening of the
    /// window after the close, and until the result.
    fn is_frozen(&self) -> bool {
        self.revalidation.as_ref().is_some_and(|revalidation| {
            revalidation.progress != Progress::AwaitingKey || self.phase == Phase::Halted
        })
    }
}

/// Whether the action only claims records and closes them.
fn is_closing_claim(action: &Action) -> bool {
    match action {
        Action::Trade {
            claim: Some(claim),
            tag: None,
            orders,
        } => orders.is_empty() && claim.records.iter().all(|entry| entry.rest == Rest::Close),
        _ => false,
    }
}

/// Whether an expired contract month still takes the action: cash on its way out, and what arrived before.
const fn leaves(action: &Action) -> bool {
    matches!(
        action,
        Action::Withdraw { .. }
            | Action::Transfer { .. }
            | Action::Unbond { .. }
            | Action::Receive { .. }
    )
}
