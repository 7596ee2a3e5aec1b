//! A market with its traders and the node that runs it, taken through one epoch.

use super::verifier::OnlyProvedRefreshes;
use super::{BLOCK, EpochCostError, EpochCostPlan, cores, sharers};
use crate::entry::Entry;
use crate::keys::MarketKeys;
use crate::process::measured_alone;
use crate::replica::{Answer, Replica};
use crate::verifier::{BlockVerifier, Groth16Verifier, NO_PROOF};
use std::time::{Duration, Instant};
use tally_exchange::market::{Genesis, Market, SettlementSigners};
use tally_exchange::message::{ChainId, PROOF_BYTES};
use tally_exchange::receipt::Receipt;
use tally_exchange::specification::Specification;
use tally_exchange::units::{Price, Time};
use tally_ledger_adapter::accounts::{AccountBook, AccountId, CashierRequest, Faucet};
use tally_ledger_adapter::log::Block;
use tally_prover::KeyKind;
use tally_trader::agent::{Agent, AgentOptions, Purpose, View};
use tally_trader::prepared::{Prepared, PreparedRefresh, ProvingKeys};
use tally_trader::seed::Seed;
use tally_trader::wallet::Wallet;

/// Fewest seats that generate a key.
const LEAST_SEATS: u32 = 3;
/// Cash of each trader beyond the bond, cents.
const CASH: u64 = 500_000;
/// What stands where a proof belongs in the Acts that set the scene.
const SCENERY: [u8; PROOF_BYTES] = NO_PROOF;

/// Messages, each with the index of the agent that sends it.
type Work = Vec<(usize, Entry)>;

/// A market with its traders, and the node that runs it.
pub(super) struct Scene<K: KeyKind> {
    replica: Replica,
    agents: Vec<Agent>,
    faucet: Faucet,
    verifier: OnlyProvedRefreshes<K>,
    proofs: usize,
    timed: usize,
}

/// What a key generation took.
pub(super) struct KeyGeneration {
    /// The node, wall time.
    pub(super) node: Duration,
    /// One dealing.
    pub(super) deal: Duration,
    /// One seat's check of all dealings.
    pub(super) check: Duration,
}

/// Everybody's Refresh: those with proofs, and those without.
pub(super) struct Refreshes {
    proved: Work,
    unproved: Work,
}

impl<K: KeyKind> Scene<K> {
    pub(super) fn new(plan: &EpochCostPlan, keys: &MarketKeys<K>) -> Result<Self, EpochCostError> {
        let seats = plan.seats;
        if seats < LEAST_SEATS {
            let least = LEAST_SEATS;
            return Err(EpochCostError::TooFewSeats { seats, least });
        }
        let specification = Specification::lean_hogs();
        let capital = cents("fund seed", specification.fund_seed)?;
        let market = market(specification)?;
        let agents = (0..seats).map(|seat| agent(seat, &market)).collect();
        let faucet = Faucet::from_seed(b"epoch cost");
        let accounts = AccountBook::with_capital(faucet.cashier(), capital)
            .map_err(|_| EpochCostError::Faucet)?;
        Ok(Self {
            replica: Replica::new([market], accounts)?,
            agents,
            faucet,
            verifier: OnlyProvedRefreshes(Groth16Verifier::new(keys.verifying())),
            proofs: plan.proofs.min(seats) as usize,
            timed: plan.timed.get().min(seats) as usize,
        })
    }

    fn market(&self) -> Result<&Market, EpochCostError> {
        the_market(&self.replica)
    }

    /// Executes a block of messages, each of the agent beside it, and says how long the node took.
    fn execute(&mut self, time: Time, work: &[(usize, Entry)]) -> Result<Duration, EpochCostError> {
        let block = Block {
            height: self.replica.height() + 1,
            parent: [0; 32],
            time: time.0,
            transactions: work.iter().map(|(_, entry)| entry.to_bytes()).collect(),
        };
        let start = Instant::now();
        let outcome = self.replica.execute(&block, &self.verifier)?;
        let took = start.elapsed();
        let market = the_market(&self.replica)?;
        for ((agent, _), answer) in work.iter().zip(&outcome.answers) {
            if let Answer::Market(transaction, receipt) = answer {
                if let Receipt::Refused(refusal) = receipt {
                    return Err(EpochCostError::Refused(refusal.clone()));
                }
                self.agents[*agent].follow(market, transaction, receipt)?;
            }
        }
        for agent in &mut self.agents {
            agent.end_block(market);
        }
        Ok(took)
    }

    /// Executes messages in blocks of [`BLOCK`].
    fn execute_all(&mut self, time: Time, work: &Work) -> Result<Duration, EpochCostError> {
        let mut took = Duration::ZERO;
        for block in work.chunks(BLOCK) {
            took += self.execute(time, block)?;
        }
        Ok(took)
    }

    /// Cash, notes and seats, without proofs.
    pub(super) fn open_notes(&mut self) -> Result<(), EpochCostError> {
        let market = self.market()?;
        let before = market.session().pre_open.minus_seconds(60);
        let chain = market.chain().0;
        let amount = cents("bond", market.specification().decryptor_bond)? + CASH;
        let credits = self.agents.iter().enumerate().map(|(index, agent)| {
            let account = AccountId::of(&agent.wallet().account());
            let credit = self.faucet.credit(&chain, account, amount);
            (index, Entry::Cashier(CashierRequest::Credit(credit)))
        });
        let credits = credits.collect();
        self.execute_all(before, &credits)?;

        let mut opens = Work::new();
        for (index, agent) in self.agents.iter().enumerate() {
            let account = agent.wallet().account();
            let open = agent
                .wallet()
                .main()
                .open(self.market()?, &account, amount)?;
            opens.push((index, Entry::Market(open.with_proof(SCENERY))));
        }
        self.execute_all(before, &opens)?;

        let mut bonds = Work::new();
        for (index, agent) in self.agents.iter().enumerate() {
            let bond = agent.wallet().main().bond(self.market()?)?;
            bonds.push((index, Entry::Market(bond.with_proof(SCENERY))));
        }
        self.execute_all(before, &bonds)?;
        Ok(())
    }

    /// Asks the first so many agents what they send of this purpose. The first few of them are timed on one core while
    /// nothing else goes on: the mean of their times comes with the messages.
    fn ask(&mut self, purpose: Purpose, asked: usize) -> Result<(Work, Duration), EpochCostError> {
        let market = the_market(&self.replica)?;
        let view = View {
            market,
            now: market.time(),
            balance: 0,
            in_flight: &[],
        };
        let asked = &mut self.agents[..asked];
        let timed = self.timed.min(asked.len());
        let (alone, others) = asked.split_at_mut(timed);
        let start = Instant::now();
        let mut work = on_one_core(|| messages_of(alone, 0, &view, purpose));
        let each = start.elapsed() / u32::try_from(timed).unwrap_or(u32::MAX).max(1);
        let lane = others.len().div_ceil(cores()).max(1);
        let rest: Vec<Work> = std::thread::scope(|scope| {
            let lanes: Vec<_> = others
                .chunks_mut(lane)
                .enumerate()
                .map(|(number, agents)| {
                    let first = timed + number * lane;
                    let view = &view;
                    scope.spawn(move || messages_of(agents, first, view, purpose))
                })
                .collect();
            lanes.into_iter().map(joined).collect()
        });
        work.extend(rest.into_iter().flatten());
        Ok((work, each))
    }

    /// A key generation among all of them.
    pub(super) fn make_key(&mut self) -> Result<KeyGeneration, EpochCostError> {
        let begin = self.market()?.session().pre_open;
        self.execute(begin, &[])?;
        let (dealings, deal) = self.ask(Purpose::Deal, self.agents.len())?;
        let mut node = self.execute_all(begin, &dealings)?;
        // The others would check as well, each on its own machine; here those who will share are enough.
        let (complaints, check) = self.ask(Purpose::Complain, self.sharers())?;
        if !complaints.is_empty() {
            return Err(EpochCostError::Unfinished("a dealing was complained about"));
        }
        let end = begin.plus_seconds(self.market()?.specification().complaint_time);
        node += self.execute(end, &[])?;
        if self.market()?.joint_key().is_none() {
            return Err(EpochCostError::Unfinished("there is no joint key"));
        }
        Ok(KeyGeneration { node, deal, check })
    }

    /// Everybody's Refresh after the close, the first of them proved, each on one core; and the processor time of a proof.
    pub(super) fn refreshes(
        &mut self,
        keys: &MarketKeys<K>,
    ) -> Result<(Refreshes, Duration), EpochCostError> {
        let close = self.market()?.session().close;
        self.execute(close, &[])?;
        let market = self.market()?;
        let messages = self.agents.iter().map(|agent| {
            let refresh = agent.wallet().main().refresh(market)?;
            Ok(refresh)
        });
        let mut messages: Vec<PreparedRefresh> = messages.collect::<Result<_, EpochCostError>>()?;
        let unproved = messages.split_off(self.proofs);
        let without_proof = |(index, refresh): (usize, PreparedRefresh)| {
            (index, Entry::Market(refresh.with_proof(NO_PROOF)))
        };
        let unproved = (self.proofs..).zip(unproved).map(without_proof).collect();
        let (proved, took) = measured_alone(|| prove(messages, keys));
        let each = took.ok_or(EpochCostError::NoProcessorTime)?
            / u32::try_from(self.proofs).unwrap_or(u32::MAX).max(1);
        let proved = proved?;
        Ok((Refreshes { proved, unproved }, each))
    }

    /// The node executes all Refreshes. Those without proofs count as if each had taken as long to verify as the others.
    pub(super) fn execute_refreshes(
        &mut self,
        refreshes: Refreshes,
    ) -> Result<Duration, EpochCostError> {
        let Refreshes { proved, unproved } = refreshes;
        let close = self.market()?.session().close;
        let took = self.execute_all(close, &proved)?;
        let cost = self.verifier.cost();
        let verified = u32::try_from(cost.proofs).unwrap_or(u32::MAX).max(1);
        let missing = u32::try_from(unproved.len()).unwrap_or(u32::MAX);
        let executed = self.execute_all(close, &unproved)?;
        Ok(took + executed + cost.time / verified * missing)
    }

    /// As many shares as open the sums, and the time for the shares of all seats; the second is one seat's.
    pub(super) fn share(&mut self) -> Result<(Duration, Duration), EpochCostError> {
        let close = self.market()?.session().close;
        let sharers = self.sharers();
        let (shares, share) = self.ask(Purpose::Share, sharers)?;
        if shares.len() != sharers {
            return Err(EpochCostError::Unfinished("not every seat has a share"));
        }
        let took = self.execute_all(close, &shares)?;
        // The other seats share as well, or lose their bonds.
        let all = took.mul_f64(ratio(self.agents.len(), sharers));
        Ok((all, share))
    }

    /// Somebody finds the sums and the node checks them: the node's time, and the finder's.
    pub(super) fn open_sums(&mut self) -> Result<(Duration, Duration), EpochCostError> {
        let close = self.market()?.session().close;
        let (opening, discrete_log) = self.ask(Purpose::OpenSums, 1)?;
        let check = self.execute_all(close, &opening)?;
        if self.market()?.epoch() != 2 {
            return Err(EpochCostError::Unfinished("the epoch goes on"));
        }
        Ok((check, discrete_log))
    }

    fn sharers(&self) -> usize {
        sharers(self.agents.len())
    }
}

fn the_market(replica: &Replica) -> Result<&Market, EpochCostError> {
    let market = replica.markets().next();
    market.ok_or(EpochCostError::Unfinished("there is no market"))
}

fn market(specification: Specification) -> Result<Market, EpochCostError> {
    let session = specification.calendar.sessions().first().cloned();
    let session = session.ok_or(EpochCostError::Unfinished("the calendar is empty"))?;
    Ok(Market::new(Genesis {
        chain: ChainId::of_genesis(b"epoch cost"),
        specification,
        session,
        prior_settlement: Price(2_640),
        after_limit_settlement: false,
        settlement: SettlementSigners::default(),
        siblings: Vec::new(),
    })?)
}

/// The agent of one trader; the first one finds the sums.
fn agent(seat: u32, market: &Market) -> Agent {
    let mut entropy = [7; 32];
    entropy[..8].copy_from_slice(&u64::from(seat).to_le_bytes());
    let wallet = Wallet::new(Seed::from_entropy(entropy), market.market_element());
    let options = AgentOptions {
        opens_sums: seat == 0,
        ..AgentOptions::default()
    };
    Agent::new(wallet, options)
}

/// What these agents, the first of which has this index, send of this purpose.
fn messages_of(agents: &mut [Agent], first: usize, view: &View<'_>, purpose: Purpose) -> Work {
    let mut work = Work::new();
    for (index, agent) in (first..).zip(agents) {
        let messages = agent.next(view).messages.into_iter();
        for job in messages.filter(|job| job.purpose == purpose) {
            if let Prepared::Ready(transaction) = job.message {
                work.push((index, Entry::Market(*transaction)));
            }
        }
    }
    work
}

/// Proves Refreshes, each core one after the other.
fn prove<K: KeyKind>(
    messages: Vec<PreparedRefresh>,
    keys: &MarketKeys<K>,
) -> Result<Work, EpochCostError> {
    let mut lanes: Vec<Vec<(usize, PreparedRefresh)>> = Vec::new();
    lanes.resize_with(cores(), Vec::new);
    let count = lanes.len();
    for (index, message) in messages.into_iter().enumerate() {
        lanes[index % count].push((index, message));
    }
    let prove_lane = |lane: Vec<(usize, PreparedRefresh)>| -> Result<Work, EpochCostError> {
        let proving = ProvingKeys {
            act: &keys.act.proving,
            refresh: &keys.refresh.proving,
            lapse: &keys.lapse.proving,
        };
        let proved = lane.into_iter().map(|(index, refresh)| {
            let message = Prepared::Refresh(Box::new(refresh));
            let transaction = message.prove(&proving, &mut rand::rngs::OsRng)?;
            Ok((index, Entry::Market(transaction)))
        });
        proved.collect()
    };
    let prove_lane = &prove_lane;
    let mut work = Work::new();
    std::thread::scope(|scope| {
        let lanes: Vec<_> = lanes
            .into_iter()
            .map(|lane| scope.spawn(move || on_one_core(|| prove_lane(lane))))
            .collect();
        for lane in lanes {
            work.extend(joined(lane)?);
        }
        Ok::<_, EpochCostError>(())
    })?;
    work.sort_by_key(|(index, _)| *index);
    Ok(work)
}

/// What a thread returned; its panic goes on here.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn on_one_core<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(work),
        // Without a thread of its own the work is done here, on as many cores as it finds.
        Err(_) => work(),
    }
}

fn cents(what: &'static str, cents: i64) -> Result<u64, EpochCostError> {
    u64::try_from(cents).map_err(|_| EpochCostError::Amount { what, cents })
}

/// Seats by shares; both are far below 2^32.
fn ratio(seats: usize, shares: usize) -> f64 {
    let float = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    float(seats) / float(shares.max(1))
}
