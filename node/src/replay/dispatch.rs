//! A replayed day as its messages: who sent what and when, for whoever studies what a node sees.
//!
//! No proof is made: proofs are zero-knowledge and made with randomness of their own, so that nothing is in them that a
//! filling of the same length has not.

use super::arguments::ReplayArguments;
use super::driver::{Driver, Stage};
use super::error::ReplayError;
use super::ledger::Ledger;
use super::plan::ReplayPlan;
use super::proving::Cores;
use super::source::{Ordered, Source};
use super::work::Purpose;
use crate::replica::{Answer, Outcome};
use crate::verifier::UnprovenDryRun;
use std::path::Path;
use tally_exchange::message::Transaction;
use tally_exchange::receipt::{Event, Receipt};
use tally_exchange::units::OrderId;
use tally_prover::InsecureOneParty;

/// A message of a replayed day, and the trader who sent it, which no node is told.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// The trader.
    pub trader: u32,
    /// When the trader wanted to send it, microseconds since the Unix epoch.
    pub wanted: u64,
    /// Whether the flow says when it was wanted. What wallets do by themselves has the time of its block.
    pub is_of_flow: bool,
    /// What was sent.
    pub transaction: Transaction,
    /// What the market answered.
    pub receipt: Receipt,
    /// Bytes of the ledger's entry, proof included.
    pub bytes: usize,
}

/// The messages of a replayed day, in the ledger's order.
#[derive(Clone, Debug, Default)]
pub struct DispatchedDay {
    /// Everything that was sent within the session.
    pub messages: Vec<Dispatch>,
    /// Every order that traded, with the time of its fill, microseconds since the Unix epoch.
    pub fills: Vec<(OrderId, u64)>,
}

/// Replays the first day without proofs until so many messages of its flow are done, or to its end.
///
/// # Errors
/// [`ReplayError`], as of a dry run.
pub fn dispatched_day(
    arguments: &ReplayArguments,
    messages: usize,
) -> Result<DispatchedDay, ReplayError> {
    let plan = ReplayPlan::new(arguments)?;
    let (ledger, cores) = (Ledger::passing()?, Cores::new());
    let source = Source::<InsecureOneParty> {
        plan: &plan,
        folder: Path::new(""),
        ledger: &ledger,
        keys: None,
        cores: &cores,
    };
    let verifier = UnprovenDryRun::new();
    let mut replica = plan.replica()?;
    let mut driver = Driver::new(&plan, &replica)?;
    let mut day = DispatchedDay::default();
    while driver.events_done() < messages {
        let Some(batch) = driver.next_batch(&replica)? else {
            break;
        };
        if driver.stage() > Stage::Session {
            break;
        }
        let pieces: Vec<_> = batch.work.iter().map(|w| (w.trader, w.purpose)).collect();
        let height = replica.height() + 1;
        let Ordered { block, .. } = source.order(height, batch, driver.passive())?;
        let outcome = replica.execute(&block, &verifier)?;
        driver.absorb(&replica, &pieces, &outcome)?;
        if driver.stage() == Stage::Session {
            let sizes = block.transactions.iter().map(Vec::len);
            day.take(&driver, block.time, &pieces, sizes, outcome);
        }
    }
    Ok(day)
}

impl DispatchedDay {
    fn take(
        &mut self,
        driver: &Driver<'_>,
        time: u64,
        pieces: &[(u32, Purpose)],
        sizes: impl Iterator<Item = usize>,
        outcome: Outcome,
    ) {
        let answers = outcome.answers.into_iter();
        for (((trader, purpose), bytes), answer) in pieces.iter().zip(sizes).zip(answers) {
            let Answer::Market(transaction, receipt) = answer else {
                continue;
            };
            let index = match purpose {
                Purpose::Event(index) => Some(*index),
                _ => None,
            };
            self.messages.push(Dispatch {
                trader: *trader,
                wanted: index.map_or(time, |index| driver.wanted_at(index, time)),
                is_of_flow: index.is_some(),
                transaction: *transaction,
                receipt,
                bytes,
            });
        }
        for (_, event) in outcome.events {
            if let Event::Fill { order, .. } = event {
                self.fills.push((order, time));
            }
        }
    }
}
