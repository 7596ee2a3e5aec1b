//! Counts and times of one run, taken from its blocks as they go by.

use super::driver::FlowCounts;
use super::passive::PassiveCost;
use super::work::Purpose;
use crate::replica::{Answer, Outcome};
use crate::verifier::VerificationCost;
use std::collections::BTreeMap;
use std::time::Duration;
use tally_exchange::message::{OrderChange, Symbol, Transaction};
use tally_exchange::receipt::{Event, Receipt};
use tally_exchange::settlement::SettlementTier;
use tally_exchange::units::Price;

/// Counts and times of one run.
#[derive(Clone, Debug, Default)]
pub(super) struct RunFigures {
    pub(super) prove_times: Vec<Duration>,
    /// Wall time of proving: of all proofs of a block together.
    pub(super) proving: Duration,
    pub(super) verification: VerificationCost,
    pub(super) flow: Vec<FlowCounts>,
    pub(super) passive: Option<PassiveCost>,
    pub(super) is_distress_too_small: bool,
    pub(super) messages: u64,
    pub(super) orders_posted: u64,
    pub(super) cancels: u64,
    pub(super) fills: u64,
    pub(super) proofs: u64,
    pub(super) refused: u64,
    pub(super) halts: BTreeMap<usize, u64>,
    pub(super) settlements: BTreeMap<usize, (Price, SettlementTier)>,
    pub(super) finals: Vec<(Symbol, Price)>,
    /// Proving time of those who came back, by trader; none if some of it was spent by an earlier run.
    recoveries: BTreeMap<u32, Option<Duration>>,
}

impl RunFigures {
    /// Takes in a block of the day with this index.
    pub(super) fn count(&mut self, day: usize, pieces: &[(u32, Purpose)], outcome: &Outcome) {
        for ((_, purpose), answer) in pieces.iter().zip(&outcome.answers) {
            self.messages += u64::from(matches!(purpose, Purpose::Event(_)));
            self.count_answer(*purpose, answer);
        }
        for (symbol, event) in &outcome.events {
            match event {
                Event::Fill { .. } => self.fills += 1,
                Event::Triggered { trigger, .. } if trigger.is_intraday() => {
                    *self.halts.entry(day).or_default() += 1;
                }
                Event::Settlement { price, tier } => {
                    self.settlements.insert(day, (*price, *tier));
                }
                Event::Expired { price } => self.finals.push((*symbol, *price)),
                _ => {}
            }
        }
    }

    fn count_answer(&mut self, purpose: Purpose, answer: &Answer) {
        match answer {
            Answer::Market(_, Receipt::Act(receipt)) => {
                self.proofs += 1;
                self.orders_posted += receipt.orders.len() as u64;
            }
            Answer::Market(_, Receipt::Refresh { .. } | Receipt::Lapse { .. }) => self.proofs += 1,
            Answer::Market(transaction, Receipt::Instruction { .. }) => {
                if let Transaction::Instruction(instruction) = &**transaction {
                    self.cancels += u64::from(instruction.change == OrderChange::Cancel);
                }
            }
            // Events of the flow that are refused are counted with the flow.
            Answer::Market(_, Receipt::Refused(_)) if matches!(purpose, Purpose::Event(_)) => {}
            Answer::Market(_, Receipt::Refused(_)) | Answer::Cashier(Err(_)) | Answer::Garbage => {
                self.refused += 1;
            }
            Answer::Market(..) | Answer::Cashier(Ok(())) => {}
        }
    }

    /// Adds what one proof of a late note's way back took; none if an earlier run made it.
    pub(super) fn recovery(&mut self, trader: u32, took: Option<Duration>) {
        let sum = self
            .recoveries
            .entry(trader)
            .or_insert(Some(Duration::ZERO));
        *sum = sum.zip(took).map(|(sum, took)| sum + took);
    }

    /// The longest way back.
    pub(super) fn longest_recovery(&self) -> Option<Duration> {
        let mut longest = None;
        for took in self.recoveries.values() {
            longest = longest.max(Some((*took)?));
        }
        longest
    }
}
