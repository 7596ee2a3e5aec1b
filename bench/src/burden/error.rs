//! Why a figure can't be made.

use ark_relations::gr1cs::SynthesisError;
use tally_bench_data::{FlowError, TableError};
use tally_exchange::calendar::{CalendarError, DateError};
use tally_exchange::specification::SpecificationError;
use tally_prover::{ProveError, SetupError};

/// Why the burden, the bands or the cost of a SHA-256 proof can't be found out.
#[derive(Debug, thiserror::Error)]
pub enum BurdenError {
    /// A unit cost that is no time.
    #[error(
        "unit cost {field} is {seconds} seconds: give a measured time, finite and not negative"
    )]
    UnitCost {
        /// The field of [`super::UnitInputs`].
        field: &'static str,
        /// Its value.
        seconds: f64,
    },
    /// A session's event stream can't be generated.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The daily table can't be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table and the contract's calendar write a date differently.
    #[error("a date of the daily table is none of the calendar: {0}")]
    Date(#[from] DateError),
    /// The table has a session that the contract's calendar lacks.
    #[error("a session of the daily table is none of the calendar: {0}")]
    Calendar(#[from] CalendarError),
    /// A choice of band that no contract may have.
    #[error("a choice of band does not make a contract: {0}")]
    Specification(#[from] SpecificationError),
    /// No keys for the SHA-256 statement.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// No proof of the SHA-256 statement.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The system gives no thread to measure one core with.
    #[error("no thread for the measurement on one core: {0}")]
    Thread(#[from] rayon::ThreadPoolBuildError),
    /// The SHA-256 circuit's own code failed.
    #[error("the SHA-256 circuit can't be synthesised: {0}")]
    Synthesis(#[from] SynthesisError),
}
