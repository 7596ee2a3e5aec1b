//! From what an event of the flow wants to what its trader's wallet sends.

use super::Driver;
use crate::replay::plan::is;
use crate::replay::work::Body;
use tally_bench_data::Intent;
use tally_exchange::market::Market;
use tally_exchange::message::Transaction;
use tally_exchange::units::{OrderId, Price, Quantity, Side, TimeInForce};
use tally_trader::build::ClaimPlan;
use tally_trader::error::WalletError;
use tally_trader::prepared::Prepared;
use tally_trader::request::{OrderRequest, RequestPrice};

impl Driver<'_> {
    /// The message for the event with this index. A price outside the band is moved to its edge.
    pub(super) fn build(&mut self, market: &Market, index: usize) -> Result<Body, WalletError> {
        let event = self.flow.day.flow.events[index];
        let band = market.band();
        let inside = |price: i32| band.clamp(Price(price));
        let body = self.message(market, index, &inside)?;
        if let Intent::Add { price, .. } | Intent::Replace { price, .. } = event.intent
            && inside(price) != Price(price)
        {
            self.flow.moved.insert(index);
        }
        Ok(body)
    }

    fn message(
        &self,
        market: &Market,
        index: usize,
        inside: &dyn Fn(i32) -> Price,
    ) -> Result<Body, WalletError> {
        let event = &self.flow.day.flow.events[index];
        let lineage = self.traders[event.trader as usize].wallet().main();
        let trade = |claim: Option<ClaimPlan>, request| {
            lineage
                .trade(market, claim.as_ref(), &[request])
                .map(|act| Body::Prepared(Prepared::Act(Box::new(act))))
        };
        let instruct = |instruction| {
            Body::Prepared(Prepared::Ready(Box::new(Transaction::Instruction(
                instruction,
            ))))
        };
        match event.intent {
            Intent::Add {
                side,
                price,
                quantity,
                post_only,
                ..
            } => trade(None, add(is(side), inside(price), quantity, post_only)),
            Intent::Market { side, quantity, .. } => {
                trade(None, OrderRequest::market(is(side), Quantity(quantity)))
            }
            Intent::Replace {
                order,
                price,
                quantity,
                ..
            } => {
                let old = self.market_order(order)?;
                let record = market.record(old).ok_or(WalletError::UnknownOrder(old))?;
                if !record.status.is_live() {
                    return Err(tally_exchange::refusal::Refusal::NotLive(old).into());
                }
                let request = add(record.terms.side, inside(price), quantity, false);
                trade(Some(lineage.closing_claim(market, old)?), request)
            }
            Intent::Reduce {
                order,
                remaining_total,
            } => {
                let order = self.market_order(order)?;
                lineage
                    .reduce(market, order, Quantity(remaining_total))
                    .map(instruct)
            }
            Intent::Cancel { order } => lineage
                .cancel(market, self.market_order(order)?)
                .map(instruct),
        }
    }

    /// The market's id of an order of the flow; unknown if its posting was declined.
    fn market_order(&self, order: u32) -> Result<OrderId, WalletError> {
        let known = self.flow.orders.get(order as usize).copied().flatten();
        known.ok_or(WalletError::UnknownOrder(OrderId(0)))
    }
}

fn add(side: Side, price: Price, quantity: u32, post_only: bool) -> OrderRequest {
    OrderRequest {
        side,
        price: RequestPrice::Limit(price),
        quantity: Quantity(quantity),
        time_in_force: TimeInForce::Day,
        post_only,
    }
}

/// The order that an event posts: such an event is an Act.
pub(super) fn new_order(intent: &Intent) -> Option<u32> {
    match *intent {
        Intent::Add { order, .. }
        | Intent::Market { order, .. }
        | Intent::Replace {
            new_order: order, ..
        } => Some(order),
        Intent::Reduce { .. } | Intent::Cancel { .. } => None,
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
