//! `tally market`.

mod list;
mod new;
mod show;
mod signing;

use crate::arguments::{MarketCommand, MarketSubcommand};
use crate::commands::trade;
use crate::exit::{Exit, UsageError};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use tally_node::genesis::{ChainGenesis, MAX_GENESIS_BYTES};

/// Makes markets, looks at contracts, signs settlements.
pub fn run(command: &MarketCommand) -> anyhow::Result<Exit> {
    match &command.command {
        MarketSubcommand::New(new) => new::run(new),
        MarketSubcommand::List(list) if list.access.node.is_some() => {
            trade::live_markets(None, &list.access)
        }
        MarketSubcommand::List(list) => list::run(list),
        MarketSubcommand::Show(show) if show.access.node.is_some() => {
            trade::live_markets(show.market.as_deref(), &show.access)
        }
        MarketSubcommand::Show(show) => show::run(show),
        MarketSubcommand::SignerKey(signer) => signing::make_key(signer),
        MarketSubcommand::SignSettlement(sign) => signing::sign(sign),
    }
}

/// Reads a genesis from its file.
fn read_genesis(path: &Path) -> anyhow::Result<ChainGenesis> {
    let bytes = read_file(path, MAX_GENESIS_BYTES)?;
    let named = |source| UsageError::Genesis {
        path: path.to_owned(),
        source: Box::new(source),
    };
    Ok(ChainGenesis::from_bytes(&bytes).map_err(named)?)
}

/// Reads a file, and at most one byte more than it may have, so that whoever reads it sees that it is too long.
fn read_file(path: &Path, limit: usize) -> Result<Vec<u8>, UsageError> {
    let mut bytes = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(source) => Err(UsageError::File {
            path: path.to_owned(),
            source,
        }),
    }
}
