//! A sandbox from its start: somebody to trade with, a restart, a night.

use rand::rngs::OsRng;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tally_exchange::market::{Market, Stage};
use tally_exchange::message::{Symbol, Transaction};
use tally_exchange::receipt::{Phase, Receipt};
use tally_exchange::units::{Price, Quantity, Side};
use tally_ledger_adapter::accounts::AccountId;
use tally_ledger_adapter::log::OrderedLog;
use tally_node::entry::Entry;
use tally_node::genesis::ChainGenesis;
use tally_node::keys::MarketKeys;
use tally_node::live::engine::Engine;
use tally_node::live::queue::Verdict;
use tally_node::replica::{Answer, Replica};
use tally_node::sandbox::{Sandbox, SandboxError, SandboxOptions, SandboxProgress, SandboxStatus};
use tally_node::verifier::Recorded;
use tally_prover::{InsecureOneParty, KeyCache};
use tally_trader::prepared::PreparedAct;
use tally_trader::request::OrderRequest;
use tally_trader::seed::Seed;
use tally_trader::wallet::Wallet;

/// Longest that anything here is waited for.
const PATIENCE: Duration = Duration::from_secs(300);

/// One folder of proving keys for all tests.
fn keys() -> &'static Path {
    static KEYS: OnceLock<PathBuf> = OnceLock::new();
    KEYS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox-keys");
        let cache = KeyCache::open(&folder).expect("a cache");
        MarketKeys::load_or_create(&cache).expect("keys");
        folder
    })
}

fn options(folder: &Path) -> SandboxOptions {
    SandboxOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        keys: Some(keys().to_owned()),
        ..SandboxOptions::at(folder)
    }
}

fn start(options: &SandboxOptions) -> Sandbox {
    Sandbox::start(options, &mut |_| ()).expect("a sandbox starts")
}

/// Waits until something is so.
fn until(sandbox: &Sandbox, what: &str, is_so: impl Fn(&SandboxStatus) -> bool) -> SandboxStatus {
    let start = Instant::now();
    loop {
        let status = sandbox.status().expect("a status");
        if is_so(&status) {
            return status;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: {status:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn sum(status: &SandboxStatus) -> i64 {
    let held = status.traders.iter().map(|trader| trader.position);
    status.clearing + held.sum::<i64>()
}

/// Somebody from outside, who follows the ledger and sends through the engine.
struct Outsider {
    engine: Engine,
    replica: Replica,
    wallet: Wallet,
    symbol: Symbol,
    keys: MarketKeys<InsecureOneParty>,
}

impl Outsider {
    fn new(engine: &Engine, genesis: &ChainGenesis, seed: u8) -> Self {
        let cache = KeyCache::open(keys()).expect("a cache");
        let symbol = Symbol::new("HEG7").expect("a symbol");
        let replica = genesis.replica().expect("a replica");
        let element = replica.market(symbol).expect("a market").market_element();
        Self {
            engine: engine.clone(),
            replica,
            wallet: Wallet::new(Seed::from_entropy([seed; 32]), element),
            symbol,
            keys: MarketKeys::load(&cache).expect("keys").expect("all"),
        }
    }

    fn market(&self) -> &Market {
        self.replica.market(self.symbol).expect("a market")
    }

    fn follow(&mut self) {
        while self.replica.height() < self.engine.progress().borrow().height {
            let height = self.replica.height() + 1;
            let block = self
                .engine
                .log()
                .block(height)
                .expect("log")
                .expect("block");
            let outcome = self.replica.execute(&block, &Recorded::own_copy());
            let outcome = outcome.expect("it follows");
            let market = self.replica.market(self.symbol).expect("a market");
            for answer in &outcome.answers {
                if let Answer::Market(transaction, receipt) = answer
                    && transaction.market() == self.symbol
                {
                    let followed = self.wallet.follow(market, transaction, receipt);
                    followed.expect("it follows");
                }
            }
            self.wallet.end_block(market);
        }
    }

    fn send(&mut self, act: PreparedAct) -> Receipt {
        let transaction = act
            .prove(&self.keys.act.proving, &mut OsRng)
            .expect("proof");
        self.submit(transaction)
    }

    fn submit(&mut self, transaction: Transaction) -> Receipt {
        let waiting = self
            .engine
            .submit(Entry::Market(transaction))
            .expect("queued");
        let Verdict::Included { height, answer, .. } = waiting.blocking_recv().expect("answered")
        else {
            panic!("declined");
        };
        while self.replica.height() < height {
            self.follow();
        }
        let Answer::Market(_, receipt) = &*answer else {
            panic!("no market's answer");
        };
        receipt.clone()
    }

    fn open(&mut self) {
        let account = self.wallet.account();
        let waiting = self.engine.faucet(AccountId::of(&account), 20_000_000);
        waiting.expect("queued").blocking_recv().expect("booked");
        self.follow();
        let act = self.wallet.main().open(self.market(), &account, 10_000_000);
        let receipt = self.send(act.expect("it opens"));
        assert!(matches!(receipt, Receipt::Act(_)), "{receipt:?}");
    }

    /// Sends a market order and says how much of it is filled.
    fn take(&mut self, side: Side, contracts: u32) -> (u32, Price) {
        self.follow();
        let request = OrderRequest::market(side, Quantity(contracts));
        let claim = self.wallet.main().finished_claims(self.market());
        let act = self
            .wallet
            .main()
            .trade(self.market(), claim.first(), &[request]);
        let Receipt::Act(receipt) = self.send(act.expect("it can be sent")) else {
            panic!("refused");
        };
        let record = self.market().record(receipt.orders[0]).expect("a record");
        (record.filled.0, record.fills.first().expect("a fill").price)
    }

    fn held(&self) -> i64 {
        let lineage = self.wallet.main();
        let records = lineage
            .orders()
            .keys()
            .filter_map(|id| self.market().record(*id));
        let fills = records.flat_map(|record| {
            let sign = if record.terms.side == Side::Buy {
                1
            } else {
                -1
            };
            record
                .fills
                .iter()
                .map(move |fill| sign * i64::from(fill.quantity.0))
        });
        i64::from(lineage.note().position) + fills.sum::<i64>()
    }
}

fn genesis(folder: &Path) -> ChainGenesis {
    let bytes = std::fs::read(folder.join("genesis.json")).expect("a genesis");
    ChainGenesis::from_bytes(&bytes).expect("it is one")
}

#[test]
fn somebody_is_there_to_trade_with_before_and_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = options(folder.path());
    let mut steps = Vec::new();
    let sandbox = Sandbox::start(&options, &mut |step| steps.push(step)).expect("it starts");
    assert_eq!(steps.last(), Some(&SandboxProgress::Ready));
    let status = until(&sandbox, "a pre-open", |status| {
        status.phase == Phase::PreOpen
    });
    assert_eq!(
        (status.traders.len(), status.day.as_str()),
        (12, "2017-01-17")
    );
    assert!(status.traders.iter().all(|trader| trader.has_seat));
    let genesis = genesis(folder.path());
    assert!(genesis.is_insecure());
    let mut outsider = Outsider::new(sandbox.node().engine(), &genesis, 1);
    outsider.open();
    until(&sandbox, "continuous trading", |status| {
        status.phase == Phase::Continuous
    });
    for (side, contracts) in [
        (Side::Buy, 5),
        (Side::Buy, 1),
        (Side::Sell, 3),
        (Side::Buy, 5),
    ] {
        let (filled, price) = outsider.take(side, contracts);
        assert_eq!(filled, contracts, "{side} at {price:?}");
    }
    assert_eq!(outsider.held(), 8);
    // What trades in the meantime trades between traders who are all known here.
    let status = until(&sandbox, "the trades", |status| sum(status) == -8);
    let height = status.height;
    // It holds the ledger, too.
    drop(outsider);
    sandbox.stop().expect("it stops");

    let sandbox = start(&options);
    let status = sandbox.status().expect("a status");
    assert!(status.height >= height && status.phase == Phase::Continuous);
    assert_eq!(sum(&status), -8);
    let mut outsider = Outsider::new(sandbox.node().engine(), &genesis, 1);
    let (filled, _) = outsider.take(Side::Sell, 5);
    assert_eq!((filled, outsider.held()), (5, 3));
    drop(outsider);
    sandbox.stop().expect("it stops");

    let other = SandboxOptions {
        traders: Some(7),
        ..options
    };
    let error = Sandbox::start(&other, &mut |_| ())
        .map(drop)
        .expect_err("another sandbox");
    assert!(
        matches!(
            error,
            SandboxError::Differs {
                field: "traders",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_night_takes_everybody_into_the_next_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SandboxOptions {
        speed: Some(3_600),
        traders: Some(5),
        messages: Some(60),
        seed: Some(1),
        day: Some("2017-01-04".to_owned()),
        ..options(folder.path())
    };
    let sandbox = start(&options);
    until(&sandbox, "continuous trading", |status| {
        status.phase == Phase::Continuous
    });
    let first = until(&sandbox, "a close", |status| status.phase == Phase::Closed);
    let next = until(&sandbox, "the next day", |status| {
        status.day == "2017-01-05" && status.phase == Phase::Continuous
    });
    assert!(next.epoch > first.epoch);
    assert!(
        next.traders
            .iter()
            .all(|trader| trader.epoch == Some(next.epoch))
    );
    let traded = next.traders.iter().filter(|trader| trader.position != 0);
    assert!(traded.count() > 1, "{next:?}");
    assert_eq!((next.clearing, sum(&next)), (0, 0));
    {
        let replica = sandbox.node().engine().replica();
        let market = replica.market(Symbol::new("HEG7").expect("a symbol"));
        let market = market.expect("a market");
        assert_eq!(market.stage(), Stage::Open);
        let closed = market.closed_epochs().last().expect("an epoch");
        assert_eq!((closed.expected(), closed.refreshed()), (5, 5));
    }
    sandbox.stop().expect("it stops");
}
