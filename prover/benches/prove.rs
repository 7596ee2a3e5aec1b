//! One proof of Act, from statement and witness to 192 bytes, with all cores.
//!
//! Every iteration proves another Act with fresh blinding; making the example is not timed. What `prove`
//! does besides (checking the witness, verifying the proof) is.

#[path = "../tests/common/act.rs"]
mod act;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rand::rngs::OsRng;
use tally_prover::{Act, KeyCache, R1cs, prove, seeded_test_setup};

fn proving(c: &mut Criterion) {
    let keys = seeded_test_setup::<Act>(1).expect("the circuit of Act can be set up");
    let mut group = c.benchmark_group("act");
    group.sample_size(10);
    let mut seed = 0;
    group.bench_function("prove", |b| {
        b.iter_batched(
            || {
                seed += 1;
                act::example(seed)
            },
            |circuit| prove(&keys.proving, black_box(circuit), &mut OsRng),
            BatchSize::SmallInput,
        );
    });

    let directory = tempfile::tempdir().expect("a temporary directory");
    let cache = KeyCache::open(directory.path()).expect("a key cache");
    cache.load_or_create_seeded::<Act>(1).expect("keys");
    group.bench_function("load keys", |b| {
        b.iter(|| black_box(cache.load_or_create_seeded::<Act>(1)));
    });
    group.bench_function("constraint system", |b| {
        b.iter(|| black_box(R1cs::of::<Act>()));
    });
    group.finish();
}

criterion_group!(benches, proving);
criterion_main!(benches);
