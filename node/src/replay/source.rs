//! The blocks of a replay: proved and ordered, or found where a killed run has left them.

use super::error::ReplayError;
use super::ledger::{Blocks, Ledger};
use super::plan::ReplayPlan;
use super::proving::{Cores, ProofTime, prove_all};
use super::work::{Batch, Work};
use crate::keys::MarketKeys;
use crate::replica::{Answer, Outcome};
use std::path::Path;
use std::time::{Duration, Instant};
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_ledger_adapter::log::Block;
use tally_prover::KeyKind;

/// Where blocks come from: made by this run, or found on the ledger of one that was killed.
pub(super) struct Source<'a, K: KeyKind> {
    pub(super) plan: &'a ReplayPlan,
    pub(super) folder: &'a Path,
    pub(super) ledger: &'a Ledger,
    pub(super) keys: Option<&'a MarketKeys<K>>,
    pub(super) cores: &'a Cores,
}

/// A block, and what this run has made of it.
pub(super) struct Ordered {
    pub(super) block: Block,
    /// What was made; none if the block was found.
    pub(super) made: Option<Made>,
}

/// What making a block's proofs took.
pub(super) struct Made {
    /// The proof of each piece, where it needed one.
    pub(super) proofs: Vec<Option<ProofTime>>,
    /// All of them together, wall clock.
    pub(super) wall: Duration,
}

impl<K: KeyKind> Source<'_, K> {
    /// Puts a batch on the ledger, or finds it there: then it must be the same but for its proofs, and there is nothing
    /// that this run has made.
    pub(super) fn order(
        &self,
        height: u64,
        batch: Batch,
        measured: u32,
    ) -> Result<Ordered, ReplayError> {
        if let Some(block) = self.ledger.block(height)? {
            let same = block.time == batch.time
                && block.transactions.len() == batch.work.len()
                && batch
                    .work
                    .iter()
                    .zip(&block.transactions)
                    .all(|(work, bytes)| work.matches(bytes));
            return if same {
                Ok(Ordered { block, made: None })
            } else {
                Err(self.foreign(height))
            };
        }
        let (transactions, made) = self.finish(batch.work, measured)?;
        let block = self.ledger.commit(batch.time, transactions)?;
        Ok(Ordered {
            block,
            made: Some(made),
        })
    }

    fn finish(&self, work: Vec<Work>, measured: u32) -> Result<(Vec<Vec<u8>>, Made), ReplayError> {
        let start = Instant::now();
        let proven = match self.keys {
            Some(keys) => prove_all(self.cores, keys, work, measured)?,
            None => work
                .into_iter()
                .map(|work| (work.unproven(), None))
                .collect(),
        };
        let (entries, proofs): (Vec<_>, Vec<_>) = proven.into_iter().unzip();
        let is_any = proofs.iter().any(Option::is_some);
        let wall = if is_any {
            start.elapsed()
        } else {
            Duration::ZERO
        };
        Ok((entries, Made { proofs, wall }))
    }

    /// A proof on the ledger was good when this replay made it: if it no longer is, the keys are others.
    pub(super) fn check_keys(&self, block: &Block, outcome: &Outcome) -> Result<(), ReplayError> {
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
    pub(super) fn record(&self, block: &Block, outcome: &Outcome) -> Result<(), ReplayError> {
        match self.ledger.outcome(block.height)? {
            None => Ok(self
                .ledger
                .put_outcome(block.height, &outcome.state_hash.0)?),
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
