//! What a sandbox is told.

use crate::live::engine::EngineOptions;
use crate::live::node::DEFAULT_PORT;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tally_transport::server::ServerLimits;
use tally_transport::tor::Tor;

/// The day with which a sandbox begins if none is asked for: the first of a calm week, in which no move halts the market and
/// whoever is new to it can trade.
pub const DEFAULT_DAY: &str = "2017-01-17";
/// How many seconds pass in one unless something else is asked for.
pub const DEFAULT_SPEED: u32 = 60;
/// The fastest that is taken: a trading day in five seconds.
pub const MOST_SPEED: u32 = 3_600;
/// Simulated traders unless something else is asked for.
pub const DEFAULT_TRADERS: u32 = 12;
/// Fewest simulated traders: three make a market, and somebody has to come to it.
pub const LEAST_TRADERS: u32 = 4;
/// Most simulated traders: one core proves for all of them.
pub const MOST_TRADERS: u32 = 60;
/// Messages of a day's flow unless something else is asked for.
pub const DEFAULT_MESSAGES: u32 = 1_000;
/// Most messages of a day's flow: one core proves them.
pub const MOST_MESSAGES: u32 = 20_000;

/// How a sandbox is started. What is none is as in the folder if there is a sandbox in it, and else the default.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// The market's folder.
    pub folder: PathBuf,
    /// The first day, `YYYY-MM-DD`: one of the sessions of the calendar. Fixed for a folder.
    pub day: Option<String>,
    /// How many seconds pass in one while the market is open, 1 to [`MOST_SPEED`]. May change from start to start.
    pub speed: Option<u32>,
    /// Simulated traders, [`LEAST_TRADERS`] to [`MOST_TRADERS`]. Fixed for a folder.
    pub traders: Option<u32>,
    /// Messages of each day's flow, 20 to [`MOST_MESSAGES`]; quotes, claims and all else are extra. Fixed for a folder.
    pub messages: Option<u32>,
    /// What the flow, and the simulated traders' wallets, are made from; at random by default. Fixed for a folder.
    pub seed: Option<u64>,
    /// Where the API listens.
    pub listen: SocketAddr,
    /// The way into the Tor network by which the API is an onion service as well; none for no such service.
    pub onion: Option<Tor>,
    /// Where metrics and health are served; none for nowhere.
    pub metrics: Option<SocketAddr>,
    /// A folder of proving keys from which a new market takes its own; those that are not there are made in it, so that
    /// the next sandbox starts at once. None to make them in the market's folder.
    pub keys: Option<PathBuf>,
    /// How blocks are made.
    pub engine: EngineOptions,
    /// What the API's server allows.
    pub limits: ServerLimits,
}

impl SandboxOptions {
    /// The defaults for a market's folder: the API at port [`DEFAULT_PORT`] of this machine alone, no metrics.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            day: None,
            speed: None,
            traders: None,
            messages: None,
            seed: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            onion: None,
            metrics: None,
            keys: None,
            engine: EngineOptions::default(),
            limits: ServerLimits::default(),
        }
    }
}
