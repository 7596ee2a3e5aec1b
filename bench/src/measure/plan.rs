//! What is measured and how often.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// A part of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Act, Refresh and Lapse: sizes, keys, proving, single verification.
    Statements,
    /// Batch verification.
    Batch,
    /// Proving against the number of constraints.
    Scaling,
    /// Other provers.
    Peers,
    /// Epochs.
    Epochs,
    /// From an order to its receipt, through a live node.
    Latency,
    /// The burden of a trading day and the choice of bands. It rests on statements and epochs.
    Burden,
}

impl Part {
    /// All of them, in the order in which they are measured.
    pub const ALL: [Self; 7] = [
        Self::Statements,
        Self::Batch,
        Self::Scaling,
        Self::Peers,
        Self::Epochs,
        Self::Latency,
        Self::Burden,
    ];
}

/// What is measured and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchPlan {
    /// Whether this is the short run.
    pub quick: bool,
    /// What is measured.
    pub parts: BTreeSet<Part>,
    /// Proofs of each statement on all cores that are timed.
    pub samples: usize,
    /// The same on one core.
    pub one_core_samples: usize,
    /// Times that keys are loaded.
    pub loads: usize,
    /// Single verifications that are timed.
    pub verifications: usize,
    /// Sizes of batches.
    pub batch_sizes: Vec<usize>,
    /// Different proofs in batches; larger batches repeat them.
    pub distinct_proofs: usize,
    /// Binary logarithms of the sizes of circuits, each at least [`Self::LEAST_LOG`] and at most [`Self::MOST_LOG`].
    pub log_sizes: Vec<u32>,
    /// Proofs of each size that are timed.
    pub scaling_samples: usize,
    /// Rounds with other provers: each proves once in a round.
    pub peer_rounds: usize,
    /// Whether Refresh is proved with other provers too.
    pub peers_prove_refresh: bool,
    /// Numbers of traders of the epochs.
    pub epoch_sizes: Vec<u32>,
    /// Refreshes of an epoch that are proved, at most.
    pub epoch_proofs: u32,
    /// Traders of an epoch whose other work is timed.
    pub epoch_timed: u32,
    /// Orders, and as many cancels, that are sent to a live node.
    pub orders_sent: usize,
    /// A configuration of Tor: then the same is measured over that network, with a circuit ready for each message and
    /// without.
    pub tor: Option<PathBuf>,
    /// Whether arrangement (b) of the burden is measured at its full size.
    pub full_sha256: bool,
}

impl BenchPlan {
    /// The smallest circuit of [`Self::log_sizes`] has just below 2^10 constraints.
    pub const LEAST_LOG: u32 = 10;
    /// The largest has just below 2^16.
    pub const MOST_LOG: u32 = 16;

    /// The full run: minutes.
    #[must_use]
    pub fn full() -> Self {
        Self {
            quick: false,
            parts: all_but_peers(),
            samples: 30,
            one_core_samples: 10,
            loads: 3,
            verifications: 50,
            batch_sizes: (0..=10).map(|log| 1 << log).collect(),
            distinct_proofs: 256,
            log_sizes: (Self::LEAST_LOG..=Self::MOST_LOG).collect(),
            scaling_samples: 10,
            peer_rounds: 20,
            peers_prove_refresh: true,
            epoch_sizes: vec![10, 50, 100, 200, 500],
            epoch_proofs: 64,
            epoch_timed: 8,
            orders_sent: 60,
            tor: None,
            full_sha256: true,
        }
    }

    /// The short run: about a minute.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            quick: true,
            parts: all_but_peers(),
            samples: 7,
            one_core_samples: 3,
            loads: 1,
            verifications: 20,
            batch_sizes: vec![1, 4, 16, 64, 256],
            distinct_proofs: 32,
            log_sizes: (Self::LEAST_LOG..=13).collect(),
            scaling_samples: 3,
            peer_rounds: 5,
            peers_prove_refresh: false,
            epoch_sizes: vec![10, 30],
            epoch_proofs: 10,
            epoch_timed: 4,
            orders_sent: 20,
            tor: None,
            full_sha256: false,
        }
    }

    /// The same with so many proofs timed of each kind. With one, sizes are cut down as well and the burden is left out: a
    /// trial whose figures mean little.
    #[must_use]
    pub fn with_samples(self, samples: usize) -> Self {
        let samples = samples.max(1);
        let timed = Self {
            samples,
            one_core_samples: samples,
            scaling_samples: samples,
            peer_rounds: samples,
            verifications: samples,
            orders_sent: samples,
            loads: self.loads.min(samples),
            ..self
        };
        if samples > 1 {
            return timed;
        }
        let mut parts = timed.parts;
        parts.remove(&Part::Burden);
        Self {
            parts,
            batch_sizes: vec![1, 2, 4],
            distinct_proofs: 3,
            log_sizes: vec![Self::LEAST_LOG],
            peers_prove_refresh: false,
            epoch_sizes: vec![3],
            epoch_proofs: 1,
            epoch_timed: 1,
            full_sha256: false,
            ..timed
        }
    }

    /// The same with these parts only, and those that they rest on.
    #[must_use]
    pub fn with_parts(self, parts: impl IntoIterator<Item = Part>) -> Self {
        let mut parts: BTreeSet<Part> = parts.into_iter().collect();
        if parts.contains(&Part::Burden) {
            parts.extend([Part::Statements, Part::Epochs]);
        }
        Self { parts, ..self }
    }

    /// The same with other provers beside ours.
    #[must_use]
    pub fn with_peers(mut self) -> Self {
        self.parts.insert(Part::Peers);
        self
    }

    /// The same with latency over a Tor network as well.
    #[must_use]
    pub fn with_tor(self, configuration: Option<PathBuf>) -> Self {
        Self {
            tor: configuration,
            ..self
        }
    }

    /// Whether this part is measured.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Steps that a run reports, so that a bar can be drawn.
    #[must_use]
    pub fn steps(&self) -> usize {
        let of = |part| match part {
            Part::Statements => 3 * super::statement::STEPS,
            Part::Batch => 1 + self.batch_sizes.len(),
            Part::Scaling => self.log_sizes.len(),
            Part::Peers => self.peer_rounds * (1 + usize::from(self.peers_prove_refresh)),
            Part::Epochs => self.epoch_sizes.len() * super::epochs::STEPS,
            Part::Latency => super::latency::steps(self),
            Part::Burden => super::daily::STEPS,
        };
        super::KEY_STEPS + self.parts.iter().map(|part| of(*part)).sum::<usize>()
    }
}

fn all_but_peers() -> BTreeSet<Part> {
    let parts = Part::ALL.into_iter();
    parts.filter(|part| *part != Part::Peers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_bring_what_they_rest_on() {
        let plan = BenchPlan::quick().with_parts([Part::Burden]);
        assert_eq!(
            plan.parts,
            BTreeSet::from([Part::Statements, Part::Epochs, Part::Burden])
        );
        assert!(!BenchPlan::full().has(Part::Peers));
        assert!(BenchPlan::full().with_peers().has(Part::Peers));
    }

    #[test]
    fn one_sample_is_a_small_run() {
        let small = BenchPlan::full().with_samples(1);
        assert_eq!(
            (small.samples, small.loads, small.epoch_sizes.as_slice()),
            (1, 1, &[3][..])
        );
        assert!(!small.has(Part::Burden));
        let more = BenchPlan::full().with_samples(2);
        assert_eq!(more.epoch_sizes, BenchPlan::full().epoch_sizes);
        assert_eq!(BenchPlan::quick().with_samples(0).samples, 1);
    }

    #[test]
    fn the_full_run_covers_what_reports_draw() {
        let plan = BenchPlan::full();
        assert_eq!(
            plan.batch_sizes,
            [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
        );
        assert_eq!(plan.log_sizes, [10, 11, 12, 13, 14, 15, 16]);
        assert_eq!(plan.epoch_sizes, [10, 50, 100, 200, 500]);
    }
}
