//! A trading day of Lean Hogs with many traders: every order built, proved, ordered, verified, matched and claimed.
//!
//! The order flow is synthetic, conditioned on real prices and volume. Time is virtual: blocks are cut and stamped by
//! the flow's own clock, so that two replays with the same arguments reach the same state, killed and resumed or not.

mod arguments;
mod audit;
mod day;
mod driver;
mod error;
mod proving;
mod report;
mod run;
mod storage;
mod work;

pub use arguments::{LEAST_MESSAGES, LEAST_TRADERS, MOST_TRADERS, ReplayArguments};
pub use audit::{Check, Checks};
pub use day::ReplayDay;
pub use error::ReplayError;
pub use report::{PriorSettlementSource, ReplayReport};
pub use run::{Progress, run};
pub use storage::DataDirectory;
