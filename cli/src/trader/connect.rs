//! Coming to somebody who answers: the agent that has the wallet, or a desk of this process.

use super::embedded;
use super::error::TradeError;
use super::password;
use super::places::{LOOKS, NodePlace, Places, make_private};
use super::progress::Progress;
use super::through_tor;
use super::warn;
use crate::arguments::trade::AccessArguments;
use std::time::{Duration, Instant};
use tally_client::agent::AgentClient;
use tally_client::connection::Connection;
use tally_client::desk::{Access, Desk, DeskOptions};
use tally_client::node_client::NodeClient;
use tally_client::reply::{FailureKind, Reply};
use tally_client::request::Request;
use tally_node::live::node::Node;
use tally_trader::agent::AgentOptions;
use tally_trader::lock::{LockError, WalletLock};
use tally_trader::seed::Seed;
use tally_trader::vault;
use tally_transport::carrier::{Carrier, TcpCarrier};
use tally_transport::client::{Client, ClientOptions};
use tally_transport::tor::is_onion;

/// What is said of keys that are insecure.
const INSECURE: &str =
    "INSECURE proving keys: whoever made them can mint cash; for trials, not for money";
/// What is said to whoever has a position and no agent.
const NEEDS_AN_AGENT: &str = "this wallet has a position, orders or a seat, and no agent runs: without one, revalidations close what is absent; start `tally agent --background`";
/// How long another command may take to let go of the wallet, and how often that is looked at.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
const LOCK_LOOK: Duration = Duration::from_millis(50);
/// Seconds of the machine that a Refresh is sent before the end of its window at the latest.
const REFRESH_SECONDS: u64 = 10;
/// The same of the market's clock at least.
const LEAST_REFRESH_MARGIN: u64 = 60;

/// Somebody who answers, with all that has to be held meanwhile.
pub struct Session {
    connection: Connection,
    /// Whether results are JSON documents.
    json: bool,
    /// Held until the desk is closed.
    _lock: Option<WalletLock>,
    node: Option<Node>,
}

/// A node that can be asked, and its process if that is this one.
pub struct Reached {
    /// The node.
    pub client: NodeClient,
    /// Its process.
    pub node: Option<Node>,
}

/// A way to a wallet.
pub enum Opened {
    /// Its agent.
    Agent(Box<Session>),
    /// An own desk.
    Own(Box<OwnDesk>),
}

/// A desk of this process, with all that has to be held meanwhile.
pub struct OwnDesk {
    /// The desk.
    pub desk: Desk,
    /// The wallet's lock.
    pub lock: WalletLock,
    /// The node's process, if that is this one.
    pub node: Option<Node>,
}

/// How long a command stays at its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// For one message at most.
    Once,
    /// Until it is ended, with messages at any time: circuits for them are kept ready.
    Long,
}

/// Comes to the wallet: to its agent, else with its lock and password to a desk.
pub fn open_wallet(
    access: &AccessArguments,
    agent: AgentOptions,
    stay: Stay,
) -> Result<Opened, TradeError> {
    let places = Places::find(access)?;
    if let Some(session) = Session::of_agent(&places, access)? {
        return Ok(Opened::Agent(Box::new(session)));
    }
    let (seed, lock) = unlock(&places)?;
    let reached = reach(&places, access, stay)?;
    let own = own_desk(&places, access, reached, (seed, lock), agent, false)?;
    Ok(Opened::Own(Box::new(own)))
}

/// Opens the desk of a wallet that is locked and unlocked.
pub fn own_desk(
    places: &Places,
    access: &AccessArguments,
    reached: Reached,
    (seed, lock): (Seed, WalletLock),
    agent: AgentOptions,
    is_agent: bool,
) -> Result<OwnDesk, TradeError> {
    let Reached { client, node } = reached;
    let options = desk_options(places, &client, agent, is_agent)?;
    let desk = open(client, &options, Access::Wallet(seed))?;
    if desk.insecure_keys() {
        warn::warning(INSECURE, access.json);
    }
    Ok(OwnDesk { desk, lock, node })
}

impl Session {
    /// Comes to the wallet: through its agent, else with its lock and password.
    pub fn of_wallet(access: &AccessArguments, stay: Stay) -> Result<Self, TradeError> {
        match open_wallet(access, AgentOptions::default(), stay)? {
            Opened::Agent(session) => Ok(*session),
            Opened::Own(own) => Self::own(own.desk, own.lock, own.node, access.json),
        }
    }

    /// Comes to public data: through the agent if one runs, else without a wallet.
    pub fn of_public(access: &AccessArguments) -> Result<Self, TradeError> {
        let places = Places::find(access)?;
        match Self::of_agent(&places, access) {
            Ok(Some(session)) => return Ok(session),
            // The agent looks elsewhere, or is of another version: what is public needs no agent.
            Ok(None) | Err(TradeError::OtherNode { .. } | TradeError::Agent(_)) => {}
            Err(error) => return Err(error),
        }
        let reached = reach(&places, access, Stay::Once)?;
        let (desk, lock) = public_desk(&places, reached.client)?;
        if desk.insecure_keys() {
            warn::warning(INSECURE, access.json);
        }
        Self::own(desk, lock, reached.node, access.json)
    }

    fn own(
        desk: Desk,
        lock: WalletLock,
        node: Option<Node>,
        json: bool,
    ) -> Result<Self, TradeError> {
        let connection = Connection::Own {
            desk: Box::new(desk),
            keeps_alive: false,
        };
        let mut session = Self {
            connection,
            json,
            _lock: Some(lock),
            node,
        };
        session.tell_notices()?;
        Ok(session)
    }

    fn of_agent(places: &Places, access: &AccessArguments) -> Result<Option<Self>, TradeError> {
        let Some(agent) = AgentClient::connect(&places.wallet)? else {
            return Ok(None);
        };
        let mut session = Self {
            connection: Connection::Agent(agent),
            json: access.json,
            _lock: None,
            node: None,
        };
        let Reply::Status(status) = session.answer(Request::Status {})? else {
            return Ok(None);
        };
        if let Some(named) = places.named_node().map(NodePlace::name)
            && named != status.node
        {
            return Err(TradeError::OtherNode {
                agent: status.node,
                named,
            });
        }
        if status.insecure_keys {
            warn::warning(INSECURE, access.json);
        }
        session.tell_notices()?;
        Ok(Some(session))
    }

    /// Asks.
    pub fn ask(&mut self, request: Request) -> Reply {
        self.connection.ask(request)
    }

    /// Asks; a failure is an error.
    pub fn answer(&mut self, request: Request) -> Result<Reply, TradeError> {
        match self.ask(request) {
            Reply::Failed(failure) => Err(failure.into()),
            reply => Ok(reply),
        }
    }

    /// Waits for something to happen.
    pub fn wait(&mut self, time: Duration) -> Result<(), TradeError> {
        Ok(self.connection.wait(time)?)
    }

    /// From now on, while it waits, an own desk does what an agent would do.
    pub fn keep_alive(&mut self) {
        if let Connection::Own { keeps_alive, .. } = &mut self.connection {
            *keeps_alive = true;
        }
    }

    /// An agent's connection.
    pub fn into_agent(self) -> Option<AgentClient> {
        match self.connection {
            Connection::Agent(agent) => Some(agent),
            Connection::Own { .. } => None,
        }
    }

    /// Closes it. What is written then only spares the next command some work: a failure is a warning.
    pub fn close(self) {
        if let Connection::Own { desk, .. } = &self.connection
            && desk.needs_an_agent()
        {
            warn::warning(NEEDS_AN_AGENT, self.json);
        }
        if let Err(error) = self.connection.close() {
            warn::warning(&error.to_string(), self.json);
        }
        if let Some(Err(error)) = self.node.map(Node::stop) {
            warn::warning(&error.to_string(), self.json);
        }
    }

    /// What became of messages that nobody waited for.
    fn tell_notices(&mut self) -> Result<(), TradeError> {
        if let Reply::Notices { notices } = self.answer(Request::Notices {})? {
            for notice in &notices {
                warn::notice(notice, self.json);
            }
        }
        Ok(())
    }
}

/// Takes the wallet's lock, then reads its seed.
pub fn unlock(places: &Places) -> Result<(Seed, WalletLock), TradeError> {
    let lock = lock(places)?;
    let seed = vault::open(&places.wallet, &password::password()?)?;
    Ok((seed, lock))
}

/// Takes the lock of a wallet that is there, at once or within a moment.
pub fn lock(places: &Places) -> Result<WalletLock, TradeError> {
    if !places.wallet.is_file() {
        return Err(TradeError::NoWallet(places.wallet.clone()));
    }
    let patience = Instant::now() + LOCK_PATIENCE;
    loop {
        match WalletLock::acquire(&places.wallet) {
            // A command that is about to end.
            Err(LockError::InUse { .. }) if Instant::now() < patience => {
                std::thread::sleep(LOCK_LOOK);
            }
            taken => return Ok(taken?),
        }
    }
}

/// A node that can be asked; nothing is asked yet, unless it has to be started. An onion service is reached through Tor,
/// and if Tor is not ready, not at all.
pub fn reach(places: &Places, access: &AccessArguments, stay: Stay) -> Result<Reached, TradeError> {
    let place = places.node()?;
    let (carrier, node): (Box<dyn Carrier>, _) = match &place {
        NodePlace::Address(address) if is_onion(address) => {
            (Box::new(through_tor::carrier(places, address, stay)?), None)
        }
        NodePlace::Address(address) => (Box::new(TcpCarrier::new(address)?), None),
        NodePlace::Embedded(folder) => {
            let (node, address) = embedded::start(folder, access.insecure_keys)?;
            (Box::new(TcpCarrier::new(&address)?), Some(node))
        }
    };
    let client = Client::new(carrier, ClientOptions::default())?;
    Ok(Reached {
        client: NodeClient::new(client, place.name()),
        node,
    })
}

/// How a desk of this wallet works: in a market that runs faster a Refresh has to be sent earlier.
pub fn desk_options(
    places: &Places,
    node: &NodeClient,
    agent: AgentOptions,
    is_agent: bool,
) -> Result<DeskOptions, TradeError> {
    let speed = u64::from(node.hello()?.speed);
    places.make_data()?;
    make_private(&places.desk())?;
    Ok(DeskOptions {
        folder: places.desk(),
        keys: places.keys(),
        agent: AgentOptions {
            refresh_margin: LEAST_REFRESH_MARGIN.max(REFRESH_SECONDS.saturating_mul(speed)),
            ..agent
        },
        is_agent,
        send_delay: places.send_delay,
        checkpoint: places.checkpoint,
    })
}

/// Opens a desk, with a bar if it takes a while.
pub fn open(node: NodeClient, options: &DeskOptions, access: Access) -> Result<Desk, TradeError> {
    let mut progress = Progress::new();
    Ok(Desk::open(node, options, access, &mut |step| {
        progress.show(step);
    })?)
}

/// A desk without a wallet, in the first folder for looks that is free.
pub fn public_desk(places: &Places, node: NodeClient) -> Result<(Desk, WalletLock), TradeError> {
    // Who does not answer leaves nothing behind.
    node.hello()?;
    places.make_data()?;
    make_private(&places.data.join("looks"))?;
    for number in 1..=LOOKS {
        let folder = places.look(number);
        let lock = match WalletLock::acquire(&folder) {
            Ok(lock) => lock,
            Err(LockError::InUse { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let options = DeskOptions {
            folder,
            keys: places.keys(),
            agent: AgentOptions::default(),
            is_agent: false,
            send_delay: places.send_delay,
            checkpoint: places.checkpoint,
        };
        return Ok((open(node, &options, Access::Public)?, lock));
    }
    Err(TradeError::NoLook(LOOKS))
}

/// Whether a failure is the node's silence: it may answer again.
pub fn is_network(error: &TradeError) -> bool {
    error.kind() == FailureKind::Network
}
