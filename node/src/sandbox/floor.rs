//! The floor: all simulated traders, the flow, the clock, on one thread.

use super::day::Day;
use super::desk::{Desk, Done, Glance, MAKERS, Piece, Why};
use super::error::SandboxError;
use super::flow::DayFlow;
use super::follower::Follower;
use super::one_core::OneCore;
use super::pace::{Circumstances, pace};
use super::quotes::Fellows;
use super::record::SandboxRecord;
use super::status::{SandboxStatus, SandboxTrader};
use super::{SandboxEnd, SandboxProgress};
use crate::entry::Entry;
use crate::genesis::ChainGenesis;
use crate::live::engine::Engine;
use crate::replica::{Answer, Outcome};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tally_exchange::epoch::opening::SumOpening;
use tally_exchange::market::{Market, Stage};
use tally_exchange::message::Symbol;
use tally_exchange::receipt::{Event, Phase, Receipt};
use tally_exchange::units::Price;

/// How long the floor sleeps when there is nothing to do.
const SLEEP: Duration = Duration::from_millis(8);
/// Blocks that are taken in before somebody acts again.
const MOST_BLOCKS: usize = 256;
/// How long the market waits for simulated traders that don't get ready, or don't answer a revalidation.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// What the floor shares with whoever started it.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) is_told_to_stop: AtomicBool,
    status: Mutex<Option<SandboxStatus>>,
}

impl Shared {
    /// What the simulated traders hold.
    pub(super) fn status(&self) -> Option<SandboxStatus> {
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.clone()
    }

    fn publish(&self, new: SandboxStatus) {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
    }
}

/// All simulated traders.
pub(super) struct Floor {
    engine: Engine,
    follower: Follower,
    record: SandboxRecord,
    speed: u32,
    prover: OneCore,
    /// The contract months, in the order in which they trade.
    months: Vec<Symbol>,
    /// By contract month, then by trader.
    desks: Vec<Desk>,
    flow: Option<DayFlow>,
    shared: Arc<Shared>,
    /// Whether a session has been opened since the start.
    has_opened: bool,
    is_ready: bool,
    /// Since when simulated traders are waited for who have no note or seat.
    unready_since: Option<Instant>,
    /// The desk that is looked at first among those without a quote to keep.
    turn: usize,
    phase: Option<(Symbol, Phase)>,
    /// Since when a revalidation waits for simulated traders.
    late_since: Option<Instant>,
}

impl Floor {
    /// The floor before the first block.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub(super) fn new(
        engine: Engine,
        genesis: &ChainGenesis,
        record: SandboxRecord,
        speed: u32,
        prover: OneCore,
        shared: Arc<Shared>,
    ) -> Result<Self, SandboxError> {
        let follower = Follower::new(engine.clone(), genesis)?;
        let mut months = Vec::new();
        let mut desks = Vec::new();
        for month in genesis.market_geneses() {
            let symbol = Symbol::new(&month.session.contract)
                .map_err(|_| SandboxError::Specification { what: "month" })?;
            let market = follower.replica().market(symbol);
            let market = market.ok_or(SandboxError::Specification { what: "market" })?;
            desks.extend((0..record.traders).map(|trader| Desk::new(&record, trader, market)));
            months.push(symbol);
        }
        Ok(Self {
            engine,
            follower,
            record,
            speed,
            prover,
            months,
            desks,
            flow: None,
            shared,
            has_opened: false,
            is_ready: false,
            unready_since: None,
            turn: 0,
            phase: None,
            late_since: None,
        })
    }

    /// Follows the ledger to its end: wallets are rebuilt from their seeds.
    ///
    /// # Errors
    /// [`SandboxError`] if the ledger can't be followed.
    pub(super) fn rebuild(
        &mut self,
        progress: &mut dyn FnMut(SandboxProgress),
    ) -> Result<(), SandboxError> {
        let of = self.engine.progress().borrow().height;
        while self.follow()? {
            let height = self.follower.replica().height();
            if height < of {
                progress(SandboxProgress::Following { height, of });
            }
        }
        for desk in &self.desks {
            if let Some(market) = self.follower.replica().market(desk.symbol) {
                desk.check(market).map_err(|source| SandboxError::Wallet {
                    trader: desk.trader,
                    source,
                })?;
            }
        }
        self.publish();
        Ok(())
    }

    /// Trades until it is told to stop, block production has ended, or the calendar is over.
    ///
    /// # Errors
    /// [`SandboxError`] if the ledger can't be followed.
    pub(super) fn run(
        mut self,
        mut progress: impl FnMut(SandboxProgress),
    ) -> Result<SandboxEnd, SandboxError> {
        loop {
            let is_stopping = self.shared.is_told_to_stop.load(Ordering::Relaxed);
            if is_stopping || !self.engine.is_producing() {
                return Ok(SandboxEnd::Stopped);
            }
            while self.follow()? {}
            self.collect();
            self.turn_day()?;
            if self.is_over() {
                tracing::info!("the calendar is over: no session follows, the sandbox ends");
                return Ok(SandboxEnd::CalendarOver);
            }
            self.report(&mut progress);
            self.drive();
            self.ask_faucet();
            if !self.act() {
                thread::sleep(SLEEP);
            }
        }
    }

    /// Takes in blocks; says whether there may be more.
    fn follow(&mut self) -> Result<bool, SandboxError> {
        let before = self.follower.replica().height();
        for _ in 0..MOST_BLOCKS {
            let Some(outcome) = self.follower.step()? else {
                break;
            };
            self.take_in(&outcome);
        }
        let after = self.follower.replica().height();
        if after > before {
            self.publish();
        }
        Ok(after == before + MOST_BLOCKS as u64)
    }

    fn take_in(&mut self, outcome: &Outcome) {
        let replica = self.follower.replica();
        for desk in self.desks.iter_mut().filter(|desk| !desk.is_broken) {
            let Some(market) = replica.market(desk.symbol) else {
                continue;
            };
            for answer in &outcome.answers {
                let Answer::Market(transaction, receipt) = answer else {
                    continue;
                };
                if transaction.market() != desk.symbol {
                    continue;
                }
                if let Err(error) = desk.follow(market, transaction, receipt) {
                    let trader = desk.trader;
                    tracing::error!(trader, %error, "a simulated trader is lost");
                    desk.is_broken = true;
                }
            }
            desk.end_block(market);
        }
        for (symbol, event) in &outcome.events {
            tell(*symbol, event);
        }
    }

    /// The market of the contract month that trades now or next.
    fn traded(&self) -> Option<&Market> {
        let replica = self.follower.replica();
        let months = self.months.iter();
        let mut markets = months.filter_map(|month| replica.market(*month));
        let mut left = markets.clone().filter(|market| !is_finished(market));
        left.next().or_else(|| markets.next_back())
    }

    fn glance<'a>(&self, market: &'a Market, desk: &Desk, wall: Instant) -> Glance<'a> {
        Glance {
            market,
            now: self.engine.clock().now(),
            speed: self.engine.clock().speed(),
            balance: self.follower.replica().accounts().balance(&desk.account),
            wall,
        }
    }

    /// Takes in what became of messages.
    fn collect(&mut self) {
        let (height, wall) = (self.follower.replica().height(), Instant::now());
        for desk in &mut self.desks {
            for done in desk.collect(height, wall) {
                desk.done(&done, wall);
                if let Some(flow) = &mut self.flow {
                    count(flow, &done);
                }
            }
        }
    }

    /// Generates the flow of the day when it comes.
    fn turn_day(&mut self) -> Result<(), SandboxError> {
        let Some(market) = self.traded() else {
            return Ok(());
        };
        let session = market.session();
        if self
            .flow
            .as_ref()
            .is_some_and(|flow| flow.day.date == session.date)
        {
            return Ok(());
        }
        let (symbol, rules) = (market.symbol(), market.specification());
        let day = Day::new(rules, session, &self.record)?;
        let fixed = rules.opening_fee + rules.decryptor_bond;
        let fixed = u64::try_from(fixed.max(rules.minimum_deposit)).unwrap_or(0);
        let needs = day.needs(rules, self.record.traders);
        if let Some(flow) = &self.flow {
            let counts = flow.counts;
            tracing::info!(day = %flow.day.date, ?counts, "a day is over");
        }
        let now = self.engine.clock().now();
        tracing::info!(day = %day.date, %symbol, messages = day.flow.events.len(), "a new day");
        let replica = self.follower.replica();
        for desk in self.desks.iter_mut().filter(|desk| desk.symbol == symbol) {
            let need = needs.get(&desk.trader).copied().unwrap_or(0);
            if let Some(market) = replica.market(symbol) {
                desk.begin_day(market, need + fixed);
            }
        }
        self.flow = Some(DayFlow::new(day, now));
        Ok(())
    }

    /// Whether the last session of the calendar is over, with its revalidation.
    fn is_over(&self) -> bool {
        let Some(market) = self.traded() else {
            return false;
        };
        let session = market.session();
        let calendar = &market.specification().calendar;
        let is_last = calendar.next(session.date).is_none();
        let is_revalued = || {
            let closed = market.closed_epochs().last();
            closed.is_some_and(|epoch| epoch.terms().at >= session.close)
        };
        let is_settled = market.opening().is_none_or(SumOpening::is_closed);
        let is_closed = matches!(market.phase(), Phase::Closed | Phase::Expired);
        is_last && is_closed && market.stage() == Stage::Open && is_settled && is_revalued()
    }

    /// Whether every simulated trader of a contract month has note and seat, or has been waited for long enough.
    fn is_set_up(&mut self, symbol: Symbol) -> bool {
        let mut desks = self.desks.iter().filter(|desk| desk.symbol == symbol);
        if desks.all(Desk::is_set_up) {
            self.unready_since = None;
            return true;
        }
        let since = self.unready_since.get_or_insert_with(Instant::now);
        since.elapsed() > LONGEST_WAIT
    }

    /// Tells how far the start is, once, and what part of the day it is.
    fn report(&mut self, progress: &mut impl FnMut(SandboxProgress)) {
        let Some(market) = self.traded() else {
            return;
        };
        let (symbol, phase, day) = (market.symbol(), market.phase(), market.session().date);
        self.has_opened |= phase.is_trading();
        if self.phase != Some((symbol, phase)) {
            tracing::info!(%symbol, ?phase, %day, "part of the day");
            self.phase = Some((symbol, phase));
        }
        if self.is_ready {
            return;
        }
        let desks = self.desks.iter().filter(|desk| desk.symbol == symbol);
        let notes = desks
            .clone()
            .filter(|desk| desk.lineage().place().is_some());
        let seats = desks.filter(|desk| desk.is_set_up());
        let (notes, seats) = (notes.count(), seats.count());
        let of = self.record.traders as usize;
        progress(SandboxProgress::Traders { notes, seats, of });
        if self.is_set_up(symbol) {
            self.is_ready = true;
            progress(SandboxProgress::Ready);
        }
    }

    /// Whether a revalidation waits for some simulated trader, and may go on to.
    fn is_late(&mut self) -> bool {
        let replica = self.follower.replica();
        let is_awaited = |desk: &Desk| {
            let market = replica.market(desk.symbol);
            market.is_some_and(|market| desk.is_awaited(market))
        };
        if !self.desks.iter().any(is_awaited) {
            self.late_since = None;
            return false;
        }
        self.late_since.get_or_insert_with(Instant::now).elapsed() < LONGEST_WAIT
    }

    fn drive(&mut self) {
        let is_late = self.is_late();
        let Some(symbol) = self.traded().map(Market::symbol) else {
            return;
        };
        let with = Circumstances {
            now: self.engine.clock().now(),
            speed: self.speed,
            is_set_up: self.is_set_up(symbol),
            has_opened: self.has_opened,
            is_late,
        };
        let replica = self.follower.replica();
        if let Some(market) = replica.market(symbol) {
            let pace = pace(market, replica.markets(), with);
            self.engine.drive_clock(pace.speed, pace.limit);
        }
    }

    fn ask_faucet(&mut self) {
        let Some(symbol) = self.traded().map(Market::symbol) else {
            return;
        };
        let replica = self.follower.replica();
        for desk in self.desks.iter_mut().filter(|desk| desk.symbol == symbol) {
            let balance = replica.accounts().balance(&desk.account);
            let Some(amount) = desk.credit(balance, replica.height()) else {
                continue;
            };
            match self.engine.faucet(desk.account, amount) {
                Ok(waiting) => desk.credited(waiting),
                Err(why) => tracing::warn!(trader = desk.trader, %why, "no practice cash"),
            }
        }
    }

    /// Sends what needs no proof, and at most one message that does; says whether anything was sent.
    fn act(&mut self) -> bool {
        let Some(traded) = self.traded().map(Market::symbol) else {
            return false;
        };
        self.deal_flow(traded);
        let mut has_sent = false;
        for place in self.order(traded) {
            let (pieces, needs_proof) = self.pieces(place, traded);
            has_sent |= !pieces.is_empty();
            for piece in pieces {
                self.send(place, piece);
            }
            if needs_proof {
                // Others look at what has happened in the meantime.
                self.turn = place + 1;
                return true;
            }
        }
        has_sent
    }

    /// Desks in the order in which they are looked at: the market makers, then the others in turn.
    fn order(&self, traded: Symbol) -> Vec<usize> {
        let is_first = |place: &usize| {
            let desk = &self.desks[*place];
            desk.symbol == traded && desk.is_maker()
        };
        let count = self.desks.len();
        let others = (0..count).map(|step| (self.turn + step) % count.max(1));
        let makers = (0..count).filter(is_first);
        makers
            .chain(others.filter(|place| !is_first(place)))
            .collect()
    }

    /// Gives events that have become due to their traders.
    fn deal_flow(&mut self, traded: Symbol) {
        let now = self.engine.clock().now();
        let Some(flow) = &mut self.flow else {
            return;
        };
        while let Some((index, event)) = flow.next_due(now) {
            let trader = trader_of(event.trader, self.record.traders);
            let desk = self.desks.iter_mut();
            let desk = desk
                .into_iter()
                .find(|desk| desk.symbol == traded && desk.trader == trader);
            if let Some(desk) = desk {
                desk.add_due(index, flow);
            }
        }
    }

    /// What a desk sends now, and whether one of it needs a proof.
    fn pieces(&mut self, place: usize, traded: Symbol) -> (Vec<Piece>, bool) {
        let wall = Instant::now();
        let replica = self.follower.replica();
        let desk = &self.desks[place];
        let Some(market) = replica.market(desk.symbol) else {
            return (Vec::new(), false);
        };
        if desk.is_broken || desk.is_resting(wall) || market.phase() == Phase::Expired {
            return (Vec::new(), false);
        }
        let glance = self.glance(market, desk, wall);
        let (fair, fellows) = (self.fair(&glance), self.fellows(place, market));
        let desk = &mut self.desks[place];
        let mut pieces = desk.duties(&glance);
        let spends = |pieces: &[Piece]| pieces.iter().any(|p| p.message.nullifier().is_some());
        if !spends(&pieces) && desk.symbol == traded && !desk.is_busy() {
            pieces.extend(desk.sweep(&glance));
            let next = desk.set_up(&glance).or_else(|| match &mut self.flow {
                _ if desk.lineage().place().is_none() => None,
                _ if desk.is_maker() => desk.quote(&glance, fair, fellows),
                Some(flow) => desk.event(&glance, flow),
                None => None,
            });
            pieces.extend(next);
        }
        let needs_proof = spends(&pieces);
        (pieces, needs_proof)
    }

    /// What the other market makers have in the book.
    fn fellows(&self, place: usize, market: &Market) -> Fellows {
        let mut fellows = Fellows::default();
        for (other, desk) in self.desks.iter().enumerate() {
            if other != place && desk.is_maker() && desk.symbol == market.symbol() {
                fellows.add(desk.lineage(), market);
            }
        }
        fellows
    }

    /// The price around which the day trades now: the flow's, or the mark without one.
    fn fair(&self, glance: &Glance<'_>) -> Price {
        let flow = self.flow.as_ref();
        flow.map_or_else(|| glance.market.mark(), |flow| flow.day.fair(glance.now))
    }

    fn send(&mut self, place: usize, piece: Piece) {
        let desk = &mut self.desks[place];
        let (trader, why) = (desk.trader, piece.why);
        let transaction = match self.prover.prove(piece.message) {
            Ok(transaction) => transaction,
            Err(error) => {
                tracing::error!(trader, ?why, %error, "no proof");
                desk.rest(Instant::now());
                return;
            }
        };
        match self.engine.submit(Entry::Market(transaction.clone())) {
            Ok(waiting) => desk.sent(why, transaction, waiting),
            Err(decline) => {
                tracing::debug!(trader, ?why, %decline, "declined");
                desk.rest(Instant::now());
                if matches!(why, Why::Event(_))
                    && let Some(flow) = &mut self.flow
                {
                    flow.counts.declined += 1;
                }
            }
        }
    }

    fn publish(&self) {
        let replica = self.follower.replica();
        let Some(market) = self.traded() else {
            return;
        };
        let symbol = market.symbol();
        let desks = self.desks.iter().filter(|desk| desk.symbol == symbol);
        let trader = |desk: &Desk| {
            let lineage = desk.lineage();
            SandboxTrader {
                trader: desk.trader,
                epoch: lineage.epoch(),
                position: desk.held(market),
                cash: lineage.note().cash,
                steps: lineage.steps(),
                has_seat: !lineage.bonds().is_empty(),
            }
        };
        self.shared.publish(SandboxStatus {
            height: replica.height(),
            time: market.time().0,
            contract: symbol.to_string(),
            day: market.session().date.to_string(),
            phase: market.phase(),
            epoch: market.epoch(),
            clearing: market.clearing().position,
            traders: desks.map(trader).collect(),
        });
    }
}

/// Whether a contract month trades no more.
fn is_finished(market: &Market) -> bool {
    let session = market.session();
    let calendar = &market.specification().calendar;
    let last = calendar.last_trading_day(&session.contract);
    let is_last = last.is_ok_and(|last| last == session.date);
    market.phase() == Phase::Expired || (is_last && market.phase() == Phase::Closed)
}

/// The simulated trader to whom one of the flow's belongs: never a market maker.
pub(super) const fn trader_of(flow_trader: u32, traders: u32) -> u32 {
    MAKERS + flow_trader % (traders - MAKERS)
}

/// Takes over what became of an event of the flow.
fn count(flow: &mut DayFlow, done: &Done) {
    let receipt = match done.answer.as_deref() {
        Some(Answer::Market(_, receipt)) => Some(receipt),
        _ => None,
    };
    match (done.why, receipt) {
        (Why::Event(_), None | Some(Receipt::Refused(_))) => flow.counts.declined += 1,
        (Why::Event(index), Some(receipt)) => {
            flow.counts.sent += 1;
            if let Receipt::Act(act) = receipt
                && let Some(id) = act.orders.first()
            {
                flow.posted(index, *id);
            }
        }
        (_, Some(Receipt::Act(act))) => {
            for (old, place) in &done.renames {
                if let Some(new) = act.orders.get(*place) {
                    flow.renamed(*old, *new);
                }
            }
        }
        _ => {}
    }
}

/// Logs what everybody sees happen, but single orders and trades.
fn tell(symbol: Symbol, event: &Event) {
    match event {
        Event::Triggered { .. }
        | Event::WindowOpened { .. }
        | Event::WindowClosed { .. }
        | Event::Extended { .. }
        | Event::Opened { .. }
        | Event::Pending { .. }
        | Event::Reopened { .. }
        | Event::Slashed { .. }
        | Event::KeyMade { .. }
        | Event::KeyFailed { .. }
        | Event::Settlement { .. }
        | Event::Halted
        | Event::NextSession { .. }
        | Event::Expired { .. } => tracing::info!(%symbol, ?event, "market"),
        _ => tracing::trace!(%symbol, ?event, "market"),
    }
}
