//! Looks: at the wallet and at the market.

use super::{AccessArguments, market};
use crate::exit::EXIT_CODES;
use clap::Args;
use tally_exchange::message::Symbol;

/// Needs nothing more to be said.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct PlainCommand {
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Of a contract month, or of all.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct MonthCommand {
    /// The contract month. Default: all.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Lists orders.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct OrdersCommand {
    /// Final ones too.
    #[arg(long)]
    pub all: bool,
    /// The contract month. Default: all.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Lists fills.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct FillsCommand {
    /// Most of them, the newest.
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    /// The contract month. Default: all.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Shows margin.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct MarginCommand {
    /// An order to be tried: buy 2 @ 66.150
    #[arg(value_name = "SIDE QTY @ PRICE", num_args = 0..=5, allow_negative_numbers = true)]
    pub words: Vec<String>,
    /// The contract month. Default: the one that trades.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Shows statements.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct StatementCommand {
    /// The trading day. Default: all.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub day: Option<String>,
    /// The contract month. Default: all.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Shows the book.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct BookCommand {
    /// Most price levels of a side.
    #[arg(long, value_name = "N")]
    pub levels: Option<u32>,
    /// Show it anew whenever it changes, until an interrupt.
    #[arg(long)]
    pub follow: bool,
    /// The contract month. Default: the one that trades.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Shows trades.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct TradesCommand {
    /// The first event number. Default: the newest ones.
    #[arg(long, value_name = "SEQ")]
    pub from: Option<u64>,
    /// Most of them.
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    /// Go on as they come, until an interrupt.
    #[arg(long)]
    pub follow: bool,
    /// The contract month. Default: all.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Shows events.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct EventsCommand {
    /// Only what concerns this wallet's orders and notes.
    #[arg(long)]
    pub own: bool,
    /// The same as for trades.
    #[command(flatten)]
    pub trades: TradesCommand,
}
