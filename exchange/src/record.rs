//! The record of an order: its fills, and what of its reservation still stands in the owner's note.

use crate::message::OrderTerms;
use crate::units::{Price, Quantity, Side};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tally_circuits::field::Element;
use tally_circuits::note::Deltas;

/// One fill of an order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct RecordFill {
    /// The price of the resting order, ticks.
    pub price: Price,
    /// Contracts, never zero.
    pub quantity: Quantity,
}

/// Where an order stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[borsh(use_discriminant = true)]
pub enum OrderStatus {
    /// Resting, in the book or waiting for the opening.
    Live = 0,
    /// Filled completely.
    Filled = 1,
    /// Cancelled by its key, by a claim that closes it, or by a replace.
    Cancelled = 2,
    /// The rest of an IOC order that found no counterparty.
    Expired = 3,
    /// A FOK order that could not be filled at once.
    Killed = 4,
    /// A post-only order that would have taken.
    WouldTake = 5,
    /// The market could not take it: closed, or before the opening for IOC, FOK and post-only.
    NotTaken = 6,
    /// Cancelled by the end of the session.
    SessionEnd = 7,
    /// Cancelled by a revalidation within the session.
    Revalidation = 8,
}

impl OrderStatus {
    /// Whether the order can still trade.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Live)
    }
}

/// The record of one order, kept until it is claimed to the end.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Record {
    /// The epoch in which the order was posted: only there it is claimed.
    pub epoch: u64,
    /// The tag that owns it.
    pub tag: Element,
    /// The tag of the Act that posted it: a move changes the owner's tag, not the order's place in the queue.
    pub posted_under: Element,
    /// The terms under which it was posted.
    pub terms: OrderTerms,
    /// Total quantity now, reductions applied, fills included.
    pub total: Quantity,
    /// Contracts filled so far, credited or not.
    pub filled: Quantity,
    /// Fills credited to the owner's note by earlier claims.
    pub credited: u32,
    /// The fills that are not yet credited, oldest first: fill number `credited` and on.
    pub fills: Vec<RecordFill>,
    /// Contracts still reserved for this order in the owner's note.
    pub reserved: Quantity,
    /// Where the order stands.
    pub status: OrderStatus,
}

/// What an order's terms leave open for the arithmetic of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractMoney {
    /// Cents per tick per contract.
    pub tick_value: i64,
    /// Fee in cents per contract and side.
    pub fee: i64,
}

impl ContractMoney {
    /// Notional of one contract at `price`, cents.
    #[must_use]
    pub const fn notional(self, price: Price) -> i64 {
        // |price| < 2^31 and tick_value <= 2^30 by the specification's bounds: no overflow.
        price.0 as i64 * self.tick_value
    }

    /// What `quantity` contracts on `side` at `price` cost (buys) or bring in (sells), fee included, cents.
    ///
    /// `None` if it does not fit 64 bits.
    #[must_use]
    pub fn cost(self, side: Side, price: Price, quantity: Quantity) -> Option<i64> {
        let each = match side {
            Side::Buy => self.notional(price).checked_add(self.fee)?,
            Side::Sell => self.notional(price).checked_sub(self.fee)?,
        };
        each.checked_mul(i64::from(quantity.0))
    }

    /// The change of a note that reserves (`sign` 1) or releases (`sign` -1) `quantity` contracts at `limit`.
    #[must_use]
    pub fn reservation(
        self,
        side: Side,
        limit: Price,
        quantity: Quantity,
        sign: i64,
    ) -> Option<Deltas> {
        let contracts = i64::from(quantity.0) * sign;
        let cost = self.cost(side, limit, quantity)?.checked_mul(sign)?;
        Some(match side {
            Side::Buy => Deltas {
                buy_quantity: contracts,
                buy_cost: cost,
                ..Deltas::default()
            },
            Side::Sell => Deltas {
                sell_quantity: contracts,
                sell_cost: cost,
                ..Deltas::default()
            },
        })
    }

    /// The change of a note that takes over one fill: cash against position.
    #[must_use]
    pub fn fill(self, side: Side, fill: RecordFill) -> Option<Deltas> {
        let cost = self.cost(side, fill.price, fill.quantity)?;
        let contracts = i64::from(fill.quantity.0);
        Some(match side {
            Side::Buy => Deltas {
                cash: cost.checked_neg()?,
                position: contracts,
                ..Deltas::default()
            },
            Side::Sell => Deltas {
                cash: cost,
                position: -contracts,
                ..Deltas::default()
            },
        })
    }
}

impl Record {
    /// The record of an order that has just been posted.
    #[must_use]
    pub const fn new(epoch: u64, tag: Element, terms: OrderTerms, status: OrderStatus) -> Self {
        Self {
            epoch,
            tag,
            posted_under: tag,
            terms,
            total: terms.quantity,
            filled: Quantity(0),
            credited: 0,
            fills: Vec::new(),
            reserved: terms.quantity,
            status,
        }
    }

    /// How many fills the order has had, credited ones included.
    #[must_use]
    pub fn fill_count(&self) -> u32 {
        // An order's fills are at most its quantity, a u32.
        self.credited
            .saturating_add(u32::try_from(self.fills.len()).unwrap_or(u32::MAX))
    }

    /// The fills that a claim of the first `fills` fills credits; `None` if the order has had fewer, or some were credited before.
    #[must_use]
    pub fn fills_to_credit(&self, fills: u32) -> Option<&[RecordFill]> {
        let count = usize::try_from(fills.checked_sub(self.credited)?).ok()?;
        self.fills.get(..count)
    }

    /// The change of the owner's note if the first `fills` fills are credited and `release` of the reservation goes.
    fn claim_deltas(
        &self,
        money: ContractMoney,
        credited: &[RecordFill],
        release: Quantity,
    ) -> Option<Deltas> {
        let side = self.terms.side;
        let mut deltas = money.reservation(side, self.terms.limit, release, -1)?;
        for fill in credited {
            deltas = deltas.checked_add(&money.fill(side, *fill)?)?;
        }
        Some(deltas)
    }

    /// The change of the owner's note by a claim that closes the record at `fills` fills.
    ///
    /// It depends only on the first `fills` fills and on the reservation, which only the owner's own Acts change:
    /// so it is the same when the proof is made and when the Act is included.
    #[must_use]
    pub fn closing_deltas(&self, money: ContractMoney, fills: u32) -> Option<Deltas> {
        self.claim_deltas(money, self.fills_to_credit(fills)?, self.reserved)
    }

    /// The change of the owner's note by a claim that credits `fills` fills and moves the rest.
    #[must_use]
    pub fn moving_deltas(&self, money: ContractMoney, fills: u32) -> Option<Deltas> {
        let credited = self.fills_to_credit(fills)?;
        self.claim_deltas(money, credited, sum(credited)?)
    }

    /// Carries out a move: the first `fills` fills are credited, the rest stands under `tag`.
    ///
    /// Returns whether anything is left of the record.
    pub fn move_rest(&mut self, fills: u32, tag: Element) -> bool {
        let count = fills.saturating_sub(self.credited) as usize;
        let count = count.min(self.fills.len());
        let credited: u32 = self.fills.drain(..count).map(|fill| fill.quantity.0).sum();
        self.credited = fills;
        self.reserved = Quantity(self.reserved.0.saturating_sub(credited));
        self.tag = tag;
        self.status.is_live() || self.reserved.0 > 0
    }
}

/// The contracts of some fills together.
fn sum(fills: &[RecordFill]) -> Option<Quantity> {
    fills
        .iter()
        .try_fold(0_u32, |sum, fill| sum.checked_add(fill.quantity.0))
        .map(Quantity)
}
