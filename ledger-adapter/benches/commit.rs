//! Durable blocks a second, with 1 and with 64 transactions of 1 KiB in a block.

// The macros of the benchmark harness make an undocumented function.
#![allow(missing_docs)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use tally_ledger_adapter::embedded::{EmbeddedLog, Sequencer, SequencerOptions, SystemTimeSource};
use tally_ledger_adapter::log::{OrderedLog, Ticket};

/// About what an order with its proof takes.
const TRANSACTION_BYTES: usize = 1024;

fn transactions(count: u8) -> Vec<Vec<u8>> {
    (0..count)
        .map(|index| vec![index; TRANSACTION_BYTES])
        .collect()
}

/// One block at a time: each call returns when its block is on the disk.
fn commit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commit");
    group.sample_size(20).throughput(Throughput::Elements(1));
    for count in [1, 64] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let log = EmbeddedLog::create(directory.path(), b"benchmark").expect("a new log");
        group.bench_function(format!("blocks of {count}"), |bencher| {
            bencher.iter_batched(
                || transactions(count),
                |transactions| black_box(log.commit(1, transactions).expect("a block")),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// 255 transactions submitted at once and waited for, through the sequencer.
fn group_commit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("group commit");
    group.sample_size(20).throughput(Throughput::Elements(255));
    let directory = tempfile::tempdir().expect("a temporary directory");
    let log = Arc::new(EmbeddedLog::create(directory.path(), b"benchmark").expect("a new log"));
    let options = SequencerOptions {
        delay: Duration::from_micros(500),
        transactions: 255,
    };
    let sequencer =
        Sequencer::start(Arc::clone(&log), options, SystemTimeSource).expect("a sequencer");
    group.bench_function("255 transactions", |bencher| {
        bencher.iter_batched(
            || transactions(255),
            |transactions| {
                let submit = |transaction| log.submit(transaction).expect("room in the queue");
                let tickets: Vec<Ticket> = transactions.into_iter().map(submit).collect();
                for ticket in tickets {
                    black_box(
                        ticket
                            .wait(Duration::from_secs(60))
                            .expect("a durable transaction"),
                    );
                }
            },
            BatchSize::SmallInput,
        );
    });
    sequencer.stop().expect("an orderly stop");
    group.finish();
}

criterion_group!(benches, commit, group_commit);
criterion_main!(benches);
