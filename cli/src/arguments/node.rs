//! The words of `tally node`.

use super::tor::TorArguments;
use crate::exit::EXIT_CODES;
use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use tally_transport::server::ServerLimits;

/// Longest time between two blocks, milliseconds: a minute.
const MOST_INTERVAL_MS: u64 = 60_000;

/// Most connections that may be asked for.
const MOST_CONNECTIONS: usize = 65_536;

/// Runs a node of a live market, or looks after its folder.
///
/// A node orders entries into blocks, executes them, and answers clients until it is told to end (interrupt or terminate).
/// Nothing is listened on but what is named. With --onion the API is an onion service: nobody sees where the node is or who
/// asks it, and nobody on the way reads. Plain TCP can be read by everyone on the way.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = EXIT_CODES
)]
pub struct NodeCommand {
    /// What to do with a market's folder instead.
    #[command(subcommand)]
    pub command: Option<NodeSubcommand>,
    /// How to run it.
    #[command(flatten)]
    pub run: NodeRunArguments,
}

/// How a node runs.
#[derive(Debug, Args)]
pub struct NodeRunArguments {
    /// The market's folder: genesis.json, keys, ledger.
    #[arg(long, value_name = "DIR", required = true)]
    pub data_dir: Option<PathBuf>,
    /// Where the API listens for TCP. Default: 127.0.0.1:7227, and with --onion nowhere.
    #[arg(long, value_name = "IP:PORT")]
    pub listen: Option<SocketAddr>,
    /// Publish the API as an onion service and print its address. Its identity is in the folder tor of the market's folder:
    /// with that folder the address stays the same.
    #[arg(long)]
    pub onion: bool,
    /// The way into the Tor network.
    #[command(flatten)]
    pub tor: TorArguments,
    /// Where /health and /metrics are served over HTTP. Default: nowhere.
    #[arg(long, value_name = "IP:PORT")]
    pub metrics: Option<SocketAddr>,
    /// The least time between two blocks, milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 50, value_parser = interval, allow_negative_numbers = true)]
    pub interval_ms: u64,
    /// Connections at once. Each agent, session and screen keeps one, and each message takes one for a moment; beyond that
    /// those give way that have completed nothing for longest. Over TCP each takes a file descriptor.
    #[arg(long, value_name = "N", default_value_t = ServerLimits::default().connections, value_parser = connections, allow_negative_numbers = true)]
    pub connections: usize,
    /// Agree to proving keys with which whoever made them can mint cash: for trials.
    #[arg(long)]
    pub insecure_keys: bool,
    /// Print one JSON object on stdout when the node runs, and nothing else there.
    #[arg(long)]
    pub json: bool,
}

/// What to do with a market's folder while its node is stopped.
#[derive(Debug, Subcommand)]
pub enum NodeSubcommand {
    /// Copy genesis, keys and ledger into a new or empty folder.
    Backup(NodeBackupCommand),
    /// Make a market's folder from a backup, and verify it.
    Restore(NodeRestoreCommand),
    /// Execute every block from the first with all proofs verified, and compare with what is on record.
    Verify(NodeVerifyCommand),
}

/// Copies a market's folder.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct NodeBackupCommand {
    /// The market's folder.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Where the copy goes: a new or an empty folder.
    #[arg(value_name = "TARGET")]
    pub target: PathBuf,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
}

/// Makes a market's folder from a backup.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct NodeRestoreCommand {
    /// The backup.
    #[arg(value_name = "BACKUP")]
    pub backup: PathBuf,
    /// Where the market goes: a new or an empty folder.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
}

/// Verifies a market's folder.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct NodeVerifyCommand {
    /// The market's folder.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
}

fn connections(text: &str) -> Result<usize, String> {
    let connections = text.parse().ok();
    connections
        .filter(|connections| (1..=MOST_CONNECTIONS).contains(connections))
        .ok_or_else(|| format!("use a whole number from 1 to {MOST_CONNECTIONS}"))
}

fn interval(text: &str) -> Result<u64, String> {
    let interval = text.parse().ok();
    interval
        .filter(|interval| (1..=MOST_INTERVAL_MS).contains(interval))
        .ok_or_else(|| format!("use whole milliseconds from 1 to {MOST_INTERVAL_MS}"))
}
