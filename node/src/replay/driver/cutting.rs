//! Where a block of trading ends.
//!
//! Blocks are cut so that every event meets the market exactly as the flow has it: one message that spends a note a
//! trader and block (the next one needs its predecessor's note in a block-end root), market orders and replaces first in
//! theirs (they look at the book and at their record), no reference to an order of the same block, no block across a
//! boundary of the day or past the next instant at which the market itself acts.
//!
//! Along with them wallets claim what is finished, so that records don't pile up until the next window.

use super::flow::Skip;
use super::intent::old_order;
use super::setup::act_of;
use super::{Driver, LARGEST_BLOCK};
use crate::flow::new_order;
use crate::replay::error::ReplayError;
use crate::replay::work::{Batch, Purpose, Work};
use std::collections::BTreeSet;
use tally_bench_data::{FlowEvent, Intent};
use tally_exchange::market::{Market, Stage};
use tally_exchange::receipt::Phase;
use tally_exchange::refusal::Refusal;
use tally_trader::error::WalletError;

/// A block of trading while it is filled.
#[derive(Default)]
struct Cut {
    work: Vec<Work>,
    busy: BTreeSet<u32>,
    posted: BTreeSet<u32>,
    first: u64,
    last: u64,
}

/// What becomes of the next event.
enum Next {
    /// It is in the block.
    Taken,
    /// It is left out or put off, and the one after it is looked at.
    Passed,
    /// The block ends before it.
    Cut,
    /// A block of its own comes first.
    First(Batch),
}

impl Driver<'_> {
    /// The next block of the flow; none if none of its events is due before `next`, microseconds, or nothing is taken.
    pub(super) fn trading_batch(
        &mut self,
        market: &Market,
        next: u64,
    ) -> Result<Option<Batch>, ReplayError> {
        let takes_orders = matches!(
            market.phase(),
            Phase::PreOpen | Phase::Continuous | Phase::AfterSettlement
        );
        let is_today = market.session().date == self.today().session.date;
        if !takes_orders || !is_today || market.stage() != Stage::Open || market.is_halted() {
            return Ok(None);
        }
        let mut cut = Cut::default();
        while let Some(index) = self.next_event(market, &cut) {
            match self.take_event(market, index, next, &mut cut)? {
                Next::Taken | Next::Passed => {}
                Next::Cut => break,
                Next::First(batch) => return Ok(Some(batch)),
            }
        }
        if !cut.work.is_empty() {
            self.add_claims(market, &mut cut);
        }
        Ok(Batch::of(cut.last, cut.work))
    }

    /// The index of the event after those of the block: market orders that were put off go first.
    fn next_event(&self, market: &Market, cut: &Cut) -> Option<usize> {
        let flow = &self.flow;
        let mut taken = cut.work.iter().filter_map(|work| match work.purpose {
            Purpose::Event(index) => Some(index),
            _ => None,
        });
        let last = taken.next_back();
        if market.phase() != Phase::PreOpen
            && let Some(first) = flow.waiting.front()
        {
            // A market order has a block to itself.
            return last.is_none().then_some(*first);
        }
        let index = last.map_or(flow.cursor, |last| last + 1);
        (index < flow.day.flow.events.len()).then_some(index)
    }

    fn take_event(
        &mut self,
        market: &Market,
        index: usize,
        next: u64,
        cut: &mut Cut,
    ) -> Result<Next, ReplayError> {
        let event = self.flow.day.flow.events[index];
        let time = self.flow.time_of(&event).max(market.time().0);
        if time >= next || self.must_cut(cut, time, &event) {
            return Ok(Next::Cut);
        }
        if self.traders[event.trader as usize].absent {
            return Ok(self.pass(cut, |driver| driver.flow.skip(index, Skip::Absent)));
        }
        if market.phase() == Phase::PreOpen && matches!(event.intent, Intent::Market { .. }) {
            return Ok(self.pass(cut, |driver| driver.flow.put_off(index)));
        }
        let error = match self.build(market, index) {
            Ok(body) => {
                let piece = Work::new(event.trader, Purpose::Event(index), body);
                if cut.work.is_empty() {
                    cut.first = time;
                }
                cut.last = time;
                if piece.spends() {
                    cut.busy.insert(event.trader);
                }
                cut.posted.extend(new_order(&event.intent));
                cut.work.push(piece);
                return Ok(Next::Taken);
            }
            Err(error) => error,
        };
        // What was built may have changed what the wallet looks at: it tries again in a block of its own.
        if !cut.work.is_empty() {
            return Ok(Next::Cut);
        }
        if let Some(batch) = self.make_room(market, &event, time, &error)? {
            return Ok(Next::First(batch));
        }
        tracing::info!(event = index, %error, "a wallet declines an event of the flow");
        self.flow.skip(index, why(&error));
        Ok(Next::Passed)
    }

    /// Passes an event over, once it is the first of a block: then it is looked at only once.
    fn pass(&mut self, cut: &Cut, pass: impl FnOnce(&mut Self)) -> Next {
        if cut.work.is_empty() {
            pass(self);
            Next::Passed
        } else {
            Next::Cut
        }
    }

    fn must_cut(&self, cut: &Cut, time: u64, event: &FlowEvent) -> bool {
        if cut.work.is_empty() {
            return false;
        }
        let part = |time| {
            let begun = self.flow.boundaries.iter().filter(|begin| **begin <= time);
            begun.count()
        };
        let looks_at_the_book =
            matches!(event.intent, Intent::Market { .. } | Intent::Replace { .. });
        let is_act = new_order(&event.intent).is_some();
        looks_at_the_book
            || cut.work.len() >= LARGEST_BLOCK
            || part(cut.first) != part(time)
            || time - cut.first > self.flow.interval
            || (is_act && cut.busy.contains(&event.trader))
            || old_order(&event.intent).is_some_and(|order| cut.posted.contains(&order))
    }

    /// A wallet without margin claims what is finished before it declines an event.
    fn make_room(
        &self,
        market: &Market,
        event: &FlowEvent,
        time: u64,
        error: &WalletError,
    ) -> Result<Option<Batch>, ReplayError> {
        if !matches!(error, WalletError::Margin { .. } | WalletError::Range(_)) {
            return Ok(None);
        }
        Ok(self
            .claim(market, event.trader)?
            .and_then(|claim| Batch::of(time, vec![claim])))
    }

    /// Claims join the block: of the trader with the most finished records, and of all who have too many, each if he has
    /// nothing else in it.
    fn add_claims(&self, market: &Market, cut: &mut Cut) {
        let senders: BTreeSet<u32> = cut.work.iter().map(|work| work.trader).collect();
        let traders = self.plan.arguments.traders;
        let free = (0..traders)
            .filter(|trader| !senders.contains(trader) && !self.traders[*trader as usize].absent);
        for trader in self.finished.claimants(free, traders) {
            if cut.work.len() >= LARGEST_BLOCK {
                break;
            }
            // A claim that can't be made now is made later.
            if let Ok(Some(claim)) = self.claim(market, trader) {
                cut.work.push(claim);
            }
        }
    }

    /// The claim of a trader's oldest finished records.
    pub(super) fn claim(&self, market: &Market, trader: u32) -> Result<Option<Work>, ReplayError> {
        let lineage = self.traders[trader as usize].wallet().main();
        let plans = lineage.finished_claims(market);
        let Some(plan) = plans.first() else {
            return Ok(None);
        };
        let act = lineage
            .trade(market, Some(plan), &[])
            .map_err(ReplayError::of_wallet(trader))?;
        Ok(Some(act_of(trader, Purpose::Claim, act)))
    }
}

fn why(error: &WalletError) -> Skip {
    match error {
        WalletError::UnknownOrder(_)
        | WalletError::Refused(Refusal::NotLive(_) | Refusal::NotLower { .. }) => Skip::Gone,
        _ => Skip::Declined,
    }
}
