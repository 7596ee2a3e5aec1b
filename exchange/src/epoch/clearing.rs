//! The clearing account: it takes what absent and distressed traders left, at P, and works it off in the book.
//!
//! A position longer than zero is sold, one shorter is bought back. The quote starts at P in the uncrossing and then
//! walks one tick a block towards the band edge on the side that costs the account: down when it sells, up when it buys.
//!
//! **Why it stops.** Whoever stayed away with a long position was closed at `min(P, reopening) * tau - h_late`, with
//! h_late >= h, the haircut. The account never sells below `min(P, reopening) - floor(h / tau)`: what somebody left
//! behind can't be bought back from it for less than the leaver got for it. Whoever was cut back was closed at
//! `P * tau - h`; buying it back here is at best what selling at P and buying at the reopening price would have been.
//! And what the account gives away on a contract below the reopening price is covered by the haircut that was taken for
//! it. Mirrored for shorts. The bound is h and not h_late because the merged position does not tell one leaver from
//! another, nor a day's absence from an outage, after which all pay h.
//!
//! **How much.** In the uncrossing the whole remainder stands at P, where nobody gains by leaving; nothing is counted
//! there. Afterwards the account's own trades stay within one in `clearing_share` of what *others* trade among themselves
//! after the uncrossing: stricter than a share of all trades, and its own trades never enlarge its allowance. Somebody can
//! enlarge it by trading with himself, at two fees for every contract. He can then buy sooner what was for sale anyhow,
//! but not below the bound above; so if it was he who left it, he has lost the fees on top.

use crate::record::ContractMoney;
use crate::units::{Band, Price, Quantity, Side};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// The account's position and cash.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize,
)]
pub struct Clearing {
    /// Contracts, signed.
    pub position: i64,
    /// Cents, notional included: after a sweep it is minus the position at P.
    pub cash: i64,
}

/// An amount of the clearing account leaves 64 bits: no market of this size exists, and trading can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clearing account's position or cash leaves 64 bits; halt the market")]
pub struct ClearingOverflow;

/// What bounds the account's quote after a reopening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct QuoteTerms {
    /// P of the epoch, ticks.
    pub price: Price,
    /// The reopening price, ticks: P until the uncrossing, and after it if nothing traded in it.
    pub reopening: Price,
    /// The band, ticks.
    pub band: Band,
    /// h, the least that any leaver paid for a contract, cents: the specification's `haircut`.
    pub haircut: i64,
    /// tau, cents per tick and contract.
    pub tick_value: i64,
    /// The account trades at most one contract for this many that others trade.
    pub clearing_share: u32,
}

/// What was traded since the uncrossing, contracts, each match counted once; the uncrossing itself is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TradedVolume {
    /// By others among themselves.
    pub others: u64,
    /// With the clearing account.
    pub own: u64,
}

/// An order of the clearing account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Sells what is long, buys back what is short.
    pub side: Side,
    /// Limit, ticks.
    pub price: Price,
    /// Contracts, never zero.
    pub quantity: Quantity,
}

impl TradedVolume {
    /// Takes note of a match after the uncrossing.
    pub const fn count(&mut self, quantity: Quantity, with_clearing: bool) {
        let counter = if with_clearing {
            &mut self.own
        } else {
            &mut self.others
        };
        *counter = counter.saturating_add(quantity.0 as u64);
    }

    /// How many contracts the account may still trade.
    #[must_use]
    pub fn allowance(&self, clearing_share: u32) -> u64 {
        (self.others / u64::from(clearing_share.max(1))).saturating_sub(self.own)
    }
}

impl QuoteTerms {
    /// The limit of an order that closes on `side`, `blocks` blocks after the block of the uncrossing.
    ///
    /// In the uncrossing (`blocks` zero) it is P.
    #[must_use]
    pub fn limit(&self, side: Side, blocks: u64) -> Price {
        let walked = i32::try_from(blocks).unwrap_or(i32::MAX);
        // A negative haircut or a tick value below one is refused by the specification.
        let discount = self.haircut.max(0) / self.tick_value.max(1);
        let discount = i32::try_from(discount).unwrap_or(i32::MAX);
        let price = match side {
            Side::Sell => {
                let floor = self.price.min(self.reopening).0.saturating_sub(discount);
                self.price.0.saturating_sub(walked).max(floor)
            }
            Side::Buy => {
                let ceiling = self.price.max(self.reopening).0.saturating_add(discount);
                self.price.0.saturating_add(walked).min(ceiling)
            }
        };
        self.band.clamp(Price(price))
    }
}

impl Clearing {
    /// The side on which the position is closed; none without a position.
    #[must_use]
    pub const fn closing_side(&self) -> Option<Side> {
        match self.position {
            0 => None,
            1.. => Some(Side::Sell),
            _ => Some(Side::Buy),
        }
    }

    /// What stands in the uncrossing: the whole remainder at P.
    #[must_use]
    pub fn uncrossing_quote(&self, terms: &QuoteTerms) -> Option<Quote> {
        let side = self.closing_side()?;
        self.quote_of(side, terms.limit(side, 0), u64::MAX)
    }

    /// What stands in the book `blocks` blocks after the block of the uncrossing; none while the allowance is used up.
    #[must_use]
    pub fn quote(&self, terms: &QuoteTerms, blocks: u64, volume: TradedVolume) -> Option<Quote> {
        let side = self.closing_side()?;
        let most = volume.allowance(terms.clearing_share);
        self.quote_of(side, terms.limit(side, blocks), most)
    }

    fn quote_of(&self, side: Side, price: Price, most: u64) -> Option<Quote> {
        let contracts = self.position.unsigned_abs().min(most);
        let quantity = Quantity(u32::try_from(contracts).unwrap_or(u32::MAX));
        (quantity.0 > 0).then_some(Quote {
            side,
            price,
            quantity,
        })
    }

    /// Takes the opened sum: its whole position becomes `position`, the difference changing hands at P.
    ///
    /// # Errors
    /// [`ClearingOverflow`]; nothing has changed.
    pub fn take(
        &mut self,
        position: i64,
        price: Price,
        money: ContractMoney,
    ) -> Result<(), ClearingOverflow> {
        let change = position
            .checked_sub(self.position)
            .ok_or(ClearingOverflow)?;
        self.exchange(change, price, money)
    }

    /// Takes note of a trade of the account on `side`. It pays no fee.
    ///
    /// # Errors
    /// [`ClearingOverflow`]; nothing has changed.
    pub fn trade(
        &mut self,
        side: Side,
        price: Price,
        quantity: Quantity,
        money: ContractMoney,
    ) -> Result<(), ClearingOverflow> {
        let contracts = i64::from(quantity.0);
        let change = match side {
            Side::Buy => contracts,
            Side::Sell => -contracts,
        };
        self.exchange(change, price, money)
    }

    fn exchange(
        &mut self,
        contracts: i64,
        price: Price,
        money: ContractMoney,
    ) -> Result<(), ClearingOverflow> {
        let paid = contracts.checked_mul(money.notional(price));
        let position = self.position.checked_add(contracts);
        let cash = paid.and_then(|paid| self.cash.checked_sub(paid));
        (self.position, self.cash) = position.zip(cash).ok_or(ClearingOverflow)?;
        Ok(())
    }

    /// Moves the account's equity at `price` to the fund and returns it, cents: negative if the fund pays.
    ///
    /// # Errors
    /// [`ClearingOverflow`]; nothing has changed.
    pub fn sweep(&mut self, price: Price, money: ContractMoney) -> Result<i64, ClearingOverflow> {
        let value = self.position.checked_mul(money.notional(price));
        let value = value.ok_or(ClearingOverflow)?;
        let equity = self.cash.checked_add(value).ok_or(ClearingOverflow)?;
        self.cash = value.checked_neg().ok_or(ClearingOverflow)?;
        Ok(equity)
    }

    /// Whether fund and account together are solvent wherever the price goes in the band: at its lower edge if the
    /// position is long, at its upper if it is short.
    #[must_use]
    pub fn is_covered(&self, fund: i64, band: Band, money: ContractMoney) -> bool {
        let edge = if self.position > 0 { band.lo } else { band.hi };
        let value = i128::from(self.position) * i128::from(money.notional(edge));
        i128::from(fund) + i128::from(self.cash) + value >= 0
    }
}
