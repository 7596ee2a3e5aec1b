//! What coming back costs.

use ark_bls12_381::Fr;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::relation::lapsed;
use crate::margin::{MAX_EDGE, MAX_REQUIREMENT};
use crate::note::Note;

/// The numbers of a Lapse, cents per contract but for the fee.
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
pub struct LapseTerms {
    /// The lower of the mark and the reopening price, times tau: what a long position is closed at.
    pub long_price: i64,
    /// The higher of the two: what a short position is closed at.
    pub short_price: i64,
    /// The late haircut.
    pub haircut: i64,
    /// The opening fee, cents, taken as far as the note has it.
    pub opening_fee: i64,
}

/// Terms outside the bounds within which the inequalities are 64-bit checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LapseTermsError {
    /// A price is too large in magnitude.
    #[error("closing price of {0} cents is beyond {MAX_EDGE} cents in magnitude")]
    Price(i64),
    /// The price for longs is above the one for shorts.
    #[error(
        "closing price of longs, {long} cents, is above that of shorts, {short}; exchange them"
    )]
    Order {
        /// For longs, cents.
        long: i64,
        /// For shorts, cents.
        short: i64,
    },
    /// A charge is negative or too large.
    #[error("haircut or fee of {0} cents is outside 0..={MAX_REQUIREMENT} cents")]
    Charge(i64),
}

impl LapseTerms {
    /// Checks that the numbers are within the bounds of the circuit's proof.
    ///
    /// # Errors
    /// [`LapseTermsError`] names the number and its bound.
    pub fn check(&self) -> Result<(), LapseTermsError> {
        let (long, short) = (self.long_price, self.short_price);
        for price in [long, short] {
            if !(-MAX_EDGE..=MAX_EDGE).contains(&price) {
                return Err(LapseTermsError::Price(price));
            }
        }
        if long > short {
            return Err(LapseTermsError::Order { long, short });
        }
        for charge in [self.haircut, self.opening_fee] {
            if !(0..=MAX_REQUIREMENT).contains(&charge) {
                return Err(LapseTermsError::Charge(charge));
            }
        }
        Ok(())
    }

    /// What closing one contract of a long (`true`) or short position brings or costs, cents: the
    /// price less the haircut, or the price plus the haircut.
    ///
    /// Within the bounds of [`LapseTerms::check`] at most 2^37 in magnitude.
    #[must_use]
    pub const fn closing_price(&self, is_long: bool) -> i64 {
        if is_long {
            self.long_price.saturating_sub(self.haircut)
        } else {
            self.short_price.saturating_add(self.haircut)
        }
    }

    /// What is left of a note after closing its position and taking the fee, cents. Can be
    /// negative.
    pub(super) fn left(&self, cash: i64, position: i32) -> i128 {
        let price = i128::from(self.closing_price(position > 0));
        i128::from(cash) + i128::from(position) * price - i128::from(self.opening_fee)
    }

    /// The cash with which a note comes back: `max(0, m + v * price - |v| * haircut - fee)`, cents.
    ///
    /// Taking the fee as far as it goes from `max(0, x)` is the same as `max(0, x - fee)`.
    #[must_use]
    pub fn cash_back(&self, cash: i64, position: i32) -> i128 {
        self.left(cash, position).max(0)
    }

    /// The successor of a note without reservations, its rho being the old note's `nullifier`.
    ///
    /// `None` if the note has reservations or the cash leaves a note's range; [`super::check`]
    /// says which.
    #[must_use]
    pub fn successor(&self, note: &Note, nullifier: Fr) -> Option<Note> {
        lapsed(self, note, nullifier).ok()
    }
}
