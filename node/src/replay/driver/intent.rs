//! From what an event of the flow wants to what its trader's wallet sends.

use super::Driver;
use crate::entry::Entry;
use crate::replay::work::Body;
use tally_bench_data::{FlowEvent, Intent, Side as FlowSide};
use tally_exchange::market::Market;
use tally_exchange::message::Transaction;
use tally_exchange::units::{OrderId, Price, Quantity, Side, TimeInForce};
use tally_trader::build::ClaimPlan;
use tally_trader::error::WalletError;
use tally_trader::request::{OrderRequest, RequestPrice};

impl Driver<'_> {
    pub(super) fn time_of(&self, event: &FlowEvent) -> u64 {
        self.day.session.open.0.saturating_add_signed(event.at)
    }

    pub(super) fn build(&self, market: &Market, event: &FlowEvent) -> Result<Body, WalletError> {
        let lineage = self.wallets[event.trader as usize].main();
        let trade = |claim: Option<ClaimPlan>, request| {
            lineage
                .trade(market, claim.as_ref(), &[request])
                .map(|act| Body::Act(Box::new(act)))
        };
        let instruct =
            |instruction| Body::Ready(Entry::Market(Transaction::Instruction(instruction)));
        match event.intent {
            Intent::Add {
                side,
                price,
                quantity,
                post_only,
                ..
            } => trade(None, add(self::side(side), price, quantity, post_only)),
            Intent::Market { side, quantity, .. } => trade(
                None,
                OrderRequest::market(self::side(side), Quantity(quantity)),
            ),
            Intent::Replace {
                order,
                price,
                quantity,
                ..
            } => {
                let old = self.market_order(order)?;
                let record = market.record(old).ok_or(WalletError::UnknownOrder(old))?;
                let request = add(record.terms.side, price, quantity, false);
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
        let known = self.orders.get(order as usize).copied().flatten();
        known.ok_or(WalletError::UnknownOrder(OrderId(0)))
    }
}

fn add(side: Side, price: i32, quantity: u32, post_only: bool) -> OrderRequest {
    OrderRequest {
        side,
        price: RequestPrice::Limit(Price(price)),
        quantity: Quantity(quantity),
        time_in_force: TimeInForce::Day,
        post_only,
    }
}

fn side(side: FlowSide) -> Side {
    match side {
        FlowSide::Buy => Side::Buy,
        FlowSide::Sell => Side::Sell,
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
