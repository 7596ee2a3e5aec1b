//! What an epoch asks of every note, the band it moves to, and what coming back late costs.
//!
//! In every epoch the price P at which positions are closed lies in both bands, the closing one and the new one: a note
//! solvent at maintenance margin in the closing band then never ends below zero, and the circuit's numbers stay in range.

use crate::record::ContractMoney;
use crate::specification::Specification;
use crate::units::{Band, Price, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tally_circuits::lapse::LapseTerms;
use tally_circuits::margin::BandCents;
use tally_circuits::refresh::RefreshTerms;

/// Why there is a revalidation.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
pub enum Trigger {
    /// The mark stayed beyond the trigger distance.
    Mark = 0,
    /// The daily settlement after a session's close.
    Settlement = 1,
    /// The final settlement after the last trading day's close.
    Expiry = 2,
    /// The epoch's note tree is three quarters full.
    TreeFull = 3,
    /// Clearing account and fund together are not solvent in the new band: every position is closed.
    TearUp = 4,
}

impl Trigger {
    /// Whether trading is halted for it and goes on in the same session.
    #[must_use]
    pub const fn is_intraday(self) -> bool {
        matches!(self, Self::Mark | Self::TreeFull)
    }
}

/// The numbers of a revalidation, fixed when it is triggered.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct EpochTerms {
    /// Why.
    pub trigger: Trigger,
    /// P, the price at which positions are closed, ticks: in the closing band and in the new one.
    pub price: Price,
    /// Centre of the new band, ticks: the next intraday trigger is measured from it.
    pub centre: Price,
    /// The new band, ticks.
    pub band: Band,
    /// The haircut for each contract that is closed, cents.
    pub haircut: i64,
    /// Maintenance margin in the new band, cents per contract.
    pub maintenance: i64,
    /// Whether every position is closed.
    pub forced: bool,
    /// Whether the sum of the cash is opened too, for the turnstile.
    pub with_cash: bool,
    /// When it was triggered.
    pub at: Time,
}

/// The band of a session or an epoch: half a band width on either side of `centre`, inside the daily limit.
///
/// `centre` is moved into `limit_band` first, so that the band is never empty and always contains its centre.
#[must_use]
pub fn session_band(centre: Price, limit_band: Band, specification: &Specification) -> Band {
    let centre = limit_band.clamp(centre);
    let half = specification.band_half_width;
    Band {
        lo: limit_band.clamp(Price(centre.0.saturating_sub(half))),
        hi: limit_band.clamp(Price(centre.0.saturating_add(half))),
    }
}

impl EpochTerms {
    /// An intraday epoch: P is the mark, and the centre follows it by at most the trigger distance.
    ///
    /// A note that meets initial margin survives it without a call: an edge moves by at most the trigger distance, and
    /// initial margin is at least maintenance margin plus the trigger distance. P is in the new band because it is at
    /// most half a band width from the old centre, and the trigger distance is less than that.
    #[must_use]
    pub fn intraday(
        trigger: Trigger,
        mark: Price,
        centre: Price,
        closing_band: Band,
        limit_band: Band,
        specification: &Specification,
        at: Time,
    ) -> Self {
        let price = closing_band.clamp(mark);
        let distance = specification.trigger_distance;
        let reach = Band {
            lo: Price(centre.0.saturating_sub(distance)),
            hi: Price(centre.0.saturating_add(distance)),
        };
        let centre = limit_band.clamp(reach.clamp(price));
        Self {
            trigger,
            price,
            centre,
            band: containing(session_band(centre, limit_band, specification), price),
            haircut: specification.haircut,
            maintenance: specification.maintenance_margin,
            forced: false,
            with_cash: false,
            at,
        }
    }

    /// The daily epoch: P is the settlement price moved into the closing band, and the centre of the new one.
    ///
    /// `limit_band` is the next session's daily limit around P.
    #[must_use]
    pub fn daily(
        settlement: Price,
        closing_band: Band,
        limit_band: Band,
        specification: &Specification,
        at: Time,
    ) -> Self {
        let price = closing_band.clamp(settlement);
        Self {
            trigger: Trigger::Settlement,
            price,
            centre: limit_band.clamp(price),
            band: containing(session_band(price, limit_band, specification), price),
            haircut: specification.haircut,
            maintenance: specification.maintenance_margin,
            forced: false,
            with_cash: true,
            at,
        }
    }

    /// The last epoch: every position is closed at the final settlement, moved into the closing band, without haircut.
    ///
    /// The band stays as it is: nobody has a position in it any more.
    #[must_use]
    pub fn expiry(
        final_settlement: Price,
        closing_band: Band,
        specification: &Specification,
        at: Time,
    ) -> Self {
        let price = closing_band.clamp(final_settlement);
        Self {
            trigger: Trigger::Expiry,
            price,
            centre: price,
            band: closing_band,
            haircut: 0,
            maintenance: specification.maintenance_margin,
            forced: true,
            with_cash: true,
            at,
        }
    }

    /// The tear-up that follows the epoch of `self` at once: every position is closed at the same price, without haircut.
    ///
    /// The closing band is the one that the epoch moved to, and it stays.
    #[must_use]
    pub const fn tear_up(&self, at: Time) -> Self {
        Self {
            trigger: Trigger::TearUp,
            haircut: 0,
            forced: true,
            with_cash: false,
            at,
            ..*self
        }
    }

    /// The public inputs of a Refresh, cents.
    #[must_use]
    pub const fn refresh_terms(&self, money: ContractMoney) -> RefreshTerms {
        RefreshTerms {
            mark: money.notional(self.price),
            haircut: self.haircut,
            band: BandCents {
                lo: money.notional(self.band.lo),
                hi: money.notional(self.band.hi),
            },
            maintenance: self.maintenance,
            forced: self.forced,
        }
    }
}

/// The band, widened to `price` if it should lie outside.
///
/// With the limits of a session around its own prior settlement it never does; a Refresh outside of the band would have
/// no proof, so this holds by construction and not by the caller's care.
fn containing(band: Band, price: Price) -> Band {
    Band {
        lo: band.lo.min(price),
        hi: band.hi.max(price),
    }
}

/// The haircut of a note that comes back late, cents per contract.
///
/// It rises linearly from `late_haircut_first` to `late_haircut_last` over `late_haircut_days` trading days of absence,
/// rounded down; after an outage it is the mildest, `haircut`, however long the absence.
#[must_use]
pub fn late_haircut(days_absent: u64, outage: bool, specification: &Specification) -> i64 {
    if outage {
        return specification.haircut;
    }
    let first = specification.late_haircut_first;
    let rise = specification.late_haircut_last.saturating_sub(first);
    let whole = i64::from(specification.late_haircut_days).max(1);
    let days = i64::try_from(days_absent).unwrap_or(i64::MAX).min(whole);
    // Both factors are bounded by the specification: 2^36 cents and 1,000 days.
    first.saturating_add(rise.saturating_mul(days) / whole)
}

/// What a note that was left behind pays: its position is closed at the worse for it of P and the reopening price.
#[must_use]
pub fn lapse_terms(
    price: Price,
    reopening: Price,
    haircut: i64,
    opening_fee: i64,
    money: ContractMoney,
) -> LapseTerms {
    LapseTerms {
        long_price: money.notional(price.min(reopening)),
        short_price: money.notional(price.max(reopening)),
        haircut,
        opening_fee,
    }
}
