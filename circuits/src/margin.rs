//! Solvency of a note over a price band, in integers of cents.
//!
//! With band edges already multiplied by tau (cents per contract at the edge's price):
//!
//! ```text
//! W_lo = m - Bc + (v + Bq) * lo      every buy filled, no sell;  exposure v + Bq
//! W_hi = m + Sc + (v - Sq) * hi      every sell filled, no buy;  exposure Sq - v
//! solvent iff  W_lo >= 0, W_lo >= mu_lo * (v + Bq),  W_hi >= 0, W_hi >= mu_hi * (Sq - v),
//!              v + Bq <= v_max,  Sq - v <= v_max
//! ```
//!
//! **Every inequality is a 64-bit check.** For a note in range and parameters that [`check`]
//! accepts: |v + Bq| < 2^23 + 2^24 and |Sq - v| likewise, so a product with an edge or a
//! requirement is below 1.5 * 2^24 * 2^36 = 1.5 * 2^60; m and a cost are at most 2^47 in
//! magnitude. Hence |W| < 1.5 * 2^60 + 2^48 and |W - mu * exposure| < 3 * 2^60 + 2^48 < 2^62.
//! Such a difference is non-negative exactly if its field element is below 2^64, and a negative
//! one is near the modulus, far above. The last two differences lie between -2^25 and
//! v_max + 2^23 < 2^24: non-negative exactly if below 2^24.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::note::Note;

/// Largest magnitude of a band edge, in cents per contract.
pub const MAX_EDGE: i64 = 1 << 36;
/// Largest margin requirement, in cents per contract.
pub const MAX_REQUIREMENT: i64 = 1 << 36;
/// Largest position limit, in contracts.
pub const MAX_POSITION_LIMIT: i64 = (1 << 23) - 1;

/// The price band, each edge multiplied by tau: cents per contract. Can be negative.
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
#[serde(deny_unknown_fields)]
pub struct BandCents {
    /// Lower edge, in cents per contract.
    pub lo: i64,
    /// Upper edge, in cents per contract, not below the lower.
    pub hi: i64,
}

/// Margin that is asked for, in cents per contract of exposure.
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
#[serde(deny_unknown_fields)]
pub struct MarginRequirement {
    /// Per contract of long exposure, valued at the lower edge.
    pub lo: i64,
    /// Per contract of short exposure, valued at the upper edge.
    pub hi: i64,
}

/// A public parameter is outside the bounds within which the inequalities are 64-bit checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// An edge is too large in magnitude.
    #[error("band edge {0} cents is beyond {MAX_EDGE} cents in magnitude; choose a nearer edge")]
    Edge(i64),
    /// The edges are in the wrong order.
    #[error(
        "band is empty: lower edge {lo} cents is above upper edge {hi} cents; exchange the edges"
    )]
    EmptyBand {
        /// Lower edge, in cents per contract.
        lo: i64,
        /// Upper edge, in cents per contract.
        hi: i64,
    },
    /// A requirement is negative or too large.
    #[error("margin requirement {0} cents is outside 0..={MAX_REQUIREMENT} cents")]
    Requirement(i64),
    /// The position limit is negative or too large.
    #[error("position limit {0} is outside 0..={MAX_POSITION_LIMIT} contracts")]
    PositionLimit(i64),
}

/// Checks that public parameters are within the bounds of this module's proof.
///
/// # Errors
/// [`ParameterError`] names the parameter and its bound.
pub fn check(
    band: &BandCents,
    requirement: &MarginRequirement,
    position_limit: i64,
) -> Result<(), ParameterError> {
    for edge in [band.lo, band.hi] {
        if !(-MAX_EDGE..=MAX_EDGE).contains(&edge) {
            return Err(ParameterError::Edge(edge));
        }
    }
    if band.lo > band.hi {
        let BandCents { lo, hi } = *band;
        return Err(ParameterError::EmptyBand { lo, hi });
    }
    for asked in [requirement.lo, requirement.hi] {
        if !(0..=MAX_REQUIREMENT).contains(&asked) {
            return Err(ParameterError::Requirement(asked));
        }
    }
    if !(0..=MAX_POSITION_LIMIT).contains(&position_limit) {
        return Err(ParameterError::PositionLimit(position_limit));
    }
    Ok(())
}

/// Cents, written as dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dollars(pub i128);

impl fmt::Display for Dollars {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.unsigned_abs();
        let digits = (cents / 100).to_string();
        let mut whole = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                whole.push(',');
            }
            whole.push(digit);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(formatter, "{sign}${whole}.{:02}", cents % 100)
    }
}

/// Which inequality of solvency fails, and by how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarginViolation {
    /// `W_lo >= 0` fails.
    #[error("equity would be {} short at the lower band edge with all buys filled", Dollars(*.shortfall))]
    EquityAtLow {
        /// Missing cash, in cents.
        shortfall: i128,
    },
    /// `W_lo >= mu_lo * (v + Bq)` fails.
    #[error("margin would be {} short at the lower band edge with all buys filled", Dollars(*.shortfall))]
    MarginAtLow {
        /// Missing cash, in cents.
        shortfall: i128,
    },
    /// `W_hi >= 0` fails.
    #[error("equity would be {} short at the upper band edge with all sells filled", Dollars(*.shortfall))]
    EquityAtHigh {
        /// Missing cash, in cents.
        shortfall: i128,
    },
    /// `W_hi >= mu_hi * (Sq - v)` fails.
    #[error("margin would be {} short at the upper band edge with all sells filled", Dollars(*.shortfall))]
    MarginAtHigh {
        /// Missing cash, in cents.
        shortfall: i128,
    },
    /// `v + Bq <= v_max` fails.
    #[error("long exposure would be {excess} contracts above the position limit")]
    LongLimit {
        /// Contracts above the limit.
        excess: i128,
    },
    /// `Sq - v <= v_max` fails.
    #[error("short exposure would be {excess} contracts above the position limit")]
    ShortLimit {
        /// Contracts above the limit.
        excess: i128,
    },
}

/// The position with every buy filled and no sell, `v + Bq`, in contracts. Can be negative.
#[must_use]
pub fn long_exposure(note: &Note) -> i128 {
    i128::from(note.position) + i128::from(note.buy_quantity)
}

/// The short position with every sell filled and no buy, `Sq - v`, in contracts. Can be negative.
#[must_use]
pub fn short_exposure(note: &Note) -> i128 {
    i128::from(note.sell_quantity) - i128::from(note.position)
}

/// `W_lo` in cents: the equity at the lower edge with every buy filled and no sell.
#[must_use]
pub fn worst_case_low(note: &Note, band: &BandCents) -> i128 {
    i128::from(note.cash) - i128::from(note.buy_cost) + long_exposure(note) * i128::from(band.lo)
}

/// `W_hi` in cents: the equity at the upper edge with every sell filled and no buy.
#[must_use]
pub fn worst_case_high(note: &Note, band: &BandCents) -> i128 {
    i128::from(note.cash) + i128::from(note.sell_cost) - short_exposure(note) * i128::from(band.hi)
}

/// Equity in cents at a price given in cents per contract, without regard to resting orders.
#[must_use]
pub fn equity(note: &Note, price_cents: i64) -> i128 {
    i128::from(note.cash) + i128::from(note.position) * i128::from(price_cents)
}

/// Checks the six inequalities of solvency. Total: no input overflows.
///
/// # Errors
/// [`MarginViolation`] names the first inequality that fails, in the order of the module's page.
pub fn solvent(
    note: &Note,
    band: &BandCents,
    requirement: &MarginRequirement,
    position_limit: i64,
) -> Result<(), MarginViolation> {
    let (low, high) = (worst_case_low(note, band), worst_case_high(note, band));
    let (long, short) = (long_exposure(note), short_exposure(note));
    let limit = i128::from(position_limit);
    let missing = |slack: i128| (slack < 0).then_some(-slack);

    if let Some(shortfall) = missing(low) {
        return Err(MarginViolation::EquityAtLow { shortfall });
    }
    if let Some(shortfall) = missing(low - i128::from(requirement.lo) * long) {
        return Err(MarginViolation::MarginAtLow { shortfall });
    }
    if let Some(shortfall) = missing(high) {
        return Err(MarginViolation::EquityAtHigh { shortfall });
    }
    if let Some(shortfall) = missing(high - i128::from(requirement.hi) * short) {
        return Err(MarginViolation::MarginAtHigh { shortfall });
    }
    if let Some(excess) = missing(limit - long) {
        return Err(MarginViolation::LongLimit { excess });
    }
    if let Some(excess) = missing(limit - short) {
        return Err(MarginViolation::ShortLimit { excess });
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
