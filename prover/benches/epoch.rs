//! Proofs of Refresh and Lapse, from statement and witness to 192 bytes: on one core, as a trader's
//! machine makes them beside its other work. Every iteration proves another statement.

#[path = "../tests/common/epoch.rs"]
mod epoch;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rand::rngs::OsRng;
use tally_prover::{Lapse, Refresh, prove, seeded_test_setup, verify};

fn proving(c: &mut Criterion) {
    let one_core = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a pool of one thread");
    let mut seed = 0;
    let mut next = || {
        seed += 1;
        seed
    };

    let keys = seeded_test_setup::<Refresh>(1).expect("the circuit of Refresh can be set up");
    let mut group = c.benchmark_group("one core");
    group.sample_size(10);
    for (name, is_daily) in [("refresh, daily", true), ("refresh, intraday", false)] {
        group.bench_function(name, |b| {
            b.iter_batched(
                || epoch::refresh(next(), is_daily),
                |circuit| one_core.install(|| prove(&keys.proving, black_box(circuit), &mut OsRng)),
                BatchSize::SmallInput,
            );
        });
    }
    let circuit = epoch::refresh(1, true);
    let inputs = circuit.statement.public_inputs();
    let proof = prove(&keys.proving, circuit, &mut OsRng).expect("the example holds");
    group.bench_function("refresh, verify", |b| {
        b.iter(|| one_core.install(|| verify(&keys.verifying, black_box(&inputs), &proof)));
    });

    let keys = seeded_test_setup::<Lapse>(1).expect("the circuit of Lapse can be set up");
    group.bench_function("lapse", |b| {
        b.iter_batched(
            || epoch::lapse(next()),
            |circuit| one_core.install(|| prove(&keys.proving, black_box(circuit), &mut OsRng)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, proving);
criterion_main!(benches);
