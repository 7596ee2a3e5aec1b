//! Why an epoch can't be measured.

use crate::replica::ReplicaError;
use tally_exchange::market::{BlockError, GenesisError};
use tally_exchange::refusal::Refusal;
use tally_trader::error::WalletError;
use thiserror::Error;

/// Why an epoch can't be measured. Among honest traders with enough cash none of these happens, unless the machine or
/// this software is faulty; but for [`Self::TooFewSeats`] and [`Self::NoProcessorTime`].
#[derive(Debug, Error)]
pub enum EpochCostError {
    /// Too few traders to generate a key.
    #[error("an epoch among {seats} traders is no epoch: use at least {least}")]
    TooFewSeats {
        /// Traders asked for.
        seats: u32,
        /// The least.
        least: u32,
    },
    /// The system does not count processor time.
    #[error("this system does not tell processor time, which the cost of a Refresh is measured in")]
    NoProcessorTime,
    /// No market by these numbers.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// No replica of that market.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// An amount of the contract does not fit.
    #[error("{what} of {cents} cents is no amount of cash")]
    Amount {
        /// What it is.
        what: &'static str,
        /// The amount.
        cents: i64,
    },
    /// The faucet can't pay.
    #[error("the faucet's account book can't be opened")]
    Faucet,
    /// A block can't be executed.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// An honest trader's message was refused.
    #[error("an honest trader's message was refused: {0}")]
    Refused(Refusal),
    /// A wallet can't do what it should.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// Something that must follow from honest traders' work did not.
    #[error("after honest work {0}")]
    Unfinished(&'static str),
}
