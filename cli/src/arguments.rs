//! The words of the command line.

use crate::exit::{EXIT_CODES, UsageError};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A futures exchange with no exchange in the middle.
#[derive(Debug, Parser)]
#[command(name = "tally", version, about, after_help = EXIT_CODES)]
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
pub enum Command {
    /// Replay a Lean Hog day of early 2017 with many traders, every proof real.
    Replay(ReplayCommand),
    /// Show the proving keys that are there, or make them.
    Keys(KeysCommand),
    /// Look at a contract and its numbers.
    Market(MarketCommand),
}

/// Replays one trading day.
///
/// The order flow is synthetic, conditioned on the day's real prices and volume. Killed in the middle, the same command
/// resumes; finished, it starts anew.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ReplayCommand {
    /// The session, one of the 62 of the first quarter of 2017.
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "2017-01-03")]
    pub day: String,
    /// How many messages the day is thinned to.
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub messages: u32,
    /// How many traders, each with a wallet of its own.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub traders: u32,
    /// Where all randomness but the proofs' own comes from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// All messages of the day: hours of proving.
    #[arg(long, conflicts_with = "messages")]
    pub full: bool,
    /// Flow, notes and matching, but no proof and no ledger that stays.
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
    /// Where keys and data are kept.
    #[command(flatten)]
    pub data: DataArguments,
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

/// Looks at contracts.
#[derive(Debug, Args)]
pub struct MarketCommand {
    /// What to do.
    #[command(subcommand)]
    pub command: MarketSubcommand,
}

/// What to do with contracts.
#[derive(Debug, Subcommand)]
pub enum MarketSubcommand {
    /// Every number of the contract, with its unit, source and reason.
    Show(MarketShowCommand),
}

/// Shows a contract.
#[derive(Debug, Args)]
pub struct MarketShowCommand {
    /// A contract month such as HEG7; its sessions are shown too.
    #[arg(value_name = "SYMBOL")]
    pub market: Option<String>,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
}

/// The data directory.
#[derive(Debug, Args)]
pub struct DataArguments {
    /// Where keys and ledgers are kept. Default: tally in the user's data directory.
    #[arg(long, value_name = "DIR", env = "TALLY_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
}

impl DataArguments {
    /// The data directory: as given, or the user's.
    pub fn directory(&self) -> Result<PathBuf, UsageError> {
        let home = |name: &str| {
            std::env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        self.data_dir
            .clone()
            .or_else(|| home("XDG_DATA_HOME").map(|path| path.join("tally")))
            .or_else(|| home("HOME").map(|path| path.join(".local/share/tally")))
            .ok_or(UsageError::NoDataDirectory)
    }
}
