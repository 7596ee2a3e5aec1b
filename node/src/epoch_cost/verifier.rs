//! The verifier of a measurement: Refreshes that carry a proof are verified in earnest, whatever else only sets the scene.

use crate::verifier::{BlockVerifier, Claimed, Groth16Verifier, NO_PROOF, VerificationCost};
use tally_circuits::act::ActStatement;
use tally_circuits::lapse::LapseStatement;
use tally_circuits::refresh::RefreshStatement;
use tally_exchange::message::PROOF_BYTES;
use tally_exchange::ports::Verifier;
use tally_prover::KeyKind;

/// Verifies Refreshes with proofs, and takes Acts, and Refreshes with [`NO_PROOF`], as they are.
pub(super) struct OnlyProvedRefreshes<K: KeyKind>(pub(super) Groth16Verifier<K>);

impl<K: KeyKind> Verifier for OnlyProvedRefreshes<K> {
    fn verify_act(&self, _: &ActStatement, _: &[u8; PROOF_BYTES]) -> bool {
        true
    }

    fn verify_refresh(&self, statement: &RefreshStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        *proof == NO_PROOF || self.0.verify_refresh(statement, proof)
    }

    fn verify_lapse(&self, statement: &LapseStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        self.0.verify_lapse(statement, proof)
    }
}

impl<K: KeyKind> BlockVerifier for OnlyProvedRefreshes<K> {
    /// Blocks here are of one kind: all proved Refreshes, or none.
    fn prepare(&self, claimed: &[Claimed<'_>]) {
        let is_proved =
            |one: &Claimed<'_>| matches!(one, Claimed::Refresh(_, proof) if **proof != NO_PROOF);
        if claimed.iter().all(is_proved) {
            self.0.prepare(claimed);
        }
    }

    fn cost(&self) -> VerificationCost {
        self.0.cost()
    }
}
