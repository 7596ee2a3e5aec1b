//! Lean Hog figures and a generator of order flow for one of their days.
//!
//! - [`table`]: the real daily table, 62 sessions of the first quarter of 2017, read with exact integers.
//! - [`commitments`]: the commitments of traders, and the trader weights derived from them.
//! - [`flow`]: **synthetic flow conditioned on real prices and volume**. The figures of the day are real, the single
//!   orders are not: no order book of those days is at hand.
//!
//! ```
//! use tally_bench_data::{FlowRequest, generate, session};
//!
//! let date = "2017-01-03".parse()?;
//! // HE's daily limit of 3.000 cents per pound is 120 ticks.
//! let band = session(date)?.band(120);
//! let flow = generate(&FlowRequest { date, messages: Some(400), traders: 50, seed: 1, band })?;
//! assert_eq!(flow.events.len(), 400);
//! assert_eq!(flow.figures.settlement, flow.session.row.close);
//! # Ok::<(), tally_bench_data::FlowError>(())
//! ```
//!
//! The crate depends on no other crate of the workspace. Same request, same bytes: see [`flow`].

#![forbid(unsafe_code)]

pub mod commitments;
pub mod date;
pub mod error;
mod field;
pub mod flow;
pub mod table;

pub use commitments::{TraderClass, TraderProfile};
pub use date::Date;
pub use error::{FlowError, TableError};
pub use flow::{Flow, FlowEvent, FlowFigures, FlowRequest, Intent, Side, generate};
pub use table::{PriorSettlement, Session, session, sessions};
