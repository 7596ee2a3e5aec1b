//! From what an event of the flow wants to what its trader's wallet sends.

use super::Driver;
use crate::flow;
use crate::replay::work::Body;
use tally_bench_data::Intent;
use tally_exchange::market::Market;
use tally_exchange::units::Price;
use tally_trader::error::WalletError;

impl Driver<'_> {
    /// The message for the event with this index. A price outside the band is moved to its edge.
    pub(super) fn build(&mut self, market: &Market, index: usize) -> Result<Body, WalletError> {
        let event = self.flow.day.flow.events[index];
        let lineage = self.traders[event.trader as usize].wallet().main();
        let message = flow::message(&event.intent, lineage, market, &self.flow.orders, None)?;
        if let Intent::Add { price, .. } | Intent::Replace { price, .. } = event.intent
            && !market.band().contains(Price(price))
        {
            self.flow.moved.insert(index);
        }
        Ok(Body::Prepared(message))
    }
}

/// The order that an event changes.
pub(super) fn old_order(intent: &Intent) -> Option<u32> {
    match *intent {
        Intent::Replace { order, .. } | Intent::Reduce { order, .. } | Intent::Cancel { order } => {
            Some(order)
        }
        Intent::Add { .. } | Intent::Market { .. } => None,
    }
}
