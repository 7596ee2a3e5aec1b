//! Proving a block's Acts with all cores.
//!
//! One Act alone gets every core. Of several, each core proves its own on a single thread: nothing waits, and the time
//! taken of each is what its proof takes on one core.

use super::error::ReplayError;
use super::work::{Body, Work};
use crate::entry::Entry;
use rand::rngs::OsRng;
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};
use tally_prover::{KeyKind, ProvingKey};

/// One entry of a block, and how long its proof took if it needed one.
type Proven = (Vec<u8>, Option<Duration>);

/// Proves what needs a proof; entries come back in the order of `work`.
///
/// # Errors
/// The first that fails; nothing has been sent.
pub(super) fn prove_all<K: KeyKind>(
    key: &ProvingKey<K>,
    work: Vec<Work>,
) -> Result<Vec<Proven>, ReplayError> {
    let acts = work
        .iter()
        .filter(|work| matches!(work.body, Body::Act(_)))
        .count();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if acts < 2 || cores < 2 {
        return work.into_iter().map(|work| prove_one(key, work)).collect();
    }
    let mut lanes: Vec<Vec<(usize, Work)>> = (0..cores).map(|_| Vec::new()).collect();
    for (index, work) in work.into_iter().enumerate() {
        lanes[index % cores].push((index, work));
    }
    let mut done = thread::scope(|scope| {
        let threads: Vec<_> = lanes
            .into_iter()
            .map(|lane| scope.spawn(|| prove_lane(key, lane)))
            .collect();
        let mut done = Vec::new();
        for thread in threads {
            // A panic in a prover's thread goes on in this one.
            done.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok::<_, ReplayError>(done)
    })?;
    done.sort_unstable_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, proven)| proven).collect())
}

fn prove_lane<K: KeyKind>(
    key: &ProvingKey<K>,
    lane: Vec<(usize, Work)>,
) -> Result<Vec<(usize, Proven)>, ReplayError> {
    let prove = || {
        lane.into_iter()
            .map(|(index, work)| Ok((index, prove_one(key, work)?)))
            .collect()
    };
    match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(prove),
        // Without a pool of its own the lane shares the common one: slower, not wrong.
        Err(_) => prove(),
    }
}

fn prove_one<K: KeyKind>(key: &ProvingKey<K>, work: Work) -> Result<Proven, ReplayError> {
    match work.body {
        Body::Ready(entry) => Ok((entry.to_bytes(), None)),
        Body::Act(prepared) => {
            let start = Instant::now();
            let transaction = prepared
                .prove(key, &mut OsRng)
                .map_err(ReplayError::of_wallet(work.trader))?;
            Ok((Entry::Market(transaction).to_bytes(), Some(start.elapsed())))
        }
    }
}
