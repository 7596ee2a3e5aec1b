//! Writes down a replay's first day as it goes by, for the drawn report.

mod classes;
mod queue;
mod thinning;
mod verdict;

pub(super) use queue::Service;
pub(super) use verdict::{Capacity, verdict};

use self::queue::{Kind, ServiceTimes};
use super::driver::{Driver, Stage};
use super::plan::{ReplayDay, ReplayPlan};
use super::proving::ProofTime;
use super::record::{
    BandSpan, DepthSample, EpochMark, MOST_DEPTH_SAMPLES, MOST_MARKS, MOST_QUEUE_POINTS,
    MOST_TRADES, MarkPoint, QueuePoint, ReplayRecord, TradePoint, Verdict,
};
use super::source::Made;
use super::work::Purpose;
use crate::replica::{Outcome, Replica};
use std::collections::BTreeMap;
use tally_exchange::book::Level;
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::market::{ClosedEpoch, Market};
use tally_exchange::message::Symbol;
use tally_exchange::receipt::{Event, Phase};
use tally_exchange::specification::Specification;
use tally_exchange::units::{Band, Price, Side};

/// The book is summed up within so many ticks of its best price.
const DEPTH_TICKS: u32 = 10;
/// Thousandths in one.
const MILLS: i64 = 1_000;

/// A proof that a trader's machine had to make.
#[derive(Clone, Copy, Debug)]
struct Sent {
    trader: u32,
    at_us: i64,
    kind: Kind,
    /// Whether it is of a message of the flow: of those the delay is drawn.
    is_flow: bool,
}

/// The record so far.
pub(super) struct Recorder<'a> {
    plan: &'a ReplayPlan,
    day: &'a ReplayDay,
    symbol: Symbol,
    open_us: i64,
    bands: Vec<BandSpan>,
    trades: Vec<TradePoint>,
    marks: Vec<MarkPoint>,
    epochs: Vec<EpochMark>,
    depth: Vec<DepthSample>,
    sent: Vec<Sent>,
    /// Messages of the flow that each trader sent.
    messages: Vec<u64>,
    times: ServiceTimes,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(plan: &'a ReplayPlan) -> Self {
        // A plan has at least one day and its month.
        let (day, symbol) = (&plan.days[0], plan.months[0].symbol);
        Self {
            plan,
            day,
            symbol,
            open_us: signed(day.session.open.0),
            bands: Vec::new(),
            trades: Vec::new(),
            marks: Vec::new(),
            epochs: Vec::new(),
            depth: Vec::new(),
            sent: Vec::new(),
            messages: vec![0; plan.arguments.traders as usize],
            times: ServiceTimes::default(),
        }
    }

    /// Takes in a block that the driver has taken in.
    pub(super) fn take(
        &mut self,
        replica: &Replica,
        driver: &Driver<'_>,
        pieces: &[(u32, Purpose)],
        outcome: &Outcome,
        made: Option<&Made>,
    ) {
        self.time(outcome, made);
        if driver.day_index() > 0 || driver.stage() != Stage::Session {
            return;
        }
        let Some(market) = replica.market(self.symbol) else {
            return;
        };
        let at_us = self.since_open(market.time().0);
        self.take_pieces(driver, pieces, outcome, market.time().0);
        self.take_events(outcome, at_us);
        if at_us <= self.since_open(self.day.session.close.0) {
            self.take_band(market, at_us);
            self.take_mark(market, at_us);
            self.take_book(market, at_us);
        }
    }

    /// Notes what the proofs of a block took.
    fn time(&mut self, outcome: &Outcome, made: Option<&Made>) {
        let proofs = made.map_or(&[][..], |made| &made.proofs);
        for (answer, time) in outcome.answers.iter().zip(proofs) {
            if let (Some(kind), Some(time)) = (Kind::of(answer), time) {
                let ProofTime {
                    wall,
                    had_all_cores,
                    ..
                } = *time;
                self.times.take(kind, wall, had_all_cores);
            }
        }
    }

    fn take_pieces(
        &mut self,
        driver: &Driver<'_>,
        pieces: &[(u32, Purpose)],
        outcome: &Outcome,
        block_us: u64,
    ) {
        let at_us = self.since_open(block_us);
        for ((trader, purpose), answer) in pieces.iter().zip(&outcome.answers) {
            let wanted = match purpose {
                Purpose::Event(index) => {
                    self.messages[*trader as usize] += 1;
                    Some(self.since_open(driver.wanted_at(*index, block_us)))
                }
                _ => None,
            };
            if let Some(kind) = Kind::of(answer) {
                self.sent.push(Sent {
                    trader: *trader,
                    at_us: wanted.unwrap_or(at_us),
                    kind,
                    is_flow: wanted.is_some(),
                });
            }
        }
    }

    fn take_events(&mut self, outcome: &Outcome, at_us: i64) {
        let mut traded: BTreeMap<Price, u64> = BTreeMap::new();
        for (_, event) in outcome.events.iter().filter(|(own, _)| *own == self.symbol) {
            match event {
                Event::Trade {
                    price, quantity, ..
                } => *traded.entry(*price).or_default() += u64::from(quantity.0),
                Event::Triggered {
                    epoch,
                    trigger,
                    price,
                    ..
                } => self.epochs.push(EpochMark {
                    epoch: *epoch,
                    trigger: word(trigger),
                    triggered_us: at_us,
                    closed_us: None,
                    reopened_us: None,
                    price: Some(i64::from(price.0)),
                }),
                Event::WindowClosed { epoch, .. } => {
                    let closed = self.epochs.iter_mut().rev().find(|m| m.epoch == *epoch);
                    if let Some(mark) = closed {
                        mark.closed_us = Some(at_us);
                    }
                }
                Event::Reopened { epoch, .. } => {
                    let mut marks = self.epochs.iter_mut().rev();
                    if let Some(mark) = marks.find(|m| m.epoch.checked_add(1) == Some(*epoch)) {
                        mark.reopened_us = Some(at_us);
                    }
                }
                _ => {}
            }
        }
        self.trades
            .extend(traded.into_iter().map(|(price, quantity)| TradePoint {
                at_us,
                price: i64::from(price.0),
                quantity,
            }));
    }

    fn take_band(&mut self, market: &Market, at_us: i64) {
        let band = market.band();
        let epoch = market.epoch();
        let close = self.since_open(self.day.session.close.0);
        let from_us = match self.bands.last_mut() {
            None => self.since_open(self.day.session.pre_open.0),
            Some(last) => {
                let is_same = last.epoch == epoch
                    && (last.lo, last.hi) == (i64::from(band.lo.0), i64::from(band.hi.0));
                // What begins at the close is the next session's.
                if is_same || at_us >= close {
                    return;
                }
                last.to_us = at_us;
                at_us
            }
        };
        let span = self.span(market, band, from_us, close);
        self.bands.push(span);
    }

    fn span(&self, market: &Market, band: Band, from_us: i64, to_us: i64) -> BandSpan {
        let last = market.closed_epochs().last().map(ClosedEpoch::terms);
        let centre = last.map_or_else(|| market.prior_settlement(), |terms| terms.centre);
        let centre = self.day.limit.clamp(centre);
        let distance = i64::from(self.plan.specification.trigger_distance);
        let (centre, limit) = (i64::from(centre.0), self.day.limit);
        BandSpan {
            epoch: market.epoch(),
            from_us,
            to_us,
            lo: i64::from(band.lo.0),
            hi: i64::from(band.hi.0),
            centre,
            // An edge on the daily limit never triggers.
            trigger_lo: (band.lo > limit.lo).then_some(centre - distance),
            trigger_hi: (band.hi < limit.hi).then_some(centre + distance),
        }
    }

    fn take_mark(&mut self, market: &Market, at_us: i64) {
        let price = i64::from(market.mark().0);
        if self.marks.last().is_none_or(|last| last.price != price) {
            self.marks.push(MarkPoint { at_us, price });
        }
    }

    fn take_book(&mut self, market: &Market, at_us: i64) {
        if !matches!(
            market.phase(),
            Phase::PreOpen | Phase::Continuous | Phase::AfterSettlement | Phase::Halted
        ) {
            return;
        }
        // Levels are of different prices: no more of them are within the distance.
        let levels = |side| market.depth(side, DEPTH_TICKS as usize + 1);
        let (best_bid, bid_depth) = near(&levels(Side::Buy));
        let (best_ask, ask_depth) = near(&levels(Side::Sell));
        let sample = DepthSample {
            at_us,
            best_bid,
            best_ask,
            bid_depth,
            ask_depth,
        };
        match self.depth.last_mut() {
            // Several blocks of one instant: the last counts.
            Some(last) if last.at_us == at_us => *last = sample,
            _ => self.depth.push(sample),
        }
    }

    const fn since_open(&self, time_us: u64) -> i64 {
        signed(time_us) - self.open_us
    }

    /// What a proof of each kind takes a trader whose machine does nothing else.
    pub(super) fn service(&self) -> Service {
        Service::new(&self.times)
    }

    /// What the flow's messages waited for their proofs, in the order of the flow.
    pub(super) fn queue(&self, service: &Service) -> Vec<QueuePoint> {
        queue::delays(&self.sent, service)
    }

    /// The record, bounded.
    pub(super) fn finish(
        self,
        service: &Service,
        threads: usize,
        is_dry: bool,
        verdict: Verdict,
    ) -> ReplayRecord {
        let queue = self.queue(service);
        ReplayRecord {
            day: self.day.session.date.to_string(),
            market: self.symbol.as_str().to_owned(),
            tick_mills: tick_mills(&self.plan.specification),
            threads,
            dry_run: is_dry,
            classes: classes::classes(&self.messages, &self.sent, service),
            bands: self.bands,
            trades: thinning::trades(self.trades, MOST_TRADES),
            marks: thinning::marks(self.marks, MOST_MARKS),
            epochs: self.epochs,
            depth: thinning::depth(self.depth, MOST_DEPTH_SAMPLES),
            queue: thinning::queue(queue, MOST_QUEUE_POINTS),
            queue_basis: service.basis(),
            verdict,
        }
    }
}

/// Best price of a side, and the contracts within [`DEPTH_TICKS`] of it.
fn near(levels: &[Level]) -> (Option<i64>, u64) {
    let Some(best) = levels.first().map(|level| level.price) else {
        return (None, 0);
    };
    let is_near = |level: &&Level| level.price.0.abs_diff(best.0) <= DEPTH_TICKS;
    let contracts = levels.iter().filter(is_near).map(|level| level.quantity);
    (Some(i64::from(best.0)), contracts.sum())
}

/// A tick in thousandths of a cent per pound: what it is worth for a contract, by the pounds of one.
fn tick_mills(specification: &Specification) -> i64 {
    specification.tick_value * MILLS / i64::from(specification.contract_size.max(1))
}

/// The one word as which a plain value is written.
fn word(trigger: &Trigger) -> String {
    match serde_json::to_value(trigger) {
        Ok(serde_json::Value::String(word)) => word,
        // Triggers are written as words.
        _ => String::new(),
    }
}

/// Times of ledgers are far below 2^63 microseconds.
const fn signed(time_us: u64) -> i64 {
    time_us.cast_signed()
}
