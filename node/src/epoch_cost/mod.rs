//! What one epoch costs: a key generation among N seats, N Refreshes, the decryption shares, the opened sums; for the node
//! that executes them and for each trader that sends them.
//!
//! Dealings, shares, sums and their checks are real throughout. Of the Refreshes as many carry a proof as the
//! [`EpochCostPlan`] says, each of a note of its own; the node's time for the others is the execution of their messages
//! plus the time that verifying a proof took. Openings and bonds, which only set the scene, carry no proofs.

mod error;
mod scene;
mod verifier;

pub use error::EpochCostError;

use crate::keys::MarketKeys;
use scene::Scene;
use serde::Serialize;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use tally_mpc::threshold;
use tally_prover::KeyKind;

/// Proofs of a block: what a node may find in one second of a window.
pub const BLOCK: usize = 64;

/// How an epoch is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochCostPlan {
    /// Traders, each with one note and one seat.
    pub seats: u32,
    /// Refreshes that are proved in earnest, at most: whole blocks of [`BLOCK`] tell most.
    pub proofs: u32,
    /// Traders whose dealing, check of dealings and share are timed, each while nothing else goes on; the work of the
    /// others is spread over all cores.
    pub timed: NonZeroU32,
}

/// What an epoch costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EpochCosts {
    /// Traders, each with one seat.
    pub seats: u32,
    /// Refreshes that were proved in earnest.
    pub refresh_proofs: u32,
    /// Traders whose work was timed.
    pub timed: u32,
    /// Cores that the program may use.
    pub cores: usize,
    /// What the node does in an epoch, seconds of wall time: all Refreshes, the shares of all seats, the result.
    pub node_epoch_s: f64,
    /// All Refreshes of it.
    pub refresh_verify_s: f64,
    /// The shares of all seats of it; those that open the sums were executed.
    pub shares_verify_s: f64,
    /// The check of the opened sums.
    pub opening_check_s: f64,
    /// One Refresh proof, seconds of processor time.
    pub refresh_prove_s_each: f64,
    /// One decryption share, seconds of processor time.
    pub share_s_each: f64,
    /// Finding the opened sums, once for everybody, seconds of processor time.
    pub discrete_log_s: f64,
    /// What the node does in a key generation, seconds of wall time.
    pub key_generation_node_s: f64,
    /// One dealing, seconds of processor time.
    pub deal_s_each: f64,
    /// Opening and checking what all dealers dealt to one seat, seconds of processor time.
    pub check_dealings_s_each: f64,
    /// All of the above and the setting of the scene, seconds.
    pub wall_s: f64,
}

/// Runs one epoch of a market with as many traders as the plan says, and measures it. `progress` is told what comes next.
///
/// # Errors
/// [`EpochCostError`] if something of it fails, which honest traders' work does not.
pub fn measure_epoch<K: KeyKind>(
    plan: &EpochCostPlan,
    keys: &MarketKeys<K>,
    progress: &mut dyn FnMut(&'static str),
) -> Result<EpochCosts, EpochCostError> {
    let start = Instant::now();
    progress("notes and seats");
    let mut scene = Scene::new(plan, keys)?;
    scene.open_notes()?;
    progress("key generation");
    let made = scene.make_key()?;
    progress("Refresh proofs");
    let (refreshes, refresh_prove) = scene.refreshes(keys)?;
    let refresh_verify = scene.execute_refreshes(refreshes)?;
    progress("decryption shares");
    let (shares_verify, share) = scene.share()?;
    progress("opened sums");
    let (opening_check, discrete_log) = scene.open_sums()?;
    Ok(EpochCosts {
        seats: plan.seats,
        refresh_proofs: plan.proofs.min(plan.seats),
        timed: plan.timed.get().min(plan.seats),
        cores: cores(),
        node_epoch_s: rounded(refresh_verify + shares_verify + opening_check),
        refresh_verify_s: rounded(refresh_verify),
        shares_verify_s: rounded(shares_verify),
        opening_check_s: rounded(opening_check),
        refresh_prove_s_each: rounded(refresh_prove),
        share_s_each: rounded(share),
        discrete_log_s: rounded(discrete_log),
        key_generation_node_s: rounded(made.node),
        deal_s_each: rounded(made.deal),
        check_dealings_s_each: rounded(made.check),
        wall_s: rounded(start.elapsed()),
    })
}

/// Shares that open a sum among so many seats.
fn sharers(seats: usize) -> usize {
    threshold(seats)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Seconds to the microsecond.
fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_prover::{Keys, SeededTest, act_test_keys, lapse_test_keys, refresh_test_keys};

    fn keys() -> MarketKeys<SeededTest> {
        let together = |(proving, verifying): &(_, _)| Keys {
            proving: tally_prover::ProvingKey::clone(proving),
            verifying: tally_prover::VerifyingKey::clone(verifying),
        };
        MarketKeys {
            act: together(act_test_keys()),
            refresh: together(refresh_test_keys()),
            lapse: together(lapse_test_keys()),
        }
    }

    fn plan(seats: u32, proofs: u32, timed: u32) -> EpochCostPlan {
        let timed = NonZeroU32::new(timed).unwrap();
        EpochCostPlan {
            seats,
            proofs,
            timed,
        }
    }

    /// The epoch ends only if enough Refreshes, shares and the right sums were accepted: see `Scene::open_sums`.
    #[test]
    fn an_epoch_ends_and_everything_took_time() {
        let mut stages = Vec::new();
        let costs =
            measure_epoch(&plan(5, 2, 3), &keys(), &mut |stage| stages.push(stage)).unwrap();
        assert_eq!(stages.len(), 5);
        assert_eq!((costs.seats, costs.refresh_proofs, costs.timed), (5, 2, 3));
        let times = [
            costs.refresh_verify_s,
            costs.shares_verify_s,
            costs.opening_check_s,
            costs.refresh_prove_s_each,
            costs.share_s_each,
            costs.discrete_log_s,
            costs.key_generation_node_s,
            costs.deal_s_each,
            costs.check_dealings_s_each,
        ];
        assert!(times.iter().all(|time| *time > 0.0), "{costs:?}");
        let sum = costs.refresh_verify_s + costs.shares_verify_s + costs.opening_check_s;
        assert!((costs.node_epoch_s - sum).abs() < 1e-5, "{costs:?}");
        assert!(costs.wall_s > costs.node_epoch_s, "{costs:?}");
    }

    /// Proofs are for as many Refreshes as there are, and those without count for the node all the same.
    #[test]
    fn more_is_asked_than_there_is() {
        let costs = measure_epoch(&plan(3, 100, 100), &keys(), &mut |_| ()).unwrap();
        assert_eq!((costs.refresh_proofs, costs.timed), (3, 3));
    }

    #[test]
    fn two_are_no_market() {
        let error = measure_epoch(&plan(2, 1, 1), &keys(), &mut |_| ()).unwrap_err();
        assert!(
            matches!(error, EpochCostError::TooFewSeats { seats: 2, least: 3 }),
            "{error}"
        );
    }
}
