//! Decoding and verifying proofs of Act on one core, alone and in batches of different proofs.
//!
//! "checked" begins at decoded proofs, "wire" at 192 bytes each, decoding and subgroup checks included;
//! "one bad" at decoded proofs of which one does not hold and is named. Each can be run by itself:
//!
//! ```text
//! cargo bench -p tally-prover --bench verify -- "batch, wire/256"
//! ```

#[path = "../tests/common/act.rs"]
mod act;

use std::hint::black_box;
use std::time::Duration;

use ark_bls12_381::{Bls12_381, Fr};
use ark_groth16::Groth16;
use ark_serialize::CanonicalSerialize;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::rngs::OsRng;
use rayon::ThreadPool;
use tally_prover::{
    Act, Proof, SeededTest, VerifyingKey, prove, seeded_test_setup, verify, verify_batch,
    verify_batch_from_wire,
};

/// Statements; a batch holds differently blinded proofs of these in turn.
const STATEMENTS: u64 = 16;
/// Proofs in a batch.
const SIZES: [usize; 6] = [1, 4, 16, 64, 256, 1024];

type Proven = (Vec<Fr>, Proof);

/// As many different proofs as the largest batch has.
fn proven(keys: &tally_prover::Keys<SeededTest>) -> Vec<Proven> {
    let first: Vec<Proven> = (0..STATEMENTS)
        .map(|seed| {
            let circuit = act::example(seed);
            let inputs = circuit.statement.public_inputs();
            let proof = prove(&keys.proving, circuit, &mut OsRng).expect("the example holds");
            (inputs, proof)
        })
        .collect();
    let key = keys.verifying.to_ark();
    let blinded = |(inputs, proof): &Proven| {
        let proof = Groth16::<Bls12_381>::rerandomize_proof(&key, &proof.to_ark(), &mut OsRng);
        let mut bytes = Vec::new();
        proof
            .serialize_compressed(&mut bytes)
            .expect("writing to memory");
        let proof = Proof::from_bytes(&bytes).expect("a proof");
        (inputs.clone(), proof)
    };
    let most = SIZES.into_iter().max().unwrap_or(0);
    first.iter().cycle().take(most).map(blinded).collect()
}

fn verifying(c: &mut Criterion) {
    let one_core = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a pool of one thread");
    let keys = seeded_test_setup::<Act>(1).expect("the circuit of Act can be set up");
    let proven = proven(&keys);
    let key = &keys.verifying;
    single(c, &one_core, key, &proven);
    batches(c, &one_core, key, &proven);

    let encoded = key.to_bytes();
    c.bench_function("load the verifying key", |b| {
        b.iter(|| one_core.install(|| VerifyingKey::<SeededTest>::from_bytes(black_box(&encoded))));
    });
}

fn single(c: &mut Criterion, pool: &ThreadPool, key: &VerifyingKey<SeededTest>, all: &[Proven]) {
    let (inputs, proof) = &all[0];
    let bytes = proof.to_bytes();
    let mut group = c.benchmark_group("single");
    group.bench_function("decode", |b| {
        b.iter(|| Proof::from_bytes(black_box(&bytes)));
    });
    group.bench_function("checked", |b| {
        b.iter(|| pool.install(|| verify(key, black_box(inputs), black_box(proof))));
    });
    group.bench_function("wire", |b| {
        b.iter(|| {
            pool.install(|| {
                let proof = Proof::from_bytes(black_box(&bytes)).expect("a proof");
                verify(key, black_box(inputs), &proof)
            })
        });
    });
    group.finish();
}

fn batches(c: &mut Criterion, pool: &ThreadPool, key: &VerifyingKey<SeededTest>, all: &[Proven]) {
    let checked: Vec<(&[Fr], &Proof)> = all.iter().map(|(x, proof)| (&x[..], proof)).collect();
    let encoded: Vec<[u8; Proof::BYTES]> = all.iter().map(|(_, proof)| proof.to_bytes()).collect();
    let wire: Vec<(&[Fr], &[u8; Proof::BYTES])> = all
        .iter()
        .zip(&encoded)
        .map(|((x, _), bytes)| (&x[..], bytes))
        .collect();
    for kind in ["checked", "wire", "one bad"] {
        let mut group = c.benchmark_group(format!("batch, {kind}"));
        group.sample_size(10);
        group.warm_up_time(Duration::from_millis(500));
        for size in SIZES {
            group.throughput(Throughput::Elements(size as u64));
            let mut bad = checked[..size].to_vec();
            let swapped = checked[1].0;
            bad[size / 3].0 = if size / 3 % 16 == 1 {
                checked[0].0
            } else {
                swapped
            };
            group.bench_function(BenchmarkId::from_parameter(size), |b| {
                b.iter(|| {
                    pool.install(|| match kind {
                        "checked" => verify_batch(key, black_box(&checked[..size]), &mut OsRng)
                            .expect("all hold"),
                        "wire" => verify_batch_from_wire(key, black_box(&wire[..size]), &mut OsRng)
                            .expect("all hold"),
                        _ => {
                            let error = verify_batch(key, black_box(&bad), &mut OsRng);
                            error.expect_err("one does not hold");
                        }
                    });
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, verifying);
criterion_main!(benches);
