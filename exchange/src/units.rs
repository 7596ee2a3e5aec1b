//! The units of the exchange as types: prices, quantities, instants, sides, identifiers.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A price in ticks, signed: some contracts trade below zero.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Price(pub i32);

/// A number of contracts, never negative.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Quantity(pub u32);

/// An instant in microseconds since the Unix epoch, UTC. It always comes from a block, never from a clock.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub u64);

/// One million: microseconds in a second.
pub const MICROSECONDS_PER_SECOND: u64 = 1_000_000;

impl Time {
    /// The instant `seconds` later, saturating at the end of time.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        Self(
            self.0
                .saturating_add(seconds.saturating_mul(MICROSECONDS_PER_SECOND)),
        )
    }

    /// The instant `seconds` earlier, saturating at the Unix epoch.
    #[must_use]
    pub const fn minus_seconds(self, seconds: u64) -> Self {
        Self(
            self.0
                .saturating_sub(seconds.saturating_mul(MICROSECONDS_PER_SECOND)),
        )
    }
}

/// The number of an order in its market, given in the order of inclusion, from 1.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct OrderId(pub u64);

/// The side of an order.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[borsh(use_discriminant = true)]
pub enum Side {
    /// Buys contracts.
    Buy = 0,
    /// Sells contracts.
    Sell = 1,
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// Whether an order of this side limited at `limit` accepts to trade at `price`.
    #[must_use]
    pub const fn accepts(self, limit: Price, price: Price) -> bool {
        match self {
            Self::Buy => price.0 <= limit.0,
            Self::Sell => price.0 >= limit.0,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        })
    }
}

/// How long an order may wait for a counterparty.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[borsh(use_discriminant = true)]
pub enum TimeInForce {
    /// Rests until the end of the session.
    Day = 0,
    /// Immediate or cancel: trades what it can at once, the rest is cancelled.
    Ioc = 1,
    /// Fill or kill: trades all of its quantity at once or nothing.
    Fok = 2,
}

/// The lowest and the highest price at which orders may be posted and trades may print, both inclusive, in ticks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Band {
    /// Lowest price, ticks.
    pub lo: Price,
    /// Highest price, ticks.
    pub hi: Price,
}

impl Band {
    /// Whether `price` lies in the band, edges included.
    #[must_use]
    pub const fn contains(self, price: Price) -> bool {
        self.lo.0 <= price.0 && price.0 <= self.hi.0
    }

    /// The price in the band that is nearest to `price`.
    #[must_use]
    pub fn clamp(self, price: Price) -> Price {
        Price(price.0.clamp(self.lo.0, self.hi.0))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
