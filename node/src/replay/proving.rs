//! Proving a block's messages with all cores.
//!
//! One message alone gets every core. Of several, each core proves its own on a single thread, so that nothing waits,
//! and the time taken of each is what its proof takes on one core. A last one that is left over gets every core again.

use super::error::ReplayError;
use super::work::{Body, Work};
use crate::entry::Entry;
use crate::keys::MarketKeys;
use crate::process::measured_alone;
use rand::rngs::OsRng;
use rayon::{ThreadPool, ThreadPoolBuilder};
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
    /// Whether it had all cores; otherwise it had one.
    pub(super) had_all_cores: bool,
}

/// One entry of a block, and how long its proof took if it needed one.
pub(super) type Proven = (Vec<u8>, Option<ProofTime>);

/// A piece of a block with its place in it.
type Placed = (usize, Work);

/// The cores: a pool of one thread each, made once.
pub(super) struct Cores {
    lanes: Vec<ThreadPool>,
}

impl Cores {
    /// The cores that the process may use.
    pub(super) fn new() -> Self {
        let count = thread::available_parallelism().map_or(1, usize::from);
        let lane = |_| ThreadPoolBuilder::new().num_threads(1).build().ok();
        // Without pools of their own everything shares the common one: not wrong, but not alone.
        let lanes: Option<Vec<_>> = (0..count).map(lane).collect();
        Self {
            lanes: lanes.unwrap_or_default(),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.lanes.len().max(1)
    }

    /// Does something without help from other cores.
    fn on_one<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self.lanes.first() {
            Some(lane) => lane.install(work),
            None => work(),
        }
    }
}

/// Proves what needs a proof; entries come back in the order of `work`. What the trader `measured` sends is proved before
/// everything else, on one core and with nothing beside it.
///
/// # Errors
/// The first that fails; nothing has been sent.
pub(super) fn prove_all<K: KeyKind>(
    cores: &Cores,
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
        let (proven, took) = measured_alone(|| cores.on_one(|| prove_one(keys, work, false)));
        let (entry, time) = proven?;
        let time = time.map(|time| ProofTime {
            processor: took,
            ..time
        });
        done.push((index, (entry, time)));
    }
    done.extend(prove_together(cores, keys, others)?);
    done.sort_unstable_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, proven)| proven).collect())
}

fn prove_together<K: KeyKind>(
    cores: &Cores,
    keys: &MarketKeys<K>,
    work: Vec<Placed>,
) -> Result<Vec<(usize, Proven)>, ReplayError> {
    let (lanes, rest) = deal(work, cores.lanes.len(), |(_, work)| work.spends());
    let mut done = Vec::new();
    thread::scope(|scope| {
        let lanes = lanes.into_iter().zip(&cores.lanes);
        let threads: Vec<_> = lanes
            .filter(|(lane, _)| !lane.is_empty())
            .map(|(lane, core)| scope.spawn(|| core.install(|| prove_lane(keys, lane, false))))
            .collect();
        for thread in threads {
            // A panic in a prover's thread goes on in this one.
            done.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok::<_, ReplayError>(())
    })?;
    done.extend(prove_lane(keys, rest, true)?);
    Ok(done)
}

/// Deals what has to be proved to the cores, in turn. What needs no proof is left over, and so is the last piece if the
/// cores would wait for one of them: it gets all of them.
fn deal<T>(work: Vec<T>, cores: usize, needs_proof: impl Fn(&T) -> bool) -> (Vec<Vec<T>>, Vec<T>) {
    let mut lanes: Vec<Vec<T>> = (0..cores).map(|_| Vec::new()).collect();
    let (proved, mut rest): (Vec<_>, Vec<_>) = work.into_iter().partition(needs_proof);
    let count = proved.len();
    let dealt = match cores {
        0 | 1 => 0,
        _ if count % cores == 1 => count - 1,
        _ => count,
    };
    for (place, piece) in proved.into_iter().enumerate() {
        if place < dealt {
            lanes[place % cores].push(piece);
        } else {
            rest.push(piece);
        }
    }
    (lanes, rest)
}

fn prove_lane<K: KeyKind>(
    keys: &MarketKeys<K>,
    lane: Vec<Placed>,
    had_all_cores: bool,
) -> Result<Vec<(usize, Proven)>, ReplayError> {
    lane.into_iter()
        .map(|(index, work)| Ok((index, prove_one(keys, work, had_all_cores)?)))
        .collect()
}

fn prove_one<K: KeyKind>(
    keys: &MarketKeys<K>,
    work: Work,
    had_all_cores: bool,
) -> Result<Proven, ReplayError> {
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
        had_all_cores,
    });
    Ok((Entry::Market(transaction).to_bytes(), took))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers for pieces; those divisible by ten need no proof.
    fn dealt(pieces: std::ops::Range<u32>, cores: usize) -> (Vec<Vec<u32>>, Vec<u32>) {
        deal(pieces.collect(), cores, |piece| piece % 10 != 0)
    }

    #[test]
    fn pieces_are_dealt_in_turn() {
        assert_eq!(dealt(0..5, 2), (vec![vec![1, 3], vec![2, 4]], vec![0]));
        assert_eq!(
            dealt(1..7, 4),
            (vec![vec![1, 5], vec![2, 6], vec![3], vec![4]], vec![])
        );
    }

    #[test]
    fn one_left_over_gets_all_cores() {
        assert_eq!(dealt(0..2, 2), (vec![vec![], vec![]], vec![0, 1]));
        assert_eq!(dealt(1..4, 2), (vec![vec![1], vec![2]], vec![3]));
        assert_eq!(dealt(1..4, 1), (vec![vec![]], vec![1, 2, 3]));
        assert_eq!(dealt(1..4, 0), (vec![], vec![1, 2, 3]));
    }
}
