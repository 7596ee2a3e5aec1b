//! From rows of text to a checked calendar.

use super::{Calendar, Contract, Date, Holiday, ScheduleError, Session, parse_time};
use crate::specification::{Specification, excerpt};
use serde::Deserialize;

/// The most sessions, holidays or contract months of one specification.
const MAX_ROWS: usize = 4_096;

/// The tenth business day of the contract month is its last trading day (CME rulebook 152).
const LAST_BUSINESS_DAY: usize = 10;

/// Month letters of futures symbols, January to December.
const MONTH_LETTERS: &[u8; 12] = b"FGHJKMNQUVXZ";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContractText {
    symbol: String,
    last_trading_day: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolidayText {
    date: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionText {
    date: String,
    contract: String,
    pre_open: String,
    open: String,
    settlement: String,
    close: String,
}

/// The three tables of a calendar as written.
pub(crate) struct ScheduleText {
    pub(crate) contracts: Vec<ContractText>,
    pub(crate) holidays: Vec<HolidayText>,
    pub(crate) sessions: Vec<SessionText>,
}

impl Calendar {
    /// Reads and checks the three tables; lengths of the pre-open and of the settlement window, and the symbol root,
    /// are those of `specification`.
    pub(crate) fn from_text(
        text: &ScheduleText,
        specification: &Specification,
    ) -> Result<Self, ScheduleError> {
        check_rows("contracts", text.contracts.len())?;
        check_rows("sessions", text.sessions.len())?;
        if text.holidays.len() > MAX_ROWS {
            return Err(ScheduleError::Rows {
                table: "holidays",
                rows: text.holidays.len(),
                limit: MAX_ROWS,
            });
        }
        let mut calendar = Self {
            holidays: read_holidays(&text.holidays)?,
            ..Self::default()
        };
        calendar.contracts = calendar.read_contracts(&text.contracts, &specification.symbol)?;
        for row in &text.sessions {
            let session = calendar.read_session(row)?;
            calendar.check_session(&session, specification)?;
            calendar.sessions.push(session);
        }
        Ok(calendar)
    }

    fn read_contracts(
        &self,
        rows: &[ContractText],
        root: &str,
    ) -> Result<Vec<Contract>, ScheduleError> {
        let mut contracts: Vec<Contract> = Vec::with_capacity(rows.len());
        for row in rows {
            let last_trading_day = read_date("contracts: last_trading_day", &row.last_trading_day)?;
            if contracts
                .last()
                .is_some_and(|before| before.last_trading_day >= last_trading_day)
            {
                return Err(ScheduleError::Order {
                    table: "contracts",
                    date: last_trading_day,
                });
            }
            let expected = symbol(root, last_trading_day);
            if row.symbol != expected {
                let symbol = excerpt(&row.symbol);
                return Err(ScheduleError::Symbol {
                    symbol,
                    last_trading_day,
                    expected,
                });
            }
            if self.business_day_of_month(last_trading_day) != Some(LAST_BUSINESS_DAY) {
                return Err(ScheduleError::LastTradingDay {
                    symbol: expected,
                    last_trading_day,
                });
            }
            contracts.push(Contract {
                symbol: expected,
                last_trading_day,
            });
        }
        Ok(contracts)
    }

    /// The how-manieth business day of its month `date` is, from 1; `None` if it is none.
    fn business_day_of_month(&self, date: Date) -> Option<usize> {
        let days =
            (1..=date.day()).filter_map(|day| Date::new(date.year(), date.month(), day).ok());
        self.is_business_day(date)
            .then(|| days.filter(|&day| self.is_business_day(day)).count())
    }

    fn business_day_before(&self, date: Date) -> Option<Date> {
        std::iter::successors(date.preceding(), |day| day.preceding())
            .find(|&day| self.is_business_day(day))
    }

    fn read_session(&self, row: &SessionText) -> Result<Session, ScheduleError> {
        let date = read_date("sessions: date", &row.date)?;
        let instant = |field: &'static str, text: &str| {
            parse_time(text).map_err(|error| ScheduleError::Instant { field, date, error })
        };
        let contract = self
            .contracts
            .iter()
            .find(|contract| contract.symbol == row.contract);
        let Some(contract) = contract.filter(|contract| date <= contract.last_trading_day) else {
            return Err(ScheduleError::Contract {
                date,
                contract: excerpt(&row.contract),
            });
        };
        let last = contract.last_trading_day;
        Ok(Session {
            date,
            contract: contract.symbol.clone(),
            pre_open: instant("pre_open", &row.pre_open)?,
            open: instant("open", &row.open)?,
            settlement: instant("settlement", &row.settlement)?,
            close: instant("close", &row.close)?,
            is_expiring_last_two_days: date == last || self.business_day_before(last) == Some(date),
        })
    }

    /// Checks a session by itself and against the one before it.
    fn check_session(
        &self,
        session: &Session,
        specification: &Specification,
    ) -> Result<(), ScheduleError> {
        let date = session.date;
        let window_start = session
            .settlement
            .minus_seconds(specification.settlement_window);
        let ordered = session.pre_open < session.open
            && session.open <= window_start
            && session.settlement < session.close;
        if !ordered {
            return Err(ScheduleError::Instants { date });
        }
        if session.pre_open != session.open.minus_seconds(specification.pre_open) {
            return Err(ScheduleError::PreOpen {
                date,
                expected: specification.pre_open,
            });
        }
        if [session.pre_open, session.close].map(Date::of) != [Some(date), Some(date)] {
            return Err(ScheduleError::OtherDay { date });
        }
        if !self.is_business_day(date) {
            return Err(ScheduleError::NotABusinessDay { date });
        }
        self.check_follows(date)
    }

    /// The next business day after the last session read must be `date`.
    fn check_follows(&self, date: Date) -> Result<(), ScheduleError> {
        let Some(before) = self.sessions.last() else {
            return Ok(());
        };
        if date <= before.date {
            return Err(ScheduleError::Order {
                table: "sessions",
                date,
            });
        }
        let between = std::iter::successors(before.date.following(), |day| day.following())
            .take_while(|&day| day < date)
            .find(|&day| self.is_business_day(day));
        between.map_or(Ok(()), |date| Err(ScheduleError::Gap { date }))
    }
}

fn check_rows(table: &'static str, rows: usize) -> Result<(), ScheduleError> {
    if (1..=MAX_ROWS).contains(&rows) {
        return Ok(());
    }
    Err(ScheduleError::Rows {
        table,
        rows,
        limit: MAX_ROWS,
    })
}

fn read_date(field: &'static str, text: &str) -> Result<Date, ScheduleError> {
    text.parse()
        .map_err(|error| ScheduleError::Date { field, error })
}

fn read_holidays(rows: &[HolidayText]) -> Result<Vec<Holiday>, ScheduleError> {
    let mut holidays: Vec<Holiday> = Vec::with_capacity(rows.len());
    for row in rows {
        let date = read_date("holidays: date", &row.date)?;
        if holidays.last().is_some_and(|before| before.date >= date) {
            return Err(ScheduleError::Order {
                table: "holidays",
                date,
            });
        }
        if row.name.trim().is_empty() {
            return Err(ScheduleError::Unnamed { date });
        }
        holidays.push(Holiday {
            date,
            name: excerpt(&row.name),
        });
    }
    Ok(holidays)
}

/// The symbol of the contract month in which `last_trading_day` falls.
fn symbol(root: &str, last_trading_day: Date) -> String {
    let letter = MONTH_LETTERS[usize::from(last_trading_day.month() - 1)];
    format!(
        "{root}{}{}",
        char::from(letter),
        last_trading_day.year() % 10
    )
}
