//! Where the time of a proof of Act, Refresh or Lapse goes, beside `ark-groth16` on the same witness.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program that measures"
)]

#[path = "../tests/common/act.rs"]
mod act;

use ark_groth16::Groth16;
use ark_snark::SNARK;
use rand::rngs::OsRng;
use std::time::{Duration, Instant};
use tally_prover::{Act, arithmetic_name, prove_measured, seeded_test_setup};

fn main() {
    let rounds: usize = std::env::args().nth(1).map_or(20, |n| n.parse().unwrap());
    let start = Instant::now();
    let keys = seeded_test_setup::<Act>(1).unwrap();
    println!(
        "{} set-up {:?}, tables {} MiB",
        arithmetic_name(),
        start.elapsed(),
        keys.proving.table_bytes() >> 20
    );
    let mut phases = Vec::new();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for seed in 0..rounds {
        let circuit = act::example(seed as u64);
        let other = act::example(seed as u64);
        let start = Instant::now();
        let (_, one) = prove_measured(&keys.proving, circuit, &mut OsRng).unwrap();
        ours.push(start.elapsed());
        phases.push(one);
        if seed % 4 == 0 && std::env::args().nth(2).is_none() {
            let start = Instant::now();
            Groth16::<ark_bls12_381::Bls12_381>::prove(keys.proving.as_ark(), other, &mut OsRng)
                .unwrap();
            theirs.push(start.elapsed());
        }
    }
    let best = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        (times[0], times[times.len() / 2])
    };
    theirs.push(Duration::ZERO);
    println!("ours {:?}   ark {:?}", best(&mut ours), best(&mut theirs));
    for index in 0..6 {
        let mut times: Vec<Duration> = phases.iter().map(|p| p.named()[index].1).collect();
        println!("{:12} {:?}", phases[0].named()[index].0, best(&mut times));
    }
}
