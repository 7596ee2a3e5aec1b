//! From what an event of a flow of orders wants to what its trader's wallet sends: for the replay and the sandbox.

use tally_bench_data::Intent;
use tally_exchange::market::Market;
use tally_exchange::message::{Instruction, Transaction};
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Price, Quantity, Side, TimeInForce};
use tally_trader::build::ClaimPlan;
use tally_trader::error::WalletError;
use tally_trader::lineage::Lineage;
use tally_trader::prepared::Prepared;
use tally_trader::request::{OrderRequest, RequestPrice};

/// The message of a trader; a price outside the band is moved to its edge.
///
/// `orders` has the market's id of each of the flow's orders, none if its posting was declined. An order that replaces no
/// other takes the claim `along` with it.
///
/// # Errors
/// [`WalletError`]: why it can't be sent.
pub(crate) fn message(
    intent: &Intent,
    lineage: &Lineage,
    market: &Market,
    orders: &[Option<OrderId>],
    along: Option<&ClaimPlan>,
) -> Result<Prepared, WalletError> {
    let band = market.band();
    let inside = |price: i32| band.clamp(Price(price));
    let trade = |claim: Option<&ClaimPlan>, request| {
        let act = lineage.trade(market, claim, &[request])?;
        Ok(Prepared::Act(Box::new(act)))
    };
    match *intent {
        Intent::Add {
            side,
            price,
            quantity,
            post_only,
            ..
        } => trade(along, limit(is(side), inside(price), quantity, post_only)),
        Intent::Market { side, quantity, .. } => {
            trade(along, OrderRequest::market(is(side), Quantity(quantity)))
        }
        Intent::Replace {
            order,
            price,
            quantity,
            ..
        } => {
            let old = known(orders, order)?;
            let record = market.record(old).ok_or(WalletError::UnknownOrder(old))?;
            if !record.status.is_live() {
                return Err(Refusal::NotLive(old).into());
            }
            let request = limit(record.terms.side, inside(price), quantity, false);
            trade(Some(&lineage.closing_claim(market, old)?), request)
        }
        Intent::Reduce {
            order,
            remaining_total,
        } => {
            let order = known(orders, order)?;
            lineage
                .reduce(market, order, Quantity(remaining_total))
                .map(instruct)
        }
        Intent::Cancel { order } => lineage.cancel(market, known(orders, order)?).map(instruct),
    }
}

/// The order that an event posts: such an event is an Act.
pub(crate) const fn new_order(intent: &Intent) -> Option<u32> {
    match *intent {
        Intent::Add { order, .. }
        | Intent::Market { order, .. }
        | Intent::Replace {
            new_order: order, ..
        } => Some(order),
        Intent::Reduce { .. } | Intent::Cancel { .. } => None,
    }
}

/// The market's id of an order of the flow.
fn known(orders: &[Option<OrderId>], order: u32) -> Result<OrderId, WalletError> {
    let known = orders.get(order as usize).copied().flatten();
    known.ok_or(WalletError::UnknownOrder(OrderId(0)))
}

fn instruct(instruction: Instruction) -> Prepared {
    Prepared::Ready(Box::new(Transaction::Instruction(instruction)))
}

/// The exchange's side for the flow's.
pub(crate) const fn is(side: tally_bench_data::Side) -> Side {
    match side {
        tally_bench_data::Side::Buy => Side::Buy,
        tally_bench_data::Side::Sell => Side::Sell,
    }
}

const fn limit(side: Side, price: Price, quantity: u32, post_only: bool) -> OrderRequest {
    OrderRequest {
        side,
        price: RequestPrice::Limit(price),
        quantity: Quantity(quantity),
        time_in_force: TimeInForce::Day,
        post_only,
    }
}
