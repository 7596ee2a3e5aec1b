//! An own replica that follows the node's ledger from its first block.
//!
//! The simulated traders look at this one and not at the node's: blocks never wait for them, and what a wallet takes in
//! is what the market was at the end of the very block. A restart is nothing but following from the beginning.

use super::error::SandboxError;
use crate::genesis::ChainGenesis;
use crate::live::engine::{Engine, execute_recorded};
use crate::replica::{Outcome, Replica};
use tally_ledger_adapter::log::OrderedLog;

/// A replica behind the node's, by a block or two.
pub(super) struct Follower {
    engine: Engine,
    replica: Replica,
}

impl Follower {
    /// Before the first block.
    ///
    /// # Errors
    /// [`SandboxError::Genesis`].
    pub(super) fn new(engine: Engine, genesis: &ChainGenesis) -> Result<Self, SandboxError> {
        let replica = genesis.replica()?;
        Ok(Self { engine, replica })
    }

    /// The state at the last block that was taken in.
    pub(super) const fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Takes in the next block, if there is one. Its proofs were checked by this process or an earlier one; its state is
    /// compared with the one on record.
    ///
    /// # Errors
    /// [`SandboxError::Engine`] if the ledger can't be read or contradicts itself.
    pub(super) fn step(&mut self) -> Result<Option<Outcome>, SandboxError> {
        let next = self.replica.height() + 1;
        let tip = self.engine.progress().borrow().height;
        if next > tip {
            return Ok(None);
        }
        let log = self.engine.log();
        let Some(block) = log
            .block(next)
            .map_err(crate::live::engine::EngineError::from)?
        else {
            return Ok(None);
        };
        Ok(Some(execute_recorded(log, &mut self.replica, &block)?))
    }
}
