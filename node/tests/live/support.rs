//! A market to run, a node on it, a trader, and the wire.

use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use tally_exchange::market::{Market, StateHash};
use tally_exchange::message::{Symbol, Transaction};
use tally_exchange::specification::{LEAN_HOGS, Specification};
use tally_ledger_adapter::accounts::AccountId;
use tally_node::api::{KeyStatement, Request, Response, Submission, Welcome, faucet_bytes};
use tally_node::entry::Entry;
use tally_node::genesis::{
    CashierKind, ChainGenesis, GENESIS_FORMAT, GenesisCashier, GenesisClock, GenesisDocument,
    GenesisKey, GenesisMarket, GenesisSigners,
};
use tally_node::keys::MarketKeys;
use tally_node::live::directory::MarketFolder;
use tally_node::live::engine::EngineOptions;
use tally_node::live::node::{Node, NodeOptions};
use tally_node::replica::Answer;
use tally_node::stamp::{OTHER_BITS, PROOF_BITS, make_stamp};
use tally_prover::{InsecureOneParty, KeyCache};
use tally_trader::prepared::PreparedAct;
use tally_trader::request::OrderRequest;
use tally_trader::seed::Seed;
use tally_trader::wallet::Wallet;
use tally_transport::carrier::{Lane, TcpCarrier};
use tally_transport::client::{Client, ClientOptions};
use tally_transport::server::ServerLimits;
use tempfile::TempDir;

/// Longest time for an answer.
const ANSWER: Duration = Duration::from_secs(40);
/// How long a submission waits for its block, milliseconds.
pub const PATIENCE: u32 = 20_000;
/// Cash that a trader asks for, cents.
pub const CASH: u64 = 20_000_000;

pub fn faucet_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub fn hegs() -> Symbol {
    Symbol::new("HEG7").unwrap()
}

/// Proving keys, made once and kept for the next run of the tests.
pub fn keys() -> &'static (PathBuf, MarketKeys<InsecureOneParty>) {
    static KEYS: OnceLock<(PathBuf, MarketKeys<InsecureOneParty>)> = OnceLock::new();
    KEYS.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live-keys");
        let keys = MarketKeys::load_or_create(&KeyCache::open(&path).unwrap()).unwrap();
        (path, keys)
    })
}

/// What is said of the keys in a genesis; also their folders.
fn key_entries() -> (Vec<GenesisKey>, Vec<PathBuf>) {
    let (path, keys) = keys();
    let cache = KeyCache::open(path).unwrap();
    let infos: Vec<_> = cache
        .list()
        .unwrap()
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let of = |digest: String| {
        let info = infos
            .iter()
            .find(|info| info.manifest.circuit_digest == digest);
        let info = info.unwrap();
        (GenesisKey::of(info), info.directory.clone())
    };
    let digests = [
        keys.act.verifying.circuit_digest().to_string(),
        keys.refresh.verifying.circuit_digest().to_string(),
        keys.lapse.verifying.circuit_digest().to_string(),
    ];
    digests.map(of).into_iter().unzip()
}

/// Lean Hogs on their first day of 2017, a minute after the open, the clock as fast as any.
pub fn document() -> GenesisDocument {
    let specification = Specification::lean_hogs();
    let session = specification.calendar.session_named("2017-01-03").unwrap();
    GenesisDocument {
        format: GENESIS_FORMAT,
        name: "live test".to_owned(),
        salt: "5a".repeat(32),
        clock: GenesisClock::Sandbox {
            start_microseconds: session.open.plus_seconds(60).0,
            speed: 1,
        },
        specification: LEAN_HOGS.to_owned(),
        markets: vec![GenesisMarket {
            symbol: "HEG7".to_owned(),
            first_session: "2017-01-03".to_owned(),
            prior_settlement: "66.150".to_owned(),
            after_limit_settlement: false,
        }],
        settlement_signers: GenesisSigners::default(),
        cashier: GenesisCashier {
            key: AccountId::of(&faucet_key()).to_string(),
            kind: CashierKind::Faucet,
        },
        keys: key_entries().0,
    }
}

/// A market's folder, as `tally market new` would make it.
pub fn market_folder() -> TempDir {
    let root = TempDir::new().unwrap();
    let genesis = ChainGenesis::new(document()).unwrap();
    fs::write(root.path().join("genesis.json"), genesis.to_bytes()).unwrap();
    let secret = hex::encode(faucet_key().to_bytes());
    fs::write(root.path().join("faucet.key"), format!("{secret}\n")).unwrap();
    for folder in key_entries().1 {
        let name = folder.file_name().unwrap();
        copy(&folder, &root.path().join("keys").join(name));
    }
    root
}

/// Copies all files below a folder, as a copying program would.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

pub fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

pub fn options() -> NodeOptions {
    NodeOptions {
        listen: Some(any_port()),
        onion: None,
        metrics: Some(any_port()),
        engine: EngineOptions {
            interval: Duration::from_millis(20),
            ..EngineOptions::default()
        },
        limits: ServerLimits::default(),
        insecure_keys: true,
    }
}

pub fn start(root: &Path, options: &NodeOptions) -> Node {
    Node::start(&MarketFolder::at(root), options).unwrap()
}

pub fn state(node: &Node) -> StateHash {
    node.engine().replica().state_hash()
}

/// Somebody who asks a node.
pub struct Asking(Client);

impl Asking {
    pub fn of(node: &Node) -> Self {
        let carrier = TcpCarrier::new(&node.address().unwrap().to_string()).unwrap();
        Self(Client::new(Box::new(carrier), ClientOptions::default()).unwrap())
    }

    pub fn ask(&self, request: &Request) -> Response {
        let lane = match request {
            Request::Submit { .. } | Request::Faucet { .. } => Lane::Isolated,
            _ => Lane::Reading,
        };
        let bytes = self.0.request(lane, &request.to_bytes(), ANSWER).unwrap();
        Response::from_bytes(&bytes).unwrap()
    }

    pub fn hello(&self) -> Welcome {
        match self.ask(&Request::Hello) {
            Response::Hello(welcome) => *welcome,
            other => panic!("{other:?}"),
        }
    }

    pub fn submit(&self, request: &Request) -> Submission {
        match self.ask(request) {
            Response::Submitted(submission) => submission,
            other => panic!("{other:?}"),
        }
    }

    pub fn key_file(&self, statement: KeyStatement, part: tally_node::api::KeyPart) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let request = Request::Key {
                statement,
                part,
                offset: bytes.len() as u64,
                length: 100_000,
            };
            match self.ask(&request) {
                Response::Piece(piece) if piece.is_empty() => return bytes,
                Response::Piece(piece) => bytes.extend(piece),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// An entry with a stamp.
pub fn submission(chain: &[u8; 32], entry: &[u8], bits: u8, wait_ms: u32) -> Request {
    Request::Submit {
        entry: entry.to_vec(),
        stamp: make_stamp(chain, entry, bits, &mut OsRng),
        wait_ms,
    }
}

/// Practice cash with a stamp.
pub fn faucet(chain: &[u8; 32], account: [u8; 32], amount: u64, wait_ms: u32) -> Request {
    let bytes = faucet_bytes(&account, amount);
    Request::Faucet {
        account,
        amount,
        stamp: make_stamp(chain, &bytes, OTHER_BITS, &mut OsRng),
        wait_ms,
    }
}

/// A trader who looks at the node's own state instead of keeping one: tests of clients are elsewhere.
pub struct Trader<'a> {
    node: &'a Node,
    pub asking: Asking,
    pub wallet: Wallet,
}

impl<'a> Trader<'a> {
    pub fn new(node: &'a Node, name: u8) -> Self {
        let element = node
            .engine()
            .replica()
            .market(hegs())
            .unwrap()
            .market_element();
        Self {
            node,
            asking: Asking::of(node),
            wallet: Wallet::new(Seed::from_entropy([name; 32]), element),
        }
    }

    pub fn market<T>(&self, look: impl FnOnce(&Market) -> T) -> T {
        look(self.node.engine().replica().market(hegs()).unwrap())
    }

    pub fn account(&self) -> [u8; 32] {
        AccountId::of(&self.wallet.account()).0
    }

    /// Cash from the faucet.
    pub fn ask_for_cash(&self) {
        let request = faucet(&self.node.engine().chain(), self.account(), CASH, PATIENCE);
        let submission = self.asking.submit(&request);
        assert!(
            matches!(submission, Submission::Included { .. }),
            "{submission:?}"
        );
    }

    pub fn open(&self) -> PreparedAct {
        let account = self.wallet.account();
        self.market(|market| self.wallet.main().open(market, &account, CASH / 2).unwrap())
    }

    pub fn order(&self, request: OrderRequest) -> PreparedAct {
        self.market(|market| self.wallet.trade(0, market, None, &[request], &[]).unwrap())
    }

    /// The request that sends it.
    pub fn stamped(&self, entry: &[u8]) -> Request {
        let chain = self.node.engine().chain();
        submission(&chain, entry, PROOF_BITS, PATIENCE)
    }

    pub fn send(&self, entry: &[u8]) -> Submission {
        self.asking.submit(&self.stamped(entry))
    }

    /// Sends it and follows it into its block; returns what the receipt says.
    pub fn place(&mut self, entry: &[u8]) -> serde_json::Value {
        let submission = self.send(entry);
        self.take(submission)
    }

    /// Follows what was sent into its block; returns what the receipt says.
    pub fn take(&mut self, submission: Submission) -> serde_json::Value {
        match submission {
            Submission::Included {
                height, receipt, ..
            } => {
                self.follow(height);
                serde_json::from_slice(&receipt).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    fn follow(&mut self, height: u64) {
        let block = self.node.engine().recent(height).unwrap();
        let replica = self.node.engine().replica();
        let market = replica.market(hegs()).unwrap();
        for answer in &block.answers {
            if let Answer::Market(transaction, receipt) = &**answer {
                self.wallet.follow(market, transaction, receipt).unwrap();
            }
        }
        self.wallet.end_block(market);
    }

    /// Cash and an open note.
    pub fn opened(node: &'a Node, name: u8) -> Self {
        let mut trader = Self::new(node, name);
        trader.ask_for_cash();
        let entry = proved(trader.open());
        trader.place(&entry);
        assert!(trader.wallet.main().place().is_some());
        trader
    }
}

pub fn proved(act: PreparedAct) -> Vec<u8> {
    entry(act.prove(&keys().1.act.proving, &mut OsRng).unwrap())
}

pub fn entry(transaction: Transaction) -> Vec<u8> {
    Entry::Market(transaction).to_bytes()
}

/// A bare connection.
pub struct Wire(pub TcpStream);

impl Wire {
    pub fn to(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(ANSWER))?;
        Ok(Self(stream))
    }

    pub fn send(&mut self, frame: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(frame.len()).unwrap();
        self.0.write_all(&length.to_le_bytes())?;
        self.0.write_all(frame)
    }

    pub fn receive(&mut self) -> std::io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length)?;
        let mut frame = vec![0; u32::from_le_bytes(length) as usize];
        self.0.read_exact(&mut frame)?;
        Ok(frame)
    }

    /// Asks, and says whether the node hung up after its answer.
    pub fn ask(&mut self, frame: &[u8]) -> (Response, bool) {
        self.send(frame).unwrap();
        let response = Response::from_bytes(&self.receive().unwrap()).unwrap();
        self.0.set_read_timeout(Some(ANSWER)).unwrap();
        let is_over = matches!(self.0.read(&mut [0]), Ok(0));
        (response, is_over)
    }
}
