//! The time of the market as an axis.

use crate::report::chart::Axis;

/// In what unit a figure counts the time since the session's open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    unit_us: f64,
    name: &'static str,
    from_us: i64,
    to_us: i64,
}

impl Clock {
    /// A clock that shows all these times, microseconds since the session's open.
    pub(super) fn over(times: impl IntoIterator<Item = i64>) -> Option<Self> {
        let range = times.into_iter().fold(None, |range, at| match range {
            None => Some((at, at)),
            Some((from, to)) => Some((at.min(from), at.max(to))),
        });
        let (from_us, to_us) = range?;
        let length_s = (to_us as f64 - from_us as f64) / 1e6;
        let (unit_s, name) = match length_s {
            s if s >= 2.0 * 3_600.0 => (3_600.0, "hours"),
            s if s >= 2.0 * 60.0 => (60.0, "minutes"),
            _ => (1.0, "seconds"),
        };
        Some(Self {
            unit_us: unit_s * 1e6,
            name,
            from_us,
            to_us,
        })
    }

    /// A time in this clock's unit.
    pub(super) fn at(&self, us: i64) -> f64 {
        us as f64 / self.unit_us
    }

    /// Whether a time is within what the clock shows.
    pub(super) fn shows(&self, us: i64) -> bool {
        (self.from_us..=self.to_us).contains(&us)
    }

    /// The first time that it shows, microseconds.
    pub(super) const fn start_us(&self) -> i64 {
        self.from_us
    }

    /// The last time that it shows, microseconds.
    pub(super) const fn end_us(&self) -> i64 {
        self.to_us
    }

    /// The axis.
    pub(super) fn axis(&self) -> Axis {
        let (from, to) = (self.at(self.from_us), self.at(self.to_us));
        let title = format!("{} since the session’s open", self.name);
        Axis::linear(title, [from, to], 8).cut(from, to)
    }
}

/// Times in seconds since the session's open, for a table.
pub(super) fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_fits_the_length() {
        let name = |to: i64| Clock::over([0, to]).unwrap().name;
        assert_eq!(name(0), "seconds");
        assert_eq!(name(119_000_000), "seconds");
        assert_eq!(name(600_000_000), "minutes");
        assert_eq!(name(4 * 3_600_000_000), "hours");
        assert!(Clock::over([]).is_none());
        let all = Clock::over([i64::MIN, i64::MAX]).unwrap();
        assert_eq!(all.name, "hours");
        assert!(all.axis().ticks().len() >= 2);
        let clock = Clock::over([-5, 10]).unwrap();
        assert!(clock.shows(-5) && clock.shows(10) && !clock.shows(11));
    }
}
