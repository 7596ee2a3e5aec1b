//! What the simulated traders hold, for whoever runs the sandbox.

use serde::Serialize;
use tally_exchange::receipt::Phase;

/// The sandbox at a height.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SandboxStatus {
    /// Height of the last block that the simulated traders have taken in.
    pub height: u64,
    /// Its time, microseconds since 1970 in UTC.
    pub time: u64,
    /// The contract month that trades now or next.
    pub contract: String,
    /// The day that trades, or the next one.
    pub day: String,
    /// The part of the day.
    pub phase: Phase,
    /// Number of the contract month's present epoch.
    pub epoch: u64,
    /// Contracts of the clearing account.
    pub clearing: i64,
    /// The simulated traders.
    pub traders: Vec<SandboxTrader>,
}

/// One simulated trader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SandboxTrader {
    /// Its number; the first three make the market.
    pub trader: u32,
    /// The epoch of its note; none without a note.
    pub epoch: Option<u64>,
    /// Contracts, fills that are not claimed yet included.
    pub position: i64,
    /// Cents in the note.
    pub cash: i64,
    /// Statements of its note so far.
    pub steps: u64,
    /// Whether it has a decryptor's seat.
    pub has_seat: bool,
}
