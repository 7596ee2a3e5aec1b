//! The words of `tally sandbox`.

use super::DataArguments;
use super::tor::TorArguments;
use crate::exit::EXIT_CODES;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use tally_node::sandbox::{
    DEFAULT_DAY, DEFAULT_MESSAGES, DEFAULT_SPEED, DEFAULT_TRADERS, LEAST_TRADERS, MOST_MESSAGES,
    MOST_SPEED, MOST_TRADERS,
};

/// Runs a whole market for practice: a live node, simulated traders with wallets, seats and agents of their own, and a clock
/// that runs faster.
///
/// Every proof is real; the keys are INSECURE and the cashier is a FAUCET: there is no money in it. Started again with the same
/// folder, it goes on where it stopped. It trades one session of early 2017 after another; nights pass in seconds.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct SandboxCommand {
    /// The first session, one of the first quarter of 2017.
    #[arg(long, value_name = "YYYY-MM-DD", help = format!("The first session, one of the first quarter of 2017 [default: {DEFAULT_DAY}]"))]
    pub day: Option<String>,
    /// How many seconds pass in one while the market is open.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_SPEED)), help = format!("How many seconds pass in one while the market is open [default: {DEFAULT_SPEED}]"))]
    pub speed: Option<u32>,
    /// Simulated traders.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(i64::from(LEAST_TRADERS)..=i64::from(MOST_TRADERS)), help = format!("Simulated traders [default: {DEFAULT_TRADERS}]"))]
    pub traders: Option<u32>,
    /// Messages of each day's flow.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(20..=i64::from(MOST_MESSAGES)), help = format!("Messages of each day's flow; quotes and claims are extra [default: {DEFAULT_MESSAGES}]"))]
    pub messages: Option<u32>,
    /// Where the flow comes from; at random if not given.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The sandbox's folder. Default: sandbox in the data directory.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Where the API listens.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:7227")]
    pub listen: SocketAddr,
    /// Publish the API as an onion service as well, and print its address.
    #[arg(long)]
    pub onion: bool,
    /// The way into the Tor network.
    #[command(flatten)]
    pub tor: TorArguments,
    /// Where /health and /metrics are served over HTTP. Default: nowhere.
    #[arg(long, value_name = "IP:PORT")]
    pub metrics: Option<SocketAddr>,
    /// Print one JSON object on stdout when the market can be traded, and nothing else there.
    #[arg(long)]
    pub json: bool,
    /// Where keys and data are kept.
    #[command(flatten)]
    pub data: DataArguments,
}
