//! Where, when and how something was measured.

use crate::results::{Machine, Provenance};
use std::time::{SystemTime, UNIX_EPOCH};
use tally_bench_data::Date;
use tally_prover::arithmetic_name;

const SECONDS_PER_DAY: u64 = 86_400;
/// What stands where the system does not tell.
const UNKNOWN: &str = "unknown";

/// Machine, commit, date and profile of this process; `command` is its command line.
#[must_use]
pub fn provenance(command: String) -> Provenance {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let date = now.ok().and_then(|now| date_of(now.as_secs()));
    Provenance {
        machine: machine(),
        commit: env!("TALLY_COMMIT").to_owned(),
        command,
        date: date.map_or_else(|| UNKNOWN.to_owned(), |date| date.to_string()),
        profile: profile().to_owned(),
    }
}

/// Whether this program was built with optimisation: `release`, or `dev`.
#[must_use]
pub const fn profile() -> &'static str {
    if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    }
}

/// What a reader must know about the circumstances: a build without optimisation, a machine that does something else.
#[must_use]
pub fn warnings() -> Vec<String> {
    let mut warnings = Vec::new();
    if profile() == "dev" {
        warnings.push(
            "built without optimisation (dev profile): the figures mean little; build with --release"
                .to_owned(),
        );
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    warnings.extend(load_average(&load).and_then(|load| busy(load, cores())));
    warnings
}

fn machine() -> Machine {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    Machine {
        processor: processor_name(&processor).unwrap_or(UNKNOWN).to_owned(),
        cores: cores(),
        memory_mib: memory_mib(&memory),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        arithmetic: arithmetic_name().to_owned(),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The first processor's name in `/proc/cpuinfo`.
fn processor_name(text: &str) -> Option<&str> {
    let name = field(text, "model name")?;
    (!name.is_empty()).then_some(name)
}

/// `MemTotal` in `/proc/meminfo`, which counts KiB.
fn memory_mib(text: &str) -> Option<u64> {
    let kib: u64 = field(text, "MemTotal")?
        .strip_suffix("kB")?
        .trim()
        .parse()
        .ok()?;
    Some(kib / 1024)
}

/// The value behind `name:`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = pairs.find(|(key, _)| key.trim() == name)?;
    Some(value.trim())
}

/// The average of the last minute in `/proc/loadavg`.
fn load_average(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

/// A warning if more than a quarter of the cores were busy.
fn busy(load: f64, cores: usize) -> Option<String> {
    let cores = u32::try_from(cores).unwrap_or(u32::MAX);
    (load * 4.0 > f64::from(cores)).then(|| {
        format!(
            "the machine was not idle: in the minute before the start {load:.1} threads ran on average ({cores} cores); \
             figures may be too high"
        )
    })
}

/// The UTC date of so many seconds since 1970-01-01; none beyond the year 9999.
fn date_of(unix_seconds: u64) -> Option<Date> {
    let (year, month, day) = civil_from_days(unix_seconds / SECONDS_PER_DAY);
    Date::new(
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
    )
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
///
/// H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>): years begin in March, so that the leap day comes last.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    const DAYS_TO_EPOCH: u64 = 719_468;
    const DAYS_IN_ERA: u64 = 146_097;
    let days = days + DAYS_TO_EPOCH;
    let (era, day_of_era) = (days / DAYS_IN_ERA, days % DAYS_IN_ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        let date = |seconds| date_of(seconds).unwrap().to_string();
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(86_399), "1970-01-01");
        assert_eq!(date(86_400), "1970-01-02");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(1_483_401_600), "2017-01-03");
        assert_eq!(date(4_107_542_400), "2100-03-01");
        assert_eq!(date_of(253_402_300_799).unwrap().to_string(), "9999-12-31");
        assert_eq!(date_of(253_402_300_800), None);
        assert_eq!(date_of(u64::MAX), None);
    }

    /// Day by day through four hundred years, against counting.
    #[test]
    fn every_day_follows_the_one_before() {
        let mut expected = (1970, 1, 1);
        for days in 0..146_097 {
            assert_eq!(civil_from_days(days), expected, "day {days}");
            let (year, month, day) = expected;
            let is_last = Date::new(
                u16::try_from(year).unwrap(),
                u8::try_from(month).unwrap(),
                u8::try_from(day).unwrap() + 1,
            )
            .is_none();
            expected = match (is_last, month) {
                (false, _) => (year, month, day + 1),
                (true, 12) => (year + 1, 1, 1),
                (true, _) => (year, month + 1, 1),
            };
        }
        assert_eq!(expected, (2370, 1, 1));
    }

    #[test]
    fn what_linux_tells() {
        let cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC 9R45: 2 cores\nflags\t: fpu\n\nprocessor\t: 1\n";
        assert_eq!(processor_name(cpuinfo), Some("AMD EPYC 9R45: 2 cores"));
        assert_eq!(processor_name("Hardware : none\n"), None);
        assert_eq!(
            memory_mib("MemTotal:        8048576 kB\nMemFree: 1 kB\n"),
            Some(7_859)
        );
        assert_eq!(memory_mib("MemTotal: lots\n"), None);
        assert_eq!(load_average("1.53 0.90 0.50 1/234 5678\n"), Some(1.53));
        assert_eq!(load_average(""), None);
    }

    #[test]
    fn a_busy_machine_is_named() {
        assert_eq!(busy(0.4, 2), None);
        let warning = busy(1.53, 2).unwrap();
        assert!(
            warning.contains("1.5") && warning.contains("2 cores"),
            "{warning}"
        );
        assert_eq!(busy(1.53, 64), None);
    }

    #[test]
    fn commit_and_date_have_their_form() {
        let provenance = provenance("tally bench".to_owned());
        assert!(
            provenance.date.parse::<Date>().is_ok(),
            "{}",
            provenance.date
        );
        let commit = provenance.commit.trim_end_matches("-dirty");
        let is_hash = commit.len() >= 12 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_hash || commit == UNKNOWN, "{commit}");
    }
}
