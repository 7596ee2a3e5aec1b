//! The report of a replay.

use super::audit::Checks;
use super::driver::FlowCounts;
use super::epochs::{EpochReport, KeyGenerationReport};
use super::figures::RunFigures;
use super::model::{Projection, ReplayModel, float, rounded};
use super::passive::{PassiveCost, seconds};
use super::plan::{ReplayDay, ReplayPlan};
use super::reading::ReadingCost;
use super::run::{Ended, percentile};
use super::summary::Measures;
use crate::process::peak_memory_mib;
use serde::Serialize;
use std::time::Duration;
use tally_exchange::market::Market;
use tally_exchange::message::Symbol;
use tally_exchange::units::Price;
use tally_prover::Kind;

/// What the flow is, wherever it is shown.
const FLOW: &str = "synthetic flow conditioned on real prices and volume";
/// Who signs final settlements, wherever one is shown.
const SIGNER: &str = "a key of this replay, over the last day's own settlement";

/// Where the prior settlement of the replayed day is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriorSettlementSource {
    /// The close of the session before, from the table.
    PreviousClose,
    /// The session's own open: the contract month's first session in the table has no close before it.
    OwnOpen,
}

/// One day of a replay.
#[derive(Clone, Debug, Serialize)]
pub struct DayReport {
    /// The day.
    pub day: String,
    /// The contract month.
    pub market: String,
    /// The settlement of the day before in the table, cents per pound.
    pub prior_settlement: String,
    /// Where that is from.
    pub prior_settlement_source: PriorSettlementSource,
    /// The day's settlement price, cents per pound.
    pub settlement: Option<String>,
    /// How it was found.
    pub settlement_tier: Option<String>,
    /// The table's settlement or close, cents per pound.
    pub table_close: String,
    /// Why the two differ, if they do.
    pub difference: Option<String>,
    /// Halts within the session.
    pub halts: u64,
    /// What became of the flow's events.
    pub flow: FlowCounts,
    /// Contracts that the flow's generator matched in its own book.
    pub contracts_expected: u64,
}

/// The final settlement of a contract month.
#[derive(Clone, Debug, Serialize)]
pub struct FinalSettlementReport {
    /// The contract month.
    pub market: Symbol,
    /// Its price, cents per pound.
    pub price: String,
    /// Who signed it.
    pub signed_by: &'static str,
}

/// What a replay did and whether its checks hold.
#[derive(Clone, Debug, Serialize)]
pub struct ReplayReport {
    /// The first day.
    pub day: String,
    /// Its contract month.
    pub market: String,
    /// All contract months, in order.
    pub contracts: Vec<Symbol>,
    /// What the order flow is.
    pub flow: &'static str,
    /// Whether no proof was made.
    pub dry_run: bool,
    /// Where the proving keys come from; none in a dry run.
    pub keys: Option<String>,
    /// The seed.
    pub seed: u64,
    /// Traders.
    pub traders: u32,
    /// What went wrong on demand.
    pub faults: super::Faults,
    /// Messages of the flow that were sent: adds, replaces, reductions, cancels and market orders. Claims are extra.
    pub messages: u64,
    /// Orders posted, those that a halt had cancelled anew included.
    pub orders_posted: u64,
    /// Orders cancelled by message.
    pub cancels: u64,
    /// Fills: two a match, but one where the clearing account traded.
    pub fills: u64,
    /// Contracts traded, each match counted once.
    pub contracts_traded: u64,
    /// Contracts that the flow's generator matched in its own books.
    pub contracts_expected: u64,
    /// The first day's settlement price, cents per pound.
    pub settlement: Option<String>,
    /// How it was found.
    pub settlement_tier: Option<String>,
    /// The table's settlement or close of that day, cents per pound.
    pub table_close: String,
    /// The settlement of the day before, cents per pound.
    pub prior_settlement: String,
    /// Where that is from.
    pub prior_settlement_source: PriorSettlementSource,
    /// Day by day.
    pub days: Vec<DayReport>,
    /// Contract months that were settled finally.
    pub final_settlements: Vec<FinalSettlementReport>,
    /// Epochs, in order.
    pub epochs: Vec<EpochReport>,
    /// Key generations, in order.
    pub key_generations: Vec<KeyGenerationReport>,
    /// What the replay could not show, in words.
    pub warnings: Vec<String>,
    /// Processor time of a trader who posts nothing, for the first day, seconds: all his cryptography, and reading the
    /// ledger; none in a dry run, where the system does not tell it, and where a part was done by a run that was killed.
    pub passive_trader_cpu_s: Option<f64>,
    /// What it is made of.
    pub passive_trader_cpu: Option<PassiveCost>,
    /// What reading the first day's ledger for his own notes costs him, in a dry run too.
    pub passive_trader_reading: ReadingCost,
    /// The longest way back of a trader who dropped out, claims and Lapse proved, seconds; none if nobody came back or
    /// nothing was proved.
    pub drop_out_recovery_s: Option<f64>,
    /// Proofs on the ledger.
    pub proofs: u64,
    /// Proofs made by this run; the others were found on the ledger of a killed one.
    pub proofs_made: u64,
    /// Median time of this run's proofs, milliseconds: on all cores where a block has one, on one core each where it has
    /// several.
    pub prove_ms_median: Option<f64>,
    /// 95th percentile of it, milliseconds.
    pub prove_ms_p95: Option<f64>,
    /// Proofs that this run made each second while it made proofs, on all cores; none if it made none.
    pub proofs_per_second: Option<f64>,
    /// What a run of the complete first day would take on this machine, by the model of `docs/replay-model.md`; none in a
    /// dry run, and where a kind of proof was made by a run that was killed.
    pub projected_full_day: Option<Projection>,
    /// The same for the run that the model is checked with.
    pub projected_check: Option<Projection>,
    /// The model, with what this run measured.
    pub model: Option<ReplayModel>,
    /// Time of verification from wire bytes, per proof, milliseconds.
    pub verify_ms_per_proof: Option<f64>,
    /// Messages that a wallet declined or the market refused.
    pub rejected: u64,
    /// The checks.
    #[serde(flatten)]
    pub checks: Checks,
    /// Hash of the final state: no proof bytes, no block boundaries, no wall time.
    pub final_state_hash: String,
    /// Wall time, seconds.
    pub wall_s: f64,
    /// Largest resident memory, MiB.
    pub peak_rss_mb: Option<u64>,
}

impl ReplayReport {
    pub(super) fn new(
        plan: &ReplayPlan,
        keys: Option<Kind>,
        ended: &Ended,
        measures: &Measures,
        wall: Duration,
    ) -> Self {
        let Ended {
            audit,
            figures,
            watch,
            ..
        } = ended;
        let days = day_reports(plan, figures);
        // A plan has at least one day.
        let first = &days[0];
        let mut times = figures.prove_times.clone();
        times.sort_unstable();
        let verified = figures.verification;
        let declined: u64 = figures.flow.iter().map(|counts| counts.declined).sum();
        let text = |price: Price| plan.specification.format_price(price);
        let finals = figures.finals.iter().map(|(market, price)| {
            let price = text(*price);
            FinalSettlementReport {
                market: *market,
                price,
                signed_by: SIGNER,
            }
        });
        Self {
            day: first.day.clone(),
            market: first.market.clone(),
            contracts: plan.months.iter().map(|month| month.symbol).collect(),
            flow: FLOW,
            dry_run: keys.is_none(),
            keys: keys.map(|kind| kind.to_string()),
            seed: plan.arguments.seed,
            traders: plan.arguments.traders,
            faults: plan.arguments.faults,
            messages: figures.messages,
            orders_posted: figures.orders_posted,
            cancels: figures.cancels,
            fills: figures.fills,
            contracts_traded: audit.replica.markets().map(Market::contracts_traded).sum(),
            contracts_expected: days.iter().map(|day| day.contracts_expected).sum(),
            settlement: first.settlement.clone(),
            settlement_tier: first.settlement_tier.clone(),
            table_close: first.table_close.clone(),
            prior_settlement: first.prior_settlement.clone(),
            prior_settlement_source: first.prior_settlement_source,
            final_settlements: finals.collect(),
            epochs: watch.epochs.clone(),
            key_generations: watch.key_generations.clone(),
            warnings: warnings(plan, figures, watch),
            passive_trader_cpu_s: figures.passive.map(|cost| rounded(cost.total_s())),
            passive_trader_cpu: figures.passive,
            passive_trader_reading: ended.reading,
            drop_out_recovery_s: keys.and(figures.longest_recovery().map(seconds)),
            proofs: if keys.is_some() { figures.proofs } else { 0 },
            proofs_made: figures.prove_times.len() as u64,
            prove_ms_median: percentile(&times, 50).map(milliseconds),
            prove_ms_p95: percentile(&times, 95).map(milliseconds),
            proofs_per_second: measures.proofs_per_second.map(rounded),
            projected_full_day: measures.full_day.clone(),
            projected_check: measures.checked.clone(),
            model: measures.model.clone(),
            verify_ms_per_proof: (verified.proofs > 0)
                .then(|| rounded(verified.time.as_secs_f64() * 1e3 / float(verified.proofs))),
            rejected: figures.refused + declined,
            checks: audit.checks,
            final_state_hash: audit.final_state_hash.to_string(),
            wall_s: rounded(wall.as_secs_f64()),
            peak_rss_mb: peak_memory_mib(),
            days,
        }
    }

    /// The report as one JSON document.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Plain fields only.
        serde_json::to_vec_pretty(self).expect("plain fields encode as JSON")
    }
}

fn day_reports(plan: &ReplayPlan, figures: &RunFigures) -> Vec<DayReport> {
    let report = |(index, day): (usize, &ReplayDay)| {
        let text = |price: Price| plan.specification.format_price(price);
        let prior = day.figures.prior;
        let settlement = figures.settlements.get(&index);
        let counts = figures.flow.get(index).copied().unwrap_or_default();
        let halts = figures.halts.get(&index).copied().unwrap_or(0);
        let differs = settlement.is_none_or(|(price, _)| *price != Price(day.figures.row.close));
        DayReport {
            day: day.session.date.to_string(),
            market: day.session.contract.clone(),
            prior_settlement: text(Price(prior.price())),
            prior_settlement_source: if prior.is_own_open() {
                PriorSettlementSource::OwnOpen
            } else {
                PriorSettlementSource::PreviousClose
            },
            settlement: settlement.map(|(price, _)| text(*price)),
            settlement_tier: settlement.map(|(_, tier)| tier.to_string()),
            table_close: text(Price(day.figures.row.close)),
            difference: differs.then(|| reason(halts, &counts)),
            halts,
            flow: counts,
            contracts_expected: day.flow.figures.contracts_traded,
        }
    };
    plan.days.iter().enumerate().map(report).collect()
}

/// Why a day did not settle where the table did.
fn reason(halts: u64, counts: &FlowCounts) -> String {
    let FlowCounts {
        delayed,
        moved,
        gone,
        absent,
        late,
        declined,
    } = counts;
    format!(
        "the flow did not meet the market as it was generated: {halts} halts, {delayed} messages delayed by them, {moved} \
         moved to the edge of the band, {gone} without their order, {absent} of absent traders, {late} too late, \
         {declined} declined"
    )
}

fn warnings(
    plan: &ReplayPlan,
    figures: &RunFigures,
    watch: &super::watch::EpochWatch,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if figures.is_distress_too_small {
        warnings.push(format!(
            "the day's move is too small to break anybody: no price of a revalidation is more than {} cents per pound from \
             the first band's centre on the distressed traders' side",
            plan.specification
                .format_price(Price(plan.specification.trigger_distance))
        ));
    }
    let pending = watch
        .epochs
        .iter()
        .filter(|epoch| epoch.liquidated.is_none());
    for epoch in pending {
        warnings.push(format!(
            "too few decryption shares: the sums of {} epoch {} stayed closed; the next epoch's contain them",
            epoch.market, epoch.epoch
        ));
    }
    warnings
}

fn milliseconds(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1e3)
}
