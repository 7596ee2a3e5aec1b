//! What can be wrong with the tables of a calendar.

use super::{Date, DateError, TimeError};
use thiserror::Error;

/// What can be wrong with the sessions, holidays and contract months of a specification.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// A table is empty or too long.
    #[error("{table} has {rows} rows: write 1 to {limit}")]
    Rows {
        /// The table.
        table: &'static str,
        /// Its length.
        rows: usize,
        /// The most rows.
        limit: usize,
    },
    /// A date can't be read.
    #[error("{field}: {error}")]
    Date {
        /// Table and column.
        field: &'static str,
        /// What is wrong.
        error: DateError,
    },
    /// An instant can't be read.
    #[error("sessions: {field} of {date}: {error}")]
    Instant {
        /// The column.
        field: &'static str,
        /// The session.
        date: Date,
        /// What is wrong.
        error: TimeError,
    },
    /// Rows are not in strictly ascending order.
    #[error(
        "{table}: {date} does not come after the row before it: sort the rows by day and remove doubles"
    )]
    Order {
        /// The table.
        table: &'static str,
        /// The row out of order.
        date: Date,
    },
    /// A holiday has no name.
    #[error("holidays: {date} has no name: write one")]
    Unnamed {
        /// The day.
        date: Date,
    },
    /// A symbol does not fit its product and last trading day.
    #[error(
        "contracts: symbol {symbol:?} does not fit: for a last trading day of {last_trading_day} write {expected}"
    )]
    Symbol {
        /// The symbol, shortened.
        symbol: String,
        /// The last trading day of the row.
        last_trading_day: Date,
        /// The symbol expected.
        expected: String,
    },
    /// A last trading day is not the tenth business day of its month.
    #[error(
        "contracts: {symbol} ends on {last_trading_day}, which is not the tenth business day of its month: correct the day or the holidays"
    )]
    LastTradingDay {
        /// The contract month.
        symbol: String,
        /// The day given.
        last_trading_day: Date,
    },
    /// The instants of a session are not in order.
    #[error(
        "sessions: {date}: pre_open < open < settlement < close does not hold, or the settlement window starts before the open: correct the instants"
    )]
    Instants {
        /// The session.
        date: Date,
    },
    /// A session's pre-open is not as long as the parameter says.
    #[error(
        "sessions: {date}: pre_open is not {expected} seconds before open: correct the instant or the parameter pre_open"
    )]
    PreOpen {
        /// The session.
        date: Date,
        /// The length in the parameters, seconds.
        expected: u64,
    },
    /// A session settles on another day than it is named for.
    #[error("sessions: {date}: the instants are not of that day: correct the day or the instants")]
    OtherDay {
        /// The session.
        date: Date,
    },
    /// A session on a weekend day or a holiday.
    #[error("sessions: {date} is a weekend day or a holiday: remove the session or the holiday")]
    NotABusinessDay {
        /// The session.
        date: Date,
    },
    /// A business day between the first and the last session has no session.
    #[error("sessions: {date} is missing: add the session, or name the holiday")]
    Gap {
        /// The day without a session.
        date: Date,
    },
    /// A session trades a contract month that is not listed or has ended.
    #[error(
        "sessions: {date} trades {contract:?}, which is not listed or has ended: list it under contracts or correct it"
    )]
    Contract {
        /// The session.
        date: Date,
        /// The contract month, shortened.
        contract: String,
    },
}
