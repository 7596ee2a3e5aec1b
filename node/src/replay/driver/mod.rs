//! The traders' side of a replay: what the next block holds, as a function of flow and state alone.
//!
//! A replay is a simulation by events. After every block the driver asks, in this order: does some agent have a duty
//! now (dealing, claiming and refreshing in a window, sharing)? Is an event of the flow due before anything else
//! happens? If neither, an empty block moves the time to the next instant at which the market or an agent acts.

mod comeback;
mod cutting;
mod duties;
mod finished;
mod flow;
mod instants;
mod intent;
mod rollover;
mod setup;

use self::finished::Finished;
use self::flow::DayFlow;
use super::error::ReplayError;
use super::passive::PassiveTime;
use super::plan::{ReplayDay, ReplayMonth, ReplayPlan};
use super::traders::Trader;
use super::work::{Batch, Purpose, Work};
use crate::replica::{Answer, Outcome, Replica};
use std::collections::BTreeSet;
use tally_exchange::market::Market;
use tally_exchange::message::Transaction;
use tally_exchange::receipt::{Event, Receipt};
use tally_ledger_adapter::accounts::AccountBook;

pub use self::flow::FlowCounts;

/// Most pieces of one block.
const LARGEST_BLOCK: usize = 64;
/// How long before the pre-open the notes are opened, seconds.
const FUNDING_LEAD_SECONDS: u64 = 3_600;

/// Part of a replay, in the order of the first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// The faucet gives everybody cash.
    Funding,
    /// Everybody opens a note.
    Opening,
    /// Everybody takes a decryptor's seat.
    Bonding,
    /// A trading day from pre-open to the end of its daily epoch.
    Session,
    /// Seats leave, and whoever dropped out waits for the next uncrossing.
    Leaving,
    /// Whoever dropped out comes back.
    Comeback,
    /// Bonds come back after expiry.
    Unbonding,
    /// Cash goes to the next contract month.
    Transferring,
    /// Cash arrives in the next contract month.
    Receiving,
    /// The last claims.
    Claiming,
    /// Nothing is left to do.
    Done,
}

/// All traders and the flow, at one height.
pub(super) struct Driver<'a> {
    plan: &'a ReplayPlan,
    deposits: Vec<u64>,
    traders: Vec<Trader>,
    stage: Stage,
    /// The contract month that is traded.
    month: usize,
    /// The day that is traded.
    day: usize,
    /// Whether the faucet has paid.
    is_funded: bool,
    flow: DayFlow<'a>,
    /// Counts of the days before.
    earlier: Vec<FlowCounts>,
    /// Processor time of the measured trader on the first day.
    pub(super) passive_time: PassiveTime,
    /// Traders whose message of this stage was refused: they don't try again.
    refused: BTreeSet<u32>,
    /// The same for what an agent does by itself, until the market's stage changes.
    stuck: BTreeSet<u32>,
    /// The trader whose processor time is measured.
    passive: u32,
    /// Since when the mark has been beyond the trigger distance, microseconds.
    beyond_since: Option<u64>,
    /// Time of the last trigger, microseconds.
    last_trigger: u64,
    /// Whether drop-outs have been picked.
    has_dropped_out: bool,
    /// Whether distressed traders have taken their positions.
    positions_taken: u32,
    /// Rests of orders that the last halt cancelled.
    halted: flow::HaltedOrders,
    /// Records that wait to be claimed.
    finished: Finished,
}

impl<'a> Driver<'a> {
    pub(super) fn new(plan: &'a ReplayPlan, replica: &Replica) -> Result<Self, ReplayError> {
        let passive = passive_trader(plan);
        let mut driver = Self {
            plan,
            deposits: plan.first_deposits(),
            traders: Vec::new(),
            stage: Stage::Funding,
            month: 0,
            day: 0,
            is_funded: false,
            flow: DayFlow::new(&plan.days[0]),
            earlier: Vec::new(),
            passive_time: PassiveTime::default(),
            refused: BTreeSet::new(),
            stuck: BTreeSet::new(),
            passive,
            beyond_since: None,
            last_trigger: 0,
            has_dropped_out: false,
            positions_taken: 0,
            halted: flow::HaltedOrders::default(),
            finished: Finished::default(),
        };
        let market = driver.market(replica)?;
        driver.traders = (0..plan.arguments.traders)
            .map(|trader| Trader::new(plan, trader, trader == passive, market))
            .collect();
        Ok(driver)
    }

    pub(super) fn traders(&self) -> &[Trader] {
        &self.traders
    }

    /// The traders, to be tampered with.
    #[cfg(test)]
    pub(super) const fn traders_mut(&mut self) -> &mut Vec<Trader> {
        &mut self.traders
    }

    /// Lets traders claim as soon as so few finished records wait.
    #[cfg(test)]
    pub(super) fn claim_beyond(&mut self, most_waiting: usize) {
        self.finished = Finished::with_most(most_waiting);
    }

    /// The trader whose processor time is measured: the honest one with the fewest messages of the first day.
    pub(super) const fn passive(&self) -> u32 {
        self.passive
    }

    pub(super) const fn stage(&self) -> Stage {
        self.stage
    }

    /// What became of the flow's events so far, day by day.
    pub(super) fn counts(&self) -> Vec<FlowCounts> {
        let mut counts = self.earlier.clone();
        counts.push(self.flow.counts);
        counts
    }

    /// Whether the trader was away and is on the way back.
    pub(super) fn is_returning(&self, trader: u32) -> bool {
        self.traders[trader as usize].returning
    }

    /// Whether what the measured trader does now counts for its day.
    pub(super) fn measures(&self) -> bool {
        self.day == 0 && self.stage == Stage::Session
    }

    /// Events of the flow that are done.
    pub(super) fn events_done(&self) -> usize {
        let before: usize = self.plan.days[..self.day]
            .iter()
            .map(|day| day.flow.events.len())
            .sum();
        before + self.flow.cursor
    }

    /// When the sender of this event of the day wanted to send it, in a block of this time, microseconds: when the flow has
    /// it, or with the block if a halt or the pre-open held it up.
    pub(super) fn wanted_at(&self, index: usize, block: u64) -> u64 {
        let written = self.flow.time_of(&self.flow.day.flow.events[index]);
        if block.saturating_sub(written) > self.flow.interval {
            block
        } else {
            written
        }
    }

    /// The day that is traded.
    pub(super) const fn day_index(&self) -> usize {
        self.day
    }

    fn today(&self) -> &'a ReplayDay {
        &self.plan.days[self.day]
    }

    fn this_month(&self) -> &'a ReplayMonth {
        &self.plan.months[self.month]
    }

    /// The market that is traded.
    fn market<'m>(&self, replica: &'m Replica) -> Result<&'m Market, ReplayError> {
        let symbol = self.this_month().symbol;
        // The plan's replica has a market for each of its months.
        replica
            .market(symbol)
            .ok_or(ReplayError::Replica(crate::replica::ReplicaError::Empty))
    }

    /// The next block; none when all is done.
    pub(super) fn next_batch(&mut self, replica: &Replica) -> Result<Option<Batch>, ReplayError> {
        loop {
            let market = self.market(replica)?;
            let batch = match self.stage {
                Stage::Funding => self.funding_batch(),
                Stage::Opening => self.opening_batch(market)?,
                Stage::Bonding => self.bonding_batch(market)?,
                Stage::Session => self.session_batch(market, replica.accounts())?,
                Stage::Leaving => self.leaving_batch(market)?,
                Stage::Comeback => self.comeback_batch(market, replica.accounts())?,
                Stage::Unbonding => self.unbonding_batch(market)?,
                Stage::Transferring => self.transferring_batch(market)?,
                Stage::Receiving => self.receiving_batch(replica, market)?,
                Stage::Claiming => self.claiming_batch(market)?,
                Stage::Done => return Ok(None),
            };
            match batch {
                Some(batch) => return Ok(Some(batch)),
                None => self.advance(replica)?,
            }
        }
    }

    fn advance(&mut self, replica: &Replica) -> Result<(), ReplayError> {
        self.refused.clear();
        self.stuck.clear();
        if self.stage == Stage::Session {
            self.flow.give_up();
        }
        let is_last_day = self.day + 1 == self.plan.days.len();
        self.stage = match self.stage {
            Stage::Funding => Stage::Opening,
            Stage::Opening | Stage::Receiving => Stage::Bonding,
            Stage::Bonding => Stage::Session,
            Stage::Session if is_last_day => Stage::Leaving,
            Stage::Session if self.is_last_of_month() => Stage::Comeback,
            Stage::Session => {
                self.next_day();
                Stage::Session
            }
            Stage::Leaving => Stage::Comeback,
            Stage::Comeback if is_last_day => Stage::Claiming,
            Stage::Comeback => Stage::Unbonding,
            Stage::Unbonding => Stage::Transferring,
            Stage::Transferring => {
                self.next_day();
                self.next_month(replica)?;
                Stage::Receiving
            }
            Stage::Claiming | Stage::Done => Stage::Done,
        };
        Ok(())
    }

    fn is_last_of_month(&self) -> bool {
        self.day + 1 == self.this_month().days.end
    }

    fn next_day(&mut self) {
        self.earlier.push(self.flow.counts);
        self.day += 1;
        self.flow = DayFlow::new(&self.plan.days[self.day]);
        self.beyond_since = None;
    }

    /// The next block of a trading day; none when its daily epoch is over.
    fn session_batch(
        &mut self,
        market: &Market,
        accounts: &AccountBook,
    ) -> Result<Option<Batch>, ReplayError> {
        self.pick_drop_outs(market);
        if let Some(batch) = self.duties(market, accounts)? {
            return Ok(Some(batch));
        }
        if let Some(batch) = self.return_batch(market, accounts)? {
            return Ok(Some(batch));
        }
        if let Some(batch) = self.position_batch(market)? {
            return Ok(Some(batch));
        }
        if let Some(batch) = self.final_settlement_batch(market) {
            return Ok(Some(batch));
        }
        let next = self.next_instant(market);
        if let Some(batch) = self.trading_batch(market, next.unwrap_or(u64::MAX))? {
            return Ok(Some(batch));
        }
        if self.is_day_over(market) {
            return Ok(None);
        }
        match next {
            Some(time) => Ok(Some(Batch::tick(time))),
            None => Err(ReplayError::Still {
                height: market.height(),
                doing: "a trading day",
            }),
        }
    }

    /// Takes in what the block did: wallets follow, the flow goes on.
    pub(super) fn absorb(
        &mut self,
        replica: &Replica,
        work: &[(u32, Purpose)],
        outcome: &Outcome,
    ) -> Result<(), ReplayError> {
        for ((trader, purpose), answer) in work.iter().zip(&outcome.answers) {
            let (trader, purpose) = (*trader, *purpose);
            if let Answer::Market(transaction, receipt) = answer {
                let symbol = transaction.market();
                if let Some(market) = replica.market(symbol) {
                    self.traders[trader as usize]
                        .follow(market, transaction, receipt)
                        .map_err(ReplayError::of_wallet(trader))?;
                }
                self.finished.take(trader, transaction, receipt);
                self.note_refusal(trader, purpose, receipt);
                self.note_repost(trader, purpose, transaction, receipt);
            }
            match purpose {
                Purpose::Fund => self.is_funded = true,
                Purpose::Position => self.positions_taken += 1,
                Purpose::Event(index) => self.flow.take(index, answer),
                _ => {}
            }
        }
        let market = self.market(replica)?;
        for trader in &mut self.traders {
            trader.end_block(market);
        }
        self.watch(market, outcome);
        Ok(())
    }

    /// A message that was refused is not sent again as it was.
    fn note_refusal(&mut self, trader: u32, purpose: Purpose, receipt: &Receipt) {
        let Receipt::Refused(refusal) = receipt else {
            return;
        };
        tracing::info!(trader, ?purpose, %refusal, "the market refuses a message");
        match purpose {
            Purpose::Agent(_) => self.stuck.insert(trader),
            _ => self.refused.insert(trader),
        };
    }

    fn note_repost(
        &mut self,
        trader: u32,
        purpose: Purpose,
        transaction: &Transaction,
        receipt: &Receipt,
    ) {
        if purpose == Purpose::Agent(tally_trader::agent::Purpose::Repost) {
            self.halted
                .take_back(trader, transaction, receipt, &mut self.flow.orders);
        }
    }

    /// Looks at what everybody saw happen.
    fn watch(&mut self, market: &Market, outcome: &Outcome) {
        let symbol = market.symbol();
        for (_, event) in outcome.events.iter().filter(|(own, _)| *own == symbol) {
            self.finished.watch(event);
            match event {
                Event::Triggered { .. } => {
                    self.last_trigger = market.time().0;
                    self.stuck.clear();
                    self.halted
                        .remember(market, &self.flow.orders, self.today());
                }
                Event::WindowOpened { .. }
                | Event::WindowClosed { .. }
                | Event::KeyMade { .. }
                | Event::KeyRoundStarted { .. } => self.stuck.clear(),
                Event::Opened { .. } | Event::Pending { .. } => {
                    self.stuck.clear();
                    self.flow.resumed_at = market.time().0;
                }
                _ => {}
            }
        }
        self.watch_mark(market);
    }

    /// Pieces of one kind from traders who still have to send theirs, up to a block's worth.
    fn each(
        &self,
        mut piece: impl FnMut(u32, &Trader) -> Result<Option<Work>, ReplayError>,
    ) -> Result<Vec<Work>, ReplayError> {
        let mut work = Vec::new();
        for (trader, state) in (0..).zip(&self.traders) {
            if self.refused.contains(&trader) {
                continue;
            }
            if let Some(piece) = piece(trader, state)? {
                work.push(piece);
            }
            if work.len() == LARGEST_BLOCK {
                break;
            }
        }
        Ok(work)
    }
}

/// The honest trader with the fewest messages of the first day.
fn passive_trader(plan: &ReplayPlan) -> u32 {
    let events = &plan.days[0].flow.events;
    let honest = (0..plan.arguments.traders)
        .filter(|trader| plan.conduct(*trader) == super::faults::Conduct::Honest);
    honest
        .min_by_key(|trader| events.iter().filter(|e| e.trader == *trader).count())
        .unwrap_or(0)
}
