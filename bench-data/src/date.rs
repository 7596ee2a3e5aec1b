//! Calendar dates of the Gregorian calendar, without times or zones.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::TableError;

/// A calendar date. Orders by time; prints and parses as `YYYY-MM-DD` and in no other form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// Longest piece of a malformed date that an error message repeats, in characters.
const QUOTED_CHARACTERS: usize = 32;

impl Date {
    /// The date, or `None` if the calendar has no such day (years 1 to 9999).
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let in_calendar =
            (1..=9999).contains(&year) && day >= 1 && day <= month_length(year, month);
        in_calendar.then_some(Self { year, month, day })
    }

    /// The year, 1 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// The date as one number, `YYYYMMDD`: for canonical encodings.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::from(self.year) * 10_000 + u32::from(self.month) * 100 + u32::from(self.day)
    }
}

/// Days in a month, 0 for a month that does not exist.
fn month_length(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

impl FromStr for Date {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| TableError::MalformedDate {
            text: text.chars().take(QUOTED_CHARACTERS).collect(),
        })
    }
}

fn parse(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let separators = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    if bytes.len() != 10 || !separators {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        // `parse` alone would take a leading plus sign.
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(part)
    };
    let year = digits(0..4)?.parse().ok()?;
    let month = digits(5..7)?.parse().ok()?;
    let day = digits(8..10)?.parse().ok()?;
    Date::new(year, month, day)
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:04}-{:02}-{:02}",
            self.year, self.month, self.day
        )
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn parses_exactly_one_form() {
        assert_eq!(
            "2017-01-03".parse::<Date>().unwrap(),
            Date::new(2017, 1, 3).unwrap()
        );
        assert_eq!(
            "2016-02-29".parse::<Date>().unwrap().to_string(),
            "2016-02-29"
        );
        for wrong in [
            "",
            "2017-1-3",
            "2017-02-29",
            "2017-13-01",
            "2017-00-10",
            "2017-01-00",
            "20170103",
            "2017/01/03",
            "+017-01-03",
            "2017-01-03 ",
            "2017-01-0٣",
            "0000-01-01",
            "1900-02-29",
        ] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn orders_by_time() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert!(day("2016-12-31") < day("2017-01-01"));
        assert!(day("2017-01-31") < day("2017-02-01"));
        assert_eq!(day("2017-02-15").number(), 20_170_215);
    }
}
