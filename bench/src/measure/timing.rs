//! Clocks and order statistics.

use std::time::{Duration, Instant};

/// Milliseconds.
#[must_use]
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Does something and says how long it took, milliseconds.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, milliseconds(start.elapsed()))
}

/// Does something in a pool of one thread: whatever the libraries below spread over cores stays on one.
///
/// # Errors
/// If the system gives no thread.
pub fn on_one_core<T: Send>(
    work: impl FnOnce() -> T + Send,
) -> Result<T, rayon::ThreadPoolBuildError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    Ok(pool.install(work))
}

/// The middle of the samples: of an even number the mean of the two in the middle; 0 of none.
#[must_use]
pub fn median(samples: &[f64]) -> f64 {
    let sorted = sorted(samples);
    let middle = sorted.len() / 2;
    match (sorted.get(middle.wrapping_sub(1)), sorted.get(middle)) {
        (Some(below), Some(above)) if sorted.len().is_multiple_of(2) => {
            f64::midpoint(*below, *above)
        }
        (_, Some(middle)) => *middle,
        _ => 0.0,
    }
}

/// The least sample that is not below so many hundredths of the samples (nearest rank); 0 of none.
///
/// Of few samples the 95th percentile is the largest.
#[must_use]
pub fn percentile(samples: &[f64], hundredths: usize) -> f64 {
    let sorted = sorted(samples);
    let rank = (sorted.len() * hundredths).div_ceil(100);
    let index = rank.saturating_sub(1).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or(0.0)
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        let samples = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(median(&samples), 3.0);
        assert_eq!(median(&samples[1..]), 2.5);
        assert_eq!(median(&[7.0]), 7.0);
        assert_eq!(percentile(&samples, 95), 5.0);
        assert_eq!(percentile(&samples, 10), 1.0);
        assert_eq!(percentile(&samples, 40), 2.0);
        assert_eq!(percentile(&samples, 41), 3.0);
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&hundred, 95), 95.0);
        assert_eq!(percentile(&hundred, 10), 10.0);
        assert_eq!(median(&hundred), 50.5);
        assert_eq!(median(&[]), 0.0);
        assert_eq!(percentile(&[], 95), 0.0);
    }

    proptest! {
        /// The nearest rank: so many hundredths are not above it, and no smaller sample will do.
        #[test]
        fn percentiles_are_nearest_ranks(
            samples in prop::collection::vec(0.0_f64..1e6, 1..200),
            hundredths in 1_usize..=100,
        ) {
            let value = percentile(&samples, hundredths);
            let up_to = |bound: f64| samples.iter().filter(|x| **x <= bound).count();
            prop_assert!(samples.contains(&value));
            prop_assert!(up_to(value) * 100 >= samples.len() * hundredths);
            let below = samples.iter().filter(|x| **x < value).count();
            prop_assert!(below * 100 < samples.len() * hundredths);
        }

        #[test]
        fn a_median_has_half_on_either_side(samples in prop::collection::vec(0.0_f64..1e6, 1..200)) {
            let value = median(&samples);
            let below = samples.iter().filter(|x| **x < value).count();
            let above = samples.iter().filter(|x| **x > value).count();
            prop_assert!(below * 2 <= samples.len() && above * 2 <= samples.len());
        }
    }

    #[test]
    fn one_core_is_one_thread() {
        assert_eq!(on_one_core(rayon::current_num_threads).unwrap(), 1);
    }
}
