//! Shares and means with the intervals in which the truth lies.

use serde::Serialize;
use std::collections::BTreeMap;

/// Standard deviations of a two-sided 95 % interval.
const DEVIATIONS: f64 = 1.959_964;

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl Estimate {
    /// A share of so many, with Wilson's interval.
    #[must_use]
    pub fn share(part: usize, of: usize) -> Self {
        if of == 0 {
            return Self::unknown();
        }
        let (count, value) = (of as f64, part as f64 / of as f64);
        let square = DEVIATIONS * DEVIATIONS;
        let scale = 1.0 + square / count;
        let middle = (value + square / (2.0 * count)) / scale;
        let variance = value * (1.0 - value) / count + square / (4.0 * count * count);
        let reach = DEVIATIONS * variance.sqrt() / scale;
        Self {
            value,
            low: (middle - reach).max(0.0),
            high: (middle + reach).min(1.0),
        }
    }

    /// The mean of shares, each with the group that it belongs to: those of one group may depend on each other, those of
    /// two may not.
    #[must_use]
    pub fn grouped_mean(values: &[(u64, f64)]) -> Self {
        let count = values.len() as f64;
        let value = values.iter().map(|(_, one)| one).sum::<f64>() / count.max(1.0);
        let mut groups: BTreeMap<u64, f64> = BTreeMap::new();
        for (group, one) in values {
            *groups.entry(*group).or_default() += one - value;
        }
        if groups.len() < 2 {
            return Self::unknown();
        }
        let squares: f64 = groups.values().map(|sum| sum * sum).sum();
        let number = groups.len() as f64;
        let reach = DEVIATIONS * (squares * number / (number - 1.0)).sqrt() / count;
        Self {
            value,
            low: (value - reach).max(0.0),
            high: (value + reach).min(1.0),
        }
    }

    /// Whether a value lies within.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Nothing was observed.
    const fn unknown() -> Self {
        Self {
            value: 0.0,
            low: 0.0,
            high: 1.0,
        }
    }
}

/// The value below which that share of the values lies (nearest rank); zero of none.
#[must_use]
pub fn quantile(values: &[i64], percent: usize) -> i64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_by_hand() {
        // 10 of 100: 0.0552 to 0.1744.
        let share = Estimate::share(10, 100);
        assert!(
            (share.low - 0.0552).abs() < 1e-4 && (share.high - 0.1744).abs() < 1e-4,
            "{share:?}"
        );
        let none = Estimate::share(0, 10);
        assert!(
            none.low.abs() < 1e-12 && (none.high - 0.2775).abs() < 1e-4,
            "{none:?}"
        );
        assert!(Estimate::share(0, 0).holds(0.5));
    }

    #[test]
    fn means_by_hand() {
        let mean = Estimate::grouped_mean(&[(0, 0.0), (1, 1.0), (2, 0.0), (3, 1.0)]);
        assert!((mean.value - 0.5).abs() < 1e-12);
        // The deviation is 0.57735, by two is 0.28868, times 1.96 beyond the ends.
        assert!(mean.low.abs() < 1e-12 && (mean.high - 1.0).abs() < 1e-12);
        let same = Estimate::grouped_mean(&[(0, 0.25), (1, 0.25), (2, 0.25)]);
        assert!(same.holds(0.25) && (same.high - same.low).abs() < 1e-12);
        assert!(Estimate::grouped_mean(&[(0, 0.25), (0, 0.5)]).holds(1.0));
    }

    #[test]
    fn what_is_said_twice_does_not_count_twice() {
        let once: Vec<_> = (0..100_u32)
            .map(|n| (u64::from(n), f64::from(n % 2)))
            .collect();
        let twice: Vec<_> = once.iter().chain(&once).copied().collect();
        let (once, twice) = (
            Estimate::grouped_mean(&once),
            Estimate::grouped_mean(&twice),
        );
        assert!((once.low - twice.low).abs() < 1e-12, "{once:?} {twice:?}");
    }

    #[test]
    fn quantiles_are_of_nearest_rank() {
        assert_eq!(quantile(&[5, 1, 3, 2, 4], 50), 3);
        assert_eq!(quantile(&[5, 1, 3, 2, 4], 90), 5);
        assert_eq!(quantile(&[], 50), 0);
    }
}
