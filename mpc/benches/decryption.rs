//! Decryption: making a share, checking those of a threshold, combining them, the discrete logarithm of the result.
//!
//! Everything is single-threaded and for the three sums of a daily settlement. Opening all shares of 500 dealings takes a
//! while for each participant: a few participants make theirs, and as many checks as the threshold go round among them.

#[path = "support/market.rs"]
mod market;

use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use market::{CONTEXT, Market, ciphertexts};
use tally_circuits::elgamal::Ciphertext;
use tally_circuits::jubjub::Point;
use tally_mpc::decryption::{CheckedShare, DecryptionShare, combine, share, verify_share};
use tally_mpc::discrete_log;
use tally_mpc::keygen::{self, JointKey, KeyShare, open_shares};

/// How many participants make shares.
const MAKERS: u32 = 4;

/// The shares of the first participants of a joint key.
struct Epoch {
    joint: JointKey,
    sums: [Ciphertext; 3],
    makers: Vec<KeyShare>,
    shares: Vec<DecryptionShare>,
}

impl Epoch {
    fn new(seats: u32) -> Self {
        let market = Market::new(seats);
        let joint = keygen::combine(&market.participants, &market.dealings).expect("all dealt");
        let sums = ciphertexts(joint.key);
        let key_share = |me: u32| {
            let seat = &market.seats[me as usize];
            let opened = open_shares(&CONTEXT, seat, me, &market.dealings).expect("a participant");
            KeyShare::new(&joint, me, &opened.shares).expect("own shares")
        };
        let makers: Vec<KeyShare> = (0..MAKERS).map(key_share).collect();
        let shares = makers
            .iter()
            .map(|maker| share(&CONTEXT, maker, &joint, &sums).expect("a participant"))
            .collect();
        Self {
            joint,
            sums,
            makers,
            shares,
        }
    }

    /// As many checks as shares are needed.
    fn check_all(&self) -> Vec<CheckedShare> {
        (0..MAKERS)
            .zip(&self.shares)
            .cycle()
            .take(self.joint.threshold())
            .map(|(index, share)| {
                verify_share(&CONTEXT, index, &self.joint, &self.sums, share).expect("honest share")
            })
            .collect()
    }

    /// Shares of a whole threshold for the combination, whose time does not depend on their points.
    fn threshold_shares(&self) -> Vec<CheckedShare> {
        let numbered = |(index, share): (u32, &DecryptionShare)| {
            let bytes = borsh::to_vec(&(index, &share.parts)).expect("encoding into memory");
            borsh::from_slice(&bytes).expect("index and parts")
        };
        (0..)
            .zip(self.shares.iter().cycle())
            .take(self.joint.threshold())
            .map(numbered)
            .collect()
    }
}

fn decryption(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decryption");
    group.sample_size(10);
    for seats in [100, 500] {
        let epoch = Epoch::new(seats);
        group.bench_function(BenchmarkId::new("share", seats), |bencher| {
            bencher.iter(|| {
                share(
                    &CONTEXT,
                    black_box(&epoch.makers[0]),
                    &epoch.joint,
                    &epoch.sums,
                )
            });
        });
        let name = format!("check {} shares", epoch.joint.threshold());
        group.bench_function(BenchmarkId::new(name, seats), |bencher| {
            bencher.iter(|| black_box(&epoch).check_all());
        });
        let checked = epoch.threshold_shares();
        group.bench_function(BenchmarkId::new("combine", seats), |bencher| {
            bencher.iter(|| combine(&epoch.joint, black_box(&checked), &epoch.sums));
        });
    }
    group.finish();
}

/// The search takes longest at the upper end. The table is made in a process's first call, which is timed once.
fn logarithm(criterion: &mut Criterion) {
    let farthest = Point::of_integer(discrete_log::SIGNED_BOUND);
    let start = Instant::now();
    black_box(discrete_log::signed(black_box(farthest)).expect("in range"));
    eprintln!(
        "discrete logarithm: first call, table included: {:?}",
        start.elapsed()
    );
    let mut group = criterion.benchmark_group("discrete logarithm");
    group.sample_size(10);
    group.bench_function("farthest, table made", |bencher| {
        bencher.iter(|| discrete_log::signed(black_box(farthest)));
    });
    group.finish();
}

criterion_group!(benches, logarithm, decryption);
criterion_main!(benches);
