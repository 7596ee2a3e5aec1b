//! The traders' side of a replay: what the next block holds, as a function of flow and state alone.

mod cutting;
mod intent;

use self::intent::new_order;
use super::day::ReplayDay;
use super::error::ReplayError;
use super::work::{Batch, Body, Purpose, Work};
use crate::entry::Entry;
use crate::replica::{Answer, Outcome, Replica};
use tally_exchange::market::Market;
use tally_exchange::receipt::Receipt;
use tally_exchange::units::OrderId;
use tally_ledger_adapter::accounts::{AccountId, CashierRequest};
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
                .map_err(ReplayError::of_wallet(trader))?;
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
                .map_err(ReplayError::of_wallet(trader))?;
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
                    .map_err(ReplayError::of_wallet(trader))?;
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
