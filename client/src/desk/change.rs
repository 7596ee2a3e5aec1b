//! Quotes, and changes of orders that are there.

use super::orders::{closing_side, free_margin};
use super::sending::{Outgoing, Took};
use super::{Desk, DeskError, words};
use crate::reply::{Preview, Reply};
use tally_circuits::note::Note;
use tally_exchange::market::Market;
use tally_exchange::message::{Action, OrderTerms, Symbol, Transaction};
use tally_exchange::units::{OrderId, Quantity, Side, TimeInForce};
use tally_trader::build::ClaimPlan;
use tally_trader::error::WalletError;
use tally_trader::prepared::Prepared;
use tally_trader::request::{OrderRequest as WalletRequest, RequestPrice};

/// A two-sided quote as it is asked for.
pub(super) struct Quote {
    pub(super) market: Option<Symbol>,
    pub(super) bid: String,
    pub(super) ask: String,
    pub(super) quantity: Quantity,
    pub(super) id: Option<String>,
    pub(super) replaces: Vec<OrderId>,
    pub(super) preview: bool,
}

impl Desk {
    pub(super) fn quote(&mut self, quote: Quote) -> Result<Reply, DeskError> {
        if let Some(sent) = self.repeated(quote.id.as_deref())? {
            return Ok(Reply::Sent(sent));
        }
        if quote.quantity == Quantity(0) {
            return Err(DeskError::Quantity);
        }
        let symbol = match quote.replaces.first() {
            Some(order) => self.market_of(*order)?,
            None => self.symbol(quote.market)?,
        };
        let bid = self.price(symbol, &quote.bid)?;
        let ask = self.price(symbol, &quote.ask)?;
        let requests = [
            WalletRequest::limit(Side::Buy, quote.quantity, bid),
            WalletRequest::limit(Side::Sell, quote.quantity, ask),
        ];
        let claim = self.closing_plan(symbol, &quote.replaces)?;
        self.post(symbol, claim.as_ref(), &requests, quote.id, quote.preview)
    }

    /// The claim that closes these orders, which stand under one tag; none for none.
    fn closing_plan(
        &self,
        symbol: Symbol,
        orders: &[OrderId],
    ) -> Result<Option<ClaimPlan>, DeskError> {
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let mut orders = orders.to_vec();
        orders.sort_unstable();
        orders.dedup();
        let mut plan: Option<ClaimPlan> = None;
        for order in &orders {
            let next = month
                .lineage()
                .closing_claim(market, *order)
                .map_err(|_| DeskError::NotLive(*order))?;
            match &mut plan {
                None => plan = Some(next),
                Some(plan) if plan.tag_nullifier == next.tag_nullifier => {
                    plan.records.extend(next.records);
                }
                Some(_) => {
                    let named: Vec<String> = orders.iter().map(ToString::to_string).collect();
                    return Err(DeskError::NotOneTag(named.join(", ")));
                }
            }
        }
        Ok(plan)
    }

    pub(super) fn replace(
        &mut self,
        order: OrderId,
        quantity: Option<Quantity>,
        price: Option<String>,
        id: Option<String>,
        preview: bool,
    ) -> Result<Reply, DeskError> {
        if let Some(sent) = self.repeated(id.as_deref())? {
            return Ok(Reply::Sent(sent));
        }
        let symbol = self.market_of(order)?;
        let market = self.market(symbol)?;
        let record = market.record(order).ok_or(DeskError::NotLive(order))?;
        if !record.status.is_live() {
            return Err(DeskError::NotLive(order));
        }
        let terms = record.terms;
        let rest = Quantity(record.total.0.saturating_sub(record.filled.0));
        let limit = match price {
            Some(text) => self.price(symbol, &text)?,
            None => terms.limit,
        };
        let request = WalletRequest {
            side: terms.side,
            price: RequestPrice::Limit(limit),
            quantity: quantity.unwrap_or(rest),
            time_in_force: terms.time_in_force,
            post_only: terms.post_only,
        };
        if request.quantity == Quantity(0) {
            return Err(DeskError::Quantity);
        }
        let claim = self.closing_plan(symbol, &[order])?;
        self.post(symbol, claim.as_ref(), &[request], id, preview)
    }

    pub(super) fn reduce(&mut self, order: OrderId, total: Quantity) -> Result<Reply, DeskError> {
        let symbol = self.market_of(order)?;
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let instruction = month
            .lineage()
            .reduce(market, order, total)
            .map_err(|error| not_live(error, order))?;
        let outgoing = Outgoing {
            message: Prepared::Ready(Box::new(Transaction::Instruction(instruction))),
            action: format!("reduce order {order} to {total} in {symbol}"),
            id: None,
        };
        self.send_and_tell(outgoing, Vec::new()).map(Reply::Sent)
    }

    pub(super) fn cancel(&mut self, orders: &[OrderId]) -> Result<Reply, DeskError> {
        // Looked up before the first is sent: a slip costs nothing.
        for order in orders {
            self.market_of(*order)?;
        }
        self.cancel_each(orders)
    }

    pub(super) fn cancel_all(
        &mut self,
        named: Option<Symbol>,
        side: Option<Side>,
    ) -> Result<Reply, DeskError> {
        let mut orders = Vec::new();
        for (symbol, month) in &self.holder()?.months {
            if named.is_some_and(|named| named != *symbol) {
                continue;
            }
            let market = self.market(*symbol)?;
            let live = month.lineage().orders().keys().filter(|id| {
                market.record(**id).is_some_and(|record| {
                    record.status.is_live() && side.is_none_or(|side| side == record.terms.side)
                })
            });
            orders.extend(live.copied());
        }
        self.cancel_each(&orders)
    }

    /// Cancels orders one by one: each is signed by a key of its own, so that they stay unlinked.
    fn cancel_each(&mut self, orders: &[OrderId]) -> Result<Reply, DeskError> {
        let mut lines = Vec::new();
        let mut first_error = None;
        for order in orders {
            self.wait_to_build()?;
            match self.cancel_one(*order) {
                Ok(line) => lines.extend(line),
                // The others are cancelled all the same.
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            Some(error) => Err(error),
            None => Ok(Reply::Orders { orders: lines }),
        }
    }

    fn cancel_one(&mut self, order: OrderId) -> Result<Option<crate::reply::OrderLine>, DeskError> {
        let symbol = self.market_of(order)?;
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let instruction = month
            .lineage()
            .cancel(market, order)
            .map_err(|error| not_live(error, order))?;
        let outgoing = Outgoing {
            message: Prepared::Ready(Box::new(Transaction::Instruction(instruction))),
            action: format!("cancel order {order} in {symbol}"),
            id: None,
        };
        self.send_and_tell(outgoing, Vec::new())?;
        Ok(self.order_line(symbol, order))
    }

    pub(super) fn close(
        &mut self,
        named: Option<Symbol>,
        id: Option<String>,
        preview: bool,
    ) -> Result<Reply, DeskError> {
        if let Some(sent) = self.repeated(id.as_deref())? {
            return Ok(Reply::Sent(sent));
        }
        let symbol = self.symbol(named)?;
        if preview {
            let way_back = self.preview_way_back(symbol, "nothing more")?;
            let preview = way_back.map_or_else(|| self.preview_close(symbol), Ok);
            return preview.map(Reply::Preview);
        }
        // A note that missed a revalidation has no position any more.
        let mut before = self.come_back(symbol, false)?;
        if self.settled_position(symbol)? != 0 {
            self.check_opposite(symbol)?;
        }
        let cancelled = self.cancel_all(Some(symbol), None)?;
        self.wait_to_build()?;
        let position = self.settled_position(symbol)?;
        if position == 0 {
            let has_cancelled =
                matches!(&cancelled, Reply::Orders { orders } if !orders.is_empty());
            return match (has_cancelled, before.is_empty()) {
                (true, _) => Ok(cancelled),
                (false, true) => Err(DeskError::Flat(symbol)),
                (false, false) => {
                    let number = self.holder()?.journal.newest();
                    self.sent(number, Took::default(), before, false)
                        .map(Reply::Sent)
                }
            };
        }
        let market = self.market(symbol)?;
        // Several orders if the position is larger than one may be: the next command closes what is left.
        let most = u64::from(market.order_limit().0);
        let contracts = position.unsigned_abs().min(most);
        let quantity = Quantity(u32::try_from(contracts).unwrap_or(u32::MAX));
        let request = WalletRequest::market(closing_side(position), quantity);
        let mut reply = self.post(symbol, None, &[request], id, false)?;
        if let Reply::Sent(sent) = &mut reply {
            before.append(&mut sent.before);
            sent.before = before;
        }
        Ok(reply)
    }

    fn settled_position(&self, symbol: Symbol) -> Result<i64, DeskError> {
        let note = self.month(symbol)?.settled_note(self.market(symbol)?);
        Ok(i64::from(note.position))
    }

    /// Nothing is cancelled for a close that finds nobody to close with.
    fn check_opposite(&self, symbol: Symbol) -> Result<(), DeskError> {
        let side = closing_side(self.settled_position(symbol)?);
        let price = self.market(symbol)?.protection_price(side);
        price
            .map(|_| ())
            .ok_or_else(|| WalletError::NoOpposite(side.opposite()).into())
    }

    /// What closing would do: the message can't be built before the orders are cancelled.
    fn preview_close(&self, symbol: Symbol) -> Result<Preview, DeskError> {
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let before = month.settled_note(market);
        let position = i64::from(before.position);
        let live = month.lineage().orders().keys().filter(|id| {
            let record = market.record(**id);
            record.is_some_and(|record| record.status.is_live())
        });
        let live: Vec<String> = live.map(ToString::to_string).collect();
        let after = month.settled_without(market, |_| true);
        if position == 0 {
            return self.preview_cancels(symbol, &before, &after, &live);
        }
        let side = closing_side(position);
        let limit = market
            .protection_price(side)
            .ok_or(WalletError::NoOpposite(side.opposite()))?;
        let terms = OrderTerms {
            side,
            limit,
            quantity: Quantity(before.position.unsigned_abs()).min(market.order_limit()),
            time_in_force: TimeInForce::Ioc,
            post_only: false,
            cancel_key: [0; 32],
        };
        // With the reservation of the closing one.
        let reserved = self.reservations(market, &[terms]);
        let after = after
            .apply(&reserved, before.rho)
            .map_err(WalletError::from)?;
        let action = Action::Trade {
            claim: None,
            tag: None,
            orders: vec![terms],
        };
        let (reveals, hides) = words::reveals(market, &action);
        Ok(Preview {
            market: symbol,
            action: words::action(market, &action),
            reveals,
            hides,
            free_margin_before: free_margin(market, &before),
            free_margin_after: free_margin(market, &after),
            fees: market
                .money()
                .fee
                .saturating_mul(i64::from(terms.quantity.0)),
            proof_ms: self.holder()?.journal.last_proof_ms,
            needs_proof: true,
            insecure_keys: self.insecure_keys,
            first: if live.is_empty() {
                Vec::new()
            } else {
                vec![format!("cancel order {}", live.join(", "))]
            },
        })
    }

    /// What closing does where there are orders and no position.
    fn preview_cancels(
        &self,
        symbol: Symbol,
        before: &Note,
        after: &Note,
        live: &[String],
    ) -> Result<Preview, DeskError> {
        if live.is_empty() {
            return Err(DeskError::Flat(symbol));
        }
        let market = self.market(symbol)?;
        let orders = live.join(", ");
        Ok(Preview {
            market: symbol,
            action: format!("cancel order {orders} in {symbol}; the position is flat"),
            reveals: vec![format!("order {orders} is cancelled")],
            hides: vec!["whose orders they are".to_owned()],
            free_margin_before: free_margin(market, before),
            free_margin_after: free_margin(market, after),
            fees: 0,
            proof_ms: None,
            needs_proof: false,
            insecure_keys: self.insecure_keys,
            first: Vec::new(),
        })
    }

    /// The contract month of an order of this wallet.
    pub(super) fn market_of(&self, order: OrderId) -> Result<Symbol, DeskError> {
        // Numbers begin anew in each month: the live one is meant, or the newest.
        let months = &self.holder()?.months;
        let is_live = |symbol: &Symbol| {
            let market = self.follower.replica().market(*symbol);
            let record = market.and_then(|market: &Market| market.record(order));
            record.is_some_and(|record| record.status.is_live())
        };
        let own = months
            .iter()
            .filter(|(_, month)| month.blotter.orders().contains_key(&order))
            .map(|(symbol, _)| *symbol);
        let own: Vec<Symbol> = own.collect();
        own.iter()
            .find(|symbol| is_live(symbol))
            .or(own.last())
            .copied()
            .ok_or(DeskError::UnknownOrder(order))
    }
}

/// An order of this wallet that its note does not hold any more can't be changed.
fn not_live(error: WalletError, order: OrderId) -> DeskError {
    match error {
        WalletError::UnknownOrder(_) => DeskError::NotLive(order),
        error => error.into(),
    }
}
