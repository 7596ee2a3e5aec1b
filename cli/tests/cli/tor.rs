//! A market over a private Tor network: a node with an onion service, and traders in processes of their own.

mod night;
#[path = "../../../client/tests/support/pace.rs"]
mod pace;
#[path = "../../../transport/tests/support/private_tor.rs"]
mod private_tor;
mod sockets;
mod traced;

use self::private_tor::PrivateTor;
use crate::live::{Agents, Trader, eventually, within};
use crate::support::data_with_keys;
use serde_json::Value;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use tally_node::live::engine::EngineOptions;
use tally_node::live::node::{Node, NodeOptions};
use tally_node::live::practice::{IN_SESSION, make_practice_market};
use tally_prover::KeyCache;
use tally_transport::server::ServerLimits;
use tally_transport::tor::{Tor, TorDirectory, TorOptions};
use tempfile::TempDir;

/// Before the pre-open of the first day, where the clock stands until everybody is there.
const BEFORE_THE_OPEN: u64 = IN_SESSION - 6_000_000_000;
/// How fast the clock may run when nobody trades, which agents ask when they start.
const FAST: u32 = 2_400;
/// How fast it runs while they trade.
const TRADING: u32 = 10;
/// How long Tor may take to find relays again that come back: it waits longer and longer before it tries them.
const WAY_BACK: Duration = Duration::from_secs(240);
/// How long the night may take in which one of them is missing: the others wait for its share and its dealing.
const NEXT_DAY: Duration = Duration::from_secs(480);
/// Never, for the clock.
const ON: u64 = u64::MAX;

/// A market whose node is an onion service and listens nowhere else.
struct Market {
    node: Node,
    tor: PrivateTor,
    _folder: TempDir,
}

impl Market {
    fn start(tor: PrivateTor) -> Self {
        let folder = TempDir::new().unwrap();
        let cache = data_with_keys();
        let cache = KeyCache::open(cache.path().join("keys")).unwrap();
        let market =
            make_practice_market(&folder.path().join("market"), &cache, BEFORE_THE_OPEN, 1);
        let options = TorOptions {
            configuration: Some(tor.configuration()),
            ..TorOptions::in_directory(TorDirectory::take(&folder.path().join("tor")).unwrap())
        };
        let options = NodeOptions {
            listen: None,
            onion: Some(Tor::start(options, &mut |_| {}).unwrap()),
            metrics: None,
            engine: EngineOptions::default(),
            limits: ServerLimits::default(),
            insecure_keys: true,
        };
        let node = Node::start(&market.unwrap(), &options).unwrap();
        node.engine().drive_clock(FAST, 0);
        assert!(node.wait_for_onion(Duration::from_secs(60)));
        assert_eq!(node.address(), None);
        Self {
            node,
            tor,
            _folder: folder,
        }
    }

    fn address(&self) -> String {
        self.node.onion().unwrap().to_string()
    }

    fn trader(&self) -> Trader {
        let trader = Trader::at(self.address()).with_tor(self.tor.configuration());
        trader.ok(&["wallet", "new"]);
        trader
    }
}

/// All of them at once, as people do.
fn all<T: Send>(traders: &[Trader], work: impl Fn(&Trader) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let work = &work;
        let started: Vec<_> = traders
            .iter()
            .map(|trader| scope.spawn(move || work(trader)))
            .collect();
        started
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

fn position(trader: &Trader) -> Value {
    trader.ok(&["position"])["positions"][0].clone()
}

fn phase(trader: &Trader) -> String {
    trader.ok(&["epoch"])["markets"][0]["phase"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// From the first deposit to the last withdrawal, through an epoch in which one of five is missing, with Tor gone in between.
#[test]
fn five_traders_over_tor() {
    let Some(tor) = PrivateTor::start() else {
        return;
    };
    let market = Market::start(tor);
    let traders: Vec<Trader> = (0..5).map(|_| market.trader()).collect();
    enter(&market, &traders);
    let agents = all(&traders, |trader| {
        trader.ok(&["agent", "--background"])["pid"]
            .as_u64()
            .unwrap()
    });
    let _guard = Agents(agents.clone());
    sockets::are_on_loopback(&agents);
    night::passes(market.node.engine(), || {
        eventually("the session opens", || phase(&traders[0]) == "continuous");
    });
    market.node.engine().drive_clock(TRADING, ON);
    trade(&traders);
    sockets::are_on_loopback(&agents);
    tor_is_gone_for_a_while(&market, &traders);
    an_epoch_without_the_fifth(&market, &traders, agents[4]);
    sockets::are_on_loopback(&agents[..4]);
    leave(&traders);
    market.node.stop().unwrap();
}

/// Deposit, open, and a seat each.
fn enter(market: &Market, traders: &[Trader]) {
    all(traders, |trader| {
        assert_eq!(
            trader.ok(&["account", "fund", "60000"])["balance"],
            6_000_000
        );
        assert_eq!(trader.ok(&["open", "50000", "-y"])["outcome"], "accepted");
        trader.ok(&["seat", "take", "-y"]);
    });
    // One after another of each trader's.
    assert!(market.node.engine().tip().height >= 3);
}

/// 0 is long three, 1 short three; 2 is long one and 4 short one.
fn trade(traders: &[Trader]) {
    for (buyer, seller, quantity) in [(0, 1, "3"), (2, 4, "1")] {
        let bought =
            traders[buyer].ok(&["buy", quantity, "@", "66.000", "-y", "--wait", "accepted"]);
        assert_eq!(bought["outcome"], "accepted", "{bought}");
        let sold = traders[seller].ok(&["sell", quantity, "@", "66.000", "-y", "--wait", "filled"]);
        assert_eq!(
            sold["orders"][0]["filled"],
            quantity.parse::<u64>().unwrap(),
            "{sold}"
        );
    }
    for (trader, contracts) in traders.iter().zip([3, -3, 1, 0, -1]) {
        // A fill counts before it is claimed; nothing of it must be under way when Tor goes.
        eventually("the position, claimed", || {
            let line = position(trader);
            line["position"] == contracts && line["unclaimed_fills"] == 0
        });
    }
}

/// Nothing is sent while there is no Tor, everybody says so, and all goes on when it is back.
fn tor_is_gone_for_a_while(market: &Market, traders: &[Trader]) {
    let stranger = market.trader();
    let posted = || {
        traders[0].ok(&["orders"])["orders"]
            .as_array()
            .unwrap()
            .len()
    };
    let (before, height) = (posted(), market.node.engine().tip().height);
    market.tor.stop();
    let refused = traders[0].fails(&["buy", "1", "@", "64.500", "-y", "--id", "once"], 5);
    assert!(refused.contains("over Tor"), "{refused}");
    // Its agent says so, too: it was told to speak JSON.
    let log = traders[0].data().join("wallets/default.wallet.d/agent.log");
    eventually("the agent tells", || {
        std::fs::read_to_string(&log).is_ok_and(|text| text.contains(r#""told":"lost""#))
    });
    // What is known is still told.
    assert_eq!(position(&traders[0])["position"], 3);
    // And who starts anew learns what is wrong and what to do.
    let refused = stranger.fails(&["book", "--tor-patience", "5"], 5);
    for part in ["Tor is not ready", "nothing was sent", "--tor-patience"] {
        assert!(refused.contains(part), "{refused}");
    }
    traced::nothing_leaves(market, &stranger);
    assert_eq!(market.node.engine().tip().height, height);

    market.tor.start_again();
    let back = Instant::now();
    let again = ["buy", "1", "@", "64.500", "-y", "--id", "once", "--json"];
    while traders[0].run(&again).code != 0 {
        assert!(back.elapsed() < WAY_BACK, "Tor is back, and nobody notices");
        thread::sleep(Duration::from_secs(1));
    }
    // The same once more: it is known, and not doubled.
    traders[0].ok(&again[..again.len() - 1]);
    assert_eq!(posted(), before + 1);
    traders[0].ok(&["cancel", "--all", "-y"]);
}

/// The fifth vanishes with a position; the others' agents close the day, and the market goes on.
fn an_epoch_without_the_fifth(market: &Market, traders: &[Trader], agent: u64) {
    kill(agent);
    // Agents may still be finding their way back.
    for trader in &traders[..4] {
        within(WAY_BACK, "the agent is up to date", || {
            trader.ok(&["status"])["height"] == market.node.engine().tip().height
        });
    }
    night::passes(market.node.engine(), || {
        within(NEXT_DAY, "the next day", || {
            let epoch = traders[0].ok(&["epoch"]);
            let market = &epoch["markets"][0];
            market["session"] == "2017-01-04" && market["phase"] == "continuous"
        });
    });
    market.node.engine().drive_clock(TRADING, ON);
    for (trader, contracts) in traders.iter().zip([3, -3, 1, 0]) {
        let line = position(trader);
        assert_eq!(line["position"], contracts, "{line}");
        assert_eq!(line["standing"], "present", "{line}");
        assert_eq!(line["unclaimed_fills"], 0, "claimed: {line}");
    }
}

/// Those who stayed take cash out; the one who was away comes back without its position, and takes out what is left.
fn leave(traders: &[Trader]) {
    for trader in &traders[..4] {
        let withdrawn = trader.ok(&["withdraw", "1000", "-y"]);
        assert_eq!(withdrawn["outcome"], "accepted", "{withdrawn}");
        trader.ok(&["agent", "stop"]);
        assert_eq!(trader.ok(&["account", "show"])["balance"], 1_100_000);
    }
    let withdrawn = traders[4].ok(&["withdraw", "1000", "-y"]);
    assert_eq!(withdrawn["outcome"], "accepted", "{withdrawn}");
    assert_eq!(position(&traders[4])["position"], 0);
}

fn kill(process: u64) {
    let killed = Command::new("kill")
        .args(["-KILL", &process.to_string()])
        .status();
    assert!(killed.unwrap().success());
}
