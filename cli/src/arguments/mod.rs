//! The words of the command line.

mod market;
pub mod node;
mod replay;
pub mod sandbox;
pub mod tor;
pub mod trade;

pub use market::{
    MarketCommand, MarketListCommand, MarketNewCommand, MarketShowCommand, MarketSubcommand,
    SignSettlementCommand, SignerKeyCommand,
};
pub use replay::ReplayCommand;

use crate::commands::bench::BenchCommand;
use crate::exit::{EXIT_CODES, UsageError};
use clap::{Args, Parser, Subcommand};
use node::NodeCommand;
use sandbox::SandboxCommand;
use std::path::PathBuf;
use trade::{AccessArguments, ENVIRONMENT, TradeCommand};

/// A futures exchange with no exchange in the middle.
#[derive(Debug, Parser)]
#[command(name = "tally", version, about, after_help = EXIT_CODES, after_long_help = format!("{ENVIRONMENT}\n\n{EXIT_CODES}"))]
pub struct Cli {
    /// Say more on stderr; twice for still more. RUST_LOG is followed if set.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one in a process")]
pub enum Command {
    /// Replay Lean Hog days of early 2017 with many traders, every proof real.
    Replay(ReplayCommand),
    /// Show the present epoch of the node's markets, or the last one of the last replay.
    Epoch(EpochCommand),
    /// Measure what proofs cost on this machine.
    Bench(BenchCommand),
    /// Show the proving keys that are there, or make them.
    Keys(KeysCommand),
    /// Make a market, look at a contract and its numbers, sign settlements.
    Market(MarketCommand),
    /// Run a node of a live market, or back up, restore and verify its folder.
    Node(NodeCommand),
    /// Run a whole market for practice, with simulated traders.
    Sandbox(SandboxCommand),
    /// What a trader does.
    #[command(flatten)]
    Trade(TradeCommand),
}

impl Command {
    /// Whether it fills the terminal, so that nothing else may be written there.
    pub const fn has_screen(&self) -> bool {
        matches!(self, Self::Trade(TradeCommand::Watch(_)))
    }
}

/// Shows the present or last epoch.
///
/// Of the node's markets if a node is named, an agent runs or something answers at 127.0.0.1:7227; else of the last replay
/// in the data directory.
#[derive(Debug, Args)]
pub struct EpochCommand {
    /// Of the last replay, whatever nodes there are.
    #[arg(long, conflicts_with = "node")]
    pub replay: bool,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Shows the proving keys.
#[derive(Debug, Args)]
pub struct KeysCommand {
    /// Make the keys if they are not there.
    #[arg(long)]
    pub make: bool,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
    /// Where keys and data are kept.
    #[command(flatten)]
    pub data: DataArguments,
}

/// The data directory.
#[derive(Clone, Debug, Default, Args)]
pub struct DataArguments {
    /// Where keys and ledgers are kept. Default: TALLY_DATA_DIR, else tally in the user's data directory.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

impl DataArguments {
    /// The data directory: as given, else from the environment, where an empty variable counts as none.
    pub fn directory(&self) -> Result<PathBuf, UsageError> {
        let variable = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        self.data_dir
            .clone()
            .or_else(|| variable("TALLY_DATA_DIR"))
            .or_else(|| variable("XDG_DATA_HOME").map(|path| path.join("tally")))
            .or_else(|| variable("HOME").map(|path| path.join(".local/share/tally")))
            .ok_or(UsageError::NoDataDirectory)
    }
}
