//! Two replays with the same arguments agree, with proofs or without; other arguments lead elsewhere.

#![allow(clippy::unwrap_used)]

mod common;

use common::{dry, outcome, proved, smallest};
use std::collections::BTreeSet;
use tally_node::replay::{Faults, PriorSettlementSource, ReplayArguments};

fn dry_arguments() -> ReplayArguments {
    ReplayArguments::of_day("2017-01-03", Some(60), 12, 1)
}

#[test]
fn dry_runs_with_the_same_arguments_agree() {
    let (first, second) = (dry(&dry_arguments()), dry(&dry_arguments()));
    assert_eq!(outcome(&first), outcome(&second));
    assert!(first.checks.all_hold());
    assert!(first.fills > 0 && first.cancels > 0);
}

/// Every argument counts: day, messages, traders, seed, days, faults.
#[test]
fn other_arguments_lead_to_other_states() {
    let base = dry_arguments();
    let others = [
        ReplayArguments {
            seed: 2,
            ..base.clone()
        },
        ReplayArguments {
            traders: 13,
            ..base.clone()
        },
        ReplayArguments {
            messages: Some(61),
            ..base.clone()
        },
        ReplayArguments {
            day: "2017-01-04".to_owned(),
            ..base.clone()
        },
        ReplayArguments {
            days: 2,
            ..base.clone()
        },
        ReplayArguments {
            faults: Faults {
                no_share: 1,
                ..Faults::default()
            },
            ..base.clone()
        },
        base,
    ];
    let states: BTreeSet<String> = others.iter().map(|a| dry(a).final_state_hash).collect();
    assert_eq!(states.len(), others.len());
}

/// The proofs change nothing but the figures about proofs.
fn proved_like_dry(day: &str) -> tally_node::replay::ReplayReport {
    let folder = tempfile::tempdir().unwrap();
    let arguments = smallest(day, 1);
    let real = proved(&arguments, folder.path()).unwrap();
    let dry = dry(&arguments);
    assert_eq!(outcome(&real), outcome(&dry));
    assert!(real.checks.all_hold(), "{:?}", real.checks);
    assert_eq!(real.checks.wallets_recovered, 3);
    assert!(!real.epochs.is_empty(), "the day is settled");
    assert!(real.epochs.iter().all(|epoch| epoch.liquidated == Some(0)));

    assert!(!real.dry_run && dry.dry_run);
    assert!(real.keys.is_some_and(|keys| keys.contains("INSECURE")));
    assert_eq!(
        (dry.proofs, dry.proofs_made, dry.prove_ms_median),
        (0, 0, None)
    );
    assert_eq!(real.proofs, real.proofs_made);
    // Three openings, three bonds, three Refreshes an epoch at least, and one proof for each Act that posted orders.
    let epochs = real.epochs.len() as u64;
    assert!(real.proofs >= 6 + 3 * epochs + real.orders_posted);
    assert!(
        real.passive_trader_cpu_s
            .is_none_or(|seconds| seconds > 0.0)
    );
    assert_eq!(dry.passive_trader_cpu_s, None);
    assert!(real.prove_ms_median <= real.prove_ms_p95);
    assert!(real.verify_ms_per_proof.is_some_and(|ms| ms > 0.0));
    dry
}

/// The first session of the next month in the table has no close before it.
#[test]
fn proved_on_the_first_day_of_a_month() {
    let report = proved_like_dry("2017-02-15");
    assert_eq!(report.market, "HEJ7");
    assert_eq!(
        report.prior_settlement_source,
        PriorSettlementSource::OwnOpen
    );
}

/// With a trader who drops out and one whose seat posts no share (two of seven shares may be missing): proved, they come
/// to the same end as without proofs, and the way back of the one who dropped out is measured.
#[test]
fn proved_with_faults() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Faults {
        drop_out: 1,
        no_share: 1,
        ..Faults::default()
    };
    let arguments = ReplayArguments {
        faults,
        // The first session after the clocks went forward.
        ..ReplayArguments::of_day("2017-03-13", Some(20), 7, 1)
    };
    let real = proved(&arguments, folder.path()).unwrap();
    assert_eq!(outcome(&real), outcome(&dry(&arguments)));
    assert!(real.checks.all_hold(), "{:?}", real.checks);
    assert_eq!(real.epochs[0].absent, 1);
    assert!(
        real.drop_out_recovery_s
            .is_some_and(|seconds| seconds > 0.0)
    );
}
