//! The daily settlement (CME rulebook 152 for Lean Hogs): one price a session, and how it was found.
//!
//! 1. The volume-weighted average of the trades in the settlement window `[settlement time - window, settlement time)`,
//!    start included and end excluded, to the nearest tick; a value just between two ticks goes to the one nearer to
//!    the prior settlement.
//! 2. Without a trade in the window: the last trade of the session before the settlement time, moved to a bid above it
//!    or an ask below it that rested long enough.
//! 3. Without any trade: the prior settlement, moved likewise.
//!
//! The result is moved into the closing band. Trades from the settlement time on count for nothing.

use crate::units::{Band, Price, Quantity, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use std::fmt;
use std::io::{Error, ErrorKind, Read};
use thiserror::Error;

/// How a settlement was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
pub enum SettlementTier {
    /// Volume-weighted average of the settlement window.
    WindowVwap = 1,
    /// The last trade of the session, moved to a resting bid or ask.
    LastTrade = 2,
    /// The prior settlement, moved to a resting bid or ask.
    PriorSettlement = 3,
}

impl fmt::Display for SettlementTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WindowVwap => "window-vwap",
            Self::LastTrade => "last-trade",
            Self::PriorSettlement => "prior-settlement",
        })
    }
}

/// A settlement price and how it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Settlement {
    /// The price, ticks.
    pub price: Price,
    /// How it was found.
    pub tier: SettlementTier,
}

/// What keeps a settlement from being accumulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SettlementError {
    /// The settlement window is empty.
    #[error(
        "the settlement window starts at {start} and ends at {end} microseconds: give it a start before its end"
    )]
    EmptyWindow {
        /// First instant of the window, microseconds since the Unix epoch.
        start: u64,
        /// The settlement time, microseconds since the Unix epoch.
        end: u64,
    },
    /// More contracts in the window than can be counted.
    #[error(
        "a trade of {quantity} contracts overflows the {contracts} already in the settlement window: nothing was counted"
    )]
    Overflow {
        /// Contracts of the trade.
        quantity: u32,
        /// Contracts counted before.
        contracts: u64,
    },
}

/// The trades of one session, as far as the settlement needs them. Bounded: it keeps sums, never the trades.
///
/// Invariants: the window is not empty; `|value| <= contracts * 2^31`; contracts imply a last trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize)]
pub struct SettlementWindow {
    prior: Price,
    start: Time,
    end: Time,
    /// Sum of price times quantity in the window, ticks times contracts.
    value: i128,
    contracts: u64,
    last: Option<Price>,
}

impl SettlementWindow {
    /// A window of `seconds` before `settlement_time`; `prior` is the prior settlement.
    ///
    /// # Errors
    /// The window is empty.
    pub fn new(prior: Price, settlement_time: Time, seconds: u64) -> Result<Self, SettlementError> {
        let start = settlement_time.minus_seconds(seconds);
        if start >= settlement_time {
            return Err(SettlementError::EmptyWindow {
                start: start.0,
                end: settlement_time.0,
            });
        }
        Ok(Self {
            prior,
            start,
            end: settlement_time,
            value: 0,
            contracts: 0,
            last: None,
        })
    }

    /// The prior settlement.
    #[must_use]
    pub const fn prior(&self) -> Price {
        self.prior
    }

    /// Contracts traded in the window so far.
    #[must_use]
    pub const fn contracts(&self) -> u64 {
        self.contracts
    }

    /// Takes note of a trade, in the order of trading. Zero contracts and trades from the settlement time on change nothing.
    ///
    /// # Errors
    /// The window holds more contracts than 64 bits count; nothing changes then.
    pub fn trade(
        &mut self,
        time: Time,
        price: Price,
        quantity: Quantity,
    ) -> Result<(), SettlementError> {
        if time >= self.end || quantity.0 == 0 {
            return Ok(());
        }
        if time >= self.start {
            let overflow = SettlementError::Overflow {
                quantity: quantity.0,
                contracts: self.contracts,
            };
            let contracts = self
                .contracts
                .checked_add(u64::from(quantity.0))
                .ok_or(overflow)?;
            let value = i128::from(price.0) * i128::from(quantity.0);
            self.value = self.value.checked_add(value).ok_or(overflow)?;
            self.contracts = contracts;
        }
        self.last = Some(price);
        Ok(())
    }

    /// The settlement of the session. `rested_bid` and `rested_ask` are the best bid and ask that rested long enough, if
    /// any; they matter without a trade in the window only. A book never rests crossed; if both would move the price,
    /// the bid does.
    #[must_use]
    pub fn settle(
        &self,
        rested_bid: Option<Price>,
        rested_ask: Option<Price>,
        closing_band: Band,
    ) -> Settlement {
        let moved = |price: Price| match (rested_bid, rested_ask) {
            (Some(bid), _) if bid > price => bid,
            (_, Some(ask)) if ask < price => ask,
            _ => price,
        };
        let (price, tier) = match (self.average(), self.last) {
            (Some(average), _) => (average, SettlementTier::WindowVwap),
            (None, Some(last)) => (moved(last), SettlementTier::LastTrade),
            (None, None) => (moved(self.prior), SettlementTier::PriorSettlement),
        };
        Settlement {
            price: closing_band.clamp(price),
            tier,
        }
    }

    /// The volume-weighted average of the window to the nearest tick, ties towards the prior settlement.
    fn average(&self) -> Option<Price> {
        if self.contracts == 0 {
            return None;
        }
        let contracts = i128::from(self.contracts);
        let below = self.value.div_euclid(contracts);
        // Below 2^64, so that twice it fits.
        let twice_rest = 2 * self.value.rem_euclid(contracts);
        let up = match twice_rest.cmp(&contracts) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => i128::from(self.prior.0) > below,
        };
        // An average of 32-bit prices lies between the least and the largest of them.
        i32::try_from(below + i128::from(up)).ok().map(Price)
    }

    fn check(&self) -> Result<(), &'static str> {
        let contracts = i128::from(self.contracts);
        let possible = contracts * i128::from(i32::MIN)..=contracts * i128::from(i32::MAX);
        if self.start >= self.end {
            return Err("settlement: the window is empty");
        }
        if !possible.contains(&self.value) {
            return Err("settlement: the value is impossible for the contracts");
        }
        if self.contracts > 0 && self.last.is_none() {
            return Err("settlement: contracts without a last trade");
        }
        Ok(())
    }
}

impl BorshDeserialize for SettlementWindow {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let window = Self {
            prior: Price::deserialize_reader(reader)?,
            start: Time::deserialize_reader(reader)?,
            end: Time::deserialize_reader(reader)?,
            value: i128::deserialize_reader(reader)?,
            contracts: u64::deserialize_reader(reader)?,
            last: Option::deserialize_reader(reader)?,
        };
        window
            .check()
            .map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        Ok(window)
    }
}
