//! Node, wallet and folders, and where each of them is said.

use super::config::{Config, Profile};
use super::error::TradeError;
use crate::arguments::trade::AccessArguments;
use serde::Serialize;
use std::ffi::OsString;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tally_client::follower::StartingPoint;
use tally_node::replay::DataDirectory;

/// Where a node listens unless it is told otherwise.
pub const DEFAULT_NODE: &str = "127.0.0.1:7227";
/// How long it is tried.
const KNOCK: Duration = Duration::from_millis(500);
/// How many looks without a wallet there may be at once.
pub const LOOKS: usize = 8;
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
        match text.strip_prefix(EMBEDDED) {
            Some(folder) => Self::Embedded(PathBuf::from(folder)),
            None => Self::Address(text.to_owned()),
        }
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

/// A variable; an empty one counts as none.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
