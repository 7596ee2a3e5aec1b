//! The daily table: one row a session of the Lean Hog front month, December 2016 to April 2017.
//!
//! Prices are in ticks of 0.025 cents per pound, volumes in contracts. Rows outside the first quarter of 2017 serve only
//! as prior settlements; the sessions that can be asked for are the 62 from 2017-01-03 to 2017-03-31.

use std::fmt;
use std::sync::OnceLock;

use serde::Serialize;

use crate::date::Date;
use crate::error::{FieldProblem, TableError};
use crate::field;

const FILE: &str = "he_daily_2016-12_2017-04.csv";
const TEXT: &str = include_str!("../data/lean-hog/he_daily_2016-12_2017-04.csv");
const COLUMNS: [&str; 7] = [
    "date",
    "contract_inferred",
    "open",
    "high",
    "low",
    "settle_or_close",
    "volume",
];

/// First and last session that can be asked for, as `YYYYMMDD`.
const QUARTER: (u32, u32) = (20_170_103, 20_170_331);

/// Letters of the months in which a Lean Hog contract expires: February, April, May, June, July, August, October, December.
const MONTH_LETTERS: &str = "GJKMNQVZ";

/// A contract month of the Lean Hog future, such as HEG7 (February 2017).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Contract {
    month: char,
    year: char,
}

impl Contract {
    fn parse(text: &str) -> Option<Self> {
        let mut letters = text.strip_prefix("HE")?.chars();
        let (month, year) = (letters.next()?, letters.next()?);
        let valid =
            letters.next().is_none() && MONTH_LETTERS.contains(month) && year.is_ascii_digit();
        valid.then_some(Self { month, year })
    }
}

impl fmt::Display for Contract {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HE{}{}", self.month, self.year)
    }
}

impl Serialize for Contract {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One row of the table. Prices in ticks, volume in contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DailyRow {
    /// The session's date.
    pub date: Date,
    /// The front month, inferred from expiry dates.
    pub contract: Contract,
    /// First price, ticks.
    pub open: i32,
    /// Highest price, ticks.
    pub high: i32,
    /// Lowest price, ticks.
    pub low: i32,
    /// Settlement or close, ticks: the source gives one figure for both.
    pub close: i32,
    /// Contracts traded in the session.
    pub volume: u32,
}

/// Where a session's prior settlement comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PriorSettlement {
    /// The close of the session before, in the same contract month.
    PreviousClose {
        /// The session before.
        date: Date,
        /// Its close, ticks.
        price: i32,
    },
    /// The session's own open: the month's first session in the table, whose true prior settlement is not at hand.
    OwnOpen {
        /// The open, ticks.
        price: i32,
    },
}

impl PriorSettlement {
    /// The price, ticks.
    #[must_use]
    pub fn price(self) -> i32 {
        match self {
            Self::PreviousClose { price, .. } | Self::OwnOpen { price } => price,
        }
    }

    /// Whether the session's own open stands in for a prior settlement that is not at hand. Reports must say so.
    #[must_use]
    pub fn is_own_open(self) -> bool {
        matches!(self, Self::OwnOpen { .. })
    }
}

/// A session of the first quarter of 2017 with its prior settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// The row of the table.
    #[serde(flatten)]
    pub row: DailyRow,
    /// The settlement that price limits and the mark start from.
    pub prior: PriorSettlement,
}

impl Session {
    /// Lowest and highest price, in ticks, within `half_width` ticks of the prior settlement: the daily limit.
    #[must_use]
    pub fn band(&self, half_width: i32) -> (i32, i32) {
        let centre = self.prior.price();
        (
            centre.saturating_sub(half_width),
            centre.saturating_add(half_width),
        )
    }
}

/// The session on that date.
///
/// # Errors
/// [`TableError::NotASession`] if the date is none of the 62 sessions; it names the first, the last and the nearest ones.
pub fn session(date: Date) -> Result<Session, TableError> {
    let all = sessions()?;
    let (Some(first), Some(last)) = (all.first(), all.last()) else {
        return Err(TableError::Empty { file: FILE });
    };
    all.iter()
        .find(|session| session.row.date == date)
        .copied()
        .ok_or_else(|| TableError::NotASession {
            date,
            first: first.row.date,
            last: last.row.date,
            before: all
                .iter()
                .map(|session| session.row.date)
                .rfind(|other| *other < date),
            after: all
                .iter()
                .map(|session| session.row.date)
                .find(|other| *other > date),
        })
}

/// The 62 sessions of the first quarter of 2017, in order.
///
/// # Errors
/// Only if the table compiled into the program is damaged.
pub fn sessions() -> Result<&'static [Session], TableError> {
    static SESSIONS: OnceLock<Result<Vec<Session>, TableError>> = OnceLock::new();
    SESSIONS
        .get_or_init(|| parse(TEXT).map(|rows| quarter(&rows)))
        .as_ref()
        .map(Vec::as_slice)
        .map_err(Clone::clone)
}

/// The sessions of the quarter, each with its prior settlement.
fn quarter(rows: &[DailyRow]) -> Vec<Session> {
    let with_prior = rows.iter().enumerate().map(|(index, row)| {
        let previous = index.checked_sub(1).and_then(|before| rows.get(before));
        let prior = match previous {
            Some(before) if before.contract == row.contract => PriorSettlement::PreviousClose {
                date: before.date,
                price: before.close,
            },
            _ => PriorSettlement::OwnOpen { price: row.open },
        };
        Session { row: *row, prior }
    });
    with_prior
        .filter(|session| (QUARTER.0..=QUARTER.1).contains(&session.row.date.number()))
        .collect()
}

/// Reads and checks a daily table: header, columns, grid, price order, ascending dates.
///
/// # Errors
/// The first row and column that is wrong.
pub fn parse(text: &str) -> Result<Vec<DailyRow>, TableError> {
    let mut lines = text.lines().enumerate();
    if lines.next().map(|(_, header)| header) != Some(COLUMNS.join(",").as_str()) {
        return Err(TableError::Header { file: FILE });
    }
    let mut rows: Vec<DailyRow> = Vec::new();
    for (index, line) in lines {
        let row = parse_row(line, rows.last()).map_err(|(column, problem)| TableError::Row {
            file: FILE,
            line: index + 1,
            column: COLUMNS[column],
            problem,
        })?;
        rows.push(row);
    }
    Ok(rows)
}

/// One row; the error is the column's index with what is wrong there.
fn parse_row(line: &str, before: Option<&DailyRow>) -> Result<DailyRow, (usize, FieldProblem)> {
    let fields: Vec<&str> = line.split(',').collect();
    let [date, contract, open, high, low, close, volume] = fields[..] else {
        return Err((0, FieldProblem::Columns));
    };
    let price = |text: &str, column: usize| field::ticks(text).map_err(|problem| (column, problem));
    let row = DailyRow {
        date: date.parse().map_err(|_| (0, FieldProblem::Date))?,
        contract: Contract::parse(contract).ok_or((1, FieldProblem::Contract))?,
        open: price(open, 2)?,
        high: price(high, 3)?,
        low: price(low, 4)?,
        close: price(close, 5)?,
        volume: field::integer(volume).map_err(|problem| (6, problem))?,
    };
    if before.is_some_and(|before| before.date >= row.date) {
        return Err((0, FieldProblem::Date));
    }
    if row.high < row.open.max(row.close) {
        return Err((3, FieldProblem::PriceOrder));
    }
    if row.low > row.open.min(row.close) {
        return Err((4, FieldProblem::PriceOrder));
    }
    if row.volume == 0 {
        return Err((6, FieldProblem::NoVolume));
    }
    Ok(row)
}
