//! Proving a block's messages with all cores.
//!
//! One message alone gets every core. Of several, each core proves its own on a single thread: nothing waits, and the
//! time taken of each is what its proof takes on one core.

use super::error::ReplayError;
use super::work::{Body, Work};
use crate::entry::Entry;
use crate::keys::MarketKeys;
use crate::process::measured_alone;
use rand::rngs::OsRng;
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};
use tally_prover::KeyKind;
use tally_trader::prepared::ProvingKeys;

/// What a proof took.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProofTime {
    /// Wall clock.
    pub(super) wall: Duration,
    /// Processor time, if the process did nothing else and the system tells.
    pub(super) processor: Option<Duration>,
}

/// One entry of a block, and how long its proof took if it needed one.
pub(super) type Proven = (Vec<u8>, Option<ProofTime>);

/// Proves what needs a proof; entries come back in the order of `work`. What the trader `measured` sends is proved before
/// everything else, on one core and with nothing beside it.
///
/// # Errors
/// The first that fails; nothing has been sent.
pub(super) fn prove_all<K: KeyKind>(
    keys: &MarketKeys<K>,
    work: Vec<Work>,
    measured: u32,
) -> Result<Vec<Proven>, ReplayError> {
    let (alone, others): (Vec<_>, Vec<_>) = work
        .into_iter()
        .enumerate()
        .partition(|(_, work)| work.trader == measured && work.spends());
    let mut done = Vec::with_capacity(alone.len() + others.len());
    for (index, work) in alone {
        let (proven, took) = measured_alone(|| on_one_core(|| prove_one(keys, work)));
        let (entry, time) = proven?;
        let time = time.map(|time| ProofTime {
            processor: took,
            ..time
        });
        done.push((index, (entry, time)));
    }
    done.extend(prove_together(keys, others)?);
    done.sort_unstable_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, proven)| proven).collect())
}

fn prove_together<K: KeyKind>(
    keys: &MarketKeys<K>,
    work: Vec<(usize, Work)>,
) -> Result<Vec<(usize, Proven)>, ReplayError> {
    let count = work.iter().filter(|(_, work)| work.spends()).count();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if count < 2 || cores < 2 {
        return prove_lane(keys, work);
    }
    // What needs no proof goes along with the first lane.
    let mut lanes: Vec<Vec<(usize, Work)>> = (0..cores).map(|_| Vec::new()).collect();
    let mut next = 0;
    for (index, work) in work {
        let lane = if work.spends() { next % cores } else { 0 };
        next += usize::from(work.spends());
        lanes[lane].push((index, work));
    }
    thread::scope(|scope| {
        let threads: Vec<_> = lanes
            .into_iter()
            .map(|lane| scope.spawn(|| on_one_core(|| prove_lane(keys, lane))))
            .collect();
        let mut done = Vec::new();
        for thread in threads {
            // A panic in a prover's thread goes on in this one.
            done.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(done)
    })
}

fn prove_lane<K: KeyKind>(
    keys: &MarketKeys<K>,
    lane: Vec<(usize, Work)>,
) -> Result<Vec<(usize, Proven)>, ReplayError> {
    lane.into_iter()
        .map(|(index, work)| Ok((index, prove_one(keys, work)?)))
        .collect()
}

/// Does something without help from other cores.
fn on_one_core<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(work),
        // Without a pool of its own it shares the common one: not wrong, but not alone.
        Err(_) => work(),
    }
}

fn prove_one<K: KeyKind>(keys: &MarketKeys<K>, work: Work) -> Result<Proven, ReplayError> {
    let needs_proof = work.spends();
    let prepared = match work.body {
        Body::Ready(entry) => return Ok((entry.to_bytes(), None)),
        Body::Prepared(prepared) => prepared,
    };
    let proving = ProvingKeys {
        act: &keys.act.proving,
        refresh: &keys.refresh.proving,
        lapse: &keys.lapse.proving,
    };
    let start = Instant::now();
    let transaction = prepared
        .prove(&proving, &mut OsRng)
        .map_err(ReplayError::of_wallet(work.trader))?;
    let took = needs_proof.then(|| ProofTime {
        wall: start.elapsed(),
        processor: None,
    });
    Ok((Entry::Market(transaction).to_bytes(), took))
}
