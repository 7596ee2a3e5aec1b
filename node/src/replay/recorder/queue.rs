//! What messages wait for their proofs if every trader proves on a machine of his own.
//!
//! Each machine is one queue: a proof begins when its message is wanted and the one before is done. The same machine makes
//! the trader's claims and Refreshes. What a block takes to be ordered is not part of it.

use super::Sent;
use crate::replay::record::QueuePoint;
use crate::replay::times::carries_proof;
use crate::replica::Answer;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tally_exchange::message::Transaction;

/// What a proof is taken to last where none was timed, in a dry run: a round figure, so that queues can be drawn.
const ASSUMED: Duration = Duration::from_millis(100);

/// A statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Act = 0,
    Refresh = 1,
    Lapse = 2,
}

impl Kind {
    /// What an answered entry had to prove; none if nothing.
    pub(super) fn of(answer: &Answer) -> Option<Self> {
        let Answer::Market(transaction, _) = answer else {
            return None;
        };
        debug_assert!(carries_proof(answer) || !matches!(**transaction, Transaction::Act(_)));
        match **transaction {
            Transaction::Act(_) => Some(Self::Act),
            Transaction::Refresh(_) => Some(Self::Refresh),
            Transaction::Lapse(_) => Some(Self::Lapse),
            _ => None,
        }
    }
}

/// Wall times of the proofs of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceTimes {
    on_all_cores: [Vec<Duration>; 3],
    on_one_core: [Vec<Duration>; 3],
}

impl ServiceTimes {
    pub(super) fn take(&mut self, kind: Kind, wall: Duration, had_all_cores: bool) {
        let times = if had_all_cores {
            &mut self.on_all_cores
        } else {
            &mut self.on_one_core
        };
        times[kind as usize].push(wall);
    }
}

/// What a proof of each kind takes on a trader's own machine.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::replay) struct Service {
    each: [Duration; 3],
    basis: String,
    is_measured: bool,
}

impl Service {
    /// The medians of a run's proofs: of those that had all cores, as they have on a machine of their own, where there
    /// were any.
    pub(super) fn new(times: &ServiceTimes) -> Self {
        let median = |kind: usize| {
            let on_all = middle(&times.on_all_cores[kind]);
            on_all.or_else(|| middle(&times.on_one_core[kind]))
        };
        let Some(act) = median(Kind::Act as usize) else {
            return Self {
                each: [ASSUMED; 3],
                basis: format!(
                    "Modelled, not measured: one machine a trader, each proof taken to last {} ms; no proof was made.",
                    ASSUMED.as_millis()
                ),
                is_measured: false,
            };
        };
        let each = [0, 1, 2].map(|kind| median(kind).unwrap_or(act));
        let cores = if times.on_all_cores[Kind::Act as usize].is_empty() {
            "one core"
        } else {
            "all cores"
        };
        Self {
            each,
            basis: format!(
                "Modelled from measured times: each trader proves on a machine like this one, one proof after the other, \
                 claims and Refreshes included; an Act takes {:.1} ms (median of this run on {cores}), a Refresh {:.1} ms. \
                 Ordering and network are not part of it.",
                milliseconds(each[0]),
                milliseconds(each[1]),
            ),
            is_measured: true,
        }
    }

    /// Where the times are from, in words.
    pub(super) fn basis(&self) -> String {
        self.basis.clone()
    }

    /// Whether proofs were timed.
    pub(in crate::replay) const fn is_measured(&self) -> bool {
        self.is_measured
    }

    /// What one takes.
    pub(super) const fn of(&self, kind: Kind) -> Duration {
        self.each[kind as usize]
    }
}

/// A trader's machine: when each of the proofs that are not done will be, microseconds.
#[derive(Default)]
struct Machine {
    ends: VecDeque<i64>,
}

impl Machine {
    /// Takes a proof; gives when it is done, and how many there were before it.
    fn take(&mut self, at_us: i64, service: Duration) -> (i64, u64) {
        while self.ends.front().is_some_and(|end| *end <= at_us) {
            self.ends.pop_front();
        }
        let waiting = self.ends.len() as u64;
        let begin = self.ends.back().copied().unwrap_or(at_us).max(at_us);
        // A proof takes far less than 2^63 microseconds.
        let took = i64::try_from(service.as_micros()).unwrap_or(i64::MAX);
        let end = begin.saturating_add(took);
        self.ends.push_back(end);
        (end, waiting)
    }
}

/// The delays of the flow's messages.
pub(super) fn delays(sent: &[Sent], service: &Service) -> Vec<QueuePoint> {
    let mut in_order: Vec<&Sent> = sent.iter().collect();
    // What a halt held up was wanted before: stable, so that the ledger's order decides among equals.
    in_order.sort_by_key(|sent| sent.at_us);
    let mut machines: BTreeMap<u32, Machine> = BTreeMap::new();
    let mut points = Vec::new();
    for sent in in_order {
        let machine = machines.entry(sent.trader).or_default();
        let (end, waiting) = machine.take(sent.at_us, service.of(sent.kind));
        if sent.is_flow {
            let micros = u64::try_from(end.saturating_sub(sent.at_us)).unwrap_or(0);
            points.push(QueuePoint {
                at_us: sent.at_us,
                delay_ms: milliseconds(Duration::from_micros(micros)),
                waiting,
            });
        }
    }
    points
}

/// The median (the lower of two).
fn middle(times: &[Duration]) -> Option<Duration> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(trader: u32, at_us: i64, kind: Kind, is_flow: bool) -> Sent {
        Sent {
            trader,
            at_us,
            kind,
            is_flow,
        }
    }

    fn service(act: u64, refresh: u64) -> Service {
        let mut times = ServiceTimes::default();
        times.take(Kind::Act, Duration::from_millis(act), true);
        times.take(Kind::Refresh, Duration::from_millis(refresh), false);
        Service::new(&times)
    }

    #[test]
    fn proofs_of_one_trader_wait_for_each_other() {
        let all = [
            sent(0, 0, Kind::Act, true),
            sent(0, 50_000, Kind::Refresh, false),
            sent(0, 60_000, Kind::Act, true),
            sent(1, 60_000, Kind::Act, true),
            sent(0, 900_000, Kind::Act, true),
        ];
        let points = delays(&all, &service(100, 300));
        let found: Vec<(i64, f64, u64)> = points
            .iter()
            .map(|point| (point.at_us, point.delay_ms, point.waiting))
            .collect();
        // The third begins when the Refresh is done, at 400 ms.
        let expected = [
            (0, 100.0, 0),
            (60_000, 440.0, 2),
            (60_000, 100.0, 0),
            (900_000, 100.0, 0),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn medians_of_undisturbed_proofs() {
        let mut times = ServiceTimes::default();
        for (wall, had_all_cores) in [(10, true), (30, true), (20, true), (500, false)] {
            times.take(Kind::Act, Duration::from_millis(wall), had_all_cores);
        }
        let service = Service::new(&times);
        assert_eq!(service.of(Kind::Act), Duration::from_millis(20));
        assert!(service.is_measured() && service.basis().contains("20.0 ms"));
        // Nothing else was timed: an Act's time stands in.
        assert_eq!(service.of(Kind::Lapse), Duration::from_millis(20));
        let none = Service::new(&ServiceTimes::default());
        assert!(!none.is_measured() && none.basis().contains("no proof was made"));
    }
}
