//! Trading days of Lean Hogs with many traders: every order built, proved, ordered, verified, matched and claimed, every
//! position revalued as prices move, every day settled.
//!
//! The order flow is synthetic, conditioned on real prices and volume. Time is virtual: blocks are cut and stamped by
//! the flow's own clock, so that two replays with the same arguments reach the same state, killed and resumed or not.

mod arguments;
mod audit;
mod deposits;
mod driver;
mod epoch_view;
mod epochs;
mod error;
mod faults;
mod figures;
mod misconduct;
mod passive;
mod plan;
mod proving;
mod report;
mod run;
mod storage;
mod traders;
mod watch;
mod work;

pub use arguments::{LEAST_MESSAGES, LEAST_TRADERS, MOST_DAYS, MOST_TRADERS, ReplayArguments};
pub use audit::{Check, Checks};
pub use driver::FlowCounts;
pub use epoch_view::{EpochView, MarketView, last_epoch};
pub use epochs::{EpochReport, KeyGenerationReport, ReportedBand, SlashedSeat};
pub use error::ReplayError;
pub use faults::Faults;
pub use passive::PassiveCost;
pub use plan::{ReplayDay, ReplayMonth, ReplayPlan};
pub use report::{DayReport, FinalSettlementReport, PriorSettlementSource, ReplayReport};
pub use run::{Progress, run};
pub use storage::DataDirectory;
