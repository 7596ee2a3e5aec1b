//! Running a replay: block after block onto the ledger, then the audit.

use super::arguments::ReplayArguments;
use super::audit::{self, Audit};
use super::day::ReplayDay;
use super::driver::{Driver, Stage};
use super::error::ReplayError;
use super::proving::prove_all;
use super::report::{ReplayReport, RunFigures};
use super::storage::DataDirectory;
use super::work::{Batch, Purpose, Work};
use crate::replica::{Answer, Outcome};
use crate::verifier::{BlockVerifier, Groth16Verifier, UnprovenDryRun};
use std::path::Path;
use std::time::{Duration, Instant};
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_ledger_adapter::embedded::EmbeddedLog;
use tally_ledger_adapter::log::{Block, OrderedLog};
use tally_prover::{KeyKind, Keys, ProvingKey};

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
/// With a data directory and keys every Act is proved and verified, on a ledger that stays; an unfinished replay with
/// the same arguments goes on where it was killed, a finished one is done anew. Without, it is a dry run: flow, notes
/// and matching with no proof, on a ledger that is thrown away.
///
/// # Errors
/// [`ReplayError`]; what is on the ledger stays there.
pub fn run<K: KeyKind>(
    arguments: &ReplayArguments,
    proved: Option<(&DataDirectory, &Keys<K>)>,
    progress: &mut dyn FnMut(Progress),
) -> Result<ReplayReport, ReplayError> {
    let start = Instant::now();
    let day = ReplayDay::new(arguments)?;
    let (audit, figures, _lock) = match proved {
        Some((data, keys)) => {
            let lock = data.prepare(arguments)?;
            let verifier = || Groth16Verifier::new(keys.verifying.clone());
            let folder = data.ledger(arguments);
            let (audit, figures) = replay(&day, &folder, Some(&keys.proving), &verifier, progress)?;
            (audit, figures, Some(lock))
        }
        None => {
            let folder = tempfile::tempdir().map_err(|error| ReplayError::Directory {
                path: std::env::temp_dir(),
                problem: error.into(),
            })?;
            let ledger = folder.path().join("ledger");
            let (audit, figures) =
                replay::<K, _>(&day, &ledger, None, &UnprovenDryRun::new, progress)?;
            (audit, figures, None)
        }
    };
    let kind = proved.map(|_| K::KIND);
    let report = ReplayReport::new(&day, kind, &audit, &figures, start.elapsed());
    if let Some((data, _)) = proved {
        data.finish(arguments, &report.to_json())?;
    }
    Ok(report)
}

fn replay<K: KeyKind, V: BlockVerifier>(
    day: &ReplayDay,
    folder: &Path,
    key: Option<&ProvingKey<K>>,
    verifier: &dyn Fn() -> V,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Audit, RunFigures), ReplayError> {
    let log = EmbeddedLog::open_or_create(folder, &day.arguments.genesis())?;
    let live_verifier = verifier();
    let mut replica = day.replica()?;
    let mut driver = Driver::new(day, replica.market());
    let mut run = Run {
        day,
        folder,
        log: &log,
        key,
        figures: RunFigures::default(),
    };
    while let Some(batch) = driver.next_batch(&replica)? {
        let purposes: Vec<(u32, Purpose)> = batch
            .work
            .iter()
            .map(|work| (work.trader, work.purpose))
            .collect();
        let (block, resumed) = run.order(replica.market().height() + 1, batch)?;
        let outcome = replica.execute(&block, &live_verifier)?;
        if resumed {
            run.check_keys(&block, &outcome)?;
        }
        run.record(&block, &outcome)?;
        run.figures.count(&purposes, &outcome);
        driver.absorb(replica.market(), &purposes, &outcome)?;
        tracing::info!(
            height = block.height,
            messages = purposes.len(),
            resumed,
            "block executed"
        );
        progress(Progress {
            stage: describe(driver.stage()),
            messages: driver.events_done(),
            of: day.flow.events.len(),
            records: replica.market().record_count(),
            proofs: run.figures.prove_times.len() as u64,
            resumed,
        });
    }
    run.figures.verification = live_verifier.cost();
    run.figures.declined = driver.declined();
    let figures = run.figures;
    progress(Progress {
        stage: "recovering wallets from seeds and ledger",
        messages: driver.events_done(),
        of: day.flow.events.len(),
        records: 0,
        proofs: figures.prove_times.len() as u64,
        resumed: false,
    });
    let audit = audit::audit(day, &log, &replica, driver.wallets(), &verifier())?;
    Ok((audit, figures))
}

struct Run<'a, K: KeyKind> {
    day: &'a ReplayDay,
    folder: &'a Path,
    log: &'a EmbeddedLog,
    key: Option<&'a ProvingKey<K>>,
    figures: RunFigures,
}

impl<K: KeyKind> Run<'_, K> {
    /// Puts a batch on the ledger, or finds it there: then it must be the same but for its proofs.
    fn order(&mut self, height: u64, batch: Batch) -> Result<(Block, bool), ReplayError> {
        if let Some(block) = self.log.block(height)? {
            let same = block.time == batch.time
                && block.transactions.len() == batch.work.len()
                && batch
                    .work
                    .iter()
                    .zip(&block.transactions)
                    .all(|(work, bytes)| work.matches(bytes));
            return if same {
                Ok((block, true))
            } else {
                Err(self.foreign(height))
            };
        }
        let transactions = self.finish(batch.work)?;
        Ok((self.log.commit(batch.time, transactions)?, false))
    }

    fn finish(&mut self, work: Vec<Work>) -> Result<Vec<Vec<u8>>, ReplayError> {
        let Some(key) = self.key else {
            return Ok(work.into_iter().map(Work::unproven).collect());
        };
        let (entries, times): (Vec<_>, Vec<_>) = prove_all(key, work)?.into_iter().unzip();
        self.figures.prove_times.extend(times.into_iter().flatten());
        Ok(entries)
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
        tracing::error!(day = %self.day.arguments.day, height, "the ledger holds another replay's block");
        ReplayError::ForeignBlock {
            height,
            path: self.folder.to_owned(),
        }
    }
}

fn describe(stage: Stage) -> &'static str {
    match stage {
        Stage::Funding | Stage::Opening => "opening notes",
        Stage::Trading => "trading",
        Stage::Closing | Stage::Claiming | Stage::Done => "claiming",
    }
}

/// The value below which `percent` percent of the sorted times lie (nearest rank).
pub(super) fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}
