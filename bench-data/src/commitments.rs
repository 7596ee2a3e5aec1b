//! Commitments of traders: what the regulator's weekly report says about who holds the open interest, and trader
//! weights derived from it.
//!
//! Two reports are used. Non-commercial positions and open interest are those of the first quarter of 2017. Spreads, the
//! non-reportable share and the concentration of the largest traders are those of the first quarter of 2025, a proxy: the
//! 2017 figures are not at hand. The weights say how often a trader acts; no report says that, so activity is taken to
//! be in proportion to positions held.

use serde::Serialize;

use crate::error::TableError;

mod report;

/// Numerator of the weight of every rank; large enough that ranks differ at any number of traders a flow is dealt to.
const WEIGHT_SCALE: u64 = 1_000_000_000;

/// The rank offset is searched for in hundredths.
const OFFSET_PARTS: u64 = 100;

/// Upper end of the search for the rank offset, in its parts: there all weights are nearly equal.
const LARGEST_OFFSET: u64 = 100_000_000;

/// The report's classes of traders. A label for reports: it does not steer which side a trader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TraderClass {
    /// Reportable, not hedging a business, long.
    NonCommercialLong,
    /// Reportable, not hedging a business, short.
    NonCommercialShort,
    /// Reportable, not hedging a business, long one month and short another.
    NonCommercialSpread,
    /// Reportable, hedging a business.
    Commercial,
    /// Below the reporting level.
    NonReportable,
}

/// One trader: its class and its weight among all traders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TraderProfile {
    /// The class in the commitments of traders.
    pub class: TraderClass,
    /// The share of order flow, relative to the sum of all weights.
    pub weight: u32,
}

/// Shares derived from the reports, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shares {
    /// Share of each class in long plus short open interest, in the order of [`TraderClass`]; sums to 1000.
    pub classes: [u32; 5],
    /// Share of the open interest held by the 4 largest traders, mean of long and short (2025 proxy).
    pub largest_4: u32,
    /// The same for the 8 largest.
    pub largest_8: u32,
}

/// In the order of [`Shares::classes`].
const CLASSES: [TraderClass; 5] = [
    TraderClass::NonCommercialLong,
    TraderClass::NonCommercialShort,
    TraderClass::NonCommercialSpread,
    TraderClass::Commercial,
    TraderClass::NonReportable,
];

/// The shares that the reports give.
///
/// # Errors
/// Only if the reports compiled into the program are damaged.
pub fn shares() -> Result<Shares, TableError> {
    shares_from(report::TEXT_2017, report::TEXT_2025)
}

fn shares_from(text_2017: &str, text_2025: &str) -> Result<Shares, TableError> {
    let (early, late) = (report::sums_2017(text_2017)?, report::sums_2025(text_2025)?);
    // Every quotient is a share of long plus short open interest, hence the 2; at most 1000 by the checks above.
    let permille = |part: u64, whole: u64| u32::try_from(part * 1000 / (2 * whole)).unwrap_or(1000);
    let long = permille(early.long, early.open_interest);
    let short = permille(early.short, early.open_interest);
    let spread = permille(2 * late.spread, late.open_interest);
    let small = permille(late.non_reportable, late.open_interest);
    let commercial = 1000u32.saturating_sub(long + short + spread + small);
    Ok(Shares {
        classes: [long, short, spread, commercial, small],
        // These sums are already thousandths, of two sides over `rows` reports.
        largest_4: u32::try_from(late.largest_4 / (2 * late.rows)).unwrap_or(1000),
        largest_8: u32::try_from(late.largest_8 / (2 * late.rows)).unwrap_or(1000),
    })
}

/// Profiles of that many traders, largest first. The same number of traders always gives the same profiles.
///
/// The trader of rank r has a weight in proportion to 1/(r + q), the Zipf-Mandelbrot law; the offset q is the one with
/// which the 4 and the 8 largest together come nearest to the reported concentration. With the reported number of
/// traders both fit within two percentage points. With few traders the law can't be as flat as the reports (4 of 8 hold
/// at least half): weights are then nearly equal.
///
/// # Errors
/// Only if the reports compiled into the program are damaged.
pub fn weights(traders: usize) -> Result<Vec<TraderProfile>, TableError> {
    let shares = shares()?;
    let ranked = ranked_weights(traders, &shares);
    let classes = assign_classes(&ranked, &shares);
    Ok(classes
        .into_iter()
        .zip(ranked)
        .map(|(class, weight)| TraderProfile { class, weight })
        .collect())
}

/// Weights by rank, largest first.
fn ranked_weights(traders: usize, shares: &Shares) -> Vec<u32> {
    let wanted = u64::from(shares.largest_4 + shares.largest_8);
    let (mut low, mut high) = (0u64, LARGEST_OFFSET);
    // The concentration falls as the offset grows: bisect for the smallest offset that is not above the reports.
    while low < high {
        let middle = low.midpoint(high);
        if concentration(&law(traders, middle)) > wanted {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    law(traders, low)
}

/// The Zipf-Mandelbrot weights with that offset in hundredths, never zero.
fn law(traders: usize, offset: u64) -> Vec<u32> {
    let ranks = (1u64..).take(traders);
    ranks
        .map(|rank| {
            u32::try_from(WEIGHT_SCALE * OFFSET_PARTS / (rank * OFFSET_PARTS + offset))
                .unwrap_or(u32::MAX)
                .max(1)
        })
        .collect()
}

/// Share of the 4 largest plus share of the 8 largest, in thousandths.
fn concentration(weights: &[u32]) -> u64 {
    let total: u64 = weights.iter().copied().map(u64::from).sum();
    let top = |count: usize| {
        weights
            .iter()
            .take(count)
            .copied()
            .map(u64::from)
            .sum::<u64>()
    };
    ((top(4) + top(8)) * 1000).checked_div(total).unwrap_or(0)
}

/// Deals classes to ranks so that each class's weight comes near its share. Non-reportable traders are the smallest
/// ones; from the largest down, the class furthest behind its share gets the next trader.
fn assign_classes(weights: &[u32], shares: &Shares) -> Vec<TraderClass> {
    let total: u64 = weights.iter().copied().map(u64::from).sum();
    let quota = |class: usize| total * u64::from(shares.classes[class]) / 1000;
    let mut small = 0u64;
    let reportable = weights.iter().rposition(|weight| {
        small += u64::from(*weight);
        small > quota(4)
    });
    let reportable = reportable.map_or(0, |last| last + 1);
    let mut held = [0u64; 4];
    let mut classes = Vec::with_capacity(weights.len());
    for weight in weights.iter().take(reportable) {
        let room = |class: &usize| i128::from(quota(*class)) - i128::from(held[*class]);
        // The first of equals, so that the choice does not depend on the iterator's tie rule.
        let class = (0..4).rev().max_by_key(room).unwrap_or(0);
        held[class] += u64::from(*weight);
        classes.push(CLASSES[class]);
    }
    classes.resize(weights.len(), TraderClass::NonReportable);
    classes
}

#[cfg(test)]
mod tests {
    use super::report::{TEXT_2017, TEXT_2025};
    use super::{CLASSES, TraderClass, concentration, law, shares, shares_from, weights};

    #[test]
    fn shares_are_those_of_the_reports() {
        let shares = shares().unwrap();
        assert_eq!(shares.classes.iter().sum::<u32>(), 1000);
        // Means of the ten 2025 reports, computed by hand from the file: (15.58 + 22.59) / 2 and (25.39 + 32.42) / 2.
        assert_eq!((shares.largest_4, shares.largest_8), (190, 289));
        assert!((170..200).contains(&shares.classes[0]), "{shares:?}");
    }

    #[test]
    fn damaged_reports_are_refused() {
        assert!(shares_from(&TEXT_2017.replace("78443", "7844x"), TEXT_2025).is_err());
        assert!(shares_from(&TEXT_2017.replace("78443", "978443"), TEXT_2025).is_err());
        assert!(shares_from(TEXT_2017, &TEXT_2025.replace("15.8", "15.85")).is_err());
        assert!(shares_from(TEXT_2017, &TEXT_2025.replace("nc_spread", "spread")).is_err());
        assert!(shares_from(&TEXT_2017.replace("2017-", "2018-"), TEXT_2025).is_err());
    }

    #[test]
    fn the_largest_hold_what_the_reports_say() {
        // 312 reportable traders on average in the proxy reports.
        for traders in [100, 200, 312, 400] {
            let profiles = weights(traders).unwrap();
            let total: u64 = profiles
                .iter()
                .map(|profile| u64::from(profile.weight))
                .sum();
            let top = |count: usize| {
                profiles
                    .iter()
                    .take(count)
                    .map(|profile| u64::from(profile.weight))
                    .sum::<u64>()
            };
            let (four, eight) = (top(4) * 1000 / total, top(8) * 1000 / total);
            assert!(
                four.abs_diff(190) <= 20,
                "{traders} traders: the 4 largest hold {four}"
            );
            assert!(
                eight.abs_diff(289) <= 20,
                "{traders} traders: the 8 largest hold {eight}"
            );
        }
    }

    #[test]
    fn weights_are_positive_and_fall_with_rank() {
        for traders in [0, 1, 2, 3, 8, 50, 100_000] {
            let profiles = weights(traders).unwrap();
            assert_eq!(profiles.len(), traders);
            assert!(profiles.iter().all(|profile| profile.weight > 0));
            assert!(
                profiles
                    .windows(2)
                    .all(|pair| pair[0].weight >= pair[1].weight)
            );
            assert_eq!(profiles, weights(traders).unwrap());
        }
    }

    #[test]
    fn classes_hold_about_their_share() {
        let shares = shares().unwrap();
        for traders in [50, 312] {
            let profiles = weights(traders).unwrap();
            let total: u64 = profiles
                .iter()
                .map(|profile| u64::from(profile.weight))
                .sum();
            for (class, share) in CLASSES.iter().zip(shares.classes) {
                let of_class = profiles.iter().filter(|profile| profile.class == *class);
                let held: u64 = of_class.map(|profile| u64::from(profile.weight)).sum();
                let found = held * 1000 / total;
                assert!(
                    found.abs_diff(u64::from(share)) <= 40,
                    "{class:?}: {found}, reported {share}"
                );
            }
        }
        assert_eq!(weights(50).unwrap()[0].class, TraderClass::Commercial);
    }

    #[test]
    fn concentration_falls_with_the_offset() {
        let values: Vec<u64> = [0, 100, 500, 5000, 500_000]
            .iter()
            .map(|offset| concentration(&law(60, *offset)))
            .collect();
        assert!(
            values.windows(2).all(|pair| pair[0] > pair[1]),
            "{values:?}"
        );
    }
}
