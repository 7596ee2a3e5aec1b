//! Posting orders.

use super::sending::Outgoing;
use super::{Desk, DeskError, words};
use crate::reply::{Preview, Reply};
use crate::request::{MARKET_PRICE, OrderRequest};
use tally_circuits::margin::MarginRequirement;
use tally_circuits::note::Note;
use tally_exchange::market::Market;
use tally_exchange::message::{Action, Symbol};
use tally_exchange::units::{Price, Quantity, Side};
use tally_trader::build::ClaimPlan;
use tally_trader::error::WalletError;
use tally_trader::margin::largest_withdrawal;
use tally_trader::prepared::PreparedAct;
use tally_trader::request::{OrderRequest as WalletRequest, RequestPrice};

impl Desk {
    pub(super) fn order(&mut self, order: OrderRequest) -> Result<Reply, DeskError> {
        if let Some(sent) = self.repeated(order.id.as_deref())? {
            return Ok(Reply::Sent(sent));
        }
        let symbol = self.symbol(order.market)?;
        let request = self.request(symbol, &order)?;
        self.post(symbol, None, &[request], order.id, order.preview)
    }

    /// What the wallet is asked for.
    pub(super) fn request(
        &self,
        symbol: Symbol,
        order: &OrderRequest,
    ) -> Result<WalletRequest, DeskError> {
        if order.quantity == Quantity(0) {
            return Err(DeskError::Quantity);
        }
        let price = if order.price == MARKET_PRICE {
            RequestPrice::Market
        } else {
            RequestPrice::Limit(self.price(symbol, &order.price)?)
        };
        Ok(WalletRequest {
            side: order.side,
            price,
            quantity: order.quantity,
            time_in_force: order.tif,
            post_only: order.post_only,
        })
    }

    /// A limit, on the grid and inside the band.
    pub(super) fn price(&self, symbol: Symbol, text: &str) -> Result<Price, DeskError> {
        let market = self.market(symbol)?;
        let specification = market.specification();
        let price = specification
            .parse_price(text)
            .map_err(|source| DeskError::Price {
                text: text.chars().take(40).collect(),
                source: Box::new(source),
            })?;
        let band = market.band();
        if !(band.lo..=band.hi).contains(&price) {
            // The exchange would say so too, in ticks.
            let [lo, hi] = words::band(specification, band);
            return Err(DeskError::OutsideBand {
                price: specification.format_price(price),
                lo,
                hi,
            });
        }
        Ok(price)
    }

    /// Posts orders, with a claim if one is given; what is finished is claimed first if margin needs it.
    pub(super) fn post(
        &mut self,
        symbol: Symbol,
        claim: Option<&ClaimPlan>,
        requests: &[WalletRequest],
        id: Option<String>,
        preview: bool,
    ) -> Result<Reply, DeskError> {
        if preview {
            let asked = self.asked(symbol, requests)?;
            if let Some(preview) = self.preview_way_back(symbol, &asked)? {
                return Ok(Reply::Preview(preview));
            }
        }
        let mut before = self.come_back(symbol, preview)?;
        self.wait_unless(preview)?;
        self.check_idle(symbol)?;
        let mut built = self.build(symbol, claim, requests);
        if matches!(
            built,
            Err(DeskError::Wallet(
                WalletError::Margin { .. } | WalletError::Range(_)
            ))
        ) && claim.is_none()
        {
            let claimed = self.claim_all(symbol, preview)?;
            if !claimed.is_empty() && !preview {
                self.wait_to_build()?;
                built = self.build(symbol, claim, requests);
            }
            before.extend(claimed);
        }
        let act = built?;
        if preview {
            return self
                .preview_act(symbol, &act, claim, before)
                .map(Reply::Preview);
        }
        let action = words::action(self.market(symbol)?, &act.message.action);
        let outgoing = Outgoing::act(act, action, id);
        self.send_and_tell(outgoing, before).map(Reply::Sent)
    }

    fn build(
        &self,
        symbol: Symbol,
        claim: Option<&ClaimPlan>,
        requests: &[WalletRequest],
    ) -> Result<PreparedAct, DeskError> {
        let market = self.market(symbol)?;
        let under_way = self.holder()?.journal.acts_under_way(market);
        let under_way: Vec<_> = under_way.iter().collect();
        let wallet = self.month(symbol)?.wallet();
        wallet
            .trade(0, market, claim, requests, &under_way)
            .map_err(|error| match error {
                WalletError::SelfTrade { side, price, own } => DeskError::SelfTrade {
                    side,
                    price: market.specification().format_price(price),
                    own,
                },
                error => error.into(),
            })
    }

    /// Orders as they were asked for.
    fn asked(&self, symbol: Symbol, requests: &[WalletRequest]) -> Result<String, DeskError> {
        let specification = self.market(symbol)?.specification();
        let asked = requests.iter().map(|request| {
            let price = match request.price {
                RequestPrice::Limit(price) => specification.format_price(price),
                RequestPrice::Market => MARKET_PRICE.to_owned(),
            };
            format!("{} {} @ {price}", request.side, request.quantity)
        });
        Ok(asked.collect::<Vec<_>>().join(" and "))
    }

    /// What an Act would do, in words and figures. `claim` is the one it makes: the live orders that it closes keep nothing
    /// reserved.
    pub(super) fn preview_act(
        &self,
        symbol: Symbol,
        act: &PreparedAct,
        claim: Option<&ClaimPlan>,
        first: Vec<String>,
    ) -> Result<Preview, DeskError> {
        let market = self.market(symbol)?;
        let month = self.month(symbol)?;
        let action = &act.message.action;
        let (reveals, hides) = words::reveals(market, action);
        let before = month.settled_note(market);
        // The Act's own claims are settled in `before` already.
        let deltas = match action {
            Action::Trade { orders, .. } => self.reservations(market, orders),
            _ => act.statement.deltas,
        };
        let closes = |order| claim.is_some_and(|claim| claim.closes(order));
        let after = month
            .settled_without(market, closes)
            .apply(&deltas, before.rho)
            .map_err(WalletError::from)?;
        let fees = match action {
            Action::Trade { orders, .. } => {
                let contracts = orders.iter().map(|order| i64::from(order.quantity.0));
                contracts.sum::<i64>().saturating_mul(market.money().fee)
            }
            action if action.opens() => market.specification().opening_fee,
            _ => 0,
        };
        Ok(Preview {
            market: symbol,
            action: words::action(market, action),
            reveals,
            hides,
            free_margin_before: free_margin(market, &before),
            free_margin_after: free_margin(market, &after),
            fees,
            proof_ms: self.holder()?.journal.last_proof_ms,
            needs_proof: true,
            insecure_keys: self.insecure_keys,
            first,
        })
    }

    /// What orders reserve.
    pub(super) fn reservations(
        &self,
        market: &Market,
        orders: &[tally_exchange::message::OrderTerms],
    ) -> tally_circuits::note::Deltas {
        let money = market.money();
        orders
            .iter()
            .filter_map(|order| money.reservation(order.side, order.limit, order.quantity, 1))
            .try_fold(tally_circuits::note::Deltas::default(), |sum, deltas| {
                sum.checked_add(&deltas)
            })
            .unwrap_or_default()
    }
}

/// Cents that could be withdrawn from a note.
pub(super) fn free_margin(market: &Market, note: &Note) -> i64 {
    let initial = market.specification().initial_margin;
    let requirement = MarginRequirement {
        lo: initial,
        hi: initial,
    };
    let most = (1_u64 << 47) - 1;
    let largest = largest_withdrawal(market, note, most, &requirement);
    i64::try_from(largest).unwrap_or(i64::MAX)
}

/// The opposite side of a position.
pub(super) const fn closing_side(position: i64) -> Side {
    if position > 0 { Side::Sell } else { Side::Buy }
}
