//! Proving against the number of constraints.

use super::plan::BenchPlan;
use super::samples::Chain;
use super::statement::sample;
use super::steps::Steps;
use super::timing::{median, timed};
use super::{BenchError, Sampled};
use crate::results::ScalingPoint;
use rand::rngs::OsRng;
use std::hint::black_box;
use tally_prover::{one_party_setup, prove};

/// Measures a hash chain of each size of the plan.
pub(super) fn measure(
    plan: &BenchPlan,
    steps: &mut Steps<'_>,
) -> Result<Vec<ScalingPoint>, BenchError> {
    let one = |log: &u32| {
        let what = format!("a hash chain of 2^{log} constraints");
        steps.step(what, || measure_size(*log, plan.scaling_samples))
    };
    plan.log_sizes.iter().map(one).collect()
}

/// The longest chain that, with its public inputs, fits a domain of this binary logarithm.
fn measure_size(log: u32, samples: usize) -> Result<ScalingPoint, BenchError> {
    match log {
        0..=BenchPlan::LEAST_LOG => measure_chain::<4>(samples),
        11 => measure_chain::<8>(samples),
        12 => measure_chain::<17>(samples),
        13 => measure_chain::<34>(samples),
        14 => measure_chain::<68>(samples),
        15 => measure_chain::<136>(samples),
        BenchPlan::MOST_LOG.. => measure_chain::<272>(samples),
    }
}

/// Keys are made for this and thrown away. The first proof is not timed.
fn measure_chain<const LENGTH: usize>(samples: usize) -> Result<ScalingPoint, BenchError>
where
    Chain<LENGTH>: Sampled,
{
    let keys = one_party_setup::<Chain<LENGTH>>(&mut OsRng)?;
    let mut times = Vec::new();
    for number in (0..).take(samples + 1) {
        let circuit = sample::<Chain<LENGTH>>(number)?.circuit;
        let (proof, took) = timed(|| prove(&keys.proving, black_box(circuit), &mut OsRng));
        black_box(proof?);
        times.push(took);
    }
    Ok(ScalingPoint {
        circuit: format!("chain of {LENGTH} Poseidon hashes"),
        constraints: keys.proving.r1cs().num_constraints(),
        prove_ms_median: median(&times[1..]),
        table_bytes: keys.proving.table_bytes(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_just_below_powers_of_two() {
        for log in [BenchPlan::LEAST_LOG, 11] {
            let point = measure_size(log, 1).unwrap();
            let with_inputs = point.constraints + 2;
            assert_eq!(with_inputs.next_power_of_two(), 1 << log);
            assert!(with_inputs * 20 > (19 << log) - (1 << log), "{with_inputs}");
            assert!(point.prove_ms_median > 0.0);
        }
    }
}
