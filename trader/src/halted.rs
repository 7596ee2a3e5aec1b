//! Day orders that a halt cancelled, so that they can be posted again when trading resumes.
//!
//! Their records are claimed before the reopening, and with them goes the market's memory of them. The wallet therefore
//! keeps them from the halt on; and a history keeps those of everybody, so that a recovered wallet knows its own.

use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeMap;
use tally_exchange::calendar::Date;
use tally_exchange::market::Market;
use tally_exchange::message::OrderTerms;
use tally_exchange::receipt::Phase;
use tally_exchange::record::{OrderStatus, Record};
use tally_exchange::units::{OrderId, Quantity, TimeInForce};

/// An order that a halt cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HaltedOrder {
    /// The epoch that the halt ended.
    pub epoch: u64,
    /// The session in which it was.
    pub date: Date,
    /// The terms under which it was posted.
    pub terms: OrderTerms,
    /// Contracts that were still open.
    pub rest: Quantity,
}

impl HaltedOrder {
    /// The order behind a record, if the halt that the market is in has cancelled it.
    pub(crate) fn of(market: &Market, record: &Record) -> Option<Self> {
        let rest = record.total.0.saturating_sub(record.filled.0);
        let was_open = record.epoch == market.epoch()
            && record.status == OrderStatus::Revalidation
            && record.terms.time_in_force == TimeInForce::Day
            && rest > 0;
        was_open.then_some(Self {
            epoch: record.epoch,
            date: market.session().date,
            terms: record.terms,
            rest: Quantity(rest),
        })
    }

    /// Whether trading may still resume for this order: after the session's close, or in the epoch after next, not.
    pub(crate) fn is_pending(&self, market: &Market) -> bool {
        let is_same_session = matches!(
            market.phase(),
            Phase::Halted | Phase::PreOpen | Phase::Continuous | Phase::AfterSettlement
        );
        is_same_session
            && market.session().date == self.date
            && market.epoch() <= self.epoch.saturating_add(1)
    }
}

/// Everybody's orders that the last halt cancelled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Halts {
    epoch: Option<u64>,
    orders: BTreeMap<OrderId, HaltedOrder>,
}

impl Halts {
    /// Looks at the market at the end of a block.
    pub(crate) fn end_block(&mut self, market: &Market) {
        let epoch = market.epoch();
        if market.phase() == Phase::Halted && self.epoch != Some(epoch) {
            self.epoch = Some(epoch);
            self.orders = market
                .records()
                .filter_map(|(id, record)| Some((id, HaltedOrder::of(market, record)?)))
                .collect();
        }
        self.orders.retain(|_, order| order.is_pending(market));
    }

    pub(crate) fn get(&self, order: OrderId) -> Option<&HaltedOrder> {
        self.orders.get(&order)
    }
}
