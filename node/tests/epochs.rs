//! Epochs of replays without proofs: faults on demand, several days, a change of contract month.

#![allow(clippy::unwrap_used)]

mod common;

use common::{dry, faulty};
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::message::Symbol;
use tally_exchange::receipt::Offence;
use tally_node::replay::{Faults, ReplayArguments, ReplayReport};

/// A day that falls by 2.650 cents per pound, through the trigger of its first band.
const FALLING: &str = "2017-01-03";

fn sound(report: &ReplayReport) {
    assert!(report.checks.all_hold(), "{:?}", report.checks);
    assert!(report.checks.turnstile_ok);
}

fn with(faults: Faults) -> ReplayReport {
    let report = dry(&faulty(FALLING, 120, 12, faults));
    sound(&report);
    report
}

fn slashed(report: &ReplayReport, offence: Offence) -> usize {
    let shares = report.epochs.iter().flat_map(|epoch| &epoch.slashed);
    let deals = report
        .key_generations
        .iter()
        .flat_map(|round| &round.slashed);
    shares
        .chain(deals)
        .filter(|slashed| slashed.offence == offence)
        .count()
}

#[test]
fn a_falling_day_without_faults() {
    let report = with(Faults::default());
    let triggers: Vec<Trigger> = report.epochs.iter().map(|epoch| epoch.trigger).collect();
    assert!(triggers.contains(&Trigger::Mark), "{triggers:?}");
    assert_eq!(triggers.last(), Some(&Trigger::Settlement));
    for epoch in &report.epochs {
        assert_eq!((epoch.expected, epoch.refreshed), (12, 12));
        assert_eq!((epoch.liquidated, epoch.left), (Some(0), 0));
        assert_eq!((epoch.absent, epoch.distressed), (0, 0));
        assert_eq!(epoch.shares_ok, 12);
        assert!(epoch.slashed.is_empty() && !epoch.outage);
        assert_eq!(epoch.halt_s > 0.0, epoch.trigger.is_intraday(), "{epoch:?}");
    }
    // Nothing is owed to anybody.
    assert_eq!(report.epochs.last().unwrap().turnstile, Some(0));
    assert_eq!(report.days[0].halts, triggers.len() as u64 - 1);
    assert!(report.warnings.is_empty());
    assert!(
        report
            .key_generations
            .iter()
            .all(|round| round.made && round.seats == 12)
    );
}

#[test]
fn drop_outs_leave_their_positions_and_come_back() {
    let report = with(Faults {
        drop_out: 3,
        ..Faults::default()
    });
    let first = &report.epochs[0];
    assert_eq!((first.absent, first.refreshed, first.expected), (3, 9, 12));
    assert_eq!(first.liquidated, Some(first.left));
    assert!(report.epochs.iter().all(|epoch| epoch.liquidated.is_some()));
    // What they are owed shows in the turnstile.
    assert!(report.epochs.last().unwrap().turnstile.unwrap() > 0);
    // Their seats sent no shares.
    assert_eq!(slashed(&report, Offence::NoShare), 3);
    assert_eq!(report.drop_out_recovery_s, None, "nothing was proved");
}

#[test]
fn distressed_traders_are_cut_back() {
    let report = with(Faults {
        distress: 3,
        ..Faults::default()
    });
    let broken: u64 = report.epochs.iter().map(|epoch| epoch.distressed).sum();
    assert!(broken >= 3, "{:?}", report.epochs);
    let last = report.epochs.last().unwrap();
    assert!(last.absent == 0 && last.expected == 12 && last.refreshed == 12);
    // Haircuts stay in the turnstile.
    assert!(last.turnstile.unwrap() > 0);
    assert!(report.warnings.is_empty());
}

#[test]
fn a_quiet_day_breaks_nobody_and_says_so() {
    let faults = Faults {
        distress: 2,
        ..Faults::default()
    };
    let report = dry(&faulty("2017-01-17", 60, 8, faults));
    sound(&report);
    assert!(report.epochs.iter().all(|epoch| epoch.distressed == 0));
    assert!(
        report
            .warnings
            .iter()
            .any(|warning| warning.contains("too small"))
    );
}

#[test]
fn missing_and_false_shares_cost_bonds_and_change_nothing() {
    // Of 12 shares 8 are needed.
    let report = with(Faults {
        no_share: 2,
        bad_share: 2,
        ..Faults::default()
    });
    assert!(
        report
            .epochs
            .iter()
            .all(|epoch| epoch.liquidated == Some(0))
    );
    assert_eq!(slashed(&report, Offence::NoShare), 2);
    assert_eq!(slashed(&report, Offence::BadShare), 2);
    assert_eq!(report.epochs[0].shares_ok, 8);
}

#[test]
fn too_few_shares_leave_the_sums_closed_until_the_next_epoch() {
    let report = with(Faults {
        no_share: 5,
        ..Faults::default()
    });
    assert_eq!(report.epochs[0].liquidated, None);
    assert!(report.epochs.len() > 1, "the daily one follows");
    assert_eq!(report.epochs.last().unwrap().liquidated, Some(0));
    assert!(
        report
            .warnings
            .iter()
            .any(|warning| warning.contains("too few"))
    );
    assert!(slashed(&report, Offence::NoShare) >= 5);
}

#[test]
fn cheating_dealers_are_excluded() {
    let report = with(Faults {
        bad_dealer: 2,
        ..Faults::default()
    });
    let first = &report.key_generations[0];
    assert!(first.made);
    assert_eq!((first.seats, first.excluded), (12, 2));
    assert_eq!(slashed(&report, Offence::CheatingDealer), 2);
    assert!(
        report
            .epochs
            .iter()
            .all(|epoch| epoch.liquidated == Some(0))
    );
}

#[test]
fn everything_at_once() {
    let faults = Faults {
        drop_out: 3,
        distress: 3,
        bad_share: 2,
        no_share: 2,
        bad_dealer: 1,
    };
    let report = dry(&faulty(FALLING, 200, 30, faults));
    sound(&report);
    assert_eq!(report.epochs[0].absent, 3);
    assert!(
        report
            .epochs
            .iter()
            .all(|epoch| epoch.liquidated == Some(epoch.left))
    );
    assert_eq!(slashed(&report, Offence::CheatingDealer), 1);
    assert_eq!(slashed(&report, Offence::BadShare), 2);
}

#[test]
fn two_days() {
    let arguments = ReplayArguments {
        days: 2,
        ..faulty(
            FALLING,
            80,
            12,
            Faults {
                drop_out: 2,
                ..Faults::default()
            },
        )
    };
    let report = dry(&arguments);
    sound(&report);
    assert_eq!(report.days.len(), 2);
    assert_eq!(report.days[1].day, "2017-01-04");
    assert_eq!(report.contracts.len(), 1);
    let daily = report
        .epochs
        .iter()
        .filter(|epoch| epoch.trigger == Trigger::Settlement);
    assert_eq!(daily.count(), 2);
    // The drop-outs were back in time for the second day's settlement, where a note that is just back does not count
    // among the expected.
    let last = report.epochs.last().unwrap();
    assert_eq!((last.absent, last.refreshed), (0, 12));
    assert_eq!(
        report
            .key_generations
            .iter()
            .filter(|round| round.made)
            .count(),
        2
    );
}

/// From HEG7 to HEJ7: positions are settled finally, cash goes over, and the report names both.
#[test]
fn over_the_change_of_contract_month() {
    let arguments = ReplayArguments {
        days: 3,
        ..ReplayArguments::of_day("2017-02-13", Some(60), 12, 1)
    };
    let report = dry(&arguments);
    sound(&report);
    let contracts: Vec<&str> = report.contracts.iter().map(Symbol::as_str).collect();
    assert_eq!(contracts, ["HEG7", "HEJ7"]);
    let [settled] = &report.final_settlements[..] else {
        panic!("{:?}", report.final_settlements);
    };
    assert_eq!(settled.market.as_str(), "HEG7");
    assert_eq!(Some(&settled.price), report.days[1].settlement.as_ref());
    assert!(settled.signed_by.contains("key of this replay"));
    let expiry = report
        .epochs
        .iter()
        .find(|epoch| epoch.trigger == Trigger::Expiry)
        .unwrap();
    assert_eq!(expiry.liquidated, Some(0), "every position is closed");
    let after: Vec<_> = report
        .epochs
        .iter()
        .filter(|epoch| epoch.market.as_str() == "HEJ7")
        .collect();
    assert_eq!(after.last().unwrap().refreshed, 12);
    assert_eq!(report.days[2].market, "HEJ7");
}
