//! The trading calendar: sessions as instants in UTC, holidays by name, contract months with their last trading day.
//!
//! Nothing here knows a time zone: the change to daylight saving time is in the data. A session's phases are
//! half-open, `[from, to)`, so that every instant has exactly one phase.

mod band;
mod date;
mod schedule;
mod schedule_error;
mod time;

pub use band::{daily_band, is_limit_settlement};
pub use date::{Date, DateError};
pub(crate) use schedule::ScheduleText;
pub use schedule_error::ScheduleError;
pub use time::{TimeError, format_time, parse_time};

use crate::specification::Specification;
use crate::units::Time;
use std::fmt;
use thiserror::Error;

/// What the market does at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// No session: nothing is taken.
    Closed,
    /// Orders are taken, nothing matches.
    PreOpen,
    /// Continuous trading up to the settlement time.
    Continuous,
    /// Continuous trading after the settlement time; trades no longer count for the settlement.
    AfterSettlement,
}

impl Phase {
    /// Whether orders match as they come.
    #[must_use]
    pub const fn is_matching(self) -> bool {
        matches!(self, Self::Continuous | Self::AfterSettlement)
    }

    /// Whether orders are taken at all.
    #[must_use]
    pub const fn takes_orders(self) -> bool {
        !matches!(self, Self::Closed)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::PreOpen => "pre-open",
            Self::Continuous => "continuous",
            Self::AfterSettlement => "after-settlement",
        })
    }
}

/// One trading session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The trading day.
    pub date: Date,
    /// Symbol of the contract month that trades, such as `HEG7`.
    pub contract: String,
    /// Start of the pre-open.
    pub pre_open: Time,
    /// Start of continuous trading.
    pub open: Time,
    /// The settlement time: the settlement window ends here, trading goes on.
    pub settlement: Time,
    /// End of trading.
    pub close: Time,
    /// Whether this is one of the last two trading days of the expiring contract month.
    pub is_expiring_last_two_days: bool,
}

impl Session {
    /// The phase of this session at `time`; [`Phase::Closed`] before its pre-open and from its close on.
    #[must_use]
    pub fn phase(&self, time: Time) -> Phase {
        if time < self.pre_open || time >= self.close {
            Phase::Closed
        } else if time < self.open {
            Phase::PreOpen
        } else if time < self.settlement {
            Phase::Continuous
        } else {
            Phase::AfterSettlement
        }
    }

    /// The first instant of the settlement window, which ends just before the settlement time.
    #[must_use]
    pub fn settlement_window_start(&self, specification: &Specification) -> Time {
        self.settlement
            .minus_seconds(specification.settlement_window)
    }
}

/// A contract month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Symbol: root, month letter, last digit of the year.
    pub symbol: String,
    /// Last trading day.
    pub last_trading_day: Date,
}

/// A weekday without a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// Its name.
    pub name: String,
}

/// Why a day has no session here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// The text is no date.
    #[error(transparent)]
    Malformed(#[from] DateError),
    /// A Saturday or a Sunday.
    #[error("{date} is a weekend day: choose a trading day, Monday to Friday")]
    Weekend {
        /// The day asked for.
        date: Date,
    },
    /// A holiday.
    #[error("{date} is a holiday, {name}: choose a trading day")]
    Holiday {
        /// The day asked for.
        date: Date,
        /// Name of the holiday.
        name: String,
    },
    /// A day before the first or after the last session.
    #[error("{date} is outside the calendar: choose a trading day from {first} to {last}")]
    OutsideRange {
        /// The day asked for.
        date: Date,
        /// Day of the first session.
        first: Date,
        /// Day of the last session.
        last: Date,
    },
    /// The calendar has no session at all.
    #[error(
        "{date} is outside the calendar, which has no session: add sessions to the contract specification"
    )]
    Empty {
        /// The day asked for.
        date: Date,
    },
    /// No such contract month.
    #[error(
        "contract {contract:?} is not listed: choose one of the contract months of the specification, such as {example}"
    )]
    UnknownContract {
        /// The symbol asked for, shortened.
        contract: String,
        /// A contract month that is listed.
        example: String,
    },
}

/// Sessions in ascending order, holidays and contract months.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    sessions: Vec<Session>,
    holidays: Vec<Holiday>,
    contracts: Vec<Contract>,
}

impl Calendar {
    /// All sessions, in ascending order.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// All holidays, in ascending order.
    #[must_use]
    pub fn holidays(&self) -> &[Holiday] {
        &self.holidays
    }

    /// All contract months, by last trading day.
    #[must_use]
    pub fn contracts(&self) -> &[Contract] {
        &self.contracts
    }

    /// The session of a trading day.
    ///
    /// # Errors
    /// The day is a named holiday, outside the calendar, or a weekend day.
    pub fn session(&self, date: Date) -> Result<&Session, CalendarError> {
        if let Ok(index) = self
            .sessions
            .binary_search_by_key(&date, |session| session.date)
        {
            return Ok(&self.sessions[index]);
        }
        if let Ok(index) = self
            .holidays
            .binary_search_by_key(&date, |holiday| holiday.date)
        {
            let name = self.holidays[index].name.clone();
            return Err(CalendarError::Holiday { date, name });
        }
        let (Some(first), Some(last)) = (self.sessions.first(), self.sessions.last()) else {
            return Err(CalendarError::Empty { date });
        };
        if date < first.date || date > last.date {
            return Err(CalendarError::OutsideRange {
                date,
                first: first.date,
                last: last.date,
            });
        }
        // Loading checks that every weekday between the first and the last session is a session or a holiday.
        Err(CalendarError::Weekend { date })
    }

    /// The session of a day written `YYYY-MM-DD`.
    ///
    /// # Errors
    /// The text is no date, or the day has no session.
    pub fn session_named(&self, text: &str) -> Result<&Session, CalendarError> {
        self.session(text.parse()?)
    }

    /// The first session after `date`, whether or not `date` has one.
    #[must_use]
    pub fn next(&self, date: Date) -> Option<&Session> {
        self.sessions.get(
            self.sessions
                .partition_point(|session| session.date <= date),
        )
    }

    /// The first session of a contract month after `date`, whether or not `date` has one.
    #[must_use]
    pub fn next_of(&self, contract: &str, date: Date) -> Option<&Session> {
        let after = self
            .sessions
            .partition_point(|session| session.date <= date);
        self.sessions[after..]
            .iter()
            .find(|session| session.contract == contract)
    }

    /// The last session before `date`, whether or not `date` has one.
    #[must_use]
    pub fn previous(&self, date: Date) -> Option<&Session> {
        let index = self
            .sessions
            .partition_point(|session| session.date < date)
            .checked_sub(1)?;
        self.sessions.get(index)
    }

    /// The session that runs at `time`, from its pre-open up to its close.
    #[must_use]
    pub fn session_at(&self, time: Time) -> Option<&Session> {
        let index = self
            .sessions
            .partition_point(|session| session.pre_open <= time)
            .checked_sub(1)?;
        self.sessions
            .get(index)
            .filter(|session| time < session.close)
    }

    /// What the market does at `time`.
    #[must_use]
    pub fn phase(&self, time: Time) -> Phase {
        self.session_at(time)
            .map_or(Phase::Closed, |session| session.phase(time))
    }

    /// The last trading day of a contract month.
    ///
    /// # Errors
    /// The contract month is not listed.
    pub fn last_trading_day(&self, contract: &str) -> Result<Date, CalendarError> {
        let found = self
            .contracts
            .iter()
            .find(|listed| listed.symbol == contract);
        found
            .map(|listed| listed.last_trading_day)
            .ok_or_else(|| CalendarError::UnknownContract {
                contract: crate::specification::excerpt(contract),
                example: self
                    .contracts
                    .first()
                    .map(|listed| listed.symbol.clone())
                    .unwrap_or_default(),
            })
    }

    /// Whether `date` is neither a weekend day nor a holiday of this calendar.
    #[must_use]
    pub fn is_business_day(&self, date: Date) -> bool {
        !date.is_weekend()
            && self
                .holidays
                .binary_search_by_key(&date, |holiday| holiday.date)
                .is_err()
    }
}
