//! Times, shortened to the second. They are UTC.

use super::layout::clean;

/// `2017-01-03T14:30:00.250000Z` as `2017-01-03 14:30:00`; what is no such time stays as it is.
pub fn to_the_second(time: &str) -> String {
    match parts(time) {
        Some((date, clock)) => format!("{date} {clock}"),
        None => clean(time),
    }
}

/// The same without the year, for columns.
pub fn of_the_year(time: &str) -> String {
    match parts(time) {
        Some((date, clock)) => format!("{} {clock}", date.get(5..).unwrap_or(date)),
        None => clean(time),
    }
}

/// The time of day alone.
pub fn clock(time: &str) -> String {
    parts(time).map_or_else(|| clean(time), |(_, clock)| clock.to_owned())
}

fn parts(time: &str) -> Option<(&str, &str)> {
    let (date, rest) = time.split_once('T')?;
    let is_time = tally_exchange::calendar::parse_time(time).is_ok();
    is_time.then_some((date, rest.get(..8)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_lose_their_fractions() {
        let time = "2017-01-03T14:30:00.250000Z";
        assert_eq!(to_the_second(time), "2017-01-03 14:30:00");
        assert_eq!(of_the_year(time), "01-03 14:30:00");
        assert_eq!(clock(time), "14:30:00");
        assert_eq!(clock("2017-01-03T14:30:00Z"), "14:30:00");
        assert_eq!(to_the_second(""), "");
        assert_eq!(to_the_second("Tuesday"), "Tuesday");
    }
}
