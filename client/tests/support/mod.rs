//! A live market in this process, and desks at it.

#![allow(dead_code, reason = "every test binary uses a part of it")]
#![allow(
    clippy::needless_pass_by_value,
    reason = "tests read better without borrows"
)]

pub mod liar;
pub mod pace;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tally_client::desk::{Access, Desk, DeskError, DeskOptions};
use tally_client::node_client::NodeClient;
use tally_client::reply::{OutcomeWord, Reply, Sent};
use tally_client::request::{OrderRequest, Request};
use tally_exchange::units::{Quantity, Side, TimeInForce};
use tally_node::keys::MarketKeys;
use tally_node::live::directory::MarketFolder;
use tally_node::live::engine::EngineOptions;
use tally_node::live::node::{Node, NodeOptions};
pub use tally_node::live::practice::IN_SESSION;
use tally_node::live::practice::make_practice_market;
use tally_prover::KeyCache;
use tally_trader::agent::AgentOptions;
use tally_trader::seed::Seed;
use tally_transport::carrier::TcpCarrier;
use tally_transport::client::{Client, ClientOptions};
use tally_transport::schedule::SendDelay;
use tally_transport::server::ServerLimits;
use tempfile::TempDir;

/// One-party keys, made once and kept among the build's files.
pub fn keys_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys");
        MarketKeys::load_or_create(&KeyCache::open(&folder).unwrap()).unwrap();
        folder
    })
}

/// Makes the folder of a market with a faucet, whose clock begins at `start` and runs at `speed`.
pub fn make_market(folder: &Path, start: u64, speed: u32) -> MarketFolder {
    let cache = KeyCache::open(keys_folder()).unwrap();
    make_practice_market(folder, &cache, start, speed).unwrap()
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A running market.
pub struct Market {
    pub folder: TempDir,
    pub node: Option<Node>,
}

pub fn options() -> NodeOptions {
    NodeOptions {
        listen: Some("127.0.0.1:0".parse().unwrap()),
        onion: None,
        metrics: None,
        engine: EngineOptions::default(),
        limits: ServerLimits::default(),
        insecure_keys: true,
    }
}

impl Market {
    pub fn start(start: u64, speed: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let market = make_market(folder.path(), start, speed);
        let node = Node::start(&market, &options()).unwrap();
        Self {
            folder,
            node: Some(node),
        }
    }

    pub fn address(&self) -> String {
        self.node.as_ref().unwrap().address().unwrap().to_string()
    }

    pub fn stop(&mut self) {
        self.node.take().unwrap().stop().unwrap();
    }

    /// Starts again at the same address.
    pub fn restart(&mut self, address: &str) {
        let options = NodeOptions {
            listen: Some(address.parse().unwrap()),
            ..options()
        };
        let folder = MarketFolder::at(self.folder.path());
        self.node = Some(Node::start(&folder, &options).unwrap());
    }
}

pub fn node_client(address: &str) -> NodeClient {
    let carrier = TcpCarrier::new(address).unwrap();
    let client = Client::new(Box::new(carrier), ClientOptions::default()).unwrap();
    NodeClient::new(client, address.to_owned())
}

/// A wallet's seed and folder: its desk can be opened and closed.
pub struct Owner {
    pub seed: Seed,
    pub folder: TempDir,
}

impl Owner {
    pub fn new(number: u8) -> Self {
        Self {
            seed: Seed::from_entropy([number; 32]),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn options(&self) -> DeskOptions {
        DeskOptions {
            folder: self.folder.path().join("desk"),
            keys: self.folder.path().join("keys"),
            agent: AgentOptions {
                opens_sums: true,
                ..AgentOptions::default()
            },
            is_agent: false,
            send_delay: SendDelay::default(),
            checkpoint: None,
        }
    }

    pub fn try_open(&self, address: &str) -> Result<Desk, DeskError> {
        self.open_with(address, &self.options())
    }

    pub fn open_with(&self, address: &str, options: &DeskOptions) -> Result<Desk, DeskError> {
        // The keys need not be fetched by everybody.
        let keys = self.folder.path().join("keys");
        if !keys.exists() {
            copy(keys_folder(), &keys);
        }
        let access = Access::Wallet(self.seed.clone());
        Desk::open(node_client(address), options, access, &mut |_| {})
    }

    pub fn open(&self, address: &str) -> Desk {
        self.try_open(address).unwrap()
    }
}

/// Asks, and takes no failure for an answer.
pub fn ask(desk: &mut Desk, request: Request) -> Reply {
    match desk.handle(request.clone()) {
        Reply::Failed(failure) => panic!("{request:?}: {failure:?}"),
        reply => reply,
    }
}

pub fn sent(desk: &mut Desk, request: Request) -> Sent {
    match ask(desk, request) {
        Reply::Sent(sent) => {
            assert_eq!(sent.outcome, OutcomeWord::Accepted, "{sent:?}");
            sent
        }
        other => panic!("{other:?}"),
    }
}

pub fn order(side: Side, quantity: u32, price: &str) -> OrderRequest {
    OrderRequest {
        market: None,
        side,
        quantity: Quantity(quantity),
        price: price.to_owned(),
        tif: TimeInForce::Day,
        post_only: false,
        id: None,
        preview: false,
    }
}

/// Funds the account and opens a note.
pub fn enter(desk: &mut Desk, cents: u64) {
    ask(desk, Request::Fund { amount: cents });
    sent(
        desk,
        Request::Open {
            market: None,
            amount: cents,
            preview: false,
        },
    );
}

/// Takes in blocks until something holds.
pub fn until(desk: &mut Desk, what: &str, mut holds: impl FnMut(&mut Desk) -> bool) {
    let start = Instant::now();
    while !holds(desk) {
        assert!(start.elapsed() < Duration::from_secs(30), "never: {what}");
        desk.pump(Duration::from_millis(100)).unwrap();
    }
}
