//! What an epoch asks of every note, and what a note becomes under it.

use ark_bls12_381::Fr;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::relation::refreshed;
use crate::margin::{BandCents, MAX_EDGE, MAX_REQUIREMENT};
use crate::note::{Note, NoteField, NoteRangeError};

/// The numbers of a revalidation, fixed when it is triggered; cents per contract.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct RefreshTerms {
    /// The public mark P times tau.
    pub mark: i64,
    /// The haircut h for each contract that is closed; zero if `forced`.
    pub haircut: i64,
    /// The new band.
    pub band: BandCents,
    /// Maintenance margin in the new band.
    pub maintenance: i64,
    /// Every position is closed at the mark: expiry and tear-up.
    pub forced: bool,
}

/// Terms outside the bounds within which the inequalities are 64-bit checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// A price is too large in magnitude.
    #[error("mark or band edge of {0} cents is beyond {MAX_EDGE} cents in magnitude")]
    Price(i64),
    /// The mark is outside the new band.
    #[error(
        "mark of {mark} cents is outside the new band {lo} to {hi}; centre the band on the mark"
    )]
    Mark {
        /// The mark, cents.
        mark: i64,
        /// Lower edge, cents.
        lo: i64,
        /// Upper edge, cents.
        hi: i64,
    },
    /// Maintenance margin is negative or too large.
    #[error("maintenance margin of {0} cents is outside 0..={MAX_REQUIREMENT} cents")]
    Maintenance(i64),
    /// The haircut is negative, above maintenance margin, or not zero in a forced closing.
    #[error("haircut of {haircut} cents is outside 0..={most} cents")]
    Haircut {
        /// The haircut, cents.
        haircut: i64,
        /// The most that is allowed, cents.
        most: i64,
    },
}

/// What a note's cash and position become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// Cents.
    pub cash: i128,
    /// Contracts.
    pub position: i64,
}

impl RefreshTerms {
    /// Checks that the numbers are within the bounds of the circuit's proof.
    ///
    /// # Errors
    /// [`TermsError`] names the number and its bound.
    pub fn check(&self) -> Result<(), TermsError> {
        let BandCents { lo, hi } = self.band;
        for price in [self.mark, lo, hi] {
            if !(-MAX_EDGE..=MAX_EDGE).contains(&price) {
                return Err(TermsError::Price(price));
            }
        }
        if !(lo..=hi).contains(&self.mark) {
            return Err(TermsError::Mark {
                mark: self.mark,
                lo,
                hi,
            });
        }
        if !(0..=MAX_REQUIREMENT).contains(&self.maintenance) {
            return Err(TermsError::Maintenance(self.maintenance));
        }
        let most = if self.forced { 0 } else { self.maintenance };
        if !(0..=most).contains(&self.haircut) {
            return Err(TermsError::Haircut {
                haircut: self.haircut,
                most,
            });
        }
        Ok(())
    }

    /// What closing one contract of a long (`true`) or short position brings or costs, cents: the
    /// mark less the haircut, or the mark plus the haircut.
    ///
    /// Within the bounds of [`RefreshTerms::check`] at most 2^37 in magnitude.
    #[must_use]
    pub const fn closing_price(&self, is_long: bool) -> i64 {
        if is_long {
            self.mark.saturating_sub(self.haircut)
        } else {
            self.mark.saturating_add(self.haircut)
        }
    }

    /// D: the margin that keeping one contract takes beyond what closing it would, cents.
    ///
    /// Within the bounds of [`RefreshTerms::check`] from 0 to 1.5 * 2^37.
    #[must_use]
    pub const fn keeping_cost(&self, is_long: bool) -> i64 {
        let to_edge = if is_long {
            self.mark.saturating_sub(self.band.lo)
        } else {
            self.band.hi.saturating_sub(self.mark)
        };
        to_edge.saturating_add(self.maintenance.saturating_sub(self.haircut))
    }

    /// X: what is left of a note when its whole position is closed, cents.
    #[must_use]
    pub fn equity_when_closed(&self, cash: i64, position: i32) -> i128 {
        let price = i128::from(self.closing_price(position > 0));
        i128::from(cash) + i128::from(position) * price
    }

    /// Cash and position of a note after the revalidation: the largest position of the same sign,
    /// not above the old one, with `kept * D <= X`. `None` if X is negative, which it is for no
    /// note that was solvent at maintenance in the closing band with the mark inside it.
    #[must_use]
    pub fn apply(&self, cash: i64, position: i32) -> Option<Refreshed> {
        let is_long = position > 0;
        let sign = if is_long { 1 } else { -1 };
        let size = i128::from(position.unsigned_abs());
        let equity = self.equity_when_closed(cash, position);
        if equity < 0 {
            return None;
        }
        let cost = i128::from(self.keeping_cost(is_long));
        let kept = if self.forced {
            0
        } else if size * cost <= equity {
            // A cost of zero always ends here, so that nothing is divided by it.
            size
        } else {
            equity / cost
        };
        let price = i128::from(self.closing_price(is_long));
        Some(Refreshed {
            cash: i128::from(cash) + sign * (size - kept) * price,
            position: i64::try_from(sign * kept).ok()?,
        })
    }

    /// The successor of a note without reservations, its rho being the old note's `nullifier`.
    ///
    /// `None` if the note has reservations, would be under water (see [`RefreshTerms::apply`]) or
    /// leaves a note's ranges; [`super::check`] says which.
    #[must_use]
    pub fn successor(&self, note: &Note, nullifier: Fr) -> Option<Note> {
        refreshed(self, note, nullifier).ok()
    }
}

impl Refreshed {
    /// The note with this cash and position and no reservations.
    ///
    /// # Errors
    /// [`NoteRangeError`] if one of them is outside a note's range.
    pub fn to_note(&self, rho: Fr) -> Result<Note, NoteRangeError> {
        let out_of = |field| NoteRangeError { field };
        let mut note = Note::empty(rho);
        note.cash = i64::try_from(self.cash).map_err(|_| out_of(NoteField::Cash))?;
        note.position = i32::try_from(self.position).map_err(|_| out_of(NoteField::Position))?;
        note.check_range()?;
        Ok(note)
    }
}
