//! A market's folder, checked from its first block on.

use super::{OperateError, nothing, open_ledger};
use crate::genesis::ChainGenesis;
use crate::live::directory::{MarketFolder, MarketFolderError};
use crate::replica::{Answer, Outcome, Replica};
use crate::verifier::{BlockVerifier, Groth16Verifier};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tally_exchange::market::StateHash;
use tally_exchange::message::ChainId;
use tally_exchange::receipt::Receipt;
use tally_ledger_adapter::embedded::EmbeddedLog;
use tally_ledger_adapter::log::OrderedLog;
use tally_prover::InsecureOneParty;

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyProgress {
    /// Height of the last block that was executed.
    pub height: u64,
    /// Height of the newest.
    pub of: u64,
    /// Proofs verified so far.
    pub proofs: u64,
}

/// What was found, all of it in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The chain.
    pub chain: ChainId,
    /// Height of the newest block; 0 if there is none.
    pub height: u64,
    /// Its hash; that of the genesis if there is none.
    pub hash: [u8; 32],
    /// Its time, microseconds.
    pub time: u64,
    /// The state after it.
    pub state: StateHash,
    /// See [`Replica::checkpoint`].
    pub checkpoint: [u8; 32],
    /// Entries executed.
    pub entries: u64,
    /// Of them refused by the market or the cashier's book.
    pub refused: u64,
    /// Proofs verified.
    pub proofs: u64,
    /// Time spent on them.
    pub verifying: Duration,
    /// Time that all took.
    pub took: Duration,
    /// Blocks without a state on record: the last ones before a kill.
    pub unrecorded: u64,
    /// Snapshots that were compared.
    pub snapshots: u64,
    /// Whether somebody could have forged the proofs.
    pub insecure_keys: bool,
}

impl Verified {
    /// What others can take up a snapshot by: `HEIGHT:HASH`.
    #[must_use]
    pub fn checkpoint_text(&self) -> String {
        format!("{}:{}", self.height, hex::encode(self.checkpoint))
    }
}

/// Checks everything in a market's folder: the hash chain of the ledger, every block executed from the first with all its
/// proofs verified, each state against the one on record, and the snapshots that a node would go on from.
///
/// # Errors
/// [`OperateError`]; of those that [`OperateError::is_failed_check`] the folder is not to be used.
pub fn verify(
    folder: &MarketFolder,
    progress: &mut dyn FnMut(VerifyProgress),
) -> Result<Verified, OperateError> {
    let start = Instant::now();
    let genesis = folder.genesis()?;
    let (_, keys) = folder.keys(&genesis)?;
    folder.faucet(&genesis)?;
    let mut walk = Walk::from(&genesis, Groth16Verifier::new(keys))?;
    let mut tip = nothing(&genesis);
    let mut time = 0;
    if let Some(log) = open_ledger(folder, &genesis)? {
        let newest = log.verify()?;
        (tip.height, tip.hash, time) = (newest.height, newest.hash, newest.time);
        walk.all(&log, &genesis, newest.height, progress)?;
    }
    let cost = walk.verifier.cost();
    Ok(Verified {
        chain: tip.chain,
        height: tip.height,
        hash: tip.hash,
        time,
        state: walk.replica.state_hash(),
        checkpoint: walk.replica.checkpoint(&tip.hash),
        entries: walk.entries,
        refused: walk.refused,
        proofs: cost.proofs,
        verifying: cost.time,
        took: start.elapsed(),
        unrecorded: walk.unrecorded,
        snapshots: walk.snapshots,
        insecure_keys: genesis.is_insecure(),
    })
}

/// On the way from the first block to the newest.
struct Walk {
    replica: Replica,
    verifier: Groth16Verifier<InsecureOneParty>,
    entries: u64,
    refused: u64,
    unrecorded: u64,
    snapshots: u64,
}

impl Walk {
    fn from(
        genesis: &ChainGenesis,
        verifier: Groth16Verifier<InsecureOneParty>,
    ) -> Result<Self, OperateError> {
        let replica = genesis
            .replica()
            .map_err(|source| MarketFolderError::Engine(source.into()))?;
        Ok(Self {
            replica,
            verifier,
            entries: 0,
            refused: 0,
            unrecorded: 0,
            snapshots: 0,
        })
    }

    fn all(
        &mut self,
        log: &EmbeddedLog,
        genesis: &ChainGenesis,
        newest: u64,
        progress: &mut dyn FnMut(VerifyProgress),
    ) -> Result<(), OperateError> {
        let kept: BTreeSet<u64> = log.snapshot_heights()?.into_iter().collect();
        for height in 1..=newest {
            self.block(log, height)?;
            if kept.contains(&height) {
                self.snapshot(log, genesis, height)?;
            }
            progress(VerifyProgress {
                height,
                of: newest,
                proofs: self.verifier.cost().proofs,
            });
        }
        Ok(())
    }

    fn block(&mut self, log: &EmbeddedLog, height: u64) -> Result<(), OperateError> {
        let block = log.block(height)?;
        let block = block.ok_or(OperateError::NoBlock { height })?;
        let outcome = self
            .replica
            .execute(&block, &self.verifier)
            .map_err(|source| OperateError::Block { height, source })?;
        self.count(&outcome);
        let found = outcome.state_hash;
        match log.outcome(height)? {
            Some(recorded) if recorded == found.0 => Ok(()),
            Some(recorded) => Err(OperateError::StateDiffers {
                height,
                found,
                recorded: hex::encode(recorded),
            }),
            None => {
                self.unrecorded += 1;
                Ok(())
            }
        }
    }

    fn count(&mut self, outcome: &Outcome) {
        let is_refused = |answer: &&Answer| match answer {
            Answer::Market(_, receipt) => matches!(receipt, Receipt::Refused(_)),
            Answer::Cashier(result) => result.is_err(),
            Answer::Garbage => true,
        };
        self.entries += outcome.answers.len() as u64;
        self.refused += outcome.answers.iter().filter(is_refused).count() as u64;
    }

    /// The state hash leaves out heights, times and the roots that messages may name: the checkpoint does not.
    fn snapshot(
        &mut self,
        log: &EmbeddedLog,
        genesis: &ChainGenesis,
        height: u64,
    ) -> Result<(), OperateError> {
        // One that is damaged is passed over by a node, too.
        let Some(snapshot) = log.snapshot_at(height)? else {
            return Ok(());
        };
        let restored = genesis.restore(&snapshot.bytes, None).ok();
        // Of one height: the block is the same.
        let checkpoint = |replica: &Replica| replica.checkpoint(&[0; 32]);
        if restored.as_ref().map(checkpoint) == Some(checkpoint(&self.replica)) {
            self.snapshots += 1;
            Ok(())
        } else {
            Err(OperateError::Snapshot { height })
        }
    }
}
