//! Node, wallet and folders, and where each of them is said.

use super::config::{Config, Profile};
use super::error::TradeError;
use crate::arguments::tor::send_delay;
use crate::arguments::trade::AccessArguments;
use serde::Serialize;
use std::ffi::OsString;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tally_client::follower::StartingPoint;
use tally_node::replay::DataDirectory;
use tally_transport::schedule::SendDelay;
use tally_transport::tor::OnionAddress;

/// Where a node listens unless it is told otherwise.
pub const DEFAULT_NODE: &str = "127.0.0.1:7227";
/// How long it is tried.
const KNOCK: Duration = Duration::from_millis(500);
/// How many looks without a wallet there may be at once.
pub const LOOKS: usize = 8;
/// The variable that names Tor's configuration.
pub const TOR_CONFIG: &str = "TALLY_TOR_CONFIG";
/// What an embedded node's name begins with.
const EMBEDDED: &str = "embedded:";

/// Where something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// By an option.
    Option,
    /// By a variable.
    Environment,
    /// By the profile.
    Profile,
    /// Nowhere.
    Default,
}

/// Where the node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodePlace {
    /// At an address.
    Address(String),
    /// In this process, on a market's folder.
    Embedded(PathBuf),
}

impl NodePlace {
    fn of(text: &str) -> Self {
        if let Some(folder) = text.strip_prefix(EMBEDDED) {
            return Self::Embedded(PathBuf::from(folder));
        }
        // One name for one service; one that is none is refused when it is used.
        let onion = text.parse::<OnionAddress>();
        Self::Address(onion.map_or_else(|_| text.to_owned(), |onion| onion.to_string()))
    }

    /// As it is remembered and shown.
    pub fn name(&self) -> String {
        match self {
            Self::Address(address) => address.clone(),
            Self::Embedded(folder) => format!("{EMBEDDED}{}", folder.display()),
        }
    }
}

/// Where everything is for one command.
#[derive(Clone, Debug)]
pub struct Places {
    /// The profile's name.
    pub profile: String,
    /// The node, where one is named.
    pub node: Option<(NodePlace, Source)>,
    /// The wallet file.
    pub wallet: PathBuf,
    /// Where the wallet is said.
    pub wallet_source: Source,
    /// The data directory.
    pub data: PathBuf,
    /// Tor's configuration; none for the public network.
    pub tor_config: Option<PathBuf>,
    /// How long a start of Tor may take; none for the usual time.
    pub tor_patience: Option<Duration>,
    /// What each message waits.
    pub send_delay: SendDelay,
    /// Where a new copy of the ledger begins, in place of its first block.
    pub checkpoint: Option<StartingPoint>,
}

impl Places {
    /// Finds everything out; makes nothing and asks nobody.
    pub fn find(access: &AccessArguments) -> Result<Self, TradeError> {
        let config = Config::read()?;
        let profile = config.profile(access.profile.as_deref())?;
        let data = access.data.directory()?;
        let node = node_of(access, &profile);
        let (wallet, wallet_source) = wallet_of(access, &profile, &data);
        Ok(Self {
            profile: config.name(access.profile.as_deref()).to_owned(),
            node: node.map(|(text, source)| (NodePlace::of(&text), source)),
            wallet,
            wallet_source,
            data,
            tor_config: path_of(&access.tor.tor_config, TOR_CONFIG, &profile.tor_config),
            tor_patience: access
                .tor
                .tor_patience
                .map(|seconds| Duration::from_secs(seconds.into())),
            send_delay: send_delay_of(access, &profile)?,
            checkpoint: access.checkpoint,
        })
    }

    /// The node: the one that is named, else the usual address if something answers there.
    pub fn node(&self) -> Result<NodePlace, TradeError> {
        match &self.node {
            Some((node, _)) => Ok(node.clone()),
            None if answers(DEFAULT_NODE) => Ok(NodePlace::of(DEFAULT_NODE)),
            None => Err(TradeError::NoNode(DEFAULT_NODE)),
        }
    }

    /// The node that the call itself names.
    pub fn named_node(&self) -> Option<&NodePlace> {
        let (node, source) = self.node.as_ref()?;
        (*source == Source::Option).then_some(node)
    }

    /// The wallet's folder: ledger, journal, log.
    pub fn desk(&self) -> PathBuf {
        beside(&self.wallet, ".d")
    }

    /// The folder of keys.
    pub fn keys(&self) -> PathBuf {
        self.data.join("keys")
    }

    /// The folder of a look without a wallet.
    pub fn look(&self, number: usize) -> PathBuf {
        self.data.join("looks").join(number.to_string())
    }

    /// What Tor keeps for the processes of this data directory.
    pub fn tor(&self) -> PathBuf {
        self.data.join("tor")
    }

    /// Takes the data directory into use.
    pub fn make_data(&self) -> Result<(), TradeError> {
        DataDirectory::open(&self.data)?;
        Ok(())
    }

    /// Makes the folder that the wallet file is in.
    pub fn make_wallet_folder(&self) -> Result<(), TradeError> {
        if self.wallet_source == Source::Default {
            self.make_data()?;
        }
        match self.wallet.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => make_private(folder),
            _ => Ok(()),
        }
    }
}

/// Whether something takes connections at an address.
pub fn answers(address: &str) -> bool {
    let address: Option<SocketAddr> = address.parse().ok();
    address.is_some_and(|address| TcpStream::connect_timeout(&address, KNOCK).is_ok())
}

/// A path beside the wallet file.
pub fn beside(wallet: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = wallet.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes a folder that its owner alone can enter; one that is there stays as it is.
pub fn make_private(folder: &Path) -> Result<(), TradeError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| TradeError::File {
        path: folder.to_owned(),
        source,
    })
}

fn node_of(access: &AccessArguments, profile: &Profile) -> Option<(String, Source)> {
    let named = access.node.clone().map(|node| (node, Source::Option));
    named
        .or_else(|| {
            let node = variable("TALLY_NODE")?.to_string_lossy().into_owned();
            Some((node, Source::Environment))
        })
        .or_else(|| profile.node.clone().map(|node| (node, Source::Profile)))
}

fn wallet_of(access: &AccessArguments, profile: &Profile, data: &Path) -> (PathBuf, Source) {
    let named = access.wallet.clone().map(|path| (path, Source::Option));
    named
        .or_else(|| Some((variable("TALLY_WALLET")?.into(), Source::Environment)))
        .or_else(|| profile.wallet.clone().map(|path| (path, Source::Profile)))
        .unwrap_or_else(|| (data.join("wallets/default.wallet"), Source::Default))
}

/// A path: as named, else by a variable, else by the profile.
pub fn path_of(named: &Option<PathBuf>, name: &str, profile: &Option<PathBuf>) -> Option<PathBuf> {
    let named = named.clone().or_else(|| variable(name).map(PathBuf::from));
    named.or_else(|| profile.clone())
}

fn send_delay_of(access: &AccessArguments, profile: &Profile) -> Result<SendDelay, TradeError> {
    if let Some(delay) = access.send_delay {
        return Ok(delay);
    }
    let said = variable("TALLY_SEND_DELAY").map(|value| value.to_string_lossy().into_owned());
    let (said, place) = match (said, &profile.send_delay) {
        (Some(said), _) => (said, "TALLY_SEND_DELAY"),
        (None, Some(said)) => (said.clone(), "send_delay of the profile"),
        (None, None) => return Ok(SendDelay::default()),
    };
    send_delay(&said).map_err(|remedy| TradeError::SendDelay {
        place,
        said,
        remedy,
    })
}

/// A variable; an empty one counts as none.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
