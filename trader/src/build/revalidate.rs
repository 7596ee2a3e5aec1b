//! The two ways of a note into another epoch: Refresh in the window, Lapse after an absence.

use crate::error::WalletError;
use crate::keys::Encryption;
use crate::lineage::{Lineage, Standing};
use crate::prepared::{PreparedLapse, PreparedRefresh};
use tally_circuits::elgamal::Ciphertext;
use tally_circuits::lapse::{self, LapseWitness};
use tally_circuits::note::Note;
use tally_circuits::refresh::{self, LIMB_BITS, RefreshWitness};
use tally_exchange::market::Market;
use tally_exchange::message::{LapseMessage, RefreshMessage};
use zeroize::Zeroizing;

impl Lineage {
    /// Takes the note into the next epoch. Built again, it is the same message but for the root.
    ///
    /// Its position is cut back as far as the epoch's terms want it; nobody sees whether it was.
    ///
    /// # Errors
    /// [`WalletError::Unclaimed`] if records are still to be claimed; otherwise [`WalletError`] before anything is
    /// proved or sent.
    pub fn refresh(&self, market: &Market) -> Result<PreparedRefresh, WalletError> {
        let terms = market.epoch_terms().ok_or(WalletError::NoRevalidation)?;
        let key = market.joint_key().ok_or(WalletError::NoRevalidation)?;
        let place = self.place().ok_or(WalletError::NotOpen)?;
        match place.standing(market) {
            Standing::Present => {}
            Standing::Ahead => return Err(WalletError::AwaitsResult { epoch: place.epoch }),
            Standing::Behind => return Err(WalletError::LeftBehind { epoch: place.epoch }),
        }
        self.check_claimed()?;
        let nullifier = self.nullifier();
        let note = terms
            .refresh_terms(market.money())
            .successor(self.note(), nullifier.0)
            // No note that is solvent in the closing band is under water at a price inside it.
            .ok_or(WalletError::Contradiction)?;
        let old = self.old_note(market)?;
        let joint_key = key.key();
        let values = values(&note, terms.with_cash);
        let encryption = Encryption {
            nullifier,
            epoch: place.epoch,
            round: key.round(),
            joint_key,
            values: &values,
        };
        let randomness = encryption.randomness(self.key());
        let encrypted = |index: usize| {
            let value = values.get(index)?;
            Some(Ciphertext::encrypt(*value, &randomness.0[index], joint_key).into())
        };
        let message = RefreshMessage {
            chain: market.chain(),
            market: market.symbol(),
            epoch: place.epoch,
            round: key.round(),
            root: old.root,
            nullifier,
            new_commitment: self.commitment(&note),
            position: encrypted(0).ok_or(WalletError::Contradiction)?,
            cash: encrypted(1)
                .zip(encrypted(2))
                .map(|(low, high)| [low, high]),
        };
        let statement = market.refresh_statement(&message)?;
        let witness = RefreshWitness {
            key: self.key().clone(),
            old_note: self.note().clone(),
            path: old.path,
            randomness,
        };
        refresh::check(&statement, &witness)?;
        Ok(PreparedRefresh {
            message,
            statement,
            witness,
        })
    }

    /// Brings a note that was not refreshed back into the present epoch, without its position.
    ///
    /// # Errors
    /// [`WalletError::Unclaimed`] if records are still to be claimed in the note's old epoch;
    /// [`WalletError::NotAbsent`] if it stands in the present one; otherwise [`WalletError`] before anything is proved
    /// or sent.
    pub fn lapse(&self, market: &Market) -> Result<PreparedLapse, WalletError> {
        let place = self.place().ok_or(WalletError::NotOpen)?;
        match place.standing(market) {
            Standing::Behind => {}
            Standing::Present | Standing::Ahead => return Err(WalletError::NotAbsent),
        }
        self.check_claimed()?;
        let terms = market.lapse_terms(place.epoch)?;
        let nullifier = self.nullifier();
        let note = terms
            .successor(self.note(), nullifier.0)
            .ok_or(WalletError::Contradiction)?;
        let old = self.old_note(market)?;
        let message = LapseMessage {
            chain: market.chain(),
            market: market.symbol(),
            epoch: market.epoch(),
            left_in: place.epoch,
            root: old.root,
            nullifier,
            new_commitment: self.commitment(&note),
        };
        let statement = market.lapse_statement(&message)?;
        let witness = LapseWitness {
            key: self.key().clone(),
            old_note: self.note().clone(),
            path: old.path,
        };
        lapse::check(&statement, &witness)?;
        Ok(PreparedLapse {
            message,
            statement,
            witness,
        })
    }

    /// Reservations come to zero by claiming every order, and by nothing else.
    fn check_claimed(&self) -> Result<(), WalletError> {
        let note = self.note();
        let reserved = note.buy_quantity != 0
            || note.sell_quantity != 0
            || note.buy_cost != 0
            || note.sell_cost != 0;
        if reserved || !self.orders().is_empty() {
            return Err(WalletError::Unclaimed {
                orders: self.orders().len(),
            });
        }
        Ok(())
    }
}

/// What a Refresh encrypts of the new note: its position, and with `with_cash` the limbs of its cash.
fn values(note: &Note, with_cash: bool) -> Zeroizing<Vec<i64>> {
    let mut values = Zeroizing::new(Vec::with_capacity(3));
    values.push(i64::from(note.position));
    if with_cash {
        values.extend(limbs(note.cash));
    }
    values
}

/// The two limbs of a note's cash: `cash + 2^47 = low + 2^24 * high`, each below 2^24.
const fn limbs(cash: i64) -> [i64; 2] {
    // A note's cash is at least -2^47: see `Note`.
    let raised = cash + (1 << (2 * LIMB_BITS - 1));
    [raised & ((1 << LIMB_BITS) - 1), raised >> LIMB_BITS]
}
