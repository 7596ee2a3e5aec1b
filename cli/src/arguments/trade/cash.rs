//! Cash: deposits, withdrawals, transfers, seats, the cashier.

use super::{AccessArguments, SendArguments, market};
use crate::exit::EXIT_CODES;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use tally_exchange::message::Symbol;

/// Moves cash between account and note.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct AmountCommand {
    /// Dollars, with cents or without: 10000 or 2500.50.
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub amount: String,
    /// The contract month. Default: the one that trades.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Before it is sent.
    #[command(flatten)]
    pub send: SendArguments,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Moves cash to another contract month.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct TransferCommand {
    /// Dollars, with cents or without: 10000 or 2500.50.
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub amount: String,
    /// The contract month that gets it; a note must be open there.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub to: Symbol,
    /// The contract month that it leaves. Default: the one that trades.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Before it is sent.
    #[command(flatten)]
    pub send: SendArguments,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// A decryptor's seat.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct SeatCommand {
    /// What to do; nothing to look.
    #[arg(value_name = "ACTION")]
    pub action: Option<SeatWord>,
    /// The contract month. Default: the one that trades.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Send without asking. Required where there is no terminal.
    #[arg(short, long)]
    pub yes: bool,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// What to do with a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SeatWord {
    /// Post the bond and take one.
    Take,
    /// Ask to leave all of one's own.
    Leave,
    /// Take back the bonds of those that are released.
    Release,
}

/// The cashier's work.
#[derive(Debug, Args)]
pub struct CashierCommand {
    /// What happened.
    #[command(subcommand)]
    pub command: CashierSubcommand,
}

/// What happened to cash outside.
#[derive(Debug, Subcommand)]
pub enum CashierSubcommand {
    /// Cash has come: the account gets it.
    Credit(CashierRequest),
    /// Cash was paid out: the account no longer has it.
    PayOut(CashierRequest),
}

/// What the cashier signs.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct CashierRequest {
    /// The account's number, 64 hexadecimal digits.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// Dollars, with cents or without: 10000 or 2500.50.
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub amount: String,
    /// The file with the cashier's secret key.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Sign and send without asking. Required where there is no terminal.
    #[arg(short, long)]
    pub yes: bool,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

impl CashierCommand {
    /// Where and how.
    pub const fn access(&self) -> &AccessArguments {
        match &self.command {
            CashierSubcommand::Credit(request) | CashierSubcommand::PayOut(request) => {
                &request.access
            }
        }
    }
}
