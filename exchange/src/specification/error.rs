//! What can be wrong with a specification text.

use super::decimal::PriceError;
use crate::calendar::{Date, ScheduleError};
use thiserror::Error;

/// The first thing wrong with a specification, with field, value and remedy.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum SpecificationError {
    /// The text is longer than any specification.
    #[error(
        "the specification has {bytes} bytes: at most {limit} are read; split it or drop sessions"
    )]
    TooLong {
        /// Length of the text, bytes.
        bytes: usize,
        /// Longest text, bytes.
        limit: usize,
    },
    /// The text is no TOML document, or a table has the wrong shape.
    #[error("{field} can't be read: {error}")]
    Shape {
        /// The part of the document.
        field: &'static str,
        /// What the TOML reader says.
        error: toml::de::Error,
    },
    /// A key is missing.
    #[error("{field} is missing: add it")]
    Missing {
        /// The missing key.
        field: &'static str,
    },
    /// A key means nothing.
    #[error("{field} is not a key of a specification: correct its spelling or remove it")]
    Unknown {
        /// The key, shortened.
        field: String,
    },
    /// The unit of a parameter is not the one it is read in.
    #[error(
        "{field} is given in {unit:?} but is read in {expected:?}: convert the value and write that unit"
    )]
    Unit {
        /// The parameter.
        field: &'static str,
        /// The unit written, shortened.
        unit: String,
        /// The unit expected.
        expected: &'static str,
    },
    /// A parameter gives no reason for its value.
    #[error("{field} says nothing under why: name the document or give the reason for the value")]
    NoReason {
        /// The parameter.
        field: &'static str,
    },
    /// A parameter is of another type.
    #[error("{field} is a TOML {found}: write {expected}")]
    Kind {
        /// The parameter.
        field: &'static str,
        /// The TOML type found.
        found: &'static str,
        /// What is expected.
        expected: &'static str,
    },
    /// A text field has the wrong form.
    #[error("{field} = {value:?} is not accepted: write {expected}")]
    Text {
        /// The field.
        field: &'static str,
        /// The text, shortened.
        value: String,
        /// What is expected.
        expected: &'static str,
    },
    /// A distance in prices is not on the grid.
    #[error("{field}: {error}")]
    Distance {
        /// The parameter.
        field: &'static str,
        /// Why it is no price of the grid.
        error: PriceError,
    },
    /// A number is outside its range.
    #[error("{field} = {value} is out of range: write a number from {least} to {most}")]
    Range {
        /// The parameter.
        field: &'static str,
        /// Its value.
        value: i64,
        /// The least value.
        least: i64,
        /// The largest value.
        most: i64,
    },
    /// A parameter is larger than another one allows.
    #[error(
        "{field} = {value} is above {bound_name} = {bound}: lower {field} or raise {bound_name}"
    )]
    Above {
        /// The parameter.
        field: &'static str,
        /// Its value, in the unit in which the two are compared (ticks, cents, seconds, contracts).
        value: i64,
        /// What bounds it.
        bound_name: &'static str,
        /// The bound, in the same unit.
        bound: i64,
    },
    /// A parameter must be strictly smaller than another one.
    #[error(
        "{field} = {value} is not below {bound_name} = {bound}: lower {field} or raise {bound_name}"
    )]
    NotBelow {
        /// The parameter.
        field: &'static str,
        /// Its value, in the unit in which the two are compared (ticks, cents, seconds, contracts).
        value: i64,
        /// What bounds it.
        bound_name: &'static str,
        /// The bound, in the same unit.
        bound: i64,
    },
    /// A note that meets initial margin would not survive one intraday trigger.
    #[error(
        "initial_margin = {initial} cents is below {needed} cents, maintenance_margin plus trigger_distance times tick_value: raise initial_margin or lower the other three"
    )]
    InitialMargin {
        /// The initial margin, cents per contract.
        initial: i64,
        /// The least initial margin, cents per contract.
        needed: i64,
    },
    /// The value of a tick does not follow from the tick and the size of the contract.
    #[error(
        "tick_value = {tick_value} cents does not equal tick {tick} cents per pound times contract_size {contract_size} pounds: correct one of the three"
    )]
    TickValue {
        /// The value of a tick, cents.
        tick_value: i64,
        /// The tick.
        tick: String,
        /// The size of a contract, pounds.
        contract_size: u32,
    },
    /// The night after a session is too short for a daily epoch.
    #[error(
        "the close of {date} is less than {needed} seconds, daily_window_end plus refresh_window, before the next pre-open: lower one of the two or move a session"
    )]
    Overnight {
        /// The session's date.
        date: Date,
        /// The least time from its close to the next pre-open, seconds.
        needed: u64,
    },
    /// The sessions, holidays or contract months are wrong.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
}
