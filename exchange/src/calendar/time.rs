//! Instants as text: RFC 3339 in UTC, exact to the microsecond.

use super::date::{Date, DateError, SECONDS_PER_DAY, digits, split_date};
use crate::specification::excerpt;
use crate::units::{MICROSECONDS_PER_SECOND, Time};
use thiserror::Error;

/// A text that is no instant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TimeError {
    /// The text does not have the form of an instant.
    #[error(
        "instant {text:?} is malformed: write UTC as YYYY-MM-DDTHH:MM:SSZ, such as 2017-01-03T14:30:00Z, with at most six decimals of a second"
    )]
    Malformed {
        /// The text, shortened.
        text: String,
    },
    /// The day does not exist.
    #[error(transparent)]
    Date(#[from] DateError),
    /// The time of day does not exist; a leap second is none here.
    #[error(
        "there is no time of day {hour:02}:{minute:02}:{second:02}: write 00:00:00 to 23:59:59"
    )]
    NoSuchTime {
        /// The hour.
        hour: u16,
        /// The minute.
        minute: u16,
        /// The second.
        second: u16,
    },
}

/// Reads `YYYY-MM-DDTHH:MM:SS[.ffffff]Z` (RFC 3339, capital `T` and `Z` only) exactly.
///
/// # Errors
/// The text has another form, or the day or the time of day does not exist.
pub fn parse_time(text: &str) -> Result<Time, TimeError> {
    let malformed = || TimeError::Malformed {
        text: excerpt(text),
    };
    let bytes = text.as_bytes();
    // The shortest form has 20 bytes, so that every index below exists.
    if !(20..=27).contains(&bytes.len())
        || bytes[10] != b'T'
        || bytes[13] != b':'
        || bytes[16] != b':'
    {
        return Err(malformed());
    }
    let (year, month, day) = split_date(&bytes[..10]).ok_or_else(malformed)?;
    let part = |from: usize| digits::<2>(&bytes[from..from + 2]).ok_or_else(malformed);
    let (hour, minute, second) = (part(11)?, part(14)?, part(17)?);
    let microseconds = fraction(&bytes[19..]).ok_or_else(malformed)?;
    let date = Date::new(year, month, day)?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err(TimeError::NoSuchTime {
            hour,
            minute,
            second,
        });
    }
    let seconds = u64::from(hour) * 3_600 + u64::from(minute) * 60 + u64::from(second);
    let midnight = date.midnight().plus_seconds(seconds);
    // The last instant of the year 9999 is below 2^58 microseconds.
    Ok(Time(midnight.0 + microseconds))
}

/// `Z`, or `.` with one to six digits and `Z`, as microseconds.
fn fraction(bytes: &[u8]) -> Option<u64> {
    let body = bytes.strip_suffix(b"Z")?;
    if body.is_empty() {
        return Some(0);
    }
    let decimals = body.strip_prefix(b".")?;
    if !(1..=6).contains(&decimals.len()) || !decimals.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let padded = decimals
        .iter()
        .copied()
        .chain(std::iter::repeat(b'0'))
        .take(6);
    Some(padded.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// The instant as RFC 3339 text in UTC, with six decimals if it is no whole second. Instants after the year 9999, which
/// have no such text, are given as microseconds since the Unix epoch.
#[must_use]
pub fn format_time(time: Time) -> String {
    let Some(date) = Date::of(time) else {
        return format!("{} microseconds since 1970-01-01T00:00:00Z", time.0);
    };
    let (seconds, microseconds) = (
        time.0 / MICROSECONDS_PER_SECOND,
        time.0 % MICROSECONDS_PER_SECOND,
    );
    let of_day = seconds % SECONDS_PER_DAY;
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    let clock = format!("{date}T{hour:02}:{minute:02}:{second:02}");
    if microseconds == 0 {
        format!("{clock}Z")
    } else {
        format!("{clock}.{microseconds:06}Z")
    }
}
