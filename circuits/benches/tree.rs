//! The note tree and the hash under it: append one leaf, append a block's leaves, read a path.

#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use tally_circuits::Fr;
use tally_circuits::poseidon::{self, Domain};
use tally_circuits::tree::Tree;

/// Leaves of the tree before the measured operation: a busy epoch.
const LEAVES: u64 = 10_000;
/// Leaves of one block in the batched append.
const BLOCK: u64 = 256;

fn filled() -> Tree {
    let leaves: Vec<Fr> = (1..=LEAVES).map(Fr::from).collect();
    Tree::from_leaves(&leaves).expect("10,000 leaves fit")
}

fn tree(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tree");
    let full = filled();

    group.throughput(Throughput::Elements(1));
    group.bench_function("append", |bencher| {
        bencher.iter_batched_ref(
            || full.clone(),
            |tree| tree.append(black_box(Fr::from(7_u64))),
            BatchSize::LargeInput,
        );
    });

    let block: Vec<Fr> = (0..BLOCK).map(|i| Fr::from(i + LEAVES)).collect();
    group.throughput(Throughput::Elements(BLOCK));
    group.bench_function("append a block of 256", |bencher| {
        bencher.iter_batched_ref(
            || full.clone(),
            |tree| tree.extend(black_box(&block)),
            BatchSize::LargeInput,
        );
    });

    group.throughput(Throughput::Elements(1));
    group.bench_function("path", |bencher| {
        bencher.iter(|| black_box(&full).path(black_box(4_321)));
    });
    group.finish();

    criterion.bench_function("poseidon of four", |bencher| {
        let inputs = [1_u64, 2, 3, 4].map(Fr::from);
        bencher.iter(|| poseidon::hash4(Domain::Node, black_box(inputs)));
    });
}

criterion_group!(benches, tree);
criterion_main!(benches);
