//! Days on which Lean Hogs don't trade, and daylight saving time in Chicago, by the rules that hold since 2007.

use tally_exchange::calendar::Date;

/// Days of the week as [`weekday`] counts them.
const THURSDAY: u32 = 0;
const SATURDAY: u32 = 2;
const SUNDAY: u32 = 3;
const MONDAY: u32 = 4;

/// Since when Juneteenth is a holiday of the exchanges.
const JUNETEENTH_SINCE: u16 = 2022;

/// What a holiday that falls on a weekend does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Observed {
    /// A Saturday's is kept on Friday, a Sunday's on Monday.
    Both,
    /// A Sunday's is kept on Monday, a Saturday's not at all: Friday is in the old year.
    SundayOnly,
}

/// 0 is a Thursday, as 1970-01-01 was.
fn weekday(date: Date) -> u32 {
    date.days_since_epoch() % 7
}

/// The `nth` such day of a month, from 1.
fn nth(year: u16, month: u8, day_of_week: u32, nth: u8) -> Option<Date> {
    let first = Date::new(year, month, 1).ok()?;
    let ahead = (day_of_week + 7 - weekday(first)) % 7;
    let days = first.days_since_epoch() + ahead + 7 * u32::from(nth.saturating_sub(1));
    Date::from_days_since_epoch(days)
}

/// The last Monday of May, which has a fifth one or not.
fn memorial_day(year: u16) -> Option<Date> {
    let fifth = nth(year, 5, MONDAY, 5)?;
    if fifth.month() == 5 {
        Some(fifth)
    } else {
        nth(year, 5, MONDAY, 4)
    }
}

/// Easter Sunday of the Gregorian calendar ("anonymous" algorithm of Meeus, Jones and Butcher).
fn easter(year: u16) -> Option<Date> {
    let year_number = u32::from(year);
    let (a, b, c) = (year_number % 19, year_number / 100, year_number % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b + 15 - d - g) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l + 114 - 7 * m;
    let (month, day) = (u8::try_from(sum / 31).ok()?, u8::try_from(sum % 31).ok()?);
    Date::new(year, month, day + 1).ok()
}

fn good_friday(year: u16) -> Option<Date> {
    Date::from_days_since_epoch(easter(year)?.days_since_epoch().checked_sub(2)?)
}

/// A holiday of fixed date, with its name, where it is kept; none if it is not.
fn fixed(
    year: u16,
    (month, day): (u8, u8),
    name: &str,
    observed: Observed,
) -> Option<(Date, String)> {
    let date = Date::new(year, month, day).ok()?;
    let kept = match (weekday(date), observed) {
        (SATURDAY, Observed::SundayOnly) => return None,
        (SATURDAY, Observed::Both) => date.preceding()?,
        (SUNDAY, _) => date.following()?,
        _ => return Some((date, name.to_owned())),
    };
    Some((kept, format!("{name} (observed)")))
}

/// The weekdays of a year without a session, in order, with their names.
pub(super) fn holidays(year: u16) -> Vec<(Date, String)> {
    let named = |date: Option<Date>, name: &str| Some((date?, name.to_owned()));
    let juneteenth = || fixed(year, (6, 19), "Juneteenth", Observed::Both);
    let mut holidays: Vec<_> = [
        fixed(year, (1, 1), "New Year's Day", Observed::SundayOnly),
        named(nth(year, 1, MONDAY, 3), "Martin Luther King Jr. Day"),
        named(nth(year, 2, MONDAY, 3), "Presidents' Day"),
        named(good_friday(year), "Good Friday"),
        named(memorial_day(year), "Memorial Day"),
        Some(year)
            .filter(|year| *year >= JUNETEENTH_SINCE)
            .and_then(|_| juneteenth()),
        fixed(year, (7, 4), "Independence Day", Observed::Both),
        named(nth(year, 9, MONDAY, 1), "Labor Day"),
        named(nth(year, 11, THURSDAY, 4), "Thanksgiving Day"),
        fixed(year, (12, 25), "Christmas Day", Observed::Both),
    ]
    .into_iter()
    .flatten()
    .collect();
    holidays.sort();
    holidays
}

/// How many hours Chicago is behind UTC on the trading day `date`. The clocks change on Sundays, so that a whole trading
/// day is on one side.
pub(super) fn hours_behind_utc(date: Date) -> u32 {
    let begins = nth(date.year(), 3, SUNDAY, 2);
    let ends = nth(date.year(), 11, SUNDAY, 1);
    let is_summer =
        begins.is_some_and(|begins| date >= begins) && ends.is_some_and(|ends| date < ends);
    if is_summer { 5 } else { 6 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(year: u16) -> Vec<String> {
        let holidays = holidays(year).into_iter();
        holidays
            .map(|(date, name)| format!("{date} {name}"))
            .collect()
    }

    #[test]
    fn easter_sundays() {
        for (year, expected) in [
            (2008, "2008-03-23"),
            (2011, "2011-04-24"),
            (2017, "2017-04-16"),
            (2026, "2026-04-05"),
            (2027, "2027-03-28"),
            (2038, "2038-04-25"),
            (2049, "2049-04-18"),
        ] {
            assert_eq!(easter(year).unwrap().to_string(), expected);
        }
    }

    /// Christmas and Independence Day of 2026 and 2027 are on weekdays and weekends.
    #[test]
    fn holidays_of_years() {
        assert_eq!(
            dates(2026),
            [
                "2026-01-01 New Year's Day",
                "2026-01-19 Martin Luther King Jr. Day",
                "2026-02-16 Presidents' Day",
                "2026-04-03 Good Friday",
                "2026-05-25 Memorial Day",
                "2026-06-19 Juneteenth",
                "2026-07-03 Independence Day (observed)",
                "2026-09-07 Labor Day",
                "2026-11-26 Thanksgiving Day",
                "2026-12-25 Christmas Day",
            ]
        );
        let of_2027 = dates(2027);
        assert!(of_2027.contains(&"2027-06-18 Juneteenth (observed)".to_owned()));
        assert!(of_2027.contains(&"2027-07-05 Independence Day (observed)".to_owned()));
        assert!(of_2027.contains(&"2027-12-24 Christmas Day (observed)".to_owned()));
        assert!(of_2027.contains(&"2027-05-31 Memorial Day".to_owned()));
        // A New Year's Day on Saturday is kept on no weekday, one on Sunday is; Juneteenth is younger than 2017.
        assert!(dates(2022)[0].contains("Martin Luther King"));
        assert_eq!(dates(2023)[0], "2023-01-02 New Year's Day (observed)");
        assert_eq!(dates(2017).len(), 9);
    }

    #[test]
    fn summers() {
        let hours = |text: &str| hours_behind_utc(text.parse().unwrap());
        for (last_of_winter, first_of_summer) in [
            ("2017-03-10", "2017-03-13"),
            ("2026-03-06", "2026-03-09"),
            ("2026-11-02", "2026-10-30"),
            ("2027-11-08", "2027-11-05"),
        ] {
            assert_eq!((hours(last_of_winter), hours(first_of_summer)), (6, 5));
        }
    }
}
