//! Lean Hogs for any dates: the numbers of the embedded specification with contract months, holidays and sessions by rule.

mod days;

use days::{holidays, hours_behind_utc};
use std::collections::BTreeMap;
use std::fmt::Write;
use tally_exchange::calendar::{Date, DateError};
use tally_exchange::specification::{LEAN_HOGS, Specification, SpecificationError};
use thiserror::Error;

/// The most contract months of a generated specification: a year and a half.
pub const MOST_MONTHS: usize = 12;

/// Before this year daylight saving time had other dates.
const FIRST_YEAR: u16 = 2007;

/// The last trading day is this business day of the contract month.
const LAST_BUSINESS_DAY: usize = 10;

/// The contract months of Lean Hogs and their letters.
const MONTHS: [(u8, char); 8] = [
    (2, 'G'),
    (4, 'J'),
    (5, 'K'),
    (6, 'M'),
    (7, 'N'),
    (8, 'Q'),
    (10, 'V'),
    (12, 'Z'),
];

/// Begins the part of the embedded text that does not depend on dates.
const PARAMETERS: &str = "[parameters.";

/// Why there is no specification for these dates.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum LeanHogsError {
    /// No month, or too many.
    #[error("months is {months}; use 1 to {MOST_MONTHS}")]
    Months {
        /// How many were asked for.
        months: usize,
    },
    /// Years whose rules are not known here.
    #[error("first day {date} is not from {FIRST_YEAR} to {last}; choose a later or an earlier one", last = Self::LAST_YEAR)]
    Year {
        /// The day asked for.
        date: Date,
    },
    /// A weekend day.
    #[error("first day {date} is a weekend day; choose a trading day, such as {next}")]
    Weekend {
        /// The day asked for.
        date: Date,
        /// The next trading day.
        next: Date,
    },
    /// A holiday.
    #[error("first day {date} is a holiday, {name}; choose a trading day, such as {next}")]
    Holiday {
        /// The day asked for.
        date: Date,
        /// The holiday's name.
        name: String,
        /// The next trading day.
        next: Date,
    },
    /// The end of the calendar.
    #[error(transparent)]
    Date(#[from] DateError),
    /// The text that came out is no specification.
    #[error(transparent)]
    Specification(#[from] SpecificationError),
}

impl LeanHogsError {
    /// Years after it have no last months any more.
    const LAST_YEAR: u16 = 9_990;
}

/// The embedded Lean Hog specification with other dates: the next `months` contract months that trade on or after
/// `first`, one of them a day, from `first` to the last trading day of the last of them.
///
/// Each month is traded from the day after the last trading day of the month before it. Sessions are on weekdays without
/// a holiday of the US exchanges, at 08:00 (pre-open), 08:30, 13:00 (settlement) and 13:05 in Chicago. Early closes, on the
/// days around Thanksgiving, Christmas and Independence Day, are not modelled: those sessions are as long as others.
/// Neither is a closure that no rule foresees, such as a day of mourning.
///
/// # Errors
/// [`LeanHogsError`] if `first` is no trading day or `months` is not 1 to [`MOST_MONTHS`].
pub fn lean_hogs_from(first: Date, months: usize) -> Result<String, LeanHogsError> {
    if !(1..=MOST_MONTHS).contains(&months) {
        return Err(LeanHogsError::Months { months });
    }
    check_trading_day(first)?;
    let contracts = contracts(first, months)?;
    let text = text(first, &contracts);
    // What is handed out is one, whatever becomes of the embedded text.
    Specification::from_toml(&text)?;
    Ok(text)
}

/// The first day from `date` on that is no weekend day and no holiday; `None` after the year 9999.
#[must_use]
pub fn trading_day_from(date: Date) -> Option<Date> {
    let holidays = Holidays::of(date.year()..=date.year().saturating_add(1));
    std::iter::successors(Some(date), |day| day.following())
        .take(14)
        .find(|day| holidays.is_trading_day(*day))
}

/// A contract month.
struct Month {
    symbol: String,
    last_trading_day: Date,
}

/// Holidays of some years by day.
struct Holidays(BTreeMap<Date, String>);

impl Holidays {
    fn of(years: std::ops::RangeInclusive<u16>) -> Self {
        Self(years.flat_map(holidays).collect())
    }

    fn is_trading_day(&self, date: Date) -> bool {
        !date.is_weekend() && !self.0.contains_key(&date)
    }
}

fn check_trading_day(date: Date) -> Result<(), LeanHogsError> {
    if !(FIRST_YEAR..=LeanHogsError::LAST_YEAR).contains(&date.year()) {
        return Err(LeanHogsError::Year { date });
    }
    let next = trading_day_from(date).ok_or(LeanHogsError::Year { date })?;
    if next == date {
        return Ok(());
    }
    match Holidays::of(date.year()..=date.year()).0.remove(&date) {
        Some(name) => Err(LeanHogsError::Holiday { date, name, next }),
        None => Err(LeanHogsError::Weekend { date, next }),
    }
}

/// The next contract months whose last trading day is not before `first`.
fn contracts(first: Date, months: usize) -> Result<Vec<Month>, LeanHogsError> {
    let mut contracts = Vec::with_capacity(months);
    // There are eight months in every year.
    let last_year = first.year() + 1 + u16::try_from(months / MONTHS.len()).unwrap_or(0);
    for year in first.year()..=last_year {
        let holidays = Holidays::of(year..=year);
        for (month, letter) in MONTHS {
            let days = (1..=31).filter_map(|day| Date::new(year, month, day).ok());
            let mut business_days = days.filter(|day| holidays.is_trading_day(*day));
            // Every month has more business days than ten.
            let last_trading_day = business_days
                .nth(LAST_BUSINESS_DAY - 1)
                .ok_or(LeanHogsError::Year { date: first })?;
            if last_trading_day >= first && contracts.len() < months {
                contracts.push(Month {
                    symbol: format!("HE{letter}{}", year % 10),
                    last_trading_day,
                });
            }
        }
    }
    Ok(contracts)
}

fn text(first: Date, contracts: &[Month]) -> String {
    let last = contracts
        .last()
        .map_or(first, |month| month.last_trading_day);
    let holidays = Holidays::of(first.year()..=last.year());
    let mut out = head(first, last);
    // Writing to a string does not fail.
    for month in contracts {
        let _ = writeln!(
            out,
            "    {{ symbol = \"{}\", last_trading_day = \"{}\" }},",
            month.symbol, month.last_trading_day
        );
    }
    out.push_str(
        "]\n\n# Exchange holidays on weekdays, by rule, from the month of the first session on.\nholidays = [\n",
    );
    // The tenth business day of the first month counts from its first day.
    let same_month = |date: Date| (date.year(), date.month()) >= (first.year(), first.month());
    for (date, name) in holidays
        .0
        .iter()
        .filter(|(date, _)| same_month(**date) && **date <= last)
    {
        let _ = writeln!(out, "    {{ date = \"{date}\", name = \"{name}\" }},");
    }
    out.push_str(
        "]\n\n# Instants in UTC of 08:00, 08:30, 13:00 and 13:05 in Chicago, daylight saving time by rule.\nsessions = [\n",
    );
    let days =
        std::iter::successors(Some(first), |day| day.following()).take_while(|day| *day <= last);
    for day in days.filter(|day| holidays.is_trading_day(*day)) {
        let front = contracts.iter().find(|month| day <= month.last_trading_day);
        if let Some(month) = front {
            out.push_str(&session(day, &month.symbol));
        }
    }
    out.push_str("]\n\n");
    out.push_str(parameters());
    out
}

fn head(first: Date, last: Date) -> String {
    format!(
        "# Lean Hog futures, sessions from {first} to {last}.\n\
         #\n\
         # Contract months, holidays and sessions were generated by rule; early closes are not among them. The parameters \
         are\n# those of the specification that is part of Tally.\n\n\
         symbol = \"HE\"\n\
         name = \"Lean Hog\"\n\n\
         # The last trading day is the tenth business day of the contract month (CME rulebook, chapter 152).\n\
         contracts = [\n"
    )
}

/// The parameters of the embedded text.
fn parameters() -> &'static str {
    // The embedded text has parameters, as its own test shows; without them the result would be refused.
    LEAN_HOGS
        .find(PARAMETERS)
        .map_or("", |from| &LEAN_HOGS[from..])
}

/// The row of a session.
fn session(date: Date, symbol: &str) -> String {
    let behind = hours_behind_utc(date);
    let at = |hour: u32, minute: u32| format!("\"{date}T{:02}:{minute:02}:00Z\"", hour + behind);
    format!(
        "    {{ date = \"{date}\", contract = \"{symbol}\", pre_open = {}, open = {}, settlement = {}, close = {} }},\n",
        at(8, 0),
        at(8, 30),
        at(13, 0),
        at(13, 5)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn specification(first: &str, months: usize) -> Specification {
        Specification::from_toml(&lean_hogs_from(date(first), months).unwrap()).unwrap()
    }

    /// What the embedded specification says for early 2017 follows from the rules, to the byte.
    #[test]
    fn the_first_quarter_of_2017() {
        let embedded = Specification::lean_hogs();
        let generated = specification("2017-01-03", 2);
        assert_eq!(
            generated.calendar.contracts(),
            embedded.calendar.contracts()
        );
        assert_eq!(generated.calendar.holidays(), embedded.calendar.holidays());
        let sessions = embedded.calendar.sessions();
        assert_eq!(&generated.calendar.sessions()[..sessions.len()], sessions);
        let last = generated.calendar.sessions().last().unwrap();
        assert_eq!(last.date, date("2017-04-17"));
        assert_eq!(generated.entries(), embedded.entries());
        let text = lean_hogs_from(date("2017-01-03"), 2).unwrap();
        let rows = LEAN_HOGS.lines().filter(|line| line.starts_with("    { "));
        for row in rows {
            assert!(text.lines().any(|line| line == row), "{row}");
        }
    }

    #[test]
    fn the_winter_of_2026() {
        let calendar = specification("2026-11-30", 2).calendar;
        let contracts = calendar.contracts().iter();
        let contracts: Vec<String> = contracts
            .map(|contract| format!("{} {}", contract.symbol, contract.last_trading_day))
            .collect();
        assert_eq!(contracts, ["HEZ6 2026-12-14", "HEG7 2027-02-12"]);
        let sessions = calendar.sessions();
        assert_eq!(sessions[0].date, date("2026-11-30"));
        let first_of = |symbol: &str| sessions.iter().find(|s| s.contract == symbol).unwrap().date;
        assert_eq!(first_of("HEG7"), date("2026-12-15"));
        assert_eq!(sessions.last().unwrap().date, date("2027-02-12"));
    }

    /// From the last trading day on, and from the day after it.
    #[test]
    fn on_the_edge_of_a_month() {
        let first = |day| {
            specification(day, 1).calendar.sessions()[0]
                .contract
                .clone()
        };
        assert_eq!(first("2026-12-14"), "HEZ6");
        assert_eq!(first("2026-12-15"), "HEG7");
        assert_eq!(specification("2026-12-14", 1).calendar.sessions().len(), 1);
    }

    /// Every month of forty years is a specification, over changes of clocks, of years and of the last digit of the year.
    #[test]
    fn forty_years() {
        for year in 2007..2047 {
            let first = trading_day_from(Date::new(year, 1, 1).unwrap()).unwrap();
            let text = lean_hogs_from(first, MOST_MONTHS).unwrap();
            assert!(text.len() < 200 * 1024, "{}", text.len());
        }
    }

    #[test]
    fn days_and_months_that_do_not_fit() {
        let error =
            |first: &str, months| lean_hogs_from(date(first), months).unwrap_err().to_string();
        assert!(error("2026-11-28", 2).contains("2026-11-30"));
        assert!(error("2026-12-25", 2).contains("Christmas Day"));
        assert!(error("2026-12-25", 2).contains("2026-12-28"));
        assert!(error("2006-12-29", 2).contains("from 2007"));
        assert!(error("9999-12-31", 2).contains("to 9990"));
        for months in [0, 13] {
            assert!(error("2026-11-30", months).contains("1 to 12"));
        }
    }
}
