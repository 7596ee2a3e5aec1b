//! When messages arrive: a Hawkes process over the session, conditioned on their exact number.
//!
//! A Hawkes process is drawn by its clusters: immigrants follow a baseline, every event begets a Poisson number of
//! offspring (mean: the branching ratio) after random delays. The baseline is U-shaped over the session and varies by
//! blocks of a few minutes. Clusters are drawn until the asked number of events lies in the session.

use std::ops::Range;

use super::random::Stream;
use super::real;
use super::{SESSION_MICROSECONDS, SETTLEMENT_WINDOW};

/// Mean offspring of one event. Filimonov and Sornette find 0.7 and above in futures since 2007.
const BRANCHING: f64 = 0.75;

/// How much livelier the first and last moments are than the middle of the session, less one.
const U_SHAPE: f64 = 3.0;

/// Blocks of five minutes in the session of 16,500 s.
const BLOCKS: usize = 55;

/// Activities of a block, one drawn for each: markets have quiet and busy spells.
const ACTIVITIES: [f64; 5] = [0.25, 0.5, 1.0, 1.0, 2.2];

/// Largest of [`ACTIVITIES`].
const BUSIEST: f64 = 2.2;

/// Mean delays of offspring in units of the mean gap between events, with their weights in thousandths: the delays of
/// order flow span several scales. In units of the gap, so that a thinned flow is as bursty as the full one.
const DELAYS: [(u64, f64); 3] = [(500, 0.02), (300, 0.2), (200, 3.0)];

/// Fewest messages in the settlement window: one may be needed to place an order there and one to meet it.
const LEAST_IN_WINDOW: usize = 2;

/// Fewest messages after the window: the last contracts of the day may need three.
const LEAST_AFTER_WINDOW: usize = 3;

/// `count` ascending, distinct times in microseconds from the open. At least [`LEAST_IN_WINDOW`] of them lie in the
/// settlement window and [`LEAST_AFTER_WINDOW`] after it; at most an eighth (or that least number) and a quarter do.
pub(crate) fn times(count: usize, stream: &mut Stream) -> Vec<i64> {
    let mut times = hawkes(count, stream);
    times.sort_unstable();
    let after = SETTLEMENT_WINDOW.end..SESSION_MICROSECONDS;
    let most_after = (count / 4).max(LEAST_AFTER_WINDOW);
    let most_inside = (count / 8).max(LEAST_IN_WINDOW);
    let before = 0..SETTLEMENT_WINDOW.start;
    // What is too many goes before the window, what is missing comes from there.
    let moves = [
        (&after, LEAST_AFTER_WINDOW, most_after),
        (&SETTLEMENT_WINDOW, LEAST_IN_WINDOW, most_inside),
    ];
    for (range, least, most) in moves {
        while count_in(&times, range) > most {
            move_one(&mut times, range, &before, stream);
        }
        while count_in(&times, range) < least {
            move_one(&mut times, &before, range, stream);
        }
    }
    separate(&mut times);
    times
}

/// Number of sorted times within a range.
fn count_in(times: &[i64], range: &Range<i64>) -> usize {
    times.partition_point(|time| *time < range.end)
        - times.partition_point(|time| *time < range.start)
}

/// Moves the last time of `from` to a random place in `to`; keeps the times sorted.
fn move_one(times: &mut Vec<i64>, from: &Range<i64>, to: &Range<i64>, stream: &mut Stream) {
    let past = times.partition_point(|time| *time < from.end);
    let Some(last) = past.checked_sub(1) else {
        return;
    };
    times.remove(last);
    // A margin of a tenth on both sides, so that the separation of equal times can't push it out again.
    let margin = (to.end - to.start) / 10;
    let width = u64::try_from(to.end - to.start - 2 * margin).unwrap_or(0);
    let time = (to.start + margin).saturating_add_unsigned(stream.below(width));
    times.insert(times.partition_point(|other| *other < time), time);
}

/// Makes equal times distinct by single microseconds, without crossing the borders of the settlement window.
fn separate(times: &mut [i64]) {
    let borders = [
        SETTLEMENT_WINDOW.start,
        SETTLEMENT_WINDOW.end,
        SESSION_MICROSECONDS,
    ];
    let mut start = 0;
    for border in borders {
        let end = times.partition_point(|time| *time < border);
        let part = &mut times[start..end];
        for index in 1..part.len() {
            part[index] = part[index].max(part[index - 1] + 1);
        }
        let mut ceiling = border;
        for time in part.iter_mut().rev() {
            ceiling = (*time).min(ceiling - 1);
            *time = ceiling;
        }
        start = end;
    }
}

/// Unsorted event times of the process.
fn hawkes(count: usize, stream: &mut Stream) -> Vec<i64> {
    let session = real::from_u64(SESSION_MICROSECONDS.unsigned_abs());
    let gap = session / real::from_u64(u64::try_from(count.max(1)).unwrap_or(u64::MAX));
    let activity: Vec<f64> = (0..BLOCKS)
        .map(|_| ACTIVITIES[pick(ACTIVITIES.len(), stream)])
        .collect();
    let mut times = Vec::with_capacity(count);
    let mut waiting = Vec::new();
    while times.len() < count {
        waiting.push(immigrant(&activity, stream) * session);
        while let Some(time) = waiting.pop() {
            if time >= session || times.len() >= count {
                continue;
            }
            times.push(real::floor(time));
            for _ in 0..poisson(BRANCHING, stream) {
                waiting.push(time + delay(stream) * gap);
            }
        }
    }
    times
}

/// A uniform index below `length`.
fn pick(length: usize, stream: &mut Stream) -> usize {
    let drawn = stream.below(u64::try_from(length).unwrap_or(0));
    usize::try_from(drawn).unwrap_or(0)
}

/// Time of an immigrant as a share of the session, by rejection from the baseline.
fn immigrant(activity: &[f64], stream: &mut Stream) -> f64 {
    let blocks = real::from_u64(u64::try_from(activity.len()).unwrap_or(0));
    loop {
        let share = stream.unit();
        let from_middle = 2.0 * share - 1.0;
        let block = usize::try_from(real::floor(share * blocks)).unwrap_or(0);
        let level = activity.get(block).copied().unwrap_or(1.0) / BUSIEST;
        let baseline = level * (1.0 + U_SHAPE * from_middle * from_middle) / (1.0 + U_SHAPE);
        if stream.unit() < baseline {
            return share;
        }
    }
}

/// A Poisson number by multiplication of uniforms (Knuth).
fn poisson(mean: f64, stream: &mut Stream) -> u32 {
    let limit = real::exp(-mean);
    let (mut product, mut number) = (stream.unit(), 0);
    while product > limit {
        product *= stream.unit();
        number += 1;
    }
    number
}

/// An offspring's delay in units of the mean gap.
fn delay(stream: &mut Stream) -> f64 {
    let mut left = stream.below(1000);
    for (weight, mean) in DELAYS {
        if left < weight {
            return mean * stream.exponential();
        }
        left -= weight;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::{count_in, separate, times};
    use crate::flow::random::{Purpose, Seed, Stream};
    use crate::flow::{SESSION_MICROSECONDS, SETTLEMENT_WINDOW};

    #[test]
    fn times_are_distinct_ascending_and_placed() {
        for count in [18, 19, 40, 98, 400, 5000] {
            for seed in 0..50 {
                let request = Seed {
                    seed,
                    date: 20_170_103,
                    messages: 0,
                    traders: 2,
                };
                let times = times(count, &mut Stream::new(request, Purpose::Arrivals));
                assert_eq!(times.len(), count);
                assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
                assert!(times[0] >= 0 && times[count - 1] < SESSION_MICROSECONDS);
                let inside = count_in(&times, &SETTLEMENT_WINDOW);
                let after = count_in(&times, &(SETTLEMENT_WINDOW.end..SESSION_MICROSECONDS));
                assert!(
                    (2..=(count / 8).max(2)).contains(&inside),
                    "{inside} of {count}"
                );
                assert!(
                    (3..=(count / 4).max(3)).contains(&after),
                    "{after} of {count}"
                );
            }
        }
    }

    #[test]
    fn equal_times_stay_on_their_side_of_a_border() {
        let start = SETTLEMENT_WINDOW.start;
        let mut times = vec![
            5,
            5,
            5,
            start - 1,
            start - 1,
            start,
            start,
            SESSION_MICROSECONDS - 1,
            SESSION_MICROSECONDS - 1,
        ];
        separate(&mut times);
        assert_eq!(times[..3], [5, 6, 7]);
        assert_eq!(times[3..7], [start - 2, start - 1, start, start + 1]);
        assert_eq!(
            times[7..],
            [SESSION_MICROSECONDS - 2, SESSION_MICROSECONDS - 1]
        );
    }
}
