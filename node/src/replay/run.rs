//! Running a replay: block after block onto the ledger, then the audit.

use super::arguments::ReplayArguments;
use super::audit::{self, Audit, Lived};
use super::driver::{Driver, Stage};
use super::error::ReplayError;
use super::figures::RunFigures;
use super::ledger::Ledger;
use super::model::{FlowShape, MeasuredDay};
use super::passive::PassiveCost;
use super::plan::ReplayPlan;
use super::proving::Cores;
use super::reading::{self, ReadingCost};
use super::record::ReplayRecord;
use super::recorder::Recorder;
use super::report::ReplayReport;
use super::source::{Made, Ordered, Source};
use super::storage::DataDirectory;
use super::summary;
use super::times::{AuditTime, BlockTime, DayTimes};
use super::traders::Holding;
use super::watch::EpochWatch;
use super::work::Purpose;
use crate::keys::MarketKeys;
use crate::replica::Replica;
use crate::verifier::{BlockVerifier, Groth16Verifier, UnprovenDryRun};
use std::path::Path;
use std::time::{Duration, Instant};
use tally_exchange::market::Market;
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

/// Runs a replay to its end and gives its report: see [`run_recorded`].
///
/// # Errors
/// As [`run_recorded`].
pub fn run<K: KeyKind>(
    arguments: &ReplayArguments,
    proved: Option<(&DataDirectory, &MarketKeys<K>)>,
    progress: &mut dyn FnMut(Progress),
) -> Result<ReplayReport, ReplayError> {
    run_recorded(arguments, proved, progress).map(|(report, _)| report)
}

/// Runs a replay to its end and gives its report, and the record of its first day that a report is drawn from.
///
/// With a data directory and keys everything is proved and verified, on a ledger that stays; an unfinished replay with
/// the same arguments goes on where it was killed, a finished one is done anew. Without, it is a dry run: flow, notes,
/// matching and epochs with no proof, on a ledger that is thrown away.
///
/// # Errors
/// [`ReplayError`]; what is on the ledger stays there.
pub fn run_recorded<K: KeyKind>(
    arguments: &ReplayArguments,
    proved: Option<(&DataDirectory, &MarketKeys<K>)>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(ReplayReport, ReplayRecord), ReplayError> {
    let start = Instant::now();
    let plan = ReplayPlan::new(arguments)?;
    let cores = Cores::new();
    let ((ended, recorder), _lock) = match proved {
        Some((data, keys)) => {
            let lock = data.prepare(arguments)?;
            let verifier = || Groth16Verifier::new(keys.verifying());
            let folder = data.ledger(arguments);
            let ledger = Ledger::kept(&folder, &arguments.genesis())?;
            let source = Source {
                plan: &plan,
                folder: &folder,
                ledger: &ledger,
                keys: Some(keys),
                cores: &cores,
            };
            (replay(&plan, &source, &verifier, progress)?, Some(lock))
        }
        None => {
            let ledger = Ledger::passing()?;
            let source = Source::<K> {
                plan: &plan,
                folder: Path::new(""),
                ledger: &ledger,
                keys: None,
                cores: &cores,
            };
            (
                replay(&plan, &source, &UnprovenDryRun::new, progress)?,
                None,
            )
        }
    };
    let kind = proved.map(|_| K::KIND);
    let measures = summary::measures(&plan, kind.is_some(), &ended)?;
    let record = summary::record(&plan, &measures, recorder, &cores, kind.is_none());
    let report = ReplayReport::new(&plan, kind, &ended, &measures, start.elapsed());
    if let Some((data, _)) = proved {
        data.finish(arguments, &report.to_json())?;
    }
    Ok((report, record))
}

/// What a replay has come to.
pub(super) struct Ended {
    pub(super) audit: Audit,
    pub(super) figures: RunFigures,
    pub(super) watch: EpochWatch,
    /// Where the first day's wall time went.
    pub(super) day: MeasuredDay,
    /// What reading the first day's ledger costs the measured trader.
    pub(super) reading: ReadingCost,
}

fn replay<'a, K: KeyKind, V: BlockVerifier>(
    plan: &'a ReplayPlan,
    source: &Source<'_, K>,
    verifier: &dyn Fn() -> V,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Ended, Recorder<'a>), ReplayError> {
    let live_verifier = verifier();
    let mut live = Live::new(plan)?;
    while live.step(source, &live_verifier, progress)? {}
    let reading = live.read(source.ledger)?;
    let passive = source
        .keys
        .and(live.driver.passive_time.cost(reading.cpu_s));
    let figures = live.finish(passive, &live_verifier);
    progress(Progress {
        stage: "recovering wallets from seeds and ledger",
        messages: live.driver.events_done(),
        of: plan.messages(),
        records: 0,
        proofs: figures.prove_times.len() as u64,
        resumed: false,
    });
    let lived = Lived {
        replica: &live.replica,
        traders: live.driver.traders(),
        watch: &live.watch,
    };
    let (start, audit_verifier) = (Instant::now(), verifier());
    let audit = audit::audit(plan, source.ledger, &lived, &audit_verifier)?;
    let audited = AuditTime {
        wall: start.elapsed(),
        verification: audit_verifier.cost().time,
        transactions: audit.transactions,
    };
    let shape = FlowShape::of(&plan.days[0].flow.events);
    let ended = Ended {
        audit,
        figures,
        watch: live.watch,
        day: live.times.measured(shape, &audited),
        reading,
    };
    Ok((ended, live.recorder))
}

/// A replay as it is lived through.
struct Live<'a> {
    plan: &'a ReplayPlan,
    replica: Replica,
    driver: Driver<'a>,
    watch: EpochWatch,
    figures: RunFigures,
    times: DayTimes,
    recorder: Recorder<'a>,
    /// The last block of the first day.
    first_day: u64,
}

impl<'a> Live<'a> {
    fn new(plan: &'a ReplayPlan) -> Result<Self, ReplayError> {
        let replica = plan.replica()?;
        Ok(Self {
            plan,
            driver: Driver::new(plan, &replica)?,
            replica,
            watch: EpochWatch::new(),
            figures: RunFigures::default(),
            times: DayTimes::default(),
            recorder: Recorder::new(plan),
            first_day: 0,
        })
    }

    /// Makes or finds the next block and executes it; false when all is done.
    fn step<K: KeyKind>(
        &mut self,
        source: &Source<'_, K>,
        verifier: &impl BlockVerifier,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<bool, ReplayError> {
        let start = Instant::now();
        let Some(batch) = self.driver.next_batch(&self.replica)? else {
            return Ok(false);
        };
        let pieces: Vec<(u32, Purpose)> = batch
            .work
            .iter()
            .map(|work| (work.trader, work.purpose))
            .collect();
        let before = holdings(&self.driver, &self.replica, &pieces);
        let height = self.replica.height() + 1;
        let Ordered { block, made } = source.order(height, batch, self.driver.passive())?;
        let verified = verifier.cost().time;
        let outcome = self.replica.execute(&block, verifier)?;
        let verification = verifier.cost().time.saturating_sub(verified);
        if made.is_none() {
            source.check_keys(&block, &outcome)?;
        }
        source.record(&block, &outcome)?;
        self.time(&pieces, made.as_ref());
        self.figures
            .count(self.driver.day_index(), &pieces, &outcome);
        self.driver.absorb(&self.replica, &pieces, &outcome)?;
        let traders = self.driver.traders();
        self.watch
            .take(&self.replica, &pieces, &before, traders, &outcome);
        self.recorder.take(
            &self.replica,
            &self.driver,
            &pieces,
            &outcome,
            made.as_ref(),
        );
        if self.driver.day_index() == 0 {
            self.first_day = height;
            let time = BlockTime {
                made: made.as_ref(),
                verification,
                wall: start.elapsed(),
            };
            self.times.take(&pieces, &outcome, &time);
        }
        tracing::info!(
            height,
            messages = pieces.len(),
            resumed = made.is_none(),
            "block executed"
        );
        progress(Progress {
            stage: describe(self.driver.stage()),
            messages: self.driver.events_done(),
            of: self.plan.messages(),
            records: self.replica.markets().map(Market::record_count).sum(),
            proofs: self.figures.prove_times.len() as u64,
            resumed: made.is_none(),
        });
        Ok(true)
    }

    /// Notes what proofs took: the measured trader's Refreshes and the late notes' way back too. Nothing is known of
    /// blocks that an earlier run has made.
    fn time(&mut self, pieces: &[(u32, Purpose)], made: Option<&Made>) {
        let proofs = made.map_or(&[][..], |made| &made.proofs);
        self.figures.proving += made.map_or(Duration::ZERO, |made| made.wall);
        let walls = proofs.iter().flatten().map(|time| time.wall);
        self.figures.prove_times.extend(walls);
        for (index, (trader, purpose)) in pieces.iter().enumerate() {
            let Purpose::Agent(purpose) = purpose else {
                continue;
            };
            let time = proofs.get(index).copied().flatten();
            let refreshes = *purpose == agent::Purpose::Refresh;
            if refreshes && *trader == self.driver.passive() && self.driver.measures() {
                let processor = time.and_then(|time| time.processor);
                self.driver.passive_time.proved(processor);
            }
            if self.driver.is_returning(*trader) {
                self.figures.recovery(*trader, time.map(|time| time.wall));
            }
        }
    }

    /// The run's figures once all blocks are there.
    fn finish(
        &mut self,
        passive: Option<PassiveCost>,
        verifier: &impl BlockVerifier,
    ) -> RunFigures {
        let mut figures = std::mem::take(&mut self.figures);
        figures.verification = verifier.cost();
        figures.flow = self.driver.counts();
        figures.passive = passive;
        let prices = self.replica.markets().flat_map(Market::closed_epochs);
        let prices: Vec<_> = prices.map(|epoch| epoch.terms().price).collect();
        figures.is_distress_too_small =
            self.plan.distress().is_some() && !self.driver.breaks(&prices);
        figures
    }

    /// Reads the first day's ledger for the measured trader.
    fn read(&self, ledger: &Ledger) -> Result<ReadingCost, ReplayError> {
        // A plan has at least one month, and every trader a wallet for the first.
        let symbol = self.plan.months[0].symbol;
        let trader = &self.driver.traders()[self.driver.passive() as usize];
        let wallet = trader.wallets().find(|(own, _)| *own == symbol);
        let wallet = wallet.map_or_else(|| trader.wallet(), |(_, wallet)| wallet);
        reading::read(ledger, self.first_day, symbol, wallet.main())
    }
}

/// What the senders of a block who are revalued in it hold before it; of others nobody asks.
fn holdings(driver: &Driver<'_>, replica: &Replica, pieces: &[(u32, Purpose)]) -> Vec<Holding> {
    let holding = |(trader, purpose): &(u32, Purpose)| {
        if *purpose != Purpose::Agent(agent::Purpose::Refresh) {
            return Holding::default();
        }
        let state = &driver.traders()[*trader as usize];
        let symbol = state.wallets().last().map(|(symbol, _)| symbol);
        let market = symbol.and_then(|symbol| replica.market(symbol));
        market.map_or_else(Holding::default, |market| state.holding(market))
    };
    pieces.iter().map(holding).collect()
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
