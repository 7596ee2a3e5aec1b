//! The words of the command line.

use crate::exit::{EXIT_CODES, UsageError};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use tally_node::replay::{LEAST_MESSAGES, LEAST_TRADERS, MOST_TRADERS};

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
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = messages, allow_negative_numbers = true)]
    pub messages: u32,
    /// How many traders, each with a wallet of its own.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = traders, allow_negative_numbers = true)]
    pub traders: u32,
    /// Where all randomness but the proofs' own comes from.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
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

fn messages(text: &str) -> Result<u32, String> {
    let count = text.parse().ok().filter(|count| *count >= LEAST_MESSAGES);
    count.ok_or_else(|| {
        format!("use a whole number, at least {LEAST_MESSAGES}, or --full for the whole day")
    })
}

fn traders(text: &str) -> Result<u32, String> {
    let allowed = LEAST_TRADERS..=MOST_TRADERS;
    let count = text.parse().ok().filter(|count| allowed.contains(count));
    count.ok_or_else(|| format!("use a whole number from {LEAST_TRADERS} to {MOST_TRADERS}"))
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("use a whole number from 0 to {}", u64::MAX))
}
