//! The account and the wallet file.

use super::AccessArguments;
use crate::exit::EXIT_CODES;
use clap::{Args, Subcommand};

/// The cash account.
#[derive(Debug, Args)]
pub struct AccountCommand {
    /// What to do.
    #[command(subcommand)]
    pub command: AccountSubcommand,
}

/// What to do with the account.
#[derive(Debug, Subcommand)]
pub enum AccountSubcommand {
    /// Make the wallet if there is none, and show its account.
    New(WalletNewCommand),
    /// Ask a faucet for practice cash.
    Fund(FundCommand),
    /// Its number, its balance, and who credits it.
    Show(super::PlainCommand),
}

/// Asks for practice cash.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct FundCommand {
    /// Dollars, with cents or without: 10000 or 2500.50.
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub amount: String,
    /// Accepted and not needed: this never asks.
    #[arg(short, long)]
    pub yes: bool,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// The wallet file.
#[derive(Debug, Args)]
pub struct WalletCommand {
    /// What to do.
    #[command(subcommand)]
    pub command: WalletSubcommand,
}

/// What to do with the wallet file.
#[derive(Debug, Subcommand)]
pub enum WalletSubcommand {
    /// Make a new wallet.
    New(WalletNewCommand),
    /// Its path, its account, its lineages of notes.
    Show(WalletShowCommand),
    /// Make the wallet file anew from its 24 words.
    Recover(WalletRecoverCommand),
    /// Change its password. The new one is asked for, or read from the file that TALLY_NEW_PASSWORD_FILE names.
    Password(super::PlainCommand),
}

/// Makes a wallet.
///
/// Its 24 words are the one thing to keep: whoever has them has the wallet, and without them a lost file is lost cash.
/// They are shown once, on a terminal or with --show-phrase.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct WalletNewCommand {
    /// Print the words even where there is no terminal.
    #[arg(long)]
    pub show_phrase: bool,
    /// Don't print the words; `tally wallet show --phrase` does later.
    #[arg(long, conflicts_with = "show_phrase")]
    pub no_phrase: bool,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Shows a wallet.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct WalletShowCommand {
    /// Also the 24 words, after a question.
    #[arg(long)]
    pub phrase: bool,
    /// Show the words without asking.
    #[arg(short, long, requires = "phrase")]
    pub yes: bool,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Recovers a wallet.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct WalletRecoverCommand {
    /// Read the words from stdin.
    #[arg(long)]
    pub stdin: bool,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

impl AccountCommand {
    /// Where and how.
    pub const fn access(&self) -> &AccessArguments {
        match &self.command {
            AccountSubcommand::New(command) => &command.access,
            AccountSubcommand::Fund(command) => &command.access,
            AccountSubcommand::Show(command) => &command.access,
        }
    }
}

impl WalletCommand {
    /// Where and how.
    pub const fn access(&self) -> &AccessArguments {
        match &self.command {
            WalletSubcommand::New(command) => &command.access,
            WalletSubcommand::Show(command) => &command.access,
            WalletSubcommand::Recover(command) => &command.access,
            WalletSubcommand::Password(command) => &command.access,
        }
    }
}
