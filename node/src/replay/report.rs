//! The report of a replay.

use super::audit::{Audit, Checks};
use super::day::ReplayDay;
use super::run::percentile;
use super::work::Purpose;
use crate::process::peak_memory_mib;
use crate::replica::{Answer, Outcome};
use crate::verifier::VerificationCost;
use serde::Serialize;
use std::time::Duration;
use tally_exchange::message::{OrderChange, Transaction};
use tally_exchange::receipt::{Event, Receipt};
use tally_exchange::units::Price;
use tally_prover::Kind;

/// What the flow is, wherever it is shown.
const FLOW: &str = "synthetic flow conditioned on real prices and volume";

/// Counts and times of one run.
#[derive(Clone, Debug, Default)]
pub(super) struct RunFigures {
    pub(super) prove_times: Vec<Duration>,
    pub(super) verification: VerificationCost,
    pub(super) declined: u64,
    messages: u64,
    orders_posted: u64,
    cancels: u64,
    fills: u64,
    acts: u64,
    rejected: u64,
}

impl RunFigures {
    /// Takes in a block.
    pub(super) fn count(&mut self, purposes: &[(u32, Purpose)], outcome: &Outcome) {
        for ((_, purpose), answer) in purposes.iter().zip(&outcome.answers) {
            self.messages += u64::from(matches!(purpose, Purpose::Event(_)));
            self.count_answer(answer);
        }
        let fills = outcome
            .events
            .iter()
            .filter(|event| matches!(event, Event::Fill { .. }));
        self.fills += fills.count() as u64;
    }

    fn count_answer(&mut self, answer: &Answer) {
        match answer {
            Answer::Market(_, Receipt::Act(receipt)) => {
                self.acts += 1;
                self.orders_posted += receipt.orders.len() as u64;
            }
            Answer::Market(transaction, Receipt::Instruction { .. }) => {
                if let Transaction::Instruction(instruction) = &**transaction {
                    self.cancels += u64::from(instruction.change == OrderChange::Cancel);
                }
            }
            Answer::Market(_, Receipt::Refused(_)) | Answer::Cashier(Err(_)) | Answer::Garbage => {
                self.rejected += 1;
            }
            Answer::Cashier(Ok(())) => {}
        }
    }
}

/// Where the prior settlement of the replayed day is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriorSettlementSource {
    /// The close of the session before, from the table.
    PreviousClose,
    /// The session's own open: the contract month's first session in the table has no close before it.
    OwnOpen,
}

/// What a replay did and whether its checks hold.
#[derive(Clone, Debug, Serialize)]
pub struct ReplayReport {
    /// The day.
    pub day: String,
    /// The contract month.
    pub market: String,
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
    /// Messages of the flow that were sent: adds, replaces, reductions, cancels and market orders. Claims are extra.
    pub messages: u64,
    /// Orders posted.
    pub orders_posted: u64,
    /// Orders cancelled by message.
    pub cancels: u64,
    /// Fills: two a match.
    pub fills: u64,
    /// Contracts traded, each match counted once.
    pub contracts_traded: u64,
    /// Contracts that the flow's generator matched in its own book.
    pub contracts_expected: u64,
    /// The day's settlement price, cents per pound.
    pub settlement: Option<String>,
    /// How it was found.
    pub settlement_tier: Option<String>,
    /// The table's settlement or close, cents per pound.
    pub table_close: String,
    /// The settlement of the day before, cents per pound.
    pub prior_settlement: String,
    /// Where that is from.
    pub prior_settlement_source: PriorSettlementSource,
    /// Proofs on the ledger.
    pub proofs: u64,
    /// Proofs made by this run; the others were found on the ledger of a killed one.
    pub proofs_made: u64,
    /// Median time of this run's proofs, milliseconds: on all cores where a block has one Act, on one core each where it
    /// has several.
    pub prove_ms_median: Option<f64>,
    /// 95th percentile of it, milliseconds.
    pub prove_ms_p95: Option<f64>,
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
        day: &ReplayDay,
        keys: Option<Kind>,
        audit: &Audit,
        figures: &RunFigures,
        wall: Duration,
    ) -> Self {
        let text = |price: Price| day.specification.grid.format(price);
        let settlement = audit.market.settlement();
        let mut times = figures.prove_times.clone();
        times.sort_unstable();
        let verified = figures.verification;
        let prior = day.figures.prior;
        Self {
            day: day.arguments.day.clone(),
            market: day.session.contract.clone(),
            flow: FLOW,
            dry_run: keys.is_none(),
            keys: keys.map(|kind| kind.to_string()),
            seed: day.arguments.seed,
            traders: day.arguments.traders,
            messages: figures.messages,
            orders_posted: figures.orders_posted,
            cancels: figures.cancels,
            fills: figures.fills,
            contracts_traded: audit.market.contracts_traded(),
            contracts_expected: day.flow.figures.contracts_traded,
            settlement: settlement.map(|s| text(s.price)),
            settlement_tier: settlement.map(|s| s.tier.to_string()),
            table_close: text(Price(day.figures.row.close)),
            prior_settlement: text(Price(prior.price())),
            prior_settlement_source: if prior.is_own_open() {
                PriorSettlementSource::OwnOpen
            } else {
                PriorSettlementSource::PreviousClose
            },
            proofs: if keys.is_some() { figures.acts } else { 0 },
            proofs_made: figures.prove_times.len() as u64,
            prove_ms_median: percentile(&times, 50).map(milliseconds),
            prove_ms_p95: percentile(&times, 95).map(milliseconds),
            verify_ms_per_proof: (verified.proofs > 0)
                .then(|| rounded(verified.time.as_secs_f64() * 1e3 / as_float(verified.proofs))),
            rejected: figures.rejected + figures.declined,
            checks: audit.checks,
            final_state_hash: audit.final_state_hash.to_string(),
            wall_s: rounded(wall.as_secs_f64()),
            peak_rss_mb: peak_memory_mib(),
        }
    }

    /// The report as one JSON document.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Plain fields only.
        serde_json::to_vec_pretty(self).expect("plain fields encode as JSON")
    }
}

fn milliseconds(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1e3)
}

/// Three decimals are more than any of these figures is worth.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

fn as_float(count: u64) -> f64 {
    // Counts of proofs are far below 2^32.
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
