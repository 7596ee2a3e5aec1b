//! What a wallet has: orders, fills, position, margin.

use super::month::Month;
use super::orders::free_margin;
use super::{Desk, DeskError, words};
use crate::blotter::{BlotterOrder, Dated, Happening};
use crate::reply::{FillLine, MarginReply, OrderLine, PositionLine, Reply, Status};
use crate::request::OrderRequest;
use tally_circuits::margin::MarginRequirement;
use tally_circuits::note::Note;
use tally_exchange::calendar::format_time;
use tally_exchange::market::Market;
use tally_exchange::message::Symbol;
use tally_exchange::units::{OrderId, Price, Quantity, Side};
use tally_trader::error::WalletError;
use tally_trader::lineage::Standing;

/// Fills that are shown if nothing else is said.
const FILLS_SHOWN: u32 = 100;

impl Desk {
    pub(super) fn status(&self) -> Status {
        let replica = self.follower.replica();
        let time = replica.markets().map(Market::time).max();
        Status {
            chain: replica.chain().to_string(),
            name: self.follower.genesis().document().name.clone(),
            node: self.node.name().to_owned(),
            height: replica.height(),
            node_height: self.follower.node_tip(),
            time: time.map(format_time).unwrap_or_default(),
            state: replica.state_hash().to_string(),
            proofs_verified: self.follower.proofs_verified(),
            bytes_downloaded: self.follower.downloaded(),
            insecure_keys: self.insecure_keys,
            agent: self.is_agent,
            checkpoint: self
                .follower
                .checkpoint()
                .map(|checkpoint| checkpoint.to_string()),
            pending: self
                .holder
                .iter()
                .flat_map(|holder| holder.journal.pending())
                .map(|entry| format!("message {} ({})", entry.number, entry.action))
                .collect(),
            last_proof_ms: self
                .holder
                .as_ref()
                .and_then(|holder| holder.journal.last_proof_ms),
        }
    }

    /// The months that are meant: the one that is named, or all in which the wallet has something.
    pub(super) fn chosen(
        &self,
        named: Option<Symbol>,
    ) -> Result<Vec<(&Market, &Month)>, DeskError> {
        if let Some(symbol) = named {
            return Ok(vec![(self.market(symbol)?, self.month(symbol)?)]);
        }
        let months = self.holder()?.months.iter();
        let replica = self.follower.replica();
        Ok(months
            .filter_map(|(symbol, month)| Some((replica.market(*symbol)?, month)))
            .collect())
    }

    pub(super) fn order_line(&self, symbol: Symbol, order: OrderId) -> Option<OrderLine> {
        let month = self.month(symbol).ok()?;
        let own = month.blotter.orders().get(&order)?;
        let market = self.market(symbol).ok()?;
        Some(self.line_of(market, order, own))
    }

    fn line_of(&self, market: &Market, order: OrderId, own: &BlotterOrder) -> OrderLine {
        let specification = market.specification();
        let symbol = market.symbol();
        let filled = i64::from(own.filled.0);
        let id = self
            .holder
            .as_ref()
            .and_then(|holder| holder.journal.id_of(order, symbol));
        OrderLine {
            order,
            market: symbol,
            id: id.map(str::to_owned),
            side: own.terms.side,
            price: specification.format_price(own.terms.limit),
            quantity: own.total,
            filled: own.filled,
            average_price: (filled > 0).then(|| words::average(specification, own.value, filled)),
            tif: own.terms.time_in_force,
            status: own.status,
            time: format_time(own.time),
        }
    }

    pub(super) fn order_lines(&self, named: Option<Symbol>, all: bool) -> Result<Reply, DeskError> {
        let mut orders = Vec::new();
        for (market, month) in self.chosen(named)? {
            let own = month.blotter.orders().iter();
            let wanted = own.filter(|(_, order)| all || order.status.is_live());
            orders.extend(wanted.map(|(id, order)| self.line_of(market, *id, order)));
        }
        Ok(Reply::Orders { orders })
    }

    pub(super) fn order_status(&self, orders: &[OrderId]) -> Result<Reply, DeskError> {
        let lines: Result<Vec<OrderLine>, DeskError> = orders
            .iter()
            .map(|order| {
                let symbol = self.market_of(*order)?;
                self.order_line(symbol, *order)
                    .ok_or(DeskError::UnknownOrder(*order))
            })
            .collect();
        Ok(Reply::Orders { orders: lines? })
    }

    pub(super) fn fill_lines(
        &self,
        named: Option<Symbol>,
        limit: Option<u32>,
    ) -> Result<Reply, DeskError> {
        let limit = limit.unwrap_or(FILLS_SHOWN) as usize;
        let mut fills = Vec::new();
        for (market, month) in self.chosen(named)? {
            let happenings = month.blotter.happenings().iter();
            fills.extend(happenings.filter_map(|dated| self.fill_line(market, dated)));
        }
        fills.sort_by_key(|fill| (fill.height, fill.order.0, fill.index));
        let surplus = fills.len().saturating_sub(limit);
        fills.drain(..surplus);
        Ok(Reply::Fills { fills })
    }

    pub(super) fn fill_line(&self, market: &Market, dated: &Dated) -> Option<FillLine> {
        let Happening::Fill {
            order,
            index,
            side,
            price,
            quantity,
            fee,
        } = dated.what
        else {
            return None;
        };
        let id = self
            .holder
            .as_ref()
            .and_then(|holder| holder.journal.id_of(order, market.symbol()));
        Some(FillLine {
            order,
            index,
            market: market.symbol(),
            id: id.map(str::to_owned),
            side,
            price: market.specification().format_price(price),
            quantity,
            fee,
            time: format_time(dated.time),
            height: dated.height,
        })
    }

    pub(super) fn positions(&self, named: Option<Symbol>) -> Result<Reply, DeskError> {
        let chosen = self.chosen(named)?;
        let is_wanted = |month: &Month| named.is_some() || month.is_open();
        Ok(Reply::Position {
            positions: chosen
                .into_iter()
                .filter(|(_, month)| is_wanted(month))
                .map(|(market, month)| position(market, month))
                .collect(),
        })
    }

    pub(super) fn margin(
        &self,
        named: Option<Symbol>,
        order: Option<OrderRequest>,
    ) -> Result<Reply, DeskError> {
        let named = order.as_ref().and_then(|order| order.market).or(named);
        let symbol = self.symbol(named)?;
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let way_back = month.way_back(market).map(|back| back.note);
        let note = way_back.unwrap_or_else(|| month.settled_note(market));
        let specification = market.specification();
        let edges = market.band_cents();
        let mut reply = MarginReply {
            market: symbol,
            initial: specification.initial_margin,
            maintenance: specification.maintenance_margin,
            band: words::band(specification, market.band()),
            worst_low: worst(&note, edges.lo, true),
            worst_high: worst(&note, edges.hi, false),
            free_margin: free_margin(market, &note),
            most_buy: most(market, &note, Side::Buy),
            most_sell: most(market, &note, Side::Sell),
            what_if: None,
            passes: None,
            reason: None,
            free_margin_after: None,
        };
        if let Some(order) = order {
            self.try_order(symbol, &note, &order, &mut reply)?;
        }
        Ok(Reply::Margin(reply))
    }

    fn try_order(
        &self,
        symbol: Symbol,
        note: &Note,
        order: &OrderRequest,
        reply: &mut MarginReply,
    ) -> Result<(), DeskError> {
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let request = self.request(symbol, order)?;
        reply.what_if = Some(format!(
            "{} {} @ {}",
            order.side, order.quantity, order.price
        ));
        match month.wallet().trade(0, market, None, &[request], &[]) {
            Ok(act) => {
                reply.passes = Some(true);
                let preview = self.preview_act(symbol, &act, None, Vec::new())?;
                reply.free_margin_after = Some(preview.free_margin_after);
            }
            Err(error @ WalletError::Margin { .. }) => {
                reply.passes = Some(false);
                reply.reason = Some(error.to_string());
            }
            // The note's own claims may bring what margin lacks; anything else is no matter of margin.
            Err(WalletError::NotOpen) => {
                reply.passes = Some(false);
                reply.reason = Some(WalletError::NotOpen.to_string());
            }
            // What the note will be is shown; an order can be checked against it once it is.
            Err(WalletError::LeftBehind { .. }) => {
                reply.reason = Some(
                    "the note missed a revalidation; the next order, deposit or withdrawal brings it back first"
                        .to_owned(),
                );
            }
            Err(error) => return Err(error.into()),
        }
        let _ = note;
        Ok(())
    }
}

/// What would be left at an edge of the band if all orders of its side filled, cents.
fn worst(note: &Note, edge: i64, low: bool) -> i64 {
    let position = i64::from(note.position);
    let (cash, exposure) = if low {
        (
            note.cash.saturating_sub(note.buy_cost),
            position + i64::from(note.buy_quantity),
        )
    } else {
        (
            note.cash.saturating_add(note.sell_cost),
            position - i64::from(note.sell_quantity),
        )
    };
    cash.saturating_add(exposure.saturating_mul(edge))
}

/// Most contracts that could be bought at the high edge, or sold at the low one.
fn most(market: &Market, note: &Note, side: Side) -> Quantity {
    let band = market.band();
    let (limit, requirement) = match side {
        Side::Buy => (band.hi, requirement(market, side)),
        Side::Sell => (band.lo, requirement(market, side)),
    };
    let terms = tally_exchange::message::OrderTerms {
        side,
        limit,
        quantity: market.order_limit(),
        time_in_force: tally_exchange::units::TimeInForce::Day,
        post_only: false,
        cancel_key: [0; 32],
    };
    let none = tally_circuits::note::Deltas::default();
    tally_trader::margin::largest_quantity(market, note, &none, &[terms], &requirement)
}

/// Initial margin on the side that an order adds to.
fn requirement(market: &Market, side: Side) -> MarginRequirement {
    let rules = market.specification();
    let (initial, maintenance) = (rules.initial_margin, rules.maintenance_margin);
    match side {
        Side::Buy => MarginRequirement {
            lo: initial,
            hi: maintenance,
        },
        Side::Sell => MarginRequirement {
            lo: maintenance,
            hi: initial,
        },
    }
}

/// A position with all that is said of it. That of a note which missed a revalidation was closed there: what is shown is
/// what its way back leaves.
pub(super) fn position(market: &Market, month: &Month) -> PositionLine {
    let specification = market.specification();
    let way_back = month.way_back(market).map(|back| back.note);
    let is_closed = way_back.is_some();
    let note = way_back.unwrap_or_else(|| month.settled_note(market));
    let contracts = i64::from(note.position);
    let mark = market.mark();
    let lots = month.blotter.account(specification.tick_value, None);
    let text = |price: Price| specification.format_price(price);
    PositionLine {
        market: market.symbol(),
        is_open: month.is_open(),
        position: contracts,
        average_price: (contracts != 0 && lots.position() == contracts)
            .then(|| words::average(specification, lots.open_value(), contracts)),
        mark: text(mark),
        equity: note
            .cash
            .saturating_add(contracts.saturating_mul(market.money().notional(mark))),
        unrealised: if is_closed { 0 } else { lots.unrealised(mark) },
        realised: lots.realised,
        fees: lots.fees.saturating_add(lots.haircuts),
        free_margin: free_margin(market, &note),
        call_price: call_price(market, &note).map(text),
        close_out_price: close_out_price(market, &note).map(text),
        working_buys: u64::from(note.buy_quantity),
        working_sells: u64::from(note.sell_quantity),
        unclaimed_fills: month.unclaimed_fills(market),
        standing: match month.lineage().place().map(|place| place.standing(market)) {
            None => "not-open",
            Some(Standing::Present) => "present",
            Some(Standing::Ahead) => "ahead",
            Some(Standing::Behind) => "behind",
        }
        .to_owned(),
        band: words::band(specification, market.band()),
    }
}

/// The first price, going against the position, at which a revalidation there would cut it: the new band's edge lies a
/// half-width beyond, and maintenance margin is asked for there. Moved onto the grid towards the mark.
fn call_price(market: &Market, note: &Note) -> Option<Price> {
    let rules = market.specification();
    let beyond = i128::from(rules.band_half_width) * i128::from(rules.tick_value)
        + i128::from(rules.maintenance_margin);
    threshold(market, note, beyond)
}

/// The last price at which something is left. Moved onto the grid towards the mark.
fn close_out_price(market: &Market, note: &Note) -> Option<Price> {
    threshold(market, note, 0)
}

/// The price at which equity is `margin` cents per contract: of a long position the lowest on the grid at which it is at
/// least that, of a short one the highest. It may be negative: no contract has a lowest price.
fn threshold(market: &Market, note: &Note, margin: i128) -> Option<Price> {
    let contracts = i128::from(note.position);
    if contracts == 0 {
        return None;
    }
    let tick = i128::from(market.specification().tick_value);
    // m + v*p*tau >= |v|*margin
    let needed = contracts.abs() * margin - i128::from(note.cash);
    let per_tick = contracts * tick;
    let ticks = if contracts > 0 {
        needed.div_euclid(per_tick) + i128::from(needed.rem_euclid(per_tick) != 0)
    } else {
        // Dividing by a negative number turns the inequality round.
        (-needed).div_euclid(-per_tick)
    };
    i32::try_from(ticks).ok().map(Price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_circuits::field::Element;
    use tally_exchange::market::{Genesis, SettlementSigners};
    use tally_exchange::message::ChainId;
    use tally_exchange::specification::Specification;

    fn market() -> Market {
        let specification = Specification::lean_hogs();
        let session = specification.calendar.sessions()[0].clone();
        Market::new(Genesis {
            chain: ChainId([1; 32]),
            prior_settlement: specification.parse_price("66.000").unwrap(),
            specification,
            session,
            after_limit_settlement: false,
            settlement: SettlementSigners::default(),
            siblings: Vec::new(),
        })
        .unwrap()
    }

    fn note(position: i32, equity_at_66: i64) -> Note {
        let mut note = Note::empty(Element::ZERO.0);
        note.position = position;
        // 66.000 is 2,640 ticks of $10.
        note.cash = equity_at_66 - i64::from(position) * 2_640_000;
        note
    }

    /// Ten contracts with $10,000: $1,000 each, and a contract asks for $100 beyond the 80 ticks of $10 of the half-width.
    #[test]
    fn a_call_comes_where_equity_meets_the_new_band() {
        let market = market();
        for (position, call, gone) in [(10, "65.750", "63.500"), (-10, "66.250", "68.500")] {
            let note = note(position, 1_000_000);
            let text = |price: Option<Price>| market.specification().format_price(price.unwrap());
            assert_eq!(text(call_price(&market, &note)), call);
            assert_eq!(text(close_out_price(&market, &note)), gone);
        }
        assert_eq!(call_price(&market, &note(0, 1_000_000)), None);
    }

    #[test]
    fn prices_are_moved_towards_the_mark() {
        let market = market();
        let text = |price: Option<Price>| market.specification().format_price(price.unwrap());
        // A cent less than $1,000 each.
        assert_eq!(text(call_price(&market, &note(10, 999_999))), "65.775");
        assert_eq!(text(call_price(&market, &note(-10, 999_999))), "66.225");
    }
}
