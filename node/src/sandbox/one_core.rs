//! Proofs of the simulated traders, on one core: the others are for the people who trade here.

use super::error::SandboxError;
use crate::keys::MarketKeys;
use rand::rngs::OsRng;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tally_exchange::message::Transaction;
use tally_prover::InsecureOneParty;
use tally_trader::error::WalletError;
use tally_trader::prepared::{Prepared, ProvingKeys};

/// A prover that has one thread.
pub(super) struct OneCore {
    pool: ThreadPool,
    keys: MarketKeys<InsecureOneParty>,
}

impl OneCore {
    /// A prover with these keys.
    ///
    /// # Errors
    /// [`SandboxError::Threads`].
    pub(super) fn new(keys: MarketKeys<InsecureOneParty>) -> Result<Self, SandboxError> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(1)
            .thread_name(|_| "tally-sandbox-proofs".to_owned())
            .build()
            .map_err(|error| SandboxError::Threads(error.to_string()))?;
        Ok(Self { pool, keys })
    }

    /// Proves what has to be proved.
    ///
    /// # Errors
    /// [`WalletError::Prove`].
    pub(super) fn prove(&self, message: Prepared) -> Result<Transaction, WalletError> {
        if let Prepared::Ready(transaction) = message {
            return Ok(*transaction);
        }
        let keys = ProvingKeys {
            act: &self.keys.act.proving,
            refresh: &self.keys.refresh.proving,
            lapse: &self.keys.lapse.proving,
        };
        self.pool.install(|| message.prove(&keys, &mut OsRng))
    }
}
