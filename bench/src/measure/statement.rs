//! One statement: sizes, set-up, proving, single verification.

use super::BenchError;
use super::keys::Loaded;
use super::plan::BenchPlan;
use super::samples::{Sample, Sampled};
use super::steps::Steps;
use super::timing::{median, milliseconds, on_one_core, percentile, timed};
use crate::results::{PhaseCost, StatementCost};
use ark_bls12_381::Fr;
use rand::rngs::OsRng;
use std::hint::black_box;
use tally_prover::{
    InsecureOneParty, Keys, Phases, Proof, one_party_setup, prove, prove_measured, verify,
};

/// Steps of one statement.
pub(super) const STEPS: usize = 4;

/// Measures a statement whose keys have just been loaded.
pub(super) fn measure<S: Sampled>(
    plan: &BenchPlan,
    loaded: &Loaded,
    steps: &mut Steps<'_>,
) -> Result<StatementCost, BenchError> {
    let keys = &loaded.keys;
    let name = S::NAME;
    let (all, first) = steps.step(format!("proving {name}"), || {
        let first = prove_timed::<S>(keys, 0)?;
        let all = (1..)
            .take(plan.samples)
            .map(|number| prove_timed::<S>(keys, number));
        Ok::<_, BenchError>((all.collect::<Result<Vec<_>, _>>()?, first))
    })?;
    let one_core = steps.step(format!("proving {name} on one core"), || {
        prove_on_one_core::<S>(keys, plan.one_core_samples)
    })?;
    let [checked, from_wire] = steps.step(format!("verifying {name}"), || {
        verify_on_one_core::<S>(keys, plan.verifications)
    })?;
    let setup_ms = steps.step(
        format!("making keys of {name}, INSECURE and thrown away"),
        || {
            // From the circuit to keys in memory, tables included.
            let (fresh, took) = timed(|| one_party_setup::<S>(&mut OsRng));
            fresh.map(|_| took)
        },
    )?;

    let r1cs = keys.proving.r1cs();
    let prove_ms: Vec<f64> = all.iter().map(|one| one.ms).collect();
    let [proving_key_bytes, verifying_key_bytes] = loaded.file_bytes;
    Ok(StatementCost {
        name: name.to_owned(),
        constraints: r1cs.num_constraints(),
        witnesses: r1cs.num_witness(),
        public_inputs: r1cs.num_public_inputs(),
        non_zero: r1cs.num_non_zero(),
        proving_key_bytes,
        verifying_key_bytes,
        table_bytes: keys.proving.table_bytes(),
        setup_ms,
        load_ms: loaded.load_ms,
        first_prove_ms: first.ms,
        prove_ms_median: median(&prove_ms),
        prove_ms_p95: percentile(&prove_ms, 95),
        prove_one_core_ms_median: median(&one_core),
        prove_ms,
        prove_one_core_ms: one_core,
        phases: phases(&all),
        verify_ms: checked,
        verify_from_wire_ms: from_wire,
        resident_mib: loaded.resident_mib,
    })
}

/// The sample with this number.
pub(super) fn sample<S: Sampled>(number: u64) -> Result<Sample<S>, BenchError> {
    let statement = S::NAME;
    S::sample(number).ok_or(BenchError::Sample { statement, number })
}

/// A proof, the time of all of it and of its phases.
struct Timed {
    ms: f64,
    phases: Phases,
}

/// Proves a sample on all cores; making the sample is not timed.
fn prove_timed<S: Sampled>(
    keys: &Keys<InsecureOneParty>,
    number: u64,
) -> Result<Timed, BenchError> {
    let circuit = sample::<S>(number)?.circuit;
    let (result, ms) = timed(|| prove_measured(&keys.proving, black_box(circuit), &mut OsRng));
    let (proof, phases) = result?;
    black_box(proof);
    Ok(Timed { ms, phases })
}

/// The times of so many proofs on one core, ms.
pub(super) fn prove_on_one_core<S: Sampled>(
    keys: &Keys<InsecureOneParty>,
    samples: usize,
) -> Result<Vec<f64>, BenchError> {
    on_one_core(|| {
        let prove_one = |number| prove_timed::<S>(keys, number).map(|one| one.ms);
        (0..).take(samples).map(prove_one).collect()
    })?
}

/// A proof of a sample with its public inputs; no clock runs.
pub(super) fn proved<S: Sampled>(
    keys: &Keys<InsecureOneParty>,
    number: u64,
) -> Result<(Vec<Fr>, Proof), BenchError> {
    let Sample {
        circuit,
        public_inputs,
    } = sample::<S>(number)?;
    let proof = prove(&keys.proving, circuit, &mut OsRng)?;
    Ok((public_inputs, proof))
}

/// Median times of a single verification on one core, ms: of a checked proof, and from its bytes.
fn verify_on_one_core<S: Sampled>(
    keys: &Keys<InsecureOneParty>,
    times: usize,
) -> Result<[f64; 2], BenchError> {
    let (inputs, proof) = proved::<S>(keys, 0)?;
    let bytes = proof.to_bytes();
    on_one_core(|| {
        let (mut checked, mut from_wire) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let proof = black_box(&proof);
            let (answer, took) = timed(|| verify(&keys.verifying, black_box(&inputs), proof));
            answer?;
            checked.push(took);
            let (answer, took) = timed(|| {
                let proof = Proof::from_bytes(black_box(&bytes)).ok();
                proof.map(|proof| verify(&keys.verifying, black_box(&inputs), &proof))
            });
            // The bytes are those of a proof.
            answer.unwrap_or(Err(tally_prover::VerifyError::Rejected))?;
            from_wire.push(took);
        }
        Ok([median(&checked), median(&from_wire)])
    })?
}

/// The median of each phase.
fn phases(all: &[Timed]) -> Vec<PhaseCost> {
    let names = Phases::default().named();
    let one = |(index, (name, _)): (usize, (&'static str, _))| {
        let times: Vec<f64> = all
            .iter()
            .map(|timed| milliseconds(timed.phases.named()[index].1))
            .collect();
        PhaseCost {
            name: name.to_owned(),
            ms_median: median(&times),
        }
    };
    names.into_iter().enumerate().map(one).collect()
}
