//! What a trader does.

mod account;
mod agent;
mod cashier;
mod completions;
mod config;
mod follow;
mod look;
mod send;
mod session;
mod wallet;
mod watch;

pub use look::{live_epoch, live_markets};

use crate::arguments::trade::TradeCommand;
use crate::exit::Exit;
use crate::render;
use crate::trader::error::TradeError;
use tally_client::reply::Reply;
use tally_exchange::units::Side;

/// Runs a command; where results are JSON documents, so is its failure.
pub fn run(command: &TradeCommand) -> anyhow::Result<Exit> {
    shown(command.wants_json(), dispatch(command))
}

/// Shows why a command failed as its result, where results are JSON documents.
pub fn shown(json: bool, result: anyhow::Result<Exit>) -> anyhow::Result<Exit> {
    if let Err(error) = &result
        && json
        && let Some(error) = error.downcast_ref::<TradeError>()
    {
        render::reply(&Reply::Failed(error.failure()), true)?;
    }
    result
}

fn dispatch(command: &TradeCommand) -> anyhow::Result<Exit> {
    match command {
        TradeCommand::Account(account) => account::run(account),
        TradeCommand::Wallet(wallet) => wallet::run(wallet),
        TradeCommand::Open(open) => send::open(open),
        TradeCommand::Deposit(deposit) => send::deposit(deposit),
        TradeCommand::Withdraw(withdraw) => send::withdraw(withdraw),
        TradeCommand::Transfer(transfer) => send::transfer(transfer),
        TradeCommand::Buy(order) => send::order(Side::Buy, order),
        TradeCommand::Sell(order) => send::order(Side::Sell, order),
        TradeCommand::Quote(quote) => send::quote(quote),
        TradeCommand::Replace(replace) => send::replace(replace),
        TradeCommand::Reduce(reduce) => send::reduce(reduce),
        TradeCommand::Cancel(cancel) => send::cancel(cancel),
        TradeCommand::Close(close) => send::close(close),
        TradeCommand::Claim(claim) => send::claim(claim),
        TradeCommand::Seat(seat) => send::seat(seat),
        TradeCommand::Orders(orders) => look::orders(orders),
        TradeCommand::Fills(fills) => look::fills(fills),
        TradeCommand::Position(position) => look::position(position),
        TradeCommand::Margin(margin) => look::margin(margin),
        TradeCommand::Statement(statement) => look::statement(statement),
        TradeCommand::Status(status) => look::status(status),
        TradeCommand::Book(book) => follow::book(book),
        TradeCommand::Trades(trades) => follow::trades(trades),
        TradeCommand::Events(events) => follow::events(events),
        TradeCommand::Watch(watch) => watch::run(watch),
        TradeCommand::Agent(agent) => agent::run(agent),
        TradeCommand::Session(session) => session::run(session),
        TradeCommand::Cashier(cashier) => cashier::run(cashier),
        TradeCommand::Config(config) => config::run(config),
        TradeCommand::Completions(completions) => completions::run(completions),
    }
}
