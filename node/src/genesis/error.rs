//! What can be wrong with a genesis.

use super::{GENESIS_FORMAT, MAX_GENESIS_BYTES, MAX_MARKETS, MAX_SPEED};
use crate::replica::ReplicaError;
use tally_exchange::calendar::CalendarError;
use tally_exchange::identity::SymbolError;
use tally_exchange::market::GenesisError;
use tally_exchange::specification::{PriceError, SpecificationError};
use tally_ledger_adapter::accounts::KeyFault;
use thiserror::Error;

/// Why there is no chain that starts from this.
#[derive(Debug, Error)]
pub enum ChainGenesisError {
    /// More bytes than a genesis has.
    #[error(
        "the genesis has {bytes} bytes, at most {MAX_GENESIS_BYTES} are allowed; give it fewer sessions"
    )]
    TooLong {
        /// Length in bytes.
        bytes: usize,
    },
    /// Not the JSON of a genesis.
    #[error("the genesis can't be read ({0}); use the file that the market's maker published")]
    Json(#[source] serde_json::Error),
    /// Written by another version of this program.
    #[error(
        "format is {found}, this program reads {GENESIS_FORMAT}; use the program that the market was made for"
    )]
    Format {
        /// The format found.
        found: u32,
    },
    /// The same values in other bytes, which would be another chain.
    #[error(
        "the genesis is not written as this program writes it, so its chain id would differ; use the file as it was published"
    )]
    NotCanonical,
    /// A text of the wrong form.
    #[error("{field} is {value:?}; write {expected}")]
    Text {
        /// The field.
        field: String,
        /// Its value, shortened.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A public key under which nobody can sign, or anybody.
    #[error("{field} is {value}, which is no key: {fault}; give an Ed25519 public key")]
    Key {
        /// The field.
        field: String,
        /// Its value.
        value: String,
        /// What is wrong with it.
        fault: KeyFault,
    },
    /// Something is there twice.
    #[error("{field} is {value}, which is there before; give each once")]
    Twice {
        /// The field.
        field: String,
        /// Its value.
        value: String,
    },
    /// A threshold that can't be reached, or that nobody guards.
    #[error(
        "settlement_signers.threshold is {threshold} with {keys} keys; use 1 to the number of keys, or 0 without keys"
    )]
    Threshold {
        /// The threshold.
        threshold: u8,
        /// How many keys there are.
        keys: usize,
    },
    /// A sandbox clock that stands still or races.
    #[error("clock.sandbox.speed is {speed}; use 1 to {MAX_SPEED}")]
    Speed {
        /// The speed.
        speed: u32,
    },
    /// A sandbox clock that begins after the calendar's time.
    #[error(
        "clock.sandbox.start_microseconds is {start}, after the year 9999; use microseconds since 1970"
    )]
    Start {
        /// Where it begins, microseconds since 1970.
        start: u64,
    },
    /// The specification is none.
    #[error("specification: {0}")]
    Specification(#[from] SpecificationError),
    /// No market, or too many.
    #[error("markets has {markets} entries; give 1 to {MAX_MARKETS}")]
    Markets {
        /// How many there are.
        markets: usize,
    },
    /// A symbol that is none.
    #[error("markets[{index}].symbol is {value:?}: {error}")]
    Symbol {
        /// The market's place.
        index: usize,
        /// The symbol, shortened.
        value: String,
        /// What is wrong.
        error: SymbolError,
    },
    /// A symbol that the specification does not list.
    #[error("markets[{index}].symbol: {error}")]
    UnknownSymbol {
        /// The market's place.
        index: usize,
        /// What is wrong.
        error: CalendarError,
    },
    /// A day without a session.
    #[error("markets[{index}].first_session: {error}")]
    Session {
        /// The market's place.
        index: usize,
        /// What is wrong.
        error: CalendarError,
    },
    /// A day on which another contract month trades.
    #[error(
        "markets[{index}].first_session is {date}, on which {trades} trades; choose a day on which {symbol} does"
    )]
    OtherMonth {
        /// The market's place.
        index: usize,
        /// The day.
        date: String,
        /// The contract month that trades then.
        trades: String,
        /// The market's contract month.
        symbol: String,
    },
    /// A price that is none of this contract.
    #[error("markets[{index}].prior_settlement: {error}")]
    Price {
        /// The market's place.
        index: usize,
        /// What is wrong.
        error: PriceError,
    },
    /// The keys are not those of the three statements.
    #[error("keys has the statements {found}; give act, refresh and lapse, in this order")]
    Statements {
        /// Their names, shortened.
        found: String,
    },
    /// Keys of several kinds.
    #[error("{field} is {found}, keys[0].kind is {first}; give keys of one kind")]
    Kinds {
        /// The field.
        field: String,
        /// Its value.
        found: String,
        /// The kind of the first keys.
        first: String,
    },
    /// A key file of no bytes.
    #[error("{field} is 0; give the length of the key's file")]
    NoBytes {
        /// The field.
        field: String,
    },
    /// A market can't start from it.
    #[error("markets[{index}]: {error}")]
    Market {
        /// The market's place.
        index: usize,
        /// What is wrong.
        error: GenesisError,
    },
    /// The markets make no replica.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}
