//! The traders' side of a replay: what the next block holds, as a function of flow and state alone.
//!
//! Blocks are cut so that every event meets the market exactly as the flow has it: one Act a trader and block (the
//! next one needs its predecessor's note in a block-end root), market orders and replaces first in theirs (they look
//! at the book and at their record), no reference to an order of the same block, no block across a boundary of the day.

use super::day::ReplayDay;
use super::error::ReplayError;
use super::work::{Batch, Body, Purpose, Work};
use crate::entry::Entry;
use crate::replica::{Answer, Outcome, Replica};
use std::collections::BTreeSet;
use tally_bench_data::{FlowEvent, Intent, Side as FlowSide};
use tally_exchange::market::Market;
use tally_exchange::message::Transaction;
use tally_exchange::receipt::Receipt;
use tally_exchange::units::{OrderId, Price, Quantity, Side, TimeInForce};
use tally_ledger_adapter::accounts::{AccountId, CashierRequest};
use tally_trader::build::ClaimPlan;
use tally_trader::error::WalletError;
use tally_trader::request::{OrderRequest, RequestPrice};
use tally_trader::wallet::Wallet;

/// Most pieces of one block.
const LARGEST_BLOCK: usize = 64;
/// How long before the pre-open the notes are opened, seconds.
const FUNDING_LEAD_SECONDS: u64 = 3_600;

/// Part of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Funding,
    Opening,
    Trading,
    Closing,
    Claiming,
    Done,
}

/// All traders and the flow, at one height.
pub(super) struct Driver<'a> {
    day: &'a ReplayDay,
    deposits: Vec<u64>,
    wallets: Vec<Wallet>,
    stage: Stage,
    /// Traders funded or opened so far in the present stage.
    served: u32,
    /// Next event of the flow.
    cursor: usize,
    /// The market's id of each of the flow's orders.
    orders: Vec<Option<OrderId>>,
    /// Times at which a part of the day begins, microseconds.
    boundaries: [u64; 5],
    /// Longest span of one block, microseconds.
    interval: u64,
    /// Events that a wallet declined or the market refused.
    declined: u64,
}

impl<'a> Driver<'a> {
    pub(super) fn new(day: &'a ReplayDay, market: &Market) -> Self {
        let session = &day.session;
        let window = session
            .settlement
            .minus_seconds(day.specification.settlement_window);
        let boundaries = [
            session.pre_open,
            session.open,
            window,
            session.settlement,
            session.close,
        ];
        let count = day
            .flow
            .events
            .iter()
            .map(|event| new_order(&event.intent).map_or(0, |o| o + 1));
        let orders = vec![None; count.max().unwrap_or(0) as usize];
        let length = session.close.0.saturating_sub(session.open.0);
        // About eight messages a block, between one second and five minutes.
        let interval =
            (length * 8 / (day.flow.events.len() as u64).max(1)).clamp(1_000_000, 300_000_000);
        Self {
            day,
            deposits: day.first_deposits(market),
            wallets: day.wallets(market),
            stage: Stage::Funding,
            served: 0,
            cursor: 0,
            orders,
            boundaries: boundaries.map(|time| time.0),
            interval,
            declined: 0,
        }
    }

    pub(super) fn wallets(&self) -> &[Wallet] {
        &self.wallets
    }

    pub(super) fn declined(&self) -> u64 {
        self.declined
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// Events of the flow that are done.
    pub(super) fn events_done(&self) -> usize {
        self.cursor
    }

    /// The next block; none when all is done.
    pub(super) fn next_batch(&mut self, replica: &Replica) -> Result<Option<Batch>, ReplayError> {
        loop {
            let batch = match self.stage {
                Stage::Funding => self.funding_batch(),
                Stage::Opening => self.opening_batch(replica.market())?,
                Stage::Trading => self.trading_batch(replica.market())?,
                Stage::Closing => self.closing_batch(replica.market()),
                Stage::Claiming => self.claiming_batch(replica.market())?,
                Stage::Done => return Ok(None),
            };
            match batch {
                Some(batch) => return Ok(Some(batch)),
                None => self.advance(),
            }
        }
    }

    fn advance(&mut self) {
        self.served = 0;
        self.stage = match self.stage {
            Stage::Funding => Stage::Opening,
            Stage::Opening => Stage::Trading,
            Stage::Trading => Stage::Closing,
            Stage::Closing => Stage::Claiming,
            Stage::Claiming | Stage::Done => Stage::Done,
        };
    }

    fn funding_time(&self) -> u64 {
        self.day
            .session
            .pre_open
            .minus_seconds(FUNDING_LEAD_SECONDS)
            .0
    }

    fn funding_batch(&self) -> Option<Batch> {
        if self.served > 0 {
            return None;
        }
        let mut faucet = self.day.faucet();
        let chain = self.day.chain().0;
        let fund = |(trader, wallet): (u32, &Wallet)| {
            let account = AccountId::of(&wallet.account());
            let credit = faucet.credit(&chain, account, self.deposits[trader as usize]);
            let body = Body::Ready(Entry::Cashier(CashierRequest::Credit(credit)));
            Work {
                trader,
                purpose: Purpose::Fund,
                body,
            }
        };
        let work = (0..).zip(&self.wallets).map(fund).collect();
        Some(Batch {
            time: self.funding_time(),
            work,
        })
    }

    fn opening_batch(&self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        let mut work = Vec::new();
        for (trader, wallet) in (0..)
            .zip(&self.wallets)
            .skip(self.served as usize)
            .take(LARGEST_BLOCK)
        {
            let prepared = wallet
                .main()
                .open(market, &wallet.account(), self.deposits[trader as usize])
                .map_err(|source| ReplayError::Wallet { trader, source })?;
            work.push(Work {
                trader,
                purpose: Purpose::Open,
                body: Body::Act(Box::new(prepared)),
            });
        }
        Ok((!work.is_empty()).then(|| Batch {
            time: self.funding_time(),
            work,
        }))
    }

    fn trading_batch(&mut self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        let mut work: Vec<Work> = Vec::new();
        let mut busy = BTreeSet::new();
        let mut posted = BTreeSet::new();
        let (mut first, mut last) = (0, 0);
        let mut index = self.cursor;
        while let Some(event) = self.day.flow.events.get(index) {
            let time = self.time_of(event);
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
            .map_err(|source| ReplayError::Wallet { trader, source })?;
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

    fn closing_batch(&self, market: &Market) -> Option<Batch> {
        let close = self.day.session.close;
        (market.time() < close).then(|| Batch {
            time: close.0,
            work: Vec::new(),
        })
    }

    fn claiming_batch(&self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        let mut work = Vec::new();
        for (trader, wallet) in (0..).zip(&self.wallets) {
            let Some(plan) = wallet.main().finished_claims(market).into_iter().next() else {
                continue;
            };
            let prepared = wallet
                .main()
                .trade(market, Some(&plan), &[])
                .map_err(|source| ReplayError::Wallet { trader, source })?;
            work.push(Work {
                trader,
                purpose: Purpose::Claim,
                body: Body::Act(Box::new(prepared)),
            });
            if work.len() == LARGEST_BLOCK {
                break;
            }
        }
        Ok((!work.is_empty()).then(|| Batch {
            time: market.time().0,
            work,
        }))
    }

    fn time_of(&self, event: &FlowEvent) -> u64 {
        self.day.session.open.0.saturating_add_signed(event.at)
    }

    fn build(&self, market: &Market, event: &FlowEvent) -> Result<Body, WalletError> {
        let lineage = self.wallets[event.trader as usize].main();
        let claim = || lineage.finished_claims(market).into_iter().next();
        let trade = |claim: Option<ClaimPlan>, request| {
            lineage
                .trade(market, claim.as_ref(), &[request])
                .map(|act| Body::Act(Box::new(act)))
        };
        let instruct =
            |instruction| Body::Ready(Entry::Market(Transaction::Instruction(instruction)));
        match event.intent {
            Intent::Add {
                side,
                price,
                quantity,
                post_only,
                ..
            } => trade(claim(), add(self::side(side), price, quantity, post_only)),
            Intent::Market { side, quantity, .. } => trade(
                claim(),
                OrderRequest::market(self::side(side), Quantity(quantity)),
            ),
            Intent::Replace {
                order,
                price,
                quantity,
                ..
            } => {
                let old = self.market_order(order)?;
                let record = market.record(old).ok_or(WalletError::UnknownOrder(old))?;
                let request = add(record.terms.side, price, quantity, false);
                trade(Some(lineage.closing_claim(market, old)?), request)
            }
            Intent::Reduce {
                order,
                remaining_total,
            } => {
                let order = self.market_order(order)?;
                lineage
                    .reduce(market, order, Quantity(remaining_total))
                    .map(instruct)
            }
            Intent::Cancel { order } => lineage
                .cancel(market, self.market_order(order)?)
                .map(instruct),
        }
    }

    /// The market's id of an order of the flow; unknown if its posting was declined.
    fn market_order(&self, order: u32) -> Result<OrderId, WalletError> {
        let known = self.orders.get(order as usize).copied().flatten();
        known.ok_or(WalletError::UnknownOrder(OrderId(0)))
    }

    /// Takes in what the block did: wallets follow, the flow goes on.
    pub(super) fn absorb(
        &mut self,
        market: &Market,
        work: &[(u32, Purpose)],
        outcome: &Outcome,
    ) -> Result<(), ReplayError> {
        for ((trader, purpose), answer) in work.iter().zip(&outcome.answers) {
            let (trader, purpose) = (*trader, *purpose);
            if let Answer::Market(transaction, receipt) = answer {
                self.wallets[trader as usize]
                    .follow(transaction, receipt)
                    .map_err(|source| ReplayError::Wallet { trader, source })?;
            }
            match purpose {
                Purpose::Fund | Purpose::Open => self.served += 1,
                Purpose::Event(index) => self.take_event(index, answer),
                Purpose::Claim => {}
            }
        }
        for (trader, _) in work {
            self.wallets[*trader as usize].forget_claimed(market);
        }
        if work.is_empty() {
            self.served += 1;
        }
        Ok(())
    }

    fn take_event(&mut self, index: usize, answer: &Answer) {
        self.cursor = index + 1;
        let Answer::Market(_, receipt) = answer else {
            return;
        };
        let order = new_order(&self.day.flow.events[index].intent);
        match (receipt, order) {
            (Receipt::Act(receipt), Some(order)) => {
                self.orders[order as usize] = receipt.orders.first().copied();
            }
            (Receipt::Refused(refusal), _) => {
                tracing::warn!(event = index, %refusal, "the market refuses an event of the flow");
                self.declined += 1;
            }
            _ => {}
        }
    }
}

fn add(side: Side, price: i32, quantity: u32, post_only: bool) -> OrderRequest {
    OrderRequest {
        side,
        price: RequestPrice::Limit(Price(price)),
        quantity: Quantity(quantity),
        time_in_force: TimeInForce::Day,
        post_only,
    }
}

fn side(side: FlowSide) -> Side {
    match side {
        FlowSide::Buy => Side::Buy,
        FlowSide::Sell => Side::Sell,
    }
}

/// The order that an event posts: such an event is an Act.
fn new_order(intent: &Intent) -> Option<u32> {
    match *intent {
        Intent::Add { order, .. }
        | Intent::Market { order, .. }
        | Intent::Replace {
            new_order: order, ..
        } => Some(order),
        Intent::Reduce { .. } | Intent::Cancel { .. } => None,
    }
}

/// The order that an event changes.
fn old_order(intent: &Intent) -> Option<u32> {
    match *intent {
        Intent::Replace { order, .. } | Intent::Reduce { order, .. } | Intent::Cancel { order } => {
            Some(order)
        }
        Intent::Add { .. } | Intent::Market { .. } => None,
    }
}
