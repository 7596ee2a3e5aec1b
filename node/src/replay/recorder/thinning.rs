//! Bounds on what a record holds, whatever the day.
//!
//! A day that has too much is cut into even stretches of time, and of each only what a drawing shows is kept. What was
//! within the bound stays as it is.

use crate::replay::record::{DepthSample, MarkPoint, QueuePoint, TradePoint};
use std::collections::BTreeMap;

/// Extremes, beginning and end of a stretch: so many points stay of one.
const KEPT_OF_A_STRETCH: usize = 4;

/// Trades of one price in one stretch become one: no contract is lost.
pub(super) fn trades(trades: Vec<TradePoint>, most: usize) -> Vec<TradePoint> {
    let mut stretches = most;
    let mut all = trades;
    // A stretch has few prices: this ends soon, and with one stretch there are no more points than prices.
    while all.len() > most && stretches > 0 {
        let stretch = Stretches::over(all.iter().map(|t| t.at_us), stretches);
        let mut merged: BTreeMap<(usize, i64), TradePoint> = BTreeMap::new();
        for trade in all {
            merged
                .entry((stretch.of(trade.at_us), trade.price))
                .and_modify(|first| first.quantity += trade.quantity)
                .or_insert(trade);
        }
        all = merged.into_values().collect();
        // Within a stretch they came by price.
        all.sort_by_key(|trade| (trade.at_us, trade.price));
        stretches /= 2;
    }
    all
}

/// First, lowest, highest and last mark of each stretch.
pub(super) fn marks(marks: Vec<MarkPoint>, most: usize) -> Vec<MarkPoint> {
    if marks.len() <= most {
        return marks;
    }
    let stretch = Stretches::over(marks.iter().map(|m| m.at_us), most / KEPT_OF_A_STRETCH);
    let mut kept = Vec::new();
    for group in marks.chunk_by(|a, b| stretch.of(a.at_us) == stretch.of(b.at_us)) {
        let lowest = (0..group.len()).min_by_key(|place| group[*place].price);
        let highest = (0..group.len()).max_by_key(|place| group[*place].price);
        let mut places: Vec<usize> = [Some(0), lowest, highest, Some(group.len() - 1)]
            .into_iter()
            .flatten()
            .collect();
        places.sort_unstable();
        places.dedup();
        kept.extend(places.into_iter().map(|place| group[place]));
    }
    kept
}

/// The last sample of each stretch.
pub(super) fn depth(samples: Vec<DepthSample>, most: usize) -> Vec<DepthSample> {
    if samples.len() <= most {
        return samples;
    }
    let stretch = Stretches::over(samples.iter().map(|s| s.at_us), most);
    let groups = samples.chunk_by(|a, b| stretch.of(a.at_us) == stretch.of(b.at_us));
    groups.filter_map(|group| group.last().copied()).collect()
}

/// The worst of each stretch.
pub(super) fn queue(points: Vec<QueuePoint>, most: usize) -> Vec<QueuePoint> {
    if points.len() <= most {
        return points;
    }
    let stretch = Stretches::over(points.iter().map(|p| p.at_us), most);
    let groups = points.chunk_by(|a, b| stretch.of(a.at_us) == stretch.of(b.at_us));
    let worst = |group: &[QueuePoint]| {
        let in_order = |a: &&QueuePoint, b: &&QueuePoint| a.delay_ms.total_cmp(&b.delay_ms);
        group.iter().max_by(in_order).copied()
    };
    groups.filter_map(worst).collect()
}

/// Even stretches of time.
struct Stretches {
    first_us: i64,
    width_us: i64,
}

impl Stretches {
    /// At most so many over these times.
    fn over(times: impl Iterator<Item = i64> + Clone, most: usize) -> Self {
        let first_us = times.clone().min().unwrap_or(0);
        let last_us = times.max().unwrap_or(0);
        let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
        Self {
            first_us,
            width_us: (last_us - first_us) / most + 1,
        }
    }

    fn of(&self, at_us: i64) -> usize {
        // Not before the first.
        usize::try_from((at_us - self.first_us) / self.width_us).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy() -> Vec<TradePoint> {
        let trade = |n: i64| TradePoint {
            at_us: n * 1_000_003 - 5_000_000,
            price: 2_600 + n % 7,
            quantity: 1 + n.unsigned_abs() % 3,
        };
        (0..50_000).map(trade).collect()
    }

    #[test]
    fn what_is_within_the_bound_stays() {
        let some = busy()[..100].to_vec();
        assert_eq!(trades(some.clone(), 100), some);
        let points: Vec<MarkPoint> = some
            .iter()
            .map(|t| MarkPoint {
                at_us: t.at_us,
                price: t.price,
            })
            .collect();
        assert_eq!(marks(points.clone(), 100), points);
    }

    #[test]
    fn no_contract_is_lost_and_prices_stay() {
        let all = busy();
        let volume: u64 = all.iter().map(|t| t.quantity).sum();
        for most in [8_000, 500, 10, 7] {
            let kept = trades(all.clone(), most);
            assert!(kept.len() <= most, "{} of {most}", kept.len());
            assert_eq!(kept.iter().map(|t| t.quantity).sum::<u64>(), volume);
            assert!(kept.is_sorted_by_key(|t| t.at_us));
            let prices = |all: &[TradePoint]| {
                let of: std::collections::BTreeSet<i64> = all.iter().map(|t| t.price).collect();
                of
            };
            assert_eq!(prices(&kept), prices(&all));
        }
    }

    #[test]
    fn extremes_of_the_mark_stay() {
        let mark = |n: i64| MarkPoint {
            at_us: n,
            price: (n * 7_919) % 1_001,
        };
        let all: Vec<MarkPoint> = (0..20_000).map(mark).collect();
        let kept = marks(all.clone(), 4_000);
        assert!(kept.len() <= 4_000 && kept.len() > 2_000);
        assert!(kept.is_sorted_by_key(|m| m.at_us));
        let range = |all: &[MarkPoint]| {
            let prices = all.iter().map(|m| m.price);
            (prices.clone().min(), prices.max())
        };
        assert_eq!(range(&kept), range(&all));
        assert_eq!((kept.first(), kept.last()), (all.first(), all.last()));
    }

    #[test]
    fn worst_delays_and_last_books() {
        let point = |n: i64| QueuePoint {
            at_us: n,
            delay_ms: f64::from(i32::try_from((n * 31) % 977).unwrap()),
            waiting: 0,
        };
        let all: Vec<QueuePoint> = (0..10_000).map(point).collect();
        let kept = queue(all.clone(), 2_000);
        assert!(kept.len() <= 2_000);
        let worst = |all: &[QueuePoint]| all.iter().map(|p| p.delay_ms).fold(0.0, f64::max);
        assert!((worst(&kept) - worst(&all)).abs() < 1e-9);

        let sample = |n: i64| DepthSample {
            at_us: n,
            best_bid: Some(n),
            best_ask: None,
            bid_depth: 0,
            ask_depth: 0,
        };
        let books: Vec<DepthSample> = (0..10_001).map(sample).collect();
        let kept = depth(books, 2_000);
        assert!(kept.len() <= 2_000 && kept.last().unwrap().at_us == 10_000);
    }
}
