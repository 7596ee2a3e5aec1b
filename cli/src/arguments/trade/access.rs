//! What all commands of a trader have in common.

use crate::arguments::DataArguments;
use crate::arguments::tor::{TorArguments, send_delay};
use clap::Args;
use std::path::PathBuf;
use tally_client::follower::StartingPoint;
use tally_exchange::message::Symbol;
use tally_transport::schedule::SendDelay;

/// The variables that are followed, as `tally --help` prints them.
pub const ENVIRONMENT: &str = "\
Environment:
  TALLY_NODE           the node, where --node is not given: ADDRESS.onion, HOST:PORT or embedded:DIR
  TALLY_TOR_CONFIG     Tor's configuration, where --tor-config is not given
  TALLY_SEND_DELAY     the longest random wait before a message, in seconds, where --send-delay is not given
  TALLY_WALLET         the wallet file, where --wallet is not given
  TALLY_PASSWORD_FILE  a file with the wallet's password; without it the terminal is asked
  TALLY_DATA_DIR       where wallets, keys and ledgers are kept, where --data-dir is not given
  TALLY_CONFIG         the configuration file; else config.toml in tally of the user's configuration directory
  NO_COLOR             no colours, if set to anything";

/// Where the node is, whose wallet, and how results are shown.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Where and how")]
pub struct AccessArguments {
    /// The node: ADDRESS.onion through Tor, and in no other way; HOST:PORT of this machine or a private network; or
    /// embedded:DIR to run one on the market's folder DIR for this command. Default: TALLY_NODE, else the profile's, else
    /// 127.0.0.1:7227 if something answers there.
    #[arg(long, value_name = "HOST:PORT")]
    pub node: Option<String>,
    /// Wait at random, up to so many seconds, before each message: so that when it arrives says less. Default:
    /// TALLY_SEND_DELAY, else the profile's, else 0.
    #[arg(long, value_name = "SECONDS", value_parser = send_delay)]
    pub send_delay: Option<SendDelay>,
    /// The way into the Tor network.
    #[command(flatten)]
    pub tor: TorArguments,
    /// The wallet file. Default: TALLY_WALLET, else the profile's, else wallets/default.wallet in the data directory.
    #[arg(long, value_name = "PATH")]
    pub wallet: Option<PathBuf>,
    /// The profile of the configuration file.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// An embedded node may run on insecure proving keys: for trials only.
    #[arg(long)]
    pub insecure_keys: bool,
    /// Begin a new copy of the ledger at this checkpoint in place of its first block: as `tally status` or `tally node verify`
    /// prints it for somebody whom you trust. Only for a wallet that was never used on this chain.
    #[arg(long, value_name = "HEIGHT:HASH")]
    pub checkpoint: Option<StartingPoint>,
    /// Print one JSON document on stdout and nothing else there; while following, one a line.
    #[arg(long)]
    pub json: bool,
    /// Where wallets and keys are kept.
    #[command(flatten)]
    pub data: DataArguments,
}

/// What is done before something is sent.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct SendArguments {
    /// Only show what it would do, what everybody would see of it, and what stays hidden.
    #[arg(long, conflicts_with = "yes")]
    pub preview: bool,
    /// Send without asking. Required where there is no terminal.
    #[arg(short, long)]
    pub yes: bool,
}

/// A contract month.
pub fn market(text: &str) -> Result<Symbol, String> {
    Symbol::new(text).map_err(|error| error.to_string())
}
