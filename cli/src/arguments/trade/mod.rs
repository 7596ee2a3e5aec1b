//! The words of a trader.

mod access;
mod cash;
mod looks;
mod orders;
mod wallet;
mod work;

pub use access::{AccessArguments, ENVIRONMENT, SendArguments, market};
pub use cash::{
    AmountCommand, CashierCommand, CashierRequest, CashierSubcommand, SeatCommand, SeatWord,
    TransferCommand,
};
pub use looks::{
    BookCommand, EventsCommand, FillsCommand, MarginCommand, MonthCommand, OrdersCommand,
    PlainCommand, StatementCommand, TradesCommand,
};
pub use orders::{
    CancelCommand, CloseCommand, OrderCommand, Posting, QuoteCommand, ReduceCommand,
    ReplaceCommand, Wait,
};
pub use wallet::{
    AccountCommand, AccountSubcommand, FundCommand, WalletCommand, WalletNewCommand,
    WalletRecoverCommand, WalletShowCommand, WalletSubcommand,
};
pub use work::{
    AgentCommand, AgentSubcommand, CompletionsCommand, ConfigCommand, ConfigField,
    ConfigSubcommand, WatchCommand,
};

use clap::Subcommand;

/// What a trader does.
#[derive(Debug, Subcommand)]
pub enum TradeCommand {
    /// The cash account: make it, get practice cash, look at it.
    Account(AccountCommand),
    /// The wallet file: make it, show it, recover it, change its password.
    Wallet(WalletCommand),
    /// Open a note in a contract month with a first deposit.
    Open(AmountCommand),
    /// Move cash from the account into the note.
    Deposit(AmountCommand),
    /// Move cash from the note to the account; `all` for all that margin allows.
    Withdraw(AmountCommand),
    /// Move cash to another contract month.
    Transfer(TransferCommand),
    /// Post a buy order, as in `tally buy 2 @ 66.150` or `tally buy 2 @ mkt`.
    Buy(OrderCommand),
    /// Post a sell order, as in `tally sell 1 @ mkt`.
    Sell(OrderCommand),
    /// Post a bid and an offer with one proof, as in `tally quote 66.100x66.200 3`.
    Quote(QuoteCommand),
    /// Cancel an order and post another in its place, atomically, as in `tally replace 17 2 @ 66.125`.
    Replace(ReplaceCommand),
    /// Lower an order's total quantity, fills included. No proof.
    Reduce(ReduceCommand),
    /// Cancel orders. No proof.
    Cancel(CancelCommand),
    /// Cancel all orders of a contract month and close the position at the market.
    Close(CloseCommand),
    /// The wallet's live orders, or all.
    Orders(OrdersCommand),
    /// The wallet's fills.
    Fills(FillsCommand),
    /// Position, prices, profit and loss.
    Position(MonthCommand),
    /// Margin as it is, or as it would be with an order, as in `tally margin buy 2 @ 66.150`.
    Margin(MarginCommand),
    /// Fills, fees, profit and loss, cash and settlements of a trading day, or of all.
    Statement(StatementCommand),
    /// Credit what has been filled and release what is final, now.
    Claim(MonthCommand),
    /// A decryptor's seat: look, take one, leave it, take its bond back.
    Seat(SeatCommand),
    /// How far the replica is, whose keys, what is under way.
    Status(PlainCommand),
    /// The order book.
    Book(BookCommand),
    /// Trades as they print.
    Trades(TradesCommand),
    /// Everything that happens in the market.
    Events(EventsCommand),
    /// A trader's screen.
    Watch(WatchCommand),
    /// Keep the wallet's positions alive, and do what other commands ask.
    Agent(AgentCommand),
    /// JSON lines in and out over one wallet, for programs.
    Session(PlainCommand),
    /// Say that cash has come or gone, with the cashier's key.
    Cashier(CashierCommand),
    /// Which node and wallet are used, and why; set them.
    Config(ConfigCommand),
    /// A completion script for a shell.
    Completions(CompletionsCommand),
}

impl TradeCommand {
    /// Whether results and failures are JSON documents.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Account(command) => command.access().json,
            Self::Wallet(command) => command.access().json,
            Self::Open(command) | Self::Deposit(command) | Self::Withdraw(command) => {
                command.access.json
            }
            Self::Transfer(command) => command.access.json,
            Self::Buy(command) | Self::Sell(command) => command.posting.access.json,
            Self::Quote(command) => command.posting.access.json,
            Self::Replace(command) => command.posting.access.json,
            Self::Reduce(command) => command.access.json,
            Self::Cancel(command) => command.access.json,
            Self::Close(command) => command.posting.access.json,
            Self::Orders(command) => command.access.json,
            Self::Fills(command) => command.access.json,
            Self::Position(command) | Self::Claim(command) => command.access.json,
            Self::Margin(command) => command.access.json,
            Self::Statement(command) => command.access.json,
            Self::Seat(command) => command.access.json,
            Self::Status(command) => command.access.json,
            Self::Book(command) => command.access.json,
            Self::Trades(command) => command.access.json,
            Self::Events(command) => command.trades.access.json,
            Self::Agent(command) => command.access().json,
            Self::Cashier(command) => command.access().json,
            Self::Config(command) => command.access().json,
            // A session's lines are JSON anyway, and a screen is none.
            Self::Session(_) | Self::Watch(_) | Self::Completions(_) => false,
        }
    }
}
