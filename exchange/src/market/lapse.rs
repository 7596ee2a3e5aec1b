//! Lapse: the way back of a note that was not refreshed.

use super::Market;
use super::revalidation::Stage;
use crate::epoch::terms::{lapse_terms, late_haircut};
use crate::message::{LapseMessage, LapseTransaction};
use crate::ports::Verifier;
use crate::receipt::{Phase, Receipt};
use crate::refusal::Refusal;
use crate::units::Time;
use tally_circuits::lapse::{LapseStatement, LapseTerms};

impl Market {
    /// What coming back from epoch `left_in` costs now.
    ///
    /// # Errors
    /// The [`Refusal`] that a Lapse from that epoch would meet.
    pub fn lapse_terms(&self, left_in: u64) -> Result<LapseTerms, Refusal> {
        if self.halted {
            return Err(Refusal::MarketHalted);
        }
        let revalidating = match self.stage() {
            Stage::Open => false,
            Stage::AwaitingKey => self.phase == Phase::Halted,
            Stage::Window { .. } | Stage::Sharing { .. } => true,
        };
        if revalidating {
            return Err(Refusal::Revalidating);
        }
        let closed = self
            .closed
            .get(&left_in)
            .ok_or(Refusal::NotClosed(left_in))?;
        if self.lapse_end().is_some_and(|end| self.time >= end) {
            return Err(Refusal::LapseOver);
        }
        let reopening = closed.reopening().ok_or(Refusal::LapseTooEarly(left_in))?;
        let days_absent = self.day.number.saturating_sub(closed.day());
        Ok(lapse_terms(
            closed.terms().price,
            reopening,
            late_haircut(days_absent, closed.outage(), &self.specification),
            self.specification.opening_fee,
            self.money,
        ))
    }

    /// Checks everything about a Lapse but its proof, and says what the proof must prove.
    ///
    /// # Errors
    /// The [`Refusal`] that including it now would give.
    pub fn lapse_statement(&self, message: &LapseMessage) -> Result<LapseStatement, Refusal> {
        if message.chain != self.chain {
            return Err(Refusal::Chain);
        }
        if message.market != self.symbol {
            return Err(Refusal::Market);
        }
        if message.epoch != self.epoch {
            return Err(Refusal::Epoch {
                given: message.epoch,
                current: self.epoch,
            });
        }
        let terms = self.lapse_terms(message.left_in)?;
        let is_root = |closed: &super::ClosedEpoch| closed.is_root(&message.root);
        if !self.closed.get(&message.left_in).is_some_and(is_root) {
            return Err(Refusal::Root);
        }
        if self.nullifiers.contains(&message.nullifier) {
            return Err(Refusal::Spent);
        }
        if self.is_tree_full() {
            return Err(Refusal::TreeFull);
        }
        Ok(LapseStatement {
            market: self.market_element.0,
            root: message.root.0,
            nullifier: message.nullifier.0,
            new_commitment: message.new_commitment.0,
            terms,
            context: message.context().0,
        })
    }

    pub(super) fn apply_lapse(
        &mut self,
        lapse: &LapseTransaction,
        verifier: &dyn Verifier,
    ) -> Result<Receipt, Refusal> {
        let statement = self.lapse_statement(&lapse.message)?;
        if !verifier.verify_lapse(&statement, &lapse.proof) {
            return Err(Refusal::Proof);
        }
        let leaf = self
            .notes
            .append(lapse.message.new_commitment)
            .map_err(|_| Refusal::TreeFull)?;
        self.nullifiers.insert(lapse.message.nullifier);
        self.returned += 1;
        Ok(Receipt::Lapse { leaf })
    }

    /// The first instant at which late notes no longer come back: a year after the contract month's last close.
    fn lapse_end(&self) -> Option<Time> {
        (self.phase == Phase::Expired).then(|| {
            self.session
                .close
                .plus_seconds(self.specification.lapse_year)
        })
    }
}
