//! Errors: each names the field, the value and what to do instead.

use thiserror::Error;

use crate::date::Date;

/// Why a field of a figure file was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FieldProblem {
    /// The row has more or fewer columns than the header.
    #[error("the number of columns differs from the header's")]
    Columns,
    /// Not a plain unsigned decimal integer without leading zeros.
    #[error("not a plain unsigned integer of at most nine digits")]
    Integer,
    /// Not a price with three decimals.
    #[error("not a price in cents per pound with exactly three decimals")]
    Decimal,
    /// Not a percentage with one decimal.
    #[error("not a percentage with exactly one decimal")]
    Percentage,
    /// The price is not a whole number of ticks.
    #[error("not a multiple of the tick of 0.025 cents per pound")]
    OffGrid,
    /// Not a date, or not after the date of the row before.
    #[error("not a calendar date, or not later than the row before")]
    Date,
    /// Not a Lean Hog contract month such as `HEG7`.
    #[error("not a Lean Hog contract month such as HEG7")]
    Contract,
    /// The prices of the row contradict each other.
    #[error("low <= open, close <= high does not hold")]
    PriceOrder,
    /// A session without volume.
    #[error("the volume of a session can't be zero")]
    NoVolume,
    /// Figures of a row that contradict each other.
    #[error(
        "a position is larger than the open interest, or the 4 largest hold more than the 8 largest"
    )]
    Positions,
}

/// What can go wrong when figures are read or a session is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TableError {
    /// The text is no date.
    #[error(
        "date: `{text}` is no calendar date of the form YYYY-MM-DD; give one such as 2017-01-03"
    )]
    MalformedDate {
        /// The first characters of what was given.
        text: String,
    },
    /// The date is no session of the first quarter of 2017.
    #[error(
        "date: {date} is not one of the sessions from {first} to {last}; the nearest are {}",
        nearest(*before, *after)
    )]
    NotASession {
        /// The date asked for.
        date: Date,
        /// The first session that can be asked for.
        first: Date,
        /// The last session that can be asked for.
        last: Date,
        /// The last session before the date, if any.
        before: Option<Date>,
        /// The first session after the date, if any.
        after: Option<Date>,
    },
    /// The header of a figure file is not the expected one.
    #[error(
        "{file}: the header is not the expected list of columns; restore the file that came with this program"
    )]
    Header {
        /// The file's name.
        file: &'static str,
    },
    /// A row of a figure file is wrong.
    #[error(
        "{file}, line {line}, column {column}: {problem}; restore the file that came with this program"
    )]
    Row {
        /// The file's name.
        file: &'static str,
        /// The line, counted from 1, the header included.
        line: usize,
        /// The column's name in the header.
        column: &'static str,
        /// What is wrong with it.
        problem: FieldProblem,
    },
    /// A figure file has no row to work with.
    #[error(
        "{file}: no row for the period asked for; restore the file that came with this program"
    )]
    Empty {
        /// The file's name.
        file: &'static str,
    },
}

fn nearest(before: Option<Date>, after: Option<Date>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!("{before} and {after}"),
        (Some(only), None) | (None, Some(only)) => only.to_string(),
        (None, None) => "none".to_owned(),
    }
}

/// Why no flow was generated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FlowError {
    /// The day is no session, or the figures are damaged.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Too few or too many messages.
    #[error(
        "messages: {messages} asked for, but {date} can be thinned to {least} up to {full} (the full day)"
    )]
    Messages {
        /// The session.
        date: Date,
        /// What was asked for.
        messages: usize,
        /// The fewest messages that a flow can have.
        least: usize,
        /// The messages of the full day.
        full: usize,
    },
    /// Too few or too many traders.
    #[error("traders: {traders} asked for; give {least} to {most}")]
    Traders {
        /// What was asked for.
        traders: usize,
        /// The fewest traders that can trade with each other.
        least: usize,
        /// The most traders that a flow is dealt to.
        most: usize,
    },
    /// The band does not hold the prices of the day.
    #[error(
        "band: {lowest} to {highest} ticks does not hold the range of {date}, {low} to {high} ticks; widen the band"
    )]
    Band {
        /// The session.
        date: Date,
        /// Lowest allowed price in ticks.
        lowest: i32,
        /// Highest allowed price in ticks.
        highest: i32,
        /// Lowest price of the day in ticks.
        low: i32,
        /// Highest price of the day in ticks.
        high: i32,
    },
    /// The generated flow does not have the day's figures: a fault of the generator.
    #[error(
        "flow: {date}, {messages} messages, {traders} traders, seed {seed} did not reach the day's prices and volume; \
         this is a fault of the generator worth reporting; another seed may do"
    )]
    Missed {
        /// The session.
        date: Date,
        /// Messages of the flow.
        messages: usize,
        /// Traders of the flow.
        traders: usize,
        /// The seed.
        seed: u64,
    },
}
