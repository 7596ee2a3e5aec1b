//! A market for tests: a node in this process, and traders who use the binary.

use crate::support::{Ran, command, data_with_keys};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tally_exchange::calendar::parse_time;
use tally_exchange::specification::LEAN_HOGS;
use tally_ledger_adapter::accounts::{AccountId, SigningKey};
use tally_node::genesis::{
    CashierKind, ChainGenesis, FAUCET_KEY_FILE, GENESIS_FILE, GENESIS_FORMAT, GenesisCashier,
    GenesisClock, GenesisDocument, GenesisKey, GenesisMarket, GenesisSigners, write_key,
};
use tally_node::live::directory::MarketFolder;
use tally_node::live::engine::EngineOptions;
use tally_node::live::node::{Node, NodeOptions};
use tally_prover::{Act, KeyCache, Lapse, Refresh, Statement};
use tally_transport::server::ServerLimits;
use tempfile::TempDir;

/// The password of all wallets here.
pub const PASSWORD: &str = "correct horse";

/// A market at work.
pub struct Market {
    folder: TempDir,
    node: Option<Node>,
    address: SocketAddr,
}

impl Market {
    /// Starts one in the first session of 2017, a few minutes after the opening.
    pub fn start() -> Self {
        Self::start_with(CashierKind::Faucet)
    }

    /// As [`Market::start`], with this kind of cashier; its key is in the market's folder.
    pub fn start_with(kind: CashierKind) -> Self {
        let folder = data_with_keys();
        let key = SigningKey::from_bytes(&[7; 32]);
        write_key(&folder.path().join(FAUCET_KEY_FILE), &key).unwrap();
        let genesis = ChainGenesis::new(document(folder.path(), &key, kind)).unwrap();
        fs::write(folder.path().join(GENESIS_FILE), genesis.to_bytes()).unwrap();
        let node = start(folder.path(), 0);
        Self {
            address: node.address().unwrap(),
            node: Some(node),
            folder,
        }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where its node listens.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Stops the node.
    pub fn stop(&mut self) {
        self.node.take().unwrap().stop().unwrap();
    }

    /// A trader without a wallet yet.
    pub fn stranger(&self) -> Trader {
        Trader::at(self.address())
    }

    /// A trader with so many dollars in a note.
    pub fn trader(&self, dollars: u32) -> Trader {
        let trader = self.stranger();
        trader.ok(&["wallet", "new"]);
        let funded = trader.ok(&["account", "fund", "50000"]);
        assert_eq!(funded["balance"], 5_000_000);
        let opened = trader.ok(&["open", &dollars.to_string(), "-y"]);
        assert_eq!(opened["outcome"], "accepted", "{opened}");
        trader
    }
}

fn document(folder: &Path, key: &SigningKey, kind: CashierKind) -> GenesisDocument {
    let infos = KeyCache::open(folder.join("keys")).unwrap().list().unwrap();
    let infos: Vec<_> = infos.into_iter().map(Result::unwrap).collect();
    let of = |name: &str| {
        let mut infos = infos.iter();
        let info = infos.find(|info| info.manifest.statement == name);
        GenesisKey::of(info.unwrap())
    };
    let start = parse_time("2017-01-03T14:40:00Z").unwrap();
    GenesisDocument {
        format: GENESIS_FORMAT,
        name: "test".to_owned(),
        salt: "5".repeat(64),
        clock: GenesisClock::Sandbox {
            start_microseconds: start.0,
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
            key: AccountId::of(key).to_string(),
            kind,
        },
        keys: [Act::NAME, Refresh::NAME, Lapse::NAME].map(of).to_vec(),
    }
}

fn start(folder: &Path, port: u16) -> Node {
    let options = NodeOptions {
        listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        onion: None,
        metrics: None,
        engine: EngineOptions::default(),
        limits: ServerLimits::default(),
        insecure_keys: true,
    };
    Node::start(&MarketFolder::at(folder), &options).unwrap()
}

/// Somebody with a folder of his own.
pub struct Trader {
    home: TempDir,
    node: String,
    tor_config: Option<PathBuf>,
}

impl Trader {
    /// One who uses this node, without a wallet yet.
    pub fn at(node: String) -> Self {
        let home = TempDir::new().unwrap();
        fs::write(home.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        Self {
            home,
            node,
            tor_config: None,
        }
    }

    /// The same, with a configuration of Tor.
    pub fn with_tor(self, configuration: PathBuf) -> Self {
        Self {
            tor_config: Some(configuration),
            ..self
        }
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// The journal of the wallet, on the one chain that it has met.
    pub fn journal(&self) -> PathBuf {
        let desk = self.data().join("wallets/default.wallet.d");
        let mut entries = fs::read_dir(desk)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries.find(|path| path.is_dir()).unwrap().join("journal")
    }

    /// The file of the password.
    pub fn password_file(&self) -> PathBuf {
        self.home.path().join("password")
    }

    /// The binary with these words, as this trader.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = command(&self.data(), words);
        command
            .env("TALLY_NODE", &self.node)
            .env("TALLY_PASSWORD_FILE", self.password_file())
            .env("TALLY_CONFIG", self.home.path().join("config.toml"))
            .stdin(Stdio::null());
        if let Some(configuration) = &self.tor_config {
            command.env("TALLY_TOR_CONFIG", configuration);
        }
        command
    }

    /// Runs it to its end.
    pub fn run(&self, words: &[&str]) -> Ran {
        self.command(words).output().expect("it starts").into()
    }

    /// Runs it with `--json`; it succeeds, and this is its document.
    pub fn ok(&self, words: &[&str]) -> Value {
        let ran = self.run(&[words, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{words:?}: {ran:?}");
        ran.json()
    }

    /// Runs it with `--json`; it fails with this code, and this is what the document says.
    pub fn fails(&self, words: &[&str], code: i32) -> String {
        let ran = self.run(&[words, &["--json"]].concat());
        assert_eq!(ran.code, code, "{words:?}: {ran:?}");
        let document = ran.json();
        assert_eq!(document["reply"], "failed");
        let error = document["error"].as_str().unwrap().to_owned();
        assert!(ran.stderr.contains(&error), "{ran:?}");
        error
    }

    /// Starts it with pipes.
    pub fn spawn(&self, words: &[&str]) -> Running {
        let mut command = self.command(words);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Running(command.spawn().expect("it starts"))
    }

    /// The position in contracts.
    pub fn position(&self) -> i64 {
        self.ok(&["position"])["positions"][0]["position"]
            .as_i64()
            .unwrap()
    }
}

/// The binary at work, which ends with this.
pub struct Running(Child);

impl Running {
    /// Waits for its end.
    pub fn ends(mut self) -> Ran {
        eventually("its end", || self.0.try_wait().unwrap().is_some());
        let read = |pipe: Option<&mut dyn Read>| {
            let mut bytes = Vec::new();
            pipe.map(|pipe| pipe.read_to_end(&mut bytes).unwrap());
            bytes
        };
        let stdout = read(self.0.stdout.as_mut().map(|pipe| pipe as &mut dyn Read));
        let stderr = read(self.0.stderr.as_mut().map(|pipe| pipe as &mut dyn Read));
        let status = self.0.wait().unwrap();
        Ran::from(Output {
            status,
            stdout,
            stderr,
        })
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Most have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Agents that end with the test, however it ends: left to themselves they would look for their node for ever.
pub struct Agents(pub Vec<u64>);

impl Drop for Agents {
    fn drop(&mut self) {
        for agent in &self.0 {
            // Most have ended.
            let _ = Command::new("kill")
                .args(["-KILL", &agent.to_string()])
                .output();
        }
    }
}

/// Runs the binary to its end with a text on its stdin.
pub fn with_input(mut command: Command, input: &str) -> Ran {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap().into()
}

/// Waits until something holds.
pub fn eventually(what: &str, holds: impl FnMut() -> bool) {
    within(Duration::from_secs(60), what, holds);
}

/// Waits so long, until something holds.
pub fn within(patience: Duration, what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < patience, "{what}");
        thread::sleep(Duration::from_millis(100));
    }
}
