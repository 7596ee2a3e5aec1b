//! What one proof of the statement costs, measured with the prover of everything else here.

use super::Sha256Membership;
use super::statement::Sha256Circuit;
use crate::burden::BurdenError;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, OptimizationGoal, SynthesisMode,
};
use rand::rngs::OsRng;
use rayon::ThreadPoolBuilder;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use tally_node::process::measured_alone;
use tally_prover::{Statement, one_party_setup, prove};

/// Levels of a binary tree with as many leaves as Tally's: 2^20, as the ten levels of four.
pub const FULL_DEPTH: usize = 2 * tally_circuits::tree::DEPTH;

/// Levels of the tree in a short run. Its circuit fills the domain of the Fourier transforms about as far as that of the
/// full depth does, so that the time of a constraint is alike.
pub const QUICK_DEPTH: usize = 4;

/// Proofs that are timed.
const PROOFS: usize = 3;

/// How much of the statement is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sha256Depth {
    /// All 20 levels. Key generation takes minutes and gigabytes.
    Full,
    /// [`QUICK_DEPTH`] levels; the time at the full depth is extrapolated in proportion to the constraints.
    Quick,
}

/// What one proof costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sha256Cost {
    /// Levels of the tree that was proved for.
    pub measured_depth: usize,
    /// Levels that the figures are for: [`FULL_DEPTH`].
    pub depth: usize,
    /// Constraints of the circuit that was proved.
    pub measured_constraints: usize,
    /// Constraints at [`Self::depth`].
    pub constraints: usize,
    /// Making the keys that were used (one party, INSECURE, thrown away), wall time, seconds.
    pub setup_s: f64,
    /// A proof that was made, wall time on one core, median, seconds.
    pub measured_prove_s: f64,
    /// A proof at [`Self::depth`], wall time on one core, seconds.
    pub prove_s: f64,
    /// The same in processor time, seconds; none where the system does not tell.
    pub prove_cpu_s: Option<f64>,
    /// Proofs that were timed, after a first one that was not.
    pub proofs: usize,
    /// Tables of the proving key that was used, bytes; their memory is bounded.
    pub table_bytes: u64,
    /// Whether times at [`Self::depth`] are extrapolated.
    pub is_extrapolated: bool,
}

impl Sha256Cost {
    /// Processor time of one proof at [`Self::depth`], seconds; wall time where the system does not tell.
    #[must_use]
    pub fn event_s(&self) -> f64 {
        self.prove_cpu_s.unwrap_or(self.prove_s)
    }

    /// How the figure came about, in words.
    #[must_use]
    pub fn source(&self) -> String {
        let time = if self.prove_cpu_s.is_some() {
            "processor time"
        } else {
            "wall time"
        };
        let tables = match self.table_bytes {
            0 => "without tables for the key".to_owned(),
            bytes => format!("with {} MiB of tables for the key", bytes.div_ceil(1 << 20)),
        };
        let Self {
            measured_depth,
            measured_constraints,
            depth,
            constraints,
            proofs,
            ..
        } = self;
        let measured = format!(
            "measured here with the same prover, {tables}: {time} on one core, median of {proofs} proofs; INSECURE \
             one-party key, thrown away"
        );
        if self.is_extrapolated {
            format!(
                "EXTRAPOLATED to {depth} levels ({constraints} constraints), in proportion to the constraints, from \
                 {measured_depth} levels ({measured_constraints} constraints) {measured}"
            )
        } else {
            format!("{depth} levels ({constraints} constraints) {measured}")
        }
    }
}

/// Times one proof of [`Sha256Membership`] with this prover on one core, while the process does nothing else. `progress`
/// is told steps done and steps in all.
///
/// # Errors
/// Set-up or prover fail: faults of the circuit. Or the system gives no thread.
pub fn measure_sha256_event(
    depth: Sha256Depth,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Sha256Cost, BurdenError> {
    match depth {
        Sha256Depth::Full => measure::<FULL_DEPTH>(progress),
        Sha256Depth::Quick => measure::<QUICK_DEPTH>(progress),
    }
}

pub(super) fn measure<const DEPTH: usize>(
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Sha256Cost, BurdenError> {
    let steps = PROOFS + 2;
    progress(0, steps);
    let start = Instant::now();
    let keys = one_party_setup::<Sha256Membership<DEPTH>>(&mut OsRng)?;
    let setup_s = start.elapsed().as_secs_f64();
    let measured_constraints = keys.proving.r1cs().num_constraints();
    let table_bytes = keys.proving.table_bytes();
    let constraints = constraints_at(FULL_DEPTH, DEPTH, measured_constraints)?;
    progress(1, steps);

    let core = ThreadPoolBuilder::new().num_threads(1).build()?;
    let (mut wall, mut processor) = (Vec::new(), Vec::new());
    for round in 0..=PROOFS {
        // Other bits in every proof: a witness that repeats would flatter whatever caches.
        let position = 3 + i64::try_from(round).unwrap_or(0);
        let circuit = Sha256Circuit::<DEPTH>::example(position, 2_640_000);
        let start = Instant::now();
        let (proof, spent) =
            core.install(|| measured_alone(|| prove(&keys.proving, circuit, &mut OsRng)));
        let took = start.elapsed();
        proof?;
        // The first one warms up.
        if round > 0 {
            wall.push(took.as_secs_f64());
            processor.extend(spent.map(|spent| spent.as_secs_f64()));
        }
        progress(round + 2, steps);
    }
    // Both are far below 2^52.
    let scale = constraints as f64 / measured_constraints as f64;
    let measured_prove_s = median(&mut wall);
    let has_processor_time = processor.len() == PROOFS;
    Ok(Sha256Cost {
        measured_depth: DEPTH,
        depth: FULL_DEPTH,
        measured_constraints,
        constraints,
        setup_s,
        measured_prove_s,
        prove_s: measured_prove_s * scale,
        prove_cpu_s: has_processor_time.then(|| median(&mut processor) * scale),
        proofs: PROOFS,
        table_bytes,
        is_extrapolated: DEPTH != FULL_DEPTH,
    })
}

/// The constraints at `depth` levels, given those at `measured`: every level has as many.
pub(super) fn constraints_at(
    depth: usize,
    measured: usize,
    constraints: usize,
) -> Result<usize, BurdenError> {
    if depth == measured {
        return Ok(constraints);
    }
    let level = constraints_of::<2>()? - constraints_of::<1>()?;
    Ok(constraints + depth * level - measured * level)
}

/// The constraints of the circuit with so many levels, counted.
pub(super) fn constraints_of<const DEPTH: usize>() -> Result<usize, BurdenError> {
    let system = ConstraintSystem::new_ref();
    system.set_optimization_goal(OptimizationGoal::Constraints);
    system.set_mode(SynthesisMode::Setup);
    <Sha256Membership<DEPTH> as Statement>::blank().generate_constraints(system.clone())?;
    Ok(system.num_constraints())
}

/// The middle of the values, the upper one of two; zero of none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
