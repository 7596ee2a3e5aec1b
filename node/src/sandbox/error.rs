//! Why a sandbox does not start, or has stopped.

use crate::genesis::ChainGenesisError;
use crate::live::engine::EngineError;
use crate::live::node::NodeError;
use crate::replay::ReplayError;
use std::path::PathBuf;
use tally_bench_data::FlowError;
use tally_exchange::calendar::CalendarError;
use tally_prover::CacheError;
use tally_trader::error::WalletError;
use thiserror::Error;

/// Why a sandbox does not start, or has stopped.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The faucet's key can't be written.
    #[error(transparent)]
    Faucet(#[from] crate::genesis::KeyFileError),
    /// The day has no session.
    #[error("day {day:?}: {source}")]
    Day {
        /// What was asked for.
        day: String,
        /// What is wrong with it.
        source: CalendarError,
    },
    /// A number out of range.
    #[error("{field} is {value}; choose {least} to {most}")]
    Range {
        /// Which.
        field: &'static str,
        /// What was asked for.
        value: u32,
        /// The smallest that is taken.
        least: u32,
        /// The largest that is taken.
        most: u32,
    },
    /// The folder holds a market that is no sandbox.
    #[error(
        "{} holds a market that is no sandbox; run it with `tally node`, or name another folder", path.display()
    )]
    OtherMarket {
        /// The folder.
        path: PathBuf,
    },
    /// The folder was made by another version.
    #[error(
        "{} was made by a version of tally that writes format {found}, this one reads {read}; use that version, or name another folder", path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format of this version.
        read: u32,
    },
    /// The folder was made with other arguments.
    #[error(
        "the sandbox in {} was made with {field} {kept}, not {asked}; leave {field} out to go on with it, or name another folder", path.display()
    )]
    Differs {
        /// The folder.
        path: PathBuf,
        /// Which argument.
        field: &'static str,
        /// What it was made with.
        kept: String,
        /// What was asked for.
        asked: String,
    },
    /// A file of the folder is damaged.
    #[error("{}: {source}; restore it, or name another folder", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A file can't be read or written.
    #[error("{}: {source}; check that its folder exists and is writable", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Proving keys can't be made or read.
    #[error("proving keys in {}: {source}", path.display())]
    Keys {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        source: CacheError,
    },
    /// Proving keys that the genesis names are gone.
    #[error(
        "the proving keys of this sandbox are not all in {}; restore them, or name another folder", path.display()
    )]
    NoKeys {
        /// The folder.
        path: PathBuf,
    },
    /// The genesis is unusable.
    #[error(transparent)]
    Genesis(#[from] ChainGenesisError),
    /// The node does not start, or has stopped.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The ledger can't be followed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No flow for a day.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The day's figures can't be found.
    #[error(transparent)]
    Figures(Box<ReplayError>),
    /// The embedded specification can't be thinned, or has no such market.
    #[error("the embedded contract specification has no {what}; this version of tally is broken")]
    Specification {
        /// What is missing.
        what: &'static str,
    },
    /// A simulated trader's wallet can't follow the ledger.
    #[error("simulated trader {trader}: {source}")]
    Wallet {
        /// The trader.
        trader: u32,
        /// Why.
        source: WalletError,
    },
    /// No threads to be had.
    #[error("can't start: {0}; free some memory")]
    Threads(String),
    /// The simulated traders have stopped for another reason.
    #[error("the simulated traders have stopped; see the log")]
    Ended,
}

impl From<ReplayError> for SandboxError {
    fn from(error: ReplayError) -> Self {
        Self::Figures(Box::new(error))
    }
}
