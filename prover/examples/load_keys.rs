//! What a client pays for keys at its start: `cargo run --release -p tally-prover --example load_keys`.
//!
//! Keys are made in a temporary directory, then installed in another as if they had come from a node, and loaded again and
//! again. Printed are median and fastest, milliseconds of wall time; files are in the system's cache.
#![allow(clippy::print_stdout, reason = "an example's output")]

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use tally_prover::{Act, CacheError, KeyCache, Lapse, R1cs, Refresh, Statement};

/// Loads that are timed.
const LOADS: usize = 15;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    println!("{:8} {:38} {:>8} {:>8}", "", "ms", "median", "fastest");
    measure::<Act>(directory.path())?;
    measure::<Refresh>(directory.path())?;
    measure::<Lapse>(directory.path())?;
    Ok(())
}

fn measure<S: Statement>(directory: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    let maker = KeyCache::open(directory.join("maker"))?;
    let own = maker.load_or_create::<S>()?;
    let files = maker.files::<S>()?.ok_or("the keys just made")?;
    let expected = files.expected;
    let (proving, verifying) = (
        fs::read(files.proving_path)?,
        fs::read(files.verifying_path)?,
    );
    drop(own);

    let mut round = 0;
    time::<S, _>("install from bytes", 3, || {
        round += 1;
        let cache = KeyCache::open(directory.join(format!("client-{round}")))?;
        cache.install::<S>(&expected, &proving, &verifying)
    })?;
    let client = KeyCache::open(directory.join("client-1"))?;
    time::<S, _>("circuit and digest (in all below)", LOADS, || {
        Ok(R1cs::of::<S>()?)
    })?;
    time::<S, _>("load own keys", LOADS, || maker.load::<S>())?;
    time::<S, _>("load expected keys", LOADS, || {
        client.load_expected::<S>(&expected)
    })?;
    time::<S, _>("load the verifying key", LOADS, || {
        client.load_verifying::<S>(&expected)
    })?;
    let key = client
        .load_verifying::<S>(&expected)?
        .ok_or("the key just installed")?;
    time::<S, _>("load the proving key later", LOADS, || {
        client.load_proving::<S>(&expected, &key)
    })?;
    println!(
        "{:8} proving key {} bytes, verifying key {} bytes",
        S::NAME,
        expected.proving.bytes,
        expected.verifying.bytes
    );
    Ok(())
}

fn time<S: Statement, T>(
    what: &str,
    times: usize,
    mut act: impl FnMut() -> Result<T, CacheError>,
) -> Result<(), CacheError> {
    let mut took = Vec::new();
    for _ in 0..times {
        let start = Instant::now();
        black_box(act()?);
        took.push(start.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    println!(
        "{:8} {what:38} {:8.1} {:8.1}",
        S::NAME,
        took[times / 2],
        took[0]
    );
    Ok(())
}
