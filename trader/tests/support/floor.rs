//! A market full of agents, who may be killed with every block.

use super::ledger::Ledger;
use super::verifier::{Bound, sent, sent_any};
use super::wallets::{seed, written_down};
use std::collections::{BTreeMap, BTreeSet};
use tally_exchange::market::{Genesis, Stage};
use tally_exchange::message::Transaction;
use tally_exchange::ports::Verifier;
use tally_exchange::receipt::{Phase, Receipt};
use tally_exchange::units::{OrderId, Time};
use tally_trader::agent::{Agent, AgentOptions, Purpose, View};
use tally_trader::build::public;
use tally_trader::history::History;
use tally_trader::lineage::Lineage;
use tally_trader::prepared::PreparedAct;
use tally_trader::request::OrderRequest;
use tally_trader::wallet::Wallet;

/// What an agent sent, and when.
pub struct Sent {
    pub agent: usize,
    pub purpose: Purpose,
    pub time: Time,
    pub transaction: Transaction,
}

/// A ledger and its traders.
pub struct Floor {
    pub ledger: Ledger,
    pub agents: Vec<Agent>,
    /// Whoever is absent does nothing.
    pub absent: BTreeSet<usize>,
    /// All that agents sent by themselves.
    pub log: Vec<Sent>,
    history: History,
    /// Whether every agent dies with every block, its messages just sent and their answers not yet seen.
    kills: bool,
}

impl Floor {
    /// A floor an hour before the pre-open, with a note for each trader: what is in the note, what stays in the account,
    /// and what its agent is told.
    pub fn new(genesis: Genesis, traders: &[(u64, u64, AgentOptions)], kills: bool) -> Self {
        let ledger = Ledger::starting(genesis, |market| {
            market.session().pre_open.minus_seconds(3_600)
        });
        let mut floor = Self {
            ledger,
            agents: Vec::new(),
            absent: BTreeSet::new(),
            log: Vec::new(),
            history: History::default(),
            kills,
        };
        let element = floor.ledger.market().market_element();
        let fee = floor
            .ledger
            .market()
            .specification()
            .opening_fee
            .unsigned_abs();
        for (number, (note, pocket, options)) in (1..).zip(traders) {
            let wallet = Wallet::new(seed(number), element);
            let account = wallet.account();
            floor.ledger.fund(public(&account), note + pocket + fee);
            let open = wallet
                .main()
                .open(floor.ledger.market(), &account, note + fee);
            floor.agents.push(Agent::new(wallet, *options));
            floor.block(floor.ledger.market().time(), &[sent(open.unwrap())]);
        }
        floor
    }

    /// The one lineage of a trader.
    pub fn lineage(&self, agent: usize) -> &Lineage {
        self.agents[agent].wallet().main()
    }

    pub fn position(&self, agent: usize) -> i32 {
        self.lineage(agent).note().position
    }

    /// An Act of a trader's own will, in a block of its own; it must be included.
    pub fn act(
        &mut self,
        agent: usize,
        build: impl FnOnce(&Self, &Lineage) -> PreparedAct,
    ) -> Vec<OrderId> {
        let transaction = sent(build(self, self.lineage(agent)));
        let outcome = self.block(self.ledger.market().time(), &[transaction]);
        super::receipt_of(&outcome[0].1).orders.clone()
    }

    /// Orders of a trader.
    pub fn post(&mut self, agent: usize, requests: &[OrderRequest]) -> Vec<OrderId> {
        self.act(agent, |floor, lineage| {
            lineage
                .trade(floor.ledger.market(), None, requests)
                .unwrap()
        })
    }

    /// One block, which all take in; or all die before they see it, and come back from seed and history.
    pub fn block(
        &mut self,
        time: Time,
        transactions: &[Transaction],
    ) -> Vec<(Transaction, Receipt)> {
        self.block_verified(time, transactions, &Bound)
    }

    /// As [`Floor::block`], proofs checked by `verifier`.
    pub fn block_verified(
        &mut self,
        time: Time,
        transactions: &[Transaction],
        verifier: &dyn Verifier,
    ) -> Vec<(Transaction, Receipt)> {
        let outcome = self.ledger.block_verified(time, transactions, verifier);
        for (transaction, receipt) in &outcome {
            let market = self.ledger.market();
            self.history.take(market, transaction, receipt).unwrap();
        }
        self.history.end_block(self.ledger.market());
        if !self.kills {
            let market = self.ledger.market();
            for agent in &mut self.agents {
                for (transaction, receipt) in &outcome {
                    agent.follow(market, transaction, receipt).unwrap();
                }
                agent.end_block(market);
            }
        }
        self.kill_all();
        for agent in &self.agents {
            let wallet = written_down(agent.wallet());
            wallet.check_against(self.ledger.market()).unwrap();
        }
        outcome
    }

    fn kill_all(&mut self) {
        if !self.kills {
            return;
        }
        for (number, agent) in (1..).zip(&mut self.agents) {
            let options = *agent.options();
            let market = self.ledger.market();
            let wallet = Wallet::recover(seed(number), market, &self.history).unwrap();
            *agent = Agent::new(wallet, options);
        }
    }

    /// What the agents want to send now.
    pub fn wishes(&mut self) -> Vec<(usize, Purpose, Transaction)> {
        let mut wishes = Vec::new();
        for index in 0..self.agents.len() {
            if self.absent.contains(&index) {
                continue;
            }
            let account = public(&self.agents[index].wallet().account());
            let view = View {
                market: self.ledger.market(),
                now: self.ledger.market().time(),
                balance: self.ledger.balance(account),
                in_flight: &[],
            };
            let plan = self.agents[index].next(&view);
            assert!(plan.declined.is_empty(), "{index}: {:?}", plan.declined);
            for job in plan.messages {
                wishes.push((index, job.purpose, sent_any(job.message)));
            }
        }
        wishes
    }

    /// Blocks at the present time until no agent has anything to send.
    pub fn settle(&mut self) {
        for _ in 0..64 {
            let wishes = self.wishes();
            if wishes.is_empty() {
                return;
            }
            let transactions: Vec<_> = wishes.iter().map(|(_, _, sent)| sent.clone()).collect();
            let outcome = self.block(self.ledger.market().time(), &transactions);
            for ((agent, purpose, transaction), (_, receipt)) in wishes.into_iter().zip(outcome) {
                assert!(
                    !matches!(receipt, Receipt::Refused(_) | Receipt::Slashed { .. }),
                    "{agent} {purpose:?}: {receipt:?}"
                );
                self.log.push(Sent {
                    agent,
                    purpose,
                    time: self.ledger.market().time(),
                    transaction,
                });
            }
        }
        panic!("the agents never come to rest");
    }

    /// Lets time go on: blocks at the instants that agents wake at, and every now and then.
    pub fn run_until(&mut self, to: Time) {
        self.settle();
        while self.ledger.market().time() < to {
            let next = self.next_instant().min(to);
            self.block(next, &[]);
            self.settle();
        }
    }

    /// Lets time go on until this is so; for a day at most.
    pub fn run_while(&mut self, is_so: impl Fn(&Self) -> bool) {
        let end = self.ledger.market().time().plus_seconds(86_400);
        self.settle();
        while is_so(self) {
            assert!(self.ledger.market().time() < end, "nothing happens");
            let next = self.next_instant();
            self.block(next, &[]);
            self.settle();
        }
    }

    pub fn phase(&self) -> Phase {
        self.ledger.market().phase()
    }

    fn next_instant(&self) -> Time {
        let market = self.ledger.market();
        let step = match market.stage() {
            Stage::Window { .. } if market.phase() == Phase::Closed => 3_600,
            Stage::Sharing { .. } => 60,
            _ if market.phase() == Phase::BeforeSession => 1_800,
            _ => 300,
        };
        let awake = (0..self.agents.len()).filter(|agent| !self.absent.contains(agent));
        let wakes = awake.filter_map(|agent| self.agents[agent].wake(market));
        wakes
            .chain([market.time().plus_seconds(step)])
            .min()
            .unwrap()
    }

    /// How often agents sent something for each purpose.
    pub fn counts(&self) -> BTreeMap<Purpose, u32> {
        let mut counts = BTreeMap::new();
        for sent in &self.log {
            *counts.entry(sent.purpose).or_default() += 1;
        }
        counts
    }

    /// All positions, those in unclaimed records apart, with the clearing account's.
    pub fn open_interest(&self) -> i64 {
        let notes = (0..self.agents.len()).map(|agent| i64::from(self.position(agent)));
        notes.sum::<i64>() + self.ledger.market().clearing().position
    }
}
