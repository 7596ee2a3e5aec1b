//! Day orders that a halt has cancelled, posted again when trading resumes.

use super::{Agent, View};
use crate::error::WalletError;
use crate::halted::HaltedOrder;
use crate::margin::Largest;
use crate::prepared::PreparedAct;
use crate::request::{OrderRequest, RequestPrice};
use tally_exchange::market::{Market, Stage};
use tally_exchange::receipt::Phase;
use tally_exchange::units::{Quantity, TimeInForce};

impl Agent {
    /// The orders that go back into the market now, as far as band and margin allow; none if there is none, or none
    /// passes.
    ///
    /// All of them together if that passes, each cut to what margin allows otherwise, or else the oldest that passes
    /// alone: no order is worth an error.
    pub(super) fn repost(&self, index: usize, view: &View<'_>) -> Option<PreparedAct> {
        let market = view.market;
        let lineage = &self.wallet.lineages()[index];
        let takes_orders = matches!(
            market.phase(),
            Phase::PreOpen | Phase::Continuous | Phase::AfterSettlement
        );
        if lineage.halted().is_empty() || market.stage() != Stage::Open || !takes_orders {
            return None;
        }
        let epoch = lineage.epoch()?;
        let most = market.specification().orders_per_message as usize;
        let requests: Vec<OrderRequest> = lineage
            .halted()
            .values()
            .filter(|halted| halted.epoch < epoch)
            .filter_map(|halted| request(halted, market))
            .take(most)
            .collect();
        if requests.is_empty() {
            return None;
        }
        let alone = || {
            let each = requests.iter();
            each.filter_map(|request| self.post(index, view, std::slice::from_ref(request)))
                .next()
        };
        self.post(index, view, &requests).or_else(alone)
    }

    /// An Act that posts these orders, each cut to what margin allows.
    fn post(
        &self,
        index: usize,
        view: &View<'_>,
        requests: &[OrderRequest],
    ) -> Option<PreparedAct> {
        let in_flight = view.acts();
        let trade = |requests: &[OrderRequest]| {
            self.wallet
                .trade(index, view.market, None, requests, &in_flight)
        };
        let largest = match trade(requests) {
            Ok(act) => return Some(act),
            Err(WalletError::Margin { largest, .. }) => largest?,
            Err(_) => return None,
        };
        let cut = match largest {
            Largest::Quantity(quantity) | Largest::EachOrder(quantity) => quantity,
            Largest::Withdrawal(_) => return None,
        };
        if cut == Quantity(0) {
            return None;
        }
        let cut: Vec<OrderRequest> = requests
            .iter()
            .map(|request| OrderRequest {
                quantity: request.quantity.min(cut),
                ..*request
            })
            .collect();
        trade(&cut).ok()
    }
}

/// The order anew; none if the market can't take it now.
fn request(halted: &HaltedOrder, market: &Market) -> Option<OrderRequest> {
    let terms = halted.terms;
    let is_in_band = market.band().contains(terms.limit);
    // Before the uncrossing nobody knows what a post-only order would take.
    let can_wait = market.phase() == Phase::PreOpen && terms.post_only;
    (is_in_band && !can_wait).then_some(OrderRequest {
        side: terms.side,
        price: RequestPrice::Limit(terms.limit),
        quantity: halted.rest,
        time_in_force: TimeInForce::Day,
        post_only: terms.post_only,
    })
}
