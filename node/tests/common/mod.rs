//! What the tests of replays share.

// Each test binary uses its own part of this.
#![allow(dead_code)]

pub mod genesis;
pub mod trial;

use std::path::{Path, PathBuf};
use tally_node::keys::MarketKeys;
use tally_node::replay::{
    DataDirectory, Faults, Progress, ReplayArguments, ReplayError, ReplayRecord, ReplayReport, run,
    run_recorded,
};
use tally_prover::{
    Keys, ProvingKey, SeededTest, VerifyingKey, act_test_keys, lapse_test_keys, refresh_test_keys,
};

/// The smallest replay there is: 20 messages, 3 traders, about 40 proofs.
pub fn smallest(day: &str, seed: u64) -> ReplayArguments {
    ReplayArguments::of_day(day, Some(20), 3, seed)
}

/// A replay with these faults.
pub fn faulty(day: &str, messages: u32, traders: u32, faults: Faults) -> ReplayArguments {
    ReplayArguments {
        faults,
        ..ReplayArguments::of_day(day, Some(messages), traders, 1)
    }
}

fn pair(
    (proving, verifying): &(ProvingKey<SeededTest>, VerifyingKey<SeededTest>),
) -> Keys<SeededTest> {
    Keys {
        proving: proving.clone(),
        verifying: verifying.clone(),
    }
}

/// Keys whose trapdoor everybody knows.
pub fn keys() -> MarketKeys<SeededTest> {
    MarketKeys {
        act: pair(act_test_keys()),
        refresh: pair(refresh_test_keys()),
        lapse: pair(lapse_test_keys()),
    }
}

/// A replay without proofs.
pub fn dry(arguments: &ReplayArguments) -> ReplayReport {
    run::<SeededTest>(arguments, None, &mut |_| ()).expect("a dry run ends")
}

/// A replay without proofs, with its record.
pub fn dry_recorded(arguments: &ReplayArguments) -> (ReplayReport, ReplayRecord) {
    run_recorded::<SeededTest>(arguments, None, &mut |_| ()).expect("a dry run ends")
}

/// A replay with every proof real, in `root`.
pub fn proved(arguments: &ReplayArguments, root: &Path) -> Result<ReplayReport, ReplayError> {
    proved_with(arguments, root, &mut |_| ())
}

/// As [`proved`], with an eye on its progress.
pub fn proved_with(
    arguments: &ReplayArguments,
    root: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<ReplayReport, ReplayError> {
    let data = DataDirectory::open(root)?;
    run(arguments, Some((&data, &keys())), progress)
}

/// Where a replay's ledger is.
pub fn ledger(root: &Path, arguments: &ReplayArguments) -> PathBuf {
    root.join("replays").join(arguments.folder()).join("ledger")
}

/// What two replays with the same arguments agree on.
pub fn outcome(report: &ReplayReport) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        report.final_state_hash.clone(),
        (report.messages, report.orders_posted, report.cancels),
        (report.fills, report.contracts_traded, report.rejected),
        (report.settlement.clone(), report.settlement_tier.clone()),
        (report.checks, report.epochs.clone()),
        report.key_generations.clone(),
    )
}
