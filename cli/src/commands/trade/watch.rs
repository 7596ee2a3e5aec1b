//! `tally watch`.

use crate::arguments::trade::WatchCommand;
use crate::exit::Exit;
use crate::trader::error::TradeError;

/// A trader's screen.
pub fn run(_command: &WatchCommand) -> anyhow::Result<Exit> {
    Err(TradeError::NotInThisBuild("tally watch").into())
}
