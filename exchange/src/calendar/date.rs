//! Days of the Gregorian calendar, from 1970 to 9999.

use crate::specification::excerpt;
use crate::units::{MICROSECONDS_PER_SECOND, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Seconds in a day; UTC as used here has no leap seconds.
pub(super) const SECONDS_PER_DAY: u64 = 86_400;

const FIRST_YEAR: u16 = 1970;
const LAST_YEAR: u16 = 9999;

/// A day: year, month and day of the month. Ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A text or three numbers that are no date.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DateError {
    /// The text does not have the form of a date.
    #[error("date {text:?} is malformed: write YYYY-MM-DD, such as 2017-01-03")]
    Malformed {
        /// The text, shortened.
        text: String,
    },
    /// There is no such day.
    #[error(
        "there is no day {year:04}-{month:02}-{day:02} here: write a day of the calendar from 1970 to 9999"
    )]
    NoSuchDay {
        /// The year.
        year: u16,
        /// The month.
        month: u8,
        /// The day of the month.
        day: u8,
    },
}

impl Date {
    /// The day `year`-`month`-`day`.
    ///
    /// # Errors
    /// There is no such day, or the year is not in 1970 to 9999.
    pub const fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        let exists = year >= FIRST_YEAR
            && year <= LAST_YEAR
            && month >= 1
            && month <= 12
            && day >= 1
            && day <= days_in_month(year, month);
        if exists {
            Ok(Self { year, month, day })
        } else {
            Err(DateError::NoSuchDay { year, month, day })
        }
    }

    /// The year, 1970 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn days_since_epoch(self) -> u32 {
        // Years run from March, so that the leap day is the last of its year (H. Hinnant, "chrono-compatible
        // low-level date algorithms", days_from_civil).
        let (year, month) = (u32::from(self.year), u32::from(self.month));
        let (year, shifted) = if month > 2 {
            (year, month - 3)
        } else {
            (year - 1, month + 9)
        };
        let day_of_year = (153 * shifted + 2) / 5 + u32::from(self.day) - 1;
        year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - DAYS_BEFORE_EPOCH
    }

    /// The day that is `days` after 1970-01-01; `None` after 9999-12-31.
    #[must_use]
    pub fn from_days_since_epoch(days: u32) -> Option<Self> {
        // The inverse, from the same source (civil_from_days).
        let days = days.checked_add(DAYS_BEFORE_EPOCH)?;
        let (era, of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let (month, carry) = if shifted < 10 {
            (shifted + 3, 0)
        } else {
            (shifted - 9, 1)
        };
        let year = u16::try_from(year_of_era + era * 400 + carry).ok()?;
        Self::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()
    }

    /// The day of an instant in UTC; `None` after 9999-12-31.
    #[must_use]
    pub fn of(time: Time) -> Option<Self> {
        let days = time.0 / (SECONDS_PER_DAY * MICROSECONDS_PER_SECOND);
        Self::from_days_since_epoch(u32::try_from(days).ok()?)
    }

    /// The first instant of the day in UTC.
    #[must_use]
    pub fn midnight(self) -> Time {
        Time(0).plus_seconds(u64::from(self.days_since_epoch()) * SECONDS_PER_DAY)
    }

    /// The next day; `None` after 9999-12-31.
    #[must_use]
    pub fn following(self) -> Option<Self> {
        Self::from_days_since_epoch(self.days_since_epoch() + 1)
    }

    /// The day before; `None` before 1970-01-01.
    #[must_use]
    pub fn preceding(self) -> Option<Self> {
        Self::from_days_since_epoch(self.days_since_epoch().checked_sub(1)?)
    }

    /// Whether the day is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday: two days on is a Saturday.
        matches!(self.days_since_epoch() % 7, 2 | 3)
    }
}

/// Days from 0000-03-01, where the arithmetic starts, to 1970-01-01.
const DAYS_BEFORE_EPOCH: u32 = 719_468;

/// Days in 400 years.
const DAYS_PER_ERA: u32 = 146_097;

const fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A number of exactly `N` ASCII digits, at most four.
pub(super) fn digits<const N: usize>(bytes: &[u8]) -> Option<u16> {
    if bytes.len() != N || N > 4 || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(
        bytes
            .iter()
            .fold(0, |number, digit| number * 10 + u16::from(digit - b'0')),
    )
}

/// `YYYY-MM-DD` as three numbers.
pub(super) fn split_date(bytes: &[u8]) -> Option<(u16, u8, u8)> {
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = digits::<4>(&bytes[..4])?;
    let month = u8::try_from(digits::<2>(&bytes[5..7])?).ok()?;
    let day = u8::try_from(digits::<2>(&bytes[8..])?).ok()?;
    Some((year, month, day))
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let (year, month, day) =
            split_date(text.as_bytes()).ok_or_else(|| DateError::Malformed {
                text: excerpt(text),
            })?;
        Self::new(year, month, day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl serde::Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl BorshDeserialize for Date {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        let (year, month, day) = BorshDeserialize::deserialize_reader(reader)?;
        Self::new(year, month, day)
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))
    }
}
