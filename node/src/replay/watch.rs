//! The epochs of a replay as they go by, compared with what the traders' secrets say.
//!
//! The market learns sums only. The replay knows every note, so it can say what the sums must be: L is what absent and
//! distressed traders left and the clearing account had, X of the turnstile what the absent are owed plus all haircuts.

use super::epochs::{EpochReport, KeyGenerationReport, ReportedBand, SlashedSeat};
use super::passive::seconds;
use super::traders::{Holding, Trader};
use super::work::Purpose;
use crate::replica::{Answer, Outcome, Replica};
use std::collections::BTreeMap;
use std::time::Duration;
use tally_exchange::epoch::terms::EpochTerms;
use tally_exchange::market::Market;
use tally_exchange::message::{Symbol, Transaction};
use tally_exchange::receipt::{DutyKind, Event, Offence, Receipt};
use tally_exchange::units::Time;

/// All epochs and key generations so far.
#[derive(Default)]
pub(super) struct EpochWatch {
    pub(super) epochs: Vec<EpochReport>,
    pub(super) key_generations: Vec<KeyGenerationReport>,
    months: BTreeMap<Symbol, MonthWatch>,
    /// Every L and every X was what the secrets say.
    pub(super) all_liquidated_as_left: bool,
    pub(super) all_turnstiles_exact: bool,
}

/// What is known of one contract month.
#[derive(Default)]
struct MonthWatch {
    /// When trading stopped.
    halted_at: Option<Time>,
    /// Sum of the refreshed positions of the revalidation under way, contracts.
    cut: i64,
    haircuts: i128,
    distressed: u64,
    /// What traders who stayed behind are owed, by trader, cents: their equity at P.
    owed: BTreeMap<u32, i128>,
    /// Haircuts and what late notes paid, cents: it stays in X until it is released.
    kept: i128,
    /// Contracts of a pending sum with the price at which they were closed, cents: the next sum takes them at another.
    pending: Vec<(i64, i64)>,
}

impl EpochWatch {
    pub(super) fn new() -> Self {
        Self {
            all_liquidated_as_left: true,
            all_turnstiles_exact: true,
            ..Self::default()
        }
    }

    /// Takes in a block. `before` is what each sender held before it, `traders` are those after it.
    pub(super) fn take(
        &mut self,
        replica: &Replica,
        pieces: &[(u32, Purpose)],
        before: &[Holding],
        traders: &[Trader],
        outcome: &Outcome,
    ) {
        for (((trader, _), before), answer) in pieces.iter().zip(before).zip(&outcome.answers) {
            let Answer::Market(transaction, receipt) = answer else {
                continue;
            };
            if let Some(market) = replica.market(transaction.market()) {
                let state = &traders[*trader as usize];
                self.take_answer(market, (*trader, *before, state), transaction, receipt);
            }
        }
        for (symbol, event) in &outcome.events {
            if let Some(market) = replica.market(*symbol) {
                self.take_event(market, traders, event);
            }
        }
    }

    fn take_answer(
        &mut self,
        market: &Market,
        (trader, before, state): (u32, Holding, &Trader),
        transaction: &Transaction,
        receipt: &Receipt,
    ) {
        let month = self.months.entry(market.symbol()).or_default();
        match (transaction, receipt) {
            (Transaction::Refresh(refresh), Receipt::Refresh { .. }) => {
                let terms = terms_of(market, refresh.message.epoch);
                let after = i64::from(state.wallet().main().note().position);
                let cut = before.position - after;
                month.cut += cut;
                month.distressed += u64::from(cut != 0);
                let haircut = terms.map_or(0, |terms| terms.haircut);
                month.haircuts += i128::from(cut.abs()) * i128::from(haircut);
            }
            (Transaction::Lapse(_), Receipt::Lapse { .. }) => {
                // The opening fee stays with the haircut: the market can't know how much of it the note had.
                let back = i128::from(state.wallet().main().note().cash);
                month.kept += month.owed.remove(&trader).unwrap_or(0) - back;
            }
            (Transaction::Seat(_), Receipt::Seat { duty, .. }) if *duty == DutyKind::Share => {
                if let Some(epoch) = last(&mut self.epochs, market.symbol()) {
                    epoch.shares_ok += 1;
                }
            }
            _ => {}
        }
    }

    fn take_event(&mut self, market: &Market, traders: &[Trader], event: &Event) {
        let symbol = market.symbol();
        let text = |price| market.specification().format_price(price);
        match event {
            Event::Triggered {
                epoch,
                trigger,
                price,
                band,
            } => {
                let month = self.months.entry(symbol).or_default();
                (month.cut, month.haircuts, month.distressed) = (0, 0, 0);
                let is_halt = market.phase() == tally_exchange::receipt::Phase::Halted;
                month.halted_at = is_halt.then(|| market.time());
                self.epochs.push(EpochReport {
                    market: symbol,
                    epoch: *epoch,
                    trigger: *trigger,
                    band: ReportedBand {
                        lo: text(band.lo),
                        hi: text(band.hi),
                    },
                    price: text(*price),
                    expected: 0,
                    refreshed: 0,
                    extended: 0,
                    outage: false,
                    liquidated: None,
                    left: 0,
                    turnstile: None,
                    owed: None,
                    absent: 0,
                    distressed: 0,
                    shares_ok: 0,
                    slashed: Vec::new(),
                    halt_s: 0.0,
                });
            }
            Event::Extended { .. } => {
                if let Some(epoch) = last(&mut self.epochs, symbol) {
                    epoch.extended += 1;
                }
            }
            Event::WindowClosed {
                epoch,
                expected,
                refreshed,
                outage,
            } => {
                if let Some(report) = last(&mut self.epochs, symbol) {
                    (report.expected, report.refreshed) = (*expected, *refreshed);
                    report.outage = *outage;
                }
                self.close(market, traders, *epoch);
            }
            Event::Opened {
                liquidated,
                turnstile,
                ..
            } => self.open(market, *liquidated, *turnstile),
            Event::Reopened { .. } => {
                let month = self.months.entry(symbol).or_default();
                let halted = month.halted_at.take();
                if let (Some(halted), Some(epoch)) = (halted, last(&mut self.epochs, symbol)) {
                    let micros = market.time().0.saturating_sub(halted.0);
                    epoch.halt_s = seconds(Duration::from_micros(micros));
                }
            }
            Event::Slashed { seat, offence } => self.slash(symbol, *seat, *offence),
            Event::KeyRoundStarted { round, seats } => {
                self.key_generations.push(KeyGenerationReport {
                    market: symbol,
                    round: *round,
                    seats: seats.len() as u64,
                    excluded: 0,
                    made: false,
                    slashed: Vec::new(),
                });
            }
            Event::KeyMade { round, excluded } => {
                if let Some(report) = self.generation(symbol, *round) {
                    report.made = true;
                    report.excluded = excluded.len() as u64;
                }
            }
            _ => {}
        }
    }

    /// The set is frozen: whoever is still in the epoch stays behind.
    fn close(&mut self, market: &Market, traders: &[Trader], epoch: u64) {
        let symbol = market.symbol();
        let month = self.months.entry(symbol).or_default();
        let Some(terms) = terms_of(market, epoch) else {
            return;
        };
        let mark = market.money().notional(terms.price);
        let (mut left, mut absent) = (0, 0);
        for (trader, state) in (0..).zip(traders) {
            let is_left = state
                .wallets()
                .last()
                .is_some_and(|(own, wallet)| own == symbol && wallet.main().epoch() == Some(epoch));
            if is_left {
                let holding = state.holding(market);
                left += holding.position;
                absent += 1;
                month.owed.insert(trader, holding.equity(mark));
            }
        }
        month.kept += month.haircuts;
        let taken = left + month.cut;
        let pending: i64 = month.pending.iter().map(|(contracts, _)| contracts).sum();
        if let Some(report) = last(&mut self.epochs, symbol) {
            report.left = market.clearing().position + taken + pending;
            report.absent = absent;
            report.distressed = month.distressed;
        }
        // Until the sums are opened these contracts are nobody's.
        month.pending.push((taken, mark));
    }

    fn open(&mut self, market: &Market, liquidated: i64, turnstile: Option<i64>) {
        let symbol = market.symbol();
        let month = self.months.entry(symbol).or_default();
        let Some(report) = last(&mut self.epochs, symbol) else {
            return;
        };
        report.liquidated = Some(liquidated);
        self.all_liquidated_as_left &= liquidated == report.left;
        let Some(terms) = terms_of(market, report.epoch) else {
            return;
        };
        // Contracts that a pending epoch closed at another price are taken over at this one.
        let mark = market.money().notional(terms.price);
        let drift: i128 = month
            .pending
            .drain(..)
            .map(|(contracts, at)| i128::from(contracts) * i128::from(mark - at))
            .sum();
        month.kept += drift;
        if let Some(turnstile) = turnstile {
            let mut owed = month.owed.values().sum::<i128>() + month.kept;
            if drift != 0 && owed < 0 && turnstile == 0 {
                // After a pending sum the fund makes good what is missing, once.
                month.kept -= owed;
                owed = 0;
            }
            let owed = i64::try_from(owed).ok();
            report.turnstile = Some(turnstile);
            report.owed = owed;
            self.all_turnstiles_exact &= owed == Some(turnstile);
        }
    }

    fn slash(&mut self, symbol: Symbol, seat: u32, offence: Offence) {
        let slashed = SlashedSeat { seat, offence };
        match offence {
            Offence::NoShare | Offence::BadShare => {
                if let Some(epoch) = last(&mut self.epochs, symbol) {
                    epoch.slashed.push(slashed);
                }
            }
            Offence::NoDealing
            | Offence::BadDealing
            | Offence::CheatingDealer
            | Offence::FalseComplaint => {
                let mut rounds = self.key_generations.iter_mut().rev();
                if let Some(round) = rounds.find(|round| round.market == symbol) {
                    round.slashed.push(slashed);
                }
            }
        }
    }

    fn generation(&mut self, symbol: Symbol, round: u64) -> Option<&mut KeyGenerationReport> {
        let mut all = self.key_generations.iter_mut();
        all.find(|report| report.market == symbol && report.round == round)
    }

    /// Contracts that traders left and no opened sum has given to the clearing account.
    pub(super) fn pending_contracts(&self, symbol: Symbol) -> i64 {
        let month = self.months.get(&symbol);
        month.map_or(0, |month| {
            month.pending.iter().map(|(contracts, _)| contracts).sum()
        })
    }

    /// What the traders left behind in a contract month are owed, and what stays in its turnstile, cents.
    pub(super) fn outstanding(&self, symbol: Symbol) -> i128 {
        let month = self.months.get(&symbol);
        month.map_or(0, |month| {
            let pending: i128 = month
                .pending
                .iter()
                .map(|(contracts, at)| i128::from(*contracts) * i128::from(*at))
                .sum();
            month.owed.values().sum::<i128>() + month.kept - pending
        })
    }
}

/// The last epoch of a contract month.
fn last(epochs: &mut [EpochReport], symbol: Symbol) -> Option<&mut EpochReport> {
    epochs.iter_mut().rev().find(|epoch| epoch.market == symbol)
}

/// The terms of a revalidation that is under way or was.
fn terms_of(market: &Market, epoch: u64) -> Option<EpochTerms> {
    let closed = market.closed_epoch(epoch).map(|closed| *closed.terms());
    closed.or_else(|| {
        let is_present = market.epoch() == epoch;
        is_present.then(|| market.epoch_terms().copied()).flatten()
    })
}
