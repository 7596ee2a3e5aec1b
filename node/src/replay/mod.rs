//! Trading days of Lean Hogs with many traders: every order built, proved, ordered, verified, matched and claimed, every
//! position revalued as prices move, every day settled.
//!
//! The order flow is synthetic, conditioned on real prices and volume. Time is virtual: blocks are cut and stamped by
//! the flow's own clock, so that two replays with the same arguments reach the same state, killed and resumed or not.

mod arguments;
mod audit;
mod deposits;
mod dispatch;
mod driver;
mod epoch_view;
mod epochs;
mod error;
mod faults;
mod figures;
mod ledger;
mod misconduct;
mod model;
mod passive;
pub(crate) mod plan;
mod proving;
mod reading;
mod record;
mod recorder;
mod report;
mod run;
mod source;
mod storage;
mod summary;
mod times;
mod traders;
mod watch;
mod work;

pub use arguments::{LEAST_MESSAGES, LEAST_TRADERS, MOST_DAYS, MOST_TRADERS, ReplayArguments};
pub use audit::{Check, Checks};
pub use dispatch::{Dispatch, DispatchedDay, dispatched_day};
pub use driver::FlowCounts;
pub use epoch_view::{ClosedView, EpochView, MarketView, RunningRound, last_epoch, market_view};
pub use epochs::{EpochReport, KeyGenerationReport, ReportedBand, SlashedSeat};
pub use error::ReplayError;
pub use faults::Faults;
pub use model::{
    CHECKED_MESSAGES, FlowShape, MeasuredDay, Prediction, Projection, ProofShare, ReplayModel,
};
pub use passive::PassiveCost;
pub use plan::{ReplayDay, ReplayMonth, ReplayPlan};
pub use reading::ReadingCost;
pub use record::{
    BandSpan, ClassCost, DepthSample, EpochMark, MOST_DEPTH_SAMPLES, MOST_MARKS, MOST_QUEUE_POINTS,
    MOST_TRADES, MarkPoint, QueuePoint, ReplayRecord, TradePoint, Verdict,
};
pub use report::{DayReport, FinalSettlementReport, PriorSettlementSource, ReplayReport};
pub use run::{Progress, run, run_recorded};
pub use storage::DataDirectory;
