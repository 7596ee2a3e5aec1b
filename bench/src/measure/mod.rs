//! Measurements on this machine: statements, batches, sizes, other provers, epochs, the burden of a day.
//!
//! What a figure names is what was timed, and nothing that the compiler could leave out: inputs and results go through
//! [`std::hint::black_box`], every proof is of another statement, and what is repeated or sampled is said in the report's
//! notes. Making samples is never timed.

mod batch;
mod daily;
mod epochs;
mod error;
mod keys;
mod latency;
mod plan;
mod provenance;
mod samples;
mod scaling;
mod statement;
mod steps;
mod timing;

pub use error::BenchError;
pub use plan::{BenchPlan, Part};
pub use provenance::{profile, provenance, warnings};
pub use samples::{Chain, Sample, Sampled};
pub use steps::Progress;
pub use timing::{median, percentile, timed};

use crate::peers;
use crate::results::{BenchReport, FORMAT, StatementCost};
use keys::Loaded;
use std::path::Path;
use steps::Steps;
use tally_node::epoch_cost::BLOCK;
use tally_node::keys::MarketKeys;
use tally_node::process::peak_memory_mib;
use tally_prover::{Act, InsecureOneParty, Kind, Lapse, Refresh};

/// Steps before anything is measured.
const KEY_STEPS: usize = 3;

/// Measures what the plan says, with the market's keys in `directory`, which are made there if need be. `command` is the
/// command line; `tell` hears how far it has come.
///
/// # Errors
/// [`BenchError`]: keys that can't be used, or a fault of this software or machine.
pub fn run(
    plan: &BenchPlan,
    directory: &Path,
    command: String,
    tell: &mut dyn FnMut(&Progress),
) -> Result<BenchReport, BenchError> {
    let mut report = BenchReport {
        format: FORMAT,
        provenance: provenance(command),
        quick: plan.quick,
        statements: Vec::new(),
        batch_verify: Vec::new(),
        scaling: Vec::new(),
        peers: Vec::new(),
        epochs: Vec::new(),
        latency: Vec::new(),
        burden: None,
        bands: Vec::new(),
        peak_rss_mib: None,
        notes: warnings(),
    };
    let steps = &mut Steps::new(plan.steps(), tell);
    let keys = Market::load(plan, directory, steps)?;
    if plan.has(Part::Statements) {
        report.statements = keys.statements(plan, steps)?;
    }
    if plan.has(Part::Batch) {
        report.batch_verify = batch::measure(plan, &keys.act.keys, steps)?;
    }
    if plan.has(Part::Scaling) {
        report.scaling = scaling::measure(plan, steps)?;
    }
    if plan.has(Part::Peers) {
        report.peers = keys.peers(plan, steps)?;
    }
    if plan.has(Part::Epochs) {
        report.epochs = epochs::measure(plan, &keys.together(), steps)?;
    }
    if plan.has(Part::Latency) {
        report.latency = latency::measure(plan, directory, steps)?;
    }
    if plan.has(Part::Burden)
        && let Some((burden, bands)) = daily::measure(plan, &report, steps)?
    {
        report.burden = Some(burden);
        report.bands = bands;
    }
    report.notes.extend(notes(plan));
    report.peak_rss_mib = peak_memory_mib();
    Ok(report)
}

/// The keys of the three statements.
struct Market {
    act: Loaded,
    refresh: Loaded,
    lapse: Loaded,
}

impl Market {
    fn load(plan: &BenchPlan, directory: &Path, steps: &mut Steps<'_>) -> Result<Self, BenchError> {
        steps.say("keys of the market");
        let cache = keys::open(directory)?;
        keys::make_if_missing::<Act>(&cache)?;
        keys::make_if_missing::<Refresh>(&cache)?;
        keys::make_if_missing::<Lapse>(&cache)?;
        let loading = |name| format!("loading keys of {name}");
        Ok(Self {
            act: steps.step(loading("act"), || keys::load::<Act>(&cache, plan.loads))?,
            refresh: steps.step(loading("refresh"), || {
                keys::load::<Refresh>(&cache, plan.loads)
            })?,
            lapse: steps.step(loading("lapse"), || keys::load::<Lapse>(&cache, plan.loads))?,
        })
    }

    fn statements(
        &self,
        plan: &BenchPlan,
        steps: &mut Steps<'_>,
    ) -> Result<Vec<StatementCost>, BenchError> {
        Ok(vec![
            statement::measure::<Act>(plan, &self.act, steps)?,
            statement::measure::<Refresh>(plan, &self.refresh, steps)?,
            statement::measure::<Lapse>(plan, &self.lapse, steps)?,
        ])
    }

    fn peers(
        &self,
        plan: &BenchPlan,
        steps: &mut Steps<'_>,
    ) -> Result<Vec<crate::results::PeerCost>, BenchError> {
        let rounds = plan.peer_rounds;
        let mut begin = |statement: &str, round: usize| {
            steps.say(format!(
                "provers side by side: {statement}, round {} of {rounds}",
                round + 1
            ));
            // The round that begins here is as good as done: a bar is no clock.
            steps.count();
        };
        let mut costs = peers::compare::<Act>(&self.act.keys, rounds, &mut begin)?;
        if plan.peers_prove_refresh {
            costs.extend(peers::compare::<Refresh>(
                &self.refresh.keys,
                rounds,
                &mut begin,
            )?);
        }
        Ok(costs)
    }

    /// The keys as the node takes them.
    fn together(&self) -> MarketKeys<InsecureOneParty> {
        MarketKeys {
            act: self.act.keys.clone(),
            refresh: self.refresh.keys.clone(),
            lapse: self.lapse.keys.clone(),
        }
    }
}

/// What is repeated, sampled or assumed.
fn notes(plan: &BenchPlan) -> Vec<String> {
    let mut notes = vec![format!(
        "keys: {}; good for measuring, never for money",
        Kind::InsecureOneParty
    )];
    if plan.has(Part::Statements) {
        notes.push(format!(
            "a statement: proofs timed on all cores: {}, on one core: {}, each of another statement, finished proofs checked \
             as always; the first proof after loading is told apart; loads of the keys: {}; set-ups: 1",
            plan.samples, plan.one_core_samples, plan.loads
        ));
    }
    let largest = plan.batch_sizes.iter().copied().max().unwrap_or(0);
    if plan.has(Part::Batch) && largest > plan.distinct_proofs {
        notes.push(format!(
            "batches: {} different Act proofs; larger batches repeat them in turn, which changes nothing for the verifier",
            plan.distinct_proofs
        ));
    }
    if plan.has(Part::Peers) {
        notes.extend(peers::notes());
    }
    if plan.has(Part::Epochs) {
        notes.push(format!(
            "an epoch: dealings, shares, sums and all their checks are real; Refreshes that are proved: at most {}, in blocks \
             of {BLOCK}; the others count for the node with the mean time of verifying those; two thirds of the seats \
             open their dealings and share, the node's time for the other shares is in proportion; a trader's figures are \
             means, of so many traders timed: {}, and of all Refresh proofs; each on one core",
            plan.epoch_proofs, plan.epoch_timed
        ));
    }
    if plan.samples == 1 {
        notes.push(
            "one sample of everything at small sizes: a trial whose figures mean little".to_owned(),
        );
    }
    notes
}
