//! A Lapse on its way.

use crate::error::WalletError;
use rand::{CryptoRng, RngCore};
use tally_circuits::lapse::{LapseCircuit, LapseStatement, LapseWitness};
use tally_exchange::message::{LapseMessage, LapseTransaction, PROOF_BYTES, Transaction};
use tally_prover::ProvingKey;
use tally_prover::kind::KeyKind;

/// A Lapse that only lacks its proof.
pub struct PreparedLapse {
    /// What will be public.
    pub message: LapseMessage,
    /// What must be proved.
    pub statement: LapseStatement,
    pub(crate) witness: LapseWitness,
}

impl PreparedLapse {
    /// Proves the statement: the message can be sent.
    ///
    /// # Errors
    /// [`WalletError::Prove`] if the prover fails; nothing has been sent or spent.
    pub fn prove<K: KeyKind, R: RngCore + CryptoRng>(
        self,
        key: &ProvingKey<K>,
        rng: &mut R,
    ) -> Result<Transaction, WalletError> {
        let circuit = LapseCircuit {
            statement: self.statement.clone(),
            witness: self.witness.clone(),
        };
        let proof = tally_prover::prove(key, circuit, rng)?;
        Ok(self.with_proof(proof.to_bytes()))
    }

    /// The transaction with these proof bytes, whatever they are.
    #[must_use]
    pub fn with_proof(self, proof: [u8; PROOF_BYTES]) -> Transaction {
        let message = self.message;
        Transaction::Lapse(Box::new(LapseTransaction { message, proof }))
    }
}

impl std::fmt::Debug for PreparedLapse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreparedLapse")
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
