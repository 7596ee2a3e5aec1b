//! What one epoch costs a node: N Refresh proofs verified, N decryption shares verified and combined, the opened sums
//! checked; and, apart from that, a key generation among N seats.
//!
//! ```sh
//! cargo run --release -p tally-node --example epoch_cost -- 500
//! ```
//!
//! N is 50 unless given. Every Refresh is of a note of its own with a proof of its own, made here and not counted as the
//! node's work: it takes a second or two each. Openings and bonds, which only set the scene, carry no proofs. Prints one
//! JSON document.

use serde::Serialize;
use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};
use tally_circuits::act::ActStatement;
use tally_circuits::lapse::LapseStatement;
use tally_circuits::refresh::RefreshStatement;
use tally_exchange::market::{Genesis, Market, SettlementSigners};
use tally_exchange::message::{ChainId, PROOF_BYTES};
use tally_exchange::ports::Verifier;
use tally_exchange::specification::Specification;
use tally_exchange::units::{Price, Time};
use tally_ledger_adapter::accounts::{AccountBook, AccountId, CashierRequest, Faucet};
use tally_ledger_adapter::log::Block;
use tally_node::entry::Entry;
use tally_node::keys::MarketKeys;
use tally_node::process::measured_alone;
use tally_node::replica::{Answer, Outcome, Replica};
use tally_node::verifier::{BlockVerifier, Claimed, Groth16Verifier, VerificationCost};
use tally_prover::{InsecureOneParty, KeyCache};
use tally_trader::agent::{Agent, AgentOptions, Purpose, View};
use tally_trader::prepared::{Prepared, ProvingKeys};
use tally_trader::seed::Seed;
use tally_trader::wallet::Wallet;

/// Proofs of a block: what a node may find in one second of a window.
const BLOCK: usize = 64;
/// Cash of each trader beyond the bond, cents.
const CASH: u64 = 500_000;

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Serialize)]
struct Costs {
    seats: usize,
    cores: usize,
    /// What the node does in an epoch, seconds of wall time.
    node_epoch_s: f64,
    refresh_verify_s: f64,
    shares_verify_s: f64,
    opening_check_s: f64,
    /// What the traders do, seconds of processor time each.
    refresh_prove_s_each: f64,
    share_s_each: f64,
    discrete_log_s: f64,
    /// A key generation.
    key_generation_node_s: f64,
    deal_s_each: f64,
    check_dealings_s_each: f64,
    /// All of the above and the setting of the scene, seconds.
    wall_s: f64,
}

fn main() -> Result<(), Failure> {
    let start = Instant::now();
    let seats: usize = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 50,
    };
    let cache = KeyCache::open(std::env::temp_dir().join("tally-epoch-cost-keys"))?;
    let keys = MarketKeys::load_or_create(&cache)?;
    let mut scene = Scene::new(seats, &keys)?;
    scene.open_notes()?;
    let key_generation = scene.make_key()?;
    let mut costs = scene.close_epoch(&keys, &key_generation)?;
    costs.wall_s = rounded(start.elapsed());
    let text = serde_json::to_string_pretty(&costs)?;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

/// A market with its traders, and the node that runs it.
struct Scene {
    replica: Replica,
    agents: Vec<Agent>,
    faucet: Faucet,
    verifier: OnlyRevalidation,
}

struct KeyGeneration {
    node: Duration,
    deal: Duration,
    check: Duration,
}

impl Scene {
    fn new(seats: usize, keys: &MarketKeys<InsecureOneParty>) -> Result<Self, Failure> {
        let specification = Specification::lean_hogs();
        let session = specification.calendar.sessions()[0].clone();
        let capital = u64::try_from(specification.fund_seed)?;
        let market = Market::new(Genesis {
            chain: ChainId::of_genesis(b"epoch cost"),
            specification,
            session,
            prior_settlement: Price(2_640),
            after_limit_settlement: false,
            settlement: SettlementSigners::default(),
            siblings: Vec::new(),
        })?;
        let agents = (0..seats)
            .map(|seat| {
                let mut entropy = [7; 32];
                entropy[..8].copy_from_slice(&(seat as u64).to_le_bytes());
                let wallet = Wallet::new(Seed::from_entropy(entropy), market.market_element());
                let options = AgentOptions {
                    opens_sums: seat == 0,
                    ..AgentOptions::default()
                };
                Agent::new(wallet, options)
            })
            .collect();
        let faucet = Faucet::from_seed(b"epoch cost");
        let accounts = AccountBook::with_capital(faucet.cashier(), capital)
            .map_err(|fault| format!("{fault:?}"))?;
        Ok(Self {
            replica: Replica::new([market], accounts)?,
            agents,
            faucet,
            verifier: OnlyRevalidation(Groth16Verifier::new(keys.verifying())),
        })
    }

    fn market(&self) -> Result<&Market, Failure> {
        Ok(self.replica.markets().next().ok_or("no market")?)
    }

    /// Executes a block of messages, each of the agent beside it, and says how long the node took.
    fn execute(&mut self, time: Time, work: &[(usize, Entry)]) -> Result<Duration, Failure> {
        let block = Block {
            height: self.replica.height() + 1,
            parent: [0; 32],
            time: time.0,
            transactions: work.iter().map(|(_, entry)| entry.to_bytes()).collect(),
        };
        let start = Instant::now();
        let outcome: Outcome = self.replica.execute(&block, &self.verifier)?;
        let took = start.elapsed();
        let market = self.replica.markets().next().ok_or("no market")?;
        for ((agent, _), answer) in work.iter().zip(&outcome.answers) {
            if let Answer::Market(transaction, receipt) = answer {
                if let tally_exchange::receipt::Receipt::Refused(refusal) = receipt {
                    return Err(refusal.to_string().into());
                }
                self.agents[*agent].follow(market, transaction, receipt)?;
            }
        }
        for agent in &mut self.agents {
            agent.end_block(market);
        }
        Ok(took)
    }

    fn execute_all(&mut self, time: Time, work: Vec<(usize, Entry)>) -> Result<Duration, Failure> {
        let mut took = Duration::ZERO;
        let mut work = work.into_iter().peekable();
        while work.peek().is_some() {
            let block: Vec<_> = work.by_ref().take(BLOCK).collect();
            took += self.execute(time, &block)?;
        }
        Ok(took)
    }

    /// Cash, notes and seats, without proofs.
    fn open_notes(&mut self) -> Result<(), Failure> {
        let market = self.market()?;
        let before = market.session().pre_open.minus_seconds(60);
        let chain = market.chain().0;
        let bond = u64::try_from(market.specification().decryptor_bond)?;
        let amount = bond + CASH;
        let mut credits = Vec::new();
        for (index, agent) in self.agents.iter().enumerate() {
            let account = AccountId::of(&agent.wallet().account());
            let credit = self.faucet.credit(&chain, account, amount);
            credits.push((index, Entry::Cashier(CashierRequest::Credit(credit))));
        }
        self.execute_all(before, credits)?;
        let mut opens = Vec::new();
        for (index, agent) in self.agents.iter().enumerate() {
            let account = agent.wallet().account();
            let open = agent
                .wallet()
                .main()
                .open(self.market()?, &account, amount)?;
            opens.push((index, Entry::Market(open.with_proof([0xff; PROOF_BYTES]))));
        }
        self.execute_all(before, opens)?;
        let mut bonds = Vec::new();
        for (index, agent) in self.agents.iter().enumerate() {
            let bond = agent.wallet().main().bond(self.market()?)?;
            bonds.push((index, Entry::Market(bond.with_proof([0xff; PROOF_BYTES]))));
        }
        self.execute_all(before, bonds)?;
        Ok(())
    }

    /// Asks all agents, and gives what they send of this purpose with the processor time that it took all of them.
    fn ask(&mut self, purpose: Purpose) -> Result<(Vec<(usize, Entry)>, Duration), Failure> {
        let market = self.replica.markets().next().ok_or("no market")?;
        let view = View {
            market,
            now: market.time(),
            balance: 0,
            in_flight: &[],
        };
        let mut work = Vec::new();
        let mut sum = Duration::ZERO;
        for (index, agent) in self.agents.iter_mut().enumerate() {
            // Nothing else goes on: wall time is all that is needed, and finer than the system's count.
            let start = Instant::now();
            let plan = agent.next(&view);
            sum += start.elapsed();
            for job in plan
                .messages
                .into_iter()
                .filter(|job| job.purpose == purpose)
            {
                if let Prepared::Ready(transaction) = job.message {
                    work.push((index, Entry::Market(*transaction)));
                }
            }
        }
        Ok((work, sum))
    }

    fn make_key(&mut self) -> Result<KeyGeneration, Failure> {
        let begin = self.market()?.session().pre_open;
        self.execute(begin, &[])?;
        let (dealings, deal) = self.ask(Purpose::Deal)?;
        let mut node = self.execute_all(begin, dealings)?;
        let (complaints, check) = self.ask(Purpose::Complain)?;
        if !complaints.is_empty() {
            return Err("an honest dealing was complained about".into());
        }
        let end = begin.plus_seconds(self.market()?.specification().complaint_time);
        node += self.execute(end, &[])?;
        if self.market()?.joint_key().is_none() {
            return Err("no joint key came of it".into());
        }
        Ok(KeyGeneration { node, deal, check })
    }

    fn close_epoch(
        &mut self,
        keys: &MarketKeys<InsecureOneParty>,
        made: &KeyGeneration,
    ) -> Result<Costs, Failure> {
        let close = self.market()?.session().close;
        self.execute(close, &[])?;
        let (refreshes, prove) = self.refreshes(keys)?;
        let refresh_verify = self.execute_all(close, refreshes)?;
        let (shares, share) = self.ask(Purpose::Share)?;
        let shares_verify = self.execute_all(close, shares)?;
        let (opening, discrete_log) = self.ask(Purpose::OpenSums)?;
        let opening_check = self.execute_all(close, opening)?;
        if self.market()?.epoch() != 2 {
            return Err("the epoch did not end".into());
        }
        let seats = self.agents.len();
        let each = |time: Duration| rounded(time / u32::try_from(seats).unwrap_or(u32::MAX));
        Ok(Costs {
            seats,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            node_epoch_s: rounded(refresh_verify + shares_verify + opening_check),
            refresh_verify_s: rounded(refresh_verify),
            shares_verify_s: rounded(shares_verify),
            opening_check_s: rounded(opening_check),
            refresh_prove_s_each: each(prove),
            share_s_each: each(share),
            discrete_log_s: rounded(discrete_log),
            key_generation_node_s: rounded(made.node),
            deal_s_each: each(made.deal),
            check_dealings_s_each: each(made.check),
            wall_s: 0.0,
        })
    }

    /// Everybody's Refresh, proved, with the processor time that all proofs took. Each core makes its own.
    fn refreshes(
        &self,
        keys: &MarketKeys<InsecureOneParty>,
    ) -> Result<(Vec<(usize, Entry)>, Duration), Failure> {
        let market = self.market()?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let lane = |lane: usize| -> Result<Vec<(usize, Entry)>, Failure> {
            let proving = ProvingKeys {
                act: &keys.act.proving,
                refresh: &keys.refresh.proving,
                lapse: &keys.lapse.proving,
            };
            let mut done = Vec::new();
            for (index, agent) in self.agents.iter().enumerate().skip(lane).step_by(cores) {
                let refresh = agent.wallet().main().refresh(market)?;
                let message = Prepared::Refresh(Box::new(refresh));
                let transaction = message.prove(&proving, &mut rand::rngs::OsRng)?;
                done.push((index, Entry::Market(transaction)));
            }
            Ok(done)
        };
        let (all, took) = measured_alone(|| {
            std::thread::scope(|scope| {
                let lanes: Vec<_> = (0..cores)
                    .map(|number| scope.spawn(move || on_one_core(|| lane(number))))
                    .collect();
                let mut all = Vec::new();
                for lane in lanes {
                    all.extend(lane.join().map_err(|_| "a prover panicked")??);
                }
                Ok::<_, Failure>(all)
            })
        });
        let mut all = all?;
        all.sort_by_key(|(index, _)| *index);
        Ok((all, took.ok_or("the system does not tell processor time")?))
    }
}

fn on_one_core<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// Verifies Refreshes in earnest and takes Acts without proofs: they only set the scene.
struct OnlyRevalidation(Groth16Verifier<InsecureOneParty>);

impl Verifier for OnlyRevalidation {
    fn verify_act(&self, _: &ActStatement, _: &[u8; PROOF_BYTES]) -> bool {
        true
    }

    fn verify_refresh(&self, statement: &RefreshStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.0.verify_refresh(statement, proof)
    }

    fn verify_lapse(&self, statement: &LapseStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.0.verify_lapse(statement, proof)
    }
}

impl BlockVerifier for OnlyRevalidation {
    fn prepare(&self, claimed: &[Claimed<'_>]) {
        if claimed
            .iter()
            .all(|one| matches!(one, Claimed::Refresh(..)))
        {
            self.0.prepare(claimed);
        }
    }

    fn cost(&self) -> VerificationCost {
        self.0.cost()
    }
}

/// Seconds to the millisecond.
fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}
