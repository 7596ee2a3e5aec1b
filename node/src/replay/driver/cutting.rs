//! Where a block of the trading day ends.
//!
//! Blocks are cut so that every event meets the market exactly as the flow has it: one Act a trader and block (the
//! next one needs its predecessor's note in a block-end root), market orders and replaces first in theirs (they look
//! at the book and at their record), no reference to an order of the same block, no block across a boundary of the day,
//! the uncrossing in a block of its own.

use super::intent::{new_order, old_order};
use super::{Driver, LARGEST_BLOCK};
use crate::replay::error::ReplayError;
use crate::replay::work::{Batch, Body, Purpose, Work};
use std::collections::BTreeSet;
use tally_bench_data::{FlowEvent, Intent};
use tally_exchange::market::Market;
use tally_trader::error::WalletError;

impl Driver<'_> {
    pub(super) fn trading_batch(&mut self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        let mut work: Vec<Work> = Vec::new();
        let mut busy = BTreeSet::new();
        let mut posted = BTreeSet::new();
        let (mut first, mut last) = (0, 0);
        let mut index = self.cursor;
        while let Some(event) = self.day.flow.events.get(index) {
            let time = self.time_of(event);
            if work.is_empty()
                && let Some(batch) = self.uncrossing_batch(market, time)
            {
                return Ok(Some(batch));
            }
            if !work.is_empty()
                && (self.must_cut(first, time, event, &busy, &posted)
                    || work.len() >= LARGEST_BLOCK)
            {
                break;
            }
            match self.build(market, event) {
                Ok(body) => {
                    if work.is_empty() {
                        first = time;
                    }
                    last = time;
                    if matches!(body, Body::Act(_)) {
                        busy.insert(event.trader);
                    }
                    posted.extend(new_order(&event.intent));
                    work.push(Work {
                        trader: event.trader,
                        purpose: Purpose::Event(index),
                        body,
                    });
                }
                // What was built may have changed what the wallet looks at: try again in a block of its own.
                Err(_) if !work.is_empty() => break,
                Err(error) => match self.make_room(market, event, time, &error)? {
                    Some(batch) => return Ok(Some(batch)),
                    None => {
                        tracing::warn!(event = index, %error, "a wallet declines an event of the flow");
                        self.declined += 1;
                        self.cursor = index + 1;
                    }
                },
            }
            index += 1;
        }
        Ok((!work.is_empty()).then_some(Batch { time: last, work }))
    }

    /// An empty block at the open: whoever sends next sees the book and the records as the uncrossing left them.
    fn uncrossing_batch(&self, market: &Market, next: u64) -> Option<Batch> {
        let open = self.day.session.open;
        (market.time() < open && next >= open.0).then(|| Batch {
            time: open.0,
            work: Vec::new(),
        })
    }

    fn must_cut(
        &self,
        first: u64,
        time: u64,
        event: &FlowEvent,
        busy: &BTreeSet<u32>,
        posted: &BTreeSet<u32>,
    ) -> bool {
        let part = |time| {
            self.boundaries
                .iter()
                .filter(|boundary| **boundary <= time)
                .count()
        };
        let looks_at_the_book =
            matches!(event.intent, Intent::Market { .. } | Intent::Replace { .. });
        let is_act = new_order(&event.intent).is_some();
        looks_at_the_book
            || part(first) != part(time)
            || time - first > self.interval
            || (is_act && busy.contains(&event.trader))
            || old_order(&event.intent).is_some_and(|order| posted.contains(&order))
    }

    /// A wallet without margin claims what is finished before it declines an event.
    fn make_room(
        &self,
        market: &Market,
        event: &FlowEvent,
        time: u64,
        error: &WalletError,
    ) -> Result<Option<Batch>, ReplayError> {
        let trader = event.trader;
        let lineage = self.wallets[trader as usize].main();
        let claims = lineage.finished_claims(market);
        let (WalletError::Margin { .. } | WalletError::Range(_), Some(plan)) =
            (error, claims.first())
        else {
            return Ok(None);
        };
        let prepared = lineage
            .trade(market, Some(plan), &[])
            .map_err(ReplayError::of_wallet(trader))?;
        let body = Body::Act(Box::new(prepared));
        Ok(Some(Batch {
            time,
            work: vec![Work {
                trader,
                purpose: Purpose::Claim,
                body,
            }],
        }))
    }
}
