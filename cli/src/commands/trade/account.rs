//! `tally account`.

use super::wallet;
use crate::arguments::trade::{AccountCommand, AccountSubcommand, FundCommand, WalletNewCommand};
use crate::exit::Exit;
use crate::render;
use crate::trader::connect::{Session, Stay};
use crate::trader::error::TradeError;
use crate::trader::places::Places;
use crate::trader::words::cents;
use tally_client::request::Request;

/// Makes, funds and shows the account.
pub fn run(command: &AccountCommand) -> anyhow::Result<Exit> {
    match &command.command {
        AccountSubcommand::New(new) => make(new),
        AccountSubcommand::Fund(fund) => give(fund),
        AccountSubcommand::Show(show) => super::send::plain(Request::Account {}, &show.access),
    }
}

/// The account of a wallet, which is made if there is none. A wallet that is there already is shown as `account show`
/// does.
fn make(command: &WalletNewCommand) -> anyhow::Result<Exit> {
    if Places::find(&command.access)?.wallet.exists() {
        return super::send::plain(Request::Account {}, &command.access);
    }
    wallet::make(command)
}

fn give(command: &FundCommand) -> anyhow::Result<Exit> {
    let amount = cents(&command.amount).map_err(TradeError::from)?;
    let mut session = Session::of_wallet(&command.access, Stay::Once)?;
    let reply = session.answer(Request::Fund { amount });
    session.close();
    render::reply(&reply?, command.access.json)?;
    Ok(Exit::Ok)
}
