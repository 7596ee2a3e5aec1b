//! Key generation: dealing, checking everybody's dealings, opening one's own shares, combining.
//!
//! Everything is single-threaded. `day/100` is all that one participant of a hundred computes for one key and one opened sum.

#[path = "support/market.rs"]
mod market;

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use market::{CONTEXT, Market, ciphertexts};
use tally_circuits::jubjub::CurvePoint;
use tally_mpc::decryption::{share, verify_share};
use tally_mpc::keygen::{
    CheckedDealing, KeyShare, combine, complain, deal, judge, open_shares, verify_dealing,
};
use tally_mpc::subgroup::all_in_subgroup;

fn check_all(market: &Market) -> Vec<CheckedDealing> {
    (0..)
        .zip(&market.messages)
        .map(|(dealer, dealing)| {
            verify_dealing(&CONTEXT, &market.participants, dealer, dealing).expect("honest dealing")
        })
        .collect()
}

/// One participant's shares of all dealings: the last one's, whose place is the greatest factor.
fn open_own(market: &Market) -> usize {
    let me = market.last();
    let seat = &market.seats[me as usize];
    let opened = open_shares(&CONTEXT, seat, me, &market.dealings).expect("a participant");
    opened.shares.len()
}

/// Everything that the last participant computes on one day with one epoch: it deals, checks all dealings and opens its shares,
/// makes the joint key, and posts its share of three sums.
fn day(market: &Market) {
    let me = market.last();
    let seat = &market.seats[me as usize];
    black_box(deal(&CONTEXT, &market.participants, me, seat).expect("a participant"));
    let dealings = check_all(market);
    let opened = open_shares(&CONTEXT, seat, me, &dealings).expect("a participant");
    let joint = combine(&market.participants, &dealings).expect("all dealt");
    let key_share = KeyShare::new(&joint, me, &opened.shares).expect("own shares");
    let sums = ciphertexts(joint.key);
    let share = share(&CONTEXT, &key_share, &joint, &sums).expect("a participant");
    verify_share(&CONTEXT, me, &joint, &sums, &share).expect("own share");
}

fn keygen(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("keygen");
    group.sample_size(10);
    for seats in [100, 500] {
        let market = Market::new(seats);
        let seat = &market.seats[0];
        group.bench_function(BenchmarkId::new("deal", seats), |bencher| {
            bencher.iter(|| deal(black_box(&CONTEXT), &market.participants, 0, seat));
        });
        group.bench_function(BenchmarkId::new("check all dealings", seats), |bencher| {
            bencher.iter(|| check_all(black_box(&market)));
        });
        group.bench_function(BenchmarkId::new("open own shares", seats), |bencher| {
            bencher.iter(|| open_own(black_box(&market)));
        });
        group.bench_function(BenchmarkId::new("combine", seats), |bencher| {
            bencher.iter(|| combine(black_box(&market.participants), &market.dealings));
        });
        group.bench_function(BenchmarkId::new("judge", seats), |bencher| {
            let dealing = &market.dealings[1];
            let me = market.last();
            let complaint = complain(&CONTEXT, &market.seats[me as usize], me, dealing);
            bencher.iter(|| {
                judge(
                    &CONTEXT,
                    &market.participants,
                    0,
                    black_box(dealing),
                    &complaint,
                )
            });
        });
        if seats == 100 {
            group.bench_function(BenchmarkId::new("day", seats), |bencher| {
                bencher.iter(|| day(black_box(&market)));
            });
        }
    }
    group.finish();
}

/// The subgroup check against the multiplication by the order, point for point.
fn subgroup(criterion: &mut Criterion) {
    let market = Market::new(100);
    let points: Vec<CurvePoint> = market.messages[0].commitments.clone();
    let mut group = criterion.benchmark_group("subgroup of 67 points");
    group.bench_function("all_in_subgroup", |bencher| {
        bencher.iter(|| all_in_subgroup(black_box(&points)));
    });
    group.bench_function("multiplication by the order", |bencher| {
        bencher.iter_batched(
            || points.clone(),
            |points| points.into_iter().all(|point| point.in_subgroup().is_ok()),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, keygen, subgroup);
criterion_main!(benches);
