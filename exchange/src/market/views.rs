//! What can be read from a market without changing it.

use super::{ChainId, Funds, Market};
use crate::book::{Book, Level};
use crate::calendar::Session;
use crate::message::Symbol;
use crate::receipt::Phase;
use crate::record::{ContractMoney, Record};
use crate::settlement::Settlement;
use crate::specification::Specification;
use crate::units::{Band, OrderId, Price, Quantity, Side, Time};
use tally_circuits::field::Element;
use tally_circuits::margin::BandCents;

impl Market {
    /// The chain this market lives on.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        self.chain
    }

    /// The contract month.
    #[must_use]
    pub const fn symbol(&self) -> Symbol {
        self.symbol
    }

    /// The market's name inside commitments and nullifiers.
    #[must_use]
    pub const fn market_element(&self) -> Element {
        self.market_element
    }

    /// The contract's numbers.
    #[must_use]
    pub const fn specification(&self) -> &Specification {
        &self.specification
    }

    /// The session that is traded, or after its close the one that was.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The settlement price of the day before, ticks.
    #[must_use]
    pub const fn prior_settlement(&self) -> Price {
        self.day.prior_settlement
    }

    /// The band, ticks.
    #[must_use]
    pub const fn band(&self) -> Band {
        self.day.band
    }

    /// The centre of the band, ticks: the trigger distance is measured from it.
    #[must_use]
    pub const fn centre(&self) -> Price {
        self.day.centre
    }

    /// The band's edges times the tick value, cents.
    #[must_use]
    pub const fn band_cents(&self) -> BandCents {
        self.band_in_cents(self.day.band)
    }

    pub(super) const fn band_in_cents(&self, band: Band) -> BandCents {
        BandCents {
            lo: self.money.notional(band.lo),
            hi: self.money.notional(band.hi),
        }
    }

    /// What one contract is worth and costs.
    #[must_use]
    pub const fn money(&self) -> ContractMoney {
        self.money
    }

    /// Height of the last executed block, or of the one that is being executed.
    #[must_use]
    pub const fn height(&self) -> u64 {
        self.height
    }

    /// Time of that block.
    #[must_use]
    pub const fn time(&self) -> Time {
        self.time
    }

    /// The part of the day.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether a nullifier is spent.
    #[must_use]
    pub fn is_spent(&self, nullifier: &Element) -> bool {
        self.nullifiers.contains(nullifier)
    }

    /// The record of an order, if it has not been claimed to the end.
    #[must_use]
    pub fn record(&self, order: OrderId) -> Option<&Record> {
        self.records
            .get(&order)
            .or_else(|| self.closed_records.get(&order))
    }

    /// All records that have not been claimed to the end, by order id.
    pub fn records(&self) -> impl Iterator<Item = (OrderId, &Record)> {
        // Those of closed epochs have the lower ids.
        self.closed_records
            .iter()
            .chain(&self.records)
            .map(|(id, record)| (*id, record))
    }

    /// How many records have not been claimed to the end.
    #[must_use]
    pub fn record_count(&self) -> usize {
        self.closed_records.len() + self.records.len()
    }

    /// The order book.
    #[must_use]
    pub const fn book(&self) -> &Book {
        &self.day.book
    }

    /// The best `levels` price levels of a side, best first.
    #[must_use]
    pub fn depth(&self, side: Side, levels: usize) -> Vec<Level> {
        self.day.book.depth(side, levels)
    }

    /// The mark at the last block end, ticks.
    #[must_use]
    pub const fn mark(&self) -> Price {
        self.day.mark.current()
    }

    /// The day's settlement, once it is known.
    #[must_use]
    pub const fn settlement(&self) -> Option<Settlement> {
        self.day.settlement
    }

    /// Cash outside the traders' notes.
    #[must_use]
    pub const fn funds(&self) -> Funds {
        self.funds
    }

    /// Contracts traded so far, each match counted once.
    #[must_use]
    pub const fn contracts_traded(&self) -> u64 {
        self.contracts_traded
    }

    /// The limit price of a market order: the best opposite price plus or minus the protection, inside the band.
    ///
    /// `None` if nobody stands on the opposite side.
    #[must_use]
    pub fn protection_price(&self, side: Side) -> Option<Price> {
        self.day
            .book
            .protection_price(side, self.specification.market_protection.unsigned_abs())
    }

    /// The largest quantity of one order.
    #[must_use]
    pub const fn order_limit(&self) -> Quantity {
        self.specification.order_limit
    }
}
