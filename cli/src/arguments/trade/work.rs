//! The agent, the screen, configuration, completions.

use super::{AccessArguments, market};
use crate::exit::EXIT_CODES;
use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;
use tally_exchange::message::Symbol;

/// Keeps positions alive.
///
/// The agent owns the wallet while it runs: it claims fills, proves positions anew in every revalidation, and answers
/// margin calls if it is told to. Other commands go through it, and need no password.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
pub struct AgentCommand {
    /// About an agent that runs.
    #[command(subcommand)]
    pub command: Option<AgentSubcommand>,
    /// Answer margin calls from the cash account, with at most so many dollars an epoch.
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    pub auto_topup: Option<String>,
    /// Run this command with `sh -c` for everything that is told, one at a time, with the JSON on its stdin.
    #[arg(long, value_name = "CMD")]
    pub on_event: Option<String>,
    /// Go on in the background, with a log beside the wallet; prints the number of the process.
    #[arg(long)]
    pub background: bool,
    /// The password comes in by stdin: how the background process gets it.
    #[arg(long, hide = true, conflicts_with = "background")]
    pub password_from_stdin: bool,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// About an agent that runs.
#[derive(Debug, Subcommand)]
pub enum AgentSubcommand {
    /// End it in order.
    Stop(super::PlainCommand),
    /// Whether one runs, and how far it is.
    Status(super::PlainCommand),
}

/// Shows a trader's screen.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct WatchCommand {
    /// The contract month. Default: the one that trades.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Shows and sets the configuration.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
pub struct ConfigCommand {
    /// What to do; nothing to look.
    #[command(subcommand)]
    pub command: Option<ConfigSubcommand>,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigSubcommand {
    /// Set a value of the profile, or which profile is used.
    Set {
        /// Which.
        field: ConfigField,
        /// The value.
        value: String,
        /// Where and how.
        #[command(flatten)]
        access: AccessArguments,
    },
    /// Forget which chain was met at a node.
    Forget {
        /// The node, as it was named.
        #[arg(value_name = "NODE")]
        forgotten: String,
        /// Where and how.
        #[command(flatten)]
        access: AccessArguments,
    },
}

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConfigField {
    /// The profile's node.
    Node,
    /// The profile's wallet file.
    Wallet,
    /// The profile's configuration of Tor.
    TorConfig,
    /// The profile's longest random wait before a message, in seconds.
    SendDelay,
    /// The profile that is used if none is named.
    Profile,
}

/// Prints a completion script.
#[derive(Debug, Args)]
pub struct CompletionsCommand {
    /// The shell.
    pub shell: Shell,
}

impl AgentCommand {
    /// Where and how.
    pub const fn access(&self) -> &AccessArguments {
        match &self.command {
            Some(AgentSubcommand::Stop(command) | AgentSubcommand::Status(command)) => {
                &command.access
            }
            None => &self.access,
        }
    }
}

impl ConfigCommand {
    /// Where and how.
    pub const fn access(&self) -> &AccessArguments {
        match &self.command {
            Some(
                ConfigSubcommand::Set { access, .. } | ConfigSubcommand::Forget { access, .. },
            ) => access,
            None => &self.access,
        }
    }
}
