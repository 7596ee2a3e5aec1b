//! What a report says of epochs and key generations.

use serde::Serialize;
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::message::Symbol;
use tally_exchange::receipt::Offence;

/// A price band, cents per pound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedBand {
    /// Lower edge.
    pub lo: String,
    /// Upper edge.
    pub hi: String,
}

/// A seat that lost its bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SlashedSeat {
    /// Its number.
    pub seat: u32,
    /// For what.
    pub offence: Offence,
}

/// One epoch's end. Of absent and distressed traders it says how many they were, which nobody but the replay knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EpochReport {
    /// The contract month.
    pub market: Symbol,
    /// The epoch that closed.
    pub epoch: u64,
    /// Why it closed.
    pub trigger: Trigger,
    /// The new band.
    pub band: ReportedBand,
    /// P: the price at which everybody was revalued, cents per pound.
    pub price: String,
    /// Notes that were expected in the window.
    pub expected: u64,
    /// Notes that came.
    pub refreshed: u64,
    /// How often the window was extended.
    pub extended: u32,
    /// Whether a third or more were missing to the end.
    pub outage: bool,
    /// L: the clearing account's position afterwards, contracts; none while the sums are closed.
    #[serde(rename = "liquidated_L")]
    pub liquidated: Option<i64>,
    /// What L must be by the traders' secrets, contracts.
    #[serde(rename = "left_L")]
    pub left: i64,
    /// X: what the absent are owed plus haircuts, cents, where cash was opened.
    #[serde(rename = "turnstile_X")]
    pub turnstile: Option<i64>,
    /// What X must be by the traders' secrets, cents.
    #[serde(rename = "owed_X")]
    pub owed: Option<i64>,
    /// Notes whose owners were not there.
    pub absent: u64,
    /// Notes whose positions were cut back.
    pub distressed: u64,
    /// Valid decryption shares.
    pub shares_ok: u64,
    /// Seats that lost their bonds for their share.
    pub slashed: Vec<SlashedSeat>,
    /// From the trigger until trading went on, seconds of the market's time; zero after the close.
    pub halt_s: f64,
}

/// One key generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyGenerationReport {
    /// The contract month.
    pub market: Symbol,
    /// Its number.
    pub round: u64,
    /// Seats that took part.
    pub seats: u64,
    /// Seats whose dealings don't count.
    pub excluded: u64,
    /// Whether a joint key came of it.
    pub made: bool,
    /// Seats that lost their bonds.
    pub slashed: Vec<SlashedSeat>,
}
