//! The audit finds what is wrong, whatever it is.

use super::*;
use crate::replay::arguments::ReplayArguments;
use crate::replay::driver::{Driver, Stage};
use crate::replay::faults::Faults;
use crate::replay::traders::Holding;
use crate::replay::work::{Purpose, Work};
use crate::verifier::UnprovenDryRun;
use tally_exchange::message::Rest;
use tally_exchange::receipt::Phase;
use tally_ledger_adapter::embedded::EmbeddedLog;
use tally_ledger_adapter::log::OrderedLog;

const SOUND: Checks = Checks {
    positions_sum: 0,
    cash_conserved: true,
    fills_claimed_once: true,
    wallets_recovered: 5,
    wallets: 5,
    state_reproduced: true,
    liquidated_as_left: true,
    turnstile_ok: true,
};

#[test]
fn each_check_counts() {
    assert!(SOUND.all_hold());
    assert!(SOUND.failed().is_empty());
    let broken = [
        Checks {
            positions_sum: 1,
            ..SOUND
        },
        Checks {
            cash_conserved: false,
            ..SOUND
        },
        Checks {
            fills_claimed_once: false,
            ..SOUND
        },
        Checks {
            wallets_recovered: 4,
            ..SOUND
        },
        Checks {
            state_reproduced: false,
            ..SOUND
        },
        Checks {
            liquidated_as_left: false,
            ..SOUND
        },
        Checks {
            turnstile_ok: false,
            ..SOUND
        },
    ];
    for (checks, check) in broken.into_iter().zip(Check::ALL) {
        assert!(!checks.all_hold(), "{checks:?}");
        assert_eq!(checks.failed(), [check.name()]);
    }
    let negative = Checks {
        positions_sum: -1,
        ..SOUND
    };
    assert!(!negative.all_hold());
    let too_many = Checks {
        wallets_recovered: 6,
        ..SOUND
    };
    assert!(!too_many.all_hold());
}

/// A day without proofs, as far as it came.
struct Scene<'a> {
    plan: &'a ReplayPlan,
    log: &'a EmbeddedLog,
    live: Replica,
    driver: Driver<'a>,
    watch: EpochWatch,
}

fn arguments(seed: u64) -> ReplayArguments {
    ReplayArguments {
        faults: Faults {
            drop_out: 1,
            ..Faults::default()
        },
        ..ReplayArguments::of_day("2017-01-03", Some(40), 6, seed)
    }
}

/// Runs a day until `stop` says so, before the block that it looks at, and looks at what has become of it.
fn scene<T>(
    arguments: &ReplayArguments,
    stop: impl Fn(&Driver<'_>, &Replica) -> bool,
    look: impl FnOnce(&mut Scene<'_>) -> T,
) -> T {
    let plan = ReplayPlan::new(arguments).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::create(folder.path(), &arguments.genesis()).unwrap();
    let verifier = UnprovenDryRun::new();
    let live = plan.replica().unwrap();
    let driver = Driver::new(&plan, &live).unwrap();
    let mut scene = Scene {
        plan: &plan,
        log: &log,
        live,
        driver,
        watch: EpochWatch::new(),
    };
    while let Some(batch) = scene.driver.next_batch(&scene.live).unwrap() {
        if stop(&scene.driver, &scene.live) {
            break;
        }
        let pieces: Vec<(u32, Purpose)> =
            batch.work.iter().map(|w| (w.trader, w.purpose)).collect();
        let market = scene.live.markets().next().unwrap();
        let before: Vec<Holding> = pieces
            .iter()
            .map(|(trader, _)| scene.driver.traders()[*trader as usize].holding(market))
            .collect();
        let transactions = batch.work.into_iter().map(Work::unproven).collect();
        let block = log.commit(batch.time, transactions).unwrap();
        let outcome = scene.live.execute(&block, &verifier).unwrap();
        scene.driver.absorb(&scene.live, &pieces, &outcome).unwrap();
        let traders = scene.driver.traders();
        scene
            .watch
            .take(&scene.live, &pieces, &before, traders, &outcome);
    }
    look(&mut scene)
}

impl Scene<'_> {
    fn audit(&self) -> Checks {
        self.audit_of(&self.live)
    }

    fn audit_of(&self, live: &Replica) -> Checks {
        let lived = Lived {
            replica: live,
            traders: self.driver.traders(),
            watch: &self.watch,
        };
        let verifier = UnprovenDryRun::new();
        audit(self.plan, self.log, &lived, &verifier)
            .unwrap()
            .checks
    }
}

fn to_the_end(_: &Driver<'_>, _: &Replica) -> bool {
    false
}

/// Right before the first claim after the close.
fn at_the_close(_: &Driver<'_>, live: &Replica) -> bool {
    live.markets().any(|market| market.phase() == Phase::Closed)
}

/// Right before the drop-out comes back.
fn before_the_comeback(driver: &Driver<'_>, _: &Replica) -> bool {
    driver.stage() == Stage::Comeback
}

#[test]
fn what_is_sound_passes() {
    scene(&arguments(1), to_the_end, |scene| {
        let checks = scene.audit();
        assert!(checks.all_hold(), "{checks:?}");
        assert_eq!((checks.wallets, checks.wallets_recovered), (6, 6));
    });
}

/// Everything is accounted for too while somebody is away.
#[test]
fn sound_without_the_absent() {
    scene(&arguments(1), before_the_comeback, |scene| {
        let market = scene.live.markets().next().unwrap();
        let mut traders = scene.driver.traders().iter();
        assert!(traders.any(|trader| trader.is_behind(market)));
        let checks = scene.audit();
        assert!(checks.all_hold(), "{checks:?}");
    });
}

/// Wallets that are not what the ledger says: one that missed everything, and two that were swapped.
#[test]
fn false_wallets() {
    scene(&arguments(1), to_the_end, |scene| {
        let market = scene.live.markets().next().unwrap().clone();
        let mut had_position = false;
        for trader in 0..6 {
            let mut fresh = Trader::new(scene.plan, trader, false, &market);
            let index = trader as usize;
            std::mem::swap(&mut scene.driver.traders_mut()[index], &mut fresh);
            let lost = fresh.wallet().main().note().position;
            had_position |= lost != 0;
            let checks = scene.audit();
            assert_eq!(checks.wallets_recovered, 5);
            assert!(!checks.cash_conserved);
            assert_eq!(checks.positions_sum, -i64::from(lost));
            assert!(checks.fills_claimed_once && checks.state_reproduced);
            std::mem::swap(&mut scene.driver.traders_mut()[index], &mut fresh);
        }
        // The day has somebody with a position, so that the sum above is one that fails.
        assert!(had_position);
        scene.driver.traders_mut().swap(0, 1);
        let checks = scene.audit();
        assert_eq!(checks.failed(), [Check::Wallets.name()]);
        assert_eq!(checks.wallets_recovered, 4);
        scene.driver.traders_mut().swap(0, 1);
        scene.driver.traders_mut().pop();
        assert!(!scene.audit().cash_conserved);
    });
}

/// The last claims are missing: fills are not in notes yet, and reservations stand.
#[test]
fn lost_claims() {
    let arguments = ReplayArguments::of_day("2017-01-04", Some(80), 6, 1);
    scene(&arguments, at_the_close, |scene| {
        let checks = scene.audit();
        assert!(!checks.fills_claimed_once, "{checks:?}");
        assert!(!checks.cash_conserved, "{checks:?}");
        // Wallets and state are right as far as they go.
        assert_eq!(checks.wallets_recovered, 6);
        assert!(checks.state_reproduced);
    });
}

/// The live replica is ahead of the ledger.
#[test]
fn ledger_that_leads_elsewhere() {
    let end = scene(&arguments(1), to_the_end, |scene| scene.live.clone());
    scene(&arguments(1), before_the_comeback, |scene| {
        let checks = scene.audit_of(&end);
        assert_eq!(checks.failed(), [Check::State.name()]);
    });
}

fn filled(order: u64, fills: u32) -> ClaimedFills {
    let mut claims = ClaimedFills::default();
    claims.filled.insert(OrderId(order), fills);
    claims
}

fn claim(claims: &mut ClaimedFills, order: u64, fills: u32) {
    claims.claim(&RecordClaim {
        order: OrderId(order),
        fills,
        rest: Rest::Move,
    });
}

/// Every fill in exactly one claim: none left out, none twice, none that never was.
#[test]
fn fills_and_claims() {
    let mut in_two_parts = filled(1, 3);
    claim(&mut in_two_parts, 1, 2);
    assert!(!in_two_parts.all_once(&BTreeSet::new()));
    claim(&mut in_two_parts, 1, 3);
    assert!(in_two_parts.all_once(&BTreeSet::new()));

    let mut backwards = filled(1, 3);
    claim(&mut backwards, 1, 3);
    claim(&mut backwards, 1, 2);
    claim(&mut backwards, 1, 3);
    assert!(!backwards.all_once(&BTreeSet::new()));

    let mut too_many = filled(1, 3);
    claim(&mut too_many, 1, 4);
    assert!(!too_many.all_once(&BTreeSet::new()));

    let mut of_nothing = filled(1, 3);
    claim(&mut of_nothing, 1, 3);
    claim(&mut of_nothing, 2, 1);
    assert!(!of_nothing.all_once(&BTreeSet::new()));

    // An order that never filled is closed with a claim of nothing.
    let mut closed = filled(1, 3);
    claim(&mut closed, 1, 3);
    claim(&mut closed, 2, 0);
    assert!(closed.all_once(&BTreeSet::new()));
}

/// Who never came back may have left fills unclaimed, but not claimed them twice.
#[test]
fn fills_of_the_absent() {
    let absent = BTreeSet::from([OrderId(1)]);
    let mut claims = filled(1, 3);
    assert!(claims.all_once(&absent) && !claims.all_once(&BTreeSet::new()));
    claim(&mut claims, 1, 2);
    assert!(claims.all_once(&absent) && !claims.all_once(&BTreeSet::new()));
    claim(&mut claims, 1, 4);
    assert!(!claims.all_once(&absent));
}

/// Takes a day to its end or to this height on a ledger that may hold a part of it, with claims as early as they come, and
/// gives the end state and how many claims there were before any window.
fn claiming_early(plan: &ReplayPlan, log: &EmbeddedLog, until: u64) -> (Replica, usize, Checks) {
    let verifier = UnprovenDryRun::new();
    let mut live = plan.replica().unwrap();
    let mut driver = Driver::new(plan, &live).unwrap();
    driver.claim_beyond(0);
    let mut watch = EpochWatch::new();
    let mut claims = 0;
    while live.height() < until {
        let Some(batch) = driver.next_batch(&live).unwrap() else {
            break;
        };
        let pieces: Vec<(u32, Purpose)> =
            batch.work.iter().map(|w| (w.trader, w.purpose)).collect();
        claims += pieces.iter().filter(|(_, p)| *p == Purpose::Claim).count();
        let market = live.markets().next().unwrap();
        let before: Vec<Holding> = pieces
            .iter()
            .map(|(trader, _)| driver.traders()[*trader as usize].holding(market))
            .collect();
        let block = match OrderedLog::block(log, live.height() + 1).unwrap() {
            // As a killed replay finds it: the same, piece by piece.
            Some(block) => {
                assert_eq!(block.transactions.len(), batch.work.len());
                let mut pairs = batch.work.iter().zip(&block.transactions);
                assert!(pairs.all(|(work, bytes)| work.matches(bytes)));
                block
            }
            None => {
                let transactions = batch.work.into_iter().map(Work::unproven).collect();
                log.commit(batch.time, transactions).unwrap()
            }
        };
        let outcome = live.execute(&block, &verifier).unwrap();
        driver.absorb(&live, &pieces, &outcome).unwrap();
        watch.take(&live, &pieces, &before, driver.traders(), &outcome);
    }
    let lived = Lived {
        replica: &live,
        traders: driver.traders(),
        watch: &watch,
    };
    let checks = audit(plan, log, &lived, &verifier).unwrap().checks;
    (live, claims, checks)
}

/// Claims along the day, killed at random: nothing is claimed twice or left out, and the end is the same.
#[test]
fn claims_along_the_day_with_random_kills() {
    use rand::{Rng, SeedableRng};
    let mut random = rand::rngs::StdRng::seed_from_u64(7);
    for seed in [1, 2] {
        let arguments = ReplayArguments::of_day("2017-01-03", Some(120), 6, seed);
        let plan = ReplayPlan::new(&arguments).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let new_log = |name: &str| {
            EmbeddedLog::create(folder.path().join(name), &arguments.genesis()).unwrap()
        };
        let (end, claims, checks) = claiming_early(&plan, &new_log("whole"), u64::MAX);
        assert!(checks.all_hold(), "{checks:?}");
        assert!(claims > 20, "only {claims} claims along the day");
        let killed = new_log("killed");
        let mut height = 0;
        while height < end.height() {
            height += random.gen_range(1..=end.height() / 2);
            let (state, _, checks) = claiming_early(&plan, &killed, height);
            // Wherever it is killed the ledger leads to the state that was reached, and every wallet comes back.
            assert!(checks.state_reproduced && checks.wallets_recovered == checks.wallets);
            if height >= end.height() {
                assert_eq!(state.state_hash(), end.state_hash());
                assert!(checks.all_hold(), "{checks:?}");
            }
        }
    }
}
