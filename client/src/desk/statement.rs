//! Statements: what was done, what it cost, what it is worth.

use super::month::Month;
use super::{Desk, DeskError};
use crate::blotter::{Dated, Happening};
use crate::reply::{AdjustmentLine, CashLine, Reply, SettlementLine, StatementReply};
use tally_exchange::calendar::{Date, format_time};
use tally_exchange::market::Market;
use tally_exchange::message::Symbol;
use tally_exchange::units::Price;

impl Desk {
    pub(super) fn statements(
        &self,
        named: Option<Symbol>,
        day: Option<&str>,
    ) -> Result<Reply, DeskError> {
        let day = match day {
            None => None,
            Some(text) => {
                let day: Result<Date, _> = text.parse();
                Some(day.map_err(|_| DeskError::Day(text.chars().take(40).collect()))?)
            }
        };
        let chosen = self.chosen(named)?;
        let is_wanted = |month: &Month| named.is_some() || !month.blotter.happenings().is_empty();
        Ok(Reply::Statement {
            statements: chosen
                .into_iter()
                .filter(|(_, month)| is_wanted(month))
                .map(|(market, month)| self.statement(market, month, day))
                .collect(),
        })
    }

    fn statement(&self, market: &Market, month: &Month, day: Option<Date>) -> StatementReply {
        let tick_value = market.specification().tick_value;
        let all = month.blotter.happenings();
        let of_day: Vec<&Dated> = all
            .iter()
            .filter(|dated| day.is_none_or(|day| dated.day == day))
            .collect();
        let end = month.blotter.account(tick_value, day);
        let before = day
            .and_then(Date::preceding)
            .map(|before| month.blotter.account(tick_value, Some(before)));
        let mark = self.closing_mark(market, month, day);
        let of_period = |end: i64, before: Option<i64>| end.saturating_sub(before.unwrap_or(0));
        let before = before.as_ref();
        StatementReply {
            market: market.symbol(),
            day: day.map(|day| day.to_string()),
            fills: of_day
                .iter()
                .filter_map(|dated| self.fill_line(market, dated))
                .collect(),
            adjustments: of_day
                .iter()
                .filter_map(|dated| adjustment(market, dated))
                .collect(),
            cash: of_day.iter().filter_map(|dated| cash(dated)).collect(),
            fees: of_period(end.fees, before.map(|lots| lots.fees)),
            haircuts: of_period(end.haircuts, before.map(|lots| lots.haircuts)),
            realised: of_period(end.realised, before.map(|lots| lots.realised)),
            unrealised: end.unrealised(mark),
            position: end.position(),
            settlements: of_day
                .iter()
                .filter_map(|dated| settlement(market, dated))
                .collect(),
            equity: end.equity(mark),
        }
    }

    /// The price at which a period ends: of a past day its settlement, else the mark.
    #[allow(clippy::unused_self, reason = "reads as what it says")]
    fn closing_mark(&self, market: &Market, month: &Month, day: Option<Date>) -> Price {
        let settled = month.blotter.happenings().iter().rev().find_map(|dated| {
            let is_of_day = day.is_some_and(|day| dated.day == day);
            match dated.what {
                Happening::Settlement { price } if is_of_day => Some(price),
                _ => None,
            }
        });
        let is_past = day.is_some_and(|day| day < market.session().date);
        settled.filter(|_| is_past).unwrap_or_else(|| market.mark())
    }
}

fn adjustment(market: &Market, dated: &Dated) -> Option<AdjustmentLine> {
    let Happening::Adjustment {
        kind,
        epoch,
        closed,
        price,
        cost,
    } = dated.what
    else {
        return None;
    };
    Some(AdjustmentLine {
        kind: kind.name().to_owned(),
        epoch,
        closed,
        price: market.specification().format_price(price),
        cost,
        time: format_time(dated.time),
    })
}

fn cash(dated: &Dated) -> Option<CashLine> {
    let Happening::Cash { kind, amount, fee } = dated.what else {
        return None;
    };
    Some(CashLine {
        kind: kind.name().to_owned(),
        amount,
        fee,
        time: format_time(dated.time),
    })
}

fn settlement(market: &Market, dated: &Dated) -> Option<SettlementLine> {
    let Happening::Settlement { price } = dated.what else {
        return None;
    };
    Some(SettlementLine {
        day: dated.day.to_string(),
        price: market.specification().format_price(price),
    })
}
