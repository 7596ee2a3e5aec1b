//! A chain with three traders that lives through days without proofs: a state with everything in it, for tests of what is
//! kept.

use super::genesis::{cashier, document};
use tally_circuits::act::ActStatement;
use tally_circuits::lapse::LapseStatement;
use tally_circuits::refresh::RefreshStatement;
use tally_exchange::market::Market;
use tally_exchange::message::{PROOF_BYTES, Symbol};
use tally_exchange::ports::Verifier;
use tally_exchange::receipt::Receipt;
use tally_exchange::units::{Price, Quantity, Side, Time};
use tally_ledger_adapter::accounts::{AccountId, CashierRequest, Credit};
use tally_ledger_adapter::log::Block;
use tally_node::entry::Entry;
use tally_node::genesis::ChainGenesis;
use tally_node::replica::{Answer, Replica};
use tally_node::verifier::{BlockVerifier, Claimed, NO_PROOF, VerificationCost};
use tally_trader::agent::{Agent, AgentOptions, View};
use tally_trader::prepared::Prepared;
use tally_trader::request::OrderRequest;
use tally_trader::seed::Seed;
use tally_trader::wallet::Wallet;

/// Cash of each trader, cents.
const CASH: u64 = 20_000_000;

/// Takes every proof as good.
pub struct Unproven;

impl Verifier for Unproven {
    fn verify_act(&self, _: &ActStatement, _: &[u8; PROOF_BYTES]) -> bool {
        true
    }

    fn verify_refresh(&self, _: &RefreshStatement, _: &[u8; PROOF_BYTES]) -> bool {
        true
    }

    fn verify_lapse(&self, _: &LapseStatement, _: &[u8; PROOF_BYTES]) -> bool {
        true
    }
}

impl BlockVerifier for Unproven {
    fn prepare(&self, _: &[Claimed<'_>]) {}

    fn prepares(&self) -> bool {
        false
    }

    fn cost(&self) -> VerificationCost {
        VerificationCost::default()
    }
}

/// The chain, its state, its traders in HEG7, and the blocks so far.
pub struct Trial {
    pub genesis: ChainGenesis,
    pub replica: Replica,
    pub blocks: Vec<Block>,
    agents: Vec<Agent>,
}

impl Trial {
    /// Traders with a note, a seat and nothing else yet, a minute before the first pre-open.
    pub fn opened() -> Self {
        let genesis = ChainGenesis::new(document()).unwrap();
        let replica = genesis.replica().unwrap();
        let element = market(&replica).market_element();
        let agent = |trader: u8| {
            let wallet = Wallet::new(Seed::from_entropy([trader + 1; 32]), element);
            let options = AgentOptions {
                opens_sums: trader == 0,
                ..AgentOptions::default()
            };
            Agent::new(wallet, options)
        };
        let mut trial = Self {
            genesis,
            replica,
            blocks: Vec::new(),
            agents: (0..3).map(agent).collect(),
        };
        trial.open();
        trial
    }

    fn open(&mut self) {
        let before = self.market().session().pre_open.minus_seconds(60);
        let chain = self.genesis.chain().0;
        let credits = (1..).zip(&self.agents).map(|(sequence, agent)| {
            let account = AccountId::of(&agent.wallet().account());
            let credit = Credit::sign(&cashier(), &chain, account, CASH, sequence);
            Entry::Cashier(CashierRequest::Credit(credit))
        });
        self.execute(before, &credits.collect::<Vec<_>>());
        let opens = self.agents.iter().map(|agent| {
            let wallet = agent.wallet();
            let open = wallet
                .main()
                .open(self.market(), &wallet.account(), CASH / 2);
            Entry::Market(open.unwrap().with_proof(NO_PROOF))
        });
        self.execute(before, &opens.collect::<Vec<_>>());
        let bonds = self.agents.iter().map(|agent| {
            let bond = agent.wallet().main().bond(self.market());
            Entry::Market(bond.unwrap().with_proof(NO_PROOF))
        });
        self.execute(before, &bonds.collect::<Vec<_>>());
    }

    /// The market in which they trade.
    pub fn market(&self) -> &Market {
        market(&self.replica)
    }

    /// Goes on to a time: the block that brings it, and everything that the traders have to do then.
    pub fn go_to(&mut self, time: Time) {
        self.execute(time, &[]);
        for _ in 0..20 {
            let work = self.duties();
            if work.is_empty() {
                return;
            }
            self.execute(time, &work);
        }
        panic!("the duties of {} have no end", time.0);
    }

    /// The first buys this many contracts of the second at a price, and the third bids a tick less for one.
    pub fn trade(&mut self, quantity: u32, price: Price) {
        let orders = [
            (0, Side::Buy, quantity, price),
            (1, Side::Sell, quantity, price),
            (2, Side::Buy, 1, Price(price.0 - 1)),
        ];
        let posts = orders.map(|(trader, side, quantity, price)| {
            let order = OrderRequest::limit(side, Quantity(quantity), price);
            let wallet = self.agents[trader].wallet();
            let act = wallet.trade(0, self.market(), None, &[order], &[]);
            Entry::Market(act.unwrap().with_proof(NO_PROOF))
        });
        self.execute(self.market().time(), &posts);
    }

    /// The whole first session with three trades; it ends with the next one's pre-open.
    pub fn first_day(&mut self) {
        let session = self.market().session().clone();
        self.go_to(session.pre_open);
        self.go_to(session.pre_open.plus_seconds(1_000));
        self.go_to(session.open.minus_seconds(1));
        self.go_to(session.open);
        let centre = Price(2_646);
        for minute in 1..=3 {
            self.go_to(session.open.plus_seconds(60 * minute));
            self.trade(2, centre);
        }
        self.go_to(session.settlement);
        self.go_to(session.close);
        let calendar = &self.genesis.specification().calendar;
        let next = calendar.next(session.date).unwrap().pre_open;
        for hour in 1..19 {
            self.go_to(session.close.plus_seconds(3_600 * hour).min(next));
        }
        self.go_to(next);
    }

    fn duties(&mut self) -> Vec<Entry> {
        let market = market(&self.replica);
        let view = View {
            market,
            now: market.time(),
            balance: 0,
            in_flight: &[],
        };
        let plans = self
            .agents
            .iter_mut()
            .flat_map(|agent| agent.next(&view).messages);
        plans
            .map(|job| Entry::Market(unproven(job.message)))
            .collect()
    }

    fn execute(&mut self, time: Time, entries: &[Entry]) {
        let block = Block {
            height: self.replica.height() + 1,
            time: time.0,
            parent: [0; 32],
            transactions: entries.iter().map(Entry::to_bytes).collect(),
        };
        let outcome = self.replica.execute(&block, &Unproven).unwrap();
        self.blocks.push(block);
        let market = market(&self.replica);
        for answer in &outcome.answers {
            match answer {
                Answer::Cashier(result) => result.unwrap(),
                // Several find the sums, or claim what a block had settled already.
                Answer::Market(_, Receipt::Refused(_)) => {}
                Answer::Market(transaction, receipt) => {
                    for agent in &mut self.agents {
                        agent.follow(market, transaction, receipt).unwrap();
                    }
                }
                Answer::Garbage => panic!("garbage"),
            }
        }
        for agent in &mut self.agents {
            agent.end_block(market);
        }
    }
}

fn market(replica: &Replica) -> &Market {
    replica.market(Symbol::new("HEG7").unwrap()).unwrap()
}

fn unproven(message: Prepared) -> tally_exchange::message::Transaction {
    match message {
        Prepared::Act(act) => act.with_proof(NO_PROOF),
        Prepared::Refresh(refresh) => refresh.with_proof(NO_PROOF),
        Prepared::Lapse(lapse) => lapse.with_proof(NO_PROOF),
        Prepared::Ready(transaction) => *transaction,
    }
}
