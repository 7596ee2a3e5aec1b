//! Refresh: a note's way into the next epoch.

use super::Market;
use super::revalidation::Progress;
use crate::epoch::rounds::RoundKey;
use crate::message::{RefreshMessage, RefreshTransaction};
use crate::ports::Verifier;
use crate::receipt::Receipt;
use crate::refusal::Refusal;
use tally_circuits::elgamal::{Ciphertext, WireCiphertext};
use tally_circuits::refresh::RefreshStatement;
use tally_circuits::tree::CAPACITY;

impl Market {
    /// Checks everything about a Refresh but its proof, and says what the proof must prove.
    ///
    /// # Errors
    /// The [`Refusal`] that including it now would give.
    pub fn refresh_statement(&self, message: &RefreshMessage) -> Result<RefreshStatement, Refusal> {
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
        let round = self.committee.key.as_ref().map_or(0, RoundKey::round);
        let key = self
            .committee
            .key
            .as_ref()
            .filter(|_| message.round == round);
        let key = key.ok_or(Refusal::Round {
            given: message.round,
            current: round,
        })?;
        let revalidation = self
            .revalidation
            .as_ref()
            .filter(|revalidation| matches!(revalidation.progress, Progress::Window { .. }))
            .ok_or(Refusal::NoWindow)?;
        if !self.notes.is_root(&message.root) {
            return Err(Refusal::Root);
        }
        if self.nullifiers.contains(&message.nullifier) {
            return Err(Refusal::Spent);
        }
        if revalidation.next.len() >= CAPACITY {
            return Err(Refusal::TreeFull);
        }
        let terms = &revalidation.terms;
        if message.cash.is_some() != terms.with_cash {
            return Err(Refusal::CashCiphertexts(terms.with_cash));
        }
        Ok(RefreshStatement {
            market: self.market_element.0,
            root: message.root.0,
            nullifier: message.nullifier.0,
            new_commitment: message.new_commitment.0,
            terms: terms.refresh_terms(self.money),
            joint_key: key.key(),
            position: proved(message.position),
            cash: message.cash.map(|limbs| limbs.map(proved)),
            context: message.context().0,
        })
    }

    pub(super) fn apply_refresh(
        &mut self,
        refresh: &RefreshTransaction,
        verifier: &dyn Verifier,
    ) -> Result<Receipt, Refusal> {
        let statement = self.refresh_statement(&refresh.message)?;
        if !verifier.verify_refresh(&statement, &refresh.proof) {
            return Err(Refusal::Proof);
        }
        let revalidation = self.revalidation.as_mut().ok_or(Refusal::NoWindow)?;
        let leaf = revalidation
            .next
            .append(statement.new_commitment)
            .map_err(|_| Refusal::TreeFull)?;
        self.nullifiers.insert(refresh.message.nullifier);
        let ciphertexts: Vec<Ciphertext> = std::iter::once(statement.position)
            .chain(statement.cash.into_iter().flatten())
            .collect();
        revalidation.add(&ciphertexts);
        Ok(Receipt::Refresh { leaf })
    }
}

/// A ciphertext that counts only with its proof: the proof shows that its points are sums of multiples of the generator
/// and of the joint key, which are both in the subgroup. Decoding has seen them on the curve.
const fn proved(ciphertext: WireCiphertext) -> Ciphertext {
    Ciphertext {
        ephemeral: ciphertext.ephemeral.in_subgroup_unchecked(),
        masked: ciphertext.masked.in_subgroup_unchecked(),
    }
}
