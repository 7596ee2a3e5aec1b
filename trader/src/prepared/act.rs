//! An Act on its way.

use crate::error::WalletError;
use rand::{CryptoRng, RngCore};
use tally_circuits::act::{ActCircuit, ActStatement, ActWitness};
use tally_exchange::message::{ActMessage, ActTransaction, PROOF_BYTES, Transaction};
use tally_prover::ProvingKey;
use tally_prover::kind::KeyKind;

/// A message that only lacks its proof.
pub struct PreparedAct {
    /// What will be public.
    pub message: ActMessage,
    /// What must be proved.
    pub statement: ActStatement,
    /// The account's signature over the message, for openings and deposits.
    pub cash_signature: Option<[u8; 64]>,
    pub(crate) witness: ActWitness,
}

impl PreparedAct {
    /// Proves the statement: the message can be sent.
    ///
    /// # Errors
    /// [`WalletError::Prove`] if the prover fails; nothing has been sent or spent.
    pub fn prove<K: KeyKind, R: RngCore + CryptoRng>(
        self,
        key: &ProvingKey<K>,
        rng: &mut R,
    ) -> Result<Transaction, WalletError> {
        let circuit = ActCircuit {
            statement: self.statement.clone(),
            witness: self.witness.clone(),
        };
        let proof = tally_prover::prove(key, circuit, rng)?;
        Ok(self.with_proof(proof.to_bytes()))
    }

    /// The transaction with these proof bytes, whatever they are.
    #[must_use]
    pub fn with_proof(self, proof: [u8; PROOF_BYTES]) -> Transaction {
        let Self {
            message,
            cash_signature,
            ..
        } = self;
        Transaction::Act(Box::new(ActTransaction {
            message,
            proof,
            cash_signature,
        }))
    }
}

impl std::fmt::Debug for PreparedAct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreparedAct")
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
