//! Decoding and verifying proofs of Act, alone and in batches of different proofs, with all cores.

#[path = "../tests/common/act.rs"]
mod act;

use std::hint::black_box;

use ark_bls12_381::Fr;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::rngs::OsRng;
use tally_prover::{Act, Proof, prove, seeded_test_setup, verify, verify_batch};

/// Different proofs; larger batches repeat them, which changes nothing for the verifier.
const PROOFS: u64 = 16;

fn verifying(c: &mut Criterion) {
    let keys = seeded_test_setup::<Act>(1).expect("the circuit of Act can be set up");
    let proven: Vec<(Vec<Fr>, Proof)> = (0..PROOFS)
        .map(|seed| {
            let circuit = act::example(seed);
            let inputs = circuit.statement.public_inputs();
            let proof = prove(&keys.proving, circuit, &mut OsRng).expect("the example holds");
            (inputs, proof)
        })
        .collect();

    let mut group = c.benchmark_group("act");
    group.sample_size(20);
    let bytes = proven[0].1.to_bytes();
    group.bench_function("decode", |b| {
        b.iter(|| Proof::from_bytes(black_box(&bytes)));
    });
    let (inputs, proof) = &proven[0];
    group.bench_function("verify", |b| {
        b.iter(|| verify(&keys.verifying, black_box(inputs), black_box(proof)));
    });
    group.finish();

    let mut group = c.benchmark_group("act batch");
    group.sample_size(10);
    for size in [1, 16, 64, 256] {
        let batch: Vec<(&[Fr], &Proof)> = proven
            .iter()
            .cycle()
            .take(size)
            .map(|(inputs, proof)| (&inputs[..], proof))
            .collect();
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &batch, |b, batch| {
            b.iter(|| verify_batch(&keys.verifying, black_box(batch), &mut OsRng));
        });
    }
    group.finish();
}

criterion_group!(benches, verifying);
criterion_main!(benches);
