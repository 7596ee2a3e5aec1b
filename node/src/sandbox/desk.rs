//! One simulated trader in one contract month: a wallet and an agent, what was sent, and what is to be sent next.

use super::flow::{DayFlow, is_gone};
use super::quotes::{self, Drift};
use super::record::SandboxRecord;
use crate::live::queue::{Verdict, Waiting};
use crate::replica::Answer;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tally_exchange::market::{Market, Stage};
use tally_exchange::message::{Symbol, Transaction};
use tally_exchange::receipt::{Phase, Receipt};
use tally_exchange::units::{OrderId, Price, Side, Time};
use tally_ledger_adapter::accounts::AccountId;
use tally_trader::agent::{self, Agent, AgentOptions, TopUp, View};
use tally_trader::error::WalletError;
use tally_trader::lineage::Lineage;
use tally_trader::prepared::{Prepared, PreparedAct};
use tally_trader::step::spent_by;
use tally_trader::wallet::Wallet;
use tokio::sync::oneshot::error::TryRecvError;

/// The first so many traders make a market and do nothing else.
pub(super) const MAKERS: u32 = 3;
/// What a trader has beside the note, for margin calls, cents.
pub(super) const RESERVE: u64 = 20_000_000;
/// A deposit is a whole multiple of this, cents.
const DEPOSIT_STEP: u64 = 1_000_000;
/// What is deposited when margin has stopped an order, cents.
const MARGIN_DEPOSIT: u64 = 10_000_000;
/// How long before the end of a window Refreshes are sent at the latest, seconds: one core proves them all.
const REFRESH_MARGIN: u64 = 7_200;
/// How long a trader rests after a message that came to nothing.
const REST: Duration = Duration::from_millis(200);
/// The least time between two quotes if nothing is missing.
const QUOTE_INTERVAL: Duration = Duration::from_millis(700);
/// Finished records that wait for an order to take them along, before they are claimed for themselves.
const MOST_WAITING: usize = 4;
/// Most events that wait for one trader; older ones are late anyway.
const MOST_DUE: usize = 64;

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Agent(agent::Purpose),
    Open,
    Bond,
    Deposit,
    Quote,
    /// The flow's event with this index.
    Event(usize),
    /// Takes out of the book what was posted before a restart.
    Sweep,
}

/// A message that is to be sent.
pub(super) struct Piece {
    pub(super) why: Why,
    pub(super) message: Prepared,
}

/// What became of a message.
pub(super) struct Done {
    pub(super) why: Why,
    /// Day orders of before a halt that it posts again, by their place in the message.
    pub(super) renames: Vec<(OrderId, usize)>,
    /// What the market said; none if it did not come that far.
    pub(super) answer: Option<Arc<Answer>>,
}

/// A message on its way.
struct Ticket {
    why: Why,
    waiting: Waiting,
    renames: Vec<(OrderId, usize)>,
    included: Option<(u64, Arc<Answer>)>,
}

/// What a trader looks at.
#[derive(Clone, Copy)]
pub(super) struct Glance<'a> {
    /// The market at the last block that was taken in.
    pub(super) market: &'a Market,
    /// The market's clock.
    pub(super) now: u64,
    /// What passes on it in a second, seconds.
    pub(super) speed: u32,
    /// Cents in the trader's cash account.
    pub(super) balance: u64,
    /// The machine's clock.
    pub(super) wall: Instant,
}

/// One simulated trader in one contract month.
pub(super) struct Desk {
    pub(super) trader: u32,
    pub(super) symbol: Symbol,
    /// The public cash account: it follows from the seed, and deriving it takes a while.
    pub(super) account: AccountId,
    agent: Agent,
    /// What was sent, beside the tickets.
    in_flight: Vec<Transaction>,
    tickets: Vec<Ticket>,
    /// Practice cash that was asked for, and the block that has it.
    credit: Option<(Waiting, Option<u64>)>,
    /// The height at which the agent was asked last.
    asked: u64,
    wake: Option<Time>,
    rests_until: Option<Instant>,
    /// Cents that are still to be deposited.
    wants: u64,
    due: VecDeque<usize>,
    quoted: Option<Instant>,
    sweeps: bool,
    /// The wallet can't follow the ledger any more: nothing is sent.
    pub(super) is_broken: bool,
}

impl Desk {
    /// Before the first block of the ledger.
    pub(super) fn new(record: &SandboxRecord, trader: u32, market: &Market) -> Self {
        let wallet = Wallet::new(record.wallet(trader), market.market_element());
        let options = AgentOptions {
            claims: true,
            repost: trader >= MAKERS,
            top_up: Some(TopUp { limit: RESERVE }),
            retire: false,
            opens_sums: trader == 0,
            refresh_margin: REFRESH_MARGIN,
        };
        Self {
            trader,
            symbol: market.symbol(),
            account: AccountId::of(&wallet.account()),
            agent: Agent::new(wallet, options),
            in_flight: Vec::new(),
            tickets: Vec::new(),
            credit: None,
            asked: u64::MAX,
            wake: None,
            rests_until: None,
            wants: 0,
            due: VecDeque::new(),
            quoted: None,
            sweeps: trader >= MAKERS,
            is_broken: false,
        }
    }

    pub(super) const fn is_maker(&self) -> bool {
        self.trader < MAKERS
    }

    pub(super) fn lineage(&self) -> &Lineage {
        self.agent.wallet().main()
    }

    /// Whether note and seat are there.
    pub(super) fn is_set_up(&self) -> bool {
        let lineage = self.lineage();
        self.is_broken || (lineage.place().is_some() && !lineage.bonds().is_empty())
    }

    /// Takes in one executed transaction.
    ///
    /// # Errors
    /// As [`Agent::follow`].
    pub(super) fn follow(
        &mut self,
        market: &Market,
        transaction: &Transaction,
        receipt: &Receipt,
    ) -> Result<(), WalletError> {
        self.agent.follow(market, transaction, receipt)
    }

    /// Whether the wallet stands in the market as the ledger's history leaves it.
    ///
    /// # Errors
    /// As [`Wallet::check_against`].
    pub(super) fn check(&self, market: &Market) -> Result<(), WalletError> {
        self.agent.wallet().check_against(market)
    }

    /// Takes in the end of a block.
    pub(super) fn end_block(&mut self, market: &Market) {
        self.agent.end_block(market);
    }

    /// Contracts with all fills that are not claimed yet.
    pub(super) fn held(&self, market: &Market) -> i64 {
        let lineage = self.lineage();
        let records = lineage.orders().keys().filter_map(|id| market.record(*id));
        let fills = records.flat_map(|record| {
            let sign = match record.terms.side {
                Side::Buy => 1,
                Side::Sell => -1,
            };
            let fills = record.fills.iter();
            fills.map(move |fill| sign * i64::from(fill.quantity.0))
        });
        i64::from(lineage.note().position) + fills.sum::<i64>()
    }

    /// A new day begins: what is to be in the note by then, cents.
    pub(super) fn begin_day(&mut self, market: &Market, need: u64) {
        self.due.clear();
        let note = self.lineage().note();
        let worth = i128::from(note.position) * i128::from(market.money().notional(market.mark()));
        let equity = u64::try_from(i128::from(note.cash) + worth).unwrap_or(0);
        self.wants = need.saturating_sub(equity).next_multiple_of(DEPOSIT_STEP);
    }

    /// An event of the flow has become due.
    pub(super) fn add_due(&mut self, index: usize, flow: &mut DayFlow) {
        if self.due.len() == MOST_DUE {
            self.due.pop_front();
            flow.counts.late += 1;
        }
        self.due.push_back(index);
    }

    /// Practice cash that it has to ask the faucet for, cents; `height` is that of the block taken in last.
    pub(super) fn credit(&mut self, balance: u64, height: u64) -> Option<u64> {
        if let Some((waiting, booked)) = &mut self.credit {
            if booked.is_none() {
                match waiting.try_recv() {
                    Ok(Verdict::Included { height, .. }) => *booked = Some(height),
                    Err(TryRecvError::Empty) => return None,
                    Ok(Verdict::Declined(_)) | Err(TryRecvError::Closed) => *booked = Some(0),
                }
            }
            if booked.is_some_and(|booked| booked > height) {
                return None;
            }
            self.credit = None;
        }
        // A reserve that was used up is filled again, but not for every cent.
        let is_short = balance < self.wants.saturating_add(RESERVE / 2);
        let target = self.wants.saturating_add(RESERVE);
        let most = crate::api::MOST_FAUCET_CENTS;
        is_short.then(|| target.saturating_sub(balance).min(most))
    }

    /// It has asked.
    pub(super) fn credited(&mut self, waiting: Waiting) {
        self.credit = Some((waiting, None));
    }

    /// A message was sent.
    pub(super) fn sent(&mut self, why: Why, transaction: Transaction, waiting: Waiting) {
        let renames = match why {
            Why::Agent(agent::Purpose::Repost) => self.renames(&transaction),
            _ => Vec::new(),
        };
        self.in_flight.push(transaction);
        self.tickets.push(Ticket {
            why,
            waiting,
            renames,
            included: None,
        });
    }

    fn renames(&self, transaction: &Transaction) -> Vec<(OrderId, usize)> {
        let Transaction::Act(act) = transaction else {
            return Vec::new();
        };
        let tally_exchange::message::Action::Trade { orders, .. } = &act.message.action else {
            return Vec::new();
        };
        let halted = self.lineage().halted();
        let old = |(place, terms): (usize, &tally_exchange::message::OrderTerms)| {
            let same = halted.iter().find(|(_, halted)| {
                (halted.terms.side, halted.terms.limit) == (terms.side, terms.limit)
            });
            same.map(|(id, _)| (*id, place))
        };
        orders.iter().enumerate().filter_map(old).collect()
    }

    /// What has become of messages, up to the block that was taken in last.
    pub(super) fn collect(&mut self, height: u64, wall: Instant) -> Vec<Done> {
        let mut all = Vec::new();
        let mut place = 0;
        while place < self.tickets.len() {
            let ticket = &mut self.tickets[place];
            let mut is_lost = false;
            if ticket.included.is_none() {
                match ticket.waiting.try_recv() {
                    Ok(Verdict::Included { height, answer, .. }) => {
                        ticket.included = Some((height, answer));
                    }
                    Ok(Verdict::Declined(why)) => {
                        tracing::debug!(trader = self.trader, why = ?ticket.why, %why, "declined");
                        is_lost = true;
                    }
                    Err(TryRecvError::Empty) => {}
                    Err(TryRecvError::Closed) => is_lost = true,
                }
            }
            let is_known = |(included, _): &(u64, Arc<Answer>)| *included <= height;
            if !is_lost && !ticket.included.as_ref().is_some_and(is_known) {
                place += 1;
                continue;
            }
            let ticket = self.tickets.swap_remove(place);
            self.in_flight.swap_remove(place);
            // The agent is to be asked again, whatever the height.
            self.asked = u64::MAX;
            if is_lost {
                self.rest(wall);
            }
            all.push(Done {
                why: ticket.why,
                renames: ticket.renames,
                answer: ticket.included.map(|(_, answer)| answer),
            });
        }
        all
    }

    /// Sends nothing for a moment: what was sent came to nothing.
    pub(super) fn rest(&mut self, wall: Instant) {
        self.rests_until = Some(wall + REST);
    }

    pub(super) fn is_resting(&self, wall: Instant) -> bool {
        self.rests_until.is_some_and(|until| wall < until)
    }

    /// Whether a message that spends the note is on its way.
    pub(super) fn is_busy(&self) -> bool {
        let nullifier = self.lineage().nullifier();
        let mut sent = self.in_flight.iter();
        sent.any(|sent| spent_by(sent) == Some(nullifier))
    }

    /// What the agent wants to send: duties, claims, Refresh, Lapse, orders again after a halt.
    pub(super) fn duties(&mut self, glance: &Glance<'_>) -> Vec<Piece> {
        let market = glance.market;
        let is_woken = self.wake.is_some_and(|at| at.0 <= glance.now);
        if self.asked == market.height() && !is_woken {
            return Vec::new();
        }
        let waits = !matches!(market.phase(), Phase::PreOpen | Phase::Continuous);
        let waiting = self.lineage().finished_claims(market).len();
        self.agent.options_mut().claims = waits || waiting > MOST_WAITING;
        let plan = self.agent.next(&View {
            market,
            now: Time(glance.now),
            balance: glance.balance,
            in_flight: &self.in_flight,
        });
        self.asked = market.height();
        self.wake = self.agent.wake(market).filter(|at| at.0 > glance.now);
        for error in &plan.declined {
            tracing::debug!(trader = self.trader, %error, "an agent declines");
        }
        let jobs = plan.messages.into_iter();
        jobs.map(|job| Piece {
            why: Why::Agent(job.purpose),
            message: job.message,
        })
        .collect()
    }

    /// Note, seat and cash, one after the other.
    pub(super) fn set_up(&mut self, glance: &Glance<'_>) -> Option<Piece> {
        let market = glance.market;
        if market.stage() != Stage::Open || market.is_halted() {
            return None;
        }
        let lineage = self.lineage();
        let account = || self.agent.wallet().account();
        let is_covered = self.wants > 0 && glance.balance >= self.wants;
        let (why, act) = if lineage.place().is_none() {
            if !is_covered {
                return None;
            }
            (Why::Open, lineage.open(market, &account(), self.wants))
        } else if lineage.bonds().is_empty() {
            (Why::Bond, lineage.bond(market))
        } else if is_covered {
            (
                Why::Deposit,
                lineage.deposit(market, &account(), self.wants),
            )
        } else {
            return None;
        };
        self.piece(why, act, glance.wall)
    }

    /// The next quote, if the one that stands is not good enough; `fair` is the price around which it stands.
    pub(super) fn quote(&mut self, glance: &Glance<'_>, fair: Price) -> Option<Piece> {
        let market = glance.market;
        if !takes_orders(market) {
            return None;
        }
        let wanted = quotes::wanted(market.band(), fair, self.held(market), self.trader);
        let is_early = self
            .quoted
            .is_some_and(|at| glance.wall < at + QUOTE_INTERVAL);
        match quotes::drift(self.lineage(), market, &wanted) {
            Drift::None => return None,
            Drift::Moved if is_early => return None,
            Drift::Moved | Drift::Missing => {}
        }
        self.quoted = Some(glance.wall);
        let (claim, requests) = quotes::replacement(self.lineage(), market, &wanted);
        let act = self.lineage().trade(market, claim.as_ref(), &requests);
        self.piece(Why::Quote, act, glance.wall)
    }

    /// The message for the oldest event of the flow that is due.
    pub(super) fn event(&mut self, glance: &Glance<'_>, flow: &mut DayFlow) -> Option<Piece> {
        let market = glance.market;
        let is_pending = |ticket: &Ticket| matches!(ticket.why, Why::Event(_));
        if !takes_orders(market) || self.tickets.iter().any(is_pending) {
            return None;
        }
        while let Some(index) = self.due.front().copied() {
            let event = flow.event(index)?;
            let intent = event.intent;
            let is_market = matches!(intent, tally_bench_data::Intent::Market { .. });
            if is_late(glance, flow.day.time_of(&event)) {
                flow.counts.late += 1;
            } else if is_market && market.phase() == Phase::PreOpen {
                // It waits for the uncrossing, as its sender would.
                return None;
            } else {
                match flow.message(&event, self.lineage(), market) {
                    Ok(message) => {
                        self.due.pop_front();
                        let why = Why::Event(index);
                        return Some(Piece { why, message });
                    }
                    Err(error) if is_gone(&error) => flow.counts.gone += 1,
                    Err(error) => {
                        flow.counts.declined += 1;
                        self.declined(&error);
                    }
                }
            }
            self.due.pop_front();
        }
        None
    }

    /// Cancels what was posted before a restart: nobody knows any more which of the flow's orders they were.
    pub(super) fn sweep(&mut self, glance: &Glance<'_>) -> Vec<Piece> {
        let market = glance.market;
        if !self.sweeps || !takes_orders(market) {
            return Vec::new();
        }
        self.sweeps = false;
        let lineage = self.lineage();
        let orders = lineage.orders().keys();
        let cancels = orders.filter_map(|id| lineage.cancel(market, *id).ok());
        let piece = |cancel| Piece {
            why: Why::Sweep,
            message: Prepared::Ready(Box::new(Transaction::Instruction(cancel))),
        };
        cancels.map(piece).collect()
    }

    /// Takes in what became of a message.
    pub(super) fn done(&mut self, done: &Done, wall: Instant) {
        let accepted = match done.answer.as_deref() {
            Some(Answer::Market(_, Receipt::Refused(refusal))) => {
                let (trader, why) = (self.trader, done.why);
                tracing::debug!(trader, ?why, %refusal, "refused");
                self.rest(wall);
                false
            }
            Some(_) => true,
            None => false,
        };
        if accepted && matches!(done.why, Why::Open | Why::Deposit) {
            self.wants = 0;
        }
    }

    fn piece(
        &mut self,
        why: Why,
        act: Result<PreparedAct, WalletError>,
        wall: Instant,
    ) -> Option<Piece> {
        match act {
            Ok(act) => Some(Piece {
                why,
                message: Prepared::Act(Box::new(act)),
            }),
            Err(error) => {
                self.declined(&error);
                self.rest(wall);
                None
            }
        }
    }

    fn declined(&mut self, error: &WalletError) {
        tracing::debug!(trader = self.trader, %error, "a wallet declines");
        if matches!(error, WalletError::Margin { .. }) && self.wants == 0 {
            self.wants = MARGIN_DEPOSIT;
        }
    }
}

/// Whether orders are taken.
fn takes_orders(market: &Market) -> bool {
    let is_open = market.stage() == Stage::Open && !market.is_halted();
    let phase = market.phase();
    is_open && (phase == Phase::PreOpen || phase.is_trading())
}

/// Whether an event that was due at `time` is too late: two minutes on the market's clock, or a second on the wall.
fn is_late(glance: &Glance<'_>, time: u64) -> bool {
    let seconds = u64::from(glance.speed).max(120);
    glance.now.saturating_sub(time) > seconds * 1_000_000
}
