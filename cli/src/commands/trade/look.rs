//! Looks at the wallet and at the market.

use super::send::plain;
use crate::arguments::trade::{
    AccessArguments, FillsCommand, MarginCommand, MonthCommand, OrdersCommand, PlainCommand,
    StatementCommand,
};
use crate::exit::Exit;
use crate::render;
use crate::trader::connect::Session;
use crate::trader::error::TradeError;
use crate::trader::places::Places;
use crate::trader::words;
use tally_client::reply::Reply;
use tally_client::request::Request;
use tally_exchange::message::Symbol;

/// `tally orders`.
pub fn orders(command: &OrdersCommand) -> anyhow::Result<Exit> {
    let request = Request::Orders {
        market: command.market,
        all: command.all,
    };
    plain(request, &command.access)
}

/// `tally fills`.
pub fn fills(command: &FillsCommand) -> anyhow::Result<Exit> {
    let request = Request::Fills {
        market: command.market,
        limit: command.limit,
    };
    plain(request, &command.access)
}

/// `tally position`.
pub fn position(command: &MonthCommand) -> anyhow::Result<Exit> {
    let request = Request::Position {
        market: command.market,
    };
    plain(request, &command.access)
}

/// `tally margin`.
pub fn margin(command: &MarginCommand) -> anyhow::Result<Exit> {
    let order = words::what_if(&command.words, command.market).map_err(TradeError::from)?;
    let request = Request::Margin {
        market: command.market,
        order,
    };
    plain(request, &command.access)
}

/// `tally statement`.
pub fn statement(command: &StatementCommand) -> anyhow::Result<Exit> {
    let request = Request::Statement {
        market: command.market,
        day: command.day.clone(),
    };
    plain(request, &command.access)
}

/// `tally status`: of the wallet if there is one.
pub fn status(command: &PlainCommand) -> anyhow::Result<Exit> {
    let access = &command.access;
    if Places::find(access)?.wallet.is_file() {
        return plain(Request::Status {}, access);
    }
    public(Request::Status {}, access)
}

/// `tally epoch`, of the markets of a node.
pub fn live_epoch(access: &AccessArguments) -> anyhow::Result<Exit> {
    super::shown(access.json, public(Request::Epoch {}, access))
}

/// `tally market list` and `tally market show`, of the markets of a node.
pub fn live_markets(wanted: Option<&str>, access: &AccessArguments) -> anyhow::Result<Exit> {
    super::shown(access.json, markets(wanted, access))
}

fn markets(wanted: Option<&str>, access: &AccessArguments) -> anyhow::Result<Exit> {
    let mut reply = ask_public(Request::Markets {}, access)?;
    if let (Some(wanted), Reply::Markets { markets, .. }) = (wanted, &mut reply) {
        let known: Vec<String> = markets.iter().map(|line| line.market.to_string()).collect();
        markets.retain(|line| Symbol::new(wanted) == Ok(line.market));
        if markets.is_empty() {
            let unknown = crate::exit::UsageError::Market(wanted.to_owned(), known.join(", "));
            return Err(TradeError::from(unknown).into());
        }
    }
    render::reply(&reply, access.json)?;
    Ok(Exit::Ok)
}

fn public(request: Request, access: &AccessArguments) -> anyhow::Result<Exit> {
    let reply = ask_public(request, access)?;
    render::reply(&reply, access.json)?;
    Ok(Exit::Ok)
}

fn ask_public(request: Request, access: &AccessArguments) -> Result<Reply, TradeError> {
    let mut session = Session::of_public(access)?;
    let reply = session.answer(request);
    session.close();
    reply
}
