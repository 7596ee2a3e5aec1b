//! Why a replay can't begin or go on.

use super::arguments::{LEAST_MESSAGES, LEAST_TRADERS, MOST_DAYS, MOST_TRADERS};
use super::faults::Faults;
use crate::replica::ReplicaError;
use std::path::PathBuf;
use tally_bench_data::{FlowError, TableError};
use tally_exchange::calendar::CalendarError;
use tally_exchange::market::{BlockError, GenesisError};
use tally_ledger_adapter::log::LogError;
use tally_trader::error::WalletError;
use thiserror::Error;

/// Why a replay can't begin or go on.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// Too few messages.
    #[error("--messages is {messages}; use at least {LEAST_MESSAGES}, or --full for the whole day")]
    Messages {
        /// Messages asked for.
        messages: u32,
    },
    /// Too few or too many traders.
    #[error("--traders is {traders}; use {LEAST_TRADERS} to {MOST_TRADERS}")]
    Traders {
        /// Traders asked for.
        traders: u32,
    },
    /// Too few or too many days.
    #[error("--days is {days}; use 1 to {MOST_DAYS}")]
    Days {
        /// Days asked for.
        days: u32,
    },
    /// The table ends before.
    #[error(
        "--days is {days}, but from {first} on the table has {left}; use at most that many or an earlier --day"
    )]
    DaysLeft {
        /// Days asked for.
        days: u32,
        /// The first of them.
        first: String,
        /// Sessions from that day on.
        left: u32,
    },
    /// More traders go wrong than the replay can do without.
    #[error(
        "{faults} is {} traders in all; of {traders} traders at most {most} can be at fault, since {LEAST_TRADERS} honest ones must be left: use fewer faults or more --traders",
        faults.total()
    )]
    Faults {
        /// The faults asked for.
        faults: Faults,
        /// Traders.
        traders: u32,
        /// Most that can be at fault.
        most: u32,
    },
    /// The day is no session.
    #[error("--day: {0}")]
    Calendar(#[from] CalendarError),
    /// The day is not in the table.
    #[error("--day: {0}")]
    Table(#[from] TableError),
    /// No flow for these arguments.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The market can't start.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The thinned contract is not valid.
    #[error(transparent)]
    Specification(#[from] tally_exchange::specification::SpecificationError),
    /// The markets don't go together.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The faucet's key can't be used.
    #[error("the faucet's key is unusable; use another --seed")]
    Faucet,
    /// The data directory can't be used.
    #[error("data directory {path}: {problem}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What is wrong, and the remedy.
        problem: DirectoryProblem,
    },
    /// The ledger fails.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The ledger's blocks don't follow.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The ledger holds something else than this replay.
    #[error("ledger block {height} is not what this replay sends; delete {path} and start again")]
    ForeignBlock {
        /// The block.
        height: u64,
        /// The ledger's folder.
        path: PathBuf,
    },
    /// The ledger is not of a replay, or of another version's.
    #[error("ledger {path} is no replay's of this version; replay anew to look at its epochs")]
    ForeignLedger {
        /// The ledger's folder.
        path: PathBuf,
    },
    /// The state after a block is not the one that was reached before.
    #[error(
        "state after block {height} differs from the one recorded; the ledger in {path} was changed: delete it and start again"
    )]
    StateDiffers {
        /// The block.
        height: u64,
        /// The ledger's folder.
        path: PathBuf,
    },
    /// The proofs on the ledger were made with keys that are no longer here.
    #[error(
        "ledger block {height} holds a proof that the present keys don't verify: the keys or the ledger were replaced; delete {path} and start again"
    )]
    OtherKeys {
        /// The block.
        height: u64,
        /// The ledger's folder.
        path: PathBuf,
    },
    /// Nothing moves any more although the day is not over.
    #[error(
        "the replay stands still after block {height} in {doing}; this is a fault of the software, please report it with the arguments"
    )]
    Still {
        /// The last block.
        height: u64,
        /// What was being done.
        doing: &'static str,
    },
    /// Keys fail.
    #[error(transparent)]
    Keys(#[from] tally_prover::CacheError),
    /// A wallet fails where it should not.
    #[error("trader {trader}: {source}")]
    Wallet {
        /// The trader's number.
        trader: u32,
        /// What its wallet says.
        source: Box<WalletError>,
    },
}

impl ReplayError {
    /// What to make of a wallet's error: it is this trader's.
    pub(super) fn of_wallet(trader: u32) -> impl Fn(WalletError) -> Self {
        move |source| Self::Wallet {
            trader,
            source: Box::new(source),
        }
    }
}

/// What is wrong with a data directory.
#[derive(Debug, Error)]
pub enum DirectoryProblem {
    /// It can't be made, read or written.
    #[error("{0}; choose a folder that you may write to")]
    Io(#[from] std::io::Error),
    /// It holds something else.
    #[error("it is not empty and was not made by tally; choose an empty or new folder")]
    Foreign,
    /// Another process replays there.
    #[error("another process runs this very replay there; wait for it, or choose another folder")]
    InUse,
    /// It was made by another version.
    #[error(
        "its file tally-data says version {found:?}, this software uses {supported:?}; choose another folder"
    )]
    Version {
        /// What the folder's marker says.
        found: String,
        /// What this software writes.
        supported: &'static str,
    },
}
