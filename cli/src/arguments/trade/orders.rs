//! Orders: posting, changing, cancelling.

use super::{AccessArguments, SendArguments, market};
use crate::exit::EXIT_CODES;
use clap::{Args, ValueEnum};
use tally_exchange::message::Symbol;
use tally_exchange::units::{OrderId, Side, TimeInForce};

/// Until when a command waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Wait {
    /// Until the exchange has accepted or refused it.
    #[default]
    Accepted,
    /// Until every order of it is final, or an interrupt.
    Filled,
    /// No longer than needed. That is as long as `accepted`: what was sent is written down with its outcome.
    None,
}

/// How orders are sent.
#[derive(Clone, Debug, Args)]
pub struct Posting {
    /// A name of your own for it, 1 to 64 visible characters: the same name never posts twice.
    #[arg(long, value_name = "CLIENT_ID")]
    pub id: Option<String>,
    /// Until when to wait. `filled` looks after the position meanwhile; `none` is for symmetry: the outcome is awaited in
    /// any case, since it is written down.
    #[arg(long, value_name = "UNTIL", default_value = "accepted")]
    pub wait: Wait,
    /// Before it is sent.
    #[command(flatten)]
    pub send: SendArguments,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Posts an order.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct OrderCommand {
    /// Contracts, and the limit or `mkt` for the market: 2 @ 66.150
    #[arg(value_name = "QTY @ PRICE", required = true, num_args = 1..=4, allow_negative_numbers = true)]
    pub words: Vec<String>,
    /// The contract month. Default: the one that trades.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// How long it waits: `day` to the end of the session, `ioc` trades what it can at once, `fok` all or nothing.
    #[arg(long, value_name = "TIF", default_value = "day", value_parser = time_in_force)]
    pub tif: TimeInForce,
    /// Never takes: cancelled rather than traded at once.
    #[arg(long)]
    pub post_only: bool,
    /// How it is sent.
    #[command(flatten)]
    pub posting: Posting,
}

/// Posts a bid and an offer.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct QuoteCommand {
    /// Both limits, as 66.100x66.200 or -1.025x-0.975.
    #[arg(value_name = "BIDxASK", allow_hyphen_values = true)]
    pub prices: String,
    /// Contracts of each.
    #[arg(value_name = "QTY", allow_negative_numbers = true)]
    pub quantity: String,
    /// The contract month. Default: the one that trades.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Orders of one earlier quote that this one takes the place of.
    #[arg(long, value_name = "ID", value_parser = order, num_args = 1..)]
    pub replaces: Vec<OrderId>,
    /// How it is sent.
    #[command(flatten)]
    pub posting: Posting,
}

/// Replaces an order.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ReplaceCommand {
    /// The order.
    #[arg(value_name = "ID", value_parser = order)]
    pub order: OrderId,
    /// Contracts of the new one, the limit of the new one, or both: 2 @ 66.125. Default: what is left, at the same limit.
    #[arg(value_name = "QTY @ PRICE", required = true, num_args = 1..=4, allow_negative_numbers = true)]
    pub words: Vec<String>,
    /// How it is sent.
    #[command(flatten)]
    pub posting: Posting,
}

/// Lowers an order's quantity.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ReduceCommand {
    /// The order.
    #[arg(value_name = "ID", value_parser = order)]
    pub order: OrderId,
    /// The new total, contracts, fills included.
    #[arg(value_name = "QTY", allow_negative_numbers = true)]
    pub quantity: String,
    /// Accepted and not needed: this never asks.
    #[arg(short, long)]
    pub yes: bool,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Cancels orders.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct CancelCommand {
    /// The orders.
    #[arg(value_name = "ID", value_parser = order, conflicts_with = "all")]
    pub orders: Vec<OrderId>,
    /// All orders.
    #[arg(long)]
    pub all: bool,
    /// Of all, only those of a side: buy or sell.
    #[arg(long, value_name = "SIDE", value_parser = side)]
    pub side: Option<Side>,
    /// Of all, only those of a contract month.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// Accepted and not needed: this never asks.
    #[arg(short, long)]
    pub yes: bool,
    /// Where and how.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Closes a position.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct CloseCommand {
    /// The contract month. Default: the one that trades.
    #[arg(long, value_name = "SYMBOL", value_parser = market)]
    pub market: Option<Symbol>,
    /// How it is sent.
    #[command(flatten)]
    pub posting: Posting,
}

fn order(text: &str) -> Result<OrderId, String> {
    text.parse()
        .map(OrderId)
        .map_err(|_| "use the number of an order, as `tally orders` lists them".to_owned())
}

fn side(text: &str) -> Result<Side, String> {
    match text {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        _ => Err("use buy or sell".to_owned()),
    }
}

fn time_in_force(text: &str) -> Result<TimeInForce, String> {
    match text {
        "day" => Ok(TimeInForce::Day),
        "ioc" => Ok(TimeInForce::Ioc),
        "fok" => Ok(TimeInForce::Fok),
        _ => Err("use day, ioc or fok".to_owned()),
    }
}
