//! The final settlement of the contract month: a signed public input, or the last day's own settlement.

use super::Market;
use crate::message::FinalSettlement;
use crate::receipt::{Phase, Receipt};
use crate::refusal::Refusal;
use crate::units::{Price, Time};
use ed25519_dalek::{Signature, VerifyingKey};

impl Market {
    /// Takes the signed price; the last revalidation begins at the end of the block.
    pub(super) fn apply_final_settlement(
        &mut self,
        settlement: &FinalSettlement,
    ) -> Result<Receipt, Refusal> {
        self.check_final_settlement(settlement)?;
        self.day.final_settlement = Some(settlement.price);
        Ok(Receipt::Settled)
    }

    /// Whether a final settlement is waited for, and this one is for this market and signed; nothing changes.
    pub(super) fn check_final_settlement(
        &self,
        settlement: &FinalSettlement,
    ) -> Result<(), Refusal> {
        if settlement.chain != self.chain {
            return Err(Refusal::Chain);
        }
        if settlement.market != self.symbol {
            return Err(Refusal::Market);
        }
        if !self.waits_for_final_settlement() {
            return Err(Refusal::NoSettlementDue);
        }
        if !self.is_signed(settlement) {
            return Err(Refusal::SettlementSignatures(self.signers.threshold));
        }
        Ok(())
    }

    fn is_signed(&self, settlement: &FinalSettlement) -> bool {
        let signatures = &settlement.signatures;
        let signed =
            FinalSettlement::signed_bytes(settlement.chain, settlement.market, settlement.price);
        let is_valid = |(place, signature): &(u8, [u8; 64])| {
            let key = self.signers.keys.get(usize::from(*place));
            key.and_then(|key| VerifyingKey::from_bytes(key).ok())
                .is_some_and(|key| {
                    key.verify_strict(&signed, &Signature::from_bytes(signature))
                        .is_ok()
                })
        };
        signatures.len() >= usize::from(self.signers.threshold)
            && signatures.windows(2).all(|pair| pair[0].0 < pair[1].0)
            && signatures.iter().all(is_valid)
    }

    /// The price at which the contract month settles finally, as soon as it is known.
    pub(super) fn final_price(&self) -> Option<Price> {
        if let Some(price) = self.day.final_settlement {
            return Some(price);
        }
        if self.signers.is_empty() || self.time >= self.final_settlement_deadline() {
            return self.day.settlement.map(|settlement| settlement.price);
        }
        None
    }

    /// When the signers' price is no longer waited for, while it is.
    pub(super) fn final_settlement_instant(&self) -> Option<Time> {
        let waits = self.waits_for_final_settlement() && self.day.settlement.is_some();
        waits.then(|| self.final_settlement_deadline())
    }

    fn final_settlement_deadline(&self) -> Time {
        let wait = self.specification.final_settlement_wait;
        self.session.close.plus_seconds(wait)
    }

    fn waits_for_final_settlement(&self) -> bool {
        self.phase == Phase::Closed
            && self.is_last_day()
            && self.revalidation.is_none()
            && !self.day.finished
            && self.day.final_settlement.is_none()
            && !self.signers.is_empty()
            && !self.halted
    }
}
