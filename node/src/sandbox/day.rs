//! One day: its flow, the price that it follows, and what its traders need for it.

use super::desk::MAKERS;
use super::error::SandboxError;
use super::floor::trader_of;
use super::quotes::MOST_HELD;
use super::record::SandboxRecord;
use crate::replay::plan::{figures, settled_at_limit_before};
use std::collections::BTreeMap;
use tally_bench_data::flow::full_day_messages;
use tally_bench_data::{Flow, FlowEvent, FlowRequest, Intent, generate};
use tally_exchange::calendar::{Date, Session, daily_band};
use tally_exchange::specification::Specification;
use tally_exchange::units::{Band, Price};

/// The fair price is the median of so many of the flow's last fills: single ones jump between bid and ask.
const FILLS_OF_PRICE: usize = 5;

/// Contracts that a market maker may have in the book on one side beyond what he holds.
const QUOTED: u64 = 30;

/// A day of the calendar with its generated flow.
pub(super) struct Day {
    pub(super) date: Date,
    pub(super) flow: Flow,
    open: u64,
    limit: Band,
    /// The real opening price, ticks.
    first: Price,
    /// Prices of the flow's fills with their times, microseconds, ascending.
    path: Vec<(u64, i32)>,
}

impl Day {
    /// Generates the flow of a session.
    ///
    /// # Errors
    /// [`SandboxError::Flow`] or [`SandboxError::Figures`].
    pub(super) fn new(
        specification: &Specification,
        session: &Session,
        record: &SandboxRecord,
    ) -> Result<Self, SandboxError> {
        let figures = figures(session.date)?;
        let widened = settled_at_limit_before(specification, &figures)?;
        let limit = daily_band(
            Price(figures.prior.price()),
            session,
            widened,
            specification,
        );
        let full = full_day_messages(figures.row.date)?;
        let flow = generate(&FlowRequest {
            date: figures.row.date,
            messages: Some(full.min(record.messages as usize)),
            traders: flow_traders(record.traders),
            seed: record.seed,
            band: (limit.lo.0, limit.hi.0),
        })?;
        Ok(Self {
            date: session.date,
            open: session.open.0,
            limit,
            first: Price(figures.row.open),
            path: path(&flow, session.open.0),
            flow,
        })
    }

    /// When the flow has an event, microseconds.
    pub(super) const fn time_of(&self, event: &FlowEvent) -> u64 {
        self.open.saturating_add_signed(event.at)
    }

    /// The price around which the day trades at this time, microseconds; ticks.
    pub(super) fn fair(&self, time: u64) -> Price {
        let until = self.path.partition_point(|(at, _)| *at <= time);
        let last = &self.path[until.saturating_sub(FILLS_OF_PRICE)..until];
        let mut prices: Vec<i32> = last.iter().map(|(_, price)| *price).collect();
        prices.sort_unstable();
        let median = prices.get(prices.len() / 2);
        median.map_or(self.first, |price| Price(*price))
    }

    /// What each simulated trader needs so that margin stops none of his orders, cents: who sends the flow, all of his
    /// orders at once; a market maker, as much as he may hold.
    pub(super) fn needs(&self, specification: &Specification, traders: u32) -> BTreeMap<u32, u64> {
        let width = i64::from(self.limit.hi.0) - i64::from(self.limit.lo.0);
        let contract =
            width * specification.tick_value + specification.initial_margin + 2 * specification.fee;
        // A specification's margins and fees are positive.
        let contract = u64::try_from(contract).unwrap_or(0);
        let held = u64::try_from(MOST_HELD).unwrap_or(0) + QUOTED;
        let mut needs: BTreeMap<u32, u64> = (0..MAKERS).map(|m| (m, held * contract)).collect();
        for event in &self.flow.events {
            let trader = trader_of(event.trader, traders);
            *needs.entry(trader).or_default() += u64::from(posted(&event.intent)) * contract;
        }
        needs
    }
}

/// To how many traders the flow is dealt: all but the market makers, and at least two.
pub(super) fn flow_traders(traders: u32) -> usize {
    let others = traders.saturating_sub(MAKERS) as usize;
    others.max(tally_bench_data::flow::LEAST_TRADERS)
}

fn path(flow: &Flow, open: u64) -> Vec<(u64, i32)> {
    let time = |event: Option<u32>| {
        let event = event.and_then(|index| flow.events.get(index as usize));
        // The uncrossing is at the open.
        event.map_or(open, |event| open.saturating_add_signed(event.at))
    };
    let fills = flow.fills.iter();
    fills.map(|fill| (time(fill.event), fill.price)).collect()
}

/// Contracts that an event posts.
const fn posted(intent: &Intent) -> u32 {
    match *intent {
        Intent::Add { quantity, .. }
        | Intent::Market { quantity, .. }
        | Intent::Replace { quantity, .. } => quantity,
        Intent::Reduce { .. } | Intent::Cancel { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::SandboxOptions;
    use super::*;
    use std::path::Path;

    #[test]
    fn the_fair_price_goes_from_the_open_to_the_close() {
        let specification = Specification::lean_hogs();
        let mut options = SandboxOptions::at(Path::new("nowhere"));
        options.seed = Some(1);
        let record = SandboxRecord::new(&options).unwrap();
        for session in specification.calendar.sessions().iter().step_by(20) {
            let day = Day::new(&specification, session, &record).unwrap();
            let row = day.flow.session.row;
            assert_eq!(day.fair(session.pre_open.0), Price(row.open));
            assert_eq!(day.fair(session.open.0), Price(row.open));
            // The last fills of all are at the close.
            assert_eq!(day.path.last().map(|(_, price)| *price), Some(row.close));
            let close = day.fair(session.close.0);
            assert!(close.0.abs_diff(row.close) <= 20, "{}", day.date);
            for minute in 0..300 {
                let price = day.fair(session.open.plus_seconds(60 * minute).0);
                assert!((row.low..=row.high).contains(&price.0));
            }
            assert_eq!(day.needs(&specification, 12).len(), 12);
        }
    }
}
