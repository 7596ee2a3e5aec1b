//! The turnstile: what the notes hold in secret must be covered by what went in.
//!
//! All cash that came in and did not go out is in a note, in the fund, in a bond, in a transfer, or with the clearing
//! account. When the sum of the refreshed notes' cash m' is opened, what is left belongs to the notes that stayed behind:
//!
//! ```text
//! R = deposits - withdrawals - fund - bonds - transfers - sum(m')      as of CLOSE
//! X = R - K                                                            K the clearing account's cash at P
//! ```
//!
//! K is the account's cash after it took its new contracts at P and before the sweep to the fund; R counts the fund
//! before the sweep as well. X is then the sum of m + v * P * tau over the absent notes, each with the P of the epoch in
//! which it stayed behind, plus the haircuts of everybody who was cut back or came back late. Neither is negative if all
//! notes are genuine: a note solvent in its band has non-negative equity at any price in it. X below zero means that
//! somebody made a note out of nothing, or forged a proof.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The market's public flows and holdings as of CLOSE, cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// All cash that ever came in, the fund's seed and received transfers included.
    pub deposits: i64,
    /// All cash that ever went out, transfers to other contract months included.
    pub withdrawals: i64,
    /// The insurance fund, before the sweep.
    pub fund: i64,
    /// Bonds, rewards and slashed money not yet shared out.
    pub bonds: i64,
    /// Incoming transfers that nobody received yet, if `deposits` counts them; else zero.
    pub transfers: i64,
}

/// The outcome of one check, cents. 128 bits: sums of a million notes of 2^47 cents fit.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Turnstile {
    /// R: what went in and is in no refreshed note and no public account.
    pub r: i128,
    /// K: the clearing account's cash at P.
    pub k: i128,
    /// X = R - K: what the notes that stayed behind can be owed, haircuts included.
    pub x: i128,
}

impl Turnstile {
    /// The check over the opened sum of the refreshed notes' cash, `notes`, and the clearing account's cash at P.
    #[must_use]
    pub fn new(holdings: &Holdings, notes: i128, clearing_cash: i64) -> Self {
        let Holdings {
            deposits,
            withdrawals,
            fund,
            bonds,
            transfers,
        } = *holdings;
        let outside = [withdrawals, fund, bonds, transfers].map(i128::from);
        // Each term is below 2^70 in magnitude, `notes` included by the bounds of its limbs.
        let r = i128::from(deposits) - outside.iter().sum::<i128>() - notes;
        let k = i128::from(clearing_cash);
        Self { r, k, x: r - k }
    }

    /// Whether no money was made.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.x >= 0
    }

    /// X for reports, cents, moved into 64 bits.
    #[must_use]
    pub fn x_cents(&self) -> i64 {
        i64::try_from(self.x).unwrap_or(if self.x < 0 { i64::MIN } else { i64::MAX })
    }

    /// After a pending L, whose contracts were closed at an earlier P: the fund makes good a negative X, once.
    ///
    /// Returns the check after it and the cents that the fund pays; `None` if X is not negative or does not fit. The
    /// caller lowers the fund by them, which may leave it negative.
    #[must_use]
    pub fn made_good(self) -> Option<(Self, i64)> {
        let paid = i64::try_from(self.x.checked_neg()?)
            .ok()
            .filter(|paid| *paid > 0)?;
        let (r, k) = (self.r + i128::from(paid), self.k);
        Some((Self { r, k, x: r - k }, paid))
    }
}
