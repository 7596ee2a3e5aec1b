//! The audit finds what is wrong, whatever it is.

use super::*;
use crate::replay::arguments::ReplayArguments;
use crate::replay::driver::{Driver, Stage};
use crate::replay::work::{Purpose, Work};
use crate::verifier::UnprovenDryRun;
use tally_exchange::message::Rest;
use tally_ledger_adapter::embedded::EmbeddedLog;

const SOUND: Checks = Checks {
    positions_sum: 0,
    cash_conserved: true,
    fills_claimed_once: true,
    wallets_recovered: 5,
    wallets: 5,
    state_reproduced: true,
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

/// A day without proofs, up to the stage where it is stopped.
struct Scene {
    day: ReplayDay,
    _folder: tempfile::TempDir,
    log: EmbeddedLog,
    live: Replica,
    wallets: Vec<Wallet>,
}

impl Scene {
    fn up_to(stop: Stage) -> Self {
        Self::cut(1, stop, u64::MAX)
    }

    /// The day of this seed, stopped before `stop`, or earlier after this many blocks.
    fn cut(seed: u64, stop: Stage, blocks: u64) -> Self {
        let arguments = ReplayArguments {
            day: "2017-01-03".to_owned(),
            messages: Some(40),
            traders: 5,
            seed,
        };
        let day = ReplayDay::new(&arguments).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let log = EmbeddedLog::create(folder.path(), &arguments.genesis()).unwrap();
        let verifier = UnprovenDryRun::new();
        let mut live = day.replica().unwrap();
        let mut driver = Driver::new(&day, live.market());
        while let Some(batch) = driver.next_batch(&live).unwrap() {
            if driver.stage() == stop || live.market().height() == blocks {
                break;
            }
            let purposes: Vec<(u32, Purpose)> =
                batch.work.iter().map(|w| (w.trader, w.purpose)).collect();
            let transactions = batch.work.into_iter().map(Work::unproven).collect();
            let block = log.commit(batch.time, transactions).unwrap();
            let outcome = live.execute(&block, &verifier).unwrap();
            driver.absorb(live.market(), &purposes, &outcome).unwrap();
        }
        let wallets = driver.wallets().to_vec();
        Self {
            day,
            _folder: folder,
            log,
            live,
            wallets,
        }
    }

    fn audit(&self) -> Checks {
        self.audit_of(&self.wallets)
    }

    fn audit_of(&self, wallets: &[Wallet]) -> Checks {
        let verifier = UnprovenDryRun::new();
        audit(&self.day, &self.log, &self.live, wallets, &verifier)
            .unwrap()
            .checks
    }
}

#[test]
fn what_is_sound_passes() {
    let checks = Scene::up_to(Stage::Done).audit();
    assert!(checks.all_hold(), "{checks:?}");
    assert_eq!((checks.wallets, checks.wallets_recovered), (5, 5));
}

/// Wallets that are not what the ledger says: one that missed everything, and two that were swapped.
#[test]
fn false_wallets() {
    let scene = Scene::up_to(Stage::Done);
    for (trader, fresh) in scene
        .day
        .wallets(scene.live.market())
        .into_iter()
        .enumerate()
    {
        let mut wallets = scene.wallets.clone();
        let lost = wallets[trader].main().note().position;
        wallets[trader] = fresh;
        let checks = scene.audit_of(&wallets);
        assert_eq!(checks.wallets_recovered, 4);
        assert!(!checks.cash_conserved);
        assert_eq!(checks.positions_sum, -i64::from(lost));
        assert!(checks.fills_claimed_once && checks.state_reproduced);
    }
    // The day has somebody with a position, so that the sum above is one that fails.
    assert!(scene.wallets.iter().any(|w| w.main().note().position != 0));

    let mut wallets = scene.wallets.clone();
    wallets.swap(0, 1);
    let checks = scene.audit_of(&wallets);
    assert_eq!(checks.failed(), [Check::Wallets.name()]);
    assert_eq!(checks.wallets_recovered, 3);

    let checks = scene.audit_of(&scene.wallets[..4]);
    assert!(!checks.cash_conserved);
}

/// The last claims are missing: fills are not in notes yet, and reservations stand.
#[test]
fn lost_claims() {
    let scene = Scene::up_to(Stage::Claiming);
    let checks = scene.audit();
    assert!(!checks.fills_claimed_once);
    assert!(!checks.cash_conserved);
    // Wallets and state are right as far as they go.
    assert_eq!(checks.wallets_recovered, 5);
    assert!(checks.state_reproduced);
}

/// The claims end anywhere before the last: as long as one record stands, the check fails, even if all that is left
/// are orders that never filled.
#[test]
fn claims_that_end_early() {
    // A seed with orders that never filled among the last to be claimed.
    let seed = 8;
    let height = |stop| Scene::cut(seed, stop, u64::MAX).log.tip().height;
    let (first, last) = (height(Stage::Claiming), height(Stage::Done));
    let mut only_unfilled = 0;
    for blocks in first..last {
        let scene = Scene::cut(seed, Stage::Done, blocks);
        assert!(!scene.audit().fills_claimed_once, "after {blocks} blocks");
        let unfilled = |record: &tally_exchange::record::Record| record.fills.is_empty();
        only_unfilled += u32::from(scene.live.market().records().all(|(_, r)| unfilled(r)));
    }
    assert!(only_unfilled > 0, "take another seed");
}

/// The live replica is ahead of the ledger, or behind it.
#[test]
fn ledger_that_leads_elsewhere() {
    let mut scene = Scene::up_to(Stage::Done);
    let behind = Scene::up_to(Stage::Claiming);
    scene.live = behind.live;
    assert_eq!(scene.audit().failed(), [Check::State.name()]);

    let mut cut = Scene::up_to(Stage::Claiming);
    let whole = Scene::up_to(Stage::Done);
    cut.live = whole.live;
    assert!(!cut.audit().state_reproduced);
    // A wallet that knows more than the ledger is not recovered from it.
    let checks = cut.audit_of(&whole.wallets);
    assert!(checks.wallets_recovered < 5);
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
    assert!(!in_two_parts.all_once());
    claim(&mut in_two_parts, 1, 3);
    assert!(in_two_parts.all_once());

    let mut backwards = filled(1, 3);
    claim(&mut backwards, 1, 3);
    claim(&mut backwards, 1, 2);
    claim(&mut backwards, 1, 3);
    assert!(!backwards.all_once());

    let mut too_many = filled(1, 3);
    claim(&mut too_many, 1, 4);
    assert!(!too_many.all_once());

    let mut of_nothing = filled(1, 3);
    claim(&mut of_nothing, 1, 3);
    claim(&mut of_nothing, 2, 1);
    assert!(!of_nothing.all_once());

    // An order that never filled is closed with a claim of nothing.
    let mut closed = filled(1, 3);
    claim(&mut closed, 1, 3);
    claim(&mut closed, 2, 0);
    assert!(closed.all_once());
}
