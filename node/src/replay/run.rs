//! Running a replay: block after block onto the ledger, then the audit.

use super::arguments::ReplayArguments;
use super::audit::{self, Audit, Lived};
use super::driver::{Driver, Stage};
use super::error::ReplayError;
use super::figures::RunFigures;
use super::plan::ReplayPlan;
use super::proving::{ProofTime, prove_all};
use super::report::ReplayReport;
use super::storage::DataDirectory;
use super::traders::Holding;
use super::watch::EpochWatch;
use super::work::{Batch, Purpose, Work};
use crate::keys::MarketKeys;
use crate::replica::{Answer, Outcome, Replica};
use crate::verifier::{BlockVerifier, Groth16Verifier, UnprovenDryRun};
use std::path::Path;
use std::time::{Duration, Instant};
use tally_exchange::market::Market;
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_ledger_adapter::embedded::EmbeddedLog;
use tally_ledger_adapter::log::{Block, OrderedLog};
use tally_prover::KeyKind;
use tally_trader::agent;

/// How far a replay has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, in words.
    pub stage: &'static str,
    /// Messages of the flow that are done.
    pub messages: usize,
    /// Messages of the flow.
    pub of: usize,
    /// Records that are not claimed yet.
    pub records: usize,
    /// Proofs made by this run.
    pub proofs: u64,
    /// Whether the block was found on the ledger: a killed replay goes on.
    pub resumed: bool,
}

/// Runs a replay to its end and gives its report.
///
/// With a data directory and keys everything is proved and verified, on a ledger that stays; an unfinished replay with
/// the same arguments goes on where it was killed, a finished one is done anew. Without, it is a dry run: flow, notes,
/// matching and epochs with no proof, on a ledger that is thrown away.
///
/// # Errors
/// [`ReplayError`]; what is on the ledger stays there.
pub fn run<K: KeyKind>(
    arguments: &ReplayArguments,
    proved: Option<(&DataDirectory, &MarketKeys<K>)>,
    progress: &mut dyn FnMut(Progress),
) -> Result<ReplayReport, ReplayError> {
    let start = Instant::now();
    let plan = ReplayPlan::new(arguments)?;
    let (ended, _lock) = match proved {
        Some((data, keys)) => {
            let lock = data.prepare(arguments)?;
            let verifier = || Groth16Verifier::new(keys.verifying());
            let folder = data.ledger(arguments);
            let ended = replay(&plan, &folder, Some(keys), &verifier, progress)?;
            (ended, Some(lock))
        }
        None => {
            let folder = tempfile::tempdir().map_err(|error| ReplayError::Directory {
                path: std::env::temp_dir(),
                problem: error.into(),
            })?;
            let ledger = folder.path().join("ledger");
            let ended = replay::<K, _>(&plan, &ledger, None, &UnprovenDryRun::new, progress)?;
            (ended, None)
        }
    };
    let kind = proved.map(|_| K::KIND);
    let report = ReplayReport::new(&plan, kind, &ended, start.elapsed());
    if let Some((data, _)) = proved {
        data.finish(arguments, &report.to_json())?;
    }
    Ok(report)
}

/// What the proof of each piece of a block took, where it needed one.
type ProofTimes = Vec<Option<ProofTime>>;

/// What a replay has come to.
pub(super) struct Ended {
    pub(super) audit: Audit,
    pub(super) figures: RunFigures,
    pub(super) watch: EpochWatch,
}

fn replay<K: KeyKind, V: BlockVerifier>(
    plan: &ReplayPlan,
    folder: &Path,
    keys: Option<&MarketKeys<K>>,
    verifier: &dyn Fn() -> V,
    progress: &mut dyn FnMut(Progress),
) -> Result<Ended, ReplayError> {
    let log = EmbeddedLog::open_or_create(folder, &plan.arguments.genesis())?;
    let live_verifier = verifier();
    let mut replica = plan.replica()?;
    let mut driver = Driver::new(plan, &replica)?;
    let mut watch = EpochWatch::new();
    let mut run = Run {
        plan,
        folder,
        log: &log,
        keys,
        figures: RunFigures::default(),
    };
    while let Some(batch) = driver.next_batch(&replica)? {
        let pieces: Vec<(u32, Purpose)> = batch
            .work
            .iter()
            .map(|work| (work.trader, work.purpose))
            .collect();
        let before = holdings(&driver, &replica, &pieces);
        let (block, made) = run.order(replica.height() + 1, batch, driver.passive())?;
        let resumed = made.is_none();
        let outcome = replica.execute(&block, &live_verifier)?;
        if resumed {
            run.check_keys(&block, &outcome)?;
        }
        run.record(&block, &outcome)?;
        run.time(&mut driver, &pieces, made.as_deref());
        run.figures.count(driver.day_index(), &pieces, &outcome);
        driver.absorb(&replica, &pieces, &outcome)?;
        watch.take(&replica, &pieces, &before, driver.traders(), &outcome);
        tracing::info!(
            height = block.height,
            messages = pieces.len(),
            resumed,
            "block executed"
        );
        progress(Progress {
            stage: describe(driver.stage()),
            messages: driver.events_done(),
            of: plan.messages(),
            records: replica.markets().map(Market::record_count).sum(),
            proofs: run.figures.prove_times.len() as u64,
            resumed,
        });
    }
    let mut figures = run.figures;
    figures.verification = live_verifier.cost();
    figures.flow = driver.counts();
    figures.passive = keys.and(driver.passive_time.cost());
    let prices = replica.markets().flat_map(Market::closed_epochs);
    let prices: Vec<_> = prices.map(|epoch| epoch.terms().price).collect();
    figures.is_distress_too_small = plan.distress().is_some() && !driver.breaks(&prices);
    progress(Progress {
        stage: "recovering wallets from seeds and ledger",
        messages: driver.events_done(),
        of: plan.messages(),
        records: 0,
        proofs: figures.prove_times.len() as u64,
        resumed: false,
    });
    let lived = Lived {
        replica: &replica,
        traders: driver.traders(),
        watch: &watch,
    };
    let audit = audit::audit(plan, &log, &lived, &verifier())?;
    Ok(Ended {
        audit,
        figures,
        watch,
    })
}

/// What the senders of a block hold before it.
fn holdings(driver: &Driver<'_>, replica: &Replica, pieces: &[(u32, Purpose)]) -> Vec<Holding> {
    let holding = |(trader, _): &(u32, Purpose)| {
        let state = &driver.traders()[*trader as usize];
        let symbol = state.wallets().last().map(|(symbol, _)| symbol);
        let market = symbol.and_then(|symbol| replica.market(symbol));
        market.map_or_else(Holding::default, |market| state.holding(market))
    };
    pieces.iter().map(holding).collect()
}

struct Run<'a, K: KeyKind> {
    plan: &'a ReplayPlan,
    folder: &'a Path,
    log: &'a EmbeddedLog,
    keys: Option<&'a MarketKeys<K>>,
    figures: RunFigures,
}

impl<K: KeyKind> Run<'_, K> {
    /// Puts a batch on the ledger, or finds it there: then it must be the same but for its proofs, and there is nothing
    /// that this run has made.
    fn order(
        &mut self,
        height: u64,
        batch: Batch,
        measured: u32,
    ) -> Result<(Block, Option<ProofTimes>), ReplayError> {
        if let Some(block) = self.log.block(height)? {
            let same = block.time == batch.time
                && block.transactions.len() == batch.work.len()
                && batch
                    .work
                    .iter()
                    .zip(&block.transactions)
                    .all(|(work, bytes)| work.matches(bytes));
            return if same {
                Ok((block, None))
            } else {
                Err(self.foreign(height))
            };
        }
        let (transactions, times) = self.finish(batch.work, measured)?;
        Ok((self.log.commit(batch.time, transactions)?, Some(times)))
    }

    fn finish(
        &mut self,
        work: Vec<Work>,
        measured: u32,
    ) -> Result<(Vec<Vec<u8>>, ProofTimes), ReplayError> {
        let Some(keys) = self.keys else {
            let times = vec![None; work.len()];
            return Ok((work.into_iter().map(Work::unproven).collect(), times));
        };
        let (entries, times): (Vec<_>, Vec<_>) =
            prove_all(keys, work, measured)?.into_iter().unzip();
        let wall = times.iter().flatten().map(|time| time.wall);
        self.figures.prove_times.extend(wall);
        Ok((entries, times))
    }

    /// Notes what the measured trader's Refreshes and the late notes' way back took; nothing is known of blocks that an
    /// earlier run has made.
    fn time(
        &mut self,
        driver: &mut Driver<'_>,
        pieces: &[(u32, Purpose)],
        made: Option<&[Option<ProofTime>]>,
    ) {
        for (index, (trader, purpose)) in pieces.iter().enumerate() {
            let Purpose::Agent(purpose) = purpose else {
                continue;
            };
            let time = made.and_then(|made| made.get(index).copied().flatten());
            let refreshes = *purpose == agent::Purpose::Refresh;
            if refreshes && *trader == driver.passive() && driver.measures() {
                driver
                    .passive_time
                    .proved(time.and_then(|time| time.processor));
            }
            if driver.is_returning(*trader) {
                self.figures.recovery(*trader, time.map(|time| time.wall));
            }
        }
    }

    /// A proof on the ledger was good when this replay made it: if it no longer is, the keys are others.
    fn check_keys(&self, block: &Block, outcome: &Outcome) -> Result<(), ReplayError> {
        let bad = |answer: &Answer| matches!(answer, Answer::Market(_, Receipt::Refused(refusal)) if *refusal == Refusal::Proof);
        if outcome.answers.iter().any(bad) {
            return Err(ReplayError::OtherKeys {
                height: block.height,
                path: self.folder.to_owned(),
            });
        }
        Ok(())
    }

    /// Writes down the state after a block, or compares it with what was written before the replay was killed.
    fn record(&self, block: &Block, outcome: &Outcome) -> Result<(), ReplayError> {
        match self.log.outcome(block.height)? {
            None => Ok(self.log.put_outcome(block.height, &outcome.state_hash.0)?),
            Some(recorded) if recorded == outcome.state_hash.0 => Ok(()),
            Some(_) => Err(ReplayError::StateDiffers {
                height: block.height,
                path: self.folder.to_owned(),
            }),
        }
    }

    fn foreign(&self, height: u64) -> ReplayError {
        tracing::error!(day = %self.plan.arguments.day, height, "the ledger holds another replay's block");
        ReplayError::ForeignBlock {
            height,
            path: self.folder.to_owned(),
        }
    }
}

fn describe(stage: Stage) -> &'static str {
    match stage {
        Stage::Funding | Stage::Opening | Stage::Bonding => "opening notes and seats",
        Stage::Session => "trading and revalidating",
        Stage::Leaving | Stage::Comeback => "bringing back who dropped out",
        Stage::Unbonding | Stage::Transferring | Stage::Receiving => {
            "going over to the next contract month"
        }
        Stage::Claiming | Stage::Done => "claiming",
    }
}

/// The value below which `percent` percent of the sorted times lie (nearest rank).
pub(super) fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}
