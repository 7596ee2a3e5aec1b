//! Batch verification of Act proofs on one core.

use super::BenchError;
use super::plan::BenchPlan;
use super::statement::proved;
use super::steps::Steps;
use super::timing::{median, on_one_core, timed};
use crate::results::BatchCost;
use ark_bls12_381::Fr;
use rand::rngs::OsRng;
use std::hint::black_box;
use tally_prover::{Act, BatchError, InsecureOneParty, Keys, Proof, VerifyingKey, verify_batch};

/// Verifications of one kind go on until they have taken so long, ms, or have been done [`MOST_ROUNDS`] times.
const ENOUGH_MS: f64 = 400.0;
const MOST_ROUNDS: usize = 15;

/// A proof with its public inputs and its bytes.
struct Proved {
    inputs: Vec<Fr>,
    proof: Proof,
    bytes: [u8; Proof::BYTES],
}

type Batch<'a> = Vec<(&'a [Fr], &'a Proof)>;

/// Measures batches of all sizes of the plan.
pub(super) fn measure(
    plan: &BenchPlan,
    keys: &Keys<InsecureOneParty>,
    steps: &mut Steps<'_>,
) -> Result<Vec<BatchCost>, BenchError> {
    let largest = plan.batch_sizes.iter().copied().max().unwrap_or(0);
    let distinct = plan.distinct_proofs.clamp(2, largest.max(2));
    let proofs = steps.step(format!("{distinct} Act proofs for batches"), || {
        let proofs = (0..).take(distinct).map(|number| {
            let (inputs, proof) = proved::<Act>(keys, number)?;
            let bytes = proof.to_bytes();
            Ok(Proved {
                inputs,
                proof,
                bytes,
            })
        });
        proofs.collect::<Result<Vec<_>, BenchError>>()
    })?;
    let one = |size: &usize| {
        steps.step(format!("batches of {size}"), || {
            on_one_core(|| measure_size(&keys.verifying, &proofs, *size))?
        })
    };
    plan.batch_sizes.iter().map(one).collect()
}

fn measure_size(
    key: &VerifyingKey<InsecureOneParty>,
    proofs: &[Proved],
    size: usize,
) -> Result<BatchCost, BenchError> {
    let proofs: Vec<&Proved> = proofs.iter().cycle().take(size).collect();
    let batch: Batch<'_> = proofs
        .iter()
        .map(|one| (&one.inputs[..], &one.proof))
        .collect();
    let checked = repeated(|| verify_batch(key, black_box(&batch), &mut OsRng).is_ok());
    let from_wire = repeated(|| {
        let decoded = proofs.iter().map(|one| {
            let proof = Proof::from_bytes(black_box(&one.bytes)).ok()?;
            Some((&one.inputs[..], proof))
        });
        let decoded: Option<Vec<(&[Fr], Proof)>> = decoded.collect();
        decoded.is_some_and(|decoded| {
            let batch: Batch<'_> = decoded
                .iter()
                .map(|(inputs, proof)| (*inputs, proof))
                .collect();
            verify_batch(key, &batch, &mut OsRng).is_ok()
        })
    });
    let bad_place = bad_place(size);
    let mut other_inputs = proofs[bad_place].inputs.clone();
    other_inputs[0] += Fr::from(1_u64);
    let mut with_a_bad_one = batch.clone();
    with_a_bad_one[bad_place].0 = &other_inputs;
    let one_bad = repeated(|| {
        let answer = verify_batch(key, black_box(&with_a_bad_one), &mut OsRng);
        answer
            == Err(BatchError::Rejected {
                bad: vec![bad_place],
            })
    });
    let each = |time: Option<f64>, bad| {
        let wrong = BenchError::Batch { size, bad };
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        time.map(|ms| ms / f64::from(size)).ok_or(wrong)
    };
    Ok(BatchCost {
        size,
        ms_per_proof: each(checked, 0)?,
        ms_per_proof_from_wire: each(from_wire, 0)?,
        ms_per_proof_one_bad: each(one_bad, 1)?,
    })
}

/// Where the bad proof is, the one with other public inputs than its own: neither at an end nor in the middle.
const fn bad_place(size: usize) -> usize {
    size * 2 / 3
}

/// The median time of something that must say yes, ms; none if it once says no.
fn repeated(mut work: impl FnMut() -> bool) -> Option<f64> {
    let mut times = Vec::new();
    let mut sum = 0.0;
    while times.len() < MOST_ROUNDS && (sum < ENOUGH_MS || times.len() < 3) {
        let (is_right, took) = timed(&mut work);
        if !is_right {
            return None;
        }
        sum += took;
        times.push(took);
    }
    Some(median(&times))
}
