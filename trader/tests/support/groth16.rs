//! Real proofs under the seeded test keys.

use ark_bls12_381::Fr;
use tally_circuits::act::ActStatement;
use tally_circuits::lapse::LapseStatement;
use tally_circuits::refresh::RefreshStatement;
use tally_exchange::message::PROOF_BYTES;
use tally_exchange::ports::Verifier;
use tally_prover::{
    Proof, SeededTest, VerifyingKey, act_test_keys, lapse_test_keys, refresh_test_keys, verify,
};
use tally_trader::prepared::ProvingKeys;

/// Groth16 under the seeded test keys.
pub struct Groth16;

impl Verifier for Groth16 {
    fn verify_act(&self, statement: &ActStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        let (_, key) = act_test_keys();
        statement.check_parameters().is_ok() && holds(key, &statement.public_inputs(), proof)
    }

    fn verify_refresh(&self, statement: &RefreshStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        let (_, key) = refresh_test_keys();
        statement.check_parameters().is_ok() && holds(key, &statement.public_inputs(), proof)
    }

    fn verify_lapse(&self, statement: &LapseStatement, proof: &[u8; PROOF_BYTES]) -> bool {
        let (_, key) = lapse_test_keys();
        statement.check_parameters().is_ok() && holds(key, &statement.public_inputs(), proof)
    }
}

/// The proving keys that go with it.
pub fn proving_keys() -> ProvingKeys<'static, SeededTest> {
    ProvingKeys {
        act: &act_test_keys().0,
        refresh: &refresh_test_keys().0,
        lapse: &lapse_test_keys().0,
    }
}

fn holds(key: &VerifyingKey<SeededTest>, inputs: &[Fr], proof: &[u8; PROOF_BYTES]) -> bool {
    Proof::from_bytes(proof).is_ok_and(|proof| verify(key, inputs, &proof).is_ok())
}
