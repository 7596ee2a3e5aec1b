//! Marginal shapes of orders: size, distance from the opposite best, life.
//!
//! The figures are those of `data/lean-hog/ORDER-FLOW.md`, measured on another, more liquid contract: an upper bound
//! for shape, not the truth about hogs.

use super::random::Stream;
use super::real;

/// Cumulative thousandths of sizes up to the second number, from the size before (exclusive). One lot 75 %, mean 2.2.
const ADD_SIZES: [(u64, u32); 8] = [
    (750, 1),
    (830, 2),
    (860, 3),
    (880, 4),
    (920, 5),
    (970, 10),
    (995, 25),
    (1000, 40),
];

/// The same for market orders: one lot 59 %, mean 2.6. The measured mean of 3.35 would leave a hog day of 15,000
/// contracts with 4,400 trades; at the lower end of 2 to 3.35 contracts a trade it has about 6,000.
const TRADE_SIZES: [(u64, u32); 8] = [
    (590, 1),
    (735, 2),
    (800, 3),
    (840, 4),
    (900, 5),
    (970, 10),
    (997, 25),
    (1000, 40),
];

/// Thousandths of orders at 1, 2, 3, 4 to 12 and beyond 12 ticks from the opposite best.
const PLACEMENT: [u64; 5] = [570, 85, 25, 100, 220];

/// Exponent of the fall of limit-order arrival with distance (Cont, Stoikov, Talreja).
const PLACEMENT_EXPONENT: f64 = -0.52;

/// First and last distance of the middle and the far zone, ticks.
const MIDDLE: (i32, i32) = (4, 12);
const FAR: (i32, i32) = (13, 100);

/// Quantiles of the life of an order that will be cancelled: share and seconds. Measured: median 3.1, 75 % 24.5,
/// 90 % 155 s; the ends are set so that the extremes stay within a session.
const LIFE: [(f64, f64); 6] = [
    (0.0, 0.02),
    (0.25, 0.5),
    (0.5, 3.1),
    (0.75, 24.5),
    (0.9, 155.0),
    (1.0, 2400.0),
];

/// Size of an add, contracts.
pub(crate) fn add_size(stream: &mut Stream) -> u32 {
    size(&ADD_SIZES, stream)
}

/// Size of a market order, contracts.
pub(crate) fn trade_size(stream: &mut Stream) -> u32 {
    size(&TRADE_SIZES, stream)
}

fn size(table: &[(u64, u32)], stream: &mut Stream) -> u32 {
    let drawn = stream.below(1000);
    let mut smaller = 0;
    for (cumulative, largest) in table {
        if drawn < *cumulative {
            // Uniform above the class before; the widths are at most 40.
            let width = u64::from(largest - smaller);
            return smaller + 1 + u32::try_from(stream.below(width)).unwrap_or(0);
        }
        smaller = *largest;
    }
    1
}

/// Distances from the opposite best, with the power law tabulated.
pub(crate) struct Placement {
    middle: Vec<f64>,
    far: Vec<f64>,
}

impl Placement {
    pub(crate) fn new() -> Self {
        Self {
            middle: cumulative(MIDDLE),
            far: cumulative(FAR),
        }
    }

    /// A distance in ticks, at least 1.
    pub(crate) fn distance(&self, stream: &mut Stream) -> i32 {
        let mut left = stream.below(1000);
        let mut zone = 0;
        while zone < 4 && left >= PLACEMENT[zone] {
            left -= PLACEMENT[zone];
            zone += 1;
        }
        match zone {
            0 => 1,
            1 => 2,
            2 => 3,
            3 => MIDDLE.0 + rank(&self.middle, stream),
            _ => FAR.0 + rank(&self.far, stream),
        }
    }
}

/// Cumulative weights i^-0.52 over a zone.
fn cumulative((first, last): (i32, i32)) -> Vec<f64> {
    let mut sum = 0.0;
    (first..=last)
        .map(|distance| {
            sum += real::pow(f64::from(distance), PLACEMENT_EXPONENT);
            sum
        })
        .collect()
}

/// A rank from 0, drawn by cumulative weights.
fn rank(cumulative: &[f64], stream: &mut Stream) -> i32 {
    let total = cumulative.last().copied().unwrap_or(0.0);
    let drawn = stream.unit() * total;
    i32::try_from(cumulative.partition_point(|sum| *sum <= drawn)).unwrap_or(0)
}

/// Life in microseconds of an order that will be cancelled, before the scaling of a thinned flow.
pub(crate) fn life(stream: &mut Stream) -> f64 {
    let share = stream.unit();
    let upper = LIFE
        .iter()
        .position(|(quantile, _)| share < *quantile)
        .unwrap_or(LIFE.len() - 1)
        .max(1);
    let ((from, short), (to, long)) = (LIFE[upper - 1], LIFE[upper]);
    // Geometric between the quantiles: lives span five orders of magnitude.
    short * real::pow(long / short, (share - from) / (to - from)) * 1e6
}

#[cfg(test)]
mod tests {
    use super::{Placement, add_size, life, trade_size};
    use crate::flow::random::{Purpose, Seed, Stream};

    fn stream() -> Stream {
        Stream::new(
            Seed {
                seed: 1,
                date: 20_170_103,
                messages: 0,
                traders: 2,
            },
            Purpose::Size,
        )
    }

    #[test]
    fn sizes_have_the_measured_shape() {
        let mut stream = stream();
        for (draw, one_lot, mean) in [
            (add_size as fn(&mut Stream) -> u32, 0.75, 2.19),
            (trade_size, 0.59, 2.6),
        ] {
            let drawn: Vec<u32> = (0..100_000).map(|_| draw(&mut stream)).collect();
            let ones = drawn.iter().filter(|size| **size == 1).count() as f64 / 100_000.0;
            let average = f64::from(drawn.iter().sum::<u32>()) / 100_000.0;
            assert!((ones - one_lot).abs() < 0.01, "{ones}");
            assert!((average - mean).abs() < 0.15, "{average}");
            assert!(drawn.iter().all(|size| (1..=40).contains(size)));
        }
    }

    #[test]
    fn distances_have_the_measured_shape() {
        let (placement, mut stream) = (Placement::new(), stream());
        let drawn: Vec<i32> = (0..100_000)
            .map(|_| placement.distance(&mut stream))
            .collect();
        let share = |range: std::ops::RangeInclusive<i32>| {
            drawn
                .iter()
                .filter(|distance| range.contains(distance))
                .count() as f64
                / 100_000.0
        };
        for (low, high, expected) in [
            (1, 1, 0.57),
            (2, 2, 0.085),
            (3, 3, 0.025),
            (4, 12, 0.1),
            (13, 100, 0.22),
        ] {
            let found = share(low..=high);
            assert!((found - expected).abs() < 0.01, "{low} to {high}: {found}");
        }
    }

    #[test]
    fn lives_have_the_measured_quantiles() {
        let mut stream = stream();
        let mut drawn: Vec<f64> = (0..100_000).map(|_| life(&mut stream) / 1e6).collect();
        drawn.sort_by(f64::total_cmp);
        for (index, expected) in [(50_000, 3.1), (75_000, 24.5), (90_000, 155.0)] {
            assert!(
                (drawn[index] / expected - 1.0).abs() < 0.1,
                "{}",
                drawn[index]
            );
        }
        assert!(drawn[99_999] < 2400.0);
    }
}
