//! Whether one machine could make all proofs of a market as it trades.
//!
//! It can if it makes in every minute of the complete day the proofs that are wanted in it, claims included, and the
//! Refreshes of all traders within a window. `docs/replay-model.md` says why that suffices.

use crate::replay::model::float;
use crate::replay::record::{QueuePoint, Verdict};
use std::collections::BTreeMap;
use tally_bench_data::{FlowEvent, Intent};

/// A minute, microseconds.
const MINUTE_US: i64 = 60_000_000;
/// A minute, seconds.
const MINUTE_S: f64 = 60.0;

/// What a run has shown of the machine and of the market.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::replay) struct Capacity {
    /// Proofs made each second; none where no proof was made.
    pub(in crate::replay) proofs_per_second: Option<f64>,
    /// Proofs for each post of the flow: the post's and its share of claims.
    pub(in crate::replay) proofs_per_post: f64,
    /// Traders, each of whom refreshes in a window.
    pub(in crate::replay) traders: u32,
    /// Length of an intraday window, seconds.
    pub(in crate::replay) window_s: u64,
    /// Hours that a complete day is projected to take.
    pub(in crate::replay) hours: Option<f64>,
    /// Whether `flow` is that of the complete day.
    pub(in crate::replay) is_complete: bool,
}

/// Posts of the flow in its busiest minute.
fn busiest_minute(flow: &[FlowEvent]) -> u64 {
    let mut minutes: BTreeMap<i64, u64> = BTreeMap::new();
    let posts = flow
        .iter()
        .filter(|event| !matches!(event.intent, Intent::Reduce { .. } | Intent::Cancel { .. }));
    for event in posts {
        *minutes.entry(event.at.div_euclid(MINUTE_US)).or_default() += 1;
    }
    minutes.into_values().max().unwrap_or(0)
}

/// The verdict on a flow. `queue` is what the messages waited, each trader on a machine of his own.
pub(in crate::replay) fn verdict(
    capacity: &Capacity,
    flow: &[FlowEvent],
    queue: &[QueuePoint],
) -> Verdict {
    let posts = float(busiest_minute(flow));
    let needed = posts * capacity.proofs_per_post / MINUTE_S;
    let day = if capacity.is_complete {
        "the complete day"
    } else {
        "the thinned day"
    };
    let Some(made) = capacity.proofs_per_second else {
        return Verdict {
            provable_in_real_time: false,
            sentence: format!(
                "No proof was made, so nothing is said of real time. In the busiest minute of {day} {needed:.1} proofs a \
                 second are needed."
            ),
            proofs_per_second: 0.0,
            needed_per_second_peak: needed,
            projected_hours_full_day: None,
            basis: format!(
                "Counted, not measured: the posts of {day} in its busiest minute, {:.2} proofs each with their share of \
                 claims.",
                capacity.proofs_per_post
            ),
        };
    };
    let refreshing_s = f64::from(capacity.traders) / made;
    let window_s = float(capacity.window_s);
    let holds = made >= needed && refreshing_s <= window_s;
    let is = if holds { "is" } else { "is not" };
    Verdict {
        provable_in_real_time: holds,
        sentence: format!(
            "This market {is} provable in real time on this machine: it makes {made:.1} proofs a second, and in the \
             busiest minute of {day} {needed:.1} are needed.{}",
            waits(queue)
        ),
        proofs_per_second: made,
        needed_per_second_peak: needed,
        projected_hours_full_day: capacity.hours,
        basis: format!(
            "One machine that makes everybody's proofs. Measured: all proofs of this run by the time in which it made \
             them. Counted: the posts of {day}, {:.2} proofs each with their share of claims. The Refreshes of all \
             {} traders take {refreshing_s:.0} s of a window of {window_s:.0} s. Definition in docs/replay-model.md.",
            capacity.proofs_per_post, capacity.traders
        ),
    }
}

/// What messages waited, in words.
fn waits(queue: &[QueuePoint]) -> String {
    let mut delays: Vec<f64> = queue.iter().map(|point| point.delay_ms).collect();
    delays.sort_by(f64::total_cmp);
    let rank = (delays.len() * 95).div_ceil(100).saturating_sub(1);
    match (delays.get(rank), delays.last()) {
        (Some(most), Some(longest)) => format!(
            " With a machine like this for each trader, 95% of the messages replayed wait at most {most:.0} ms for their \
             proof, the longest {longest:.0} ms."
        ),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(at: i64) -> FlowEvent {
        FlowEvent {
            at,
            trader: 0,
            intent: Intent::Market {
                order: 0,
                side: tally_bench_data::Side::Buy,
                quantity: 1,
            },
        }
    }

    fn flow() -> Vec<FlowEvent> {
        let mut flow = vec![post(-1), post(0)];
        flow.extend((0..90).map(|n| post(MINUTE_US * 3 + n)));
        let cancel = FlowEvent {
            intent: Intent::Cancel { order: 0 },
            ..post(MINUTE_US * 3 + 200)
        };
        flow.extend(std::iter::repeat_n(cancel, 500));
        flow
    }

    fn capacity(made: f64) -> Capacity {
        Capacity {
            proofs_per_second: Some(made),
            proofs_per_post: 2.0,
            traders: 300,
            window_s: 600,
            hours: Some(7.5),
            is_complete: true,
        }
    }

    #[test]
    fn the_busiest_minute_decides() {
        assert_eq!(busiest_minute(&flow()), 90);
        assert_eq!(busiest_minute(&[post(-1), post(0)]), 1);
        // 90 posts and as many claims in a minute: three a second.
        for (made, holds) in [(2.9, false), (3.0, true), (100.0, true)] {
            let verdict = verdict(&capacity(made), &flow(), &[]);
            assert_eq!(verdict.provable_in_real_time, holds);
            assert!((verdict.needed_per_second_peak - 3.0).abs() < 1e-9);
            assert_eq!(verdict.projected_hours_full_day, Some(7.5));
            let words = if holds {
                "is provable"
            } else {
                "is not provable"
            };
            assert!(verdict.sentence.contains(words), "{}", verdict.sentence);
        }
    }

    #[test]
    fn a_window_must_hold_everybody() {
        let crowded = Capacity {
            traders: 3_000,
            ..capacity(4.0)
        };
        assert!(!verdict(&crowded, &flow(), &[]).provable_in_real_time);
    }

    #[test]
    fn a_dry_run_says_nothing_of_real_time() {
        let dry = Capacity {
            proofs_per_second: None,
            hours: None,
            ..capacity(0.0)
        };
        let verdict = verdict(&dry, &flow(), &[]);
        assert!(!verdict.provable_in_real_time);
        assert!(verdict.sentence.starts_with("No proof was made"));
        assert!(verdict.proofs_per_second == 0.0 && verdict.projected_hours_full_day.is_none());
    }

    #[test]
    fn waits_in_words() {
        let point = |n: u32| QueuePoint {
            at_us: 0,
            delay_ms: f64::from(n),
            waiting: 0,
        };
        let queue: Vec<QueuePoint> = (1..=100).rev().map(point).collect();
        let words = waits(&queue);
        assert!(words.contains("at most 95 ms") && words.contains("longest 100 ms"));
        assert_eq!(waits(&[]), "");
    }
}
