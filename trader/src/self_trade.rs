//! Nobody trades with himself: an order that would meet another one of the same wallet is not sent.
//!
//! The market can't see whose orders are whose, so this is the wallet's own duty, over all its lineages: over orders
//! that stand in the market, and over messages that were sent and may still be included.

use crate::claims::ClaimPlan;
use crate::error::WalletError;
use crate::lineage::Lineage;
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::message::{ActMessage, Action, OrderTerms};
use tally_exchange::units::{OrderId, Price, Side};

/// Everything of one owner that a new order might meet.
#[derive(Clone, Copy)]
pub(crate) struct OwnInterest<'a> {
    /// The lineages whose live orders count.
    pub(crate) lineages: &'a [Lineage],
    /// Messages of the owner that were sent.
    pub(crate) in_flight: &'a [&'a ActMessage],
}

impl OwnInterest<'_> {
    /// Draws a market order's limit back to one tick before the wallet's own nearest opposite order.
    ///
    /// The limit of a market order is a protection, not a wish: with an own order somewhere in its reach it can still
    /// trade with everybody who stands before. An own order at the best price stays in the way, and
    /// [`OwnInterest::check`] refuses.
    pub(crate) fn stop_short(
        &self,
        market: &Market,
        claim: Option<&ClaimPlan>,
        order: &mut OrderTerms,
    ) {
        let own = self
            .lineages
            .iter()
            .flat_map(|lineage| lineage.orders().keys());
        let limits = own
            .filter(|own| !claim.is_some_and(|plan| plan.closes(**own)))
            .filter_map(|own| market.record(*own))
            .filter(|record| record.status.is_live() && record.terms.side != order.side)
            .map(|record| record.terms.limit.0);
        let (nearest, before) = match order.side {
            Side::Buy => (limits.min(), -1),
            Side::Sell => (limits.max(), 1),
        };
        let best = market.book().best(order.side.opposite());
        let (Some(nearest), Some(best)) = (nearest, best) else {
            return;
        };
        // Prices of live orders lie in the band, far from the ends of 32 bits.
        let short = Price(nearest + before);
        if order.side.accepts(order.limit, Price(nearest)) && order.side.accepts(short, best) {
            order.limit = short;
        }
    }

    /// Refuses `orders`, to be sent under `nullifier` together with `claim`, if one would meet an own order.
    pub(crate) fn check(
        &self,
        market: &Market,
        nullifier: Element,
        claim: Option<&ClaimPlan>,
        orders: &[OrderTerms],
    ) -> Result<(), WalletError> {
        let stays = |order: &OrderId| !claim.is_some_and(|plan| plan.closes(*order));
        let own = self.lineages.iter().flat_map(|l| l.orders().keys());
        for own in own.filter(|own| stays(own)) {
            let Some(resting) = market.record(*own).filter(|r| r.status.is_live()) else {
                continue;
            };
            if let Some((side, price)) = meeting(orders, &resting.terms) {
                let own = *own;
                return Err(WalletError::SelfTrade { side, price, own });
            }
        }
        let pending = self.in_flight.iter().filter(|message| {
            // Of two messages that spend one note only one can count; a spent one's orders were looked at above.
            message.nullifier != nullifier
                && message.market == market.symbol()
                && !market.is_spent(&message.nullifier)
                && message.expiry >= market.height()
        });
        for terms in pending.flat_map(|message| posted(&message.action)) {
            if let Some((side, price)) = meeting(orders, terms) {
                return Err(WalletError::SelfTradeInFlight {
                    side,
                    price,
                    own: terms.limit,
                });
            }
        }
        Ok(())
    }
}

/// The orders that an action posts.
pub(crate) fn posted(action: &Action) -> &[OrderTerms] {
    match action {
        Action::Trade { orders, .. } => orders,
        Action::Open { .. }
        | Action::Deposit { .. }
        | Action::Withdraw { .. }
        | Action::Bond { .. }
        | Action::Unbond { .. }
        | Action::Transfer { .. }
        | Action::Receive { .. } => &[],
    }
}

/// Side and limit of the first of `orders` that would trade with `other`.
fn meeting(orders: &[OrderTerms], other: &OrderTerms) -> Option<(Side, Price)> {
    orders
        .iter()
        .find(|order| order.side != other.side && order.side.accepts(order.limit, other.limit))
        .map(|order| (order.side, order.limit))
}
